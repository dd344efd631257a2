/* Ignored files that a new worktree gets from the repository's own folder: what its programs need and git does not have.
 *
 * Regular files and links, as links; beneath both roots, whatever links lead elsewhere. Nothing is replaced. A file
 * appears under its name when it is whole, so that an interrupted copy can be repeated.
 */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/ulid.h"
#include "core/topic.h"
#include "sys/fault.h"
#include "sys/file.h"
#include "workspace/workspace_in.h"
#include "workspace/workspace_sql.h"

SHAPE_DEFINE(CopiedFiles, COPIED_FILES);
SHAPE_DEFINE(CopiedFilesSet, COPIED_FILES_SET);

enum { LIST_BYTES = 16 << 20, FILES_MAX = 20000, DEPTH_MAX = 32, PATH_BYTES = 4096, WHY_MAX = 400 };
static const int64_t BYTES_MAX = 1ll << 30;

typedef struct Copying {
    const StrList *patterns; /* each with a NUL behind it */
    int from, to;            /* folders */
    int64_t files, bytes, failed;
    char why[WHY_MAX]; /* of the first that failed */
    bool is_full;
} Copying;

static void note_failure(Copying *x, const char *path, const char *why) {
    if (!x->failed++) snprintf(x->why, sizeof x->why, "%.200s: %.150s", path, why);
}

/* -- one entry ----------------------------------------------------------------------------------------------- */

