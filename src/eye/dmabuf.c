/* See dmabuf.h. Protocol: linux-dmabuf-unstable-v1.xml. */
#include "eye/dmabuf.h"

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <wayland-server-protocol.h>

#include "base/mem.h"
#include "eye/buffer.h"
#include "eye/client.h"
#include "eye/fourcc.h"

#include "linux-dmabuf-unstable-v1-server-protocol.h"

enum { VERSION = 4 };

/* What the global knows: the same for all clients. */
struct Dmabuf {
    Eye *eye;
    dev_t device;
    int table_fd; /* read-only */
    uint32_t table_size;
};

/* An entry of the format table, zwp_linux_dmabuf_feedback_v1.format_table. */
typedef struct TableEntry {
    uint32_t fourcc, padding;
    uint64_t modifier;
} TableEntry;

typedef struct Plane {
    int fd; /* -1: not added */
    uint32_t offset, stride;
    uint64_t modifier;
} Plane;

typedef struct Params {
    Eye *eye;
    Client *client;
    Plane planes[EYE_ABI_PLANES_MAX];
    bool is_used;
} Params;

typedef struct Wanted {
    int32_t width, height;
    uint32_t fourcc, flags;
} Wanted;

static void on_destroy(struct wl_client *wl, struct wl_resource *r) {
    (void)wl;
    wl_resource_destroy(r);
}

/* --- checks ------------------------------------------------------------------------------------------------------- */

static int count_planes(const Params *p) {
    int n = 0;
    for (int i = 0; i < EYE_ABI_PLANES_MAX; i++) n += p->planes[i].fd >= 0;
    return n;
}

/* What can be said without a look at the memory. All formats that are offered have one plane. False: the client got an
 * error. */
static bool check_arguments(struct wl_resource *r, const Params *p, const Wanted *w) {
    const Plane *plane = &p->planes[0];
    if (plane->fd < 0) {
        wl_resource_post_error(r, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_INCOMPLETE, "plane 0 was not added");
        return false;
    }
    if (!fourcc_of_drm(w->fourcc)) {
        wl_resource_post_error(r, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_INVALID_FORMAT, "format 0x%08x is not offered",
                               w->fourcc);
        return false;
    }
    if (count_planes(p) != 1) {
        wl_resource_post_error(r, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_INCOMPLETE, "format 0x%08x has one plane, not %d",
                               w->fourcc, count_planes(p));
        return false;
    }
    if (plane->modifier != FOURCC_MOD_LINEAR && wl_resource_get_version(r) >= 4) {
        wl_resource_post_error(r, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_INVALID_FORMAT,
                               "format 0x%08x is not offered with the modifier 0x%016llx", w->fourcc,
                               (unsigned long long)plane->modifier);
        return false;
    }
    if (w->width <= 0 || w->height <= 0 || w->width > EYE_SURFACE_SIDE_MAX || w->height > EYE_SURFACE_SIDE_MAX) {
        wl_resource_post_error(r, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_INVALID_DIMENSIONS,
                               "a buffer cannot have %dx%d pixels", w->width, w->height);
        return false;
    }
    return true;
}

/* In 64 bits: stride times height overflows 32. */
static bool check_bounds(struct wl_resource *r, const Plane *plane, const Wanted *w, uint64_t size) {
    uint64_t bytes = (uint64_t)plane->stride * (uint64_t)w->height;
    bool fits = plane->stride >= (uint64_t)w->width * 4 && plane->stride % 4 == 0 && plane->offset % 4 == 0 &&
                bytes <= UINT32_MAX && plane->offset + bytes <= size;
    if (!fits)
        wl_resource_post_error(r, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_OUT_OF_BOUNDS,
                               "%dx%d pixels with stride %u at offset %u do not fit into a dma-buf of %llu bytes",
                               w->width, w->height, plane->stride, plane->offset, (unsigned long long)size);
    return fits;
}

