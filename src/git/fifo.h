/* Named pipes where git expects a file: git would wait forever to open one. */
#pragma once

#include "base/str.h"

/* Finds a pipe in the worktree around `dir`, or in its git folder, that a process waits to read from; {NULL,0} and
 * false if there is none. Called while git runs longer than it should; the waiting process then reads an empty file. */
bool git_fifo_find(Arena *a, const char *dir, Str *ret);
