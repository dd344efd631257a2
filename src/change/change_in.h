/* The shapes of change/, and the rules behind the operations, by file. */
#pragma once

#include "base/list.h"
#include "change/change.h"
#include "checkpoint/checkpoint.h"
#include "git/diff.h"
#include "git/remote.h"
#include "git/stage.h"
#include "script/script.h"
#include "workspace/base.h"
#include "workspace/overview.h"
#include "workspace/salvage.h"
#include "workspace/workspace.h"

#define DIFF_SIDES(F, S)                                                                                          \
    F(S, STR, from, .opt = 1, .min = 1, .max_bytes = 255, .from = FROM_QUERY, .example = "head",                  \
      .doc = "What is compared with: " GIT_SIDE_WORDS ", " CHECKPOINT_SIDE_WORDS                                  \
             ", a salvage's id; default head. base: where HEAD left the base branch")                             \
    F(S, STR, to, .opt = 1, .min = 1, .max_bytes = 255, .from = FROM_QUERY, .example = "worktree",                \
      .doc =                                                                                                      \
          "What is shown as changed: worktree (default), index, a full ref, an object id, " CHECKPOINT_SIDE_WORDS \
          ", a salvage's id. From a checkpoint or a salvage: for further pages and files of the same comparison, the tree that its first answer names")

#define DIFF_READ(F, S)                                                                                            \
    IN_WORKTREE(F, S)                                                                                              \
    F(S, STR, path, .opt = 1, .min = 1, .max_bytes = 4096, .is_file = 1, .from = FROM_QUERY,                       \
      .doc = "Only this file, whatever its size and however many others have changed")                             \
    F(S, STR, old_path, .opt = 1, .min = 1, .max_bytes = 4096, .is_file = 1, .from = FROM_QUERY,                   \
      .doc = "With path: its oldPath, if it was renamed or copied")                                                \
    DIFF_SIDES(F, S)                                                                                               \
    F(S, STR, after, .opt = 1, .min = 1, .max_bytes = 8200, .from = FROM_QUERY,                                    \
      .doc = "The page after this cursor; default: the first page")                                                \
    F(S, I64, limit, .opt = 1, .has_def = 1, .def = 100, .min = 1, .max = GIT_DIFF_WINDOW_MAX, .from = FROM_QUERY, \
      .doc = "Number of files on the page")                                                                        \
    F(S, BOOL, hunks, .opt = 1, .has_def = 1, .def = 1, .from = FROM_QUERY, .doc = "With the files' hunks")        \
    F(S, BOOL, counts, .opt = 1, .has_def = 1, .def = 1, .from = FROM_QUERY,                                       \
      .doc = "With the numbers of lines; without them the list is faster")                                         \
    F(S, BOOL, words, .opt = 1, .from = FROM_QUERY, .doc = "With the ranges in which replaced lines differ")       \
    F(S, I64, line_offset, .opt = 1, .has_def = 1, .def = 0, .min = 0, .max = 100000000, .from = FROM_QUERY,       \
      .doc = "Hunk lines to skip in each file")                                                                    \
    F(S, I64, line_limit, .opt = 1, .has_def = 1, .def = 2000, .min = 1, .max = GIT_DIFF_LINES_MAX,                \
      .from = FROM_QUERY, .doc = "Hunk lines to return for each file")
SHAPE(DiffRead, DIFF_READ);

#define BLOB_READ(F, S)                                                                                                \
    IN_WORKTREE(F, S)                                                                                                  \
    F(S, STR, path, .min = 1, .max_bytes = 4096, .is_file = 1, .from = FROM_QUERY, .example = "README.md",             \
      .doc = "The file")                                                                                               \
    F(S, STR, side, .opt = 1, .min = 1, .max_bytes = 255, .from = FROM_QUERY, .example = "head",                       \
      .doc =                                                                                                           \
          "Where it is read: worktree (default), index, head, base, a full ref, an object id, " CHECKPOINT_SIDE_WORDS) \
    F(S, I64, offset, .opt = 1, .has_def = 1, .def = 0, .min = 0, .max = INT64_MAX, .from = FROM_QUERY,                \
      .doc = "First byte")                                                                                             \
    F(S, I64, limit, .opt = 1, .has_def = 1, .def = GIT_BLOB_PART, .min = 1, .max = GIT_BLOB_PART, .from = FROM_QUERY, \
      .doc = "At most so many bytes")
SHAPE(BlobRead, BLOB_READ);

/* runs.c */
/* Ends what runs for the worktree at calls whose key begins so; returns how many programs. */
int64_t runs_cancel(App *app, Str worktree_id, Str key_start);
GitBlobKeep *changes_blobs(const App *app); /* NULL: none is kept */

/* act.c: one act of a person on a worktree. */
typedef struct Act {
    OpCall *call;
    Worktree w;
    Git *g; /* in the worktree */
    Run run;
    Str intent;
    GitSalvage kept; /* of act_salvage, */
    Str content_id;  /* with the status of that moment */
} Act;
/* ERR_CONFLICT while the worktree is being removed. */
int act_open(OpCall *c, const WorktreeRef *ref, Act *ret, Err *e);
void act_close(Act *a); /* CLEANUP hook */
/* Salvages the worktree before an act overwrites files: what is there when it returns is in the salvage. ERR_CONFLICT as
 * worktree_salvage, or files keep changing. */
int act_salvage(Act *a, const WorktreeSalvage *how, Err *e);
/* For an act whose git was broken off while it brought in a commit, with `r` and *e, and that has left nothing to continue:
 * what it has changed is put back as act_salvage found it, unless something else has changed too or an agent's turn runs
 * there. Returns `r`; *e says how the worktree is now, and which salvage has what. */
int act_put_back(Act *a, Str brought_in, int r, Err *e);
/* Adds to the error's sentence. */
__attribute__((format(printf, 2, 3))) void act_add(Err *e, const char *fmt, ...);
/* Stores the intent with what its recovery needs. The git that the act starts from here on can be found after a crash.
 * `rewritten`: the worktree whose files it replaces, NULL if none; ERR_CONFLICT as rewrite_check_tx. */
int act_begin(Act *a, const Worktree *rewritten, const Shape *shape, const void *state, Err *e);
/* Ends an act for which git's call has returned `r`, with *e if it failed. Not the call but what `settle` finds decides: it
 * closes or abandons the intent, and *ret_done says whether the act was done. Whoever cancelled the call has not cancelled
 * that. */
typedef int (*ActSettle)(void *arg, bool *ret_done, Err *e);
int act_end(Act *a, int r, ActSettle settle, void *arg, Err *e);
/* For a recovery: the call's input (unless `in` is NULL) and the state of act_begin. */
int act_read(OpCall *c, const OpIntent *i, void *in, const Shape *shape, void *state, Err *e);
/* For a recovery, before anything else. ERR_BUSY: the git that an earlier daemon started for this intent still runs. */
int act_require_ended(Str intent, Err *e);
/* As act_open, for a recovery, after act_require_ended. *ret_is_gone: the worktree no longer exists. */
int act_recover(OpCall *c, const WorktreeRef *ref, Str intent, Act *ret, bool *ret_is_gone, Err *e);
/* An act's note: how its call failed although the act was done, else what a hook said; at most 1024 bytes. */
Str act_note(const Act *a, int r, const Err *e, Str hook_note);

/* checks.c: how many have not passed on the content with this contentId: they failed, run, never ran or are out of date. */
int64_t checks_unmet(const ScriptRunList *l, Str content_id);
/* ERR_CONFLICT: some have not; details `checks` say which. */
int checks_require(OpCall *c, const Git *g, Str worktree_id, Err *e);
