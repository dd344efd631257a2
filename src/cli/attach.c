/* `muster attach`: a terminal of the daemon in the user's own.
 *
 * The user's terminal is raw while it is attached, and is restored on every way out: the key, the program's end, an error,
 * a signal, and the loss of the daemon. Signals are read from a descriptor, so that none ends the process in between, and are seen
 * while the terminal takes nothing. The daemon answers what the program asks its terminal, so the user's is not asked. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "base/le.h"
#include "base/mem.h"
#include "base/ulid.h"
#include "cli/cli.h"
#include "cli/option.h"
#include "core/live_source.h"
#include "net/local_ws.h"
#include "term/query.h"

enum {
    LEAVE_KEY = 0x1d /* Ctrl-] */,
    READ_BYTES = 4096,
    WRITE_BYTES = 1024,
    LEAVE_MS = 200,
    MESSAGE_MAX = 8192,
    SILENCE_MS = 120000,
    MIN_COLS = 4
};

/* What a program may have left switched on: alternate screen, mouse, bracketed paste, application keys, hidden cursor. */
static const char undo_modes[] =
    "\033[?1049l\033[?1000l\033[?1002l\033[?1003l\033[?1006l\033[?1004l\033[?2004l\033[?1l\033>"
    "\033[?25h\033[m\r\n";

typedef struct Attached {
    const CliContext *cli;
    LocalWs *ws; /* owned */
    int signals; /* owned; -1: none */
    bool is_raw;
    struct termios before;
    QueryScan scan; /* of the output */
    uint32_t sub;   /* 0: not yet subscribed */
    bool is_done;
    char why[600]; /* said after the terminal is restored; empty: nothing */
    bool has_failed;
} Attached;

/* --- the user's terminal ---------------------------------------------------------------------------------------- */

static bool has_room(int fd, int ms) {
    struct pollfd p = {fd, POLLOUT, 0};
    return poll(&p, 1, ms) == 1 && (p.revents & POLLOUT);
}

/* A terminal whose output is stopped takes nothing: it is not waited for. */
static void restore(Attached *x) {
    if (!x->is_raw) return;
    x->is_raw = false;
    if (has_room(STDOUT_FILENO, LEAVE_MS)) {
        ssize_t ignored UNUSED = write(STDOUT_FILENO, undo_modes, sizeof undo_modes - 1);
    }
    tcflush(STDIN_FILENO, TCIFLUSH);
    tcsetattr(STDIN_FILENO, TCSANOW, &x->before);
}

static int make_raw(Attached *x, Err *e) {
    if (tcgetattr(STDIN_FILENO, &x->before) < 0) return err_sys(e, "reading the state of this terminal");
    struct termios raw = x->before;
    cfmakeraw(&raw);
    if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw) < 0) return err_sys(e, "setting this terminal up");
    x->is_raw = true;
    return 0;
}

static sigset_t caught_signals(void) {
    static const int caught[] = {SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGQUIT};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < COUNT_OF(caught); i++) sigaddset(&set, caught[i]);
    return set;
}

static int catch_signals(Attached *x, Err *e) {
    sigset_t set = caught_signals();
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    x->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return x->signals < 0 ? err_sys(e, "cannot watch for signals") : 0;
}

/* Once the terminal is restored, a signal ends the process even where it waits for that terminal. */
static void release_signals(void) {
    sigset_t set = caught_signals();
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void end(Attached *x, bool has_failed, const char *why) {
    x->is_done = true;
    x->has_failed = has_failed;
    snprintf(x->why, sizeof x->why, "%s", why);
}

static int read_user(Attached *x, short keys, short signals, Err *e);

/* In pieces that a terminal with room takes without waiting. A signal or the key ends it. */
static int write_all(Attached *x, Str bytes, Err *e) {
    while (bytes.n && !x->is_done) {
        struct pollfd p[] = {{STDOUT_FILENO, POLLOUT, 0}, {STDIN_FILENO, POLLIN, 0}, {x->signals, POLLIN, 0}};
        if (poll(p, COUNT_OF(p), -1) < 0 && errno != EINTR) return err_sys(e, "waiting for this terminal");
        TRY(read_user(x, p[1].revents, p[2].revents, e));
        if (!p[0].revents || x->is_done) continue;
        ssize_t n = write(STDOUT_FILENO, bytes.p, bytes.n < WRITE_BYTES ? bytes.n : WRITE_BYTES);
        if (n < 0 && errno != EINTR && errno != EAGAIN) return err_sys(e, "writing to this terminal");
        bytes = str_from(bytes, n > 0 ? (size_t)n : 0);
    }
    return 0;
}

/* --- to the daemon ---------------------------------------------------------------------------------------------- */

static int send_frame(Attached *x, LiveKind kind, uint64_t offset, Str bytes, Err *e) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, LIVE_FRAME_HEAD + READ_BYTES);
    buf_add_c(&b, (char)kind);
    le_put32(&b, x->sub);
    le_put64(&b, offset);
    buf_add_str(&b, bytes);
    return local_ws_send_bytes(x->ws, buf_str(&b), e);
}

