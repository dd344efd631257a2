/* A repository's content and a person's actions in it: places, worktrees, status, branches, add, switch.
 * Blocking; answers are in the handle's arena. Reading is quiet. */
#pragma once

#include "base/shape.h"
#include "git/git.h"
#include "git/git_parse.h"

typedef struct Map Map;

typedef struct GitPlaces {
    const char *top;    /* canonical folder of the handle's worktree */
    const char *common; /* canonical common git folder */
} GitPlaces;
/* ERR_INVALID: not a repository, or a bare one. */
int git_places(const Git *g, GitPlaces *ret, Err *e);
/* Every worktree, the main one first; `is_bare` also if it is separate from its git folder and nothing records
 * where. */
int git_worktrees(const Git *g, GitWorktreeList *ret, Err *e);
/* The worktree at this path, NULL if there is none. */
const GitWorktree *git_worktree_find(const GitWorktreeList *l, Str path);
/* Name of git's record of the worktree at this path, "" if none can be read. It does not change when the worktree is
 * moved, and starts with the last part of the folder in which the worktree was created. */
Str git_worktree_record(Arena *a, Str path);
/* "main" of "refs/heads/main", else the name unchanged. */
Str git_short_branch(Str full_ref);

enum { GIT_STATUS_MAX = 5000, GIT_SUBMODULES_MAX = 256, GIT_HIDDEN_MAX = 100 };

#define GIT_COUNTS(F, S)                                                                   \
    F(S, I64, modified, .min = 0, .max = INT64_MAX, .doc = "Changed and not staged")       \
    F(S, I64, staged, .min = 0, .max = INT64_MAX, .doc = "Changed in the index")           \
    F(S, I64, untracked, .min = 0, .max = INT64_MAX, .doc = "Not tracked and not ignored") \
    F(S, I64, conflicted, .min = 0, .max = INT64_MAX, .doc = "Unmerged")                   \
    F(S, I64, unverified, .min = 0, .max = INT64_MAX, .doc = "Changed or not: depends on a filter program")
SHAPE(GitCounts, GIT_COUNTS);

#define GIT_STATUS(F, S)                                                                                               \
    F(S, BOOL, is_clean, .doc = "Nothing is modified, staged, untracked, conflicted or unverified")                    \
    F(S, I64, ahead, .min = 0, .max = INT64_MAX, .doc = "Commits that the upstream lacks")                             \
    F(S, I64, behind, .min = 0, .max = INT64_MAX, .doc = "Commits that only the upstream has")                         \
    F(S, STRS, modified, .max = GIT_STATUS_MAX, .item_max = 8192, .is_file = 1, .doc = "Changed and not staged")       \
    F(S, STRS, staged, .max = GIT_STATUS_MAX, .item_max = 8192, .is_file = 1, .doc = "Changed in the index")           \
    F(S, STRS, untracked, .max = GIT_STATUS_MAX, .item_max = 8192, .is_file = 1, .doc = "Not tracked and not ignored") \
    F(S, STRS, conflicted, .max = GIT_STATUS_MAX, .item_max = 8192, .is_file = 1, .doc = "Unmerged")                   \
    F(S, STRS, unverified, .max = GIT_STATUS_MAX, .item_max = 8192, .is_file = 1,                                      \
      .doc = "Changed only if a filter program says so; the program is not run")                                       \
    F(S, STRS, submodules, .opt = 1, .max = GIT_SUBMODULES_MAX, .item_max = 8192, .is_file = 1,                        \
      .doc = "Those of `modified` that are submodules with uncommitted work, absent if there are none")                \
    F(S, STRS, hidden, .opt = 1, .max = GIT_HIDDEN_MAX, .item_max = 8192, .is_file = 1,                                \
      .doc = "Files whose changes git does not report (assume-unchanged, skip-worktree) and that exist: "              \
             "what changes in them shows nowhere. The first 100, in get_git_status; absent if there are none")         \
    F(S, OBJ(GitCounts), counts, .doc = "Number of paths per list, also where the list is cut")                        \
    F(S, STR, branch, .max_bytes = 1024, .doc = "Short name; HEAD if detached")                                        \
    F(S, BOOL, is_detached, .doc = "HEAD names a commit instead of a branch")                                          \
    F(S, STR, head, .opt = 1, .max_bytes = 64, .doc = "Commit of HEAD; absent before the first one")                   \
    F(S, STR, head_message, .opt = 1, .max_bytes = 65536, .doc = "Message of that commit, in get_git_status")          \
    F(S, STR, upstream, .opt = 1, .max_bytes = 1024, .doc = "Upstream branch, absent if there is none")                \
    F(S, BOOL, is_folded, .secret = 1, .doc = "Untracked folders were not entered")                                    \
    F(S, STR, content_id, .max_bytes = 64,                                                                             \
      .doc = "Changes whenever HEAD or the path, size, mode or time of a changed file changes")                        \
    F(S, STR, note, .opt = 1, .max_bytes = 1024, .doc = "Of discard_changes: what was left as it is")                  \
    F(S, STR, salvage_id, .opt = 1, .max_bytes = 64,                                                                   \
      .doc = "Of discard_changes: what it set aside, for restore_salvage")                                             \
    F(S, BOOL, truncated,                                                                                              \
      .doc =                                                                                                           \
          "Lists are cut at 5000 entries each in an answer and at 200 in total in an event, or untracked folders are not entered")
