/* Lines of the claude CLI's stdout, by type and subtype: one table, one small function each. */
#include "adapter/claude_int.h"
#include "adapter/claude_write.h"
#include "adapter/emit.h"
#include "base/mem.h"
#include "base/text_cut.h"

enum { ERROR_MAX = 8000 };

static void emit_session(const ClaudeState *s, bool plan_ended, const AdapterSink *sink) {
    EvSession v = {.session_id = s->session_id, .model = s->model, .mode = s->mode, .version = s->version};
    if (plan_ended) GIVE(EvSession, &v, plan_ended, true);
    GIVE(EvSession, &v, resumable, s->is_resumable);
    sink->event(sink->arg, EV_KIND_SESSION, &v);
}

/* Any answer of the model after a retry means that the retry succeeded. */
static void end_retry(ClaudeLine *l) {
    if (!l->s->is_retrying) return;
    l->s->is_retrying = false;
    emit_state(l->sink, CLI_RUNNING, false, (Str){0});
}

/* Keeps a new value; true when it differs. Absent means unchanged. */
static bool keep(ClaudeLine *l, Str *field, Str value) {
    value = text_plain(l->scratch, value, CLAUDE_ID_MAX);
    if (!value.n || str_eq(*field, value)) return false;
    *field = arena_str(l->keep, value);
    return true;
}

/* The CLI reports the mode at the start of each turn and when it changes; *ret_plan_ended: it was planning until
 * now. */
static bool keep_mode(ClaudeLine *l, bool *ret_plan_ended) {
    bool was_plan = str_is(l->s->mode, "plan") && l->s->has_init;
    bool changed = keep(l, &l->s->mode, json_str(l->root, "permissionMode"));
    *ret_plan_ended = changed && was_plan;
    return changed;
}

/* Its list with descriptions comes with the handshake, and again when it changes; older CLIs only repeat the names. */
static void keep_commands(ClaudeLine *l, const Json *list) {
    int64_t sum = commands_sum(list);
    if (!sum || sum == l->s->commands) return;
    GIVE(ClaudeState, l->s, commands, sum);
    emit_commands(l->sink, l->scratch, list);
}

static void on_commands(ClaudeLine *l) { keep_commands(l, json_get(l->root, "commands")); }

/* Comes once per turn. From then on resuming is worth a try: the CLI writes its transcript at some later time. */
static void on_init(ClaudeLine *l) {
    ClaudeState *s = l->s;
    bool is_new = keep(l, &s->session_id, json_str(l->root, "session_id")), plan_ended;
    bool changed = is_new || !s->has_init;
    changed |= keep(l, &s->model, json_str(l->root, "model"));
    changed |= keep_mode(l, &plan_ended);
    changed |= keep(l, &s->version, json_str(l->root, "claude_code_version"));
    s->is_resumable = s->has_init = true;
    s->turn_failed = false;
    if (changed) emit_session(s, plan_ended, l->sink);
    if (s->commands) keep_commands(l, json_get(l->root, "slash_commands"));
    emit_state(l->sink, CLI_RUNNING, false, (Str){0});
}

/* requires_action adds nothing to the asks: it comes before the request or, in older CLIs, after it. */
static void on_session_state(ClaudeLine *l) {
    Str state = json_str(l->root, "state");
    l->s->is_retrying = false;
    if (str_is(state, "running"))
        emit_state(l->sink, CLI_RUNNING, true, (Str){0});
    else if (str_is(state, "idle"))
        emit_state(l->sink, CLI_IDLE, true, (Str){0});
}

static void on_status(ClaudeLine *l) {
    bool plan_ended;
    if (keep_mode(l, &plan_ended) && l->s->has_init) emit_session(l->s, plan_ended, l->sink);
    if (str_is(json_str(l->root, "status"), "compacting"))
        emit_notice(l->sink, l->scratch, NOTICE_INFO, STR("compacting"),
                    STR("The conversation is being summarised to make room."));
}

static void on_api_retry(ClaudeLine *l) {
    const Json *r = l->root;
    Str status =
        json_i64(r, "error_status", 0) ? arena_fmt(l->scratch, "%d ", (int)json_i64(r, "error_status", 0)) : STR("");
    Str text = arena_fmt(l->scratch, STR_FMT STR_FMT ", attempt %d of %d", STR_ARG(status),
                         STR_ARG(text_clean(l->scratch, json_str(r, "error"), 200)), (int)json_i64(r, "attempt", 0),
                         (int)json_i64(r, "max_retries", 0));
    l->s->is_retrying = true;
    claude_count_error(l);
    emit_retry(l->sink, text, json_i64(r, "retry_delay_ms", 0));
}

static void on_permission_denied(ClaudeLine *l) {
    emit_notice(l->sink, l->scratch, NOTICE_WARNING, STR("denied"), json_str(l->root, "message"));
}

