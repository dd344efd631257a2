/* Files into the private index, and their contents into the repository: a few as objects of their own, many as packs. A
 * loose object costs a file, its sync and its rename; ten thousand of them take longer than everything else of a snapshot
 * and slow every git command of the user until they are packed. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "git/snapshot_in.h"

enum { PACK_FILES = 10000 };

static int add_paths(const SnapshotDir *d, const char *const *args, const Str *paths, size_t n, Err *e) {
    CLEANUP(buf_done) Buf in;
    GitOut o;
    buf_init(&in, SNAPSHOT_LIST_MAX);
    for (size_t i = 0; i < n; i++) buf_add(&in, paths[i].p, paths[i].n + 1);
    return n ? snapshot_run(d, d->git, args, buf_str(&in), &o, e) : 0;
}

#define ADD_FILES "update-index", "--add", "--remove", "--replace", "-z", "--stdin"

static int add_loose(const SnapshotDir *d, const StrVec *paths, Err *e) {
    return add_paths(d, GIT_ARGS(ADD_FILES), paths->items, paths->n, e);
}

/* git writes a file over core.bigFileThreshold into a pack, all of one call into the same (git-config(1)). Which it has
 * written it finds by a walk, so a call is given only so many. */
static int add_packed(const SnapshotDir *d, const StrVec *paths, Err *e) {
    const char *const *args = GIT_ARGS("-c", "core.bigFileThreshold=0", ADD_FILES);
    for (size_t i = 0; i < paths->n; i += PACK_FILES) {
        size_t left = paths->n - i;
        TRY(add_paths(d, args, paths->items + i, left < PACK_FILES ? left : PACK_FILES, e));
    }
    return 0;
}

/* A line of `hash-object --stdin-paths`, which takes a path as it is unless it begins with a quote. */
static void add_line(Buf *b, Str path) {
    bool is_plain = path.p[0] != '"' && !memchr(path.p, '\n', path.n) && !memchr(path.p, '\r', path.n);
    if (!is_plain) buf_add_c(b, '"');
    for (size_t i = 0; i < path.n; i++) {
        char c = path.p[i];
        bool is_quoted = !is_plain && (c == '"' || c == '\\' || c == '\n' || c == '\r');
        if (is_quoted) buf_add_c(b, '\\');
        buf_add_c(b, is_quoted && c == '\n' ? 'n' : is_quoted && c == '\r' ? 'r' : c);
    }
    buf_add_str(b, is_plain ? STR("\n") : STR("\"\n"));
}

/* Which of these regular files' contents are objects already: their places in `paths`. Where git cannot read one, which
 * may have gone, none is taken for one. */
static int find_stored(const SnapshotDir *d, const StrVec *paths, bool *ret, Err *e) {
    CLEANUP(buf_done) Buf in;
    GitOut o;
    Str line;
    buf_init(&in, SNAPSHOT_LIST_MAX);
    vec_each(paths, p) add_line(&in, *p);
    GitCall c = {.args = GIT_ARGS("hash-object", "--no-filters", "--stdin-paths"),
                 .more_env = (const char *const[]){"GIT_FLUSH=0", NULL}, /* not after each line: git(1) */
                 .input = buf_str(&in),
                 .timeout_ms = snapshot_left_ms(d),
                 .output_max = SNAPSHOT_LIST_MAX,
                 .any_exit = true};
    TRY(git_quiet(d->git, &c, &o, e));
    if (o.exit_code) return 0;
    TRY(snapshot_run(d, d->git, GIT_ARGS("cat-file", "--buffer", "--batch-check=%(objecttype)"), o.out, &o, e));
    for (size_t i = 0; i < paths->n && o.out.n && str_split(&o.out, '\n', &line); i++) ret[i] = str_is(line, "blob");
    return 0;
}

/* Links and empty files are few, and git packs neither. */
static bool can_be_packed(int top, Str path) {
    struct stat st;
    return fstatat(top, path.p, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;
}

/* What is stored already is only read; the rest goes into packs. */
static int add_many(const SnapshotDir *d, int top, const StrVec *paths, size_t *ret_loose, Err *e) {
    StrVec loose = {0}, files = {0}, packed = {0};
    vec_each(paths, p) vec_push(can_be_packed(top, *p) ? &files : &loose, *p);
    *ret_loose = loose.n;
    bool *is_stored = arena_array(d->arena, files.n + 1, sizeof *is_stored);
    int r = find_stored(d, &files, is_stored, e);
    for (size_t i = 0; i < files.n; i++) vec_push(is_stored[i] ? &loose : &packed, files.items[i]);
    if (r >= 0) r = add_loose(d, &loose, e);
    if (r >= 0) r = add_packed(d, &packed, e);
    vec_done(&loose);
    vec_done(&files);
    vec_done(&packed);
    return r;
}

int snapshot_add(const SnapshotDir *d, int top, const StrVec *paths, size_t *ret_loose, Err *e) {
    *ret_loose = paths->n;
    return paths->n > SNAPSHOT_LOOSE_OBJECTS ? add_many(d, top, paths, ret_loose, e) : add_loose(d, paths, e);
}
