/* Operations of messages, and the hooks through which agents hear of answers and of worktrees that go. */
#include "agent/agent.h"
#include "agent/agent_sql.h"
#include "base/mem.h"
#include "base/text_cut.h"
#include "core/hook.h"
#include "workspace/workspace.h"

enum { PAGE_MAX = 1000, CONTENT_MAX = 50000, ANSWER_MAX = 16 << 20, ARCHIVED_SHOWN = 100 };

#define MESSAGE_PAGE_IN(F, S)                                                                           \
    F(S, ID("ag"), agent_id, .from = FROM_PATH, .doc = "The agent")                                     \
    F(S, I64, limit, .opt = 1, .has_def = 1, .def = 100, .min = 1, .max = PAGE_MAX, .from = FROM_QUERY, \
      .doc = "At most so many")                                                                         \
    F(S, ID("msg"), before, .opt = 1, .from = FROM_QUERY, .doc = "Those before this message; default: the newest")
SHAPE(MessagePageIn, MESSAGE_PAGE_IN);
SHAPE_DEFINE(MessagePageIn, MESSAGE_PAGE_IN);
#define MESSAGE_PAGE_OUT(F, S)                                                \
    F(S, LIST(Message), messages, .max = PAGE_MAX, .doc = "In order of time") \
    F(S, BOOL, has_more, .doc = "There are older ones")                       \
    F(S, ID("msg"), next_cursor, .opt = 1, .doc = "`before` of the page that comes before this one")
SHAPE(MessagePageOut, MESSAGE_PAGE_OUT);
SHAPE_DEFINE(MessagePageOut, MESSAGE_PAGE_OUT);
#define MESSAGE_SEND_IN(F, S)                                       \
    F(S, ID("ag"), agent_id, .from = FROM_PATH, .doc = "The agent") \
    F(S, STR, content, .min = 1, .max = CONTENT_MAX, .doc = "The prompt")
SHAPE(MessageSendIn, MESSAGE_SEND_IN);
SHAPE_DEFINE(MessageSendIn, MESSAGE_SEND_IN);
#define MESSAGE_SEND_OUT(F, S)                                                                                        \
    F(S, ID("msg"), message_id, .doc = "The message")                                                                 \
    F(S, STR, status, .max = 16, .doc = "sent: handed to the running agent; queued: sent when it is idle or started") \
    F(S, BOOL, running, .doc = "The agent's program lives")
SHAPE(MessageSendOut, MESSAGE_SEND_OUT);
SHAPE_DEFINE(MessageSendOut, MESSAGE_SEND_OUT);
#define MESSAGE_WITHDRAW_IN(F, S)                                   \
    F(S, ID("ag"), agent_id, .from = FROM_PATH, .doc = "The agent") \
    F(S, ID("msg"), message_id, .from = FROM_PATH, .doc = "A queued message")
SHAPE(MessageWithdrawIn, MESSAGE_WITHDRAW_IN);
SHAPE_DEFINE(MessageWithdrawIn, MESSAGE_WITHDRAW_IN);

static void reverse(MessageList *l) {
    for (size_t i = 0, j = l->n; i + 1 < j; i++) {
        Message m = l->items[i];
        l->items[i] = l->items[--j];
        l->items[j] = m;
    }
}

static int check_before(OpCall *c, const MessagePageIn *in, Err *e) {
    int64_t n = 0;
    if (!in->before.n) return 0;
    TRY(db_scalar(c->db, &sql_message_exists, DB_ARGS(db_text(in->agent_id), db_text(in->before)), 0, &n, e));
    return n ? 0 : err_fail(e, ERR_NOT_FOUND, "no message " STR_FMT " of this agent", STR_ARG(in->before));
}

static int get_agent_messages(OpCall *c, const void *in_, void *out_, Err *e) {
    const MessagePageIn *in = in_;
    MessagePageOut *out = out_;
    Agent agent;
    TRY(auth_check_own(c->who, in->agent_id, e));
    TRY(agent_get(c->db, in->agent_id, c->arena, &agent, e));
    TRY(check_before(c, in, e));
    out->messages.items = arena_alloc(c->arena, 1);
    TRY(db_all(c->db, &sql_message_page, DB_ARGS(db_text(in->agent_id), db_text(in->before), db_i64(in->limit + 1)),
               DB_INTO(Message, c->arena, &out->messages), PAGE_MAX + 1, e));
    out->has_more = out->messages.n > (size_t)in->limit;
    if (out->has_more) out->messages.n--;
    reverse(&out->messages);
    if (out->has_more) GIVE(MessagePageOut, out, next_cursor, out->messages.items[0].id);
    return op_cursor(c, arena_fmt(c->arena, "agent/" STR_FMT, STR_ARG(in->agent_id)), e);
}

