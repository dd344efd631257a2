/* The index as git keeps it (gitformat-index(5)): files whose changes git does not report. Asking git for them lists every
 * file of the repository. Blocking; worker threads. */
#pragma once

#include "base/str.h"

/* False ends the reading. */
typedef bool (*IndexHiddenFn)(void *arg, Str path);

/* Calls fn for each entry that is assume-unchanged or skip-worktree; the path is borrowed for the call. False: this index
 * is not read here (none, split, sparse, damaged, very large, of an unknown version), and what fn has seen means nothing.
 * `oid_bytes`: of an object id in this repository. */
bool index_each_hidden(const char *index, size_t oid_bytes, IndexHiddenFn fn, void *arg);
