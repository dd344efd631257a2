#include "sys/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "sys/digest.h"
#include "sys/fault.h"
#include "sys/file_in.h"

int file_fail_at(Err *e, const char *where, const char *doing, const char *path) {
    ErrCode code = errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND
                   : errno == EACCES || errno == EPERM ? ERR_FORBIDDEN
                                                       : ERR_INTERNAL;
    return err_sys_at(e, code, where, "cannot %s %s", doing, path);
}

static int open_at(int dirfd, const char *path, int flags, mode_t mode) {
    if (fault_point("file.open")) return -1;
    return openat(dirfd, path, flags | O_CLOEXEC, mode);
}

/* One read of at most `room` bytes; interrupted reads are repeated. */
static ssize_t read_some(int fd, char *to, size_t room) {
    if (fault_point("file.read")) return -1;
    ssize_t n;
    do n = read(fd, to, room);
    while (n < 0 && errno == EINTR);
    return n;
}

static int too_large(const char *path, const Buf *out, Err *e) {
    return err_fail(e, ERR_TOO_LARGE, "%s is larger than %zu bytes", path, out->max);
}

int file_read(int dirfd, const char *path, Buf *out, Err *e) {
    /* If a named pipe has replaced the file, do not wait for its other end. */
    CLEANUP(fd_closep) int fd = open_at(dirfd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0) return file_fail(e, "read", path);
    size_t hint = S_ISREG(st.st_mode) ? (size_t)st.st_size : 0;
    if (hint > out->max - out->n) return too_large(path, out, e);
    buf_reserve(out, hint);
    for (;;) {
        /* Reading one byte more than the Buf may hold shows whether the file continues. */
        char chunk[16384];
        size_t room = out->max - out->n;
        ssize_t n = read_some(fd, chunk, room < sizeof chunk ? room + 1 : sizeof chunk);
        if (n < 0) return file_fail(e, "read", path);
        if (n == 0) return 0;
        if ((size_t)n > room) return too_large(path, out, e);
        buf_add(out, chunk, (size_t)n);
    }
}

