/* See launch.h: the set of living launches. */
#define LOG_MODULE "launch"
#include "core/launches.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "core/hub.h"
#include "core/launch_sql.h"
#include "core/launchtidy.h"
#include "sys/log.h"

/* RECENT_US: a daemon that was killed may have left the work after an end undone and the hold without its bye. */
enum { ALIVE_MAX = 10000, RECENT_US = 10 * 60 * 1000 * 1000 };

int launches_new(App *app, Launches **ret, Err *e) {
    (void)e;
    Launches *ls = mu_new(Launches);
    ls->app = app;
    list_init(&ls->waits);
    *ret = ls;
    return 0;
}

void launches_free(Launches *ls) {
    if (!ls) return;
    map_done(&ls->runs);
    free(ls);
}

void launches_register(Launches *ls, const LaunchOwner *owner) { ls->owners[ls->n_owners++] = owner; }

void launches_observe(Launches *ls, const LaunchObserver *o) { ls->observer = o; }

void launches_on_grown(Launches *ls, void (*fn)(App *app, const char *launch_id)) { ls->on_grown = fn; }

const LaunchOwner *launches_owner(const Launches *ls, Str kind) {
    for (int i = 0; i < ls->n_owners; i++)
        if (str_is(kind, ls->owners[i]->kind)) return ls->owners[i];
    return NULL;
}

LaunchFigures launches_figures(const Launches *ls, const char *kind) {
    LaunchFigures f = {0};
    size_t i = 0;
    for (int k = 0; k < ls->n_owners; k++)
        if (strcmp(ls->owners[k]->kind, kind) == 0) f.n_spawned += ls->n_spawned[k];
    for (const MapSlot *s; (s = map_next(&ls->runs, &i));) {
        const Run *r = s->value;
        f.n_alive += !run_has_ended(r) && strcmp(r->owner->kind, kind) == 0;
    }
    return f;
}

void launches_count_spawned(Launches *ls, const LaunchOwner *owner) {
    for (int i = 0; i < ls->n_owners; i++) ls->n_spawned[i] += ls->owners[i] == owner;
}

/* --- waiting for an end ----------------------------------------------------------------------------------- */

typedef struct LaunchWait {
    List link; /* Launches.waits */
    Timer timer;
    char id[40];
    LaunchWaitFn fn;
    void *arg;
} LaunchWait;

static void on_wait_closed(Timer *t) { free(container_of(t, LaunchWait, timer)); }

static void end_wait(LaunchWait *w, LaunchWaited how) {
    list_remove(&w->link);
    timer_close(&w->timer, on_wait_closed);
    w->fn(w->arg, how);
}

static void on_wait_due(Timer *t) { end_wait(container_of(t, LaunchWait, timer), LAUNCH_WAIT_TIMED_OUT); }

void launch_on_end(App *app, Str launch_id, int64_t timeout_ms, LaunchWaitFn fn, void *arg) {
    Launches *ls = app->launches;
    const Run *r = map_find(&ls->runs, launch_id);
    if (ls->is_stopping || !r || run_has_ended(r)) {
        fn(arg, ls->is_stopping ? LAUNCH_WAIT_CUT_OFF : LAUNCH_WAITED);
        return;
    }
    LaunchWait *w = mu_new(LaunchWait);
    *w = (LaunchWait){.fn = fn, .arg = arg};
    memcpy(w->id, r->id, sizeof w->id);
    list_add_last(&ls->waits, &w->link);
    timer_init(app->loop, &w->timer, on_wait_due);
    timer_start(&w->timer, timeout_ms, 0);
}

void launches_notify_ended(Launches *ls, const char *launch_id) {
    list_each(&ls->waits, LaunchWait, link, w) if (strcmp(w->id, launch_id) == 0) end_wait(w, LAUNCH_WAITED);
}

void launches_run_gone(Launches *ls) {
    if (!ls->is_stopping || !ls->on_stopped) return;
    size_t i = 0;
    for (MapSlot *s; (s = map_next(&ls->runs, &i));) {
        Run *r = s->value;
        if (r->link || r->n_jobs) return;
    }
    void (*fn)(void *) = ls->on_stopped;
    ls->on_stopped = NULL;
    fn(ls->stopped_arg);
}

/* Ends every wait for an end that this process will not see. */
static void refuse_waiting(Launches *ls) {
    ls->is_stopping = true;
    list_each(&ls->waits, LaunchWait, link, w) end_wait(w, LAUNCH_WAIT_CUT_OFF);
}

