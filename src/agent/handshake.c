/* See handshake.h. */
#define LOG_MODULE "agent"
#include "agent/handshake.h"

#include <stdlib.h>

#include "adapter/program.h"
#include "agent/agent.h"
#include "agent/agent_sql.h"
#include "base/mem.h"
#include "core/setting.h"
#include "sys/log.h"
#include "sys/loop.h"
#include "sys/pool.h"

enum { EVERY_MS = 5000 };

struct HandshakeWatch {
    App *app;
    TimeUs since;
    Timer timer;
};

typedef struct Silent {
    App *app;
    Str agent_id, launch_id;
    Arena *arena;
    bool is_ended; /* out */
} Silent;

/* It may have answered in the meantime, or a person has stopped it. */
static int end_tx(Tx *tx, void *arg, Err *e) {
    Silent *x = arg;
    Agent g;
    LaunchRow launch;
    bool alive;
    TRY(agent_get(tx_conn(tx), x->agent_id, x->arena, &g, e));
    TRY(launch_find_alive(tx_conn(tx), g.id, x->arena, &launch, &alive, e));
    if (!alive || !str_eq(launch.id, x->launch_id) || launch.stop_asked || g.status_reason != REASON_STARTING) return 0;
    const AdapterProgram *p = adapter_program(adapter_find(g.adapter));
    Str why =
        arena_fmt(x->arena, "%s has not opened its session within %lld s (agent.handshake_seconds) and was stopped",
                  p ? p->title : "the program", (long long)setting_i64(x->app->settings, SET_AGENT_HANDSHAKE_SECONDS));
    TRY(agent_act(tx, &g, (ConversationAct){ACT_FAILED, why}, x->arena, e));
    x->is_ended = true;
    return agent_notify_workspace(tx, &g, "agent_updated", e);
}

static int end_one(App *app, const Agent *g, Arena *a, Err *e) {
    const Adapter *ad = adapter_find(g->adapter);
    Silent x = {.app = app, .agent_id = g->id, .launch_id = g->launch_id, .arena = a};
    if (!ad || !(ad->caps & ADAPTER_HANDSHAKE)) return 0;
    TRY(db_tx(app->db, DB_DERIVED, end_tx, &x, e));
    if (x.is_ended) launch_stop(app, x.launch_id, LAUNCH_STOP_GRACEFUL);
    return 0;
}

int handshake_end_silent(App *app, DbConn *db, TimeUs began_before, Err *e) {
    enum { AT_ONCE = 100 };
    CLEANUP(arena_freep) Arena *a = arena_new();
    AgentList l = {0};
    TRY(db_all(db, &sql_agents_silent, DB_ARGS(db_i64(began_before), db_i64(AT_ONCE)), DB_INTO(Agent, a, &l), AT_ONCE,
               e));
    for (size_t i = 0; i < l.n; i++) TRY(end_one(app, &l.items[i], a, e));
    return 0;
}

static void look(void *db, void *arg) {
    const HandshakeWatch *w = arg;
    Err e = {0};
    TimeUs now = clock_now_us(), patience = setting_i64(w->app->settings, SET_AGENT_HANDSHAKE_SECONDS) * 1000000;
    bool is_due = w->since + patience <= now;
    if (is_due && handshake_end_silent(w->app, db, now - patience, &e) < 0)
        log_err(LOG_WARN, LOG_MODULE, "stopping agents that did not open their session", &e);
}

static void on_due(Timer *t) {
    HandshakeWatch *w = container_of(t, HandshakeWatch, timer);
    (void)pool_submit_background(w->app->slow, look, w); /* the pool is full: it looks again soon */
}

static void on_closed(Timer *t) { (void)t; }

HandshakeWatch *handshake_watch_start(App *app) {
    HandshakeWatch *w = mu_new(HandshakeWatch);
    w->app = app;
    w->since = clock_now_us();
    timer_init(app->loop, &w->timer, on_due);
    timer_start(&w->timer, EVERY_MS, EVERY_MS);
    return w;
}

void handshake_watch_stop(HandshakeWatch *w) {
    if (w) timer_close(&w->timer, on_closed);
}

void handshake_watch_free(HandshakeWatch *w) { free(w); }
