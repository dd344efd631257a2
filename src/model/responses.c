/* OpenAI's Responses: one JSON object, or server-sent events (response.created ... response.completed), each numbered.
 * An answer is a list of items: messages, thoughts (reasoning) and function calls; parts[0] collects the finished ones
 * for the last event. */
#include "base/mem.h"
#include "model/writer.h"

enum { JSON_PIECE = 48 };

static void put_usage(JsonOut *o, const ModelUsage *u) {
    int64_t input = u->input + u->cache_read + u->cache_creation;
    json_key(o, STR("usage"));
    json_begin_object(o);
    json_kv_i64(o, "input_tokens", input);
    json_key(o, STR("input_tokens_details"));
    json_begin_object(o);
    json_kv_i64(o, "cached_tokens", u->cache_read);
    json_end_object(o);
    json_kv_i64(o, "output_tokens", u->output);
    json_key(o, STR("output_tokens_details"));
    json_begin_object(o);
    json_kv_i64(o, "reasoning_tokens", 0);
    json_end_object(o);
    json_kv_i64(o, "total_tokens", input + u->output);
    json_end_object(o);
}

/* Why an answer is incomplete; empty: it is complete. */
static Str reason_of(Str stop) {
    if (str_is(stop, "max_tokens")) return STR("max_output_tokens");
    return str_is(stop, "refusal") ? STR("content_filter") : (Str){0};
}

static void put_response(ModelWriter *w, JsonOut *o, Str status) {
    Str reason = str_is(status, "incomplete") ? reason_of(w->stop) : (Str){0};
    json_begin_object(o);
    json_kv_str(o, "id", writer_id(w, "resp", -1));
    json_kv_str(o, "object", STR("response"));
    json_kv_i64(o, "created_at", 0);
    json_kv_str(o, "status", status);
    json_kv_str(o, "model", w->ask->vars.model);
    json_kv_raw(o, "output", arena_fmt(w->arena, "[" STR_FMT "]", STR_ARG(buf_str(&w->parts[0]))));
    json_kv_raw(o, "incomplete_details",
                reason.n ? arena_fmt(w->arena, "{\"reason\":\"" STR_FMT "\"}", STR_ARG(reason)) : STR("null"));
    if (!str_is(status, "in_progress")) put_usage(o, &w->usage);
}

/* Writes "event: NAME\ndata: {"type": NAME, "sequence_number": N,"; the caller adds the members. */
static JsonOut begin_event(ModelWriter *w, const char *name) {
    buf_add_fmt(&w->beat, "event: %s\ndata: ", name);
    JsonOut o = json_out(&w->beat);
    json_begin_object(&o);
    json_kv_str(&o, "type", str(name));
    json_kv_i64(&o, "sequence_number", w->sequence++);
    return o;
}

static void end_event(JsonOut *o) {
    json_end_object(o);
    buf_add_str(o->buf, STR("\n\n"));
}

static void response_event(ModelWriter *w, const char *name, Str status) {
    JsonOut o = begin_event(w, name);
    json_key(&o, STR("response"));
    put_response(w, &o, status);
    json_end_object(&o);
    end_event(&o);
}

static void stream_begin(ModelWriter *w) {
    response_event(w, "response.created", STR("in_progress"));
    response_event(w, "response.in_progress", STR("in_progress"));
}

/* What differs between the three kinds of items. */
typedef struct Item {
    const char *prefix, *part_name, *part_index, *delta_event, *done_event, *done_member;
} Item;
static const Item message_item = {
    "msg", "response.content_part", "content_index", "response.output_text.delta", "response.output_text.done", "text"};
static const Item thought_item = {"rs",
                                  "response.reasoning_summary_part",
                                  "summary_index",
                                  "response.reasoning_summary_text.delta",
                                  "response.reasoning_summary_text.done",
                                  "text"};
static const Item call_item = {
    "fc", NULL, NULL, "response.function_call_arguments.delta", "response.function_call_arguments.done", "arguments"};

static void item_event(ModelWriter *w, const char *name, Str item) {
    JsonOut o = begin_event(w, name);
    json_kv_i64(&o, "output_index", w->index);
    json_kv_raw(&o, "item", item);
    end_event(&o);
}

static JsonOut begin_part_event(ModelWriter *w, const Item *of, const char *name) {
    JsonOut o = begin_event(w, name);
    json_kv_str(&o, "item_id", writer_id(w, of->prefix, w->index));
    json_kv_i64(&o, "output_index", w->index);
    if (of->part_index) json_kv_i64(&o, of->part_index, 0);
    return o;
}

static void text_event(ModelWriter *w, const Item *of, const char *name, const char *member, Str text) {
    JsonOut o = begin_part_event(w, of, name);
    json_kv_str(&o, member, text);
    end_event(&o);
}

static void part_event(ModelWriter *w, const Item *of, const char *what, Str part) {
    JsonOut o = begin_part_event(w, of, arena_fmt(w->arena, "%s.%s", of->part_name, what).p);
    json_kv_raw(&o, "part", part);
    end_event(&o);
}

