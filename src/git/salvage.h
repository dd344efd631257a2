/* Salvage: everything of a worktree that an operation could destroy, as one commit that nothing else uses.
 *
 * Each is refs/muster/salvage/<worktree>/<time>, where <time> is a ULID. Its parents are HEAD, the heads of a merge, a
 * cherry-pick, a revert or a rebase, ORIG_HEAD, the worktree's own refs and every commit of its reflog that these do not
 * reach. Its tree holds:
 *   files/ manifest        the snapshot (snapshot.h)
 *   state/                 the worktree's state files, with the raw index and the reflog, by their names in git's folder
 *   staged/                the index's merged entries
 *   base/ ours/ theirs/    the stages of its unmerged entries, if it has any
 *   ignored/               ignored files that the operation would change
 *   refs                   the worktree's own refs, a line "<id> <name>" each
 * Nothing is pushed and nothing here expires by itself: salvage_expire is called with the limits of the settings.
 * Callers have their turn on the repository. Blocking: worker threads only.
 */
#pragma once

#include "base/clock.h"
#include "base/shape.h"
#include "git/snapshot.h"

typedef struct SalvageAsk {
    SnapshotAsk shot;
    const char *act; /* what is about to be done, the name of an operation: "checkout_branch" */
    bool may_leave;  /* go on although files are too large or too many to be saved */
    StrList ignored; /* ignored files that the operation would change or delete, from the worktree's folder on */
    StrList commits; /* that no ref may name afterwards: they become parents too */
    bool no_files;   /* none is touched: as of a worktree whose folder is gone */
} SalvageAsk;

#define GIT_SALVAGE(F, S)                                                                                             \
    F(S, ID("slv"), id, .doc = "The salvage")                                                                         \
    F(S, TIME, made_at, .doc = "When it was made")                                                                    \
    F(S, STR, act, .min = 1, .max_bytes = 64, .doc = "The operation before which it was made")                        \
    F(S, STR, branch, .opt = 1, .max_bytes = 1024, .doc = "Branch that was checked out; absent if HEAD was detached") \
    F(S, STR, head, .opt = 1, .max_bytes = 64, .doc = "Commit of HEAD; absent before the first one")                  \
    F(S, STR, state, .min = 1, .max_bytes = 16,                                                                       \
      .doc = "What was in progress: none, merge, rebase, cherry-pick, revert or bisect; damaged: it cannot be read")  \
    F(S, STR, commit, .min = 40, .max_bytes = 64, .doc = "Its commit, under refs/muster/salvage")                     \
    F(S, I64, left_out, .min = 0, .max = INT64_MAX, .doc = "Files that it does not hold; get_salvage lists them")
SHAPE(GitSalvage, GIT_SALVAGE);

/* Makes a salvage of the worktree in which `g` runs. If the newest one holds exactly the same and is less than an hour
 * old, it is answered instead. ERR_CONFLICT as snapshot_take_all. On any error the caller must not go on. */
int salvage_make(const Git *g, const SalvageAsk *ask, GitSalvage *ret, Err *e);
/* The same of a worktree whose folder is gone, from `git_dir`, git's record of it; it has no files and no manifest. `g`
 * runs in the common git folder. */
int salvage_make_record(const Git *g, const SalvageAsk *ask, const char *git_dir, GitSalvage *ret, Err *e);

/* The worktree's salvages, newest first. `g` may be any handle of the repository. One whose ref or commit cannot be read
 * is listed as damaged, with the time of its id, and hides no other; those without a ref that can be read come last. */
int salvage_list(const Git *g, Str worktree, GitSalvageList *ret, Err *e);
/* Of every worktree that has any, newest first; `worktrees` has the id of each one's. Refs under other names are not
 * Muster's. */
typedef struct SalvageOfAll {
    GitSalvageList salvages;
    StrList worktrees;
} SalvageOfAll;
int salvage_list_all(const Git *g, SalvageOfAll *ret, Err *e);
/* Its ref or its commit cannot be read. */
bool salvage_is_damaged(const GitSalvage *s);
/* ERR_NOT_FOUND; ERR_GIT: it is damaged. */
int salvage_find(const Git *g, Str worktree, Str id, GitSalvage *ret, Err *e);

