/* See xwayland.h. Xwayland 22.1 has no option for the size of a rootful screen: its root window takes the size that
 * its toplevel is configured with. It says its display's number on a descriptor when it can be used. */
#include "eye/xwayland.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "eye/child.h"
#include "eye/lines.h"
#include "eye/program.h"
#include "muster-eye-abi.h"

enum { RESTARTS_MAX = 5, READY_MS = 20000 };

struct Xwayland {
    Eye *eye;
    pid_t pid; /* 0: none runs */
    Quiet *quiet;
    int ready_fd;
    bool is_ready;
    int n_ended;
    char display[16], number[8]; /* of the display, as it arrives */
    size_t n_number;
    struct wl_event_source *ready, *late;
};

bool xwayland_is_ready(const Eye *eye) { return eye->xwayland->is_ready; }
const char *xwayland_display(const Eye *eye) { return eye->xwayland->display; }
pid_t xwayland_pid(const Eye *eye) { return eye->xwayland->pid; }
Quiet *xwayland_quiet(const Eye *eye) { return eye->xwayland->quiet; }

static void close_ready(Xwayland *x) {
    if (x->ready) wl_event_source_remove(x->ready);
    x->ready = NULL;
    fd_closep(&x->ready_fd);
    wl_event_source_timer_update(x->late, 0);
}

static int on_ready(int fd, uint32_t mask, void *data) {
    (void)mask;
    Xwayland *x = data;
    ssize_t n = read(fd, x->number + x->n_number, sizeof x->number - 1 - x->n_number);
    if (n > 0) x->n_number += (size_t)n;
    char *end = memchr(x->number, '\n', x->n_number);
    if (n > 0 && !end && x->n_number < sizeof x->number - 1) return 0; /* the rest follows */
    close_ready(x);
    if (!end) return 0; /* it ended: xwayland_exited follows */
    *end = 0;
    snprintf(x->display, sizeof x->display, ":%s", x->number);
    x->is_ready = true;
    program_display_ready(x->eye);
    return 0;
}

static int on_late(void *data) {
    Xwayland *x = data;
    if (x->is_ready || !x->pid) return 0;
    kill(x->pid, SIGKILL);
    return 0;
}

int xwayland_start(Eye *eye, Err *e) {
    Xwayland *x = eye->xwayland;
    if (x->pid) return 0;
    int pipe_fds[2];
    if (pipe2(pipe_fds, O_CLOEXEC) < 0) return err_sys(e, "Xwayland cannot be started");
    CLEANUP(arena_freep) Arena *a = arena_new();
    Str number = arena_fmt(a, "%d", pipe_fds[1]);
    Str argv[] = {STR("Xwayland"),  STR("-displayfd"), number,     STR("-shm"), STR("-noreset"),
                  STR("-nolisten"), STR("tcp"),        STR("-ac"), STR("-br")};
    Str env[] = {arena_fmt(a, "WAYLAND_DISPLAY=%s/%s", eye->folder, eye->wayland_name)};
    ChildSpec spec = {
        .argv = {argv, COUNT_OF(argv)}, .env = {env, COUNT_OF(env)}, .fds = {pipe_fds[1]}, .n_fds = 1, .in = -1};
    int r = child_start(&spec, &x->pid, e);
    if (r == 0) r = quiet_new(x->pid, &x->quiet, e);
    close(pipe_fds[1]);
    if (r < 0) {
        close(pipe_fds[0]);
        return r;
    }
    x->ready_fd = pipe_fds[0];
    x->n_number = 0;
    x->ready = wl_event_loop_add_fd(eye->loop, x->ready_fd, WL_EVENT_READABLE, on_ready, x);
    wl_event_source_timer_update(x->late, READY_MS);
    return 0;
}

bool xwayland_exited(Eye *eye, pid_t pid, int status) {
    Xwayland *x = eye->xwayland;
    if (!x->pid || pid != x->pid) return false;
    bool was_ready = x->is_ready;
    close_ready(x);
    x->pid = 0;
    quiet_free(x->quiet);
    x->quiet = NULL;
    x->is_ready = false;
    x->display[0] = 0;
    if (eye->is_ending) return true;
    char why[160];
    if (WIFSIGNALED(status))
        snprintf(why, sizeof why, "Xwayland was ended by signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(why, sizeof why, "Xwayland exited with status %d", WEXITSTATUS(status));
    lines_error(eye, "%s", why);
    if (!was_ready || ++x->n_ended > RESTARTS_MAX) {
        program_display_failed(eye, why);
        return true;
    }
    eye_reset(eye, EYE_RESET_XWAYLAND);
    program_lost_display(eye);
    return true;
}

void xwayland_stop(Eye *eye) {
    if (eye->xwayland->pid) kill(eye->xwayland->pid, SIGTERM);
}

void xwayland_init(Eye *eye) {
    Xwayland *x = eye->xwayland = mu_new(Xwayland);
    *x = (Xwayland){.eye = eye, .ready_fd = -1};
    x->late = eye_watch(eye, wl_event_loop_add_timer(eye->loop, on_late, x));
}
