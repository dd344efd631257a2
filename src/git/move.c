/* git-read-tree(1) with -m -u is all or nothing only as long as git can write: on a full disk, or when a filter fails or git
 * is killed, it leaves the files that it has written so far, the last one perhaps cut off, and the index as it was. */
#include "git/move.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/text_cut.h"
#include "base/vec.h"
#include "git/index_lock.h"
#include "git/refusal.h"
#include "sys/file.h"

enum { LIST_BYTES = 256 << 20, BLOCK_BYTES = 4096, NAMED_PATHS = 6, NAMED_BYTES = 120, ID_BYTES = 64 };

/* A path that differs between the two commits, and how it is now. */
typedef struct Change {
    Str from_mode, to_mode, from_id, to_id, path;
    enum { IS_FROM, IS_ABSENT, IS_TO, IS_OTHER } now;
    char kind;          /* of diff-tree: A, D, M, T */
    bool may_be_absent; /* skip-worktree: a sparse checkout leaves it out */
} Change;
typedef VEC(Change) Changes;

typedef struct Move {
    const Git *g;
    Changes all;
    int top; /* the worktree's folder */
} Move;

static void move_done(Move *m) {
    vec_done(&m->all);
    fd_closep(&m->top);
}

static bool is_submodule(const Change *c) { return str_is(c->from_mode, "160000") || str_is(c->to_mode, "160000"); }

/* ":mode mode id id letter", NUL, path, NUL. A submodule keeps its files. */
static int list_changes(Move *m, Str from, Str to, Err *e) {
    GitOut o;
    Str facts;
    Arena *a = m->g->arena;
    const char *const *args = GIT_ARGS("diff-tree", "-r", "-z", "--no-renames", "--raw", "--no-abbrev",
                                       "--end-of-options", arena_cstr(a, from), arena_cstr(a, to));
    TRY(git_quiet(m->g, &(GitCall){.args = args, .output_max = LIST_BYTES}, &o, e));
    while (o.out.n && str_split(&o.out, '\0', &facts)) {
        Change c = {0};
        bool is_whole = str_split(&o.out, '\0', &c.path) && str_split(&facts, ' ', &c.from_mode) &&
                        str_split(&facts, ' ', &c.to_mode) && str_split(&facts, ' ', &c.from_id) &&
                        str_split(&facts, ' ', &c.to_id) && facts.n && c.from_mode.n == 7;
        if (!is_whole) return err_fail(e, ERR_GIT, "could not parse git's list of changes");
        c.from_mode = str_from(c.from_mode, 1);
        c.kind = facts.p[0];
        c.path = arena_str(a, c.path);
        if (!is_submodule(&c)) vec_push(&m->all, c);
    }
    return 0;
}

/* -- before ---------------------------------------------------------------------------------------------------- */

static int refuse_lost(const Changes *lost, Err *e) {
    if (!lost->n) return 0;
    int r = err_fail(e, ERR_NOT_FOUND,
                     "git has lost the content of %zu of the files to be written; nothing was changed", lost->n);
    for (size_t i = 0; i < lost->n && i < NAMED_PATHS; i++)
        err_detail(e, "lost", STR_FMT, STR_ARG(text_cut(lost->items[i].path, NAMED_BYTES)));
    return r;
}

static int refuse_room(const Move *m, int64_t bytes, Err *e) {
    int64_t left = file_free_bytes(m->g->dir);
    if (left < 0 || bytes <= left) return 0;
    return err_fail(e, ERR_DISK_FULL,
                    "moving the files of %s needs %lld bytes more than they have now, and %lld are free; nothing was "
                    "changed",
                    m->g->dir, (long long)bytes, (long long)left);
}

/* -1: git does not have it. */
static int64_t next_size(Str *out) {
    Str line, type;
    int64_t size = -1;
    bool is_there = str_split(out, '\n', &line) && str_split(&line, ' ', &type) && str_is(type, "blob") &&
                    str_parse_i64(line, 0, INT64_MAX - BLOCK_BYTES, &size);
    return is_there ? size + BLOCK_BYTES : -1;
}

/* git removes what it replaces before it writes: the sum of what grows is enough. */
static int require_room(const Move *m, Err *e) {
    CLEANUP(buf_done) Buf in;
    GitOut o;
    int64_t sum = 0;
    Changes lost = {0};
    buf_init(&in, LIST_BYTES);
    vec_each(&m->all, c) buf_add_fmt(&in, STR_FMT "\n" STR_FMT "\n", STR_ARG(c->from_id), STR_ARG(c->to_id));
    GitCall call = {.args = GIT_ARGS("cat-file", "--buffer", "--batch-check=%(objecttype) %(objectsize)"),
                    .input = buf_str(&in),
                    .output_max = LIST_BYTES};
    TRY(git_user(m->g, &call, &o, e));
    vec_each(&m->all, c) {
        int64_t was = next_size(&o.out), is = next_size(&o.out);
        if (is < 0 && c->kind != 'D') vec_push(&lost, *c);
        if (is > was) sum += is - (was > 0 ? was : 0);
    }
    int r = refuse_lost(&lost, e);
    vec_done(&lost);
    return r < 0 ? r : refuse_room(m, sum, e);
}

