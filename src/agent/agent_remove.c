/* Deleting agents for good, with everything that is stored about them, so that no copy remains elsewhere. */
#define LOG_MODULE "agent"
#include "agent/agent.h"
#include "agent/agent_sql.h"
#include "agent/overview.h"
#include "base/mem.h"
#include "base/vec.h"
#include "core/dispatch.h"
#include "core/launchtidy.h"
#include "sys/log.h"

SHAPE_DEFINE(AgentDelete, AGENT_DELETE);

enum { LONG_MESSAGES = 2000, REPORTS = 10 };

typedef struct Removal {
    OpCall *call;
    const Agent *agent;
    int64_t reported;
} Removal;

/* Reports the progress of a long removal ten times. */
static void on_messages(void *arg, int64_t done, int64_t total) {
    Removal *x = arg;
    if (total < LONG_MESSAGES || done - x->reported < total / REPORTS) return;
    op_progress(x->call, "removing messages", x->reported = done, total);
}

/* Emits the row without any text that a person wrote: no event may contain what was deleted, and the event of the write
 * that marked the agent was erased with the others. */
static int notify_removed(Tx *tx, const Agent *g, Err *e) {
    Agent bare = {.id = g->id,
                  .worktree_id = g->worktree_id,
                  .workspace_id = g->workspace_id,
                  .name = STR("deleted agent"),
                  .status = g->status,
                  .status_reason = g->status_reason,
                  .status_source = g->status_source,
                  .mode = g->mode,
                  .adapter = g->adapter,
                  .display_order = g->display_order,
                  .created_at = g->created_at,
                  .updated_at = tx_now(tx)};
    TRY(agent_emit_removed(tx, &bare, g->org_id, e));
    return agent_notify_workspace(tx, &bare, "agent_removed", e);
}

static int remove_tx(Tx *tx, void *arg, Err *e) {
    Removal *x = arg;
    ConversationSubject who;
    TRY(agent_subject(x->agent, x->call->arena, &who, e));
    TRY(conversation_remove(tx, &who, e));
    TRY(tx_run(tx, &sql_agent_remove, DB_ARGS(db_text(x->agent->id)), NULL, e));
    return notify_removed(tx, x->agent, e);
}

/* Other writes run between the slices; until the end the agent counts as archived. */
static int finish(OpCall *c, const Agent *g, Str intent, Err *e) {
    Removal x = {.call = c, .agent = g};
    ConversationSubject who;
    TRY(agent_subject(g, c->arena, &who, e));
    TRY(conversation_erase(&(ConversationErase){c->app, c->db, &who, on_messages, &x}, e));
    TRY(op_intent_close(c, intent, remove_tx, &x, NULL, e));
    Err late = {0}; /* housekeeping removes what stays because its hold has not exited yet */
    if (launchtidy_remove_forgotten(c->app, c->db, &late) < 0)
        log_err(LOG_WARN, LOG_MODULE, "removing the folders of launches", &late);
    if (db_free_pages(c->app->db, &late) < 0) log_err(LOG_WARN, LOG_MODULE, "giving space back to the disk", &late);
    db_forget_log(c->app->db);
    return 0;
}

/* A removal that cannot be finished leaves an archived agent, which can be deleted again. */
int agent_remove(OpCall *c, const Agent *g, int (*mark)(Tx *tx, void *arg, Err *e), void *arg, Err *e) {
    Str intent;
    TRY(op_intent_begin(c, (Str){0}, mark, arg, &intent, e));
    int r = finish(c, g, intent, e);
    Err late = {0};
    if (r < 0 && op_intent_abandon(c, intent, &late) < 0)
        log_err(LOG_WARN, LOG_MODULE, "giving up the removal of an agent", &late);
    return r;
}

int agent_remove_recover(OpCall *c, const OpIntent *i, Err *e) {
    Json *input;
    AgentDelete in;
    Agent agent;
    bool found;
    TRY(json_parse(c->arena, i->input, JSON_DEPTH_REQUEST, &input, e));
    TRY(shape_decode(&AgentDelete_shape, input, c->arena, &in, e));
    TRY(agent_find(c->db, in.agent_id, c->arena, &agent, &found, e));
    c->is_audited = true; /* before its intent was committed */
    return found ? finish(c, &agent, i->id, e) : op_intent_abandon(c, i->id, e);
}

/* --- by age --- */

typedef struct Old {
    Arena *arena;
    VEC(Str) ids;
} Old;

static bool on_id(void *arg, DbRow *r) {
    Old *o = arg;
    vec_push(&o->ids, arena_str(o->arena, db_col_text(r, 0)));
    return true;
}

/* It may have been restored in the meantime. */
static int check_archived(Tx *tx, void *arg, Err *e) {
    const Removal *x = arg;
    Agent g;
    TRY(agent_get(tx_conn(tx), x->agent->id, x->call->arena, &g, e));
    if (!HAS(Agent, &g, deleted_at)) return err_fail(e, ERR_CONFLICT, "the agent is not archived");
    return op_audit(tx, x->call, e);
}

static int remove_old(App *app, DbConn *db, Str id, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    OpOwn own;
    Agent g;
    bool found;
    Str input = arena_fmt(a, "{\"agentId\":\"" STR_FMT "\",\"archive\":false}", STR_ARG(id));
    TRY(agent_find(db, id, a, &g, &found, e));
    if (!found) return 0;
    op_own_begin(&own, app, db, a, "delete_agent", input);
    own.call.ids = arena_fmt(a, "{\"agentId\":\"" STR_FMT "\"}", STR_ARG(id));
    int r = agent_remove(&own.call, &g, check_archived, &(Removal){.call = &own.call, .agent = &g}, e);
    op_own_end(&own);
    return r == -(int)ERR_CONFLICT ? 0 : r;
}

/* One that fails would otherwise keep all that come after it. */
static void remove_each(App *app, DbConn *db, Old *old) {
    vec_each(&old->ids, id) {
        Err why = {0};
        if (remove_old(app, db, *id, &why) < 0) log_err(LOG_WARN, LOG_MODULE, "deleting an archived agent", &why);
    }
}

int agents_expire(App *app, DbConn *db, TimeUs older_than, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Old old = {.arena = a};
    Str after = STR("");
    int r;
    do {
        vec_clear(&old.ids);
        r = db_each(db, &sql_agents_archived_before, DB_ARGS(db_i64(older_than), db_text(after)), on_id, &old, e);
        remove_each(app, db, &old);
        if (old.ids.n) after = old.ids.items[old.ids.n - 1];
    } while (r >= 0 && old.ids.n);
    vec_done(&old.ids);
    return r;
}
