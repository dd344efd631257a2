#include "model/answer.h"

#include "base/mem.h"
#include "base/vec.h"
#include "model/writer.h"

enum { TEXT_MAX = 16 * 1024 * 1024 };

static const ScriptStep ok_step = {.content = {.items = (ScriptPiece[]){{.text = {"ok", 2}, .repeat = 1}}, .n = 1}};

int64_t model_tokens(size_t bytes) { return (int64_t)(bytes / 4) + 1; }

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

/* A call in the words of the CLI that asks. */
static void put_tool(ModelWriter *w, const ScriptPiece *p, const ModelAsk *ask, Arena *a) {
    const ScriptTool *own = script_tool(ask->script, p->tool, ask->history);
    Str name = own ? own->name : p->tool, input = p->raw;
    if (!input.n) input = script_expand_json(p->input.n ? p->input : STR("{}"), &ask->vars, a);
    Json *args;
    if (own && !p->raw.n && json_parse(a, input, JSON_DEPTH_MAX, &args, NULL) == 0) {
        ScriptVars vars = ask->vars;
        vars.args = args;
        input = script_expand_json(own->input, &vars, a);
    }
    w->ops->tool(w, name, input);
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
        put_tool(w, p, ask, a);
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
        ModelFailure f = {.dialect = ask->dialect,
                          .status = (int)step->status,
                          .type = step->type,
                          .message = script_expand(step->message, &ask->vars, a),
                          .retry_after_s = HAS(ScriptStep, step, retry_after) ? step->retry_after : -1};
        model_error(&f, a, ret);
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