static int send_size(Attached *x, Err *e) {
    struct winsize w;
    uint8_t size[4];
    if (!x->sub || ioctl(STDIN_FILENO, TIOCGWINSZ, &w) < 0 || w.ws_row == 0 || w.ws_col < MIN_COLS) return 0;
    le_store16(size, w.ws_row);
    le_store16(size + 2, w.ws_col);
    return send_frame(x, LIVE_RESIZE, 0, str_n(size, sizeof size), e);
}

static int subscribe(Attached *x, Str launch_id, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    return local_ws_send(
        x->ws,
        arena_fmt(a, "{\"type\":\"subscribe\",\"topic\":\"terminal/" STR_FMT "\",\"screen\":true}", STR_ARG(launch_id)),
        e);
}

/* --- from the daemon -------------------------------------------------------------------------------------------- */

static int take_output(Attached *x, Str frame, Err *e) {
    LeReader r = {.rest = frame};
    uint8_t kind = le_take8(&r);
    (void)le_take32(&r);
    uint64_t offset = le_take64(&r);
    if (r.failed || kind != LIVE_OUTPUT) return 0;
    CLEANUP(buf_done) Buf shown;
    buf_init(&shown, r.rest.n + 2 * QUERY_HELD_MAX);
    query_strip(&x->scan, r.rest, &shown);
    TRY(write_all(x, buf_str(&shown), e));
    return send_frame(x, LIVE_ACK, offset, (Str){0}, e);
}

static void take_exit(Attached *x, const Json *m) {
    char why[200];
    int64_t code = json_i64(m, "code", -1), number = json_i64(m, "signal", 0);
    if (number)
        snprintf(why, sizeof why, "the program was ended by signal %lld", (long long)number);
    else if (code >= 0)
        snprintf(why, sizeof why, "the program has ended with exit code %lld", (long long)code);
    else
        snprintf(why, sizeof why, "the program has ended");
    end(x, false, why);
}

static int take_message(Attached *x, Str text, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Json *m = NULL;
    TRY(json_parse(a, text, JSON_DEPTH_MAX, &m, e));
    Str type = json_str(m, "type");
    if (str_is(type, "error"))
        return err_fail(e, ERR_PROCESS, STR_FMT, STR_ARG(json_str(json_get(m, "error"), "message")));
    if (str_is(type, "exited")) take_exit(x, m);
    if (!str_is(type, "subscribed")) return 0;
    x->sub = (uint32_t)json_i64(m, "sub", 0);
    return send_size(x, e);
}

static int look_at_user(Attached *x, Err *e) {
    struct pollfd p[] = {{STDIN_FILENO, POLLIN, 0}, {x->signals, POLLIN, 0}};
    return poll(p, COUNT_OF(p), 0) > 0 ? read_user(x, p[0].revents, p[1].revents, e) : 0;
}

/* While output flows there is always another frame, so the user is looked at after each. */
static int read_daemon(Attached *x, Err *e) {
    Str got;
    LocalWsCond cond;
    while (!x->is_done && (cond = local_ws_read(x->ws, &got)) != LOCAL_WS_NOTHING) {
        if (cond == LOCAL_WS_CLOSED) return err_fail(e, ERR_PROCESS, "the daemon closed the connection");
        TRY(cond == LOCAL_WS_BYTES ? take_output(x, got, e) : take_message(x, got, e));
        if (!x->is_done) TRY(look_at_user(x, e));
    }
    return 0;
}

/* --- from the user ---------------------------------------------------------------------------------------------- */

