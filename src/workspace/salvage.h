/* Salvages of worktrees, for the operations that overwrite or delete what is in one. */
#pragma once

#include "git/salvage.h"

typedef struct App App;
typedef struct DbConn DbConn;
typedef struct OpCall OpCall;
typedef struct Worktree Worktree;

/* Before an operation overwrites or deletes anything in a worktree: saves all of it as a commit that restore_salvage
 * brings back. `g` runs in the worktree; the caller has its turn on the repository. On any error the caller must not go
 * on. ERR_CONFLICT: a file cannot be read, or (unless may_leave) is too large to be saved. */
typedef struct WorktreeSalvage {
    const char *act; /* name of the operation */
    bool may_leave;
    StrList ignored; /* ignored files that the operation would change, from the worktree's folder on */
    StrList commits; /* that no ref may name afterwards, besides the worktree's own */
    bool no_files;   /* only commits, HEAD and the index: no file will change */
} WorktreeSalvage;
int worktree_salvage(OpCall *c, const Worktree *w, const Git *g, const WorktreeSalvage *how, GitSalvage *ret, Err *e);
/* Restores after an act that was broken off halfway. What was there is in *ret_left first; what `once` then refuses changes
 * nothing. */
int worktree_put_back(OpCall *c, const Worktree *w, const Git *g, SalvageRestore *r, GitSalvage *ret_left, Err *e);
/* Where the snapshots of a worktree are taken. In the arena. */
SnapshotAsk worktree_shot(const App *app, Arena *a, Str worktree_id);
/* The documentation of an input's accept_unsaved, which becomes may_leave. */
#define ACCEPT_UNSAVED_DOC "Go on although some files are too large, or too many, to be saved first"
/* Deletes the salvages of every open workspace that are older, or too large together, and what git/removed.h keeps that is
 * older; of the worktrees that this store knows. Nothing is older than 0. Slow pool. */
int salvages_expire(App *app, DbConn *db, TimeUs older_than, Err *e);
/* Disk space of what git/removed.h keeps in the open workspaces. */
int removed_room(DbConn *db, int64_t *ret, Err *e);
/* Removes what the snapshots of worktrees left that were closed before; what is in the trash is not. Slow pool. */
int snapshots_expire(App *app, DbConn *db, TimeUs older_than, Err *e);
