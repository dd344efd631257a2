/* Readers of git's machine output. Pure: bytes in, arena structs out; text is borrowed from the input, which must be
 * NUL-terminated after its length (as then is every field of -z output). Any bytes are accepted: anything but git's
 * output is ERR_GIT, never a crash. Formats: git-worktree(1) "Porcelain format" and git-status(1) "Porcelain format
 * version 2", with -z. Diffs: diff_parse.h.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/shape.h"
#include "base/str.h"

/* A configured program by section and subsection: [filter "lfs"]. */
typedef struct GitDriver {
    const char *section; /* "filter", "merge", "diff" */
    Str name;
} GitDriver;
typedef struct GitDriverList {
    GitDriver *items;
    size_t n;
} GitDriverList;
/* From `git config --list --null --name-only`; each driver once. More than `max` is ERR_GIT. */
int git_parse_drivers(Arena *a, Str out, size_t max, GitDriverList *ret, Err *e);

typedef struct GitWorktree {
    Str path, head, branch; /* branch: full ref, {NULL,0} if detached; head is all zeroes if unborn */
    Str locked, prunable;   /* the reason, empty if none is given, {NULL,0} if not locked or prunable */
    bool is_bare;
} GitWorktree;
typedef struct GitWorktreeList {
    GitWorktree *items;
    size_t n;
} GitWorktreeList;
/* From `git worktree list --porcelain -z`. The first is the main one. */
int git_parse_worktrees(Arena *a, Str out, GitWorktreeList *ret, Err *e);

typedef struct GitEntry {
    char kind;        /* '1' changed, '2' renamed or copied, 'u' unmerged, '?' untracked, '!' ignored */
    char index, tree; /* X and Y: '.' unchanged, 'M' 'T' 'A' 'D' 'R' 'C' 'U' */
    Str path, from;   /* from: only kind '2' */
} GitEntry;
typedef struct GitEntryList {
    GitEntry *items;
    size_t n;
} GitEntryList;
typedef struct GitStatusRaw {
    Str oid;      /* {NULL,0} = no commit yet */
    Str branch;   /* short name, {NULL,0} = detached */
    Str upstream; /* {NULL,0} = none */
    int64_t ahead, behind;
    GitEntryList entries;
} GitStatusRaw;
/* From `git status --porcelain=v2 --branch -z`. */
int git_parse_status(Arena *a, Str out, GitStatusRaw *ret, Err *e);

typedef struct GitRef {
    Str name, oid;
    Str symref; /* its target, empty if it is not a symbolic ref */
} GitRef;
typedef struct GitRefList {
    GitRef *items;
    size_t n;
} GitRefList;
/* From `git for-each-ref --format=%(refname)%00%(objectname)%00%(symref)`, a line each. */
int git_parse_refs(Arena *a, Str out, GitRefList *ret, Err *e);
