/* What file.c and file_tree.c share, and what their tests reach into. */
#pragma once

#include <sys/stat.h>

#include "base/err.h"

/* "cannot <doing> <path>: <errno>" with the code that fits errno. */
__attribute__((warn_unused_result)) int file_fail_at(Err *e, const char *where, const char *doing, const char *path);
#define file_fail(e, doing, path) file_fail_at((e), __FILE__ ":" ERR_STR_(__LINE__), (doing), (path))

/* The way of file_open_beneath where the kernel has no openat2; -1 and errno, EXDEV or ELOOP for a way out. */
int file_open_by_walk(int dirfd, const char *path, int flags, mode_t mode);
