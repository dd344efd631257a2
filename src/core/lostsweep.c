#include "core/lostsweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/vec.h"
#include "sys/process.h"

enum {
    ENVIRON_MAX = 1 << 20,
    TREE_MAX = 1 << 20,
    PROCS_MAX = 1 << 22,
    CGROUP_PATH_MAX = 512,
    PAUSE_MS = 5,
    CGROUP_WAIT_MS = 1000,
    CGROUP_DEPTH_MAX = 32,
    STOP_PASSES_MAX = 64
};
static const char mark_name[] = "MUSTER_LAUNCH=";

typedef struct Proc {
    pid_t pid, parent;
    uint64_t start;
    bool is_ours;
} Proc;

typedef VEC(Proc) Procs; /* sorted by pid */

typedef struct Sweep {
    Str mark;
    Procs noted; /* from the file `tree` */
    Procs all;   /* every other living process of this user */
    size_t n_ours;
} Sweep;

static bool read_all(int fd, Buf *out) {
    ssize_t n = fd < 0 ? -1 : 1;
    while (n > 0 && buf_reserve(out, 4096)) {
        n = read(fd, out->p + out->n, 4096);
        if (n > 0) out->n += (size_t)n;
    }
    return n == 0;
}

/* ---- The cgroup that the hold recorded ---- */

static void write_word(int folder, const char *name, const char *word) {
    CLEANUP(fd_closep) int fd = openat(folder, name, O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
        ssize_t ignored UNUSED = write(fd, word, strlen(word));
    }
}

/* cgroups(7): cgroup.procs has a line for each process. */
static int count_procs(int folder) {
    CLEANUP(fd_closep) int fd = openat(folder, "cgroup.procs", O_RDONLY | O_CLOEXEC);
    CLEANUP(buf_done) Buf text;
    buf_init(&text, PROCS_MAX);
    read_all(fd, &text);
    int n = 0;
    for (size_t i = 0; i < text.n; i++) n += text.p[i] == '\n';
    return n;
}

/* Also removes the cgroups below it, which the processes of the launch may have made. */
static bool remove_cgroup(const char *path, int depth) {
    DIR *folder = depth < CGROUP_DEPTH_MAX ? opendir(path) : NULL;
    char below[CGROUP_PATH_MAX];
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (entry->d_type != DT_DIR || entry->d_name[0] == '.') continue;
        if (snprintf(below, sizeof below, "%s/%s", path, entry->d_name) < (int)sizeof below)
            remove_cgroup(below, depth + 1);
    }
    if (folder) closedir(folder);
    return rmdir(path) == 0 || errno == ENOENT;
}

/* Waits until the killed processes are gone: only an empty cgroup can be removed. */
static bool kill_cgroup(int dirfd, Str launch, int64_t until, int *ret_killed) {
    char path[CGROUP_PATH_MAX] = {0}, own[CGROUP_PATH_MAX];
    CLEANUP(fd_closep) int note = openat(dirfd, "cgroup", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (note < 0 || read(note, path, sizeof path - 1) <= 0) return false;
    /* The file is trusted only if it names this launch. */
    snprintf(own, sizeof own, "/muster-" STR_FMT, STR_ARG(launch));
    if (!str_ends(str(path), str(own))) return false;
    CLEANUP(fd_closep) int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
        write_word(folder, "cgroup.freeze", "1"); /* so that the count matches the kill */
        *ret_killed += count_procs(folder);
        write_word(folder, "cgroup.kill", "1");
    }
    bool is_gone;
    while (!(is_gone = remove_cgroup(path, 0)) && errno == EBUSY && clock_mono_us() < until) poll(NULL, 0, PAUSE_MS);
    if (is_gone) unlinkat(dirfd, "cgroup", 0);
    return is_gone;
}

/* ---- The tree that the hold recorded ---- */

static int compare_procs(const void *a, const void *b) {
    pid_t x = ((const Proc *)a)->pid, y = ((const Proc *)b)->pid;
    return (x > y) - (x < y);
}

static Proc *find_proc(const Procs *in, pid_t pid) {
    Proc key = {.pid = pid};
    return in->n ? bsearch(&key, in->items, in->n, sizeof in->items[0], compare_procs) : NULL;
}

static void sort_procs(Procs *procs) {
    if (procs->n) qsort(procs->items, procs->n, sizeof procs->items[0], compare_procs);
}

