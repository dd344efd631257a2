/* The threads that land queues: what a person would do one after the other, with the operations that they would use.
 *
 * Invariant: a step's call has the same key whenever it is made (queue, row, step). So a daemon that starts while a queue is
 * open begins with the row that was running, from its first step, and the store answers the steps that were done: nothing is
 * merged or landed twice. A queue ends only in the store; a daemon that stops leaves it open. */
#define LOG_MODULE "change"
#include <pthread.h>
#include <stdlib.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/text_cut.h"
#include "base/vec.h"
#include "change/change_sql.h"
#include "change/land_queue.h"
#include "core/op_ask.h"
#include "sys/fault.h"
#include "sys/log.h"

enum { PAUSE_MS = 1000, QUEUES_MAX = 1000, BUSY_TRIES = 600, JUDGE_TRIES = 60 };

struct LandDrives {
    App *app;
    pthread_mutex_t lock; /* guards what follows, and that nothing is asked after is_stopping */
    List drives;          /* Drive.link */
    pthread_cond_t changed;
    atomic_bool is_stopping;
};

typedef struct Drive {
    LandDrives *all;
    List link;
    pthread_t thread;
    Arena *arena;
    LandQueue q;
    size_t at; /* the row that runs */
    Principal who;
    atomic_bool is_cancelled;
    bool has_ended; /* it waits to be joined */
} Drive;

/* CUT_OFF: the daemon stops; the queue stays open. */
typedef enum Outcome { DONE, STOPPED, CUT_OFF } Outcome;

static LandQueueRow *row_of(Drive *d) { return &d->q.rows.items[d->at]; }

/* -- storing ------------------------------------------------------------------------------------------------------ */

static int store_tx(Tx *tx, void *arg, Err *e) {
    Drive *d = arg;
    return land_queue_store(tx, &d->q, d->at, e);
}

typedef struct Ending {
    Drive *drive;
    LandQueueState state;
} Ending;

static int end_tx(Tx *tx, void *arg, Err *e) {
    Ending *x = arg;
    return land_queue_end(tx, &x->drive->q, x->state, e);
}

static bool is_cut(const Drive *d) { return atomic_load(&d->all->is_stopping); }

/* Until somebody cancels it or the daemon stops. */
static void pause_ms(Drive *d, int64_t ms) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_nsec + ms * 1000000;
    until.tv_sec += ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    pthread_mutex_lock(&d->all->lock);
    if (!is_cut(d) && !atomic_load(&d->is_cancelled)) pthread_cond_timedwait(&d->all->changed, &d->all->lock, &until);
    pthread_mutex_unlock(&d->all->lock);
}

/* A full disk may have room again; until then the queue neither goes on nor ends. */
static Outcome write_until(Drive *d, int (*fn)(Tx *tx, void *arg, Err *e), void *arg) {
    Err e = {0};
    while (db_tx(d->all->app->db, DB_PERSON, fn, arg, &e) < 0) {
        log_err(LOG_WARN, LOG_MODULE, "storing a queue of landings", &e);
        pause_ms(d, PAUSE_MS);
        if (is_cut(d)) return CUT_OFF;
        e = (Err){0};
    }
    return DONE;
}

static Outcome store(Drive *d) { return write_until(d, store_tx, d); }

static Outcome stop(Drive *d, Str why) {
    LandQueueRow *r = row_of(d);
    r->state = LAND_ROW_STOPPED;
    GIVE(LandQueueRow, r, text, arena_str(d->arena, text_cut(why, LAND_TEXT_MAX)));
    return store(d) == CUT_OFF ? CUT_OFF : STOPPED;
}

static Outcome begin_step(Drive *d, LandStep step) {
    LandQueueRow *r = row_of(d);
    if (atomic_load(&d->is_cancelled)) return stop(d, STR("Cancelled."));
    r->state = LAND_ROW_RUNNING;
    GIVE(LandQueueRow, r, step, step);
    GIVE(LandQueueRow, r, step_at, clock_now_us());
    Outcome o = store(d);
    CRASH("queue.step");
    return o;
}

