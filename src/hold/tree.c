#include "hold/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/str.h"

enum {
    TREE_MAX = 1 << 22,   /* the kernel's own limit of pids */
    STOP_PASSES_MAX = 256 /* every pass stops all it saw, so only a storm of births needs more than two */
};

void tree_done(Tree *t) { vec_done(&t->pids); }

/* The file is a list of decimal pids with a space behind each; a number may be cut by the end of a read. */
static void read_children(Tree *t, int fd) {
    char chunk[4096];
    pid_t pid = 0;
    ssize_t n;
    while ((n = read(fd, chunk, sizeof chunk)) > 0) {
        for (ssize_t i = 0; i < n; i++) {
            if (chunk[i] >= '0' && chunk[i] <= '9') {
                pid = pid * 10 + (chunk[i] - '0');
                continue;
            }
            if (pid > 0 && t->pids.n < TREE_MAX) vec_push(&t->pids, pid);
            pid = 0;
        }
    }
}

static void add_children(Tree *t, pid_t parent) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", (int)parent);
    DIR *tasks = opendir(path);
    if (!tasks) return;
    struct dirent *task;
    while ((task = readdir(tasks))) {
        if (task->d_name[0] == '.') continue;
        char name[sizeof task->d_name + 16];
        snprintf(name, sizeof name, "%s/children", task->d_name);
        CLEANUP(fd_closep) int fd = openat(dirfd(tasks), name, O_RDONLY | O_CLOEXEC);
        if (fd >= 0) read_children(t, fd);
    }
    closedir(tasks);
}

void tree_walk(Tree *t, pid_t root) {
    vec_clear(&t->pids);
    add_children(t, root);
    for (size_t i = 0; i < t->pids.n; i++) add_children(t, t->pids.items[i]);
}

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
        tree_walk(t, root);
        tree_signal(t, SIGSTOP);
        if (t->pids.n) qsort(t->pids.items, t->pids.n, sizeof t->pids.items[0], compare_pids);
        if (is_subset(t, &before)) break;
        Tree swap = before;
        before = *t;
        *t = swap;
    }
    tree_done(&before);
}

/* Second number of statm: resident pages. */
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
