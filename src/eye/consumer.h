/* Consumers of frames: the sockets eye.sock (version 2) and frame.sock (version 1, consumer_v1.c).
 *
 * Every message is checked against its length and its descriptors before anything of it is used; what is malformed ends the
 * connection, with a line that says why. A consumer that does not read is disconnected when its socket is full.
 */
#pragma once

#include "eye/frame.h"

/* A byte more than the longest message, so that a longer packet shows. */
enum { CONSUMER_PACKET_SIZE = sizeof(EyeAbiHeader) + sizeof(EyeStep) + EYE_ABI_INPUTS_MAX * sizeof(EyeInput) + 1 };

typedef struct Held {
    uint64_t frame_id;
    Buffer *buffer; /* held */
} Held;

typedef struct Consumer {
    Eye *eye;
    int slot, fd;
    int version; /* EYE_ABI_V1, EYE_ABI_V2; 0: the slot is free */
    struct wl_event_source *source;
    bool has_greeted, wants_step, is_stepper, is_behind; /* behind: it missed the newest frame */
    uint32_t accepts, credits, max_hz;
    char name[EYE_ABI_NAME_SIZE + 1];
    pid_t pid;
    Held held[EYE_ABI_CREDITS_MAX];
    uint32_t n_held;
    uint64_t sent_ns, generation; /* of the last frame */
    uint64_t n_delivered, n_dropped, n_delivered_before;
    uint32_t dropped_since;
    int fence;                   /* that came with the packet which is being handled; -1: none */
    Buf in;                      /* version 1: what has arrived of a message */
    struct wl_event_source *due; /* its max_hz allows the next frame */
} Consumer;

struct Consumers {
    Eye *eye;
    Consumer items[EYE_CONSUMERS_MAX];
    int listen_fd[2];
    char path[2][128];                             /* of version 2 and version 1 */
    Consumer *stepper;                             /* NULL: nobody, or a viewer */
    bool is_view_stepping;                         /* a viewer holds the lease */
    _Alignas(8) char packet[CONSUMER_PACKET_SIZE]; /* that is being read */
};

int consumers_init(Eye *eye, Err *e);
/* A listening socket at `path` of mode 0600. ERR_CONFLICT: a living socket or another file is there. */
int consumers_listen(const char *path, int type, int *ret, Err *e);
void consumers_done(Eye *eye); /* sockets and their names */
void consumers_publish(Eye *eye, const Frame *f);
void consumers_repeat(Eye *eye, const Frame *f); /* the stepper's stale one */
void consumers_reset(Eye *eye, int reason);
/* A step ended with no frame at all. */
void consumers_no_frame(Eye *eye);
bool consumers_want_frames(const Eye *eye); /* somebody is there */
/* Only the stepper reads `b`, and it waits for the GPU itself. */
bool consumers_wait_for(const Eye *eye, const Buffer *b);
bool consumers_have_credit(const Eye *eye); /* true as well when nobody is there */
/* Takes the lease from whoever has it (a viewer takes over), or gives it to the next one who asked. */
void consumers_take_lease(Eye *eye);
void consumers_give_lease(Eye *eye);
void consumers_forget_pool(Eye *eye, const Pool *p);
void consumers_forget_buffer(Eye *eye, const Buffer *b);
Str consumers_stepper_name(const Eye *eye);

/* consumer_v1.c */
void consumer_v1_send(Consumer *c, const Frame *f, uint32_t flags, Buffer *b);
void consumer_v1_reset(Consumer *c, int reason);
void consumer_v1_hello(Consumer *c);
bool consumer_v1_read(Consumer *c); /* false: the connection is over */

/* For both versions, consumer.c */
typedef struct Message {
    int type;
    Str payload;
    const int *fds;
    int n_fds;
} Message;
bool consumer_send(Consumer *c, const Message *m); /* false: it was disconnected */
void consumer_close(Consumer *c, int reason, const char *why);
void consumer_release_all(Consumer *c);
