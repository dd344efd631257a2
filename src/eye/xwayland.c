/* See xwayland.h. Xwayland 22.1 has no option for the size of a rootful screen: its root window takes the size that
 * its toplevel is configured with. It gets its listening socket from here (xdisplay.h), and so makes no lock file; it writes
 * its display's number to a descriptor when it can be used. */
#include "eye/xwayland.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "eye/child.h"
#include "eye/lines.h"
#include "eye/program.h"
#include "eye/xdisplay.h"
#include "muster-eye-abi.h"

enum { RESTARTS_MAX = 5, READY_MS = 20000 };

struct Xwayland {
    Eye *eye;
    pid_t pid; /* 0: none runs */
    Quiet *quiet;
    XDisplay at;
    int ready_fd;
    bool is_ready;
    int n_ended;
    struct wl_event_source *ready, *late;
};

bool xwayland_is_ready(const Eye *eye) { return eye->xwayland->is_ready; }
const char *xwayland_display(const Eye *eye) { return eye->xwayland->at.name; }
const char *xwayland_authority(const Eye *eye) { return eye->xwayland->at.authority; }
pid_t xwayland_pid(const Eye *eye) { return eye->xwayland->pid; }
Quiet *xwayland_quiet(const Eye *eye) { return eye->xwayland->quiet; }

static void close_ready(Xwayland *x) {
    if (x->ready) wl_event_source_remove(x->ready);
    x->ready = NULL;
    fd_closep(&x->ready_fd);
    wl_event_source_timer_update(x->late, 0);
}

/* The number and the end of its line may come apart, and it does not forgive who closes in between. Without that end it has
 * ended, and xwayland_exited follows. */
static int on_ready(int fd, uint32_t mask, void *data) {
    (void)mask;
    Xwayland *x = data;
    char said[8];
    ssize_t n = read(fd, said, sizeof said);
    bool is_end = n > 0 && memchr(said, '\n', (size_t)n);
    if (n > 0 && !is_end) return 0;
    close_ready(x);
    if (!is_end) return 0;
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

static int spawn(Eye *eye, int said_fd, Err *e) {
    Xwayland *x = eye->xwayland;
    CLEANUP(arena_freep) Arena *a = arena_new();
    Str argv[] = {STR("Xwayland"),   str(x->at.name),
                  STR("-listenfd"),  arena_fmt(a, "%d", x->at.fd),
                  STR("-displayfd"), arena_fmt(a, "%d", said_fd),
                  STR("-auth"),      str(x->at.authority),
                  STR("-shm"),       STR("-noreset"),
                  STR("-br")};
    Str env[] = {arena_fmt(a, "WAYLAND_DISPLAY=%s/%s", eye->folder, eye->wayland_name)};
    ChildSpec spec = {.argv = {argv, COUNT_OF(argv)},
                      .env = {env, COUNT_OF(env)},
                      .fds = {x->at.fd, said_fd},
                      .n_fds = 2,
                      .in = -1,
                      .kept = eye->folder};
    TRY(child_start(&spec, &x->pid, e));
    return quiet_new(x->pid, &x->quiet, e);
}

int xwayland_start(Eye *eye, Err *e) {
    Xwayland *x = eye->xwayland;
    if (x->pid) return 0;
    if (x->at.fd < 0) TRY(xdisplay_open(eye->folder, &x->at, e));
    int pipe_fds[2];
    if (pipe2(pipe_fds, O_CLOEXEC) < 0) return err_sys(e, "Xwayland cannot be started");
    int r = spawn(eye, pipe_fds[1], e);
    close(pipe_fds[1]);
    if (r < 0) {
        close(pipe_fds[0]);
        return r;
    }
    x->ready_fd = pipe_fds[0];
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
    xdisplay_close(&eye->xwayland->at);
}

void xwayland_init(Eye *eye) {
    Xwayland *x = eye->xwayland = mu_new(Xwayland);
    *x = (Xwayland){.eye = eye, .ready_fd = -1, .at.fd = -1};
    x->late = eye_watch(eye, wl_event_loop_add_timer(eye->loop, on_late, x));
}
