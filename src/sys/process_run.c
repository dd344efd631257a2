/* Runs a child to its end: one poll loop over its input, its two outputs and its pidfd. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "sys/fault.h"
#include "sys/file.h"
#include "sys/process.h"
#include "sys/process_in.h"

enum { ERR_TEXT_MAX = 64 << 10, KILL_GRACE_MS = 1000, DOING_MAX = 200 };
enum { KILLS_MAX = 6 /* one a second: a child that takes that many waits in the kernel, perhaps forever */ };
enum { KEPT_PIPE_BYTES = 1 << 20 /* what a child that outlives us can write before it waits */ };
enum { LOOK_FIRST_US = 1000000, LOOK_FACTOR = 4, PAUSE_US = 1000000 };

/* The parent's ends, -1 once closed. */
typedef struct Run {
    const ProcessSpec *spec;
    pid_t pid;
    int pidfd, in, out, err;
    Str input;           /* not yet written */
    int64_t deadline_us; /* of the current stage */
    int kills;           /* signals sent: 0, then SIGTERM, then SIGKILL */
    ErrCode why;         /* why we ended it */
    bool is_cancelled;
    int64_t began_us, look_us; /* when is_stuck is asked next */
    int64_t heard_us;          /* when it last wrote */
    bool is_pause_reported;    /* on_err knows of the pause since its last piece */
    bool is_silent;            /* it was ended because it wrote nothing */
    bool is_left;              /* it did not end even when it was killed */
    char doing[DOING_MAX];     /* the program that it was waiting for at the deadline */
    ProcessTree tree;          /* its descendants at the deadline */
    ProcessResult *result;
} Run;

void process_result_done(ProcessResult *r) {
    buf_done(&r->out);
    buf_done(&r->err);
}

static void ignore_sigpipe(void) { signal(SIGPIPE, SIG_IGN); }

/* Both ends are close-on-exec and at least 3; ours does not block. */
static int open_pipe(int *ret_ours, int *ret_theirs, bool we_write, Err *e) {
    int ends[2];
    if (fault_point("process.pipe") || pipe2(ends, O_CLOEXEC) < 0) return err_sys(e, "cannot create a pipe");
    int ours = process_fd_above(ends[we_write]), theirs = process_fd_above(ends[!we_write]);
    *ret_ours = ours;
    *ret_theirs = theirs;
    if (ours < 0 || theirs < 0 || fcntl(ours, F_SETFL, O_NONBLOCK) < 0) return err_sys(e, "cannot create a pipe");
    return 0;
}

/* Its whole input, in memory. */
static int open_input(Run *r, int *ret_theirs, Err *e) {
    *ret_theirs = process_fd_above(memfd_create("input", MFD_CLOEXEC));
    if (*ret_theirs < 0) return err_sys(e, "cannot create a file in memory");
    while (r->input.n) {
        ssize_t n = write(*ret_theirs, r->input.p, r->input.n);
        if (n < 0 && errno != EINTR) return err_sys(e, "cannot fill a file in memory");
        if (n > 0) r->input = str_from(r->input, (size_t)n);
    }
    return lseek(*ret_theirs, 0, SEEK_SET) < 0 ? err_sys(e, "cannot fill a file in memory") : 0;
}

/* The child's own descriptor of a pipe that we read. */
static int keep_pipe(int ours, int *ret_kept, Err *e) {
    (void)fcntl(ours, F_SETPIPE_SZ, KEPT_PIPE_BYTES); /* above a user's limit it stays as it is */
    *ret_kept = fcntl(ours, F_DUPFD_CLOEXEC, STDERR_FILENO + 3);
    return *ret_kept < 0 ? err_sys(e, "cannot create a pipe") : 0;
}

static int start(Run *r, Err *e) {
    CLEANUP(fd_closep) int in = -1;
    CLEANUP(fd_closep) int out = -1;
    CLEANUP(fd_closep) int err = -1;
    CLEANUP(fd_closep) int kept_out = -1;
    CLEANUP(fd_closep) int kept_err = -1;
    bool is_apart = r->spec->may_outlive_us;
    TRY(is_apart ? open_input(r, &in, e) : open_pipe(&r->in, &in, true, e));
    TRY(open_pipe(&r->out, &out, false, e));
    TRY(open_pipe(&r->err, &err, false, e));
    if (is_apart) TRY(keep_pipe(r->out, &kept_out, e));
    if (is_apart) TRY(keep_pipe(r->err, &kept_err, e));
    ChildFds fds = {.in = in, .out = out, .err = err};
    if (is_apart) fds = (ChildFds){in, out, err, {kept_out, kept_err}};
    TRY(process_start(r->spec, fds, &r->pid, e));
    r->pidfd = (int)syscall(SYS_pidfd_open, r->pid, 0);
    if (r->pidfd >= 0) return 0;
    int failed = err_sys(e, "cannot watch the child");
    kill(-r->pid, SIGKILL);
    waitpid(r->pid, NULL, 0);
    return failed;
}

