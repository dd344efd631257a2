/* Checkpoints: snapshots (snapshot.h) that refs of their own keep, refs/muster/checkpoints/<store>/<owner>/<name>.
 *
 * Each is a commit by Muster whose tree holds files/ and manifest, and whose parent is the commit of HEAD, if there is
 * one. Taking one never refuses: what it leaves out is named in the manifest. Nothing of the user's is touched, and no
 * program of the repository runs. Callers know which checkpoints exist; refs are only deleted by checkpoint_drop.
 * Blocking: worker threads only.
 */
#pragma once

#include "base/vec.h"
#include "git/salvage.h"

typedef struct CheckpointRef {
    Str ref;    /* full name; {NULL,0}: none */
    Str commit; /* what it names */
} CheckpointRef;

typedef struct CheckpointAsk {
    SnapshotAsk shot;
    const char *ref;    /* of the new one, below refs/muster/checkpoints/ */
    CheckpointRef last; /* the worktree's newest one */
} CheckpointAsk;

typedef struct Checkpointed {
    CheckpointRef kept;    /* the last one, if that holds exactly the same */
    Str tree;              /* of the files */
    Str head;              /* {NULL,0}: before the first commit */
    int64_t files_changed; /* since the last one; -1: there is none, or it cannot be read */
    int64_t left_out;
} Checkpointed;

int checkpoint_take(const Git *g, const CheckpointAsk *ask, Checkpointed *ret, Err *e);
/* The files of the worktree now as a tree, for a comparison with a checkpoint. */
int checkpoint_present(const Git *g, const SnapshotAsk *ask, Str *ret_tree, Err *e);
/* Restores files, and nothing else: HEAD, the index and what is in progress stay. As salvage_restore. */
typedef struct CheckpointRestore {
    Str commit;
    StrList paths; /* only these files and folders; empty: everything */
    SalvageOnce once;
    Str note; /* out: as that of a SalvageRestore */
} CheckpointRestore;
int checkpoint_restore(const Git *g, const SalvageAsk *ask, CheckpointRestore *r, GitSalvage *ret, Err *e);
/* Can the commit and its tree be read? */
int checkpoint_is_there(const Git *g, Str commit, bool *ret, Err *e);
/* What it left out, as "why path". */
int checkpoint_left_out(const Git *g, Str commit, size_t max, StrList *ret, Err *e);

/* Deletes a ref if it still names that commit. */
int checkpoint_drop(const Git *g, const CheckpointRef *c, Err *e);
/* The refs of a store whose commits are older; `g` may be any handle of the repository. */
typedef VEC(CheckpointRef) CheckpointRefs;
int checkpoint_list_older(const Git *g, Str store, TimeUs older_than, CheckpointRefs *ret, Err *e);
