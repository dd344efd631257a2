/* Shapes of the events that adapters emit during a turn: session, state, text, tools, asks. See event.h.
 *
 * All text is borrowed for the call. Text over its limit is cut at a character boundary and marked: `truncated`,
 * `size`.
 */
#pragma once

#include "adapter/ask_words.h"
#include "adapter/attachment.h"
#include "adapter/status.h"
#include "base/shape.h"

enum {
    EVENT_TEXT_MAX = 256 * 1024,    /* one block of text or thought, as an event shows it */
    EVENT_WHOLE_MAX = 16 << 20,     /* one block of text, as its message stores it */
    EVENT_OUTPUT_MAX = 64 * 1024,   /* a tool's output */
    EVENT_INPUT_MAX = 256 * 1024,   /* a tool's input as shown; JSON, long strings inside are cut */
    EVENT_ASK_MAX = 8 * 1024 * 1024 /* an ask's input: whole, since the answer echoes it */
};

#define CUT_(F, S)                                                                      \
    F(S, BOOL, truncated, .opt = 1, .doc = "The text was cut; size is its full length") \
    F(S, I64, size, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Bytes of the uncut text")
#define PARENT_(F, S) \
    F(S, STR, parent, .opt = 1, .max_bytes = 256, .doc = "Tool call of the subagent to which this belongs")

#define EV_SESSION(F, S)                                                                                  \
    F(S, STR, session_id, .max_bytes = 256, .doc = "The CLI's own session id")                            \
    F(S, STR, model, .opt = 1, .max_bytes = 256, .doc = "Model in use")                                   \
    F(S, STR, mode, .opt = 1, .max_bytes = 256, .doc = "The CLI's permission mode, in its own word")      \
    F(S, STR, version, .opt = 1, .max_bytes = 256, .doc = "Version of the CLI")                           \
    F(S, BOOL, plan_ended, .opt = 1, .doc = "The CLI has just left its plan mode: the plan was approved") \
    F(S, BOOL, resumable, .opt = 1, .doc = "The session can be resumed by its id")                        \
    F(S, BOOL, gone, .opt = 1, .doc = "The CLI no longer has this session and begins a new one instead")
SHAPE(EvSession, EV_SESSION);

/* ready: the handshake was answered. turn_begun: a prompt was written to the CLI. answered: an ask's answer was written
 * to it. background: the number of commands and subagents that run beside the turn or after it. */
#define CLI_STATE_LIST(W)           \
    W(CLI_READY, "ready")           \
    W(CLI_TURN_BEGUN, "turn_begun") \
    W(CLI_ANSWERED, "answered")     \
    W(CLI_RUNNING, "running")       \
    W(CLI_RETRYING, "retrying")     \
    W(CLI_BACKGROUND, "background") \
    W(CLI_IDLE, "idle")
ENUM_DECLARE(CliState, CLI_STATE_LIST);
enum { EV_RETRY_MS_MAX = 24 * 3600 * 1000 };
#define EV_STATE(F, S)                                                                                  \
    F(S, ENUM(CliState), state, .doc = "What the CLI is doing")                                         \
    F(S, BOOL, by_protocol, .doc = "The CLI reported it itself; otherwise it was deduced")              \
    F(S, STR, detail, .opt = 1, .max_bytes = 2000, .doc = "The error behind a retry; the answered ask") \
    F(S, I64, count, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "background: how many are running")   \
    F(S, I64, retry_ms, .opt = 1, .min = 0, .max = EV_RETRY_MS_MAX,                                     \
      .doc = "retrying: how long the CLI waits before it tries again")
SHAPE(EvState, EV_STATE);

/* text: a finished block. thought: the same for thinking. From an adapter a text is whole; its message stores it, and
 * the stored event shows as much as fits into one. */
#define EV_TEXT(F, S)                                                                                                \
    F(S, STR, block, .max_bytes = 300, .doc = "Id of the block; its deltas carry the same id")                       \
    F(S, STR, text, .max_bytes = EVENT_WHOLE_MAX, .doc = "The block; if over 256 KiB, its beginning")                \
    F(S, ID("msg"), message_id, .opt = 1, .doc = "The message that has all of it (get_message); only if it was cut") \
    PARENT_(F, S)                                                                                                    \
    F(S, BOOL, is_error, .opt = 1, .doc = "The CLI wrote it in place of an answer of the model")                     \
    F(S, BOOL, is_incomplete, .opt = 1, .doc = "The rest never came: these are the deltas that did")                 \
    CUT_(F, S)
SHAPE(EvText, EV_TEXT);

/* One for each line that carried a piece; adjacent deltas of one block may be joined when they are stored. */
#define EV_TEXT_DELTA(F, S)                                                            \
    F(S, STR, block, .max_bytes = 300, .doc = "Id of the block")                       \
    F(S, STR, text, .max_bytes = EVENT_TEXT_MAX, .doc = "Text to append to the block") \
    PARENT_(F, S)
SHAPE(EvTextDelta, EV_TEXT_DELTA);

#define TOOL_KIND_LIST(W)      \
    W(TOOL_OTHER, "other")     \
    W(TOOL_READ, "read")       \
    W(TOOL_EDIT, "edit")       \
    W(TOOL_EXECUTE, "execute") \
    W(TOOL_SEARCH, "search") W(TOOL_FETCH, "fetch") W(TOOL_PLAN, "plan") W(TOOL_ASK, "ask") W(TOOL_AGENT, "agent")
ENUM_DECLARE(ToolKind, TOOL_KIND_LIST);
#define EV_TOOL_START(F, S)                                                                             \
    F(S, STR, tool_id, .max_bytes = 256, .doc = "Id of the call")                                       \
    F(S, STR, name, .max_bytes = 256, .doc = "The tool's own name")                                     \
    F(S, ENUM(ToolKind), kind, .doc = "The kind of tool")                                               \
    F(S, STR, title, .opt = 1, .max_bytes = 500, .doc = "One line: the command, the file, the pattern") \
    F(S, ANY, input, .opt = 1, .max_bytes = EVENT_INPUT_MAX, .doc = "Arguments as JSON")                \
    PARENT_(F, S) CUT_(F, S)
SHAPE(EvToolStart, EV_TOOL_START);

#define EV_TOOL_PROGRESS(F, S)                                                                                     \
    F(S, STR, tool_id, .max_bytes = 256, .doc = "Id of the call")                                                  \
    F(S, STR, state, .opt = 1, .max_bytes = 64, .doc = "running, completed, failed or stopped, in the CLI's word") \
    F(S, STR, text, .opt = 1, .max_bytes = 4000, .doc = "What it is doing now")                                    \
    F(S, I64, tokens, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Tokens that a subagent has used")
SHAPE(EvToolProgress, EV_TOOL_PROGRESS);

/* As the CLI reports them; a figure that it does not report is left out. */
#define TOOL_FIGURES(F, S)                                                                                          \
    F(S, I64, added, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Lines that the call added, if known")            \
    F(S, I64, removed, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Lines that the call removed, if known")        \
    F(S, I64, exit_code, .opt = 1, .min = INT32_MIN, .max = INT32_MAX, .doc = "Exit code of the command, if known") \
    F(S, I64, duration_ms, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "How long it took as the CLI counts, if known")
#define EV_TOOL_END(F, S)                                                                   \
    F(S, STR, tool_id, .max_bytes = 256, .doc = "Id of the call")                           \
    F(S, BOOL, is_error, .doc = "The tool failed or was refused")                           \
    F(S, STR, output, .max_bytes = EVENT_OUTPUT_MAX, .doc = "What the model got back")      \
    F(S, STR, path, .opt = 1, .max_bytes = 4096, .doc = "The file that it changed or read") \
    TOOL_FIGURES(F, S) PARENT_(F, S) CUT_(F, S)
SHAPE(EvToolEnd, EV_TOOL_END);

/* From an adapter `input` is whole; ask_open (approval) stores it and emits the event with ask_id and a cut input. */
#define EV_ASK(F, S)                                                                                                   \
    F(S, STR, ask_id, .opt = 1, .max_bytes = 64, .doc = "Muster's id, assigned when the ask is stored")                \
    F(S, STR, digest, .opt = 1, .max_bytes = 64,                                                                       \
      .doc = "The digest to which an answer is bound, set when the ask is stored")                                     \
    F(S, STR, request_id, .max_bytes = 256, .doc = "The adapter's id, as the CLI wrote it")                            \
    F(S, ENUM(AskKind), kind, .doc = "permission, question or plan")                                                   \
    F(S, STR, tool, .max_bytes = 256, .doc = "The tool that it is about")                                              \
    F(S, STR, title, .opt = 1, .max_bytes = 500, .doc = "One line: the command, the file, the question")               \
    F(S, STR, reason, .opt = 1, .max_bytes = 2000, .doc = "Why the CLI asks")                                          \
    F(S, STR, tool_id, .opt = 1, .max_bytes = 256, .doc = "Id of the tool call")                                       \
    F(S, STR, parent, .opt = 1, .max_bytes = 256, .doc = "The subagent that asks")                                     \
    F(S, STR, plan, .opt = 1, .max_bytes = 8192, .doc = "Text of the plan to review")                                  \
    F(S, ANY, input, .opt = 1, .max_bytes = EVENT_ASK_MAX, .doc = "Arguments as JSON")                                 \
    F(S, ANY, suggestions, .opt = 1, .max_bytes = 65536, .doc = "What allow_always would grant, as the CLI offers it") \
    F(S, BOOL, is_titled, .opt = 1, .doc = "The command is the title of the call, which has no arguments")             \
    F(S, BOOL, decision_only, .opt = 1,                                                                                \
      .doc = "Its answer is a decision alone, without a message or other arguments; set when the ask is stored")       \
    CUT_(F, S)
SHAPE(EvAsk, EV_ASK);

#define CANCEL_WHY_LIST(W) W(CANCEL_BY_CLI, "cancelled") W(CANCEL_TURN_END, "turn_end") W(CANCEL_EXIT, "exit")
ENUM_DECLARE(CancelWhy, CANCEL_WHY_LIST);
#define EV_ASK_CANCEL(F, S)                                                                        \
    F(S, STR, ask_id, .opt = 1, .max_bytes = 64, .doc = "Muster's id, assigned when it is stored") \
    F(S, STR, request_id, .max_bytes = 256, .doc = "The adapter's id")                             \
    F(S, ENUM(CancelWhy), why, .doc = "Why no answer is needed any more")
SHAPE(EvAskCancel, EV_ASK_CANCEL);
