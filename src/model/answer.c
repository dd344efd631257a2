#include "model/answer.h"

#include "base/mem.h"
#include "base/vec.h"
#include "model/writer.h"

enum { BODY_MAX = 64 * 1024 * 1024, TEXT_MAX = 16 * 1024 * 1024 };

static const ScriptStep ok_step = {.content = {.items = (ScriptPiece[]){{.text = {"ok", 2}, .repeat = 1}}, .n = 1}};

int64_t model_tokens(size_t bytes) { return (int64_t)(bytes / 4) + 1; }

static Str error_type(int status) {
    static const struct {
        int status;
        Str type;
    } types[] = {
        {400, {"invalid_request_error", 21}}, {401, {"authentication_error", 20}}, {403, {"permission_error", 16}},
        {404, {"not_found_error", 15}},       {413, {"request_too_large", 17}},    {429, {"rate_limit_error", 16}},
        {529, {"overloaded_error", 16}},
    };
    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (types[i].status == status) return types[i].type;
    return STR("api_error");
}

static void one_beat(ModelAnswer *ret, Str body, Arena *a) {
    ret->beats = arena_new_in(a, ModelBeat);
    ret->beats[0].bytes = body;
    ret->n_beats = 1;
}

void model_error(ModelDialect d, int status, Str type, Str message, Arena *a, ModelAnswer *ret) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, BODY_MAX);
    JsonOut o = json_out(&b);
    json_begin_object(&o);
    if (d == DIALECT_ANTHROPIC) json_kv_str(&o, "type", STR("error"));
    json_key(&o, STR("error"));
    json_begin_object(&o);
    json_kv_str(&o, "type", type.n ? type : error_type(status));
    json_kv_str(&o, "message", message.n ? message : STR("This failure is scripted."));
    json_end_object(&o);
    json_end_object(&o);
    *ret = (ModelAnswer){.status = status, .content_type = "application/json", .retry_after_s = -1};
    one_beat(ret, arena_str(a, buf_str(&b)), a);
}

/* The text of a piece: expanded, then repeated within bounds. */
static Str piece_text(const ScriptPiece *p, Str text, const ModelAsk *ask, Arena *a) {
    text = script_expand(text, &ask->vars, a);
    if (p->repeat <= 1) return text;
    CLEANUP(buf_done) Buf b;
    buf_init(&b, TEXT_MAX);
    for (int64_t i = 0; i < p->repeat && !b.failed; i++) buf_add_str(&b, text);
    return arena_str(a, buf_str(&b));
}

static int64_t chunk_of(const ScriptPiece *p, Str once, Str whole) {
    if (p->chunk) return p->chunk;
    if (p->repeat > 1 && p->pace) return (int64_t)once.n;
    return whole.n / 256 > 32 ? (int64_t)whole.n / 256 : 32;
}

static Str tool_input(const ScriptPiece *p, const ModelAsk *ask, Arena *a) {
    if (p->raw.n) return p->raw;
    return script_expand_json(p->input.n ? p->input : STR("{}"), &ask->vars, a);
}

static void put_piece(ModelWriter *w, const ScriptPiece *p, const ModelAsk *ask, Arena *a) {
    if (p->text.p || p->thinking.p) {
        Str once = script_expand(p->text.p ? p->text : p->thinking, &ask->vars, a);
        Str whole = piece_text(p, p->text.p ? p->text : p->thinking, ask, a);
        ModelText t = {.text = whole, .chunk = (size_t)chunk_of(p, once, whole), .pace_ms = p->pace};
        if (p->text.p)
            w->ops->text(w, &t);
        else
            w->ops->thinking(w, &t);
    } else if (p->tool.p) {
        w->ops->tool(w, p->tool, tool_input(p, ask, a));
    } else if (p->error.p) {
        w->ops->error(w, p->type.n ? p->type : STR("overloaded_error"), p->error);
        w->is_over = true;
    } else if (p->drop) {
        w->drops = w->is_over = true;
    } else {
        writer_wait(w, p->sleep);
    }
}

static Str stop_of(const ScriptStep *step) {
    if (step->stop.n) return step->stop;
    for (size_t i = 0; i < step->content.n; i++)
        if (step->content.items[i].tool.p) return STR("tool_use");
    return STR("end_turn");
}

static ModelUsage usage_of(const ScriptStep *step) {
    size_t bytes = 0;
    for (size_t i = 0; i < step->content.n; i++) {
        const ScriptPiece *p = &step->content.items[i];
        bytes += (p->text.n + p->thinking.n) * (size_t)(p->repeat ? p->repeat : 1) + p->input.n + p->raw.n;
    }
    ModelUsage u = {.input = 1200, .output = model_tokens(bytes)};
    if (!step->usage) return u;
    u.input = step->usage->input;
    u.cache_read = step->usage->cache_read;
    u.cache_creation = step->usage->cache_creation;
    if (HAS(ScriptUsage, step->usage, output)) u.output = step->usage->output;
    return u;
}

void model_answer(const ModelAsk *ask, const ScriptStep *step, bool fails, Arena *a, ModelAnswer *ret) {
    if (!step) step = &ok_step;
    if (fails) {
        model_error(ask->dialect, (int)step->status, step->type, script_expand(step->message, &ask->vars, a), a, ret);
        if (HAS(ScriptStep, step, retry_after)) ret->retry_after_s = step->retry_after;
        ret->delay_ms = step->delay;
        return;
    }
    ModelWriter w;
    writer_init(&w, ask, usage_of(step), stop_of(step), a);
    w.ops->begin(&w);
    for (size_t i = 0; i < step->content.n && !w.is_over; i++) put_piece(&w, &step->content.items[i], ask, a);
    if (!w.is_over) w.ops->end(&w);
    *ret = (ModelAnswer){
        .status = 200,
        .content_type = ask->is_stream ? "text/event-stream" : "application/json",
        .retry_after_s = -1,
        .delay_ms = step->delay,
        .is_stream = ask->is_stream,
        .drops = w.drops,
    };
    writer_take(&w, ret);
}
