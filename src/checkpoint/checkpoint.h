/* Checkpoints: what the files of a worktree were at each turn of an agent and at each of its calls that may change files.
 *
 * A row is stored in the derived write that shows the moment (hook work_marked), so that none is missing silently; it is
 * due until a background job has taken a snapshot (taker.c), which neither the agent nor the derivation waits for. Of one
 * repository one job runs at a time. Rows that have piled up meanwhile share one snapshot; those after which a call has
 * ended are late.
 * A worktree in which nothing has changed gets a row that names the commit before. What could not be taken says why.
 */
#pragma once

#include "core/hook.h"
#include "core/op.h"
#include "core/org.h"
#include "git/checkpoint.h"
#include "workspace/workspace.h"

#define CHECKPOINT_STATE_WORDS(W) W(CHECKPOINT_DUE, "due") W(CHECKPOINT_TAKEN, "taken") W(CHECKPOINT_FAILED, "failed")
ENUM_DECLARE(CheckpointState, CHECKPOINT_STATE_WORDS);

#define CHECKPOINT(F, S)                                                                                               \
    F(S, I64, number, .secret = 1, .min = 1, .max = INT64_MAX, .doc = "Number of the row")                             \
    F(S, ID("ckp"), id, .doc = "The checkpoint")                                                                       \
    F(S, ID("ws"), workspace_id, .doc = "The workspace")                                                               \
    F(S, ID("wt"), worktree_id, .doc = "The worktree")                                                                 \
    F(S, ID("ag"), agent_id, .doc = "The agent whose turn or call it is")                                              \
    F(S, ENUM(WorkMarkKind), kind, .doc = "turn_start, before_tool (while the agent asks), after_tool or turn_end")    \
    F(S, I64, turn, .min = 0, .max = INT64_MAX, .doc = "Index of the turn, as list_turns has it")                      \
    F(S, STR, tool_id, .opt = 1, .max_bytes = 256, .doc = "Id of the tool call")                                       \
    F(S, STR, tool, .opt = 1, .max_bytes = 256, .doc = "Name of the tool")                                             \
    F(S, TIME, at, .doc = "When the agent was there")                                                                  \
    F(S, ENUM(CheckpointState), state, .doc = "due, taken or failed")                                                  \
    F(S, TIME, seen_at, .opt = 1, .doc = "When its files were read")                                                   \
    F(S, BOOL, is_exact, .doc = "No agent of the worktree worked while its files were read")                           \
    F(S, BOOL, is_late, .doc = "A call ended before its files were read: they are those of a later checkpoint")        \
    F(S, STR, ref, .opt = 1, .secret = 1, .max_bytes = 255, .doc = "What keeps its commit")                            \
    F(S, STR, commit_id, .opt = 1, .max_bytes = 64, .doc = "Its commit, under refs/muster/checkpoints")                \
    F(S, STR, tree, .opt = 1, .max_bytes = 64, .doc = "Its files, as a tree of the repository with their exact bytes") \
    F(S, STR, head, .opt = 1, .max_bytes = 64, .doc = "Commit of HEAD; absent before the first one")                   \
    F(S, I64, files_changed, .opt = 1, .min = 0, .max = INT64_MAX,                                                     \
      .doc = "Files that differ from the worktree's checkpoint before it; absent for the first one")                   \
    F(S, I64, left_out, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Files that it lacks; get_checkpoint lists them") \
    F(S, STR, error, .opt = 1, .max_bytes = 2000, .doc = "Why it could not be taken")
SHAPE(Checkpoint, CHECKPOINT);

/* ERR_NOT_FOUND: no such checkpoint in this worktree (NULL: in any). ERR_CONFLICT: it was not taken, or not yet. */
int checkpoint_get_taken(DbConn *db, const WorktreeRef *in, Str id, Arena *a, Checkpoint *ret, Err *e);
/* At the start or the end of a turn; *ret_found: it has been taken, and in time. */
typedef struct CheckpointTurn {
    Str agent_id;
    int64_t turn;
    WorkMarkKind kind;
} CheckpointTurn;
int checkpoint_of_turn(DbConn *db, const CheckpointTurn *at, Arena *a, Checkpoint *ret, bool *ret_found, Err *e);

/* How many files a turn changed at least: the most that one of its checkpoints shows. 0 where it may show what others did:
 * while another agent worked in the worktree, or when it was taken late and so compared with one from before the turn. */
int checkpoint_turn_files(DbConn *db, Str agent_id, int64_t turn, int64_t *ret, Err *e);

/* side.c: words for a side of a diff: a checkpoint's id, or a turn: "ag_…:3:start", "ag_…:3:end". *ret is its tree;
 * {NULL,0}: the word is not one of these. */
#define CHECKPOINT_SIDE_WORDS "a checkpoint's id, <agent id>:<turn>:start or <agent id>:<turn>:end"
int checkpoint_side(DbConn *db, const WorktreeRef *in, Str word, Arena *a, Str *ret_tree, Err *e);

/* Deletes what is older, except the newest of each worktree, and refs of that age which no row knows. Slow pool. */
int checkpoints_expire(App *app, DbConn *db, TimeUs older_than, Err *e);

/* Listens to the hooks. Start-up only; before checkpoints_start. */
void checkpoint_register(App *app);
/* Creates App.checkpoints and takes what is due. Loop thread, as the next. */
int checkpoints_start(App *app, DbConn *db, Err *e);
/* Ends a running job; what it was to take is taken after the next start. NULL is fine. */
void checkpoints_stop(Checkpoints *c);
void checkpoints_free(Checkpoints *c); /* after the loop has ended; NULL is fine */

extern const Op checkpoint_ops[];
extern const OrgOf checkpoint_orgs[];
