/* What launches leave in streams/: folders that may go, and holds that no row knows. Worker threads.
 *
 * A folder whose lock somebody holds is never touched, and a name that is no launch's neither.
 */
#pragma once

#include "core/launch.h"

#define HOLD_FOUND(F, S)                                                                \
    F(S, STR, launch_id, .max_bytes = 255, .doc = "The launch, as its folder is named") \
    F(S, BOOL, is_alive, .doc = "A hold has its lock")                                  \
    F(S, BOOL, is_known, .doc = "The store has its row; what it does not know is left alone")
SHAPE(HoldFound, HOLD_FOUND);

enum { HOLDS_MAX = 10000 };
#define HOLDS_FOUND(F, S) F(S, LIST(HoldFound), holds, .max = HOLDS_MAX, .doc = "Those that live or that no row knows")
SHAPE(HoldsFound, HOLDS_FOUND);

int launchtidy_find_holds(App *app, DbConn *db, Arena *a, HoldsFound *ret, Err *e);
/* Removes what is older: folders, inputs and rows of ended launches (an owner's newest row stays: its session goes on
 * from it), and derived segments of living ones. A folder that no row knows stays: it may be all that is left of a
 * launch when an older store was put back. */
int launchtidy_expire(App *app, DbConn *db, TimeUs older_than, Err *e);
/* Forgets what has ended of an owner that goes for good, with its inputs, in small writes; its folders go by
 * launchtidy_remove_forgotten. */
int launchtidy_erase(App *app, DbConn *db, Str owner_id, Err *e);
/* Removes the folders of launches whose owner was deleted for good (launchtidy_erase). One that is still held stays
 * for the next time. */
int launchtidy_remove_forgotten(App *app, DbConn *db, Err *e);
/* Space that the folders of all launches take. */
int64_t launchtidy_bytes(const App *app);
