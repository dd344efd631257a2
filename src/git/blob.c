/* The bytes of one file: of a tree, the index or the worktree. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "git/diff.h"
#include "sys/digest.h"
#include "sys/file.h"

SHAPE_DEFINE(GitBlob, GIT_BLOB);

enum { BLOB_MAX = 256 << 20, SNIFF_BYTES = 512 };

/* By content only, never by name (the WHATWG MIME Sniffing standard, section 6.1, for images). What is not listed is
 * text if it is UTF-8 without NUL. */
static const struct {
    Str head;
    size_t at;
    const char *type;
} types[] = {
    {{"\x89PNG\r\n\x1a\n", 8}, 0, "image/png"},
    {{"\xff\xd8\xff", 3}, 0, "image/jpeg"},
    {{"GIF87a", 6}, 0, "image/gif"},
    {{"GIF89a", 6}, 0, "image/gif"},
    {{"WEBP", 4}, 8, "image/webp"},
    {{"BM", 2}, 0, "image/bmp"},
    {{"\0\0\1\0", 4}, 0, "image/x-icon"},
    {{"ftypavif", 8}, 4, "image/avif"},
    {{"%PDF-", 5}, 0, "application/pdf"},
};

static const char *sniff(Str head) {
    size_t at;
    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (str_starts(str_from(head, types[i].at), types[i].head)) return types[i].type;
    if (head.n && memchr(head.p, 0, head.n)) return "application/octet-stream";
    Str start = str_trim(head);
    bool is_svg =
        str_starts(start, STR("<svg")) || (str_starts(start, STR("<?xml")) && str_find(start, STR("<svg"), &at));
    if (is_svg) return "image/svg+xml";
    /* The head may end inside a character. */
    for (size_t cut = 0; cut < 4 && cut <= head.n; cut++)
        if (str_is_utf8(str_upto(head, head.n - cut))) return "text/plain";
    return "application/octet-stream";
}

static void give(Arena *a, Str bytes, GitBlob *ret) {
    char *text = arena_alloc_raw(a, 4 * (bytes.n + 2) / 3 + 1);
    ret->content = str_n(text, base64_print(bytes.p, bytes.n, text, false));
}

static int not_found(const GitBlobPart *p, Err *e) {
    return err_fail(e, ERR_NOT_FOUND, STR_FMT " does not exist on this side", STR_ARG(p->path));
}

static int read_part(int fd, int64_t offset, Buf *out, size_t max, Err *e) {
    while (out->n < max) {
        if (!buf_reserve(out, max - out->n)) break;
        ssize_t n = pread(fd, out->p + out->n, max - out->n, offset + (int64_t)out->n);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return err_sys(e, "cannot read the file");
        if (n == 0) break;
        out->n += (size_t)n;
    }
    return 0;
}

static int part_of(int fd, const GitBlobPart *p, Arena *a, GitBlob *ret, Err *e) {
    CLEANUP(buf_done) Buf head, part;
    buf_init(&head, SNIFF_BYTES + 1);
    buf_init(&part, GIT_BLOB_PART + 1);
    TRY(read_part(fd, 0, &head, SNIFF_BYTES, e));
    TRY(read_part(fd, p->offset, &part, (size_t)p->limit, e));
    if (!ret->media_type.p) ret->media_type = str(sniff(buf_str(&head)));
    give(a, buf_str(&part), ret);
    return 0;
}

static int regular_part(int top_fd, const char *path, const GitBlobPart *p, Arena *a, GitBlob *ret, Err *e) {
    CLEANUP(fd_closep) int fd = -1;
    TRY(file_open_beneath(top_fd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0, &fd, e));
    return part_of(fd, p, a, ret, e);
}

static void whole_part(Arena *a, Str bytes, const GitBlobPart *p, GitBlob *ret) {
    ret->size = (int64_t)bytes.n;
    if (!ret->media_type.p)
        ret->media_type = str(sniff(str_upto(bytes, bytes.n < SNIFF_BYTES ? bytes.n : SNIFF_BYTES)));
    give(a, str_upto(str_from(bytes, (size_t)p->offset), (size_t)p->limit), ret);
}

