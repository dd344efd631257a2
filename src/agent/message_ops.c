/* Operations of agents' messages. */
#include "agent/agent.h"
#include "agent/agent_sql.h"
#include "base/mem.h"
#include "conversation/page.h"

#define PAGE_PLACE_ ": a message's id, a time (RFC 3339) or an index"
#define MESSAGE_PAGE_IN(F, S)                                                                                \
    F(S, ID("ag"), agent_id, .from = FROM_PATH, .doc = "The agent")                                          \
    F(S, I64, limit, .opt = 1, .has_def = 1, .def = 100, .min = 1, .max = PAGE_ROWS_MAX, .from = FROM_QUERY, \
      .doc = "At most so many")                                                                              \
    F(S, STR, before, .opt = 1, .min = 1, .max_bytes = PAGE_AT_MAX, .from = FROM_QUERY, .example = "500",    \
      .doc = "The newest ones before this" PAGE_PLACE_ "; default: the newest of all")                       \
    F(S, STR, after, .opt = 1, .min = 1, .max_bytes = PAGE_AT_MAX, .from = FROM_QUERY, .example = "500",     \
      .doc = "The oldest ones after this" PAGE_PLACE_)                                                       \
    F(S, STR, around, .opt = 1, .min = 1, .max_bytes = PAGE_AT_MAX, .from = FROM_QUERY, .example = "500",    \
      .doc = "Those on both sides of this" PAGE_PLACE_)                                                      \
    F(S, BOOL, include_subagents, .opt = 1, .from = FROM_QUERY, .doc = "Messages of subagents too")
SHAPE(MessagePageIn, MESSAGE_PAGE_IN);
SHAPE_DEFINE(MessagePageIn, MESSAGE_PAGE_IN);
#define MESSAGE_PAGE_OUT(F, S)                                                                                    \
    F(S, LIST(Message), messages, .max = PAGE_ROWS_MAX, .doc = "In order; queued ones last")                      \
    F(S, I64, total, .min = 0, .max = INT64_MAX,                                                                  \
      .doc = "Messages of the conversation without those of subagents; those that retention removed still count") \
    F(S, I64, first_index, .opt = 1, .min = 0, .max = INT64_MAX,                                                  \
      .doc = "Index of the page's first message; left out when all of them are queued")                           \
    F(S, BOOL, has_more, .doc = "There are messages before the page's first; false without one")                  \
    F(S, ID("msg"), next_cursor, .opt = 1, .doc = "`before` of the page of older ones")                           \
    F(S, BOOL, has_newer, .doc = "There are messages after the page's last; false without one")                   \
    F(S, ID("msg"), previous_cursor, .opt = 1, .doc = "`after` of the page of newer ones")
SHAPE(MessagePageOut, MESSAGE_PAGE_OUT);
SHAPE_DEFINE(MessagePageOut, MESSAGE_PAGE_OUT);
#define MESSAGE_SEND_IN(F, S)                                                                                     \
    F(S, ID("ag"), agent_id, .from = FROM_PATH, .doc = "The agent")                                               \
    F(S, STR, content, .min = 1, .max = AGENT_PROMPT_MAX, .example = "Fix the failing test", .doc = "The prompt") \
    F(S, STRS, attachments, .opt = 1, .max = ATTACHMENTS_MAX, .item_max = ID_TEXT_MAX,                            \
      .example = "att_00000000000000000000000001", .doc = "Ids of attachments that go with it")
SHAPE(MessageSendIn, MESSAGE_SEND_IN);
SHAPE_DEFINE(MessageSendIn, MESSAGE_SEND_IN);
#define MESSAGE_SEND_OUT(F, S)                                                                                        \
    F(S, ID("msg"), message_id, .doc = "The message")                                                                 \
    F(S, ENUM(SendWord), status, .doc = "sent: handed to the running agent; queued: sent when it is idle or started") \
    F(S, ENUM(MessageWait), waits_for, .opt = 1, .doc = "What a queued one waits for")                                \
    F(S, BOOL, running, .doc = "The agent's program is running")
ENUM_DEFINE(SendWord, SEND_WORDS);
SHAPE(MessageSendOut, MESSAGE_SEND_OUT);
SHAPE_DEFINE(MessageSendOut, MESSAGE_SEND_OUT);
#define MESSAGE_PATH(F, S)                                          \
    F(S, ID("ag"), agent_id, .from = FROM_PATH, .doc = "The agent") \
    F(S, ID("msg"), message_id, .from = FROM_PATH, .doc = "The message")
SHAPE(MessagePath, MESSAGE_PATH);
SHAPE_DEFINE(MessagePath, MESSAGE_PATH);
#define MESSAGE_WITHDRAW_IN(F, S)                                   \
    F(S, ID("ag"), agent_id, .from = FROM_PATH, .doc = "The agent") \
    F(S, ID("msg"), message_id, .from = FROM_PATH, .doc = "A queued or unanswered message")
SHAPE(MessageWithdrawIn, MESSAGE_WITHDRAW_IN);
SHAPE_DEFINE(MessageWithdrawIn, MESSAGE_WITHDRAW_IN);

