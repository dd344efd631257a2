/* The end of an ACP agent's turn: the answer to its prompt, what was used, and errors. */
#include <math.h>

#include "adapter/acp_int.h"
#include "adapter/emit.h"
#include "base/mem.h"
#include "base/text_cut.h"

enum { ERROR_MAX = 8000, CODE_MAX = 64 };

/* --- errors --- */

/* The HTTP status that a text begins with, or that a number is. */
static int64_t http_of(int64_t n) { return n >= 400 && n <= 599 ? n : 0; }

static int64_t http_in(Str text) {
    Str first = text;
    int64_t n = 0;
    (void)str_split(&text, ' ', &first);
    return str_parse_i64(first, 0, 999, &n) ? http_of(n) : 0;
}

/* The message of some agents is the body of the API's answer: {"error":{"code","message"}}. */
static const Json *body_in(AcpLine *l, Str message) {
    Json *root;
    bool is_json =
        str_starts(message, STR("{")) && json_parse(l->scratch, message, JSON_DEPTH_REQUEST, &root, NULL) == 0;
    return is_json ? json_get(root, "error") : NULL;
}

static Str details_of(const Json *error) {
    static const char *const keys[] = {"details", "message", "error"};
    const Json *data = json_get(error, "data");
    if (json_is(data, JSON_STRING)) return data->s;
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (json_str(data, keys[i]).n) return json_str(data, keys[i]);
    return (Str){0};
}

Str acp_error_text(AcpLine *l, const Json *error) {
    Str text = json_str(error, "message"), details = details_of(error);
    const Json *body = body_in(l, text);
    size_t at;
    if (json_str(body, "message").n) text = json_str(body, "message");
    if (details.n && !str_find(text, details, &at))
        text = text.n ? arena_fmt(l->scratch, STR_FMT ": " STR_FMT, STR_ARG(text), STR_ARG(details)) : details;
    if (!text.n) text = STR("the agent reported an error without a message");
    return text_clean(l->scratch, text, ERROR_MAX);
}

static int64_t http_status(AcpLine *l, const Json *error) {
    const Json *data = json_get(error, "data"), *body = body_in(l, json_str(error, "message"));
    int64_t places[] = {http_of(json_i64(error, "code", 0)),  http_of(json_i64(body, "code", 0)),
                        http_of(json_i64(data, "status", 0)), http_of(json_i64(data, "statusCode", 0)),
                        http_of(json_i64(data, "code", 0)),   http_in(details_of(error)),
                        http_in(json_str(error, "message"))};
    for (size_t i = 0; i < COUNT_OF(places); i++)
        if (places[i]) return places[i];
    return 0;
}

static void emit_error(AcpLine *l, Str code, Str text, int64_t http) {
    EvTurnEnd v = {.outcome = TURN_ERROR, .code = code, .text = text};
    if (http) GIVE(EvTurnEnd, &v, http_status, http);
    l->sink->event(l->sink->arg, EV_KIND_TURN_END, &v);
}

static Str code_of(AcpLine *l, const Json *error) {
    return arena_fmt(l->scratch, "%lld", (long long)json_i64(error, "code", 0));
}

void acp_fail_because(AcpLine *l, Str code, Str text) {
    emit_error(
        l, code,
        arena_fmt(l->scratch, STR_FMT "; stop the agent, and start it again when this is settled", STR_ARG(text)), 0);
}

void acp_fail(AcpLine *l, const Json *error) { acp_fail_because(l, code_of(l, error), acp_error_text(l, error)); }

/* --- usage --- */

static int64_t positive(const Json *o, const char *key) {
    int64_t n = json_i64(o, key, 0);
    return n > 0 ? n : 0;
}

typedef struct Tokens {
    int64_t input, output, cache_read, cache_creation;
} Tokens;

static void count_tokens(AcpLine *l, Str model, const Tokens *t, int64_t requests) {
    EvUsage v = {.model = text_clean(l->scratch, model.n ? model : STR("unknown"), ACP_ID_MAX),
                 .input = t->input,
                 .output = t->output,
                 .cache_read = t->cache_read,
                 .cache_creation = t->cache_creation,
                 .requests = requests};
    if (v.input || v.output || v.cache_read || v.cache_creation) l->sink->event(l->sink->arg, EV_KIND_USAGE, &v);
}

