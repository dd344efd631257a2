/* Codex's session, turns, usage and errors. */
#include <math.h>

#include "adapter/codex_int.h"
#include "adapter/emit.h"
#include "base/mem.h"
#include "base/text_cut.h"

enum { ERROR_MAX = 8000, CODE_MAX = 64 };

static Str plain(CodexLine *l, Str s) { return text_plain(l->keep, s, CODEX_ID_MAX); }

static void emit_session(const CodexLine *l) {
    const CodexState *s = l->s;
    EvSession v = {.session_id = s->thread,
                   .model = s->model,
                   .mode = str(enum_word(&AgentMode_enum, (int)s->mode)),
                   .version = s->version};
    GIVE(EvSession, &v, resumable, s->is_resumable);
    l->sink->event(l->sink->arg, EV_KIND_SESSION, &v);
}

/* --- errors --- */

static Str error_text(CodexLine *l, const Json *error) {
    Str text = json_str(error, "message"), more = json_str(error, "additionalDetails");
    size_t at;
    if (more.n && !str_find(text, more, &at))
        text = text.n ? arena_fmt(l->scratch, STR_FMT ": " STR_FMT, STR_ARG(text), STR_ARG(more)) : more;
    return text_clean(l->scratch, text.n ? text : STR("Codex reported an error without a message"), ERROR_MAX);
}

/* {"httpConnectionFailed": {"httpStatusCode": 401}} and its siblings; others are only a word. */
static void emit_failure(CodexLine *l, const Json *error, Str text) {
    const Json *info = json_get(error, "codexErrorInfo");
    EvTurnEnd v = {.outcome = TURN_ERROR, .text = text};
    bool has_one = json_is(info, JSON_OBJECT) && info->n;
    int64_t http = has_one ? json_i64(&info->members[0].value, "httpStatusCode", 0) : 0;
    Str code = json_is(info, JSON_STRING) ? info->s : has_one ? info->members[0].key : (Str){0};
    v.code = text_clean(l->scratch, code, CODE_MAX);
    if (http >= 100 && http <= 599) GIVE(EvTurnEnd, &v, http_status, http);
    l->sink->event(l->sink->arg, EV_KIND_TURN_END, &v);
}

static void fail_to_open(CodexLine *l) {
    emit_failure(l, l->rpc.error,
                 arena_fmt(l->scratch, STR_FMT "; stop the agent, and start it again when this is settled",
                           STR_ARG(error_text(l, l->rpc.error))));
}

void codex_read_error(CodexLine *l) {
    const Json *error = json_get(l->rpc.params, "error");
    /* One that is final comes again with the end of its turn. */
    if (!json_bool(l->rpc.params, "willRetry", false)) return;
    GIVE(CodexState, l->s, is_retrying, true);
    emit_retry(l->sink, error_text(l, error), 0);
}

/* --- the session --- */

/* "name/0.169.0 (…)" */
static Str version_of(CodexLine *l) {
    Str rest = json_str(l->rpc.result, "userAgent"), name, version = {0};
    if (!str_split(&rest, '/', &name) || !str_split(&rest, ' ', &version)) return (Str){0};
    return plain(l, version);
}

/* A session that the CLI no longer has: a new one is opened in its place. Until that has succeeded nothing is lost. */
static void begin_again(CodexLine *l) {
    l->s->lost = l->s->wanted;
    l->s->wanted = (Str){0};
    l->s->wants_fork = false;
    codex_reply_open(l);
}

/* The conversation decides what follows. */
static void emit_gone(CodexLine *l) {
    CodexState *s = l->s;
    EvSession gone = {.session_id = s->lost};
    if (!s->lost.n) return;
    GIVE(EvSession, &gone, gone, true);
    l->sink->event(l->sink->arg, EV_KIND_SESSION, &gone);
    s->lost = (Str){0};
    s->input_counted = s->cached_counted = s->output_counted = 0;
}

/* As Codex words it. Other things, such as a model's provider, can be missing too. */
static bool says_gone(CodexLine *l) {
    static const char *const words[] = {"no rollout found for thread", "thread not found", "thread not loaded"};
    Str text = json_str(l->rpc.error, "message");
    size_t at;
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (str_find(text, str(words[i]), &at)) return true;
    return false;
}

static void on_opened(CodexLine *l, CodexStep step) {
    CodexState *s = l->s;
    Str id = json_str(json_get(l->rpc.result, "thread"), "id");
    if (!id.n || !str_eq(text_plain(l->scratch, id, CODEX_ID_MAX), id)) {
        emit_failure(l, NULL, STR("Codex's session id is empty, too long or not plain text"));
        return;
    }
    emit_gone(l);
    s->thread = arena_str(l->keep, id);
    s->model = plain(l, json_str(l->rpc.result, "model"));
    s->has_session = true;
    s->is_resumable = step != CODEX_THREAD_START;
    emit_session(l);
    emit_state(l->sink, CLI_READY, false, (Str){0});
}

