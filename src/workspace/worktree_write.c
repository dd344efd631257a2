/* Writing a file of a worktree. The new content is written beside the file under a name of its own, and the two trade their
 * names in one step. So the file has one content or the other at any time, what it really held is looked at once it is out of
 * reach, and what others wrote in between is never lost: it gets its name back, and the call is refused. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/map.h"
#include "base/mem.h"
#include "core/stream.h"
#include "git/snapshot.h"
#include "sys/digest.h"
#include "sys/fault.h"
#include "sys/file.h"
#include "workspace/file_in.h"
#include "workspace/salvage.h"

SHAPE_DEFINE(FileWrite, FILE_WRITE);
SHAPE_DEFINE(FileWritten, FILE_WRITTEN);

/* What recover needs, besides the input. */
#define WRITE_STATE(F, S)                                                                          \
    F(S, STR, beside, .min = 1, .max_bytes = 64, .doc = "Name of the new content until the trade") \
    F(S, OBJ(FileWritten), result, .doc = "The answer")
SHAPE(WriteState, WRITE_STATE);
SHAPE_DEFINE(WriteState, WRITE_STATE);

enum { STATE_MAX = 64 << 10, LEFT_OUT_MAX = 100000, NEW_MODE = 0644 };

typedef struct Writing {
    OpCall *call;
    const FileWrite *in;
    FileWritten *out;
    Worktree w;
    Git *g;
    const char *path, *name; /* from the worktree's folder on; in its own */
    int folder;
    mode_t mode;
    bool is_new, is_same;
    WriteState state;
    Str intent;
} Writing;

static void writing_done(Writing *x) {
    if (x->folder > 0) close(x->folder);
}

/* -- where it is --------------------------------------------------------------------------------------------- */

/* A name in any letter case: on some file systems they are one. */
static int check_part(Str part, Err *e) {
    return str_ieq(part, STR(".git")) ? err_fail(e, ERR_FORBIDDEN, "what is in .git is changed by git alone") : 0;
}

static int check_path(Str path, Err *e) {
    Str rest = path, part = {0};
    if (path.n && path.p[path.n - 1] == '/') return err_fail(e, ERR_INVALID, "path names a folder");
    while (str_split(&rest, '/', &part)) {
        if (!part.n || str_is(part, ".") || str_is(part, ".."))
            return err_fail(e, ERR_INVALID, "path has an empty part, `.` or `..`");
        TRY(check_part(part, e));
    }
    return 0;
}

/* A link may lead there too. */
static int check_folder(const Writing *x, int top, Err *e) {
    Str root, folder, part;
    TRY(file_path_of_fd(top, x->call->arena, &root, e));
    TRY(file_path_of_fd(x->folder, x->call->arena, &folder, e));
    for (Str rest = str_from(folder, root.n < folder.n ? root.n : folder.n); str_split(&rest, '/', &part);)
        TRY(check_part(part, e));
    return 0;
}

static int open_place(Writing *x, Err *e) {
    CLEANUP(fd_closep) int top = -1;
    Str path = x->in->path, name = path_last(path);
    const char *folder = name.n == path.n ? "." : arena_cstr(x->call->arena, str_upto(path, path.n - name.n - 1));
    TRY(worktree_path(x->call->arena, path, &x->path, e));
    TRY(check_path(path, e));
    x->name = arena_cstr(x->call->arena, name);
    TRY(worktree_top(&x->w, &top, e));
    TRY(file_open_beneath(top, folder, O_RDONLY | O_DIRECTORY | O_NONBLOCK, 0, &x->folder, e));
    return check_folder(x, top, e);
}

/* The digest of a regular file in the folder; *ret_mode: its mode. ERR_NOT_FOUND. */
static int digest_of(Writing *x, const char *name, Str *ret, mode_t *ret_mode, Err *e) {
    CLEANUP(fd_closep) int fd = -1;
    FilePart part = {0};
    struct stat st;
    if (fstatat(x->folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode))
        return err_fail(e, ERR_INVALID, "%s is a link; name the file to which it leads", x->path);
    TRY(file_open_regular(x->folder, name, O_NOFOLLOW, &fd, e));
    if (fstat(fd, &st) < 0) return err_sys(e, "look at %s", x->path);
    if (st.st_size > SNAPSHOT_FILE_MAX)
        return err_fail(e, ERR_TOO_LARGE, "%s is larger than %d MiB, so what it holds cannot be saved first", x->path,
                        SNAPSHOT_FILE_MAX >> 20);
    TRY(file_part(fd, x->path, (FileRange){0, 4}, x->call->arena, &part, e));
    *ret = part.digest;
    *ret_mode = st.st_mode & 07777;
    return 0;
}

