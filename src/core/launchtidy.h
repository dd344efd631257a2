/* What launches leave in streams/: folders that may go, and holds that no row knows. Worker threads.
 *
 * A folder whose lock somebody holds is never touched, and a name that is no launch's neither.
 */
#pragma once

#include "core/launch.h"

#define HOLD_FOUND(F, S)                                                          \
    F(S, STR, launch_id, .max = 255, .doc = "The launch, as its folder is named") \
    F(S, BOOL, is_alive, .doc = "A hold has its lock")                            \
    F(S, BOOL, is_known, .doc = "The store has its row; what it does not know is left alone")
SHAPE(HoldFound, HOLD_FOUND);

enum { HOLDS_MAX = 10000 };
#define HOLDS_FOUND(F, S) F(S, LIST(HoldFound), holds, .max = HOLDS_MAX, .doc = "Those that live or that no row knows")
SHAPE(HoldsFound, HOLDS_FOUND);

int launchtidy_find_holds(App *app, DbConn *db, Arena *a, HoldsFound *ret, Err *e);
/* Removes the folder of a launch that has ended; *ret_gone tells whether nothing is left of it. */
int launchtidy_remove(App *app, Str launch_id, bool *ret_gone, Err *e);
/* Removes what is older: folders, inputs and rows of ended launches (an owner's newest row stays: its session goes on
 * from it), derived segments of living ones, and folders without a row a day after their last change. */
int launchtidy_expire(App *app, DbConn *db, TimeUs older_than, Err *e);
