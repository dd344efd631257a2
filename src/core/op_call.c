/* What a handler calls while it runs: the write with its stored result, intents, cursors, progress. */
#define LOG_MODULE "op"
#include "core/op_call.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/ulid.h"
#include "core/op_body.h"
#include "core/op_sql.h"
#include "sys/digest.h"
#include "sys/file.h"
#include "sys/log.h"

enum { RESULT_MAX = 4 << 20, IDS_MAX = 64 << 10, EFFECT_ROOM_BYTES = 4 << 20 };

typedef int (*TxFn)(Tx *tx, void *arg, Err *e);

static void call_digest(const OpCall *c, uint8_t out[32]) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 8 << 20);
    buf_add_str(&b, str(c->op->name));
    buf_add_c(&b, '\n');
    buf_add_str(&b, c->input);
    if (c->body) buf_add(&b, c->body->sha256, sizeof c->body->sha256);
    digest_sha256(buf_str(&b), out);
}

typedef struct Stored {
    OpCall *call;
    Buf *out;
    bool found, differs, is_erased;
} Stored;

static bool on_stored(void *arg, DbRow *r) {
    Stored *s = arg;
    uint8_t digest[32];
    call_digest(s->call, digest);
    s->found = true;
    s->differs =
        !str_is(db_col_text(r, 0), s->call->op->name) || !str_eq(db_col_text(r, 1), str_n(digest, sizeof digest));
    if (s->differs) return false;
    s->is_erased = s->call->op->out && !db_col_text(r, 2).p;
    buf_add_str(s->out, db_col_text(r, 2));
    buf_add_str(&s->call->cursors, db_col_text(r, 3));
    return false;
}

int op_result_find(OpCall *c, Buf *out, bool *ret_found, Err *e) {
    Stored s = {.call = c, .out = out};
    TRY(db_each(c->db, &sql_op_result_by_key, DB_ARGS(db_text(str(c->who->id)), db_text(c->key)), on_stored, &s, e));
    if (s.differs) return err_fail(e, ERR_CONFLICT, "this Idempotency-Key was already used for another call");
    if (s.is_erased)
        return err_fail(e, ERR_CONFLICT, "this call was already made, and its answer has since been deleted for good");
    *ret_found = s.found;
    return 0;
}

Str op_ids(const Shape *s, const void *in, Arena *a) {
    char wire[65];
    CLEANUP(buf_done) Buf b;
    buf_init(&b, IDS_MAX);
    JsonOut o = json_out(&b);
    json_begin_object(&o);
    for (size_t i = 0; in && i < s->n; i++) {
        const Str *id = (const Str *)((const char *)in + s->fields[i].offset);
        if (s->fields[i].kind != FIELD_ID || !id->n) continue;
        json_key(&o, str_n(wire, field_wire(&s->fields[i], wire)));
        json_put_str(&o, *id);
    }
    json_end_object(&o);
    return arena_str(a, buf_str(&b));
}

int op_audit(Tx *tx, OpCall *c, Err *e) {
    uint8_t digest[32];
    if (!(c->op->flags & OP_AUDITED) || c->is_audited) return 0;
    call_digest(c, digest);
    TRY(tx_run(tx, &sql_audit_add,
               DB_ARGS(db_i64(tx_now(tx)), db_text(str(c->who->id)), db_text(str(c->op->name)),
                       db_text(c->ids.n ? c->ids : STR("{}")), db_blob(str_n((char *)digest, sizeof digest))),
               NULL, e));
    c->is_audited = true;
    return 0;
}

/* The first cursor of a topic is kept: a subscriber that follows from there misses nothing. */
static bool has_cursor(const OpCall *c, Str wanted) {
    Str rest = buf_str(&c->cursors), one, topic;
    while (str_split(&rest, ',', &one)) {
        one = str_trim(one);
        if (str_split(&one, ';', &topic) && str_eq(topic, wanted)) return true;
    }
    return false;
}