void launches_stop(Launches *ls, void (*on_done)(void *arg), void *arg) {
    refuse_waiting(ls);
    ls->on_stopped = on_done;
    ls->stopped_arg = arg;
    VEC(Run *) all = {0}; /* releasing a run removes it from the map */
    size_t i = 0;
    for (MapSlot *s; (s = map_next(&ls->runs, &i));) vec_push(&all, (Run *)s->value);
    vec_each(&all, r) {
        /* The hold of a run that is over is about to exit, or BYE_MS closes its link. A run that is deriving may be
         * about to learn that its launch has ended, which others have already read in the store: its hold must get the
         * bye. */
        if (!run_is_over(*r) && !run_is_deriving(*r)) run_leave(*r);
    }
    vec_done(&all);
    launches_run_gone(ls);
}

static Run *find_by_hold(Launches *ls, int64_t pid) {
    size_t i = 0;
    for (MapSlot *s; (s = map_next(&ls->runs, &i));)
        if (((Run *)s->value)->hold_pid == pid) return s->value;
    return NULL;
}

bool launches_find_hold(void *launches, int64_t pid, Str launch, Principal *ret) {
    Launches *ls = launches;
    Run *r = launch.n ? map_find(&ls->runs, launch) : find_by_hold(ls, pid);
    if (!r) return false;
    *ret = auth_local(r->role);
    snprintf(ret->id, sizeof ret->id, "%s", r->id);
    snprintf(ret->owner, sizeof ret->owner, "%s", r->owner_id);
    return true;
}

/* --- from inside a write ---------------------------------------------------------------------------------- */

typedef struct Added {
    App *app;
    RunInfo info;
} Added;

static void on_launch_added(void *arg) {
    Added *x = arg;
    run_start(x->app->launches, &x->info);
    free(x);
}

static void on_input_added(void *arg) {
    Added *x = arg;
    Run *r = map_find(&x->app->launches->runs, str(x->info.id));
    if (r) run_add_input(r, x->info.n_inputs);
    free(x);
}

static Added *added_new(App *app, Str launch_id) {
    Added *x = mu_new(Added);
    x->app = app;
    snprintf(x->info.id, sizeof x->info.id, STR_FMT, STR_ARG(launch_id));
    return x;
}

static RunInfo info_of(const LaunchRow *row) {
    RunInfo i = {.role = (Role)row->role,
                 .n_inputs = row->n_inputs,
                 .stop_asked = row->stop_asked,
                 .has_ended = HAS(LaunchRow, row, ended_at),
                 .is_pty = launch_is_pty(row)};
    snprintf(i.id, sizeof i.id, STR_FMT, STR_ARG(row->id));
    snprintf(i.nonce, sizeof i.nonce, STR_FMT, STR_ARG(row->nonce));
    snprintf(i.owner_kind, sizeof i.owner_kind, STR_FMT, STR_ARG(row->owner_kind));
    snprintf(i.owner_id, sizeof i.owner_id, STR_FMT, STR_ARG(row->owner_id));
    return i;
}

void supervisor_added(App *app, Tx *tx, const LaunchRow *row) {
    Added *x = added_new(app, row->id);
    x->info = info_of(row);
    hub_after_commit(tx, on_launch_added, free, x);
}

void supervisor_input_added(App *app, Tx *tx, Str launch_id, int64_t n) {
    Added *x = added_new(app, launch_id);
    x->info.n_inputs = n;
    hub_after_commit(tx, on_input_added, free, x);
}

static void start_all(Launches *ls, const LaunchRowList *rows) {
    for (size_t i = 0; i < rows->n; i++) {
        RunInfo info = info_of(&rows->items[i]);
        run_start(ls, &info);
    }
}

/* However long ago its launch ended: a hold waits for the bye as long as it takes. */
static int adopt_hold(Launches *ls, DbConn *db, Str launch_id, Arena *a, Err *e) {
    LaunchRow row;
    bool found = false;
    TRY(launch_find(db, launch_id, a, &row, &found, e));
    if (found) start_all(ls, &(LaunchRowList){&row, 1});
    return 0;
}

