/* See buffer.h. */
#include "eye/buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "eye/client.h"
#include "eye/consumer.h"
#include "eye/fence.h"
#include "eye/fourcc.h"
#include "eye/lines.h"

#include <wayland-server-protocol.h>

Pool *pool_new(Eye *eye, int kind, int fd, size_t size) {
    Pool *p = mu_new(Pool);
    *p = (Pool){.eye = eye, .refs = 1, .id = ++eye->n_pools, .kind = kind, .fd = fd, .shared_fd = -1, .size = size};
    list_add_last(&eye->pools, &p->link);
    return p;
}

Pool *pool_ref(Pool *p) {
    p->refs++;
    return p;
}

void pool_unref(Pool *p) {
    if (!p || --p->refs) return;
    consumers_forget_pool(p->eye, p);
    if (p->client) client_pool_gone(p->client, p);
    list_remove(&p->link);
    pool_unmap(p);
    if (p->shared_fd >= 0) close(p->shared_fd);
    if (p->fd >= 0) close(p->fd);
    free(p);
}

void pool_unmap(Pool *p) {
    if (p->map) munmap(p->map, p->mapped);
    p->map = NULL;
    p->mapped = 0;
}

bool pool_map(Pool *p) {
    if (p->map && p->mapped == p->size) return true;
    pool_unmap(p);
    void *at = mmap(NULL, p->size, PROT_READ, MAP_SHARED, p->fd, 0);
    p->map = at == MAP_FAILED ? NULL : at;
    p->mapped = p->map ? p->size : 0;
    if (!p->map && !p->is_unreadable)
        lines_error(p->eye, "a buffer cannot be mapped: %s; it is not shown to those who need a copy", strerror(errno));
    p->is_unreadable = !p->map;
    return p->map != NULL;
}

Buffer *buffer_new(Eye *eye, uint32_t fourcc, uint32_t width, uint32_t height) {
    Buffer *b = mu_new(Buffer);
    *b = (Buffer){.eye = eye, .refs = 1, .id = ++eye->n_buffers, .fourcc = fourcc, .width = width, .height = height};
    list_add_last(&eye->buffers, &b->link);
    list_init(&b->parked);
    return b;
}

Buffer *buffer_ref(Buffer *b) {
    b->refs++;
    return b;
}

void buffer_unref(Buffer *b) {
    if (!b || --b->refs) return;
    consumers_forget_buffer(b->eye, b);
    if (b->client) client_buffer_gone(b->client);
    list_remove(&b->link);
    list_remove(&b->parked);
    for (int i = 0; i < b->n_planes; i++) pool_unref(b->planes[i].pool);
    free(b);
}

static void on_destroy(struct wl_client *client, struct wl_resource *r) {
    (void)client;
    wl_resource_destroy(r);
}

static const struct wl_buffer_interface buffer_requests = {.destroy = on_destroy};

static void on_resource_gone(struct wl_resource *r) {
    Buffer *b = wl_resource_get_user_data(r);
    b->resource = NULL;
    b->is_out = false;
    buffer_unref(b);
}

void buffer_set_resource(Buffer *b, struct wl_resource *r) {
    b->resource = r;
    wl_resource_set_implementation(r, &buffer_requests, b, on_resource_gone);
}

Buffer *buffer_from(struct wl_resource *r) {
    if (!r || !wl_resource_instance_of(r, &wl_buffer_interface, &buffer_requests)) return NULL;
    return wl_resource_get_user_data(r);
}

void buffer_enter(Buffer *b) {
    b->n_current++;
    b->is_out = true;
    list_remove(&b->parked);
}

void buffer_leave(Buffer *b) {
    b->n_current--;
    buffer_settle(b);
}

void buffer_hold(Buffer *b) {
    b->n_held++;
    buffer_ref(b);
}

void buffer_unhold(Buffer *b) {
    b->n_held--;
    buffer_settle(b);
    buffer_unref(b);
}

static void send_release(Buffer *b) {
    if (!b->is_out) return;
    b->is_out = false;
    if (b->resource) wl_buffer_send_release(b->resource);
}

void buffer_settle(Buffer *b) {
    if (b->n_current || b->n_held || list_is_linked(&b->parked)) return;
    if (b->on_idle) {
        b->on_idle(b);
        return;
    }
    send_release(b);
}

void buffer_release_early(Buffer *b) {
    if (!b->n_held && !b->on_idle) send_release(b);
}

/* Keeps the processor's caches and the GPU's apart; without the ioctl they are the same memory. */
static void sync_caches(const Pool *p, uint64_t flags) {
    struct dma_buf_sync m = {flags | DMA_BUF_SYNC_READ};
    while (ioctl(p->fd, DMA_BUF_IOCTL_SYNC, &m) < 0 && (errno == EINTR || errno == EAGAIN)) continue;
}

const uint8_t *buffer_begin_read(const Buffer *b) {
    const BufferPlane *plane = &b->planes[0];
    bool is_dmabuf = plane->pool->kind == EYE_POOL_DMABUF;
    int fence = is_dmabuf ? fence_of_writes(b) : -1;
    if (fence >= 0) close(fence); /* the ioctl below would wait for it */
    if (fence >= 0 || b->modifier != FOURCC_MOD_LINEAR || !pool_map(plane->pool)) return NULL;
    if (is_dmabuf) sync_caches(plane->pool, DMA_BUF_SYNC_START);
    return plane->pool->map + plane->offset;
}

void buffer_end_read(const Buffer *b) {
    const Pool *p = b->planes[0].pool;
    if (p->kind == EYE_POOL_DMABUF) sync_caches(p, DMA_BUF_SYNC_END);
}

bool buffer_is_safe(const Buffer *b) {
    for (int i = 0; i < b->n_planes; i++) {
        const Pool *p = b->planes[i].pool;
        if (p->kind == EYE_POOL_SHM && !(p->seals & F_SEAL_SHRINK)) return false;
    }
    return true;
}
