/* Normalised events: the output of every agent, whatever its CLI. One table: kind → wire word → shape.
 *
 * Adapters produce them from the child's bytes; those of event_daemon.h come from the daemon, on the same stream.
 * `state` is never stored: it feeds the status (status.h), which is emitted as `status`.
 */
#pragma once

#include "adapter/event_cli.h"
#include "adapter/event_daemon.h"
#include "adapter/option.h"

#define EV_CONTEXT(F, S)                                                                \
    F(S, I64, used, .min = 0, .max = INT64_MAX, .doc = "Tokens in the model's context") \
    F(S, I64, window, .min = 0, .max = INT64_MAX, .doc = "Tokens that fit")             \
    F(S, I64, level, .min = 0, .max = 100, .doc = "Percent of the window in use")       \
    F(S, BOOL, is_assumed, .opt = 1, .doc = "The window is a default: no CLI has reported it for this model yet")
SHAPE(EvContext, EV_CONTEXT);

/* Differences, in disjoint buckets; sums of these events are the totals. */
#define EV_USAGE(F, S)                                                                                                \
    F(S, STR, model, .max_bytes = 256, .doc = "The model that is billed")                                             \
    F(S, I64, input, .min = 0, .max = INT64_MAX, .doc = "Input tokens that no cache held")                            \
    F(S, I64, output, .min = 0, .max = INT64_MAX, .doc = "Output tokens")                                             \
    F(S, I64, cache_read, .min = 0, .max = INT64_MAX, .doc = "Input tokens read from the cache")                      \
    F(S, I64, cache_creation, .min = 0, .max = INT64_MAX, .doc = "Input tokens written to the cache")                 \
    F(S, I64, cost_micros, .min = 0, .max = INT64_MAX, .doc = "Cost in millionths of a US dollar, as the CLI counts") \
    F(S, I64, requests, .min = 0, .max = INT64_MAX, .doc = "Answers of this model seen in the stream")                \
    F(S, I64, errors, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Requests to this model that failed")              \
    F(S, I64, window, .opt = 1, .min = 0, .max = INT64_MAX,                                                           \
      .doc = "Tokens that fit into its context, as the CLI reports")
SHAPE(EvUsage, EV_USAGE);

#define EV_PLAN_ENTRY(F, S)                                 \
    F(S, STR, text, .max_bytes = 2000, .doc = "What to do") \
    F(S, STR, state, .max_bytes = 32, .doc = "pending, in_progress or completed")
SHAPE(EvPlanEntry, EV_PLAN_ENTRY);
#define EV_PLAN(F, S) F(S, LIST(EvPlanEntry), entries, .max = 200, .doc = "The whole list, in order")
SHAPE(EvPlan, EV_PLAN);

#define TURN_OUTCOME_LIST(W) \
    W(TURN_OK, "ok") W(TURN_ERROR, "error") W(TURN_INTERRUPTED, "interrupted") W(TURN_UNKNOWN, "unknown")
ENUM_DECLARE(TurnOutcome, TURN_OUTCOME_LIST);
#define EV_TURN_END(F, S)                                                                                  \
    F(S, ENUM(TurnOutcome), outcome, .doc = "ok, error, interrupted or unknown")                           \
    F(S, STR, code, .opt = 1, .max_bytes = 64, .doc = "The CLI's own word for why it ended")               \
    F(S, STR, text, .opt = 1, .max_bytes = 8000, .doc = "The error's text; absent if ok")                  \
    F(S, I64, http_status, .opt = 1, .min = 0, .max = 999, .doc = "HTTP status of the failed API request") \
    F(S, I64, duration_ms, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Duration of the turn")            \
    F(S, I64, steps, .opt = 1, .min = 0, .max = INT64_MAX,                                                 \
      .doc = "Steps of the turn as the CLI counts them, which differs from the number of model requests")
SHAPE(EvTurnEnd, EV_TURN_END);

#define NOTICE_LEVEL_LIST(W) W(NOTICE_INFO, "info") W(NOTICE_WARNING, "warning") W(NOTICE_ERROR, "error")
ENUM_DECLARE(NoticeLevel, NOTICE_LEVEL_LIST);
#define EV_NOTICE(F, S)                                                                                               \
    F(S, ENUM(NoticeLevel), level, .doc = "Severity")                                                                 \
    F(S, STR, code, .max_bytes = 64, .doc = "What it is about: compacted, denied, stderr, reset, gap, cli, protocol") \
    F(S, STR, text, .max_bytes = 8000, .doc = "Text for a person")
SHAPE(EvNotice, EV_NOTICE);

/* The commands that the CLI lists: the whole list. They are sent as prompts that begin with a slash. */
enum { COMMANDS_MAX = 300, COMMAND_TEXT_MAX = 300, COMMAND_NAME_MAX = 100 };
#define EV_COMMAND(F, S)                                                                                  \
    F(S, STR, name, .max_bytes = COMMAND_NAME_MAX, .doc = "Its name, without the slash")                  \
    F(S, STR, text, .opt = 1, .max_bytes = COMMAND_TEXT_MAX, .doc = "What it does; may be cut")           \
    F(S, STR, hint, .opt = 1, .max_bytes = COMMAND_TEXT_MAX, .doc = "What its arguments are; may be cut") \
    F(S, STR, source, .opt = 1, .max_bytes = 32, .doc = "Where it comes from, as the CLI says: builtin")
SHAPE(EvCommand, EV_COMMAND);
#define EV_COMMANDS(F, S)                                                                 \
    F(S, LIST(EvCommand), commands, .max = COMMANDS_MAX, .doc = "As the CLI orders them") \
    F(S, BOOL, names_only, .opt = 1, .doc = "Names alone: what else was known of a command stays")
SHAPE(EvCommands, EV_COMMANDS);

/* The CLI has answered a change of one of its options. */
#define EV_OPTION(F, S)                                                                                   \
    F(S, I64, input, .min = 0, .max = INT64_MAX, .doc = "Number of the launch's input that asked for it") \
    F(S, ENUM(AdapterOption), option, .opt = 1, .doc = "model, effort, mode or permissions")              \
    F(S, BOOL, is_refused, .doc = "The CLI refused: the agent keeps what it had")                         \
    F(S, STR, text, .opt = 1, .max_bytes = 2000, .doc = "Why, as the CLI says")
SHAPE(EvOption, EV_OPTION);

#define EV_UNKNOWN(F, S)                                                                     \
    F(S, STR, type, .opt = 1, .max_bytes = 128, .doc = "The line's own type, if it has one") \
    F(S, STR, text, .max_bytes = 2000, .doc = "Its beginning")                               \
    F(S, I64, size, .min = 0, .max = INT64_MAX, .doc = "Length of the line in bytes")
SHAPE(EvUnknown, EV_UNKNOWN);

#define EV_EXIT(F, S)                                                                            \
    F(S, I64, code, .opt = 1, .min = 0, .max = 255, .doc = "Exit code; left out after a signal") \
    F(S, I64, signal, .opt = 1, .min = 0, .max = 128, .doc = "Signal that ended it")             \
    F(S, BOOL, is_clean, .doc = "It ended on its own and without a failure")                     \
    F(S, STR, text, .opt = 1, .max_bytes = 8000, .doc = "The end of its stderr, if it failed")   \
    F(S, BOOL, before_session, .opt = 1,                                                         \
      .doc = "It ended before its session began: a start with a new id may be tried")            \
    F(S, BOOL, session_gone, .opt = 1, .doc = "The CLI does not have the session that was to be resumed")
SHAPE(EvExit, EV_EXIT);

#define EV_GAP(F, S)                                                                         \
    F(S, I64, from, .min = 0, .max = INT64_MAX, .doc = "First offset that is missing")       \
    F(S, I64, to, .min = 0, .max = INT64_MAX, .doc = "First offset that is available again") \
    F(S, STR, reason, .max_bytes = 200, .doc = "Why the bytes are missing")
SHAPE(EvGap, EV_GAP);

/* member, wire word, shape, on_parent: also shown on the workspace's stream */
#define AGENT_EVENT_TABLE(K)                                     \
    K(EV_KIND_SESSION, "session", EvSession, 0)                  \
    K(EV_KIND_STATE, "state", EvState, 0)                        \
    K(EV_KIND_STATUS, "status", AgentStatus, 1)                  \
    K(EV_KIND_TEXT, "text", EvText, 0)                           \
    K(EV_KIND_TEXT_DELTA, "text_delta", EvTextDelta, 0)          \
    K(EV_KIND_THOUGHT, "thought", EvText, 0)                     \
    K(EV_KIND_TOOL_START, "tool_start", EvToolStart, 0)          \
    K(EV_KIND_TOOL_PROGRESS, "tool_progress", EvToolProgress, 0) \
    K(EV_KIND_TOOL_END, "tool_end", EvToolEnd, 0)                \
    K(EV_KIND_ASK, "ask", EvAsk, 1)                              \
    K(EV_KIND_ASK_CANCEL, "ask_cancel", EvAskCancel, 1)          \
    K(EV_KIND_CONTEXT, "context", EvContext, 1)                  \
    K(EV_KIND_USAGE, "usage", EvUsage, 1)                        \
    K(EV_KIND_PLAN, "plan", EvPlan, 0)                           \
    K(EV_KIND_TURN_END, "turn_end", EvTurnEnd, 1)                \
    K(EV_KIND_NOTICE, "notice", EvNotice, 1)                     \
    K(EV_KIND_UNKNOWN, "unknown", EvUnknown, 0)                  \
    K(EV_KIND_MESSAGE, "message", EvMessage, 0)                  \
    K(EV_KIND_ASK_ANSWERED, "ask_answered", EvAskAnswered, 1)    \
    K(EV_KIND_EXIT, "exit", EvExit, 1)                           \
    K(EV_KIND_GAP, "gap", EvGap, 0)                              \
    K(EV_KIND_COMMANDS, "commands", EvCommands, 0)               \
    K(EV_KIND_OPTION, "option", EvOption, 0)                     \
    K(EV_KIND_QUEUE, "queue", EvQueue, 0)
#define EVENT_KIND_MEMBER_(member, word, shape, on_parent) member,
typedef enum AgentEventKind { AGENT_EVENT_TABLE(EVENT_KIND_MEMBER_) AgentEventKind_n } AgentEventKind;

typedef struct AgentEventDef {
    const char *word;
    const Shape *shape;
    bool on_parent;
} AgentEventDef;
extern const AgentEventDef agent_events[AgentEventKind_n];
