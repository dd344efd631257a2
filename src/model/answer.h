/* Turns a step into the bytes of an answer, in any dialect. Pure; any thread.
 *
 * An answer is a list of beats: wait, then write. The server plays them.
 */
#pragma once

#include "model/scenario.h"

typedef struct ModelBeat {
    int64_t wait_ms;
    Str bytes;
} ModelBeat;

typedef struct ModelAnswer {
    int status;
    const char *content_type;
    int64_t retry_after_s; /* -1: no header */
    int64_t delay_ms;      /* before the head */
    ModelBeat *beats;      /* the body; a plain answer has one */
    size_t n_beats;
    bool is_stream;
    bool drops; /* the connection breaks after the last beat */
} ModelAnswer;

/* The context of an answer. */
typedef struct ModelAsk {
    ModelDialect dialect;
    bool is_stream;
    bool wants_usage; /* DIALECT_OPENAI: at the end of a stream only who asks for it gets it */
    uint64_t number;  /* of the request; part of generated ids */
    Str run;          /* of this server, so that ids do not repeat after a restart */
    ScriptVars vars;
    const Script *script;
    const History *history; /* what the request offers */
} ModelAsk;

/* step NULL: "ok". `fails`: whether a step that may fail does so this time. */
void model_answer(const ModelAsk *ask, const ScriptStep *step, bool fails, Arena *a, ModelAnswer *ret);
/* An error in the dialect's form. */
typedef struct ModelFailure {
    ModelDialect dialect;
    int status;
    Str type, message;     /* empty: the usual ones */
    int64_t retry_after_s; /* -1: not said */
} ModelFailure;
void model_error(const ModelFailure *f, Arena *a, ModelAnswer *ret);
/* A rough count, four bytes per token, for count_tokens and for steps without an output count. */
int64_t model_tokens(size_t bytes);
