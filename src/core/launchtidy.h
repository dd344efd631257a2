/* What launches leave in streams/: folders that may be removed, and holds without a row. Worker threads.
 *
 * A folder whose lock is held is never touched, nor is a folder whose name is not a launch id.
 */
#pragma once

#include "core/launch.h"

#define HOLD_FOUND(F, S)                                                                       \
    F(S, STR, launch_id, .max_bytes = 255, .doc = "The launch, as its folder is named")        \
    F(S, BOOL, is_alive, .doc = "A hold has its lock")                                         \
    F(S, BOOL, is_known, .doc = "The store has its row; a launch without a row is left alone") \
    F(S, STR, problem, .opt = 1, .max_bytes = 480, .doc = "Why its lock cannot be read; isAlive is then false")
SHAPE(HoldFound, HOLD_FOUND);

enum { HOLDS_MAX = 10000 };
#define HOLDS_FOUND(F, S) \
    F(S, LIST(HoldFound), holds, .max = HOLDS_MAX, .doc = "Those that are alive, have no row or cannot be read")
SHAPE(HoldsFound, HOLDS_FOUND);

/* A folder whose lock cannot be read is listed with the reason; the others are still looked at. */
int launchtidy_find_holds(App *app, DbConn *db, Arena *a, HoldsFound *ret, Err *e);
/* Removes what is older: folders, inputs and rows of ended launches (an owner's newest row stays, because its session
 * continues from it), and derived segments of living ones. A folder without a row stays: it may be all that is left of
 * a launch when an older store was restored. */
int launchtidy_expire(App *app, DbConn *db, TimeUs older_than, Err *e);
/* Deletes the ended launches of an owner that is being deleted for good, with their inputs, in small writes;
 * launchtidy_remove_forgotten removes their folders. */
int launchtidy_erase(App *app, DbConn *db, Str owner_id, Err *e);
/* Removes the folders of launches whose owner was deleted for good (launchtidy_erase). A folder that is still held
 * stays until the next call. */
int launchtidy_remove_forgotten(App *app, DbConn *db, Err *e);
/* The space that the folders of all launches occupy. */
int64_t launchtidy_bytes(const App *app);
