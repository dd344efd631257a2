/* See gpu_rig.h. */
#include "eye/gpu_rig.h"

#include <errno.h>
#include <linux/dma-buf.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/test.h"
#include "eye/fourcc.h"

Gpu gpu = {.drawn = -1};

int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);
int __real_fstatfs64(int fd, struct statfs *ret);
int __wrap_fstatfs64(int fd, struct statfs *ret);

static bool is_stand_in(int fd) {
    char link[64], name[64] = "";
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    return readlink(link, name, sizeof name - 1) > 0 && strncmp(name, "/memfd:stand-in", 15) == 0;
}

static bool is_drawing(int fd) {
    struct stat st;
    return gpu.drawing && fstat(fd, &st) == 0 && st.st_ino == gpu.drawing;
}

static int export_fence(int fd, struct dma_buf_export_sync_file *m) {
    m->fd = is_drawing(fd) ? dup(gpu.drawn) : eventfd(1, EFD_CLOEXEC);
    return m->fd < 0 ? -1 : 0;
}

int __wrap_ioctl(int fd, unsigned long request, ...) {
    va_list ap;
    va_start(ap, request);
    void *arg = va_arg(ap, void *);
    va_end(ap);
    if (!is_stand_in(fd)) return __real_ioctl(fd, request, arg);
    if (request == DMA_BUF_IOCTL_SYNC) {
        bool is_end = ((struct dma_buf_sync *)arg)->flags & DMA_BUF_SYNC_END;
        *(is_end ? &gpu.n_ends : &gpu.n_begins) += 1;
        return 0;
    }
    if (gpu.has_fences && request == DMA_BUF_IOCTL_EXPORT_SYNC_FILE) return export_fence(fd, arg);
    if (gpu.has_fences && request == DMA_BUF_IOCTL_IMPORT_SYNC_FILE) {
        gpu.n_imports++;
        return 0;
    }
    errno = ENOTTY;
    return -1;
}

int __wrap_fstatfs64(int fd, struct statfs *ret) {
    int r = __real_fstatfs64(fd, ret);
    if (r == 0 && is_stand_in(fd)) ret->f_type = DMA_BUF_MAGIC;
    return r;
}

int gpu_memory(size_t size) {
    int fd = memfd_create("stand-in", MFD_CLOEXEC);
    CHECK(fd >= 0 && ftruncate(fd, (off_t)size) == 0);
    return fd;
}

void gpu_draw(RigBuffer *b) {
    struct stat st;
    CHECK(fstat(b->fd, &st) == 0);
    gpu_finish();
    gpu.drawing = st.st_ino;
    gpu.drawn = eventfd(0, EFD_CLOEXEC);
}

void gpu_finish(void) {
    if (gpu.drawn < 0) return;
    CHECK(eventfd_write(gpu.drawn, 1) == 0);
    close(gpu.drawn);
    gpu.drawn = -1;
    gpu.drawing = 0;
}

/* --- clients ------------------------------------------------------------------------------------------------------ */

static void on_format(void *data, struct zwp_linux_dmabuf_v1 *d, uint32_t format) {
    (void)d;
    GpuClient *c = data;
    if (c->n_formats < 16) c->formats[c->n_formats++] = format;
}

static void on_modifier(void *data, struct zwp_linux_dmabuf_v1 *d, uint32_t format, uint32_t hi, uint32_t lo) {
    (void)d, (void)format;
    GpuClient *c = data;
    c->n_modifiers++;
    c->n_linear += !hi && !lo;
}

static const struct zwp_linux_dmabuf_v1_listener on_dmabuf = {on_format, on_modifier};

static void on_global(void *data, struct wl_registry *r, uint32_t name, const char *interface, uint32_t version) {
    GpuClient *c = data;
    if (strcmp(interface, "zwp_linux_dmabuf_v1") != 0) return;
    c->dmabuf = wl_registry_bind(r, name, &zwp_linux_dmabuf_v1_interface, c->version);
    c->version = version;
    zwp_linux_dmabuf_v1_add_listener(c->dmabuf, &on_dmabuf, c);
}

static void on_global_remove(void *data, struct wl_registry *r, uint32_t name) { (void)data, (void)r, (void)name; }

static const struct wl_registry_listener on_registry = {on_global, on_global_remove};

GpuClient *gpu_client(uint32_t version) {
    static GpuClient c;
    gpu_finish();
    gpu = (Gpu){.drawn = -1, .has_fences = true};
    c = (GpuClient){.rig = rig_client(), .version = version};
    wl_registry_add_listener(wl_display_get_registry(c.rig->display), &on_registry, &c);
    rig_roundtrip(c.rig);
    rig_roundtrip(c.rig);
    return &c;
}

static void on_created(void *data, struct zwp_linux_buffer_params_v1 *p, struct wl_buffer *b) {
    (void)p, (void)b;
    ((GpuClient *)data)->n_created++;
}

static void on_failed(void *data, struct zwp_linux_buffer_params_v1 *p) {
    (void)p;
    ((GpuClient *)data)->n_failed++;
}

static const struct zwp_linux_buffer_params_v1_listener on_params = {on_created, on_failed};

struct zwp_linux_buffer_params_v1 *gpu_params(GpuClient *c) {
    struct zwp_linux_buffer_params_v1 *p = zwp_linux_dmabuf_v1_create_params(c->dmabuf);
    zwp_linux_buffer_params_v1_add_listener(p, &on_params, c);
    return p;
}

RigBuffer *gpu_buffer(GpuClient *c, uint32_t stride, uint32_t offset) {
    size_t size = offset + (size_t)stride * RIG_HEIGHT;
    int fd = gpu_memory(size);
    struct zwp_linux_buffer_params_v1 *p = gpu_params(c);
    zwp_linux_buffer_params_v1_add(p, fd, 0, offset, stride, 0, 0);
    struct wl_buffer *wl = zwp_linux_buffer_params_v1_create_immed(p, RIG_WIDTH, RIG_HEIGHT, FOURCC_XRGB8888, 0);
    zwp_linux_buffer_params_v1_destroy(p);
    return rig_adopt(c->rig, wl, fd, size);
}