static void on_informational(ClaudeLine *l) {
    Str level = json_str(l->root, "level");
    NoticeLevel to = str_is(level, "error") ? NOTICE_ERROR : str_is(level, "warning") ? NOTICE_WARNING : NOTICE_INFO;
    emit_notice(l->sink, l->scratch, to, STR("cli"), json_str(l->root, "content"));
}

static void on_compact_boundary(ClaudeLine *l) {
    const Json *m = json_get(l->root, "compact_metadata");
    int64_t before = json_i64(m, "pre_tokens", 0), after = json_i64(m, "post_tokens", 0);
    emit_notice(l->sink, l->scratch, NOTICE_INFO, STR("compacted"),
                arena_fmt(l->scratch, "The conversation was summarised: %lld tokens became %lld.", (long long)before,
                          (long long)after));
    if (after > 0) claude_set_context(l, after);
}

static void on_reset(ClaudeLine *l) {
    claude_reset_usage(l);
    emit_notice(l->sink, l->scratch, NOTICE_INFO, STR("reset"),
                STR("The conversation was cleared: a new session begins."));
}

static ClaudeSpeaker *find_speaker(ClaudeState *s, Str parent) {
    for (size_t i = 0; i < s->speakers.n; i++)
        if (str_eq(s->speakers.items[i].parent, parent)) return &s->speakers.items[i];
    return NULL;
}

/* The speaker's row; the oldest is evicted when there are too many. */
static ClaudeSpeaker *get_speaker(ClaudeLine *l, Str parent) {
    ClaudeState *s = l->s;
    ClaudeSpeaker *known = find_speaker(s, parent);
    if (known) return known;
    if (s->speakers.n == CLAUDE_SPEAKERS_MAX) {
        s->speakers.n--;
        memmove(s->speakers.items, s->speakers.items + 1, s->speakers.n * sizeof *s->speakers.items);
    }
    ClaudeSpeaker *k = &s->speakers.items[s->speakers.n++];
    *k = (ClaudeSpeaker){.parent = arena_str(l->keep, parent), .message_id = STR(""), .open = -1};
    return k;
}

/* Switches to a message; its usage is counted once, with its first line. */
static ClaudeSpeaker *speak(ClaudeLine *l, const Json *message, Str parent) {
    ClaudeSpeaker *k = get_speaker(l, parent);
    Str id = text_plain(l->scratch, json_str(message, "id"), CLAUDE_ID_MAX);
    GIVE(ClaudeSpeaker, k, is_asking, false);
    if (str_eq(k->message_id, id)) {
        claude_count_output(l, k, json_get(message, "usage"));
        return k;
    }
    k->message_id = arena_str(l->keep, id);
    k->next = 0;
    k->open = -1;
    claude_count_message(l, k, message);
    return k;
}

static Str block_id(ClaudeLine *l, const ClaudeSpeaker *k, int64_t index) {
    return arena_fmt(l->scratch, STR_FMT ":%lld", STR_ARG(k->message_id), (long long)index);
}

static Str parent_of(ClaudeLine *l) {
    return text_plain(l->scratch, json_str(l->root, "parent_tool_use_id"), CLAUDE_ID_MAX);
}

static void on_delta(ClaudeLine *l, const ClaudeSpeaker *k, const Json *event, Str parent) {
    const Json *delta = json_get(event, "delta");
    if (!str_is(json_str(delta, "type"), "text_delta")) return;
    Str text = json_str(delta, "text");
    if (!text.n) return;
    EvTextDelta v = {
        .block = block_id(l, k, json_i64(event, "index", 0)),
        .text = text_clean(l->scratch, text, EVENT_TEXT_MAX),
        .parent = parent,
    };
    l->sink->event(l->sink->arg, EV_KIND_TEXT_DELTA, &v);
}

static void on_stream_event(ClaudeLine *l) {
    const Json *event = json_get(l->root, "event");
    Str type = json_str(event, "type"), parent = parent_of(l);
    end_retry(l);
    if (str_is(type, "message_start")) {
        speak(l, json_get(event, "message"), parent);
        return;
    }
    ClaudeSpeaker *k = get_speaker(l, parent);
    if (str_is(type, "message_delta")) claude_count_output(l, k, json_get(event, "usage"));
    int64_t index = json_i64(event, "index", 0);
    if (index < 0 || index >= INT32_MAX) return;
    if (str_is(type, "content_block_start"))
        k->open = index;
    else if (str_is(type, "content_block_stop"))
        k->open = -1;
    else if (str_is(type, "content_block_delta"))
        on_delta(l, k, event, parent);
}

