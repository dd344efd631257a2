/* Shared by the files that make, list and restore salvages. */
#pragma once

#include "git/salvage.h"
#include "git/snapshot_in.h"

/* Names in git's folder of a worktree that belong to it alone and that a restore puts back. Folders end in a slash. */
extern const char *const salvage_state_names[];

#define SALVAGE_REFS "refs/muster/salvage/"

/* As salvage_make, with the private folder open; *ret_now is its snapshot. */
int salvage_make_in(SnapshotDir *d, const SalvageAsk *ask, Snapshot *ret_now, GitSalvage *ret, Err *e);
/* salvage_state.c: the paths of the state files that exist, beneath git's folder. */
int salvage_state_files(const SnapshotDir *d, StrVec *ret, Err *e);
/* The commits that a salvage has as parents, HEAD first, without those that HEAD reaches. */
int salvage_parents(const SnapshotDir *d, StrVec *ret, Err *e);
/* The branch that a rebase in progress will move at its end, a full ref; "" if there is none. */
Str salvage_rebased(const SnapshotDir *d);
/* Is it a full object id, other than that of nothing? */
bool salvage_is_id(Str s);
/* Is it a ref that belongs to one worktree alone? */
bool salvage_is_own_ref(Str name);
/* The worktree's own refs, a line each. */
int salvage_refs_text(const SnapshotDir *d, Str *ret, Err *e);
