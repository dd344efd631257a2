/* What a start does to launches whose store cannot be trusted, before the first request. */
#pragma once

#include "core/launch.h"

/* After db_was_put_back: inputs that are in the logs of living launches after their derived positions, but no longer in
 * the store, become rows with cause `recovered`. *ret_n: launches. */
int launches_restore(App *app, DbConn *db, int64_t *ret_n, Err *e);
/* After db_lost_power: marks each launch that has not ended as `lost_power`. */
int launches_distrust(Tx *tx, Err *e);
