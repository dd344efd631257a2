/* Turns on a subject: at most one call per subject and class runs; the others wait in order and hold no thread.
 *
 * A subject is what a slow call may block on: a repository, a worktree, a program. Loop thread only.
 */
#pragma once

#include "base/list.h"
#include "base/map.h"

/* A call's turn. Owned by the caller; it must not move between subject_enter and subject_leave. */
typedef struct SubjectTurn {
    void (*begin)(struct SubjectTurn *t); /* set by the caller: its turn has come */
    Str key;                              /* subject and class; borrowed */
    List waiting;                         /* head: the turns that wait for this one, which is running */
    int n_waiting;
    List link; /* in another turn's `waiting` */
} SubjectTurn;

typedef struct Subjects {
    Map at_work; /* key to SubjectTurn*; zero-initialised is valid; map_done frees it */
} Subjects;

/* Calls t->begin, now or when the turns before it have left; false: too many are waiting. */
bool subject_enter(Subjects *s, SubjectTurn *t, Str key);
/* Ends a turn that has begun; the next one begins. */
void subject_leave(Subjects *s, SubjectTurn *t);
