/* Operations: one table row for each thing that a client can request; all faces are generated from the rows.
 *
 * REST, `call` on /ws, the command line, OpenAPI, docs/api.md and the TypeScript client come from the rows. A noun
 * defines `const Op x_ops[]` (terminated by a zero row) and daemon/features.c lists it. A handler neither decodes nor
 * encodes: it receives its input shape, calls one domain function and fills its answer shape.
 */
#pragma once

#include "core/app.h"
#include "core/auth.h"
#include "core/launch.h"
#include "core/stream.h"
#include "db/db.h"

typedef enum OpWhere {
    ON_LOOP,   /* memory only, never waits */
    ON_WORKER, /* store */
    ON_SLOW    /* git, long; its own bounded pool; needs a subject */
} OpWhere;

enum OpFlags {
    OP_WRITES = 1 << 0, /* changes something; takes Idempotency-Key */
    OP_AUDITED = 1 << 1,
    OP_EFFECTS = 1 << 2,      /* effects outside the store: needs `recover` */
    OP_AGENT_MAY = 1 << 3,    /* allowed for the role agent (for its own streams and asks) */
    OP_PUBLIC = 1 << 4,       /* no token: health, start code */
    OP_UNLIMITED = 1 << 6,    /* no rate limit: health */
    OP_SENDS_FILE = 1 << 7,   /* answers with OpCall.file, over REST alone */
    OP_NEEDS_NO_ROOM = 1 << 5 /* its intent may begin on a full disk: it frees space, or nothing is left to undo */
};

/* Bytes of one field of an input: the maximum body or message (1 MiB), less room for the other fields and the
 * envelope. */
enum { OP_FIELD_MAX = (1 << 20) - (64 << 10) };

enum { OP_KEY_MAX = 200 }; /* characters of an Idempotency-Key, visible ASCII */

typedef struct Op Op;

typedef struct OpCall OpCall;
typedef int (*OpRunFn)(OpCall *c, const void *in, void *out, Err *e);

/* One call in progress. Lives in its arena until the answer is sent. */
struct OpCall {
    App *app;
    const Op *op;
    DbConn *db; /* the thread's read-only connection; NULL ON_LOOP */
    Arena *arena;
    const Principal *who;
    int cancel_fd;             /* > 0: of a slow reading call; once it can be read, nobody wants the answer any more */
    const struct OpBody *body; /* op_body.h; NULL: it has none */
    struct OpFile *file;       /* likewise: set by an OP_SENDS_FILE that succeeds */
    Str key;                   /* Idempotency-Key, {NULL,0} when none */
    Str input;                 /* canonical JSON of the input (for the digest and for recover) */
    Str ids;                   /* the input's ids by their names, a JSON object (for the audit log) */
    bool is_audited;
    Buf cursors;     /* "topic;generation;seq" joined by ", "; each topic once */
    bool has_result; /* the call's answer is stored under its key */
    OpRunFn then;    /* set by op_after_end: the call's next part */
    bool then_apart; /* it gives up its turn on its subject until then */
    Str then_launch;
    int64_t then_ms;
    LaunchWaited waited;           /* for the next part: how the wait ended */
    void *state;                   /* passed from one part to the next, in the arena */
    void (*leave_turn)(OpCall *c); /* the dispatcher's; NULL: it holds no turn of its own */
};

/* Names what a call may block on (repository, worktree, program), in the call's arena; empty = nothing. Runs on a
 * worker before the call waits for its turn: it reads the store and the input and starts no program. */
typedef int (*OpSubjectFn)(OpCall *c, const void *in, Str *ret, Err *e);

/* A committed intent that was not closed, found at start. `state` is what op_intent_note stored last. `recover` must
 * finish or undo the effect, based on the state of git and the file system, and then call op_intent_close. */
typedef struct OpIntent {
    Str id; /* "int_..." */
    Str key;
    Str input; /* JSON */
    Str state; /* JSON or empty */
} OpIntent;
typedef int (*OpRecoverFn)(OpCall *c, const OpIntent *i, Err *e);

