/* An agent's status: the only place that decides its word, reason, source and start.
 *
 * A status is a pure function of an agent's events in order. StatusState is its whole memory: a shape, so that it is
 * stored beside the adapter's state and a restart continues at exactly the same place. Any thread.
 */
#pragma once

#include "base/shape.h"

#define STATUS_WORD_LIST(W)       \
    W(AGENT_RUNNING, "running")   \
    W(AGENT_WAITING, "waiting")   \
    W(AGENT_FINISHED, "finished") \
    W(AGENT_ERROR, "error")
ENUM_DECLARE(AgentStatusWord, STATUS_WORD_LIST);

/* member, wire word, status word, text for a person */
#define STATUS_REASON_TABLE(R)                                                            \
    R(REASON_NOT_STARTED, "not_started", AGENT_FINISHED, "not started yet")               \
    R(REASON_STARTING, "starting", AGENT_RUNNING, "starting")                             \
    R(REASON_WORKING, "working", AGENT_RUNNING, "working")                                \
    R(REASON_RETRYING, "retrying", AGENT_RUNNING, "the model's API failed, trying again") \
    R(REASON_HELD, "held", AGENT_RUNNING, "held back: its backlog is full")               \
    R(REASON_PERMISSION, "permission", AGENT_WAITING, "waits for permission")             \
    R(REASON_QUESTION, "question", AGENT_WAITING, "waits for an answer to a question")    \
    R(REASON_PLAN, "plan", AGENT_WAITING, "waits for a review of its plan")               \
    R(REASON_READY, "ready", AGENT_FINISHED, "ready for a prompt")                        \
    R(REASON_TURN_DONE, "turn_done", AGENT_FINISHED, "the turn is done")                  \
    R(REASON_STOPPED, "stopped", AGENT_FINISHED, "stopped by its user")                   \
    R(REASON_EXITED, "exited", AGENT_FINISHED, "the program ended")                       \
    R(REASON_INTERRUPTED, "interrupted", AGENT_FINISHED, "interrupted by its user")       \
    R(REASON_API, "api", AGENT_ERROR, "the model's API failed")                           \
    R(REASON_EXIT, "exit", AGENT_ERROR, "the program failed")                             \
    R(REASON_HOLD_LOST, "hold_lost", AGENT_ERROR, "its supervisor was killed")            \
    R(REASON_NO_ROOM, "no_room", AGENT_ERROR, "held back: the disk is full")              \
    R(REASON_SUSPENDED, "suspended", AGENT_ERROR, "a signal stopped its program")         \
    R(REASON_DISK_FULL, "disk_full", AGENT_ERROR, "the disk is full")                     \
    R(REASON_MISSING_CLI, "missing_cli", AGENT_ERROR, "the program is not installed")     \
    R(REASON_LIMIT, "limit", AGENT_ERROR, "a limit stopped it")
#define STATUS_REASON_WORD_(W, member, word) W(member, word)
#define STATUS_REASON_MEMBER_(member, word, status, text) member,
typedef enum AgentReason { STATUS_REASON_TABLE(STATUS_REASON_MEMBER_) AgentReason_n } AgentReason;
extern const EnumDef AgentReason_enum;

/* What the status is based on: protocol = the CLI's own state events; event = deduced from other lines; process =
 * start, exit, signals; user = a person's act; supervisor = the hold or the daemon. */
#define STATUS_SOURCE_LIST(W)      \
    W(SOURCE_PROTOCOL, "protocol") \
    W(SOURCE_EVENT, "event")       \
    W(SOURCE_PROCESS, "process")   \
    W(SOURCE_USER, "user")         \
    W(SOURCE_SUPERVISOR, "supervisor")
ENUM_DECLARE(StatusSource, STATUS_SOURCE_LIST);

#define AGENT_STATUS(F, S)                                                                                            \
    F(S, ENUM(AgentStatusWord), status, .doc = "running, waiting, finished or error")                                 \
    F(S, ENUM(AgentReason), reason, .doc = "Why the status is what it is")                                            \
    F(S, ENUM(StatusSource), source, .doc = "What the status is based on")                                            \
    F(S, TIME, since, .opt = 1, .doc = "Since when it has this status and reason")                                    \
    F(S, STR, detail, .opt = 1, .max_bytes = 2000, .doc = "What it waits for, or what failed: a tool, an error text") \
    F(S, TIME, retry_at, .opt = 1, .doc = "retrying: when the CLI tries again, if it said so")                        \
    F(S, I64, background_commands, .opt = 1, .min = 0, .max = INT64_MAX,                                              \
      .doc = "Commands that are still running after the turn")                                                        \
    F(S, ENUM(AgentStatusWord), previous, .opt = 1, .doc = "In an event that changes the status: the previous one")
SHAPE(AgentStatus, AGENT_STATUS);

/* What the fold keeps between two events. `asks` are request ids in the order in which they were opened. */
#define STATUS_ASK(F, S)                                                          \
    F(S, STR, request_id, .max_bytes = 256, .doc = "The adapter's id of the ask") \
    F(S, ENUM(AgentReason), reason, .doc = "permission, question or plan")        \
    F(S, STR, detail, .opt = 1, .max_bytes = 256, .doc = "The tool")
SHAPE(StatusAsk, STATUS_ASK);

