/* Agents: one supervised coding-agent CLI (or plain command) bound to a worktree.
 *
 * Rows, messages and launches of agents; what their events do to them. Functions with a Tx run inside a write, the
 * others on worker threads. Status is folded in one place (status.h) and stored with the row.
 */
#pragma once

#include "adapter/adapter.h"
#include "conversation/derive.h"
#include "core/launch.h"
#include "core/op.h"

/* That live in one worktree, so that they are always shown together; archived ones are not counted. */
enum { AGENTS_OF_WORKTREE_MAX = 1000 };

#define AGENT_LIMITS(F, S)                                                                                  \
    F(S, I64, wall_seconds, .opt = 1, .min = 0, .max = 6000000,                                             \
      .doc = "Longest life of one launch, seconds; 0 = none")                                               \
    F(S, I64, memory_mib, .opt = 1, .min = 0, .max = 1 << 22,                                               \
      .doc = "Memory of the whole process tree, MiB; 0 = none")                                             \
    F(S, I64, processes, .opt = 1, .min = 0, .max = 100000, .doc = "Processes of the whole tree; 0 = none") \
    F(S, I64, output_mib, .opt = 1, .min = 0, .max = 1 << 24,                                               \
      .doc = "Output of one launch, as its log holds it, MiB; 0 = none")
SHAPE(AgentLimits, AGENT_LIMITS);

