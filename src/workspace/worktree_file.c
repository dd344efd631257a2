/* Files of a worktree: opened so that nothing waits and nothing leads out of it, and read in parts. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"
#include "sys/digest.h"
#include "sys/file.h"
#include "sys/path_look.h"
#include "workspace/file_in.h"
#include "workspace/worktree_file.h"

SHAPE_DEFINE(FileRead, FILE_READ);
SHAPE_DEFINE(FilePart, FILE_PART);

enum { CHUNK = 64 << 10, CHAR_MAX_BYTES = 4 };
static const int64_t DIGEST_MAX = 256 << 20;

int worktree_top(const Worktree *w, int *ret_fd, Err *e) {
    if (path_look(w->path) == PATH_SILENT)
        return err_fail(e, ERR_TIMEOUT, "the disk of " STR_FMT " does not answer", STR_ARG(w->path));
    int fd = open(w->path.p, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return err_fail(e, ERR_NOT_FOUND, "the folder " STR_FMT " is gone", STR_ARG(w->path));
    if (fd < 0) return err_sys(e, "open " STR_FMT, STR_ARG(w->path));
    *ret_fd = fd;
    return 0;
}

int worktree_path(Arena *a, Str path, const char **ret, Err *e) {
    if (memchr(path.p, 0, path.n)) return err_fail(e, ERR_INVALID, "path contains a NUL character");
    *ret = arena_cstr(a, path);
    return 0;
}

int file_open_regular(int dirfd, const char *path, int more_flags, int *ret_fd, Err *e) {
    static const int flags[] = {O_PATH, O_RDONLY | O_NONBLOCK | O_NOCTTY};
    CLEANUP(fd_closep) int fd = -1;
    for (size_t i = 0; i < COUNT_OF(flags); i++) {
        struct stat st;
        fd_closep(&fd);
        TRY(file_open_beneath(dirfd, path, flags[i] | more_flags, 0, &fd, e));
        if (fstat(fd, &st) < 0) return err_sys(e, "look at %s", path);
        if (!S_ISREG(st.st_mode)) return err_fail(e, ERR_INVALID, "%s is not a regular file", path);
    }
    *ret_fd = TAKE_FD(fd);
    return 0;
}

/* -- reading ------------------------------------------------------------------------------------------------- */

typedef struct Reading {
    DigestParts *digest; /* NULL: too large */
    int64_t from, limit; /* the part */
    int64_t at;          /* bytes read so far */
    Buf part;
    char left[CHAR_MAX_BYTES]; /* of a character that the last chunk cut */
    size_t left_n;
    bool is_binary;
} Reading;

static void reading_done(Reading *r) {
    digest_partsp(&r->digest);
    buf_done(&r->part);
}

/* The text without the beginning of a character at its end; false: it is not UTF-8, or has a NUL. */
static bool whole_chars(Str s, Str *ret) {
    if (s.n && memchr(s.p, 0, s.n)) return false;
    for (size_t cut = 0; cut < CHAR_MAX_BYTES && cut <= s.n; cut++) {
        *ret = str_upto(s, s.n - cut);
        if (str_is_utf8(*ret)) return true;
    }
    return false;
}

static void check_text(Reading *r, Str chunk) {
    char joined[CHAR_MAX_BYTES + CHUNK];
    Str text = {joined, r->left_n + chunk.n}, whole;
    if (r->is_binary || !r->digest) return; /* from the middle of a character on, perhaps */
    memcpy(joined, r->left, r->left_n);
    memcpy(joined + r->left_n, chunk.p, chunk.n);
    r->is_binary = !whole_chars(text, &whole);
    if (r->is_binary) return;
    r->left_n = text.n - whole.n;
    memcpy(r->left, joined + whole.n, r->left_n);
}

static void take_chunk(Reading *r, Str chunk) {
    int64_t skip = r->from - r->at;
    if (skip < (int64_t)chunk.n) {
        Str of_part = str_from(chunk, skip > 0 ? (size_t)skip : 0);
        buf_add_str(&r->part, str_upto(of_part, (size_t)r->limit - r->part.n));
    }
    r->at += (int64_t)chunk.n;
    if (r->digest) digest_add(r->digest, chunk);
    check_text(r, chunk);
}

