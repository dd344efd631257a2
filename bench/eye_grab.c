/* eye-grab [--width 1280] [--height 720] [--seconds 2] [--pid COMPOSITOR]: takes eye-client's frames from another Wayland compositor, as fast as that gives
 * them: the peer of eye-consumer. It asks weston by its screenshooter (weston --debug) and what is built on wlroots by
 * wlr-screencopy; both copy the output into a buffer of this program. A frame counts when its stamp is another one. One line of
 * JSON is printed, times in microseconds. Before it counts it looks on for a second.
 *
 * Debian packages neither protocol, so their requests and events are described below. WAYLAND_DISPLAY says where. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wayland-client.h>

#include "eye_figures.h"

/* ---- weston-screenshooter: take_shot(output, buffer); done ---- */

static const struct wl_interface *shot_types[] = {&wl_output_interface, &wl_buffer_interface};
static const struct wl_message shot_requests[] = {{"take_shot", "oo", shot_types}};
static const struct wl_message shot_events[] = {{"done", "", NULL}};
static const struct wl_interface shooter_interface = {"weston_screenshooter", 1, 1, shot_requests, 1, shot_events};

/* ---- wlr-screencopy-unstable-v1, version 1 ---- */

enum { MANAGER_CAPTURE = 0, MANAGER_DESTROY = 2, FRAME_COPY = 0, FRAME_DESTROY = 1 };
static const struct wl_interface *no_types[4], *copy_types[] = {&wl_buffer_interface};
static const struct wl_message frame_requests[] = {{"copy", "o", copy_types}, {"destroy", "", NULL}};
static const struct wl_message frame_events[] = {
    {"buffer", "uuuu", no_types}, {"flags", "u", no_types}, {"ready", "uuu", no_types}, {"failed", "", NULL}};
static const struct wl_interface frame_interface = {"zwlr_screencopy_frame_v1", 1, 2, frame_requests, 4, frame_events};
static const struct wl_interface *capture_types[] = {&frame_interface, NULL, &wl_output_interface};
static const struct wl_interface *region_types[] = {
    &frame_interface, NULL, &wl_output_interface, NULL, NULL, NULL, NULL};
static const struct wl_message manager_requests[] = {{"capture_output", "nio", capture_types},
                                                     {"capture_output_region", "nioiiii", region_types},
                                                     {"destroy", "", NULL}};
static const struct wl_interface manager_interface = {"zwlr_screencopy_manager_v1", 1, 3, manager_requests, 0, NULL};

typedef struct FrameListener {
    void (*buffer)(void *, struct wl_proxy *, uint32_t format, uint32_t width, uint32_t height, uint32_t stride);
    void (*flags)(void *, struct wl_proxy *, uint32_t flags);
    void (*ready)(void *, struct wl_proxy *, uint32_t high_s, uint32_t low_s, uint32_t ns);
    void (*failed)(void *, struct wl_proxy *);
} FrameListener;

#define WARM_NS UINT64_C(1000000000)

static struct {
    double seconds;
    long pid;
    struct wl_display *display;
    struct wl_shm *shm;
    struct wl_output *output;
    struct wl_proxy *shooter, *manager;
    uint32_t width, height;   /* of the output */
    struct wl_buffer *buffer; /* all of the output */
    uint8_t *pixels;
    bool is_done, is_offered, is_upside_down;
    Samples took;
} g = {.seconds = 2, .width = 1280, .height = 720};

static _Noreturn void die(const char *what) {
    fprintf(stderr, "eye-grab: %s\n", what);
    exit(1);
}

static void wait_for(const bool *is_so) {
    while (!*is_so) {
        if (wl_display_dispatch(g.display) < 0) die("the compositor has ended the connection");
    }
}

static void make_buffer(uint32_t format, uint32_t width, uint32_t height, uint32_t stride) {
    if (g.buffer) return;
    if (width < STAMP_PIXELS || height == 0 || width > 16384 || height > 16384 || stride < width * 4 ||
        stride > 1 << 20)
        die("an output of no size");
    size_t size = (size_t)stride * height;
    int fd = memfd_create("eye-grab", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, (off_t)size) < 0) die(strerror(errno));
    g.pixels = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (g.pixels == MAP_FAILED) die(strerror(errno));
    struct wl_shm_pool *pool = wl_shm_create_pool(g.shm, fd, (int32_t)size);
    g.buffer = wl_shm_pool_create_buffer(pool, 0, (int32_t)width, (int32_t)height, (int32_t)stride, format);
    wl_shm_pool_destroy(pool);
    close(fd);
    g.width = width;
    g.height = height;
}

/* ---- One picture ---- */

static void on_shot(void *data, struct wl_proxy *p) {
    (void)data, (void)p;
    g.is_done = true;
}

static void on_buffer(void *data, struct wl_proxy *p, uint32_t format, uint32_t width, uint32_t height,
                      uint32_t stride) {
    (void)data, (void)p;
    make_buffer(format, width, height, stride);
    g.is_offered = true;
}

static void on_flags(void *data, struct wl_proxy *p, uint32_t flags) {
    (void)data, (void)p;
    g.is_upside_down = flags & 1;
}

static void on_ready(void *data, struct wl_proxy *p, uint32_t high_s, uint32_t low_s, uint32_t ns) {
    (void)data, (void)p, (void)high_s, (void)low_s, (void)ns;
    g.is_done = true;
}

