#include "git/diff.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/vec.h"
#include "git/repo.h"
#include "sys/file.h"

SHAPE_DEFINE(GitDiff, GIT_DIFF);

enum {
    LIST_BYTES = 64 << 20,
    WINDOW_BYTES = 4 << 20,
    FILE_BYTES = 8 << 20,
    ANSWER_BYTES = 8 << 20,
    BINARY_PROBE = 8000
};
enum { LINE_COST = 64 /* a line's bytes in an answer besides its text */ };

/* The options of both passes, so that the files and their patches agree whatever the configuration. */
#define DIFF_ARGS                                                                                         \
    "diff", "--no-ext-diff", "--no-textconv", "--no-color", "--no-relative", "--ignore-submodules=dirty", \
        "--submodule=short", "--find-renames", "-l400", "--src-prefix=a/", "--dst-prefix=b/", "--diff-algorithm=myers"

/* The empty tree replaces HEAD before the first commit; its id depends on the object format. */
static int base_of(const Git *g, const char **ret_base, Str *ret_head, Err *e) {
    GitOut o;
    TRY(git_resolve(g, "HEAD", ret_head, e));
    *ret_base = ret_head->p ? ret_head->p : NULL;
    if (*ret_base) return 0;
    TRY(git_quiet(g, &(GitCall){.args = GIT_ARGS("hash-object", "-t", "tree", "--stdin")}, &o, e));
    *ret_base = arena_cstr(g->arena, str_trim(o.out));
    return 0;
}

/* -- the list of files --------------------------------------------------------------------------------------- */

static void add_file(GitDiff *d, Str path, GitFileStatus status) {
    if (d->files.n < GIT_DIFF_FILES_MAX) d->files.items[d->files.n++] = (GitDiffFile){.path = path, .status = status};
}

/* Against HEAD git reports an unmerged file as modified, or omits it if its content is that of HEAD. In a cut list, one
 * that is not found has been counted. */
static void mark_conflicts(const StrList *unmerged, GitDiff *d) {
    Map by_path = {0};
    bool is_cut = d->total_files > (int64_t)d->files.n;
    for (size_t i = 0; unmerged->n && i < d->files.n; i++)
        map_put(&by_path, d->files.items[i].path, &d->files.items[i]);
    for (size_t i = 0; i < unmerged->n; i++) {
        GitDiffFile *f = map_find(&by_path, unmerged->items[i]);
        if (f)
            f->status = GIT_FILE_CONFLICTED;
        else if (!is_cut)
            add_file(d, unmerged->items[i], GIT_FILE_CONFLICTED), d->total_files++;
    }
    map_done(&by_path);
}

/* A nested repository, which git names with a trailing slash, is not a file. */
static void add_from_status(const Git *g, const GitStatus *st, GitDiff *d) {
    size_t n = d->files.n;
    GitDiffFile *files = arena_array(g->arena, n + st->conflicted.n + st->untracked.n + 1, sizeof *files);
    if (n) memcpy(files, d->files.items, n * sizeof *files);
    d->files.items = files;
    mark_conflicts(&st->conflicted, d);
    for (size_t i = 0; i < st->untracked.n; i++) add_file(d, st->untracked.items[i], GIT_FILE_UNTRACKED);
    d->total_files += st->counts->untracked;
    d->is_total_least = st->is_folded;
    d->truncated = d->total_files > (int64_t)d->files.n || st->is_folded;
}

static int list_files(const Git *g, const char *base, GitDiff *d, Err *e) {
    GitOut o;
    GitCall c = {.args = GIT_ARGS(DIFF_ARGS, "--raw", "--numstat", "-z", base, "--"), .output_max = LIST_BYTES};
    GitStatus st;
    GitDiffTotals all;
    TRY(git_status(g, &st, e)); /* first, so that its content id is never newer than what is shown */
    TRY(git_quiet(g, &c, &o, e));
    TRY(git_parse_diff_files(g->arena, o.out, GIT_DIFF_FILES_MAX, &d->files, &all, e));
    d->total_files = all.files;
    d->total_added = all.added;
    d->total_removed = all.removed;
    d->content_id = st.content_id;
    add_from_status(g, &st, d);
    return 0;
}

