/* See ring.h. */
#include "eye/ring.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "eye/fourcc.h"
#include "eye/guard.h"

void ring_init(Eye *eye) {
    eye->ring = mu_new(Ring);
    eye->ring->eye = eye;
}

static void slot_drop(RingSlot *slot) {
    if (!slot->buffer) return;
    munmap(slot->pixels, slot->size);
    Buffer *b = slot->buffer;
    *slot = (RingSlot){0};
    b->on_idle = NULL;
    buffer_unref(b);
}

static void on_idle(Buffer *b) {
    Ring *ring = b->eye->ring;
    for (size_t i = 0; i < COUNT_OF(ring->slots); i++) {
        if (ring->slots[i].buffer == b) ring->slots[i].is_free = true;
    }
}

void ring_drop(Eye *eye) {
    for (size_t i = 0; i < COUNT_OF(eye->ring->slots); i++) {
        if (eye->ring->slots[i].is_free) slot_drop(&eye->ring->slots[i]);
    }
}

static int open_read_only(int fd) {
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, O_RDONLY | O_CLOEXEC);
}

static bool slot_make(Eye *eye, RingSlot *slot, uint32_t width, uint32_t height) {
    size_t size = (size_t)width * height * 4;
    int fd = memfd_create("eye-ring", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) return false;
    void *at =
        ftruncate(fd, (off_t)size) == 0 ? mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
    if (at == MAP_FAILED) {
        close(fd);
        return false;
    }
    fchmod(fd, 0400);
    Pool *pool = pool_new(eye, EYE_POOL_RING, fd, size);
    pool->shared_fd = open_read_only(fd);
    if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0) pool->seals = F_SEAL_SHRINK | F_SEAL_GROW;
    Buffer *b = buffer_new(eye, FOURCC_XRGB8888, width, height);
    b->n_planes = 1;
    b->planes[0] = (BufferPlane){.pool = pool, .stride = width * 4, .size = (uint32_t)size};
    b->on_idle = on_idle;
    *slot = (RingSlot){.buffer = b, .pixels = at, .size = size, .is_free = true};
    return true;
}

Buffer *ring_take(Eye *eye, uint32_t width, uint32_t height, bool must, uint8_t **ret_pixels) {
    Ring *ring = eye->ring;
    size_t n = (size_t)eye->config.buffers + (must ? RING_EXTRA : 0);
    RingSlot *found = NULL;
    for (size_t i = 0; i < n; i++) {
        RingSlot *slot = &ring->slots[i];
        if (slot->buffer && slot->is_free && (slot->buffer->width != width || slot->buffer->height != height))
            slot_drop(slot);
        if (slot->buffer && slot->is_free) {
            found = slot;
            break;
        }
        if (!slot->buffer && !found) found = slot;
    }
    if (!found || (!found->buffer && !slot_make(eye, found, width, height))) return NULL;
    found->is_free = false;
    buffer_hold(found->buffer);
    *ret_pixels = found->pixels;
    return found->buffer;
}

typedef struct Copy {
    uint8_t *to;
    const uint8_t *from;
    uint32_t to_stride, from_stride, height;
} Copy;

static void copy_rows(void *arg) {
    const Copy *c = arg;
    if (c->to_stride == c->from_stride) {
        memcpy(c->to, c->from, (size_t)c->to_stride * c->height);
        return;
    }
    for (uint32_t y = 0; y < c->height; y++)
        memcpy(c->to + (size_t)y * c->to_stride, c->from + (size_t)y * c->from_stride, c->to_stride);
}

Buffer *ring_copy(Eye *eye, const Buffer *from, bool must) {
    const BufferPlane *plane = &from->planes[0];
    uint8_t *pixels;
    const uint8_t *source = buffer_begin_read(from);
    if (!source) return NULL;
    Buffer *b = ring_take(eye, from->width, from->height, must, &pixels);
    if (!b) {
        buffer_end_read(from);
        return NULL;
    }
    Copy c = {pixels, source, b->planes[0].stride, plane->stride, from->height};
    if (buffer_is_safe(from))
        copy_rows(&c);
    else if (!guard_run(plane->pool->map, plane->pool->mapped, copy_rows, &c))
        pool_unmap(plane->pool); /* of what is left of it, the next copy makes a new map */
    buffer_end_read(from);
    if (b->fourcc != from->fourcc) b->announced = 0;
    b->fourcc = from->fourcc;
    return b;
}
