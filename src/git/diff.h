/* Changes between two sides as hunks: windowed by files and by lines, bounded everywhere, never quadratic. Between a
 * tree and the worktree, untracked files are shown as added. Quiet and blocking; answers are in the handle's arena. */
#pragma once

#include "base/shape.h"
#include "git/diff_parse.h"
#include "git/git.h"

enum { GIT_DIFF_FILES_MAX = 1000000, GIT_DIFF_WINDOW_MAX = 200, GIT_DIFF_LINES_MAX = 20000 };

/* What is compared. A side is the worktree, the index or a tree (by any object id that names one). */
typedef struct GitSides {
    const char *from; /* object id; NULL: the index, which only the worktree is compared with */
    const char *to;   /* object id; NULL: the index or the worktree */
    bool to_index;
    Str head; /* the commit of HEAD; {NULL,0} before the first one */
} GitSides;

/* The words for a side. `base`: where HEAD left its base, a full ref or "". An object id, a full ref, or one of the words.
 * ERR_INVALID: not a side; ERR_NOT_FOUND: no such commit or tree. {NULL,0} are HEAD and the worktree. */
#define GIT_SIDE_WORDS \
    "head, parent (the commit before head), index, base, worktree, a full ref (refs/…) or an object id"
int git_from_check(Str from, Err *e); /* only the words, before anything is looked up */
int git_sides(const Git *g, Str from, Str to, Str base_ref, GitSides *ret, Err *e);

typedef struct GitDiffWindow {
    const GitSides *sides; /* NULL: HEAD and the worktree */
    Str path, old_path;    /* only this file, which costs no more than it; {NULL,0} = all */
    Str after;             /* the page's cursor: `next` of the page before; {NULL,0} = the first page */
    int64_t limit;         /* files of the page */
    GitLineWindow lines;   /* per file */
    bool without_hunks, without_counts, words;
} GitDiffWindow;

#define GIT_DIFF(F, S)                                                                                          \
    F(S, LIST(GitDiffFile), files, .max = GIT_DIFF_WINDOW_MAX, .doc = "The files of the page, in git's order")  \
    F(S, STR, next, .opt = 1, .max_bytes = 8200, .doc = "`after` of the next page; absent on the last one")     \
    F(S, I64, total_files, .min = 0, .max = INT64_MAX, .doc = "All changed files")                              \
    F(S, BOOL, is_total_least, .doc = "There are so many untracked files that their folders were not entered")  \
    F(S, STR, content_id, .opt = 1, .max_bytes = 64,                                                            \
      .doc = "The status's contentId, read before the files; absent for one file and between trees")            \
    F(S, I64, total_added, .min = 0, .max = INT64_MAX, .doc = "Lines added in tracked files")                   \
    F(S, I64, total_removed, .min = 0, .max = INT64_MAX, .doc = "Lines removed in tracked files")               \
    F(S, STR, head, .opt = 1, .max_bytes = 64, .doc = "The commit of HEAD; absent before the first one")        \
    F(S, STR, from_id, .opt = 1, .max_bytes = 64, .doc = "The commit or tree compared with; absent: the index") \
    F(S, STR, to_id, .opt = 1, .max_bytes = 64, .doc = "The commit or tree after; absent: index or worktree")   \
    F(S, BOOL, truncated, .doc = "Files or lines of this page are omitted for their size")
SHAPE(GitDiff, GIT_DIFF);

/* The tracked files that differ between a tree and the worktree, and the lines that they add and remove, as GitDiff counts
 * them. `from`: an object id; NULL: HEAD. */
typedef struct GitLines {
    int64_t files, added, removed;
} GitLines;
int git_lines(const Git *g, const char *from, GitLines *ret, Err *e);
/* The lines of untracked text files. False: there are at least so many, but more than GIT_COUNTED_MAX bytes of them, or some
 * could not be read. */
enum { GIT_COUNTED_MAX = 16 << 20 };
bool git_untracked_lines(const Git *g, const StrList *paths, int64_t *ret);

/* ERR_NOT_FOUND: `path` is not changed. ERR_INVALID: not a cursor. */
int git_diff(const Git *g, const GitDiffWindow *w, GitDiff *ret, Err *e);
/* The bytes of one file's patch between the sides, and its hunks; `old_path` {NULL,0}: it was not renamed. ERR_NOT_FOUND: it
 * has none. */
int git_diff_patch(const Git *g, const GitSides *s, Str path, Str old_path, GitPatch *ret, Err *e);
/* The files that are a rename or a copy of another between the sides. Lists all that differs. */
int git_diff_renamed(const Git *g, const GitSides *s, GitDiffFileList *ret, Err *e);
/* diff_words.c: the ranges in which replaced lines differ. Bounded: where it would take too long, a line has none. */
void git_diff_words(Arena *a, GitDiffFileList *files);

#define GIT_BLOB(F, S)                                                                  \
    F(S, STR, path, .max_bytes = 8192, .is_file = 1, .doc = "The file")                 \
    F(S, I64, size, .min = 0, .max = INT64_MAX, .doc = "All its bytes")                 \
    F(S, I64, offset, .min = 0, .max = INT64_MAX, .doc = "Where this part begins")      \
    F(S, STR, media_type, .max_bytes = 64,                                              \
      .doc = "Of its content: an image's type, text/plain or application/octet-stream") \
    F(S, BOOL, is_link, .doc = "A symbolic link: the content is its target")            \
    F(S, STR, content, .max_bytes = 4194304, .doc = "This part in base64")
SHAPE(GitBlob, GIT_BLOB);
enum { GIT_BLOB_PART = 2 << 20 };
/* The newest object that was longer than one part, so that each further part of it does not cost all of it again. Any
 * thread. */
typedef struct GitBlobKeep GitBlobKeep;
GitBlobKeep *git_blob_keep_new(const char *folder); /* for a file without a name; borrowed */
void git_blob_keep_free(GitBlobKeep *k);
typedef struct GitBlobPart {
    Str path;
    int64_t offset, limit; /* limit: at most GIT_BLOB_PART */
    GitBlobKeep *keep;     /* NULL: none */
} GitBlobPart;
/* blob.c: a part of a file on one side: `to` of the sides. ERR_NOT_FOUND; ERR_INVALID: not a file; ERR_TOO_LARGE: of a
 * tree or the index, and larger than 256 MiB. */
int git_blob(const Git *g, const GitSides *s, const GitBlobPart *p, GitBlob *ret, Err *e);
/* The object of the file on side `to`, a tree or the index; {NULL,0}: it has none there. */
int git_blob_id(const Git *g, const GitSides *s, const char *path, Str *ret, Err *e);
