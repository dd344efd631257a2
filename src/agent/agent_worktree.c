/* What happens to agents when their worktree closes or returns: the hooks they register, and what a worktree shows. */
#include "agent/agent.h"
#include "agent/agent_sql.h"
#include "base/mem.h"
#include "core/hook.h"
#include "workspace/workspace.h"

enum { ANSWER_MAX = 16 << 20, ARCHIVED_SHOWN = 100, EMPTIED_MAX = AGENTS_OF_WORKTREE_MAX };

int agent_find_place(DbConn *db, OpCall *c, const Agent *g, Str other, Worktree *ret, Err *e) {
    Workspace w;
    bool found;
    WorktreeRef ref = {.workspace_id = g->workspace_id, .worktree_id = other};
    if (other.n) {
        TRY(worktree_of(db, &ref, c->arena, ret, e));
        return worktree_get_usable(db, other, c->arena, ret, e);
    }
    int r = worktree_get_usable(db, g->worktree_id, c->arena, ret, e);
    if (r != -(int)ERR_NOT_FOUND) return r;
    if (workspace_get(c->app, db, g->workspace_id, c->arena, &w, e) < 0)
        return err_fail(e, ERR_NOT_FOUND, "the agent's workspace is closed; open its repository again first");
    TRY(worktree_row(db, g->worktree_id, c->arena, ret, &found, e));
    if (found && ret->trash_id.p)
        return err_fail(e, ERR_NOT_FOUND,
                        "the agent's worktree " STR_FMT
                        " is in the trash; restore it from there, or name another worktree "
                        "in worktreeId",
                        STR_ARG(ret->name));
    return err_fail(e, ERR_NOT_FOUND, "the agent's worktree was removed; name another worktree in worktreeId");
}

typedef struct Emptying {
    WorktreeLeaving *leaving;
    StrList agents;
} Emptying;

static bool on_alive(void *arg, DbRow *r) {
    Emptying *x = arg;
    x->agents.items[x->agents.n++] = arena_str(x->leaving->arena, db_col_text(r, 0));
    return true;
}

static int mark_stopped(Tx *tx, Emptying *x, Str id, Err *e) {
    WorktreeLeaving *l = x->leaving;
    Agent g;
    LaunchRow launch;
    bool is_alive = false;
    TRY(agent_get(tx_conn(tx), id, l->arena, &g, e));
    TRY(launch_find_alive(tx_conn(tx), id, l->arena, &launch, &is_alive, e));
    if (!is_alive) return 0;
    TRY(launch_mark_stop(tx, launch.id, e));
    l->launches.items[l->launches.n++] = launch.id;
    return agent_act(tx, &g, (ConversationAct){.act = ACT_STOP_ASKED}, l->arena, e);
}

static int empty_tx(Tx *tx, void *arg, Err *e) {
    static const WorktreeBusy engaged = {&sql_agent_count_engaged_of_worktree, "agent is working", "agents are working",
                                         "stop"};
    Emptying *x = arg;
    WorktreeLeaving *l = x->leaving;
    TRY(worktree_refuse_busy(tx, l->worktree_id, &engaged, e));
    TRY(db_each(tx_conn(tx), &sql_agent_alive_of_worktree, DB_ARGS(db_text(l->worktree_id), db_i64(EMPTIED_MAX)),
                on_alive, x, e));
    for (size_t i = 0; i < x->agents.n; i++) TRY(mark_stopped(tx, x, x->agents.items[i], e));
    return 0;
}

/* Agents at rest, whose work is done, are stopped with the removal of their worktree. */
static int on_worktree_emptying(App *app, DbConn *db, WorktreeLeaving *l, Err *e) {
    (void)db;
    Emptying x = {.leaving = l, .agents = {.items = arena_array(l->arena, EMPTIED_MAX, sizeof(Str))}};
    l->launches.items = arena_array(l->arena, EMPTIED_MAX, sizeof(Str));
    l->wait_ms = AGENT_STOP_WAIT_MS;
    TRY(db_tx(app->db, DB_PERSON, empty_tx, &x, e));
    for (size_t i = 0; i < l->launches.n; i++) launch_stop(app, l->launches.items[i], LAUNCH_STOP_GRACEFUL);
    return 0;
}

