/* What git says about the entries of one folder of a worktree: a page of them at a time, whatever the size of the
 * repository. Quiet and blocking; worker threads only. */
#pragma once

#include "base/shape.h"
#include "git/git.h"

typedef struct Map Map;

#define GIT_FILE_STATE_WORDS(W)          \
    W(GIT_FILE_CLEAN, "clean")           \
    W(GIT_FILE_UNTRACKED, "untracked")   \
    W(GIT_FILE_STAGED, "staged")         \
    W(GIT_FILE_UNVERIFIED, "unverified") \
    W(GIT_FILE_MODIFIED, "modified")     \
    W(GIT_FILE_CONFLICTED, "conflicted")
ENUM_DECLARE(GitFileState, GIT_FILE_STATE_WORDS);

typedef struct GitFolderEntry {
    Str name;           /* in the folder */
    GitFileState state; /* its own; of several, the later word above */
    int64_t changed;    /* changed files beneath it; those of an untracked folder count once */
    bool is_ignored;
} GitFolderEntry;

/* "a/b" of "a" and "b", "b" of "" and "b"; in the arena. */
Str git_in_folder(Arena *a, Str folder, Str name);
/* Sets the state of each entry of a folder, "" or "a/b". ERR_TOO_LARGE: there are too many changes to list. */
int git_folder(const Git *g, Str folder, GitFolderEntry *entries, size_t n, Err *e);
/* Which of the paths the ignore rules name and git does not track; they become keys of *ret. What git cannot judge, as the
 * content of a submodule, is not ignored. */
int git_ignored(const Git *g, const StrList *paths, Map *ret, Err *e);
