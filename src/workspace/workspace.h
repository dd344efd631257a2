/* Workspaces: git repositories that the user has opened, and their worktrees.
 *
 * Rows say what was registered; git and the file system say what exists. Opening, refreshing and every operation on a
 * worktree ask git and update the rows. Nothing here deletes a file of a worktree: a removed worktree is moved to the
 * trash, and one whose folder is gone is forgotten.
 * Closing a workspace only marks its row and its worktrees' rows: opening the same repository again restores them with
 * their ids, and with them what other nouns store about them. Until then they cannot be found.
 * Paths given by a client must be inside one of the folders of the setting workspace.roots.
 */
#pragma once

#include "core/op.h"
#include "core/org.h"
#include "core/topic.h"
#include "git/repo.h"
#include "workspace/salvage.h"

#define IN_WORKSPACE(F, S) F(S, ID("ws"), workspace_id, .from = FROM_PATH, .doc = "The workspace")
#define IN_WORKTREE(F, S) \
    IN_WORKSPACE(F, S)    \
    F(S, ID("wt"), worktree_id, .from = FROM_PATH, .doc = "The worktree")
SHAPE(WorkspaceRef, IN_WORKSPACE);
SHAPE(WorktreeRef, IN_WORKTREE);

#define WORKTREE_SORT_WORDS(W) \
    W(SORT_FREE, "free")       \
    W(SORT_STATUS, "status")   \
    W(SORT_NAME, "name")
ENUM_DECLARE(WorktreeSort, WORKTREE_SORT_WORDS);

#define WORKTREE(F, S)                                                                              \
    F(S, ID("wt"), id, .doc = "The worktree")                                                       \
    F(S, ID("ws"), workspace_id, .doc = "Its workspace")                                            \
    F(S, STR, name, .min = 1, .max = 255, .doc = "Shown in lists")                                  \
    F(S, STR, branch, .max_bytes = 1024, .doc = "Branch when last checked; HEAD when detached")     \
    F(S, STR, path, .min = 1, .max_bytes = 4096, .is_path = 1, .doc = "Its folder")                 \
    F(S, ENUM(WorktreeSort), sort_mode, .doc = "How its agents are ordered")                        \
    F(S, I64, display_order, .min = 0, .max = 100000, .doc = "Its position in lists")               \
    F(S, BOOL, is_main, .doc = "The repository's own folder; it cannot be removed")                 \
    F(S, TIME, created_at, .doc = "When it was registered")                                         \
    F(S, TIME, updated_at, .doc = "When its row last changed")                                      \
    F(S, BOOL, is_detached, .doc = "HEAD points to a commit, not a branch")                         \
    F(S, STR, note, .opt = 1, .max_bytes = 8192, .doc = "Output of a hook, or a remark of an undo") \
    F(S, ID("trs"), trash_id, .opt = 1, .secret = 1, .doc = "Its entry in the trash")               \
    F(S, TIME, closed_at, .opt = 1, .secret = 1, .doc = "When it left the lists")
SHAPE(Worktree, WORKTREE);

#define WORKTREE_DETAIL(F, S)                                                                                    \
    WORKTREE(F, S)                                                                                               \
    F(S, BOOL, is_missing, .doc = "Its folder is gone; removing it only deletes its record")                     \
    F(S, ANY, agents, .max_bytes = 16777216, .doc = "Its agents, a list of Agent")                               \
    F(S, ANY, previous_agents, .max_bytes = 16777216, .doc = "Its archived agents, newest first, the first 100") \
    F(S, I64, previous_agent_count, .min = 0, .max = INT64_MAX,                                                  \
      .doc = "Number of archived agents; list_agents with includeDeleted pages through them")
SHAPE(WorktreeDetail, WORKTREE_DETAIL);

#define WORKSPACE(F, S)                                                                              \
    F(S, ID("ws"), id, .doc = "The workspace")                                                       \
    F(S, STR, name, .min = 1, .max = 255, .doc = "Shown in lists")                                   \
    F(S, STR, path, .min = 1, .max_bytes = 4096, .is_path = 1, .doc = "Folder of its main worktree") \
    F(S, I64, worktree_count, .min = 0, .max = INT64_MAX, .doc = "Worktrees registered")             \
    F(S, I64, agent_count, .min = 0, .max = INT64_MAX, .doc = "Agents, without archived ones")       \
    F(S, TIME, created_at, .doc = "When it was opened")                                              \
    F(S, TIME, updated_at, .doc = "When its row last changed")                                       \
    F(S, STR, common_dir, .secret = 1, .min = 1, .max_bytes = 4096, .doc = "Its common git folder")
SHAPE(Workspace, WORKSPACE);

#define WORKSPACE_DETAIL(F, S)                                                   \
    WORKSPACE(F, S)                                                              \
    F(S, LIST(WorktreeDetail), worktrees, .max = 10000, .doc = "In their order") \
    F(S, STRS, notes, .opt = 1, .max = 100, .item_max = 8192,                    \
      .doc = "Worktrees that git lists but that are not shown, with the reason")
SHAPE(WorkspaceDetail, WORKSPACE_DETAIL);

