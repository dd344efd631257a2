#include "model/writer.h"

#include "base/mem.h"

enum { BEAT_MAX = 64 * 1024 * 1024 };

void writer_init(ModelWriter *w, const ModelAsk *ask, ModelUsage usage, Str stop, Arena *a) {
    static const ModelWriterOps *const ops[DIALECT_COUNT][2] = {
        [DIALECT_ANTHROPIC] = {&anthropic_whole, &anthropic_stream},
        [DIALECT_OPENAI] = {&openai_whole, &openai_stream},
        [DIALECT_RESPONSES] = {&responses_whole, &responses_stream},
        [DIALECT_GEMINI] = {&gemini_whole, &gemini_stream},
    };
    *w = (ModelWriter){.ops = ops[ask->dialect][ask->is_stream], .ask = ask, .usage = usage, .stop = stop, .arena = a};
    buf_init(&w->beat, BEAT_MAX);
    for (size_t i = 0; i < COUNT_OF(w->parts); i++) buf_init(&w->parts[i], BEAT_MAX);
}

void writer_wait(ModelWriter *w, int64_t ms) {
    if (ms <= 0) return;
    if (w->beat.n) {
        vec_push(&w->beats, (ModelBeat){.wait_ms = w->wait_ms, .bytes = arena_str(w->arena, buf_str(&w->beat))});
        buf_clear(&w->beat);
        w->wait_ms = 0;
    }
    w->wait_ms += ms;
}

void writer_take(ModelWriter *w, ModelAnswer *ret) {
    if (w->beat.n || w->wait_ms)
        vec_push(&w->beats, (ModelBeat){.wait_ms = w->wait_ms, .bytes = arena_str(w->arena, buf_str(&w->beat))});
    ret->beats = arena_array(w->arena, w->beats.n + 1, sizeof *ret->beats);
    ret->n_beats = w->beats.n;
    for (size_t i = 0; i < w->beats.n; i++) ret->beats[i] = w->beats.items[i];
    vec_done(&w->beats);
    buf_done(&w->beat);
    for (size_t i = 0; i < COUNT_OF(w->parts); i++) buf_done(&w->parts[i]);
}

Str writer_chunk(Str *rest, size_t n) {
    size_t at = n < rest->n ? n : rest->n;
    while (at < rest->n && ((unsigned char)rest->p[at] & 0xc0) == 0x80) at++;
    Str chunk = str_upto(*rest, at);
    *rest = str_from(*rest, at);
    return chunk;
}

Str writer_error(ModelWriter *w, Str type, Str message) {
    ModelAnswer error;
    ModelFailure f = {.dialect = w->ask->dialect, .status = 500, .type = type, .message = message, .retry_after_s = -1};
    model_error(&f, w->arena, &error);
    return error.beats[0].bytes;
}

Str writer_id(const ModelWriter *w, const char *prefix, int64_t index) {
    unsigned long long number = w->ask->number;
    if (index < 0) return arena_fmt(w->arena, "%s_scripted_" STR_FMT "_%llu", prefix, STR_ARG(w->ask->run), number);
    return arena_fmt(w->arena, "%s_scripted_" STR_FMT "_%llu_%lld", prefix, STR_ARG(w->ask->run), number,
                     (long long)index);
}
