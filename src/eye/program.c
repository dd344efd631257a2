/* See program.h. */
#include "eye/program.h"

#include <linux/sockios.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/vec.h"
#include "eye/child.h"
#include "eye/client.h"
#include "eye/clock.h"
#include "eye/env_file.h"
#include "eye/lines.h"
#include "eye/quiet.h"
#include "eye/stats.h"
#include "eye/step.h"
#include "eye/video.h"
#include "eye/xwayland.h"

enum { RESTARTS_MAX = 10, RESTART_MS = 1000, KILL_MS = 2000, AUTO_S = 10 };

static const EyeProgram *spec_of(const Eye *eye) { return eye->config.program; }

static bool has_program(const Eye *eye) { return spec_of(eye) && spec_of(eye)->argv.n; }

static void report(Eye *eye, const char *event, int status, const char *detail) {
    const Program *p = eye->program;
    EyeProgramLine line = {.event = str(event), .route = str(p->is_x11 ? "x11" : "wayland")};
    line.set |= 1ull << EyeProgramLine_route_bit;
    if (p->pid) GIVE(EyeProgramLine, &line, pid, p->pid);
    if (status >= 0 && WIFEXITED(status)) GIVE(EyeProgramLine, &line, code, WEXITSTATUS(status));
    if (status >= 0 && WIFSIGNALED(status)) GIVE(EyeProgramLine, &line, signal, WTERMSIG(status));
    if (detail) GIVE(EyeProgramLine, &line, detail, str(detail));
    lines_report(eye, "program", &EyeProgramLine_shape, &line);
    stats_changed(eye);
}

/* --- starting ----------------------------------------------------------------------------------------------------- */

/* The preloaded library is beside the eye's own program, or where an installation has it. */
static bool find_preload(char *ret, size_t size) {
    char own[4096];
    ssize_t n = readlink("/proc/self/exe", own, sizeof own - 1);
    if (n <= 0) return false;
    own[n] = 0;
    char *last = strrchr(own, '/');
    *last = 0;
    static const char *const places[] = {"%s/libmuster-clock.so", "%s/../lib/muster/libmuster-clock.so"};
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        if (snprintf(ret, size, i ? places[1] : places[0], own) < (int)size && access(ret, R_OK) == 0) return true;
    }
    return false;
}

typedef struct Environment {
    Arena *arena;
    VEC(Str) lines;
} Environment;

static void env_add(Environment *v, const char *name, const char *value) {
    vec_push(&v->lines, arena_fmt(v->arena, "%s=%s", name, value));
}

int program_make_clock(Eye *eye, Err *e) {
    if (eye->config.clock == EYE_TIME_REAL) return 0;
    char library[4200];
    if (!find_preload(library, sizeof library))
        return err_fail(e, ERR_PROCESS, "libmuster-clock.so is missing beside muster-eye: there is no virtual clock");
    return clock_new(&(ClockSpec){.folder = eye->folder,
                                  .library = library,
                                  .seed = (uint64_t)eye->config.seed,
                                  .has_barrier = eye->config.clock == EYE_TIME_BARRIER},
                     &eye->clock, e);
}

static void add_clock(Eye *eye, Environment *v) {
    if (!eye->clock) return;
    clock_restart(eye->clock);
    vec_push(&v->lines, arena_str(v->arena, str(clock_env_page(eye->clock))));
    vec_push(&v->lines, arena_str(v->arena, str(clock_env_preload(eye->clock, getenv("LD_PRELOAD")))));
    env_add(v, "LP_NUM_THREADS", "0"); /* one thread of llvmpipe: the same order of everything */
}

static int run(Eye *eye, Err *e) {
    Program *p = eye->program;
    const EyeProgram *spec = spec_of(eye);
    CLEANUP(arena_freep) Arena *a = arena_new();
    Environment v = {.arena = a};
    char path[160];
    snprintf(path, sizeof path, "%s/%s", eye->folder, eye->wayland_name);
    env_add(&v, "WAYLAND_DISPLAY", p->is_x11 ? "" : path);
    env_add(&v, "DISPLAY", p->is_x11 ? xwayland_display(eye) : "");
    if (p->is_x11) env_add(&v, "XAUTHORITY", xwayland_authority(eye));
    env_add(&v, "XDG_SESSION_TYPE", p->is_x11 ? "x11" : "wayland");
    env_add(&v, "SDL_VIDEODRIVER", p->is_x11 ? "x11" : "wayland");
    env_add(&v, "GDK_BACKEND", p->is_x11 ? "x11" : "wayland");
    env_add(&v, "QT_QPA_PLATFORM", p->is_x11 ? "xcb" : "wayland");
    add_clock(eye, &v);
    step_on_program(eye);
    for (size_t i = 0; i < spec->env.n; i++) vec_push(&v.lines, spec->env.items[i]);
    ChildSpec child = {.argv = spec->argv,
                       .env = {v.lines.items, v.lines.n},
                       .cwd = spec->cwd.n ? arena_cstr(a, spec->cwd) : NULL,
                       .in = -1,
                       .is_reproducible = eye->clock != NULL};
    int r = child_start(&child, &p->pid, e);
    vec_done(&v.lines);
    if (r == 0) r = quiet_new(p->pid, &p->quiet, e);
    if (r < 0) return r;
    p->started_ns = eye_now_ns();
    p->has_shown = p->is_stop_asked = false;
    report(eye, "started", -1, NULL);
    return 0;
}

