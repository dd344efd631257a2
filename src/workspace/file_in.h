/* The rules behind the operations on files of a worktree, by file. Slow pool: what is opened may be a network's. */
#pragma once

#include "workspace/file_shapes.h"

/* worktree_file.c */
int worktree_top(const Worktree *w, int *ret_fd,
                 Err *e); /* its folder, O_PATH; ERR_NOT_FOUND: it is gone; ERR_TIMEOUT */
int worktree_path(Arena *a, Str path, const char **ret, Err *e); /* ERR_INVALID: it contains NUL */
/* Looked at before it is opened, since opening a pipe, a socket or a device may wait, fail or do something. Links may lead to
 * other files beneath dirfd, never out of it; with O_NOFOLLOW the file itself is no link. ERR_NOT_FOUND; ERR_FORBIDDEN: it
 * leads out; ERR_INVALID: not a regular file. */
int file_open_regular(int dirfd, const char *path, int more_flags, int *ret_fd, Err *e);
/* Everything of *ret but the path. */
typedef struct FileRange {
    int64_t offset, limit;
} FileRange;
int file_part(int fd, const char *path, FileRange part, Arena *a, FilePart *ret, Err *e);
int worktree_read_file(OpCall *c, const FileRead *in, FilePart *out, Err *e);

/* worktree_list.c */
int worktree_list_files(OpCall *c, const FilesRead *in, Files *out, Err *e);

/* worktree_find.c */
int worktree_find_files(OpCall *c, const FilesFind *in, FilesFound *out, Err *e);

/* worktree_write.c */
int worktree_write_file(OpCall *c, const FileWrite *in, FileWritten *out, Err *e);
int worktree_write_file_recover(OpCall *c, const OpIntent *i, Err *e);

/* open_in.c */
int worktree_open_in(OpCall *c, const OpenIn *in, Opened *out, Err *e);
