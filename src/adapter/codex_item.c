/* Items of Codex's turns: what is said, tool calls, and requests for approval. */
#include "adapter/codex_int.h"
#include "adapter/emit.h"
#include "adapter/figures.h"
#include "base/mem.h"
#include "base/text_cut.h"

enum { TITLE_MAX = 300, PATH_TEXT_MAX = 4096, PROGRESS_MAX = 4000, REASON_MAX = 2000 };

static const struct {
    const char *type, *name; /* NULL: as the item names itself */
    ToolKind kind;
} tools[] = {
    {"commandExecution", "shell", TOOL_EXECUTE}, {"fileChange", "apply_patch", TOOL_EDIT},
    {"mcpToolCall", NULL, TOOL_OTHER},           {"dynamicToolCall", NULL, TOOL_OTHER},
    {"webSearch", "web_search", TOOL_FETCH},     {"imageView", "view_image", TOOL_READ},
    {"collabAgentToolCall", NULL, TOOL_AGENT},   {"imageGeneration", "image_generation", TOOL_OTHER},
};

/* Its row in `tools`; -1: it is no tool call. */
static int tool_of(const Json *item) {
    for (size_t i = 0; i < COUNT_OF(tools); i++)
        if (str_is(json_str(item, "type"), tools[i].type)) return (int)i;
    return -1;
}

static Str id_of(CodexLine *l, const Json *o, const char *key) {
    return text_plain(l->scratch, json_str(o, key), CODEX_ID_MAX);
}

static Buf *new_buf(CodexLine *l) {
    Buf *b = arena_new_in(l->scratch, Buf);
    buf_init(b, ADAPTER_LINE_MAX);
    arena_defer(l->scratch, (void (*)(void *))buf_done, b);
    return b;
}

/* --- what is said --- */

static void emit_text(CodexLine *l, AgentEventKind kind, Str id, Str text) {
    size_t max = kind == EV_KIND_TEXT ? EVENT_WHOLE_MAX : EVENT_TEXT_MAX;
    if (!text.n) return;
    EvText v = {.block = id, .text = text_clean(l->scratch, text, max)};
    if (text.n > max) {
        GIVE(EvText, &v, truncated, true);
        GIVE(EvText, &v, size, (int64_t)text.n);
    }
    l->sink->event(l->sink->arg, kind, &v);
}

/* How many bytes of s fit into *room bytes of JSON, of which they are taken. */
static size_t fitting(Str s, size_t *room) {
    size_t n = 0;
    for (; n < s.n; n++) {
        unsigned char c = (unsigned char)s.p[n];
        size_t length = c < ' ' ? sizeof "\\u0000" - 1 : c == '"' || c == '\\' ? 2 : 1;
        if (length > *room) break;
        *room -= length;
    }
    return n;
}

static void forget_text(CodexState *s) {
    s->text = s->text_id = (Str){0};
    s->text_size = 0;
}

/* A message that was interrupted: the CLI does not repeat it, so what was kept of it stands for it. */
static void end_text(CodexLine *l) {
    CodexState *s = l->s;
    EvText v = {.block = s->text_id, .text = s->text};
    if ((size_t)s->text_size > s->text.n) {
        GIVE(EvText, &v, truncated, true);
        GIVE(EvText, &v, size, s->text_size);
    }
    if (s->text.n) l->sink->event(l->sink->arg, EV_KIND_TEXT, &v);
    forget_text(s);
}

static void hold_text(CodexLine *l, Str id, Str text) {
    CodexState *s = l->s;
    if (!str_eq(s->text_id, id)) {
        end_text(l);
        s->text_id = arena_str(l->keep, id);
    }
    size_t room = CODEX_TEXT_MAX;
    bool is_whole = (size_t)s->text_size == s->text.n;
    s->text_size += (int64_t)text.n;
    (void)fitting(s->text, &room);
    if (is_whole) text = text_cut(text, fitting(text, &room));
    if (is_whole) s->text = arena_fmt(l->keep, STR_FMT STR_FMT, STR_ARG(s->text), STR_ARG(text));
}

