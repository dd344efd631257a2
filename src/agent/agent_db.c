/* Reads and writes the rows of agents. */
#include "agent/agent.h"
#include "agent/agent_sql.h"
#include "agent/agent_update.h"
#include "agent/overview.h"
#include "base/mem.h"
#include "core/topic.h"
#include "workspace/workspace.h"

SHAPE_DEFINE(AgentLimits, AGENT_LIMITS);
SHAPE_DEFINE(Agent, AGENT);

int agent_find(DbConn *c, Str id, Arena *a, Agent *ret, bool *ret_found, Err *e) {
    return db_one(c, &sql_agent_by_id, DB_ARGS(db_text(id)), DB_INTO(Agent, a, ret), ret_found, e);
}

int agent_get(DbConn *c, Str id, Arena *a, Agent *ret, Err *e) {
    bool found = false;
    TRY(agent_find(c, id, a, ret, &found, e));
    return found ? 0 : err_fail(e, ERR_NOT_FOUND, "no agent " STR_FMT, STR_ARG(id));
}

int agent_list_of(DbConn *c, const AgentsOf *of, Arena *a, AgentList *ret, Err *e) {
    int64_t is_sorted = 0;
    TRY(db_scalar(c, &sql_worktree_sorts_agents, DB_ARGS(db_text(of->worktree_id)), 0, &is_sorted, e));
    return db_all(c, is_sorted ? &sql_agent_list_sorted : &sql_agent_list_of_worktree,
                  DB_ARGS(db_text(of->worktree_id), db_text(of->status), db_i64(of->with_archived), db_text(of->after),
                          db_i64(of->limit)),
                  DB_INTO(Agent, a, ret), (size_t)of->limit, e);
}

int agent_list_living(DbConn *c, Str worktree_id, Arena *a, AgentList *ret, Err *e) {
    return agent_list_of(c, &(AgentsOf){.worktree_id = worktree_id, .limit = AGENTS_OF_WORKTREE_MAX}, a, ret, e);
}

static bool on_count(void *arg, DbRow *r) {
    AgentCounts *counts = arg;
    int status = AGENT_ERROR;
    if (db_col_i64(r, 1))
        counts->archived += db_col_i64(r, 2);
    else if (enum_find(&AgentStatusWord_enum, db_col_text(r, 0), &status))
        counts->living[status] += db_col_i64(r, 2);
    return true;
}

int agents_count(DbConn *c, AgentCounts *ret, Err *e) {
    *ret = (AgentCounts){0};
    return db_each(c, &sql_agent_count_by_status, DB_NONE, on_count, ret, e);
}

int agent_check_room(DbConn *c, Str worktree_id, Err *e) {
    int64_t n = 0;
    TRY(db_scalar(c, &sql_agent_count_of_worktree, DB_ARGS(db_text(worktree_id)), 0, &n, e));
    if (n < AGENTS_OF_WORKTREE_MAX) return 0;
    return err_fail(e, ERR_CONFLICT, "this worktree has %d agents, the maximum; archive some first",
                    AGENTS_OF_WORKTREE_MAX);
}

/* --- as the subject of a conversation --- */

const OrgOf agent_orgs[] = {{"ag", &sql_org_of_agent}, {0}};
const TopicDef agent_topics[] = {{.noun = "agent", .prefix = "ag", .role = ROLE_VIEWER, .agent_may = true}, {0}};

unsigned agent_permission_bits(const StrList *permissions) {
    unsigned bits = 0;
    for (size_t i = 0; i < permissions->n; i++) {
        int v;
        if (enum_find(&AgentPermission_enum, permissions->items[i], &v)) bits |= 1u << v;
    }
    return bits;
}

AdapterOptions agent_options(const Agent *g) {
    return (AdapterOptions){.model = g->model.n ? g->model : STR(""),
                            .effort =
                                HAS(Agent, g, effort) ? str(enum_word(&AgentEffort_enum, (int)g->effort)) : STR(""),
                            .mode = g->mode,
                            .permissions = agent_permission_bits(&g->permissions)};
}

int agent_subject(const Agent *g, Arena *a, ConversationSubject *ret, Err *e) {
    const Adapter *ad = adapter_find(g->adapter);
    if (!ad) return err_fail(e, ERR_INTERNAL, "unknown adapter `" STR_FMT "`", STR_ARG(g->adapter));
    *ret = (ConversationSubject){.options = agent_options(g),
                                 .kind = STR("agent"),
                                 .id = g->id,
                                 .adapter = ad,
                                 .org_id = g->org_id,
                                 .worktree_id = g->worktree_id,
                                 .workspace_id = g->workspace_id,
                                 .parents = {topic_of(a, "workspace", g->workspace_id)},
                                 .overview = topic_of(a, "overview", g->org_id),
                                 .emit_row = agent_emit_row};
    return 0;
}

/* A scripted model costs nothing: in a store that also has people's own agents, its usage is not counted. */
static int find_subject(App *app, DbConn *c, Str id, Arena *a, ConversationSubject *ret, Err *e) {
    Agent *g = arena_new_in(a, Agent);
    TRY(agent_get(c, id, a, g, e));
    TRY(agent_subject(g, a, ret, e));
    ret->is_free = g->is_demo && !agent_all_are_samples(app);
    return 0;
}

/* The plan was approved and is being carried out: the next start continues with it and does not plan again. */
static int end_plan(Tx *tx, Str id, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Agent g;
    TRY(agent_get(tx_conn(tx), id, a, &g, e));
    if (g.mode != AGENT_PLAN) return 0;
    g.mode = AGENT_REGULAR;
    g.updated_at = tx_now(tx);
    DbValue none = {0};
    TRY(tx_run(tx, &sql_agent_update,
               DB_ARGS(db_text(id), none, db_text(str(enum_word(&AgentMode_enum, g.mode))), none, none,
                       db_i64(g.updated_at), none, none),
               NULL, e));
    return agent_notify_workspace(tx, &g, "agent_updated", e);
}

const ConversationKind agent_conversation = {
    .name = "agent", .find = find_subject, .plan_ended = end_plan, .option_answered = agent_option_answered};

int agent_load_status(const Agent *g, StatusState *ret, Arena *arena, Err *e) {
    Conversation c = {.status_state = g->status_state, .created_at = g->created_at};
    return conversation_load_status(&c, ret, arena, e);
}

int agent_act(Tx *tx, Agent *g, ConversationAct act, Arena *arena, Err *e) {
    ConversationSubject who;
    Conversation c;
    TRY(agent_subject(g, arena, &who, e));
    TRY(conversation_get(tx_conn(tx), who.kind, who.id, arena, &c, e));
    TRY(conversation_act(tx, &who, &c, act, arena, e));
    return agent_get(tx_conn(tx), g->id, arena, g, e);
}

int agent_notify_workspace(Tx *tx, const Agent *g, const char *change, Err *e) {
    agent_note_change(tx, g->id, change);
    return workspace_emit(tx, g->workspace_id, change, &Agent_shape, g, e);
}