/* Only when it has changed: some agents report it with each chunk. */
static void emit_context(AcpLine *l, int64_t used, int64_t window) {
    AcpState *s = l->s;
    if (used <= 0 || window <= 0 || (used == s->context_used && window == s->context_window)) return;
    s->context_used = used;
    s->context_window = window;
    double level = round(100.0 * (double)used / (double)window);
    EvContext v = {.used = used, .window = window, .level = level < 100 ? (int64_t)level : 100};
    l->sink->event(l->sink->arg, EV_KIND_CONTEXT, &v);
}

void acp_read_usage_update(AcpLine *l, const Json *update) {
    const Json *cost = json_get(update, "cost");
    double micros = json_f64(cost, "amount", 0) * 1e6;
    emit_context(l, json_i64(update, "used", 0), json_i64(update, "size", 0));
    if (str_is(json_str(cost, "currency"), "USD") && micros >= 0 && micros < 1e15)
        l->s->cost_micros = (int64_t)llround(micros);
}

/* The cost is that of the session. An agent that counts from zero again after a resume reports less than before. */
void acp_settle_cost(AcpState *s, const AdapterSink *sink) {
    int64_t more = s->cost_micros - s->cost_counted;
    EvUsage v = {.model = s->model.n ? s->model : STR("unknown"), .cost_micros = more < 0 ? s->cost_micros : more};
    s->cost_counted = s->cost_micros;
    if (v.cost_micros) sink->event(sink->arg, EV_KIND_USAGE, &v);
}

void acp_read_chunk_usage(AcpLine *l, const Json *usage) {
    int64_t input = positive(usage, "inputTokens"), cached = positive(usage, "cachedReadTokens");
    Tokens t = {
        .input = input > cached ? input - cached : 0, .output = positive(usage, "outputTokens"), .cache_read = cached};
    l->s->turn_counted = true;
    count_tokens(l, l->s->model, &t, 1);
    emit_context(l, input, l->s->window);
}

/* Per model, in Gemini CLI's own extension. */
static void count_models(AcpLine *l, const Json *models) {
    for (size_t i = 0; i < models->n; i++) {
        const Json *row = &models->items[i], *count = json_get(row, "token_count");
        Tokens t = {.input = positive(count, "input_tokens"), .output = positive(count, "output_tokens")};
        count_tokens(l, json_str(row, "model"), &t, 0);
    }
}

static void count_turn(AcpLine *l) {
    const Json *usage = json_get(l->rpc.result, "usage"), *models = json_at(l->rpc.result, "_meta.quota.model_usage");
    Tokens t = {.input = positive(usage, "inputTokens"),
                .output = positive(usage, "outputTokens"),
                .cache_read = positive(usage, "cachedReadTokens"),
                .cache_creation = positive(usage, "cachedWriteTokens")};
    if (!l->s->turn_counted && json_is(usage, JSON_OBJECT))
        count_tokens(l, l->s->model, &t, 0);
    else if (!l->s->turn_counted && json_is(models, JSON_ARRAY))
        count_models(l, models);
    l->s->turn_counted = false;
    acp_settle_cost(l->s, l->sink);
}

/* --- turns --- */

static const struct {
    const char *reason;
    TurnOutcome outcome;
    const char *text; /* of an error */
} reasons[] = {
    {"end_turn", TURN_OK, NULL},
    {"cancelled", TURN_INTERRUPTED, NULL},
    {"max_tokens", TURN_ERROR, "the answer reached the maximum number of tokens"},
    {"max_turn_requests", TURN_ERROR,
     "the turn reached the maximum number of requests to the model, or the agent saw itself in a loop"},
    {"refusal", TURN_ERROR, "the agent refused to continue"},
};

static void emit_end(AcpLine *l) {
    Str reason = text_clean(l->scratch, json_str(l->rpc.result, "stopReason"), CODE_MAX);
    EvTurnEnd v = {.outcome = TURN_OK, .code = reason};
    for (size_t i = 0; i < COUNT_OF(reasons); i++) {
        if (!str_is(reason, reasons[i].reason)) continue;
        v.outcome = reasons[i].outcome;
        if (reasons[i].text) v.text = str(reasons[i].text);
    }
    l->sink->event(l->sink->arg, EV_KIND_TURN_END, &v);
}

void acp_end_turn(AcpLine *l) {
    if (l->rpc.kind == RPC_RESULT) acp_note_answer(l);
    acp_close_block(l);
    acp_end_tools(l);
    acp_void_asks(l->s, CANCEL_TURN_END, l->sink);
    count_turn(l);
    if (l->rpc.kind == RPC_ERROR)
        emit_error(l, code_of(l, l->rpc.error), acp_error_text(l, l->rpc.error), http_status(l, l->rpc.error));
    else
        emit_end(l);
}
