/* Operations on the rows of agents. Starting and stopping are in agent_run_ops.c, sessions in
 * agent_session_ops.c, messages in message_ops.c. */
#include <stdio.h>

#include "agent/agent_add.h"
#include "agent/agent_sql.h"
#include "agent/agent_update.h"
#include "agent/profile.h"
#include "base/mem.h"
#include "base/text_cut.h"
#include "core/setting.h"
#include "core/topic.h"
#include "workspace/workspace.h"

enum { LIST_MAX = 2000 };

#define AGENT_LIST_IN(F, S)                                                                                  \
    F(S, ID("wt"), worktree_id, .opt = 1, .from = FROM_QUERY, .doc = "Only of this worktree")                \
    F(S, ENUM(AgentStatusWord), status, .opt = 1, .from = FROM_QUERY, .doc = "Only with this status")        \
    F(S, BOOL, include_deleted, .opt = 1, .from = FROM_QUERY, .doc = "Also archived ones, after the others") \
    F(S, I64, limit, .opt = 1, .has_def = 1, .def = LIST_MAX, .min = 1, .max = LIST_MAX, .from = FROM_QUERY, \
      .doc = "Maximum number of rows")                                                                       \
    F(S, ID("ag"), after, .opt = 1, .from = FROM_QUERY, .doc = "Only agents after this one; default: from the first")
SHAPE(AgentListIn, AGENT_LIST_IN);
SHAPE_DEFINE(AgentListIn, AGENT_LIST_IN);
#define AGENT_LIST_OUT(F, S)                                                                                         \
    F(S, LIST(Agent), agents, .max = LIST_MAX, .doc = "In display order; of one worktree, in that of its sort mode") \
    F(S, BOOL, has_more, .doc = "There are more after these")                                                        \
    F(S, ID("ag"), next_cursor, .opt = 1, .doc = "`after` for the next page")
SHAPE(AgentListOut, AGENT_LIST_OUT);
SHAPE_DEFINE(AgentListOut, AGENT_LIST_OUT);
#define ARCHIVED_IN(F, S)                                                                                   \
    F(S, ID("ws"), workspace_id, .opt = 1, .from = FROM_QUERY, .doc = "Only of this workspace")             \
    F(S, ID("wt"), worktree_id, .opt = 1, .from = FROM_QUERY, .doc = "Only of this worktree")               \
    F(S, STR, q, .opt = 1, .min = 1, .max = 100, .from = FROM_QUERY, .doc = "Only names that contain this") \
    F(S, I64, limit, .opt = 1, .has_def = 1, .def = 100, .min = 1, .max = LIST_MAX, .from = FROM_QUERY,     \
      .doc = "Maximum number of rows")                                                                      \
    F(S, ID("ag"), after, .opt = 1, .from = FROM_QUERY, .doc = "Only agents archived before this one; default: all")
SHAPE(ArchivedIn, ARCHIVED_IN);
SHAPE_DEFINE(ArchivedIn, ARCHIVED_IN);
#define AGENT_CREATE(F, S)                                                                                           \
    F(S, ID("wt"), worktree_id, .doc = "The worktree in which it works")                                             \
    F(S, STR, name, .opt = 1, .min = 1, .max = 100, .is_name = 1,                                                    \
      .doc = "Shown in lists; default: the first words of the prompt, or Agent, and a number if that name is taken") \
    F(S, ENUM(AgentMode), mode, .opt = 1, .doc = "regular, plan or auto; default: the setting default_mode")         \
    F(S, STRS, permissions, .opt = 1, .max = 3, .item_max = 16, .words = &AgentPermission_enum,                      \
      .doc = "Allowed without asking: read, write, execute; default: read")                                          \
    F(S, STR, initial_prompt, .opt = 1, .max = AGENT_PROMPT_MAX, .example = "Fix the failing test",                  \
      .doc = "The prompt that is sent at the first start")                                                           \
    F(S, STRS, attachments, .opt = 1, .max = ATTACHMENTS_MAX, .item_max = ID_TEXT_MAX,                               \
      .example = "att_00000000000000000000000001", .doc = "Ids of attachments that go with it")                      \
    F(S, ID("lpr"), profile_id, .opt = 1,                                                                            \
      .doc = "A launch profile of the worktree's workspace: what is left out below is taken from it")                \
    F(S, STR, adapter, .opt = 1, .max_bytes = 32, .words = &AdapterName_enum,                                        \
      .doc = "The CLI that it runs; terminal: any command; default: claude")                                         \
    F(S, STRS, command, .opt = 1, .max = 256, .item_max = 65536, .doc = "terminal: program and arguments")           \
    F(S, STR, model, .opt = 1, .max_bytes = 256, .doc = "The model; default: the CLI's")                             \
    F(S, ENUM(AgentEffort), effort, .opt = 1, .doc = "How much it thinks; only for a CLI that can choose")           \
    F(S, OBJ(AgentLimits), limits, .opt = 1, .doc = "Its limits; default: the settings")
