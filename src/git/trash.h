/* The trash: removing a worktree is a rename on the same file system, and undo renames it back.
 *
 * Nothing runs inside the folder and no byte of it is touched: it moves to <home>/trash/<id>, or to
 * .muster-trash/<id> beside it where that is another file system. git's record of the worktree stays, locked so that
 * no prune drops it, and points to the new place; HEAD is detached there so that its branch is free.
 * Every step can be repeated, so that after a crash git_trash_find tells where the files stand and the same call
 * finishes or undoes. Callers have their turn on the repository. The handle stands in the common git folder. Blocking.
 */
#pragma once

#include "base/shape.h"
#include "git/git.h"

#define GIT_TRASHED(F, S)                                                                                          \
    F(S, ID("trs"), id, .doc = "Entry of the trash")                                                               \
    F(S, STR, path, .min = 1, .max_bytes = 4096, .doc = "Where the worktree stood")                                \
    F(S, STR, place, .min = 1, .max_bytes = 4096, .doc = "Where its files lie now")                                \
    F(S, STR, common_dir, .min = 1, .max_bytes = 4096, .doc = "Common git folder")                                 \
    F(S, STR, git_dir, .min = 1, .max_bytes = 4096, .doc = "git's record of the worktree")                         \
    F(S, STR, branch, .opt = 1, .max_bytes = 1024, .doc = "Full ref that HEAD named; absent when it was detached") \
    F(S, STR, head, .opt = 1, .max_bytes = 64, .doc = "Commit of HEAD; absent before the first one")               \
    F(S, STR, link, .min = 1, .max_bytes = 8192, .doc = "Content of the worktree's .git file")                     \
    F(S, STR, back_link, .min = 1, .max_bytes = 8192, .doc = "Content of the record's gitdir file")
SHAPE(GitTrashed, GIT_TRASHED);

typedef enum GitTrashPlace { TRASH_NOWHERE, TRASH_AT_HOME, TRASH_IN_TRASH } GitTrashPlace;

/* Looks before anything is done. ERR_INVALID: the main worktree. ERR_CONFLICT: locked, holding another worktree, or
 * git's record and the folder do not belong together. ERR_NOT_FOUND: no such worktree, or its folder is gone.
 * `home` is the data folder. Changes nothing. */
int git_trash_plan(const Git *g, const char *home, const char *id, const char *path, GitTrashed *ret, Err *e);
/* Where the files stand; sets t->place to where they were found. */
GitTrashPlace git_trash_find(const Git *g, GitTrashed *t);
/* Moves the worktree to the trash, or finishes a move that was begun. `t->place` may change to the place beside. */
int git_trash_put(const Git *g, GitTrashed *t, Err *e);
/* Takes back what git_trash_put did before its rename. */
int git_trash_cancel(const Git *g, const GitTrashed *t, Err *e);

/* Drops git's record of the worktree at this path, whose folder is gone, and of no other; 0 also when git lists none.
 * ERR_INVALID, ERR_CONFLICT: as git_trash_plan, or the folder is there, or the record is not found or holds the
 * repositories of submodules. */
int git_trash_forget(const Git *g, const char *path, Err *e);

typedef struct GitUndone {
    bool is_attached; /* HEAD names its branch again, or was detached before */
    Str note;         /* why not, for a person; {NULL,0} when it is */
} GitUndone;
/* Moves it back, or finishes an undo that was begun. ERR_CONFLICT: something stands at the old path, or git's record
 * is gone; the files are then still in the trash. */
int git_trash_undo(const Git *g, const GitTrashed *t, GitUndone *ret, Err *e);