void codex_read_delta(CodexLine *l) {
    Str text = json_str(l->rpc.params, "delta");
    EvTextDelta v = {.block = id_of(l, l->rpc.params, "itemId"), .text = text_clean(l->scratch, text, EVENT_TEXT_MAX)};
    if (!text.n) return;
    hold_text(l, v.block, v.text);
    l->sink->event(l->sink->arg, EV_KIND_TEXT_DELTA, &v);
}

/* Its summary, else its own text: lists of strings. */
static Str thought_of(CodexLine *l, const Json *item) {
    static const char *const keys[] = {"summary", "content"};
    Buf *b = new_buf(l);
    for (size_t k = 0; k < COUNT_OF(keys) && !b->n; k++) {
        const Json *list = json_get(item, keys[k]);
        for (size_t i = 0; json_is(list, JSON_ARRAY) && i < list->n; i++) {
            if (list->items[i].type != JSON_STRING) continue;
            if (b->n) buf_add_str(b, STR("\n\n"));
            buf_add_str(b, list->items[i].s);
        }
    }
    return buf_str(b);
}

/* --- tool calls --- */

static const Json *first_change(const Json *item) {
    const Json *changes = json_get(item, "changes");
    return json_is(changes, JSON_ARRAY) && changes->n ? &changes->items[0] : NULL;
}

static Str title_of(CodexLine *l, const Json *item) {
    const Json *change = first_change(item);
    const Json *actions = json_get(item, "commandActions");
    Str title = json_str(item, "command");
    if (json_is(actions, JSON_ARRAY) && actions->n == 1 && json_str(&actions->items[0], "command").n)
        title = json_str(&actions->items[0], "command"); /* without the shell around it */
    if (!title.n) title = json_str(item, "query");
    if (change) {
        size_t n = json_get(item, "changes")->n;
        title = json_str(change, "path");
        if (n > 1) title = arena_fmt(l->scratch, STR_FMT " and %zu more", STR_ARG(title), n - 1);
    }
    return text_line(l->scratch, title, TITLE_MAX);
}

/* The members of an item that are its arguments. */
static Str input_of(CodexLine *l, const Json *item) {
    static const char *const keys[] = {"command", "cwd", "changes", "server", "arguments", "query", "path", "prompt"};
    Buf *b = new_buf(l);
    JsonOut o = json_out(b);
    json_begin_object(&o);
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        const Json *v = json_get(item, keys[i]);
        if (!v || v->type == JSON_NULL) continue;
        json_key(&o, str(keys[i]));
        json_put_canonical(&o, v);
    }
    json_end_object(&o);
    return buf_str(b);
}

static Str name_of(CodexLine *l, const Json *item, int row) {
    Str own = json_str(item, "tool");
    return tools[row].name ? str(tools[row].name) : text_clean(l->scratch, own.n ? own : str(tools[row].type), 200);
}

static void emit_start(CodexLine *l, const Json *item, int row, Str id) {
    Str input = input_of(l, item);
    Json *root;
    EvToolStart v = {.tool_id = id, .name = name_of(l, item, row), .kind = tools[row].kind, .title = title_of(l, item)};
    if (json_parse(l->scratch, input, JSON_DEPTH_MAX, &root, NULL) == 0)
        v.input = json_cut(l->scratch, root, EVENT_INPUT_MAX);
    if (input.n > EVENT_INPUT_MAX) {
        GIVE(EvToolStart, &v, truncated, true);
        GIVE(EvToolStart, &v, size, (int64_t)input.n);
    }
    l->sink->event(l->sink->arg, EV_KIND_TOOL_START, &v);
}

static bool forget_tool(CodexState *s, Str id) {
    for (size_t i = 0; i < s->tools.n; i++) {
        if (!str_eq(s->tools.items[i], id)) continue;
        s->tools.n--;
        memmove(s->tools.items + i, s->tools.items + i + 1, (s->tools.n - i) * sizeof(Str));
        return true;
    }
    return false;
}

