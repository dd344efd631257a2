/* The owner "agent" of launches: derivation on a worker, its result inside the derived write, and what follows an end. */
#define LOG_MODULE "agent"
#include <stdlib.h>

#include "agent/agent.h"
#include "agent/agent_apply.h"
#include "agent/agent_sql.h"
#include "base/mem.h"
#include "sys/digest.h"
#include "sys/log.h"

typedef struct Live {
    AgentDerive *derive;
    bool is_plain; /* of the batch at hand */
} Live;

static bool on_last_state(void *arg, DbRow *r) {
    buf_add_str(arg, db_col_text(r, 0));
    return false;
}

static int live_open(App *app, DbConn *db, const LaunchRow *l, void **ret_live, Err *e) {
    (void)app;
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(buf_done) Buf last;
    buf_init(&last, ADAPTER_STATE_MAX * 4);
    Agent agent;
    TRY(agent_get(db, l->owner_id, a, &agent, e));
    const Adapter *adapter = adapter_find(agent.adapter);
    if (!adapter) return err_fail(e, ERR_INTERNAL, "no adapter `" STR_FMT "`", STR_ARG(agent.adapter));
    if (!l->owner_state.n && agent.is_resumable)
        TRY(db_each(db, &sql_agent_last_state, DB_ARGS(db_text(l->owner_id), db_text(l->id)), on_last_state, &last, e));
    AgentDeriveFrom from = {l->owner_state, buf_str(&last), {l->derived, l->seen, l->skip}};
    Live *live = mu_new(Live);
    *ret_live = live;
    if (agent_derive_new(adapter, &from, &live->derive, e) >= 0) return 0;
    free(live);
    *ret_live = NULL;
    return -(int)ERR_INTERNAL;
}

static void live_close(void *live_) {
    Live *live = live_;
    agent_derive_free(live->derive);
    free(live);
}

static int live_derive(void *live_, const LaunchBatchIn *in, LaunchPlace *ret, Err *e) {
    (void)e;
    Live *live = live_;
    live->is_plain = in->is_plain;
    agent_derive_clear(live->derive);
    if (in->gap.n) agent_derive_gap(live->derive, in->gap_from, in->gap_to, in->gap);
    agent_derive_feed(live->derive, in->frames, in->n, ret);
    return 0;
}

static int live_apply(void *live_, App *app, Tx *tx, const LaunchRow *l, Buf *state, Err *e) {
    Live *live = live_;
    DerivedBatch b;
    agent_derive_batch(live->derive, &b);
    b.is_plain = live->is_plain;
    TRY(agent_apply_batch(app, tx, l, &b, e));
    agent_derive_save(live->derive, state);
    return 0;
}

static int wants_retry(const Agent *g, Arena *a, bool *ret, Err *e) {
    StatusState s;
    TRY(agent_load_status(g, &s, a, e));
    *ret = s.failed_early && !g->was_retried && !g->is_resumable && !HAS(Agent, g, deleted_at);
    return 0;
}

/* Somebody may have archived or started the agent since its launch ended. */
static int retry_tx(Tx *tx, void *arg, Err *e) {
    AgentStart *s = arg;
    Agent now;
    bool again = false;
    TRY(agent_get(tx_conn(tx), s->agent->id, s->arena, &now, e));
    TRY(wants_retry(&now, s->arena, &again, e));
    return again && str_eq(now.launch_id, s->agent->launch_id) ? agent_start_tx(tx, s, e) : 0;
}

/* A CLI that fails before its session began is tried once more with a new session id, never again. */
static int retry(App *app, DbConn *db, AgentStart *s, Err *e) {
    s->app = app;
    s->is_retry = true;
    TRY(agent_start_prepare(s, db, e));
    return db_tx(app->db, DB_DERIVED, retry_tx, s, e);
}

static int follow_end(App *app, DbConn *db, Str launch_id, Arena *a, Err *e) {
    LaunchRow row;
    Agent agent;
    bool found = false, again = false;
    TRY(launch_find(db, launch_id, a, &row, &found, e));
    if (!found || row.state != LAUNCH_EXITED || row.stop_asked) return 0;
    TRY(agent_get(db, row.owner_id, a, &agent, e));
    if (!str_eq(agent.launch_id, launch_id)) return 0;
    TRY(wants_retry(&agent, a, &again, e));
    AgentStart s = {.agent = &agent, .role = (Role)row.role, .arena = a};
    return again ? retry(app, db, &s, e) : 0;
}

static void live_ended(App *app, DbConn *db, Str launch_id) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Err e = {0};
    if (follow_end(app, db, launch_id, a, &e) < 0 && e.code != ERR_NOT_FOUND)
        log_err(LOG_WARN, LOG_MODULE, "after a launch ended", &e);
}

const LaunchOwner agent_owner = {
    .kind = "agent",
    .open = live_open,
    .close = live_close,
    .derive = live_derive,
    .apply = live_apply,
    .lost = agent_apply_lost,
    .held = agent_apply_held,
    .ended = live_ended,
    .environment = agent_environment,
};
