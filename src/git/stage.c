#include "git/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text_cut.h"
#include "base/vec.h"
#include "git/in_way.h"
#include "git/refusal.h"
#include "git/repo.h"
#include "sys/file.h"

SHAPE_DEFINE(GitHunkRef, GIT_HUNK_REF);
SHAPE_DEFINE(GitCommit, GIT_COMMIT);

enum { PATHS_MAX = 64 << 20, LIST_MAX = 256 << 20, PATCH_MAX = 512 << 20, SUMMARY_MAX = 1000 };
#define FROM_INPUT "--pathspec-from-file=-", "--pathspec-file-nul"
/* Not of every call: hooks and filters inherit it, and their own patterns would match nothing. */
#define LITERAL GIT_ARGS("GIT_LITERAL_PATHSPECS=1")

static int check_path(Str p, Err *e) {
    if (p.n && !memchr(p.p, 0, p.n)) return 0;
    return err_fail(e, ERR_INVALID, "a path is empty or contains a NUL character");
}

/* Paths as git's -z input. A path could be read as another one only through its slashes. */
static int put_paths(const StrList *paths, Buf *out, Err *e) {
    for (size_t i = 0; i < paths->n; i++) {
        Str p = paths->items[i];
        TRY(check_path(p, e));
        buf_add(out, p.p, p.n);
        buf_add_c(out, 0);
    }
    if (!paths->n) buf_add(out, ".", 2);
    return 0;
}

typedef struct PathAct {
    const char *const *args;
    const char *doing;
} PathAct;

static int act_on_paths(const Git *g, const PathAct *act, const StrList *paths, Err *e) {
    CLEANUP(buf_done) Buf in;
    buf_init(&in, PATHS_MAX);
    TRY(put_paths(paths, &in, e));
    GitCall c = {.args = act->args, .more_env = LITERAL, .input = buf_str(&in), .takes_index = true};
    return git_user_act(g, &c, act->doing, NULL, e);
}

static bool is_wanted(const StrList *paths, Str path) {
    for (size_t i = 0; i < paths->n; i++)
        if (path_is_beneath(path, paths->items[i])) return true;
    return paths->n == 0;
}

static int list_paths(const Git *g, const char *const *args, StrList *ret, Err *e) {
    GitOut o;
    Str path;
    VEC(Str) v = {0};
    TRY(git_quiet(g, &(GitCall){.args = args, .output_max = LIST_MAX}, &o, e));
    for (Str rest = o.out; rest.n && str_split(&rest, 0, &path);)
        if (path.n) vec_push(&v, path);
    vec_take(&v, g->arena, ret);
    return 0;
}

/* "<mode> <object> <stage><tab><path>" (git-ls-files(1)) */
static int refuse_conflicts(const Git *g, const StrList *paths, const char *doing, Err *e) {
    StrList unmerged;
    TRY(list_paths(g, GIT_ARGS("ls-files", "-z", "--unmerged"), &unmerged, e));
    for (size_t i = 0; i < unmerged.n; i++) {
        Str path = unmerged.items[i], facts;
        if (!str_split(&path, '\t', &facts) || !is_wanted(paths, path)) continue;
        int r = err_fail(e, ERR_CONFLICT, "could not %s: " STR_FMT " is in conflict: resolve it first", doing,
                         STR_ARG(path));
        err_detail(e, "conflicted", STR_FMT, STR_ARG(path));
        return r;
    }
    return 0;
}

static bool is_in_git_folder(Str path) {
    Str part;
    while (str_split(&path, '/', &part))
        if (str_is(part, ".git")) return true;
    return false;
}

static int refuse_path(Str path, ErrCode code, const char *why, Err *e) {
    int r = err_fail(e, code, "could not stage " STR_FMT ": %s", STR_ARG(text_cut(path, 200)), why);
    err_detail(e, "paths", STR_FMT " %s", STR_ARG(text_cut(path, 80)), why);
    return r;
}

