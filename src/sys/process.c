/* Starts children with posix_spawn, which does not copy the page tables of a large daemon and reports a failed exec to
 * its caller. */
#include "sys/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/vec.h"
#include "sys/fault.h"
#include "sys/process_in.h"

int process_fd_above(int fd) {
    if (fd < 0 || fd > STDERR_FILENO) return fd;
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    close(fd);
    return copy;
}

static bool is_program(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

static bool is_not_executable(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) < 0;
}

static bool find_file(Str name, const char *path_env, bool (*is_it)(const char *path), char *out, size_t out_size) {
    Str rest = str(path_env), folder;
    if (!name.n || name.n > NAME_MAX * 4) return false;
    if (memchr(name.p, '/', name.n)) {
        int n = snprintf(out, out_size, STR_FMT, STR_ARG(name));
        return (size_t)n < out_size && is_it(out);
    }
    while (str_split(&rest, ':', &folder)) {
        if (!str_starts(folder, STR("/"))) continue; /* a relative folder would depend on the current one */
        int n = snprintf(out, out_size, STR_FMT "/" STR_FMT, STR_ARG(folder), STR_ARG(name));
        if ((size_t)n < out_size && is_it(out)) return true;
    }
    return false;
}

bool process_find_program(Str name, const char *path_env, char *out, size_t out_size) {
    return find_file(name, path_env, is_program, out, out_size);
}

bool process_find_not_executable(Str name, const char *path_env, char *out, size_t out_size) {
    return find_file(name, path_env, is_not_executable, out, out_size);
}

/* execve(2): "#!", optional blanks, the interpreter. A control character, as of a line that ends in CR LF, is shown as
 * '?'. */
bool process_missing_interpreter(const char *program, char *out, size_t out_size) {
    char head[PATH_MAX], path[PATH_MAX];
    CLEANUP(fd_closep) int fd = open(program, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof head - 1);
    if (n < 3 || head[0] != '#' || head[1] != '!') return false;
    head[n] = '\0';
    const char *from = head + 2 + strspn(head + 2, " \t");
    snprintf(path, sizeof path, "%.*s", (int)strcspn(from, " \t\n"), from);
    if (path[0] != '/' || access(path, F_OK) == 0 || errno != ENOENT) return false;
    snprintf(out, out_size, "%s", path);
    for (char *p = out; *p; p++)
        if ((unsigned char)*p < ' ') *p = '?';
    return true;
}

static const char *path_of(const char *const *envp) {
    for (; *envp; envp++)
        if (strncmp(*envp, "PATH=", 5) == 0) return *envp + 5;
    return NULL;
}

static int open_cwd(const ProcessSpec *s, int *ret_fd, Err *e) {
    const char *cwd = s->cwd ? s->cwd : "/";
    int fd = s->cwd_fd > 0 ? fcntl(s->cwd_fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
                           : process_fd_above(open(cwd, O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (fd < 0 && errno == ENOENT) return err_fail(e, ERR_NOT_FOUND, "the folder %s does not exist", cwd);
    if (fd < 0) return err_sys(e, "cannot use the folder %s", cwd);
    *ret_fd = fd;
    return 0;
}

static int spawn(const ProcessSpec *s, const char *program, ChildFds fds, int cwd_fd, pid_t *ret_pid) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigdefault(&attr, &all);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addfchdir_np(&actions, cwd_fd);
    posix_spawn_file_actions_adddup2(&actions, fds.in, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, fds.out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, fds.err, STDERR_FILENO);
    for (int i = 0; fds.kept[0] && i < (int)COUNT_OF(fds.kept); i++)
        posix_spawn_file_actions_adddup2(&actions, fds.kept[i], STDERR_FILENO + 1 + i);
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1 + (fds.kept[0] ? (int)COUNT_OF(fds.kept) : 0));
    int failed = posix_spawn(ret_pid, program, &actions, &attr, (char *const *)s->argv, (char *const *)s->envp);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attr);
    return failed;
}

static int fail_missing(const ProcessSpec *s, Err *e) {
    char path[PATH_MAX];
    if (process_find_not_executable(str(s->argv[0]), path_of(s->envp), path, sizeof path))
        return err_fail(e, ERR_NOT_FOUND, "the program %s is not executable", path);
    return err_fail(e, ERR_NOT_FOUND, "the program %s was not found", s->argv[0]);
}