/* -- asking ------------------------------------------------------------------------------------------------------- */

typedef struct Question {
    const char *op;
    Str more; /* members of the input behind those that name the worktree, each after a comma; empty: none */
    Str key;  /* what follows the queue and the row; empty: it only reads */
} Question;

static OpAsked *ask_begin(Drive *d, const Question *q) {
    LandQueueRow *r = row_of(d);
    OpAsk ask = {.op = q->op, .who = d->who};
    OpAsked *x = NULL;
    ask.input = arena_fmt(d->arena, "{\"workspaceId\":\"" STR_FMT "\",\"worktreeId\":\"" STR_FMT "\"" STR_FMT "}",
                          STR_ARG(d->q.workspace_id), STR_ARG(r->worktree_id), STR_ARG(q->more));
    if (q->key.n) ask.key = arena_fmt(d->arena, STR_FMT ":%zu:" STR_FMT, STR_ARG(d->q.id), d->at, STR_ARG(q->key));
    pthread_mutex_lock(&d->all->lock);
    if (!is_cut(d)) x = op_ask_begin(d->all->app, &ask);
    pthread_mutex_unlock(&d->all->lock);
    return x;
}

/* A refusal stops the row with its words. One that is temporary is asked again: its subject is busy, or what a crash
 * interrupted is still being recovered. */
static Outcome ask(Drive *d, const Question *q, Json **ret) {
    for (int i = 0;; i++) {
        int status;
        Err e = {0};
        OpAsked *x = ask_begin(d, q);
        if (!x) return CUT_OFF;
        int r = op_ask_end(x, &(OpAskWait){.stop = &d->all->is_stopping}, d->arena, ret, &status, &e);
        if (is_cut(d) && (r < 0 || !status || status >= 400)) return CUT_OFF;
        if (r < 0) return stop(d, str(e.text));
        if (status < 400) return DONE;
        const Json *error = json_get(*ret, "error");
        bool is_busy = str_is(json_str(error, "code"), err_word(ERR_BUSY));
        if (!is_busy || i == BUSY_TRIES || atomic_load(&d->is_cancelled)) return stop(d, json_str(error, "message"));
        pause_ms(d, PAUSE_MS);
    }
}

/* -- the steps of a row -------------------------------------------------------------------------------------------- */

#define STEP(call)                             \
    do {                                       \
        Outcome outcome_ = (call);             \
        if (outcome_ != DONE) return outcome_; \
    } while (0)

static Str copy(Drive *d, Str s) { return arena_str(d->arena, s); }

/* Once: the merge that follows moves its head. */
static Outcome look(Drive *d) {
    LandQueueRow *r = row_of(d);
    Json *status;
    if (HAS(LandQueueRow, r, is_seen) && r->is_seen) return DONE;
    STEP(ask(d, &(Question){.op = "get_git_status"}, &status));
    Str head = json_str(status, "head");
    bool has_moved = r->head_id.n && !str_eq(head, r->head_id);
    if (head.n) GIVE(LandQueueRow, r, head_id, copy(d, head));
    if (has_moved) return stop(d, STR("It has changed since it was put in the queue: look at it again."));
    GIVE(LandQueueRow, r, is_seen, true);
    return store(d);
}

static Outcome stop_at_conflicts(Drive *d, const Json *state) {
    LandQueueRow *r = row_of(d);
    const Json *list = json_get(state, "conflicts");
    int64_t n = json_i64(state, "conflictCount", 0);
    StrList paths = {.items = arena_array(d->arena, LAND_CONFLICTS_MAX, sizeof(Str))};
    for (size_t i = 0; list && i < list->n && paths.n < LAND_CONFLICTS_MAX; i++)
        paths.items[paths.n++] = copy(d, json_str(&list->items[i], "path"));
    GIVE(LandQueueRow, r, conflicts, paths);
    return stop(d,
                arena_fmt(d->arena,
                          "%lld %s in conflict. The merge is open in this worktree: resolve it there, hand it to the "
                          "agent, or abort it.",
                          (long long)n, str_plural(n, "file", "files")));
}