/* What git add leaves out without a word. *ret_is_folder: the path may contain more. */
static int check_staged(const Git *g, int top_fd, Str path, bool *ret_is_folder, Err *e) {
    struct stat st;
    if (is_in_git_folder(path)) return refuse_path(path, ERR_INVALID, "it belongs to git itself", e);
    if (fstatat(top_fd, arena_cstr(g->arena, path), &st, AT_SYMLINK_NOFOLLOW) < 0) return 0;
    *ret_is_folder |= S_ISDIR(st.st_mode);
    if (S_ISDIR(st.st_mode) || S_ISREG(st.st_mode) || S_ISLNK(st.st_mode)) return 0;
    return refuse_path(path, ERR_INVALID, "git stores no pipes, sockets and devices", e);
}

/* git add would store only which commit a repository inside this one has, with a warning that nobody sees. */
static int refuse_nested(const Git *g, const StrList *paths, Err *e) {
    StrList untracked;
    TRY(list_paths(g, GIT_ARGS("ls-files", "-z", "--others", "--exclude-standard"), &untracked, e));
    for (size_t i = 0; i < untracked.n; i++) {
        Str path = untracked.items[i];
        if (str_ends(path, STR("/")) && is_wanted(paths, path))
            return refuse_path(
                path, ERR_CONFLICT,
                "it is a repository of its own, of which git would store only the commit; stage the other "
                "files by name, or have git ignore it",
                e);
    }
    return 0;
}

