#include "hold/hold.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "hold/child.h"

enum { GO_WITHIN_US = 10 * 1000 * 1000, TERM_GRACE_MS = 2000, NOTE_MAX = 400 };

/* ---- Opening: the lock first, then everything that others can see ---- */

static int open_lock(Hold *h, Err *e) {
    h->lock_fd = openat(h->dir_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (h->lock_fd < 0) return err_sys(e, "cannot open the lock");
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(h->lock_fd, F_OFD_SETLK, &whole) < 0) return err_sys(e, "another hold runs this launch");
    return 0;
}

static int read_spec(Hold *h, Err *e) {
    CLEANUP(fd_closep) int fd = openat(h->dir_fd, "spec", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return err_sys(e, "cannot open the spec");
    CLEANUP(buf_done) Buf text;
    buf_init(&text, HOLD_SPEC_BYTES_MAX);
    for (;;) {
        if (!buf_reserve(&text, 4096)) return err_fail(e, ERR_TOO_LARGE, "the spec is too large");
        ssize_t n = read(fd, text.p + text.n, 4096);
        if (n < 0) return err_sys(e, "cannot read the spec");
        if (n == 0) break;
        text.n += (size_t)n;
    }
    return holdspec_parse(arena_str(h->arena, buf_str(&text)), h->arena, &h->spec, e);
}

/* A launch runs once: its log is never started again. */
static int refuse_second_run(const Hold *h, Err *e) {
    char name[HOLD_SEGMENT_NAME_MAX];
    holdlog_segment_name(0, name);
    if (faccessat(h->dir_fd, name, F_OK, 0) == 0) return err_fail(e, ERR_CONFLICT, "this launch already has a log");
    return 0;
}

static int open_signals(Hold *h, Err *e) {
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    h->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (h->signal_fd < 0) return err_sys(e, "cannot make a signal descriptor");
    return 0;
}

static int open_all(Hold *h, const char *folder, Err *e) {
    h->dir_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (h->dir_fd < 0) return err_sys(e, "cannot open %s", folder);
    TRY(open_lock(h, e));
    TRY(read_spec(h, e));
    TRY(refuse_second_run(h, e));
    TRY(open_signals(h, e));
    h->priority = priority_raise();
    if (!tree_adopt_orphans()) return err_sys(e, "cannot become a subreaper");
    TRY(logfile_open(&h->log, h->dir_fd, h->spec.launch.p, (uint64_t)h->spec.log_segment_bytes, e));
    cgroup_open(&h->cgroup, h->dir_fd, h->spec.launch.p);
    h->clients.launch = h->spec.launch.p;
    h->clients.nonce = h->spec.nonce.p;
    return clients_open(&h->clients, h->dir_fd, e);
}

int hold_open(const char *folder, Hold **ret, Err *e) {
    Hold *h = mu_new(Hold);
    h->dir_fd = h->lock_fd = h->signal_fd = h->exec_fd = h->stdin_fd = -1;
    h->sources[0].fd = h->sources[1].fd = -1;
    h->log.fd = h->cgroup.fd = -1;
    h->clients.listen_fd = h->clients.served.fd = h->clients.greeting.fd = -1;
    h->rss_bytes = h->processes = -1;
    h->arena = arena_new();
    input_init(&h->input);
    int result = open_all(h, folder, e);
    if (result < 0) {
        hold_close(h);
        return result;
    }
    hold_set_due(h, DUE_GO, GO_WITHIN_US);
    *ret = h;
    return 0;
}

/* The lock is released last: a process that finds it free may rely on everything else being done. */
void hold_close(Hold *h) {
    if (h->clients.listen_fd >= 0) clients_close(&h->clients, h->dir_fd);
    if (h->log.fd >= 0) logfile_close(&h->log);
    cgroup_close(&h->cgroup, h->dir_fd);
    unlinkat(h->dir_fd, "tree", 0);
    hold_close_stdin(h);
    int *fds[] = {&h->exec_fd, &h->sources[0].fd, &h->sources[1].fd, &h->signal_fd, &h->dir_fd, &h->lock_fd};
    for (size_t i = 0; i < COUNT_OF(fds); i++) fd_closep(fds[i]);
    input_done(&h->input);
    tree_done(&h->tree);
    tree_done(&h->noted);
    arena_free(h->arena);
    free(h);
}

/* ---- The child ---- */

__attribute__((format(printf, 2, 3))) static void note(Hold *h, const char *fmt, ...) {
    char text[NOTE_MAX];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    logfile_put(&h->log, HOLD_NOTE, str(text));
}

static void take_streams(Hold *h, const Child *c) {
    h->child = c->pid;
    h->exec_fd = c->exec;
    h->input.fd = c->in;
    h->input.is_pty = h->spec.pty != NULL;
    if (h->spec.pty) {
        h->sources[0] = (Source){c->in, HOLD_STDOUT};
        return;
    }
    h->stdin_fd = c->in;
    h->sources[0] = (Source){c->out, HOLD_STDOUT};
    h->sources[1] = (Source){c->err, HOLD_STDERR};
}

void hold_start_child(Hold *h) {
    if (h->phase != PHASE_WAITING) return;
    h->due[DUE_GO] = 0;
    Child child;
    Err e = {0};
    ChildPlan plan = {.spec = &h->spec, .cgroup = &h->cgroup, .priority = &h->priority, .lock_fd = h->lock_fd};
    if (child_start(&plan, &child, &e) < 0) {
        end_set_cause(h, "not_started", "", "", e.text);
        end_kill(h, "not_started");
        return;
    }
    h->is_started = true;
    h->phase = PHASE_RUNNING;
    take_streams(h, &child);
    watch_start(h);
}

void hold_end_stdin(Hold *h) {
    orders_accept_input(h); /* what arrived before the order to end */
    uint64_t refused = input_end(&h->input);
    if (refused) orders_refuse_input(h, refused);
}

void hold_close_stdin(Hold *h) {
    uint64_t cut = input_unfinished(&h->input);
    if (cut) note(h, "input %llu was cut: stdin was closed before it was read", (unsigned long long)cut);
    uint64_t refused = input_close(&h->input);
    if (refused) orders_refuse_input(h, refused);
    fd_closep(&h->stdin_fd);
}

static void write_input(Hold *h) {
    if (!input_write(&h->input)) hold_close_stdin(h);
}

/* ---- Deadlines ---- */

void hold_set_due(Hold *h, Due due, int64_t after_us) { h->due[due] = clock_mono_us() + after_us; }

static void on_sync(Hold *h) { logfile_sync(&h->log); }

static void on_retry(Hold *h) {
    h->is_full = false;
    output_flush(h);
    output_resize(h);
}

/* Only wakes the loop, which sends the head at the end of every turn. */
static void on_head(Hold *h UNUSED) {}

static void (*const on_due[DUE_N])(Hold *h) = {
    [DUE_GO] = end_on_go_late,  [DUE_WALL] = watch_on_wall,   [DUE_SAMPLE] = watch_on_sample, [DUE_STOP] = end_on_stop,
    [DUE_SWEEP] = end_on_sweep, [DUE_DRAIN] = end_on_drain,   [DUE_SYNC] = on_sync,           [DUE_RETRY] = on_retry,
    [DUE_HEAD] = on_head,       [DUE_LINGER] = end_on_linger,
};

static void run_due(Hold *h) {
    int64_t now = clock_mono_us();
    for (int i = 0; i < DUE_N; i++) {
        if (!h->due[i] || h->due[i] > now) continue;
        h->due[i] = 0;
        on_due[i](h);
    }
}

static int next_timeout_ms(const Hold *h) {
    int64_t next = INT64_MAX;
    for (int i = 0; i < DUE_N; i++) {
        if (h->due[i] && h->due[i] < next) next = h->due[i];
    }
    if (next == INT64_MAX) return -1;
    int64_t wait = next - clock_mono_us();
    if (wait <= 0) return 0;
    return wait > INT64_C(60000000) ? 60000 : (int)((wait + 999) / 1000);
}

/* ---- The loop ---- */

static void on_signals(Hold *h) {
    struct signalfd_siginfo info;
    while (read(h->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo != SIGTERM) continue;
        h->is_linger_over = true;
        end_stop(h, TERM_GRACE_MS, "terminated");
    }
    end_reap(h);
}

static void on_listen(Hold *h) { clients_accept(&h->clients); }
static void on_served_write(Hold *h) {
    if (!client_flush(&h->clients.served)) client_close(&h->clients.served);
}
static void on_source0(Hold *h) { output_read(h, &h->sources[0]); }
static void on_source1(Hold *h) {
    /* Reading the previous source may have filled the disk. */
    if (!h->pending_n) output_read(h, &h->sources[1]);
}

typedef struct Watch {
    int fd; /* -1 = not now */
    short events;
    void (*on_ready)(Hold *h);
} Watch;

/* A held stream must not be polled at all: its hang-up would wake the loop forever. */
static int choose(const Hold *h, Watch *w) {
    bool reads = !h->pending_n && !output_is_held(h);
    const Client *served = &h->clients.served;
    int n = 0;
    w[n++] = (Watch){h->signal_fd, POLLIN, on_signals};
    w[n++] = (Watch){h->clients.listen_fd, POLLIN, on_listen};
    w[n++] = (Watch){served->fd, POLLIN, orders_read};
    w[n++] = (Watch){client_wants_write(served) ? served->fd : -1, POLLOUT, on_served_write};
    w[n++] = (Watch){h->clients.greeting.fd, POLLIN, orders_greet};
    w[n++] = (Watch){h->exec_fd, POLLIN, end_read_exec};
    /* Before its exec the child may not have its terminal yet: the signal of a control key would be lost. */
    bool writes = h->exec_fd < 0 && input_wants_write(&h->input);
    w[n++] = (Watch){writes ? h->input.fd : -1, POLLOUT, write_input};
    w[n++] = (Watch){reads ? h->sources[0].fd : -1, POLLIN, on_source0};
    w[n++] = (Watch){reads ? h->sources[1].fd : -1, POLLIN, on_source1};
    return n;
}

enum { WATCH_MAX = 9 };

static void turn(Hold *h) {
    Watch watches[WATCH_MAX];
    struct pollfd fds[WATCH_MAX];
    int n = choose(h, watches);
    for (int i = 0; i < n; i++) fds[i] = (struct pollfd){.fd = watches[i].fd, .events = watches[i].events};
    if (poll(fds, (nfds_t)n, next_timeout_ms(h)) > 0) {
        /* A handler may close a descriptor that a later row polls: select again. */
        for (int i = 0; i < n; i++) {
            Watch still[WATCH_MAX];
            if (!fds[i].revents) continue;
            choose(h, still);
            if (still[i].fd == watches[i].fd) watches[i].on_ready(h);
        }
    }
    run_due(h);
}

void hold_run(Hold *h) {
    while (!h->is_done) {
        turn(h);
        orders_accept_input(h);
        if (input_is_ended(&h->input)) hold_close_stdin(h);
        end_advance(h);
        if (h->log.is_dirty && !h->due[DUE_SYNC]) hold_set_due(h, DUE_SYNC, 1000 * 1000);
        orders_send_poked(h);
        orders_send_head(h);
    }
}
