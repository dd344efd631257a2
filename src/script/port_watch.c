/* See port_watch.h. The list of runs belongs to the loop; a job has a copy of what it looks at. */
#define LOG_MODULE "script"
#include "script/port_watch.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "core/hub.h"
#include "core/launch.h"
#include "script/script_sql.h"
#include "sys/listener.h"
#include "sys/log.h"
#include "sys/loop.h"
#include "sys/pool.h"
#include "sys/process.h"

enum {
    YOUNG_MS = 1000, /* between two looks in the first minute, */
    LATER_MS = 3000, /* and afterwards */
    YOUNG_US = 60 * 1000 * 1000,
    LOOKED_US = 10 * 1000 * 1000,
    ID_SIZE = 40
};

typedef struct Watched {
    List link;
    char run[ID_SIZE], launch[ID_SIZE], workspace[ID_SIZE];
    int64_t young_until, looked_until, next_at; /* on the monotonic clock */
    bool is_over;                               /* set by a job */
} Watched;

struct PortWatch {
    App *app;
    Timer timer;
    List runs; /* Watched.link */
    bool is_busy, is_stopped;
    bool is_armed; /* the timer runs */
};

typedef struct Due {
    char run[ID_SIZE], launch[ID_SIZE];
    bool is_over;
} Due;

typedef struct PortJob {
    PortWatch *watch;
    Due *due;
    size_t n;
} PortJob;

#define PORTS_NOW(F, S)                   \
    F(S, ID("srn"), id, .doc = "The run") \
    F(S, LIST(ScriptPort), ports, .opt = 1, .max = SCRIPT_PORTS_MAX, .doc = "As they are now; left out: none")
SHAPE(PortsNow, PORTS_NOW);
SHAPE_DEFINE(PortsNow, PORTS_NOW);

/* --- looking: a job on the slow pool --- */

/* Its hold is the parent of what it started, and of every orphan below it. */
static int64_t hold_of(App *app, const Due *d) {
    LaunchFacts facts = {0};
    int64_t hold = launch_facts(app, str(d->launch), &facts) && facts.pid ? process_parent(facts.pid) : 0;
    return hold > 1 ? hold : 0;
}

static void find_ports(App *app, const Due *d, Arena *a, PortsNow *ret) {
    ListenerPort *found = arena_array(a, SCRIPT_PORTS_MAX, sizeof *found);
    int64_t hold = hold_of(app, d);
    size_t n = hold ? listener_find_beneath(hold, found, SCRIPT_PORTS_MAX) : 0;
    ScriptPort *ports = arena_array(a, n + 1, sizeof *ports);
    for (size_t i = 0; i < n; i++) {
        ports[i] = (ScriptPort){.port = found[i].port,
                                .address = str(found[i].address),
                                .pid = found[i].who.pid,
                                .program = str(found[i].who.name)};
        if (found[i].is_apart) GIVE(ScriptPort, &ports[i], is_isolated, true);
    }
    *ret = (PortsNow){.id = str(d->run)};
    if (n) GIVE(PortsNow, ret, ports, ((ScriptPortList){ports, n}));
}

static int store_tx(Tx *tx, void *arg, Err *e) {
    const PortsNow *now = arg;
    CLEANUP(arena_freep) Arena *a = arena_new();
    ScriptRun r;
    int64_t changed = 0;
    TRY(tx_run_shape(tx, &sql_script_run_set_ports, &PortsNow_shape, now, &changed, e));
    if (!changed) return 0;
    TRY(script_run_get(tx_conn(tx), now->id, a, &r, e));
    return script_run_emit(tx, &r, e);
}

static bool is_same(const ScriptPortList *a, const ScriptPortList *b) {
    for (size_t i = 0; a->n == b->n && i < a->n; i++) {
        const ScriptPort *x = &a->items[i], *y = &b->items[i];
        if (x->port != y->port || x->pid != y->pid || !str_eq(x->address, y->address) ||
            !str_eq(x->program, y->program) || x->is_isolated != y->is_isolated)
            return false;
    }
    return a->n == b->n;
}

static int look(App *app, DbConn *db, Due *d, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    PortsNow now;
    ScriptRun r;
    int found = script_run_get(db, str(d->run), a, &r, e);
    d->is_over = found == -ERR_NOT_FOUND || (found >= 0 && r.state != SCRIPT_RUNNING);
    if (found < 0 || d->is_over) return found;
    find_ports(app, d, a, &now);
    return is_same(&r.ports, &now.ports) ? 0 : db_tx(app->db, DB_DERIVED, store_tx, &now, e);
}

static void on_looked(void *arg);

static void job_work(void *db, void *arg) {
    PortJob *j = arg;
    for (size_t i = 0; i < j->n; i++) {
        Err e = {0};
        if (look(j->watch->app, db, &j->due[i], &e) < 0 && !j->due[i].is_over)
            log_err(LOG_WARN, LOG_MODULE, "looking for the ports of a script", &e);
    }
    loop_post(j->watch->app->loop, on_looked, j);
}

/* --- the list: loop thread --- */

