/* Writers of answers: one table of functions per dialect and form (streamed or whole). Internal to model/. */
#pragma once

#include "base/vec.h"
#include "model/answer.h"

typedef struct ModelUsage {
    int64_t input, cache_read, cache_creation, output;
} ModelUsage;

typedef struct ModelText {
    Str text;
    size_t chunk;    /* bytes per delta */
    int64_t pace_ms; /* between two deltas */
} ModelText;

typedef struct ModelWriter ModelWriter;
typedef struct ModelWriterOps {
    void (*begin)(ModelWriter *w);
    void (*text)(ModelWriter *w, const ModelText *t);
    void (*thinking)(ModelWriter *w, const ModelText *t);
    void (*tool)(ModelWriter *w, Str name, Str input);
    void (*error)(ModelWriter *w, Str type, Str message);
    void (*end)(ModelWriter *w);
} ModelWriterOps;
extern const ModelWriterOps anthropic_stream, anthropic_whole, openai_stream, openai_whole, responses_stream,
    responses_whole, gemini_stream, gemini_whole;

struct ModelWriter {
    const ModelWriterOps *ops;
    const ModelAsk *ask;
    ModelUsage usage;
    Str stop;
    Arena *arena;
    Buf beat;        /* bytes to write before the next wait */
    int64_t wait_ms; /* before `beat` */
    VEC(ModelBeat) beats;
    int64_t index;                     /* of the block, the output item, or the tool call */
    int64_t sequence;                  /* of the event, where the dialect counts them */
    Buf parts[2];                      /* whole answers and Responses: blocks, items or text; tool calls */
    bool is_over, drops, is_malformed; /* is_malformed: a call that Gemini cannot express */
};

void writer_init(ModelWriter *w, const ModelAsk *ask, ModelUsage usage, Str stop, Arena *a);
/* Ends the current beat; the next one follows `ms` later. */
void writer_wait(ModelWriter *w, int64_t ms);
/* Moves the beats into the answer and frees the writer. */
void writer_take(ModelWriter *w, ModelAnswer *ret);
/* Cuts off the next chunk, between characters. */
Str writer_chunk(Str *rest, size_t n);
/* An error in the middle of an answer, as the dialect's JSON object. */
Str writer_error(ModelWriter *w, Str type, Str message);
/* "msg_scripted_<run>_<number>", or with an index the id of a tool call. */
Str writer_id(const ModelWriter *w, const char *prefix, int64_t index);
