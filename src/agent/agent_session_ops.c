/* Operations of agents' sessions: their list, and forks. Resuming is in agent_run_ops.c. */
#include "agent/agent.h"
#include "agent/agent_sql.h"
#include "base/mem.h"
#include "conversation/session.h"
#include "workspace/workspace.h"

enum { SESSIONS_MAX = 1000, FORK_NAME_CHARS = 88 /* so that ` (fork) 99` fits behind them */ };

#define SESSION_LIST_IN(F, S)                                                                               \
    F(S, ID("ag"), agent_id, .from = FROM_PATH, .doc = "The agent")                                         \
    F(S, I64, limit, .opt = 1, .has_def = 1, .def = 100, .min = 1, .max = SESSIONS_MAX, .from = FROM_QUERY, \
      .doc = "Maximum number, newest first")
SHAPE(SessionListIn, SESSION_LIST_IN);
SHAPE_DEFINE(SessionListIn, SESSION_LIST_IN);
#define SESSION_LIST_OUT(F, S) F(S, LIST(Session), sessions, .max = SESSIONS_MAX, .doc = "Newest first")
SHAPE(SessionListOut, SESSION_LIST_OUT);
SHAPE_DEFINE(SessionListOut, SESSION_LIST_OUT);
#define AGENT_FORK(F, S)                                                                       \
    F(S, ID("ag"), agent_id, .from = FROM_PATH, .doc = "The agent to fork")                    \
    F(S, STR, name, .opt = 1, .min = 1, .max = 100, .is_name = 1,                              \
      .doc = "Default: the name of the agent with `(fork)`, and a number where that is taken") \
    F(S, STR, session_id, .opt = 1, .min = 1, .max_bytes = 256,                                \
      .doc = "Which of its sessions; default: the current one")
SHAPE(AgentFork, AGENT_FORK);
SHAPE_DEFINE(AgentFork, AGENT_FORK);

static int list_agent_sessions(OpCall *c, const void *in_, void *out_, Err *e) {
    const SessionListIn *in = in_;
    SessionListOut *out = out_;
    Conversation row;
    TRY(auth_check_own(c->who, in->agent_id, e));
    TRY(conversation_get(c->db, STR("agent"), in->agent_id, c->arena, &row, e));
    out->sessions.items = arena_alloc(c->arena, 1);
    TRY(session_list(c->db, &row, in->limit, c->arena, &out->sessions, e));
    return op_cursor(c, topic_of(c->arena, "agent", in->agent_id), e);
}

/* --- forks --- */

typedef struct Fork {
    OpCall *call;
    const AgentFork *in;
    Agent *agent; /* the new one */
} Fork;

static Str first_chars(Str s, size_t max) {
    size_t chars = 0;
    for (size_t i = 0; i < s.n; i++)
        if (((unsigned char)s.p[i] & 0xc0) != 0x80 && ++chars > max) return str_upto(s, i);
    return s;
}

static int fork_name(Tx *tx, const Fork *x, const Agent *of, Str *ret, Err *e) {
    Arena *a = x->call->arena;
    int64_t n = 1;
    *ret = x->in->name;
    if (ret->n) return 0;
    *ret = arena_fmt(a, STR_FMT " (fork)", STR_ARG(first_chars(of->name, FORK_NAME_CHARS)));
    TRY(db_scalar(tx_conn(tx), &sql_agent_name_number, DB_ARGS(db_text(of->workspace_id), db_text(*ret)), 1, &n, e));
    if (n > 1) *ret = arena_fmt(a, STR_FMT " %lld", STR_ARG(*ret), (long long)n);
    return 0;
}

/* The session that the first start forks: one that the CLI has confirmed; none where it has no forks. */
static int fork_session(Tx *tx, const Fork *x, const Agent *of, const Conversation *c, Str *ret, Err *e) {
    const Adapter *ad = adapter_find(of->adapter);
    Session s;
    *ret = (Str){0};
    bool can = ad && (ad->caps & ADAPTER_FORK);
    if (x->in->session_id.n && !can) return err_fail(e, ERR_CONFLICT, "an agent of this kind has no sessions to fork");
    if (x->in->session_id.n) {
        TRY(session_get(tx_conn(tx), c, x->in->session_id, x->call->arena, &s, e));
        if (!s.is_resumable) return err_fail(e, ERR_CONFLICT, "the CLI no longer has this session");
        *ret = s.id;
    } else if (can) {
        *ret = c->is_resumable ? c->session_id : c->fork_session_id;
    }
    return 0;
}

static int fork_tx(Tx *tx, void *arg, Err *e) {
    Fork *x = arg;
    Arena *a = x->call->arena;
    Agent of;
    Worktree wt;
    Conversation parent, row;
    Str session;
    TRY(agent_get(tx_conn(tx), x->in->agent_id, a, &of, e));
    TRY(conversation_get(tx_conn(tx), STR("agent"), of.id, a, &parent, e));
    TRY(worktree_get_usable(tx_conn(tx), of.worktree_id, a, &wt, e));
    TRY(agent_check_room(tx_conn(tx), wt.id, e));
    TRY(fork_session(tx, x, &of, &parent, &session, e));
    Str id = x->agent->id;
    *x->agent = of;
    x->agent->id = id;
    x->agent->created_at = x->agent->updated_at = tx_now(tx);
    GIVE(Agent, x->agent, parent_agent_id, of.id);
    TRY(fork_name(tx, x, &of, &x->agent->name, e));
    TRY(tx_run_shape(tx, &sql_agent_insert, &Agent_shape, x->agent, NULL, e));
    TRY(conversation_add(tx, STR("agent"), id, e));
    TRY(conversation_get(tx_conn(tx), STR("agent"), id, a, &row, e));
    if (session.n) TRY(conversation_set_fork(tx, &row, &parent, session, e));
    TRY(agent_get(tx_conn(tx), id, a, x->agent, e));
    return agent_notify_workspace(tx, x->agent, "agent_added", e);
}

static int fork_agent(OpCall *c, const void *in, void *out, Err *e) {
    Fork x = {c, in, out};
    Id id = id_new("ag");
    x.agent->id = arena_str(c->arena, id_str(&id));
    return op_tx(c, fork_tx, &x, out, e);
}

const Op agent_session_ops[] = {
    {"list_agent_sessions", "GET /api/agents/{agentId}/sessions", "agent sessions",
     OP_RUN(list_agent_sessions, SessionListIn, SessionListOut), .role = ROLE_VIEWER, .where = ON_WORKER,
     .flags = OP_AGENT_MAY,
     .doc = "Lists the sessions that an agent has had. Each that is resumable can be resumed or forked."},
    {"fork_agent", "POST /api/agents/{agentId}/fork", "agent fork", OP_RUN(fork_agent, AgentFork, Agent), .status = 201,
     .role = ROLE_MEMBER, .where = ON_WORKER, .flags = OP_WRITES | OP_AUDITED,
     .doc = "Creates an agent in the same worktree with the same mode, permissions, model and limits. Its first start "
            "forks the session, so that it knows what was said until then, and no two programs share one. Without a "
            "session, or if its CLI cannot fork, it starts with an empty context."},
    {0},
};
