/* Usage and context of the claude CLI. Its results carry figures that are cumulative for the session, also across a
 * resume; the events carry differences, so that their sums are right whatever happens in between. */
#include <math.h>

#include "adapter/claude_int.h"
#include "base/mem.h"
#include "base/text_cut.h"

ClaudeModel *claude_find_model(ClaudeState *s, Str model) {
    for (size_t i = 0; i < s->models.n; i++)
        if (str_eq(s->models.items[i].model, model)) return &s->models.items[i];
    return NULL;
}

/* The model's row; the oldest is evicted when there are too many. */
static ClaudeModel *get_model(ClaudeLine *l, Str model) {
    ClaudeState *s = l->s;
    model = text_plain(l->scratch, model, CLAUDE_ID_MAX);
    ClaudeModel *m = claude_find_model(s, model);
    if (m) return m;
    if (s->models.n == CLAUDE_MODELS_MAX) {
        s->models.n--;
        memmove(s->models.items, s->models.items + 1, s->models.n * sizeof *s->models.items);
    }
    m = &s->models.items[s->models.n++];
    *m = (ClaudeModel){.model = arena_str(l->keep, model)};
    return m;
}

/* The window of the model that spoke last; until a result reports it, a default that is shown as assumed. */
static int64_t window_of(ClaudeState *s, int64_t used, bool *ret_assumed) {
    const ClaudeModel *m = claude_find_model(s, s->context_model);
    *ret_assumed = !m || !m->window;
    if (!*ret_assumed) return m->window;
    return used > CLAUDE_WINDOW_DEFAULT ? CLAUDE_WINDOW_LARGE : CLAUDE_WINDOW_DEFAULT;
}

void claude_set_context(ClaudeLine *l, int64_t used) {
    bool is_assumed;
    int64_t window = window_of(l->s, used, &is_assumed);
    if (used == l->s->context_used && window == l->s->context_window) return;
    l->s->context_used = used;
    l->s->context_window = window;
    double percent = round(100.0 * (double)used / (double)window);
    EvContext v = {.used = used, .window = window, .level = percent > 100 ? 100 : (int64_t)percent};
    if (is_assumed) GIVE(EvContext, &v, is_assumed, true);
    l->sink->event(l->sink->arg, EV_KIND_CONTEXT, &v);
}

/* Sums of hostile figures stay far below the range. */
static int64_t positive(const Json *o, const char *key) {
    static const int64_t tokens_max = 1ll << 50;
    int64_t v = json_i64(o, key, 0);
    if (v < 0) return 0;
    return v < tokens_max ? v : tokens_max;
}

/* Likewise their sum, whatever is sent in however many messages. */
static int64_t plus(int64_t sum, int64_t more) {
    static const int64_t sum_max = 1ll << 60;
    return sum + more < sum_max ? sum + more : sum_max;
}

/* Counts an answered request: its input as soon as the answer begins, its output as far as it is known. */
static void count_request(ClaudeLine *l, Str model, const Json *usage) {
    ClaudeModel *m = get_model(l, model);
    m->requests++;
    GIVE(ClaudeModel, m, open_input, plus(m->open_input, positive(usage, "input_tokens")));
    GIVE(ClaudeModel, m, open_cache_read, plus(m->open_cache_read, positive(usage, "cache_read_input_tokens")));
    GIVE(ClaudeModel, m, open_cache_creation,
         plus(m->open_cache_creation, positive(usage, "cache_creation_input_tokens")));
    GIVE(ClaudeModel, m, open_output, plus(m->open_output, positive(usage, "output_tokens")));
}

