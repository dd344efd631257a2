/* What git's trees cannot keep: modes, empty folders, special files. One pass over the folders that the snapshot knows;
 * others are entered level by level, and at each level only those that are not ignored: a folder may contain nothing but
 * ignored ones, and what is in them belongs to no snapshot. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "git/snapshot_in.h"
#include "sys/file.h"

enum { WALK_DEPTH_MAX = 256, ENTRIES_MAX = 5000000, FOUND_MAX = 200000, MODES = 01000 };

typedef struct Seen {
    Str path;
    uint32_t mode;
} Seen;

typedef struct Folder {
    Str path;
    int depth; /* of what is in it */
} Folder;

typedef struct Walk {
    const SnapshotDir *d;
    const Map *files, *folders, *nested;
    Manifest *m;
    VEC(Folder) unknown; /* folders without a file of the snapshot: empty or ignored */
    VEC(Seen) exec, plain, dirs;
    int64_t entries;
} Walk;

static void walk_done(Walk *w) {
    vec_done(&w->unknown);
    vec_done(&w->exec);
    vec_done(&w->plain);
    vec_done(&w->dirs);
}

static void keep(Walk *w, ManifestKind kind, Str path, uint32_t mode, Str value) {
    if (w->m->items.n < FOUND_MAX) vec_push(&w->m->items, (ManifestItem){kind, mode & 07777, value, path});
}

static int walk(Walk *w, int at, Str path, int depth, Err *e);

/* `name` is opened in the folder `at`. */
static int enter(Walk *w, int at, const char *name, Seen seen, int depth, Err *e) {
    CLEANUP(fd_closep) int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        keep(w, LEFT_UNREADABLE, seen.path, 0, STR("0"));
        return 0;
    }
    vec_push(&w->dirs, seen);
    return walk(w, fd, seen.path, depth, e);
}

static int see_folder(Walk *w, int at, const char *name, Seen seen, int depth, Err *e) {
    if (map_find(w->nested, seen.path)) return 0;
    if (map_find(w->folders, seen.path)) return enter(w, at, name, seen, depth + 1, e);
    vec_push(&w->unknown, (Folder){seen.path, depth + 1});
    return 0;
}

static void see_special(Walk *w, Str path, const struct stat *st) {
    Str device = arena_fmt(w->d->arena, "%u:%u", major(st->st_rdev), minor(st->st_rdev));
    if (S_ISFIFO(st->st_mode)) keep(w, KEPT_FIFO, path, st->st_mode, STR("-"));
    if (S_ISSOCK(st->st_mode)) keep(w, KEPT_SOCKET, path, st->st_mode, STR("-"));
    if (S_ISCHR(st->st_mode)) keep(w, KEPT_CHAR, path, st->st_mode, device);
    if (S_ISBLK(st->st_mode)) keep(w, KEPT_BLOCK, path, st->st_mode, device);
}

static int see(Walk *w, int at, const char *name, Str above, int depth, Err *e) {
    struct stat st;
    if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) < 0) return 0; /* it is gone again */
    Str path =
        above.n ? arena_fmt(w->d->arena, STR_FMT "/%s", STR_ARG(above), name) : arena_str(w->d->arena, str(name));
    if (str_is(str(name), ".git")) { /* git's own, and of a folder that git does not take for a repository */
        if (depth > 0) keep(w, LEFT_NAME, path, 0, STR("0"));
        return 0;
    }
    if (S_ISDIR(st.st_mode)) return see_folder(w, at, name, (Seen){path, st.st_mode}, depth, e);
    if (!S_ISREG(st.st_mode)) {
        see_special(w, path, &st);
        return 0;
    }
    if (!map_find(w->files, path)) return 0;
    if (st.st_mode & S_IXUSR)
        vec_push(&w->exec, (Seen){path, st.st_mode});
    else
        vec_push(&w->plain, (Seen){path, st.st_mode});
    return 0;
}

