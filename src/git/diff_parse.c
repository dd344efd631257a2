#include "git/diff_parse.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/path_text.h"
#include "base/text_cut.h"
#include "base/vec.h"
#include "git/git_parse_in.h"
#include "sys/digest.h"

ENUM_DEFINE(GitLineType, GIT_LINE_WORDS);
ENUM_DEFINE(GitFileStatus, GIT_FILE_WORDS);
SHAPE_DEFINE(GitSpan, GIT_SPAN);
SHAPE_DEFINE(GitDiffLine, GIT_DIFF_LINE);
SHAPE_DEFINE(GitDiffHunk, GIT_DIFF_HUNK);
SHAPE_DEFINE(GitDiffFile, GIT_DIFF_FILE);

typedef VEC(GitDiffFile) FileVec;
typedef VEC(GitDiffHunk) HunkVec;
typedef VEC(GitDiffLine) LineVec;

static int bad_diff(Err *e) { return err_fail(e, ERR_GIT, "could not parse git's diff"); }

static bool file_status(char letter, GitFileStatus *ret) {
    static const struct {
        char letter;
        GitFileStatus status;
    } rows[] = {
        {'A', GIT_FILE_ADDED},  {'M', GIT_FILE_MODIFIED},     {'D', GIT_FILE_DELETED},    {'R', GIT_FILE_RENAMED},
        {'C', GIT_FILE_COPIED}, {'T', GIT_FILE_TYPE_CHANGED}, {'U', GIT_FILE_CONFLICTED},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (rows[i].letter == letter) {
            *ret = rows[i].status;
            return true;
        }
    return false;
}

/* ":100644 100755 <oid> <oid> R086" NUL path [NUL path] */
static bool raw_record(Arena *a, Str head, Str *rest, GitDiffFile *ret) {
    Str old_mode, new_mode, oid, letter = str_from(head, 1);
    GitDiffFile f = {0};
    if (!str_split(&letter, ' ', &old_mode) || !str_split(&letter, ' ', &new_mode) || !str_split(&letter, ' ', &oid) ||
        !str_split(&letter, ' ', &oid) || letter.n == 0 || old_mode.n != 6 || new_mode.n != 6)
        return false;
    if (!file_status(letter.p[0], &f.status)) return false;
    bool has_two = f.status == GIT_FILE_RENAMED || f.status == GIT_FILE_COPIED;
    if ((has_two && !git_next_field(rest, &f.old_path)) || !git_next_field(rest, &f.path) || f.path.n == 0)
        return false;
    if (!str_is(old_mode, "000000")) f.old_mode = arena_str(a, old_mode);
    if (!str_is(new_mode, "000000")) f.new_mode = arena_str(a, new_mode);
    *ret = f;
    return true;
}

enum { COUNT_MAX = 1 << 30 }; /* lines of one file: a sum of many cannot overflow */

/* The list being read. */
typedef struct Files {
    FileVec v;
    Map by_path; /* to the index in v, from 1; max + 1 for those that are only counted */
    size_t max;
    GitDiffTotals all;
} Files;

/* "3<tab>1<tab>path" or, for a rename, "3<tab>1<tab>" NUL old NUL new; "-" marks a binary file. */
static bool numstat_record(Str head, Str *rest, Files *files) {
    Str added, removed, path = head, from;
    if (!str_split(&path, '\t', &added) || !str_split(&path, '\t', &removed)) return false;
    if (path.n == 0 && (!git_next_field(rest, &from) || !git_next_field(rest, &path))) return false;
    uintptr_t at = (uintptr_t)map_find(&files->by_path, path);
    GitDiffFile uncounted = {0}, *f = at && at <= files->max ? &files->v.items[at - 1] : &uncounted;
    if (!at) return false;
    files->all.added -= f->added;
    files->all.removed -= f->removed;
    f->is_binary = str_is(added, "-") && str_is(removed, "-");
    if (!f->is_binary &&
        (!str_parse_i64(added, 0, COUNT_MAX, &f->added) || !str_parse_i64(removed, 0, COUNT_MAX, &f->removed)))
        return false;
    files->all.added += f->added;
    files->all.removed += f->removed;
    return true;
}

/* One record per path, of which the last counts: an unmerged path may occur twice (git-diff(1)). */
static void put_file(Files *files, const GitDiffFile *f) {
    uintptr_t at = (uintptr_t)map_find(&files->by_path, f->path);
    if (at && at <= files->max) files->v.items[at - 1] = *f;
    if (at) return;
    files->all.files++;
    bool is_kept = files->v.n < files->max;
    if (is_kept) vec_push(&files->v, *f);
    map_put(&files->by_path, f->path, (void *)(uintptr_t)(is_kept ? files->v.n : files->max + 1));
}

static bool diff_records(Arena *a, Str out, Files *files) {
    Str head;
    GitDiffFile f;
    while (git_next_field(&out, &head)) {
        if (head.n == 0) return false;
        bool is_raw = head.p[0] == ':';
        if (is_raw ? !raw_record(a, head, &out, &f) : !numstat_record(head, &out, files)) return false;
        if (is_raw) put_file(files, &f);
    }
    return out.n == 0;
}

int git_parse_diff_files(Arena *a, Str out, size_t max, GitDiffFileList *ret, GitDiffTotals *ret_all, Err *e) {
    Files files = {.max = max};
    bool ok = diff_records(a, out, &files);
    if (ok) {
        vec_take(&files.v, a, ret);
        *ret_all = files.all;
    }
    vec_done(&files.v);
    map_done(&files.by_path);
    return ok ? 0 : bad_diff(e);
}

/* -- patches ------------------------------------------------------------------------------------------------- */

/* A patch being read: the window counts lines over all hunks of the file. */
typedef struct Patch {
    Arena *a;
    const GitLineWindow *w;
    int64_t at;   /* lines seen so far */
    size_t bytes; /* of the lines kept */
    HunkVec hunks;
    LineVec lines; /* of the hunk being read */
    Map ids;       /* of the file's hunks; the value counts those with equal content */
    bool cut;      /* there are lines after the window */
} Patch;

static bool parse_count(Str s, int64_t *ret) { return str_parse_i64(s, 0, INT64_MAX / 4, ret); }

/* "12,3" or "12", which means one line. */
static bool parse_range(Str s, int64_t *ret_start, int64_t *ret_n) {
    Str start;
    Str count = s;
    if (!str_split(&count, ',', &start) || !parse_count(start, ret_start)) return false;
    *ret_n = 1;
    return start.n == s.n || parse_count(count, ret_n);
}

/* "@@ -1,3 +1,4 @@ section" */
static bool hunk_header(Arena *a, Str line, GitDiffHunk *h) {
    Str rest = str_from(line, 3), minus, plus, end;
    if (!str_split(&rest, ' ', &minus) || !str_split(&rest, ' ', &plus) || minus.n < 2 || plus.n < 2) return false;
    if (minus.p[0] != '-' || plus.p[0] != '+' || !str_starts(rest, STR("@@"))) return false;
    end = str_from(rest, 2);
    h->section = arena_str(a, str_upto(str_trim(end), 200));
    return parse_range(str_from(minus, 1), &h->old_start, &h->old_lines) &&
           parse_range(str_from(plus, 1), &h->new_start, &h->new_lines);
}

static void put_line(Patch *p, GitLineType type, int64_t old_line, int64_t new_line, Str text) {
    int64_t at = p->at++;
    bool is_line_cut = false;
    if (at < p->w->skip) return;
    Str shown = git_line_text(text, &is_line_cut);
    p->cut |= at >= p->w->skip + p->w->max || p->bytes + shown.n > GIT_WINDOW_BYTES;
    if (p->cut) return;
    p->bytes += shown.n;
    GitDiffLine l = {.type = type, .text = shown};
    if (is_line_cut) GIVE(GitDiffLine, &l, is_cut, true);
    if (type != GIT_LINE_ADDED) GIVE(GitDiffLine, &l, old_line, old_line);
    if (type != GIT_LINE_REMOVED) GIVE(GitDiffLine, &l, new_line, new_line);
    vec_push(&p->lines, l);
}

static bool hunk_lines(Patch *p, Str *rest, const GitDiffHunk *h) {
    int64_t old_line = h->old_start, new_line = h->new_start;
    int64_t old_left = h->old_lines, new_left = h->new_lines;
    Str line;
    while (old_left > 0 || new_left > 0) {
        if (!str_split(rest, '\n', &line)) return false;
        char c = line.n ? line.p[0] : ' ';
        Str text = str_from(line, 1);
        if (c == '\\') continue;
        if (c == '+')
            put_line(p, GIT_LINE_ADDED, 0, new_line, text);
        else if (c == '-')
            put_line(p, GIT_LINE_REMOVED, old_line, 0, text);
        else if (c == ' ')
            put_line(p, GIT_LINE_CONTEXT, old_line, new_line, text);
        else
            return false;
        if (c != '+') old_line++, old_left--;
        if (c != '-') new_line++, new_left--;
        bool at_end = str_starts(*rest, STR("\\ No newline"));
        if (at_end && p->lines.n && !p->cut) GIVE(GitDiffLine, &p->lines.items[p->lines.n - 1], no_newline, true);
    }
    if (str_starts(*rest, STR("\\"))) str_split(rest, '\n', &line);
    return old_left == 0 && new_left == 0;
}

Str git_line_text(Str line, bool *ret_cut) {
    *ret_cut = line.n > GIT_LINE_BYTES;
    return *ret_cut ? text_cut(line, GIT_LINE_BYTES) : line;
}

enum { HUNK_ID_BYTES = 16 };

/* A hunk is named by its path and lines, not by its place, so that a change elsewhere in the file does not rename it. Of
 * equal ones the second ends with ".2". */
static Str hunk_id(Patch *p, Str path, Str body) {
    uint8_t digest[32];
    char hex[2 * HUNK_ID_BYTES + 1];
    CLEANUP(buf_done) Buf b;
    buf_init(&b, path.n + body.n + 1);
    buf_add_str(&b, path);
    buf_add_c(&b, 0);
    buf_add_str(&b, body);
    digest_sha256(buf_str(&b), digest);
    digest_hex(digest, HUNK_ID_BYTES, hex);
    uintptr_t before = (uintptr_t)map_find(&p->ids, str(hex));
    map_put(&p->ids, str(hex), (void *)(before + 1));
    return before ? arena_fmt(p->a, "%s.%zu", hex, (size_t)before + 1) : arena_str(p->a, str(hex));
}

static void end_hunk(Patch *p, GitDiffHunk *h) {
    if (p->lines.n) {
        h->lines.items = arena_array(p->a, p->lines.n, sizeof *p->lines.items);
        memcpy(h->lines.items, p->lines.items, p->lines.n * sizeof *p->lines.items);
        h->lines.n = p->lines.n;
        vec_push(&p->hunks, *h);
    }
    vec_clear(&p->lines);
}

Str git_quote_path(Arena *a, const char *prefix, Str path) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 4 * path.n + 1);
    return path_escape(&b, path, false) ? arena_fmt(a, "\"%s" STR_FMT "\"", prefix, STR_ARG(buf_str(&b)))
                                        : arena_fmt(a, "%s" STR_FMT, prefix, STR_ARG(path));
}