static Watched *find(PortWatch *w, const char *run) {
    list_each(&w->runs, Watched, link, x) if (strcmp(x->run, run) == 0) return x;
    return NULL;
}

static void drop(Watched *x) {
    list_remove(&x->link);
    free(x);
}

static bool is_looked_at(PortWatch *w, Watched *x, int64_t now) {
    char topic[ID_SIZE + 16];
    snprintf(topic, sizeof topic, "workspace/%s", x->workspace);
    return now < x->young_until || now < x->looked_until || hub_is_followed(w->app->hub, str(topic));
}

static void arm(PortWatch *w) {
    bool is_young = false;
    int64_t now = clock_mono_us();
    list_each(&w->runs, Watched, link, x) is_young |= now < x->young_until;
    w->is_armed = !w->is_stopped && !list_is_empty(&w->runs);
    if (w->is_armed) timer_start(&w->timer, is_young ? YOUNG_MS : LATER_MS, 0);
}

static void job_free(PortJob *j) {
    free(j->due);
    free(j);
}

static void on_looked(void *arg) {
    PortJob *j = arg;
    PortWatch *w = j->watch;
    for (size_t i = 0; i < j->n; i++) {
        Watched *x = j->due[i].is_over ? find(w, j->due[i].run) : NULL;
        if (x) drop(x);
    }
    job_free(j);
    w->is_busy = false;
    arm(w);
}

static PortJob *job_new(PortWatch *w) {
    PortJob *j = mu_new(PortJob);
    size_t n = 0;
    int64_t now = clock_mono_us();
    list_each(&w->runs, Watched, link, any) n += any->run[0] != 0;
    *j = (PortJob){.watch = w, .due = mu_array(n + 1, sizeof *j->due)};
    list_each(&w->runs, Watched, link, x) {
        if (now < x->next_at || !is_looked_at(w, x, now)) continue;
        Due *d = &j->due[j->n++];
        memcpy(d->run, x->run, sizeof d->run);
        memcpy(d->launch, x->launch, sizeof d->launch);
        x->next_at = now + (now < x->young_until ? YOUNG_MS : LATER_MS) * 900;
    }
    return j;
}

static void on_due(Timer *t) {
    PortWatch *w = container_of(t, PortWatch, timer);
    w->is_armed = false;
    if (w->is_busy || w->is_stopped) return;
    PortJob *j = job_new(w);
    w->is_busy = j->n && pool_submit_background(w->app->slow, job_work, j);
    if (w->is_busy) return;
    job_free(j);
    arm(w);
}

PortWatch *port_watch_new(App *app) {
    PortWatch *w = mu_new(PortWatch);
    w->app = app;
    list_init(&w->runs);
    timer_init(app->loop, &w->timer, on_due);
    return w;
}

static void on_closed(Timer *t) { (void)t; }

void port_watch_stop(PortWatch *w) {
    if (!w || w->is_stopped) return;
    w->is_stopped = true;
    w->is_armed = false;
    timer_close(&w->timer, on_closed);
}

void port_watch_free(PortWatch *w) {
    if (!w) return;
    list_each(&w->runs, Watched, link, x) drop(x);
    free(w);
}

/* --- from other threads --- */

typedef struct Note {
    PortWatch *watch;
    Watched *run; /* to add; NULL: a look */
    char workspace[ID_SIZE];
} Note;

/* A look never starts the timer again, so that looking often does not put off what is due. */
static void note_on_loop(void *arg) {
    Note *n = arg;
    PortWatch *w = n->watch;
    int64_t now = clock_mono_us();
    bool is_new = n->run && !w->is_stopped && !find(w, n->run->run);
    if (is_new) {
        n->run->young_until = now + YOUNG_US;
        list_add_last(&w->runs, &TAKE(n->run)->link);
    }
    list_each(&w->runs, Watched, link, x) {
        if (!n->run && strcmp(x->workspace, n->workspace) == 0) x->looked_until = now + LOOKED_US;
    }
    free(n->run);
    free(n);
    if (!w->is_busy && (is_new || !w->is_armed)) arm(w);
}

void port_watch_add(App *app, const ScriptRun *r) {
    if (!app->port_watch || r->kind != SCRIPT_RUN || !r->launch_id.n) return;
    Note *n = mu_new(Note);
    n->watch = app->port_watch;
    n->run = mu_new(Watched);
    snprintf(n->run->run, ID_SIZE, STR_FMT, STR_ARG(r->id));
    snprintf(n->run->launch, ID_SIZE, STR_FMT, STR_ARG(r->launch_id));
    snprintf(n->run->workspace, ID_SIZE, STR_FMT, STR_ARG(r->workspace_id));
    loop_post(app->loop, note_on_loop, n);
}

void port_watch_look(App *app, Str workspace_id) {
    if (!app->port_watch) return;
    Note *n = mu_new(Note);
    n->watch = app->port_watch;
    snprintf(n->workspace, ID_SIZE, STR_FMT, STR_ARG(workspace_id));
    loop_post(app->loop, note_on_loop, n);
}
