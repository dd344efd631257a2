/* What is in the way of files that git is about to write and would be lost: git overwrites and removes ignored files
 * as worthless, and where a file takes the place of a folder, everything in it, repositories too.
 *
 * Paths are from the worktree's folder on; folders end with a slash. Blocking: worker threads only.
 */
#pragma once

#include "base/shape.h"
#include "git/git.h"

/* Ignored files, and repositories of their own, at the paths, in place of folders above them, or in folders in their
 * place. Submodules of the index are not in the way. */
int git_in_way(const Git *g, const StrList *paths, StrList *ret, Err *e);
/* ERR_CONFLICT naming them, if there are any. */
int git_refuse_in_way(const StrList *found, const char *doing, Err *e);

/* The paths of which a later step is asked: */
int git_paths_added(const Git *g, Str from, Str to, StrList *ret, Err *e); /* new in the tree `to` */
int git_paths_differing(const Git *g, Str from, Str to, StrList *ret, Err *e);
int git_paths_picked(const Git *g, Str onto, Str last, StrList *ret, Err *e); /* added by a commit of onto..last */
int git_paths_missing(const Git *g, Str commit, StrList *ret, Err *e);        /* in the commit, not in the index */