static int check_all_staged(const Git *g, const StrList *paths, Err *e) {
    bool has_folder = paths->n == 0;
    CLEANUP(fd_closep) int top_fd = open(g->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (top_fd < 0) return err_sys(e, "could not open %s", g->dir);
    for (size_t i = 0; i < paths->n; i++) TRY(check_staged(g, top_fd, paths->items[i], &has_folder, e));
    return has_folder ? refuse_nested(g, paths, e) : 0;
}

int git_stage(const Git *g, const StrList *paths, Err *e) {
    TRY(check_all_staged(g, paths, e));
    return act_on_paths(g, &(PathAct){GIT_ARGS("add", "--all", FROM_INPUT), "stage"}, paths, e);
}

int git_unstage(const Git *g, const StrList *paths, Err *e) {
    Str head;
    TRY(refuse_conflicts(g, paths, "unstage", e));
    TRY(git_resolve(g, "HEAD", &head, e));
    const char *const *restore = GIT_ARGS("restore", "--staged", FROM_INPUT);
    const char *const *forget = GIT_ARGS("rm", "--cached", "-r", "--quiet", FROM_INPUT);
    return act_on_paths(g, &(PathAct){head.p ? restore : forget, "unstage"}, paths, e);
}

/* -- discarding ---------------------------------------------------------------------------------------------- */

#define IS_SUBMODULE "a submodule"
#define IS_REPOSITORY "a repository of its own"

static int refuse_apart(Str path, const char *what, Err *e) {
    int r = err_fail(e, ERR_CONFLICT,
                     "could not discard " STR_FMT ": it is %s; nothing was discarded: name the other files",
                     STR_ARG(text_cut(path, 200)), what);
    err_detail(e, "paths", STR_FMT, STR_ARG(text_cut(path, 80)));
    return r;
}

typedef struct Discarding {
    const Git *g;
    const StrList *paths; /* wanted; none = everything */
    StrList tracked, untracked;
    VEC(Str) apart; /* what is passed over, in words */
} Discarding;

static void discarding_done(Discarding *x) { vec_done(&x->apart); }

/* A person who names it wants something that cannot be done; of everything it is left out. */
static int pass_over(Discarding *x, Str path, const char *what, Err *e) {
    if (!is_wanted(x->paths, path)) return 0;
    if (x->paths->n) return refuse_apart(path, what, e);
    Str said = arena_fmt(x->g->arena, STR_FMT " (%s)", STR_ARG(text_cut(path, 120)), what);
    bool is_new = true;
    vec_each(&x->apart, one) is_new &= !str_eq(*one, said);
    if (is_new) vec_push(&x->apart, said);
    return 0;
}

/* ":mode mode id id letter", NUL, path, NUL. git restore passes over a submodule without a word. */
static int list_changed(Discarding *x, Err *e) {
    StrList fields, dirty;
    size_t n = 0;
    TRY(list_paths(x->g, GIT_ARGS("diff", "-z", "--raw", "--no-renames", "--no-ext-diff"), &fields, e));
    for (size_t i = 0; i + 1 < fields.n; i += 2) {
        Str facts = fields.items[i], path = fields.items[i + 1];
        if (str_starts(facts, STR(":160000 160000 ")))
            TRY(pass_over(x, path, IS_SUBMODULE, e));
        else if (is_wanted(x->paths, path))
            fields.items[n++] = path;
    }
    x->tracked = (StrList){fields.items, n};
    TRY(git_submodules_dirty(x->g, &dirty, e));
    for (size_t i = 0; i < dirty.n; i++) TRY(pass_over(x, dirty.items[i], IS_SUBMODULE, e));
    return 0;
}

static int list_untracked(Discarding *x, Err *e) {
    StrList *l = &x->untracked;
    size_t n = 0;
    TRY(list_paths(x->g, GIT_ARGS("ls-files", "-z", "--others", "--exclude-standard"), l, e));
    for (size_t i = 0; i < l->n; i++) {
        if (str_ends(l->items[i], STR("/")))
            TRY(pass_over(x, l->items[i], IS_REPOSITORY, e));
        else if (is_wanted(x->paths, l->items[i]))
            l->items[n++] = l->items[i];
    }
    l->n = n;
    return 0;
}

static bool has_beneath(const StrList *l, Str path) {
    for (size_t i = 0; i < l->n; i++)
        if (path_is_beneath(l->items[i], path)) return true;
    return false;
}

static bool is_there(const Git *g, int top_fd, Str path) {
    CLEANUP(fd_closep) int fd = -1;
    if (is_in_git_folder(path)) return false;
    return file_open_beneath(top_fd, arena_cstr(g->arena, path), O_PATH | O_NOFOLLOW, 0, &fd, &(Err){0}) >= 0;
}

static int refuse_unknown(const Git *g, const StrList *paths, Err *e) {
    StrList index, committed = {0};
    Str head;
    if (!paths->n) return 0;
    TRY(list_paths(g, GIT_ARGS("ls-files", "-z"), &index, e));
    TRY(git_resolve(g, "HEAD", &head, e));
    if (head.p) TRY(list_paths(g, GIT_ARGS("ls-tree", "-r", "-z", "--name-only", "HEAD"), &committed, e));
    for (size_t i = 0; i < paths->n; i++) {
        Str path = paths->items[i];
        if (has_beneath(&index, path) || has_beneath(&committed, path)) continue;
        return err_fail(e, ERR_NOT_FOUND,
                        "could not discard " STR_FMT
                        ": there is no such file, and git knows none; nothing was discarded",
                        STR_ARG(text_cut(path, 200)));
    }
    return 0;
}

/* A file may have been made as it was since the person saw it as changed: there is nothing left to do. */
static int check_named(const Discarding *x, Err *e) {
    VEC(Str) absent = {0};
    StrList l;
    CLEANUP(fd_closep) int top_fd = open(x->g->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (top_fd < 0) return err_sys(e, "cannot open %s", x->g->dir);
    for (size_t i = 0; i < x->paths->n; i++) {
        Str path = x->paths->items[i];
        if (has_beneath(&x->tracked, path) || has_beneath(&x->untracked, path)) continue;
        if (!is_there(x->g, top_fd, path)) vec_push(&absent, path);
    }
    vec_take(&absent, x->g->arena, &l);
    return refuse_unknown(x->g, &l, e);
}

static int find_discarded(Discarding *x, Err *e) {
    StrList in_way;
    for (size_t i = 0; i < x->paths->n; i++) TRY(check_path(x->paths->items[i], e));
    TRY(refuse_conflicts(x->g, x->paths, "discard", e));
    TRY(list_changed(x, e));
    TRY(list_untracked(x, e));
    TRY(check_named(x, e));
    TRY(git_in_way(x->g, &x->tracked, &in_way, e));
    return git_refuse_in_way(&in_way, "discarding this", e);
}

/* Not by git clean, which takes paths as arguments only and compares each file with each of them. */
static int remove_file(const Git *g, int top_fd, Str path, Err *e) {
    Str name = path_last(path);
    CLEANUP(fd_closep) int dir = -1;
    const char *folder = path.n > name.n ? arena_cstr(g->arena, str_upto(path, path.n - name.n - 1)) : ".";
    int r = file_open_beneath(top_fd, folder, O_PATH | O_DIRECTORY, 0, &dir, e);
    if (r == -ERR_NOT_FOUND) return 0;
    TRY(r);
    bool is_gone = unlinkat(dir, arena_cstr(g->arena, name), 0) == 0 || errno == ENOENT;
    if (is_gone || errno == EISDIR) return 0; /* it was in place of a folder of tracked files, which is back */
    return err_sys(e, "could not remove " STR_FMT, STR_ARG(path));
}

static Str folder_of(Str path) {
    Str name = path_last(path);
    return path.n > name.n ? str_upto(path, path.n - name.n - 1) : STR("");
}

/* The folders that the removal has emptied, as git clean -d does; a folder that anything is left in stays. */
static void remove_empty(const Git *g, int top_fd, Str folder) {
    for (; folder.n; folder = folder_of(folder)) {
        CLEANUP(fd_closep) int dir = -1;
        Str above = folder_of(folder);
        const char *parent = above.n ? arena_cstr(g->arena, above) : ".";
        if (file_open_beneath(top_fd, parent, O_PATH | O_DIRECTORY, 0, &dir, &(Err){0}) < 0) return;
        if (unlinkat(dir, arena_cstr(g->arena, path_last(folder)), AT_REMOVEDIR) < 0) return;
    }
}

/* In git's order the files of a folder stand together. */
static int remove_files(const Git *g, const StrList *paths, Err *e) {
    CLEANUP(fd_closep) int top_fd = open(g->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (top_fd < 0) return err_sys(e, "cannot open %s", g->dir);
    for (size_t i = 0; i < paths->n; i++) {
        Str folder = folder_of(paths->items[i]);
        TRY(remove_file(g, top_fd, paths->items[i], e));
        bool is_last = i + 1 == paths->n || !str_eq(folder, folder_of(paths->items[i + 1]));
        if (is_last) remove_empty(g, top_fd, folder);
    }
    return 0;
}

/* Not by git restore, which compares each path with the whole index. It would run this hook too (githooks(5)), whose exit
 * decides nothing any more. */
static int write_files(const Git *g, const StrList *paths, Err *e) {
    GitOut o;
    Str head;
    PathAct write = {GIT_ARGS("checkout-index", "-f", "-u", "-q", "-z", "--stdin"), "discard"};
    TRY(act_on_paths(g, &write, paths, e));
    TRY(git_resolve(g, "HEAD", &head, e));
    if (!head.p) return 0;
    const char *commit = arena_cstr(g->arena, head);
    const char *const *hook = GIT_ARGS("hook", "run", "--ignore-missing", "post-checkout", "--", commit, commit, "0");
    return git_user(g, &(GitCall){.args = hook, .any_exit = true}, &o, e);
}

int git_discard(const Git *g, const StrList *paths, Err *e) {
    CLEANUP(discarding_done) Discarding x = {.g = g, .paths = paths};
    TRY(find_discarded(&x, e));
    if (x.tracked.n) TRY(write_files(g, &x.tracked, e));
    return remove_files(g, &x.untracked, e);
}

int git_check_discard(const Git *g, const StrList *paths, Str *ret_note, Err *e) {
    enum { NAMED = 5 };
    CLEANUP(discarding_done) Discarding x = {.g = g, .paths = paths};
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 1024);
    *ret_note = (Str){0};
    TRY(find_discarded(&x, e));
    if (!x.apart.n) return 0;
    for (size_t i = 0; i < x.apart.n && i < NAMED; i++)
        buf_add_fmt(&b, "%s" STR_FMT, i ? ", " : "left as they are: ", STR_ARG(x.apart.items[i]));
    if (x.apart.n > NAMED) buf_add_fmt(&b, " and %zu more", x.apart.n - NAMED);
    *ret_note = arena_str(g->arena, buf_str(&b));
    return 0;
}

/* -- hunks --------------------------------------------------------------------------------------------------- */

static bool is_chosen(const GitHunkRefList *hunks, Str path, Str id, size_t *ret_at) {
    for (size_t i = 0; i < hunks->n; i++) {
        if (!str_eq(hunks->items[i].path, path) || !str_eq(hunks->items[i].id, id)) continue;
        *ret_at = i;
        return true;
    }
    return false;
}

/* A new or removed file has one hunk, and is staged as such; a mode stays as it is. */
static void put_header(Arena *a, Str header, Str path, Buf *out) {
    Str line, from = git_quote_path(a, "a/", path), to = git_quote_path(a, "b/", path), mode = {0};
    while (str_split(&header, '\n', &line))
        if (str_starts(line, STR("new file mode ")) || str_starts(line, STR("deleted file mode "))) mode = line;
    bool is_new = str_starts(mode, STR("new")), is_gone = str_starts(mode, STR("deleted"));
    const char *end = memchr(path.p, ' ', path.n) ? "\t" : ""; /* git-apply ends such a name at a tab */
    buf_add_fmt(out, "diff --git " STR_FMT " " STR_FMT "\n", STR_ARG(from), STR_ARG(to));
    if (mode.n) buf_add_fmt(out, STR_FMT "\n", STR_ARG(mode));
    buf_add_fmt(out, "--- " STR_FMT "%s\n", STR_ARG(is_new ? STR("/dev/null") : from), is_new ? "" : end);
    buf_add_fmt(out, "+++ " STR_FMT "%s\n", STR_ARG(is_gone ? STR("/dev/null") : to), is_gone ? "" : end);
}

typedef struct Choosing {
    const Git *g;
    const GitSides *s;
    const GitHunkRefList *hunks;
    bool *found; /* by hunk */
    Buf *patch;
    GitDiffFileList renamed; /* once it is needed: */
    bool has_renamed;
} Choosing;

static int put_file(Choosing *x, Str path, Str old_path, Err *e) {
    GitPatch p;
    bool has_header = false, is_filtered;
    TRY(git_is_filtered(x->g, path, &is_filtered, e));
    if (is_filtered)
        return err_fail(e, ERR_CONFLICT, STR_FMT " is changed by a filter: stage or discard the whole file",
                        STR_ARG(path));
    int r = git_diff_patch(x->g, x->s, path, old_path, &p, e);
    if (r == -ERR_NOT_FOUND) return 0; /* its hunks are reported as gone */
    TRY(r);
    for (size_t i = 0; i < p.n; i++) {
        size_t at;
        if (!is_chosen(x->hunks, path, p.hunks[i].id, &at)) continue;
        if (!has_header) put_header(x->g->arena, p.header, path, x->patch);
        has_header = x->found[at] = true;
        buf_add_str(x->patch, p.hunks[i].text);
    }
    return 0;
}

static bool has_found(const Choosing *x, Str path) {
    for (size_t i = 0; i < x->hunks->n; i++)
        if (x->found[i] && str_eq(x->hunks->items[i].path, path)) return true;
    return false;
}

/* Without its old path a renamed file is a new one, whose only hunk has all its lines. */
static int put_renamed(Choosing *x, Str path, Err *e) {
    if (!x->has_renamed) TRY(git_diff_renamed(x->g, x->s, &x->renamed, e));
    x->has_renamed = true;
    for (size_t i = 0; i < x->renamed.n; i++) {
        const GitDiffFile *f = &x->renamed.items[i];
        if (str_eq(f->path, path)) return put_file(x, path, f->old_path, e);
    }
    return 0;
}

static bool is_first_of(const GitHunkRefList *hunks, size_t at) {
    for (size_t i = 0; i < at; i++)
        if (str_eq(hunks->items[i].path, hunks->items[at].path)) return false;
    return true;
}

/* Until a file has none of its hunks: the call is refused then. */
static int put_files(Choosing *x, Err *e) {
    bool goes_on = true;
    for (size_t i = 0; i < x->hunks->n && goes_on; i++) {
        Str path = x->hunks->items[i].path, old_path = x->hunks->items[i].old_path;
        if (memchr(path.p, 0, path.n) || (old_path.p && memchr(old_path.p, 0, old_path.n)))
            return err_fail(e, ERR_INVALID, "a path contains a NUL character");
        if (!is_first_of(x->hunks, i)) continue;
        TRY(put_file(x, path, old_path, e));
        if (!old_path.p && !has_found(x, path)) TRY(put_renamed(x, path, e));
        goes_on = has_found(x, path);
    }
    for (size_t i = 0; i < x->hunks->n; i++) {
        const GitHunkRef *h = &x->hunks->items[i];
        if (x->found[i]) continue;
        int r = err_fail(e, ERR_CONFLICT, STR_FMT " has changed since: hunk " STR_FMT " is no longer there",
                         STR_ARG(h->path), STR_ARG(h->id));
        err_detail(e, "hunks", STR_FMT, STR_ARG(h->id));
        return r;
    }
    return 0;
}

static int apply(const Git *g, GitHunkAct act, const GitHunkRefList *hunks, bool is_check, Err *e) {
    static const struct {
        const char *from, *to, *doing;
        bool is_cached, is_reverse;
    } acts[] = {
        [GIT_HUNK_STAGE] = {"index", NULL, "stage", true, false},
        [GIT_HUNK_UNSTAGE] = {"head", "index", "unstage", true, true},
        [GIT_HUNK_DISCARD] = {"index", NULL, "discard", false, true},
    };
    GitSides s;
    CLEANUP(buf_done) Buf patch;
    buf_init(&patch, PATCH_MAX);
    TRY(git_sides(g, str(acts[act].from), str(acts[act].to), STR(""), &s, e));
    Choosing x = {.g = g, .s = &s, .hunks = hunks, .patch = &patch};
    x.found = arena_array(g->arena, hunks->n + 1, sizeof *x.found);
    TRY(put_files(&x, e));
    const char *args[8] = {"apply", "--whitespace=nowarn"};
    size_t n = 2;
    if (acts[act].is_cached) args[n++] = "--cached";
    if (acts[act].is_reverse) args[n++] = "--reverse";
    if (is_check) args[n++] = "--check";
    args[n++] = "-";
    if (patch.failed) return err_fail(e, ERR_TOO_LARGE, "the hunks are too large: stage the files");
    GitCall c = {.args = args, .input = buf_str(&patch), .takes_index = true};
    return git_user_act(g, &c, acts[act].doing, NULL, e);
}

int git_apply_hunks(const Git *g, GitHunkAct act, const GitHunkRefList *hunks, Err *e) {
    return apply(g, act, hunks, false, e);
}

int git_check_hunks(const Git *g, GitHunkAct act, const GitHunkRefList *hunks, Err *e) {
    return apply(g, act, hunks, true, e);
}

/* -- commits ------------------------------------------------------------------------------------------------- */

/* git looks at the index before its hook runs, and goes by that. */
static int refused_commit(const Git *g, const GitOut *o, Err *e) {
    GitOut staged;
    int r = git_refused(o, "commit", e);
    const char *const *args = GIT_ARGS("diff-index", "--cached", "--quiet", "HEAD", "--");
    bool is_nothing = str_find(o->out, STR("changes added to commit"), &(size_t){0}) ||
                      str_find(o->out, STR("nothing added to commit"), &(size_t){0}) ||
                      str_find(o->out, STR("nothing to commit"), &(size_t){0});
    if (!is_nothing || git_quiet(g, &(GitCall){.args = args, .any_exit = true}, &staged, &(Err){0}) < 0) return r;
    if (staged.exit_code != 1) return r;
    return err_fail(e, ERR_CONFLICT,
                    "could not commit: nothing was staged when it began; a hook has staged files since: commit again");
}

int git_commit(const Git *g, const GitCommitAsk *ask, Err *e) {
    const char *args[8] = {"commit", "--no-status"};
    size_t n = 2;
    if (ask->message.p && memchr(ask->message.p, 0, ask->message.n))
        return err_fail(e, ERR_INVALID, "message contains a NUL character");
    if (ask->amend) args[n++] = "--amend";
    if (ask->all) args[n++] = "--all";
    if (ask->allow_empty) args[n++] = "--allow-empty";
    args[n++] = ask->message.p ? "--file=-" : "--no-edit";
    GitCall c = {.args = args,
                 .more_env = ask->reflog ? GIT_ARGS(arena_fmt(g->arena, "GIT_REFLOG_ACTION=%s", ask->reflog).p) : NULL,
                 .input = ask->message.p ? ask->message : STR(""),
                 .takes_index = true};
    GitOut o;
    c.any_exit = true;
    TRY(git_user(g, &c, &o, e));
    if (o.exit_code) return refused_commit(g, &o, e);
    if (ask->ret_note) *ask->ret_note = git_hook_note(g, &o);
    return 0;
}

int git_commit_find(const Git *g, const char *reflog, Str *ret, bool *ret_has_log, Err *e) {
    GitOut o;
    Str id, subject, head = arena_fmt(g->arena, "%s: ", reflog);
    *ret = (Str){0};
    TRY(git_quiet(g, &(GitCall){.args = GIT_ARGS("reflog", "exists", "HEAD"), .any_exit = true}, &o, e));
    *ret_has_log = o.exit_code == 0;
    if (!*ret_has_log) return 0;
    const char *const *args = GIT_ARGS("log", "--walk-reflogs", "-z", "--max-count=1000", "--no-show-signature",
                                       "--format=%H%x00%gs", "HEAD", "--");
    TRY(git_quiet(g, &(GitCall){.args = args, .any_exit = true}, &o, e));
    for (Str rest = o.out; rest.n && str_split(&rest, 0, &id) && str_split(&rest, 0, &subject);) {
        if (!str_starts(subject, head)) continue;
        *ret = arena_str(g->arena, id);
        return 0;
    }
    return 0;
}

static void read_parents(Arena *a, Str text, StrList *ret) {
    VEC(Str) v = {0};
    Str one;
    while (text.n && str_split(&text, ' ', &one))
        if (one.n && v.n < 100) vec_push(&v, arena_str(a, one));
    vec_take(&v, a, ret);
}

int git_commit_read(const Git *g, Str id, GitCommit *ret, Err *e) {
    GitOut o;
    const char *const *args =
        GIT_ARGS("log", "-1", "-z", "--no-show-signature", "--format=%H%x00%P%x00%ct%x00%an%x00%s", "--end-of-options",
                 arena_cstr(g->arena, id), "--");
    TRY(git_quiet(g, &(GitCall){.args = args, .any_exit = true}, &o, e));
    Str rest = o.out, parents, at, author, summary;
    GitCommit c = {0};
    int64_t seconds;
    bool ok = o.exit_code == 0 && str_split(&rest, 0, &c.id) && str_split(&rest, 0, &parents) &&
              str_split(&rest, 0, &at) && str_split(&rest, 0, &author) && str_split(&rest, 0, &summary) &&
              str_parse_i64(at, 0, INT64_MAX / 1000000, &seconds);
    if (!ok) return err_fail(e, ERR_NOT_FOUND, "there is no commit " STR_FMT, STR_ARG(id));
    c.id = arena_str(g->arena, c.id);
    read_parents(g->arena, parents, &c.parents);
    c.author = arena_str(g->arena, str_upto(author, SUMMARY_MAX));
    c.summary = arena_str(g->arena, str_upto(summary, SUMMARY_MAX));
    c.committed_at = seconds * 1000000;
    *ret = c;
    return 0;
}