/* Payload of workspace_updated on `workspace/ws_…`, which other nouns emit too. */
#define WORKSPACE_CHANGE(F, S)                                                                            \
    F(S, ID("ws"), workspace_id, .doc = "The workspace")                                                  \
    F(S, STR, change, .min = 1, .max_bytes = 32,                                                          \
      .doc = "worktree_added, worktree_removed, worktree_updated, workspace_updated, agent_added, "       \
             "agent_removed, agent_updated, profile_added, profile_removed, profile_updated, "            \
             "script_added, script_removed, script_updated, script_run, comment_added, comment_updated, " \
             "comment_removed, comment_sent, comment_unsent, base_changed, landed, landing_undone or "    \
             "terminal")                                                                                  \
    F(S, ANY, data, .max_bytes = 1048576, .doc = "What was added, removed or updated")
SHAPE(WorkspaceChange, WORKSPACE_CHANGE);

/* Payload of workspace_opened, workspace_renamed, workspace_moved and workspace_closed on `overview/org_…`. */
#define WORKSPACE_NEWS(F, S)                                 \
    F(S, ID("ws"), workspace_id, .doc = "The workspace")     \
    F(S, STR, name, .min = 1, .max = 255, .doc = "Its name") \
    F(S, STR, path, .min = 1, .max_bytes = 4096, .is_path = 1, .doc = "Its folder")
SHAPE(WorkspaceNews, WORKSPACE_NEWS);

/* Payload of trash_changed on `overview/org_…`. */
#define TRASH_NEWS(F, S)                                                          \
    F(S, ID("trs"), trash_id, .doc = "Entry of the trash")                        \
    F(S, ID("wt"), worktree_id, .doc = "Its worktree")                            \
    F(S, ID("ws"), workspace_id, .doc = "The workspace that it was removed from") \
    F(S, BOOL, is_there, .doc = "True: it was moved to the trash; false: it was restored, or its folder is gone")
SHAPE(TrashNews, TRASH_NEWS);

/* JSON arrays in the arena. */
typedef struct WorktreeAgents {
    Str living, archived;
    int64_t archived_count; /* of all, including those that are not listed */
} WorktreeAgents;
/* Agents belong to another noun, which provides these functions (App.agents) so that a workspace can list them. */
struct WorkspaceAgents {
    int (*of_worktree)(DbConn *db, Str worktree_id, Arena *a, WorktreeAgents *ret, Err *e);
    int (*count)(DbConn *db, Str workspace_id, int64_t *ret, Err *e);
};

/* Rows, for other nouns. ERR_NOT_FOUND also when it is closed and, for a worktree, when it is in the trash. */
int workspace_get(const App *app, DbConn *db, Str id, Arena *a, Workspace *ret, Err *e);
/* Those that are open; `org` {NULL,0}: of all orgs. */
int workspace_list(DbConn *db, Str org, Arena *a, WorkspaceList *ret, Err *e);
int worktree_get(DbConn *db, Str id, Arena *a, Worktree *ret, Err *e);
int worktree_row(DbConn *db, Str id, Arena *a, Worktree *ret, bool *ret_found, Err *e); /* also closed or trashed */
int worktree_of(DbConn *db, const WorktreeRef *ref, Arena *a, Worktree *ret, Err *e); /* must belong to the workspace */
int worktree_list(DbConn *db, Str workspace_id, Arena *a, WorktreeList *ret, Err *e);
/* Brings the rows up to date with what git lists. */
int worktrees_refresh(OpCall *c, Str workspace_id, Err *e);
/* For hooks that may refuse what would happen to a worktree: ERR_CONFLICT if `count`, of its id, is more than none. The worktree
 * may be one of many in a workspace that is closed, so the refusal names it. */
typedef struct WorktreeBusy {
    const Sql *count;
    const char *one, *many; /* "agent is running", "agents are running" */
    const char *what_to_do; /* "stop" */
} WorktreeBusy;
int worktree_refuse_busy(Tx *tx, Str worktree_id, const WorktreeBusy *how, Err *e);
/* Handles on its folder and on the common git folder. ERR_NOT_FOUND: it is gone. */
int worktree_git(OpCall *c, const WorktreeRef *ref, Worktree *ret, Git **ret_git, Err *e);
int workspace_git(OpCall *c, const Workspace *w, Git **ret, Err *e);
/* The subject of an operation with a field workspaceId: the common git folder. */
int workspace_subject(OpCall *c, const void *in, Str *ret, Err *e);
/* Of one that writes only the worktree in its field worktreeId and its branch: it waits for what changes the repository,
 * and not for other worktrees. */
int worktree_part_subject(OpCall *c, const void *in, Str *ret, Err *e);
/* Of one that only reads the worktree in its field worktreeId: the worktree, so that no other one's reads wait for it. */
int worktree_subject(OpCall *c, const void *in, Str *ret, Err *e);
/* For callers that start work in it. ERR_CONFLICT while it, or a worktree that contains it, is being removed. */
int worktree_get_usable(DbConn *db, Str id, Arena *a, Worktree *ret, Err *e);
/* Opens the repository, or finds it open. Slow pool. Not for a handler whose answer is the workspace. */
int workspace_open_or_get(OpCall *c, Str path, Workspace *ret, Err *e);
/* Emits workspace_updated with `data` of `shape`. */
int workspace_emit(Tx *tx, Str workspace_id, const char *change, const Shape *shape, const void *data, Err *e);

extern const Op workspace_ops[];
extern const TopicDef workspace_topics[];
extern const OrgOf workspace_orgs[];
