/* Ignored files that a new worktree gets from the repository's own folder: what its programs need and git does not have.
 *
 * They are copied after the call's turn on the repository, so that nobody waits behind a gigabyte of them.
 * Regular files and links, as links; beneath both roots, whatever links lead elsewhere. Nothing is replaced. A file
 * appears under its name when it is whole, so that an interrupted copy can be repeated.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text_cut.h"
#include "base/ulid.h"
#include "core/topic.h"
#include "sys/fault.h"
#include "sys/file.h"
#include "workspace/workspace_in.h"
#include "workspace/workspace_sql.h"

SHAPE_DEFINE(CopiedFiles, COPIED_FILES);
SHAPE_DEFINE(CopiedFilesSet, COPIED_FILES_SET);

enum {
    LIST_BYTES = 16 << 20,
    FILES_MAX = 20000,
    DEPTH_MAX = 32,
    PATH_BYTES = 4096,
    WHY_MAX = 400,
    NAMED_MAX = 5, /* paths that a remark names */
    STEP_BYTES = 64 << 20
};
static const int64_t BYTES_MAX = 1ll << 30;

typedef struct Pattern {
    const char *text; /* without a slash at its end */
    bool is_folder;   /* it had one: only folders fit */
    bool has_fitted;
} Pattern;

typedef struct Copying {
    OpCall *call;
    Pattern *patterns;
    size_t n_patterns;
    const char *to_path;
    int from, to; /* folders */
    int64_t files, bytes, kept, failed, reported;
    Buf named;           /* the first paths that were copied, joined by ", " */
    char why[WHY_MAX];   /* of the first that failed */
    const char *stopped; /* why the rest was not copied */
} Copying;

static void note_failure(Copying *x, const char *path, const char *why) {
    if (!x->failed++) snprintf(x->why, sizeof x->why, "%.200s: %.150s", path, why);
}

/* -- one entry ----------------------------------------------------------------------------------------------- */