static void end_early(CodexLine *l, Str id, Str why) {
    EvToolEnd v = {.tool_id = id, .is_error = true, .output = why};
    l->sink->event(l->sink->arg, EV_KIND_TOOL_END, &v);
}

void codex_end_items(CodexLine *l) {
    end_text(l);
    for (size_t i = 0; i < l->s->tools.n; i++)
        end_early(l, l->s->tools.items[i], STR("The turn ended before this call."));
    l->s->tools.n = 0;
}

static void keep_tool(CodexLine *l, Str id) {
    CodexState *s = l->s;
    if (s->tools.n == CODEX_TOOLS_MAX) {
        end_early(l, s->tools.items[0], STR("Too many calls are open: the end of this one is not followed."));
        (void)forget_tool(s, s->tools.items[0]);
    }
    s->tools.items[s->tools.n++] = arena_str(l->keep, id);
}

static void start_tool(CodexLine *l, const Json *item, int row, Str id) {
    CodexState *s = l->s;
    keep_tool(l, id);
    emit_start(l, item, row, id);
    if (tools[row].kind != TOOL_EDIT) return;
    Str input = input_of(l, item);
    s->change_id = arena_str(l->keep, id);
    s->change = input.n <= CODEX_HELD_MAX ? arena_str(l->keep, input) : (Str){0};
}

void codex_read_started(CodexLine *l) {
    const Json *item = json_get(l->rpc.params, "item");
    int row = tool_of(item);
    Str id = id_of(l, item, "id");
    if (row >= 0 && id.n) start_tool(l, item, row, id);
}

void codex_read_output(CodexLine *l) {
    Str text = json_str(l->rpc.params, "delta");
    EvToolProgress v = {.tool_id = id_of(l, l->rpc.params, "itemId"),
                        .state = STR("running"),
                        .text = text_clean(l->scratch, text, PROGRESS_MAX)};
    if (text.n && v.tool_id.n) l->sink->event(l->sink->arg, EV_KIND_TOOL_PROGRESS, &v);
}

static Str output_of(CodexLine *l, const Json *item, bool is_declined) {
    const Json *result = json_get(item, "result"), *code = json_get(item, "exitCode");
    Str text = json_str(item, "aggregatedOutput"), error = json_str(json_get(item, "error"), "message");
    if (is_declined) return STR("This call was declined.");
    if (error.n) return error;
    if (json_is(result, JSON_OBJECT)) return result->raw;
    if (json_is(code, JSON_INT) && code->i)
        return arena_fmt(l->scratch, STR_FMT "%sexit code %lld", STR_ARG(text), text.n ? "\n" : "", (long long)code->i);
    return text;
}

/* A file that is added or deleted is repeated whole, an update as a unified diff. */
static bool count_change(const Json *change, LineCount *n) {
    const Json *diff = json_get(change, "diff");
    Str kind = json_str(json_get(change, "kind"), "type");
    if (!json_is(diff, JSON_STRING)) return false;
    if (str_is(kind, "update")) return figures_patch(diff->s, n);
    n->added += str_is(kind, "add") ? figures_lines(diff->s) : 0;
    n->removed += str_is(kind, "delete") ? figures_lines(diff->s) : 0;
    return str_is(kind, "add") || str_is(kind, "delete");
}

static void give_figures(const Json *item, EvToolEnd *v) {
    const Json *changes = json_get(item, "changes");
    LineCount n = {0};
    bool is_counted = str_is(json_str(item, "status"), "completed") && json_is(changes, JSON_ARRAY) && changes->n;
    for (size_t i = 0; is_counted && i < changes->n; i++) is_counted = count_change(&changes->items[i], &n);
    if (is_counted) figures_give_lines(v, n);
    figures_give_exit(v, json_get(item, "exitCode"));
    figures_give_ms(v, json_get(item, "durationMs"));
}

