/* The two stages of landing: their shapes and rules. */
#pragma once

#include "change/change_in.h"
#include "git/in_way.h"
#include "git/merge.h"

/* land.c: the second stage, on the base branch. */
#define LAND_WORDS(W) W(LAND_SQUASH, "squash") W(LAND_MERGE, "merge") W(LAND_FF, "ff")
ENUM_DECLARE(LandHow, LAND_WORDS);
#define LAND_IN(F, S)                                                                                  \
    IN_WORKTREE(F, S)                                                                                  \
    F(S, ENUM(LandHow), how,                                                                           \
      .doc = "squash: one new commit; merge: a merge commit; ff: base moves to the worktree's commit") \
    F(S, STR, message, .opt = 1, .min = 1, .max = 100000, .example = "Fix the login",                  \
      .doc = "Required for squash; without meaning for ff")                                            \
    F(S, BOOL, ignore_checks, .opt = 1, .doc = "Land although a check has not passed on what the worktree has now")
SHAPE(LandIn, LAND_IN);
#define LANDING(F, S)                                                                         \
    F(S, ID("lnd"), id, .doc = "The landing")                                                 \
    F(S, ID("ws"), workspace_id, .doc = "The workspace")                                      \
    F(S, ID("wt"), worktree_id, .doc = "The worktree that landed")                            \
    F(S, STR, base_ref, .max_bytes = 1024, .doc = "The branch that it landed on, a full ref") \
    F(S, STR, from_id, .max_bytes = 64, .doc = "Its commit before")                           \
    F(S, STR, to_id, .max_bytes = 64, .doc = "Its commit after")                              \
    F(S, STR, head_id, .max_bytes = 64, .doc = "The worktree's commit")                       \
    F(S, ENUM(LandHow), how, .doc = "squash, merge or ff")                                    \
    F(S, TIME, landed_at, .opt = 1, .doc = "When it landed")                                  \
    F(S, TIME, undone_at, .opt = 1, .doc = "When it was undone")                              \
    F(S, STR, note, .opt = 1, .max_bytes = 1024,                                              \
      .doc = GIT_NOTE_DOC "; of an undo: the remote branches that still have the landed commit")
SHAPE(Landing, LANDING);
int land(OpCall *c, const LandIn *in, Landing *out, Err *e);
int land_recover(OpCall *c, const OpIntent *i, Err *e);
/* ERR_CONFLICT: nothing has landed, or base has moved since; details `since` list what came on top. */
int land_undo(OpCall *c, const WorktreeRef *ref, Landing *out, Err *e);
int land_undo_recover(OpCall *c, const OpIntent *i, Err *e);
