/* What the files of the noun share. */
#pragma once

#include "base/vec.h"
#include "checkpoint/checkpoint.h"

enum { CHECKPOINT_BATCH = 200, CHECKPOINT_TIMEOUT_MS = 120000 };

/* taker.c (loop) and take.c (worker): one look at a worktree. */
typedef struct TakeJob {
    App *app;
    Arena *arena;
    Str worktree_id, workspace_id;
    int cancel_fd;  /* becomes readable when the daemon stops */
    bool was_stuck; /* the look before this one: what is due fails if it is stuck again */
    bool is_stuck;  /* its repository did not answer: others come first for a while */
    bool is_kept;   /* what was due still is: the store did not take the result, or somebody else was at work there */
    bool is_again;  /* more is due */
} TakeJob;
void take_job_look(TakeJob *j, DbConn *db);
/* After a commit that stored a row that is due. */
void taker_note(Tx *tx, App *app, Str worktree_id, Str workspace_id);

int checkpoint_emit(Tx *tx, const Checkpoint *c, Err *e);
/* The name of this store in its refs. */
int checkpoint_store(DbConn *db, Arena *a, Str *ret, Err *e);
/* expire.c: deletes the rows of the list, and the refs that none names afterwards. */
int checkpoints_forget(App *app, DbConn *db, const Git *g, const CheckpointList *l, Err *e);

/* restore.c */
#define IN_CHECKPOINT(F, S) \
    IN_WORKTREE(F, S)       \
    F(S, ID("ckp"), checkpoint_id, .from = FROM_PATH, .doc = "The checkpoint")
#define CHECKPOINT_RESTORE_IN(F, S)                                                             \
    IN_CHECKPOINT(F, S)                                                                         \
    F(S, STRS, paths, .opt = 1, .max = 1000, .item_max = 4096, .is_file = 1,                    \
      .doc = "Only these files and folders, from the worktree's folder on; default: all files") \
    F(S, BOOL, accept_unsaved, .opt = 1, .has_def = 1, .def = 0, .doc = ACCEPT_UNSAVED_DOC)
SHAPE(CheckpointRestoreIn, CHECKPOINT_RESTORE_IN);
#define CHECKPOINT_RESTORED(F, S)                                         \
    F(S, OBJ(GitSalvage), before,                                         \
      .doc = "The salvage of what the restore replaced: restore_salvage " \
             "with its id undoes this")                                   \
    F(S, OBJ(Checkpoint), checkpoint, .doc = "What was restored")         \
    F(S, STR, note, .opt = 1, .max_bytes = 2048, .doc = "What could not be restored as it was")
SHAPE(CheckpointRestored, CHECKPOINT_RESTORED);
int checkpoint_put_back(OpCall *c, const CheckpointRestoreIn *in, CheckpointRestored *out, Err *e);
int checkpoint_put_back_recover(OpCall *c, const OpIntent *i, Err *e);