static Str text_part(ModelWriter *w, bool is_thought, Str text) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, w->beat.max);
    JsonOut o = json_out(&b);
    json_begin_object(&o);
    json_kv_str(&o, "type", is_thought ? STR("summary_text") : STR("output_text"));
    json_kv_str(&o, "text", text);
    if (!is_thought) json_kv_raw(&o, "annotations", STR("[]"));
    json_end_object(&o);
    return arena_str(w->arena, buf_str(&b));
}

/* A message or a thought with this part, or with none yet. */
static Str text_item(ModelWriter *w, bool is_thought, Str part) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, w->beat.max);
    JsonOut o = json_out(&b);
    json_begin_object(&o);
    json_kv_str(&o, "id", writer_id(w, is_thought ? "rs" : "msg", w->index));
    json_kv_str(&o, "type", is_thought ? STR("reasoning") : STR("message"));
    if (!is_thought) {
        json_kv_str(&o, "status", part.n ? STR("completed") : STR("in_progress"));
        json_kv_str(&o, "role", STR("assistant"));
    }
    json_kv_raw(&o, is_thought ? "summary" : "content", arena_fmt(w->arena, "[" STR_FMT "]", STR_ARG(part)));
    json_end_object(&o);
    return arena_str(w->arena, buf_str(&b));
}

static Str function_item(ModelWriter *w, Str name, Str arguments, bool is_done) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, w->beat.max);
    JsonOut o = json_out(&b);
    json_begin_object(&o);
    json_kv_str(&o, "id", writer_id(w, "fc", w->index));
    json_kv_str(&o, "type", STR("function_call"));
    json_kv_str(&o, "status", is_done ? STR("completed") : STR("in_progress"));
    json_kv_str(&o, "call_id", writer_id(w, "call", w->index));
    json_kv_str(&o, "name", name);
    json_kv_str(&o, "arguments", arguments);
    json_end_object(&o);
    return arena_str(w->arena, buf_str(&b));
}

static void keep_item(ModelWriter *w, Str item) {
    if (w->parts[0].n) buf_add_c(&w->parts[0], ',');
    buf_add_str(&w->parts[0], item);
    w->index++;
}

static void end_item(ModelWriter *w, Str item) {
    item_event(w, "response.output_item.done", item);
    keep_item(w, item);
}

static void stream_texts(ModelWriter *w, const ModelText *t, bool is_thought) {
    const Item *of = is_thought ? &thought_item : &message_item;
    item_event(w, "response.output_item.added", text_item(w, is_thought, (Str){0}));
    part_event(w, of, "added", text_part(w, is_thought, STR("")));
    for (Str rest = t->text; rest.n;) {
        text_event(w, of, of->delta_event, "delta", writer_chunk(&rest, t->chunk));
        writer_wait(w, t->pace_ms);
    }
    Str part = text_part(w, is_thought, t->text);
    text_event(w, of, of->done_event, of->done_member, t->text);
    part_event(w, of, "done", part);
    end_item(w, text_item(w, is_thought, part));
}

static void stream_text(ModelWriter *w, const ModelText *t) { stream_texts(w, t, false); }
static void stream_thinking(ModelWriter *w, const ModelText *t) { stream_texts(w, t, true); }

static void stream_tool(ModelWriter *w, Str name, Str input) {
    const Item *of = &call_item;
    item_event(w, "response.output_item.added", function_item(w, name, STR(""), false));
    for (Str rest = input; rest.n;) text_event(w, of, of->delta_event, "delta", writer_chunk(&rest, JSON_PIECE));
    text_event(w, of, of->done_event, of->done_member, input);
    end_item(w, function_item(w, name, input, true));
}

static void stream_error(ModelWriter *w, Str type, Str message) {
    JsonOut o = begin_event(w, "response.failed");
    json_key(&o, STR("response"));
    put_response(w, &o, STR("failed"));
    json_key(&o, STR("error"));
    json_begin_object(&o);
    json_kv_str(&o, "code", type);
    json_kv_str(&o, "message", message);
    json_end_object(&o);
    json_end_object(&o);
    end_event(&o);
}

static void stream_end(ModelWriter *w) {
    bool is_cut = reason_of(w->stop).n;
    response_event(w, is_cut ? "response.incomplete" : "response.completed",
                   is_cut ? STR("incomplete") : STR("completed"));
}

const ModelWriterOps responses_stream = {stream_begin, stream_text,  stream_thinking,
                                         stream_tool,  stream_error, stream_end};

static void whole_begin(ModelWriter *w) { (void)w; }
static void whole_text(ModelWriter *w, const ModelText *t) {
    keep_item(w, text_item(w, false, text_part(w, false, t->text)));
}
static void whole_thinking(ModelWriter *w, const ModelText *t) {
    keep_item(w, text_item(w, true, text_part(w, true, t->text)));
}
static void whole_tool(ModelWriter *w, Str name, Str input) { keep_item(w, function_item(w, name, input, true)); }
static void whole_error(ModelWriter *w, Str type, Str message) {
    buf_add_str(&w->beat, writer_error(w, type, message));
}

static void whole_end(ModelWriter *w) {
    JsonOut o = json_out(&w->beat);
    put_response(w, &o, reason_of(w->stop).n ? STR("incomplete") : STR("completed"));
    json_end_object(&o);
}

const ModelWriterOps responses_whole = {whole_begin, whole_text, whole_thinking, whole_tool, whole_error, whole_end};