/* A file may grow while it is copied. -1 with errno; EFBIG: there is more than `room`. */
static int copy_rest(int from, int to, int64_t room) {
    for (;;) {
        char chunk[64 << 10];
        ssize_t n = read(from, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return (int)n;
        if ((room -= n) < 0) {
            errno = EFBIG;
            return -1;
        }
        for (ssize_t at = 0; at < n;) {
            ssize_t done = write(to, chunk + at, (size_t)(n - at));
            if (done < 0 && errno != EINTR) return -1;
            if (done > 0) at += done;
        }
    }
}

static int copy_bytes(int from, int to, int64_t room, int64_t *ret) {
    struct stat st;
    bool is_shared = ioctl(to, FICLONE, from) == 0;
    if ((!is_shared && copy_rest(from, to, room) < 0) || fstat(to, &st) < 0) return -1;
    *ret = st.st_size;
    if (st.st_size <= room) return 0;
    errno = EFBIG;
    return -1;
}

/* A copy in the making. It has no name, so that nothing of it is left if it is cut off; where the file system has no files
 * without a name (open(2), O_TMPFILE), it has a temporary one. */
typedef struct Fresh {
    int fd, parent;
    char temporary[64]; /* "" = none */
} Fresh;

static void fresh_done(Fresh *f) {
    fd_closep(&f->fd);
    if (f->temporary[0]) unlinkat(f->parent, f->temporary, 0);
}

static int open_fresh(int parent, Fresh *ret) {
    *ret = (Fresh){.parent = parent};
    ret->fd = openat(parent, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
    if (ret->fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR)) return ret->fd;
    Id id = id_new("copy");
    char name[sizeof ret->temporary];
    snprintf(name, sizeof name, ".muster-%s", id.text);
    ret->fd = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (ret->fd >= 0) memcpy(ret->temporary, name, sizeof name);
    return ret->fd;
}

static int give_name(const Fresh *f, const char *name) {
    char by_fd[32];
    snprintf(by_fd, sizeof by_fd, "/proc/self/fd/%d", f->fd);
    const char *from = f->temporary[0] ? f->temporary : by_fd;
    return linkat(f->parent, from, f->parent, name, AT_SYMLINK_FOLLOW);
}

static void note_copied(Copying *x, const char *path, int64_t bytes) {
    x->bytes += bytes;
    if (x->files++ < NAMED_MAX) buf_add_fmt(&x->named, "%s%.200s", x->named.n ? ", " : "", path);
    if (x->bytes - x->reported < STEP_BYTES) return;
    x->reported = x->bytes;
    op_progress(x->call, "copying ignored files", x->files, 0);
}

/* What is there already stays as it is. */
static int named(Copying *x, const char *path, int r, int64_t bytes) {
    if (r < 0 && errno != EEXIST) return -1;
    if (r < 0)
        x->kept++;
    else
        note_copied(x, path, bytes);
    return 0;
}

static int copy_link(Copying *x, int parent, const char *path, const char *name, Err *e) {
    char target[PATH_BYTES];
    ssize_t n = readlinkat(x->from, path, target, sizeof target - 1);
    if (n < 0) return err_sys(e, "read the link");
    target[n] = 0;
    return named(x, path, symlinkat(target, parent, name), n) < 0 ? err_sys(e, "make the link") : 0;
}

static const char FULL[] = "there are more than 20000, or than 1 GiB";
static_assert(FILES_MAX == 20000, "FULL names it");

static int copy_file(Copying *x, int parent, const char *path, const char *name, Err *e) {
    struct stat st;
    int64_t bytes;
    CLEANUP(fd_closep) int fd = -1;
    TRY(file_open_beneath(x->from, path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW, 0, &fd, e));
    CLEANUP(fresh_done) Fresh f;
    if (open_fresh(parent, &f) < 0) return err_sys(e, "create the copy");
    int r = fstat(fd, &st) < 0 || fchmod(f.fd, st.st_mode & 0777) < 0
                ? -1
                : copy_bytes(fd, f.fd, BYTES_MAX - x->bytes, &bytes);
    if (r < 0 && errno == EFBIG) x->stopped = FULL;
    if (r < 0) return err_sys(e, "copy it");
    CRASH("copied.written");
    return named(x, path, give_name(&f, name), bytes) < 0 ? err_sys(e, "name the copy") : 0;
}

/* Opens the folder beneath the new worktree in which `path` belongs, and makes it where it is missing. */
static int open_parent(Copying *x, const char *path, int *ret, Err *e) {
    char part[PATH_BYTES];
    CLEANUP(fd_closep) int at = fcntl(x->to, F_DUPFD_CLOEXEC, 0);
    for (const char *slash = path; at >= 0 && (slash = strchr(slash, '/')); slash++) {
        CLEANUP(fd_closep) int next = -1;
        const char *name = path_last(str_n(path, (size_t)(slash - path))).p;
        snprintf(part, sizeof part, "%.*s", (int)(slash - name), name);
        if (mkdirat(at, part, 0777) < 0 && errno != EEXIST) return err_sys(e, "make its folder");
        TRY(file_open_beneath(at, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, &next, e));
        fd_closep(&at);
        at = TAKE_FD(next);
    }
    if (at < 0) return err_sys(e, "open its folder");
    *ret = TAKE_FD(at);
    return 0;
}

/* A worktree that is removed or moved meanwhile gets no more files. */
static bool is_there(const Copying *x) {
    struct stat at, st;
    return stat(x->to_path, &at) == 0 && fstat(x->to, &st) == 0 && at.st_ino == st.st_ino && at.st_dev == st.st_dev;
}

static bool has_room(Copying *x, const struct stat *st) {
    if (x->files + x->kept >= FILES_MAX || x->bytes + st->st_size > BYTES_MAX) x->stopped = FULL;
    if (!is_there(x)) x->stopped = "the worktree was moved or removed";
    return !x->stopped;
}

static void copy_one(Copying *x, const char *path, const struct stat *st) {
    CLEANUP(fd_closep) int parent = -1;
    Err e = {0};
    if (!has_room(x, st)) return;
    const char *name = path_last(str(path)).p;
    int r = open_parent(x, path, &parent, &e);
    if (r >= 0) r = S_ISLNK(st->st_mode) ? copy_link(x, parent, path, name, &e) : copy_file(x, parent, path, name, &e);
    if (r < 0 && !x->stopped) note_failure(x, path, e.text);
}

/* -- what to copy -------------------------------------------------------------------------------------------- */

/* A pattern without a slash is that of a name; with one, of the whole path. */
static bool is_wanted(const Copying *x, const char *path, bool is_folder) {
    bool fits = false;
    for (size_t i = 0; i < x->n_patterns; i++) {
        Pattern *p = &x->patterns[i];
        const char *whole = strchr(p->text, '/') ? path : path_last(str(path)).p;
        if ((p->is_folder && !is_folder) || fnmatch(p->text, whole, FNM_PATHNAME) != 0) continue;
        p->has_fitted = fits = true;
    }
    return fits;
}

static void visit(Copying *x, const char *path, bool is_inside, int depth);

static void visit_folder(Copying *x, const char *path, bool is_inside, int depth) {
    int fd = -1;
    if (depth > DEPTH_MAX || file_open_beneath(x->from, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, &fd, NULL) < 0) {
        if (is_inside) note_failure(x, path, "it cannot be entered");
        return;
    }
    CLEANUP(dir_closep) DIR *d = fdopendir(fd);
    if (!d) close(fd);
    for (struct dirent *en; d && !x->stopped && (en = readdir(d));) {
        char inner[PATH_BYTES];
        if (strcmp(en->d_name, ".") == 0 || strcmp(en->d_name, "..") == 0 || strcmp(en->d_name, ".git") == 0) continue;
        if (snprintf(inner, sizeof inner, "%s/%s", path, en->d_name) < (int)sizeof inner)
            visit(x, inner, is_inside, depth + 1);
    }
}

static void visit(Copying *x, const char *path, bool is_inside, int depth) {
    struct stat st;
    if (x->stopped || fstatat(x->from, path, &st, AT_SYMLINK_NOFOLLOW) < 0) return;
    is_inside = is_wanted(x, path, S_ISDIR(st.st_mode)) || is_inside;
    if (S_ISDIR(st.st_mode))
        visit_folder(x, path, is_inside, depth);
    else if (is_inside && (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode)))
        copy_one(x, path, &st);
    else if (is_inside)
        note_failure(x, path, "neither a regular file nor a link");
}

