/* Sweep of a lost hold: ends what a hold that was killed left behind. Blocking: worker threads.
 *
 * While a hold lives it finds its tree by descent. Once it is gone only the mark MUSTER_LAUNCH=<id> in the
 * environment of its children tells them; a process that wiped its environment is not found.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"

/* Stops, then kills every process of this uid that carries the mark, again until none is left, for at most
 * timeout_ms. *ret_killed counts them. ERR_TIMEOUT: some are still there. */
int lostsweep_run(Str launch, int64_t timeout_ms, int *ret_killed, Err *e);
