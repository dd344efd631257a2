/* A call of an operation by a thread of our own, which waits for the answer: through the dispatcher, as any client's call.
 *
 * The answer may come after the thread has left, so what they share lives until both are done with it. */
#pragma once

#include <stdatomic.h>

#include "base/json.h"
#include "core/auth.h"

typedef struct OpAsk {
    const char *op;
    Str input; /* JSON; empty: {} */
    Str key;   /* Idempotency-Key; empty: none */
    Principal who;
} OpAsk;
typedef struct OpAsked OpAsked;

/* Any thread but the loop's, while the loop can still be posted to. */
OpAsked *op_ask_begin(App *app, const OpAsk *q);
typedef struct OpAskWait {
    int64_t ms;              /* at most; 0: as long as it takes */
    const atomic_bool *stop; /* set: nobody wants the answer any more; NULL: somebody does */
} OpAskWait;
/* Waits, and ends what op_ask_begin began. *ret_status: of the answer, whose JSON is *ret; 0: it has not come. */
int op_ask_end(OpAsked *x, const OpAskWait *w, Arena *a, Json **ret, int *ret_status, Err *e);