/* What a source said last: the newest first, one for each source. `what` is the kind of an event, or an act. */
#define STATUS_CAUSE(F, S)                                                                                             \
    F(S, ENUM(StatusSource), source, .doc = "Who says it: protocol, event, process, user or supervisor")               \
    F(S, ENUM(AgentStatusWord), status, .doc = "running, waiting, finished or error")                                  \
    F(S, ENUM(AgentReason), reason, .doc = "The reason that followed from it")                                         \
    F(S, STR, what, .max_bytes = 32, .doc = "The kind of event that it came from, or the act")                         \
    F(S, BOOL, is_act, .doc = "It was an act of a person or of Muster, which no line of the program shows")            \
    F(S, TIME, at, .doc = "When that was")                                                                             \
    F(S, ID("lch"), launch_id, .opt = 1, .doc = "The launch in whose log the event is")                                \
    F(S, I64, offset, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Where its line begins there, in bytes of the log") \
    F(S, I64, index, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Number of the event among those of that line")
SHAPE(StatusCause, STATUS_CAUSE);

#define STATUS_LAST_LIST(W) \
    W(LAST_NONE, "none")    \
    W(LAST_OK, "ok") W(LAST_FAILED, "failed") W(LAST_INTERRUPTED, "interrupted") W(LAST_UNKNOWN, "unknown")
ENUM_DECLARE(StatusLast, STATUS_LAST_LIST);

#define STATUS_STATE(F, S)                                                                                             \
    F(S, OBJ(AgentStatus), now, .doc = "The status as last emitted")                                                   \
    F(S, BOOL, is_ready, .opt = 1, .doc = "Its program has answered the handshake")                                    \
    F(S, BOOL, turn_open, .doc = "A turn began and has not ended")                                                     \
    F(S, BOOL, is_steered, .opt = 1,                                                                                   \
      .doc = "A prompt came during the turn: the CLI may answer it in a turn of its own")                              \
    F(S, BOOL, turn_heard, .opt = 1, .doc = "The CLI wrote output in it, so it has read its prompt")                   \
    F(S, BOOL, idle_due, .doc = "A turn ended, and the CLI has not yet reported that it is idle")                      \
    F(S, BOOL, idle_is_old, .doc = "The next idle belongs to the turn before the current one")                         \
    F(S, BOOL, has_protocol, .doc = "The CLI reports its own state, so nothing is deduced from other lines")           \
    F(S, BOOL, stop_asked, .doc = "A person requested the stop: the exit that follows is not an error")                \
    F(S, BOOL, is_suspended, .opt = 1, .doc = "A signal stopped its program, and none has continued it")               \
    F(S, BOOL, session_lost, .opt = 1, .doc = "Its session was lost, and no turn has begun in a new one")              \
    F(S, BOOL, failed_early, .opt = 1, .doc = "It ended before its session began: one start with a new id is due")     \
    F(S, ENUM(StatusLast), last, .doc = "The outcome of the last turn: being idle afterwards does not clear an error") \
    F(S, STR, last_text, .opt = 1, .max_bytes = 2000, .doc = "The text of its error")                                  \
    F(S, I64, background, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Commands and subagents in the background")     \
    F(S, LIST(StatusAsk), asks, .max = 64, .doc = "Open asks")                                                         \
    F(S, LIST(StatusCause), causes, .opt = 1, .max = StatusSource_n, .doc = "What each source said last")
SHAPE(StatusState, STATUS_STATE);

enum { STATUS_ASKS_MAX = 64 };

/* Acts that no line of the child shows.
 *
 * launched: a launch was started; clears what the last one left. started: its program is running: for a terminal, whose
 * output says nothing. stop_asked: a person requested the stop. interrupted: a person interrupted a program without turns,
 * which may end because of it. held: the hold stopped reading: backlog; no_room: likewise: disk; suspended: a signal stopped the program, so
 * that nothing it wrote before makes it work again; continued: none of these any longer. disk_full and
 * missing_cli: refused a start; text says what is missing. failed: it could not be started, or its hold was asked to end;
 * text says why. limit: a limit stopped it; text names limit and mechanism. */
#define STATUS_ACT_LIST(W)            \
    W(ACT_LAUNCHED, "launched")       \
    W(ACT_STARTED, "started")         \
    W(ACT_STOP_ASKED, "stop_asked")   \
    W(ACT_INTERRUPTED, "interrupted") \
    W(ACT_CONTINUED, "continued")     \
    W(ACT_HELD, "held")               \
    W(ACT_NO_ROOM, "no_room")         \
    W(ACT_SUSPENDED, "suspended")     \
    W(ACT_HOLD_LOST, "hold_lost")     \
    W(ACT_DISK_FULL, "disk_full")     \
    W(ACT_MISSING_CLI, "missing_cli") \
    W(ACT_FAILED, "failed")           \
    W(ACT_LIMIT, "limit")
ENUM_DECLARE(StatusAct, STATUS_ACT_LIST);

AgentStatusWord status_word(AgentReason r);

/* finished: not started, since `at`. Everything is allocated in the arena. */
void status_init(StatusState *s, TimeUs at, Arena *a);
/* Folds one event in. True if status, reason or detail changed: then s->now must be emitted as a `status` event. `v` is
 * the kind's shape value; text that is kept is copied into the arena. */
bool status_event(StatusState *s, int kind, const void *v, TimeUs at, Arena *a);
bool status_act(StatusState *s, StatusAct act, Str text, TimeUs at, Arena *a);
/* Where the event is that the last change came from. */
void status_place(StatusState *s, Str launch_id, int64_t offset, int64_t index, Arena *a);
