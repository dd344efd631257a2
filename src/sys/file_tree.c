/* Removing and measuring trees. A removal enters folders by descriptor, so that it never follows a link. It moves a
 * folder deeper than DEPTH_MAX to the top and removes it from there: descriptors are bounded, depth is not. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/own.h"
#include "base/str.h"
#include "sys/fault.h"
#include "sys/file.h"
#include "sys/file_in.h"

enum { DEPTH_MAX = 64 };

typedef struct Removal {
    int top;
    dev_t device;
    unsigned moved;
} Removal;

static int empty_folder(Removal *r, int fd, unsigned depth);

static int unlink_at(int dirfd, const char *name, int flags) {
    return fault_point("file.unlink") ? -1 : unlinkat(dirfd, name, flags);
}

/* If the owner has no rights to a folder, grants them first. */
static int enter(int dirfd, const char *name) {
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    CLEANUP(fd_closep) int path_fd = openat(dirfd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    if (path_fd < 0 || fstat(path_fd, &st) < 0) return -1;
    if ((st.st_mode & 0700) != 0700) {
        char proc[64];
        snprintf(proc, sizeof proc, "/proc/self/fd/%d", path_fd);
        if (chmod(proc, (st.st_mode & 07777) | 0700) < 0) return -1;
    }
    return openat(dirfd, name, flags);
}

/* An interrupted removal may have left such names at the top. */
static int move_up(Removal *r, int dirfd, const char *name) {
    int moved;
    do {
        char to[48];
        snprintf(to, sizeof to, ".muster-removing-%u", r->moved++);
        moved = renameat(dirfd, name, r->top, to);
    } while (moved < 0 && (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR));
    return moved;
}

static int remove_folder(Removal *r, int dirfd, const char *name, unsigned depth) {
    if (depth == DEPTH_MAX) return move_up(r, dirfd, name);
    int fd = enter(dirfd, name);
    if (fd < 0) return -1;
    struct stat st;
    if (fstat(fd, &st) == 0 && st.st_dev != r->device) {
        close(fd);
        errno = EXDEV;
        return -1;
    }
    return empty_folder(r, fd, depth + 1) < 0 ? -1 : unlink_at(dirfd, name, AT_REMOVEDIR);
}

static int remove_entry(Removal *r, int dirfd, const char *name, unsigned depth) {
    struct stat st;
    if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) return errno == ENOENT ? 0 : -1;
    return S_ISDIR(st.st_mode) ? remove_folder(r, dirfd, name, depth) : unlink_at(dirfd, name, 0);
}

/* Takes fd. */
static int empty_folder(Removal *r, int fd, unsigned depth) {
    CLEANUP(dir_closep) DIR *d = fdopendir(fd);
    if (!d) {
        close(fd);
        return -1;
    }
    for (struct dirent *entry; (errno = 0, entry = readdir(d));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (remove_entry(r, dirfd(d), entry->d_name, depth) < 0) return -1;
    }
    return errno ? -1 : 0;
}

/* Repeats until a pass moves nothing up: each moved folder is at the top again. */
static int empty_top(int top, dev_t device) {
    Removal r = {.top = top, .device = device};
    for (unsigned before = 1; before != r.moved;) {
        before = r.moved;
        int fd = openat(top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0 || empty_folder(&r, fd, 0) < 0) return -1;
    }
    return 0;
}

int file_remove_tree(const char *path, Err *e) {
    struct stat st;
    if (lstat(path, &st) < 0) return errno == ENOENT ? 0 : file_fail(e, "remove", path);
    if (!S_ISDIR(st.st_mode)) return unlink_at(AT_FDCWD, path, 0) < 0 ? file_fail(e, "remove", path) : 0;
    CLEANUP(fd_closep) int top = enter(AT_FDCWD, path);
    if (top < 0 || empty_top(top, st.st_dev) < 0 || unlink_at(AT_FDCWD, path, AT_REMOVEDIR) < 0)
        return file_fail(e, "remove", path);
    return 0;
}

static bool is_passed_over(const FTSENT *en, const char *except) {
    if (en->fts_info == FTS_DP) return true;
    return en->fts_level == 0 || (en->fts_level == 1 && en->fts_info == FTS_F && strcmp(en->fts_name, except) == 0);
}

static int64_t us_of(struct timespec t) { return t.tv_sec * 1000000ll + t.tv_nsec / 1000; }

static FileChange change_of(const FTSENT *en, const FileSince *since) {
    const struct stat *st = en->fts_statp;
    if (en->fts_info == FTS_NS || en->fts_info == FTS_ERR || en->fts_info == FTS_DNR) return FILE_UNREADABLE;
    if (is_passed_over(en, since->except) || us_of(st->st_ctim) < since->us) return FILE_SAME;
    if (us_of(st->st_mtim) >= since->us) return FILE_CHANGED;
    bool has_names = S_ISREG(st->st_mode) && st->st_nlink > 1;
    return since->is_by_content || has_names ? FILE_SAME : FILE_TOUCHED;
}

FileChange file_tree_changed(const char *folder, const FileSince *since, Buf *ret) {
    char *const roots[] = {(char *)folder, NULL}; /* fts_open(3) only reads them */
    FTS *f = fts_open(roots, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, NULL);
    FileChange is = FILE_SAME;
    if (!f) {
        buf_add_str(ret, str(folder));
        return FILE_UNREADABLE;
    }
    for (FTSENT *en; is == FILE_SAME && (en = fts_read(f));)
        if ((is = change_of(en, since)) != FILE_SAME) buf_add_str(ret, str(en->fts_path));
    fts_close(f);
    return is;
}

int64_t file_tree_bytes(const char *path) {
    char *const roots[] = {(char *)path, NULL}; /* fts_open(3) only reads them */
    FTS *f = fts_open(roots, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, NULL);
    int64_t bytes = 0;
    for (FTSENT *en; f && (en = fts_read(f));)
        if (en->fts_info != FTS_DP && en->fts_info != FTS_NS && en->fts_info != FTS_ERR && en->fts_statp)
            bytes += (int64_t)en->fts_statp->st_blocks * 512;
    if (f) fts_close(f);
    return bytes;
}
