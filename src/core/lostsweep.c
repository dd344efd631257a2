#include "core/lostsweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/vec.h"

enum { ENVIRON_MAX = 1 << 20, CGROUP_PATH_MAX = 512, PAUSE_MS = 5, STOP_PASSES_MAX = 64 };
static const char mark_name[] = "MUSTER_LAUNCH=";

typedef VEC(pid_t) Pids;

/* ---- The cgroup that the hold noted ---- */

/* Waits for the dead to leave: only an empty cgroup can be removed. */
static void kill_cgroup(int dirfd, Str launch, int64_t until) {
    char path[CGROUP_PATH_MAX] = {0}, own[CGROUP_PATH_MAX];
    CLEANUP(fd_closep) int note = openat(dirfd, "cgroup", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (note < 0 || read(note, path, sizeof path - 1) <= 0) return;
    /* The note is believed only as far as it names this launch. */
    snprintf(own, sizeof own, "/muster-" STR_FMT, STR_ARG(launch));
    if (!str_ends(str(path), str(own))) return;
    CLEANUP(fd_closep) int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CLEANUP(fd_closep) int kill_fd = folder < 0 ? -1 : openat(folder, "cgroup.kill", O_WRONLY | O_CLOEXEC);
    if (kill_fd >= 0) {
        ssize_t ignored UNUSED = write(kill_fd, "1", 1);
    }
    while (rmdir(path) < 0 && errno == EBUSY && clock_mono_us() < until) poll(NULL, 0, PAUSE_MS);
    unlinkat(dirfd, "cgroup", 0);
}

/* ---- The mark ---- */

static bool read_environ(int proc_fd, const char *pid, Buf *out) {
    char name[300];
    snprintf(name, sizeof name, "%s/environ", pid);
    CLEANUP(fd_closep) int fd = openat(proc_fd, name, O_RDONLY | O_CLOEXEC);
    buf_clear(out);
    ssize_t n = fd < 0 ? -1 : 1;
    while (n > 0 && buf_reserve(out, 4096)) {
        n = read(fd, out->p + out->n, 4096);
        if (n > 0) out->n += (size_t)n;
    }
    return n == 0;
}

static bool has_mark(Str environment, Str mark) {
    Str entry;
    while (str_split(&environment, '\0', &entry)) {
        if (str_eq(entry, mark)) return true;
    }
    return false;
}

/* Every other process of this uid that carries the mark. A dead one has no environment left. */
static int find_marked(Str mark, Pids *out, Err *e) {
    DIR *proc = opendir("/proc");
    if (!proc) return err_sys(e, "cannot list the processes");
    CLEANUP(buf_done) Buf environment;
    buf_init(&environment, ENVIRON_MAX);
    vec_clear(out);
    struct dirent *entry;
    while ((entry = readdir(proc))) {
        int64_t pid;
        struct stat st;
        if (!str_parse_i64(str(entry->d_name), 1, INT32_MAX, &pid) || pid == getpid()) continue;
        if (fstatat(dirfd(proc), entry->d_name, &st, 0) < 0 || st.st_uid != geteuid()) continue;
        if (!read_environ(dirfd(proc), entry->d_name, &environment)) continue;
        if (has_mark(buf_str(&environment), mark)) vec_push(out, (pid_t)pid);
    }
    closedir(proc);
    return 0;
}

static void signal_all(const Pids *pids, int signal) {
    for (size_t i = 0; i < pids->n; i++) kill(pids->items[i], signal);
}

/* Stops until a pass finds no more than the last one: what is stopped does not fork. */
static int stop_marked(Str mark, Pids *pids, Err *e) {
    size_t before = SIZE_MAX;
    for (int pass = 0; pass < STOP_PASSES_MAX && pids->n != before; pass++) {
        before = pids->n;
        TRY(find_marked(mark, pids, e));
        signal_all(pids, SIGSTOP);
    }
    return 0;
}

static int sweep(Str mark, int64_t until, Pids *pids, int *ret_killed, Err *e) {
    *ret_killed = 0;
    for (;;) {
        TRY(find_marked(mark, pids, e));
        if (pids->n == 0) return 0;
        if (clock_mono_us() > until)
            return err_fail(e, ERR_TIMEOUT, "of the lost hold %zu %s not ended", pids->n,
                            str_plural((int64_t)pids->n, "process has", "processes have"));
        TRY(stop_marked(mark, pids, e));
        signal_all(pids, SIGKILL);
        if ((size_t)*ret_killed < pids->n) *ret_killed = (int)pids->n;
        poll(NULL, 0, PAUSE_MS);
    }
}

int lostsweep_run(int dirfd, Str launch, int64_t timeout_ms, int *ret_killed, Err *e) {
    int64_t until = clock_mono_us() + timeout_ms * 1000;
    kill_cgroup(dirfd, launch, until);
    CLEANUP(buf_done) Buf mark;
    buf_init(&mark, 256);
    buf_add(&mark, mark_name, sizeof mark_name - 1);
    if (!buf_add_str(&mark, launch)) return err_fail(e, ERR_INVALID, "the id of the launch is too long");
    Pids pids = {0};
    int killed = 0, result = sweep(buf_str(&mark), until, &pids, &killed, e);
    vec_done(&pids);
    if (result == 0) *ret_killed = killed;
    return result;
}
