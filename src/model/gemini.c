/* Gemini's generateContent and streamGenerateContent (ai.google.dev/api/generate-content): one JSON object, or one per
 * "data:" event. A function call is never cut into pieces. */
#include "base/mem.h"
#include "model/writer.h"

static void put_usage(JsonOut *o, const ModelUsage *u) {
    int64_t prompt = u->input + u->cache_read + u->cache_creation;
    json_key(o, STR("usageMetadata"));
    json_begin_object(o);
    json_kv_i64(o, "promptTokenCount", prompt);
    json_kv_i64(o, "candidatesTokenCount", u->output);
    json_kv_i64(o, "totalTokenCount", prompt + u->output);
    json_kv_i64(o, "cachedContentTokenCount", u->cache_read);
    json_end_object(o);
}

static Str finish_of(const ModelWriter *w) {
    if (w->is_malformed) return STR("MALFORMED_FUNCTION_CALL");
    if (str_is(w->stop, "max_tokens")) return STR("MAX_TOKENS");
    return str_is(w->stop, "refusal") ? STR("SAFETY") : STR("STOP");
}

/* One answer object; `parts`: without brackets. The finish reason and the usage are in the last one. */
static void put_answer(ModelWriter *w, Str parts, bool is_last) {
    JsonOut o = json_out(&w->beat);
    json_begin_object(&o);
    json_key(&o, STR("candidates"));
    json_begin_array(&o);
    json_begin_object(&o);
    json_key(&o, STR("content"));
    json_begin_object(&o);
    json_kv_raw(&o, "parts", arena_fmt(w->arena, "[" STR_FMT "]", STR_ARG(parts)));
    json_kv_str(&o, "role", STR("model"));
    json_end_object(&o);
    if (is_last) json_kv_str(&o, "finishReason", finish_of(w));
    json_kv_i64(&o, "index", 0);
    json_end_object(&o);
    json_end_array(&o);
    if (is_last) put_usage(&o, &w->usage);
    json_kv_str(&o, "modelVersion", w->ask->vars.model);
    json_kv_str(&o, "responseId", writer_id(w, "resp", -1));
    json_end_object(&o);
}

static void event(ModelWriter *w, Str parts, bool is_last) {
    buf_add_str(&w->beat, STR("data: "));
    put_answer(w, parts, is_last);
    buf_add_str(&w->beat, STR("\r\n\r\n"));
}

static Str text_part(ModelWriter *w, Str text, bool is_thought) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, w->beat.max);
    JsonOut o = json_out(&b);
    json_begin_object(&o);
    json_kv_str(&o, "text", text);
    if (is_thought) json_kv_bool(&o, "thought", true);
    json_end_object(&o);
    return arena_str(w->arena, buf_str(&b));
}

/* Arguments that are no object cannot be written in this dialect: the service ends the answer instead. */
static Str call_part(ModelWriter *w, Str name, Str input) {
    Json *args;
    bool is_bad = json_parse(w->arena, input, JSON_DEPTH_MAX, &args, NULL) < 0 || args->type != JSON_OBJECT;
    w->is_malformed |= is_bad;
    if (is_bad) return (Str){0};
    CLEANUP(buf_done) Buf b;
    buf_init(&b, w->beat.max);
    JsonOut o = json_out(&b);
    json_begin_object(&o);
    json_key(&o, STR("functionCall"));
    json_begin_object(&o);
    json_kv_str(&o, "name", name);
    json_kv_raw(&o, "args", input);
    json_end_object(&o);
    json_end_object(&o);
    return arena_str(w->arena, buf_str(&b));
}

static void begin(ModelWriter *w) { (void)w; }

static void stream_texts(ModelWriter *w, const ModelText *t, bool is_thought) {
    for (Str rest = t->text; rest.n;) {
        event(w, text_part(w, writer_chunk(&rest, t->chunk), is_thought), false);
        writer_wait(w, t->pace_ms);
    }
}

static void stream_text(ModelWriter *w, const ModelText *t) { stream_texts(w, t, false); }
static void stream_thinking(ModelWriter *w, const ModelText *t) { stream_texts(w, t, true); }

static void stream_tool(ModelWriter *w, Str name, Str input) {
    Str part = call_part(w, name, input);
    if (part.n) event(w, part, false);
}

static void stream_error(ModelWriter *w, Str type, Str message) {
    buf_add_fmt(&w->beat, "data: " STR_FMT "\r\n\r\n", STR_ARG(writer_error(w, type, message)));
}

static void stream_end(ModelWriter *w) { event(w, (Str){0}, true); }

const ModelWriterOps gemini_stream = {begin, stream_text, stream_thinking, stream_tool, stream_error, stream_end};

static void add_part(ModelWriter *w, Str part) {
    if (part.n && w->parts[0].n) buf_add_c(&w->parts[0], ',');
    buf_add_str(&w->parts[0], part);
}

static void whole_text(ModelWriter *w, const ModelText *t) { add_part(w, text_part(w, t->text, false)); }
static void whole_thinking(ModelWriter *w, const ModelText *t) { add_part(w, text_part(w, t->text, true)); }
static void whole_tool(ModelWriter *w, Str name, Str input) { add_part(w, call_part(w, name, input)); }
static void whole_error(ModelWriter *w, Str type, Str message) {
    buf_add_str(&w->beat, writer_error(w, type, message));
}
static void whole_end(ModelWriter *w) { put_answer(w, buf_str(&w->parts[0]), true); }

const ModelWriterOps gemini_whole = {begin, whole_text, whole_thinking, whole_tool, whole_error, whole_end};
