/* The private git folder of a worktree, for the files that take, apply and keep snapshots. */
#pragma once

#include "base/map.h"
#include "base/shape.h"
#include "git/snapshot.h"

#define SNAPSHOT_REFS "refs/muster/snapshots/"

enum { SNAPSHOT_LIST_MAX = 256 << 20, SNAPSHOT_DEPTH_MAX = 4, SNAPSHOT_NESTED_MAX = 64 };

struct SnapshotDir {
    Arena *arena;
    const Git *user;       /* as the user's git sees the worktree; called quietly */
    const Git *git;        /* the private folder on the same worktree */
    const char *top;       /* the worktree */
    const char *git_dir;   /* git's folder of the worktree */
    const char *common;    /* the common git folder of the outermost repository */
    const char *objects;   /* where all objects go: those of the outermost repository */
    const char *dir, *ref; /* ref: NULL for a nested repository, whose objects the outer one's ref keeps */
    int lock;
    const char *index; /* of the user; */
    Str mark;          /* the content of an index.lock of ours, which is valid only while `lock` is held */
    int64_t end_us;    /* monotonic */
    size_t id_chars;
    int depth;
};

typedef VEC(Str) StrVec;

/* One call of git with the private folder, another one, or the user's; within the time that is left. */
int snapshot_run(const SnapshotDir *d, const Git *g, const char *const *args, Str input, GitOut *ret, Err *e);
/* The same, where a failure is an answer. */
int snapshot_ask(const SnapshotDir *d, const Git *g, const char *const *args, GitOut *ret, Err *e);
/* The private folder with another index, "NAME.index" in it, which is removed first; `work` is its worktree. */
const Git *snapshot_index(const SnapshotDir *d, const char *name, const char *work);
/* The tree of that index, which may name objects that the repository lacks. */
int snapshot_write_tree(const SnapshotDir *d, const Git *g, Str *ret, Err *e);
/* The tree of these files beneath `work`; those that are gone are skipped. */
int snapshot_tree_of_files(const SnapshotDir *d, const char *work, const StrVec *paths, Str *ret, Err *e);
/* Input of `git mktree -z`. */
void snapshot_entry(Buf *b, const char *mode_and_type, Str id, const char *name);
int snapshot_make_tree(const SnapshotDir *d, Str entries, Str *ret, Err *e);
int snapshot_write_blob(const SnapshotDir *d, Str bytes, Str *ret, Err *e);
/* A commit by Muster. `parents` must be commits. */
int snapshot_write_commit(const SnapshotDir *d, Str tree, const StrVec *parents, Str message, Str *ret, Err *e);
/* The entries of a snapshot's commit. */
void snapshot_entries(const Snapshot *s, Buf *b);
/* A manifest in the arena's care. Taken. */
Manifest *snapshot_own(const SnapshotDir *d, Manifest *m);
/* What `want` left out, and what its own rules ignore, may have been in its worktree too: where `now` has files there, they
 * become part of `want`, so that applying it removes none of them. Their paths are added to *ret_kept. */
int snapshot_keep_left(const SnapshotDir *d, const Snapshot *now, Snapshot *want, StrVec *ret_kept, Err *e);
/* The tree `files` without what its manifest names as nested repositories. */
int snapshot_without_nested(const SnapshotDir *d, const Snapshot *s, Str *ret, Err *e);
/* snapshot_take of a nested repository, whose objects the outer one's ref keeps. */
int snapshot_take_nested(SnapshotDir *d, Snapshot *ret, Err *e);
/* The private folder of a worktree whose own folder is gone: `git_dir` is git's record of it, `g` runs in the common git
 * folder. It serves what needs no files. */
int snapshot_open_record(const Git *g, const SnapshotAsk *ask, const char *git_dir, SnapshotDir **ret, Err *e);
/* The private folder of a repository inside this one. */
int snapshot_open_nested(const SnapshotDir *d, Str path, SnapshotDir **ret, Err *e);
int64_t snapshot_left_ms(const SnapshotDir *d);
/* The index is valid only while the ref keeps its objects. */
int snapshot_remember(SnapshotDir *d, const Snapshot *s, Err *e);

/* snapshot_add.c: adds these files beneath `top`, a descriptor of the worktree, to the private index; those that are gone
 * are removed from it. *ret_loose: how many may have become objects of their own. */
int snapshot_add(const SnapshotDir *d, int top, const StrVec *paths, size_t *ret_loose, Err *e);
/* snapshot_ignored.c. Which of the paths the rules in the tree `files` ignore: keys in the arena. */
int snapshot_ignored(const SnapshotDir *d, Str files, const StrVec *paths, Map *ret, Err *e);
/* The same by the rules of `g`'s worktree. `paths`: "./", a path, NUL. */
int snapshot_check_ignore(const SnapshotDir *d, const Git *g, Str paths, Map *ret, Err *e);

/* snapshot_walk.c: what trees cannot keep. `files` holds every path of the snapshot, `folders` every folder above one,
 * `nested` the nested repositories, which are skipped. */
int snapshot_walk(const SnapshotDir *d, const Map *files, const Map *folders, const Map *nested, Manifest *m, Err *e);
