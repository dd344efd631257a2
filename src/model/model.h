/* muster model: a scripted model on loopback, for the demo, the tests, and for trying out agents at no cost.
 *
 * It serves Anthropic's Messages, OpenAI's Chat Completions and Responses and Gemini's generateContent from a scenario
 * file (scenario.h), so that each agent CLI can be run against it. Every answer
 * has the header `x-muster-scripted: 1`, and the scripted model is never chosen silently. Loop thread only.
 */
#pragma once

#include "base/err.h"

typedef struct Loop Loop;
typedef struct Model Model;

typedef struct ModelConfig {
    const char *script; /* a file, or "demo" for the built-in one */
    int port;           /* on 127.0.0.1; 0 = any */
    const char *log;    /* file to which one JSON line per request is appended; NULL = none */
    const char *cwd;    /* ${cwd} if a request does not contain it; NULL = "." */
} ModelConfig;

/* Serves until model_stop. ERR_INVALID names the error in the script, ERR_CONFLICT the port in use; what was started by
 * then is closed in later turns of the loop. */
int model_start(Loop *l, const ModelConfig *c, Model **ret, int *ret_port, Err *e);
/* Ends every answer in progress; calls on_done (may be NULL) when nothing is left, after which the Model is freed. */
void model_stop(Model *m, void (*on_done)(void *arg), void *arg);

/* `muster model SCRIPT [--port N] [--log FILE] [--cwd DIR]`: serves until SIGINT or SIGTERM. */
int model_main(int argc, char **argv);
