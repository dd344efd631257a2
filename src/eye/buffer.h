/* Buffers: the memory of a picture, a client's (shm.c) or the eye's own (ring.c).
 *
 * A client's buffer is with its client, current (the content of a surface), or held by consumers. wl_buffer.release is
 * sent once for each time it went to the eye, when it is neither current, nor held, nor parked (step.h). Its memory stays
 * as long as anybody refers to it, also after its wl_buffer was destroyed or its client has ended.
 */
#pragma once

#include <wayland-server-core.h>

#include "eye/eye.h"
#include "muster-eye-abi.h"

typedef struct Client Client;

/* Memory that buffers are in: a wl_shm pool, a dma-buf, or a piece of the ring. */
typedef struct Pool {
    List link; /* Eye.pools */
    Eye *eye;
    int refs;      /* of buffers and of its wl_shm_pool */
    uint32_t id;   /* as consumers know it */
    int kind;      /* EyeAbiPoolKind */
    int fd;        /* the client's: never handed out */
    int shared_fd; /* for consumers, read-only unless it is a dma-buf's; -1: it cannot be had */
    size_t size;   /* as announced by the client, and backed by the file when it was checked */
    uint8_t *map;  /* read-only, `mapped` bytes; NULL until pool_map */
    size_t mapped;
    unsigned seals;     /* F_SEAL_… */
    bool is_unreadable; /* which was reported */
    uint32_t announced; /* bit i: consumer slot i knows it at this size */
    Client *client;     /* counts it in its limits; NULL once that client is gone, and for the eye's own */
} Pool;

typedef struct BufferPlane {
    Pool *pool; /* counted */
    uint32_t offset, stride, size;
} BufferPlane;

struct Buffer {
    List link;   /* Eye.buffers */
    List parked; /* Step.parked: superseded before its step; not released yet */
    Eye *eye;
    struct wl_resource *resource; /* NULL once destroyed, and for the eye's own */
    uint32_t id, fourcc, width, height;
    uint64_t modifier;
    int n_planes;
    BufferPlane planes[EYE_ABI_PLANES_MAX];
    int refs;                   /* resource, states that name it, frames */
    int n_current;              /* surfaces whose content it is */
    int n_held;                 /* consumers and views that hold it */
    bool is_out;                /* went to the eye and was not released since */
    uint32_t announced;         /* bit i: consumer slot i knows it */
    void (*on_idle)(Buffer *b); /* the ring's: it is free again; NULL: a client's */
    Client *client;
};

Pool *pool_new(Eye *eye, int kind, int fd, size_t size); /* takes fd; one reference */
Pool *pool_ref(Pool *p);
void pool_unref(Pool *p);
/* Maps it for reading by the eye. False: it cannot be mapped, which is reported once. */
bool pool_map(Pool *p);
void pool_unmap(Pool *p);

/* One reference, for the caller. `planes` have their pools' references taken over. */
Buffer *buffer_new(Eye *eye, uint32_t fourcc, uint32_t width, uint32_t height);
Buffer *buffer_ref(Buffer *b);
void buffer_unref(Buffer *b);
void buffer_set_resource(Buffer *b, struct wl_resource *r); /* taken: the resource holds the caller's reference */
Buffer *buffer_from(struct wl_resource *r);                 /* NULL: not one of ours */

void buffer_enter(Buffer *b); /* committed: current on one more surface */
void buffer_leave(Buffer *b); /* no longer current on a surface */
void buffer_hold(Buffer *b);  /* one more consumer; keeps a reference */
void buffer_unhold(Buffer *b);
void buffer_settle(Buffer *b); /* releases it if nothing keeps it any more */
/* Gives it back to the client although it is current: in a step nothing is drawn from it any more. */
void buffer_release_early(Buffer *b);
/* Its first plane, for reading by the processor until buffer_end_read. NULL: it cannot be mapped, or its GPU is not ready. */
const uint8_t *buffer_begin_read(const Buffer *b);
void buffer_end_read(const Buffer *b);
/* True when its bytes cannot vanish under a reader: sealed against shrinking, or no file of a client's. */
bool buffer_is_safe(const Buffer *b);