/* Any other file could be truncated under whoever maps it. */
static bool is_dmabuf(int fd) {
    struct statfs fs;
    return fstatfs(fd, &fs) == 0 && (uint64_t)fs.f_type == DMA_BUF_MAGIC;
}

/* Why it cannot be used, although its client could not know. NULL: it can. */
static const char *refusal(const Params *p, const Wanted *w, uint64_t *ret_size) {
    const Plane *plane = &p->planes[0];
    if (w->flags) return "turned and interlaced buffers are not supported";
    if (plane->modifier != FOURCC_MOD_LINEAR) return "only the modifier LINEAR is offered";
    if (!is_dmabuf(plane->fd)) return "the descriptor is not a dma-buf";
    off_t size = lseek(plane->fd, 0, SEEK_END);
    *ret_size = size > 0 ? (uint64_t)size : 0;
    return size > 0 ? NULL : "the size of the dma-buf is unknown";
}

/* --- buffers ------------------------------------------------------------------------------------------------------ */

typedef struct Import {
    Buffer *buffer;         /* NULL: there is none */
    const char *why_failed; /* NULL with no buffer: the client got an error */
} Import;

/* Takes the plane's descriptor. */
static Import import(struct wl_resource *r, Params *p, const Wanted *w) {
    uint64_t size = 0;
    if (p->is_used) {
        wl_resource_post_error(r, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_ALREADY_USED, "a buffer was made from these");
        return (Import){0};
    }
    p->is_used = true;
    if (!check_arguments(r, p, w)) return (Import){0};
    const char *why = refusal(p, w, &size);
    if (why) return (Import){.why_failed = why};
    Plane *plane = &p->planes[0];
    if (!check_bounds(r, plane, w, size)) return (Import){0};
    Pool *pool = pool_new(p->eye, EYE_POOL_DMABUF, plane->fd, (size_t)size);
    plane->fd = -1;
    pool->shared_fd = fcntl(pool->fd, F_DUPFD_CLOEXEC, 0);
    if (!client_add_pool(p->client, pool)) {
        pool_unref(pool);
        return (Import){0};
    }
    Buffer *b = buffer_new(p->eye, w->fourcc, (uint32_t)w->width, (uint32_t)w->height);
    b->modifier = plane->modifier;
    b->n_planes = 1;
    b->planes[0] = (BufferPlane){
        .pool = pool, .offset = plane->offset, .stride = plane->stride, .size = plane->stride * (uint32_t)w->height};
    if (!client_add_buffer(p->client, b)) {
        buffer_unref(b);
        return (Import){0};
    }
    return (Import){.buffer = b};
}

/* `id` 0: the eye gives one. NULL: there is no memory, which was reported to the client. */
static struct wl_resource *give(struct wl_client *wl, Buffer *b, uint32_t id) {
    struct wl_resource *r = wl_resource_create(wl, &wl_buffer_interface, 1, id);
    if (!r) {
        wl_client_post_no_memory(wl);
        buffer_unref(b);
        return NULL;
    }
    buffer_set_resource(b, r);
    return r;
}

static void on_create(struct wl_client *wl, struct wl_resource *r, int32_t width, int32_t height, uint32_t format,
                      uint32_t flags) {
    Import made = import(r, wl_resource_get_user_data(r), &(Wanted){width, height, format, flags});
    struct wl_resource *buffer = made.buffer ? give(wl, made.buffer, 0) : NULL;
    if (buffer)
        zwp_linux_buffer_params_v1_send_created(r, buffer);
    else if (made.why_failed)
        zwp_linux_buffer_params_v1_send_failed(r);
}

static void on_create_immed(struct wl_client *wl, struct wl_resource *r, uint32_t id, int32_t width, int32_t height,
                            uint32_t format, uint32_t flags) {
    Import made = import(r, wl_resource_get_user_data(r), &(Wanted){width, height, format, flags});
    if (made.buffer)
        give(wl, made.buffer, id);
    else if (made.why_failed)
        wl_resource_post_error(r, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_INVALID_WL_BUFFER, "%s", made.why_failed);
}

