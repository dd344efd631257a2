/* Hooks: how a lower noun calls a higher one inside the same transaction without depending on it.
 *
 * One typed row for each hook; registration happens at start-up only, in the order of daemon/features.c. The first
 * failure rolls the transaction back.
 */
#pragma once

#include "db/db.h"

typedef struct App App;

typedef struct AskAnswered AskAnswered; /* approval/approval.h: core does not know asks */

typedef struct WorktreeGone {
    Str worktree_id, workspace_id;
} WorktreeGone;

/* name, payload */
#define HOOK_LIST(H)                                                                   \
    H(ask_answered, AskAnswered)                                                       \
    H(worktree_removing, WorktreeGone) /* may refuse: ERR_CONFLICT while agents run */ \
    H(worktree_gone, WorktreeGone)                                                     \
    H(worktree_back, WorktreeGone)

/* The registered functions: App.hooks, created by the first registration. */
typedef struct Hooks Hooks;
void hooks_free(Hooks *h); /* NULL is fine */

#define HOOK_DECLARE_(name, T)                                                        \
    void hook_on_##name(App *app, int (*fn)(App * app, Tx * tx, const T *v, Err *e)); \
    int hook_run_##name(App *app, Tx *tx, const T *v, Err *e);
HOOK_LIST(HOOK_DECLARE_)
#undef HOOK_DECLARE_
