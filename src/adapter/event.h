/* Normalised events: the output of every agent, whatever its CLI. One table: kind → wire word → shape.
 *
 * Adapters produce them from the child's bytes; message, ask_answered and gap come from the daemon, on the same stream.
 * `state` is never stored: it feeds the status (status.h), which is emitted as `status`.
 */
#pragma once

#include "adapter/event_cli.h"

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

#define EV_UNKNOWN(F, S)                                                                     \
    F(S, STR, type, .opt = 1, .max_bytes = 128, .doc = "The line's own type, if it has one") \
    F(S, STR, text, .max_bytes = 2000, .doc = "Its beginning")                               \
    F(S, I64, size, .min = 0, .max = INT64_MAX, .doc = "Length of the line in bytes")
SHAPE(EvUnknown, EV_UNKNOWN);

/* Emitted by the daemon itself. */
#define MESSAGE_STATE_LIST(W)                       \
    W(MESSAGE_QUEUED, "queued")                     \
    W(MESSAGE_SENT, "sent")                         \
    W(MESSAGE_DELIVERY_UNKNOWN, "delivery_unknown") \
    W(MESSAGE_UNANSWERED, "unanswered")             \
    W(MESSAGE_WITHDRAWN, "withdrawn")
ENUM_DECLARE(MessageState, MESSAGE_STATE_LIST);
#define EV_MESSAGE(F, S)                                                                                            \
    F(S, ID("msg"), message_id, .doc = "The message")                                                               \
    F(S, ENUM(MessageState), state, .doc = "queued, sent, delivery_unknown, unanswered or withdrawn")               \
    F(S, STR, text, .opt = 1, .max_bytes = EVENT_TEXT_MAX, .doc = "The prompt; left out if only the state changed") \
    F(S, BOOL, truncated, .opt = 1, .doc = "The text was cut; size is its full length")                             \
    F(S, I64, size, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Bytes of the uncut text")
SHAPE(EvMessage, EV_MESSAGE);

#define EV_ASK_ANSWERED(F, S)                                                                     \
    F(S, STR, ask_id, .max_bytes = 64, .doc = "The ask")                                          \
    F(S, STR, request_id, .max_bytes = 256, .doc = "The adapter's id")                            \
    F(S, ENUM(AskDecision), decision, .doc = "What was decided")                                  \
    F(S, STR, message, .opt = 1, .max = 4000, .doc = "The message to the agent")                  \
    F(S, STR, by, .opt = 1, .max_bytes = 64, .doc = "Who answered: a person, or a rule")          \
    F(S, STR, rule_id, .opt = 1, .max_bytes = 64, .doc = "The rule that answered")                \
    F(S, STR, rule, .opt = 1, .max_bytes = 8192, .doc = "That rule as text, as it was then")      \
    F(S, BOOL, is_edited, .opt = 1, .doc = "The arguments were changed before they were allowed") \
    F(S, ANY, input, .opt = 1, .max_bytes = EVENT_INPUT_MAX,                                      \
      .doc = "The changed arguments, or each question with its answer, as JSON")                  \
    CUT_(F, S)
SHAPE(EvAskAnswered, EV_ASK_ANSWERED);

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
    K(EV_KIND_GAP, "gap", EvGap, 0)
#define EVENT_KIND_MEMBER_(member, word, shape, on_parent) member,
typedef enum AgentEventKind { AGENT_EVENT_TABLE(EVENT_KIND_MEMBER_) AgentEventKind_n } AgentEventKind;

typedef struct AgentEventDef {
    const char *word;
    const Shape *shape;
    bool on_parent;
} AgentEventDef;
extern const AgentEventDef agent_events[AgentEventKind_n];