static void on_initialized(CodexLine *l) {
    l->s->version = version_of(l);
    if (l->s->folder.n) codex_reply_open(l);
}

bool codex_sets_options(const CodexPending *p) { return HAS(CodexPending, p, mode) || p->model.n; }

static void keep_options(CodexState *s, const CodexPending *p) {
    if (HAS(CodexPending, p, mode)) s->mode = p->mode;
    if (p->model.n) s->model = s->wanted_model = p->model;
    if (codex_sets_options(p)) GIVE(CodexState, s, is_unsure, false);
}

/* After an error the next prompt sets the mode and the model again: whether this one has is unknown. */
static void on_turn_answer(CodexLine *l, const CodexPending *p) {
    if (l->rpc.kind == RPC_ERROR) {
        emit_failure(l, l->rpc.error, error_text(l, l->rpc.error));
        return;
    }
    keep_options(l->s, p);
    l->s->turn = plain(l, json_str(json_get(l->rpc.result, "turn"), "id"));
}

/* The turn may have ended before it was interrupted: then there is nothing to do. */
static void on_interrupt_answer(CodexLine *l) {
    if (l->rpc.kind == RPC_ERROR)
        emit_notice(l->sink, l->scratch, NOTICE_WARNING, STR("interrupt"), error_text(l, l->rpc.error));
}

void codex_read_answer(CodexLine *l, const CodexPending *p) {
    bool failed = l->rpc.kind == RPC_ERROR;
    switch (p->step) {
    case CODEX_INITIALIZE: failed ? fail_to_open(l) : on_initialized(l); break;
    case CODEX_TURN_START: on_turn_answer(l, p); break;
    case CODEX_TURN_INTERRUPT: on_interrupt_answer(l); break;
    default:
        if (!failed)
            on_opened(l, p->step);
        else if (l->s->wanted.n && says_gone(l))
            begin_again(l);
        else
            fail_to_open(l);
    }
}

/* --- turns --- */

void codex_read_turn_started(CodexLine *l) { l->s->turn = plain(l, json_str(json_get(l->rpc.params, "turn"), "id")); }

void codex_read_turn_completed(CodexLine *l) {
    CodexState *s = l->s;
    const Json *turn = json_get(l->rpc.params, "turn"), *error = json_get(turn, "error");
    Str status = json_str(turn, "status");
    bool is_failed = str_is(status, "failed");
    s->turn = s->change = s->change_id = (Str){0};
    GIVE(CodexState, s, is_retrying, false);
    codex_end_items(l);
    codex_void_asks(l, s->thread, CANCEL_TURN_END);
    if (!s->is_resumable && !is_failed) {
        s->is_resumable = true;
        emit_session(l);
    }
    if (is_failed) {
        emit_failure(l, error, error_text(l, error));
        return;
    }
    EvTurnEnd v = {.outcome = str_is(status, "interrupted") ? TURN_INTERRUPTED : TURN_OK,
                   .code = text_clean(l->scratch, status, CODE_MAX)};
    l->sink->event(l->sink->arg, EV_KIND_TURN_END, &v);
}

/* --- usage --- */

static int64_t positive(const Json *o, const char *key) {
    int64_t n = json_i64(o, key, 0);
    return n > 0 ? n : 0;
}

/* The totals are the session's; a CLI that counts from zero again reports less than before. */
static int64_t more_than(int64_t total, int64_t *counted) {
    int64_t more = total >= *counted ? total - *counted : total;
    *counted = total;
    return more;
}

static void emit_context(CodexLine *l, int64_t used, int64_t window) {
    if (used <= 0 || window <= 0 || used == l->s->context_used) return;
    l->s->context_used = used;
    double level = round(100.0 * (double)used / (double)window);
    EvContext v = {.used = used, .window = window, .level = level < 100 ? (int64_t)level : 100};
    l->sink->event(l->sink->arg, EV_KIND_CONTEXT, &v);
}

void codex_read_usage(CodexLine *l) {
    CodexState *s = l->s;
    const Json *usage = json_get(l->rpc.params, "tokenUsage"), *total = json_get(usage, "total");
    int64_t input = more_than(positive(total, "inputTokens"), &s->input_counted);
    int64_t cached = more_than(positive(total, "cachedInputTokens"), &s->cached_counted);
    EvUsage v = {.model = s->model.n ? s->model : STR("unknown"),
                 .input = input > cached ? input - cached : 0,
                 .output = more_than(positive(total, "outputTokens"), &s->output_counted),
                 .cache_read = cached,
                 .requests = 1};
    if (v.input || v.output || v.cache_read) l->sink->event(l->sink->arg, EV_KIND_USAGE, &v);
    emit_context(l, positive(json_get(usage, "last"), "totalTokens"), positive(usage, "modelContextWindow"));
}
