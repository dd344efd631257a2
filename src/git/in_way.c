#include "git/in_way.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/text_cut.h"
#include "base/vec.h"

enum { LIST_BYTES = 256 << 20, FOLDERS_MAX = 200, NAMES_MAX = ERR_DETAILS_MAX - 1, NAME_BYTES = 120 };

typedef VEC(Str) StrVec;

static int list(const Git *g, const char *const *args, StrList *ret, Err *e) {
    GitOut o;
    StrVec v = {0};
    Str path;
    TRY(git_quiet(g, &(GitCall){.args = args, .output_max = LIST_BYTES}, &o, e));
    for (Str rest = o.out; rest.n && str_split(&rest, 0, &path);)
        if (path.n) vec_push(&v, path);
    vec_take(&v, g->arena, ret);
    return 0;
}

/* -- which paths are written ----------------------------------------------------------------------------------- */

int git_paths_added(const Git *g, Str from, Str to, StrList *ret, Err *e) {
    return list(g,
                GIT_ARGS("diff-tree", "-r", "-z", "--name-only", "--no-renames", "--diff-filter=A", "--end-of-options",
                         arena_cstr(g->arena, from), arena_cstr(g->arena, to)),
                ret, e);
}

int git_paths_differing(const Git *g, Str from, Str to, StrList *ret, Err *e) {
    return list(g,
                GIT_ARGS("diff-tree", "-r", "-z", "--name-only", "--no-renames", "--end-of-options",
                         arena_cstr(g->arena, from), arena_cstr(g->arena, to)),
                ret, e);
}

int git_paths_picked(const Git *g, Str onto, Str last, StrList *ret, Err *e) {
    const char *range = arena_fmt(g->arena, STR_FMT ".." STR_FMT, STR_ARG(onto), STR_ARG(last)).p;
    return list(g,
                GIT_ARGS("log", "-z", "--name-only", "--no-renames", "--diff-filter=A",
                         "--format=", "--no-show-signature", "--end-of-options", range, "--"),
                ret, e);
}

int git_paths_missing(const Git *g, Str commit, StrList *ret, Err *e) {
    return list(g,
                GIT_ARGS("diff-index", "--cached", "-z", "--name-only", "--no-renames", "--diff-filter=D",
                         arena_cstr(g->arena, commit), "--"),
                ret, e);
}

/* -- what is there --------------------------------------------------------------------------------------------- */

/* The path, or the file or link above it that git would replace by a folder; {NULL,0}: there is none. */
static Str obstacle(const Git *g, Str path, bool *ret_is_folder) {
    for (size_t i = 0; i <= path.n; i++) {
        struct stat st;
        if (i < path.n && path.p[i] != '/') continue;
        Str part = str_upto(path, i);
        if (lstat(arena_fmt(g->arena, "%s/" STR_FMT, g->dir, STR_ARG(part)).p, &st) < 0) return (Str){0};
        *ret_is_folder = S_ISDIR(st.st_mode);
        if (i == path.n || !*ret_is_folder) return part;
    }
    return (Str){0};
}

static void add_all(StrVec *v, const StrList *l, bool folders_only) {
    for (size_t i = 0; i < l->n; i++)
        if (!folders_only || str_ends(l->items[i], STR("/"))) vec_push(v, l->items[i]);
}

/* A folder in place of a file: what is in it that git does not know. */
static int look_into(const Git *g, Str folder, StrVec *found, Err *e) {
    StrList entries, ignored, others;
    const char *path = arena_cstr(g->arena, folder);
    TRY(list(g, GIT_ARGS("ls-files", "-z", "--stage", "--", path), &entries, e));
    if (entries.n == 1 && str_starts(entries.items[0], STR("160000 "))) return 0;
    TRY(list(g, GIT_ARGS("ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory", "--", path),
             &ignored, e));
    TRY(list(g, GIT_ARGS("ls-files", "-z", "--others", "--exclude-standard", "--", path), &others, e));
    add_all(found, &ignored, false);
    add_all(found, &others, true); /* a folder stands for a repository */
    /* git takes a repository without a commit for a folder. */
    if (!others.n || !str_ends(others.items[0], STR("/")))
        if (access(arena_fmt(g->arena, "%s/%s/.git", g->dir, path).p, F_OK) == 0)
            vec_push(found, arena_fmt(g->arena, "%s/", path));
    return 0;
}

