/* Dispatch: from a request of any face to an operation's answer. Routing, input, roles, threads, idempotency.
 *
 * A face creates an OpTask on the loop thread, adds what the client sent, and runs it. on_done is called once, on the
 * loop thread, with an answer that is valid during the call. Two calls with the same Idempotency-Key never run at the
 * same time: the later one waits and is answered from the stored result.
 */
#pragma once

#include "core/op.h"

typedef struct OpTask OpTask;
typedef struct Dispatch Dispatch;

/* The table of all operations, created once at start-up. `lists` is NULL-terminated, each list zero-row-terminated. */
int op_table_new(const Op *const *lists, OpTable **ret, Err *e); /* ERR_INTERNAL names an invalid or duplicate row */
void op_table_free(OpTable *t);
const Op *op_find(const OpTable *t, Str name);
typedef struct OpParams {
    Str names[4], values[4];
    int n;
} OpParams;
/* Finds an operation by method and path. *ret_path_known distinguishes 405 from 404. */
const Op *op_route(const OpTable *t, Str method, Str path, OpParams *ret, bool *ret_path_known);
/* The value of Allow (RFC 9110 10.2.1) for a known path. */
void op_allow(const OpTable *t, Str path, Buf *out);

typedef struct OpAnswer {
    int status;
    Str body;    /* JSON, empty for 204 */
    Str cursors; /* value of Muster-Cursor, may be empty */
    Str text;    /* of an operation with a media type that succeeded: what `body` holds as JSON; else {NULL,0} */
    const Op *op;
    App *app;
    struct OpFile *file; /* of an OP_SENDS_FILE that succeeded; else NULL */
} OpAnswer;
typedef void (*OpDoneFn)(void *arg, const OpAnswer *a);

OpTask *op_task_new(App *app, const Op *op, const Principal *who);
/* ERR_INVALID unless the key has 1 to OP_KEY_MAX characters of visible ASCII. A call that stores nothing ignores it. */
int op_task_set_key(OpTask *t, Str key, Err *e);
void op_task_put_text(OpTask *t, Str wire_name, Str text); /* a path or query parameter; copied */
bool op_task_has_text(const OpTask *t, Str wire_name);
const Principal *op_task_who(const OpTask *t);
/* The body or, with FROM_ALL, the whole input as JSON; copied. Empty: none. */
void op_task_put_json(OpTask *t, Str json, unsigned from_mask);
/* What REST alone can carry (op_body.h): an answer that is a file; `body` is borrowed until on_done, NULL: there is none. */
void op_task_over_rest(OpTask *t);
void op_task_put_body(OpTask *t, const struct OpBody *body);
/* ERR_FORBIDDEN: the role may not call it. */
int op_check_role(const Op *op, const Principal *who, Err *e);
void op_task_drop(OpTask *t); /* instead of running it */
void op_task_run(OpTask *t, OpDoneFn on_done, void *arg);
/* Of a task that runs: ends it soon with ERR_CONFLICT if it is a slow reading call; what writes goes on. Loop thread. */
void op_task_cancel(OpTask *t);

/* Recovers every open intent on its subject's turn, before any later call on that subject. Call it before the loop's
 * next turn. on_done runs on the loop when the last recovery has finished; the next start retries those that failed. */
typedef void (*OpRecoveredFn)(void *arg, int n_failed);
int op_recover_begin(App *app, DbConn *db, OpRecoveredFn on_done, void *arg, Err *e);
/* Writes the member "error" of an object in progress. */
void op_put_error(const Err *err, JsonOut *o);
/* Encodes {"error":{...}}. */
void op_encode_error(const Err *err, Buf *out);
/* A call that Muster makes on its own behalf as a recoverable operation, for code that calls op_intent_begin. `input`
 * is the operation's, `ids` goes to the audit log. `o` must not move between begin and end. */
typedef struct OpOwn {
    OpCall call;
    Principal who;
} OpOwn;
void op_own_begin(OpOwn *o, App *app, DbConn *db, Arena *a, const char *op, Str input);
void op_own_end(OpOwn *o);
/* Deletes stored results older than 24 hours. Worker thread. */
int op_results_expire(App *app, Err *e);
/* Clears the stored results that contain this id, which is deleted for good. Their keys stay used. Worker thread. */
int op_results_erase(App *app, DbConn *db, Str id, Err *e);
/* Deletes older entries of the audit log. Worker thread. */
int op_audit_expire(App *app, TimeUs older_than, Err *e);
