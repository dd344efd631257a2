/* Somebody's index.lock (or another lock file of git): found in git's own message, explained, never removed. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/* The lock's path in git's message "Unable to create '<path>.lock': File exists."; false when it is not that. */
bool index_lock_find(Str git_err, Str *ret_path);
/* The process that has the lock open, 0 when there is no lock or none lives. */
int64_t index_lock_holder(const char *path);
/* ERR_CONFLICT with the lock's age and the process that has it open, if one lives. */
__attribute__((warn_unused_result)) int index_lock_fail(const char *path, Err *e);
