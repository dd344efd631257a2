/* Internal to the Codex adapter: its state, and what its files share. (codex app-server, JSON-RPC over stdio without the
 * member `jsonrpc`; its schema: codex app-server generate-json-schema.)
 *
 * The state is a shape and nothing else survives a line. Text in it is plain and bounded, so that all of it stays below
 * ADAPTER_STATE_MAX even when JSON escapes it.
 */
#pragma once

#include "adapter/adapter.h"
#include "adapter/jsonrpc.h"

enum {
    CODEX_ID_MAX = 128,
    CODEX_PATH_MAX = 4096,
    CODEX_ASKS_MAX = 16,
    CODEX_TOOLS_MAX = 32,
    CODEX_PENDING_MAX = 8,
    CODEX_HELD_MAX = 6 * 1024,  /* of the change that may be asked about, as JSON */
    CODEX_TEXT_MAX = 12 * 1024, /* of the open message, as JSON */
    CODEX_STDERR_MAX = 2048
};

/* Our requests: their methods. */
#define CODEX_STEP_LIST(W)                  \
    W(CODEX_INITIALIZE, "initialize")       \
    W(CODEX_THREAD_START, "thread/start")   \
    W(CODEX_THREAD_RESUME, "thread/resume") \
    W(CODEX_THREAD_FORK, "thread/fork")     \
    W(CODEX_TURN_START, "turn/start")       \
    W(CODEX_TURN_INTERRUPT, "turn/interrupt")
ENUM_DECLARE(CodexStep, CODEX_STEP_LIST);

#define CODEX_PENDING(F, S)                                           \
    F(S, STR, id, .max_bytes = CODEX_ID_MAX, .doc = "Its id as JSON") \
    F(S, ENUM(CodexStep), step, .doc = "Its method")                  \
    F(S, ENUM(AgentMode), mode, .opt = 1, .doc = "That it sets")      \
    F(S, STR, model, .opt = 1, .max_bytes = CODEX_ID_MAX, .doc = "That it sets")
SHAPE(CodexPending, CODEX_PENDING);

#define CODEX_ASK(F, S)                                                                            \
    F(S, STR, request_id, .max_bytes = CODEX_ID_MAX, .doc = "Id of the CLI's request as JSON")     \
    F(S, STR, tool_id, .opt = 1, .max_bytes = CODEX_ID_MAX, .doc = "Of the item that it is about") \
    F(S, STR, thread, .opt = 1, .max_bytes = CODEX_ID_MAX, .doc = "That asks: the session, or a subagent's")
SHAPE(CodexAsk, CODEX_ASK);

