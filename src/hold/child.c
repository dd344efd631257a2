#include "hold/child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"

enum { OOM_ABOVE_HOLD = 300, OOM_MAX = 1000, PROGRAM_PATH_MAX = 4096 };

/* The child's ends; the hold closes them after the fork. */
typedef struct Ends {
    int in, out, err, exec;
    bool is_pty;
} Ends;

static void ends_close(Ends *x) {
    fd_closep(&x->in);
    if (!x->is_pty) {
        fd_closep(&x->out);
        fd_closep(&x->err);
    }
    fd_closep(&x->exec);
}

static void child_close(Child *c) {
    fd_closep(&c->in);
    fd_closep(&c->out);
    fd_closep(&c->err);
    fd_closep(&c->exec);
}

static void set_nonblocking(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }

static int make_pipe(int *ret_read, int *ret_write, Err *e) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return err_sys(e, "cannot create a pipe");
    *ret_read = ends[0];
    *ret_write = ends[1];
    return 0;
}

static int open_pipes(Child *c, Ends *x, Err *e) {
    TRY(make_pipe(&x->in, &c->in, e));
    TRY(make_pipe(&c->out, &x->out, e));
    TRY(make_pipe(&c->err, &x->err, e));
    set_nonblocking(c->out);
    set_nonblocking(c->err);
    return 0;
}

/* As openpty, but every descriptor is close-on-exec from its creation. */
static int open_pty(const HoldSpecPty *size, Child *c, Ends *x, Err *e) {
    char name[64];
    c->in = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (c->in < 0 || grantpt(c->in) < 0 || unlockpt(c->in) < 0 || ptsname_r(c->in, name, sizeof name) != 0)
        return err_sys(e, "cannot create a terminal");
    x->in = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (x->in < 0) return err_sys(e, "cannot open %s", name);
    x->out = x->err = x->in;
    struct winsize win = {.ws_row = (unsigned short)size->rows, .ws_col = (unsigned short)size->cols};
    if (ioctl(c->in, TIOCSWINSZ, &win) < 0) return err_sys(e, "cannot set the size of the terminal");
    return 0;
}

/* ---- In the child, between fork and exec: only what is safe there ---- */

static _Noreturn void give_up(int exec_fd, const char *step) {
    ChildFailure failure = {.sys_errno = errno};
    snprintf(failure.step, sizeof failure.step, "%s", step);
    ssize_t ignored UNUSED = write(exec_fd, &failure, sizeof failure);
    _exit(127);
}

/* Under memory pressure the kernel kills processes of the child's tree before the hold. */
static void raise_oom_score(void) {
    char text[16] = {0};
    CLEANUP(fd_closep) int fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
    if (fd < 0) return;
    ssize_t n = read(fd, text, sizeof text - 1);
    int64_t score = 0;
    if (n > 0) str_parse_i64(str_trim((Str){text, (size_t)n}), -OOM_MAX, OOM_MAX, &score);
    score += OOM_ABOVE_HOLD;
    snprintf(text, sizeof text, "%d", score > OOM_MAX ? OOM_MAX : (int)score);
    ssize_t ignored UNUSED = pwrite(fd, text, strlen(text), 0);
}

static void set_limit(int which, int64_t value) {
    struct rlimit now, wanted = {.rlim_cur = (rlim_t)value, .rlim_max = (rlim_t)value};
    if (getrlimit(which, &now) < 0) return;
    if (now.rlim_max != RLIM_INFINITY && wanted.rlim_max > now.rlim_max)
        wanted.rlim_cur = wanted.rlim_max = now.rlim_max;
    setrlimit(which, &wanted);
}

static void set_limits(const HoldSpecRlimits *r) {
    set_limit(RLIMIT_CORE, r ? r->core_bytes : 0);
    if (r && r->files > 0) set_limit(RLIMIT_NOFILE, r->files);
    if (r && r->cpu_seconds > 0) set_limit(RLIMIT_CPU, r->cpu_seconds);
}

