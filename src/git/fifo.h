/* Named pipes where git expects a file: it would wait for ever to open one. */
#pragma once

#include "base/str.h"

/* A pipe of the worktree around `dir`, or of its git folder, that somebody waits to read from: {NULL,0} and false when
 * there is none. Asked while a git runs for longer than it should; whoever waits reads an empty file then. */
bool git_fifo_find(Arena *a, const char *dir, Str *ret);
