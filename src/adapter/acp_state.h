/* Internal to the ACP adapters: their state. (Agent Client Protocol, version 1.)
 *
 * The state is a shape and nothing else survives a line. Text in it is plain or printable and bounded, so that all of
 * it stays below ADAPTER_STATE_MAX even when JSON escapes it.
 */
#pragma once

#include "adapter/adapter.h"

enum {
    ACP_ID_MAX = 128,    /* a tool call's */
    ACP_RPC_ID_MAX = 64, /* a request's, as JSON */
    ACP_SESSION_MAX = 128,
    ACP_WORD_MAX = 64,
    ACP_TITLE_MAX = 200,
    ACP_PATH_MAX = 4096,
    ACP_FILE_MAX = 200,
    ACP_ASKS_MAX = 16,
    ACP_TOOLS_MAX = 12,
    ACP_PENDING_MAX = 8,
    ACP_MODES_MAX = 16,
    ACP_TEXT_MAX = 14 * 1024, /* of the open block, as JSON */
    ACP_HELD_MAX = 6 * 1024,  /* of all inputs that are held, as JSON */
    ACP_STDERR_MAX = 2048
};

/* Our requests: their methods. */
#define ACP_STEP_LIST(W)                        \
    W(STEP_INITIALIZE, "initialize")            \
    W(STEP_NEW, "session/new")                  \
    W(STEP_LOAD, "session/load")                \
    W(STEP_RESUME, "session/resume")            \
    W(STEP_FORK, "session/fork")                \
    W(STEP_LIST, "session/list")                \
    W(STEP_MODE, "session/set_mode")            \
    W(STEP_OPTION, "session/set_config_option") \
    W(STEP_MODEL, "session/set_model")          \
    W(STEP_PROMPT, "session/prompt")
ENUM_DECLARE(AcpStep, ACP_STEP_LIST);

/* A request of ours without an answer. */
#define ACP_PENDING(F, S)                                               \
    F(S, STR, id, .max_bytes = ACP_RPC_ID_MAX, .doc = "Its id as JSON") \
    F(S, ENUM(AcpStep), step, .doc = "Its method")                      \
    F(S, STR, value, .opt = 1, .max_bytes = ACP_ID_MAX, .doc = "The mode, model or session that it names")
SHAPE(AcpPending, ACP_PENDING);

#define ACP_ASK(F, S)                                                                              \
    F(S, STR, request_id, .max_bytes = ACP_RPC_ID_MAX, .doc = "Id of the agent's request as JSON") \
    F(S, STR, tool_id, .opt = 1, .max_bytes = ACP_ID_MAX, .doc = "Of the tool call")
SHAPE(AcpAsk, ACP_ASK);

/* A tool call of the current turn. Its start is emitted when its arguments are known; until then they are held. */
#define ACP_TOOL(F, S)                                                                       \
    F(S, STR, id, .max_bytes = ACP_ID_MAX, .doc = "toolCallId")                              \
    F(S, STR, name, .opt = 1, .max_bytes = ACP_WORD_MAX, .doc = "The tool's own name")       \
    F(S, STR, kind, .opt = 1, .max_bytes = ACP_WORD_MAX, .doc = "The agent's word")          \
    F(S, STR, title, .opt = 1, .max_bytes = ACP_TITLE_MAX, .doc = "One line")                \
    F(S, STR, path, .opt = 1, .max_bytes = ACP_FILE_MAX, .doc = "The file that it concerns") \
    F(S, STR, input, .opt = 1, .max_bytes = ACP_HELD_MAX, .doc = "Held arguments as JSON")   \
    F(S, I64, added, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Lines, as its diffs say") \
    F(S, I64, removed, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Likewise")              \
    F(S, BOOL, is_started, .doc = "Its start was emitted")                                   \
    F(S, BOOL, is_ended, .doc = "So was its end")                                            \
    F(S, BOOL, is_denied, .doc = "A person refused it")
SHAPE(AcpTool, ACP_TOOL);

#define ACP_BLOCK_LIST(W) W(BLOCK_NONE, "none") W(BLOCK_TEXT, "text") W(BLOCK_THOUGHT, "thought")
ENUM_DECLARE(AcpBlock, ACP_BLOCK_LIST);

