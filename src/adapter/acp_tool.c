/* Tool calls of an ACP agent. A call may be first seen in any message; its arguments may come after its first one. */
#include "adapter/acp_int.h"
#include "adapter/figures.h"
#include "base/mem.h"
#include "base/text_cut.h"

enum { PATH_TEXT_MAX = 4096, PROGRESS_MAX = 4000 };

static const struct {
    const char *word;
    ToolKind kind;
} kinds[] = {
    {"read", TOOL_READ},     {"edit", TOOL_EDIT},       {"delete", TOOL_EDIT}, {"move", TOOL_EDIT},
    {"search", TOOL_SEARCH}, {"execute", TOOL_EXECUTE}, {"fetch", TOOL_FETCH}, {"switch_mode", TOOL_PLAN},
};

ToolKind acp_tool_kind(const AcpTool *t) {
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_is(t->kind, kinds[i].word)) return kinds[i].kind;
    return TOOL_OTHER;
}

/* --- arguments --- */

static Buf *new_buf(Arena *a, size_t max) {
    Buf *b = arena_new_in(a, Buf);
    buf_init(b, max);
    arena_defer(a, (void (*)(void *))buf_done, b);
    return b;
}

/* The only diff of a call; NULL: none or several. */
static const Json *only_diff(const Json *call) {
    const Json *content = json_get(call, "content"), *found = NULL;
    for (size_t i = 0; json_is(content, JSON_ARRAY) && i < content->n; i++) {
        if (!str_is(json_str(&content->items[i], "type"), "diff")) continue;
        if (found) return NULL;
        found = &content->items[i];
    }
    return found;
}

static void put_member(JsonOut *o, const char *key, const Json *v) {
    json_key(o, str(key));
    json_put_canonical(o, v);
}

static Str put_diff(Arena *a, const Json *diff) {
    const Json *before = json_get(diff, "oldText"), *after = json_get(diff, "newText");
    bool is_change = json_is(before, JSON_STRING);
    Buf *b = new_buf(a, ADAPTER_LINE_MAX);
    JsonOut o = json_out(b);
    json_begin_object(&o);
    json_kv_str(&o, "file_path", json_str(diff, "path"));
    if (is_change) put_member(&o, "old_string", before);
    if (json_is(after, JSON_STRING)) put_member(&o, is_change ? "new_string" : "content", after);
    json_end_object(&o);
    return buf_str(b);
}

/* Gemini CLI gives a command as the title of its call, and no arguments. */
static Str put_command(AcpLine *l, const Json *call) {
    Str what = acp_content_text(l, json_get(call, "content"));
    Buf *b = new_buf(l->scratch, ADAPTER_LINE_MAX);
    JsonOut o = json_out(b);
    json_begin_object(&o);
    json_kv_str(&o, "command", json_str(call, "title"));
    if (what.n) json_kv_str(&o, "description", what);
    json_end_object(&o);
    return buf_str(b);
}

static bool has_members(const Json *v) { return json_is(v, JSON_OBJECT) && v->n; }

bool acp_is_titled(const AcpTool *t, const Json *call) {
    bool has_arguments = only_diff(call) || has_members(json_get(call, "rawInput"));
    bool is_gemini = str_is(t->name, "run_shell_command"); /* its title is the command as it is */
    return !has_arguments && !is_gemini && str_is(json_str(call, "kind"), "execute");
}

Str acp_tool_input(AcpLine *l, const Json *call) {
    const Json *raw = json_get(call, "rawInput"), *content = json_get(call, "content"), *diff = only_diff(call);
    if (diff) return put_diff(l->scratch, diff);
    if (has_members(raw)) return raw->raw;
    if (str_is(json_str(call, "kind"), "execute")) return put_command(l, call);
    if (!json_is(content, JSON_ARRAY) || !content->n) return (Str){0};
    Buf *b = new_buf(l->scratch, ADAPTER_LINE_MAX);
    JsonOut o = json_out(b);
    json_begin_object(&o);
    put_member(&o, "content", content);
    json_end_object(&o);
    return buf_str(b);
}

/* --- figures --- */

/* The diffs that a call shows, of which the last ones count. No old text: the file is new. */
static void keep_lines(AcpTool *t, const Json *call) {
    const Json *content = json_get(call, "content");
    LineCount all = {0}, n;
    bool is_known = true, has_diff = false;
    for (size_t i = 0; json_is(content, JSON_ARRAY) && i < content->n; i++) {
        const Json *diff = &content->items[i], *after = json_get(diff, "newText");
        if (!str_is(json_str(diff, "type"), "diff")) continue;
        has_diff = true;
        is_known = is_known && json_is(after, JSON_STRING) && figures_change(json_str(diff, "oldText"), after->s, &n);
        if (is_known) all = (LineCount){all.added + n.added, all.removed + n.removed};
    }
    if (!has_diff) return;
    t->set &= ~(1ull << AcpTool_added_bit | 1ull << AcpTool_removed_bit);
    if (!is_known) return;
    GIVE(AcpTool, t, added, all.added);
    GIVE(AcpTool, t, removed, all.removed);
}

