/* See pattern.h. */
#include "eye/pattern.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wayland-client.h>

#include "xdg-shell-client-protocol.h"

enum { BUFFERS = 3, BARS = 8, PIXELS_PER_FRAME = 4, BAND_PARTS = 16, SIDE_MAX = 16384 };

typedef struct PatternBuffer {
    struct wl_buffer *buffer;
    uint32_t *pixels;
    bool is_busy; /* the eye shows it, or may */
} PatternBuffer;

typedef struct Pattern {
    struct wl_compositor *compositor;
    struct wl_shm *shm;
    struct xdg_wm_base *shell;
    struct wl_surface *surface;
    int32_t width, height, next_width, next_height;
    PatternBuffer buffers[BUFFERS];
    size_t bytes; /* of each */
    uint64_t frames;
    bool is_due; /* a frame may be drawn as soon as there is a buffer */
} Pattern;

/* --- pictures ------------------------------------------------------------------------------------------------------ */

static const uint32_t bars[BARS] = {0xffc0c0c0, 0xffc0c000, 0xff00c0c0, 0xff00c000,
                                    0xffc000c0, 0xffc00000, 0xff0000c0, 0xff101010};

/* Bars that go to the left, and a bright band that goes down. */
static void paint(const Pattern *p, uint32_t *pixels) {
    uint64_t shift = p->frames * PIXELS_PER_FRAME;
    int32_t band = p->height / BAND_PARTS + 1, top = (int32_t)(shift % (uint64_t)p->height);
    for (int32_t x = 0; x < p->width; x++)
        pixels[x] = bars[((uint64_t)x + shift) % (uint64_t)p->width * BARS / (uint64_t)p->width];
    for (int32_t y = 1; y < p->height; y++) {
        uint32_t *row = pixels + (size_t)y * (size_t)p->width;
        bool is_band = (y - top + p->height) % p->height < band;
        if (is_band)
            memset(row, 0xff, (size_t)p->width * sizeof *row);
        else
            memcpy(row, pixels, (size_t)p->width * sizeof *row);
    }
}

/* --- buffers ------------------------------------------------------------------------------------------------------- */

static void draw(Pattern *p);

static void on_release(void *data, struct wl_buffer *buffer) {
    Pattern *p = data;
    for (int i = 0; i < BUFFERS; i++) {
        if (p->buffers[i].buffer == buffer) p->buffers[i].is_busy = false;
    }
    if (p->is_due) draw(p);
}
static const struct wl_buffer_listener buffer_listener = {on_release};

static void drop_buffers(Pattern *p) {
    for (int i = 0; i < BUFFERS; i++) {
        PatternBuffer *b = &p->buffers[i];
        if (b->buffer) wl_buffer_destroy(b->buffer);
        if (b->pixels) munmap(b->pixels, p->bytes);
        *b = (PatternBuffer){0};
    }
}