static Outcome bring_in(Drive *d) {
    LandQueueRow *r = row_of(d);
    Json *state;
    STEP(begin_step(d, LAND_STEP_MERGE));
    STEP(look(d));
    STEP(ask(d, &(Question){.op = "merge_base", .key = STR("merge")}, &state));
    Str head = json_str(state, "head");
    if (head.n) GIVE(LandQueueRow, r, head_id, copy(d, head));
    return str_is(json_str(state, "inProgress"), "none") ? DONE : stop_at_conflicts(d, state);
}

/* Passed, on what is there now, and nothing changed while it ran. */
static bool is_met(const Json *run, Str content_id) {
    return str_is(json_str(run, "state"), "passed") && content_id.n && str_eq(json_str(run, "contentId"), content_id) &&
           str_eq(json_str(run, "endContentId"), content_id);
}

typedef struct Wanted {
    Str script_id, run_id;
} Wanted;
typedef VEC(Wanted) WantedList;

/* One that runs is waited for, whoever has started it: *ret_joined. */
static Outcome start_checks(Drive *d, int round, WantedList *ret, bool *ret_joined) {
    Json *status, *list, *run;
    *ret_joined = false;
    STEP(ask(d, &(Question){.op = "get_git_status"}, &status));
    STEP(ask(d, &(Question){.op = "list_checks"}, &list));
    const Json *checks = json_get(list, "checks");
    for (size_t i = 0; checks && i < checks->n; i++) {
        const Json *one = &checks->items[i];
        Wanted w = {json_str(one, "scriptId"), json_str(one, "id")};
        if (is_met(one, json_str(status, "contentId"))) continue;
        if (str_is(json_str(one, "state"), "running")) {
            *ret_joined = true;
        } else {
            Question q = {.op = "run_script",
                          .more = arena_fmt(d->arena, ",\"scriptId\":\"" STR_FMT "\"", STR_ARG(w.script_id)),
                          .key = round ? arena_fmt(d->arena, STR_FMT ":%d", STR_ARG(w.script_id), round) : w.script_id};
            STEP(ask(d, &q, &run));
            w.run_id = json_str(run, "id");
        }
        vec_push(ret, w);
    }
    return DONE;
}

static const Json *run_of(const Json *checks, const Wanted *w) {
    for (size_t i = 0; checks && i < checks->n; i++)
        if (str_eq(json_str(&checks->items[i], "id"), w->run_id)) return &checks->items[i];
    return NULL;
}

static Str how_it_failed(Drive *d, const Json *run) {
    static const struct {
        const char *state, *words;
    } ends[] = {{"failed", "failed"}, {"timed_out", "took too long"}, {"stopped", "was stopped"}, {"lost", "was lost"}};
    Str state = json_str(run, "state"), name = json_str(run, "name");
    int64_t code = json_i64(run, "exitCode", 0);
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        if (!str_is(state, ends[i].state)) continue;
        return code ? arena_fmt(d->arena, STR_FMT " %s with exit code %lld.", STR_ARG(name), ends[i].words,
                                (long long)code)
                    : arena_fmt(d->arena, STR_FMT " %s.", STR_ARG(name), ends[i].words);
    }
    return (Str){0};
}

/* *ret: how many have passed. *ret_judged: it is known of each of them what there was at its end. */
static Outcome count_passed(Drive *d, const WantedList *wanted, size_t *ret, bool *ret_judged) {
    Json *list;
    *ret = 0;
    *ret_judged = true;
    STEP(ask(d, &(Question){.op = "list_checks"}, &list));
    const Json *checks = json_get(list, "checks");
    vec_each(wanted, w) {
        const Json *run = run_of(checks, w);
        if (!run) return stop(d, STR("A check was run again, or removed, by somebody else."));
        Str why = how_it_failed(d, run);
        if (why.p) return stop(d, why);
        *ret += str_is(json_str(run, "state"), "passed");
        *ret_judged &= json_str(run, "endContentId").n > 0;
    }
    return DONE;
}

