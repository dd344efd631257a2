/* Inside of libmuster-eye. wire.c: packets, checked; memory.c: pools, buffers and what is mapped; muster-eye.c: the rest. */
#pragma once

#include "muster-eye.h"

enum {
    MEYE_PAYLOAD_MAX = sizeof(EyeBuffer) + EYE_ABI_PLANES_MAX * sizeof(EyePlane), /* the largest from the eye */
    MEYE_POOLS_MAX = 256,    /* known at once; an eye has at most 64 a client */
    MEYE_BUFFERS_MAX = 2048, /* likewise 256 */
    MEYE_SIZE_MAX = 16384,   /* pixels, either way */
};

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the wire is little endian");

/* ---- wire.c ---- */

/* One packet from the eye. */
typedef struct MeyeMessage {
    uint16_t type;
    uint32_t n;
    uint8_t payload[MEYE_PAYLOAD_MAX];
    int fd; /* owned; -1: none came */
} MeyeMessage;

/* Fills `e` unless it is NULL and returns `code`. */
__attribute__((format(printf, 3, 4))) int meye_fail(MusterEyeError *e, int code, const char *fmt, ...);
/* The next packet; with `waits` for as long as the socket's time-out allows. 1, 0: none, or an error. All of its lengths are
 * those that its type may have. */
int meye_receive(int fd, bool waits, MeyeMessage *m, MusterEyeError *e);
/* How long meye_receive waits; -1: without end. */
int meye_set_wait(int fd, int timeout_ms, MusterEyeError *e);
/* Waits up to `timeout_ms` if the eye does not read. `inputs` may be NULL. */
typedef struct MeyeOut {
    uint16_t type;
    const void *payload;
    size_t n;
    const EyeInput *inputs;
    uint32_t n_inputs;
} MeyeOut;
int meye_send(int fd, const MeyeOut *out, int timeout_ms, MusterEyeError *e);

/* ---- memory.c ---- */

/* A mapping lives as long as its pool has this size or a frame uses it. */
typedef struct MeyeMapping {
    int refs;
    uint8_t *p;  /* NULL: a dma-buf that cannot be mapped */
    size_t size; /* that may be read */
    int fd;      /* of a dma-buf; else -1 */
} MeyeMapping;

typedef struct MeyePool {
    uint32_t id, kind;
    MeyeMapping *mapping; /* one reference */
} MeyePool;

typedef struct MeyeBuffer {
    uint32_t id, width, height, fourcc, n_planes;
    uint64_t modifier;
    EyePlane planes[EYE_ABI_PLANES_MAX];
} MeyeBuffer;

typedef struct MeyeMemory {
    uint32_t accepts;
    MeyePool *pools;
    MeyeBuffer *buffers;
    uint32_t n_pools, n_buffers, pools_cap, buffers_cap;
} MeyeMemory;

void meye_memory_done(MeyeMemory *mem);
/* Maps the pool; takes fd. */
int meye_add_pool(MeyeMemory *mem, const EyePool *pool, int fd, MusterEyeError *e);
int meye_add_buffer(MeyeMemory *mem, const uint8_t *payload, uint32_t n, MusterEyeError *e);
int meye_drop(MeyeMemory *mem, const EyeGone *gone, MusterEyeError *e);
/* Where the picture of this buffer is now, into `f`, with one reference to each plane's mapping into `ret_mappings`. */
int meye_find_picture(MeyeMemory *mem, uint32_t buffer, MusterEyeFrame *f,
                      MeyeMapping *ret_mappings[static EYE_ABI_PLANES_MAX], MusterEyeError *e);
void meye_unref(MeyeMapping *m);
/* Around reading: dma-bufs have to be synchronized with the processor's caches. */
void meye_begin_read(MeyeMapping *const mappings[static EYE_ABI_PLANES_MAX], uint32_t n);
void meye_end_read(MeyeMapping *const mappings[static EYE_ABI_PLANES_MAX], uint32_t n);
