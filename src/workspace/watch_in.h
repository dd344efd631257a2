/* The two halves of the watch: the loop's (watch.c) and the worker's (watch_scan.c). A job is owned by the worker while
 * it runs, and by the loop before and after. */
#pragma once

#include "base/vec.h"
#include "git/diff.h"
#include "workspace/workspace_in.h"

enum { WATCHES_PER_TREE = 8192 };

/* Counting lines reads every changed file, so it is done once for each content. */
typedef struct WatchLines {
    char content_id[65]; /* "": not counted */
    bool ok;             /* they could be counted, */
    bool is_least;       /* the added ones not all */
    int64_t untracked;   /* of those added, the ones in untracked text */
    GitLines n;
} WatchLines;

/* What is at the paths of a worktree: another one has other numbers, none has zeros. Where a disk does not answer nothing is
 * known. */
typedef struct WatchPlace {
    bool is_silent;
    uint64_t folders[4]; /* device and inode of the worktree's folder, then of the common git folder */
    uint64_t base[4];    /* inode and time of the base's own ref file, then of the packed refs */
} WatchPlace;

/* How far it is from its base, counted again where one of the two has moved. The base itself is looked for again when its
 * ref has changed, when a person chose another one, and with each scan. */
enum { WATCH_REF_MAX = 300 };
typedef struct WatchBase {
    bool is_known;           /* ref and tip are those of */
    WatchPlace at;           /* what was there then */
    char ref[WATCH_REF_MAX]; /* full; "": there is none */
    char tip[65];            /* its commit; "": none */
    char head[65];           /* the commit whose distance follows; "": none */
    int64_t ahead, behind;
    char fork[65];    /* where head left the base, else the base itself */
    WatchLines lines; /* against that */
} WatchBase;

typedef struct WatchJob {
    WorkspaceWatch *watch;
    struct Watched *tree; /* lives at least as long as the job */
    App *app;
    int inotify_fd;
    Str worktree_id, workspace_id, path, common_dir; /* in the arena */
    Str set_base;                                    /* the branch that a person chose; {NULL,0}: none */
    Arena *arena;
    bool scan;          /* first add watches for all folders */
    int64_t took_us;    /* set by the job, without its wait for a thread */
    bool is_polled;     /* the watches ran out: set by the scan */
    bool has_failed;    /* likewise: it found no watches, or not all */
    uint8_t digest[32]; /* of the last emitted status; updated by the job */
    WatchLines lines;   /* likewise, those of the last status */
    WatchBase base;     /* likewise */
    WatchPlace place;   /* set by the job before it looks */
    VEC(int) wds;       /* the watches that the scan found or added */
} WatchJob;

/* Worker thread: scans if requested, runs the status, and emits the event when it differs. */
void watch_job_look(WatchJob *j);
/* The pool's function: looks and hands the job back to the loop. */
void watch_job_run(void *db, void *job);
/* Loop thread: called when the job has finished. */
void watch_job_done(void *job);

#define WATCH_TREE(F, S)                                                                            \
    F(S, ID("wt"), id, .doc = "A worktree")                                                         \
    F(S, ID("ws"), workspace_id, .doc = "Its workspace")                                            \
    F(S, STR, path, .min = 1, .max_bytes = 4096, .doc = "Its folder")                               \
    F(S, STR, common_dir, .min = 1, .max_bytes = 4096, .doc = "The repository's common git folder") \
    F(S, STR, base, .opt = 1, .max_bytes = 1024, .doc = "The branch that a person chose to land on")
SHAPE(WatchTree, WATCH_TREE);
/* The worktrees to watch, read on a worker. */
typedef struct WatchSync {
    WorkspaceWatch *watch;
    Loop *loop;
    Arena *arena;
    WatchTreeList trees;
    bool ok;
} WatchSync;
void watch_sync_run(void *db, void *sync);
void watch_sync_done(void *sync);

/* A folder that is moved, or whose parents are, sends no event, nor does a base that moves: the places of all worktrees are
 * looked at now and then. */
typedef struct WatchLook {
    WorkspaceWatch *watch;
    Loop *loop;
    Arena *arena;
    WatchTreeList trees;
    const char **base_refs; /* beside them, full or "" */
    WatchPlace *places;     /* likewise; set by the worker */
} WatchLook;
void watch_look_run(void *db, void *look);
void watch_look_done(void *look);
