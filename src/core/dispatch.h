/* From a request of any face to an operation's answer: routing, input, roles, threads, idempotency.
 *
 * A face makes an OpTask on the loop thread, puts in what the client sent, and runs it; on_done is called on the
 * loop thread once, with an answer that is valid during the call. Two calls with one Idempotency-Key never run at
 * once: the later waits and is answered from the stored result.
 */
#pragma once

#include "core/op.h"

typedef struct OpTask OpTask;
typedef struct Dispatch Dispatch;

/* The table of all operations, made once at start-up. `lists` is NULL-terminated, each list zero-row-terminated. */
int op_table_new(const Op *const *lists, OpTable **ret, Err *e); /* ERR_INTERNAL names a faulty or double row */
void op_table_free(OpTable *t);
const Op *op_find(const OpTable *t, Str name);
typedef struct OpParams {
    Str names[4], values[4];
    int n;
} OpParams;
/* Finds by method and path. *ret_path_known tells 405 from 404. */
const Op *op_route(const OpTable *t, Str method, Str path, OpParams *ret, bool *ret_path_known);
/* The value of Allow (RFC 9110 10.2.1) for a known path. */
void op_allow(const OpTable *t, Str path, Buf *out);

typedef struct OpAnswer {
    int status;
    Str body;    /* JSON, empty for 204 */
    Str cursors; /* value of Muster-Cursor, may be empty */
    const Op *op;
} OpAnswer;
typedef void (*OpDoneFn)(void *arg, const OpAnswer *a);

OpTask *op_task_new(App *app, const Op *op, const Principal *who);
/* ERR_INVALID: a key has 1 to OP_KEY_MAX characters of visible ASCII. Means nothing to a call that stores nothing. */
int op_task_set_key(OpTask *t, Str key, Err *e);
void op_task_put_text(OpTask *t, Str wire_name, Str text); /* a path or query parameter; copied */
bool op_task_has_text(const OpTask *t, Str wire_name);
/* The body or, with FROM_ALL, the whole input as JSON; copied. Empty = none. */
void op_task_put_json(OpTask *t, Str json, unsigned from_mask);
void op_task_drop(OpTask *t); /* instead of running it */
void op_task_run(OpTask *t, OpDoneFn on_done, void *arg);

/* Recovers every open intent, each on its subject's turn, before any call on that subject that is made from here on.
 * Before the loop's next turn; on_done on the loop when the last is done: the next start tries those that failed. */
typedef void (*OpRecoveredFn)(void *arg, int n_failed);
int op_recover_begin(App *app, DbConn *db, OpRecoveredFn on_done, void *arg, Err *e);
/* Writes the member "error" of an object in progress. */
void op_put_error(const Err *err, JsonOut *o);
/* Encodes {"error":{...}}. */
void op_encode_error(const Err *err, Buf *out);
/* A call that Muster makes by itself, as an operation that can be recovered: for what calls op_intent_begin. The input is
 * the operation's, the ids are the audit log's. Between begin and end; `o` does not move. */
typedef struct OpOwn {
    OpCall call;
    Principal who;
} OpOwn;
void op_own_begin(OpOwn *o, App *app, DbConn *db, Arena *a, const char *op, Str input);
void op_own_end(OpOwn *o);
/* Forgets stored results older than 24 hours. Worker thread. */
int op_results_expire(App *app, Err *e);
/* Blanks the stored results that name this id, which is deleted for good. Their keys stay used. Worker thread. */
int op_results_erase(App *app, DbConn *db, Str id, Err *e);
/* Forgets older entries of the audit log. Worker thread. */
int op_audit_expire(App *app, TimeUs older_than, Err *e);
