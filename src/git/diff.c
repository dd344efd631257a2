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
#include "sys/digest.h"
#include "sys/file.h"

SHAPE_DEFINE(GitDiff, GIT_DIFF);

enum {
    LIST_BYTES = 256 << 20,
    WINDOW_BYTES = 4 << 20,
    FILE_BYTES = 8 << 20,
    ALONE_BYTES = 256 << 20,
    ANSWER_BYTES = 8 << 20,
    COUNT_FILE_BYTES = 32 << 20, /* of an untracked file whose lines are counted without being shown */
    COUNT_BYTES = 128 << 20,     /* of all of these on a page */
    BINARY_PROBE = 8000
};
enum { LINE_COST = 64 /* a line's bytes in an answer besides its text */ };

/* The options of both passes, so that the files and their patches agree whatever the configuration. */
#define DIFF_ARGS                                                                                         \
    "diff", "--no-ext-diff", "--no-textconv", "--no-color", "--no-relative", "--ignore-submodules=dirty", \
        "--submodule=short", "--find-renames", "-l400", "--src-prefix=a/", "--dst-prefix=b/", "--diff-algorithm=myers"

/* A diff being read. */
typedef struct Diffing {
    const Git *g;
    const GitSides *s;
    const GitDiffWindow *w;
    size_t n_tracked; /* of the files listed, those before the untracked ones */
} Diffing;

typedef VEC(const char *) ArgVec;

static const char *const *take_args(Arena *a, ArgVec *v) {
    const char **args = arena_array(a, v->n + 1, sizeof *args);
    memcpy(args, v->items, v->n * sizeof *args);
    vec_done(v);
    return args;
}

/* Without a first side the worktree is compared with the index; there, an unmerged file with our version. */
static void push_sides(ArgVec *v, const GitSides *s) {
    if (s->to_index) vec_push(v, "--cached");
    if (!s->from) vec_push(v, "--ours");
    if (s->from) vec_push(v, s->from);
    if (s->to) vec_push(v, s->to);
    vec_push(v, "--");
}

static bool shows_worktree(const GitSides *s) { return !s->to && !s->to_index; }

static const char *const *list_args(const Diffing *d, const char *path, const char *old_path) {
    static const char *const head[] = {DIFF_ARGS, "--raw", "-z"};
    ArgVec v = {0};
    for (size_t i = 0; i < COUNT_OF(head); i++) vec_push(&v, head[i]);
    if (!d->w->without_counts) vec_push(&v, "--numstat");
    push_sides(&v, d->s);
    if (path) vec_push(&v, path);
    if (old_path) vec_push(&v, old_path);
    return take_args(d->g->arena, &v);
}

/* -- the list of files --------------------------------------------------------------------------------------- */

/* Against HEAD git reports an unmerged file as modified, or omits it if its content is that of HEAD. */
static void mark_conflicts(const StrList *unmerged, GitDiff *d) {
    Map by_path = {0};
    for (size_t i = 0; unmerged->n && i < d->files.n; i++)
        map_put(&by_path, d->files.items[i].path, &d->files.items[i]);
    for (size_t i = 0; i < unmerged->n; i++) {
        GitDiffFile *f = map_find(&by_path, unmerged->items[i]);
        if (f)
            f->status = GIT_FILE_CONFLICTED;
        else
            d->files.items[d->files.n++] = (GitDiffFile){.path = unmerged->items[i], .status = GIT_FILE_CONFLICTED};
    }
    map_done(&by_path);
}

static int by_path(const void *a, const void *b) {
    return str_cmp(((const GitDiffFile *)a)->path, ((const GitDiffFile *)b)->path);
}

/* The status's list is cut at GIT_STATUS_MAX. A nested repository, which git names with a trailing slash, is not a file. */
static int list_untracked(const Git *g, const GitStatus *st, StrList *ret, Err *e) {
    *ret = st->untracked;
    if (st->is_folded || st->counts->untracked == (int64_t)st->untracked.n) return 0;
    GitOut o;
    const char *const *args = GIT_ARGS("ls-files", "-z", "--others", "--exclude-standard");
    TRY(git_quiet(g, &(GitCall){.args = args, .output_max = LIST_BYTES}, &o, e));
    size_t n = 0;
    for (size_t i = 0; i < o.out.n; i++) n += o.out.p[i] == 0;
    ret->items = arena_array(g->arena, n + 1, sizeof *ret->items);
    ret->n = 0;
    Str rest = o.out, path;
    while (rest.n && str_split(&rest, 0, &path)) ret->items[ret->n++] = path;
    return 0;
}