/* SIGTERM first; SIGKILL for processes that are still alive after the grace time. */
static void kill_group(Run *r) {
    int signal = r->kills++ ? SIGKILL : SIGTERM;
    kill(-r->pid, signal);
    process_tree_kill(&r->tree, signal);
    r->deadline_us = clock_mono_us() + KILL_GRACE_MS * 1000;
}

/* Reads the tree while it is complete: an orphan can no longer be found by ancestry. */
static void end_early(Run *r, ErrCode why) {
    if (!r->why) {
        r->why = why;
        process_tree_find(&r->tree, r->pid);
        (void)process_tree_command(&r->tree, path_last(str(r->spec->argv[0])), r->doing, sizeof r->doing);
    }
    kill_group(r);
}

/* The child is not reaped yet, so its pid is not reused. */
static void end_rest(Run *r) {
    if (!r->why) return;
    kill(-r->pid, SIGKILL);
    process_tree_kill(&r->tree, SIGKILL);
}

static void look(Run *r) {
    const ProcessSpec *s = r->spec;
    int64_t now = clock_mono_us();
    if (!s->is_stuck || r->why || now < r->look_us) return;
    r->look_us = now + (now - r->began_us) * (LOOK_FACTOR - 1);
    if (s->is_stuck(s->stuck_arg)) end_early(r, ERR_CONFLICT);
}

static void write_input(Run *r) {
    ssize_t n = r->input.n ? write(r->in, r->input.p, r->input.n) : 0;
    if (n > 0) r->input = str_from(r->input, (size_t)n);
    bool gone = n < 0 && errno != EAGAIN && errno != EINTR; /* a child need not read all of its input */
    if (gone || !r->input.n) fd_closep(&r->in);
}

/* One read; false if there is nothing more now. Closes at the end of the stream. */
static bool read_chunk(int *fd, char *chunk, size_t size, size_t *ret_n) {
    ssize_t n = *fd < 0 ? -1 : read(*fd, chunk, size);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) fd_closep(fd);
    *ret_n = n > 0 ? (size_t)n : 0;
    return n > 0;
}

/* Keeps the last ERR_TEXT_MAX bytes. */
static void keep_tail(Buf *b, Str chunk) {
    buf_add_str(b, chunk);
    if (b->n > ERR_TEXT_MAX) buf_drop(b, b->n - ERR_TEXT_MAX);
}

static void take_err(Run *r, Str piece) {
    keep_tail(&r->result->err, piece);
    r->is_pause_reported = false;
    if (r->spec->on_err) r->spec->on_err(r->spec->on_err_arg, piece);
}

static bool read_outputs(Run *r) {
    char chunk[32 << 10];
    size_t n_out, n_err;
    if (read_chunk(&r->out, chunk, sizeof chunk, &n_out) && !r->why && !buf_add(&r->result->out, chunk, n_out))
        end_early(r, ERR_TOO_LARGE);
    if (read_chunk(&r->err, chunk, sizeof chunk, &n_err)) take_err(r, str_n(chunk, n_err));
    if (n_out || n_err) r->heard_us = clock_mono_us();
    return n_out || n_err;
}

/* When the next thing is due that depends on how long it has been silent. */
static int64_t silence_us(const Run *r) {
    const ProcessSpec *s = r->spec;
    int64_t end = s->silence_ms ? r->heard_us + s->silence_ms * 1000 : INT64_MAX;
    int64_t pause = s->on_err && !r->is_pause_reported ? r->heard_us + PAUSE_US : INT64_MAX;
    return end < pause ? end : pause;
}

static void heed_silence(Run *r) {
    const ProcessSpec *s = r->spec;
    int64_t now = clock_mono_us();
    if (r->why) return;
    if (s->on_err && !r->is_pause_reported && now >= r->heard_us + PAUSE_US) {
        r->is_pause_reported = true;
        s->on_err(s->on_err_arg, (Str){0});
    }
    if (!s->silence_ms || now < r->heard_us + s->silence_ms * 1000) return;
    r->is_silent = true;
    end_early(r, ERR_TIMEOUT);
}

static int64_t wake_us(const Run *r) {
    int64_t at = r->deadline_us;
    if (r->why) return at;
    if (r->spec->is_stuck && r->look_us < at) at = r->look_us;
    return silence_us(r) < at ? silence_us(r) : at;
}

static int ms_until(int64_t deadline_us) {
    int64_t left = deadline_us - clock_mono_us();
    return left <= 0 ? 0 : left > 3600000000 ? 3600000 : (int)((left + 999) / 1000);
}

/* Only until the child itself has ended: a process that it left behind may keep the pipes open forever. */
static void serve(Run *r) {
    for (bool ended = false; !ended && r->kills < KILLS_MAX;) {
        int cancel_fd = r->spec->cancel_fd > 0 && !r->why ? r->spec->cancel_fd : -1;
        struct pollfd fds[] = {{r->pidfd, POLLIN, 0},
                               {r->in, POLLOUT, 0},
                               {r->out, POLLIN, 0},
                               {r->err, POLLIN, 0},
                               {cancel_fd, POLLIN, 0}};
        poll(fds, COUNT_OF(fds), ms_until(wake_us(r)));
        if (fds[1].revents) write_input(r);
        if (fds[2].revents || fds[3].revents) read_outputs(r);
        ended = fds[0].revents != 0;
        r->is_cancelled |= !ended && fds[4].revents;
        if (r->is_cancelled && !r->why) end_early(r, ERR_CONFLICT);
        if (!ended) look(r);
        if (!ended) heed_silence(r);
        if (!ended && clock_mono_us() >= r->deadline_us) end_early(r, ERR_TIMEOUT);
    }
    end_rest(r);
    while (read_outputs(r) && !r->why && clock_mono_us() < r->deadline_us) continue; /* a descendant may still write */
}

