/* muster-reap HOME CMD…: runs a command and fails, naming it, if anything is left at its end.
 *
 * As a subreaper it inherits every process that the command's tree leaves behind, however it detached itself. A process
 * that still runs a grace time after the command's end is reported with the sockets it listens on and killed, and the
 * exit status is 125. Files cannot be left outside HOME: see fence.h. Otherwise the command's status is passed on.
 * TMPDIR, HOME and the XDG folders of the command are inside HOME.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fence.h"
#include "tree.h"

enum { STATUS_LEFT = 125, STATUS_BROKEN = 126, GRACE_MS = 5000, SHELL_SIGNAL_BASE = 128 };

static _Noreturn void die(const char *what) {
    fprintf(stderr, "muster-reap: %s: %s\n", what, strerror(errno));
    _exit(STATUS_BROKEN);
}

/* Points one variable into HOME and creates the folder. */
static void home_env(const char *home, const char *variable, const char *folder) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", home, folder);
    if (mkdir(path, 0700) < 0 && errno != EEXIST) die(path);
    if (setenv(variable, path, 1) < 0) die("setenv");
}

static void use_home(const char *home) {
    static const struct {
        const char *variable, *folder;
    } rows[] = {
        {"HOME", "user"},
        {"TMPDIR", "tmp"},
        {"XDG_RUNTIME_DIR", "run"},
        {"XDG_CACHE_HOME", "cache"},
        {"XDG_CONFIG_HOME", "config"},
        {"XDG_DATA_HOME", "data"},
        {"XDG_STATE_HOME", "state"},
        {"MUSTER_ARTIFACTS", "artifacts"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) home_env(home, rows[i].variable, rows[i].folder);
}

static pid_t start(char **argv, const sigset_t *old_mask) {
    pid_t pid = fork();
    if (pid < 0) die("fork");
    if (pid > 0) return pid;
    sigprocmask(SIG_SETMASK, old_mask, NULL);
    execvp(argv[0], argv);
    die(argv[0]);
}

/* Reaps all ended children; sets *status if `main_pid` was among them. Returns whether any process is left: a subreaper
 * becomes the parent of orphans, so while any process of the tree lives, one of them is a child here. */
static bool reap(pid_t main_pid, int *status) {
    int ended;
    pid_t pid;
    while ((pid = waitpid(-1, &ended, WNOHANG)) > 0)
        if (pid == main_pid) *status = ended;
    return pid == 0;
}

static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Waits for a signal of `mask` until the deadline; 0 if there was none. */
static int wait_signal(const sigset_t *mask, int64_t deadline_ms) {
    int64_t left_ms = deadline_ms - now_ms();
    if (left_ms <= 0) return 0;
    struct timespec t = {.tv_sec = left_ms / 1000, .tv_nsec = left_ms % 1000 * 1000000};
    int sig = sigtimedwait(mask, NULL, &t);
    return sig > 0 ? sig : 0;
}

/* Runs until the command ends; passes a signal to stop on to it. */
static int wait_main(pid_t main_pid, const sigset_t *mask) {
    int status = -1;
    while (reap(main_pid, &status), status == -1) {
        int sig = sigwaitinfo(mask, NULL);
        if (sig > 0 && sig != SIGCHLD) kill(main_pid, sig);
    }
    return status;
}

/* Gives processes that are about to end time to do so. Returns whether any is left. */
static bool wait_tree(const sigset_t *mask) {
    int status;
    int64_t deadline_ms = now_ms() + GRACE_MS;
    while (reap(-1, &status)) {
        if (now_ms() >= deadline_ms) return true;
        wait_signal(mask, deadline_ms);
    }
    return false;
}

/* Names and kills the rest; stops them first, so that none can start another while the list is walked. */
static void kill_tree(const sigset_t *mask) {
    int status;
    bool named = false;
    do {
        PidList left = tree_below(getpid());
        for (size_t i = 0; !named && i < left.n; i++) tree_describe(left.pids[i], stderr);
        named = true;
        for (size_t i = 0; i < left.n; i++) kill(left.pids[i], SIGSTOP);
        for (size_t i = 0; i < left.n; i++) kill(left.pids[i], SIGKILL);
        pids_done(&left);
        wait_signal(mask, now_ms() + 100);
    } while (reap(-1, &status));
}

static int exit_status(int status) {
    return WIFSIGNALED(status) ? SHELL_SIGNAL_BASE + WTERMSIG(status) : WEXITSTATUS(status);
}

int main(int argc, char **argv) {
    if (argc < 3) {
        fprintf(stderr, "usage: muster-reap HOME CMD…\n");
        return STATUS_BROKEN;
    }
    char home[PATH_MAX];
    if (!realpath(argv[1], home)) die(argv[1]);
    use_home(home);
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) die("prctl");
    const char *why_open = fence_raise(home);
    if (why_open) fprintf(stderr, "muster-reap: files outside the home are not guarded here: %s\n", why_open);

    sigset_t mask, old_mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGCHLD);
    sigaddset(&mask, SIGTERM);
    sigaddset(&mask, SIGINT);
    sigprocmask(SIG_BLOCK, &mask, &old_mask);
    pid_t main_pid = start(argv + 2, &old_mask);
    int status = exit_status(wait_main(main_pid, &mask));
    bool left = wait_tree(&mask);
    if (left) kill_tree(&mask);
    if (!why_open && fence_leftovers(stderr) > 0) left = true;
    return left ? STATUS_LEFT : status;
}
