#include "eye/quiet.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>

#include "base/mem.h"

/* `/proc/<pid>/task/<tid>/stat` of a thread, and of its process its children. A file of /proc that stays open shows the
 * current state each time it is read from its start, and fails with ESRCH once the thread is gone. */
typedef struct Thread {
    pid_t pid, tid;
    int stat_fd;
} Thread;

struct Quiet {
    pid_t pid;
    int cursor_fd; /* /proc/loadavg: its last field is the number that the system gave last to any process or thread */
    long cursor;   /* of the last list; while it stays, there can be no thread that the list lacks */
    Thread *threads; /* of QUIET_THREADS_MAX; the main thread of the program first */
    size_t n_threads;
    size_t busy; /* where the last look found a running thread: it is looked at first */
    bool is_too_many;
};

/* The bytes of a file of /proc, ended by 0; 0: it is gone. */
static size_t read_at(int fd, char *text, size_t size) {
    ssize_t n = pread(fd, text, size - 1, 0);
    text[n > 0 ? n : 0] = 0;
    return n > 0 ? (size_t)n : 0;
}

static size_t read_path(const char *path, char *text, size_t size) {
    CLEANUP(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    text[0] = 0;
    return fd < 0 ? 0 : read_at(fd, text, size);
}

static long read_cursor(const Quiet *q) {
    char line[128];
    if (!read_at(q->cursor_fd, line, sizeof line)) return -1;
    const char *last = strrchr(line, ' ');
    return last ? strtol(last + 1, NULL, 10) : -1;
}

/* The state's letter; 0: the thread is gone. A name in parentheses precedes it and may hold any character. */
static char state_of(int stat_fd) {
    char line[512];
    if (!read_at(stat_fd, line, sizeof line)) return 0;
    const char *name_end = strrchr(line, ')');
    return name_end && name_end[1] == ' ' ? name_end[2] : 0;
}

static bool is_running(char state) { return state == 'R' || state == 'D'; }

/* --- the list --- */

static void drop_threads(Quiet *q) {
    for (size_t i = 0; i < q->n_threads; i++) close(q->threads[i].stat_fd);
    q->n_threads = 0;
    q->busy = 0;
    q->is_too_many = false;
}

static void add_thread(Quiet *q, pid_t pid, pid_t tid) {
    if (q->n_threads == QUIET_THREADS_MAX) {
        q->is_too_many = true;
        return;
    }
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d/stat", pid, tid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) { /* gone, or nobody knows what it does */
        if (errno != ENOENT && errno != ESRCH) q->is_too_many = true;
        return;
    }
    q->threads[q->n_threads++] = (Thread){.pid = pid, .tid = tid, .stat_fd = fd};
}

/* The threads of one process, the main one first. */
static void add_process(Quiet *q, pid_t pid) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *tasks = opendir(path);
    if (!tasks) return;
    add_thread(q, pid, pid);
    for (const struct dirent *d = readdir(tasks); d; d = readdir(tasks)) {
        pid_t tid = (pid_t)strtol(d->d_name, NULL, 10);
        if (tid > 0 && tid != pid) add_thread(q, pid, tid);
    }
    closedir(tasks);
}

/* A process is a child of the thread that made it. */
static void find_children(const Thread *t, pid_t *pids, size_t *n) {
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", t->pid, t->tid);
    read_path(path, text, sizeof text);
    char *end = text;
    for (const char *at = text; *n < QUIET_PROCESSES_MAX; at = end) {
        long pid = strtol(at, &end, 10);
        if (end == at) return;
        pids[(*n)++] = (pid_t)pid;
    }
}

/* The number is read before the list is made: what begins meanwhile makes the next look list again. */
static void list_threads(Quiet *q) {
    pid_t pids[QUIET_PROCESSES_MAX] = {q->pid};
    size_t n = 1, seen = 0;
    drop_threads(q);
    for (size_t i = 0; i < n; i++) {
        add_process(q, pids[i]);
        for (; seen < q->n_threads; seen++) find_children(&q->threads[seen], pids, &n);
    }
    if (n == QUIET_PROCESSES_MAX) q->is_too_many = true;
}

/* --- looking --- */

