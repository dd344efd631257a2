/* The owner "agent" of launches: the functions of its conversation, and the single retry after an end. */
#define LOG_MODULE "agent"
#include "agent/agent_start.h"
#include "agent/overview.h"
#include "base/mem.h"
#include "sys/log.h"

static int wants_retry(const Agent *g, Arena *a, bool *ret, Err *e) {
    StatusState s;
    TRY(agent_load_status(g, &s, a, e));
    *ret = s.failed_early && !g->was_retried && !g->is_resumable && !HAS(Agent, g, deleted_at);
    return 0;
}

/* The agent may have been archived or started since its launch ended. */
static int retry_tx(Tx *tx, void *arg, Err *e) {
    AgentStart *s = arg;
    Agent now;
    bool again = false;
    TRY(agent_get(tx_conn(tx), s->agent->id, s->arena, &now, e));
    TRY(wants_retry(&now, s->arena, &again, e));
    return again && str_eq(now.launch_id, s->agent->launch_id) ? agent_start_tx(tx, s, e) : 0;
}

/* A CLI that fails before its session began is tried once more with a new session id, and only once. */
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

static int live_heard(App *app, Tx *tx, const LaunchRow *l, Err *e) {
    (void)app, (void)e;
    agent_note_change(tx, l->owner_id, "agent_heard");
    return 0;
}

const LaunchOwner agent_owner = CONVERSATION_OWNER("agent", agent_environment, live_ended, .heard = live_heard);
