/* Finishes or undoes what a crash interrupted, on its subject's turn: no other subject's call waits for it.
 *
 * A recovery that answers ERR_BUSY is repeated until it can be done: a program that the interrupted call started may outlive
 * the daemon by hours. It keeps the subject's other writes waiting for some seconds only, reads for none. */
#define LOG_MODULE "op"
#include "core/op_call.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "core/error_log.h"
#include "core/op_sql.h"
#include "sys/log.h"
#include "sys/loop.h"
#include "sys/pool.h"

/* The pauses between two attempts, with the turn and without it. */
enum { HELD_STEP_MS = 100, APART_STEP_MS = 1000, TURN_WAIT_MS = 60000 };

typedef struct Recoveries Recoveries;

/* One intent. It runs before every other call on its subject, so no call reads a half-done effect. */
typedef struct Recovery {
    Recoveries *all;
    OpenIntent intent;
    Str writes_key, reads_key;
    SubjectTurn writes, reads;
    Err why;          /* of the last attempt */
    int64_t since_us; /* when it was first put off; 0: never */
    int64_t due_us;   /* of the next attempt; 0: none waits */
    bool is_apart;    /* it no longer keeps others waiting, and its end is not awaited */
    bool has_failed, is_over;
} Recovery;

struct Recoveries {
    App *app;
    Arena *arena; /* owned; contains this struct and everything below */
    VEC(Recovery *) each;
    int n_left, n_failed; /* of those that are awaited */
    int n_open;           /* of all */
    Timer timer;          /* inactive while none waits */
    OpRecoveredFn on_done;
    void *arg;
    List link; /* dispatch_recoveries */
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

static void on_closed(Timer *t) {
    Recoveries *all = container_of(t, Recoveries, timer);
    vec_done(&all->each);
    arena_free(all->arena);
}

static void free_all(Recoveries *all) {
    list_remove(&all->link);
    timer_close(&all->timer, on_closed);
}

void op_recoveries_free(List *all) {
    for (Recoveries *r; (r = list_first(all, Recoveries, link));) free_all(r);
}

static void one_awaited(Recoveries *all) {
    if (--all->n_left > 0) return;
    all->app->is_recovering = false;
    all->on_done(all->arg, all->n_failed);
}

static void leave(Recovery *r, SubjectTurn *turn) {
    if (turn->key.n) subject_leave(dispatch_subjects(r->all->app->dispatch), turn);
    turn->key = (Str){0};
}

static void end_one(Recovery *r) {
    Recoveries *all = r->all;
    leave(r, &r->reads);
    leave(r, &r->writes);
    r->is_over = true;
    all->n_failed += r->has_failed;
    if (!r->is_apart) one_awaited(all);
    if (--all->n_open == 0) free_all(all);
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

/* Calls behind it wait a small part of what they would wait for any other call. */
static int64_t hold_us(const App *app) { return (app->turn_wait_ms ? app->turn_wait_ms : TURN_WAIT_MS) * 1000 / 12; }

static void put_off(Recovery *r) {
    Recoveries *all = r->all;
    int64_t now = clock_mono_us();
    leave(r, &r->reads);
    if (!r->since_us) r->since_us = now;
    bool is_held = r->writes.key.n && now - r->since_us < hold_us(all->app);
    r->due_us = now + (is_held ? HELD_STEP_MS : APART_STEP_MS) * 1000;
    if (!uv_is_active((uv_handle_t *)&all->timer.uv)) timer_start(&all->timer, HELD_STEP_MS, HELD_STEP_MS);
    if (is_held) return;
    leave(r, &r->writes);
    if (r->is_apart) return;
    r->is_apart = true;
    report(r, &r->why);
    one_awaited(all);
}

static void on_tried(void *arg) {
    Recovery *r = arg;
    if (r->why.code == ERR_BUSY)
        put_off(r);
    else
        end_one(r);
}

static void recover_on_thread(void *db, void *arg) {
    Recovery *r = arg;
    if (!r->since_us) log_info("recovering %s " STR_FMT, r->intent.op.p, STR_ARG(r->intent.intent.id));
    r->why = (Err){0};
    r->has_failed = op_intent_recover(r->all->app, db, &r->intent, &r->why) < 0 && r->why.code != ERR_BUSY;
    if (r->has_failed) report(r, &r->why);
    loop_post(r->all->app->loop, on_tried, r);
}

static void no_room(Recovery *r) {
    err_set(&r->why, ERR_BUSY, "too many calls are waiting");
    put_off(r);
}

static void submit(Recovery *r) {
    if (!pool_submit(r->all->app->slow, recover_on_thread, r)) no_room(r);
}

static void on_reads(SubjectTurn *turn) { submit(container_of(turn, Recovery, reads)); }

static void enter_reads(Recovery *r) {
    if (!subject_enter(dispatch_subjects(r->all->app->dispatch), &r->reads, r->reads_key)) no_room(r);
}

static void on_writes(SubjectTurn *turn) { enter_reads(container_of(turn, Recovery, writes)); }

static void try_one(Recovery *r) {
    r->due_us = 0;
    if (!r->writes_key.n)
        submit(r);
    else if (r->writes.key.n)
        enter_reads(r);
    else if (!subject_enter(dispatch_subjects(r->all->app->dispatch), &r->writes, r->writes_key))
        no_room(r);
}

static void on_due(Timer *timer) {
    Recoveries *all = container_of(timer, Recoveries, timer);
    int64_t now = clock_mono_us();
    int n_waiting = 0;
    vec_each(&all->each, at) {
        if ((*at)->due_us && (*at)->due_us <= now) try_one(*at);
        n_waiting += (*at)->due_us > 0;
    }
    if (!n_waiting) timer_stop(timer);
}

const char *op_recovery_waits(Dispatch *d, Str who, Str key) {
    list_each(dispatch_recoveries(d), Recoveries, link, all) vec_each(&all->each, at) {
        const Recovery *r = *at;
        if (r->is_apart && !r->is_over && str_eq(r->intent.who, who) && str_eq(r->intent.intent.key, key))
            return r->why.text;
    }
    return NULL;
}

static void begin_all(void *arg) {
    Recoveries *all = arg;
    all->n_left++, all->n_open++; /* this function counts as the last one */
    vec_each(&all->each, at) try_one(*at);
    one_awaited(all);
    if (--all->n_open == 0) free_all(all);
}

/* --- the start -------------------------------------------------------------------------------------------- */

static int find_subject(App *app, DbConn *db, Arena *a, const OpenIntent *i, Str *ret, Err *e) {
    void *in;
    OpCall c = {.app = app, .db = db, .arena = a, .key = i->intent.key};
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
    all->n_left++, all->n_open++;
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
    list_add_last(dispatch_recoveries(app->dispatch), &all->link);
    timer_init(app->loop, &all->timer, on_due);
    uv_unref((uv_handle_t *)&all->timer.uv); /* the loop does not run on for it */
    vec_each(&open, i) add(all, db, i);
    vec_done(&open);
    loop_post(app->loop, begin_all, all);
    return 0;
}