static int refuse_changed(const Writing *x, Str present, Err *e) {
    int r = !present.n            ? err_fail(e, ERR_CONFLICT, "%s no longer exists", x->path)
            : !x->in->if_digest.n ? err_fail(e, ERR_CONFLICT, "%s exists: pass the digest of what you replace", x->path)
                                  : err_fail(e, ERR_CONFLICT, "%s has changed since it was read", x->path);
    if (present.n) err_detail(e, "digest", STR_FMT, STR_ARG(present));
    return r;
}

static int look(Writing *x, Err *e) {
    Str present = {0};
    Err why = {0};
    x->mode = NEW_MODE;
    int r = digest_of(x, x->name, &present, &x->mode, &why);
    if (r < 0 && r != -ERR_NOT_FOUND) {
        *e = why;
        return r;
    }
    x->is_new = r < 0;
    if (!str_eq(present, x->in->if_digest)) return refuse_changed(x, present, e);
    x->is_same = !x->is_new && str_eq(present, x->out->digest);
    return 0;
}

/* -- what is saved first ------------------------------------------------------------------------------------- */

static int is_left_out(Writing *x, const GitSalvage *s, bool *ret, Err *e) {
    StrList left = {0};
    *ret = false;
    if (!s->left_out) return 0;
    TRY(salvage_left_out(x->g, s, LEFT_OUT_MAX, &left, e));
    for (size_t i = 0; i < left.n; i++) {
        Str why;
        *ret |= str_split(&left.items[i], ' ', &why) && str_eq(left.items[i], x->in->path);
    }
    return 0;
}

/* One that is ignored, or that had no room among others, is named: then it is saved by itself. */
static int salvage_first(Writing *x, Err *e) {
    Map ignored = {0};
    StrList paths = {.items = &(Str){x->path, strlen(x->path)}, .n = 1};
    WorktreeSalvage how = {.act = "write_file", .may_leave = true};
    bool left = false;
    int r = git_ignored(x->g, &paths, &ignored, e);
    if (r == 0 && ignored.n) how.ignored = paths;
    map_done(&ignored);
    TRY(r);
    GitSalvage *s = arena_new_in(x->call->arena, GitSalvage);
    TRY(worktree_salvage(x->call, &x->w, x->g, &how, s, e));
    if (!how.ignored.n) TRY(is_left_out(x, s, &left, e));
    how.ignored = paths;
    if (left) TRY(worktree_salvage(x->call, &x->w, x->g, &how, s, e));
    GIVE(FileWritten, x->out, salvage, s);
    return 0;
}

/* -- the trade ----------------------------------------------------------------------------------------------- */

static int fill_beside(Writing *x, Err *e) {
    Str rest = x->in->content;
    CLEANUP(fd_closep) int fd = -1;
    TRY(file_open_beneath(x->folder, x->state.beside.p, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600, &fd, e));
    bool ok = fchmod(fd, x->mode) == 0;
    while (ok && rest.n) {
        ssize_t n = fault_point("file.write") ? -1 : write(fd, rest.p, rest.n);
        ok = n >= 0 || errno == EINTR;
        if (n > 0) rest = str_from(rest, (size_t)n);
    }
    ok = ok && fsync(fd) == 0;
    return ok ? 0 : err_sys(e, "write %s", x->path);
}

/* The other content got its name back, or none was given away. */
static int drop_beside(Writing *x, int r) {
    unlinkat(x->folder, x->state.beside.p, 0);
    return r;
}

static int exchange(Writing *x, Err *e) {
    if (renameat2(x->folder, x->state.beside.p, x->folder, x->name, RENAME_EXCHANGE) == 0) return 0;
    return err_sys(e, "replace %s", x->path);
}

/* What is beside the file now must be what the caller knew. */
static int check_traded(Writing *x, Err *e) {
    Str was = {0};
    mode_t mode;
    Err why = {0};
    int r = digest_of(x, x->state.beside.p, &was, &mode, &why);
    if (r == 0 && str_eq(was, x->in->if_digest)) return 0;
    TRY(exchange(x, e));
    if (r == 0) return refuse_changed(x, was, e);
    *e = why;
    return r;
}

static int trade(Writing *x, Err *e) {
    if (x->is_new) {
        if (renameat2(x->folder, x->state.beside.p, x->folder, x->name, RENAME_NOREPLACE) == 0) return 0;
        return errno == EEXIST ? err_fail(e, ERR_CONFLICT, "%s was made by somebody else meanwhile", x->path)
                               : err_sys(e, "make %s", x->path);
    }
    TRY(exchange(x, e));
    CRASH("write.swapped");
    TRY(check_traded(x, e));
    unlinkat(x->folder, x->state.beside.p, 0);
    return 0;
}