static void add_cursor(OpCall *c, const Cursor *at) {
    if (has_cursor(c, at->topic)) return;
    if (c->cursors.n) buf_add_str(&c->cursors, STR(", "));
    buf_add_fmt(&c->cursors, STR_FMT ";%lld;%lld", STR_ARG(at->topic), (long long)at->generation, (long long)at->seq);
}

static bool is_result(const OpCall *c, const void *out) { return c->key.n && (out || !c->op->out); }

static int add_result(Tx *tx, OpCall *c, const void *out, Err *e) {
    if (!is_result(c, out)) return 0;
    CLEANUP(buf_done) Buf b;
    buf_init(&b, RESULT_MAX);
    JsonOut o = json_out(&b);
    if (out) shape_encode(c->op->out, out, &o);
    if (b.failed) return err_fail(e, ERR_TOO_LARGE, "the result of %s is too large to keep", c->op->name);
    uint8_t digest[32];
    call_digest(c, digest);
    return tx_run(tx, &sql_op_result_add,
                  DB_ARGS(db_text(str(c->who->id)), db_text(c->key), db_text(str(c->op->name)),
                          db_blob(str_n(digest, sizeof digest)), db_text(buf_str(&b)), db_text(buf_str(&c->cursors)),
                          db_i64(tx_now(tx))),
                  NULL, e);
}

typedef struct Write {
    OpCall *call;
    TxFn fn;
    void *arg;
    const void *out;
    Str intent; /* closed by this write; {NULL,0} = none */
} Write;

/* Runs on the writer, which may use the call because the call's thread waits. */
static int run_noted(Tx *tx, const Write *w, Err *e) {
    StreamHeads heads = {.arena = w->call->arena};
    if (!w->fn) return 0;
    stream_note_heads(tx, &heads);
    int r = w->fn(tx, w->arg, e);
    stream_note_heads(tx, NULL);
    for (size_t i = 0; r >= 0 && i < heads.n; i++) add_cursor(w->call, &heads.items[i]);
    return r;
}

static int write_tx(Tx *tx, void *arg, Err *e) {
    Write *w = arg;
    TRY(run_noted(tx, w, e));
    TRY(op_audit(tx, w->call, e));
    if (w->intent.p) TRY(tx_run(tx, &sql_op_intent_remove, DB_ARGS(db_text(w->intent)), NULL, e));
    return add_result(tx, w->call, w->out, e);
}

/* A write that was rolled back adds no cursors. */
static int commit(Write *w, Err *e) {
    OpCall *c = w->call;
    size_t before = c->cursors.n;
    bool was_audited = c->is_audited;
    int r = db_tx_named(c->app->db, DB_PERSON, c->op->name, write_tx, w, e);
    if (r < 0) c->cursors.n = before;
    if (r < 0) c->is_audited = was_audited;
    c->has_result |= r >= 0 && is_result(c, w->out);
    return r;
}

int op_tx(OpCall *c, TxFn fn, void *arg, const void *out, Err *e) {
    return commit(&(Write){.call = c, .fn = fn, .arg = arg, .out = out}, e);
}

static int audit_tx(Tx *tx, void *arg, Err *e) { return op_audit(tx, arg, e); }

int op_audit_first(OpCall *c, Err *e) {
    int r = db_tx_named(c->app->db, DB_PERSON, c->op->name, audit_tx, c, e);
    if (r < 0) c->is_audited = false;
    return r;
}

typedef struct Intent {
    OpCall *call;
    Str id, state;
    TxFn check; /* may refuse the intent; NULL: no check */
    void *check_arg;
} Intent;

static int intent_add(Tx *tx, void *arg, Err *e) {
    Intent *i = arg;
    OpCall *c = i->call;
    if (i->check) TRY(i->check(tx, i->check_arg, e));
    return tx_run(tx, &sql_op_intent_add,
                  DB_ARGS(db_text(i->id), db_text(str(c->op->name)), db_text(c->key), db_text(str(c->who->id)),
                          db_text(c->input), db_text(i->state), db_i64(tx_now(tx))),
                  NULL, e);
}