int program_start(Eye *eye, Err *e) {
    Program *p = eye->program;
    if (!has_program(eye)) return 0;
    if (p->pid) return err_fail(e, ERR_CONFLICT, "the program is running");
    if (spec_of(eye)->route == EYE_ROUTE_X11) p->is_x11 = true;
    if (p->is_x11 && !xwayland_is_ready(eye)) return xwayland_start(eye, e); /* program_display_ready goes on */
    return run(eye, e);
}

void program_display_ready(Eye *eye) {
    Err e = {0};
    env_file_write(eye);
    if (eye->program->pid || run(eye, &e) == 0) return;
    report(eye, "failed", -1, e.text);
}

void program_display_failed(Eye *eye, const char *why) { report(eye, "failed", -1, why); }

void program_lost_display(Eye *eye) {
    Program *p = eye->program;
    if (p->is_stop_asked) return;
    p->is_display_lost = true;
    if (p->pid)
        kill(-p->pid, SIGKILL);
    else
        wl_event_source_timer_update(p->again, 1);
}

static int on_again(void *data) {
    Eye *eye = data;
    Err e = {0};
    if (!eye->program->is_stop_asked && program_start(eye, &e) < 0) report(eye, "failed", -1, e.text);
    return 0;
}

/* --- ending ------------------------------------------------------------------------------------------------------- */

static int on_kill(void *data) {
    const Program *p = data;
    if (p->pid && p->is_stop_asked) kill(-p->pid, SIGKILL);
    return 0;
}

void program_stop(Eye *eye) {
    Program *p = eye->program;
    p->is_stop_asked = true;
    if (!p->pid) return;
    kill(-p->pid, SIGTERM);
    wl_event_source_timer_update(p->kill, KILL_MS);
}

static void on_exit_of(Eye *eye, int status) {
    Program *p = eye->program;
    pid_t pid = p->pid;
    report(eye, "exited", status, NULL);
    p->pid = 0;
    quiet_free(p->quiet);
    p->quiet = NULL;
    kill(-pid, SIGKILL); /* what it left in its session */
    const EyeProgram *spec = spec_of(eye);
    if (p->is_stop_asked) return;
    if (p->is_display_lost) {
        p->is_display_lost = false;
        wl_event_source_timer_update(p->again, RESTART_MS);
        return;
    }
    bool is_early = eye_now_ns() - p->started_ns < (uint64_t)AUTO_S * 1000000000;
    if (spec->route == EYE_ROUTE_AUTO && !p->is_x11 && !p->has_shown && is_early) {
        p->is_x11 = true; /* it knows no Wayland, or could not use it */
        wl_event_source_timer_update(p->again, 1);
    } else if (spec->is_restarted && p->n_restarts < RESTARTS_MAX) {
        p->n_restarts++;
        wl_event_source_timer_update(p->again, RESTART_MS);
    } else if (spec->is_restarted) {
        lines_error(eye, "the program ended %d times and is not started again", RESTARTS_MAX + 1);
    }
}

static int on_child(int signal, void *data) {
    (void)signal;
    Eye *eye = data;
    int status;
    for (pid_t pid = waitpid(-1, &status, WNOHANG); pid > 0; pid = waitpid(-1, &status, WNOHANG)) {
        if (xwayland_exited(eye, pid, status) || video_exited(eye, pid, status)) continue;
        if (pid == eye->program->pid) on_exit_of(eye, status);
    }
    return 0;
}

void program_init(Eye *eye) {
    Program *p = eye->program = mu_new(Program);
    p->eye = eye;
    p->again = eye_watch(eye, wl_event_loop_add_timer(eye->loop, on_again, eye));
    p->kill = eye_watch(eye, wl_event_loop_add_timer(eye->loop, on_kill, p));
    eye_watch(eye, wl_event_loop_add_signal(eye->loop, SIGCHLD, on_child, eye));
}

/* --- looks -------------------------------------------------------------------------------------------------------- */

/* What was sent to it is read, and it has sent nothing that is not read here. A program at its barrier reads when it is
 * granted its present, not before; an X server reads all the time. */
static bool is_drained(const Client *c) {
    const Eye *eye = c->eye;
    bool may_be_parked = eye->config.clock == EYE_TIME_BARRIER && c->pid != xwayland_pid(eye);
    int fd = wl_client_get_fd(c->wl), n = 0;
    if (!may_be_parked && ioctl(fd, SIOCOUTQ, &n) == 0 && n > 0) return false;
    return !(ioctl(fd, SIOCINQ, &n) == 0 && n > 0);
}

bool program_is_quiet(Eye *eye) {
    list_each(&eye->clients, Client, link, c) {
        if (c->wl && !is_drained(c)) return false;
    }
    Quiet *program = eye->program->quiet, *display = xwayland_quiet(eye);
    return (!program || quiet_look(program)) && (!display || quiet_look(display));
}

void program_describe(Eye *eye, char *ret, size_t size) {
    if (eye->program->quiet)
        quiet_describe(eye->program->quiet, ret, size);
    else
        snprintf(ret, size, "no program runs");
}
