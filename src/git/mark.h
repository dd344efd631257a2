/* Which git still runs for an act: a daemon that dies leaves the git that it had started behind, with or without a lock. The
 * person's calls of a marked handle carry the act's id in their environment, and so no process can be taken for them. */
#pragma once

#include "base/shape.h"
#include "git/git.h"

/* In the environment of every quiet call, and of nothing else: those that only look take no lock. */
#define GIT_LOOKS "MUSTER_LOOKS"

void git_mark(Git *g, Str act);
/* The git that was started for the act and still runs, 0 if there is none. What git leaves running by itself, such as its
 * clean-up, does not count, nor does what is left by its hooks. */
int64_t git_marked_find(Str act);
/* A git that works in one of the folders, or beneath one, or on a repository there, whoever started it, 0 if there is none.
 * Those that Muster starts to look do not count, nor does git's own clean-up. */
int64_t git_working_in(const StrList *folders);
