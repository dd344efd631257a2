/* Requests of an ACP agent for permission, and the table of those without an answer. */
#include "adapter/acp_int.h"
#include "adapter/emit.h"
#include "base/mem.h"
#include "base/text_cut.h"

enum { REASON_MAX = 2000, PLAN_MAX = 8192, OPTIONS_MAX = 65536 };

bool acp_has_ask(const AcpState *s, Str request_id) {
    for (size_t i = 0; i < s->asks.n; i++)
        if (str_eq(s->asks.items[i].request_id, request_id)) return true;
    return false;
}

bool acp_forget_ask(AcpState *s, Str request_id, Str *ret_tool_id) {
    size_t kept = 0, n = s->asks.n;
    for (size_t i = 0; i < n; i++) {
        if (str_eq(s->asks.items[i].request_id, request_id))
            *ret_tool_id = s->asks.items[i].tool_id;
        else
            s->asks.items[kept++] = s->asks.items[i];
    }
    s->asks.n = kept;
    return kept < n;
}

void acp_void_asks(AcpState *s, CancelWhy why, const AdapterSink *sink) {
    for (size_t i = 0; i < s->asks.n; i++) {
        EvAskCancel v = {.request_id = s->asks.items[i].request_id, .why = why};
        sink->event(sink->arg, EV_KIND_ASK_CANCEL, &v);
    }
    s->asks.n = 0;
}

/* Why this request cannot be shown to a person, or NULL. */
static const char *why_not(AcpLine *l, const Json *call, const Json *options) {
    Str id = l->rpc.id;
    if (!json_str(call, "toolCallId").n) return "the tool call has no id";
    if (!json_is(options, JSON_ARRAY) || !options->n) return "there are no options";
    if (options->raw.n > OPTIONS_MAX) return "the options are too large";
    if (id.n > ACP_RPC_ID_MAX || !str_eq(text_clean(l->scratch, text_printable(l->scratch, id), id.n), id))
        return "the request id is too long or not plain text";
    if (call->raw.n > EVENT_ASK_MAX) return "the arguments are too large to be reviewed";
    if (l->s->asks.n == ACP_ASKS_MAX) return "too many requests are open";
    return NULL;
}

static Str option_of(const Json *options, const char *kind) {
    for (size_t i = 0; i < options->n; i++)
        if (str_is(json_str(&options->items[i], "kind"), kind)) return json_str(&options->items[i], "optionId");
    return (Str){0};
}

/* Inside the worktree, and no part of its path is hidden: `.env`, `.git`, `..`. */
static bool is_plain_file(const AcpState *s, Str path) {
    Str rest = path, part;
    if (str_starts(path, STR("/"))) {
        if (!s->folder.n || !str_starts(path, s->folder)) return false;
        rest = str_from(path, s->folder.n);
        if (!str_starts(rest, STR("/"))) return false;
    }
    while (str_split(&rest, '/', &part))
        if (str_starts(part, STR("."))) return false;
    return path.n > 0;
}

/* Counts the items of a list that name a file; false: one of them is not plain. */
static bool are_plain_files(const AcpState *s, const Json *list, const char *type, size_t *n) {
    for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->n; i++) {
        const Json *item = &list->items[i];
        if (type && !str_is(json_str(item, "type"), type)) continue;
        if (!is_plain_file(s, json_str(item, "path"))) return false;
        ++*n;
    }
    return true;
}

/* An agent that asks before it reads or writes has a reason, such as a file of secrets or one outside the worktree:
 * what a person allowed in advance covers only plain files, all of which it names. */
static bool names_plain_files(const AcpState *s, const AcpTool *t, const Json *call) {
    size_t n = 0;
    if (!are_plain_files(s, json_get(call, "locations"), NULL, &n)) return false;
    if (!are_plain_files(s, json_get(call, "content"), "diff", &n)) return false;
    return n || is_plain_file(s, t->path);
}

/* What the agent's own rules leave to a person and the person has already allowed for this agent: while it plans, only
 * reading. */
static bool is_permitted(const AcpState *s, const AcpTool *t, const Json *call) {
    static const unsigned char needs[ToolKind_n] = {[TOOL_READ] = 1 << PERMIT_READ,
                                                    [TOOL_SEARCH] = 1 << PERMIT_READ,
                                                    [TOOL_EDIT] = 1 << PERMIT_WRITE,
                                                    [TOOL_EXECUTE] = 1 << PERMIT_EXECUTE};
    bool is_change = !str_is(t->kind, "delete") && !str_is(t->kind, "move");
    bool plans = s->mode.n && str_eq(s->mode, acp_find_mode(s, AGENT_PLAN));
    unsigned given = plans ? s->permissions & 1 << PERMIT_READ : s->permissions;
    unsigned need = needs[acp_tool_kind(t)];
    if (!is_change || !(given & need)) return false;
    return need == 1 << PERMIT_EXECUTE || names_plain_files(s, t, call);
}

/* Qwen Code's tool asks as Claude Code's does; the protocol itself has no questions. */
static bool is_question(const AcpTool *t, const Json *call) {
    return str_is(t->name, "ask_user_question") && json_is(json_at(call, "rawInput.questions"), JSON_ARRAY);
}

static void emit_ask(AcpLine *l, const AcpTool *t, const Json *call, const Json *options) {
    Str text = acp_content_text(l, json_get(call, "content"));
    EvAsk v = {
        .request_id = l->rpc.id,
        .kind = acp_tool_kind(t) == TOOL_PLAN ? ASK_PLAN
                : is_question(t, call)        ? ASK_QUESTION
                                              : ASK_PERMISSION,
        .tool = t->name.n   ? t->name
                : t->kind.n ? t->kind
                            : STR("tool"),
        .title = t->title,
        .reason = text.n ? text_clean(l->scratch, text, REASON_MAX) : (Str){0},
        .tool_id = t->id,
        .input = acp_tool_input(l, call),
        .suggestions = options->raw,
    };
    if (acp_is_titled(t, call)) GIVE(EvAsk, &v, is_titled, true);
    if (v.kind == ASK_PLAN) {
        Str own = json_str(json_get(call, "rawInput"), "plan");
        v.plan = text_clean(l->scratch, own.n ? own : text, PLAN_MAX);
        v.reason = (Str){0};
    }
    l->sink->event(l->sink->arg, EV_KIND_ASK, &v);
}

void acp_read_permission(AcpLine *l) {
    AcpState *s = l->s;
    const Json *call = json_get(l->rpc.params, "toolCall"), *options = json_get(l->rpc.params, "options");
    if (acp_has_ask(s, l->rpc.id)) return;
    const char *refusal = why_not(l, call, options);
    if (refusal) {
        emit_notice(l->sink, l->scratch, NOTICE_WARNING, STR("refused"),
                    arena_fmt(l->scratch, "A request of the agent was refused: %s.", refusal));
        acp_reply_refusal(l, RPC_BAD_PARAMS, str(refusal));
        return;
    }
    const AcpTool *t = acp_read_tool(l, call, true);
    Str once = option_of(options, "allow_once");
    if (once.n && is_permitted(s, t, call)) {
        acp_reply_choice(l, once);
        return;
    }
    s->asks.items[s->asks.n++] = (AcpAsk){.request_id = arena_str(l->keep, l->rpc.id), .tool_id = t->id};
    emit_ask(l, t, call, options);
}
