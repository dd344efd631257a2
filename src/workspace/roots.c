/* The paths that clients may use: those inside the canonical folders of workspace.roots. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/text_cut.h"
#include "base/vec.h"
#include "core/setting.h"
#include "sys/environment.h"
#include "sys/file.h"
#include "sys/path_look.h"
#include "sys/self.h"
#include "workspace/workspace_in.h"

SHAPE_DEFINE(Browse, BROWSE);
SHAPE_DEFINE(FolderEntry, FOLDER_ENTRY);
SHAPE_DEFINE(Folders, FOLDERS);

enum { FOLDERS_MAX = 5000, REFUSED_BYTES = 150 /* of a path in an error, before the advice */ };

static int refuse(Str path, ErrCode code, const char *why, Err *e) {
    int r = err_fail(e, code, STR_FMT " %s", STR_ARG(path), why);
    err_detail(e, "path", "%s", why);
    return r;
}

static int refuse_relative(Str path, Err *e) {
    int r = err_fail(e, ERR_INVALID, "the path " STR_FMT " is not absolute", STR_ARG(path));
    err_detail(e, "path", "is not absolute");
    return r;
}

/* Appends the part that does not exist yet as git will list it: one slash between parts, none at the end, no ".". */
static bool add_rest(Str rest, Buf *path) {
    Str part;
    while (str_split(&rest, '/', &part)) {
        if (!part.n || str_is(part, ".")) continue;
        if (str_is(part, "..")) return false;
        if (path->n > 1) buf_add_c(path, '/');
        buf_add_str(path, part);
    }
    return true;
}

/* The longest part that exists, canonical, followed by the rest; the rest must not contain "..". */
static int resolve(Arena *a, Str path, RootPath *ret, Err *e) {
    char *real = NULL;
    Str head = path;
    while (file_real_path(arena_cstr(a, head), &real, &(Err){0}) < 0) {
        const char *slash = memrchr(head.p, '/', head.n);
        head = str_upto(head, slash > head.p ? (size_t)(slash - head.p) : 1);
    }
    CLEANUP(buf_done) Buf whole;
    buf_init(&whole, 2 * PATH_MAX + path.n);
    buf_add_str(&whole, str(real));
    free(real);
    size_t base_n = whole.n;
    if (!add_rest(str_from(path, head.n), &whole)) return refuse(path, ERR_INVALID, "does not exist", e);
    ret->base = arena_cstr(a, str_upto(buf_str(&whole), base_n));
    ret->path = arena_cstr(a, buf_str(&whole));
    ret->exists = whole.n == base_n;
    return 0;
}

/* A command for a POSIX shell that keeps the folders that the setting has. */
static Str add_command(const App *app, Arena *a, Str path) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 1 << 20);
    buf_add_fmt(&b, "%s setting set workspace.roots \"$(printf '%%s\\n'", app->command);
    StrList roots = setting_strs(app->settings, SET_WORKSPACE_ROOTS, a);
    for (size_t i = 0; i < roots.n; i++) buf_add_fmt(&b, " " STR_FMT, STR_ARG(shell_word(roots.items[i], a)));
    buf_add_fmt(&b, " " STR_FMT ")\"", STR_ARG(shell_word(path, a)));
    return arena_str(a, buf_str(&b));
}

/* A root that is a file would allow nothing. */
static bool is_file(Arena *a, Str path) {
    struct stat st;
    return stat(arena_cstr(a, path), &st) == 0 && !S_ISDIR(st.st_mode);
}

/* A command that is cut would lose folders, so a long one is not shown. */
static int refuse_outside(const App *app, Arena *a, Str path, Err *e) {
    Str why = STR("is outside the folders of workspace.roots");
    if (is_file(a, path))
        return refuse(path, ERR_FORBIDDEN, "is outside the folders of workspace.roots, and not a folder", e);
    Str command = add_command(app, a, path);
    Str whole = arena_fmt(a, STR_FMT " " STR_FMT "; to allow it, run `" STR_FMT "`", STR_ARG(path), STR_ARG(why),
                          STR_ARG(command));
    if (whole.n >= sizeof e->text)
        whole =
            arena_fmt(a,
                      STR_FMT " " STR_FMT "; to allow it, add it to that setting: `%s setting list` shows the value, "
                              "and `%s setting set workspace.roots VALUE` replaces it",
                      STR_ARG(text_cut(path, REFUSED_BYTES)), STR_ARG(why), app->command, app->command);
    int r = err_fail(e, ERR_FORBIDDEN, STR_FMT, STR_ARG(whole));
    err_detail(e, "path", STR_FMT, STR_ARG(why));
    return r;
}

/* A root that does not exist yet counts as what it will be. */
static bool is_beneath(Arena *a, Str root, Str canonical) {
    RootPath r;
    return root.n && root.p[0] == '/' && resolve(a, root, &r, &(Err){0}) >= 0 &&
           path_is_beneath(canonical, str(r.path));
}

/* A canonical path leads over no link: what is text beneath the root is beneath its folder. */
static bool is_written_beneath(Str root, Str canonical) {
    return root.n && root.p[0] == '/' && !str_find(root, STR("/.."), &(size_t){0}) && path_is_beneath(canonical, root);
}

