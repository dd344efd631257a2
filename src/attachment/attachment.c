/* See attachment.h: rows, and the files that they name. */
#include "attachment/attachment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attachment/attachment_in.h"
#include "attachment/attachment_sql.h"
#include "base/mem.h"
#include "sys/digest.h"
#include "sys/fault.h"

SHAPE_DEFINE(Attachment, ATTACHMENT);

enum { PIECE_BYTES = 256 << 10 };

int attachment_get(DbConn *db, Str id, Arena *a, Attachment *ret, Err *e) {
    bool found = false;
    TRY(db_one(db, &sql_attachment_by_id, DB_ARGS(db_text(id)), DB_INTO(Attachment, a, ret), &found, e));
    if (found) return 0;
    return err_fail(e, ERR_NOT_FOUND, "no attachment " STR_FMT "; one that no message has is removed after a day",
                    STR_ARG(id));
}

void attachment_file_name(Str sha256, Str suffix, char out[ATTACHMENT_FILE_NAME_MAX]) {
    snprintf(out, ATTACHMENT_FILE_NAME_MAX, ATTACHMENT_FOLDER "/" STR_FMT "." STR_FMT, STR_ARG(sha256),
             STR_ARG(suffix));
}

Str attachment_path(const App *app, const Attachment *at, Arena *a) {
    char name[ATTACHMENT_FILE_NAME_MAX];
    attachment_file_name(at->sha256, at->suffix, name);
    return arena_fmt(a, "%s/%s", app->home, name);
}

int attachments_room(DbConn *db, int64_t *ret, Err *e) {
    return db_scalar(db, &sql_attachment_bytes, DB_NONE, 0, ret, e);
}

/* --- the file --- */

static int fail_damaged(const Attachment *at, const char *what, Err *e) {
    return err_fail(e, ERR_INTERNAL, "the file of the attachment " STR_FMT " (sha256 " STR_FMT ") %s",
                    STR_ARG(str_upto(at->name, 100)), STR_ARG(at->sha256), what);
}

static int fail_open(const Attachment *at, Err *e) {
    if (errno == ENOENT) return fail_damaged(at, "is missing", e);
    if (errno == ELOOP) return fail_damaged(at, "has been replaced by a link", e);
    return err_sys(e, "cannot open the file of the attachment " STR_FMT, STR_ARG(str_upto(at->name, 100)));
}

static ssize_t read_some(int fd, char *to, size_t n) {
    ssize_t got;
    do got = fault_point("attachment.read") ? -1 : read(fd, to, n);
    while (got < 0 && errno == EINTR);
    return got;
}

/* Reads all of it, into `out` too if that is not NULL. */
static int check_content(int fd, const Attachment *at, Buf *out, Err *e) {
    CLEANUP(digest_partsp) DigestParts *d = digest_begin();
    CLEANUP(free_p) char *piece = mu_alloc(PIECE_BYTES);
    uint8_t digest[32];
    char hex[65];
    int64_t size = 0;
    ssize_t n;
    while ((n = read_some(fd, piece, PIECE_BYTES)) > 0) {
        size += n;
        if (size > at->size) break;
        digest_add(d, str_n(piece, (size_t)n));
        if (out) buf_add(out, piece, (size_t)n);
    }
    if (n < 0) return err_sys(e, "cannot read the attachment " STR_FMT, STR_ARG(str_upto(at->name, 100)));
    digest_end(d, digest);
    digest_hex(digest, sizeof digest, hex);
    return size == at->size && str_is(at->sha256, hex) ? 0 : fail_damaged(at, "is damaged", e);
}

static int open_checked(const App *app, const Attachment *at, Buf *out, int *ret_fd, Err *e) {
    char name[ATTACHMENT_FILE_NAME_MAX];
    struct stat st;
    attachment_file_name(at->sha256, at->suffix, name);
    CLEANUP(fd_closep) int fd = openat(app->home_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) return fail_open(at, e);
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) return fail_damaged(at, "is no longer a regular file", e);
    TRY(check_content(fd, at, out, e));
    *ret_fd = TAKE_FD(fd);
    return 0;
}

int attachment_open(const App *app, const Attachment *at, int *ret_fd, Err *e) {
    return open_checked(app, at, NULL, ret_fd, e);
}

int attachment_read(const App *app, const Attachment *at, Buf *out, Err *e) {
    CLEANUP(fd_closep) int fd = -1;
    if (out) buf_reserve(out, (size_t)at->size);
    return open_checked(app, at, out, &fd, e);
}
