/* Making a worktree as a part of an operation, whose intent holds the plan: create_worktree, and operations of other nouns.
 *
 * Plan, store the plan with the intent, make, and store the row in the write that closes the intent. Slow pool.
 */
#pragma once

#include "workspace/workspace_shapes.h"

typedef struct WorktreeMaking {
    OpCall *call;
    const WorktreeCreate *in;
    Str plan;      /* JSON; after a crash it comes from the intent */
    Worktree *out; /* its row */
    void *creating;
} WorktreeMaking;

/* Checks that the worktree can be created, and sets `plan`. */
int worktree_plan(WorktreeMaking *m, Err *e);
/* Has git add it, and sets *out. */
int worktree_make(WorktreeMaking *m, Err *e);
/* Copies the ignored files that it gets; its note says so. It may take long: others wait for the caller's turn. */
void worktree_copy(WorktreeMaking *m);
/* Stores the row, and starts its setup scripts. */
int worktree_made_tx(Tx *tx, WorktreeMaking *m, Err *e);
/* Moves what was created to the trash, and deletes a branch that was created for it and has no commits of its own. */
int worktree_unmake(WorktreeMaking *m, Err *e);

/* After a crash. WORKTREE_STORED: its row is there, and is *out. WORKTREE_WHOLE: git made it, and *out is set. WORKTREE_REGISTERED: a refresh found it, and *out is its
 * row. WORKTREE_PARTIAL: worktree_unmake undoes what is there. ERR_BUSY: git is still running. */
typedef enum WorktreeFound {
    WORKTREE_STORED,
    WORKTREE_WHOLE,
    WORKTREE_REGISTERED,
    WORKTREE_PARTIAL,
    WORKTREE_REPOSITORY_GONE
} WorktreeFound;
int worktree_find_made(WorktreeMaking *m, WorktreeFound *ret, Err *e);