/* The demo's folder is in the data folder, which need not be a root. What is beneath a root as it is written needs no look at
 * a disk, so that another root whose disk does not answer keeps nobody; a root on such a disk allows nothing else. */
bool roots_allow(const App *app, Arena *a, Str canonical) {
    StrList set = setting_strs(app->settings, SET_WORKSPACE_ROOTS, a);
    StrList roots = {arena_array(a, set.n + 1, sizeof(Str)), 0};
    for (size_t i = 0; i < set.n; i++) roots.items[roots.n++] = set.items[i];
    roots.items[roots.n++] = arena_fmt(a, "%s/demo", app->home);
    for (size_t i = 0; i < roots.n; i++)
        if (is_written_beneath(roots.items[i], canonical)) return true;
    for (size_t i = 0; i < roots.n; i++)
        if (path_look(arena_str(a, roots.items[i])) != PATH_SILENT && is_beneath(a, roots.items[i], canonical))
            return true;
    return false;
}

int roots_resolve(const App *app, Arena *a, Str path, RootPath *ret, Err *e) {
    RootPath r;
    if (memchr(path.n ? path.p : "", '\0', path.n) || !str_is_utf8(path))
        return refuse(STR("the path"), ERR_INVALID, "is not UTF-8 text", e);
    path = environment_expand_home(a, path);
    if (path.n == 0 || path.p[0] != '/') return refuse_relative(path, e);
    TRY(resolve(a, path, &r, e));
    if (!roots_allow(app, a, str(r.path))) return refuse_outside(app, a, path, e);
    *ret = r;
    return 0;
}

int roots_require(const App *app, Arena *a, Str canonical, Err *e) {
    return roots_allow(app, a, canonical) ? 0 : refuse_outside(app, a, canonical, e);
}

/* -- browsing ------------------------------------------------------------------------------------------------ */

typedef VEC(FolderEntry) EntryVec;

static bool is_folder(int dir_fd, const struct dirent *d) {
    struct stat st;
    if (d->d_type == DT_DIR) return true;
    return (d->d_type == DT_LNK || d->d_type == DT_UNKNOWN) && fstatat(dir_fd, d->d_name, &st, 0) == 0 &&
           S_ISDIR(st.st_mode);
}

static int compare_names(const void *x, const void *y) {
    return str_cmp(((const FolderEntry *)x)->name, ((const FolderEntry *)y)->name);
}

/* A link to a target outside the roots is not shown, as its target would not be. */
static void add_entry(OpCall *c, const char *dir, int dir_fd, const struct dirent *d, EntryVec *v) {
    Arena *a = c->arena;
    struct stat st;
    Str name = str(d->d_name);
    if (name.p[0] == '.' || !str_is_utf8(name) || !is_folder(dir_fd, d)) return;
    Str path = arena_fmt(a, "%s/%s", strcmp(dir, "/") ? dir : "", d->d_name);
    RootPath real;
    if (d->d_type == DT_LNK && roots_resolve(c->app, a, path, &real, &(Err){0}) < 0) return;
    Str git = arena_fmt(a, "%s/.git", d->d_name);
    FolderEntry en = {.name = arena_str(a, name), .path = path, .is_repository = fstatat(dir_fd, git.p, &st, 0) == 0};
    vec_push(v, en);
}

static int read_entries(OpCall *c, const char *dir, Folders *out, Err *e) {
    CLEANUP(dir_closep) DIR *d = opendir(dir);
    if (!d && errno == ENOTDIR) return refuse(str(dir), ERR_INVALID, "is not a folder", e);
    if (!d) return refuse(str(dir), errno == EACCES ? ERR_FORBIDDEN : ERR_NOT_FOUND, "cannot be read", e);
    EntryVec v = {0};
    for (struct dirent *en; v.n <= FOLDERS_MAX && (en = readdir(d));) add_entry(c, dir, dirfd(d), en, &v);
    out->truncated = v.n > FOLDERS_MAX;
    out->entries.n = out->truncated ? FOLDERS_MAX : v.n;
    out->entries.items = arena_array(c->arena, v.n + 1, sizeof *v.items);
    if (v.n) {
        qsort(v.items, v.n, sizeof *v.items, compare_names);
        memcpy(out->entries.items, v.items, v.n * sizeof *v.items);
    }
    vec_done(&v);
    return 0;
}

int roots_browse(OpCall *c, const Browse *in, Folders *out, Err *e) {
    StrList roots = setting_strs(c->app->settings, SET_WORKSPACE_ROOTS, c->arena);
    Str path = in->path.p ? in->path : roots.n ? roots.items[0] : STR("");
    RootPath r;
    TRY(roots_resolve(c->app, c->arena, path, &r, e));
    if (!r.exists) return refuse(path, ERR_NOT_FOUND, "does not exist", e);
    out->path = str(r.path);
    const char *slash = strrchr(r.path, '/');
    Str parent = arena_str(c->arena, str_n(r.path, slash > r.path ? (size_t)(slash - r.path) : 1));
    if (strcmp(r.path, "/") != 0 && roots_allow(c->app, c->arena, parent)) out->parent = parent;
    return read_entries(c, r.path, out, e);
}