static bool make_buffer(Pattern *p, PatternBuffer *b) {
    int fd = memfd_create("muster-pattern", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) return false;
    bool ok = ftruncate(fd, (off_t)p->bytes) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0;
    void *pixels = ok ? mmap(NULL, p->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
    if (pixels != MAP_FAILED) {
        struct wl_shm_pool *pool = wl_shm_create_pool(p->shm, fd, (int32_t)p->bytes);
        b->buffer = wl_shm_pool_create_buffer(pool, 0, p->width, p->height, p->width * 4, WL_SHM_FORMAT_XRGB8888);
        b->pixels = pixels;
        wl_shm_pool_destroy(pool);
        wl_buffer_add_listener(b->buffer, &buffer_listener, p);
    }
    close(fd);
    return pixels != MAP_FAILED;
}

static PatternBuffer *find_free(Pattern *p) {
    if (p->next_width != p->width || p->next_height != p->height) {
        drop_buffers(p);
        p->width = p->next_width;
        p->height = p->next_height;
        p->bytes = (size_t)p->width * (size_t)p->height * sizeof(uint32_t);
    }
    for (int i = 0; i < BUFFERS; i++) {
        PatternBuffer *b = &p->buffers[i];
        if (!b->is_busy && (b->buffer || make_buffer(p, b))) return b;
    }
    return NULL;
}

/* --- frames -------------------------------------------------------------------------------------------------------- */

static void on_frame(void *data, struct wl_callback *callback, uint32_t time_ms) {
    (void)time_ms;
    wl_callback_destroy(callback);
    draw(data);
}
static const struct wl_callback_listener frame_listener = {on_frame};

static void draw(Pattern *p) {
    PatternBuffer *b = find_free(p);
    p->is_due = !b;
    if (!b) return;
    paint(p, b->pixels);
    p->frames++;
    b->is_busy = true;
    wl_callback_add_listener(wl_surface_frame(p->surface), &frame_listener, p);
    wl_surface_attach(p->surface, b->buffer, 0, 0);
    wl_surface_damage_buffer(p->surface, 0, 0, p->width, p->height);
    wl_surface_commit(p->surface);
}

/* --- the window ---------------------------------------------------------------------------------------------------- */

static void on_ping(void *data, struct xdg_wm_base *shell, uint32_t serial) {
    (void)data;
    xdg_wm_base_pong(shell, serial);
}
static const struct xdg_wm_base_listener shell_listener = {on_ping};

static void on_size(void *data, struct xdg_toplevel *t, int32_t width, int32_t height, struct wl_array *states) {
    (void)t, (void)states;
    Pattern *p = data;
    if (width < 1 || height < 1 || width > SIDE_MAX || height > SIDE_MAX) return;
    p->next_width = width;
    p->next_height = height;
}
static void on_close(void *data, struct xdg_toplevel *t) { (void)data, (void)t; }
static const struct xdg_toplevel_listener toplevel_listener = {.configure = on_size, .close = on_close};

static void on_configure(void *data, struct xdg_surface *s, uint32_t serial) {
    Pattern *p = data;
    xdg_surface_ack_configure(s, serial);
    if (!p->frames) draw(p);
}
static const struct xdg_surface_listener surface_listener = {on_configure};

static void on_global(void *data, struct wl_registry *r, uint32_t name, const char *interface, uint32_t version) {
    (void)version;
    Pattern *p = data;
    if (strcmp(interface, wl_compositor_interface.name) == 0)
        p->compositor = wl_registry_bind(r, name, &wl_compositor_interface, 4);
    if (strcmp(interface, wl_shm_interface.name) == 0) p->shm = wl_registry_bind(r, name, &wl_shm_interface, 1);
    if (strcmp(interface, xdg_wm_base_interface.name) == 0)
        p->shell = wl_registry_bind(r, name, &xdg_wm_base_interface, 1);
}
static void on_global_gone(void *data, struct wl_registry *r, uint32_t name) { (void)data, (void)r, (void)name; }
static const struct wl_registry_listener registry_listener = {on_global, on_global_gone};

static void open_window(Pattern *p) {
    xdg_wm_base_add_listener(p->shell, &shell_listener, p);
    p->surface = wl_compositor_create_surface(p->compositor);
    struct xdg_surface *s = xdg_wm_base_get_xdg_surface(p->shell, p->surface);
    xdg_surface_add_listener(s, &surface_listener, p);
    struct xdg_toplevel *t = xdg_surface_get_toplevel(s);
    xdg_toplevel_add_listener(t, &toplevel_listener, p);
    xdg_toplevel_set_title(t, "Test pattern");
    wl_surface_commit(p->surface);
}

int pattern_main(void) {
    Pattern p = {.next_width = 1280, .next_height = 720};
    struct wl_display *display = wl_display_connect(NULL);
    if (!display) {
        fprintf(stderr, "muster-eye pattern: there is no Wayland display; it is the program of an eye\n");
        return 1;
    }
    wl_registry_add_listener(wl_display_get_registry(display), &registry_listener, &p);
    wl_display_roundtrip(display);
    if (!p.compositor || !p.shm || !p.shell) return 1;
    open_window(&p);
    while (wl_display_dispatch(display) >= 0) continue;
    wl_display_disconnect(display);
    return 0;
}
