/* The two stages of landing: their shapes and rules. */
#pragma once

#include "change/change_in.h"
#include "git/in_way.h"
#include "git/merge.h"

/* land.c: the second stage, on the base branch. */
#define LAND_WORDS(W) W(LAND_SQUASH, "squash") W(LAND_MERGE, "merge") W(LAND_FF, "ff")
ENUM_DECLARE(LandHow, LAND_WORDS);
#define LAND_IN(F, S)                                                                                               \
    IN_WORKTREE(F, S)                                                                                               \
    F(S, ENUM(LandHow), how,                                                                                        \
      .doc = "squash: one new commit; merge: a merge commit; ff: base moves to the worktree's commit")              \
    F(S, STR, message, .opt = 1, .min = 1, .max = 100000, .example = "Fix the login",                               \
      .doc = "Required for squash; without meaning for ff")                                                         \
    F(S, BOOL, ignore_checks, .opt = 1, .doc = "Land although a check has not passed on what the worktree has now") \
    F(S, BOOL, in_turn, .opt = 1,                                                                                   \
      .doc = "Land although an agent there is in the middle of a turn: it works, or waits for an answer")           \
    F(S, STR, head_id, .opt = 1, .min = 1, .max_bytes = 64,                                                         \
      .doc = "The worktree's commit, as the caller saw it: if it has another one, nothing lands")
SHAPE(LandIn, LAND_IN);
#define LANDING(F, S)                                                                                                \
    F(S, ID("lnd"), id, .doc = "The landing")                                                                        \
    F(S, ID("ws"), workspace_id, .doc = "The workspace")                                                             \
    F(S, ID("wt"), worktree_id, .doc = "The worktree that landed")                                                   \
    F(S, STR, base_ref, .max_bytes = 1024, .doc = "The branch that it landed on, a full ref")                        \
    F(S, STR, from_id, .max_bytes = 64, .doc = "Its commit before")                                                  \
    F(S, STR, to_id, .max_bytes = 64, .doc = "Its commit after")                                                     \
    F(S, STR, head_id, .max_bytes = 64, .doc = "The worktree's commit")                                              \
    F(S, ENUM(LandHow), how, .doc = "squash, merge or ff")                                                           \
    F(S, TIME, landed_at, .opt = 1, .doc = "When it landed")                                                         \
    F(S, TIME, undone_at, .opt = 1, .doc = "When it was undone")                                                     \
    F(S, STR, branch, .opt = 1, .max_bytes = 1024,                                                                   \
      .doc = "The worktree's branch; absent: it had none, or landed with an older daemon")                           \
    F(S, STR, landed_by, .opt = 1, .max_bytes = 64, .doc = "Who landed it; absent: an older daemon did not note it") \
    F(S, STR, note, .opt = 1, .max_bytes = 1024,                                                                     \
      .doc = GIT_NOTE_DOC "; of an undo: the remote branches that still have the landed commit")
SHAPE(Landing, LANDING);
/* Agents of the worktree that are in the middle of a turn. */
int land_count_in_turn(OpCall *c, Str worktree_id, int64_t *ret, Err *e);
int land(OpCall *c, const LandIn *in, Landing *out, Err *e);
int land_recover(OpCall *c, const OpIntent *i, Err *e);
/* ERR_CONFLICT: nothing has landed, or base has moved since; details `since` list what came on top. */
int land_undo(OpCall *c, const WorktreeRef *ref, Landing *out, Err *e);
int land_undo_recover(OpCall *c, const OpIntent *i, Err *e);

#define LANDINGS_IN(F, S)                                                                           \
    IN_WORKSPACE(F, S)                                                                              \
    F(S, I64, limit, .opt = 1, .has_def = 1, .def = 100, .min = 1, .max = 1000, .from = FROM_QUERY, \
      .doc = "Maximum number of rows")                                                              \
    F(S, ID("lnd"), after, .opt = 1, .from = FROM_QUERY, .doc = "Only landings before this one; default: all")
SHAPE(LandingsIn, LANDINGS_IN);
#define PAST_LANDING(F, S) \
    LANDING(F, S)          \
    F(S, BOOL, can_undo,   \
      .doc = "undo_merge would undo it: it is the last one of its worktree, and base has not moved since")
SHAPE(PastLanding, PAST_LANDING);
#define LANDINGS(F, S)                                                    \
    F(S, LIST(PastLanding), landings, .max = 1000, .doc = "Newest first") \
    F(S, BOOL, has_more, .doc = "There are older ones")                   \
    F(S, ID("lnd"), next_cursor, .opt = 1, .doc = "`after` of the next page")
SHAPE(Landings, LANDINGS);
int land_list(OpCall *c, const LandingsIn *in, Landings *out, Err *e);
