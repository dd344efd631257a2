/* Operations on the queue of an agent's prompts, and the commands that a prompt may begin with. */
#include "agent/agent_start.h"
#include "base/mem.h"
#include "conversation/commands.h"

#define MESSAGE_EDIT_IN(F, S)                                                 \
    F(S, ID("ag"), agent_id, .from = FROM_PATH, .doc = "The agent")           \
    F(S, ID("msg"), message_id, .from = FROM_PATH, .doc = "A queued message") \
    F(S, STR, content, .min = 1, .max = AGENT_PROMPT_MAX, .example = "Fix both tests", .doc = "The prompt")
SHAPE(MessageEditIn, MESSAGE_EDIT_IN);
SHAPE_DEFINE(MessageEditIn, MESSAGE_EDIT_IN);
#define QUEUE_ORDER(F, S)                                                        \
    F(S, ID("ag"), agent_id, .from = FROM_PATH, .doc = "The agent")              \
    F(S, STRS, message_ids, .min = 1, .max = QUEUE_MAX, .item_max = ID_TEXT_MAX, \
      .doc = "All queued messages in their new order")
SHAPE(QueueOrder, QUEUE_ORDER);
SHAPE_DEFINE(QueueOrder, QUEUE_ORDER);
#define MESSAGE_NOW_IN(F, S)                                                  \
    F(S, ID("ag"), agent_id, .from = FROM_PATH, .doc = "The agent")           \
    F(S, ID("msg"), message_id, .from = FROM_PATH, .doc = "A queued message") \
    F(S, BOOL, interrupt, .opt = 1, .doc = "Interrupt the running turn first")
SHAPE(MessageNowIn, MESSAGE_NOW_IN);
SHAPE_DEFINE(MessageNowIn, MESSAGE_NOW_IN);
#define MESSAGE_NOW_OUT(F, S)                                                                                      \
    F(S, ID("msg"), message_id, .doc = "The message")                                                              \
    F(S, ENUM(SendWord), status, .doc = "sent: handed to the running agent; queued: it is the first of the queue") \
    F(S, ENUM(MessageWait), waits_for, .opt = 1, .doc = "What a queued one waits for")                             \
    F(S, BOOL, is_interrupted, .opt = 1, .doc = "The running turn is being interrupted")
SHAPE(MessageNowOut, MESSAGE_NOW_OUT);
SHAPE_DEFINE(MessageNowOut, MESSAGE_NOW_OUT);
#define COMMAND_LIST(F, S)                                                                                       \
    F(S, LIST(EvCommand), commands, .max = COMMANDS_MAX, .doc = "In the CLI's order; a prompt `/name` runs one") \
    F(S, STR, reason, .opt = 1, .max_bytes = 200, .doc = "Why there are none")
SHAPE(CommandList, COMMAND_LIST);
SHAPE_DEFINE(CommandList, COMMAND_LIST);

/* One agent's conversation, read inside the write. */
typedef struct Queue {
    OpCall *call;
    const void *in;
    void *out;
    ConversationSubject who;
    Conversation row;
} Queue;

static int open_queue(Tx *tx, Queue *x, Str agent_id, Err *e) {
    Arena *a = x->call->arena;
    Agent agent;
    TRY(agent_get(tx_conn(tx), agent_id, a, &agent, e));
    TRY(agent_subject(&agent, a, &x->who, e));
    return conversation_get(tx_conn(tx), x->who.kind, x->who.id, a, &x->row, e);
}

static int read_message(Tx *tx, Queue *x, Str id, Message *ret, Err *e) {
    MessageList l = {ret, 1};
    TRY(message_get(tx_conn(tx), &x->row, id, x->call->arena, ret, e));
    return messages_fill_waits(tx_conn(tx), &x->who, &x->row, &l, e);
}

static int update_tx(Tx *tx, void *arg, Err *e) {
    Queue *x = arg;
    const MessageEditIn *in = x->in;
    TRY(open_queue(tx, x, in->agent_id, e));
    TRY(message_edit(tx, &x->who, &x->row, &(MessageEdit){in->message_id, in->content}, x->call->arena, e));
    return read_message(tx, x, in->message_id, x->out, e);
}

static int update_message(OpCall *c, const void *in, void *out, Err *e) {
    Queue x = {.call = c, .in = in, .out = out};
    return op_tx(c, update_tx, &x, out, e);
}

static int reorder_tx(Tx *tx, void *arg, Err *e) {
    Queue *x = arg;
    const QueueOrder *in = x->in;
    EvQueue *out = x->out;
    TRY(open_queue(tx, x, in->agent_id, e));
    out->ids = in->message_ids;
    return message_reorder(tx, &x->who, &x->row, &in->message_ids, e);
}

static int reorder_messages(OpCall *c, const void *in, void *out, Err *e) {
    Queue x = {.call = c, .in = in, .out = out};
    return op_tx(c, reorder_tx, &x, out, e);
}

