/* get_overview: one call for everything that a board, a home and a side bar show. */
#include "agent/overview.h"
#include "base/mem.h"

enum { LIMIT_MAX = 5000 };

#define OVERVIEW_IN(F, S)                                                                                 \
    F(S, ID("ws"), workspace_id, .opt = 1, .from = FROM_QUERY, .doc = "Only of this workspace")           \
    F(S, I64, limit, .opt = 1, .has_def = 1, .def = 2000, .min = 1, .max = LIMIT_MAX, .from = FROM_QUERY, \
      .doc = "Maximum number of worktrees and agents together")                                           \
    F(S, ID(""), after, .opt = 1, .from = FROM_QUERY,                                                     \
      .doc = "nextCursor of the page before: only what follows that worktree or agent; default: all")
SHAPE(OverviewIn, OVERVIEW_IN);
SHAPE_DEFINE(OverviewIn, OVERVIEW_IN);
#define OVERVIEW(F, S)                                                                                  \
    F(S, LIST(WorkspaceNews), workspaces, .max = 10000, .doc = "The open ones, on the first page only") \
    F(S, LIST(WorktreeOverview), worktrees, .max = LIMIT_MAX, .doc = "By workspace, in their order")    \
    F(S, LIST(AgentOverview), agents, .max = LIMIT_MAX,                                                 \
      .doc = "Those not archived, behind all worktrees, "                                               \
             "by workspace and worktree, in display order")                                             \
    F(S, BOOL, has_more, .doc = "There are more after these")                                           \
    F(S, ID(""), next_cursor, .opt = 1, .doc = "`after` of the next page")
SHAPE(Overview, OVERVIEW);
SHAPE_DEFINE(Overview, OVERVIEW);

static int read_worktrees(OpCall *c, const OverviewIn *in, Overview *out, Err *e) {
    WorktreesFrom from = {str(c->who->org), in->workspace_id, in->after, in->limit + 1};
    WorktreeOverview row;
    bool found = true;
    if (in->after.n) TRY(worktree_overview(c->db, in->after, c->arena, &row, &found, e));
    if (!found) return err_fail(e, ERR_NOT_FOUND, "no worktree " STR_FMT, STR_ARG(in->after));
    TRY(worktrees_overview(c->db, &from, c->arena, &out->worktrees, e));
    out->has_more = out->worktrees.n > (size_t)in->limit;
    if (out->has_more) out->worktrees.n--;
    if (out->worktrees.n) GIVE(Overview, out, next_cursor, out->worktrees.items[out->worktrees.n - 1].id);
    return 0;
}

/* As many as the worktrees leave room for. */
static int read_agents(OpCall *c, const OverviewIn *in, Str after, Overview *out, Err *e) {
    int64_t room = in->limit - (int64_t)out->worktrees.n;
    Agent before;
    if (after.n) TRY(agent_get(c->db, after, c->arena, &before, e));
    TRY(agents_overview(c->db, &(AgentsFrom){str(c->who->org), in->workspace_id, after, room + 1}, c->arena,
                        &out->agents, e));
    out->has_more = out->agents.n > (size_t)room;
    if (out->has_more) out->agents.n--;
    if (out->agents.n) GIVE(Overview, out, next_cursor, out->agents.items[out->agents.n - 1].id);
    return 0;
}

/* An agent is shown itself and where it works. */
static int read_own(OpCall *c, const OverviewIn *in, Overview *out, Err *e) {
    AgentOverview *own = out->agents.items = arena_new_in(c->arena, AgentOverview);
    WorktreeOverview *tree = out->worktrees.items = arena_new_in(c->arena, WorktreeOverview);
    bool found, has_tree;
    TRY(agent_overview(c->db, str(c->who->owner), c->arena, own, &found, e));
    if (!found || (in->workspace_id.n && !str_eq(in->workspace_id, own->workspace_id)))
        return auth_check_own(c->who, STR(""), e);
    out->agents.n = 1;
    TRY(worktree_overview(c->db, own->worktree_id, c->arena, tree, &has_tree, e));
    out->worktrees.n = has_tree;
    TRY(workspaces_overview(c->db, own->org_id, own->workspace_id, c->arena, &out->workspaces, e));
    return op_cursor(c, topic_of(c->arena, "agent", own->id), e);
}

static int get_overview(OpCall *c, const void *in_, void *out_, Err *e) {
    const OverviewIn *in = in_;
    Overview *out = out_;
    Str org = str(c->who->org);
    Workspace w;
    bool is_agent = str_starts(in->after, STR("ag_"));
    if (c->who->role == ROLE_AGENT) return read_own(c, in, out, e);
    if (in->workspace_id.n) TRY(workspace_get(c->app, c->db, in->workspace_id, c->arena, &w, e));
    if (!in->after.n) TRY(workspaces_overview(c->db, org, in->workspace_id, c->arena, &out->workspaces, e));
    if (!is_agent) TRY(read_worktrees(c, in, out, e));
    if (!out->has_more) TRY(read_agents(c, in, is_agent ? in->after : (Str){0}, out, e));
    if (!out->has_more) out->next_cursor = (Str){0};
    return op_cursor(c, topic_of(c->arena, "overview", org), e);
}

const Op overview_ops[] = {
    {"get_overview", "GET /api/overview", "overview", OP_RUN(get_overview, OverviewIn, Overview), .role = ROLE_VIEWER,
     .where = ON_WORKER, .flags = OP_AGENT_MAY,
     .doc = "Workspaces, worktrees with their state, and agents, as the daemon knows them: nothing is computed for the "
            "call. Events of `overview/org_…` carry the same rows. An agent sees only itself."},
    {0},
};
