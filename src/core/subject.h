/* Turns on a subject: at most one call per subject and class is at work, the others wait in order and hold no thread.
 *
 * A subject is what a slow call may hang on: a repository, a worktree, a program. Loop thread only.
 */
#pragma once

#include "base/list.h"
#include "base/map.h"

/* A call's place. Belongs to the caller and stays where it is from subject_enter until subject_leave. */
typedef struct SubjectTurn {
    void (*begin)(struct SubjectTurn *t); /* set by the caller: its turn has come */
    Str key;                              /* subject and class; borrowed */
    List waiting;                         /* head: the turns behind this one, which is at work */
    int n_waiting;
    List link; /* in another's `waiting` */
} SubjectTurn;

typedef struct Subjects {
    Map at_work; /* key to SubjectTurn*; zero is a valid start, map_done its end */
} Subjects;

/* Calls t->begin, now or when those before it have left; false: too many wait. */
bool subject_enter(Subjects *s, SubjectTurn *t, Str key);
/* Of a turn that began: the next one begins. */
void subject_leave(Subjects *s, SubjectTurn *t);