static Outcome show_passed(Drive *d, size_t passed, size_t n) {
    LandQueueRow *r = row_of(d);
    GIVE(LandQueueRow, r, passed, (int64_t)passed);
    GIVE(LandQueueRow, r, checks, (int64_t)n);
    return store(d);
}

static Outcome wait_for_checks(Drive *d, const WantedList *wanted) {
    size_t passed = 0, shown = SIZE_MAX;
    bool is_judged;
    int tries = 0; /* git may be unable to judge one: the landing then says so */
    while (wanted->n) {
        STEP(count_passed(d, wanted, &passed, &is_judged));
        if (passed != shown) STEP(show_passed(d, passed, wanted->n));
        shown = passed;
        if (passed == wanted->n && (is_judged || tries++ == JUDGE_TRIES)) return DONE;
        if (atomic_load(&d->is_cancelled)) return stop(d, STR("Cancelled. The checks that run go on by themselves."));
        pause_ms(d, PAUSE_MS);
        if (is_cut(d)) return CUT_OFF;
    }
    return DONE;
}

static Outcome run_checks(Drive *d, int round, bool *ret_joined) {
    WantedList wanted = {0};
    Outcome o = start_checks(d, round, &wanted, ret_joined);
    if (o == DONE) o = wait_for_checks(d, &wanted);
    vec_done(&wanted);
    return o;
}

/* One that was running already may have seen what was there before the merge: it is run once more. */
static Outcome check(Drive *d) {
    bool has_joined;
    STEP(begin_step(d, LAND_STEP_CHECKS));
    STEP(run_checks(d, 0, &has_joined));
    return has_joined ? run_checks(d, 1, &has_joined) : DONE;
}

static Outcome land_one(Drive *d) {
    LandQueueRow *r = row_of(d);
    CLEANUP(buf_done) Buf b;
    Json *landing;
    STEP(begin_step(d, LAND_STEP_LAND));
    buf_init(&b, 1 << 20);
    buf_add_fmt(&b, ",\"how\":\"%s\",\"ignoreChecks\":%s", enum_word(&LandHow_enum, (int)r->how),
                r->ignore_checks ? "true" : "false");
    /* What was merged and checked; a commit that was made since lands only if somebody has looked at it. */
    if (r->head_id.n) buf_add_fmt(&b, ",\"headId\":\"" STR_FMT "\"", STR_ARG(r->head_id));
    if (r->message.p && r->how != LAND_FF) {
        JsonOut o = json_out(&b);
        buf_add_str(&b, STR(",\"message\":"));
        json_put_str(&o, r->message);
    }
    STEP(ask(d, &(Question){.op = "land_worktree", .more = copy(d, buf_str(&b)), .key = STR("land")}, &landing));
    r->state = LAND_ROW_LANDED;
    GIVE(LandQueueRow, r, landing_id, copy(d, json_str(landing, "id")));
    GIVE(LandQueueRow, r, to_id, copy(d, json_str(landing, "toId")));
    CRASH("queue.landed");
    return store(d);
}

static Outcome land_row(Drive *d) {
    STEP(bring_in(d));
    if (!row_of(d)->ignore_checks) STEP(check(d));
    return land_one(d);
}

/* -- a queue ------------------------------------------------------------------------------------------------------ */

static bool is_settled(const LandQueueRow *r) { return r->state != LAND_ROW_WAITING && r->state != LAND_ROW_RUNNING; }

static Outcome land_rows(Drive *d) {
    for (d->at = 0; d->at < d->q.rows.n; d->at++) {
        LandRowState state = row_of(d)->state;
        if (state == LAND_ROW_STOPPED) return STOPPED; /* stored before a crash, the queue's end was not */
        if (is_settled(row_of(d))) continue;
        if (atomic_load(&d->is_cancelled) && state == LAND_ROW_WAITING) return STOPPED;
        STEP(land_row(d));
    }
    return DONE;
}