/* A file that is not among those counted is queried separately, without rename detection. *ret_found false: it is not
 * changed, or is not a path of this worktree. */
static int find_alone(const Git *g, const char *base, Str path, GitDiffFile *ret, bool *ret_found, Err *e) {
    const char *only = arena_cstr(g->arena, path);
    const char *const *diff = GIT_ARGS(DIFF_ARGS, "--raw", "--numstat", "-z", base, "--", only);
    const char *const *status =
        GIT_ARGS("status", "--porcelain=v2", "-z", "--untracked-files=all", "--ignore-submodules=dirty", "--", only);
    GitOut o;
    GitDiffFileList l;
    GitStatusRaw raw;
    *ret_found = false;
    TRY(git_quiet(g, &(GitCall){.args = diff, .output_max = LIST_BYTES, .any_exit = true}, &o, e));
    TRY(git_parse_diff_files(g->arena, o.out, 1, &l, &(GitDiffTotals){0}, e));
    if (l.n && str_eq(l.items[0].path, path)) *ret = l.items[0], *ret_found = true;
    TRY(git_quiet(g, &(GitCall){.args = status, .output_max = LIST_BYTES, .any_exit = true}, &o, e));
    TRY(git_parse_status(g->arena, o.out, &raw, e));
    if (!raw.entries.n || !str_eq(raw.entries.items[0].path, path)) return 0;
    char kind = raw.entries.items[0].kind;
    if (!*ret_found && (kind == 'u' || kind == '?')) *ret = (GitDiffFile){.path = path, .status = GIT_FILE_UNTRACKED};
    *ret_found |= kind == 'u' || kind == '?';
    if (kind == 'u') ret->status = GIT_FILE_CONFLICTED;
    return 0;
}

static int cut_to_path(const Git *g, const char *base, Str path, GitDiff *d, Err *e) {
    size_t at = 0, n = d->files.n;
    GitDiffFile *file = arena_new_in(g->arena, GitDiffFile);
    while (at < n && !str_eq(d->files.items[at].path, path)) at++;
    bool found = at < n;
    if (found)
        *file = d->files.items[at];
    else if (d->truncated)
        TRY(find_alone(g, base, path, file, &found, e));
    if (!found) return err_fail(e, ERR_NOT_FOUND, STR_FMT " is not changed", STR_ARG(path));
    d->files = (GitDiffFileList){file, 1};
    return 0;
}

static void cut_window(const GitDiffWindow *w, GitDiff *d) {
    size_t n = d->files.n, from = w->offset < (int64_t)n ? (size_t)w->offset : n;
    n = w->limit < (int64_t)(n - from) ? (size_t)w->limit : n - from;
    d->files = (GitDiffFileList){d->files.items + from, n};
}

/* -- hunks of tracked files ---------------------------------------------------------------------------------- */

static int patch_call(const Git *g, const char *base, const GitDiffFileList *files, size_t output_max, GitOut *ret,
                      Err *e) {
    static const char *const head[] = {DIFF_ARGS, "--unified=3", "--inter-hunk-context=0", NULL};
    const char **args = arena_array(g->arena, COUNT_OF(head) + 4 + 2 * files->n, sizeof *args);
    size_t n = 0;
    for (; head[n]; n++) args[n] = head[n];
    args[n++] = base;
    args[n++] = "--";
    for (size_t i = 0; i < files->n; i++) {
        const GitDiffFile *f = &files->items[i];
        if (f->status == GIT_FILE_UNTRACKED) continue;
        args[n++] = f->path.p;
        if (f->old_path.p) args[n++] = f->old_path.p;
    }
    return git_quiet(g, &(GitCall){.args = args, .output_max = output_max}, ret, e);
}