static void collect(Run *r) {
    siginfo_t info = {0};
    if (r->kills >= KILLS_MAX) {
        r->is_left = true;
        process_leave(r->pid);
        return;
    }
    while (waitid(P_PIDFD, (id_t)r->pidfd, &info, WEXITED) < 0 && errno == EINTR) continue;
    bool exited = info.si_code == CLD_EXITED;
    r->result->exit_code = exited ? info.si_status : -1;
    r->result->signal = exited ? 0 : info.si_status;
}

static int verdict(const Run *r, Err *e) {
    const char *program = r->spec->title ? r->spec->title : r->spec->argv[0];
    if (r->is_left)
        return err_fail(e, ERR_TIMEOUT, "%s cannot be ended: it waits for a disk that does not answer", program);
    if (r->is_silent)
        return err_fail(e, ERR_TIMEOUT, "%s wrote nothing for %lld ms%s%s", program, (long long)r->spec->silence_ms,
                        r->doing[0] ? "; it was waiting for: " : "", r->doing);
    if (r->why == ERR_TIMEOUT)
        return err_fail(e, ERR_TIMEOUT, "%s did not end within %lld ms%s%s", program, (long long)r->spec->timeout_ms,
                        r->doing[0] ? "; it was waiting for: " : "", r->doing);
    if (r->is_cancelled) return err_fail(e, ERR_CONFLICT, "%s was cancelled", program);
    if (r->why == ERR_CONFLICT) return err_fail(e, ERR_CONFLICT, "%s was stuck", program);
    if (r->why) return err_fail(e, r->why, "%s wrote more than %zu bytes", program, r->spec->output_max);
    return 0;
}

static void run_done(Run *r) {
    fd_closep(&r->pidfd);
    fd_closep(&r->in);
    fd_closep(&r->out);
    fd_closep(&r->err);
}

int process_run(const ProcessSpec *s, ProcessResult *ret, Err *e) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, ignore_sigpipe);
    CLEANUP(process_result_done) ProcessResult result = {.exit_code = -1};
    buf_init(&result.out, s->output_max);
    buf_init(&result.err, ERR_TEXT_MAX + (32 << 10));
    CLEANUP(run_done)
    Run r = {.spec = s, .pidfd = -1, .in = -1, .out = -1, .err = -1, .input = s->input, .result = &result};
    TRY(start(&r, e));
    r.began_us = clock_mono_us();
    r.heard_us = r.began_us;
    r.look_us = r.began_us + LOOK_FIRST_US;
    r.deadline_us = r.began_us + s->timeout_ms * 1000;
    serve(&r);
    collect(&r);
    TRY(verdict(&r, e));
    *ret = TAKE(result);
    return 0;
}

/* "1.2" or "v1.2-rc+7": some programs print their name before it. Anything else is not a version, whatever prints it. */
static bool is_version(Str word) {
    Str digits = str_from(word, str_starts(word, STR("v")) ? 1 : 0);
    for (size_t i = 0; i < word.n; i++) {
        unsigned char c = (unsigned char)word.p[i];
        if (c <= ' ' || c > '~') return false;
    }
    return digits.n && digits.p[0] >= '0' && digits.p[0] <= '9';
}

bool process_version(const char *program, int64_t timeout_ms, char out[PROCESS_VERSION_SIZE]) {
    CLEANUP(buf_done) Buf vars;
    const char *argv[] = {program, "--version", NULL}, *path = getenv("PATH"), *home = getenv("HOME");
    buf_init(&vars, 1 << 20);
    buf_add_fmt(&vars, "PATH=%s", path ? path : "");
    buf_add_c(&vars, 0);
    size_t home_at = vars.n;
    buf_add_fmt(&vars, "HOME=%s", home ? home : "/");
    const char *envp[] = {vars.p, vars.p + home_at, NULL};
    ProcessSpec s = {.argv = argv, .envp = envp, .cwd = "/", .timeout_ms = timeout_ms, .output_max = 4096};
    CLEANUP(process_result_done) ProcessResult r = {0};
    out[0] = '\0';
    int failed = process_run(&s, &r, NULL);
    if (failed || r.exit_code != 0) return failed != -ERR_TIMEOUT;
    Str rest = str_trim(buf_str(&r.out)), word = {0}, first = {0};
    str_split(&rest, '\n', &first);
    for (rest = first; str_split(&rest, ' ', &word);)
        if (is_version(word)) break;
    if (!is_version(word)) return true;
    snprintf(out, PROCESS_VERSION_SIZE, STR_FMT, STR_ARG(word));
    return true;
}