/* Not by git check-ignore itself, which compares each path with the whole index. */
static int drop_tracked(const Git *g, StrList *paths, Err *e) {
    StrList tracked;
    Map is_tracked = {0};
    size_t n = 0;
    TRY(list(g, GIT_ARGS("ls-files", "-z"), &tracked, e));
    for (size_t i = 0; i < tracked.n; i++) map_put(&is_tracked, tracked.items[i], paths);
    for (size_t i = 0; i < paths->n; i++)
        if (!map_find(&is_tracked, paths->items[i])) paths->items[n++] = paths->items[i];
    paths->n = n;
    map_done(&is_tracked);
    return 0;
}

/* Of these files, those that are ignored. A file in place of a folder counts even if the index has files of that folder,
 * which git would take for a tracked path. */
static int add_ignored(const Git *g, Str input, bool above, StrVec *found, Err *e) {
    GitOut o;
    Str path;
    StrVec v = {0};
    StrList ignored;
    GitCall check = {.args = GIT_ARGS("check-ignore", "-z", "--stdin", "--no-index"),
                     .more_env = GIT_ARGS("GIT_LITERAL_PATHSPECS=0"), /* it does not know it */
                     .input = input,
                     .any_exit = true,
                     .output_max = LIST_BYTES};
    if (!input.n) return 0;
    TRY(git_quiet(g, &check, &o, e));
    if (o.exit_code != 0 && o.exit_code != 1) return git_failed(&o, "look for ignored files", e);
    for (Str rest = o.out; rest.n && str_split(&rest, 0, &path);) vec_push(&v, str_from(path, 2));
    vec_take(&v, g->arena, &ignored);
    if (!above && ignored.n) TRY(drop_tracked(g, &ignored, e));
    add_all(found, &ignored, false);
    return 0;
}

static int look(const Git *g, const StrList *paths, StrVec *found, Err *e) {
    CLEANUP(buf_done) Buf here, above;
    size_t folders = 0;
    buf_init(&here, LIST_BYTES);
    buf_init(&above, LIST_BYTES);
    for (size_t i = 0; i < paths->n; i++) {
        bool is_folder = false;
        Str at = obstacle(g, paths->items[i], &is_folder);
        if (!at.p) continue;
        if (!is_folder) {
            Buf *in = at.n < paths->items[i].n ? &above : &here;
            buf_add_fmt(in, "./" STR_FMT, STR_ARG(at)); /* so that it is not read as pathspec magic */
            buf_add_c(in, 0);
        } else if (folders++ < FOLDERS_MAX) {
            TRY(look_into(g, at, found, e));
        } else {
            vec_push(found, arena_fmt(g->arena, STR_FMT "/", STR_ARG(at)));
        }
    }
    if (here.failed || above.failed) return err_fail(e, ERR_TOO_LARGE, "too many files are written at once");
    TRY(add_ignored(g, buf_str(&above), true, found, e));
    return add_ignored(g, buf_str(&here), false, found, e);
}

int git_in_way(const Git *g, const StrList *paths, StrList *ret, Err *e) {
    StrVec found = {0};
    int r = look(g, paths, &found, e);
    vec_take(&found, g->arena, ret);
    return r;
}

int git_refuse_in_way(const StrList *found, const char *doing, Err *e) {
    bool has_folders = false;
    for (size_t i = 0; i < found->n; i++) has_folders |= str_ends(found->items[i], STR("/"));
    if (!found->n) return 0;
    int r = err_fail(e, ERR_CONFLICT, "%s would overwrite %zu %s; nothing was changed", doing, found->n,
                     has_folders ? "ignored files or folders, or repositories"
                                 : str_plural((int64_t)found->n, "ignored file", "ignored files"));
    for (size_t i = 0; i < found->n && i < NAMES_MAX; i++)
        err_detail(e, "inTheWay", STR_FMT, STR_ARG(text_cut(found->items[i], NAME_BYTES)));
    if (found->n > NAMES_MAX) err_detail(e, "inTheWayOmitted", "%zu", found->n - NAMES_MAX);
    return r;
}
