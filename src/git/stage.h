/* From the worktree to a commit: staging by file and hunk, discarding, committing. A person's acts, with their hooks, filters
 * and signatures. Blocking; worker threads. */
#pragma once

#include "git/diff.h"
#include "git/merge.h"

/* Files from the worktree's folder on; none = everything. ERR_NOT_FOUND: one has not changed. */
int git_stage(const Git *g, const StrList *paths, Err *e);
/* ERR_CONFLICT: one is in conflict, which unstaging would forget. */
int git_unstage(const Git *g, const StrList *paths, Err *e);
/* The worktree's files become those of the index; untracked ones are removed. The caller has salvaged them. Of everything,
 * submodules and repositories of their own are left out. ERR_CONFLICT: one is in conflict, or a named one is such a repository;
 * ERR_NOT_FOUND: there is no such file, and git knows none. */
int git_discard(const Git *g, const StrList *paths, Err *e);
/* Would that succeed now? *ret_note: what it would leave out, {NULL,0}: nothing. */
int git_check_discard(const Git *g, const StrList *paths, Str *ret_note, Err *e);

#define GIT_HUNK_REF(F, S)                                                        \
    F(S, STR, path, .min = 1, .max_bytes = 4096, .is_file = 1, .doc = "The file") \
    F(S, STR, old_path, .opt = 1, .min = 1, .max_bytes = 4096, .is_file = 1,      \
      .doc = "Its oldPath in that diff, if it was renamed or copied")             \
    F(S, STR, id, .min = 1, .max_bytes = 64, .doc = "The hunk's id in the diff that was shown")
SHAPE(GitHunkRef, GIT_HUNK_REF);
typedef enum GitHunkAct { GIT_HUNK_STAGE, GIT_HUNK_UNSTAGE, GIT_HUNK_DISCARD } GitHunkAct;
/* All of them or none. ERR_CONFLICT names the hunk that is no longer there: the file has changed since. */
int git_apply_hunks(const Git *g, GitHunkAct act, const GitHunkRefList *hunks, Err *e);
/* Would that succeed now? */
int git_check_hunks(const Git *g, GitHunkAct act, const GitHunkRefList *hunks, Err *e);

typedef struct GitCommitAsk {
    Str message;        /* {NULL,0}, with amend: the old one */
    const char *reflog; /* how HEAD's reflog names it: "commit (…)"; NULL: as git does */
    bool amend, all, allow_empty;
    Str *ret_note; /* git_hook_note; NULL: not wanted */
} GitCommitAsk;
/* ERR_CONFLICT: nothing to commit, conflicts, no identity, a hook refused; ERR_INVALID: no message. Details: output, what it printed. */
int git_commit(const Git *g, const GitCommitAsk *ask, Err *e);
/* The newest commit of HEAD's reflog with that name, {NULL,0} if there is none; *ret_has_log: HEAD has a reflog. */
int git_commit_find(const Git *g, const char *reflog, Str *ret, bool *ret_has_log, Err *e);

#define GIT_COMMIT(F, S)                                                                                              \
    F(S, STR, id, .max_bytes = 64, .doc = "The commit")                                                               \
    F(S, STRS, parents, .max = 100, .item_max = 64, .doc = "Its parents")                                             \
    F(S, STR, summary, .max_bytes = 4096, .doc = "First line of its message")                                         \
    F(S, STR, author, .max_bytes = 4096, .doc = "Name of its author")                                                 \
    F(S, TIME, committed_at, .doc = "When it was made")                                                               \
    F(S, STR, before_id, .opt = 1, .max_bytes = 64,                                                                   \
      .doc = "Of commit_changes: HEAD before it, for undo_commit; absent: it was the first commit, or ended a merge") \
    F(S, STR, note, .opt = 1, .max_bytes = 1024, .doc = GIT_NOTE_DOC)
SHAPE(GitCommit, GIT_COMMIT);
/* ERR_NOT_FOUND: no such commit. `id` is an object id. */
int git_commit_read(const Git *g, Str id, GitCommit *ret, Err *e);
