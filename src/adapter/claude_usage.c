/* Usage and context of the claude CLI. Its results carry figures that are cumulative for the session, also across
 * resume; what is told are differences, so that their sums are right whatever happens in between. */
#include <math.h>

#include "adapter/claude_int.h"
#include "base/mem.h"
#include "base/text_cut.h"

static ClaudeModel *find_model(ClaudeState *s, Str model) {
    for (size_t i = 0; i < s->models.n; i++)
        if (str_eq(s->models.items[i].model, model)) return &s->models.items[i];
    return NULL;
}

/* The model's row; the oldest one makes room when there are too many. */
static ClaudeModel *get_model(ClaudeLine *l, Str model) {
    ClaudeState *s = l->s;
    model = text_plain(l->scratch, model, CLAUDE_ID_MAX);
    ClaudeModel *m = find_model(s, model);
    if (m) return m;
    if (s->models.n == CLAUDE_MODELS_MAX) {
        s->models.n--;
        memmove(s->models.items, s->models.items + 1, s->models.n * sizeof *s->models.items);
    }
    m = &s->models.items[s->models.n++];
    *m = (ClaudeModel){.model = arena_str(l->keep, model)};
    return m;
}

/* Of the model that spoke last; before a result told it, a default that is shown as assumed. */
static int64_t window_of(ClaudeState *s, int64_t used, bool *ret_assumed) {
    const ClaudeModel *m = find_model(s, s->context_model);
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

/* Only what the main thread's model was given counts; a message that the CLI made up itself has no usage. */
void claude_count_message(ClaudeLine *l, Str model, Str message_id, const Json *usage, bool is_main) {
    static const char *const inputs[] = {"input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"};
    if (!message_id.n || str_is(model, "<synthetic>")) return;
    get_model(l, model)->requests++;
    if (!is_main || !usage) return;
    int64_t used = 0;
    for (size_t i = 0; i < COUNT_OF(inputs); i++) used += positive(usage, inputs[i]);
    if (!used) return;
    l->s->context_model = text_plain(l->keep, model, CLAUDE_ID_MAX);
    claude_set_context(l, used);
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

/* A session that was killed before its figures were written goes on from older ones: then all of them are new. */
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

static void tell_usage(ClaudeLine *l, const ClaudeModel *m, const ClaudeModel *now, const ClaudeModel *before) {
    EvUsage v = {
        .model = m->model,
        .input = since(now->input, before->input),
        .output = since(now->output, before->output),
        .cache_read = since(now->cache_read, before->cache_read),
        .cache_creation = since(now->cache_creation, before->cache_creation),
        .cost_micros = since(now->cost_micros, before->cost_micros),
        .requests = m->requests,
    };
    if (v.input || v.output || v.cache_read || v.cache_creation || v.cost_micros)
        l->sink->event(l->sink->arg, EV_KIND_USAGE, &v);
}

/* Newer CLIs give the difference themselves, which is right even for a fork whose parent we never saw. */
static void count_model(ClaudeLine *l, Str name, const Json *cumulative, const Json *deltas) {
    static const ClaudeModel zero = {0};
    ClaudeModel *m = get_model(l, name), now = figures_of(cumulative), delta = figures_of(member(deltas, name));
    if (deltas)
        tell_usage(l, m, &delta, &zero);
    else
        tell_usage(l, m, &now, is_older(&now, m) ? &zero : m);
    now.model = m->model;
    now.window = positive(cumulative, "contextWindow");
    if (!now.window) now.window = m->window;
    *m = now;
}

static void forget_figures(ClaudeState *s) {
    for (size_t i = 0; i < s->models.n; i++) {
        ClaudeModel *m = &s->models.items[i];
        *m = (ClaudeModel){.model = m->model, .window = m->window, .requests = m->requests};
    }
}

/* Some CLIs go on counting when a session is resumed, others start at zero. They go on if the figures hold both the
 * last process's and this turn's output. */
static void settle_carried(ClaudeLine *l, const Json *models) {
    int64_t before = 0, now = 0, turn = positive(json_get(l->root, "usage"), "output_tokens");
    for (size_t i = 0; i < l->s->models.n; i++) before += l->s->models.items[i].output;
    for (size_t i = 0; json_is(models, JSON_OBJECT) && i < models->n && i < CLAUDE_MODELS_MAX; i++)
        now += positive(&models->members[i].value, "outputTokens");
    if (now < before + turn) forget_figures(l->s);
    l->s->is_carried = false;
}

void claude_count_result(ClaudeLine *l) {
    const Json *models = json_get(l->root, "modelUsage"), *deltas = json_get(l->root, "model_usage_since_last_result");
    if (!json_is(deltas, JSON_OBJECT)) deltas = NULL;
    if (l->s->is_carried) settle_carried(l, models);
    for (size_t i = 0; json_is(models, JSON_OBJECT) && i < models->n; i++)
        count_model(l, models->members[i].key, &models->members[i].value, deltas);
    if (l->s->context_used) claude_set_context(l, l->s->context_used);
}

/* A cleared conversation counts from zero again. */
void claude_reset_usage(ClaudeLine *l) {
    forget_figures(l->s);
    claude_set_context(l, 0);
}
