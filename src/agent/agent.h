/* Agents: one supervised coding-agent CLI (or plain command) bound to a worktree.
 *
 * Rows of agents, how they are started and stopped, and what happens to them when their worktree closes or returns.
 * What an agent says and its status belong to its conversation (conversation.h), whose row is read together with the
 * agent's. Functions with a Tx run inside a write, the others on worker threads.
 */
#pragma once

#include "conversation/message.h"
#include "core/org.h"
#include "core/topic.h"
#include "workspace/workspace.h"

/* Agents of one worktree, so that all of them can be shown together; archived ones are not counted. */
enum { AGENTS_OF_WORKTREE_MAX = 1000, AGENT_PROMPT_MAX = 50000, AGENT_STOP_WAIT_MS = 20000 };
enum { ENVIRONMENT_MAX = 64, ENVIRONMENT_ITEM_MAX = 8192 };

/* Sample agents, which talk to a scripted model: set at start-up by the code that creates them. */
struct AgentSamples {
    bool is_all;          /* every agent here is one */
    const char *cli_path; /* folders where their CLI is looked for when PATH has none */
    /* The model's address; starts the model if it is not running. Worker threads. */
    const char *(*model_url)(AgentSamples *s);
};
static inline bool agent_all_are_samples(const App *app) { return app->samples && app->samples->is_all; }

/* The setting that names the adapter's program; empty: its own name is looked for on PATH. */
Str agent_program_setting(const App *app, const Adapter *ad, Arena *a);

#define AGENT_LIMITS(F, S)                                              \
    F(S, I64, wall_seconds, .opt = 1, .min = 0, .max = 6000000,         \
      .doc = "Maximum lifetime of one launch in seconds; 0 = no limit") \
    F(S, I64, memory_mib, .opt = 1, .min = 0, .max = 1 << 22,           \
      .doc = "Memory of the whole process tree in MiB; 0 = no limit")   \
    F(S, I64, processes, .opt = 1, .min = 0, .max = 100000,             \
      .doc = "Number of processes in the whole tree; 0 = no limit")     \
    F(S, I64, output_mib, .opt = 1, .min = 0, .max = 1 << 24,           \
      .doc = "Output of one launch as stored in its log, in MiB; 0 = no limit")
SHAPE(AgentLimits, AGENT_LIMITS);