static int write_all(int fd, Str bytes) {
    while (bytes.n) {
        ssize_t n = fault_point("file.write") ? -1 : write(fd, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return -1;
        bytes = str_from(bytes, (size_t)n);
    }
    return 0;
}

static int sync_fd(int fd) { return fault_point("file.sync") ? -1 : fsync(fd); }

/* The folder part of a path, "." if there is none, "/" for a name in the root. */
static Str folder_of(const char *path) {
    const char *slash = strrchr(path, '/');
    if (!slash) return STR(".");
    return slash == path ? STR("/") : str_n(path, (size_t)(slash - path));
}

static int fill_file(int dirfd, const char *path, Str bytes, mode_t mode) {
    CLEANUP(fd_closep) int fd = open_at(dirfd, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (fd < 0) return -1;
    /* The mode is set here, not at creation, because the umask would clear bits. */
    return fchmod(fd, mode) < 0 || write_all(fd, bytes) < 0 || sync_fd(fd) < 0 ? -1 : 0;
}

static int rename_at(int dirfd, const char *from, const char *to) {
    return fault_point("file.rename") ? -1 : renameat(dirfd, from, dirfd, to);
}

static int sync_folder(int dirfd, const char *folder) {
    CLEANUP(fd_closep) int fd = open_at(dirfd, folder, O_RDONLY | O_DIRECTORY, 0);
    return fd < 0 ? -1 : sync_fd(fd);
}

int file_write_atomic(int dirfd, const char *path, Str bytes, mode_t mode, Err *e) {
    uint8_t random[8];
    char suffix[2 * sizeof random + 1];
    random_bytes(random, sizeof random);
    digest_hex(random, sizeof random, suffix);
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *temporary = arena_fmt(a, "%s.%s.tmp", path, suffix).p;
    int failed = fill_file(dirfd, temporary, bytes, mode);
    if (!failed) {
        CRASH("file.written");
        failed = rename_at(dirfd, temporary, path);
    }
    if (failed) {
        int failing = file_fail(e, "write", path);
        unlinkat(dirfd, temporary, 0);
        return failing;
    }
    CRASH("file.renamed");
    if (sync_folder(dirfd, arena_cstr(a, folder_of(path))) < 0) return file_fail(e, "sync the folder of", path);
    return 0;
}

static int make_folder(const char *path, mode_t mode) {
    if (fault_point("file.mkdir")) return -1;
    return mkdir(path, mode) == 0 || errno == EEXIST ? 0 : -1;
}

int file_mkdirs(const char *path, mode_t mode, Err *e) {
    CLEANUP(free_p) char *part = mu_strdup(path);
    for (char *slash = strchr(part + (*part == '/'), '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (*part && make_folder(part, mode) < 0) return file_fail(e, "create the folder", part);
        *slash = '/';
    }
    struct stat st;
    if (make_folder(part, mode) < 0 || stat(part, &st) < 0) return file_fail(e, "create the folder", path);
    if (!S_ISDIR(st.st_mode)) return err_fail(e, ERR_CONFLICT, "cannot create the folder %s: a file is there", path);
    return 0;
}

/* ---- locks ---- */

int file_lock(int dirfd, const char *path, int *ret_fd, bool *ret_held, Err *e) {
    CLEANUP(fd_closep) int fd = open_at(dirfd, path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
    if (fd < 0) return file_fail(e, "open the lock", path);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    bool held = fcntl(fd, F_OFD_SETLK, &lock) == 0;
    if (!held && errno != EAGAIN && errno != EACCES) return file_fail(e, "lock", path);
    *ret_held = held;
    *ret_fd = held ? TAKE_FD(fd) : -1;
    return 0;
}

int file_is_locked(int dirfd, const char *path, bool *ret_locked, Err *e) {
    CLEANUP(fd_closep) int fd = open_at(dirfd, path, O_RDONLY | O_NOFOLLOW, 0);
    if (fd < 0 && errno == ENOENT) {
        *ret_locked = false;
        return 0;
    }
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fd < 0 || fcntl(fd, F_OFD_GETLK, &lock) < 0) return file_fail(e, "check the lock", path);
    *ret_locked = lock.l_type != F_UNLCK;
    return 0;
}

/* ---- paths ---- */

int file_real_path(const char *path, char **ret, Err *e) {
    char *real = realpath(path, NULL);
    if (!real) return file_fail(e, "find", path);
    *ret = real;
    return 0;
}

void dir_closep(DIR **d) {
    if (*d) closedir(*d);
}

Str path_last(Str path) {
    const char *slash = path.n ? memrchr(path.p, '/', path.n) : NULL;
    return slash ? str_from(path, (size_t)(slash - path.p) + 1) : path;
}

bool path_is_beneath(Str path, Str root) {
    while (root.n && root.p[root.n - 1] == '/') root.n--;
    if (!str_starts(path, root)) return false;
    return path.n == root.n || path.p[root.n] == '/';
}

int64_t file_free_bytes(const char *path) {
    struct statvfs st;
    if (statvfs(path, &st) < 0) return -1;
    return (int64_t)st.f_bavail * (int64_t)st.f_frsize;
}

/* ---- beneath a root ---- */

static int open_by_openat2(int dirfd, const char *path, int flags, mode_t mode) {
    struct open_how how = {
        .flags = (uint64_t)(flags | O_CLOEXEC),
        .mode = flags & O_CREAT ? mode : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
    };
    long fd;
    do fd = syscall(SYS_openat2, dirfd, path, &how, sizeof how);
    while (fd < 0 && (errno == EAGAIN || errno == EINTR)); /* a rename raced with the walk */
    return (int)fd;
}

/* Opens each part separately, so that none can be a link; stricter than openat2, which follows links that stay inside.
 */
int file_open_by_walk(int dirfd, const char *path, int flags, mode_t mode) {
    CLEANUP(fd_closep) int folder = -1;
    Str rest = str(path), part;
    char name[NAME_MAX + 1];
    errno = EXDEV;
    if (*path == '/') return -1;
    while (str_split(&rest, '/', &part)) {
        errno = part.n > NAME_MAX ? ENAMETOOLONG : EXDEV;
        if (part.n > NAME_MAX || str_is(part, "..")) return -1;
        snprintf(name, sizeof name, STR_FMT, STR_ARG(part.n ? part : STR(".")));
        int from = folder >= 0 ? folder : dirfd;
        if (!rest.p) return openat(from, name, flags | O_NOFOLLOW | O_CLOEXEC, mode);
        int next = openat(from, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (next < 0) return -1;
        fd_closep(&folder);
        folder = next;
    }
    return -1;
}

int file_open_beneath(int dirfd, const char *path, int flags, mode_t mode, int *ret_fd, Err *e) {
    int fd = fault_point("file.beneath") ? -1 : open_by_openat2(dirfd, path, flags, mode);
    if (fd < 0 && (errno == ENOSYS || errno == EPERM)) fd = file_open_by_walk(dirfd, path, flags, mode);
    if (fd < 0 && (errno == EXDEV || errno == ELOOP))
        return err_fail(e, ERR_FORBIDDEN, "%s leads out of its folder", path);
    if (fd < 0) return file_fail(e, "open", path);
    *ret_fd = fd;
    return 0;
}

/* --- names beneath a root --- */

int file_path_of_fd(int fd, Arena *a, Str *ret, Err *e) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path);
    if (n < 0 || n == (ssize_t)sizeof path) return err_sys(e, "cannot read the path of an open file");
    *ret = arena_str(a, str_n(path, (size_t)n));
    return 0;
}

static int leads_out(const char *path, Err *e) {
    return err_fail(e, ERR_FORBIDDEN, "%s leads out of its folder", path);
}

/* From where a path is resolved. */
typedef struct From {
    int dirfd;
    bool is_beneath; /* never out of it */
} From;

static int open_to_name(From from, const char *path, int flags, int *ret_fd, Err *e) {
    if (from.is_beneath) return file_open_beneath(from.dirfd, path, O_PATH | flags, 0, ret_fd, e);
    *ret_fd = openat(from.dirfd, path, O_PATH | O_CLOEXEC | flags);
    return *ret_fd < 0 ? file_fail(e, "open", path) : 0;
}

/* The longest part of the path that exists, after links. *ret_rest: the rest. */
static int resolve_head(From from, const char *path, Arena *a, Str *ret, Str *ret_rest, Err *e) {
    char head[PATH_MAX];
    size_t n = strlen(path);
    if (n >= sizeof head) return err_fail(e, ERR_INVALID, "the path is too long");
    memcpy(head, path, n + 1);
    for (;;) {
        CLEANUP(fd_closep) int fd = -1;
        CLEANUP(fd_closep) int link = -1;
        Err why = {0};
        const char *part = n ? head : *path == '/' ? "/" : ".";
        *ret_rest = str_from(str(path), n);
        if (open_to_name(from, part, 0, &fd, &why) >= 0) return file_path_of_fd(fd, a, ret, e);
        bool is_missing = why.code == ERR_NOT_FOUND && n;
        if (!is_missing) return err_fail(e, why.code, "%s", why.text);
        if (open_to_name(from, part, O_NOFOLLOW, &link, &why) >= 0) return leads_out(path, e);
        const char *slash = memrchr(head, '/', n);
        n = slash ? (size_t)(slash - head) : 0;
        head[n] = '\0';
    }
}

/* What does not exist: without links, and so without ways back up. */
static int add_rest(Buf *b, const char *path, Str rest, Err *e) {
    Str part;
    while (str_split(&rest, '/', &part)) {
        if (str_is(part, "..")) return leads_out(path, e);
        if (!part.n || str_is(part, ".")) continue;
        if (b->n && b->p[b->n - 1] != '/') buf_add_c(b, '/');
        buf_add_str(b, part);
    }
    return b->failed ? err_fail(e, ERR_INVALID, "%s is too long", path) : 0;
}

int file_resolve(int dirfd, const char *path, Arena *a, Str *ret, Err *e) {
    CLEANUP(buf_done) Buf b;
    Str real, rest;
    buf_init(&b, 2 * PATH_MAX);
    TRY(resolve_head((From){dirfd, false}, path, a, &real, &rest, e));
    buf_add_str(&b, real);
    TRY(add_rest(&b, path, rest, e));
    *ret = arena_str(a, buf_str(&b));
    return 0;
}

int file_resolve_beneath(int dirfd, const char *path, Arena *a, Str *ret, Err *e) {
    CLEANUP(buf_done) Buf b;
    Str root, real, rest;
    buf_init(&b, 2 * PATH_MAX);
    if (*path == '/') return leads_out(path, e);
    TRY(file_path_of_fd(dirfd, a, &root, e));
    TRY(resolve_head((From){dirfd, true}, path, a, &real, &rest, e));
    if (!path_is_beneath(real, root)) return leads_out(path, e);
    buf_add_str(&b, str_from(real, root.n + (real.n > root.n && root.n > 1)));
    TRY(add_rest(&b, path, rest, e));
    *ret = b.n ? arena_str(a, buf_str(&b)) : STR(".");
    return 0;
}