#define DOUBTFUL_MAX 200
#define DOUBTFUL_IN(F, S)                                                                                   \
    F(S, ID("ag"), agent_id, .opt = 1, .from = FROM_QUERY,                                                  \
      .doc = "Only of this agent; default: of all that are not archived")                                   \
    F(S, I64, limit, .opt = 1, .has_def = 1, .def = 100, .min = 1, .max = DOUBTFUL_MAX, .from = FROM_QUERY, \
      .doc = "At most so many")                                                                             \
    F(S, ID("msg"), after, .opt = 1, .from = FROM_QUERY, .doc = "Only prompts before this one; default: all")
SHAPE(DoubtfulIn, DOUBTFUL_IN);
SHAPE_DEFINE(DoubtfulIn, DOUBTFUL_IN);
#define DOUBTFUL_OUT(F, S)                                                    \
    F(S, LIST(Message), messages, .max = DOUBTFUL_MAX, .doc = "Newest first") \
    F(S, BOOL, has_more, .doc = "There are older ones")                       \
    F(S, ID("msg"), next_cursor, .opt = 1, .doc = "`after` of the next page")
SHAPE(DoubtfulMessages, DOUBTFUL_OUT);
SHAPE_DEFINE(DoubtfulMessages, DOUBTFUL_OUT);

static void fill_page(MessagePageOut *out, const MessagePageFound *found) {
    const MessageList *l = &found->messages;
    *out = (MessagePageOut){.messages = *l,
                            .total = found->total,
                            .has_more = l->n && found->has_older,
                            .has_newer = l->n && found->has_newer};
    for (size_t i = l->n; i > 0; i--)
        if (HAS(Message, &l->items[i - 1], index)) GIVE(MessagePageOut, out, first_index, l->items[i - 1].index);
    if (out->has_more) GIVE(MessagePageOut, out, next_cursor, l->items[0].id);
    if (out->has_newer) GIVE(MessagePageOut, out, previous_cursor, l->items[l->n - 1].id);
}

static int get_agent_messages(OpCall *c, const void *in_, void *out, Err *e) {
    const MessagePageIn *in = in_;
    MessagePage page = {.limit = in->limit, .with_subagents = in->include_subagents};
    MessagePageFound found;
    Agent agent;
    ConversationSubject who;
    Conversation row;
    TRY(auth_check_own(c->who, in->agent_id, e));
    TRY(page_at(&(PageAsked){in->before, in->after, in->around}, &page.at, e));
    TRY(agent_get(c->db, in->agent_id, c->arena, &agent, e));
    TRY(conversation_get(c->db, STR("agent"), agent.id, c->arena, &row, e));
    TRY(agent_subject(&agent, c->arena, &who, e));
    TRY(message_page(c->db, &row, &page, c->arena, &found, e));
    TRY(messages_fill_waits(c->db, &who, &row, &found.messages, e));
    fill_page(out, &found);
    return op_cursor(c, topic_of(c->arena, "agent", in->agent_id), e);
}

static bool on_number(void *arg, DbRow *r) {
    MessageNumbers *all = arg;
    if (all->n < all->max) all->items[all->n++] = db_col_i64(r, 0);
    return true;
}

static int list_doubtful_messages(OpCall *c, const void *in_, void *out_, Err *e) {
    const DoubtfulIn *in = in_;
    DoubtfulMessages *out = out_;
    Agent agent;
    int64_t limit = in->limit + 1;
    MessageNumbers all = {.items = arena_array(c->arena, (size_t)limit, sizeof(int64_t)), .max = (size_t)limit};
    if (in->agent_id.n) TRY(agent_get(c->db, in->agent_id, c->arena, &agent, e));
    TRY(db_each(c->db, &sql_agent_doubtful_messages,
                DB_ARGS(db_text(in->agent_id.n ? in->agent_id : STR("")), db_text(in->after), db_i64(limit),
                        db_text(str(c->who->org))),
                on_number, &all, e));
    out->has_more = all.n == all.max;
    out->messages.items = arena_array(c->arena, all.max, sizeof(Message));
    for (size_t i = 0; i + out->has_more < all.n; i++) {
        bool found;
        TRY(message_listed(c->db, all.items[i], c->arena, &out->messages.items[out->messages.n], &found, e));
        out->messages.n += found;
    }
    if (out->has_more) GIVE(DoubtfulMessages, out, next_cursor, out->messages.items[out->messages.n - 1].id);
    return in->agent_id.n ? op_cursor(c, topic_of(c->arena, "agent", in->agent_id), e) : 0;
}

static int get_message(OpCall *c, const void *in_, void *out, Err *e) {
    const MessagePath *in = in_;
    MessageList one = {out, 1};
    Agent agent;
    ConversationSubject who;
    Conversation row;
    TRY(auth_check_own(c->who, in->agent_id, e));
    TRY(agent_get(c->db, in->agent_id, c->arena, &agent, e));
    TRY(agent_subject(&agent, c->arena, &who, e));
    TRY(conversation_get(c->db, who.kind, who.id, c->arena, &row, e));
    TRY(message_get(c->db, &row, in->message_id, c->arena, out, e));
    TRY(messages_fill_waits(c->db, &who, &row, &one, e));
    return op_cursor(c, topic_of(c->arena, "agent", in->agent_id), e);
}