typedef struct Send {
    OpCall *call;
    const MessageSendIn *in;
    MessageSendOut *out;
} Send;

static int send_tx(Tx *tx, void *arg, Err *e) {
    Send *x = arg;
    Arena *a = x->call->arena;
    Agent agent;
    LaunchRow launch;
    AgentMessage m = {.text = x->in->content};
    TRY(agent_get(tx_conn(tx), x->in->agent_id, a, &agent, e));
    if (HAS(Agent, &agent, deleted_at)) return err_fail(e, ERR_CONFLICT, "the agent is archived; restore it first");
    TRY(agent_add_message(x->call->app, tx, &agent, a, &m, e));
    x->out->message_id = m.id;
    x->out->status = m.is_handed ? STR("sent") : STR("queued");
    return launch_find_alive(tx_conn(tx), agent.id, a, &launch, &x->out->running, e);
}

static int send_message(OpCall *c, const void *in, void *out, Err *e) {
    Send x = {c, in, out};
    return op_tx(c, send_tx, &x, out, e);
}

static int withdraw_tx(Tx *tx, void *arg, Err *e) {
    const MessageWithdrawIn *in = arg;
    CLEANUP(arena_freep) Arena *a = arena_new();
    Agent agent;
    int64_t known = 0, changes = 0;
    TRY(agent_get(tx_conn(tx), in->agent_id, a, &agent, e));
    TRY(db_scalar(tx_conn(tx), &sql_message_exists, DB_ARGS(db_text(in->agent_id), db_text(in->message_id)), 0, &known,
                  e));
    if (!known) return err_fail(e, ERR_NOT_FOUND, "no message " STR_FMT " of this agent", STR_ARG(in->message_id));
    TRY(tx_run(tx, &sql_message_withdraw, DB_ARGS(db_text(in->message_id), db_text(in->agent_id)), &changes, e));
    if (!changes) return err_fail(e, ERR_CONFLICT, "this message is not queued any more");
    EvMessage v = {.message_id = in->message_id, .state = MESSAGE_WITHDRAWN};
    return agent_emit(tx, &agent, EV_KIND_MESSAGE, &v, e);
}

static int withdraw_message(OpCall *c, const void *in, void *out, Err *e) {
    (void)out;
    return op_tx(c, withdraw_tx, (void *)in, NULL, e);
}

const Op message_ops[] = {
    {"get_agent_messages", "GET /api/agents/{agentId}/messages", "message list",
     OP_RUN(get_agent_messages, MessagePageIn, MessagePageOut), .role = ROLE_VIEWER, .where = ON_WORKER,
     .flags = OP_AGENT_MAY, .doc = "A page of an agent's messages, newest page first, each page in order."},
    {"send_message_to_agent", "POST /api/agents/{agentId}/message", "message send",
     OP_RUN(send_message, MessageSendIn, MessageSendOut), .status = 202, .role = ROLE_MEMBER, .where = ON_WORKER,
     .flags = OP_WRITES | OP_AUDITED, .doc = "Sends a prompt; while a turn runs or no program lives it is queued."},
    {"withdraw_message", "DELETE /api/agents/{agentId}/messages/{messageId}", "message withdraw",
     OP_RUN_IN(withdraw_message, MessageWithdrawIn), .role = ROLE_MEMBER, .where = ON_WORKER, .flags = OP_WRITES,
     .doc = "Takes a queued message back. 409 once it was handed over."},
    {0},
};

/* --- hooks ------------------------------------------------------------------------------------------------ */

static int encode_answer(const AskAnswered *v, const Adapter *ad, Buf *out, Err *e) {
    int kind = ASK_PERMISSION, decision = DECISION_DENY;
    (void)enum_find(&AskKind_enum, v->kind, &kind); /* words that this program stored itself */
    (void)enum_find(&AskDecision_enum, v->decision, &decision);
    AdapterAnswer ans = {.request_id = v->request_id,
                         .kind = (AskKind)kind,
                         .decision = (AskDecision)decision,
                         .message = v->message,
                         .input = v->input,
                         .original_input = v->original_input,
                         .suggestions = v->suggestions,
                         .interrupt = v->interrupt};
    return ad->answer(&ans, out, e);
}