static void end_tool(CodexLine *l, const Json *item, int row, Str id) {
    Str status = json_str(item, "status");
    bool is_declined = str_is(status, "declined");
    if (!forget_tool(l->s, id)) emit_start(l, item, row, id);
    Str output = output_of(l, item, is_declined);
    EvToolEnd v = {.tool_id = id,
                   .is_error = is_declined || str_is(status, "failed"),
                   .output = text_clean(l->scratch, output, EVENT_OUTPUT_MAX),
                   .path = text_clean(l->scratch, json_str(first_change(item), "path"), PATH_TEXT_MAX)};
    give_figures(item, &v);
    if (output.n > EVENT_OUTPUT_MAX) {
        GIVE(EvToolEnd, &v, truncated, true);
        GIVE(EvToolEnd, &v, size, (int64_t)output.n);
    }
    l->sink->event(l->sink->arg, EV_KIND_TOOL_END, &v);
}

void codex_read_completed(CodexLine *l) {
    const Json *item = json_get(l->rpc.params, "item");
    Str type = json_str(item, "type"), id = id_of(l, item, "id");
    int row = tool_of(item);
    if (str_eq(id, l->s->text_id)) forget_text(l->s);
    if (str_is(type, "agentMessage"))
        emit_text(l, EV_KIND_TEXT, id, json_str(item, "text"));
    else if (str_is(type, "reasoning"))
        emit_text(l, EV_KIND_THOUGHT, id, thought_of(l, item));
    else if (row >= 0 && id.n)
        end_tool(l, item, row, id);
}

/* --- approvals --- */

/* Members of a request that add nothing to what is asked for, whatever they are or with this value alone. Any other
 * asks for more: access to a host, more permissions, a folder to write to. */
static const struct {
    const char *key, *value; /* NULL: any */
} plain_members[] = {
    {"threadId", NULL},       {"turnId", NULL},
    {"itemId", NULL},         {"startedAtMs", NULL},
    {"approvalId", NULL},     {"availableDecisions", NULL},
    {"command", NULL},        {"cwd", NULL},
    {"kind", "command"},      {"environmentId", "local"},
    {"commandActions", NULL}, {"proposedExecpolicyAmendment", NULL},
};

static bool is_plain(const JsonMember *m) {
    if (m->value.type == JSON_NULL) return true;
    for (size_t i = 0; i < COUNT_OF(plain_members); i++)
        if (str_is(m->key, plain_members[i].key))
            return !plain_members[i].value ||
                   (m->value.type == JSON_STRING && str_is(m->value.s, plain_members[i].value));
    return false;
}

/* Nothing but the command, or the change. What asks for more needs an answer, whatever is allowed. */
static bool is_plain_request(const Json *p) {
    for (size_t i = 0; json_is(p, JSON_OBJECT) && i < p->n; i++)
        if (!is_plain(&p->members[i])) return false;
    return json_is(p, JSON_OBJECT);
}

/* The command or the change, and all that the request asks for besides. */
static Str asked_input(CodexLine *l, const Json *what) {
    const Json *parts[] = {what, l->rpc.params};
    Buf *b = new_buf(l);
    JsonOut o = json_out(b);
    json_begin_object(&o);
    for (size_t k = 0; k < COUNT_OF(parts); k++) {
        JsonMembers list = json_members(l->scratch, parts[k]);
        for (size_t i = 0; i < list.n; i++) {
            const JsonMember *m = list.items[i];
            if (k && (is_plain(m) || str_is(m->key, "reason") || json_get(what, arena_cstr(l->scratch, m->key))))
                continue;
            json_key(&o, m->key);
            json_put_canonical(&o, &m->value);
        }
    }
    json_end_object(&o);
    return buf_str(b);
}