/* A cancel between the queue's own write and its drive found no drive to stop: it is only in the store. */
static int read_tx(Tx *tx, void *arg, Err *e) {
    Drive *d = arg;
    TRY(land_queue_get(tx_conn(tx), d->q.id, d->arena, &d->q, e));
    if (HAS(LandQueue, &d->q, is_cancelled) && d->q.is_cancelled) atomic_store(&d->is_cancelled, true);
    return 0;
}

static void *work(void *arg) {
    Drive *d = arg;
    Ending end = {d, LAND_QUEUE_LANDED};
    Outcome o = write_until(d, read_tx, d);
    if (o == DONE) o = land_rows(d);
    if (o == STOPPED) end.state = atomic_load(&d->is_cancelled) ? LAND_QUEUE_CANCELLED : LAND_QUEUE_STOPPED;
    if (o != CUT_OFF) (void)write_until(d, end_tx, &end);
    pthread_mutex_lock(&d->all->lock);
    d->has_ended = true;
    pthread_mutex_unlock(&d->all->lock);
    return NULL;
}

/* -- the set ------------------------------------------------------------------------------------------------------ */

LandDrives *land_drives_new(App *app) {
    LandDrives *all = mu_new(LandDrives);
    pthread_condattr_t attr;
    all->app = app;
    list_init(&all->drives);
    pthread_mutex_init(&all->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&all->changed, &attr);
    pthread_condattr_destroy(&attr);
    return all;
}

static void drive_free(Drive *d) {
    arena_free(d->arena);
    free(d);
}

static void join(Drive *d) {
    pthread_join(d->thread, NULL);
    list_remove(&d->link);
    drive_free(d);
}

/* Those that ended are joined when the next one starts: a queue is started by a person. The lock is held. */
static void join_ended(LandDrives *all) { list_each(&all->drives, Drive, link, d) if (d->has_ended) join(d); }

void land_drive_start(LandDrives *all, const LandQueue *q) {
    if (!all) return;
    Drive *d = mu_new(Drive);
    d->all = all;
    d->arena = arena_new();
    d->q = (LandQueue){.id = arena_str(d->arena, q->id), .workspace_id = arena_str(d->arena, q->workspace_id)};
    d->who = auth_local((Role)q->role);
    snprintf(d->who.id, sizeof d->who.id, STR_FMT, STR_ARG(q->started_by));
    pthread_mutex_lock(&all->lock);
    join_ended(all);
    bool is_started = !atomic_load(&all->is_stopping) && pthread_create(&d->thread, NULL, work, d) == 0;
    if (is_started) list_add_last(&all->drives, &d->link);
    pthread_mutex_unlock(&all->lock);
    if (is_started) return;
    log_warn("the landings of workspace " STR_FMT " go on with the next start", STR_ARG(q->workspace_id));
    drive_free(d);
}

void land_drive_cancel(LandDrives *all, Str queue_id) {
    if (!all) return;
    pthread_mutex_lock(&all->lock);
    list_each(&all->drives, Drive, link, d) if (str_eq(d->q.id, queue_id)) atomic_store(&d->is_cancelled, true);
    pthread_cond_broadcast(&all->changed);
    pthread_mutex_unlock(&all->lock);
}

int landings_start(App *app, DbConn *db, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    LandQueueList open = {.items = arena_alloc(a, 1)};
    TRY(db_all(db, &sql_change_queues_open, DB_NONE, DB_INTO(LandQueue, a, &open), QUEUES_MAX, e));
    for (size_t i = 0; i < open.n; i++) land_drive_start(app->landings, &open.items[i]);
    return 0;
}

void landings_stop(App *app) {
    LandDrives *all = app->landings;
    if (!all) return;
    pthread_mutex_lock(&all->lock);
    atomic_store(&all->is_stopping, true);
    pthread_cond_broadcast(&all->changed);
    pthread_mutex_unlock(&all->lock);
}

void landings_join(App *app) {
    LandDrives *all = app->landings;
    if (!all) return;
    landings_stop(app);
    list_each(&all->drives, Drive, link, d) join(d);
}

void land_drives_free(LandDrives *all) {
    if (!all) return;
    pthread_cond_destroy(&all->changed);
    pthread_mutex_destroy(&all->lock);
    free(all);
}