static void emit_text(ClaudeLine *l, AgentEventKind kind, Str block, Str text, Str parent) {
    size_t max = kind == EV_KIND_TEXT ? EVENT_WHOLE_MAX : EVENT_TEXT_MAX; /* thoughts are not stored in messages */
    if (!text.n) return;
    EvText v = {.block = block, .text = text_clean(l->scratch, text, max), .parent = parent};
    if (json_str(l->root, "error").n) GIVE(EvText, &v, is_error, true);
    if (text.n > max) {
        GIVE(EvText, &v, truncated, true);
        GIVE(EvText, &v, size, (int64_t)text.n);
    }
    l->sink->event(l->sink->arg, kind, &v);
}

static void on_block(ClaudeLine *l, ClaudeSpeaker *k, const Json *block, Str parent) {
    Str type = json_str(block, "type");
    int64_t index = k->open >= 0 ? k->open : k->next;
    k->next = index + 1;
    if (str_is(type, "text"))
        emit_text(l, EV_KIND_TEXT, block_id(l, k, index), json_str(block, "text"), parent);
    else if (str_is(type, "thinking"))
        emit_text(l, EV_KIND_THOUGHT, block_id(l, k, index), json_str(block, "thinking"), parent);
    else if (str_is(type, "tool_use"))
        claude_emit_tool_start(l, block, parent);
}

static void on_assistant(ClaudeLine *l) {
    const Json *message = json_get(l->root, "message"), *content = json_get(message, "content");
    Str parent = parent_of(l);
    bool is_made_up = str_is(json_str(message, "model"), "<synthetic>");
    if (!is_made_up) end_retry(l);
    if (is_made_up && json_str(l->root, "error").n) claude_count_error(l);
    ClaudeSpeaker *k = speak(l, message, parent);
    for (size_t i = 0; json_is(content, JSON_ARRAY) && i < content->n; i++) on_block(l, k, &content->items[i], parent);
}

/* Text that the CLI itself adds to the conversation: shown as a notice, because no person wrote it. An interruption is
 * reported by the turn's end, whatever caused it: our own interrupt request is not in the log. */
static void on_injected(ClaudeLine *l, Str text) {
    if (str_starts(text, STR("[Request interrupted by user"))) l->s->is_interrupting = true;
    if (text.n && json_bool(l->root, "isSynthetic", false))
        emit_notice(l->sink, l->scratch, NOTICE_INFO, STR("injected"), text);
}

/* Input for a subagent is a request to the model. */
static void note_asked(ClaudeLine *l) {
    Str parent = parent_of(l);
    if (parent.n) GIVE(ClaudeSpeaker, get_speaker(l, parent), is_asking, true);
}

/* A subagent's call ended: there was an answer to its last input, even if no line showed it. */
static void end_subagent(ClaudeLine *l, const Json *block) {
    const Json *result = json_get(l->root, "tool_use_result");
    Str id = text_plain(l->scratch, json_str(block, "tool_use_id"), CLAUDE_ID_MAX);
    ClaudeSpeaker *k = find_speaker(l->s, id);
    if (!id.n || !k || !k->is_asking || json_bool(result, "isAsync", false)) return;
    GIVE(ClaudeSpeaker, k, is_asking, false);
    if (!json_bool(block, "is_error", false)) claude_count_unseen(l, k, json_get(result, "usage"));
}

static void on_user(ClaudeLine *l) {
    const Json *content = json_at(l->root, "message.content");
    if (json_bool(l->root, "isReplay", false)) return;
    note_asked(l);
    if (json_is(content, JSON_STRING)) on_injected(l, content->s);
    for (size_t i = 0; json_is(content, JSON_ARRAY) && i < content->n; i++) {
        const Json *block = &content->items[i];
        if (str_is(json_str(block, "type"), "tool_result")) {
            end_subagent(l, block);
            claude_emit_tool_end(l, block, parent_of(l));
        } else {
            on_injected(l, json_str(block, "text"));
        }
    }
}

/* subtype "success" may be an error, and older CLIs set neither is_error nor a reason for an interrupted turn. */
static TurnOutcome outcome_of(const ClaudeLine *l) {
    Str reason = json_str(l->root, "terminal_reason");
    bool is_success = str_is(json_str(l->root, "subtype"), "success");
    if (is_success && !json_bool(l->root, "is_error", false)) return TURN_OK;
    if (str_starts(reason, STR("aborted_"))) return TURN_INTERRUPTED;
    return !reason.n && !is_success && l->s->is_interrupting ? TURN_INTERRUPTED : TURN_ERROR;
}

static Str error_text(ClaudeLine *l) {
    Str text = json_str(l->root, "result");
    const Json *errors = json_get(l->root, "errors");
    if (!text.n && json_is(errors, JSON_ARRAY) && errors->n && errors->items[0].type == JSON_STRING)
        text = errors->items[0].s;
    if (!text.n) text = json_str(l->root, "subtype");
    return str_is(text, "success") ? STR("the CLI reported an error without a message")
                                   : text_clean(l->scratch, text, ERROR_MAX);
}

