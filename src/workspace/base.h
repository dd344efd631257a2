/* The branch that a workspace's worktrees land on: what a person set, else what the repository suggests. Worker threads;
 * answers are in the arena of the git handle. */
#pragma once

#include "git/git.h"
#include "workspace/workspace.h"

#define BASE_BRANCH(F, S)                                                                          \
    F(S, STR, branch, .opt = 1, .max_bytes = 1024, .doc = "Short name; absent when there is none") \
    F(S, BOOL, is_default,                                                                         \
      .doc = "Nobody set it: the remote's default branch, main, master, or the branch of the main worktree")
SHAPE(BaseBranch, BASE_BRANCH);

/* `set`: what a person chose, {NULL,0}: nothing. */
int base_find(const Git *g, Str set, BaseBranch *ret, Err *e);
int base_branch(DbConn *db, const Git *g, Str workspace_id, BaseBranch *ret, Err *e);
/* Its full ref, "" if there is none. */
int base_ref(DbConn *db, const Git *g, Str workspace_id, Str *ret, Err *e);

#define BASE_BRANCH_SET(F, S)                                                  \
    IN_WORKSPACE(F, S)                                                         \
    F(S, STR, branch, .opt = 1, .min = 1, .max_bytes = 255, .example = "main", \
      .doc = "A local branch; absent: the default again")
SHAPE(BaseBranchSet, BASE_BRANCH_SET);

extern const Op base_ops[];
