/* One file of a worktree as text: what a change would replace. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"
#include "sys/digest.h"
#include "sys/file.h"
#include "workspace/workspace_in.h"

SHAPE_DEFINE(FileRead, FILE_READ);
SHAPE_DEFINE(WorktreeFile, WORKTREE_FILE);

/* Looked at before it is opened, since opening a pipe, a socket or a device may wait, fail or do something. Links may lead
 * to other files of the worktree, never out of it. */
static int open_file(const Worktree *w, const char *path, int *ret_fd, Err *e) {
    static const int flags[] = {O_PATH, O_RDONLY | O_NONBLOCK | O_NOCTTY};
    CLEANUP(fd_closep) int dir = open(w->path.p, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0 && errno == ENOENT)
        return err_fail(e, ERR_NOT_FOUND, "the folder " STR_FMT " is gone", STR_ARG(w->path));
    if (dir < 0) return err_sys(e, "open " STR_FMT, STR_ARG(w->path));
    CLEANUP(fd_closep) int fd = -1;
    for (size_t i = 0; i < COUNT_OF(flags); i++) {
        struct stat st;
        fd_closep(&fd);
        TRY(file_open_beneath(dir, path, flags[i], 0, &fd, e));
        if (fstat(fd, &st) < 0) return err_sys(e, "look at %s", path);
        if (!S_ISREG(st.st_mode)) return err_fail(e, ERR_INVALID, "%s is not a regular file", path);
    }
    *ret_fd = TAKE_FD(fd);
    return 0;
}

static int read_all(int fd, const char *path, Buf *out, Err *e) {
    for (ssize_t n = 1; n != 0;) {
        char chunk[16 << 10];
        n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno != EINTR) return err_sys(e, "read %s", path);
        if (n > 0) buf_add(out, chunk, (size_t)n);
        if (out->failed) return err_fail(e, ERR_TOO_LARGE, "%s is larger than %d MiB", path, WORKTREE_FILE_MAX >> 20);
    }
    return 0;
}

int worktree_text(const Worktree *w, const char *path, Arena *a, WorktreeText *ret, Err *e) {
    uint8_t digest[32];
    char hex[65];
    CLEANUP(fd_closep) int fd = -1;
    TRY(open_file(w, path, &fd, e));
    CLEANUP(buf_done) Buf b;
    buf_init(&b, WORKTREE_FILE_MAX);
    TRY(read_all(fd, path, &b, e));
    Str bytes = buf_str(&b);
    if (!str_is_utf8(bytes) || (bytes.n && memchr(bytes.p, 0, bytes.n)))
        return err_fail(e, ERR_INVALID, "%s is not a text file", path);
    digest_sha256(bytes, digest);
    digest_hex(digest, sizeof digest, hex);
    *ret = (WorktreeText){arena_str(a, bytes), arena_str(a, str(hex))};
    return 0;
}

int worktree_file(OpCall *c, const FileRead *in, WorktreeFile *out, Err *e) {
    WorktreeRef ref = {.workspace_id = in->workspace_id, .worktree_id = in->worktree_id};
    Worktree w;
    WorktreeText text;
    if (memchr(in->path.p, 0, in->path.n)) return err_fail(e, ERR_INVALID, "path contains a NUL character");
    TRY(worktree_of(c->db, &ref, c->arena, &w, e));
    TRY(worktree_text(&w, arena_cstr(c->arena, in->path), c->arena, &text, e));
    *out = (WorktreeFile){.path = in->path, .content = text.content, .digest = text.digest};
    return 0;
}