static int intent_set(Tx *tx, void *arg, Err *e) {
    Intent *i = arg;
    return tx_run(tx, &sql_op_intent_set_state, DB_ARGS(db_text(i->id), db_text(i->state)), NULL, e);
}

static int intent_drop(Tx *tx, void *arg, Err *e) {
    Intent *i = arg;
    return tx_run(tx, &sql_op_intent_remove, DB_ARGS(db_text(i->id)), NULL, e);
}

/* An effect outside the store begins only when its end can be stored: on a full disk it could neither be closed nor
 * undone, and would stay half done until the next start. */
static int check_room(const App *app, Err *e) {
    int64_t free_bytes = file_free_bytes(app->home);
    if (free_bytes < 0 || free_bytes >= EFFECT_ROOM_BYTES) return 0;
    return err_fail(e, ERR_DISK_FULL, "the data folder has less than %d MiB free", EFFECT_ROOM_BYTES >> 20);
}

int op_intent_begin(OpCall *c, Str state, TxFn fn, void *arg, Str *ret_id, Err *e) {
    if (!(c->op->flags & OP_NEEDS_NO_ROOM)) TRY(check_room(c->app, e));
    Id id = id_new("int");
    Intent i = {.call = c,
                .id = arena_str(c->arena, id_str(&id)),
                .state = state.p ? state : STR(""),
                .check = fn,
                .check_arg = arg};
    *ret_id = i.id;
    return db_tx(c->app->db, DB_PERSON, intent_add, &i, e);
}

int op_intent_is_open(DbConn *db, const char *op, const char *field, Str value, bool *ret, Err *e) {
    int64_t n = 0;
    TRY(db_scalar(db, &sql_op_intent_count_open, DB_ARGS(db_text(str(op)), db_text(str(field)), db_text(value)), 0, &n,
                  e));
    *ret = n > 0;
    return 0;
}

int op_intent_names(DbConn *db, const char *op, Str id, bool *ret, Err *e) {
    int64_t n = 0;
    TRY(db_scalar(db, &sql_op_intent_count_naming, DB_ARGS(db_text(str(op)), db_text(id)), 0, &n, e));
    *ret = n > 0;
    return 0;
}

int op_intent_note(OpCall *c, Str id, Str state, Err *e) {
    Intent i = {.call = c, .id = id, .state = state};
    return db_tx(c->app->db, DB_PERSON, intent_set, &i, e);
}

int op_intent_close(OpCall *c, Str id, TxFn fn, void *arg, const void *out, Err *e) {
    return commit(&(Write){.call = c, .fn = fn, .arg = arg, .out = out, .intent = id}, e);
}

int op_intent_abandon(OpCall *c, Str id, Err *e) {
    Intent i = {.call = c, .id = id};
    return db_tx(c->app->db, DB_PERSON, intent_drop, &i, e);
}

Str op_text(const OpCall *c, const void *in, const char *wire_name) {
    return *(const Str *)((const char *)in + shape_find(c->op->in, str(wire_name))->offset);
}

void op_after_end(OpCall *c, Str launch_id, int64_t timeout_ms, OpRunFn then) {
    c->then = then;
    c->then_apart = false;
    c->then_launch = launch_id;
    c->then_ms = timeout_ms;
}

void op_after_end_apart(OpCall *c, Str launch_id, int64_t timeout_ms, OpRunFn then) {
    op_after_end(c, launch_id, timeout_ms, then);
    c->then_apart = true;
}

void op_leave_turn(OpCall *c) {
    if (c->leave_turn) c->leave_turn(c);
}

int op_cursor(OpCall *c, Str topic, Err *e) {
    Cursor at = {0};
    TRY(stream_head(c->db, topic, &at, e));
    add_cursor(c, &at);
    return 0;
}