/* The file that the header line of a patch names. */
static void index_headers(Arena *a, GitDiffFileList *files, Map *ret) {
    for (size_t i = 0; i < files->n; i++) {
        GitDiffFile *f = &files->items[i];
        Str from = git_quote_path(a, "a/", f->old_path.p ? f->old_path : f->path);
        Str to = git_quote_path(a, "b/", f->path);
        map_put(ret, arena_fmt(a, STR_FMT " " STR_FMT, STR_ARG(from), STR_ARG(to)), f);
    }
}

/* Moves the hunks to the file and leaves the patch empty. */
static void end_file(Patch *p, GitDiffFile *file) {
    if (file && p->hunks.n) {
        file->hunks.items = arena_array(p->a, p->hunks.n, sizeof *p->hunks.items);
        memcpy(file->hunks.items, p->hunks.items, p->hunks.n * sizeof *p->hunks.items);
        file->hunks.n = p->hunks.n;
    }
    if (file) file->truncated |= p->cut;
    vec_clear(&p->hunks);
    map_done(&p->ids);
    p->ids = (Map){0};
    p->at = 0;
    p->bytes = 0;
    p->cut = false;
}

/* A change of type has two patches with one header, a removal and an addition (git-diff(1)): they are one file. */
static bool patch_lines(Patch *p, Str out, const Map *by_header) {
    GitDiffFile *file = NULL;
    Str line, header;
    while (str_split(&out, '\n', &line)) {
        GitDiffHunk h = {0};
        if (str_starts(line, STR("diff --git "))) {
            header = str_from(line, sizeof "diff --git " - 1);
            GitDiffFile *next = map_find(by_header, header);
            if (next != file) end_file(p, file);
            file = next;
        }
        if (file && str_starts(line, STR("Binary files "))) file->is_binary = true;
        if (!str_starts(line, STR("@@ "))) continue;
        Str body = out;
        if (!hunk_header(p->a, line, &h) || !hunk_lines(p, &out, &h)) return false;
        if (file) h.id = hunk_id(p, file->path, str_upto(body, body.n - out.n));
        end_hunk(p, &h);
    }
    end_file(p, file);
    return true;
}

