/* Readers of git's machine output. Pure: bytes in, arena structs out; text is borrowed from the input, which must be
 * NUL-terminated after its length (as then is every field of -z output). Any bytes are accepted: anything but git's
 * output is ERR_GIT, never a crash. Formats: git-worktree(1) "Porcelain format", git-status(1) "Porcelain format
 * version 2", git-diff(1) "Raw output format" and "Generating patch text with -p", all with -z.
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

#define GIT_DIFF_LINE(F, S)                                              \
    F(S, ENUM(GitLineType), type, .doc = "What happened to the line")    \
    F(S, I64, old_line, .opt = 1, .min = 0, .max = INT64_MAX,            \
      .doc = "Its number before, from 1; absent for an added line")      \
    F(S, I64, new_line, .opt = 1, .min = 0, .max = INT64_MAX,            \
      .doc = "Its number after, from 1; absent for a removed line")      \
    F(S, STR, text, .max_bytes = 16777216, .doc = "Without its newline") \
    F(S, BOOL, no_newline, .opt = 1, .doc = "The file ends here without a newline")
SHAPE(GitDiffLine, GIT_DIFF_LINE);

#define GIT_DIFF_HUNK(F, S)                                                                            \
    F(S, I64, old_start, .min = 0, .max = INT64_MAX, .doc = "First line before, from 1")               \
    F(S, I64, old_lines, .min = 0, .max = INT64_MAX, .doc = "Lines before")                            \
    F(S, I64, new_start, .min = 0, .max = INT64_MAX, .doc = "First line after, from 1")                \
    F(S, I64, new_lines, .min = 0, .max = INT64_MAX, .doc = "Lines after")                             \
    F(S, STR, section, .max_bytes = 4096, .doc = "The heading that git found above, often a function") \
    F(S, LIST(GitDiffLine), lines, .max = 100000, .doc = "In order")
SHAPE(GitDiffHunk, GIT_DIFF_HUNK);

#define GIT_DIFF_FILE(F, S)                                                                                            \
    F(S, STR, path, .max_bytes = 8192, .format = "relative-path", .doc = "Path in the worktree")                       \
    F(S, STR, old_path, .opt = 1, .max_bytes = 8192, .format = "relative-path", .doc = "Path before a rename or copy") \
    F(S, ENUM(GitFileStatus), status, .doc = "What happened to the file")                                              \
    F(S, STR, old_mode, .opt = 1, .max_bytes = 6, .doc = "git's octal mode before")                                    \
    F(S, STR, new_mode, .opt = 1, .max_bytes = 6, .doc = "git's octal mode after")                                     \
    F(S, I64, added, .min = 0, .max = INT64_MAX, .doc = "Lines added; 0 for a binary file")                            \
    F(S, I64, removed, .min = 0, .max = INT64_MAX, .doc = "Lines removed; 0 for a binary file")                        \
    F(S, BOOL, is_binary, .doc = "Binary: no lines are shown")                                                         \
    F(S, BOOL, truncated, .doc = "Lines are omitted: request this path with lineOffset")                               \
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
 * `skip` lines are skipped and then at most `max` kept; `truncated`: more lines follow. */
typedef struct GitLineWindow {
    int64_t skip, max;
} GitLineWindow;
int git_parse_patches(Arena *a, Str out, const GitLineWindow *w, GitDiffFileList *files, Err *e);
/* A path as git's headers show it: in quotes with C escapes where needed (git-config(1), core.quotePath=false). */
Str git_quote_path(Arena *a, const char *prefix, Str path);