static void on_result(ClaudeLine *l) {
    ClaudeState *s = l->s;
    Str reason = json_str(l->root, "terminal_reason");
    EvTurnEnd v = {
        .outcome = outcome_of(l),
        .code = text_clean(l->scratch, reason.n ? reason : json_str(l->root, "subtype"), 64),
    };
    int64_t http = json_i64(l->root, "api_error_status", 0), ms = json_i64(l->root, "duration_ms", -1);
    int64_t steps = json_i64(l->root, "num_turns", -1);
    if (v.outcome == TURN_ERROR) v.text = error_text(l);
    if (http > 0 && http <= 999) GIVE(EvTurnEnd, &v, http_status, http);
    if (ms >= 0) GIVE(EvTurnEnd, &v, duration_ms, ms);
    if (steps >= 0) GIVE(EvTurnEnd, &v, steps, steps);

    if (!s->has_init) { /* it could not begin: its text belongs to the exit that follows */
        s->error_tail = arena_str(l->keep, text_printable(l->scratch, text_cut(error_text(l), CLAUDE_STDERR_MAX)));
        return;
    }
    s->is_retrying = s->is_interrupting = false;
    s->turn_failed = v.outcome != TURN_OK;
    s->plan = (Str){0};
    claude_void_asks(s, CANCEL_TURN_END, l->sink);
    claude_count_result(l, s->turn_failed);
    l->sink->event(l->sink->arg, EV_KIND_TURN_END, &v);
}

static void on_control_response(ClaudeLine *l) {
    const Json *r = json_get(l->root, "response");
    Str id = json_str(r, "request_id"), why = json_str(r, "error");
    bool failed = str_is(json_str(r, "subtype"), "error");
    int64_t n;
    if (failed && !why.n) why = STR("the CLI did not say why");
    if (str_is(id, CLAUDE_HANDSHAKE_ID)) {
        keep_commands(l, json_at(r, "response.commands"));
        emit_state(l->sink, CLI_READY, false, (Str){0});
    } else if (str_starts(id, STR(CLAUDE_OPTION_ID)) &&
               str_parse_i64(str_from(id, sizeof CLAUDE_OPTION_ID - 1), 1, INT64_MAX, &n)) {
        emit_option(l->sink, l->scratch, n, failed ? why : (Str){0});
    }
    if (failed && !str_is(id, CLAUDE_HANDSHAKE_ID))
        emit_notice(l->sink, l->scratch, NOTICE_WARNING, STR("request"), why);
}

/* Already reported in another way, or only of use to the CLI's own screen. */
static void ignore(ClaudeLine *l) { (void)l; }

static const struct {
    const char *type, *subtype; /* subtype NULL: any */
    void (*read)(ClaudeLine *l);
} lines[] = {
    {"stream_event", NULL, on_stream_event},
    {"assistant", NULL, on_assistant},
    {"user", NULL, on_user},
    {"result", NULL, on_result},
    {"control_request", NULL, claude_read_control_request},
    {"control_cancel_request", NULL, claude_read_control_cancel},
    {"control_response", NULL, on_control_response},
    {"conversation_reset", NULL, on_reset},
    {"system", "init", on_init},
    {"system", "session_state_changed", on_session_state},
    {"system", "status", on_status},
    {"system", "commands_changed", on_commands},
    {"system", "api_retry", on_api_retry},
    {"system", "permission_denied", on_permission_denied},
    {"system", "informational", on_informational},
    {"system", "compact_boundary", on_compact_boundary},
    {"system", "task_started", claude_begin_task},
    {"system", "task_progress", claude_emit_task},
    {"system", "task_notification", claude_end_task},
    {"system", "task_updated", claude_end_task},
    {"system", "background_tasks_changed", claude_list_tasks},
    {"system", "thinking_tokens", ignore},
    {"system", "hook_started", ignore},
    {"system", "hook_response", ignore},
    {"command_lifecycle", NULL, ignore},
    {"keep_alive", NULL, ignore},
    {"tool_progress", NULL, ignore},
    {"rate_limit_event", NULL, ignore},
    {"ui_invalidate", NULL, ignore},
};

void claude_read_line(ClaudeLine *l) {
    Str type = json_str(l->root, "type"), subtype = json_str(l->root, "subtype");
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        if (!str_is(type, lines[i].type) || (lines[i].subtype && !str_is(subtype, lines[i].subtype))) continue;
        lines[i].read(l);
        return;
    }
    Str name = subtype.n ? arena_fmt(l->scratch, STR_FMT "/" STR_FMT, STR_ARG(text_clean(l->scratch, type, 60)),
                                     STR_ARG(text_clean(l->scratch, subtype, 60)))
                         : text_clean(l->scratch, type, 120);
    emit_unknown(l->sink, l->scratch, name, l->root->raw);
}
