/* Asks of the claude CLI: control requests over stdio, and the table of those without an answer. */
#include "adapter/claude_int.h"
#include "adapter/claude_write.h"
#include "base/mem.h"
#include "base/text_cut.h"

bool claude_has_ask(const ClaudeState *s, Str request_id) {
    for (size_t i = 0; i < s->asks.n; i++)
        if (str_eq(s->asks.items[i].request_id, request_id)) return true;
    return false;
}

void claude_forget_ask(ClaudeState *s, Str request_id) {
    size_t kept = 0;
    for (size_t i = 0; i < s->asks.n; i++)
        if (!str_eq(s->asks.items[i].request_id, request_id)) s->asks.items[kept++] = s->asks.items[i];
    s->asks.n = kept;
}

static void emit_cancel(Str request_id, CancelWhy why, const AdapterSink *sink) {
    EvAskCancel v = {.request_id = request_id, .why = why};
    sink->event(sink->arg, EV_KIND_ASK_CANCEL, &v);
}

void claude_void_asks(ClaudeState *s, CancelWhy why, const AdapterSink *sink) {
    for (size_t i = 0; i < s->asks.n; i++) emit_cancel(s->asks.items[i].request_id, why, sink);
    s->asks.n = 0;
}

void claude_settle_ask(ClaudeState *s, Str tool_id, const AdapterSink *sink) {
    for (size_t i = 0; tool_id.n && i < s->asks.n; i++) {
        if (!str_eq(s->asks.items[i].tool_id, tool_id)) continue;
        Str id = s->asks.items[i].request_id;
        claude_forget_ask(s, id);
        emit_cancel(id, CANCEL_BY_CLI, sink);
        return;
    }
}

void claude_read_control_cancel(ClaudeLine *l) {
    Str id = json_str(l->root, "request_id");
    if (!claude_has_ask(l->s, id)) return;
    claude_forget_ask(l->s, id);
    emit_cancel(id, CANCEL_BY_CLI, l->sink);
}

/* Why this request cannot be presented to a person, or NULL. */
static const char *why_not(const ClaudeLine *l, Str id, const Json *request) {
    const Json *input = json_get(request, "input");
    if (!str_is(json_str(request, "subtype"), "can_use_tool")) return "this request is not supported";
    if (!str_eq(text_plain(l->scratch, id, CLAUDE_ID_MAX), id)) return "the request id is too long or not plain text";
    if (input && input->raw.n > EVENT_ASK_MAX) return "the arguments are too large to be reviewed";
    if (l->s->asks.n == CLAUDE_ASKS_MAX) return "too many requests are open";
    return NULL;
}

static AskKind kind_of(Str tool) {
    if (str_is(tool, "AskUserQuestion")) return ASK_QUESTION;
    return str_is(tool, "ExitPlanMode") ? ASK_PLAN : ASK_PERMISSION;
}

static void emit_ask(ClaudeLine *l, Str id, const Json *request) {
    enum { REASON_MAX = 2000, SUGGESTIONS_MAX = 65536 };
    const Json *input = json_get(request, "input"), *grants = json_get(request, "permission_suggestions");
    Str tool = text_clean(l->scratch, json_str(request, "tool_name"), 256),
        reason = json_str(request, "decision_reason");
    if (!reason.n) reason = json_str(request, "blocked_path");
    EvAsk v = {
        .request_id = id,
        .kind = kind_of(tool),
        .tool = tool,
        .title = claude_tool_title(tool, input, l->scratch),
        .reason = text_clean(l->scratch, reason, REASON_MAX),
        .tool_id = text_clean(l->scratch, json_str(request, "tool_use_id"), 256),
        .parent = text_clean(l->scratch, json_str(request, "agent_id"), 256),
        .input = input ? input->raw : (Str){0},
        .suggestions = grants && grants->raw.n <= SUGGESTIONS_MAX ? grants->raw : (Str){0},
    };
    if (v.kind == ASK_PLAN) {
        Str own = text_clean(l->scratch, json_str(input, "plan"), CLAUDE_PLAN_MAX);
        v.plan = own.n ? own : l->s->plan;
    }
    l->sink->event(l->sink->arg, EV_KIND_ASK, &v);
}

void claude_read_control_request(ClaudeLine *l) {
    const Json *request = json_get(l->root, "request");
    Str id = json_str(l->root, "request_id");
    if (claude_has_ask(l->s, id)) return;
    const char *refusal = why_not(l, id, request);
    if (refusal) {
        EvNotice v = {
            .level = NOTICE_WARNING,
            .code = STR("refused"),
            .text = arena_fmt(l->scratch, "A request of the CLI was refused: %s (" STR_FMT ").", refusal,
                              STR_ARG(text_clean(l->scratch, json_str(request, "subtype"), 64))),
        };
        l->sink->event(l->sink->arg, EV_KIND_NOTICE, &v);
        claude_refuse(id, refusal, l->sink);
        return;
    }
    l->s->asks.items[l->s->asks.n++] = (ClaudeAsk){
        .request_id = arena_str(l->keep, id),
        .tool_id = text_plain(l->keep, json_str(request, "tool_use_id"), CLAUDE_ID_MAX),
    };
    emit_ask(l, id, request);
}