/* A file whose patch alone is too large shows no lines and is marked as truncated. */
static int patch_one(const Git *g, const char *base, const GitLineWindow *w, GitDiffFile *f, Err *e) {
    GitOut o;
    GitDiffFileList one = {f, 1};
    int r = patch_call(g, base, &one, FILE_BYTES, &o, e);
    if (r == -ERR_TOO_LARGE) f->truncated = true;
    if (r < 0) return r == -ERR_TOO_LARGE ? 0 : r;
    return git_parse_patches(g->arena, o.out, w, &one, e);
}

static size_t cost_of(const GitDiffFile *f) {
    size_t n = 0;
    for (size_t h = 0; h < f->hunks.n; h++)
        for (size_t i = 0; i < f->hunks.items[h].lines.n; i++) n += f->hunks.items[h].lines.items[i].text.n + LINE_COST;
    return n;
}

static bool has_tracked(const GitDiffFileList *files) {
    for (size_t i = 0; i < files->n; i++)
        if (files->items[i].status != GIT_FILE_UNTRACKED) return true;
    return false;
}

/* All files at once; file by file if that is too much for one answer. */
static int patch_window(const Git *g, const char *base, const GitLineWindow *w, GitDiffFileList *files, Err *e) {
    GitOut o;
    if (!has_tracked(files)) return 0;
    int r = patch_call(g, base, files, WINDOW_BYTES, &o, e);
    if (r == 0) return git_parse_patches(g->arena, o.out, w, files, e);
    if (r != -ERR_TOO_LARGE) return r;
    size_t spent = 0;
    for (size_t i = 0; i < files->n; i++) {
        GitDiffFile *f = &files->items[i];
        if (f->status == GIT_FILE_UNTRACKED) continue;
        if (spent > ANSWER_BYTES)
            f->truncated = true;
        else
            TRY(patch_one(g, base, w, f, e));
        spent += cost_of(f);
    }
    return 0;
}

/* -- untracked files ----------------------------------------------------------------------------------------- */

typedef struct Content {
    Buf bytes;
    const char *mode; /* git's notation */
    bool is_too_large;
    bool is_readable; /* a regular file or a link */
} Content;

static void content_done(Content *c) { buf_done(&c->bytes); }

static int read_fd(int fd, Buf *out, Err *e) {
    ssize_t n;
    do {
        if (!buf_reserve(out, 64 << 10)) return 0;
        n = read(fd, out->p + out->n, 64 << 10);
        if (n > 0) out->n += (size_t)n, out->p[out->n] = 0;
    } while (n > 0 || (n < 0 && errno == EINTR));
    return n < 0 ? err_sys(e, "could not read a file of the worktree") : 0;
}

/* Only beneath the worktree: a folder on the way may have become a link since git listed it. */
static int read_regular(int top_fd, const char *path, const struct stat *st, Content *ret, Err *e) {
    ret->mode = st->st_mode & 0100 ? "100755" : "100644";
    ret->is_too_large = st->st_size > FILE_BYTES;
    if (ret->is_too_large) return 0;
    CLEANUP(fd_closep) int fd = -1;
    TRY(file_open_beneath(top_fd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0, &fd, e));
    return read_fd(fd, &ret->bytes, e);
}

static int read_content(const Git *g, int top_fd, const char *path, Content *ret, Err *e) {
    CLEANUP(fd_closep) int fd = -1;
    struct stat st;
    TRY(file_open_beneath(top_fd, path, O_PATH | O_NOFOLLOW, 0, &fd, e));
    if (fstat(fd, &st) < 0) return err_sys(e, "could not stat %s", path);
    ret->is_readable = S_ISREG(st.st_mode) || S_ISLNK(st.st_mode);
    if (S_ISREG(st.st_mode)) return read_regular(top_fd, path, &st, ret, e);
    if (!S_ISLNK(st.st_mode)) return 0;
    char *target = arena_alloc(g->arena, 4096);
    ssize_t n = readlinkat(fd, "", target, 4096);
    ret->mode = "120000";
    if (n > 0) buf_add(&ret->bytes, target, (size_t)n);
    return 0;
}