#define PROGRESS(F, S)                                                            \
    F(S, STR, key, .max_bytes = OP_KEY_MAX, .doc = "Idempotency-Key of the call") \
    F(S, STR, op, .max_bytes = 64, .doc = "The operation")                        \
    F(S, STR, step, .max_bytes = 200, .doc = "What is being done")                \
    F(S, I64, done, .min = 0, .max = INT64_MAX, .doc = "Parts done")              \
    F(S, I64, total, .min = 0, .max = INT64_MAX, .doc = "Parts in all, 0 = unknown")
SHAPE(OpProgress, PROGRESS);
SHAPE_DEFINE(OpProgress, PROGRESS);

static int progress_tx(Tx *tx, void *arg, Err *e) {
    return stream_emit(tx, STR("app"), "op_progress", &OpProgress_shape, arg, e);
}

void op_progress(OpCall *c, const char *step, int64_t done, int64_t total) {
    OpProgress p = {
        .key = c->key.p ? c->key : STR(""), .op = str(c->op->name), .step = str(step), .done = done, .total = total};
    Err e = {0};
    if (db_tx(c->app->db, DB_DERIVED, progress_tx, &p, &e) < 0) log_err(LOG_WARN, LOG_MODULE, "reporting progress", &e);
}

void op_own_begin(OpOwn *o, App *app, DbConn *db, Arena *a, const char *op, Str input) {
    *o = (OpOwn){.who = auth_local(ROLE_OWNER)};
    o->call =
        (OpCall){.app = app, .op = op_find(app->ops, str(op)), .db = db, .arena = a, .who = &o->who, .input = input};
    buf_init(&o->call.cursors, 4096);
}

void op_own_end(OpOwn *o) { buf_done(&o->call.cursors); }

int op_results_expire(App *app, Err *e) {
    return db_expire(app->db, &sql_op_result_expire, clock_now_us() - DAY_US, e);
}

enum { RESULTS_A_READ = 16 };

typedef struct ResultKey {
    Str principal, key;
    bool is_naming;
} ResultKey;
typedef struct ResultKeys {
    Arena *arena;
    ResultKey items[RESULTS_A_READ];
    size_t n;
} ResultKeys;

static bool on_result_key(void *arg, DbRow *r) {
    ResultKeys *k = arg;
    k->items[k->n++] = (ResultKey){arena_str(k->arena, db_col_text(r, 0)), arena_str(k->arena, db_col_text(r, 1)),
                                   db_col_i64(r, 2) != 0};
    return true;
}

static int blank_tx(Tx *tx, void *arg, Err *e) {
    const ResultKey *k = arg;
    return tx_run(tx, &sql_op_result_blank, DB_ARGS(db_text(k->principal), db_text(k->key)), NULL, e);
}

/* Goes on after the last that were read. */
static int erase_some(App *app, DbConn *db, Str id, ResultKeys *k, Err *e) {
    ResultKey after = k->n ? k->items[k->n - 1] : (ResultKey){STR(""), STR(""), false};
    k->n = 0;
    TRY(db_each(db, &sql_op_results_naming,
                DB_ARGS(db_text(after.principal), db_text(after.key), db_text(id), db_i64(RESULTS_A_READ)),
                on_result_key, k, e));
    for (size_t i = 0; i < k->n; i++)
        if (k->items[i].is_naming) TRY(db_tx(app->db, DB_DERIVED, blank_tx, &k->items[i], e));
    return 0;
}

int op_results_erase(App *app, DbConn *db, Str id, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    ResultKeys k = {.arena = a};
    do TRY(erase_some(app, db, id, &k, e));
    while (k.n == RESULTS_A_READ);
    return 0;
}

int op_audit_expire(App *app, TimeUs older_than, Err *e) {
    return db_expire(app->db, &sql_audit_expire, older_than, e);
}
