/* See suite.h. */
#include "suite.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "eye/guard.h"
#include "eye/lines.h"
#include "eye/parts.h"
#include "eye/present.h"
#include "eye/seat.h"
#include "eye/xdg.h"

enum { CONNECTIONS_MAX = 64 };

struct Suite {
    Eye eye;
    int lines[2]; /* both ends of the eye's orders */
    struct {
        int fd;
        struct wl_client *client;
    } connections[CONNECTIONS_MAX]; /* the newest of a descriptor counts */
    int n;
};

Suite *suite_open(void) {
    static const char start[] = "{\"type\":\"start\",\"config\":{\"id\":\"wlcs\",\"hz\":0,\"placesWindows\":true,"
                                "\"program\":{\"argv\":[]}}}\n";
    Err e;
    Suite *s = mu_new(Suite);
    int reports[2]; /* read by nobody: the eye drops what does not fit */
    s->eye.generation = 1;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s->lines) < 0 ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, reports) < 0)
        return NULL;
    if (write(s->lines[1], start, sizeof start - 1) != sizeof start - 1) return NULL;
    guard_init();
    if (lines_begin(&s->eye, s->lines[0], reports[0], &e) < 0 || parts_open(&s->eye, &e) < 0) {
        fprintf(stderr, "the eye cannot be opened: %s\n", e.text);
        return NULL;
    }
    return s;
}

/* What it has allocated stays: the runner ends after its tests. */
void suite_close(Suite *s) { parts_close(&s->eye); }

int suite_fd(const Suite *s) { return wl_event_loop_get_fd(s->eye.loop); }

void suite_turn(Suite *s) {
    wl_event_loop_dispatch(s->eye.loop, 0);
    wl_display_flush_clients(s->eye.display);
}

int suite_connect(Suite *s) {
    int fds[2];
    if (s->n == CONNECTIONS_MAX || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0) return -1;
    s->connections[s->n].fd = fds[1];
    s->connections[s->n++].client = wl_client_create(s->eye.display, fds[0]);
    return fds[1];
}

static struct wl_client *client_of_fd(const Suite *s, int fd) {
    for (int i = s->n - 1; i >= 0; i--) {
        if (s->connections[i].fd == fd) return s->connections[i].client;
    }
    return NULL;
}

void suite_place(Suite *s, int client_fd, uint32_t id, int x, int y) {
    struct wl_client *client = client_of_fd(s, client_fd);
    struct wl_resource *r = client ? wl_client_get_object(client, id) : NULL;
    Surface *surface = r ? surface_from(r) : NULL;
    XdgSurface *window = surface ? xdg_of(surface) : NULL;
    if (!window || !window->toplevel) return;
    window->toplevel->x = x;
    window->toplevel->y = y;
    present_changed(surface);
}

void suite_input(Suite *s, const SuiteInput *in) {
    EyeInput input = {.kind = (uint16_t)in->kind, .code = (uint16_t)in->code, .a = in->a, .b = in->b};
    seat_input(s->eye.seat, &input);
    seat_frame(s->eye.seat);
}