static int read_keys(Attached *x, Err *e) {
    char keys[READ_BYTES];
    ssize_t n = read(STDIN_FILENO, keys, sizeof keys);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return 0;
    if (n <= 0) {
        end(x, false, "");
        return 0;
    }
    const char *leave = memchr(keys, LEAVE_KEY, (size_t)n);
    size_t typed = leave ? (size_t)(leave - keys) : (size_t)n;
    if (typed && x->sub) TRY(send_frame(x, LIVE_INPUT, 0, str_n(keys, typed), e));
    if (leave) end(x, false, "left; the program goes on");
    return 0;
}

static int read_signals(Attached *x, Err *e) {
    struct signalfd_siginfo s;
    while (read(x->signals, &s, sizeof s) == (ssize_t)sizeof s) {
        if (s.ssi_signo == SIGWINCH)
            TRY(send_size(x, e));
        else
            end(x, true, "ended by a signal; the program goes on");
    }
    return 0;
}

/* `keys`, `signals`: what poll says about either. */
static int read_user(Attached *x, short keys, short signals, Err *e) {
    if (signals) TRY(read_signals(x, e));
    return keys && !x->is_done ? read_keys(x, e) : 0;
}

static int turn(Attached *x, Err *e) {
    struct pollfd p[] = {{local_ws_fd(x->ws), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}, {x->signals, POLLIN, 0}};
    int n = poll(p, COUNT_OF(p), SILENCE_MS);
    if (n == 0) return err_fail(e, ERR_TIMEOUT, "the daemon does not answer");
    TRY(read_user(x, p[1].revents, p[2].revents, e));
    return p[0].revents && !x->is_done ? read_daemon(x, e) : 0;
}

/* --- the whole -------------------------------------------------------------------------------------------------- */

static const struct {
    const char *prefix, *op, *route;
} subjects[] = {{"ag", "get_agent", "/api/agents/"}, {"trm", "get_terminal", "/api/terminals/"}};

static int find_launch(const CliContext *c, Str id, Arena *a, Str *ret, Err *e) {
    Json *row = NULL;
    for (size_t i = 0; i < COUNT_OF(subjects); i++) {
        if (!id_is(id, subjects[i].prefix)) continue;
        CliQuestion q = {.op = subjects[i].op, .target = arena_fmt(a, "%s" STR_FMT, subjects[i].route, STR_ARG(id)).p};
        TRY(cli_ask(c, &q, a, &row, e));
        *ret = json_str(row, "launchId");
        return ret->n ? 0 : err_fail(e, ERR_NOT_FOUND, STR_FMT " has not been started yet", STR_ARG(id));
    }
    return err_fail(e, ERR_INVALID,
                    "`" STR_FMT "` is not the id of an agent or a terminal; `%s terminal list` lists the terminals",
                    STR_ARG(id), c->command);
}

static int attach(Attached *x, Str id, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Str launch_id;
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return err_fail(e, ERR_INVALID, "attach shows a terminal in this one: its input and output must be a terminal");
    TRY(find_launch(x->cli, id, a, &launch_id, e));
    CLEANUP(fd_closep) int home = open(x->cli->home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = home < 0 ? -(int)ERR_NOT_FOUND : local_ws_open(home, "sock", "/ws", "muster.v1", &x->ws, e);
    if (r == -(int)ERR_NOT_FOUND) return cli_no_daemon(x->cli, e);
    TRY(r);
    fprintf(stderr, "muster: Ctrl-] leaves\n");
    TRY(catch_signals(x, e));
    TRY(make_raw(x, e));
    TRY(subscribe(x, launch_id, e));
    while (!x->is_done) TRY(turn(x, e));
    return 0;
}

int cli_attach(const CliContext *c, const char *id) {
    Attached x = {.cli = c, .signals = -1};
    Err e = {0};
    int r = attach(&x, str(id), &e);
    bool was_raw = x.is_raw;
    restore(&x);
    release_signals();
    local_ws_close(x.ws);
    fd_closep(&x.signals);
    if (was_raw && !has_room(STDERR_FILENO, LEAVE_MS)) return r < 0 || x.has_failed;
    if (r < 0) return option_complain(NULL, &e);
    if (x.why[0]) fprintf(stderr, "muster: %s\n", x.why);
    return x.has_failed;
}
