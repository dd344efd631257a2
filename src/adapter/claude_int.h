/* Internal to the claude adapter: its state, and what its files share.
 *
 * The state is a shape and nothing else survives a line, so that saving it after any line is exact. Text in it is plain
 * or printable and bounded, so that all of it stays below ADAPTER_STATE_MAX even when JSON escapes it.
 */
#pragma once

#include "adapter/adapter.h"

enum {
    CLAUDE_ID_MAX = 128,
    CLAUDE_ASKS_MAX = 64,
    CLAUDE_MODELS_MAX = 16,
    CLAUDE_SPEAKERS_MAX = 16,
    CLAUDE_TASKS_MAX = 16,
    CLAUDE_PLAN_MAX = 8192,
    CLAUDE_STDERR_MAX = 4096,
    CLAUDE_WINDOW_DEFAULT = 200000,
    CLAUDE_WINDOW_LARGE = 1000000
};

#define CLAUDE_ASK(F, S)                                                               \
    F(S, STR, request_id, .max_bytes = CLAUDE_ID_MAX, .doc = "Of the control request") \
    F(S, STR, tool_id, .opt = 1, .max_bytes = CLAUDE_ID_MAX, .doc = "Of the tool call")
SHAPE(ClaudeAsk, CLAUDE_ASK);

/* The cumulative figures of the last result, from which the next differences are computed. */
#define CLAUDE_MODEL(F, S)                                                                                           \
    F(S, STR, model, .max_bytes = CLAUDE_ID_MAX, .doc = "Key of modelUsage")                                         \
    F(S, I64, window, .doc = "contextWindow; 0 = not reported", .min = 0, .max = INT64_MAX)                          \
    F(S, I64, input, .doc = "inputTokens", .min = 0, .max = INT64_MAX)                                               \
    F(S, I64, output, .doc = "outputTokens", .min = 0, .max = INT64_MAX)                                             \
    F(S, I64, cache_read, .doc = "cacheReadInputTokens", .min = 0, .max = INT64_MAX)                                 \
    F(S, I64, cache_creation, .doc = "cacheCreationInputTokens", .min = 0, .max = INT64_MAX)                         \
    F(S, I64, cost_micros, .doc = "costUSD", .min = 0, .max = INT64_MAX)                                             \
    F(S, I64, requests, .doc = "Messages seen since the last result", .min = 0, .max = INT64_MAX)                    \
    F(S, I64, errors, .opt = 1, .doc = "Requests that failed since the last result", .min = 0, .max = INT64_MAX)     \
    F(S, I64, open_input, .opt = 1, .doc = "Of the messages since the last result", .min = 0, .max = INT64_MAX)      \
    F(S, I64, open_output, .opt = 1, .doc = "Of the messages since the last result", .min = 0, .max = INT64_MAX)     \
    F(S, I64, open_cache_read, .opt = 1, .doc = "Of the messages since the last result", .min = 0, .max = INT64_MAX) \
    F(S, I64, open_cache_creation, .opt = 1, .doc = "Of the messages since the last result", .min = 0, .max = INT64_MAX)
SHAPE(ClaudeModel, CLAUDE_MODEL);

/* A speaker: the main thread (parent empty) or a subagent. Gives blocks their ids. */
#define CLAUDE_SPEAKER(F, S)                                                                             \
    F(S, STR, parent, .opt = 1, .max_bytes = CLAUDE_ID_MAX, .doc = "parent_tool_use_id")                 \
    F(S, STR, message_id, .max_bytes = CLAUDE_ID_MAX, .doc = "Message in progress")                      \
    F(S, I64, next, .doc = "Index of the next block without a stream event", .min = 0, .max = INT32_MAX) \
    F(S, I64, open, .doc = "Index of the streaming block; -1 = none", .min = -1, .max = INT32_MAX)       \
    F(S, STR, model, .opt = 1, .max_bytes = CLAUDE_ID_MAX, .doc = "Of the message in progress")          \
    F(S, I64, output, .opt = 1, .doc = "Its output tokens so far", .min = 0, .max = INT64_MAX)           \
    F(S, BOOL, is_asking, .opt = 1, .doc = "A subagent with new input: its next answer may not appear in the stream")
SHAPE(ClaudeSpeaker, CLAUDE_SPEAKER);