/* Each agent has its own form of a command's result; the protocol has one for terminals. */
static const Json *exit_code_of(const Json *call) {
    static const char *const places[] = {"rawOutput.exitCode", "rawOutput.exit_code", "rawOutput.metadata.exit",
                                         "_meta.terminal_exit.exit_code"};
    for (size_t i = 0; i < COUNT_OF(places); i++)
        if (json_is(json_at(call, places[i]), JSON_INT)) return json_at(call, places[i]);
    return NULL;
}

static void give_figures(EvToolEnd *v, const AcpTool *t, const Json *call) {
    const Json *duration = json_at(call, "rawOutput.duration");
    int64_t s = json_i64(duration, "secs", -1), ns = json_i64(duration, "nanos", -1);
    if (HAS(AcpTool, t, added) && !v->is_error) figures_give_lines(v, (LineCount){t->added, t->removed});
    if (acp_tool_kind(t) == TOOL_EXECUTE) figures_give_exit(v, exit_code_of(call));
    figures_give_ms(v, json_at(call, "rawOutput.durationMs"));
    if (s >= 0 && s < INT32_MAX && ns >= 0 && ns < 1000000000) GIVE(EvToolEnd, v, duration_ms, s * 1000 + ns / 1000000);
}

/* --- events --- */

static void emit_start(AcpLine *l, AcpTool *t, Str input) {
    EvToolStart v = {.tool_id = t->id,
                     .name = t->name.n   ? t->name
                             : t->kind.n ? t->kind
                                         : STR("tool"),
                     .kind = acp_tool_kind(t),
                     .title = t->title.n ? t->title : t->name};
    Json *root;
    if (input.n && json_parse(l->scratch, input, JSON_DEPTH_MAX, &root, NULL) == 0) {
        v.input = json_cut(l->scratch, root, EVENT_INPUT_MAX);
        if (input.n > EVENT_INPUT_MAX) {
            GIVE(EvToolStart, &v, truncated, true);
            GIVE(EvToolStart, &v, size, (int64_t)input.n);
        }
    }
    acp_close_block(l);
    t->is_started = true;
    t->input = (Str){0};
    l->sink->event(l->sink->arg, EV_KIND_TOOL_START, &v);
}

/* call: what ended it; NULL: nothing did. */
static void emit_end(AcpLine *l, AcpTool *t, const Json *call, Str output) {
    bool is_error = !call || str_is(json_str(call, "status"), "failed");
    EvToolEnd v = {.tool_id = t->id,
                   .is_error = is_error,
                   .output = text_clean(l->scratch, output, EVENT_OUTPUT_MAX),
                   .path = t->path};
    if (call) give_figures(&v, t, call);
    if (output.n > EVENT_OUTPUT_MAX) {
        GIVE(EvToolEnd, &v, truncated, true);
        GIVE(EvToolEnd, &v, size, (int64_t)output.n);
    }
    t->is_ended = true;
    l->sink->event(l->sink->arg, EV_KIND_TOOL_END, &v);
}

static void emit_progress(AcpLine *l, const AcpTool *t, const Json *call) {
    Str text = acp_content_text(l, json_get(call, "content"));
    if (!text.n) return;
    EvToolProgress v = {.tool_id = t->id, .state = STR("running"), .text = text_clean(l->scratch, text, PROGRESS_MAX)};
    l->sink->event(l->sink->arg, EV_KIND_TOOL_PROGRESS, &v);
}

static void start(AcpLine *l, AcpTool *t, const Json *call) {
    Str input = acp_tool_input(l, call);
    emit_start(l, t, input.n ? input : t->input);
}

/* What the model got back: text, else the agent's own form of the result. A change that was shown before has neither. */
static Str output_of(AcpLine *l, const Json *call) {
    static const char *const keys[] = {"output", "text", "error", "message"};
    const Json *raw = json_get(call, "rawOutput");
    Str text = acp_content_text(l, json_get(call, "content"));
    if (text.n || !raw || raw->type == JSON_NULL) return text;
    if (raw->type == JSON_STRING) return raw->s;
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (json_str(raw, keys[i]).n) return json_str(raw, keys[i]);
    return raw->raw;
}

static void end_open(AcpLine *l, AcpTool *t, Str why) {
    if (t->is_ended) return;
    if (!t->is_started) emit_start(l, t, t->input);
    emit_end(l, t, NULL, t->is_denied ? STR("A person denied this call.") : why);
}

void acp_end_tools(AcpLine *l) {
    AcpToolList *tools = &l->s->tools;
    for (size_t i = 0; i < tools->n; i++) end_open(l, &tools->items[i], STR("The turn ended before this call."));
    tools->n = 0;
}

/* --- the table --- */

static AcpTool *find(AcpState *s, Str id) {
    for (size_t i = 0; i < s->tools.n; i++)
        if (str_eq(s->tools.items[i].id, id)) return &s->tools.items[i];
    return NULL;
}

