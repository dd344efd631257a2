/* Files: whole reads, atomic writes, folders, locks, paths beneath a root. Blocking: worker threads and start-up
 * only. Every descriptor is close-on-exec from its creation. */
#pragma once

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/str.h"

/* Reads a whole file of at most out->max bytes. ERR_NOT_FOUND, ERR_TOO_LARGE. dirfd may be AT_FDCWD. */
int file_read(int dirfd, const char *path, Buf *out, Err *e);
/* Writes a temporary file beside it, syncs it, renames it and syncs the folder. */
int file_write_atomic(int dirfd, const char *path, Str bytes, mode_t mode, Err *e);
int file_mkdirs(const char *path, mode_t mode, Err *e); /* as mkdir -p */
/* Removes a tree without following links or leaving its file system. */
int file_remove_tree(const char *path, Err *e);
/* Disk space that a tree uses, without following links or leaving the file system; unreadable parts are not counted. */
int64_t file_tree_bytes(const char *path);
/* Finds something in the folder that was changed, as its ctime says, which no program can set back; its path goes to `ret`.
 * The ctime of a file with several names changes with each of these, so there its mtime decides too. */
typedef enum FileChange {
    FILE_SAME,
    FILE_CHANGED,   /* its content */
    FILE_TOUCHED,   /* as its mtime says not its content: its mode, owner or number of names */
    FILE_UNREADABLE /* nothing is known about it */
} FileChange;
typedef struct FileSince {
    int64_t us;         /* UTC; at that time or later */
    bool is_by_content; /* as mtimes say: a copy has ctimes of its own */
    const char *except; /* a file right in the folder; like the folder itself it does not count */
} FileSince;
FileChange file_tree_changed(const char *folder, const FileSince *since, Buf *ret);
/* Takes an open-file-description write lock; *ret_held: this call got it. The returned descriptor holds the lock. */
int file_lock(int dirfd, const char *path, int *ret_fd, bool *ret_held, Err *e);
/* Does any process hold a lock on the file? Takes no lock. */
int file_is_locked(int dirfd, const char *path, bool *ret_locked, Err *e);
/* The canonical absolute path, with links resolved. ERR_NOT_FOUND. */
int file_real_path(const char *path, char **ret, Err *e);
void dir_closep(DIR **d); /* CLEANUP hook */
/* The part after the last slash. Pure text. */
Str path_last(Str path);
/* True if the canonical `path` is `root` or beneath it. Pure text. */
bool path_is_beneath(Str path, Str root);
/* Opens beneath dirfd with openat2(RESOLVE_BENEATH), or with a walk with O_NOFOLLOW where that is not available. */
int file_open_beneath(int dirfd, const char *path, int flags, mode_t mode, int *ret_fd, Err *e);
typedef struct Arena Arena;
/* The path of an open file, after links (proc(5), /proc/PID/fd). */
int file_path_of_fd(int fd, Arena *a, Str *ret, Err *e);
/* What `path` names beneath the folder, relative to it, after links were resolved ("." is the folder itself). What does
 * not exist yet is named by the folder in which it would be. ERR_FORBIDDEN: it leads out of the folder, or over a link to
 * nothing. `dirfd` may be O_PATH. */
int file_resolve_beneath(int dirfd, const char *path, Arena *a, Str *ret, Err *e);
/* The same wherever it leads, as an absolute path; from the folder on, unless it is one. */
int file_resolve(int dirfd, const char *path, Arena *a, Str *ret, Err *e);
int64_t file_free_bytes(const char *path); /* of its file system; -1 unknown */