#define CLAUDE_STATE(F, S)                                                                                     \
    F(S, STR, session_id, .opt = 1, .max_bytes = CLAUDE_ID_MAX, .doc = "From the newest init")                 \
    F(S, STR, model, .opt = 1, .max_bytes = CLAUDE_ID_MAX, .doc = "From the newest init")                      \
    F(S, STR, mode, .opt = 1, .max_bytes = CLAUDE_ID_MAX, .doc = "Permission mode")                            \
    F(S, STR, version, .opt = 1, .max_bytes = CLAUDE_ID_MAX, .doc = "Of the CLI")                              \
    F(S, BOOL, is_resumable, .doc = "A session began")                                                         \
    F(S, BOOL, has_init, .doc = "This process began its session")                                              \
    F(S, BOOL, is_retrying, .doc = "The last event was a retry")                                               \
    F(S, BOOL, is_interrupting, .doc = "The CLI reported that the turn was interrupted, and it has not ended") \
    F(S, BOOL, is_carried, .doc = "The figures per model are those of the session's last process")             \
    F(S, BOOL, turn_failed, .doc = "The last result was not ok: exit code 1 repeats it")                       \
    F(S, I64, context_used, .doc = "As last emitted", .min = 0, .max = INT64_MAX)                              \
    F(S, I64, context_window, .doc = "As last emitted", .min = 0, .max = INT64_MAX)                            \
    F(S, STR, context_model, .opt = 1, .max_bytes = CLAUDE_ID_MAX, .doc = "Of the last main-thread message")   \
    F(S, STR, plan, .opt = 1, .max_bytes = CLAUDE_PLAN_MAX,                                                    \
      .doc = "From the newest ExitPlanMode call: its ask lacks it")                                            \
    F(S, STR, error_tail, .opt = 1, .max_bytes = CLAUDE_STDERR_MAX, .doc = "The end of stderr")                \
    F(S, LIST(ClaudeAsk), asks, .max = CLAUDE_ASKS_MAX, .doc = "Open asks")                                    \
    F(S, LIST(ClaudeModel), models, .max = CLAUDE_MODELS_MAX, .doc = "Per model")                              \
    F(S, LIST(ClaudeSpeaker), speakers, .max = CLAUDE_SPEAKERS_MAX, .doc = "Oldest first")                     \
    F(S, I64, commands, .opt = 1, .doc = "commands_sum of those it listed", .min = 0, .max = INT64_MAX)        \
    F(S, STRS, tasks, .opt = 1, .max = CLAUDE_TASKS_MAX, .item_max = CLAUDE_ID_MAX,                            \
      .doc = "Calls that began and have not ended")                                                            \
    F(S, STRS, bash_calls, .opt = 1, .max = CLAUDE_TASKS_MAX, .item_max = CLAUDE_ID_MAX,                       \
      .doc = "Open calls of Bash: what the end of any other call says is not an exit code")
SHAPE(ClaudeState, CLAUDE_STATE);

/* One line being read, passed from handler to handler. */
typedef struct ClaudeLine {
    ClaudeState *s;
    Arena *keep;    /* text that outlives the line */
    Arena *scratch; /* freed after the line */
    const Json *root;
    const AdapterSink *sink;
} ClaudeLine;

/* One line of stdout, already parsed. */
void claude_read_line(ClaudeLine *l);
/* Cancels every open ask. */
void claude_void_asks(ClaudeState *s, CancelWhy why, const AdapterSink *sink);

/* Usage and context (claude_usage.c). */
void claude_count_message(ClaudeLine *l, ClaudeSpeaker *k, const Json *message);
/* Updates the output tokens of the message in progress. */
void claude_count_output(ClaudeLine *l, ClaudeSpeaker *k, const Json *usage);
/* Counts a last answer that the stream does not show: older CLIs report a subagent's only with the end of its call. */
void claude_count_unseen(ClaudeLine *l, const ClaudeSpeaker *k, const Json *usage);
/* Counts a failed request to the model. */
void claude_count_error(ClaudeLine *l);
/* Emits what was used since the last result, when no further result will come. */
void claude_settle_usage(ClaudeState *s, const AdapterSink *sink);
void claude_forget_open(ClaudeModel *m);
ClaudeModel *claude_find_model(ClaudeState *s, Str model); /* NULL: not seen yet */
/* is_cut: its turn did not end on its own. */
void claude_count_result(ClaudeLine *l, bool is_cut);
void claude_set_context(ClaudeLine *l, int64_t used);
void claude_reset_usage(ClaudeLine *l);

/* Tool calls (claude_tool.c). */
typedef struct ClaudeTool {
    const char *name;
    ToolKind kind;
    const char *title_key; /* member of the input that describes the call in one line */
    const char *required;  /* the arguments that it must have, and those that it may have, between spaces; NULL: not */
    const char *optional;  /* known, or for no person to edit */
} ClaudeTool;
Str claude_tool_title(Str tool, const Json *input, Arena *a);
/* ERR_INVALID: `given` is not an input of the tool, which asked with `original`. */
int claude_check_input(Str tool, const Json *original, const Json *given, Err *e);
void claude_emit_tool_start(ClaudeLine *l, const Json *block, Str parent);
void claude_emit_tool_end(ClaudeLine *l, const Json *block, Str parent);
void claude_emit_task(ClaudeLine *l);
/* Background commands and subagents whose ids are known. */
void claude_begin_task(ClaudeLine *l);
void claude_end_task(ClaudeLine *l);
void claude_list_tasks(ClaudeLine *l);

/* Asks (claude_ask.c). */
void claude_read_control_request(ClaudeLine *l);
void claude_read_control_cancel(ClaudeLine *l);
void claude_forget_ask(ClaudeState *s, Str request_id);
bool claude_has_ask(const ClaudeState *s, Str request_id);
/* The tool ended, so nothing waits for an answer any more (stdin was closed, or the CLI denied it on its own). */
void claude_settle_ask(ClaudeState *s, Str tool_id, const AdapterSink *sink);