/* What runs is no longer what was asked for: the event and the stored call tell it, as far as it fits. */
static int tell_edited(Tx *tx, const AskAnswered *v, const Adapter *ad, Arena *a, EvAskAnswered *ev, Err *e) {
    Json *input = NULL;
    if (!v->input.p || ev->decision != DECISION_ALLOW) return 0;
    TRY(json_parse(a, v->input, JSON_DEPTH_MAX, &input, e));
    GIVE(EvAskAnswered, ev, is_edited, true);
    GIVE(EvAskAnswered, ev, input, json_cut(a, input, EVENT_INPUT_MAX));
    if (v->input.n > EVENT_INPUT_MAX) {
        GIVE(EvAskAnswered, ev, truncated, true);
        GIVE(EvAskAnswered, ev, size, (int64_t)v->input.n);
    }
    if (!v->tool_id.n) return 0;
    Str title = ad->tool_title(v->tool, input, a);
    return tx_run(tx, &sql_message_set_tool_input,
                  DB_ARGS(db_text(v->agent_id), db_text(v->tool_id), db_text(title), db_text(ev->input)), NULL, e);
}

/* The answer's bytes are committed with the answer. */
static int on_ask_answered(App *app, Tx *tx, const AskAnswered *v, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(buf_done) Buf b;
    buf_init(&b, ANSWER_MAX);
    Agent agent;
    TRY(agent_get(tx_conn(tx), v->agent_id, a, &agent, e));
    const Adapter *ad = adapter_find(agent.adapter);
    if (!ad || !ad->answer) return err_fail(e, ERR_CONFLICT, "an agent of this kind takes no answers");
    TRY(encode_answer(v, ad, &b, e));
    TRY(launch_add_input(app, tx, &(LaunchInput){v->launch_id, buf_str(&b), "ask", v->ask_id}, e));
    int decision = DECISION_DENY;
    (void)enum_find(&AskDecision_enum, v->decision, &decision);
    EvAskAnswered ev = {.ask_id = v->ask_id, .request_id = v->request_id, .decision = (AskDecision)decision};
    if (v->message.n) GIVE(EvAskAnswered, &ev, message, v->message);
    GIVE(EvAskAnswered, &ev, by, v->answered_by);
    TRY(tell_edited(tx, v, ad, a, &ev, e));
    return agent_emit(tx, &agent, EV_KIND_ASK_ANSWERED, &ev, e);
}

/* It may be one of a whole workspace that is closed: the refusal names it. */
static int on_worktree_removing(App *app, Tx *tx, const WorktreeGone *v, Err *e) {
    (void)app;
    CLEANUP(arena_freep) Arena *a = arena_new();
    Worktree w;
    int64_t n = 0;
    TRY(db_scalar(tx_conn(tx), &sql_agent_count_alive_of_worktree, DB_ARGS(db_text(v->worktree_id)), 0, &n, e));
    if (n == 0) return 0;
    TRY(worktree_get(tx_conn(tx), v->worktree_id, a, &w, e));
    return err_fail(e, ERR_CONFLICT, "%lld %s running in worktree " STR_FMT "; stop %s first", (long long)n,
                    str_plural(n, "agent is", "agents are"), STR_ARG(w.name), str_plural(n, "it", "them"));
}

static int on_worktree_gone(App *app, Tx *tx, const WorktreeGone *v, Err *e) {
    (void)app;
    return tx_run(tx, &sql_agents_of_worktree_gone, DB_ARGS(db_text(v->worktree_id), db_i64(tx_now(tx))), NULL, e);
}

/* Those that went with the worktree come back with it; what a person had archived stays archived. The repository may
 * have been closed and opened since: it is another workspace then. */
static int on_worktree_back(App *app, Tx *tx, const WorktreeGone *v, Err *e) {
    (void)app;
    CLEANUP(arena_freep) Arena *a = arena_new();
    AgentList l = {0};
    TRY(tx_run(tx, &sql_agents_of_worktree_back,
               DB_ARGS(db_text(v->worktree_id), db_text(v->workspace_id), db_i64(tx_now(tx))), NULL, e));
    TRY(agent_list_living(tx_conn(tx), v->worktree_id, a, &l, e));
    for (size_t i = 0; i < l.n; i++) TRY(agent_tell_workspace(tx, &l.items[i], "agent_added", e));
    return 0;
}

static int encode_agents(const AgentList *l, Arena *a, Str *ret, Err *e) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, ANSWER_MAX);
    JsonOut o = json_out(&b);
    json_begin_array(&o);
    for (size_t i = 0; i < l->n; i++) shape_encode(&Agent_shape, &l->items[i], &o);
    json_end_array(&o);
    if (b.failed) return err_fail(e, ERR_TOO_LARGE, "the agents of a worktree do not fit into an answer");
    *ret = arena_str(a, buf_str(&b));
    return 0;
}

/* What a worktree's detail shows of its agents: all that live, and the archived ones that one looks for first. */
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
    hook_on_ask_answered(app, on_ask_answered);
    hook_on_worktree_removing(app, on_worktree_removing);
    hook_on_worktree_gone(app, on_worktree_gone);
    hook_on_worktree_back(app, on_worktree_back);
    static const WorkspaceAgents source = {agents_of_worktree, count_agents};
    app->agents = &source;
}