/* One that has ended goes first, else the oldest, which is not followed any further. */
static void make_room(AcpLine *l) {
    AcpToolList *tools = &l->s->tools;
    size_t at = 0;
    while (at < tools->n && !tools->items[at].is_ended) at++;
    if (at == tools->n) at = 0;
    end_open(l, &tools->items[at], STR("Too many calls are open: the end of this one is not followed."));
    tools->n--;
    memmove(tools->items + at, tools->items + at + 1, (tools->n - at) * sizeof *tools->items);
}

static AcpTool *get(AcpLine *l, Str id) {
    AcpToolList *tools = &l->s->tools;
    AcpTool *known = find(l->s, id);
    if (known) return known;
    if (tools->n == ACP_TOOLS_MAX) make_room(l);
    AcpTool *t = &tools->items[tools->n++];
    *t = (AcpTool){.id = arena_str(l->keep, id)};
    return t;
}

static bool is_name(Str s) {
    for (size_t i = 0; i < s.n; i++) {
        int c = s.p[i] | 0x20;
        if (!((c >= 'a' && c <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '_' || s.p[i] == '-'))
            return false;
    }
    return s.n > 0;
}

/* Gemini CLI names the tool in the id: write_file__write_file_1795256063879_0. */
static Str name_in_id(Str id) {
    size_t at;
    if (!str_find(id, STR("__"), &at)) return (Str){0};
    Str name = str_upto(id, at);
    return is_name(name) && str_starts(str_from(id, at + 2), name) ? name : (Str){0};
}

/* The protocol has no name of a tool, only a title for people. Some agents add one; others begin with it as title. */
static Str name_of(const Json *call) {
    static const char *const places[] = {"name", "_meta.toolName", "_meta.claudeCode.toolName"};
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        const Json *name = json_at(call, places[i]);
        if (json_is(name, JSON_STRING) && name->s.n) return name->s;
    }
    Str title = json_str(call, "title");
    return is_name(title) ? title : name_in_id(json_str(call, "toolCallId"));
}

static void keep_path(AcpLine *l, AcpTool *t, const Json *call) {
    const Json *locations = json_get(call, "locations"), *diff = only_diff(call);
    Str path = diff ? json_str(diff, "path") : (Str){0};
    if (!path.n && json_is(locations, JSON_ARRAY) && locations->n) path = json_str(&locations->items[0], "path");
    Str clean = text_clean(l->scratch, text_printable(l->scratch, path), PATH_TEXT_MAX);
    if (acp_tool_kind(t) == TOOL_EXECUTE || clean.n > ACP_FILE_MAX || !clean.n) return;
    t->path = arena_str(l->keep, clean);
}

static void keep_words(AcpLine *l, AcpTool *t, const Json *call) {
    Str kind = text_plain(l->scratch, json_str(call, "kind"), ACP_WORD_MAX);
    Str title = text_printable(l->scratch, text_line(l->scratch, json_str(call, "title"), ACP_TITLE_MAX));
    if (kind.n) t->kind = arena_str(l->keep, kind);
    if (title.n) t->title = arena_str(l->keep, text_clean(l->scratch, title, ACP_TITLE_MAX));
    if (!t->name.n) t->name = text_plain(l->keep, name_of(call), ACP_WORD_MAX);
    keep_path(l, t, call);
    keep_lines(t, call);
}

/* Holds the arguments until the call begins or more of them come; false: there is no room for them. */
static bool hold(AcpLine *l, AcpTool *t, const Json *call) {
    Str input = acp_tool_input(l, call);
    size_t held = 2 * input.n;
    for (size_t i = 0; i < l->s->tools.n; i++)
        if (&l->s->tools.items[i] != t) held += 2 * l->s->tools.items[i].input.n;
    if (held > ACP_HELD_MAX) return false;
    if (input.n) t->input = arena_str(l->keep, input);
    return true;
}

AcpTool *acp_read_tool(AcpLine *l, const Json *call, bool asks) {
    Str id = text_plain(l->scratch, json_str(call, "toolCallId"), ACP_ID_MAX), status = json_str(call, "status");
    if (!id.n) return NULL;
    AcpTool *t = get(l, id);
    bool is_over = str_is(status, "completed") || str_is(status, "failed");
    bool begins = asks || is_over || str_is(status, "in_progress");
    /* Some models start to number their calls again in each answer: what is asked or begun after its end is another call. */
    if (t->is_ended && (asks || str_is(json_str(call, "sessionUpdate"), "tool_call"))) *t = (AcpTool){.id = t->id};
    if (t->is_ended) return t;
    keep_words(l, t, call);
    if (!t->is_started && (begins || !hold(l, t, call)))
        start(l, t, call);
    else if (t->is_started && !is_over && !asks)
        emit_progress(l, t, call);
    if (is_over) emit_end(l, t, call, output_of(l, call));
    return t;
}