static void adopt_holds(Launches *ls, DbConn *db, Arena *a) {
    HoldsFound found = {0};
    Err e = {0};
    if (launchtidy_find_holds(ls->app, db, a, &found, &e) < 0) log_err(LOG_WARN, LOG_MODULE, "looking for holds", &e);
    for (size_t i = 0; i < found.holds.n; i++) {
        const HoldFound *h = &found.holds.items[i];
        if (h->problem.n)
            log_warn("launch " STR_FMT ": whether it has a hold is not known: " STR_FMT, STR_ARG(h->launch_id),
                     STR_ARG(h->problem));
        if (h->is_alive && !h->is_known)
            log_warn("launch " STR_FMT " has a hold but no row in the store; leaving it alone", STR_ARG(h->launch_id));
        if (h->is_alive && h->is_known && adopt_hold(ls, db, h->launch_id, a, &e) < 0)
            log_err(LOG_WARN, LOG_MODULE, "adopting a hold", &e);
    }
}

int launches_recover(Launches *ls, DbConn *db, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    LaunchRowList alive = {0}, ended = {0};
    TimeUs since = clock_now_us() - RECENT_US;
    TRY(db_all(db, &sql_launches_alive, DB_NONE, DB_INTO(LaunchRow, a, &alive), ALIVE_MAX, e));
    TRY(db_all(db, &sql_launches_ended_since, DB_ARGS(db_i64(since)), DB_INTO(LaunchRow, a, &ended), ALIVE_MAX, e));
    start_all(ls, &alive);
    start_all(ls, &ended);
    adopt_holds(ls, db, a);
    if (alive.n) log_info("%zu %s to adopt", alive.n, str_plural((int64_t)alive.n, "launch", "launches"));
    return 0;
}

/* --- on workers: they wait for the loop ------------------------------------------------------------------- */

typedef struct Ask {
    App *app;
    Str id, bytes;
    LaunchStopHow how;
    LaunchFacts *facts;
    int64_t n_inputs;
    LaunchPoke poke;
    bool ok;
} Ask;

static Run *asked_run(const Ask *a) { return map_find(&a->app->launches->runs, a->id); }

static void stop_on_loop(void *arg) {
    Ask *a = arg;
    Run *r = asked_run(a);
    if (r) run_stop(r, a->how);
}

void launch_stop(App *app, Str launch_id, LaunchStopHow how) {
    Ask a = {.app = app, .id = launch_id, .how = how};
    loop_call(app->loop, stop_on_loop, &a);
}

static void poke_on_loop(void *arg) {
    Ask *a = arg;
    Run *r = asked_run(a);
    if (r && r->n_acked + (r->input == INPUT_SENDING) > a->n_inputs)
        a->poke = LAUNCH_POKE_LATE;
    else if (r && r->state == RUN_LINKED && holdlink_poke(r->link, a->bytes))
        a->poke = LAUNCH_POKED;
}

LaunchPoke launch_poke(App *app, Str launch_id, int64_t n_inputs, Str bytes) {
    Ask a = {.app = app, .id = launch_id, .n_inputs = n_inputs, .bytes = bytes, .poke = LAUNCH_POKE_UNREACHABLE};
    loop_call(app->loop, poke_on_loop, &a);
    return a.poke;
}

static void facts_on_loop(void *arg) {
    Ask *a = arg;
    Run *r = asked_run(a);
    a->ok = r != NULL;
    if (r) *a->facts = r->facts;
}

bool launch_facts(App *app, Str launch_id, LaunchFacts *ret) {
    Ask a = {.app = app, .id = launch_id, .facts = ret};
    loop_call(app->loop, facts_on_loop, &a);
    return a.ok;
}

typedef struct AskMany {
    App *app;
    const Str *ids;
    size_t n;
    LaunchFacts *facts;
} AskMany;

static void many_facts_on_loop(void *arg) {
    AskMany *a = arg;
    for (size_t i = 0; i < a->n; i++) {
        const Run *r = a->ids[i].n ? map_find(&a->app->launches->runs, a->ids[i]) : NULL;
        if (r) a->facts[i] = r->facts;
    }
}

void launches_facts(App *app, const Str *launch_ids, size_t n, LaunchFacts *ret) {
    bool is_any = false;
    memset(ret, 0, n * sizeof *ret);
    for (size_t i = 0; i < n; i++) is_any |= launch_ids[i].n > 0;
    if (is_any) loop_call(app->loop, many_facts_on_loop, &(AskMany){app, launch_ids, n, ret});
}
