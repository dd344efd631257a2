/* Files of worktrees, for other nouns. */
#pragma once

#include "core/op.h"

typedef struct Worktree Worktree;

/* A text file of at most 1 MiB in its folder; the digest is its SHA-256 in hexadecimal. ERR_NOT_FOUND; ERR_FORBIDDEN: it
 * leads out of the worktree; ERR_INVALID: not a regular file, or not text; ERR_TOO_LARGE. Slow pool. */
typedef struct WorktreeText {
    Str content, digest;
} WorktreeText;
int worktree_text(const Worktree *w, const char *path, Arena *a, WorktreeText *ret, Err *e);
/* Makes App.files, the names for find_files. Start-up. */
void files_register(App *app);

extern const Op file_ops[];
