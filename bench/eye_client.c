/* eye-client [--width 1280] [--height 720] [--buffers 3] [--frames N] [--run-ahead]: a Wayland client that draws as little as
 * it can, so that what is measured is the way of its pictures. Each frame is one new line, and the time in its first pixels
 * (eye_figures.h), written just before the commit. Without --run-ahead it draws when its frame callback comes; with it, whenever it has
 * a buffer.
 *
 * WAYLAND_DISPLAY says where. It ends with the compositor's connection, or after N frames. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wayland-client.h>

#include "eye_figures.h"
#include "xdg-shell-client-protocol.h"

enum { BUFFERS_MAX = 8 };

typedef struct Picture {
    struct wl_buffer *buffer;
    uint8_t *pixels;
    bool is_free;
} Picture;

static struct {
    int32_t width, height, n_pictures;
    long frames;
    bool runs_ahead;
    struct wl_display *display;
    struct wl_compositor *compositor;
    struct wl_shm *shm;
    struct xdg_wm_base *base;
    struct wl_surface *surface;
    Picture pictures[BUFFERS_MAX];
    bool is_configured, is_due; /* due: the callback of the last frame has come */
    long n;
} c = {.width = 1280, .height = 720, .n_pictures = 3};

static _Noreturn void die(const char *what) {
    fprintf(stderr, "eye-client: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* ---- The compositor's side ---- */

static void on_ping(void *data, struct xdg_wm_base *base, uint32_t serial) {
    (void)data;
    xdg_wm_base_pong(base, serial);
}

static const struct xdg_wm_base_listener on_base = {on_ping};

static void on_global(void *data, struct wl_registry *r, uint32_t name, const char *interface, uint32_t version) {
    (void)data;
    if (strcmp(interface, "wl_compositor") == 0)
        c.compositor = wl_registry_bind(r, name, &wl_compositor_interface, version < 4 ? version : 4);
    if (strcmp(interface, "wl_shm") == 0) c.shm = wl_registry_bind(r, name, &wl_shm_interface, 1);
    if (strcmp(interface, "xdg_wm_base") == 0) c.base = wl_registry_bind(r, name, &xdg_wm_base_interface, 1);
}

static void on_global_remove(void *data, struct wl_registry *r, uint32_t name) { (void)data, (void)r, (void)name; }

static const struct wl_registry_listener on_registry = {on_global, on_global_remove};

static void on_configure(void *data, struct xdg_surface *s, uint32_t serial) {
    (void)data;
    xdg_surface_ack_configure(s, serial);
    c.is_configured = true;
}

static const struct xdg_surface_listener on_surface = {on_configure};

static void on_size(void *data, struct xdg_toplevel *t, int32_t width, int32_t height, struct wl_array *states) {
    (void)data, (void)t, (void)width, (void)height, (void)states; /* the size is the one that is to be measured */
}

static void on_close(void *data, struct xdg_toplevel *t) {
    (void)data, (void)t;
    exit(0);
}

static const struct xdg_toplevel_listener on_toplevel = {on_size, on_close};

static void on_release(void *data, struct wl_buffer *b) {
    (void)b;
    ((Picture *)data)->is_free = true;
}

static const struct wl_buffer_listener on_buffer = {on_release};

static void on_done(void *data, struct wl_callback *callback, uint32_t ms) {
    (void)data, (void)ms;
    wl_callback_destroy(callback);
    c.is_due = true;
}

static const struct wl_callback_listener on_frame = {on_done};

/* ---- Drawing ---- */

static void make_pictures(void) {
    size_t size = (size_t)c.width * (size_t)c.height * 4, all = size * (size_t)c.n_pictures;
    int fd = memfd_create("eye-client", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0 || ftruncate(fd, (off_t)all) < 0) die("memfd");
    uint8_t *p = mmap(NULL, all, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED) die("mmap");
    memset(p, 0x40, all);
    struct wl_shm_pool *pool = wl_shm_create_pool(c.shm, fd, (int32_t)all);
    for (int i = 0; i < c.n_pictures; i++) {
        Picture *picture = &c.pictures[i];
        *picture = (Picture){wl_shm_pool_create_buffer(pool, (int32_t)(size * (size_t)i), c.width, c.height,
                                                       c.width * 4, WL_SHM_FORMAT_XRGB8888),
                             p + size * (size_t)i, true};
        wl_buffer_add_listener(picture->buffer, &on_buffer, picture);
    }
    wl_shm_pool_destroy(pool);
    close(fd);
}

static Picture *free_picture(void) {
    for (int i = 0; i < c.n_pictures; i++) {
        if (c.pictures[i].is_free) return &c.pictures[i];
    }
    return NULL;
}

static void draw(Picture *p) {
    int32_t line = 1 + (int32_t)(c.n % (c.height - 1));
    memset(p->pixels + (size_t)line * (size_t)c.width * 4, (int)(c.n * 7), (size_t)c.width * 4);
    if (!c.runs_ahead) wl_callback_add_listener(wl_surface_frame(c.surface), &on_frame, NULL);
    wl_surface_attach(c.surface, p->buffer, 0, 0);
    wl_surface_damage_buffer(c.surface, 0, line, c.width, 1);
    wl_surface_damage_buffer(c.surface, 0, 0, STAMP_PIXELS, 1);
    p->is_free = c.is_due = false;
    stamp_put(p->pixels, figures_now_ns());
    wl_surface_commit(c.surface);
    c.n++;
}

static void open_window(void) {
    struct wl_registry *registry = wl_display_get_registry(c.display);
    wl_registry_add_listener(registry, &on_registry, NULL);
    wl_display_roundtrip(c.display);
    if (!c.compositor || !c.shm || !c.base) die("the compositor has no wl_compositor, wl_shm or xdg_wm_base");
    xdg_wm_base_add_listener(c.base, &on_base, NULL);
    c.surface = wl_compositor_create_surface(c.compositor);
    struct xdg_surface *window = xdg_wm_base_get_xdg_surface(c.base, c.surface);
    xdg_surface_add_listener(window, &on_surface, NULL);
    struct xdg_toplevel *toplevel = xdg_surface_get_toplevel(window);
    xdg_toplevel_add_listener(toplevel, &on_toplevel, NULL);
    xdg_toplevel_set_title(toplevel, "eye-client");
    xdg_toplevel_set_fullscreen(toplevel, NULL); /* as an eye has it anyway; others would draw around it */
    wl_surface_commit(c.surface);
    while (!c.is_configured && wl_display_dispatch(c.display) >= 0) continue;
}

static long number(const char *text) {
    char *end;
    long n = strtol(text, &end, 10);
    errno = EINVAL;
    if (end == text || *end || n < 1 || n > INT32_MAX) die(text);
    return n;
}

static void take_options(int argc, char **argv) {
    static const struct option options[] = {{"width", 1, NULL, 'w'},     {"height", 1, NULL, 'h'},
                                            {"buffers", 1, NULL, 'b'},   {"frames", 1, NULL, 'f'},
                                            {"run-ahead", 0, NULL, 'r'}, {0}};
    for (int o; (o = getopt_long(argc, argv, "", options, NULL)) >= 0;) {
        switch (o) {
        case 'w': c.width = (int32_t)number(optarg); break;
        case 'h': c.height = (int32_t)number(optarg); break;
        case 'b': c.n_pictures = (int32_t)number(optarg); break;
        case 'f': c.frames = number(optarg); break;
        case 'r': c.runs_ahead = true; break;
        default: exit(2);
        }
    }
    errno = EINVAL;
    if (c.width > 16384 || c.height < 2 || c.height > 16384 || c.n_pictures > BUFFERS_MAX ||
        (int64_t)c.width * c.height * 4 * c.n_pictures > INT32_MAX)
        die("size or buffers");
}

int main(int argc, char **argv) {
    take_options(argc, argv);
    c.display = wl_display_connect(NULL);
    if (!c.display) die("no Wayland display");
    open_window();
    make_pictures();
    c.is_due = true;
    while (c.frames == 0 || c.n < c.frames) {
        Picture *p = c.is_due || c.runs_ahead ? free_picture() : NULL;
        if (p) draw(p);
        if (p ? wl_display_flush(c.display) < 0 && errno != EAGAIN : wl_display_dispatch(c.display) < 0) break;
        if (p && c.runs_ahead && wl_display_dispatch_pending(c.display) < 0) break;
    }
    wl_display_roundtrip(c.display);
    wl_display_disconnect(c.display);
    return 0;
}
