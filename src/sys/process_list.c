/* See process_list.h. */
#include "sys/process_list.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/text_cut.h"
#include "base/vec.h"
#include "sys/file.h"

typedef VEC(ProcessRow) RowVec;

/* --- descent --- */

static int by_parent(const void *a_, const void *b_) {
    const ProcessRow *a = a_, *b = b_;
    if (a->look.parent != b->look.parent) return a->look.parent < b->look.parent ? -1 : 1;
    return (a->pid > b->pid) - (a->pid < b->pid);
}

void process_list(size_t max, Arena *a, ProcessList *ret) {
    CLEANUP(dir_closep) DIR *d = opendir("/proc");
    RowVec all = {0};
    int64_t pid;
    *ret = (ProcessList){0};
    for (struct dirent *en; d && !ret->is_cut && (en = readdir(d));) {
        ProcessRow row = {0};
        if (!str_parse_i64(str(en->d_name), 1, INT32_MAX, &pid) || !process_look(pid, &row.look)) continue;
        row.pid = pid;
        ret->is_cut = all.n == max;
        if (!ret->is_cut) vec_push(&all, row);
    }
    if (all.n) qsort(all.items, all.n, sizeof all.items[0], by_parent);
    ret->items = arena_array(a, all.n + 1, sizeof *ret->items);
    if (all.n) memcpy(ret->items, all.items, all.n * sizeof *ret->items);
    ret->n = all.n;
    vec_done(&all);
}

/* The first row whose parent is not below `parent`. */
static size_t first_child(const ProcessList *all, int64_t parent) {
    size_t low = 0, high = all->n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (all->items[mid].look.parent < parent)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static void add_children(const ProcessList *all, int64_t parent, size_t max, ProcessList *ret) {
    for (size_t i = first_child(all, parent); i < all->n && all->items[i].look.parent == parent; i++) {
        if (ret->n == max) ret->is_cut = true;
        if (ret->is_cut) return;
        ret->items[ret->n++] = all->items[i];
    }
}

void process_below(const ProcessList *all, int64_t root, size_t max, Arena *a, ProcessList *ret) {
    size_t room = all->n < max ? all->n : max;
    *ret = (ProcessList){.items = arena_array(a, room + 1, sizeof *ret->items), .is_cut = all->is_cut};
    for (size_t i = 0; i < all->n && !ret->n && room; i++)
        if (all->items[i].pid == root) ret->items[ret->n++] = all->items[i];
    bool has_root = ret->n > 0, was_cut = ret->is_cut;
    ret->is_cut = false;
    add_children(all, root, room, ret);
    /* A list that was read while pids were reused may lead in a circle: the room ends it. */
    for (size_t next = has_root; next < ret->n && !ret->is_cut; next++)
        add_children(all, ret->items[next].pid, room, ret);
    ret->is_cut |= was_cut;
}

/* --- command lines --- */

typedef struct Reading {
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool is_done, is_left; /* left: the reader frees it */
    size_t n;
    struct {
        int64_t pid;
        char text[PROCESS_COMMAND_SIZE];
        size_t size;
    } rows[];
} Reading;

enum { LEFT_MAX = 16 };
static atomic_int n_left; /* readers that nobody waits for any more */

static void free_reading(Reading *r) {
    pthread_cond_destroy(&r->done);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

static void *read_all(void *arg) {
    Reading *r = arg;
    for (size_t i = 0; i < r->n; i++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%lld/cmdline", (long long)r->rows[i].pid);
        CLEANUP(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t n = fd < 0 ? -1 : read(fd, r->rows[i].text, sizeof r->rows[i].text);
        r->rows[i].size = n > 0 ? (size_t)n : 0;
    }
    pthread_mutex_lock(&r->lock);
    bool is_left = r->is_left;
    r->is_done = true;
    pthread_cond_signal(&r->done);
    pthread_mutex_unlock(&r->lock);
    if (is_left) free_reading(r);
    if (is_left) atomic_fetch_sub(&n_left, 1);
    return NULL;
}

/* True when it has been read. Otherwise the reader owns it from now on. */
static bool wait_for(Reading *r, int64_t timeout_ms) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_nsec + timeout_ms % 1000 * 1000000;
    until.tv_sec += timeout_ms / 1000 + ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    pthread_mutex_lock(&r->lock);
    int late = 0;
    while (!r->is_done && !late) late = pthread_cond_timedwait(&r->done, &r->lock, &until);
    bool is_done = r->is_done;
    r->is_left = !is_done;
    if (r->is_left) atomic_fetch_add(&n_left, 1);
    pthread_mutex_unlock(&r->lock);
    return is_done;
}

static bool begin(Reading *r, pthread_t *ret) {
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&r->done, &attr);
    pthread_condattr_destroy(&attr);
    pthread_mutex_init(&r->lock, NULL);
    return pthread_create(ret, NULL, read_all, r) == 0;
}

static Str command_of(Arena *a, char *text, size_t n) {
    while (n && !text[n - 1]) n--;
    for (size_t i = 0; i < n; i++)
        if (!text[i]) text[i] = ' ';
    return n ? text_clean(a, text_printable(a, str_n(text, n)), PROCESS_COMMAND_SIZE) : (Str){0};
}

bool process_read_commands(ProcessList *l, int64_t timeout_ms, Arena *a) {
    pthread_t thread;
    if (atomic_load(&n_left) >= LEFT_MAX) return false;
    Reading *r = mu_alloc(sizeof *r + l->n * sizeof r->rows[0]);
    r->n = l->n;
    for (size_t i = 0; i < l->n; i++) r->rows[i].pid = l->items[i].pid;
    if (!begin(r, &thread)) {
        free_reading(r);
        return false;
    }
    if (!wait_for(r, timeout_ms)) {
        pthread_detach(thread);
        return false;
    }
    pthread_join(thread, NULL);
    for (size_t i = 0; i < l->n; i++) l->items[i].command = command_of(a, r->rows[i].text, r->rows[i].size);
    free_reading(r);
    return true;
}