static Str asked_title(CodexLine *l, const Json *what) {
    const Json *net = json_get(l->rpc.params, "networkApprovalContext");
    if (!json_is(net, JSON_OBJECT)) return title_of(l, what);
    Str title = arena_fmt(l->scratch, "network access: " STR_FMT " " STR_FMT, STR_ARG(json_str(net, "protocol")),
                          STR_ARG(json_str(net, "host")));
    return text_line(l->scratch, title, TITLE_MAX);
}

static Str asked_reason(CodexLine *l, bool is_cut) {
    Str reason = json_str(l->rpc.params, "reason"), root = json_str(l->rpc.params, "grantRoot");
    if (root.n)
        reason = arena_fmt(l->scratch, "It also asks to write to everything in " STR_FMT " in this session. " STR_FMT,
                           STR_ARG(root), STR_ARG(reason));
    if (is_cut)
        reason = arena_fmt(l->scratch, "The change is too large to be repeated here: the call above shows it. " STR_FMT,
                           STR_ARG(reason));
    return text_clean(l->scratch, str_trim(reason), REASON_MAX);
}

static void emit_ask(CodexLine *l, bool is_change, Str tool_id) {
    const CodexState *s = l->s;
    const Json *p = l->rpc.params;
    bool has_change = is_change && s->change.n && str_eq(s->change_id, tool_id);
    Json *what = NULL;
    Str held = is_change ? s->change : input_of(l, p);
    if ((is_change && !has_change) || json_parse(l->scratch, held, JSON_DEPTH_MAX, &what, NULL) < 0) what = NULL;
    bool is_cut = is_change && !what;
    EvAsk v = {.request_id = l->rpc.id,
               .kind = ASK_PERMISSION,
               .tool = is_change ? STR("apply_patch") : STR("shell"),
               .title = asked_title(l, is_change ? what : p),
               .reason = asked_reason(l, is_cut),
               .tool_id = tool_id,
               .input = asked_input(l, what)};
    if (is_cut) GIVE(EvAsk, &v, truncated, true);
    l->sink->event(l->sink->arg, EV_KIND_ASK, &v);
}

/* Why this request cannot be shown to a person, or NULL. */
static const char *why_not(CodexLine *l) {
    Str id = l->rpc.id;
    if (id.n > CODEX_ID_MAX || !str_eq(text_clean(l->scratch, text_printable(l->scratch, id), id.n), id))
        return "the request id is too long or not plain text";
    if (l->rpc.params && l->rpc.params->raw.n > EVENT_ASK_MAX) return "the arguments are too large to be reviewed";
    return l->s->asks.n == CODEX_ASKS_MAX ? "too many requests are open" : NULL;
}

bool codex_read_approval(CodexLine *l) {
    CodexState *s = l->s;
    bool is_command = str_is(l->rpc.method, "item/commandExecution/requestApproval");
    bool is_change = str_is(l->rpc.method, "item/fileChange/requestApproval");
    if (!is_command && !is_change) return false;
    const char *refusal = why_not(l);
    if (refusal) {
        emit_notice(l->sink, l->scratch, NOTICE_WARNING, STR("refused"),
                    arena_fmt(l->scratch, "A request of the agent was refused: %s.", refusal));
        codex_reply_refusal(l, RPC_BAD_PARAMS, str(refusal));
        return true;
    }
    bool is_allowed = s->permissions & (1 << (is_change ? PERMIT_WRITE : PERMIT_EXECUTE));
    if (is_allowed && is_plain_request(l->rpc.params)) {
        codex_reply_decision(l, "accept");
        return true;
    }
    Str tool_id = id_of(l, l->rpc.params, "itemId"), thread = id_of(l, l->rpc.params, "threadId");
    (void)codex_forget_ask(s, l->rpc.id);
    s->asks.items[s->asks.n++] = (CodexAsk){.request_id = arena_str(l->keep, l->rpc.id),
                                            .tool_id = arena_str(l->keep, tool_id),
                                            .thread = arena_str(l->keep, thread)};
    emit_ask(l, is_change, tool_id);
    return true;
}
