/* Prompts that quote a repository: only to an agent that takes them as messages. */
#include "change/prompt.h"
#include "agent/agent.h"
#include "base/mem.h"
#include "base/path_text.h"
#include "base/text_cut.h"
#include "conversation/message.h"

/* In a terminal the text would be typed, and a shell there would run what the repository's lines and paths say. */
static bool takes_messages(const Agent *g) {
    const Adapter *ad = adapter_find(g->adapter);
    return ad && ad->caps & ADAPTER_PROMPT && !(ad->caps & ADAPTER_PTY);
}

int prompt_require_messages(const Agent *g, Err *e) {
    if (takes_messages(g)) return 0;
    int r = err_fail(e, ERR_CONFLICT,
                     "agent " STR_FMT " runs a command in a terminal, which would run the text as its input; choose an "
                     "agent that takes prompts",
                     STR_ARG(g->name));
    err_detail(e, "agentId", "takes no prompts");
    return r;
}

static int named_agent(OpCall *c, Str worktree_id, Str agent_id, Agent *ret, Err *e) {
    TRY(agent_get(c->db, agent_id, c->arena, ret, e));
    if (!str_eq(ret->worktree_id, worktree_id))
        return err_fail(e, ERR_CONFLICT, "agent " STR_FMT " works in another worktree", STR_ARG(ret->name));
    return prompt_require_messages(ret, e);
}

static int only_agent(OpCall *c, Str worktree_id, Agent *ret, Err *e) {
    AgentList l = {0};
    size_t n = 0;
    TRY(agent_list_living(c->db, worktree_id, c->arena, &l, e));
    for (size_t i = 0; i < l.n; i++)
        if (takes_messages(&l.items[i])) *ret = l.items[i], n++;
    if (n == 1) return 0;
    if (l.n == 1) return prompt_require_messages(&l.items[0], e);
    int r = err_fail(e, ERR_CONFLICT,
                     n     ? "this worktree has several agents: name one"
                     : l.n ? "this worktree has no agent that takes prompts"
                           : "this worktree has no agent");
    err_detail(e, "agentId", "is required");
    return r;
}

int prompt_find(OpCall *c, Str worktree_id, Str agent_id, Prompt *ret, Err *e) {
    Agent agent;
    TRY(agent_id.p ? named_agent(c, worktree_id, agent_id, &agent, e) : only_agent(c, worktree_id, &agent, e));
    *ret = (Prompt){.call = c, .agent_id = agent.id};
    return 0;
}

int prompt_tx(Tx *tx, Prompt *p, Err *e) {
    Arena *a = p->call->arena;
    Agent agent;
    Conversation row;
    ConversationSubject who;
    MessageAdd m = {.text = p->text};
    TRY(agent_get(tx_conn(tx), p->agent_id, a, &agent, e));
    if (HAS(Agent, &agent, deleted_at)) return err_fail(e, ERR_CONFLICT, "the agent is archived; restore it first");
    TRY(prompt_require_messages(&agent, e));
    TRY(agent_subject(&agent, a, &who, e));
    TRY(conversation_get(tx_conn(tx), who.kind, who.id, a, &row, e));
    if (p->is_once) TRY(message_find_open(tx_conn(tx), &row, p->text, a, &p->message_id, e));
    if (p->message_id.p) return 0;
    TRY(message_add(p->call->app, tx, &who, &m, a, e));
    p->message_id = m.id;
    return 0;
}

typedef struct Sending {
    Prompt *prompt;
    const PromptAnswer *to;
} Sending;

static int send_tx(Tx *tx, void *arg, Err *e) {
    const Sending *s = arg;
    TRY(prompt_tx(tx, s->prompt, e));
    *s->to->agent_id = s->prompt->agent_id;
    *s->to->message_id = s->prompt->message_id;
    return 0;
}

int prompt_send(Prompt *p, const PromptAnswer *to, Err *e) {
    return op_tx(p->call, send_tx, &(Sending){p, to}, to->out, e);
}

Str prompt_path(Arena *a, Str path) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 4 * path.n + 1);
    bool is_quoted = path_escape(&b, path, true);
    return text_printable(a, is_quoted ? arena_fmt(a, "\"" STR_FMT "\"", STR_ARG(buf_str(&b))) : path);
}