/* Looked at before it is opened, since opening a pipe or a device may wait. */
static int from_worktree(const Git *g, const GitBlobPart *p, GitBlob *ret, Err *e) {
    const char *path = arena_cstr(g->arena, p->path);
    struct stat st;
    CLEANUP(fd_closep) int fd = -1;
    CLEANUP(fd_closep) int top_fd = open(g->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (top_fd < 0) return err_sys(e, "cannot open %s", g->dir);
    int r = file_open_beneath(top_fd, path, O_PATH | O_NOFOLLOW, 0, &fd, e);
    if (r < 0) return r == -ERR_NOT_FOUND ? not_found(p, e) : r;
    if (fstat(fd, &st) < 0) return err_sys(e, "cannot look at %s", path);
    ret->is_link = S_ISLNK(st.st_mode);
    ret->size = st.st_size;
    if (S_ISREG(st.st_mode)) return regular_part(top_fd, path, p, g->arena, ret, e);
    if (!ret->is_link) return err_fail(e, ERR_INVALID, "%s is not a file", path);
    char *target = arena_alloc(g->arena, 4096);
    ssize_t n = readlinkat(fd, "", target, 4096);
    if (n < 0) return err_sys(e, "cannot read the link %s", path);
    ret->media_type = STR("text/plain");
    whole_part(g->arena, str_n(target, (size_t)n), p, ret);
    return 0;
}

/* The object of the file: "<mode> <type> <id>" of a tree, "<mode> <id> <stage>" of the index. Of an unmerged path ours,
 * which is what a diff compares with, else what there is. */
static int find_object(const Git *g, const GitSides *s, const char *path, Str *ret_mode, Str *ret_id, Err *e) {
    GitOut o;
    const char *const *of_tree = GIT_ARGS("ls-tree", "-z", "--full-tree", "--end-of-options", s->to, "--", path);
    const char *const *of_index = GIT_ARGS("ls-files", "-z", "--stage", "--", path);
    TRY(git_quiet(g, &(GitCall){.args = s->to ? of_tree : of_index}, &o, e));
    Str record, rest = o.out, head, mode, kind, id;
    *ret_id = (Str){0};
    while (rest.n && str_split(&rest, 0, &record)) {
        Str name = record;
        if (!str_split(&name, '\t', &head) || !str_is(name, path) || !str_split(&head, ' ', &mode)) continue;
        if (s->to && !str_split(&head, ' ', &kind)) continue;
        if (!str_split(&head, ' ', &id) || (ret_id->p && !str_is(head, "2"))) continue;
        *ret_mode = mode;
        *ret_id = id;
    }
    return 0;
}

int git_blob_id(const Git *g, const GitSides *s, const char *path, Str *ret, Err *e) {
    Str mode;
    return find_object(g, s, path, &mode, ret, e);
}

/* -- the object that is kept ------------------------------------------------------------------------------------- */

struct GitBlobKeep {
    const char *folder;
    pthread_mutex_t lock; /* of what follows */
    int fd;               /* -1: none */
    int64_t size;
    char id[80];
};

GitBlobKeep *git_blob_keep_new(const char *folder) {
    GitBlobKeep *k = mu_new(GitBlobKeep);
    k->folder = folder;
    k->fd = -1;
    pthread_mutex_init(&k->lock, NULL);
    return k;
}

void git_blob_keep_free(GitBlobKeep *k) {
    if (!k) return;
    fd_closep(&k->fd);
    pthread_mutex_destroy(&k->lock);
    free(k);
}

static bool write_whole(int fd, Str bytes) {
    while (bytes.n) {
        ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        bytes = str_from(bytes, (size_t)n);
    }
    return true;
}

/* A file that cannot be written is not kept. */
static void keep_set(GitBlobKeep *k, Str id, Str bytes) {
    CLEANUP(fd_closep) int fd = open(k->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0 || id.n >= sizeof k->id || !write_whole(fd, bytes)) return;
    pthread_mutex_lock(&k->lock);
    fd_closep(&k->fd);
    k->fd = fd;
    fd = -1;
    k->size = (int64_t)bytes.n;
    memcpy(k->id, id.p, id.n);
    k->id[id.n] = 0;
    pthread_mutex_unlock(&k->lock);
}

/* A copy of its descriptor, -1 if another object is kept. */
static int keep_open(GitBlobKeep *k, Str id, int64_t *ret_size) {
    pthread_mutex_lock(&k->lock);
    int fd = k->fd >= 0 && str_is(id, k->id) ? fcntl(k->fd, F_DUPFD_CLOEXEC, 3) : -1;
    *ret_size = k->size;
    pthread_mutex_unlock(&k->lock);
    return fd;
}

/* After its last part nobody needs it. */
static void keep_drop(GitBlobKeep *k, Str id) {
    pthread_mutex_lock(&k->lock);
    if (str_is(id, k->id)) fd_closep(&k->fd);
    pthread_mutex_unlock(&k->lock);
}

static int kept_part(const GitBlobPart *p, Str id, Arena *a, GitBlob *ret, bool *ret_found, Err *e) {
    CLEANUP(fd_closep) int fd = p->keep ? keep_open(p->keep, id, &ret->size) : -1;
    *ret_found = fd >= 0;
    if (fd < 0) return 0;
    if (p->offset >= ret->size - p->limit) keep_drop(p->keep, id);
    return part_of(fd, p, a, ret, e);
}

static int from_git(const Git *g, const GitSides *s, const GitBlobPart *p, GitBlob *ret, Err *e) {
    const char *path = arena_cstr(g->arena, p->path);
    Str mode, id;
    GitOut o;
    bool is_kept;
    TRY(find_object(g, s, path, &mode, &id, e));
    if (!id.p) return not_found(p, e);
    if (str_is(mode, "160000") || str_is(mode, "040000")) return err_fail(e, ERR_INVALID, "%s is not a file", path);
    ret->is_link = str_is(mode, "120000");
    TRY(kept_part(p, id, g->arena, ret, &is_kept, e));
    if (is_kept) return 0;
    const char *const *args = GIT_ARGS("cat-file", "blob", arena_cstr(g->arena, id));
    int r = git_quiet(g, &(GitCall){.args = args, .output_max = BLOB_MAX}, &o, e);
    if (r == -ERR_TOO_LARGE) return err_fail(e, ERR_TOO_LARGE, "%s is larger than %d MiB", path, BLOB_MAX >> 20);
    TRY(r);
    whole_part(g->arena, o.out, p, ret);
    if (p->keep && p->offset < ret->size - p->limit) keep_set(p->keep, id, o.out);
    return 0;
}

int git_blob(const Git *g, const GitSides *s, const GitBlobPart *p, GitBlob *ret, Err *e) {
    GitBlob b = {.path = p->path, .offset = p->offset};
    if (memchr(p->path.p, 0, p->path.n)) return err_fail(e, ERR_INVALID, "path contains a NUL character");
    TRY(s->to || s->to_index ? from_git(g, s, p, &b, e) : from_worktree(g, p, &b, e));
    *ret = b;
    return 0;
}
