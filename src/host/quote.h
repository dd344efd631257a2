/* What others wrote on a host, in a prompt: always quoted, and never without saying whose words it is. Pure. */
#pragma once

#include <stdint.h>

#include "base/str.h"

typedef struct Arena Arena;

/* Adds each line of the text behind "> ", as long as `out` is shorter than `max`; false: not all of it. */
bool quote_put(Buf *out, Str text, size_t max);
/* "12-fix-the-login": a branch and a name for the worktree of an issue, of letters, digits and dashes. */
Str quote_branch(Arena *a, int64_t number, Str title);