/* What is too large to be read whole is read from the part on. */
static int read_chunks(int fd, const char *path, Reading *r, Err *e) {
    char chunk[CHUNK];
    for (;;) {
        ssize_t n = pread(fd, chunk, sizeof chunk, (off_t)r->at);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return err_sys(e, "read %s", path);
        take_chunk(r, str_n(chunk, (size_t)n));
        bool is_end = n == 0 || (!r->digest && r->part.n == (size_t)r->limit);
        if (is_end) break;
        if (r->digest && r->at > DIGEST_MAX) return err_fail(e, ERR_CONFLICT, "%s grows while it is read", path);
    }
    r->is_binary |= r->digest && r->left_n;
    return 0;
}

/* The part, from the start of a character to the end of one. */
static void give_part(const Reading *r, int64_t size, Arena *a, FilePart *ret) {
    Str part = buf_str(&r->part), whole;
    size_t inside = 0;
    while (r->from && inside < part.n && inside < CHAR_MAX_BYTES - 1 && ((unsigned char)part.p[inside] & 0xc0) == 0x80)
        inside++;
    part = str_from(part, inside);
    ret->offset = r->from < size ? r->from + (int64_t)inside : size;
    ret->is_binary = r->is_binary || !whole_chars(part, &whole);
    if (ret->is_binary) return;
    GIVE(FilePart, ret, content, arena_str(a, whole));
    int64_t next = ret->offset + (int64_t)whole.n;
    if (next < size && next > r->from) GIVE(FilePart, ret, next, next);
}

int file_part(int fd, const char *path, FileRange part, Arena *a, FilePart *ret, Err *e) {
    struct stat st;
    CLEANUP(reading_done) Reading r = {.from = part.offset, .limit = part.limit};
    uint8_t digest[32];
    char hex[65];
    buf_init(&r.part, (size_t)part.limit);
    if (fstat(fd, &st) < 0) return err_sys(e, "look at %s", path);
    bool is_whole = st.st_size <= DIGEST_MAX;
    if (is_whole)
        r.digest = digest_begin();
    else
        r.at = part.offset;
    TRY(read_chunks(fd, path, &r, e));
    ret->size = is_whole ? r.at : st.st_size;
    give_part(&r, ret->size, a, ret);
    if (!is_whole) return 0;
    digest_end(r.digest, digest);
    digest_hex(digest, sizeof digest, hex);
    GIVE(FilePart, ret, digest, arena_str(a, str(hex)));
    return 0;
}

int worktree_text(const Worktree *w, const char *path, Arena *a, WorktreeText *ret, Err *e) {
    CLEANUP(fd_closep) int top = -1, fd = -1;
    FilePart part = {0};
    TRY(worktree_top(w, &top, e));
    TRY(file_open_regular(top, path, 0, &fd, e));
    TRY(file_part(fd, path, (FileRange){0, FILE_PART_MAX}, a, &part, e));
    if (part.is_binary) return err_fail(e, ERR_INVALID, "%s is not a text file", path);
    if (part.size > FILE_PART_MAX)
        return err_fail(e, ERR_TOO_LARGE, "%s is larger than %d MiB", path, FILE_PART_MAX >> 20);
    *ret = (WorktreeText){part.content, part.digest};
    return 0;
}

int worktree_read_file(OpCall *c, const FileRead *in, FilePart *out, Err *e) {
    WorktreeRef ref = {.workspace_id = in->workspace_id, .worktree_id = in->worktree_id};
    Worktree w;
    const char *path = NULL;
    CLEANUP(fd_closep) int top = -1, fd = -1;
    TRY(worktree_path(c->arena, in->path, &path, e));
    TRY(worktree_of(c->db, &ref, c->arena, &w, e));
    TRY(worktree_top(&w, &top, e));
    TRY(file_open_regular(top, path, 0, &fd, e));
    out->path = in->path;
    return file_part(fd, path, (FileRange){in->offset, in->limit}, c->arena, out, e);
}