#define AGENT(F, S)                                                                                          \
    F(S, ID("ag"), id, .doc = "The agent")                                                                   \
    F(S, ID("wt"), worktree_id, .doc = "The worktree in which it works")                                     \
    F(S, ID("ws"), workspace_id, .doc = "The workspace of its worktree")                                     \
    F(S, STR, name, .min = 1, .max = 100, .doc = "Shown in lists")                                           \
    F(S, ENUM(AgentStatusWord), status, .doc = "running, waiting, finished or error")                        \
    F(S, ENUM(AgentReason), status_reason, .doc = "Why the status is what it is")                            \
    F(S, ENUM(StatusSource), status_source, .doc = "What the status is based on")                            \
    F(S, TIME, status_since, .opt = 1, .doc = "Since when it has this status")                               \
    F(S, STR, status_detail, .opt = 1, .max_bytes = 2000, .doc = "What it waits for, or what failed")        \
    F(S, TIME, retry_at, .opt = 1, .doc = "retrying: when the CLI tries again, if it said so")               \
    F(S, I64, background_commands, .opt = 1, .min = 0, .max = INT64_MAX,                                     \
      .doc = "Commands that still run after its turn")                                                       \
    F(S, I64, context_level, .min = 0, .max = 100, .doc = "Percent of the model's window in use")            \
    F(S, BOOL, context_assumed, .opt = 1,                                                                    \
      .doc = "The window is a default: the CLI has not reported it for this model yet")                      \
    F(S, ENUM(AgentMode), mode, .doc = "regular, plan or auto")                                              \
    F(S, STRS, permissions, .max = 3, .item_max = 16, .words = &AgentPermission_enum,                        \
      .doc = "read, write, execute: allowed without asking")                                                 \
    F(S, I64, display_order, .min = 0, .max = INT64_MAX, .doc = "Position in its worktree's list")           \
    F(S, STR, adapter, .max_bytes = 32, .words = &AdapterName_enum,                                          \
      .doc = "The CLI that it runs; terminal: any command")                                                  \
    F(S, STRS, command, .opt = 1, .max = 256, .item_max = 65536, .doc = "terminal: program and arguments")   \
    F(S, STR, model, .opt = 1, .max_bytes = 256, .doc = "The requested model; left out: the CLI's default")  \
    F(S, ENUM(AgentEffort), effort, .opt = 1, .doc = "How much it thinks; left out: the CLI's default")      \
    F(S, OBJ(AgentLimits), limits, .opt = 1, .doc = "Its own limits; the settings apply to those left out")  \
    F(S, ID("lpr"), profile_id, .opt = 1, .doc = "The launch profile that it was created with")              \
    F(S, STRS, environment, .opt = 1, .secret = 1, .max = ENVIRONMENT_MAX, .item_max = ENVIRONMENT_ITEM_MAX, \
      .doc = "NAME=value, besides what every agent gets")                                                    \
    F(S, BOOL, is_demo, .opt = 1, .doc = "Talks to the scripted model")                                      \
    F(S, I64, pid, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Process id of the running program")         \
    F(S, STR, session_id, .opt = 1, .max_bytes = 256, .doc = "Id of the CLI's session")                      \
    F(S, BOOL, is_resumable, .doc = "Whether a start resumes that session")                                  \
    F(S, STR, fork_session_id, .opt = 1, .max_bytes = 256, .doc = "The session that its next start forks")   \
    F(S, ID("lch"), launch_id, .opt = 1, .doc = "Its newest launch")                                         \
    F(S, TIME, created_at, .doc = "When it was created")                                                     \
    F(S, TIME, updated_at, .doc = "When it last changed")                                                    \
    F(S, TIME, started_at, .opt = 1, .doc = "When its newest launch started")                                \
    F(S, TIME, stopped_at, .opt = 1, .doc = "When its newest launch ended")                                  \
    F(S, TIME, deleted_at, .opt = 1, .doc = "When it was archived")                                          \
    F(S, ID("ag"), parent_agent_id, .opt = 1, .doc = "The agent it was forked from")                         \
    F(S, ID("org"), org_id, .opt = 1, .secret = 1, .doc = "Its workspace's org")                             \
    F(S, BOOL, was_retried, .secret = 1, .doc = "The newest launch is the one retry")                        \
    F(S, STR, status_state, .opt = 1, .secret = 1, .max_bytes = 65536, .doc = "StatusState as JSON")
SHAPE(Agent, AGENT);

/* Input of the operations that take only the agent. */
#define AGENT_PATH(F, S) F(S, ID("ag"), agent_id, .from = FROM_PATH, .doc = "The agent")
SHAPE(AgentPath, AGENT_PATH);

#define SEND_WORDS(W) W(SEND_SENT, "sent") W(SEND_QUEUED, "queued")
ENUM_DECLARE(SendWord, SEND_WORDS);

/* Rows (agent_db.c). */
int agent_find(DbConn *c, Str id, Arena *a, Agent *ret, bool *ret_found, Err *e);
int agent_get(DbConn *c, Str id, Arena *a, Agent *ret, Err *e); /* ERR_NOT_FOUND */
/* Agents of a worktree, in the order of its sort mode; archived ones come last. */
typedef struct AgentsOf {
    Str worktree_id;
    Str status, after; /* {NULL,0}: of any status; from the first */
    bool with_archived;
    int64_t limit;
} AgentsOf;
int agent_list_of(DbConn *c, const AgentsOf *of, Arena *a, AgentList *ret, Err *e);
/* All agents of a worktree that are not archived, in that order; agent_check_room limits their number. */
int agent_list_living(DbConn *c, Str worktree_id, Arena *a, AgentList *ret, Err *e);
/* How many have each status, and how many of all are archived. */
typedef struct AgentCounts {
    int64_t living[AgentStatusWord_n];
    int64_t archived;
} AgentCounts;
int agents_count(DbConn *c, AgentCounts *ret, Err *e);
/* Where it works, or shall work from now on: its own worktree, or another of its workspace (`other`; {NULL,0}: none). What
 * cannot be used is refused with what a person can do about it. */
int agent_find_place(DbConn *db, OpCall *c, const Agent *g, Str other, Worktree *ret, Err *e);
/* Call it before an agent is created or restored. ERR_CONFLICT: the worktree has the maximum number of agents. */
int agent_check_room(DbConn *c, Str worktree_id, Err *e);
/* The agent as the subject of its conversation, allocated in the arena. */
int agent_subject(const Agent *g, Arena *a, ConversationSubject *ret, Err *e);
extern const ConversationKind agent_conversation;
unsigned agent_permission_bits(const StrList *permissions); /* 1 << AgentPermission */
AdapterOptions agent_options(const Agent *g);               /* borrowed */

/* Folds an act into the status, stores it and emits it if it changed. Updates *g. */
int agent_act(Tx *tx, Agent *g, ConversationAct act, Arena *arena, Err *e);
int agent_load_status(const Agent *g, StatusState *ret, Arena *arena, Err *e);
/* Publishes on `workspace/…` that an agent was added, removed or updated. */
int agent_notify_workspace(Tx *tx, const Agent *a, const char *change, Err *e);

/* Deleting for good (agent_remove.c). */
#define AGENT_DELETE(F, S)                                                                                             \
    F(S, ID("ag"), agent_id, .from = FROM_PATH, .doc = "The agent")                                                    \
    F(S, BOOL, archive, .opt = 1, .has_def = 1, .def = 1, .from = FROM_QUERY,                                          \
      .doc =                                                                                                           \
          "false deletes it for good, with messages, events, inputs and logs: backups of the store and the CLI's own " \
          "transcript stay; default: it can be restored")
SHAPE(AgentDelete, AGENT_DELETE);
/* Removes the agent and everything that is stored about it. `mark` runs in the first write and may refuse. Worker. */
int agent_remove(OpCall *c, const Agent *g, int (*mark)(Tx *tx, void *arg, Err *e), void *arg, Err *e);
int agent_remove_recover(OpCall *c, const OpIntent *i, Err *e);
/* Deletes for good at most a hundred agents that were archived before `older_than`. Worker. */
int agents_expire(App *app, DbConn *db, TimeUs older_than, Err *e);

/* Registers the owner "agent", the hooks on worktrees, and the workspace's source of agents. Start-up only. */
void agent_register(App *app);
extern const LaunchOwner agent_owner;
extern const Op agent_ops[], agent_run_ops[], agent_session_ops[], message_ops[], queue_ops[], find_ops[],
    evidence_ops[], turn_ops[];
extern const TopicDef agent_topics[];
extern const OrgOf agent_orgs[];
