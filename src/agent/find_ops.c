/* Search in an agent's messages. */
#include "agent/agent.h"
#include "base/mem.h"
#include "conversation/find.h"
#include "core/topic.h"

/* One search of an agent at a time. It blocks on nothing, but it takes longer than workers should. */
static int find_subject(OpCall *c, const void *in, Str *ret, Err *e) {
    (void)e;
    *ret = arena_fmt(c->arena, "find " STR_FMT, STR_ARG(((const MessageFind *)in)->agent_id));
    return 0;
}

static int find_in_messages(OpCall *c, const void *in_, void *out, Err *e) {
    const MessageFind *in = in_;
    Conversation row;
    TRY(auth_check_own(c->who, in->agent_id, e));
    TRY(conversation_get(c->db, STR("agent"), in->agent_id, c->arena, &row, e));
    return message_find(c->db, &row, &(FindCall){in, FIND_SLICE_MS}, c->arena, out, e);
}

const Op find_ops[] = {
    {"find_in_messages", "POST /api/agents/{agentId}/messages/find", "message find",
     OP_RUN(find_in_messages, MessageFind, MessageFound), .role = ROLE_VIEWER, .where = ON_SLOW,
     .subject = find_subject, .flags = OP_AGENT_MAY,
     .doc = "Searches an agent's messages, tool calls, outputs and thoughts for words or a regular expression. A call "
            "takes about a quarter of a second; `nextCursor` leads to the rest."},
    {0},
};
