#include "sys/path_look.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/vec.h"
#include "sys/errand.h"
#include "sys/file.h"

enum { PATIENCE_MS = 1000, MOUNTS_MAX = 8 << 20 };

/* -- mounts -------------------------------------------------------------------------------------------------- */

typedef VEC(Str) Mounts;

/* proc_pid_mountinfo(5): a space, a tab, a newline and a backslash are written as \ and three octal digits. */
static Str plain(Arena *a, Str word) {
    char *out = arena_alloc(a, word.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < word.n; i++) {
        const char *p = word.p + i;
        bool is_octal = *p == '\\' && i + 3 < word.n;
        out[n++] = is_octal ? (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0')) : *p;
        if (is_octal) i += 3;
    }
    out[n] = '\0';
    return str_n(out, n);
}

/* Without /proc all paths are of one. */
static void read_mounts(Arena *a, Mounts *ret) {
    enum { POINT = 5 };
    CLEANUP(buf_done) Buf b;
    Str line, rest;
    buf_init(&b, MOUNTS_MAX);
    vec_push(ret, STR("/"));
    if (file_read(AT_FDCWD, "/proc/self/mountinfo", &b, &(Err){0}) < 0) return;
    for (rest = buf_str(&b); rest.n && str_split(&rest, '\n', &line);) {
        Str word = {0};
        for (int i = 0; i < POINT; i++)
            if (!str_split(&line, ' ', &word)) word = (Str){0};
        if (word.n) vec_push(ret, plain(a, word));
    }
}

static size_t mount_of(const Mounts *mounts, Str path) {
    size_t best = 0;
    for (size_t i = 1; i < mounts->n; i++)
        if (mounts->items[i].n > mounts->items[best].n && path_is_beneath(path, mounts->items[i])) best = i;
    return best;
}

/* -- looking ------------------------------------------------------------------------------------------------- */

static void look(PathLook *l) {
    struct stat st;
    if (fstatat(AT_FDCWD, l->path.p, &st, l->follows_link ? 0 : AT_SYMLINK_NOFOLLOW) < 0) {
        l->state = errno == ENOENT || errno == ENOTDIR ? PATH_ABSENT : PATH_REFUSED;
        return;
    }
    l->state = PATH_THERE;
    l->is_folder = S_ISDIR(st.st_mode);
    l->device = st.st_dev;
    l->inode = st.st_ino;
    l->modified_ns = (uint64_t)st.st_mtim.tv_sec * 1000000000u + (uint64_t)st.st_mtim.tv_nsec;
}

/* What is on one file system. The thread that looks has copies: the caller may be gone when it ends. */
typedef struct Batch {
    Arena *arena; /* owned; everything is in it */
    Str mount;
    PathLook *looks;
    size_t *places; /* beside them: where each is in the caller's list */
    size_t n;
} Batch;

static void batch_run(void *arg) {
    Batch *b = arg;
    for (size_t i = 0; i < b->n; i++) look(&b->looks[i]);
}

static void batch_drop(void *arg) { arena_free(((Batch *)arg)->arena); }

static Batch *batch_new(Str mount, const PathLook *looks, const size_t *mount_of_each, size_t n, size_t wanted) {
    Arena *a = arena_new();
    Batch *b = arena_new_in(a, Batch);
    size_t count = 0;
    for (size_t i = 0; i < n; i++) count += mount_of_each[i] == wanted;
    *b = (Batch){.arena = a, .mount = arena_str(a, mount)};
    b->looks = arena_array(a, count + 1, sizeof *b->looks);
    b->places = arena_array(a, count + 1, sizeof *b->places);
    for (size_t i = 0; i < n; i++) {
        if (mount_of_each[i] != wanted) continue;
        b->places[b->n] = i;
        b->looks[b->n++] = (PathLook){.path = arena_str(a, looks[i].path), .follows_link = looks[i].follows_link};
    }
    return b;
}

/* Of the whole process: whoever looked, the disk is the same. */
static Errands *lost;

static void make_lost(void) { lost = errands_new(); }

static void look_on(Batch *b, PathLook *looks) {
    if (!errand_run(lost, &(Errand){batch_run, batch_drop, b, b->mount}, PATIENCE_MS)) return;
    for (size_t i = 0; i < b->n; i++) {
        Str path = looks[b->places[i]].path;
        looks[b->places[i]] = b->looks[i];
        looks[b->places[i]].path = path;
    }
    batch_drop(b);
}

void paths_look(PathLook *looks, size_t n) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_lost);
    CLEANUP(arena_freep) Arena *a = arena_new();
    Mounts mounts = {0};
    read_mounts(a, &mounts);
    size_t *mount_of_each = arena_array(a, n + 1, sizeof *mount_of_each);
    bool *is_used = arena_array(a, mounts.n, sizeof *is_used);
    for (size_t i = 0; i < n; i++) {
        looks[i] = (PathLook){.path = looks[i].path, .follows_link = looks[i].follows_link};
        mount_of_each[i] = mount_of(&mounts, looks[i].path);
        is_used[mount_of_each[i]] = true;
    }
    for (size_t m = 0; m < mounts.n; m++)
        if (is_used[m]) look_on(batch_new(mounts.items[m], looks, mount_of_each, n, m), looks);
    vec_done(&mounts);
}

PathState path_look(Str path) {
    PathLook one = {.path = path};
    paths_look(&one, 1);
    return one.state;
}
