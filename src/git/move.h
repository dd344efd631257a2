/* Moving the index and the files of a worktree from one commit to another, and back where that fails halfway. Blocking;
 * worker threads only. */
#pragma once

#include "git/git.h"

/* As the person. What must be there is looked at first: ERR_NOT_FOUND: git has lost the content of some files; ERR_DISK_FULL;
 * ERR_CONFLICT: files are in the way; nothing is changed then. What fails later is put back; the detail `files` names those
 * that are not as they were. */
int git_move_files(const Git *g, Str from, Str to, Err *e);
/* For an index that is still at `from` while files are already, or half, at `to`: those become as in `from`. A file with
 * any other content is somebody's own and stays. */
int git_move_files_back(const Git *g, Str from, Str to, Err *e);
