#include "hold/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"

/* Every pass stops all processes it sees, so only a fork bomb needs more than two. */
enum { STOP_PASSES_MAX = 256, NOTE_MAX = 1 << 20 };

void tree_done(Tree *t) { vec_done(&t->pids); }

typedef struct Walk {
    Tree *tree;
    size_t enough;
    int signal; /* sent to each as it is seen; 0 = none */
} Walk;

static void add_pid(const Walk *w, pid_t pid) {
    if (pid <= 0 || w->tree->pids.n > w->enough) return;
    if (w->signal) kill(pid, w->signal);
    vec_push(&w->tree->pids, pid);
}

/* The file is a list of decimal pids, each followed by a space; the end of a read may cut a number. */
static void read_children(const Walk *w, int fd) {
    char chunk[4096];
    pid_t pid = 0;
    ssize_t n;
    while ((n = read(fd, chunk, sizeof chunk)) > 0) {
        for (ssize_t i = 0; i < n; i++) {
            bool is_digit = chunk[i] >= '0' && chunk[i] <= '9';
            if (!is_digit) add_pid(w, pid);
            pid = is_digit ? pid * 10 + (chunk[i] - '0') : 0;
        }
    }
}

static void add_children_of_task(const Walk *w, int tasks, const char *task) {
    char name[80];
    snprintf(name, sizeof name, "%.64s/children", task);
    CLEANUP(fd_closep) int fd = openat(tasks, name, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) read_children(w, fd);
}

static void add_children(const Walk *w, pid_t parent) {
    char path[64];
    struct stat st;
    snprintf(path, sizeof path, "/proc/%d/task", (int)parent);
    /* The folder has one link per thread besides its own two: a process with one thread needs no listing. */
    if (stat(path, &st) < 0) return;
    if (st.st_nlink == 3) {
        snprintf(path, sizeof path, "/proc/%d/task/%d", (int)parent, (int)parent);
        return add_children_of_task(w, AT_FDCWD, path);
    }
    DIR *tasks = opendir(path);
    if (!tasks) return;
    struct dirent *task;
    while ((task = readdir(tasks))) {
        if (task->d_name[0] != '.') add_children_of_task(w, dirfd(tasks), task->d_name);
    }
    closedir(tasks);
}

static void walk(const Walk *w, pid_t root) {
    Tree *t = w->tree;
    vec_clear(&t->pids);
    add_children(w, root);
    for (size_t i = 0; i < t->pids.n && t->pids.n <= w->enough; i++) add_children(w, t->pids.items[i]);
}

void tree_walk(Tree *t, pid_t root, size_t enough) { walk(&(Walk){t, enough, 0}, root); }

void tree_signal(const Tree *t, int signal) {
    for (size_t i = 0; i < t->pids.n; i++) kill(t->pids.items[i], signal);
}

static int compare_pids(const void *a, const void *b) {
    pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;
    return (x > y) - (x < y);
}

/* Is every pid of `now` in `before`? Both sorted. */
static bool is_subset(const Tree *now, const Tree *before) {
    size_t at = 0;
    for (size_t i = 0; i < now->pids.n; i++) {
        while (at < before->pids.n && before->pids.items[at] < now->pids.items[i]) at++;
        if (at == before->pids.n || before->pids.items[at] != now->pids.items[i]) return false;
    }
    return true;
}

void tree_stop(Tree *t, pid_t root) {
    Tree before = {0};
    for (int pass = 0; pass < STOP_PASSES_MAX; pass++) {
        walk(&(Walk){t, TREE_ALL, SIGSTOP}, root);
        if (t->pids.n) qsort(t->pids.items, t->pids.n, sizeof t->pids.items[0], compare_pids);
        if (is_subset(t, &before)) break;
        Tree swap = before;
        before = *t;
        *t = swap;
    }
    tree_done(&before);
}

/* Field 22 of proc(5)'s stat, in clock ticks since boot; the name, field 2, may contain spaces and brackets. */
static Str start_time(pid_t pid, char *text, size_t size) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    CLEANUP(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);
    text[n > 0 ? n : 0] = 0;
    const char *bracket = strrchr(text, ')');
    Str rest = str(bracket ? bracket + 1 : ""), field = {0};
    for (int i = 2; i <= 22; i++)
        if (!str_split(&rest, ' ', &field)) return (Str){0};
    return field;
}

static bool is_same(const Tree *a, const Tree *b) {
    return a->pids.n == b->pids.n &&
           (a->pids.n == 0 || memcmp(a->pids.items, b->pids.items, a->pids.n * sizeof a->pids.items[0]) == 0);
}

void tree_note(const Tree *t, Tree *noted, int dirfd) {
    if (is_same(t, noted)) return;
    CLEANUP(buf_done) Buf lines;
    buf_init(&lines, NOTE_MAX);
    vec_clear(&noted->pids);
    for (size_t i = 0; i < t->pids.n; i++) {
        char text[512];
        Str start = start_time(t->pids.items[i], text, sizeof text);
        vec_push(&noted->pids, t->pids.items[i]);
        if (start.n) buf_add_fmt(&lines, "%d " STR_FMT "\n", (int)t->pids.items[i], STR_ARG(start));
    }
    /* The file is never empty in between: the hold may be killed at any moment, and an outdated line does no harm. */
    CLEANUP(fd_closep) int fd = openat(dirfd, "tree", O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || pwrite(fd, lines.p, lines.n, 0) != (ssize_t)lines.n || ftruncate(fd, (off_t)lines.n) < 0)
        vec_clear(&noted->pids);
}

/* The second number of statm: resident pages. */
static int64_t resident_pages(pid_t pid) {
    char path[64], text[128];
    snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    CLEANUP(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    ssize_t n = read(fd, text, sizeof text);
    if (n <= 0) return 0;
    Str rest = {text, (size_t)n}, field;
    int64_t pages = 0;
    if (!str_split(&rest, ' ', &field) || !str_split(&rest, ' ', &field)) return 0;
    return str_parse_i64(field, 0, INT64_MAX, &pages) ? pages : 0;
}

int64_t tree_rss_bytes(const Tree *t) {
    int64_t pages = 0;
    for (size_t i = 0; i < t->pids.n; i++) pages += resident_pages(t->pids.items[i]);
    return pages * sysconf(_SC_PAGESIZE);
}

bool tree_adopt_orphans(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1) == 0; }
