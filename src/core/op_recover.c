/* Finishes or undoes what a crash interrupted, on its subject's turn: no other subject's call waits for it. */
#define LOG_MODULE "op"
#include "core/op_call.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "core/error_log.h"
#include "core/op_sql.h"
#include "sys/log.h"
#include "sys/loop.h"
#include "sys/pool.h"

typedef struct Recoveries Recoveries;

/* One intent. It runs before every other call on its subject, so no call reads a half-done effect. */
typedef struct Recovery {
    Recoveries *all;
    OpenIntent intent;
    Str writes_key, reads_key;
    SubjectTurn writes, reads;
    bool has_failed;
} Recovery;

struct Recoveries {
    App *app;
    Arena *arena; /* owned; contains this struct and everything below */
    VEC(Recovery *) each;
    int n_left, n_failed;
    OpRecoveredFn on_done;
    void *arg;
};

typedef struct Found {
    Arena *arena;
    OpenIntents *all;
} Found;

static bool on_open_intent(void *arg, DbRow *r) {
    Found *f = arg;
    Arena *a = f->arena;
    OpenIntent i = {.intent = {.id = arena_str(a, db_col_text(r, 0)),
                               .key = arena_str(a, db_col_text(r, 2)),
                               .input = arena_str(a, db_col_text(r, 4)),
                               .state = arena_str(a, db_col_text(r, 5))},
                    .op = arena_str(a, db_col_text(r, 1)),
                    .who = arena_str(a, db_col_text(r, 3))};
    vec_push(f->all, i);
    return true;
}

int op_intents_open(DbConn *db, Arena *a, OpenIntents *ret, Err *e) {
    return db_each(db, &sql_op_intents_open, DB_NONE, on_open_intent, &(Found){a, ret}, e);
}

static int find_op(const App *app, const OpenIntent *i, const Op **ret, Err *e) {
    *ret = op_find(app->ops, i->op);
    if (*ret && (*ret)->recover) return 0;
    return err_fail(e, ERR_INTERNAL, "no operation `" STR_FMT "` to recover", STR_ARG(i->op));
}

static int decode_input(const Op *op, const OpenIntent *i, Arena *a, void **ret, Err *e) {
    Json *input;
    *ret = arena_alloc(a, op->in->size);
    TRY(json_parse(a, i->intent.input, JSON_DEPTH_REQUEST, &input, e));
    return shape_decode(op->in, input, a, *ret, e);
}

int op_intent_recover(App *app, DbConn *db, const OpenIntent *i, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const Op *op;
    TRY(find_op(app, i, &op, e));
    OpOwn own;
    op_own_begin(&own, app, db, a, op->name, i->intent.input);
    snprintf(own.who.id, sizeof own.who.id, STR_FMT, STR_ARG(i->who));
    own.call.key = i->intent.key;
    void *in;
    if (decode_input(op, i, a, &in, NULL) >= 0) own.call.ids = op_ids(op->in, in, a);
    int r = op->recover(&own.call, &i->intent, e);
    op_own_end(&own);
    return r;
}

/* --- turns: loop thread ----------------------------------------------------------------------------------- */

static void all_done(Recoveries *all) {
    all->app->is_recovering = false;
    all->on_done(all->arg, all->n_failed);
    vec_done(&all->each);
    arena_free(all->arena);
}

static void one_done(void *arg) {
    Recovery *r = arg;
    Recoveries *all = r->all;
    Subjects *s = dispatch_subjects(all->app->dispatch);
    if (r->reads.key.n) subject_leave(s, &r->reads);
    if (r->writes.key.n) subject_leave(s, &r->writes);
    all->n_failed += r->has_failed;
    if (--all->n_left == 0) all_done(all);
}

static void give_up(Recovery *r) {
    log_warn("no room to recover %s " STR_FMT, r->intent.op.p, STR_ARG(r->intent.intent.id));
    r->has_failed = true;
    one_done(r);
}