static int write_it(Writing *x, Err *e) {
    int r = fill_beside(x, e);
    if (r < 0) return drop_beside(x, r);
    CRASH("write.filled");
    r = trade(x, e);
    if (r < 0) return drop_beside(x, r);
    (void)fsync(x->folder);
    return 0;
}

/* -- the call ------------------------------------------------------------------------------------------------ */

static int begin(Writing *x, Err *e) {
    CLEANUP(buf_done) Buf b;
    uint8_t random[8];
    char hex[2 * sizeof random + 1];
    random_bytes(random, sizeof random);
    digest_hex(random, sizeof random, hex);
    x->state = (WriteState){.beside = arena_fmt(x->call->arena, ".muster-%s.tmp", hex), .result = x->out};
    buf_init(&b, STATE_MAX);
    JsonOut o = json_out(&b);
    shape_encode(&WriteState_shape, &x->state, &o);
    return op_intent_begin(x->call, arena_str(x->call->arena, buf_str(&b)), NULL, NULL, &x->intent, e);
}

static void set_result(Writing *x) {
    uint8_t digest[32];
    char hex[65];
    digest_sha256(x->in->content, digest);
    digest_hex(digest, sizeof digest, hex);
    x->out->path = x->in->path;
    x->out->digest = arena_str(x->call->arena, str(hex));
    x->out->size = (int64_t)x->in->content.n;
}

static int nothing_to_store(Tx *tx, void *arg, Err *e) {
    (void)tx, (void)arg, (void)e;
    return 0;
}

int worktree_write_file(OpCall *c, const FileWrite *in, FileWritten *out, Err *e) {
    WorktreeRef ref = {.workspace_id = in->workspace_id, .worktree_id = in->worktree_id};
    CLEANUP(writing_done) Writing x = {.call = c, .in = in, .out = out, .folder = -1};
    Worktree usable;
    set_result(&x);
    TRY(worktree_git(c, &ref, &x.w, &x.g, e));
    TRY(worktree_get_usable(c->db, x.w.id, c->arena, &usable, e));
    TRY(open_place(&x, e));
    TRY(look(&x, e));
    if (x.is_same) return op_tx(c, nothing_to_store, NULL, out, e);
    if (!x.is_new) TRY(salvage_first(&x, e));
    TRY(begin(&x, e));
    CRASH("write.intended");
    int r = write_it(&x, e);
    if (r < 0) {
        (void)op_intent_abandon(c, x.intent, &(Err){0}); /* the next start sees that nothing was written */
        return r;
    }
    CRASH("write.done");
    return op_intent_close(c, x.intent, NULL, NULL, out, e);
}

/* The file has the new content exactly if the trade was made. What is beside it is then what it held; that is in the
 * salvage if it is what the caller knew, and otherwise gets its name back. */
static int settle(Writing *x, bool *ret_done, Err *e) {
    Str now = {0}, beside = {0};
    mode_t mode;
    bool is_beside = digest_of(x, x->state.beside.p, &beside, &mode, &(Err){0}) == 0;
    *ret_done = digest_of(x, x->name, &now, &mode, &(Err){0}) == 0 && str_eq(now, x->out->digest);
    if (!is_beside) return 0;
    if (*ret_done && !str_eq(beside, x->in->if_digest) && !str_eq(beside, x->out->digest)) {
        *ret_done = false;
        TRY(exchange(x, e));
    }
    return drop_beside(x, 0);
}

int worktree_write_file_recover(OpCall *c, const OpIntent *i, Err *e) {
    Json *input, *state;
    FileWrite in;
    bool is_done = false;
    CLEANUP(writing_done) Writing x = {.call = c, .in = &in, .folder = -1};
    TRY(json_parse(c->arena, i->input, JSON_DEPTH_REQUEST, &input, e));
    TRY(shape_decode(&FileWrite_shape, input, c->arena, &in, e));
    TRY(json_parse(c->arena, i->state, JSON_DEPTH_REQUEST, &state, e));
    TRY(shape_decode(&WriteState_shape, state, c->arena, &x.state, e));
    x.out = x.state.result;
    WorktreeRef ref = {.workspace_id = in.workspace_id, .worktree_id = in.worktree_id};
    if (worktree_of(c->db, &ref, c->arena, &x.w, e) < 0 || open_place(&x, e) < 0) return op_intent_abandon(c, i->id, e);
    TRY(settle(&x, &is_done, e));
    return is_done ? op_intent_close(c, i->id, NULL, NULL, x.out, e) : op_intent_abandon(c, i->id, e);
}
