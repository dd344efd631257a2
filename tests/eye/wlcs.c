/* The eye as a compositor of the Wayland conformance suite (wlcs): a module that its runner loads. The eye runs in a thread of
 * the runner; what the suite asks of it is done there, one act at a time. */
#include <linux/input-event-codes.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wayland-client-core.h>
#include <wlcs/display_server.h>
#include <wlcs/pointer.h>
#include <wlcs/touch.h>

#include "suite.h"

typedef struct Server {
    WlcsDisplayServer functions; /* first: what the suite knows it by */
    Suite *suite;
    pthread_t thread;
    int asked; /* eventfd */
    sem_t done;
    void (*act)(Suite *suite, void *arg);
    void *arg;
    bool is_ending;
} Server;

typedef struct Pointer {
    WlcsPointer functions;
    Server *server;
} Pointer;

/* ---- The eye's thread ---- */

static void *run(void *arg) {
    Server *s = arg;
    struct pollfd fds[] = {{suite_fd(s->suite), POLLIN, 0}, {s->asked, POLLIN, 0}};
    while (!s->is_ending) {
        poll(fds, 2, -1);
        suite_turn(s->suite);
        if (!(fds[1].revents & POLLIN)) continue;
        uint64_t n;
        if (read(s->asked, &n, sizeof n) != sizeof n) abort();
        s->act(s->suite, s->arg);
        suite_turn(s->suite);
        sem_post(&s->done);
    }
    return NULL;
}

/* Has the eye's thread do it, and waits for that. */
static void ask(Server *s, void (*act)(Suite *suite, void *arg), void *arg) {
    uint64_t one = 1;
    s->act = act;
    s->arg = arg;
    if (write(s->asked, &one, sizeof one) != sizeof one) abort();
    while (sem_wait(&s->done) < 0) continue;
}

static void on_start(WlcsDisplayServer *server) {
    Server *s = (Server *)server;
    s->suite = suite_open();
    if (!s->suite || pthread_create(&s->thread, NULL, run, s)) abort();
}

static void end(Suite *suite, void *arg) {
    suite_close(suite);
    ((Server *)arg)->is_ending = true;
}

static void on_stop(WlcsDisplayServer *server) {
    Server *s = (Server *)server;
    ask(s, end, s);
    pthread_join(s->thread, NULL);
}

/* ---- Clients and windows ---- */

static void connect_client(Suite *suite, void *arg) { *(int *)arg = suite_connect(suite); }

static int on_create_client_socket(WlcsDisplayServer *server) {
    int fd = -1;
    ask((Server *)server, connect_client, &fd);
    return fd;
}

typedef struct Placing {
    int fd, x, y;
    uint32_t id;
} Placing;

static void place(Suite *suite, void *arg) {
    const Placing *p = arg;
    suite_place(suite, p->fd, p->id, p->x, p->y);
}

static void on_position(WlcsDisplayServer *server, wl_display *display, wl_surface *surface, int x, int y) {
    Placing p = {.fd = wl_display_get_fd(display), .x = x, .y = y, .id = wl_proxy_get_id((struct wl_proxy *)surface)};
    ask((Server *)server, place, &p);
}

/* ---- Inputs ---- */

static void send_input(Suite *suite, void *arg) { suite_input(suite, arg); }

static void input(WlcsPointer *pointer, SuiteInput in) { ask(((Pointer *)pointer)->server, send_input, &in); }

static void on_move_absolute(WlcsPointer *p, wl_fixed_t x, wl_fixed_t y) {
    input(p, (SuiteInput){SUITE_POSITION, 0, x, y});
}
static void on_move_relative(WlcsPointer *p, wl_fixed_t dx, wl_fixed_t dy) {
    input(p, (SuiteInput){SUITE_MOTION, 0, dx, dy});
}
static void on_button_up(WlcsPointer *p, int button) { input(p, (SuiteInput){SUITE_BUTTON, button, 0, 0}); }
static void on_button_down(WlcsPointer *p, int button) { input(p, (SuiteInput){SUITE_BUTTON, button, 1, 0}); }
static void on_destroy_pointer(WlcsPointer *p) { free(p); }

