/* The manifest of a snapshot: what git's trees cannot keep, and what the snapshot left out. Pure.
 *
 * Text: "muster-manifest 1 FILE EXEC FOLDER\n", the usual modes in octal, then records, each ended by NUL:
 * "KIND MODE VALUE PATH". A file or folder without a record has the usual mode. Records are ordered by path.
 */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"

typedef enum ManifestKind {
    KEPT_FILE = 'f',   /* a file with another mode */
    KEPT_FOLDER = 'd', /* an empty folder, or one with another mode */
    KEPT_FIFO = 'p',   /* value: "-" */
    KEPT_SOCKET = 's', /* named only: the program that owns it makes it again */
    KEPT_CHAR = 'c',   /* value: its device number; named only */
    KEPT_BLOCK = 'b',  /* the same */
    KEPT_NESTED = 'n', /* a repository inside this one; value: the commit of its HEAD, "-" if it has none */
    LEFT_LARGE = 'L',  /* left out: larger than SNAPSHOT_FILE_MAX; value: its size in bytes */
    LEFT_MANY = 'M',   /* left out: untracked, past the limits for all of these together; value: its size */
    LEFT_UNREADABLE = 'U',
    LEFT_NAME = 'G',     /* left out: a part of its path is git's own name, so no tree can hold it */
    LEFT_WORKTREE = 'W', /* left out: another worktree of the same repository, which has snapshots of its own */
    LEFT_DEEP = 'N'      /* left out: more nested repositories than are followed */
} ManifestKind;

typedef struct ManifestItem {
    ManifestKind kind;
    uint32_t mode; /* permission bits */
    Str value, path;
} ManifestItem;

typedef struct Manifest {
    uint32_t file, exec, folder; /* the usual modes */
    VEC(ManifestItem) items;
} Manifest;

void manifest_done(Manifest *m);
/* Is it a record of something that the snapshot does not hold? */
static inline bool manifest_is_left(ManifestKind k) { return k >= 'A' && k <= 'Z'; }
/* Why, in words: "too large". */
const char *manifest_reason(ManifestKind k);
void manifest_sort(Manifest *m);
void manifest_print(const Manifest *m, Buf *out);
/* May a restore create this path? Not if it is absolute, leads out of its folder or names a git folder. */
bool manifest_is_inside(Str path);
/* Text is borrowed from the input, which must be NUL-terminated. ERR_INVALID names the record: unknown kind, a path that
 * is absolute or leads out of the worktree or into a git folder, or that is not in order. */
int manifest_parse(Str text, Manifest *ret, Err *e);