typedef struct Send {
    OpCall *call;
    const MessageSendIn *in;
    MessageSendOut *out;
} Send;

static int find_wait(Tx *tx, Send *x, const ConversationSubject *who, Err *e) {
    Message m;
    MessageList one = {&m, 1};
    Conversation row;
    TRY(conversation_get(tx_conn(tx), who->kind, who->id, x->call->arena, &row, e));
    TRY(message_get(tx_conn(tx), &row, x->out->message_id, x->call->arena, &m, e));
    TRY(messages_fill_waits(tx_conn(tx), who, &row, &one, e));
    if (HAS(Message, &m, waits_for)) GIVE(MessageSendOut, x->out, waits_for, m.waits_for);
    return 0;
}

static int send_tx(Tx *tx, void *arg, Err *e) {
    Send *x = arg;
    Arena *a = x->call->arena;
    Agent agent;
    LaunchRow launch;
    MessageAdd m = {.text = x->in->content, .attachments = x->in->attachments};
    ConversationSubject who;
    TRY(agent_get(tx_conn(tx), x->in->agent_id, a, &agent, e));
    if (HAS(Agent, &agent, deleted_at)) return err_fail(e, ERR_CONFLICT, "the agent is archived; restore it first");
    TRY(agent_subject(&agent, a, &who, e));
    TRY(message_add(x->call->app, tx, &who, &m, a, e));
    x->out->message_id = m.id;
    x->out->status = m.is_handed ? SEND_SENT : SEND_QUEUED;
    if (!m.is_handed) TRY(find_wait(tx, x, &who, e));
    return launch_find_alive(tx_conn(tx), agent.id, a, &launch, &x->out->running, e);
}

static int send_message(OpCall *c, const void *in, void *out, Err *e) {
    Send x = {c, in, out};
    return op_tx(c, send_tx, &x, out, e);
}

typedef struct Withdraw {
    OpCall *call;
    const MessageWithdrawIn *in;
} Withdraw;

/* Prompts that waited for an unanswered one are delivered without it. */
static int withdraw_tx(Tx *tx, void *arg, Err *e) {
    const Withdraw *x = arg;
    const MessageWithdrawIn *in = x->in;
    Arena *a = x->call->arena;
    bool handed;
    Agent agent;
    ConversationSubject who;
    Conversation row;
    TRY(agent_get(tx_conn(tx), in->agent_id, a, &agent, e));
    TRY(agent_subject(&agent, a, &who, e));
    TRY(conversation_get(tx_conn(tx), who.kind, who.id, a, &row, e));
    TRY(message_withdraw(x->call->app, tx, &who, &row, in->message_id, e));
    return message_deliver_next(x->call->app, tx, &who, a, &handed, e);
}

static int withdraw_message(OpCall *c, const void *in, void *out, Err *e) {
    (void)out;
    Withdraw x = {c, in};
    return op_tx(c, withdraw_tx, &x, NULL, e);
}

const Op message_ops[] = {
    {"get_agent_messages", "GET /api/agents/{agentId}/messages", "message list",
     OP_RUN(get_agent_messages, MessagePageIn, MessagePageOut), .role = ROLE_VIEWER, .where = ON_WORKER,
     .flags = OP_AGENT_MAY,
     .doc = "A page of an agent's messages in order: the newest ones, or those before, after or around a place."},
    {"list_doubtful_messages", "GET /api/messages/doubtful", "message doubtful",
     OP_RUN(list_doubtful_messages, DoubtfulIn, DoubtfulMessages), .role = ROLE_VIEWER, .where = ON_WORKER,
     .doc = "Lists the prompts of which nobody knows whether they arrived (delivery_unknown), of one agent or of all."},
    {"get_message", "GET /api/agents/{agentId}/messages/{messageId}", "message show",
     OP_RUN(get_message, MessagePath, Message), .role = ROLE_VIEWER, .where = ON_WORKER, .flags = OP_AGENT_MAY,
     .doc = "One message with its whole text, which lists and events cut at 256 KiB."},
    {"send_message_to_agent", "POST /api/agents/{agentId}/message", "message send",
     OP_RUN(send_message, MessageSendIn, MessageSendOut), .status = 202, .role = ROLE_MEMBER, .where = ON_WORKER,
     .flags = OP_WRITES | OP_AUDITED,
     .doc = "Sends a prompt, or queues it while a turn or no program is running. An unanswered one "
            "with the same text is sent again."},
    {"withdraw_message", "DELETE /api/agents/{agentId}/messages/{messageId}", "message withdraw",
     OP_RUN_IN(withdraw_message, MessageWithdrawIn), .role = ROLE_MEMBER, .where = ON_WORKER, .flags = OP_WRITES,
     .doc = "Withdraws a queued message, or drops an unanswered one. 409 if it was already handed over."},
    {0},
};