static int copy_bytes(int from, int to) {
    if (ioctl(to, FICLONE, from) == 0) return 0;
    for (;;) {
        char chunk[64 << 10];
        ssize_t n = read(from, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return (int)n;
        for (ssize_t at = 0; at < n;) {
            ssize_t done = write(to, chunk + at, (size_t)(n - at));
            if (done < 0 && errno != EINTR) return -1;
            if (done > 0) at += done;
        }
    }
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

/* One that is there already stays as it is. */
static int give_name(const Fresh *f, const char *name) {
    char by_fd[32];
    snprintf(by_fd, sizeof by_fd, "/proc/self/fd/%d", f->fd);
    const char *from = f->temporary[0] ? f->temporary : by_fd;
    return linkat(f->parent, from, f->parent, name, AT_SYMLINK_FOLLOW) < 0 && errno != EEXIST ? -1 : 0;
}

static int copy_link(Copying *x, int parent, const char *path, const char *name, Err *e) {
    char target[PATH_BYTES];
    ssize_t n = readlinkat(x->from, path, target, sizeof target - 1);
    if (n < 0) return err_sys(e, "read the link");
    target[n] = 0;
    return symlinkat(target, parent, name) < 0 && errno != EEXIST ? err_sys(e, "make the link") : 0;
}

static int copy_file(Copying *x, int parent, const char *path, const char *name, Err *e) {
    struct stat st;
    CLEANUP(fd_closep) int fd = -1;
    TRY(file_open_beneath(x->from, path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW, 0, &fd, e));
    CLEANUP(fresh_done) Fresh f;
    if (open_fresh(parent, &f) < 0) return err_sys(e, "create the copy");
    if (fstat(fd, &st) < 0 || copy_bytes(fd, f.fd) < 0 || fchmod(f.fd, st.st_mode & 0777) < 0)
        return err_sys(e, "copy it");
    CRASH("copied.written");
    return give_name(&f, name) < 0 ? err_sys(e, "name the copy") : 0;
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

static bool take_room(Copying *x, const struct stat *st) {
    x->is_full = x->files >= FILES_MAX || x->bytes + st->st_size > BYTES_MAX;
    if (x->is_full) return false;
    x->files++;
    x->bytes += st->st_size;
    return true;
}

static void copy_one(Copying *x, const char *path, const struct stat *st) {
    CLEANUP(fd_closep) int parent = -1;
    Err e = {0};
    if (!take_room(x, st)) return;
    const char *name = path_last(str(path)).p;
    int r = open_parent(x, path, &parent, &e);
    if (r >= 0) r = S_ISLNK(st->st_mode) ? copy_link(x, parent, path, name, &e) : copy_file(x, parent, path, name, &e);
    if (r < 0) note_failure(x, path, e.text);
}

/* -- what to copy -------------------------------------------------------------------------------------------- */

/* A pattern without a slash is that of a name; with one, of the whole path. */
static bool is_wanted(const Copying *x, const char *path) {
    for (size_t i = 0; i < x->patterns->n; i++) {
        const char *p = x->patterns->items[i].p;
        if (fnmatch(p, strchr(p, '/') ? path : path_last(str(path)).p, FNM_PATHNAME) == 0) return true;
    }
    return false;
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
    for (struct dirent *en; d && !x->is_full && (en = readdir(d));) {
        char inner[PATH_BYTES];
        if (strcmp(en->d_name, ".") == 0 || strcmp(en->d_name, "..") == 0 || strcmp(en->d_name, ".git") == 0) continue;
        if (snprintf(inner, sizeof inner, "%s/%s", path, en->d_name) < (int)sizeof inner)
            visit(x, inner, is_inside, depth + 1);
    }
}

/* Devices, pipes and sockets are left out: nobody names them on purpose. */
static void visit(Copying *x, const char *path, bool is_inside, int depth) {
    struct stat st;
    if (x->is_full || fstatat(x->from, path, &st, AT_SYMLINK_NOFOLLOW) < 0) return;
    is_inside = is_inside || is_wanted(x, path);
    if (S_ISDIR(st.st_mode))
        visit_folder(x, path, is_inside, depth);
    else if (is_inside && (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode)))
        copy_one(x, path, &st);
}

/* Inside a folder that is ignored as a whole only a pattern that begins with its path finds anything. */
static bool may_contain(const Copying *x, Str folder) {
    for (size_t i = 0; i < x->patterns->n; i++)
        if (str_starts(x->patterns->items[i], folder)) return true;
    return false;
}

static void visit_listed(Copying *x, Str entry) {
    bool is_folder = str_ends(entry, STR("/"));
    char path[PATH_BYTES];
    if (entry.n >= sizeof path) return;
    snprintf(path, sizeof path, STR_FMT, STR_ARG(is_folder ? str_upto(entry, entry.n - 1) : entry));
    if (is_folder && !is_wanted(x, path) && !may_contain(x, entry)) return;
    visit(x, path, false, 0);
}

/* -- all ----------------------------------------------------------------------------------------------------- */

static int patterns_of(DbConn *db, Str workspace_id, Arena *a, CopiedFiles *ret, Err *e) {
    bool found;
    *ret = (CopiedFiles){0};
    TRY(db_one(db, &sql_workspace_copied, DB_ARGS(db_text(workspace_id)), DB_INTO(CopiedFiles, a, ret), &found, e));
    if (!ret->patterns.items) ret->patterns.items = arena_alloc(a, 1);
    return 0;
}

static int copy_all(Copying *x, Arena *a, const Workspace *w, Str to, Err *e) {
    GitOut o;
    Git *g;
    const char *const *args = GIT_ARGS("ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "-z");
    TRY(git_open(a, w->path.p, &g, e));
    TRY(git_quiet(g, &(GitCall){.args = args, .output_max = LIST_BYTES}, &o, e));
    CLEANUP(fd_closep) int from_fd = open(w->path.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CLEANUP(fd_closep) int to_fd = open(to.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (from_fd < 0 || to_fd < 0) return err_sys(e, "open the folders");
    x->from = from_fd;
    x->to = to_fd;
    Str rest = o.out, path;
    while (rest.n && !x->is_full && str_split(&rest, '\0', &path))
        if (path.n) visit_listed(x, path);
    return 0;
}

Str copied_files_make(OpCall *c, const Workspace *w, Str to) {
    CopiedFiles wanted;
    Err e = {0};
    Copying x = {.patterns = &wanted.patterns};
    int r = patterns_of(c->db, w->id, c->arena, &wanted, &e);
    for (size_t i = 0; r >= 0 && i < wanted.patterns.n; i++)
        wanted.patterns.items[i] = arena_str(c->arena, wanted.patterns.items[i]);
    if (r >= 0 && wanted.patterns.n) r = copy_all(&x, c->arena, w, to, &e);
    if (r < 0) return arena_fmt(c->arena, "ignored files were not copied: %s", e.text);
    if (x.is_full)
        return arena_fmt(c->arena,
                         "only the first %lld ignored files were copied: there are more than %d, or than 1 GiB",
                         (long long)x.files, FILES_MAX);
    if (!x.failed) return (Str){0};
    return arena_fmt(c->arena, "%lld ignored %s not copied; the first is %s", (long long)x.failed,
                     str_plural(x.failed, "file was", "files were"), x.why);
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
    return p.n && !memchr(p.p, 0, p.n) && !leads_out;
}

int copied_files_set(OpCall *c, const CopiedFilesSet *in, CopiedFiles *out, Err *e) {
    char field[32];
    for (size_t i = 0; i < in->patterns.n; i++) {
        if (in->patterns.items[i].n && is_beneath(in->patterns.items[i])) continue;
        int r = err_fail(e, ERR_INVALID, "a pattern is a path beneath the repository's folder");
        snprintf(field, sizeof field, "patterns[%zu]", i);
        err_detail(e, field, "is not a path beneath the repository's folder");
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