/* -- how the files are now --------------------------------------------------------------------------------------- */

/* The folder that has the path, without following links; -ENOENT: there is none, -ENOTDIR: something else is in its place. */
static int open_above(const Move *m, Str path, const char **ret_name) {
    size_t begin = 0;
    int fd = fcntl(m->top, F_DUPFD_CLOEXEC, 0);
    for (size_t n = 0; fd >= 0 && n < path.n; n++) {
        if (path.p[n] != '/') continue;
        const char *part = arena_cstr(m->g->arena, str_upto(str_from(path, begin), n - begin));
        int inner = openat(fd, part, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        int error = errno;
        close(fd);
        if (inner < 0) return error == ENOENT ? -ENOENT : -ENOTDIR;
        fd = inner;
        begin = n + 1;
    }
    *ret_name = path.p + begin;
    return fd;
}

static int hash_text(const Move *m, Str text, Str *ret, Err *e) {
    GitOut o;
    TRY(git_quiet(m->g, &(GitCall){.args = GIT_ARGS("hash-object", "--stdin"), .input = text}, &o, e));
    *ret = arena_str(m->g->arena, str_trim(o.out));
    return 0;
}

static int look_at_link(const Move *m, int above, const char *name, Change *c, Err *e) {
    char target[4096];
    Str id;
    ssize_t n = readlinkat(above, name, target, sizeof target);
    if (n < 0) return 0;
    TRY(hash_text(m, str_n(target, (size_t)n), &id, e));
    if (str_is(c->to_mode, "120000") && str_eq(id, c->to_id)) c->now = IS_TO;
    if (str_is(c->from_mode, "120000") && str_eq(id, c->from_id)) c->now = IS_FROM;
    return 0;
}

/* Everything but the content of plain files. */
static int look_at(const Move *m, Change *c, struct stat *ret, Err *e) {
    const char *name = NULL;
    CLEANUP(fd_closep) int above = open_above(m, c->path, &name);
    *ret = (struct stat){0};
    c->now = above == -ENOENT ? IS_ABSENT : IS_OTHER;
    if (above < 0) return 0;
    if (fstatat(above, name, ret, AT_SYMLINK_NOFOLLOW) < 0)
        c->now = errno == ENOENT ? IS_ABSENT : IS_OTHER;
    else if (S_ISLNK(ret->st_mode))
        return look_at_link(m, above, name, c, e);
    return 0;
}

/* As git quotes it where lines are paths (git-hash-object(1), --stdin-paths). */
static void add_quoted(Buf *b, Str path) {
    buf_add_c(b, '"');
    for (size_t i = 0; i < path.n; i++) {
        unsigned char x = (unsigned char)path.p[i];
        if (x < ' ' || x == '"' || x == '\\' || x > '~')
            buf_add_fmt(b, "\\%03o", x);
        else
            buf_add_c(b, path.p[i]);
    }
    buf_add_str(b, STR("\"\n"));
}

static bool is_exec(Str mode) { return str_is(mode, "100755"); }

/* Has git begun to write it? What it writes is cut off where it was stopped. */
static int look_at_part(const Move *m, Change *c, Err *e) {
    CLEANUP(buf_done) Buf is = {0};
    GitOut o;
    Arena *a = m->g->arena;
    const char *path = arena_fmt(a, "--path=" STR_FMT, STR_ARG(c->path)).p;
    const char *const *args = GIT_ARGS("cat-file", "--filters", path, arena_cstr(a, c->to_id));
    if (c->kind == 'D' || !str_starts(c->to_mode, STR("100"))) return 0;
    buf_init(&is, LIST_BYTES);
    if (file_read(m->top, c->path.p, &is, &(Err){0}) < 0) return 0;
    TRY(git_user(m->g, &(GitCall){.args = args, .any_exit = true, .output_max = LIST_BYTES}, &o, e));
    if (o.exit_code == 0 && str_starts(o.out, buf_str(&is))) c->now = IS_TO;
    return 0;
}

static int look_at_content(const Move *m, Change *c, Str id, bool has_exec, Err *e) {
    bool is_from = str_eq(id, c->from_id), is_to = str_eq(id, c->to_id);
    if (is_from && is_to)
        c->now = has_exec == is_exec(c->from_mode) ? IS_FROM : IS_TO;
    else if (is_from || is_to)
        c->now = is_from ? IS_FROM : IS_TO;
    else
        return look_at_part(m, c, e);
    return 0;
}

typedef struct Plain {
    Change *change;
    bool has_exec;
} Plain;

static int look_at_all(Move *m, Err *e) {
    CLEANUP(buf_done) Buf in;
    VEC(Plain) plain = {0};
    GitOut o;
    Str id;
    int r = 0;
    buf_init(&in, LIST_BYTES);
    vec_each(&m->all, c) {
        struct stat st;
        if (r == 0) r = look_at(m, c, &st, e);
        if (!S_ISREG(st.st_mode)) continue;
        vec_push(&plain, ((Plain){c, (st.st_mode & S_IXUSR) != 0}));
        add_quoted(&in, c->path);
    }
    GitCall hash = {.args = GIT_ARGS("hash-object", "--stdin-paths"), .input = buf_str(&in), .output_max = LIST_BYTES};
    if (r == 0) r = git_user(m->g, &hash, &o, e);
    for (size_t i = 0; r == 0 && i < plain.n && str_split(&o.out, '\n', &id); i++)
        r = look_at_content(m, plain.items[i].change, id, plain.items[i].has_exec, e);
    vec_done(&plain);
    return r;
}

/* -- back --------------------------------------------------------------------------------------------------------- */

static bool remove_at(const Move *m, Str path, int flags) {
    const char *name;
    CLEANUP(fd_closep) int above = open_above(m, path, &name);
    return above >= 0 && unlinkat(above, name, flags) == 0;
}

/* With the folders that git made for it: those that are empty now. */
static void remove_added(const Move *m, Str path) {
    bool is_empty = remove_at(m, path, 0);
    for (size_t n = path.n; is_empty && n > 0; n--)
        if (path.p[n - 1] == '/') is_empty = remove_at(m, arena_str(m->g->arena, str_upto(path, n - 1)), AT_REMOVEDIR);
}

/* After the added files are gone: a folder that git made in place of this file went with them. */
static bool can_be_written(const Move *m, Change *c) {
    struct stat st;
    const char *name;
    CLEANUP(fd_closep) int above = open_above(m, c->path, &name);
    if (above == -ENOENT) return true;
    if (above < 0) return false;
    bool is_there = fstatat(above, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
    return c->now == IS_TO || !is_there;
}

static int write_back(const Move *m, Err *e) {
    CLEANUP(buf_done) Buf in;
    GitOut o;
    buf_init(&in, LIST_BYTES);
    vec_each(&m->all, c) {
        if (c->kind == 'A' || c->now == IS_FROM || !can_be_written(m, c)) continue;
        c->now = IS_FROM;
        buf_add_str(&in, c->path);
        buf_add_c(&in, '\0');
    }
    const char *const *write = GIT_ARGS("checkout-index", "-f", "-q", "-z", "--stdin");
    const char *const *refresh = GIT_ARGS("update-index", "-q", "--refresh");
    if (in.n) TRY(git_user_act(m->g, &(GitCall){.args = write, .input = buf_str(&in)}, "put the files back", NULL, e));
    return git_user(m->g, &(GitCall){.args = refresh, .any_exit = true}, &o, e);
}

static int go_back(Move *m, Str from, Str to, Err *e) {
    m->top = open(m->g->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (m->top < 0) return err_sys(e, "cannot open %s", m->g->dir);
    TRY(list_changes(m, from, to, e));
    TRY(look_at_all(m, e));
    vec_each(&m->all, c) if (c->kind == 'A' && c->now == IS_TO) {
        remove_added(m, c->path);
        c->now = IS_FROM;
    }
    return write_back(m, e);
}

int git_move_files_back(const Git *g, Str from, Str to, Err *e) {
    CLEANUP(move_done) Move m = {.g = g, .top = -1};
    return go_back(&m, from, to, e);
}

/* -- there -------------------------------------------------------------------------------------------------------- */

static void name_left(const Move *m, Err *e) {
    vec_each(&m->all, c) {
        bool is_back = c->now == IS_FROM || (c->kind == 'A' && c->now == IS_ABSENT);
        if (!is_back) err_detail(e, "files", STR_FMT " is not as it was", STR_ARG(text_cut(c->path, NAMED_BYTES)));
    }
}

/* "<tag> <path>": S is skip-worktree, a small letter assume-unchanged (git-ls-files(1), -v). */
static int keep_hidden(Move *m, Err *e) {
    GitOut o;
    Str entry;
    Map hidden = {0};
    size_t n = 0;
    TRY(git_quiet(m->g, &(GitCall){.args = GIT_ARGS("ls-files", "-v", "-z"), .output_max = LIST_BYTES}, &o, e));
    while (o.out.n && str_split(&o.out, '\0', &entry))
        if (entry.n > 2 && (entry.p[0] == 'S' || (entry.p[0] >= 'a' && entry.p[0] <= 'z')))
            map_put(&hidden, str_from(entry, 2), (void *)entry.p);
    vec_each(&m->all, c) {
        const char *tag = map_find(&hidden, c->path);
        if (!tag) continue;
        c->may_be_absent = *tag == 'S' || *tag == 's';
        m->all.items[n++] = *c;
    }
    m->all.n = n;
    map_done(&hidden);
    return 0;
}

/* Those that a sparse checkout leaves out have no changes. */
static void drop_left_out(Changes *all) {
    size_t n = 0;
    vec_each(all, c) if (!c->may_be_absent || c->now != IS_ABSENT) all->items[n++] = *c;
    all->n = n;
}

static int refuse_changed(const Move *m, Err *e) {
    size_t n = 0;
    vec_each(&m->all, c) n += c->now != IS_FROM;
    if (!n) return 0;
    int r = err_fail(e, ERR_CONFLICT,
                     "%zu %s changes that git does not report (assume-unchanged, skip-worktree) and that would be "
                     "overwritten; nothing was changed",
                     n, str_plural((int64_t)n, "file has", "files have"));
    vec_each(&m->all, c) if (c->now != IS_FROM)
        err_detail(e, "hidden", STR_FMT, STR_ARG(text_cut(c->path, NAMED_BYTES)));
    return r;
}

/* git itself looks at these files when it is about to overwrite them, but only at their times and sizes, and in whole seconds:
 * so their content is compared first. */
static int check_hidden(const Git *g, Str from, Str to, Err *e) {
    CLEANUP(move_done) Move h = {.g = g, .top = -1};
    TRY(list_changes(&h, from, to, e));
    TRY(keep_hidden(&h, e));
    if (!h.all.n) return 0;
    h.top = open(g->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (h.top < 0) return err_sys(e, "could not open %s", g->dir);
    TRY(look_at_all(&h, e));
    drop_left_out(&h.all);
    return refuse_changed(&h, e);
}

/* A move that git refused with `r`: no status shows these files. Where only their times differ it moves them after all; the
 * bits stay. */
static int move_hidden(Move *m, const GitCall *move, int r, Err *e) {
    GitOut o;
    Err why = {0};
    m->top = open(m->g->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (m->top < 0 || keep_hidden(m, &why) < 0 || look_at_all(m, &why) < 0) return r;
    drop_left_out(&m->all);
    if (!m->all.n) return r;
    TRY(refuse_changed(m, e));
    const char *const *refresh = GIT_ARGS("update-index", "-q", "--really-refresh");
    TRY(git_user(m->g, &(GitCall){.args = refresh, .any_exit = true, .takes_index = true}, &o, e));
    return git_user_act(m->g, move, "move the files", NULL, e);
}

/* *ret_is_refused: by git, and not because something is locked. */
static int move_there(const Git *g, const GitCall *move, bool *ret_is_refused, Err *e) {
    GitCall call = *move;
    GitOut o;
    call.any_exit = true;
    *ret_is_refused = false;
    TRY(git_user(g, &call, &o, e));
    if (!o.exit_code) return 0;
    int r = git_refused(&o, "move the files", e);
    *ret_is_refused = r == -ERR_CONFLICT && !index_lock_find(o.err, &(Str){0});
    return r;
}

int git_move_files(const Git *g, Str from, Str to, Err *e) {
    CLEANUP(move_done) Move m = {.g = g, .top = -1}, back = {.g = g, .top = -1};
    GitOut o;
    Err late = {0};
    const char *const *refresh = GIT_ARGS("update-index", "-q", "--refresh");
    const char *const *args = GIT_ARGS("read-tree", "-m", "-u", "--no-recurse-submodules", arena_cstr(g->arena, from),
                                       arena_cstr(g->arena, to));
    GitCall move = {.args = args, .takes_index = true};
    TRY(list_changes(&m, from, to, e));
    TRY(require_room(&m, e));
    TRY(check_hidden(g, from, to, e));
    TRY(git_user(g, &(GitCall){.args = refresh, .any_exit = true, .takes_index = true}, &o, e));
    bool is_refused;
    int r = move_there(g, &move, &is_refused, e);
    if (is_refused) r = move_hidden(&m, &move, r, e);
    if (r == 0 || r == -ERR_CONFLICT) return r; /* refused before the first file */
    if (go_back(&back, from, to, &late) < 0) err_detail(e, "files", "%s is half moved: %s", g->dir, late.text);
    name_left(&back, e);
    return r;
}
