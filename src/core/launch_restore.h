/* After db_was_put_back, before anybody is served. Start-up only. */
#pragma once

#include "core/launch.h"

/* Inputs that the logs of living launches show beyond their derived places, and that the store no longer knows, become
 * rows with cause `recovered`. *ret_n: launches. */
int launches_restore(App *app, DbConn *db, int64_t *ret_n, Err *e);
