/* See child.h. */
#include "eye/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "eye/private_tmp.h"

enum { FDS_WANTED = 8192, FDS_OF_SELECT = 1024 };

extern char **environ;

void child_raise_limits(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= FDS_WANTED) return;
    limit.rlim_cur = limit.rlim_max < FDS_WANTED ? limit.rlim_max : FDS_WANTED;
    (void)setrlimit(RLIMIT_NOFILE, &limit); /* else fewer clients have room */
}

static void lower_limits(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur <= FDS_OF_SELECT) return;
    limit.rlim_cur = FDS_OF_SELECT;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static bool has_name_of(const char *entry, Str other) {
    const char *end = strchr(entry, '=');
    size_t n = end ? (size_t)(end - entry) : strlen(entry);
    return other.n > n && memcmp(other.p, entry, n) == 0 && other.p[n] == '=';
}

static char **make_environment(const ChildSpec *s, Arena *a) {
    char **env = arena_array(a, CHILD_ENV_MAX + 1, sizeof *env);
    size_t n = 0;
    for (char **at = environ; *at && n < CHILD_ENV_MAX - s->env.n; at++) {
        bool is_replaced = false;
        for (size_t i = 0; i < s->env.n && !is_replaced; i++) is_replaced = has_name_of(*at, s->env.items[i]);
        if (!is_replaced) env[n++] = *at;
    }
    for (size_t i = 0; i < s->env.n; i++) {
        bool is_replaced = false;
        char *own = arena_cstr(a, s->env.items[i]);
        for (size_t k = i + 1; k < s->env.n && !is_replaced; k++) is_replaced = has_name_of(own, s->env.items[k]);
        if (!is_replaced && n < CHILD_ENV_MAX) env[n++] = own;
    }
    return env;
}

static bool is_kept(const ChildSpec *s, int fd) {
    for (int i = 0; i < s->n_fds; i++) {
        if (s->fds[i] == fd) return true;
    }
    return false;
}

/* The file that the name means on PATH; the name itself if there is none. */
static char *find_file(Arena *a, char *name) {
    const char *path = getenv("PATH");
    char at[PATH_MAX], file[PATH_MAX];
    if (!path || strchr(name, '/')) return name;
    for (Str rest = str(path), one; str_split(&rest, ':', &one);) {
        int n = snprintf(at, sizeof at, STR_FMT "/%s", STR_ARG(one), name);
        if (n < (int)sizeof at && access(at, X_OK) == 0 && realpath(at, file)) return arena_cstr(a, str(file));
    }
    return name;
}

/* After the fork: only calls that are safe there. setgid games ignore LD_PRELOAD unless privileges cannot be gained. */
static void become(const ChildSpec *s, char **argv, char **env, int report) {
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (s->kept && access("/tmp", W_OK | X_OK) < 0) private_tmp_make(s->kept);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* after the change of namespaces, which may clear it */
    if (s->is_reproducible) personality(ADDR_NO_RANDOMIZE);
    lower_limits();
    setsid();
    int in = s->in >= 0 ? s->in : open("/dev/null", O_RDONLY);
    dup2(in, STDIN_FILENO);
    dup2(STDERR_FILENO, STDOUT_FILENO);
    for (int fd = 0; fd < 1024; fd++) {
        if (fd > STDERR_FILENO && fd != report) fcntl(fd, F_SETFD, is_kept(s, fd) ? 0 : FD_CLOEXEC);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGBUS, SIG_DFL);
    environ = env; /* whose PATH finds it */
    if (!s->cwd || chdir(s->cwd) == 0) execvp(argv[0], argv);
    int why = errno;
    if (write(report, &why, sizeof why) < 0) _exit(126);
    _exit(127);
}

int child_start(const ChildSpec *s, pid_t *ret, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    char **argv = arena_array(a, s->argv.n + 1, sizeof *argv);
    for (size_t i = 0; i < s->argv.n; i++) argv[i] = arena_cstr(a, s->argv.items[i]);
    if (s->kept) argv[0] = find_file(a, argv[0]); /* what PATH names may be below /tmp */
    char **env = make_environment(s, a);
    int report[2];
    if (pipe2(report, O_CLOEXEC) < 0) return err_sys(e, "%s cannot be started", argv[0]);
    pid_t pid = fork();
    if (pid == 0) become(s, argv, env, report[1]);
    close(report[1]);
    int why = 0;
    ssize_t n = pid < 0 ? -1 : read(report[0], &why, sizeof why);
    close(report[0]);
    if (pid < 0) return err_sys(e, "%s cannot be started", argv[0]);
    if (n == (ssize_t)sizeof why) {
        waitpid(pid, NULL, 0);
        return err_fail(e, ERR_PROCESS, "%s cannot be started: %s", argv[0], strerror(why));
    }
    *ret = pid;
    return 0;
}
