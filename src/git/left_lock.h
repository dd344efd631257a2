/* Locks that a git left behind when it was killed: while one lies there, every git that needs it fails. Only a person can know
 * that it is of no use any more, so it is removed on request, and only if no living process can have it.
 *
 * git closes a lock before it runs hooks or an editor and keeps it all the same, so a git that works in the repository counts
 * too, whatever it does. Blocking.
 */
#pragma once

#include "git/git.h"

/* Checks the lock at this path, which messages of git name, of the repository or the worktree in which `g` runs. *ret_path: the
 * same, canonical. ERR_INVALID: not the path of a lock there; ERR_NOT_FOUND: there is none; ERR_CONFLICT names the process. */
int left_lock_check(const Git *g, Str path, Str *ret_path, Err *e);
