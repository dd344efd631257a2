/* hostile MODE [N]: a Wayland client that does what a broken or bad program does, for the tests of the eye.
 *
 *   draw N       draws N frames (0: without end), each when the callback of the last one has come
 *   one N        the same with a single buffer
 *   flood N      commits N frames without waiting for anything
 *   stop N       draws N frames and stops itself (SIGSTOP); kill N: ends itself by SIGKILL
 *   commits N    N commits of nothing
 *   surfaces N   N surfaces; pools N, buffers N, callbacks N, regions N likewise
 *   huge N       draws N frames of 16,384 × 16,384 pixels
 *   sizes N      draws N frames, each of another size
 *   shrink       truncates the memory of the picture that is shown, if it still can
 *   wrong        breaks the protocol
 *
 * It prints a line of JSON at the end: what it did, and the error by which the compositor ended it. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wayland-client.h>

#include "xdg-shell-client-protocol.h"

enum { WIDTH = 64, HEIGHT = 48, SIDE = 16384, BUFFERS = 3, PUSH_EACH = 20 };

static struct {
    struct wl_display *display;
    struct wl_compositor *compositor;
    struct wl_shm *shm;
    struct xdg_wm_base *base;
    struct wl_surface *surface;
    struct xdg_surface *window;
    struct wl_buffer *buffers[BUFFERS];
    bool is_free[BUFFERS], is_configured, is_due;
    int n_buffers, memory;
    long n;
} c = {.n_buffers = BUFFERS, .memory = -1};

/* _exit: what a client leaves to its compositor is what is tested, not what it leaves to its own leak checker. */
static _Noreturn void finish(void) {
    const struct wl_interface *interface = NULL;
    uint32_t id, code = wl_display_get_protocol_error(c.display, &interface, &id);
    if (wl_display_get_error(c.display) == EPROTO)
        printf("{\"n\":%ld,\"code\":%u,\"interface\":\"%s\"}\n", c.n, code, interface ? interface->name : "");
    else
        printf("{\"n\":%ld,\"ended\":%s}\n", c.n, wl_display_get_error(c.display) ? "true" : "false");
    fflush(stdout);
    _exit(0);
}

/* Sends all that waits to be sent. When the compositor has hung up, what it said last is still there to be read. */
static void push(void) {
    bool is_over = false;
    while (!is_over && wl_display_flush(c.display) < 0) {
        struct pollfd p = {wl_display_get_fd(c.display), POLLOUT, 0};
        is_over = errno != EAGAIN || poll(&p, 1, -1) < 0;
    }
    if (!is_over) return;
    while (wl_display_dispatch(c.display) > 0) continue;
    finish();
}

static void settle(void) {
    if (wl_display_roundtrip(c.display) < 0) finish();
}

