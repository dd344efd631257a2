/* Landing several worktrees one after the other: rows of the store, so that it goes on without the page that asked for it.
 *
 * A queue has a thread while it lands (land_drive.c). Each step of it is a call of the operation that a person would make,
 * with a key made of the queue, the row and the step: a step that was done before a crash is answered from its stored result
 * and not done again. The first row that does not land ends the queue. */
#pragma once

#include "change/merge_in.h"

enum { LAND_QUEUE_MAX = 100, LAND_TEXT_MAX = 2000, LAND_CONFLICTS_MAX = 100 };

#define LAND_ROW_STATES(W)         \
    W(LAND_ROW_WAITING, "waiting") \
    W(LAND_ROW_RUNNING, "running") \
    W(LAND_ROW_LANDED, "landed") W(LAND_ROW_UNDONE, "undone") W(LAND_ROW_STOPPED, "stopped")
ENUM_DECLARE(LandRowState, LAND_ROW_STATES);
#define LAND_STEPS(W) W(LAND_STEP_MERGE, "merge") W(LAND_STEP_CHECKS, "checks") W(LAND_STEP_LAND, "land")
ENUM_DECLARE(LandStep, LAND_STEPS);
#define LAND_QUEUE_STATES(W)         \
    W(LAND_QUEUE_RUNNING, "running") \
    W(LAND_QUEUE_LANDED, "landed") W(LAND_QUEUE_STOPPED, "stopped") W(LAND_QUEUE_CANCELLED, "cancelled")
ENUM_DECLARE(LandQueueState, LAND_QUEUE_STATES);

#define LAND_QUEUE_ROW(F, S)                                                                                     \
    F(S, ID("lnq"), queue, .secret = 1, .doc = "Its queue")                                                      \
    F(S, I64, n, .secret = 1, .min = 0, .max = LAND_QUEUE_MAX, .doc = "Its place in it")                         \
    F(S, ID("wt"), worktree_id, .doc = "The worktree")                                                           \
    F(S, STR, head_id, .opt = 1, .max_bytes = 64, .doc = "Its commit, as the caller saw it or the queue since")  \
    F(S, ENUM(LandHow), how, .doc = "squash, merge or ff")                                                       \
    F(S, STR, message, .opt = 1, .secret = 1, .max = 20000, .doc = "Of the commit")                              \
    F(S, BOOL, ignore_checks, .opt = 1, .secret = 1, .doc = "Land although a check has not passed")              \
    F(S, BOOL, is_seen, .opt = 1, .secret = 1, .doc = "Its commit was compared")                                 \
    F(S, ENUM(LandRowState), state, .doc = "waiting, running, landed, undone (since) or stopped")                \
    F(S, ENUM(LandStep), step, .opt = 1, .doc = "merge: base is brought in; checks; land; of stopped: the last") \
    F(S, TIME, step_at, .opt = 1, .doc = "Since when")                                                           \
    F(S, I64, passed, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "Of `checks`, those that have passed")        \
    F(S, I64, checks, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "That had not passed on what it has")         \
    F(S, STR, text, .opt = 1, .max_bytes = LAND_TEXT_MAX, .doc = "Why it stopped")                               \
    F(S, STRS, conflicts, .opt = 1, .max = LAND_CONFLICTS_MAX, .item_max = 8192, .is_file = 1,                   \
      .doc = "Files in conflict with base, the first 100")                                                       \
    F(S, ID("lnd"), landing_id, .opt = 1, .doc = "Its landing")                                                  \
    F(S, STR, to_id, .opt = 1, .max_bytes = 64, .doc = "Base's commit after it")
SHAPE(LandQueueRow, LAND_QUEUE_ROW);
#define LAND_QUEUE(F, S)                                                                                     \
    F(S, ID("lnq"), id, .doc = "The queue")                                                                  \
    F(S, ID("ws"), workspace_id, .doc = "The workspace")                                                     \
    F(S, ENUM(LandQueueState), state, .doc = "running; landed: all of it; stopped: at a row; cancelled")     \
    F(S, BOOL, is_cancelled, .opt = 1, .doc = "Somebody has cancelled it: it ends after the step that runs") \
    F(S, STR, started_by, .max_bytes = 64, .doc = "Who started it")                                          \
    F(S, I64, role, .secret = 1, .min = 0, .max = 4, .doc = "Their role")                                    \
    F(S, TIME, started_at, .doc = "When it was started")                                                     \
    F(S, TIME, ended_at, .opt = 1, .doc = "When it ended")                                                   \
    F(S, LIST(LandQueueRow), rows, .max = LAND_QUEUE_MAX, .doc = "In the order in which they land")
SHAPE(LandQueue, LAND_QUEUE);

/* land_queue.c: the rows. */
int land_queue_get(DbConn *db, Str id, Arena *a, LandQueue *ret, Err *e);
/* Stores row `n` of the queue, and emits it. */
int land_queue_store(Tx *tx, LandQueue *q, size_t n, Err *e);
int land_queue_end(Tx *tx, LandQueue *q, LandQueueState state, Err *e);

/* land_drive.c: the threads. */
typedef struct LandDrives LandDrives;
LandDrives *land_drives_new(App *app);
void land_drives_free(LandDrives *all); /* after they were joined */
/* Drives a queue whose row is committed. Any thread; one at most for a queue. */
void land_drive_start(LandDrives *all, const LandQueue *q);
/* The step that runs is ended where git can be ended, and no other begins. */
void land_drive_cancel(LandDrives *all, Str queue_id);
