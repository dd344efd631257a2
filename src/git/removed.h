/* What was taken out of git's folder and is kept for a while: the records of worktrees whose folder is gone, and locks that
 * were left behind. Each is in muster/removed/ in the common git folder, named after the salvage that was made before.
 * Handles run in the common git folder. Blocking.
 */
#pragma once

#include "git/git.h"
#include "git/salvage.h"

/* Moves a file or a folder there. */
int removed_keep(const Git *g, Str path, Str salvage_id, Err *e);
/* The same in two steps: a free place for it, in the arena, and the move. ERR_CONFLICT: too many of its name are there. */
int removed_place(const Git *g, Str path, Str salvage_id, Str *ret, Err *e);
int removed_move(const Git *g, Str path, Str place, Err *e);
/* Deletes what was taken out before l->older_than; never what holds repositories of submodules, nor what belongs to a salvage
 * that is damaged, is not listed, or is of a worktree that is not the caller's. Call it before salvage_expire with the same
 * limits. Whatever cannot be read is kept; a failure does not stop the others and is returned at the end. */
int removed_expire(const Git *g, const SalvageLimits *l, Err *e);
/* Disk space that it uses. */
int64_t removed_bytes(Arena *a, const char *common_dir);