static void show_lines(Arena *a, Str text, const GitLineWindow *w, GitDiffFile *f) {
    VEC(GitDiffLine) v = {0};
    int64_t at = 0;
    Str line;
    while (text.n && str_split(&text, '\n', &line)) {
        at++;
        if (at <= w->skip || at > w->skip + w->max) continue;
        GitDiffLine l = {.type = GIT_LINE_ADDED, .text = arena_str(a, line)};
        GIVE(GitDiffLine, &l, new_line, at);
        if (!text.p) GIVE(GitDiffLine, &l, no_newline, true);
        vec_push(&v, l);
    }
    f->added = at;
    f->truncated = at > w->skip + w->max;
    if (!v.n) return;
    GitDiffHunk *h = arena_new_in(a, GitDiffHunk);
    *h = (GitDiffHunk){.new_start = 1, .new_lines = at, .section = STR("")};
    h->lines.items = arena_array(a, v.n, sizeof *v.items);
    h->lines.n = v.n;
    memcpy(h->lines.items, v.items, v.n * sizeof *v.items);
    f->hunks = (GitDiffHunkList){h, 1};
    vec_done(&v);
}

/* A file that was removed since it was listed is shown without lines. */
static void show_untracked(const Git *g, int top_fd, const GitLineWindow *w, GitDiffFile *f) {
    CLEANUP(content_done) Content c = {0};
    buf_init(&c.bytes, FILE_BYTES + (64 << 10));
    bool ok = read_content(g, top_fd, f->path.p, &c, &(Err){0}) == 0;
    if (c.mode) f->new_mode = str(c.mode);
    Str text = buf_str(&c.bytes);
    f->truncated = !ok || c.is_too_large;
    f->is_binary = ok && (!c.is_readable || memchr(text.p, 0, text.n < BINARY_PROBE ? text.n : BINARY_PROBE));
    if (ok && !f->is_binary && !c.is_too_large) show_lines(g->arena, text, w, f);
}

static int show_all_untracked(const Git *g, const GitDiffWindow *w, GitDiff *d, Err *e) {
    CLEANUP(fd_closep) int top_fd = open(g->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (top_fd < 0) return err_sys(e, "could not open %s", g->dir);
    size_t spent = 0;
    for (size_t i = 0; i < d->files.n; i++) {
        GitDiffFile *f = &d->files.items[i];
        if (f->status != GIT_FILE_UNTRACKED) continue;
        if (spent > ANSWER_BYTES)
            f->truncated = true;
        else
            show_untracked(g, top_fd, &w->lines, f);
        spent += cost_of(f);
    }
    return 0;
}

int git_diff(const Git *g, const GitDiffWindow *w, GitDiff *ret, Err *e) {
    const char *base;
    GitDiff d = {0};
    TRY(base_of(g, &base, &d.head, e));
    TRY(list_files(g, base, &d, e));
    if (w->path.p)
        TRY(cut_to_path(g, base, w->path, &d, e));
    else
        cut_window(w, &d);
    TRY(patch_window(g, base, &w->lines, &d.files, e));
    TRY(show_all_untracked(g, w, &d, e));
    for (size_t i = 0; i < d.files.n; i++) d.truncated |= d.files.items[i].truncated;
    *ret = d;
    return 0;
}

/* -- lines only ---------------------------------------------------------------------------------------------- */

/* The number before a word of " 2 files changed, 3 insertions(+), 1 deletion(-)"; 0 where it is left out. */
static int64_t count_before(Str line, Str word) {
    size_t at;
    int64_t n = 0, place = 1;
    if (!str_find(line, word, &at)) return 0;
    for (; at > 0 && line.p[at - 1] >= '0' && line.p[at - 1] <= '9' && place < INT64_MAX / 100; at--, place *= 10)
        n += (line.p[at - 1] - '0') * place;
    return n;
}

int git_lines(const Git *g, GitLines *ret, Err *e) {
    const char *base;
    Str head;
    GitOut o;
    TRY(base_of(g, &base, &head, e));
    TRY(git_quiet(g, &(GitCall){.args = GIT_ARGS(DIFF_ARGS, "--shortstat", base, "--")}, &o, e));
    *ret = (GitLines){count_before(o.out, STR(" insertion")), count_before(o.out, STR(" deletion"))};
    return 0;
}
