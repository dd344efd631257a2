/* session/update: one table, one small function each. */
#include "adapter/acp_int.h"
#include "adapter/emit.h"
#include "base/mem.h"
#include "base/text_cut.h"

static const Json *update_of(const AcpLine *l) { return json_get(l->rpc.params, "update"); }

static bool has_mode(const AcpState *s, Str mode) {
    for (size_t i = 0; i < s->modes.n; i++)
        if (str_eq(s->modes.items[i], mode)) return true;
    return false;
}

/* Something is under way that changes the mode to this one: a request of ours, or a call that ends planning. */
static bool may_change_to(const AcpState *s, Str mode) {
    for (size_t i = 0; i < s->pending.n; i++)
        if (s->pending.items[i].step == STEP_MODE && str_eq(s->pending.items[i].value, mode)) return true;
    for (size_t i = 0; i < s->tools.n; i++)
        if (acp_tool_kind(&s->tools.items[i]) == TOOL_PLAN) return true;
    return false;
}

/* Gemini CLI (0.61) reports a change of its mode as text, and in no other way. The same text from the model is text: it
 * must not make Muster believe that planning has ended. */
static bool is_mode_change(AcpLine *l, Str text) {
    Str mark = STR("[MODE_UPDATE] ");
    if (!str_starts(text, mark)) return false;
    Str mode = str_from(text, mark.n);
    if (!has_mode(l->s, mode) || !may_change_to(l->s, mode)) return false;
    acp_keep_mode(l, mode);
    return true;
}

/* What an agent says between two turns answers nobody. */
static void on_message(AcpLine *l) {
    const Json *u = update_of(l), *usage = json_at(u, "_meta.usage");
    Str text = json_str(json_get(u, "content"), "text");
    if (is_mode_change(l, text)) return;
    if (acp_has_prompt(l->s))
        acp_add_text(l, BLOCK_TEXT, u);
    else if (text.n)
        emit_notice(l->sink, l->scratch, NOTICE_INFO, STR("cli"), text);
    if (usage) acp_read_chunk_usage(l, usage);
}

static void on_thought(AcpLine *l) {
    if (acp_has_prompt(l->s)) acp_add_text(l, BLOCK_THOUGHT, update_of(l));
}

static void on_tool(AcpLine *l) {
    if (!acp_read_tool(l, update_of(l), false)) emit_unknown(l->sink, l->scratch, STR("tool_call"), l->rpc.params->raw);
}

static void on_plan(AcpLine *l) {
    enum { ENTRIES_MAX = 200, ENTRY_MAX = 2000 };
    const Json *entries = json_get(update_of(l), "entries");
    size_t n = json_is(entries, JSON_ARRAY) ? entries->n : 0;
    if (n > ENTRIES_MAX) n = ENTRIES_MAX;
    EvPlan v = {.entries = {arena_array(l->scratch, n + 1, sizeof(EvPlanEntry)), n}};
    for (size_t i = 0; i < n; i++) {
        v.entries.items[i].text = text_clean(l->scratch, json_str(&entries->items[i], "content"), ENTRY_MAX);
        v.entries.items[i].state = text_clean(l->scratch, json_str(&entries->items[i], "status"), 32);
        if (!v.entries.items[i].text.p) v.entries.items[i].text = STR("");
        if (!v.entries.items[i].state.p) v.entries.items[i].state = STR("");
    }
    l->sink->event(l->sink->arg, EV_KIND_PLAN, &v);
}

static void on_usage(AcpLine *l) { acp_read_usage_update(l, update_of(l)); }
static void on_mode(AcpLine *l) { acp_keep_mode(l, json_str(update_of(l), "currentModeId")); }
static void on_options(AcpLine *l) { acp_read_options(l, json_get(update_of(l), "configOptions")); }

static void on_commands(AcpLine *l) {
    const Json *list = json_get(update_of(l), "availableCommands");
    int64_t sum = commands_sum(list);
    if (sum == l->s->commands) return;
    GIVE(AcpState, l->s, commands, sum);
    emit_commands(l->sink, l->scratch, list);
}

/* The prompt's echo, and what only the agent's own screen needs. */
static void ignore(AcpLine *l) { (void)l; }

static const struct {
    const char *word;
    void (*read)(AcpLine *l);
} updates[] = {
    {"agent_message_chunk", on_message},
    {"agent_thought_chunk", on_thought},
    {"tool_call", on_tool},
    {"tool_call_update", on_tool},
    {"plan", on_plan},
    {"usage_update", on_usage},
    {"current_mode_update", on_mode},
    {"config_option_update", on_options},
    {"user_message_chunk", ignore},
    {"available_commands_update", on_commands},
    {"session_info_update", ignore},
};

/* What an agent repeats of a session that it loads. */
static bool is_said(Str kind) {
    static const char *const words[] = {"user_message_chunk", "agent_message_chunk", "agent_thought_chunk", "tool_call",
                                        "tool_call_update"};
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (str_is(kind, words[i])) return true;
    return false;
}

/* Before it is ready an agent repeats the conversation that it loads: all of that is known. */
void acp_read_update(AcpLine *l) {
    AcpState *s = l->s;
    Str kind = json_str(update_of(l), "sessionUpdate"), id = json_str(l->rpc.params, "sessionId");
    bool is_ours = str_eq(id, s->session_id);
    if (!s->is_ready && s->has_session && is_said(kind)) GIVE(AcpState, s, may_repeat, true);
    /* Commands may be listed at any time, even before the session's id is known. */
    bool is_list = str_is(kind, "available_commands_update") && (is_ours || !s->session_id.n);
    if (!s->is_ready && is_list) on_commands(l);
    if (!s->is_ready) return;
    if (is_ours && acp_has_prompt(s)) acp_note_answer(l);
    for (size_t i = 0; is_ours && i < COUNT_OF(updates); i++) {
        if (!str_is(kind, updates[i].word)) continue;
        updates[i].read(l);
        return;
    }
    emit_unknown(l->sink, l->scratch, kind, l->rpc.params ? l->rpc.params->raw : (Str){0});
}