static int walk(Walk *w, int at, Str path, int depth, Err *e) {
    if (depth > WALK_DEPTH_MAX) {
        keep(w, LEFT_DEEP, path, 0, STR("0"));
        return 0;
    }
    int copy = fcntl(at, F_DUPFD_CLOEXEC, 0);
    CLEANUP(dir_closep) DIR *dir = copy < 0 ? NULL : fdopendir(copy);
    if (!dir) return err_sys(e, "could not read the folder %s/" STR_FMT, w->d->top, STR_ARG(path));
    for (struct dirent *en; (en = readdir(dir));) {
        if (str_is(str(en->d_name), ".") || str_is(str(en->d_name), "..")) continue;
        if (w->entries++ > ENTRIES_MAX || ((w->entries & 1023) == 0 && snapshot_left_ms(w->d) <= 1))
            return err_fail(e, ERR_TIMEOUT, "the snapshot of %s took too long", w->d->top);
        TRY(see(w, at, en->d_name, path, depth, e));
    }
    return 0;
}

/* git says which of the folders from `from` on are ignored (git-check-ignore(1): it prints those, and exits with 1 if
 * there are none). The others hold no file of the snapshot. */
static int drop_ignored(Walk *w, size_t from, Err *e) {
    CLEANUP(buf_done) Buf in;
    Map ignored = {0};
    buf_init(&in, SNAPSHOT_LIST_MAX);
    for (size_t i = from; i < w->unknown.n; i++) {
        Str p = w->unknown.items[i].path;
        buf_add_str(&in, STR("./")); /* so that no name is taken for a pathspec's magic */
        buf_add(&in, p.p, p.n + 1);
    }
    TRY(snapshot_check_ignore(w->d, w->d->git, buf_str(&in), &ignored, e));
    size_t n = from;
    for (size_t i = from; i < w->unknown.n; i++)
        if (!map_find(&ignored, w->unknown.items[i].path)) w->unknown.items[n++] = w->unknown.items[i];
    w->unknown.n = n;
    map_done(&ignored);
    return 0;
}

/* What a folder contains is appended, as the next level. */
static int walk_unknown(Walk *w, int top, Err *e) {
    for (size_t i = 0; i < w->unknown.n;) {
        TRY(drop_ignored(w, i, e));
        for (size_t end = w->unknown.n; i < end; i++) {
            struct stat st;
            Folder f = w->unknown.items[i];
            if (fstatat(top, f.path.p, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode))
                TRY(enter(w, top, f.path.p, (Seen){f.path, st.st_mode}, f.depth, e));
        }
    }
    return 0;
}

/* The mode that most have. */
static uint32_t usual(const Seen *items, size_t n, uint32_t none) {
    unsigned counts[MODES] = {0};
    uint32_t best = none;
    for (size_t i = 0; i < n; i++) counts[items[i].mode & (MODES - 1)]++;
    for (uint32_t m = 0; m < MODES; m++)
        if (counts[m] > counts[best]) best = m;
    return best;
}

static void keep_modes(Walk *w, ManifestKind kind, const Seen *items, size_t n, uint32_t mode) {
    for (size_t i = 0; i < n; i++) {
        bool is_empty = kind == KEPT_FOLDER && !map_find(w->folders, items[i].path);
        if ((items[i].mode & 07777) != mode || is_empty) keep(w, kind, items[i].path, items[i].mode, STR("-"));
    }
}

int snapshot_walk(const SnapshotDir *d, const Map *files, const Map *folders, const Map *nested, Manifest *m, Err *e) {
    CLEANUP(walk_done) Walk w = {.d = d, .files = files, .folders = folders, .nested = nested, .m = m};
    CLEANUP(fd_closep) int top = open(d->top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (top < 0) return err_sys(e, "could not open %s", d->top);
    TRY(walk(&w, top, STR(""), 0, e));
    TRY(walk_unknown(&w, top, e));
    m->file = usual(w.plain.items, w.plain.n, 0644);
    m->exec = usual(w.exec.items, w.exec.n, 0755);
    m->folder = usual(w.dirs.items, w.dirs.n, 0755);
    keep_modes(&w, KEPT_FILE, w.plain.items, w.plain.n, m->file);
    keep_modes(&w, KEPT_FILE, w.exec.items, w.exec.n, m->exec);
    keep_modes(&w, KEPT_FOLDER, w.dirs.items, w.dirs.n, m->folder);
    if (m->items.n >= FOUND_MAX) return err_fail(e, ERR_TOO_LARGE, "%s has too many unusual files", d->top);
    return 0;
}
