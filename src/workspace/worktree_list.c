/* One folder of a worktree, a page at a time. All names are read, since a page needs their order; only the page's entries
 * are looked at. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/vec.h"
#include "sys/file.h"
#include "workspace/file_in.h"

SHAPE_DEFINE(FilesRead, FILES_READ);
SHAPE_DEFINE(FileEntry, FILE_ENTRY);
SHAPE_DEFINE(Files, FILES);
ENUM_DEFINE(FileKind, FILE_KIND_WORDS);

enum { NAMES_MAX = 100000 };

typedef struct Name {
    Str name;
    bool is_folder;
} Name;

typedef struct Folder {
    DIR *dir;
    VEC(Name) names;
} Folder;

static void folder_done(Folder *f) {
    dir_closep(&f->dir);
    vec_done(&f->names);
}

static int open_folder(const Worktree *w, const char *path, Folder *f, Err *e) {
    CLEANUP(fd_closep) int top = -1, fd = -1;
    struct stat st;
    TRY(worktree_top(w, &top, e));
    TRY(file_open_beneath(top, path, O_PATH, 0, &fd, e));
    if (fstat(fd, &st) < 0) return err_sys(e, "look at %s", path);
    if (!S_ISDIR(st.st_mode)) return err_fail(e, ERR_INVALID, "%s is not a folder", path);
    fd_closep(&fd);
    TRY(file_open_beneath(top, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK, 0, &fd, e));
    f->dir = fdopendir(fd);
    if (!f->dir) return err_sys(e, "list %s", path);
    fd = -1;
    return 0;
}

static bool is_folder(int dir, const struct dirent *d) {
    struct stat st;
    if (d->d_type != DT_UNKNOWN) return d->d_type == DT_DIR;
    return fstatat(dir, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

static int by_order(const void *a, const void *b) {
    const Name *x = a, *y = b;
    return x->is_folder != y->is_folder ? (int)y->is_folder - (int)x->is_folder : str_cmp(x->name, y->name);
}

/* False: there are more. */
static bool read_names(Folder *f, Arena *a) {
    for (struct dirent *d; (d = readdir(f->dir));) {
        Str name = str(d->d_name);
        if (str_is(name, ".") || str_is(name, "..") || str_is(name, ".git")) continue;
        if (f->names.n == NAMES_MAX) return false;
        vec_push(&f->names, (Name){arena_str(a, name), is_folder(dirfd(f->dir), d)});
    }
    return true;
}

/* The first name behind a cursor, which is a name, of a folder with a slash at its end. */
static size_t behind(const Folder *f, Str after) {
    Name last = {.name = after, .is_folder = str_ends(after, STR("/"))};
    size_t i = 0;
    if (!after.n) return 0;
    last.name.n -= last.is_folder;
    while (i < f->names.n && by_order(&f->names.items[i], &last) <= 0) i++;
    return i;
}

static FileKind kind_of(mode_t mode) {
    if (S_ISREG(mode)) return FILE_REGULAR;
    if (S_ISDIR(mode)) return FILE_FOLDER;
    return S_ISLNK(mode) ? FILE_LINK : FILE_SPECIAL;
}

/* False: it is gone. */
static bool look(const Folder *f, const Name *n, Str folder, Arena *a, FileEntry *ret) {
    struct stat st;
    if (fstatat(dirfd(f->dir), n->name.p, &st, AT_SYMLINK_NOFOLLOW) < 0) return false;
    *ret = (FileEntry){.path = git_in_folder(a, folder, n->name), .kind = kind_of(st.st_mode)};
    ret->modified_at = st.st_mtim.tv_sec * INT64_C(1000000) + st.st_mtim.tv_nsec / 1000;
    ret->size = S_ISREG(st.st_mode) ? st.st_size : 0;
    return true;
}

static void fill_page(const Folder *f, const FilesRead *in, Str folder, Arena *a, Files *out) {
    size_t from = behind(f, in->after), left = f->names.n - from;
    size_t n = left < (size_t)in->limit ? left : (size_t)in->limit;
    out->total = (int64_t)f->names.n;
    out->entries.items = arena_array(a, n + 1, sizeof *out->entries.items);
    for (size_t i = 0; i < n; i++)
        out->entries.n += look(f, &f->names.items[from + i], folder, a, &out->entries.items[out->entries.n]);
    if (n == left) return;
    const Name *last = &f->names.items[from + n - 1];
    GIVE(Files, out, next, arena_fmt(a, STR_FMT "%s", STR_ARG(last->name), last->is_folder ? "/" : ""));
}

static int add_states(OpCall *c, const FilesRead *in, Str folder, Files *out, Err *e) {
    WorktreeRef ref = {.workspace_id = in->workspace_id, .worktree_id = in->worktree_id};
    Worktree w;
    Git *g;
    GitFolderEntry *states = arena_array(c->arena, out->entries.n + 1, sizeof *states);
    TRY(worktree_git(c, &ref, &w, &g, e));
    for (size_t i = 0; i < out->entries.n; i++) states[i].name = path_last(out->entries.items[i].path);
    int r = git_folder(g, folder, states, out->entries.n, e);
    if (r < 0 && r != -ERR_TOO_LARGE) return r;
    out->has_states = r == 0;
    for (size_t i = 0; r == 0 && i < out->entries.n; i++) {
        out->entries.items[i].state = states[i].state;
        out->entries.items[i].changed = states[i].changed;
        out->entries.items[i].is_ignored = states[i].is_ignored;
    }
    return 0;
}

/* "a/b" of "./a//b/". A link makes of "a/.." another folder than the worktree's own. */
static int normal_folder(Arena *a, Str path, Str *ret, Err *e) {
    Str part;
    *ret = STR("");
    while (path.n && str_split(&path, '/', &part)) {
        if (str_is(part, "..")) return err_fail(e, ERR_INVALID, "path contains `..`");
        if (part.n && !str_is(part, ".")) *ret = git_in_folder(a, *ret, part);
    }
    return 0;
}

int worktree_list_files(OpCall *c, const FilesRead *in, Files *out, Err *e) {
    WorktreeRef ref = {.workspace_id = in->workspace_id, .worktree_id = in->worktree_id};
    Worktree w;
    Str folder;
    const char *path = ".";
    CLEANUP(folder_done) Folder f = {0};
    if (in->path.n) TRY(worktree_path(c->arena, in->path, &path, e));
    TRY(worktree_of(c->db, &ref, c->arena, &w, e));
    TRY(open_folder(&w, path, &f, e));
    out->truncated = !read_names(&f, c->arena);
    if (f.names.n) qsort(f.names.items, f.names.n, sizeof *f.names.items, by_order);
    TRY(normal_folder(c->arena, in->path, &folder, e));
    fill_page(&f, in, folder, c->arena, out);
    return add_states(c, in, folder, out, e);
}