static void on_global(void *data, struct wl_registry *r, uint32_t name, const char *interface, uint32_t version) {
    (void)data, (void)version;
    if (strcmp(interface, "wl_compositor") == 0) c.compositor = wl_registry_bind(r, name, &wl_compositor_interface, 4);
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

static const struct xdg_surface_listener on_window = {on_configure};

static void on_release(void *data, struct wl_buffer *b) {
    (void)b;
    *(bool *)data = true;
}

static const struct wl_buffer_listener on_buffer = {on_release};

static void on_done(void *data, struct wl_callback *callback, uint32_t ms) {
    (void)data, (void)ms;
    wl_callback_destroy(callback);
    c.is_due = true;
}

static const struct wl_callback_listener on_frame = {on_done};

/* ---- Drawing ---- */

static void open_window(void) {
    c.surface = wl_compositor_create_surface(c.compositor);
    c.window = xdg_wm_base_get_xdg_surface(c.base, c.surface);
    xdg_surface_add_listener(c.window, &on_window, NULL);
    xdg_surface_get_toplevel(c.window);
    wl_surface_commit(c.surface);
    while (!c.is_configured) {
        if (wl_display_dispatch(c.display) < 0) finish();
    }
}

static int make_memory(size_t size) {
    int fd = memfd_create("hostile", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0 || ftruncate(fd, (off_t)size) < 0) exit(1);
    return fd;
}

static void make_buffers(int32_t width, int32_t height) {
    size_t size = (size_t)width * (size_t)height * 4;
    int fd = make_memory(size * (size_t)c.n_buffers);
    struct wl_shm_pool *pool = wl_shm_create_pool(c.shm, fd, (int32_t)(size * (size_t)c.n_buffers));
    for (int i = 0; i < c.n_buffers; i++) {
        c.buffers[i] = wl_shm_pool_create_buffer(pool, (int32_t)(size * (size_t)i), width, height, width * 4,
                                                 WL_SHM_FORMAT_XRGB8888);
        c.is_free[i] = true;
        wl_buffer_add_listener(c.buffers[i], &on_buffer, &c.is_free[i]);
    }
    wl_shm_pool_destroy(pool);
    if (c.memory >= 0) close(c.memory);
    c.memory = fd;
}

static int free_buffer(void) {
    for (int i = 0; i < c.n_buffers; i++) {
        if (c.is_free[i]) return i;
    }
    return -1;
}

static void commit(int i) {
    wl_callback_add_listener(wl_surface_frame(c.surface), &on_frame, NULL);
    wl_surface_attach(c.surface, c.buffers[i], 0, 0);
    wl_surface_damage_buffer(c.surface, 0, 0, INT32_MAX, INT32_MAX);
    c.is_free[i] = c.is_due = false;
    wl_surface_commit(c.surface);
    push();
    if (c.n++ == 0) {
        puts("{\"drawn\":1}");
        fflush(stdout);
    }
}

/* One frame after its predecessor's callback. */
static void draw(void) {
    int i;
    while (!c.is_due || (i = free_buffer()) < 0) {
        if (wl_display_dispatch(c.display) < 0) finish();
    }
    commit(i);
}

static void draw_all(long n) {
    open_window();
    make_buffers(WIDTH, HEIGHT);
    c.is_due = true;
    while (n == 0 || c.n < n) draw();
    settle();
}

static void flood(long n) {
    open_window();
    make_buffers(WIDTH, HEIGHT);
    while (c.n < n) commit((int)(c.n % BUFFERS));
    settle();
}

static void huge(long n) {
    c.n_buffers = 1;
    open_window();
    make_buffers(SIDE, SIDE);
    c.is_due = true;
    while (c.n < n) draw();
    settle();
}

static void sizes(long n) {
    c.n_buffers = 1;
    open_window();
    while (c.n < n) {
        struct wl_buffer *old = c.buffers[0];
        make_buffers(1 + (int32_t)(c.n * 37 % 300), 1 + (int32_t)(c.n * 53 % 200));
        c.is_due = true;
        draw();
        if (old) wl_buffer_destroy(old);
        settle();
    }
}

/* ---- More than there may be ---- */

static void make_one(const char *what) {
    static struct wl_shm_pool *pool;
    static struct wl_surface *surface;
    static int fd = -1;
    if (fd < 0) fd = make_memory(4096);
    if (strcmp(what, "surfaces") == 0) wl_compositor_create_surface(c.compositor);
    if (strcmp(what, "regions") == 0) wl_compositor_create_region(c.compositor);
    if (strcmp(what, "pools") == 0) wl_shm_create_pool(c.shm, fd, 4096);
    if (!pool && strcmp(what, "buffers") == 0) pool = wl_shm_create_pool(c.shm, fd, 4096);
    if (pool) wl_shm_pool_create_buffer(pool, 0, 8, 8, 32, WL_SHM_FORMAT_XRGB8888);
    if (!surface) surface = wl_compositor_create_surface(c.compositor);
    if (strcmp(what, "commits") == 0) wl_surface_commit(surface);
    if (strcmp(what, "callbacks") == 0) wl_surface_frame(surface);
}

static void make_many(const char *what, long n) {
    while (c.n < n) {
        make_one(what);
        if (++c.n % PUSH_EACH == 0) push();
    }
    settle();
}

int main(int argc, char **argv) {
    const char *mode = argc > 1 ? argv[1] : "";
    long n = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
    c.display = wl_display_connect(NULL);
    if (!c.display) return 1;
    wl_registry_add_listener(wl_display_get_registry(c.display), &on_registry, NULL);
    settle();
    if (strcmp(mode, "one") == 0) c.n_buffers = 1;
    bool is_drawing = strcmp(mode, "draw") == 0 || strcmp(mode, "one") == 0, is_stopped = strcmp(mode, "stop") == 0,
         is_killed = strcmp(mode, "kill") == 0, is_shrunk = strcmp(mode, "shrink") == 0;
    if (is_drawing || is_stopped || is_killed || is_shrunk)
        draw_all(is_shrunk ? 2 : n);
    else if (strcmp(mode, "flood") == 0)
        flood(n);
    else if (strcmp(mode, "huge") == 0)
        huge(n);
    else if (strcmp(mode, "sizes") == 0)
        sizes(n);
    else if (strcmp(mode, "wrong") == 0)
        wl_shm_create_pool(c.shm, make_memory(8), 4096);
    else
        make_many(mode, n);
    if (is_stopped) raise(SIGSTOP);
    if (is_killed) raise(SIGKILL);
    if (is_shrunk && ftruncate(c.memory, 0) == 0) return 1; /* the eye must have sealed it */
    if (is_stopped) {
        for (;;) draw();
    }
    settle();
    finish();
}