SHAPE(GitStatus, GIT_STATUS);

/* Examines each submodule too: one that is not clean is `modified`. */
int git_status(const Git *g, GitStatus *ret, Err *e);
/* Sets `hidden`. */
int git_status_add_hidden(const Git *g, GitStatus *s, Err *e);
/* Sets `head_message`, if there is a commit; a message that is too long is left out. */
int git_status_add_message(const Git *g, GitStatus *s, Err *e);
/* As git_status, but a submodule counts only if another commit of it is checked out. */
int git_status_outer(const Git *g, GitStatus *ret, Err *e);
/* The submodules with uncommitted work. */
int git_submodules_dirty(const Git *g, StrList *ret, Err *e);
/* ERR_CONFLICT: `what` is refused. 0 if clean. Details of each list that is not empty, here `modified`: modifiedCount;
 * modified, its first paths; modifiedOmitted, how many more there are. */
int git_require_clean(const GitStatus *s, const char *what, Err *e);

#define GIT_BRANCHES(F, S)                                                                             \
    F(S, STRS, local, .max = 100000, .item_max = 1024, .doc = "Local branches")                        \
    F(S, STRS, remote, .max = 100000, .item_max = 1024, .doc = "Remote branches; origin/ is stripped") \
    F(S, STR, current, .max_bytes = 1024, .doc = "The branch checked out; HEAD if detached")
SHAPE(GitBranches, GIT_BRANCHES);

int git_branches(const Git *g, GitBranches *ret, Err *e);

/* Checks a branch name from a person. ERR_INVALID: not a valid branch name. */
typedef struct GitBranchPlan {
    const char *branch;
    bool is_new;       /* will be created */
    const char *start; /* start point of a new branch: full ref or object id; NULL = HEAD */
    bool is_tracking;  /* start is a remote branch to track */
} GitBranchPlan;
/* Determines what checking the branch out means. ERR_CONFLICT: it exists (create), or is checked out in a worktree
 * other than `except`. ERR_NOT_FOUND: no such branch, here or in exactly one remote. */
int git_branch_plan(const Git *g, Str branch, bool create, Str except, GitBranchPlan *ret, Err *e);

/* Adds a worktree at an absolute path that does not exist. *ret_note: the message of a hook that failed after the
 * worktree was created, else {NULL,0}. After an error the worktree may still be registered: ask git_worktrees. */
int git_worktree_add(const Git *g, const char *path, const GitBranchPlan *p, Str *ret_note, Err *e);
/* The process that still writes the files of the worktree at this path, 0 if there is none: git keeps its index.lock
 * open for that time. */
int64_t git_worktree_filler(const Git *g, const char *path);
/* Switches the handle's worktree. ERR_CONFLICT lists the ignored or untracked files that are in the way; nothing is
 * overwritten. */
int git_switch(const Git *g, const GitBranchPlan *p, Str *ret_note, Err *e);
/* Deletes a branch if it still points to `oid`; used to undo its creation. */
int git_branch_drop(const Git *g, const char *branch, Str oid, Err *e);
/* Does a filter program change this file on its way into git? */
int git_is_filtered(const Git *g, Str path, bool *ret, Err *e);
/* Those of the paths for which it does become keys of *ret; their bytes end in NUL. */
int git_filtered(const Git *g, const StrList *paths, Map *ret, Err *e);
/* The commit of a local branch by its short name, {NULL,0} if there is none; what only an expression names, such as main~1,
 * is none. */
int git_branch_find(const Git *g, Str branch, Str *ret_oid, Err *e);
/* The commit that a full ref or HEAD names, {NULL,0} if it names none. */
int git_resolve(const Git *g, const char *ref, Str *ret_oid, Err *e);
