/* The Anthropic Messages dialect: one JSON object, or server-sent events (message_start ... message_stop). */
#include "base/mem.h"
#include "model/writer.h"

enum { JSON_PIECE = 48 }; /* bytes of a tool's input in one delta */

static void put_usage(JsonOut *o, const ModelUsage *u, int64_t output) {
    json_key(o, STR("usage"));
    json_begin_object(o);
    json_kv_i64(o, "input_tokens", u->input);
    json_kv_i64(o, "cache_creation_input_tokens", u->cache_creation);
    json_kv_i64(o, "cache_read_input_tokens", u->cache_read);
    json_kv_i64(o, "output_tokens", output);
    json_end_object(o);
}

static void put_head(ModelWriter *w, JsonOut *o) {
    json_kv_str(o, "id", writer_id(w, "msg", -1));
    json_kv_str(o, "type", STR("message"));
    json_kv_str(o, "role", STR("assistant"));
    json_kv_str(o, "model", w->ask->vars.model);
}

/* Writes "event: NAME\ndata: {"type": NAME,"; the caller adds the members. */
static JsonOut begin_event(ModelWriter *w, const char *name) {
    buf_add_fmt(&w->beat, "event: %s\ndata: ", name);
    JsonOut o = json_out(&w->beat);
    json_begin_object(&o);
    json_kv_str(&o, "type", str(name));
    return o;
}

static void end_event(JsonOut *o) {
    json_end_object(o);
    buf_add_str(o->buf, STR("\n\n"));
}

/* The initial usage reports one output token, as the real service does. */
static void stream_begin(ModelWriter *w) {
    JsonOut o = begin_event(w, "message_start");
    json_key(&o, STR("message"));
    json_begin_object(&o);
    put_head(w, &o);
    json_kv_raw(&o, "content", STR("[]"));
    json_kv_raw(&o, "stop_reason", STR("null"));
    json_kv_raw(&o, "stop_sequence", STR("null"));
    put_usage(&o, &w->usage, 1);
    json_end_object(&o);
    end_event(&o);
    o = begin_event(w, "ping");
    end_event(&o);
}

static void start_block(ModelWriter *w, Str block) {
    JsonOut o = begin_event(w, "content_block_start");
    json_kv_i64(&o, "index", w->index);
    json_kv_raw(&o, "content_block", block);
    end_event(&o);
}

static void delta(ModelWriter *w, const char *type, const char *member, Str text) {
    JsonOut o = begin_event(w, "content_block_delta");
    json_kv_i64(&o, "index", w->index);
    json_key(&o, STR("delta"));
    json_begin_object(&o);
    json_kv_str(&o, "type", str(type));
    json_kv_str(&o, member, text);
    json_end_object(&o);
    end_event(&o);
}

static void stop_block(ModelWriter *w) {
    JsonOut o = begin_event(w, "content_block_stop");
    json_kv_i64(&o, "index", w->index++);
    end_event(&o);
}

static void deltas(ModelWriter *w, const ModelText *t, const char *type, const char *member) {
    for (Str rest = t->text; rest.n;) {
        delta(w, type, member, writer_chunk(&rest, t->chunk));
        writer_wait(w, t->pace_ms);
    }
}

static void stream_text(ModelWriter *w, const ModelText *t) {
    start_block(w, STR("{\"type\":\"text\",\"text\":\"\"}"));
    deltas(w, t, "text_delta", "text");
    stop_block(w);
}

static void stream_thinking(ModelWriter *w, const ModelText *t) {
    start_block(w, STR("{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}"));
    deltas(w, t, "thinking_delta", "thinking");
    delta(w, "signature_delta", "signature", STR("c2NyaXB0ZWQ="));
    stop_block(w);
}

static Str tool_block(ModelWriter *w, Str name, Str input) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, w->beat.max);
    JsonOut o = json_out(&b);
    json_begin_object(&o);
    json_kv_str(&o, "type", STR("tool_use"));
    json_kv_str(&o, "id", writer_id(w, "toolu", w->index));
    json_kv_str(&o, "name", name);
    json_kv_raw(&o, "input", input);
    json_end_object(&o);
    return arena_str(w->arena, buf_str(&b));
}

static void stream_tool(ModelWriter *w, Str name, Str input) {
    start_block(w, tool_block(w, name, STR("{}")));
    for (Str rest = input; rest.n;) delta(w, "input_json_delta", "partial_json", writer_chunk(&rest, JSON_PIECE));
    stop_block(w);
}

static void stream_error(ModelWriter *w, Str type, Str message) {
    JsonOut o = begin_event(w, "error");
    json_key(&o, STR("error"));
    json_begin_object(&o);
    json_kv_str(&o, "type", type);
    json_kv_str(&o, "message", message);
    json_end_object(&o);
    end_event(&o);
}

static void stream_end(ModelWriter *w) {
    JsonOut o = begin_event(w, "message_delta");
    json_key(&o, STR("delta"));
    json_begin_object(&o);
    json_kv_str(&o, "stop_reason", w->stop);
    json_kv_raw(&o, "stop_sequence", STR("null"));
    json_end_object(&o);
    put_usage(&o, &w->usage, w->usage.output);
    end_event(&o);
    o = begin_event(w, "message_stop");
    end_event(&o);
}

const ModelWriterOps anthropic_stream = {stream_begin, stream_text,  stream_thinking,
                                         stream_tool,  stream_error, stream_end};

static void whole_begin(ModelWriter *w) { (void)w; }

static void add_block(ModelWriter *w, Str block) {
    Buf *blocks = &w->parts[0];
    if (blocks->n) buf_add_c(blocks, ',');
    buf_add_str(blocks, block);
    w->index++;
}

static void add_text_block(ModelWriter *w, const char *type, Str text) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, w->beat.max);
    JsonOut o = json_out(&b);
    json_begin_object(&o);
    json_kv_str(&o, "type", str(type));
    json_kv_str(&o, type, text);
    json_end_object(&o);
    add_block(w, buf_str(&b));
}

static void whole_text(ModelWriter *w, const ModelText *t) { add_text_block(w, "text", t->text); }
static void whole_thinking(ModelWriter *w, const ModelText *t) { add_text_block(w, "thinking", t->text); }
static void whole_tool(ModelWriter *w, Str name, Str input) { add_block(w, tool_block(w, name, input)); }

static void whole_error(ModelWriter *w, Str type, Str message) {
    buf_add_str(&w->beat, writer_error(w, type, message));
}

static void whole_end(ModelWriter *w) {
    JsonOut o = json_out(&w->beat);
    json_begin_object(&o);
    put_head(w, &o);
    json_kv_raw(&o, "content", arena_fmt(w->arena, "[" STR_FMT "]", STR_ARG(buf_str(&w->parts[0]))));
    json_kv_str(&o, "stop_reason", w->stop);
    json_kv_raw(&o, "stop_sequence", STR("null"));
    put_usage(&o, &w->usage, w->usage.output);
    json_end_object(&o);
}

const ModelWriterOps anthropic_whole = {whole_begin, whole_text, whole_thinking, whole_tool, whole_error, whole_end};
