/* What dispatch.c, op_call.c and op_recover.c share, and Dispatch's life. */
#pragma once

#include "base/vec.h"
#include "core/dispatch.h"
#include "core/subject.h"

Dispatch *dispatch_new(void);
void dispatch_free(Dispatch *d);
Subjects *dispatch_subjects(Dispatch *d); /* loop thread */

/* One writing and one reading call at a time: a subject's key in Subjects. */
static inline Str op_subject_key(Arena *a, bool writes, Str subject) {
    return arena_fmt(a, "%c" STR_FMT, writes ? 'w' : 'r', STR_ARG(subject));
}

/* Looks for the stored result of the call's key. Same operation and input: *ret_found, and its JSON in *out.
 * Another: ERR_CONFLICT. */
int op_result_find(OpCall *c, Buf *out, bool *ret_found, Err *e);

/* An intent that its call did not close. */
typedef struct OpenIntent {
    OpIntent intent;
    Str op, who;
} OpenIntent;
typedef VEC(OpenIntent) OpenIntents;

int op_intents_open(DbConn *db, Arena *a, OpenIntents *ret, Err *e); /* oldest first; the texts in the arena */
/* Finishes or undoes one, by its operation's `recover`. Blocks, on the thread of `db`; the caller has its subject's turns. */
int op_intent_recover(App *app, DbConn *db, const OpenIntent *i, Err *e);
