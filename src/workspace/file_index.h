/* The names of all files of worktrees, in memory, for find_files. A worktree's names are read when somebody looks for one,
 * and again once the watcher has seen that files came or went. All of them together stay within a budget: beyond it, those
 * that were used longest ago go. Any thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "git/git.h"

typedef struct FileIndex FileIndex;

/* Paths, each ended by NUL. Shared and immutable: unref when done. */
typedef struct FileNames {
    _Atomic int refs;
    Str paths;
    bool is_cut;      /* only tracked files: the others are too many */
    uint64_t version; /* of the worktree when git was asked */
    int64_t made_us;  /* monotonic */
} FileNames;

enum { FILE_INDEX_BYTES = 64 << 20 };
FileIndex *file_index_new(size_t budget);
void file_index_free(FileIndex *x); /* NULL is fine */
/* Files came or went; from the first such call on, the names are read again only after another one. */
void file_index_changed(FileIndex *x, Str worktree_id);
/* Nobody watches it any more. */
void file_index_forget(FileIndex *x, Str worktree_id);
/* The names of the worktree in which `g` runs. Of one that is not watched they are at most two seconds old. ERR_TOO_LARGE. */
int file_index_names(FileIndex *x, Str worktree_id, const Git *g, FileNames **ret, Err *e);
void file_names_unref(FileNames *n);
CLEANUP_HOOK(FileNames, file_names_unref)