#define ACP_STATE(F, S)                                                                                          \
    F(S, STR, session_id, .opt = 1, .max_bytes = ACP_SESSION_MAX, .doc = "As the agent reported it")             \
    F(S, STR, version, .opt = 1, .max_bytes = ACP_WORD_MAX, .doc = "Of the agent")                               \
    F(S, STR, model, .opt = 1, .max_bytes = ACP_ID_MAX, .doc = "In use")                                         \
    F(S, STR, mode, .opt = 1, .max_bytes = ACP_WORD_MAX, .doc = "In use")                                        \
    F(S, STRS, modes, .opt = 1, .max = ACP_MODES_MAX, .item_max = ACP_WORD_MAX, .doc = "That it has")            \
    F(S, STR, mode_option, .opt = 1, .max_bytes = ACP_WORD_MAX, .doc = "The option that sets them, if one does") \
    F(S, STR, model_option, .opt = 1, .max_bytes = ACP_WORD_MAX, .doc = "The option that sets the model")        \
    F(S, BOOL, has_models, .doc = "session/set_model sets it")                                                   \
    F(S, BOOL, can_load, .doc = "session/load")                                                                  \
    F(S, BOOL, can_resume, .doc = "session/resume")                                                              \
    F(S, BOOL, can_fork, .doc = "session/fork")                                                                  \
    F(S, BOOL, takes_images, .opt = 1, .doc = "In prompts")                                                      \
    F(S, BOOL, can_list, .doc = "session/list")                                                                  \
    F(S, BOOL, has_session, .doc = "This process has opened its session")                                        \
    F(S, TIME, opened_at, .opt = 1, .doc = "When the session was opened last")                                   \
    F(S, BOOL, is_ready, .doc = "It takes prompts")                                                              \
    F(S, BOOL, is_replacing, .opt = 1, .doc = "`wanted` is gone: a new session is opened in its place")          \
    F(S, BOOL, may_repeat, .opt = 1, .doc = "It may not have repeated all of the session that it loaded")        \
    F(S, BOOL, is_resumable, .doc = "Something was said in the session")                                         \
    F(S, BOOL, tried_model, .doc = "The model was set, or refused")                                              \
    F(S, BOOL, tried_mode, .doc = "So was the mode")                                                             \
    F(S, STR, folder, .opt = 1, .max_bytes = ACP_PATH_MAX,                                                       \
      .doc = "To open the session in; none: it is opened by others")                                             \
    F(S, STR, wanted, .opt = 1, .max_bytes = ACP_SESSION_MAX, .doc = "The session to resume or to fork")         \
    F(S, BOOL, wants_fork, .doc = "To fork it")                                                                  \
    F(S, ENUM(AgentMode), wanted_mode, .doc = "To begin with")                                                   \
    F(S, STR, wanted_model, .opt = 1, .max_bytes = ACP_ID_MAX, .doc = "To begin with")                           \
    F(S, I64, permissions, .doc = "Kinds of tools that need no answer", .min = 0, .max = 7)                      \
    F(S, ENUM(AcpBlock), block, .doc = "What is being said")                                                     \
    F(S, STR, block_id, .opt = 1, .max_bytes = ACP_ID_MAX, .doc = "Its id")                                      \
    F(S, STR, message_id, .opt = 1, .max_bytes = ACP_ID_MAX, .doc = "The agent's id of it")                      \
    F(S, STR, text, .opt = 1, .max_bytes = ACP_TEXT_MAX, .doc = "What was said of it so far")                    \
    F(S, I64, high, .doc = "A high surrogate that waits for its low one", .min = 0, .max = 0xDBFF)               \
    F(S, I64, n_blocks, .doc = "Of this process so far", .min = 0, .max = INT64_MAX)                             \
    F(S, I64, context_used, .doc = "As last emitted", .min = 0, .max = INT64_MAX)                                \
    F(S, I64, context_window, .doc = "As last emitted", .min = 0, .max = INT64_MAX)                              \
    F(S, I64, window, .doc = "Of the model, as its list says", .min = 0, .max = INT64_MAX)                       \
    F(S, I64, cost_micros, .doc = "Of the session, as reported", .min = 0, .max = INT64_MAX)                     \
    F(S, I64, cost_counted, .doc = "Of it, as emitted", .min = 0, .max = INT64_MAX)                              \
    F(S, BOOL, turn_counted, .doc = "The usage of this turn was reported with its parts")                        \
    F(S, I64, commands, .opt = 1, .doc = "commands_sum of those it listed", .min = 0, .max = INT64_MAX)          \
    F(S, STR, error_tail, .opt = 1, .max_bytes = ACP_STDERR_MAX, .doc = "The end of stderr")                     \
    F(S, LIST(AcpPending), pending, .max = ACP_PENDING_MAX, .doc = "Oldest first")                               \
    F(S, LIST(AcpAsk), asks, .max = ACP_ASKS_MAX, .doc = "Open asks")                                            \
    F(S, LIST(AcpTool), tools, .max = ACP_TOOLS_MAX, .doc = "Oldest first")
SHAPE(AcpState, ACP_STATE);