#define SALVAGED_FILE(F, S)                                                                            \
    F(S, STR, path, .min = 1, .max_bytes = 8192, .is_file = 1, .doc = "From the worktree's folder on") \
    F(S, STR, mode, .min = 6, .max_bytes = 6, .doc = "git's octal mode")                               \
    F(S, I64, bytes, .min = 0, .max = INT64_MAX, .doc = "Its size")                                    \
    F(S, STR, blob, .min = 40, .max_bytes = 64, .doc = "Its object; `git cat-file blob` prints it")
SHAPE(SalvagedFile, SALVAGED_FILE);

typedef struct SalvageWindow {
    const char *folder; /* "files", "ignored", "staged", "state", … */
    int64_t offset, limit;
} SalvageWindow;
/* Files of one of its folders; *ret_total counts all. */
int salvage_files(const Git *g, const GitSalvage *s, const SalvageWindow *w, SalvagedFileList *ret, int64_t *ret_total,
                  Err *e);
/* Entries of the index that are not also files of the worktree with the same content, the first `max`. */
int salvage_staged(const Git *g, const GitSalvage *s, int64_t max, SalvagedFileList *ret, Err *e);
/* ERR_GIT: the commit of a salvage or a checkpoint is missing or damaged. */
int salvage_require(const Git *g, Str commit, Err *e);
/* What it left out, as "why path". */
int salvage_left_out(const Git *g, const GitSalvage *s, size_t max, StrList *ret, Err *e);

/* A restore that was interrupted is repeated only over what it left: what anybody did since would be replaced unseen. */
typedef struct SalvageOnce {
    /* The present is saved as `before` and nothing is changed yet; `files` is the tree that the files become. May be NULL. */
    int (*on_saved)(void *arg, const GitSalvage *before, Str files, Err *e);
    void *arg;
    const GitSalvage *before; /* to repeat: what on_saved was called with; NULL: for the first time */
    Str files;
} SalvageOnce;

typedef struct SalvageRestore {
    const GitSalvage *from;
    StrList paths;    /* only these files and folders; empty: everything, with index, HEAD and what was in progress */
    bool files_only;  /* everything means all files; `from` may be any commit of a snapshot */
    bool is_anothers; /* `from` was made of another worktree */
    SalvageOnce once;
    Str note; /* out: what could not be restored as it was; {NULL,0} if nothing */
} SalvageRestore;
/* Restores into the worktree of ask->shot, which is salvaged first into *ret. Repeated after a crash, it answers the
 * salvage of the first time; ERR_CONFLICT if files, HEAD or the index are neither as they were then nor as restored.
 * Files that `from` left out are not removed. One that was made from git's record alone has no files: those that were
 * staged are restored and all others stay; in another worktree, HEAD and the index stay too. ERR_NOT_FOUND: it is gone, or: the salvage never had one of the paths, nor has the worktree; ERR_CONFLICT: ignored files are in the way,
 * or files changed meanwhile. */
int salvage_restore(const Git *g, const SalvageAsk *ask, SalvageRestore *r, GitSalvage *ret, Err *e);

typedef struct SalvageLimits {
    TimeUs older_than; /* those made before this expire, */
    int64_t max_bytes; /* and the oldest ones, until the objects that only salvages keep take no more; 0 = no limit */
    /* Whether the worktree is the caller's: the salvages of others, as of another data folder that has the same repository
     * open, are neither deleted nor counted. */
    bool (*is_own)(void *arg, Str worktree);
    void *arg;
} SalvageLimits;
/* Deletes the ref of one of this worktree, if it still names that commit. */
int salvage_drop(const Git *g, Str worktree, const GitSalvage *s, Err *e);
/* Deletes the refs of expired salvages, oldest first, never the newest of a worktree. Whatever cannot be read, named or
 * measured is kept. */
int salvage_expire(const Git *g, const SalvageLimits *l, int *ret_deleted, Err *e);
