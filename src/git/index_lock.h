/* Lock files of git: one of another process is found in git's message, explained and never removed; an index.lock of our
 * own keeps git's commands away from an index. Such a lock contains its owner's mark, by which it is known after a crash. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/* The lock's path in git's message "Unable to create '<path>.lock': File exists."; false for other messages. */
bool index_lock_find(Str git_err, Str *ret_path);
/* Is the lock right in git's folder of a worktree, a repository or a submodule, or among its refs? That is what remove_lock
 * removes, but not of Muster's own refs, which are none of a person's. */
bool index_lock_place(Str path, Str *ret_git_folder);
/* The process that has the lock open, 0 if there is no lock or no such process. */
int64_t index_lock_holder(const char *path);
/* ERR_CONFLICT with the lock's age and the process that has it open, if there is one. */
__attribute__((warn_unused_result)) int index_lock_fail(const char *path, Err *e);

/* Creates "<index>.lock" with this content. ERR_CONFLICT, as index_lock_fail: there is one already. */
int index_lock_take(const char *index, Str mark, Err *e);
/* Removes the lock if its content is the mark. Whoever calls it knows that no one else uses this mark now. */
void index_lock_release(const char *index, Str mark);