static void on_failed(void *data, struct wl_proxy *p) {
    (void)data, (void)p;
    die("the compositor could not copy its output");
}

static const FrameListener on_frame = {on_buffer, on_flags, on_ready, on_failed};

static void shoot(void) {
    wl_proxy_marshal_flags(g.shooter, 0, NULL, 1, 0, g.output, g.buffer);
    wait_for(&g.is_done);
}

static void copy(void) {
    struct wl_proxy *frame =
        wl_proxy_marshal_flags(g.manager, MANAGER_CAPTURE, &frame_interface, 1, 0, NULL, 0, g.output);
    wl_proxy_add_listener(frame, (void (**)(void))(uintptr_t)&on_frame, NULL);
    g.is_offered = false;
    wait_for(&g.is_offered);
    wl_proxy_marshal_flags(frame, FRAME_COPY, NULL, 1, 0, g.buffer);
    wait_for(&g.is_done);
    wl_proxy_marshal_flags(frame, FRAME_DESTROY, NULL, 1, WL_MARSHAL_FLAG_DESTROY);
}

/* ---- The compositor ---- */

static void on_global(void *data, struct wl_registry *r, uint32_t name, const char *interface, uint32_t version) {
    (void)data, (void)version;
    if (strcmp(interface, "wl_shm") == 0) g.shm = wl_registry_bind(r, name, &wl_shm_interface, 1);
    if (strcmp(interface, "wl_output") == 0 && !g.output) g.output = wl_registry_bind(r, name, &wl_output_interface, 1);
    if (strcmp(interface, shooter_interface.name) == 0) g.shooter = wl_registry_bind(r, name, &shooter_interface, 1);
    if (strcmp(interface, manager_interface.name) == 0) g.manager = wl_registry_bind(r, name, &manager_interface, 1);
}

static void on_global_remove(void *data, struct wl_registry *r, uint32_t name) { (void)data, (void)r, (void)name; }

static const struct wl_registry_listener on_registry = {on_global, on_global_remove};

static void open_display(void) {
    static void (*const on_done)(void *, struct wl_proxy *) = on_shot;
    g.display = wl_display_connect(NULL);
    if (!g.display) die("no Wayland display");
    wl_registry_add_listener(wl_display_get_registry(g.display), &on_registry, NULL);
    wl_display_roundtrip(g.display);
    if (!g.shm || !g.output) die("the compositor has no wl_shm or no output");
    if (!g.shooter && !g.manager) die("the compositor gives no pictures: weston needs --debug");
    if (!g.shooter) return;
    wl_proxy_add_listener(g.shooter, (void (**)(void))(uintptr_t)&on_done, NULL);
    make_buffer(WL_SHM_FORMAT_XRGB8888, g.width, g.height, g.width * 4);
}

static void take_options(int argc, char **argv) {
    static const struct option options[] = {
        {"width", 1, NULL, 'w'}, {"height", 1, NULL, 'h'}, {"seconds", 1, NULL, 's'}, {"pid", 1, NULL, 'p'}, {0}};
    for (int o; (o = getopt_long(argc, argv, "", options, NULL)) >= 0;) {
        if (o == 'w') g.width = (uint32_t)strtoul(optarg, NULL, 10);
        if (o == 'h') g.height = (uint32_t)strtoul(optarg, NULL, 10);
        if (o == 's') g.seconds = strtod(optarg, NULL);
        if (o == 'p') g.pid = strtol(optarg, NULL, 10);
        if (o == '?') exit(2);
    }
    if (optind != argc) die("usage: eye-grab [OPTIONS]; the head of the source says which");
}

static void take_picture(void) {
    g.is_done = false;
    if (g.shooter)
        shoot();
    else
        copy();
}

int main(int argc, char **argv) {
    size_t n = 0, n_grabs = 0;
    uint64_t last = 0, warm_until;
    take_options(argc, argv);
    open_display();
    for (warm_until = figures_now_ns() + WARM_NS; figures_now_ns() < warm_until;) take_picture();
    uint64_t begin = figures_now_ns(), now, cpu = figures_cpu_ns(g.pid);
    while ((now = figures_now_ns()) - begin < (uint64_t)(g.seconds * 1e9)) {
        take_picture();
        n_grabs++;
        now = figures_now_ns();
        uint64_t stamp = stamp_get(g.is_upside_down ? g.pixels + (size_t)(g.height - 1) * g.width * 4 : g.pixels, now);
        if (stamp == last) continue;
        samples_add(&g.took, last ? stamp : 0, now);
        n += last != 0;
        last = stamp;
    }
    cpu = figures_cpu_ns(g.pid) - cpu;
    if (n == 0) die("no frame came: does eye-client run?");
    printf("{\"frames\": %zu, \"grabs\": %zu, \"seconds\": %.3f, \"frames_per_s\": %.1f, \"width\": %u, \"height\": %u",
           n, n_grabs, (double)(now - begin) / 1e9, (double)n * 1e9 / (double)(now - begin), g.width, g.height);
    if (g.pid) printf(", \"cpu_per_frame\": %.2f", (double)cpu / 1e3 / (double)n);
    samples_print("painted_to_mapped", &g.took);
    printf("}\n");
    wl_display_disconnect(g.display);
    return 0;
}