static void on_add(struct wl_client *wl, struct wl_resource *r, int32_t fd, uint32_t index, uint32_t offset,
                   uint32_t stride, uint32_t modifier_hi, uint32_t modifier_lo) {
    (void)wl;
    Params *p = wl_resource_get_user_data(r);
    if (p->is_used)
        wl_resource_post_error(r, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_ALREADY_USED, "a buffer was made from these");
    else if (index >= EYE_ABI_PLANES_MAX)
        wl_resource_post_error(r, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_PLANE_IDX, "there is no plane %u", index);
    else if (p->planes[index].fd >= 0)
        wl_resource_post_error(r, ZWP_LINUX_BUFFER_PARAMS_V1_ERROR_PLANE_SET, "plane %u was added before", index);
    else {
        p->planes[index] = (Plane){fd, offset, stride, (uint64_t)modifier_hi << 32 | modifier_lo};
        return;
    }
    close(fd);
}

static const struct zwp_linux_buffer_params_v1_interface params_requests = {
    .destroy = on_destroy, .add = on_add, .create = on_create, .create_immed = on_create_immed};

static void on_params_gone(struct wl_resource *r) {
    Params *p = wl_resource_get_user_data(r);
    p->client->n_params--;
    for (int i = 0; i < EYE_ABI_PLANES_MAX; i++) {
        if (p->planes[i].fd >= 0) close(p->planes[i].fd);
    }
    free(p);
}

static void on_create_params(struct wl_client *wl, struct wl_resource *global, uint32_t id) {
    const Dmabuf *d = wl_resource_get_user_data(global);
    Client *c = client_of(d->eye, wl);
    if (!c || !client_add(c, &c->n_params, CLIENT_PARAMS_MAX, "sets of buffer parameters")) return;
    struct wl_resource *r =
        client_create(c, &c->n_params, &zwp_linux_buffer_params_v1_interface, wl_resource_get_version(global), id);
    if (!r) return;
    Params *p = mu_new(Params);
    *p = (Params){.eye = d->eye, .client = c};
    for (int i = 0; i < EYE_ABI_PLANES_MAX; i++) p->planes[i].fd = -1;
    wl_resource_set_implementation(r, &params_requests, p, on_params_gone);
}

/* --- feedback ----------------------------------------------------------------------------------------------------- */

static const struct zwp_linux_dmabuf_feedback_v1_interface feedback_requests = {.destroy = on_destroy};

static void on_feedback_gone(struct wl_resource *r) {
    Client *c = wl_resource_get_user_data(r);
    c->n_feedbacks--;
}

static void send_feedback(const Dmabuf *d, struct wl_resource *r) {
    dev_t device = d->device;
    uint16_t index[16];
    struct wl_array devices = {.size = sizeof device, .alloc = sizeof device, .data = &device};
    struct wl_array indices = {.size = fourcc_shm_n * sizeof *index, .alloc = sizeof index, .data = index};
    for (size_t i = 0; i < fourcc_shm_n; i++) index[i] = (uint16_t)i;
    zwp_linux_dmabuf_feedback_v1_send_format_table(r, d->table_fd, d->table_size);
    zwp_linux_dmabuf_feedback_v1_send_main_device(r, &devices);
    zwp_linux_dmabuf_feedback_v1_send_tranche_target_device(r, &devices);
    zwp_linux_dmabuf_feedback_v1_send_tranche_flags(r, 0);
    zwp_linux_dmabuf_feedback_v1_send_tranche_formats(r, &indices);
    zwp_linux_dmabuf_feedback_v1_send_tranche_done(r);
    zwp_linux_dmabuf_feedback_v1_send_done(r);
}