/* The end of the interrupted turn may have handed it over already. */
static int is_gone(Tx *tx, const Queue *x, bool *ret, Err *e) {
    const MessageNowIn *in = x->in;
    const MessageNowOut *out = x->out;
    Message m;
    *ret = false;
    if (!out->is_interrupted) return 0;
    TRY(message_get(tx_conn(tx), &x->row, in->message_id, x->call->arena, &m, e));
    *ret = !HAS(Message, &m, state) || m.state != MESSAGE_QUEUED || m.launch_id.n;
    return 0;
}

static int now_tx(Tx *tx, void *arg, Err *e) {
    Queue *x = arg;
    const MessageNowIn *in = x->in;
    MessageNowOut *out = x->out;
    MessageNow now = {.app = x->call->app, .id = in->message_id, .is_interrupted = out->is_interrupted};
    TRY(open_queue(tx, x, in->agent_id, e));
    TRY(is_gone(tx, x, &now.is_handed, e));
    if (!now.is_handed) TRY(message_send_now(tx, &x->who, &x->row, &now, x->call->arena, e));
    out->message_id = in->message_id;
    out->status = now.is_handed ? SEND_SENT : SEND_QUEUED;
    if (!now.is_handed && now.wait != MessageWait_n) GIVE(MessageNowOut, out, waits_for, now.wait);
    return 0;
}

/* Before the turn is interrupted: its end hands over whatever is first. So nothing is interrupted for a message that cannot
 * be sent. */
static int first_tx(Tx *tx, void *arg, Err *e) {
    Queue *x = arg;
    const MessageNowIn *in = x->in;
    TRY(open_queue(tx, x, in->agent_id, e));
    return message_put_first(tx, &x->who, &x->row, in->message_id, x->call->arena, e);
}

static int send_message_now(OpCall *c, const void *in_, void *out_, Err *e) {
    const MessageNowIn *in = in_;
    MessageNowOut *out = out_;
    Queue x = {.call = c, .in = in, .out = out};
    bool is_interrupted = false;
    if (in->interrupt) {
        TRY(db_tx(c->app->db, DB_PERSON, first_tx, &x, e));
        TRY(agent_interrupt_turn(c, in->agent_id, &is_interrupted, e));
    }
    if (is_interrupted) GIVE(MessageNowOut, out, is_interrupted, true);
    return op_tx(c, now_tx, &x, out, e);
}

static const char *why_none(const Agent *g, bool is_listed) {
    const Adapter *ad = adapter_find(g->adapter);
    if (ad && ad->caps & ADAPTER_PTY) return "a terminal has no commands";
    if (ad && !(ad->caps & ADAPTER_COMMANDS)) return "this CLI does not list its commands";
    return is_listed ? "the CLI has none" : "the CLI lists its commands when it has started";
}

static int list_commands(OpCall *c, const void *in_, void *out_, Err *e) {
    const AgentPath *in = in_;
    CommandList *out = out_;
    EvCommands listed;
    Agent agent;
    Conversation row;
    bool is_listed;
    TRY(agent_get(c->db, in->agent_id, c->arena, &agent, e));
    TRY(conversation_get(c->db, STR("agent"), agent.id, c->arena, &row, e));
    TRY(commands_list(c->db, &row, c->arena, &listed, &is_listed, e));
    out->commands = listed.commands;
    if (!listed.commands.n) GIVE(CommandList, out, reason, str(why_none(&agent, is_listed)));
    return op_cursor(c, topic_of(c->arena, "agent", in->agent_id), e);
}

#define MESSAGES "/api/agents/{agentId}/messages"
const Op queue_ops[] = {
    {"update_message", "PUT " MESSAGES "/{messageId}", "message edit", OP_RUN(update_message, MessageEditIn, Message),
     .role = ROLE_MEMBER, .where = ON_WORKER, .flags = OP_WRITES | OP_AUDITED,
     .doc = "Changes the text of a queued message. 409 once it is being sent."},
    {"reorder_messages", "PUT " MESSAGES "/reorder", "message reorder", OP_RUN(reorder_messages, QueueOrder, EvQueue),
     .role = ROLE_MEMBER, .where = ON_WORKER, .flags = OP_WRITES,
     .doc = "Sets the order of all queued messages. 409 names one that is not queued, or is queued and missing."},
    {"send_message_now", "POST " MESSAGES "/{messageId}/send", "message now",
     OP_RUN(send_message_now, MessageNowIn, MessageNowOut), .status = 202, .role = ROLE_MEMBER, .where = ON_WORKER,
     .flags = OP_WRITES | OP_AUDITED,
     .doc =
         "Sends a queued message before the others: at once if the agent is idle, or if its CLI takes prompts in the "
         "middle of a turn; otherwise when the turn has ended, which `interrupt` brings about."},
    {"list_commands", "GET /api/agents/{agentId}/commands", "agent commands",
     OP_RUN(list_commands, AgentPath, CommandList), .role = ROLE_VIEWER, .where = ON_WORKER,
     .doc = "Lists the slash commands that the agent's CLI listed last. A prompt that begins with one runs it."},
    {0},
};