static WlcsPointer *on_create_pointer(WlcsDisplayServer *server) {
    Pointer *p = calloc(1, sizeof *p);
    if (!p) abort();
    p->server = (Server *)server;
    p->functions = (WlcsPointer){.version = WLCS_POINTER_VERSION,
                                 .move_absolute = on_move_absolute,
                                 .move_relative = on_move_relative,
                                 .button_up = on_button_up,
                                 .button_down = on_button_down,
                                 .destroy = on_destroy_pointer};
    return &p->functions;
}

/* An eye has no touch screen: nothing of this does anything, and the tests of it fail or are left out. */
static void on_touch_at(WlcsTouch *t, wl_fixed_t x, wl_fixed_t y) { (void)t, (void)x, (void)y; }
static void on_touch_up(WlcsTouch *t) { (void)t; }
static void on_destroy_touch(WlcsTouch *t) { free(t); }

static WlcsTouch *on_create_touch(WlcsDisplayServer *server) {
    (void)server;
    WlcsTouch *t = calloc(1, sizeof *t);
    if (!t) abort();
    *t = (WlcsTouch){.version = WLCS_TOUCH_VERSION,
                     .touch_down = on_touch_at,
                     .touch_move = on_touch_at,
                     .touch_up = on_touch_up,
                     .destroy = on_destroy_touch};
    return t;
}

/* ---- The module ---- */

static const WlcsExtensionDescriptor extensions[] = {{"wl_compositor", 5},
                                                     {"wl_shm", 1},
                                                     {"wl_subcompositor", 1},
                                                     {"wl_seat", 7},
                                                     {"wl_output", 4},
                                                     {"wl_data_device_manager", 3},
                                                     {"xdg_wm_base", 5},
                                                     {"wp_viewporter", 1},
                                                     {"wp_presentation", 1},
                                                     {"zwp_relative_pointer_manager_v1", 1},
                                                     {"zwp_pointer_constraints_v1", 1},
                                                     {"zxdg_decoration_manager_v1", 1},
                                                     {"zxdg_output_manager_v1", 3},
                                                     {"zwp_idle_inhibit_manager_v1", 1},
                                                     {"xdg_activation_v1", 1}};
static const WlcsIntegrationDescriptor descriptor = {.version = WLCS_INTEGRATION_DESCRIPTOR_VERSION,
                                                     .num_extensions = sizeof extensions / sizeof extensions[0],
                                                     .supported_extensions = extensions};

static const WlcsIntegrationDescriptor *on_get_descriptor(const WlcsDisplayServer *server) {
    (void)server;
    return &descriptor;
}

static WlcsDisplayServer *on_create_server(int argc, const char **argv) {
    (void)argc, (void)argv;
    Server *s = calloc(1, sizeof *s);
    if (!s) abort();
    s->asked = eventfd(0, EFD_CLOEXEC);
    sem_init(&s->done, 0, 0);
    s->functions = (WlcsDisplayServer){.version = WLCS_DISPLAY_SERVER_VERSION,
                                       .start = on_start,
                                       .stop = on_stop,
                                       .create_client_socket = on_create_client_socket,
                                       .position_window_absolute = on_position,
                                       .create_pointer = on_create_pointer,
                                       .create_touch = on_create_touch,
                                       .get_descriptor = on_get_descriptor};
    return &s->functions;
}

static void on_destroy_server(WlcsDisplayServer *server) {
    Server *s = (Server *)server;
    close(s->asked);
    sem_destroy(&s->done);
    free(s);
}

extern const WlcsServerIntegration wlcs_server_integration;
__attribute__((visibility("default"))) const WlcsServerIntegration wlcs_server_integration = {
    .version = WLCS_SERVER_INTEGRATION_VERSION, .create_server = on_create_server, .destroy_server = on_destroy_server};