static bool has_file(const GitDiff *d, Str path) {
    for (size_t i = 0; i < d->files.n; i++)
        if (str_eq(d->files.items[i].path, path)) return true;
    return false;
}

/* It has no patch: its own repository has the lines. */
static GitDiffFile dirty_submodule(Str path) {
    return (GitDiffFile){.path = path, .status = GIT_FILE_MODIFIED, .new_mode = STR("160000")};
}

static void add_submodules(const Diffing *x, const GitStatus *st, GitDiff *d) {
    if (!shows_worktree(x->s)) return;
    for (size_t i = 0; i < st->submodules.n; i++)
        if (!has_file(d, st->submodules.items[i]))
            d->files.items[d->files.n++] = dirty_submodule(st->submodules.items[i]);
}

/* Sorted, because a page's cursor is the path of its last file. */
static int add_from_status(Diffing *x, const GitStatus *st, GitDiff *d, Err *e) {
    StrList untracked = {0};
    if (shows_worktree(x->s)) TRY(list_untracked(x->g, st, &untracked, e));
    size_t n = d->files.n;
    GitDiffFile *files =
        arena_array(x->g->arena, n + st->conflicted.n + st->submodules.n + untracked.n + 1, sizeof *files);
    if (n) memcpy(files, d->files.items, n * sizeof *files);
    d->files.items = files;
    mark_conflicts(&st->conflicted, d);
    add_submodules(x, st, d);
    x->n_tracked = d->files.n;
    for (size_t i = 0; i < untracked.n; i++)
        files[d->files.n++] =
            (GitDiffFile){.path = untracked.items[i], .status = GIT_FILE_UNTRACKED, .is_uncounted = true};
    qsort(files, x->n_tracked, sizeof *files, by_path);
    qsort(files + x->n_tracked, untracked.n, sizeof *files, by_path);
    d->is_total_least = shows_worktree(x->s) && st->is_folded;
    return 0;
}

static int list_files(Diffing *x, GitDiff *d, Err *e) {
    GitOut o;
    GitStatus st;
    GitDiffTotals all;
    bool has_status = !x->s->to;
    if (has_status) TRY(git_status(x->g, &st, e)); /* first, so that its content id is never newer than what is shown */
    TRY(git_quiet(x->g, &(GitCall){.args = list_args(x, NULL, NULL), .output_max = LIST_BYTES}, &o, e));
    TRY(git_parse_diff_files(x->g->arena, o.out, GIT_DIFF_FILES_MAX, &d->files, &all, e));
    d->total_added = all.added;
    d->total_removed = all.removed;
    x->n_tracked = d->files.n;
    if (has_status) d->content_id = st.content_id;
    if (has_status) TRY(add_from_status(x, &st, d, e));
    d->total_files = (int64_t)d->files.n;
    d->truncated = d->is_total_least;
    return 0;
}

/* The status's view of one path: unmerged or untracked. */
static int look_in_status(const Diffing *x, const char *path, GitDiffFile *f, bool *ret_found, Err *e) {
    const char *const *status =
        GIT_ARGS("status", "--porcelain=v2", "-z", "--untracked-files=all", "--ignore-submodules=dirty", "--", path);
    GitOut o;
    GitStatusRaw raw;
    TRY(git_quiet(x->g, &(GitCall){.args = status, .output_max = LIST_BYTES, .any_exit = true}, &o, e));
    TRY(git_parse_status(x->g->arena, o.out, &raw, e));
    if (!raw.entries.n || !str_is(raw.entries.items[0].path, path)) return 0;
    char kind = raw.entries.items[0].kind;
    bool is_shown = kind == 'u' || (kind == '?' && shows_worktree(x->s));
    Str its_path = raw.entries.items[0].path;
    if (!*ret_found && is_shown)
        *f = (GitDiffFile){.path = its_path, .status = GIT_FILE_UNTRACKED, .is_uncounted = kind == '?'};
    *ret_found |= is_shown;
    if (kind == 'u') f->status = GIT_FILE_CONFLICTED;
    return 0;
}

