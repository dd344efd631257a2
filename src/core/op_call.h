/* What dispatch.c, op_call.c and op_recover.c share, and the lifecycle of Dispatch. */
#pragma once

#include "base/vec.h"
#include "core/dispatch.h"
#include "core/subject.h"

Dispatch *dispatch_new(void);
void dispatch_free(Dispatch *d);
Subjects *dispatch_subjects(Dispatch *d); /* loop thread */
List *dispatch_recoveries(Dispatch *d);   /* likewise */

/* A subject's key in Subjects: one writing and one reading call may run at the same time. */
static inline Str op_subject_key(Arena *a, bool writes, Str subject) {
    char *key = arena_alloc(a, subject.n + 2); /* a part's name stands after a NUL */
    key[0] = writes ? 'w' : 'r';
    memcpy(key + 1, subject.p, subject.n);
    return str_n(key, subject.n + 1);
}

/* The ids of an input by their names, as a JSON object: what the audit log keeps. */
Str op_ids(const Shape *s, const void *in, Arena *a);
/* Looks for the stored result of the call's key. For the same operation and input, sets *ret_found and puts the JSON
 * into *out; for another, ERR_CONFLICT. */
int op_result_find(OpCall *c, Buf *out, bool *ret_found, Err *e);

/* An intent that its call has not closed. */
typedef struct OpenIntent {
    OpIntent intent;
    Str op, who;
} OpenIntent;
typedef VEC(OpenIntent) OpenIntents;

int op_intents_open(DbConn *db, Arena *a, OpenIntents *ret, Err *e); /* oldest first; the texts in the arena */
/* Finishes or undoes one with its operation's `recover`. Blocks, on the thread of `db`; the caller holds its subject's
 * turns. */
int op_intent_recover(App *app, DbConn *db, const OpenIntent *i, Err *e);
/* Why the recovery of an earlier call with this key is put off, while it is: to run the call again would do it twice. NULL:
 * there is none. Loop thread. */
const char *op_recovery_waits(Dispatch *d, Str who, Str key);
void op_recoveries_free(List *all); /* those that are still open; before the loop is freed */