/* Lines "pid start"; a line that was cut when the hold died matches no process. */
static void read_noted(int dirfd, Procs *out) {
    CLEANUP(fd_closep) int fd = openat(dirfd, "tree", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    CLEANUP(buf_done) Buf text;
    buf_init(&text, TREE_MAX + 4096);
    if (!read_all(fd, &text)) return;
    Str rest = buf_str(&text), line, word;
    while (str_split(&rest, '\n', &line)) {
        int64_t pid, start;
        if (!str_split(&line, ' ', &word) || !str_parse_i64(word, 1, INT32_MAX, &pid)) continue;
        if (!str_parse_i64(line, 1, INT64_MAX, &start)) continue;
        vec_push(out, ((Proc){.pid = (pid_t)pid, .start = (uint64_t)start}));
    }
    sort_procs(out);
}

static bool is_noted(const Sweep *s, const Proc *p) {
    const Proc *noted = find_proc(&s->noted, p->pid);
    return noted && noted->start == p->start; /* the pid may have been reused */
}

/* ---- The mark ---- */

static bool has_mark(int proc_fd, const char *pid, Str mark, Buf *environment) {
    char name[300];
    snprintf(name, sizeof name, "%s/environ", pid);
    CLEANUP(fd_closep) int fd = openat(proc_fd, name, O_RDONLY | O_CLOEXEC);
    buf_clear(environment);
    if (!read_all(fd, environment)) return false;
    Str rest = buf_str(environment), entry;
    while (str_split(&rest, '\0', &entry)) {
        if (str_eq(entry, mark)) return true;
    }
    return false;
}

/* ---- All of them ---- */

/* Adds every descendant of the processes found so far. */
static void add_descendants(Sweep *s) {
    for (bool found = true; found;) {
        found = false;
        for (size_t i = 0; i < s->all.n; i++) {
            Proc *p = &s->all.items[i];
            const Proc *parent = p->is_ours ? NULL : find_proc(&s->all, p->parent);
            if (!parent || !parent->is_ours) continue;
            p->is_ours = found = true;
            s->n_ours++;
        }
    }
}

/* Lists every other living process of this user. */
static int look(Sweep *s, Err *e) {
    DIR *proc = opendir("/proc");
    if (!proc) return err_sys(e, "cannot list the processes");
    CLEANUP(buf_done) Buf environment;
    buf_init(&environment, ENVIRON_MAX);
    vec_clear(&s->all);
    s->n_ours = 0;
    struct dirent *entry;
    while ((entry = readdir(proc))) {
        int64_t pid;
        struct stat st;
        ProcessLook seen;
        if (!str_parse_i64(str(entry->d_name), 1, INT32_MAX, &pid) || pid == getpid()) continue;
        if (fstatat(dirfd(proc), entry->d_name, &st, 0) < 0 || st.st_uid != geteuid()) continue;
        if (!process_look(pid, &seen) || seen.state == 'Z') continue;
        Proc p = {.pid = (pid_t)pid, .parent = (pid_t)seen.parent, .start = seen.start};
        p.is_ours = is_noted(s, &p) || has_mark(dirfd(proc), entry->d_name, s->mark, &environment);
        s->n_ours += p.is_ours;
        vec_push(&s->all, p);
    }
    closedir(proc);
    sort_procs(&s->all);
    add_descendants(s);
    return 0;
}

static void signal_all(const Sweep *s, int signal) {
    for (size_t i = 0; i < s->all.n; i++)
        if (s->all.items[i].is_ours) kill(s->all.items[i].pid, signal);
}

/* Stops processes until a pass finds no more than the previous one: a stopped process does not fork. */
static int stop_all(Sweep *s, Err *e) {
    size_t before = SIZE_MAX;
    for (int pass = 0; pass < STOP_PASSES_MAX && s->n_ours != before; pass++) {
        before = s->n_ours;
        TRY(look(s, e));
        signal_all(s, SIGSTOP);
    }
    return 0;
}

static int sweep(Sweep *s, int64_t until, int *ret_killed, Err *e) {
    size_t most = 0;
    for (;;) {
        TRY(look(s, e));
        if (s->n_ours == 0) break;
        bool is_late = most && clock_mono_us() > until; /* not before all of them were killed once */
        if (is_late)
            return err_fail(e, ERR_TIMEOUT, "%zu %s of the lost hold did not end", s->n_ours,
                            str_plural((int64_t)s->n_ours, "process", "processes"));
        TRY(stop_all(s, e));
        signal_all(s, SIGKILL);
        if (most < s->n_ours) most = s->n_ours;
        poll(NULL, 0, PAUSE_MS);
    }
    *ret_killed += (int)most;
    return 0;
}

static int make_mark(Str launch, Buf *ret, Err *e) {
    buf_init(ret, 256);
    buf_add(ret, mark_name, sizeof mark_name - 1);
    return buf_add_str(ret, launch) ? 0 : err_fail(e, ERR_INVALID, "the launch id is too long");
}

static void sweep_done(Sweep *s) {
    vec_done(&s->all);
    vec_done(&s->noted);
}

int lostsweep_run(int dirfd, Str launch, int64_t timeout_ms, LostSweep *ret, Err *e) {
    int64_t now = clock_mono_us(), until = now + timeout_ms * 1000;
    *ret = (LostSweep){0};
    ret->is_sure = kill_cgroup(dirfd, launch, now + CGROUP_WAIT_MS * 1000, &ret->n_killed);
    CLEANUP(buf_done) Buf mark = {0};
    TRY(make_mark(launch, &mark, e));
    CLEANUP(sweep_done) Sweep s = {.mark = buf_str(&mark)};
    read_noted(dirfd, &s.noted);
    return sweep(&s, until, &ret->n_killed, e);
}

int lostsweep_count(int dirfd, Str launch, size_t *ret, Err *e) {
    CLEANUP(buf_done) Buf mark = {0};
    TRY(make_mark(launch, &mark, e));
    CLEANUP(sweep_done) Sweep s = {.mark = buf_str(&mark)};
    read_noted(dirfd, &s.noted);
    TRY(look(&s, e));
    *ret = s.n_ours;
    return 0;
}
