/* Stand-ins for dma-bufs, for tests on machines without a GPU: memfds of which this program's kernel calls (linked with
 * --wrap) say that they are dma-bufs, with fences that the test signals.
 */
#pragma once

#include "eye/rig.h"

#include "linux-dmabuf-client-protocol.h"

typedef struct Gpu {
    bool has_fences;      /* the kernel exports and imports sync files */
    ino_t drawing;        /* the stand-in that a GPU still draws; 0: none */
    int drawn;            /* readable when it has finished */
    int n_imports;        /* fences that consumers gave */
    int n_begins, n_ends; /* of reading by the processor */
} Gpu;
extern Gpu gpu;

/* A client's side of the protocol. */
typedef struct GpuClient {
    RigClient *rig;
    struct zwp_linux_dmabuf_v1 *dmabuf; /* NULL: not offered */
    uint32_t version;                   /* offered */
    uint32_t formats[16];
    int n_formats, n_linear, n_modifiers;
    int n_created, n_failed;
} GpuClient;

GpuClient *gpu_client(uint32_t version); /* binds that version; valid until the next call */
int gpu_memory(size_t size);             /* a stand-in */
struct zwp_linux_buffer_params_v1 *gpu_params(GpuClient *c);
/* Of the rig's size and one plane at `offset`, rows `stride` apart. */
RigBuffer *gpu_buffer(GpuClient *c, uint32_t stride, uint32_t offset);
void gpu_draw(RigBuffer *b); /* begins drawing it */
void gpu_finish(void);
