#include "git/fifo.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "sys/file.h"

enum { DEPTH_MAX = 64, ENTRIES_MAX = 500000, LINK_BYTES = 8192 };

typedef struct Walk {
    Arena *a;
    int entries;
    Str *found;
} Walk;

/* A non-blocking open of a pipe for writing succeeds only if a process has it open for reading. */
static bool is_waited_for(const char *path) {
    CLEANUP(fd_closep) int fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    return fd >= 0;
}

/* git reads these files of a worktree; in its own folder it reads nearly everything. */
static bool is_read(Str name, bool in_git_folder) {
    return in_git_folder || str_is(name, ".gitignore") || str_is(name, ".gitattributes") || str_is(name, ".gitmodules");
}

static bool walk(Walk *w, Str dir, bool in_git_folder, int depth);

static bool visit(Walk *w, Str dir, int dir_fd, const struct dirent *en, bool in_git_folder, int depth) {
    struct stat st;
    Str name = str(en->d_name);
    bool is_known = en->d_type != DT_UNKNOWN;
    if (!is_known && fstatat(dir_fd, en->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0) return false;
    bool is_folder = is_known ? en->d_type == DT_DIR : S_ISDIR(st.st_mode);
    bool is_fifo = is_known ? en->d_type == DT_FIFO : S_ISFIFO(st.st_mode);
    bool is_objects = in_git_folder && str_is(name, "objects");
    if (!is_folder && !(is_fifo && is_read(name, in_git_folder))) return false;
    Str path = arena_fmt(w->a, STR_FMT "/%s", STR_ARG(dir), en->d_name);
    if (is_folder) return !is_objects && walk(w, path, in_git_folder || str_is(name, ".git"), depth + 1);
    if (is_waited_for(path.p)) *w->found = path;
    return w->found->p != NULL;
}

static bool walk(Walk *w, Str dir, bool in_git_folder, int depth) {
    if (depth > DEPTH_MAX) return false;
    CLEANUP(dir_closep) DIR *d = opendir(dir.p);
    for (struct dirent *en; d && w->entries < ENTRIES_MAX && (en = readdir(d));) {
        if (str_is(str(en->d_name), ".") || str_is(str(en->d_name), "..")) continue;
        w->entries++;
        if (visit(w, dir, dirfd(d), en, in_git_folder, depth)) return true;
    }
    return false;
}

static bool has(Arena *a, Str dir, const char *name, mode_t type) {
    struct stat st;
    return lstat(arena_fmt(a, STR_FMT "/%s", STR_ARG(dir), name).p, &st) == 0 && (st.st_mode & S_IFMT) == type;
}

static Str parent_of(Arena *a, Str path) {
    const char *slash = path.n ? memrchr(path.p, '/', path.n) : NULL;
    return arena_str(a, str_upto(path, slash ? (size_t)(slash - path.p) : 0));
}

/* A linked worktree's record is <common>/worktrees/<id>, to which its .git file points. */
static Str common_of(Arena *a, Str top) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, LINK_BYTES);
    if (file_read(AT_FDCWD, arena_fmt(a, STR_FMT "/.git", STR_ARG(top)).p, &b, &(Err){0}) < 0) return (Str){0};
    Str target = buf_str(&b);
    if (!str_starts(target, STR("gitdir: "))) return (Str){0};
    target = str_trim(str_from(target, sizeof "gitdir: " - 1));
    if (target.n && target.p[0] != '/') target = arena_fmt(a, STR_FMT "/" STR_FMT, STR_ARG(top), STR_ARG(target));
    Str records = parent_of(a, arena_str(a, target));
    return str_is(path_last(records), "worktrees") ? parent_of(a, records) : arena_str(a, target);
}

bool git_fifo_find(Arena *a, const char *dir, Str *ret) {
    Walk w = {.a = a, .found = ret};
    Str top = str(dir);
    *ret = (Str){0};
    if (has(a, top, "HEAD", S_IFREG) && has(a, top, "objects", S_IFDIR)) return walk(&w, top, true, 0);
    while (top.n && !has(a, top, ".git", S_IFDIR) && !has(a, top, ".git", S_IFREG)) top = parent_of(a, top);
    if (!top.n) top = str(dir);
    Str common = common_of(a, top);
    return walk(&w, top, false, 0) || (common.n && walk(&w, common, true, 0));
}
