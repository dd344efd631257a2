/* The trash: removing a worktree is a rename on the same file system, and undo renames it back.
 *
 * Nothing runs inside the folder and no byte of it changes: it moves to <home>/trash/<id>, or to .muster-trash/<id>
 * beside it if <home> is on another file system. git's record of the worktree stays, locked so that no prune drops it,
 * and points to the new place; its HEAD is detached, so that the branch is free. A manifest beside the files, <place>.json,
 * holds the entry, so that it can be used without the store.
 * Every step can be repeated: after a crash git_trash_find reports where the files are, and the same call finishes or
 * undoes. Callers must have their turn on the repository. The handle's folder is the common git folder. Blocking.
 */
#pragma once

#include "base/clock.h"
#include "base/shape.h"
#include "git/git.h"
#include "git/git_parse.h"
#include "git/snapshot.h"

#define GIT_TRASHED_PLACE(F, S)                                                                                  \
    F(S, ID("trs"), id, .doc = "Entry of the trash")                                                             \
    F(S, STR, path, .min = 1, .max_bytes = 4096, .doc = "Where the worktree was")                                \
    F(S, STR, place, .min = 1, .max_bytes = 4096, .doc = "Where its files are now")                              \
    F(S, STR, common_dir, .min = 1, .max_bytes = 4096, .doc = "Common git folder")                               \
    F(S, STR, git_dir, .min = 1, .max_bytes = 4096, .doc = "git's record of the worktree")                       \
    F(S, STR, branch, .opt = 1, .max_bytes = 1024, .doc = "Full ref that HEAD named; absent if it was detached") \
    F(S, STR, head, .opt = 1, .max_bytes = 64, .doc = "Commit of HEAD; absent before the first one")             \
    F(S, STR, link, .min = 1, .max_bytes = 8192, .doc = "Content of the worktree's .git file")                   \
    F(S, STR, back_link, .min = 1, .max_bytes = 8192, .doc = "Content of the record's gitdir file")
#define GIT_TRASHED(F, S)                                                                             \
    GIT_TRASHED_PLACE(F, S)                                                                           \
    F(S, ID("wt"), worktree_id, .opt = 1, .doc = "The worktree; absent in what older versions wrote") \
    F(S, STR, home, .opt = 1, .min = 1, .max_bytes = 4096,                                            \
      .doc = "Data folder of the Muster that removed it; as before")
SHAPE(GitTrashed, GIT_TRASHED);

typedef enum GitTrashPlace { TRASH_NOWHERE, TRASH_AT_HOME, TRASH_IN_TRASH } GitTrashPlace;

/* What the lock of git's record says of a worktree in the trash: which entry, and of which data folder; {NULL,0} if an older
 * version wrote it. False: not in the trash. */
bool git_trash_is_in(const GitWorktree *w, Str *ret_id, Str *ret_home);
/* Reads the manifest of the entry at `place`, which git lists as a worktree of this repository, and when it was written.
 * ERR_GIT: it cannot be read, or is not this entry's. */
int git_trash_read(const Git *g, Str place, GitTrashed *ret, TimeUs *ret_at, Err *e);

/* Checks the removal in advance and changes nothing. ERR_INVALID: the main worktree. ERR_CONFLICT: locked, contains
 * another worktree, or git's record and the folder do not match. ERR_NOT_FOUND: no such worktree, or its folder is
 * gone. `home` is the data folder. */
int git_trash_plan(const Git *g, const char *home, const char *id, const char *path, GitTrashed *ret, Err *e);
/* Finds the files and sets t->place to where they are, which may be the name that git_trash_delete gives them. */
GitTrashPlace git_trash_find(const Git *g, GitTrashed *t);
/* Moves the worktree to the trash, or finishes a started move. May change t->place to the folder beside the
 * worktree. */
int git_trash_put(const Git *g, GitTrashed *t, Err *e);
/* Reverts what git_trash_put did before its rename. */
int git_trash_cancel(const Git *g, const GitTrashed *t, Err *e);

/* After the repository's folder was moved: writes the links between git's record and the files, and the manifest, as `t`
 * has the paths now. */
int git_trash_follow(const Git *g, const GitTrashed *t, Err *e);
/* Deletes the files for good, and git's record of the worktree; may be repeated after a crash. First the folder is renamed,
 * so that an undo at the same time finds either all of it or nothing. ERR_NOT_FOUND: the folder is not in the trash (it
 * was moved or restored); ERR_CONFLICT: a process works in it; nothing is deleted then, and git_trash_find finds it. */
int git_trash_delete(const Git *g, const GitTrashed *t, Err *e);
/* Ends an entry whose folder was moved or deleted by someone else: git's record is salvaged as `shot` says and moved to
 * muster/removed. ERR_CONFLICT: the folder is in the trash or where it was. */
int git_trash_drop(const Git *g, const GitTrashed *t, const SnapshotAsk *shot, Err *e);

/* Removes git's record of the worktree at this path, whose folder is gone, and no other; 0 also if git lists none. The
 * folder may have been moved by hand, and the record may be all that names its commits and its staged files: first they
 * are salvaged as `shot` says, then the record is moved away (removed.h). ERR_INVALID, ERR_CONFLICT: as git_trash_plan, or the folder exists, or the record is not found or contains the
 * repositories of submodules. */
int git_trash_forget(const Git *g, const char *path, const SnapshotAsk *shot, Err *e);

typedef struct GitUndone {
    bool is_attached; /* HEAD names its branch again, or was detached before */
    Str note;         /* why not, for a person; {NULL,0} if it is attached */
} GitUndone;
/* Makes an undo lead to another folder, which must not exist. */
void git_trash_redirect(Arena *a, GitTrashed *t, Str path);
/* Moves the worktree back, or finishes a started undo. ERR_CONFLICT: the old path is occupied, or git's record is gone;
 * the files are then still in the trash. */
int git_trash_undo(const Git *g, const GitTrashed *t, GitUndone *ret, Err *e);