int git_parse_patches(Arena *a, Str out, const GitLineWindow *w, GitDiffFileList *files, Err *e) {
    Patch p = {.a = a, .w = w};
    Map by_header = {0};
    index_headers(a, files, &by_header);
    bool ok = patch_lines(&p, out, &by_header);
    vec_done(&p.hunks);
    vec_done(&p.lines);
    map_done(&p.ids);
    map_done(&by_header);
    return ok ? 0 : bad_diff(e);
}

int git_parse_hunks(Arena *a, Str out, Str path, GitPatch *ret, Err *e) {
    static const GitLineWindow none = {0, 0};
    Patch p = {.a = a, .w = &none};
    VEC(GitPatchHunk) v = {0};
    Str all = out, line;
    bool ok = true;
    *ret = (GitPatch){0};
    while (ok && str_split(&out, '\n', &line)) {
        GitDiffHunk h = {0};
        if (!str_starts(line, STR("@@ "))) continue;
        if (!v.n) ret->header = str_upto(all, (size_t)(line.p - all.p));
        Str body = out;
        ok = hunk_header(a, line, &h) && hunk_lines(&p, &out, &h);
        body = str_upto(body, body.n - out.n);
        if (ok) vec_push(&v, (GitPatchHunk){hunk_id(&p, path, body), str_n(line.p, line.n + 1 + body.n)});
    }
    ret->hunks = arena_array(a, v.n + 1, sizeof *v.items);
    ret->n = v.n;
    if (v.n) memcpy(ret->hunks, v.items, v.n * sizeof *v.items);
    vec_done(&v);
    map_done(&p.ids);
    vec_done(&p.lines);
    return ok ? 0 : bad_diff(e);
}
