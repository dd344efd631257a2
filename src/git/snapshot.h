/* Snapshots: the exact bytes of a worktree as git objects of its repository, made without touching anything of the
 * user's and without running any program that the repository names.
 *
 * Each worktree has a private git folder with its own configuration and index. Its info/attributes turns every
 * conversion off, and its index is never made from the user's, whose ids are those of converted content. It stays
 * between snapshots, so that the next one reads only what changed; the ref refs/muster/snapshots/<name> keeps the
 * objects that it names. If the two differ, or the index is damaged, it is made again from nothing.
 * A file that changed within the second in which a snapshot began is compared by content the next time.
 * The private folder is locked while it is open: of one worktree, one snapshot is taken at a time. No lock of the user's
 * repository is taken, and no other repository waits. Blocking: worker threads only.
 */
#pragma once

#include "git/git.h"
#include "git/manifest.h"

enum {
    SNAPSHOT_FILE_MAX = 50 << 20,       /* bytes of one file */
    SNAPSHOT_UNTRACKED_FILES = 20000,   /* untracked files in all, */
    SNAPSHOT_UNTRACKED_BYTES = 1 << 30, /* and their bytes */
    SNAPSHOT_LOOSE_OBJECTS = 500,       /* more new objects are packed */
    SNAPSHOT_TIMEOUT_MS = 10 * 60 * 1000,
    SNAPSHOT_LOCK_MS = 120000
};

typedef struct SnapshotAsk {
    const char *dir;    /* the private folder: <home>/snapshots/<name>; is created */
    const char *name;   /* of the worktree in refs: its id */
    int64_t timeout_ms; /* for everything until snapshot_close; 0 = SNAPSHOT_TIMEOUT_MS */
    int64_t lock_ms;    /* of it, for another snapshot to end; 0 = SNAPSHOT_LOCK_MS */
} SnapshotAsk;

typedef struct SnapshotDir SnapshotDir;

/* Opens the private folder of the worktree in which `g` runs. ERR_BUSY: another snapshot of it has run for too long. */
int snapshot_open(const Git *g, const SnapshotAsk *ask, SnapshotDir **ret, Err *e);
void snapshot_close(SnapshotDir *d);
CLEANUP_HOOK(SnapshotDir, snapshot_close)

typedef struct Snapshot {
    Str files;         /* tree: every file, those of nested repositories at their paths */
    Str own;           /* tree: the same without nested repositories */
    Str manifest;      /* blob */
    Manifest contents; /* the manifest; in the arena's care */
    size_t left;       /* how many of its records say that something was left out */
} Snapshot;

/* Takes a snapshot. What it leaves out is named in the manifest. */
int snapshot_take(SnapshotDir *d, Snapshot *ret, Err *e);
/* As snapshot_take, for an operation that overwrites files: ERR_CONFLICT if a file cannot be read, or, unless
 * `may_leave`, if anything is left out. Details list the paths: unreadable, leftOut, leftOutOmitted. */
int snapshot_take_all(SnapshotDir *d, bool may_leave, Snapshot *ret, Err *e);

/* Changes the worktree from the state `now`, just taken, to the files and the manifest of `want`. Only files that differ
 * are written; each must still be as `now` has it, and nothing that `now` does not hold is overwritten: ERR_CONFLICT.
 * May be repeated after a crash, with a new `now`. */
int snapshot_apply(SnapshotDir *d, const Snapshot *now, const Snapshot *want, Err *e);

/* A snapshot's commit, read back: its tree must have `files` and `manifest`. ERR_NOT_FOUND. */
int snapshot_read(SnapshotDir *d, Str commit, Snapshot *ret, Err *e);

/* Deletes the ref of a worktree that is gone; `g` may be any handle of the repository. Its private folder is the caller's. */
int snapshot_forget(const Git *g, const char *name, Err *e);
