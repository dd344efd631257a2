/* The rows that get_overview answers of agents, the events that carry them, and when an agent's last line is reported.
 *
 * An event on `overview/org_…` carries the whole row, as it is at the end of the write that changed it: a client
 * replaces the row that it has.
 */
#pragma once

#include "agent/agent.h"
#include "workspace/overview.h"

#define AGENT_OVERVIEW(F, S)                                                                                \
    F(S, ID("ag"), id, .doc = "The agent")                                                                  \
    F(S, ID("wt"), worktree_id, .doc = "The worktree in which it works")                                    \
    F(S, ID("ws"), workspace_id, .doc = "The workspace of its worktree")                                    \
    F(S, STR, name, .min = 1, .max = 100, .doc = "Shown in lists")                                          \
    F(S, ENUM(AgentStatusWord), status, .doc = "running, waiting, finished or error")                       \
    F(S, ENUM(AgentReason), status_reason, .doc = "Why the status is what it is")                           \
    F(S, ENUM(StatusSource), status_source, .doc = "What the status is based on")                           \
    F(S, TIME, status_since, .opt = 1, .doc = "Since when it has this status")                              \
    F(S, TIME, heard_at, .opt = 1, .doc = "When its newest launch last wrote something, as of this row")    \
    F(S, TIME, silent_since, .opt = 1,                                                                      \
      .doc = "Running, and its program has written nothing since then, for agent.silent_seconds or longer") \
    F(S, STR, status_detail, .opt = 1, .max_bytes = 2000, .doc = "What it waits for, or what failed")       \
    F(S, TIME, retry_at, .opt = 1, .doc = "retrying: when the CLI tries again, if it said so")              \
    F(S, I64, background_commands, .opt = 1, .min = 0, .max = INT64_MAX,                                    \
      .doc = "Commands that still run after its turn")                                                      \
    F(S, I64, context_level, .min = 0, .max = 100, .doc = "Percent of the model's window in use")           \
    F(S, BOOL, context_assumed, .opt = 1, .doc = "The window is a default")                                 \
    F(S, ENUM(AgentMode), mode, .doc = "regular, plan or auto")                                             \
    F(S, STR, adapter, .max_bytes = 32, .words = &AdapterName_enum, .doc = "The CLI that it runs")          \
    F(S, STR, model, .opt = 1, .max_bytes = 256, .doc = "The requested model; left out: the CLI's default") \
    F(S, ENUM(AgentEffort), effort, .opt = 1, .doc = "How much it thinks; left out: the CLI's default")     \
    F(S, BOOL, is_demo, .opt = 1, .doc = "Talks to the scripted model")                                     \
    F(S, I64, display_order, .min = 0, .max = INT64_MAX, .doc = "Position in its worktree's list")          \
    F(S, STR, last_line, .opt = 1, .max_bytes = 512, .doc = "The end of what it said or called last")       \
    F(S, I64, tokens, .min = 0, .max = INT64_MAX, .doc = "Used by it so far")                               \
    F(S, I64, cost_micros, .min = 0, .max = INT64_MAX, .doc = "Likewise, in millionths of a US dollar")     \
    F(S, I64, queue_length, .min = 0, .max = INT64_MAX, .doc = "Prompts that have not been sent yet")       \
    F(S, BOOL, is_running, .doc = "Its program is running: it accepts prompts, and can be stopped")         \
    F(S, BOOL, is_in_turn, .doc = "A turn of it has not ended: its worktree is not landed meanwhile")       \
    F(S, I64, open_asks, .min = 0, .max = INT64_MAX, .doc = "Questions that wait for an answer")            \
    F(S, ID("ask"), ask_id, .opt = 1, .doc = "The oldest of them")                                          \
    F(S, STR, ask_kind, .opt = 1, .max_bytes = 32, .doc = "Its kind")                                       \
    F(S, STR, ask_tool, .opt = 1, .max_bytes = 256, .doc = "The tool that it asks for")                     \
    F(S, STR, ask_title, .opt = 1, .max_bytes = 65536, .doc = "What the tool would do")                     \
    F(S, TIME, ask_at, .opt = 1, .doc = "When it was asked")                                                \
    SEEN_STATE(F, S)                                                                                        \
    F(S, TIME, started_at, .opt = 1, .doc = "When its newest launch started")                               \
    F(S, TIME, stopped_at, .opt = 1, .doc = "When its newest launch ended")                                 \
    F(S, TIME, deleted_at, .opt = 1, .doc = "When it was archived")                                         \
    F(S, ID("org"), org_id, .opt = 1, .secret = 1, .doc = "Its workspace's org")
SHAPE(AgentOverview, AGENT_OVERVIEW);

/* The kinds of an agent's events, and what else changes its row. */
enum {
    AGENT_ADDED = AgentEventKind_n,
    AGENT_REMOVED,
    AGENT_UPDATED,
    AGENT_LAST_LINE,
    AGENT_SILENT,
    AGENT_HEARD,
    AgentNews_n
};
extern const EnumDef AgentNews_enum;

/* Payload of overview_agent on `overview/org_…`. */
#define AGENT_OVERVIEW_NEWS(F, S)                                                                                            \
    F(S, STRS, changes, .max = AgentNews_n, .item_max = 32, .words = &AgentNews_enum,                                        \
      .doc =                                                                                                                 \
          "What changed it in one write: added, removed, updated, last_line, silent, heard, or kinds of the agent's events") \
    F(S, OBJ(AgentOverview), data, .doc = "The agent as get_overview answers it; its worktree's state as it was then")
SHAPE(AgentOverviewNews, AGENT_OVERVIEW_NEWS);

/* A TxEnd: emits the row of the agent with this id. */
int agent_emit_row(Tx *tx, Str agent_id, uint64_t bits, Err *e);
/* Of one that was deleted for good, whose row is gone. */
int agent_emit_removed(Tx *tx, const Agent *bare, Str org_id, Err *e);
/* Of agent_notify_workspace's `change`: the row is emitted at the end of the write. */
void agent_note_change(Tx *tx, Str agent_id, const char *change);

/* At most `limit` living agents behind the agent `after`, in the order of workspaces, worktrees and their lists;
 * {NULL,0}: of all, from the first. */
typedef struct AgentsFrom {
    Str org_id, workspace_id, after;
    int64_t limit;
} AgentsFrom;
int agents_overview(DbConn *c, const AgentsFrom *from, Arena *a, AgentOverviewList *ret, Err *e);
int agent_overview(DbConn *c, Str id, Arena *a, AgentOverview *ret, bool *ret_found, Err *e);

/* Emits the rows of agents that said something, at most once a second each. Loop thread; start-up only. */
typedef struct LastLines LastLines;
LastLines *last_lines_start(App *app);
void last_lines_stop(LastLines *l); /* NULL is fine for both */
void last_lines_free(LastLines *l); /* after the pools have ended */

extern const Op overview_ops[];
