/* Internals shared by file.c, file_tree.c and their tests. */
#pragma once

#include <sys/stat.h>

#include "base/err.h"

/* "cannot <doing> <path>: <errno>" with the code that matches errno. */
__attribute__((warn_unused_result)) int file_fail_at(Err *e, const char *where, const char *doing, const char *path);
#define file_fail(e, doing, path) file_fail_at((e), __FILE__ ":" ERR_STR_(__LINE__), (doing), (path))

/* file_open_beneath for kernels without openat2; -1 and errno, EXDEV or ELOOP for a path that leaves the root. */
int file_open_by_walk(int dirfd, const char *path, int flags, mode_t mode);