static void report(const Recovery *r, const Err *e) {
    log_err(LOG_WARN, LOG_MODULE, "recovering an interrupted operation", e);
    error_log_add(r->all->app->errors, &(ErrorNote){.source = ERROR_FROM_RECOVERY,
                                                    .name = str(err_word(e->code)),
                                                    .message = str(e->text),
                                                    .where = e->where,
                                                    .operation = r->intent.op,
                                                    .request_id = r->intent.intent.key});
}

static void recover_on_thread(void *db, void *arg) {
    Recovery *r = arg;
    Err e = {0};
    log_info("recovering %s " STR_FMT, r->intent.op.p, STR_ARG(r->intent.intent.id));
    r->has_failed = op_intent_recover(r->all->app, db, &r->intent, &e) < 0;
    if (r->has_failed) report(r, &e);
    loop_post(r->all->app->loop, one_done, r);
}

static void submit(Recovery *r) {
    if (!pool_submit(r->all->app->slow, recover_on_thread, r)) give_up(r);
}

static void on_reads(SubjectTurn *turn) { submit(container_of(turn, Recovery, reads)); }

static void on_writes(SubjectTurn *turn) {
    Recovery *r = container_of(turn, Recovery, writes);
    if (!subject_enter(dispatch_subjects(r->all->app->dispatch), &r->reads, r->reads_key)) give_up(r);
}

static void begin_all(void *arg) {
    Recoveries *all = arg;
    if (!all->each.n) {
        all_done(all);
        return;
    }
    all->n_left++; /* this function counts as the last one */
    vec_each(&all->each, at) {
        Recovery *r = *at;
        if (!r->writes_key.n)
            submit(r);
        else if (!subject_enter(dispatch_subjects(all->app->dispatch), &r->writes, r->writes_key))
            give_up(r);
    }
    if (--all->n_left == 0) all_done(all);
}

/* --- the start -------------------------------------------------------------------------------------------- */

static int find_subject(App *app, DbConn *db, Arena *a, const OpenIntent *i, Str *ret, Err *e) {
    void *in;
    OpCall c = {.app = app, .db = db, .arena = a};
    TRY(find_op(app, i, &c.op, e));
    TRY(decode_input(c.op, i, a, &in, e));
    return c.op->subject(&c, in, ret, e);
}

/* An input that cannot be read has no subject; its recovery reports why. */
static void add(Recoveries *all, DbConn *db, const OpenIntent *i) {
    Recovery *r = arena_new_in(all->arena, Recovery);
    Str subject = {0};
    Err e = {0};
    Str what = arena_fmt(all->arena, "the recovery of " STR_FMT, STR_ARG(i->op));
    *r = (Recovery){.all = all,
                    .intent = *i,
                    .writes = {.begin = on_writes, .what = what},
                    .reads = {.begin = on_reads, .what = what}};
    if (find_subject(all->app, db, all->arena, i, &subject, &e) < 0)
        log_err(LOG_WARN, LOG_MODULE, "finding the subject of an interrupted operation", &e);
    if (subject.n) r->writes_key = op_subject_key(all->arena, true, subject);
    if (subject.n) r->reads_key = op_subject_key(all->arena, false, subject);
    vec_push(&all->each, r);
    all->n_left++;
}

int op_recover_begin(App *app, DbConn *db, OpRecoveredFn on_done, void *arg, Err *e) {
    Arena *a = arena_new();
    OpenIntents open = {0};
    int r = op_intents_open(db, a, &open, e);
    if (r < 0) {
        vec_done(&open);
        arena_free(a);
        return r;
    }
    Recoveries *all = arena_new_in(a, Recoveries);
    *all = (Recoveries){.app = app, .arena = a, .on_done = on_done, .arg = arg};
    app->is_recovering = open.n > 0;
    dispatch_subjects(app->dispatch)->loop = app->loop;
    vec_each(&open, i) add(all, db, i);
    vec_done(&open);
    loop_post(app->loop, begin_all, all);
    return 0;
}