struct Op {
    const char *name;  /* "create_agent" */
    const char *route; /* "POST /api/agents/{agentId}/start" */
    const char *alias; /* "agent start": its words on the command line */
    OpRunFn run;
    const Shape *in, *out; /* NULL: nothing */
    int status;            /* default 200, 204 without out */
    Role role;             /* the least role that may call it */
    OpWhere where;
    unsigned flags;
    OpRecoverFn recover;
    OpSubjectFn subject; /* ON_SLOW: for each subject, one writing and one reading call at a time */
    /* A first part of the call, which waits for the network: on the turn of a subject of its own, which ends before the
     * call waits for the turn in which `run` finds what it needs. */
    OpRunFn before;
    OpSubjectFn before_subject;
    int64_t body_max;     /* its body is no JSON but a file (op_body.h) of at most so many bytes, over REST alone */
    const char *body_dir; /* with it: the folder in App.home where that arrives */
    const char *media;    /* `out` is one text: REST sends it as it is, with this content type */
    const char *doc;
};

#define OP_RUN(fn, In, Out) .run = fn, .in = &In##_shape, .out = &Out##_shape
#define OP_RUN_IN(fn, In) .run = fn, .in = &In##_shape
#define OP_RUN_OUT(fn, Out) .run = fn, .out = &Out##_shape

/* The write of an OP_WRITES operation: runs fn(tx, arg) on the writer and, if the call has a key, stores the encoded
 * `out` (which fn must have filled) under the key in the same transaction. If `out` is NULL although the operation has
 * an answer, this is one part of it: a later write stores the result, or the dispatcher does when the handler has
 * returned. A key that was already used with the same input is answered from the stored result: the dispatcher does
 * this before `run`. */
int op_tx(OpCall *c, int (*fn)(Tx *tx, void *arg, Err *e), void *arg, const void *out, Err *e);

/* Adds the call to the audit log, once. op_tx and op_intent_close do this themselves; call it in an operation that may
 * fail after it has had an effect. */
int op_audit(Tx *tx, OpCall *c, Err *e);
/* The same in a transaction of its own, before an effect that may stop halfway. */
int op_audit_first(OpCall *c, Err *e);

/* Intents for OP_EFFECTS. begin commits the intent before the first effect, together with fn, which may refuse it, so
 * that nothing can come between the check and the intent. note stores what recover will need. close ends the intent
 * together with fn's writes and the result in one transaction; fn may be NULL. abandon drops an intent whose effects
 * have all been undone. */
int op_intent_begin(OpCall *c, Str state, int (*fn)(Tx *tx, void *arg, Err *e), void *arg, Str *ret_id, Err *e);
/* *ret: an intent of this operation is open whose input has `value` in `field` ("worktreeId"). */
int op_intent_is_open(DbConn *db, const char *op, const char *field, Str value, bool *ret, Err *e);
/* *ret: one of this operation is open whose state, which is JSON, contains this id. */
int op_intent_names(DbConn *db, const char *op, Str id, bool *ret, Err *e);
int op_intent_note(OpCall *c, Str id, Str state, Err *e);
int op_intent_close(OpCall *c, Str id, int (*fn)(Tx *tx, void *arg, Err *e), void *arg, const void *out, Err *e);
int op_intent_abandon(OpCall *c, Str id, Err *e);

/* The text of an input field, found by its name on the wire. */
Str op_text(const OpCall *c, const void *in, const char *wire_name);

/* Adds a cursor at which this answer was read (header Muster-Cursor). A reading operation runs inside one read
 * transaction, so its cursor is exact; op_tx and op_intent_close add each topic that their write appended to. */
int op_cursor(OpCall *c, Str topic, Err *e);
/* Runs the rest of the call, `then` with the same `in` and `out`, once this launch has ended or timeout_ms has passed
 * (`waited` says which). Until then the call holds no thread but keeps its turn on its subject. The handler returns 0
 * immediately afterwards. */
void op_after_end(OpCall *c, Str launch_id, int64_t timeout_ms, OpRunFn then);
/* The same for a wait that can take minutes: other calls on its subject get their turn in the meantime, and the next part
 * gets a turn of its own. It starts from what it finds then. */
void op_after_end_apart(OpCall *c, Str launch_id, int64_t timeout_ms, OpRunFn then);
/* Ends the call's turn on its subject while it goes on: what it does from here on, other calls need not wait for. */
void op_leave_turn(OpCall *c);
/* Reports progress of a long call on the topic `app`: op_progress {key, op, step, done, total}. */
void op_progress(OpCall *c, const char *step, int64_t done, int64_t total);