#define CODEX_STATE(F, S)                                                                                              \
    F(S, STR, thread, .opt = 1, .max_bytes = CODEX_ID_MAX, .doc = "The session's id, as the CLI reported it")          \
    F(S, STR, turn, .opt = 1, .max_bytes = CODEX_ID_MAX, .doc = "The turn that runs")                                  \
    F(S, STR, version, .opt = 1, .max_bytes = CODEX_ID_MAX, .doc = "Of the CLI")                                       \
    F(S, STR, model, .opt = 1, .max_bytes = CODEX_ID_MAX, .doc = "In use")                                             \
    F(S, BOOL, is_retrying, .opt = 1, .doc = "The model's API failed, and nothing came since")                         \
    F(S, BOOL, has_session, .doc = "This process has opened its session")                                              \
    F(S, BOOL, is_resumable, .doc = "Something was said in the session")                                               \
    F(S, STR, folder, .opt = 1, .max_bytes = CODEX_PATH_MAX, .doc = "To open the session in")                          \
    F(S, STR, wanted, .opt = 1, .max_bytes = CODEX_ID_MAX, .doc = "The session to resume or to fork")                  \
    F(S, STR, lost, .opt = 1, .max_bytes = CODEX_ID_MAX, .doc = "One that the CLI no longer has: a new one is opened") \
    F(S, BOOL, wants_fork, .doc = "To fork it")                                                                        \
    F(S, ENUM(AgentMode), mode, .doc = "To work in")                                                                   \
    F(S, STR, wanted_model, .opt = 1, .max_bytes = CODEX_ID_MAX, .doc = "To begin with")                               \
    F(S, BOOL, is_unsure, .opt = 1, .doc = "A request that sets the mode or the model was not accepted yet")           \
    F(S, I64, permissions, .doc = "Kinds of tools that need no answer", .min = 0, .max = 7)                            \
    F(S, I64, context_used, .doc = "As last emitted", .min = 0, .max = INT64_MAX)                                      \
    F(S, I64, input_counted, .doc = "Input tokens of the session, as emitted", .min = 0, .max = INT64_MAX)             \
    F(S, I64, cached_counted, .doc = "Of these from the cache", .min = 0, .max = INT64_MAX)                            \
    F(S, I64, output_counted, .doc = "Output tokens of the session, as emitted", .min = 0, .max = INT64_MAX)           \
    F(S, STR, change_id, .opt = 1, .max_bytes = CODEX_ID_MAX, .doc = "The newest change of files")                     \
    F(S, STR, change, .opt = 1, .max_bytes = CODEX_HELD_MAX, .doc = "Its arguments: a request does not repeat them")   \
    F(S, STR, text_id, .opt = 1, .max_bytes = CODEX_ID_MAX, .doc = "The message that is being said")                   \
    F(S, STR, text, .opt = 1, .max_bytes = CODEX_TEXT_MAX,                                                             \
      .doc = "Its beginning: only a whole one is repeated at its end")                                                 \
    F(S, I64, text_size, .doc = "Bytes of it so far", .min = 0, .max = INT64_MAX)                                      \
    F(S, STR, error_tail, .opt = 1, .max_bytes = CODEX_STDERR_MAX, .doc = "The end of stderr")                         \
    F(S, LIST(CodexPending), pending, .max = CODEX_PENDING_MAX, .doc = "Requests without an answer, oldest first")     \
    F(S, LIST(CodexAsk), asks, .max = CODEX_ASKS_MAX, .doc = "Open asks")                                              \
    F(S, STRS, tools, .opt = 1, .max = CODEX_TOOLS_MAX, .item_max = CODEX_ID_MAX, .doc = "Calls without an end")
SHAPE(CodexState, CODEX_STATE);

/* One line being read. */
typedef struct CodexLine {
    CodexState *s;
    Arena *keep;    /* text that outlives the line */
    Arena *scratch; /* freed after the line */
    JsonRpc rpc;
    const AdapterSink *sink;
} CodexLine;

bool codex_forget_ask(CodexState *s, Str request_id); /* false: it was not open */
/* Those of one thread; of all if it is empty. */
void codex_void_asks(CodexLine *l, Str thread, CancelWhy why);

/* Items of a turn: what is said, and tool calls (codex_item.c). */
void codex_read_started(CodexLine *l);
void codex_read_completed(CodexLine *l);
void codex_read_delta(CodexLine *l);
void codex_read_output(CodexLine *l);
/* Ends what has not ended with its turn: calls, and a message, of which the CLI says nothing more. */
void codex_end_items(CodexLine *l);
/* A request for approval; false: it is another request. */
bool codex_read_approval(CodexLine *l);

/* The session, turns and usage (codex_turn.c). */
void codex_read_answer(CodexLine *l, const CodexPending *p);
bool codex_sets_options(const CodexPending *p); /* the mode or the model */
void codex_read_turn_started(CodexLine *l);
void codex_read_turn_completed(CodexLine *l);
void codex_read_usage(CodexLine *l);
void codex_read_error(CodexLine *l);

/* What is written in derivation, and encoders (codex_write.c). */
void codex_reply_open(CodexLine *l);
void codex_reply_decision(CodexLine *l, const char *decision);
void codex_reply_refusal(CodexLine *l, int code, Str message);
int codex_start(const AdapterTo *to, Buf *out, Err *e);
int codex_prompt(const AdapterTo *to, Str text, Buf *out, Err *e);
/* The mode in which a turn begins, as its request says; false: it says nothing. */
bool codex_heard_mode(const Json *params, AgentMode *ret);
int codex_answer(const AdapterTo *to, const AdapterAnswer *ans, Buf *out, Err *e);
int codex_interrupt(const AdapterTo *to, Str request_id, Buf *out, Err *e);
void codex_hear(Str bytes, Arena *a, AdapterHeard *ret);
