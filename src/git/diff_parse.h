/* Readers of git's diffs, as pure as those of git_parse.h. Formats: git-diff(1) "Raw output format" and "Generating patch
 * text with -p", with -z. */
#pragma once

#include "base/err.h"
#include "base/shape.h"
#include "base/str.h"

#define GIT_LINE_WORDS(W)          \
    W(GIT_LINE_CONTEXT, "context") \
    W(GIT_LINE_ADDED, "added")     \
    W(GIT_LINE_REMOVED, "removed")
ENUM_DECLARE(GitLineType, GIT_LINE_WORDS);

#define GIT_FILE_WORDS(W)                   \
    W(GIT_FILE_ADDED, "added")              \
    W(GIT_FILE_MODIFIED, "modified")        \
    W(GIT_FILE_DELETED, "deleted")          \
    W(GIT_FILE_RENAMED, "renamed")          \
    W(GIT_FILE_COPIED, "copied")            \
    W(GIT_FILE_TYPE_CHANGED, "typeChanged") \
    W(GIT_FILE_CONFLICTED, "conflicted")    \
    W(GIT_FILE_UNTRACKED, "untracked")
ENUM_DECLARE(GitFileStatus, GIT_FILE_WORDS);

#define GIT_SPAN(F, S)                                                             \
    F(S, I64, start, .min = 0, .max = INT64_MAX, .doc = "First character, from 0") \
    F(S, I64, length, .min = 1, .max = INT64_MAX, .doc = "Characters; a bad byte counts one")
SHAPE(GitSpan, GIT_SPAN);

#define GIT_DIFF_LINE(F, S)                                                                                       \
    F(S, ENUM(GitLineType), type, .doc = "What happened to the line")                                             \
    F(S, I64, old_line, .opt = 1, .min = 0, .max = INT64_MAX,                                                     \
      .doc = "Its number before, from 1; absent for an added line")                                               \
    F(S, I64, new_line, .opt = 1, .min = 0, .max = INT64_MAX,                                                     \
      .doc = "Its number after, from 1; absent for a removed line")                                               \
    F(S, STR, text, .max_bytes = 16777216, .doc = "Without its newline")                                          \
    F(S, BOOL, no_newline, .opt = 1, .doc = "The file ends here without a newline")                               \
    F(S, BOOL, is_cut, .opt = 1, .doc = "Only the start of a very long line: get_worktree_blob returns the rest") \
    F(S, LIST(GitSpan), changed, .opt = 1, .max = 10000,                                                          \
      .doc = "With words: what differs from the line that it replaces, or that replaces it; absent: all of it")
SHAPE(GitDiffLine, GIT_DIFF_LINE);

#define GIT_DIFF_HUNK(F, S)                                                                            \
    F(S, STR, id, .opt = 1, .max_bytes = 64,                                                           \
      .doc = "Names it by its content, to stage or discard it; absent for an untracked file")          \
    F(S, I64, old_start, .min = 0, .max = INT64_MAX, .doc = "First line before, from 1")               \
    F(S, I64, old_lines, .min = 0, .max = INT64_MAX, .doc = "Lines before")                            \
    F(S, I64, new_start, .min = 0, .max = INT64_MAX, .doc = "First line after, from 1")                \
    F(S, I64, new_lines, .min = 0, .max = INT64_MAX, .doc = "Lines after")                             \
    F(S, STR, section, .max_bytes = 4096, .doc = "The heading that git found above, often a function") \
    F(S, LIST(GitDiffLine), lines, .max = 100000, .doc = "In order")
SHAPE(GitDiffHunk, GIT_DIFF_HUNK);

#define GIT_DIFF_FILE(F, S)                                                                                        \
    F(S, STR, path, .max_bytes = 8192, .is_file = 1, .doc = "Path in the worktree")                                \
    F(S, STR, old_path, .opt = 1, .max_bytes = 8192, .is_file = 1, .doc = "Path before a rename or copy")          \
    F(S, ENUM(GitFileStatus), status, .doc = "What happened to the file")                                          \
    F(S, STR, old_mode, .opt = 1, .max_bytes = 6, .doc = "git's octal mode before")                                \
    F(S, STR, new_mode, .opt = 1, .max_bytes = 6, .doc = "git's octal mode after")                                 \
    F(S, I64, added, .min = 0, .max = INT64_MAX,                                                                   \
      .doc = "Lines added, all those of an untracked file; 0 for a binary file")                                   \
    F(S, BOOL, is_uncounted, .opt = 1, .doc = "With counts: untracked, and too large for its lines to be counted") \
    F(S, I64, size, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Bytes after the change, where they are known")   \
    F(S, I64, removed, .min = 0, .max = INT64_MAX, .doc = "Lines removed; 0 for a binary file")                    \
    F(S, BOOL, is_binary, .doc = "Binary: no lines are shown")                                                     \
    F(S, BOOL, truncated, .doc = "Lines are omitted: request this path with lineOffset")                           \
    F(S, LIST(GitDiffHunk), hunks, .max = 100000, .doc = "Empty outside the window of files")
SHAPE(GitDiffFile, GIT_DIFF_FILE);

/* Totals of all files, including those that a list omits. */
typedef struct GitDiffTotals {
    int64_t files, added, removed;
} GitDiffTotals;
/* From `git diff --raw --numstat -z`: the first `max` files, without hunks, and the totals of all. */
int git_parse_diff_files(Arena *a, Str out, size_t max, GitDiffFileList *ret, GitDiffTotals *ret_all, Err *e);
/* From `git diff -p --src-prefix=a/ --dst-prefix=b/`: adds the hunks to the files that the patches' headers name;
 * patches of other files are skipped, because the worktree may have changed since the files were listed. For each file
 * `skip` lines are skipped and then at most `max` kept, or as many as fit into GIT_WINDOW_BYTES; `truncated`: more lines
 * follow. */
enum { GIT_WINDOW_BYTES = 8 << 20, GIT_LINE_BYTES = 64 << 10 };
typedef struct GitLineWindow {
    int64_t skip, max;
} GitLineWindow;
int git_parse_patches(Arena *a, Str out, const GitLineWindow *w, GitDiffFileList *files, Err *e);
/* One file's patch as bytes: its header, and its hunks with their ids; borrowed from the input. */
typedef struct GitPatchHunk {
    Str id, text;
} GitPatchHunk;
typedef struct GitPatch {
    Str header;
    GitPatchHunk *hunks;
    size_t n;
} GitPatch;
int git_parse_hunks(Arena *a, Str out, Str path, GitPatch *ret, Err *e);
/* The text of a line as it is shown: at most GIT_LINE_BYTES of it, and then *ret_cut is set. */
Str git_line_text(Str line, bool *ret_cut);
/* A path as git's headers show it: in quotes with C escapes where needed (git-config(1), core.quotePath=false). */
Str git_quote_path(Arena *a, const char *prefix, Str path);
