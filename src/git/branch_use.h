/* Who works on a branch without having it checked out: during a rebase or a bisection HEAD is detached, and only files in git's
 * folder of the worktree name the branch that is moved or checked out again at its end. */
#pragma once

#include "git/merge.h"

typedef struct GitBranchUse {
    GitProgress is; /* GIT_PROGRESS_NONE: nobody */
    Str path;       /* of the worktree */
} GitBranchUse;
/* `ref`: a full ref. Any handle of the repository. */
int git_branch_use(const Git *g, Str ref, GitBranchUse *ret, Err *e);
