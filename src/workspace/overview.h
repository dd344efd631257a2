/* The rows that get_overview answers of workspaces and worktrees, and the events that carry them.
 *
 * The watch keeps the state of each worktree in the store, so that reading it starts no program. An event on
 * `overview/org_…` carries the whole row: a client replaces the one that it has.
 */
#pragma once

#include "git/diff.h"
#include "workspace/workspace.h"

#define WORKTREE_MISSING_WORDS(W) \
    W(MISSING_FOLDER, "folder")   \
    W(MISSING_REPOSITORY, "repository")
ENUM_DECLARE(WorktreeMissing, WORKTREE_MISSING_WORDS);

/* How far a worktree is from the branch that it lands on. Left out where there is none, or where it has that branch checked
 * out itself. The lines are those of `git diff` against the commit where it left the branch. */
#define BASE_DISTANCE(F, S)                                                                                        \
    F(S, STR, base, .opt = 1, .max_bytes = 1024,                                                                   \
      .doc = "The branch that it lands on; left out, as the others, "                                              \
             "where there is none, or it is this one")                                                             \
    F(S, I64, base_ahead, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Commits that the base lacks")              \
    F(S, I64, base_behind, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Commits that only the base has")          \
    F(S, I64, base_files, .opt = 1, .min = 0, .max = INT64_MAX,                                                    \
      .doc = "Files that differ from where it left the base, not committed and untracked ones included")           \
    F(S, I64, base_added, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Lines that these add, counted as `added`") \
    F(S, I64, base_removed, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Lines that these lack")                  \
    F(S, BOOL, is_added_least, .opt = 1,                                                                           \
      .doc = "More lines are added: there is more untracked text than the 16 MiB that are counted")

/* Payload of git_status on `workspace/ws_…`. The lists of the status contain the first 200 paths; its counts include
 * all. */