/* Only the input of the main thread's model is its context; a message that the CLI generated itself has no usage. */
void claude_count_message(ClaudeLine *l, ClaudeSpeaker *k, const Json *message) {
    static const char *const inputs[] = {"input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"};
    const Json *usage = json_get(message, "usage");
    Str model = json_str(message, "model");
    k->model = (Str){0};
    if (!k->message_id.n || str_is(model, "<synthetic>")) return;
    k->model = text_plain(l->keep, model, CLAUDE_ID_MAX);
    GIVE(ClaudeSpeaker, k, output, positive(usage, "output_tokens"));
    count_request(l, k->model, usage);
    if (k->parent.n || !usage) return;
    int64_t used = 0;
    for (size_t i = 0; i < COUNT_OF(inputs); i++) used += positive(usage, inputs[i]);
    if (!used) return;
    l->s->context_model = k->model;
    claude_set_context(l, used);
}

void claude_count_output(ClaudeLine *l, ClaudeSpeaker *k, const Json *usage) {
    int64_t output = positive(usage, "output_tokens"), more = output - k->output;
    if (!k->model.n || more <= 0) return;
    ClaudeModel *m = get_model(l, k->model);
    GIVE(ClaudeModel, m, open_output, plus(m->open_output, more));
    GIVE(ClaudeSpeaker, k, output, output);
}

/* Counted for the model that answers now, because the failed request does not say which it was for. */
static Str model_in_use(const ClaudeState *s) { return s->context_model.n ? s->context_model : s->model; }

void claude_count_unseen(ClaudeLine *l, const ClaudeSpeaker *k, const Json *usage) {
    count_request(l, k->model.n ? k->model : model_in_use(l->s), usage);
}

void claude_count_error(ClaudeLine *l) {
    ClaudeModel *m = get_model(l, model_in_use(l->s));
    GIVE(ClaudeModel, m, errors, plus(m->errors, 1));
}

void claude_forget_open(ClaudeModel *m) {
    m->requests = m->errors = m->open_input = m->open_output = m->open_cache_read = m->open_cache_creation = 0;
    m->set = 0;
}

static ClaudeModel figures_of(const Json *v) {
    double cost = json_f64(v, "costUSD", 0) * 1e6;
    return (ClaudeModel){
        .input = positive(v, "inputTokens"),
        .output = positive(v, "outputTokens"),
        .cache_read = positive(v, "cacheReadInputTokens"),
        .cache_creation = positive(v, "cacheCreationInputTokens"),
        .cost_micros = cost > 0 && cost < 1e15 ? (int64_t)llround(cost) : 0,
    };
}

/* A session that was killed before its figures were written continues from older ones: then all of them are new. */
static bool is_older(const ClaudeModel *now, const ClaudeModel *before) {
    return now->input < before->input || now->output < before->output || now->cache_read < before->cache_read ||
           now->cache_creation < before->cache_creation;
}

static int64_t since(int64_t now, int64_t before) { return now > before ? now - before : 0; }

static const Json *member(const Json *o, Str name) {
    for (size_t i = 0; json_is(o, JSON_OBJECT) && i < o->n; i++)
        if (str_eq(o->members[i].key, name)) return &o->members[i].value;
    return NULL;
}

static ClaudeModel difference(const ClaudeModel *now, const ClaudeModel *before) {
    return (ClaudeModel){.input = since(now->input, before->input),
                         .output = since(now->output, before->output),
                         .cache_read = since(now->cache_read, before->cache_read),
                         .cache_creation = since(now->cache_creation, before->cache_creation),
                         .cost_micros = since(now->cost_micros, before->cost_micros),
                         .window = now->window};
}

static int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }

/* A CLI does not count an answer that was cut off, although it was paid for: then the log shows more. */
static void add_open(ClaudeModel *used, const ClaudeModel *m) {
    used->input = larger(used->input, m->open_input);
    used->output = larger(used->output, m->open_output);
    used->cache_read = larger(used->cache_read, m->open_cache_read);
    used->cache_creation = larger(used->cache_creation, m->open_cache_creation);
}

