/* Which of a repository's hooks failed in a call of git. Its exit does not say: git ignores a hook that follows an act, and
 * does not name the one that refuses it. Its own trace does (git's Documentation/technical/api-trace2.txt, "The Event Format
 * Target"), which a call writes into a folder of its own: what it leaves running finds that folder gone, and traces nothing. */
#pragma once

#include <stdbool.h>

#include "base/str.h"

typedef struct Arena Arena;

typedef struct HookWatch {
    const char *dir;    /* NULL: no folder could be made, and no hook is known */
    const char *events; /* the file in it */
    const char *env[3]; /* of the call; NULL-terminated */
} HookWatch;

typedef struct HookEnd {
    Str name; /* "pre-commit" */
    int exit_code;
} HookEnd;

void hook_watch_open(Arena *a, HookWatch *ret);
/* Drops the events of a call that writes too many: a hook may run git without end. */
void hook_watch_trim(const HookWatch *w);
/* The last hook that failed; false: none has. Texts in the arena. */
bool hook_watch_read(const HookWatch *w, Arena *a, HookEnd *ret);
void hook_watch_done(HookWatch *w); /* CLEANUP hook; removes the folder */
/* Removes the folders of programs that ended without doing so. */
void hook_watch_sweep(void);