/* Inside a folder that is ignored as a whole only a pattern that begins with its path finds anything. */
static bool may_contain(const Copying *x, Str folder) {
    for (size_t i = 0; i < x->n_patterns; i++)
        if (str_starts(str(x->patterns[i].text), folder)) return true;
    return false;
}

static void visit_listed(Copying *x, Str entry) {
    bool is_folder = str_ends(entry, STR("/"));
    char path[PATH_BYTES];
    if (entry.n >= sizeof path) return;
    snprintf(path, sizeof path, STR_FMT, STR_ARG(is_folder ? str_upto(entry, entry.n - 1) : entry));
    if (is_folder && !is_wanted(x, path, true) && !may_contain(x, entry)) return;
    visit(x, path, false, 0);
}

static int patterns_of(DbConn *db, Str workspace_id, Arena *a, CopiedFiles *ret, Err *e) {
    bool found;
    *ret = (CopiedFiles){0};
    TRY(db_one(db, &sql_workspace_copied, DB_ARGS(db_text(workspace_id)), DB_INTO(CopiedFiles, a, ret), &found, e));
    if (!ret->patterns.items) ret->patterns.items = arena_alloc(a, 1);
    return 0;
}

static int list_ignored(const Git *g, GitOut *ret, Err *e) {
    const char *const *args = GIT_ARGS("ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "-z");
    return git_quiet(g, &(GitCall){.args = args, .output_max = LIST_BYTES}, ret, e);
}

static int copy_all(Copying *x, const Git *g, Err *e) {
    GitOut o;
    TRY(list_ignored(g, &o, e));
    CLEANUP(fd_closep) int from_fd = open(g->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CLEANUP(fd_closep) int to_fd = open(x->to_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (from_fd < 0 || to_fd < 0) return err_sys(e, "open the folders");
    x->from = from_fd;
    x->to = to_fd;
    Str rest = o.out, path;
    while (rest.n && !x->stopped && str_split(&rest, '\0', &path))
        if (path.n) visit_listed(x, path);
    return 0;
}

/* -- the remark ---------------------------------------------------------------------------------------------- */

/* True when git tracks something under that name: such files are never ignored. More than the output holds is true too. */
static bool is_tracked(const Git *g, const char *pattern) {
    GitOut o;
    Str glob = arena_fmt(g->arena, ":(glob)%s%s", strchr(pattern, '/') ? "" : "**/", pattern);
    Err e = {0};
    const char *const *args = GIT_ARGS("ls-files", "-z", "--", glob.p);
    int r = git_quiet(g, &(GitCall){.args = args, .more_env = GIT_ARGS("GIT_LITERAL_PATHSPECS=0")}, &o, &e);
    return r < 0 ? e.code == ERR_TOO_LARGE : o.out.n > 0;
}

static void remark_unfitted(const Copying *x, const Git *g, Buf *b) {
    int64_t more = 0;
    for (size_t i = 0; i < x->n_patterns; i++) {
        const Pattern *p = &x->patterns[i];
        if (p->has_fitted) continue;
        if (++more > NAMED_MAX) continue;
        bool tracked = is_tracked(g, p->text);
        buf_add_fmt(b, "; `%.200s%s` matches no ignored %s%s", p->text, p->is_folder ? "/" : "",
                    p->is_folder ? "folder" : "file", tracked ? ": git tracks it, so the worktree has its own" : "");
    }
    if (more > NAMED_MAX) buf_add_fmt(b, "; %lld more patterns match nothing", (long long)(more - NAMED_MAX));
}

static void remark_size(Buf *b, int64_t bytes) {
    int64_t kib = bytes >> 10;
    if (kib < 10)
        buf_add_fmt(b, "%lld bytes", (long long)bytes);
    else
        buf_add_fmt(b, "%lld %s", (long long)(kib < 10240 ? kib : kib >> 10), kib < 10240 ? "KiB" : "MiB");
}

static Str remark_of(const Copying *x, const Git *g) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, PATH_BYTES);
    if (x->files) {
        buf_add_fmt(&b, "copied %lld ignored %s (", (long long)x->files, str_plural(x->files, "file", "files"));
        remark_size(&b, x->bytes);
        buf_add_fmt(&b, "): " STR_FMT, STR_ARG(buf_str(&x->named)));
        if (x->files > NAMED_MAX) buf_add_fmt(&b, " and %lld more", (long long)(x->files - NAMED_MAX));
    } else {
        buf_add_str(&b, STR("no ignored file was copied"));
    }
    if (x->kept) buf_add_fmt(&b, "; %lld already existed", (long long)x->kept);
    if (x->stopped) buf_add_fmt(&b, "; the others were not: %s", x->stopped);
    if (x->failed)
        buf_add_fmt(&b, "; %lld ignored %s not copied; the first is %s", (long long)x->failed,
                    str_plural(x->failed, "file was", "files were"), x->why);
    if (!x->stopped) remark_unfitted(x, g, &b);
    return arena_str(x->call->arena, buf_str(&b));
}

/* -- all ----------------------------------------------------------------------------------------------------- */

static Pattern pattern_of(Arena *a, Str text) {
    Str whole = text;
    while (str_ends(text, STR("/"))) text.n--;
    return (Pattern){.text = arena_cstr(a, text), .is_folder = text.n < whole.n};
}

bool copied_files_are_wanted(OpCall *c, const Workspace *w) {
    CopiedFiles wanted;
    return patterns_of(c->db, w->id, c->arena, &wanted, NULL) < 0 || wanted.patterns.n > 0;
}

Str copied_files_make(OpCall *c, const Workspace *w, Str to) {
    CopiedFiles wanted;
    Git *g = NULL;
    Err e = {0};
    Copying x = {.call = c, .to_path = arena_cstr(c->arena, to)};
    buf_init(&x.named, PATH_BYTES);
    int r = patterns_of(c->db, w->id, c->arena, &wanted, &e);
    if (r >= 0) x.patterns = arena_array(c->arena, wanted.patterns.n + 1, sizeof *x.patterns);
    for (; r >= 0 && x.n_patterns < wanted.patterns.n; x.n_patterns++)
        x.patterns[x.n_patterns] = pattern_of(c->arena, wanted.patterns.items[x.n_patterns]);
    if (r >= 0) r = git_open(c->arena, w->path.p, &g, &e);
    if (r >= 0) r = copy_all(&x, g, &e);
    Str remark = r < 0 ? arena_fmt(c->arena, "ignored files were not copied: %s", e.text) : remark_of(&x, g);
    buf_done(&x.named);
    return remark;
}

/* -- operations ---------------------------------------------------------------------------------------------- */

typedef struct Write {
    OpCall *call;
    const CopiedFilesSet *in;
    CopiedFiles *out;
} Write;

static int set_tx(Tx *tx, void *arg, Err *e) {
    Write *x = arg;
    Workspace w;
    TRY(workspace_get(x->call->app, tx_conn(tx), x->in->workspace_id, x->call->arena, &w, e));
    TRY(tx_run_shape(tx, &sql_workspace_copied_set, &CopiedFilesSet_shape, x->in, NULL, e));
    x->out->patterns = x->in->patterns;
    return workspace_emit(tx, w.id, "workspace_updated", &Workspace_shape, &w, e);
}

static bool is_beneath(Str p) {
    bool leads_out = p.p[0] == '/' || str_is(p, "..") || str_starts(p, STR("../")) || str_ends(p, STR("/..")) ||
                     str_find(p, STR("/../"), &(size_t){0});
    return !memchr(p.p, 0, p.n) && !leads_out;
}

/* Where the set that begins at `at` ends; 0: nowhere. A `]` that comes first in a set belongs to it. */
static size_t end_of_set(Str p, size_t at) {
    size_t first = at + 1 < p.n && strchr("!^", p.p[at + 1]) ? at + 2 : at + 1;
    const char *end = first + 1 < p.n ? memchr(p.p + first + 1, ']', p.n - first - 1) : NULL;
    return end ? (size_t)(end - p.p) : 0;
}

/* fnmatch(3) takes a `[` without its `]` as the character itself; whoever writes one means a set. */
static bool has_whole_sets(Str p) {
    for (size_t i = 0; i < p.n; i++) {
        if (p.p[i] == '\\')
            i++;
        else if (p.p[i] == '[' && !(i = end_of_set(p, i)))
            return false;
    }
    return true;
}

static const char *fault_of(Str pattern) {
    if (!pattern.n || !is_beneath(pattern)) return "is not a path beneath the repository's folder";
    return has_whole_sets(pattern) ? NULL : "has a `[` without its `]`; `\\[` stands for the character itself";
}

int copied_files_set(OpCall *c, const CopiedFilesSet *in, CopiedFiles *out, Err *e) {
    char field[32];
    for (size_t i = 0; i < in->patterns.n; i++) {
        const char *fault = fault_of(in->patterns.items[i]);
        if (!fault) continue;
        int r = err_fail(e, ERR_INVALID, "the pattern `" STR_FMT "` %s", STR_ARG(text_cut(in->patterns.items[i], 200)),
                         fault);
        snprintf(field, sizeof field, "patterns[%zu]", i);
        err_detail(e, field, "%s", fault);
        return r;
    }
    return op_tx(c, set_tx, &(Write){c, in, out}, out, e);
}

int copied_files_get(OpCall *c, Str workspace_id, CopiedFiles *out, Err *e) {
    Workspace w;
    TRY(workspace_get(c->app, c->db, workspace_id, c->arena, &w, e));
    TRY(patterns_of(c->db, w.id, c->arena, out, e));
    return op_cursor(c, topic_of(c->arena, "workspace", w.id), e);
}
