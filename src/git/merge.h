/* Merging and what it leaves: conflicts, a merge or rebase in progress, and commits made without a worktree. What a person
 * does runs with their hooks and signatures; the rest is quiet. Blocking; worker threads. */
#pragma once

#include "base/shape.h"
#include "git/git.h"

/* The documentation of an act's note. */
#define GIT_NOTE_DOC "What went wrong after the act was done: a hook that failed, and its last words"

#define GIT_CONFLICT_WORDS(W)                        \
    W(GIT_CONFLICT_BOTH_MODIFIED, "bothModified")    \
    W(GIT_CONFLICT_BOTH_ADDED, "bothAdded")          \
    W(GIT_CONFLICT_BOTH_DELETED, "bothDeleted")      \
    W(GIT_CONFLICT_DELETED_BY_US, "deletedByUs")     \
    W(GIT_CONFLICT_DELETED_BY_THEM, "deletedByThem") \
    W(GIT_CONFLICT_ADDED_BY_US, "addedByUs")         \
    W(GIT_CONFLICT_ADDED_BY_THEM, "addedByThem")
ENUM_DECLARE(GitConflictKind, GIT_CONFLICT_WORDS);

#define GIT_STAGE(F, S)                                                                     \
    F(S, I64, stage, .min = 1, .max = 3, .doc = "1: their common file, 2: ours, 3: theirs") \
    F(S, STR, mode, .max_bytes = 6, .doc = "git's octal mode; 160000 is a submodule")       \
    F(S, STR, id, .max_bytes = 64, .doc = "Its object")
SHAPE(GitStage, GIT_STAGE);

#define GIT_CONFLICT(F, S)                                                          \
    F(S, STR, path, .max_bytes = 8192, .is_file = 1, .doc = "Path in the worktree") \
    F(S, ENUM(GitConflictKind), kind, .doc = "Which sides have the file")           \
    F(S, LIST(GitStage), stages, .max = 3, .doc = "The versions in conflict")
SHAPE(GitConflict, GIT_CONFLICT);

#define GIT_PROGRESS_WORDS(W)                 \
    W(GIT_PROGRESS_NONE, "none")              \
    W(GIT_PROGRESS_MERGE, "merge")            \
    W(GIT_PROGRESS_REBASE, "rebase")          \
    W(GIT_PROGRESS_CHERRY_PICK, "cherryPick") \
    W(GIT_PROGRESS_REVERT, "revert")          \
    W(GIT_PROGRESS_BISECT, "bisect")
ENUM_DECLARE(GitProgress, GIT_PROGRESS_WORDS);
/* What is in progress in a worktree, by the files in git's folder of it. */
GitProgress git_progress_in(const char *git_dir);
/* As git's commands are named: "cherry-pick". */
const char *git_progress_name(GitProgress p);

enum { GIT_CONFLICTS_MAX = 10000 };
#define GIT_MERGE_STATE(F, S)                                                                                          \
    F(S, ENUM(GitProgress), in_progress, .doc = "What waits to be continued or aborted")                               \
    F(S, STR, head, .opt = 1, .max_bytes = 64, .doc = "Commit of HEAD; absent before the first one")                   \
    F(S, STR, other, .opt = 1, .max_bytes = 64, .doc = "The commit that is being merged, picked or reverted")          \
    F(S, STR, last, .opt = 1, .secret = 1, .max_bytes = 64, .doc = "Of a rebase: the last commit that it picks")       \
    F(S, LIST(GitConflict), conflicts, .max = GIT_CONFLICTS_MAX, .doc = "Files in conflict, by path; the first 10000") \
    F(S, I64, conflict_count, .min = 0, .max = INT64_MAX, .doc = "All of them")                                        \
    F(S, STR, note, .opt = 1, .max_bytes = 1024, .doc = GIT_NOTE_DOC)
SHAPE(GitMergeState, GIT_MERGE_STATE);
int git_merge_state(const Git *g, GitMergeState *ret, Err *e);

/* What merging two commits would give, without a worktree; without a common one, as if an empty one were. New objects are
 * written, no refs. */
typedef struct GitMergeTree {
    Str tree;
    bool is_clean;
    GitConflictList conflicts; /* those with stages; a conflict without any shows only in is_clean */
} GitMergeTree;
int git_merge_tree(const Git *g, Str ours, Str theirs, GitMergeTree *ret, Err *e);

/* A person's merge of a commit into the handle's worktree. Conflicts are no error: ask git_merge_state. ERR_CONFLICT: files in
 * the way, or, with ff_only, both have commits of their own. */
typedef struct GitMergeAsk {
    Str commit, message;
    bool ff_only;
} GitMergeAsk;
/* Set on failure too. */
typedef struct GitMergeEnd {
    Str note;           /* git_hook_note */
    bool is_broken_off; /* git was ended by a signal or by us, or had no room: files may be half written */
} GitMergeEnd;
int git_merge(const Git *g, const GitMergeAsk *ask, GitMergeEnd *ret, Err *e);
int git_rebase(const Git *g, Str onto, GitMergeEnd *ret, Err *e); /* likewise */
/* Runs the person's post-merge hook, whose exit git itself ignores too (githooks(5)). */
void git_after_merge(const Git *g, Str *ret_note);
/* ERR_CONFLICT: nothing is in progress that could be continued, or conflicts are left; likewise for an abort. */
int git_merge_check_continue(const GitMergeState *now, Err *e);
int git_merge_check_abort(const GitMergeState *now, Err *e);
/* Continues or aborts the merge or rebase in progress; ERR_CONFLICT as the checks. */
int git_merge_continue(const Git *g, GitProgress in_progress, GitMergeEnd *ret, Err *e);
int git_merge_abort(const Git *g, GitProgress in_progress, Err *e);

/* A commit of a tree as the person, signed if they sign theirs. */
typedef struct GitTreeCommit {
    Str tree, message;
    StrList parents;
} GitTreeCommit;
int git_commit_tree(const Git *g, const GitTreeCommit *c, Str *ret, Err *e);
/* Moves a full ref from one commit to another. ERR_CONFLICT: it is no longer at `from`. */
typedef struct GitRefMove {
    Str ref, from, to;
    const char *why; /* for the reflog */
} GitRefMove;
int git_move_ref(const Git *g, const GitRefMove *m, Err *e);
/* Moves the branch that the handle's clean worktree has checked out, with its index and files: they first, then the branch,
 * each only from where it is expected. ERR_CONFLICT: something else is checked out, the branch has moved, or files are in
 * the way; nothing is moved then. What fails halfway is put back (git_move_files). */
int git_move_checked_out(const Git *g, const GitRefMove *m, Err *e);
/* After a crash of it: moves the branch if index and files were moved; puts back what was moved of the files alone. */
int git_move_checked_out_finish(const Git *g, const GitRefMove *m, Err *e);
int git_is_ancestor(const Git *g, Str ancestor, Str commit, bool *ret, Err *e);
int git_tree_of(const Git *g, Str commit, Str *ret, Err *e);
/* {NULL,0}: none */
int git_merge_base(const Git *g, Str one, Str other, Str *ret, Err *e);
/* Commits that only `head` has, and those that only `base` has. */
int git_distance(const Git *g, Str base, Str head, int64_t *ret_ahead, int64_t *ret_behind, Err *e);