static int on_worktree_removing(App *app, Tx *tx, const WorktreeGone *v, Err *e) {
    (void)app;
    static const WorktreeBusy busy = {&sql_agent_count_alive_of_worktree, "agent is running", "agents are running",
                                      "stop"};
    return worktree_refuse_busy(tx, v->worktree_id, &busy, e);
}

/* What it reads and writes would be a mixture of two states. */
static int on_worktree_rewriting(App *app, Tx *tx, const WorktreeGone *v, Err *e) {
    (void)app;
    static const WorktreeBusy busy = {&sql_agent_count_busy_of_worktree, "agent is working", "agents are working",
                                      "interrupt"};
    return worktree_refuse_busy(tx, v->worktree_id, &busy, e);
}

static int on_worktree_gone(App *app, Tx *tx, const WorktreeGone *v, Err *e) {
    (void)app;
    return tx_run(tx, &sql_agents_of_worktree_gone, DB_ARGS(db_text(v->worktree_id), db_i64(tx_now(tx))), NULL, e);
}

/* Agents that were archived with the worktree are restored with it; those that a person archived stay archived. If the
 * repository was closed and opened since, it is now another workspace. */
static int on_worktree_back(App *app, Tx *tx, const WorktreeGone *v, Err *e) {
    (void)app;
    CLEANUP(arena_freep) Arena *a = arena_new();
    AgentList l = {0};
    TRY(tx_run(tx, &sql_agents_of_worktree_back,
               DB_ARGS(db_text(v->worktree_id), db_text(v->workspace_id), db_i64(tx_now(tx))), NULL, e));
    TRY(agent_list_living(tx_conn(tx), v->worktree_id, a, &l, e));
    for (size_t i = 0; i < l.n; i++) TRY(agent_notify_workspace(tx, &l.items[i], "agent_added", e));
    return 0;
}

static int encode_agents(const AgentList *l, Arena *a, Str *ret, Err *e) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, ANSWER_MAX);
    JsonOut o = json_out(&b);
    json_begin_array(&o);
    for (size_t i = 0; i < l->n; i++) shape_encode(&Agent_shape, &l->items[i], &o);
    json_end_array(&o);
    if (b.failed) return err_fail(e, ERR_TOO_LARGE, "the agents of a worktree do not fit into one answer");
    *ret = arena_str(a, buf_str(&b));
    return 0;
}

/* The agents in a worktree's detail: all that are not archived, and the most recently archived ones. */
static int agents_of_worktree(DbConn *c, Str worktree_id, Arena *a, WorktreeAgents *ret, Err *e) {
    AgentList living = {0}, archived = {0};
    TRY(agent_list_living(c, worktree_id, a, &living, e));
    TRY(db_all(c, &sql_agent_deleted_list, DB_ARGS(db_text(worktree_id), db_i64(ARCHIVED_SHOWN)),
               DB_INTO(Agent, a, &archived), ARCHIVED_SHOWN, e));
    TRY(db_scalar(c, &sql_agent_deleted_count, DB_ARGS(db_text(worktree_id)), 0, &ret->archived_count, e));
    TRY(encode_agents(&living, a, &ret->living, e));
    return encode_agents(&archived, a, &ret->archived, e);
}

static int count_agents(DbConn *c, Str workspace_id, int64_t *ret, Err *e) {
    return db_scalar(c, &sql_agent_count_of_workspace, DB_ARGS(db_text(workspace_id)), 0, ret, e);
}

void agent_register(App *app) {
    launches_register(app->launches, &agent_owner);
    hook_on_worktree_emptying(app, on_worktree_emptying);
    hook_on_worktree_removing(app, on_worktree_removing);
    hook_on_worktree_rewriting(app, on_worktree_rewriting);
    hook_on_worktree_gone(app, on_worktree_gone);
    hook_on_worktree_back(app, on_worktree_back);
    static const WorkspaceAgents source = {agents_of_worktree, count_agents};
    app->agents = &source;
}