static void reset_signals(void) {
    for (int s = 1; s < NSIG; s++) signal(s, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void take_streams(const Ends *x) {
    if (x->is_pty && ioctl(x->in, TIOCSCTTY, 0) < 0) give_up(x->exec, "terminal");
    if (dup2(x->in, 0) < 0 || dup2(x->out, 1) < 0 || dup2(x->err, 2) < 0) give_up(x->exec, "streams");
    /* The hold creates all its descriptors close-on-exec; this covers those that it inherited. */
    syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
}

static const char *path_of(char *const *envp) {
    for (; *envp; envp++) {
        if (strncmp(*envp, "PATH=", 5) == 0) return *envp + 5;
    }
    return "/usr/local/bin:/usr/bin:/bin";
}

/* As execvpe, but with the PATH of the new environment and without the fallback to a shell. errno is that of the last
 * folder that had the program, else ENOENT. */
static void exec_on_path(char *const *argv, char *const *envp) {
    if (strchr(argv[0], '/')) {
        execve(argv[0], argv, envp);
        return;
    }
    int result = ENOENT;
    Str rest = str(path_of(envp)), folder;
    while (str_split(&rest, ':', &folder)) {
        char path[PROGRAM_PATH_MAX];
        int n = snprintf(path, sizeof path, STR_FMT "/%s", STR_ARG(folder), argv[0]);
        if (folder.n == 0 || n < 0 || (size_t)n >= sizeof path) continue;
        execve(path, argv, envp);
        if (errno != ENOENT && errno != ENOTDIR) result = errno;
    }
    errno = result;
}

/* Allocated before the fork, because allocating after it is not safe. */
typedef struct Vectors {
    char *const *argv, *const *envp;
    pid_t hold;
} Vectors;

static _Noreturn void run_child(const ChildPlan *p, const Vectors *v, const Ends *x) {
    /* While the child has the lock open, a hold that dies would still look alive. */
    close(p->lock_fd);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* The hold may have died before the line above. */
    if (getppid() != v->hold) _exit(127);
    cgroup_enter(p->cgroup);
    prctl(PR_SET_DUMPABLE, 1); /* else our files below /proc belong to root; the exec would set it anyway */
    raise_oom_score();
    priority_restore(p->priority);
    setsid();
    take_streams(x);
    set_limits(p->spec->rlimits);
    reset_signals();
    if (chdir(p->spec->cwd.p) < 0) give_up(x->exec, "chdir");
    exec_on_path(v->argv, v->envp);
    give_up(x->exec, "exec");
}

/* ---- In the hold ---- */

static char *const *terminated(const StrList *list, char **out) {
    for (size_t i = 0; i < list->n; i++) out[i] = (char *)list->items[i].p;
    out[list->n] = NULL;
    return out;
}

static int start(const ChildPlan *plan, Child *c, Ends *x, Err *e) {
    const HoldSpec *spec = plan->spec;
    if (spec->pty)
        TRY(open_pty(spec->pty, c, x, e));
    else
        TRY(open_pipes(c, x, e));
    TRY(make_pipe(&c->exec, &x->exec, e));
    set_nonblocking(c->in);
    set_nonblocking(c->exec);
    CLEANUP(free_p) char **argv = mu_array(spec->argv.n + 1, sizeof *argv);
    CLEANUP(free_p) char **envp = mu_array(spec->envp.n + 1, sizeof *envp);
    Vectors v = {.argv = terminated(&spec->argv, argv), .envp = terminated(&spec->envp, envp), .hold = getpid()};
    c->pid = fork();
    if (c->pid < 0) return err_sys(e, "cannot fork");
    if (c->pid == 0) run_child(plan, &v, x);
    return 0;
}

int child_start(const ChildPlan *plan, Child *ret, Err *e) {
    Child c = {.in = -1, .out = -1, .err = -1, .exec = -1};
    Ends x = {.in = -1, .out = -1, .err = -1, .exec = -1, .is_pty = plan->spec->pty != NULL};
    int result = start(plan, &c, &x, e);
    ends_close(&x);
    if (result < 0)
        child_close(&c);
    else
        *ret = c;
    return result;
}

bool child_read_failure(int exec_fd, ChildFailure *ret) {
    return exec_fd >= 0 && read(exec_fd, ret, sizeof *ret) == (ssize_t)sizeof *ret;
}