#define WORKTREE_STATUS(F, S)                                                                                         \
    F(S, ID("wt"), worktree_id, .doc = "The worktree")                                                                \
    F(S, OBJ(GitStatus), status, .opt = 1, .doc = "Its state; absent when it could not be read")                      \
    F(S, STR, content_id, .opt = 1, .max_bytes = 64,                                                                  \
      .doc = "Differs from the last one whenever HEAD or a changed file does, even when the "                         \
             "lists are the same; absent when the status is")                                                         \
    F(S, I64, added, .opt = 1, .min = 0, .max = INT64_MAX,                                                            \
      .doc = "Lines that its files add against HEAD, untracked text included; absent when they could not be counted") \
    F(S, I64, removed, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Lines that they lack")                           \
    BASE_DISTANCE(F, S)                                                                                               \
    F(S, STR, source, .min = 1, .max_bytes = 16,                                                                      \
      .doc = "inotify: sent within a second; polled, when watches ran out: within 5 s")                               \
    F(S, STR, error, .opt = 1, .max_bytes = 480, .doc = "Why the state could not be read")                            \
    F(S, ENUM(WorktreeMissing), missing, .opt = 1,                                                                    \
      .doc = "What is not where it was: its folder, or the repository that it belongs to")
SHAPE(WorktreeStatus, WORKTREE_STATUS);

/* The state as the watch saw it last; shared by the rows of worktrees and of agents. */
#define SEEN_STATE(F, S)                                                                                                       \
    F(S, I64, ahead, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Commits that the upstream lacks")                           \
    F(S, I64, behind, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Commits that only the upstream has")                       \
    F(S, I64, staged, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Paths changed in the index")                               \
    F(S, I64, modified, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Paths changed and not staged")                           \
    F(S, I64, untracked, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Paths not tracked and not ignored")                     \
    F(S, I64, conflicted, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Unmerged paths")                                       \
    F(S, I64, added, .opt = 1, .min = 0, .max = INT64_MAX,                                                                     \
      .doc =                                                                                                                   \
          "Lines that its files add against HEAD, untracked text included; left out, as the others, until they could be read") \
    F(S, I64, removed, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Lines that its files lack")

#define WORKTREE_OVERVIEW(F, S)                                                                                     \
    F(S, ID("wt"), id, .doc = "The worktree")                                                                       \
    F(S, ID("ws"), workspace_id, .doc = "Its workspace")                                                            \
    F(S, STR, name, .min = 1, .max = 255, .doc = "Shown in lists")                                                  \
    F(S, STR, branch, .max_bytes = 1024, .doc = "Branch when last checked; HEAD when detached")                     \
    F(S, BOOL, is_detached, .doc = "HEAD points to a commit, not a branch")                                         \
    F(S, STR, path, .min = 1, .max_bytes = 4096, .is_path = 1, .doc = "Its folder")                                 \
    F(S, ENUM(WorktreeSort), sort_mode, .doc = "How its agents are ordered")                                        \
    F(S, I64, display_order, .min = 0, .max = 100000, .doc = "Its position in lists")                               \
    F(S, BOOL, is_main, .doc = "The repository's own folder")                                                       \
    SEEN_STATE(F, S)                                                                                                \
    BASE_DISTANCE(F, S)                                                                                             \
    F(S, I64, unverified, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Paths that only a filter program can tell") \
    F(S, STR, source, .opt = 1, .max_bytes = 16, .doc = "inotify: watched; polled; left out before the first look") \
    F(S, STR, error, .opt = 1, .max_bytes = 480, .doc = "Why its state could not be read")                          \
    F(S, ENUM(WorktreeMissing), missing, .opt = 1, .doc = "As in git_status; its figures are left out then")        \
    F(S, STR, content_id, .opt = 1, .max_bytes = 64, .doc = "As in git_status")                                     \
    F(S, STR, head, .opt = 1, .max_bytes = 64, .doc = "Its commit; left out before the first one")                  \
    F(S, BOOL, is_landed, .opt = 1, .doc = "That commit has landed, whatever the distance says: a squash keeps it") \
    F(S, TIME, seen_at, .opt = 1, .doc = "When its state was seen to change")                                       \
    F(S, ID("org"), org_id, .opt = 1, .secret = 1, .doc = "Its workspace's org")
SHAPE(WorktreeOverview, WORKTREE_OVERVIEW);

#define WORKTREE_NEWS_WORDS(W)     \
    W(WORKTREE_ADDED, "added")     \
    W(WORKTREE_REMOVED, "removed") \
    W(WORKTREE_UPDATED, "updated") \
    W(WORKTREE_LOOKED, "git_status")
ENUM_DECLARE(WorktreeNews, WORKTREE_NEWS_WORDS);

/* Payload of overview_worktree on `overview/org_…`. */
#define WORKTREE_OVERVIEW_NEWS(F, S)                                            \
    F(S, STRS, changes, .max = 4, .item_max = 16, .words = &WorktreeNews_enum,  \
      .doc = "added, removed, updated, git_status: what happened in one write") \
    F(S, OBJ(WorktreeOverview), data, .doc = "The worktree as get_overview answers it")
SHAPE(WorktreeOverviewNews, WORKTREE_OVERVIEW_NEWS);

/* Emits worktree_added, worktree_removed or worktree_updated on its workspace's stream, and its row of the overview. */
int worktree_emit(Tx *tx, const Worktree *w, WorktreeNews what, Err *e);
/* Stores what the watch saw, and emits the row at the end of the write. */
int worktree_store_status(Tx *tx, const WorktreeStatus *s, Err *e);

/* Stores which commit of the worktree has landed, {NULL,0}: none, and emits the row at the end of the write. */
int worktree_store_landed(Tx *tx, Str worktree_id, Str head, Err *e);

/* Reading. Worker threads. */
int workspaces_overview(DbConn *c, Str org_id, Str workspace_id, Arena *a, WorkspaceNewsList *ret, Err *e);
/* At most `limit` behind the worktree `after`, in the order of workspaces and their lists; {NULL,0}: of all, from the
 * first. */
typedef struct WorktreesFrom {
    Str org_id, workspace_id, after;
    int64_t limit;
} WorktreesFrom;
int worktrees_overview(DbConn *c, const WorktreesFrom *from, Arena *a, WorktreeOverviewList *ret, Err *e);
int worktree_overview(DbConn *c, Str id, Arena *a, WorktreeOverview *ret, bool *ret_found, Err *e);
/* The words of bits as the changes of an event, in the arena. */
StrList changes_of(const EnumDef *words, uint64_t bits, Arena *a);