/* Only where nothing else lists the path: it examines all submodules. */
static int look_in_submodules(const Diffing *x, Str path, GitDiffFile *f, bool *ret_found, Err *e) {
    GitStatus st;
    if (!shows_worktree(x->s)) return 0;
    TRY(git_status(x->g, &st, e));
    for (size_t i = 0; i < st.submodules.n; i++) *ret_found |= str_eq(st.submodules.items[i], path);
    if (*ret_found) *f = dirty_submodule(path);
    return 0;
}

/* Costs what this file costs: nothing else is listed. Its old path, if it was renamed, comes from the list. */
static int find_alone(Diffing *x, GitDiff *d, Err *e) {
    const GitDiffWindow *w = x->w;
    Arena *a = x->g->arena;
    const char *path = arena_cstr(a, w->path), *old_path = w->old_path.p ? arena_cstr(a, w->old_path) : NULL;
    GitOut o;
    GitDiffFileList l;
    GitDiffTotals all;
    GitDiffFile *file = arena_new_in(a, GitDiffFile);
    bool found = false;
    GitCall c = {.args = list_args(x, path, old_path), .output_max = LIST_BYTES, .any_exit = true};
    TRY(git_quiet(x->g, &c, &o, e));
    TRY(git_parse_diff_files(a, o.out, 2, &l, &all, e));
    for (size_t i = 0; i < l.n; i++)
        if (str_eq(l.items[i].path, w->path)) *file = l.items[i], found = true;
    if (!x->s->to) TRY(look_in_status(x, path, file, &found, e));
    if (!found) TRY(look_in_submodules(x, w->path, file, &found, e));
    if (!found) return err_fail(e, ERR_NOT_FOUND, STR_FMT " is not changed", STR_ARG(w->path));
    bool is_untracked = file->status == GIT_FILE_UNTRACKED;
    d->files = (GitDiffFileList){file, 1};
    d->total_files = 1;
    d->total_added = is_untracked ? 0 : file->added;
    d->total_removed = file->removed;
    x->n_tracked = is_untracked ? 0 : 1;
    return 0;
}

/* -- pages --------------------------------------------------------------------------------------------------- */

/* A cursor: t (tracked) or u, and the path in hexadecimal, since a path may be any bytes. */
static Str cursor_of(Arena *a, bool is_tracked, Str path) {
    char *hex = arena_alloc(a, 2 * path.n + 2);
    hex[0] = is_tracked ? 't' : 'u';
    digest_hex((const uint8_t *)path.p, path.n, hex + 1);
    return str_n(hex, 2 * path.n + 1);
}

