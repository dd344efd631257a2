/* See shm.h. Protocol: wayland.xml, wl_shm, wl_shm_pool. */
#include "eye/shm.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wayland-server-protocol.h>

#include "eye/buffer.h"
#include "eye/client.h"
#include "eye/fourcc.h"

/* The same file, open for reading only. Mode 0400 keeps other users from opening it again for writing; against a process
 * of the same user only a sandbox helps. */
static int open_read_only(int fd) {
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    fchmod(fd, 0400);
    return open(path, O_RDONLY | O_CLOEXEC);
}

static void seal(Pool *p) {
    int seals = fcntl(p->fd, F_GET_SEALS);
    if (seals >= 0 && !(seals & (F_SEAL_SHRINK | F_SEAL_SEAL)) && fcntl(p->fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0)
        seals |= F_SEAL_SHRINK;
    p->seals = seals < 0 ? 0 : (unsigned)seals;
}

static bool is_backed(int fd, size_t size) {
    struct stat st;
    return fstat(fd, &st) == 0 && st.st_size >= 0 && (uint64_t)st.st_size >= size;
}

/* --- pools --- */

/* Bounds are checked in 64 bits: stride times height overflows 32. */
static bool check_layout(struct wl_resource *r, const Pool *p, int32_t offset, int32_t width, int32_t height,
                         int32_t stride) {
    int64_t end = (int64_t)offset + (int64_t)stride * height;
    bool is_sane = offset >= 0 && width > 0 && height > 0 && width <= EYE_SURFACE_SIDE_MAX &&
                   height <= EYE_SURFACE_SIDE_MAX && (int64_t)stride >= (int64_t)width * 4 && stride % 4 == 0 &&
                   end <= (int64_t)p->size;
    if (!is_sane)
        wl_resource_post_error(r, WL_SHM_ERROR_INVALID_STRIDE,
                               "a buffer of %dx%d with stride %d at offset %d does not fit into a pool of %zu bytes",
                               width, height, stride, offset, p->size);
    return is_sane;
}

static void on_create_buffer(struct wl_client *wl, struct wl_resource *pool_resource, uint32_t id, int32_t offset,
                             int32_t width, int32_t height, int32_t stride, uint32_t format) {
    Pool *p = wl_resource_get_user_data(pool_resource);
    const FourccShm *known = fourcc_of_shm(format);
    if (!known) {
        wl_resource_post_error(pool_resource, WL_SHM_ERROR_INVALID_FORMAT, "format 0x%x is not offered", format);
        return;
    }
    if (!check_layout(pool_resource, p, offset, width, height, stride)) return;
    if (!is_backed(p->fd, (size_t)offset + (size_t)stride * (size_t)height)) {
        wl_resource_post_error(pool_resource, WL_SHM_ERROR_INVALID_FD, "the file is shorter than this buffer");
        return;
    }
    struct wl_resource *r = wl_resource_create(wl, &wl_buffer_interface, 1, id);
    if (!r) {
        wl_client_post_no_memory(wl);
        return;
    }
    Buffer *b = buffer_new(p->eye, known->fourcc, (uint32_t)width, (uint32_t)height);
    b->n_planes = 1;
    b->planes[0] = (BufferPlane){.pool = pool_ref(p),
                                 .offset = (uint32_t)offset,
                                 .stride = (uint32_t)stride,
                                 .size = (uint32_t)stride * (uint32_t)height};
    buffer_set_resource(b, r);
    Client *c = client_of(p->eye, wl);
    if (c) client_add_buffer(c, b);
}

static void on_destroy(struct wl_client *wl, struct wl_resource *r) {
    (void)wl;
    wl_resource_destroy(r);
}

static void on_resize(struct wl_client *wl, struct wl_resource *r, int32_t size) {
    (void)wl;
    Pool *p = wl_resource_get_user_data(r);
    if (size < 0 || (size_t)size < p->size) {
        wl_resource_post_error(r, WL_SHM_ERROR_INVALID_FD, "a pool of %zu bytes cannot shrink to %d", p->size, size);
        return;
    }
    if (!is_backed(p->fd, (size_t)size)) {
        wl_resource_post_error(r, WL_SHM_ERROR_INVALID_FD, "the file is shorter than %d bytes", size);
        return;
    }
    if (p->client && !client_grow_pool(p->client, (size_t)size - p->size)) return;
    p->size = (size_t)size;
    p->announced = 0;
}

static const struct wl_shm_pool_interface pool_requests = {
    .create_buffer = on_create_buffer, .destroy = on_destroy, .resize = on_resize};

static void on_pool_resource_gone(struct wl_resource *r) { pool_unref(wl_resource_get_user_data(r)); }

/* --- the global --- */

static void on_create_pool(struct wl_client *wl, struct wl_resource *shm, uint32_t id, int32_t fd, int32_t size) {
    Eye *eye = wl_resource_get_user_data(shm);
    const char *why = NULL;
    if (size <= 0)
        why = "a pool has at least one byte";
    else if (!is_backed(fd, (size_t)size))
        why = "the file is shorter than the pool";
    if (why) {
        wl_resource_post_error(shm, size <= 0 ? WL_SHM_ERROR_INVALID_STRIDE : WL_SHM_ERROR_INVALID_FD, "%s (%d bytes)",
                               why, size);
        close(fd);
        return;
    }
    struct wl_resource *r = wl_resource_create(wl, &wl_shm_pool_interface, wl_resource_get_version(shm), id);
    if (!r) {
        wl_client_post_no_memory(wl);
        close(fd);
        return;
    }
    Pool *p = pool_new(eye, EYE_POOL_SHM, fd, (size_t)size);
    seal(p);
    p->shared_fd = open_read_only(fd);
    wl_resource_set_implementation(r, &pool_requests, p, on_pool_resource_gone);
    Client *c = client_of(eye, wl);
    if (c) client_add_pool(c, p);
}

static const struct wl_shm_interface shm_requests = {.create_pool = on_create_pool};

static void on_bind(struct wl_client *wl, void *data, uint32_t version, uint32_t id) {
    struct wl_resource *r = wl_resource_create(wl, &wl_shm_interface, (int)version, id);
    if (!r) {
        wl_client_post_no_memory(wl);
        return;
    }
    wl_resource_set_implementation(r, &shm_requests, data, NULL);
    for (size_t i = 0; i < fourcc_shm_n; i++) wl_shm_send_format(r, fourcc_shm[i].shm);
}

void shm_init(Eye *eye) { wl_global_create(eye->display, &wl_shm_interface, 1, eye, on_bind); }
