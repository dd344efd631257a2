/* Operations that replace files of a worktree: when they may, and how a restore that a crash interrupted ends. Agents and
 * people outlive the daemon, so it is repeated only over what it left. Worker threads. */
#pragma once

#include "git/salvage.h"

typedef struct OpCall OpCall;
typedef struct OpIntent OpIntent;
typedef struct Tx Tx;
typedef struct Worktree Worktree;

typedef struct Rewrite {
    OpCall *call;
    const Worktree *w;
    Str intent;        /* of a restore */
    GitSalvage before; /* to repeat one: that of its first time */
} Rewrite;

/* For op_intent_begin; `arg` is a Rewrite. ERR_CONFLICT while the worktree is being removed or an agent works in it. */
int rewrite_check_tx(Tx *tx, void *arg, Err *e);
/* The same at once, before anything is saved for an operation that will be refused. */
int rewrite_check(OpCall *c, const Worktree *w, Err *e);

/* A restore of saved files into a worktree. `find` finds the worktree, into rewrite.w and g, and what is restored; `run` restores
 * as `once` says and closes the intent. */
typedef struct RewriteRestore {
    Rewrite rewrite;
    Git *g;
    SalvageOnce once;
    int (*find)(void *x, Err *e);
    int (*run)(void *x, Err *e);
    void *x;              /* of both */
    const char *intended; /* the crash point behind the intent */
} RewriteRestore;
/* The call; `paths` are those that it names. ERR_CONFLICT as rewrite_check_tx. */
int rewrite_restore(RewriteRestore *r, const StrList *paths, Err *e);
/* Its recovery: repeats it if it had begun and can be repeated. `in` gets the call's input. */
int rewrite_restore_recover(RewriteRestore *r, const OpIntent *i, void *in, Err *e);