SHAPE(AgentCreate, AGENT_CREATE);
SHAPE_DEFINE(AgentCreate, AGENT_CREATE);
SHAPE_DEFINE(AgentPath, AGENT_PATH);
#define AGENT_REORDER(F, S)                                                        \
    F(S, ID("wt"), worktree_id, .doc = "The worktree")                             \
    F(S, STRS, agent_ids, .min = 1, .max = AGENTS_OF_WORKTREE_MAX, .item_max = 64, \
      .doc = "All of its agents in their new order")
SHAPE(AgentReorder, AGENT_REORDER);
SHAPE_DEFINE(AgentReorder, AGENT_REORDER);
#define AGENT_ORDER(F, S)                  \
    F(S, ID("ag"), id, .doc = "The agent") \
    F(S, I64, order, .min = 0, .max = INT64_MAX, .doc = "Its position")
SHAPE(AgentOrder, AGENT_ORDER);
SHAPE_DEFINE(AgentOrder, AGENT_ORDER);
#define AGENT_ORDERS(F, S) F(S, LIST(AgentOrder), agents, .max = AGENTS_OF_WORKTREE_MAX, .doc = "Places")
SHAPE(AgentOrders, AGENT_ORDERS);
SHAPE_DEFINE(AgentOrders, AGENT_ORDERS);
#define PROCESS_WORDS(W) W(PROCESS_RUNNING, "running") W(PROCESS_STOPPED, "stopped")
ENUM_DECLARE(ProcessWord, PROCESS_WORDS);
ENUM_DEFINE(ProcessWord, PROCESS_WORDS);
#define AGENT_STATUS_OUT(F, S)                                                                        \
    F(S, ID("ag"), id, .doc = "The agent")                                                            \
    F(S, ENUM(AgentStatusWord), status, .doc = "running, waiting, finished or error")                 \
    F(S, ENUM(AgentReason), status_reason, .doc = "Why")                                              \
    F(S, STR, status_detail, .opt = 1, .max_bytes = 2000, .doc = "What it waits for, or what failed") \
    F(S, ENUM(ProcessWord), process_status, .doc = "running or stopped")                              \
    F(S, BOOL, is_running, .doc = "Its program is running")                                           \
    F(S, I64, context_level, .min = 0, .max = 100, .doc = "Percent of the model's window in use")     \
    F(S, I64, pid, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Process id of the running program")  \
    F(S, I64, memory_bytes, .opt = 1, .min = 0, .max = INT64_MAX,                                     \
      .doc = "Total of its process tree; left out if not measured")                                   \
    F(S, I64, processes, .opt = 1, .min = 0, .max = INT64_MAX,                                        \
      .doc = "Total of its process tree; left out if not measured")
SHAPE(AgentStatusOut, AGENT_STATUS_OUT);
SHAPE_DEFINE(AgentStatusOut, AGENT_STATUS_OUT);

/* One call to the loop serves all of them. */
static void fill_pids(App *app, Agent *agents, size_t n, Arena *arena) {
    LaunchFacts *facts = arena_array(arena, n, sizeof *facts);
    Str *ids = arena_array(arena, n, sizeof *ids);
    for (size_t i = 0; i < n; i++)
        if (!HAS(Agent, &agents[i], stopped_at)) ids[i] = agents[i].launch_id;
    launches_facts(app, ids, n, facts);
    for (size_t i = 0; i < n; i++)
        if (facts[i].pid > 0) GIVE(Agent, &agents[i], pid, facts[i].pid);
}

static int read_list(OpCall *c, const AgentListIn *in, AgentList *ret, Err *e) {
    Str status = HAS(AgentListIn, in, status) ? str(enum_word(&AgentStatusWord_enum, in->status)) : (Str){0};
    if (in->worktree_id.n)
        return agent_list_of(c->db,
                             &(AgentsOf){.worktree_id = in->worktree_id,
                                         .status = status,
                                         .after = in->after,
                                         .with_archived = in->include_deleted,
                                         .limit = in->limit + 1},
                             c->arena, ret, e);
    return db_all(c->db, &sql_agent_list,
                  DB_ARGS(db_text(status), db_i64(in->include_deleted), db_text(in->after), db_i64(in->limit + 1),
                          db_text(str(c->who->org))),
                  DB_INTO(Agent, c->arena, ret), LIST_MAX + 1, e);
}

static int list_agents(OpCall *c, const void *in_, void *out_, Err *e) {
    const AgentListIn *in = in_;
    AgentListOut *out = out_;
    Agent before;
    Worktree wt;
    bool is_known = true;
    if (in->after.n) TRY(agent_get(c->db, in->after, c->arena, &before, e));
    if (in->worktree_id.n) TRY(worktree_row(c->db, in->worktree_id, c->arena, &wt, &is_known, e));
    if (!is_known) return err_fail(e, ERR_NOT_FOUND, "no worktree " STR_FMT, STR_ARG(in->worktree_id));
    out->agents.items = arena_alloc(c->arena, 1);
    TRY(read_list(c, in, &out->agents, e));
    out->has_more = out->agents.n > (size_t)in->limit;
    if (out->has_more) GIVE(AgentListOut, out, next_cursor, out->agents.items[--out->agents.n - 1].id);
    fill_pids(c->app, out->agents.items, out->agents.n, c->arena);
    if (!in->worktree_id.n || worktree_get(c->db, in->worktree_id, c->arena, &wt, NULL) < 0) return 0;
    return op_cursor(c, topic_of(c->arena, "workspace", wt.workspace_id), e);
}

static int list_archived_agents(OpCall *c, const void *in_, void *out_, Err *e) {
    const ArchivedIn *in = in_;
    AgentListOut *out = out_;
    Agent before;
    if (in->after.n) TRY(agent_get(c->db, in->after, c->arena, &before, e));
    if (in->after.n && !HAS(Agent, &before, deleted_at))
        return err_fail(e, ERR_CONFLICT, "agent " STR_FMT " is no longer archived; list from the newest again",
                        STR_ARG(in->after));
    out->agents.items = arena_alloc(c->arena, 1);
    const Sql *list = in->workspace_id.n || in->worktree_id.n ? &sql_agent_archived_of : &sql_agent_archived_list;
    TRY(db_all(c->db, list,
               DB_ARGS(db_text(in->workspace_id), db_text(in->worktree_id), db_text(in->q), db_text(in->after),
                       db_i64(in->limit + 1), db_text(str(c->who->org))),
               DB_INTO(Agent, c->arena, &out->agents), LIST_MAX + 1, e));
    out->has_more = out->agents.n > (size_t)in->limit;
    if (out->has_more) GIVE(AgentListOut, out, next_cursor, out->agents.items[--out->agents.n - 1].id);
    return op_cursor(c, topic_of(c->arena, "overview", str(c->who->org)), e);
}

static int get_agent(OpCall *c, const void *in_, void *out, Err *e) {
    const AgentPath *in = in_;
    TRY(auth_check_own(c->who, in->agent_id, e));
    TRY(agent_get(c->db, in->agent_id, c->arena, out, e));
    fill_pids(c->app, out, 1, c->arena);
    return op_cursor(c, topic_of(c->arena, "agent", in->agent_id), e);
}

static int get_agent_status(OpCall *c, const void *in_, void *out_, Err *e) {
    AgentStatusOut *out = out_;
    Agent a;
    LaunchFacts f = {0};
    TRY(auth_check_own(c->who, ((const AgentPath *)in_)->agent_id, e));
    TRY(agent_get(c->db, ((const AgentPath *)in_)->agent_id, c->arena, &a, e));
    bool alive = a.launch_id.n && !HAS(Agent, &a, stopped_at) && launch_facts(c->app, a.launch_id, &f);
    *out = (AgentStatusOut){.id = a.id,
                            .status = a.status,
                            .status_reason = a.status_reason,
                            .status_detail = a.status_detail,
                            .process_status = alive ? PROCESS_RUNNING : PROCESS_STOPPED,
                            .is_running = alive,
                            .context_level = a.context_level};
    if (f.pid > 0) GIVE(AgentStatusOut, out, pid, f.pid);
    if (alive && f.rss_bytes > 0) GIVE(AgentStatusOut, out, memory_bytes, f.rss_bytes);
    if (alive && f.processes > 0) GIVE(AgentStatusOut, out, processes, f.processes);
    return op_cursor(c, topic_of(c->arena, "agent", a.id), e);
}

/* --- create and update ------------------------------------------------------------------------------------ */

/* As many of its first words as fit; a longer first word is cut. Empty for a prompt without words. */
static Str first_words(Str prompt, Arena *a) {
    enum { CHARS_MAX = 40, BYTES_MAX = 90 };
    Str s = str_trim(text_printable(a, prompt));
    char *name = arena_alloc(a, CHARS_MAX * 4 + 1);
    size_t n = 0, whole = 0, chars = 0;
    for (size_t i = 0; i < s.n && chars <= CHARS_MAX; i++) {
        bool is_space = s.p[i] == ' ' || s.p[i] == '\t' || s.p[i] == '\n';
        if (is_space && name[n - 1] == ' ') continue;
        if (is_space) whole = n;
        chars += ((unsigned char)s.p[i] & 0xc0) != 0x80;
        if (chars <= CHARS_MAX) name[n++] = is_space ? ' ' : s.p[i];
    }
    return text_cut(str_n(name, chars > CHARS_MAX && whole ? whole : n), BYTES_MAX);
}

/* The agents of one workspace are shown in one list, so names that Muster chooses there are distinct. */
static int choose_name(Tx *tx, const AgentAdd *x, Err *e) {
    Arena *a = x->call->arena;
    int64_t n = 1;
    Str name = first_words(x->prompt, a);
    if (!name.n) name = STR("Agent");
    TRY(db_scalar(tx_conn(tx), &sql_agent_name_number, DB_ARGS(db_text(x->agent->workspace_id), db_text(name)), 1, &n,
                  e));
    x->agent->name = n == 1 ? name : arena_fmt(a, STR_FMT " %lld", STR_ARG(name), (long long)n);
    return 0;
}

int agent_add_tx(Tx *tx, const AgentAdd *x, Err *e) {
    Arena *a = x->call->arena;
    Agent *g = x->agent;
    Worktree wt;
    TRY(worktree_get(tx_conn(tx), g->worktree_id, a, &wt, e));
    TRY(agent_check_room(tx_conn(tx), wt.id, e));
    g->workspace_id = wt.workspace_id;
    if (!g->name.n) TRY(choose_name(tx, x, e));
    Str demo = arena_fmt(a, "%s/demo/", x->call->app->home);
    if (agent_all_are_samples(x->call->app) || str_starts(wt.path, demo)) GIVE(Agent, g, is_demo, true);
    g->created_at = g->updated_at = tx_now(tx);
    TRY(tx_run_shape(tx, &sql_agent_insert, &Agent_shape, g, NULL, e));
    TRY(conversation_add(tx, STR("agent"), g->id, e));
    TRY(agent_get(tx_conn(tx), g->id, a, g, e));
    TRY(agent_notify_workspace(tx, g, "agent_added", e));
    MessageAdd m = {.text = x->prompt, .attachments = x->attachments};
    if (!m.text.n && !m.attachments.n) return 0;
    ConversationSubject who;
    TRY(agent_subject(g, a, &who, e));
    return message_add(x->call->app, tx, &who, &m, a, e);
}

static int create_tx(Tx *tx, void *arg, Err *e) { return agent_add_tx(tx, arg, e); }

static AgentMode default_mode(const OpCall *c) {
    int mode = AGENT_REGULAR;
    (void)enum_find(&AgentMode_enum, setting_str(c->app->settings, SET_DEFAULT_MODE, c->arena), &mode);
    return (AgentMode)mode;
}

void agent_set_defaults(OpCall *c, Agent *g) {
    Str *read_only = arena_array(c->arena, 1, sizeof *read_only);
    read_only[0] = STR("read");
    if (!g->adapter.n) g->adapter = STR("claude");
    if (!HAS(Agent, g, mode)) GIVE(Agent, g, mode, default_mode(c));
    if (!HAS(Agent, g, permissions)) GIVE(Agent, g, permissions, (StrList){read_only, 1});
}

static int take_profile(OpCall *c, const AgentCreate *in, Agent *g, Err *e) {
    Worktree wt;
    LaunchProfile p;
    if (!in->profile_id.n) return 0;
    TRY(worktree_get(c->db, in->worktree_id, c->arena, &wt, e));
    TRY(profile_get(c->db, wt.workspace_id, in->profile_id, c->arena, &p, e));
    profile_apply(&p, g);
    return 0;
}

static int create_agent(OpCall *c, const void *in_, void *out, Err *e) {
    const AgentCreate *in = in_;
    Agent *g = out;
    Id id = id_new("ag");
    *g = (Agent){.id = arena_str(c->arena, id_str(&id)), .worktree_id = in->worktree_id, .name = in->name};
    TRY(take_profile(c, in, g, e));
    if (in->adapter.n) g->adapter = in->adapter;
    if (HAS(AgentCreate, in, mode)) GIVE(Agent, g, mode, in->mode);
    if (HAS(AgentCreate, in, permissions)) GIVE(Agent, g, permissions, in->permissions);
    if (HAS(AgentCreate, in, effort)) GIVE(Agent, g, effort, in->effort);
    if (in->command.n) GIVE(Agent, g, command, in->command);
    if (in->model.n) GIVE(Agent, g, model, in->model);
    if (in->limits) GIVE(Agent, g, limits, in->limits);
    agent_set_defaults(c, g);
    TRY(profile_check_adapter(g->adapter, &g->command, HAS(Agent, g, effort), e));
    return op_tx(c, create_tx, &(AgentAdd){c, g, in->initial_prompt, in->attachments}, g, e);
}

static int update_agent(OpCall *c, const void *in, void *out, Err *e) { return agent_update(c, in, out, e); }

/* --- restore, reorder --- */

#define AGENT_RESTORE(F, S)                                         \
    F(S, ID("ag"), agent_id, .from = FROM_PATH, .doc = "The agent") \
    F(S, ID("wt"), worktree_id, .opt = 1,                           \
      .doc = "Another worktree of its workspace, in which it works from now on; default: its own")
SHAPE(AgentRestore, AGENT_RESTORE);
SHAPE_DEFINE(AgentRestore, AGENT_RESTORE);

typedef struct Restore {
    OpCall *call;
    const AgentRestore *in;
    Agent *agent;
} Restore;

static int restore_tx(Tx *tx, void *arg, Err *e) {
    Restore *x = arg;
    Str id = x->in->agent_id;
    Worktree wt;
    TRY(agent_get(tx_conn(tx), id, x->call->arena, x->agent, e));
    bool is_going;
    if (!HAS(Agent, x->agent, deleted_at)) return err_fail(e, ERR_CONFLICT, "the agent is not archived");
    TRY(op_intent_is_open(tx_conn(tx), "delete_agent", "agentId", id, &is_going, e));
    if (is_going) return err_fail(e, ERR_CONFLICT, "the agent is being deleted");
    int r = agent_find_place(tx_conn(tx), x->call, x->agent, x->in->worktree_id, &wt, e);
    if (r == -(int)ERR_NOT_FOUND && !x->in->worktree_id.n) { /* the agent is there: its worktree is in the way */
        e->code = ERR_CONFLICT;
        return -(int)ERR_CONFLICT;
    }
    TRY(r);
    TRY(agent_check_room(tx_conn(tx), wt.id, e));
    if (!str_eq(wt.id, x->agent->worktree_id))
        TRY(tx_run(tx, &sql_agent_move, DB_ARGS(db_text(id), db_text(wt.id)), NULL, e));
    TRY(tx_run(tx, &sql_agent_set_deleted, DB_ARGS(db_text(id), db_text((Str){0}), db_i64(tx_now(tx))), NULL, e));
    TRY(agent_get(tx_conn(tx), id, x->call->arena, x->agent, e));
    return agent_notify_workspace(tx, x->agent, "agent_added", e);
}

static int restore_agent(OpCall *c, const void *in, void *out, Err *e) {
    Restore x = {.call = c, .in = in, .agent = out};
    return op_tx(c, restore_tx, &x, out, e);
}

typedef struct Reorder {
    OpCall *call;
    const AgentReorder *in;
    AgentOrders *out;
} Reorder;

static int reorder_one(Tx *tx, Reorder *x, int64_t place, Err *e) {
    Str id = x->in->agent_ids.items[place];
    Agent g;
    bool found = false;
    TRY(agent_find(tx_conn(tx), id, x->call->arena, &g, &found, e));
    if (!found || HAS(Agent, &g, deleted_at) || !str_eq(g.worktree_id, x->in->worktree_id))
        return err_fail(e, ERR_CONFLICT, "no agent " STR_FMT " in this worktree", STR_ARG(id));
    x->out->agents.items[place] = (AgentOrder){.id = id, .order = place};
    if (g.display_order == place) return 0;
    g.display_order = place;
    TRY(tx_run(tx, &sql_agent_set_order, DB_ARGS(db_text(id), db_i64(place)), NULL, e));
    return agent_notify_workspace(tx, &g, "agent_updated", e);
}

static int reorder_tx(Tx *tx, void *arg, Err *e) {
    Reorder *x = arg;
    const StrList *ids = &x->in->agent_ids;
    Worktree wt;
    TRY(worktree_get(tx_conn(tx), x->in->worktree_id, x->call->arena, &wt, e));
    x->out->agents.items = arena_array(x->call->arena, ids->n, sizeof(AgentOrder));
    x->out->agents.n = ids->n;
    for (size_t i = 0; i < ids->n; i++) TRY(reorder_one(tx, x, (int64_t)i, e));
    return 0;
}

static int reorder_agents(OpCall *c, const void *in_, void *out, Err *e) {
    Reorder x = {c, in_, out};
    return op_tx(c, reorder_tx, &x, out, e);
}

const Op agent_ops[] = {
    {"list_agents", "GET /api/agents", "agent list", OP_RUN(list_agents, AgentListIn, AgentListOut),
     .role = ROLE_VIEWER, .where = ON_WORKER,
     .doc = "Lists agents. With `worktreeId` the reply has a cursor of the worktree's workspace; without it, none: "
            "no single stream carries the events of all agents."},
    {"list_archived_agents", "GET /api/agents/archived", "agent archived",
     OP_RUN(list_archived_agents, ArchivedIn, AgentListOut), .role = ROLE_VIEWER, .where = ON_WORKER,
     .doc = "Lists archived agents, newest first."},
    {"create_agent", "POST /api/agents", "agent create", OP_RUN(create_agent, AgentCreate, Agent), .status = 201,
     .role = ROLE_MEMBER, .where = ON_WORKER, .flags = OP_WRITES | OP_AUDITED,
     .doc = "Creates an agent in a worktree. It is not started."},
    {"get_agent", "GET /api/agents/{agentId}", "agent get", OP_RUN(get_agent, AgentPath, Agent), .role = ROLE_VIEWER,
     .where = ON_WORKER, .flags = OP_AGENT_MAY, .doc = "Returns one agent."},
    {"update_agent", "PUT /api/agents/{agentId}", "agent update", OP_RUN(update_agent, AgentUpdate, AgentUpdated),
     .role = ROLE_MEMBER, .where = ON_WORKER, .flags = OP_WRITES | OP_AUDITED,
     .doc =
         "Changes name, model, effort, mode, permissions or limits. Options of a running agent change at once where its CLI "
         "can do that; the answer says when each one applies."},
    {"restore_agent", "POST /api/agents/{agentId}/restore", "agent restore", OP_RUN(restore_agent, AgentRestore, Agent),
     .role = ROLE_MEMBER, .where = ON_WORKER, .flags = OP_WRITES | OP_AUDITED,
     .doc =
         "Restores an archived agent; with worktreeId, in another worktree, for instance because its own was removed."},
    {"reorder_agents", "PUT /api/agents/reorder", "agent reorder", OP_RUN(reorder_agents, AgentReorder, AgentOrders),
     .role = ROLE_MEMBER, .where = ON_WORKER, .flags = OP_WRITES, .doc = "Sets the order of a worktree's agents."},
    {"get_agent_status", "GET /api/agents/{agentId}/status", "agent status",
     OP_RUN(get_agent_status, AgentPath, AgentStatusOut), .role = ROLE_VIEWER, .where = ON_WORKER,
     .flags = OP_AGENT_MAY, .doc = "An agent's status, and its process tree's memory."},
    {0},
};
