/* Rig: one eye in the test's own process, with Wayland clients and consumers over sockets; nothing runs but what rig_turn
 * runs. The eye is opened by the first test and serves all of them: rig_eye begins a test with an empty one.
 *
 * Every wait has a deadline; missing it fails the test.
 */
#pragma once

#include <wayland-client.h>

#include "eye/consumer.h"
#include "eye/eye.h"

#include "xdg-shell-client-protocol.h"

enum { RIG_WAIT_MS = 30 * 1000, RIG_WIDTH = 64, RIG_HEIGHT = 32, RIG_FDS_MAX = 4 };

typedef struct RigBuffer {
    struct wl_buffer *wl;
    uint8_t *pixels;
    size_t size;
    int fd; /* of its pool */
    int n_releases;
} RigBuffer;

typedef struct RigClient {
    struct wl_display *display;
    struct wl_registry *registry;
    struct wl_compositor *compositor;
    struct wl_shm *shm;
    struct wl_subcompositor *subcompositor;
    struct xdg_wm_base *base;
    struct wl_surface *surface; /* of rig_window */
    struct xdg_surface *xdg;
    struct xdg_toplevel *toplevel;
    int n_configures, n_callbacks; /* of frames, done */
    bool is_over;                  /* the eye has ended the connection */
    VEC(RigBuffer *) buffers;
} RigClient;

/* What an eye sent to a consumer. */
typedef struct RigMessage {
    EyeAbiHeader head;
    union {
        EyeHelloAck ack;
        EyeFrame frame;
        EyePool pool;
        EyeReset reset;
        EyeGone gone;
        EyeBye bye;
        char bytes[512];
    };
    int fds[RIG_FDS_MAX];
    int n_fds;
} RigMessage;

/* A FRAME of version 1. */
static inline const EyeV1Frame *rig_frame1(const RigMessage *m) { return (const EyeV1Frame *)m->bytes; }

/* The eye, in free run as fast as the program draws, with no client, no consumer and no picture. */
Eye *rig_eye(void);
void rig_turn(void); /* all that is due now; waits for a moment if there is nothing */
#define RIG_UNTIL(cond)                                                                           \
    do {                                                                                          \
        for (int64_t end_ = rig_deadline(); !(cond);) {                                           \
            if (rig_is_past(end_)) test_fail(__FILE__, __LINE__, "waited in vain for %s", #cond); \
            rig_turn();                                                                           \
        }                                                                                         \
    } while (0)
int64_t rig_deadline(void);
bool rig_is_past(int64_t deadline);
void rig_settle(void);                /* turns until nothing happens any more */
bool rig_said(const char *text);      /* the eye has reported that, since rig_eye */
void rig_order_raw(const char *text); /* part of a line to the eye */
void rig_order(const char *line);     /* a line to the eye */
bool rig_is_empty(void);              /* no client, pool, buffer or surface of one, no consumer */
int rig_count_fds(void);

RigClient *rig_client(void); /* connected, its globals bound */
void rig_leave(RigClient *c);
void rig_window(RigClient *c); /* a surface with a window, configured, without content */
/* A buffer of the test's own making; takes fd, the memory of `size` bytes. */
RigBuffer *rig_adopt(RigClient *c, struct wl_buffer *wl, int fd, size_t size);
RigBuffer *rig_buffer(RigClient *c, int32_t width, int32_t height);
void rig_attach(RigClient *c, const RigBuffer *b);
/* With damage of all of it and a frame callback. */
void rig_draw(RigClient *c, const RigBuffer *b);
void rig_ask_frame(RigClient *c); /* a callback for the next commit */
void rig_roundtrip(RigClient *c); /* the eye has read what the client sent, and the client its answers */
/* Waits for the protocol error that ends the client's connection; fails unless it is this one of that interface. */
void rig_want_error(RigClient *c, const struct wl_interface *interface, uint32_t code);
int rig_memory(size_t size);                      /* of a pool: sealable */
void rig_free_buffer(RigClient *c, RigBuffer *b); /* destroyed, unmapped */

/* A raw connection to the socket of that version; a failed test's is closed by the next rig_eye. */
int rig_connect(int version);
void rig_disconnect(int fd);
void rig_send(int fd, int version, int type, const void *payload, size_t n);
/* Version 2, with a descriptor, which is borrowed. */
void rig_send_fd(int fd, int type, const void *payload, size_t n, int with);
/* The next message of that type; others are dropped, `type` 0 takes any. */
void rig_receive(int fd, int type, RigMessage *ret);
bool rig_try_receive(int fd, RigMessage *ret); /* false: there is none */
bool rig_is_closed(int fd);                    /* the eye has closed it, and everything was read */
/* A consumer that has greeted. */
int rig_consumer(uint32_t role, uint32_t credits, RigMessage *ret_ack);
int rig_consumer_of(const EyeHello *hello, RigMessage *ret_ack); /* likewise */
void rig_step(int fd, uint64_t number, uint32_t flags);
void rig_release(int fd, const EyeFrame *f);
