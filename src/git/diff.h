/* The worktree's changes against HEAD as hunks: windowed by files and by lines, bounded everywhere, never quadratic.
 * Untracked files are shown as added. Quiet and blocking; answers are in the handle's arena. */
#pragma once

#include "base/shape.h"
#include "git/git.h"
#include "git/git_parse.h"

enum { GIT_DIFF_FILES_MAX = 5000, GIT_DIFF_WINDOW_MAX = 200, GIT_DIFF_LINES_MAX = 20000 };

typedef struct GitDiffWindow {
    Str path;              /* only this file, {NULL,0} = all */
    int64_t offset, limit; /* files whose hunks are wanted */
    GitLineWindow lines;   /* per file */
} GitDiffWindow;

#define GIT_DIFF(F, S)                                                                                          \
    F(S, LIST(GitDiffFile), files, .max = GIT_DIFF_FILES_MAX, .doc = "The files of the window, in git's order") \
    F(S, I64, total_files, .min = 0, .max = INT64_MAX,                                                          \
      .doc = "All changed files, listed or not; a lower bound if isTotalLeast is set")                          \
    F(S, BOOL, is_total_least, .doc = "There are so many untracked files that their folders were not entered")  \
    F(S, STR, content_id, .max_bytes = 64, .doc = "The status's contentId, read before the files")              \
    F(S, I64, total_added, .min = 0, .max = INT64_MAX, .doc = "Lines added in tracked files")                   \
    F(S, I64, total_removed, .min = 0, .max = INT64_MAX, .doc = "Lines removed in tracked files")               \
    F(S, STR, head, .opt = 1, .max_bytes = 64, .doc = "The commit compared with; absent before the first one")  \
    F(S, BOOL, truncated, .doc = "More files have changed than are counted, or lines are omitted for their size")
SHAPE(GitDiff, GIT_DIFF);

/* Lines that tracked files add and remove, as GitDiff counts them. */
typedef struct GitLines {
    int64_t added, removed;
} GitLines;
int git_lines(const Git *g, GitLines *ret, Err *e);

/* ERR_NOT_FOUND: `path` is not changed. */
int git_diff(const Git *g, const GitDiffWindow *w, GitDiff *ret, Err *e);
