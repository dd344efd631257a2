/* Operations of agents' sessions: their list, and forks (agent_fork.c). Resuming is in agent_run_ops.c. */
#include "agent/agent_fork.h"
#include "base/mem.h"
#include "conversation/session.h"

enum { SESSIONS_MAX = 1000 };

#define SESSION_LIST_IN(F, S)                                                                               \
    F(S, ID("ag"), agent_id, .from = FROM_PATH, .doc = "The agent")                                         \
    F(S, I64, limit, .opt = 1, .has_def = 1, .def = 100, .min = 1, .max = SESSIONS_MAX, .from = FROM_QUERY, \
      .doc = "Maximum number, newest first")
SHAPE(SessionListIn, SESSION_LIST_IN);
SHAPE_DEFINE(SessionListIn, SESSION_LIST_IN);
#define SESSION_LIST_OUT(F, S) F(S, LIST(Session), sessions, .max = SESSIONS_MAX, .doc = "Newest first")
SHAPE(SessionListOut, SESSION_LIST_OUT);
SHAPE_DEFINE(SessionListOut, SESSION_LIST_OUT);
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

const Op agent_session_ops[] = {
    {"list_agent_sessions", "GET /api/agents/{agentId}/sessions", "agent sessions",
     OP_RUN(list_agent_sessions, SessionListIn, SessionListOut), .role = ROLE_VIEWER, .where = ON_WORKER,
     .flags = OP_AGENT_MAY,
     .doc = "Lists the sessions that an agent has had. Each that is resumable can be resumed or forked."},
    {"fork_agent", "POST /api/agents/{agentId}/fork", "agent fork", OP_RUN(agent_fork, AgentFork, AgentForked),
     .status = 201, .role = ROLE_MEMBER, .where = ON_SLOW, .subject = agent_fork_subject,
     .flags = OP_WRITES | OP_AUDITED | OP_EFFECTS, .recover = agent_fork_recover,
     .doc =
         "Creates an agent with the same mode, permissions, model and limits. Its first start forks the session, so "
         "that it knows what was said until then, and no two programs share one. With a checkpoint it starts from the "
         "files of that moment, in a new worktree or in the one that is named, whose files are salvaged first. The "
         "answer says whether the session will be forked, and what the fork lacks."},
    {0},
};
