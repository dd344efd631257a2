/* Usage and context of the claude CLI. Its results carry figures that are cumulative for the session, also across
 * resume; what is told are differences, so that their sums are right whatever happens in between. */
#include <math.h>

#include "agent/claude_int.h"
#include "agent/text_cut.h"
#include "base/mem.h"

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

static int64_t positive(const Json *o, const char *key) {
    int64_t v = json_i64(o, key, 0);
    return v > 0 ? v : 0;
}

/* Only what the main thread's model was given counts; a message that the CLI made up itself has no usage. Sums of
 * hostile figures stay far below the range. */
void claude_count_message(ClaudeLine *l, Str model, Str message_id, const Json *usage, bool is_main) {
    enum { TOKENS_MAX = 1 << 30 };
    static const char *const inputs[] = {
        "input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"};
    if (!message_id.n || str_is(model, "<synthetic>")) return;
    get_model(l, model)->requests++;
    if (!is_main || !usage) return;
    int64_t used = 0;
    for (size_t i = 0; i < COUNT_OF(inputs); i++) {
        int64_t n = positive(usage, inputs[i]);
        used += n < TOKENS_MAX ? n : TOKENS_MAX;
    }
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

static void count_model(ClaudeLine *l, Str name, const Json *cumulative) {
    ClaudeModel now = figures_of(cumulative), *m = get_model(l, name);
    ClaudeModel zero = {0};
    const ClaudeModel *before = is_older(&now, m) ? &zero : m;
    EvUsage v = {
        .model = m->model,
        .input = now.input - before->input,
        .output = now.output - before->output,
        .cache_read = now.cache_read - before->cache_read,
        .cache_creation = now.cache_creation - before->cache_creation,
        .cost_micros = now.cost_micros > before->cost_micros ? now.cost_micros - before->cost_micros : 0,
        .requests = m->requests,
    };
    now.model = m->model;
    now.window = positive(cumulative, "contextWindow");
    if (!now.window) now.window = m->window;
    *m = now;
    if (v.input || v.output || v.cache_read || v.cache_creation || v.cost_micros)
        l->sink->event(l->sink->arg, EV_KIND_USAGE, &v);
}

void claude_count_result(ClaudeLine *l) {
    const Json *models = json_get(l->root, "modelUsage");
    if (json_is(models, JSON_OBJECT))
        for (size_t i = 0; i < models->n; i++) count_model(l, models->members[i].key, &models->members[i].value);
    if (l->s->context_used) claude_set_context(l, l->s->context_used);
}