static int nibble(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

static int read_cursor(Arena *a, Str s, bool *ret_tracked, Str *ret_path, Err *e) {
    char *path = arena_alloc(a, s.n / 2 + 1);
    bool ok = s.n % 2 == 1 && (s.p[0] == 't' || s.p[0] == 'u');
    for (size_t i = 1; ok && i < s.n; i += 2) {
        int high = nibble(s.p[i]), low = nibble(s.p[i + 1]);
        ok = high >= 0 && low >= 0;
        path[i / 2] = (char)(high << 4 | low);
    }
    if (!ok) {
        int r = err_fail(e, ERR_INVALID, "after is not a cursor of a list of changes");
        err_detail(e, "after", "use the answer's next");
        return r;
    }
    *ret_tracked = s.p[0] == 't';
    *ret_path = str_n(path, s.n / 2);
    return 0;
}

/* The first file behind the cursor, also when the cursor's own file is no longer changed. */
static int page_start(const Diffing *x, const GitDiff *d, size_t *ret, Err *e) {
    bool is_tracked = false;
    Str path;
    *ret = 0;
    if (!x->w->after.p) return 0;
    TRY(read_cursor(x->g->arena, x->w->after, &is_tracked, &path, e));
    size_t low = is_tracked ? 0 : x->n_tracked, high = is_tracked ? x->n_tracked : d->files.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (str_cmp(d->files.items[middle].path, path) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    *ret = low;
    return 0;
}

static int cut_page(const Diffing *x, GitDiff *d, Err *e) {
    size_t n = d->files.n, from;
    TRY(page_start(x, d, &from, e));
    size_t kept = x->w->limit < (int64_t)(n - from) ? (size_t)x->w->limit : n - from;
    if (kept && from + kept < n)
        d->next = cursor_of(x->g->arena, from + kept - 1 < x->n_tracked, d->files.items[from + kept - 1].path);
    d->files = (GitDiffFileList){d->files.items + from, kept};
    return 0;
}

/* -- hunks of tracked files ---------------------------------------------------------------------------------- */

static int patch_call(const Diffing *x, const GitDiffFileList *files, size_t output_max, GitOut *ret, Err *e) {
    static const char *const head[] = {DIFF_ARGS, "--unified=3", "--inter-hunk-context=0"};
    ArgVec v = {0};
    for (size_t i = 0; i < COUNT_OF(head); i++) vec_push(&v, head[i]);
    push_sides(&v, x->s);
    for (size_t i = 0; i < files->n; i++) {
        const GitDiffFile *f = &files->items[i];
        if (f->status == GIT_FILE_UNTRACKED) continue;
        vec_push(&v, f->path.p);
        if (f->old_path.p) vec_push(&v, f->old_path.p);
    }
    return git_quiet(x->g, &(GitCall){.args = take_args(x->g->arena, &v), .output_max = output_max}, ret, e);
}

/* A file whose patch is too large for a page shows no lines and is marked as truncated: alone, it is shown. */
static int patch_one(const Diffing *x, GitDiffFile *f, size_t output_max, Err *e) {
    GitOut o;
    GitDiffFileList one = {f, 1};
    int r = patch_call(x, &one, output_max, &o, e);
    if (r == -ERR_TOO_LARGE) f->truncated = true;
    if (r < 0) return r == -ERR_TOO_LARGE ? 0 : r;
    return git_parse_patches(x->g->arena, o.out, &x->w->lines, &one, e);
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
static int patch_window(const Diffing *x, GitDiffFileList *files, Err *e) {
    GitOut o;
    if (!has_tracked(files)) return 0;
    if (x->w->path.p) return patch_one(x, &files->items[0], ALONE_BYTES, e);
    int r = patch_call(x, files, WINDOW_BYTES, &o, e);
    if (r == 0) return git_parse_patches(x->g->arena, o.out, &x->w->lines, files, e);
    if (r != -ERR_TOO_LARGE) return r;
    size_t spent = 0;
    for (size_t i = 0; i < files->n; i++) {
        GitDiffFile *f = &files->items[i];
        if (f->status == GIT_FILE_UNTRACKED) continue;
        if (spent > ANSWER_BYTES)
            f->truncated = true;
        else
            TRY(patch_one(x, f, FILE_BYTES, e));
        spent += cost_of(f);
    }
    return 0;
}

int git_diff_patch(const Git *g, const GitSides *s, Str path, Str old_path, GitPatch *ret, Err *e) {
    GitDiffWindow w = {.sides = s};
    Diffing x = {.g = g, .s = s, .w = &w};
    GitDiffFile f = {.path = arena_str(g->arena, path)};
    GitDiffFileList one = {&f, 1};
    GitOut o;
    if (old_path.p) GIVE(GitDiffFile, &f, old_path, arena_str(g->arena, old_path));
    TRY(patch_call(&x, &one, ALONE_BYTES, &o, e));
    TRY(git_parse_hunks(g->arena, o.out, path, ret, e));
    return ret->n ? 0 : err_fail(e, ERR_NOT_FOUND, STR_FMT " has no changed lines", STR_ARG(path));
}

int git_diff_renamed(const Git *g, const GitSides *s, GitDiffFileList *ret, Err *e) {
    GitDiffWindow w = {.sides = s, .without_counts = true};
    Diffing x = {.g = g, .s = s, .w = &w};
    GitOut o;
    GitDiffFileList l;
    TRY(git_quiet(g, &(GitCall){.args = list_args(&x, NULL, NULL), .output_max = LIST_BYTES}, &o, e));
    TRY(git_parse_diff_files(g->arena, o.out, GIT_DIFF_FILES_MAX, &l, &(GitDiffTotals){0}, e));
    *ret = (GitDiffFileList){l.items, 0};
    for (size_t i = 0; i < l.n; i++)
        if (l.items[i].old_path.p) ret->items[ret->n++] = l.items[i];
    return 0;
}

/* -- untracked files ----------------------------------------------------------------------------------------- */

typedef struct Content {
    Buf bytes;
    size_t max; /* the largest file that is read */
    int64_t size;
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
    ret->size = st->st_size;
    ret->is_too_large = st->st_size > (int64_t)ret->max;
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
    size_t bytes = 0;
    Str line;
    while (text.n && str_split(&text, '\n', &line)) {
        bool is_cut = false;
        at++;
        if (at <= w->skip || f->truncated) continue;
        line = git_line_text(line, &is_cut);
        bytes += line.n;
        f->truncated = at > w->skip + w->max || bytes > GIT_WINDOW_BYTES;
        if (f->truncated) continue;
        GitDiffLine l = {.type = GIT_LINE_ADDED, .text = arena_str(a, line)};
        GIVE(GitDiffLine, &l, new_line, at);
        if (is_cut) GIVE(GitDiffLine, &l, is_cut, true);
        if (!text.p) GIVE(GitDiffLine, &l, no_newline, true);
        vec_push(&v, l);
    }
    f->added = at;
    if (!v.n) return;
    GitDiffHunk *h = arena_new_in(a, GitDiffHunk);
    *h = (GitDiffHunk){.new_start = 1, .new_lines = at, .section = STR("")};
    h->lines.items = arena_array(a, v.n, sizeof *v.items);
    h->lines.n = v.n;
    memcpy(h->lines.items, v.items, v.n * sizeof *v.items);
    f->hunks = (GitDiffHunkList){h, 1};
    vec_done(&v);
}

static bool has_nul(Str text) { return memchr(text.p, 0, text.n < BINARY_PROBE ? text.n : BINARY_PROBE); }

/* A file that was removed since it was listed is shown without lines. */
static void show_untracked(const Diffing *x, int top_fd, GitDiffFile *f) {
    CLEANUP(content_done) Content c = {.max = x->w->path.p ? ALONE_BYTES : FILE_BYTES};
    buf_init(&c.bytes, c.max + (64 << 10));
    bool ok = read_content(x->g, top_fd, f->path.p, &c, &(Err){0}) == 0;
    if (c.mode) f->new_mode = str(c.mode);
    if (ok && c.mode) GIVE(GitDiffFile, f, size, c.size);
    Str text = buf_str(&c.bytes);
    f->is_binary = ok && (!c.is_readable || has_nul(text));
    if (ok && !f->is_binary && !c.is_too_large) show_lines(x->g->arena, text, &x->w->lines, f);
    f->truncated |= !ok || c.is_too_large;
    f->is_uncounted = !ok || c.is_too_large;
}

static int show_all_untracked(const Diffing *x, GitDiff *d, Err *e) {
    CLEANUP(fd_closep) int top_fd = open(x->g->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (top_fd < 0) return err_sys(e, "could not open %s", x->g->dir);
    size_t spent = 0;
    for (size_t i = 0; i < d->files.n; i++) {
        GitDiffFile *f = &d->files.items[i];
        if (f->status != GIT_FILE_UNTRACKED) continue;
        if (spent > ANSWER_BYTES)
            f->truncated = true;
        else
            show_untracked(x, top_fd, f);
        spent += cost_of(f);
    }
    return 0;
}

typedef struct LineCount {
    int64_t bytes, lines;
    bool is_binary, is_open; /* is_open: the last line has no newline yet; it counts too, as in git */
} LineCount;

static void count_part(LineCount *c, Str part) {
    if (!c->bytes) c->is_binary = has_nul(part);
    c->bytes += (int64_t)part.n;
    for (size_t i = 0; i < part.n; i++) c->lines += part.p[i] == '\n';
    c->is_open = part.n && part.p[part.n - 1] != '\n';
}

/* Reads to the end, unless there are more than `max` bytes; of a binary file only the first part. False: not counted. */
static bool count_file(int top_fd, const char *path, int64_t max, LineCount *c) {
    CLEANUP(fd_closep) int fd = -1;
    char part[32 << 10];
    ssize_t n;
    if (file_open_beneath(top_fd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0, &fd, &(Err){0}) < 0) return false;
    while ((n = read(fd, part, sizeof part)) != 0) {
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        count_part(c, str_n(part, (size_t)n));
        if (c->is_binary) return true;
        if (c->bytes > max) return false;
    }
    return true;
}

/* Returns the number of bytes that were read. A file that was removed since it was listed stays uncounted. */
static int64_t count_untracked(const Diffing *x, int top_fd, int64_t max, GitDiffFile *f) {
    CLEANUP(content_done) Content c = {.max = 0}; /* of a file only what it is; a link's target is read */
    LineCount count = {0};
    buf_init(&c.bytes, 8 << 10);
    if (read_content(x->g, top_fd, f->path.p, &c, &(Err){0}) < 0) return 0;
    if (c.mode) f->new_mode = str(c.mode);
    if (c.mode) GIVE(GitDiffFile, f, size, c.size);
    count_part(&count, buf_str(&c.bytes));
    f->is_uncounted = c.is_too_large && !count_file(top_fd, f->path.p, max, &count);
    f->is_binary = !c.is_readable || count.is_binary;
    if (!f->is_uncounted && !f->is_binary) f->added = count.lines + count.is_open;
    return count.bytes;
}

static int count_all_untracked(const Diffing *x, GitDiff *d, Err *e) {
    CLEANUP(fd_closep) int top_fd = open(x->g->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (top_fd < 0) return err_sys(e, "could not open %s", x->g->dir);
    int64_t left = COUNT_BYTES;
    for (size_t i = 0; i < d->files.n; i++) {
        GitDiffFile *f = &d->files.items[i];
        if (f->is_uncounted) left -= count_untracked(x, top_fd, left < COUNT_FILE_BYTES ? left : COUNT_FILE_BYTES, f);
        if (f->is_uncounted) GIVE(GitDiffFile, f, is_uncounted, true);
    }
    return 0;
}

/* Sizes of what is in the worktree need one look at each file of the page. */
static void find_sizes(const Diffing *x, GitDiff *d) {
    if (!shows_worktree(x->s)) return;
    CLEANUP(fd_closep) int top_fd = open(x->g->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; i < d->files.n; i++) {
        GitDiffFile *f = &d->files.items[i];
        CLEANUP(fd_closep) int fd = -1;
        struct stat st;
        if (f->status == GIT_FILE_DELETED || HAS(GitDiffFile, f, size)) continue;
        if (file_open_beneath(top_fd, f->path.p, O_PATH | O_NOFOLLOW, 0, &fd, &(Err){0}) < 0) continue;
        if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) GIVE(GitDiffFile, f, size, st.st_size);
    }
}

static int show_hunks(const Diffing *x, GitDiff *d, Err *e) {
    TRY(patch_window(x, &d->files, e));
    TRY(show_all_untracked(x, d, e));
    for (size_t i = 0; i < d->files.n; i++) d->truncated |= d->files.items[i].truncated;
    if (x->w->words) git_diff_words(x->g->arena, &d->files);
    return 0;
}

int git_diff(const Git *g, const GitDiffWindow *w, GitDiff *ret, Err *e) {
    GitSides current;
    GitDiff d = {0};
    Diffing x = {.g = g, .s = w->sides, .w = w};
    if (!x.s) {
        TRY(git_sides(g, (Str){0}, (Str){0}, STR(""), &current, e));
        x.s = &current;
    }
    d.head = x.s->head;
    d.from_id = str(x.s->from);
    d.to_id = str(x.s->to);
    if (w->path.p)
        TRY(find_alone(&x, &d, e));
    else {
        TRY(list_files(&x, &d, e));
        TRY(cut_page(&x, &d, e));
    }
    if (!w->without_hunks) TRY(show_hunks(&x, &d, e));
    if (!w->without_counts && shows_worktree(x.s)) TRY(count_all_untracked(&x, &d, e));
    find_sizes(&x, &d);
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

int git_lines(const Git *g, const char *from, GitLines *ret, Err *e) {
    GitSides s = {.from = from};
    GitOut o;
    if (!from) TRY(git_sides(g, (Str){0}, (Str){0}, STR(""), &s, e));
    TRY(git_quiet(g, &(GitCall){.args = GIT_ARGS(DIFF_ARGS, "--shortstat", s.from, "--")}, &o, e));
    *ret = (GitLines){.files = count_before(o.out, STR(" file")),
                      .added = count_before(o.out, STR(" insertion")),
                      .removed = count_before(o.out, STR(" deletion"))};
    return 0;
}

bool git_untracked_lines(const Git *g, const StrList *paths, int64_t *ret) {
    CLEANUP(fd_closep) int top_fd = open(g->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    Diffing x = {.g = g};
    int64_t left = GIT_COUNTED_MAX;
    bool all = top_fd >= 0;
    *ret = 0;
    for (size_t i = 0; top_fd >= 0 && i < paths->n; i++) {
        GitDiffFile f = {.path = paths->items[i], .is_uncounted = true};
        if (left > 0) left -= count_untracked(&x, top_fd, left, &f);
        all = all && !f.is_uncounted;
        *ret += f.added;
    }
    return all;
}