static void on_get_feedback(struct wl_client *wl, struct wl_resource *global, uint32_t id) {
    const Dmabuf *d = wl_resource_get_user_data(global);
    Client *c = client_of(d->eye, wl);
    if (!c || !client_add(c, &c->n_feedbacks, CLIENT_FEEDBACKS_MAX, "objects of dma-buf feedback")) return;
    struct wl_resource *r =
        client_create(c, &c->n_feedbacks, &zwp_linux_dmabuf_feedback_v1_interface, wl_resource_get_version(global), id);
    if (!r) return;
    wl_resource_set_implementation(r, &feedback_requests, c, on_feedback_gone);
    send_feedback(d, r);
}

/* The same for each surface: what is offered does not depend on which of them is shown. */
static void on_get_surface_feedback(struct wl_client *wl, struct wl_resource *global, uint32_t id,
                                    struct wl_resource *surface) {
    (void)surface;
    on_get_feedback(wl, global, id);
}

/* --- the global --------------------------------------------------------------------------------------------------- */

static const struct zwp_linux_dmabuf_v1_interface requests = {.destroy = on_destroy,
                                                              .create_params = on_create_params,
                                                              .get_default_feedback = on_get_feedback,
                                                              .get_surface_feedback = on_get_surface_feedback};

/* Versions 1 and 2 have no modifiers: how such a client's memory is laid out cannot be known, and it is offered nothing. */
static void on_bind(struct wl_client *wl, void *data, uint32_t version, uint32_t id) {
    struct wl_resource *r = wl_resource_create(wl, &zwp_linux_dmabuf_v1_interface, (int)version, id);
    if (!r) {
        wl_client_post_no_memory(wl);
        return;
    }
    wl_resource_set_implementation(r, &requests, data, NULL);
    for (size_t i = 0; version == ZWP_LINUX_DMABUF_V1_MODIFIER_SINCE_VERSION && i < fourcc_shm_n; i++) {
        zwp_linux_dmabuf_v1_send_format(r, fourcc_shm[i].fourcc);
        zwp_linux_dmabuf_v1_send_modifier(r, fourcc_shm[i].fourcc, FOURCC_MOD_LINEAR >> 32,
                                          FOURCC_MOD_LINEAR & UINT32_MAX);
    }
}

static bool open_node(const char *path, dev_t *ret) {
    struct stat st;
    CLEANUP(fd_closep) int fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode)) return false;
    *ret = st.st_rdev;
    return true;
}

/* The first render node by name that can be opened. */
static bool find_device(const char *folder, dev_t *ret) {
    struct dirent **names;
    char path[EYE_PATH_MAX];
    bool is_found = false;
    int n = scandir(folder, &names, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
        if (!is_found && strncmp(names[i]->d_name, "renderD", 7) == 0) is_found = open_node(path, ret);
        free(names[i]);
    }
    if (n >= 0) free(names);
    return is_found;
}

static bool make_table(Dmabuf *d) {
    TableEntry entries[16] = {0};
    char path[32];
    static_assert(sizeof *entries == 16, "as the protocol has it");
    for (size_t i = 0; i < fourcc_shm_n; i++)
        entries[i] = (TableEntry){.fourcc = fourcc_shm[i].fourcc, .modifier = FOURCC_MOD_LINEAR};
    d->table_size = (uint32_t)(fourcc_shm_n * sizeof *entries);
    CLEANUP(fd_closep) int fd = memfd_create("eye-formats", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0 || write(fd, entries, d->table_size) != (ssize_t)d->table_size ||
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
        return false;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    d->table_fd = open(path, O_RDONLY | O_CLOEXEC);
    return d->table_fd >= 0;
}

bool dmabuf_init(Eye *eye, const char *folder) {
    Dmabuf found = {.eye = eye};
    if (!find_device(folder, &found.device) || !make_table(&found)) return false;
    Dmabuf *d = eye->dmabuf = mu_new(Dmabuf);
    *d = found;
    wl_global_create(eye->display, &zwp_linux_dmabuf_v1_interface, VERSION, d, on_bind);
    return true;
}