#define AGENT(F, S)                                                                                                    \
    F(S, ID("ag"), id, .doc = "The agent")                                                                             \
    F(S, ID("wt"), worktree_id, .doc = "Where it works")                                                               \
    F(S, ID("ws"), workspace_id, .doc = "Of which repository")                                                         \
    F(S, STR, name, .min = 1, .max = 100, .doc = "Shown in lists")                                                     \
    F(S, ENUM(AgentStatusWord), status, .doc = "running, waiting, finished or error")                                  \
    F(S, ENUM(AgentReason), status_reason, .doc = "Why the status is what it is")                                      \
    F(S, ENUM(StatusSource), status_source, .doc = "Who said so")                                                      \
    F(S, TIME, status_since, .opt = 1, .doc = "When this status began")                                                \
    F(S, STR, status_detail, .opt = 1, .max = 2000, .doc = "What it waits for, or what failed")                        \
    F(S, I64, context_level, .min = 0, .max = 100, .doc = "Percent of the model's window in use")                      \
    F(S, ENUM(AgentMode), mode, .doc = "regular, plan or auto")                                                        \
    F(S, STRS, permissions, .max = 3, .item_max = 16, .doc = "read, write, execute: allowed without asking")           \
    F(S, I64, display_order, .min = 0, .max = INT64_MAX, .doc = "Place in its worktree")                               \
    F(S, STR, adapter, .max = 32, .doc = "claude or terminal")                                                         \
    F(S, STRS, command, .opt = 1, .max = 256, .item_max = 65536, .doc = "terminal: program and arguments")             \
    F(S, STR, model, .opt = 1, .max = 256, .doc = "The model that was asked for; the CLI's own default when left out") \
    F(S, OBJ(AgentLimits), limits, .opt = 1, .doc = "Own limits; the settings otherwise")                              \
    F(S, BOOL, is_demo, .opt = 1, .doc = "Talks to the scripted model")                                                \
    F(S, I64, pid, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Of the running program")                              \
    F(S, STR, session_id, .opt = 1, .max = 256, .doc = "The CLI's conversation")                                       \
    F(S, ID("lch"), launch_id, .opt = 1, .doc = "Its newest launch")                                                   \
    F(S, TIME, created_at, .doc = "When it was made")                                                                  \
    F(S, TIME, updated_at, .doc = "When it last changed")                                                              \
    F(S, TIME, started_at, .opt = 1, .doc = "When its newest launch began")                                            \
    F(S, TIME, stopped_at, .opt = 1, .doc = "When its newest launch ended")                                            \
    F(S, TIME, deleted_at, .opt = 1, .doc = "When it was archived")                                                    \
    F(S, ID("ag"), parent_agent_id, .opt = 1, .doc = "Forked from")                                                    \
    F(S, BOOL, is_resumable, .secret = 1, .doc = "The session can be resumed by its id")                               \
    F(S, BOOL, was_retried, .secret = 1, .doc = "The newest launch is the one retry")                                  \
    F(S, STR, status_state, .opt = 1, .secret = 1, .max = 65536, .doc = "StatusState as JSON")
SHAPE(Agent, AGENT);

#define MESSAGE_ROLE(W)       \
    W(ROLE_WORD_USER, "user") \
    W(ROLE_WORD_ASSISTANT, "assistant") W(ROLE_WORD_SYSTEM, "system") W(ROLE_WORD_TOOL, "tool")
ENUM_DECLARE(MessageRole, MESSAGE_ROLE);
#define MESSAGE(F, S)                                                                                         \
    F(S, ID("msg"), id, .doc = "The message")                                                                 \
    F(S, ID("ag"), agent_id, .doc = "Whose conversation")                                                     \
    F(S, ENUM(MessageRole), role, .doc = "user, assistant, system or tool")                                   \
    F(S, STR, content, .max = EVENT_TEXT_MAX, .doc = "Text")                                                  \
    F(S, BOOL, truncated, .opt = 1, .doc = "The text was longer and was cut")                                 \
    F(S, I64, token_count, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Tokens, where known")                \
    F(S, STR, tool_name, .opt = 1, .max = 256, .doc = "The tool")                                             \
    F(S, ANY, tool_input, .opt = 1, .max = EVENT_INPUT_MAX, .doc = "Its arguments")                           \
    F(S, ANY, tool_output, .opt = 1, .max = EVENT_OUTPUT_MAX * 6, .doc = "What it gave back")                 \
    F(S, TIME, created_at, .doc = "When")                                                                     \
    F(S, BOOL, is_complete, .doc = "Nothing is added to it any more")                                         \
    F(S, ENUM(MessageState), state, .opt = 1, .doc = "Of a user's message: queued, sent or delivery_unknown") \
    F(S, ID("lch"), launch_id, .opt = 1, .secret = 1, .doc = "Launch that it was handed to")
SHAPE(Message, MESSAGE);

/* Rows (agent_db.c). */
int agent_find(DbConn *c, Str id, Arena *a, Agent *ret, bool *ret_found, Err *e);
int agent_get(DbConn *c, Str id, Arena *a, Agent *ret, Err *e); /* ERR_NOT_FOUND */
/* All of a worktree that are not archived, by their place: agent_check_room keeps them few. */
int agent_list_living(DbConn *c, Str worktree_id, Arena *a, AgentList *ret, Err *e);
/* Before one more is made or comes back. ERR_CONFLICT: the worktree holds as many as it may. */
int agent_check_room(DbConn *c, Str worktree_id, Err *e);
int agent_store_status(Tx *tx, const Agent *a, const StatusState *s, Err *e);
int message_insert(Tx *tx, const Message *m, Str tool_id, Err *e);

/* Events and status (agent_apply.c): on the agent's stream, and the workspace's where the kind says so. */
int agent_emit(Tx *tx, const Agent *a, AgentEventKind kind, const void *value, Err *e);
/* Folds an act into the status, stores and tells it when it changed. */
int agent_act(Tx *tx, Agent *a, StatusAct act, Str text, Arena *arena, Err *e);
int agent_load_status(const Agent *a, StatusState *ret, Arena *arena, Err *e);
/* Tells `workspace/…` that an agent was added, removed or updated. */
int agent_tell_workspace(Tx *tx, const Agent *a, const char *change, Err *e);

/* Messages and starting (agent_start.c). */
typedef struct AgentStart {
    App *app;
    Agent *agent;
    Str prompt;       /* {NULL,0} = none */
    bool is_retry;    /* with a new session */
    bool must_resume; /* ERR_CONFLICT without a session */
    Role role;        /* whose will it is: what a terminal may do on our socket */
    Arena *arena;
    LaunchSpec spec; /* made by agent_start_prepare */
    Str session_id;
} AgentStart;
/* What a child of this agent finds in its environment. Worker; see LaunchOwner. */
int agent_environment(App *app, DbConn *db, const LaunchRow *l, Arena *a, StrList *ret, Err *e);
/* Finds program and folder, builds argv. Worker. ERR_NOT_FOUND; ERR_MISSING_CLI and ERR_DISK_FULL, which are then the
 * status of an agent that does not run. `e` is not NULL. */
int agent_start_prepare(AgentStart *s, DbConn *db, Err *e);
/* Reads the agent again. ERR_CONFLICT: archived, or running, or its worktree is being removed. ERR_NOT_FOUND: it or its
 * worktree is gone. */
int agent_start_tx(Tx *tx, AgentStart *s, Err *e);
/* Stores a user's message as queued and hands it over when the agent is idle. */
typedef struct AgentMessage {
    Str text;
    Str id;         /* out */
    bool is_handed; /* out: given to the living launch */
} AgentMessage;
int agent_add_message(App *app, Tx *tx, Agent *a, Arena *arena, AgentMessage *m, Err *e);
/* Hands the oldest queued message to the living launch, if it is idle and none is under way. */
int agent_deliver_next(App *app, Tx *tx, Agent *a, Arena *arena, bool *ret_handed, Err *e);

/* Registers the owner "agent", the hook on answers, and the workspace's source of agents. Start-up only. */
void agent_register(App *app);
extern const LaunchOwner agent_owner;
extern const Op agent_ops[], message_ops[];
