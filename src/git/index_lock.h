/* An index.lock (or another lock file of git) of another process: found in git's message, explained, never removed. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/* The lock's path in git's message "Unable to create '<path>.lock': File exists."; false for other messages. */
bool index_lock_find(Str git_err, Str *ret_path);
/* The process that has the lock open, 0 if there is no lock or no such process. */
int64_t index_lock_holder(const char *path);
/* ERR_CONFLICT with the lock's age and the process that has it open, if there is one. */
__attribute__((warn_unused_result)) int index_lock_fail(const char *path, Err *e);