int quiet_new(pid_t pid, Quiet **ret, Err *e) {
    CLEANUP(fd_closep) int fd = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return err_sys(e, "could not open /proc/loadavg");
    Quiet *q = mu_new(Quiet);
    *q = (Quiet){
        .pid = pid, .cursor_fd = TAKE_FD(fd), .cursor = -1, .threads = mu_array(QUIET_THREADS_MAX, sizeof(Thread))};
    *ret = q;
    return 0;
}

void quiet_free(Quiet *q) {
    if (!q) return;
    drop_threads(q);
    close(q->cursor_fd);
    free(q->threads);
    free(q);
}

/* A look at the one that ran last saves most of the work while a program is busy. */
static bool still_runs(const Quiet *q) {
    return q->busy < q->n_threads && is_running(state_of(q->threads[q->busy].stat_fd));
}

bool quiet_look(Quiet *q) {
    if (still_runs(q)) return false;
    long cursor = read_cursor(q);
    if (cursor < 0 || cursor != q->cursor) list_threads(q);
    q->cursor = cursor;
    for (size_t i = 0; i < q->n_threads; i++) {
        if (!is_running(state_of(q->threads[i].stat_fd))) continue;
        q->busy = i;
        return false;
    }
    q->busy = 0;
    return !q->is_too_many && read_cursor(q) == cursor;
}

/* --- what it does --- */

#define CALL(name) \
    { SYS_##name, #name }
static const struct {
    long number;
    const char *name;
} calls[] = {
    CALL(ppoll),   CALL(pselect6), CALL(epoll_pwait),     CALL(futex),         CALL(nanosleep), CALL(clock_nanosleep),
    CALL(read),    CALL(readv),    CALL(write),           CALL(writev),        CALL(recvfrom),  CALL(recvmsg),
    CALL(sendmsg), CALL(sendto),   CALL(accept4),         CALL(connect),       CALL(wait4),     CALL(waitid),
    CALL(flock),   CALL(fsync),    CALL(rt_sigtimedwait), CALL(rt_sigsuspend), CALL(ioctl),     CALL(openat),
#ifdef SYS_poll
    CALL(poll),    CALL(select),   CALL(epoll_wait),      CALL(pause),         CALL(accept),
#endif
};

/* "poll"; where the system does not allow a look, the kernel's own function, or "". */
static void find_call(const Thread *t, char *ret, size_t size) {
    char path[64], text[256], *end = text;
    snprintf(path, sizeof path, "/proc/%d/task/%d/syscall", t->pid, t->tid);
    read_path(path, text, sizeof text);
    long number = strtol(text, &end, 10);
    ret[0] = 0;
    for (size_t i = 0; end != text && i < COUNT_OF(calls); i++)
        if (calls[i].number == number) snprintf(ret, size, "%s", calls[i].name);
    if (ret[0]) return;
    if (end != text && number >= 0) {
        snprintf(ret, size, "system call %ld", number);
        return;
    }
    snprintf(path, sizeof path, "/proc/%d/task/%d/wchan", t->pid, t->tid);
    if (read_path(path, text, sizeof text) > 1) snprintf(ret, size, "%.60s", text);
}

static void find_name(const Thread *t, char *ret, size_t size) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d/comm", t->pid, t->tid);
    size_t n = read_path(path, ret, size);
    if (n && ret[n - 1] == '\n') ret[n - 1] = 0;
}

void quiet_describe(Quiet *q, char *ret, size_t size) {
    if (!q->n_threads || !state_of(q->threads[0].stat_fd)) list_threads(q);
    if (!q->n_threads) {
        snprintf(ret, size, "the program is gone");
        return;
    }
    const Thread *t = &q->threads[q->busy < q->n_threads ? q->busy : 0];
    char who[80] = "the main thread", name[32], call[80];
    if (t->tid != q->pid) {
        find_name(t, name, sizeof name);
        snprintf(who, sizeof who, "%s %d (%s)", t->tid == t->pid ? "process" : "thread", t->tid, name);
    }
    char state = state_of(t->stat_fd);
    find_call(t, call, sizeof call);
    if (state == 'R')
        snprintf(ret, size, "%s runs", who);
    else if (state == 0 || state == 'Z' || state == 'X')
        snprintf(ret, size, "%s has ended", who);
    else if (state == 'T' || state == 't')
        snprintf(ret, size, "%s is stopped", who);
    else if (state == 'D')
        snprintf(ret, size, "%s waits for the disk in %s", who, call[0] ? call : "the kernel");
    else
        snprintf(ret, size, "%s waits in %s", who, call[0] ? call : "the kernel");
}
