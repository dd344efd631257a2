/* The radar: its shapes and rule. */
#pragma once

#include "change/change_in.h"

/* radar.c */
enum { RADAR_PAIRS_MAX = 50, RADAR_NAMED_MAX = 1000 };
#define RADAR_TREE(F, S)                                                                               \
    F(S, ID("wt"), worktree_id, .doc = "The worktree")                                                 \
    F(S, STR, branch, .max_bytes = 1024, .doc = "Its branch")                                          \
    F(S, STR, head, .opt = 1, .max_bytes = 64, .doc = "Its commit")                                    \
    F(S, STR, compared, .opt = 1, .secret = 1, .max_bytes = 64, .doc = "The commit that was compared") \
    F(S, STR, content_id, .opt = 1, .secret = 1, .max_bytes = 64, .doc = "Its status's contentId")     \
    F(S, BOOL, is_dirty, .doc = "It has changes that are not committed")                               \
    F(S, BOOL, is_committed_only, .doc = "Those were not compared: they are too many, or in conflict") \
    F(S, STR, note, .opt = 1, .max_bytes = 480, .doc = "Why it could not be compared")
SHAPE(RadarTree, RADAR_TREE);
#define RADAR_PAIR(F, S)                                                              \
    F(S, ID("wt"), one_id, .doc = "A worktree")                                       \
    F(S, ID("wt"), other_id, .doc = "Another one")                                    \
    F(S, BOOL, is_clean, .doc = "Merging one into the other gives no conflict")       \
    F(S, I64, conflict_count, .min = 0, .max = INT64_MAX, .doc = "Files in conflict") \
    F(S, STRS, conflicts, .max = 100, .item_max = 8192, .is_file = 1, .doc = "The first 100 of them")
SHAPE(RadarPair, RADAR_PAIR);
#define RADAR_LEFT_OUT(F, S)                    \
    F(S, ID("wt"), one_id, .doc = "A worktree") \
    F(S, ID("wt"), other_id, .doc = "Another one")
SHAPE(RadarLeftOut, RADAR_LEFT_OUT);
#define RADAR(F, S)                                                                                                  \
    F(S, LIST(RadarTree), worktrees, .max = 10000, .doc = "What was compared; those with a note were not")           \
    F(S, LIST(RadarPair), pairs, .max = RADAR_PAIRS_MAX,                                                             \
      .doc = "Pairs whose changes touch the same places; a pair that was looked at and is not here cannot conflict") \
    F(S, I64, compared, .min = 0, .max = RADAR_PAIRS_MAX, .doc = "Number of pairs compared")                         \
    F(S, I64, left_out, .min = 0, .max = INT64_MAX,                                                                  \
      .doc = "Pairs that may conflict and were not compared: too many, or one of the two could not be read")         \
    F(S, LIST(RadarLeftOut), not_compared, .max = RADAR_NAMED_MAX,                                                   \
      .doc = "The first 1000 of them; one that could be read is compared if you ask for it alone")
SHAPE(Radar, RADAR);
/* A temporary folder for objects, so that none is written into the repository. */
typedef struct Scratch {
    OpCall *call;
    Str objects; /* the repository's own */
    char *folder;
} Scratch;
int scratch_open(OpCall *c, const Workspace *w, Scratch *ret, Err *e);
void scratch_close(Scratch *s); /* CLEANUP hook */
/* The handle with the folder for new objects and, unless NULL, an index of its own. */
const Git *scratch_git(const Scratch *s, const Git *g, const char *index);

/* `only` {NULL,0}: all pairs. */
int radar(OpCall *c, Str workspace_id, Str only, Radar *ret, Err *e);
/* Removes the temporary folders that a crash left. Start-up only. */
void radar_sweep(const App *app);
