/* Turns on a subject: at most one call per subject and class runs; the others wait in order and hold no thread.
 *
 * A subject is what a slow call may block on: a repository, a worktree, a program. A key may name a part of a subject
 * (subject_part): turns on different parts run at the same time, and a turn on the whole excludes those on its parts.
 * Loop thread only.
 */
#pragma once

#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"
#include "sys/loop.h"

/* A call's turn. Owned by the caller; it must not move between subject_enter and subject_leave. */
typedef struct SubjectTurn SubjectTurn;
struct SubjectTurn {
    void (*begin)(SubjectTurn *t);   /* set by the caller: its turn has come */
    void (*notice)(SubjectTurn *t);  /* likewise, or NULL: it waits noticeably, once */
    void (*give_up)(SubjectTurn *t); /* likewise: it has waited too long, and leaves; NULL: it waits however long */
    Str what;                        /* likewise: its name for those that wait behind it; borrowed */
    Str key;                         /* subject and class; borrowed */
    bool is_running, is_noticed;
    int64_t since_us; /* when it began to run or to wait, on the monotonic clock */
    List link;        /* Subject.turns */
};

/* Zero-initialised with a loop is valid. */
typedef struct Subjects {
    Loop *loop;
    int64_t wait_ms; /* for a turn; 0: a minute */
    Map subjects;    /* whole key to Subject* */
    struct SubjectWatch *watch;
} Subjects;
void subjects_done(Subjects *s); /* its timer closes with the loop */

/* The key of a part. NUL is in no path and in no id. */
static inline Str subject_part(Arena *a, Str whole, Str part) {
    return arena_fmt(a, STR_FMT "%c" STR_FMT, STR_ARG(whole), 0, STR_ARG(part));
}

/* Calls t->begin, now or when the turns before it that exclude it have left; false: too many are waiting. */
bool subject_enter(Subjects *s, SubjectTurn *t, Str key);
/* Ends a turn that runs or waits; those that can run now begin. */
void subject_leave(Subjects *s, SubjectTurn *t);
/* What a waiting turn waits for: the running turn before it that has run longest. */
const SubjectTurn *subject_ahead(const Subjects *s, const SubjectTurn *t);
