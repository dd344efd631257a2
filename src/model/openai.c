/* OpenAI's Chat Completions, and who is compatible with it: one JSON object, or "data:" chunks ended by [DONE]. */
#include "base/mem.h"
#include "model/writer.h"

enum { JSON_PIECE = 48 };

static Str finish_of(Str stop) {
    static const struct {
        const char *stop;
        Str finish;
    } words[] = {{"tool_use", {"tool_calls", 10}}, {"max_tokens", {"length", 6}}, {"refusal", {"content_filter", 14}}};
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (str_is(stop, words[i].stop)) return words[i].finish;
    return STR("stop");
}

static void put_usage(JsonOut *o, const ModelUsage *u) {
    int64_t prompt = u->input + u->cache_read + u->cache_creation;
    json_key(o, STR("usage"));
    json_begin_object(o);
    json_kv_i64(o, "prompt_tokens", prompt);
    json_kv_i64(o, "completion_tokens", u->output);
    json_kv_i64(o, "total_tokens", prompt + u->output);
    json_key(o, STR("prompt_tokens_details"));
    json_begin_object(o);
    json_kv_i64(o, "cached_tokens", u->cache_read);
    json_end_object(o);
    json_end_object(o);
}

static void put_head(ModelWriter *w, JsonOut *o, const char *object) {
    json_kv_str(o, "id", writer_id(w, "chatcmpl", -1));
    json_kv_str(o, "object", str(object));
    json_kv_i64(o, "created", 0);
    json_kv_str(o, "model", w->ask->vars.model);
}

/* One chunk: its delta as JSON, and the finish reason of the last one. */
static void chunk(ModelWriter *w, Str delta, Str finish) {
    buf_add_str(&w->beat, STR("data: "));
    JsonOut o = json_out(&w->beat);
    json_begin_object(&o);
    put_head(w, &o, "chat.completion.chunk");
    json_key(&o, STR("choices"));
    json_begin_array(&o);
    json_begin_object(&o);
    json_kv_i64(&o, "index", 0);
    json_kv_raw(&o, "delta", delta);
    if (finish.n)
        json_kv_str(&o, "finish_reason", finish);
    else
        json_kv_raw(&o, "finish_reason", STR("null"));
    json_end_object(&o);
    json_end_array(&o);
    json_end_object(&o);
    buf_add_str(&w->beat, STR("\n\n"));
}

/* The last chunk before [DONE], for who set stream_options.include_usage: no choices, only what it cost. */
static void usage_chunk(ModelWriter *w) {
    buf_add_str(&w->beat, STR("data: "));
    JsonOut o = json_out(&w->beat);
    json_begin_object(&o);
    put_head(w, &o, "chat.completion.chunk");
    json_kv_raw(&o, "choices", STR("[]"));
    put_usage(&o, &w->usage);
    json_end_object(&o);
    buf_add_str(&w->beat, STR("\n\n"));
}

static Str object_of(ModelWriter *w, const char *member, Str text) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, w->beat.max);
    JsonOut o = json_out(&b);
    json_begin_object(&o);
    json_kv_str(&o, member, text);
    json_end_object(&o);
    return arena_str(w->arena, buf_str(&b));
}

static void stream_begin(ModelWriter *w) { chunk(w, STR("{\"role\":\"assistant\",\"content\":\"\"}"), (Str){0}); }

static void chunks(ModelWriter *w, const ModelText *t, const char *member) {
    for (Str rest = t->text; rest.n;) {
        chunk(w, object_of(w, member, writer_chunk(&rest, t->chunk)), (Str){0});
        writer_wait(w, t->pace_ms);
    }
}

static void stream_text(ModelWriter *w, const ModelText *t) { chunks(w, t, "content"); }
static void stream_thinking(ModelWriter *w, const ModelText *t) { chunks(w, t, "reasoning_content"); }

/* One entry of tool_calls: the first carries id and name, later ones only arguments. */
static Str call_of(ModelWriter *w, Str name, Str arguments, bool has_index) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, w->beat.max);
    JsonOut o = json_out(&b);
    json_begin_object(&o);
    if (has_index) json_kv_i64(&o, "index", w->index);
    if (name.n) {
        json_kv_str(&o, "id", writer_id(w, "call", w->index));
        json_kv_str(&o, "type", STR("function"));
    }
    json_key(&o, STR("function"));
    json_begin_object(&o);
    if (name.n) json_kv_str(&o, "name", name);
    json_kv_str(&o, "arguments", arguments);
    json_end_object(&o);
    json_end_object(&o);
    return arena_str(w->arena, buf_str(&b));
}

static void call_chunk(ModelWriter *w, Str call) {
    chunk(w, arena_fmt(w->arena, "{\"tool_calls\":[" STR_FMT "]}", STR_ARG(call)), (Str){0});
}

static void stream_tool(ModelWriter *w, Str name, Str input) {
    call_chunk(w, call_of(w, name, STR(""), true));
    for (Str rest = input; rest.n;) call_chunk(w, call_of(w, (Str){0}, writer_chunk(&rest, JSON_PIECE), true));
    w->index++;
}

static void stream_error(ModelWriter *w, Str type, Str message) {
    buf_add_fmt(&w->beat, "data: " STR_FMT "\n\n", STR_ARG(writer_error(w, type, message)));
}

static void stream_end(ModelWriter *w) {
    chunk(w, STR("{}"), finish_of(w->stop));
    if (w->ask->wants_usage) usage_chunk(w);
    buf_add_str(&w->beat, STR("data: [DONE]\n\n"));
}

const ModelWriterOps openai_stream = {stream_begin, stream_text,  stream_thinking,
                                      stream_tool,  stream_error, stream_end};

static void whole_begin(ModelWriter *w) { (void)w; }
static void whole_text(ModelWriter *w, const ModelText *t) { buf_add_str(&w->parts[0], t->text); }
static void whole_thinking(ModelWriter *w, const ModelText *t) { (void)w, (void)t; }

static void whole_tool(ModelWriter *w, Str name, Str input) {
    if (w->parts[1].n) buf_add_c(&w->parts[1], ',');
    buf_add_str(&w->parts[1], call_of(w, name, input, false));
    w->index++;
}

static void whole_error(ModelWriter *w, Str type, Str message) {
    buf_add_str(&w->beat, writer_error(w, type, message));
}

static void whole_end(ModelWriter *w) {
    JsonOut o = json_out(&w->beat);
    json_begin_object(&o);
    put_head(w, &o, "chat.completion");
    json_key(&o, STR("choices"));
    json_begin_array(&o);
    json_begin_object(&o);
    json_kv_i64(&o, "index", 0);
    json_key(&o, STR("message"));
    json_begin_object(&o);
    json_kv_str(&o, "role", STR("assistant"));
    json_kv_str(&o, "content", buf_str(&w->parts[0]));
    if (w->parts[1].n)
        json_kv_raw(&o, "tool_calls", arena_fmt(w->arena, "[" STR_FMT "]", STR_ARG(buf_str(&w->parts[1]))));
    json_end_object(&o);
    json_kv_str(&o, "finish_reason", finish_of(w->stop));
    json_end_object(&o);
    json_end_array(&o);
    put_usage(&o, &w->usage);
    json_end_object(&o);
}

const ModelWriterOps openai_whole = {whole_begin, whole_text, whole_thinking, whole_tool, whole_error, whole_end};