int process_start(const ProcessSpec *s, ChildFds fds, pid_t *ret_pid, Err *e) {
    char program[PATH_MAX], interpreter[PATH_MAX];
    CLEANUP(fd_closep) int cwd_fd = -1;
    if (!process_find_program(str(s->argv[0]), path_of(s->envp), program, sizeof program)) return fail_missing(s, e);
    TRY(open_cwd(s, &cwd_fd, e));
    int failed = fault_point("process.spawn") ? errno : spawn(s, program, fds, cwd_fd, ret_pid);
    if (!failed) return 0;
    if (failed == ENOENT && process_missing_interpreter(program, interpreter, sizeof interpreter))
        return err_fail(e, ERR_NOT_FOUND, "cannot start %s: its interpreter %s does not exist", program, interpreter);
    errno = failed;
    return err_sys(e, "cannot start %s", program);
}

/* ---- detached children ---- */

static pthread_mutex_t detached_lock = PTHREAD_MUTEX_INITIALIZER;
static VEC(pid_t) detached;

int process_reap(void) {
    int n = 0;
    pthread_mutex_lock(&detached_lock);
    for (size_t i = detached.n; i-- > 0;) {
        if (waitpid(detached.items[i], NULL, WNOHANG) == 0) continue;
        vec_swap_remove(&detached, i);
        n++;
    }
    if (!detached.n) vec_done(&detached);
    pthread_mutex_unlock(&detached_lock);
    return n;
}

void process_leave(pid_t pid) {
    pthread_mutex_lock(&detached_lock);
    vec_push(&detached, pid);
    pthread_mutex_unlock(&detached_lock);
}

int process_spawn_detached(const ProcessSpec *s, int log_fd, int64_t *ret_pid, Err *e) {
    pid_t pid;
    process_reap();
    CLEANUP(fd_closep) int null = process_fd_above(open("/dev/null", O_RDWR | O_CLOEXEC));
    if (null < 0) return err_sys(e, "cannot open /dev/null");
    CLEANUP(fd_closep) int log = log_fd > 0 ? fcntl(log_fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1) : -1;
    TRY(process_start(s, (ChildFds){.in = null, .out = null, .err = log >= 0 ? log : null}, &pid, e));
    process_leave(pid);
    *ret_pid = pid;
    return 0;
}

/* ---- /proc/PID/stat ---- */

/* proc(5): "pid (name) state parent …"; the name may contain spaces and brackets, so fields count from the last one. */
bool process_look(int64_t pid, ProcessLook *ret) {
    enum { STATE = 3, PARENT = 4, USER = 14, KERNEL = 15, START = 22, RSS = 24 };
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
    CLEANUP(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (n <= 0) return false;
    text[n] = '\0';
    char *open_bracket = strchr(text, '('), *close_bracket = strrchr(text, ')');
    if (!open_bracket || !close_bracket) return false;
    Str rest = str(close_bracket + 2), word = {0};
    int64_t values[RSS + 1] = {0};
    *ret = (ProcessLook){0};
    snprintf(ret->name, sizeof ret->name, "%.*s", (int)(close_bracket - open_bracket - 1), open_bracket + 1);
    for (int i = STATE; i <= RSS; i++) {
        if (!str_split(&rest, ' ', &word)) return false;
        if (i == STATE)
            ret->state = word.p[0];
        else if (!str_parse_i64(word, INT64_MIN, INT64_MAX, &values[i]))
            values[i] = 0;
    }
    ret->parent = values[PARENT];
    ret->start = (uint64_t)values[START];
    ret->cpu_ms = (values[USER] + values[KERNEL]) * 1000 / sysconf(_SC_CLK_TCK);
    ret->rss_bytes = values[RSS] * sysconf(_SC_PAGESIZE);
    return true;
}

uint64_t process_start_time(int64_t pid) {
    ProcessLook look;
    return process_look(pid, &look) ? look.start : 0;
}

int64_t process_parent(int64_t pid) {
    ProcessLook look;
    return process_look(pid, &look) ? look.parent : 0;
}