static void emit_usage(const AdapterSink *sink, const ClaudeModel *m, const ClaudeModel *used) {
    EvUsage v = {
        .model = m->model,
        .input = used->input,
        .output = used->output,
        .cache_read = used->cache_read,
        .cache_creation = used->cache_creation,
        .cost_micros = used->cost_micros,
        .requests = m->requests,
    };
    if (m->errors) GIVE(EvUsage, &v, errors, m->errors);
    if (used->window) GIVE(EvUsage, &v, window, used->window);
    if (v.input || v.output || v.cache_read || v.cache_creation || v.cost_micros || v.requests || v.errors)
        sink->event(sink->arg, EV_KIND_USAGE, &v);
}

/* A result's figures per model. */
typedef struct Figures {
    const Json *cumulative, *deltas; /* deltas: NULL if the CLI reports none */
    bool is_cut;                     /* its turn did not end on its own */
} Figures;

/* Newer CLIs report the difference themselves, which is right even for a fork whose parent we never saw. */
static void count_model(ClaudeLine *l, Str name, const Figures *f) {
    static const ClaudeModel zero = {0};
    const Json *cumulative = member(f->cumulative, name);
    ClaudeModel *m = get_model(l, name), now = figures_of(cumulative), delta = figures_of(member(f->deltas, name));
    now.window = delta.window = positive(cumulative, "contextWindow");
    ClaudeModel used = f->deltas ? delta : difference(&now, is_older(&now, m) ? &zero : m);
    if (f->is_cut) add_open(&used, m);
    emit_usage(l->sink, m, &used);
    now.model = m->model;
    if (!now.window) now.window = m->window;
    *m = now;
}

static void forget_figures(ClaudeState *s) {
    for (size_t i = 0; i < s->models.n; i++) {
        ClaudeModel *m = &s->models.items[i];
        m->input = m->output = m->cache_read = m->cache_creation = m->cost_micros = 0;
    }
}

/* Some CLIs continue counting when a session is resumed, others start at zero. They continue if the figures contain
 * both the last process's and this turn's output. */
static void settle_carried(ClaudeLine *l, const Json *models) {
    int64_t before = 0, now = 0, turn = positive(json_get(l->root, "usage"), "output_tokens");
    for (size_t i = 0; i < l->s->models.n; i++) before += l->s->models.items[i].output;
    for (size_t i = 0; json_is(models, JSON_OBJECT) && i < models->n && i < CLAUDE_MODELS_MAX; i++)
        now += positive(&models->members[i].value, "outputTokens");
    if (now < before + turn) forget_figures(l->s);
    l->s->is_carried = false;
}

/* Emits what a result leaves out: requests that were answered by other models, or that failed. Tokens are emitted only
 * if the result lists no model at all, because an answer may be counted under another name of its model. */
static void emit_rest(ClaudeState *s, bool adds_open, const AdapterSink *sink) {
    for (size_t i = 0; i < s->models.n; i++) {
        ClaudeModel *m = &s->models.items[i], used = {0};
        if (adds_open) add_open(&used, m);
        emit_usage(sink, m, &used);
        claude_forget_open(m);
    }
}

void claude_settle_usage(ClaudeState *s, const AdapterSink *sink) { emit_rest(s, true, sink); }

void claude_count_result(ClaudeLine *l, bool is_cut) {
    const Json *deltas = json_get(l->root, "model_usage_since_last_result");
    Figures f = {json_get(l->root, "modelUsage"), json_is(deltas, JSON_OBJECT) ? deltas : NULL, is_cut};
    size_t n = json_is(f.cumulative, JSON_OBJECT) ? f.cumulative->n : 0;
    if (l->s->is_carried) settle_carried(l, f.cumulative);
    for (size_t i = 0; i < n; i++) count_model(l, f.cumulative->members[i].key, &f);
    emit_rest(l->s, is_cut && n == 0, l->sink);
    if (l->s->context_used) claude_set_context(l, l->s->context_used);
}

/* A cleared conversation counts from zero again. */
void claude_reset_usage(ClaudeLine *l) {
    forget_figures(l->s);
    claude_set_context(l, 0);
}
