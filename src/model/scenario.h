/* Scenario files: what the scripted model answers, and which step of which scenario a request selects.
 *
 *     {"default": "demo", "scenarios": {"hello": [{"content": [{"text": "Hello."}]}]},
 *      "tools": {"Write": [{"name": "write", "input": {"filePath": "${file_path}", "content": "${content}"}}]}}
 *
 * A scenario is a list of steps, one per request. The last `@@name` (or `@@name#nonce`) in the newest user text that
 * has one selects the scenario, and the number of assistant messages after it the step. The request alone contains the
 * state, so agents can run in parallel, and resume and fork just work. `tools` says how other CLIs name a scenario's
 * tools: the first alternative that the request offers is called. Pure; any thread.
 */
#pragma once

#include "base/shape.h"
#include "model/history.h"

#define SCRIPT_PIECE(F, S)                                                                                           \
    F(S, STR, text, .opt = 1, .max_bytes = 1048576, .doc = "A text block")                                           \
    F(S, STR, thinking, .opt = 1, .max_bytes = 1048576, .doc = "A thinking block")                                   \
    F(S, STR, tool, .opt = 1, .max_bytes = 200, .doc = "A tool call of this name")                                   \
    F(S, ANY, input, .opt = 1, .max_bytes = 1048576, .doc = "The tool's arguments")                                  \
    F(S, STR, raw, .opt = 1, .max_bytes = 1048576, .doc = "The tool's arguments as sent, valid or not")              \
    F(S, I64, sleep, .opt = 1, .min = 0, .max = 600000, .doc = "Wait: milliseconds")                                 \
    F(S, STR, error, .opt = 1, .max_bytes = 4000, .doc = "The stream breaks with this error")                        \
    F(S, STR, type, .opt = 1, .max_bytes = 100, .doc = "The error's type; default overloaded_error")                 \
    F(S, BOOL, drop, .opt = 1, .doc = "The connection breaks")                                                       \
    F(S, I64, repeat, .opt = 1, .def = 1, .has_def = 1, .min = 1, .max = 1000000, .doc = "The text this many times") \
    F(S, I64, chunk, .opt = 1, .min = 0, .max = 1048576, .doc = "Bytes of the text a delta; default by length")      \
    F(S, I64, pace, .opt = 1, .min = 0, .max = 60000, .doc = "Milliseconds between two deltas")
SHAPE(ScriptPiece, SCRIPT_PIECE);

#define SCRIPT_USAGE(F, S)                                                                                            \
    F(S, I64, input, .opt = 1, .def = 1200, .has_def = 1, .min = 0, .max = 100000000, .doc = "Uncached input tokens") \
    F(S, I64, cache_read, .opt = 1, .min = 0, .max = 100000000, .doc = "Input tokens from the cache")                 \
    F(S, I64, cache_creation, .opt = 1, .min = 0, .max = 100000000, .doc = "Input tokens into the cache")             \
    F(S, I64, output, .opt = 1, .min = 0, .max = 100000000, .doc = "Output tokens; default by length")
SHAPE(ScriptUsage, SCRIPT_USAGE);

#define SCRIPT_STEP(F, S)                                                                                           \
    F(S, LIST(ScriptPiece), content, .opt = 1, .max = 200, .doc = "What is answered, in order")                     \
    F(S, OBJ(ScriptUsage), usage, .opt = 1, .doc = "The usage that the answer reports")                             \
    F(S, STR, stop, .opt = 1, .max_bytes = 100, .doc = "stop_reason; default tool_use after a tool, else end_turn") \
    F(S, I64, status, .opt = 1, .min = 400, .max = 599, .doc = "The request fails with this HTTP status")           \
    F(S, STR, type, .opt = 1, .max_bytes = 100, .doc = "The error's type; default by status")                       \
    F(S, STR, message, .opt = 1, .max_bytes = 4000, .doc = "The error's text")                                      \
    F(S, I64, times, .opt = 1, .min = 0, .max = 1000, .doc = "Fails only this often for one nonce, then answers")   \
    F(S, I64, retry_after, .opt = 1, .min = 0, .max = 3600, .doc = "Header of a failure, in seconds")               \
    F(S, I64, delay, .opt = 1, .min = 0, .max = 600000, .doc = "Milliseconds before the first byte")
SHAPE(ScriptStep, SCRIPT_STEP);

#define SCRIPT_TOOL(F, S)                                       \
    F(S, STR, name, .max_bytes = 200, .doc = "The tool's name") \
    F(S, ANY, input, .max_bytes = 65536, .doc = "Its arguments; ${x} is the argument x of the scenario's call")
SHAPE(ScriptTool, SCRIPT_TOOL);

typedef struct Script Script;

/* ERR_INVALID names scenario, step and field. */
int script_parse(Str file, Script **ret, Err *e);
void script_free(Script *s);
CLEANUP_HOOK(Script, script_free)

/* Determines what a request selects. */
typedef struct ScriptTurn {
    Str scenario; /* {NULL,0}: no marker and no default */
    Str nonce;    /* may be empty */
    int64_t step;
    Str user_text;           /* of the message that selected it; in the arena */
    const ScriptStep *found; /* NULL: unknown scenario, or past its last step; answered "ok" */
} ScriptTurn;
void script_turn(const Script *s, const History *h, Arena *a, ScriptTurn *ret);

/* Replaces ${cwd}, ${nonce}, ${model} and the arguments of a call; leaves others unchanged. */
typedef struct ScriptVars {
    Str cwd, nonce, model;
    const Json *args; /* an object; NULL: none */
} ScriptVars;
Str script_expand(Str text, const ScriptVars *v, Arena *a);
/* The same inside every string of a JSON value. A string that is only "${x}" becomes the argument x of any type. */
Str script_expand_json(Str json, const ScriptVars *v, Arena *a);
/* The tool that a request offers for a scenario's tool; NULL: the scenario's own. */
const ScriptTool *script_tool(const Script *s, Str name, const History *h);
