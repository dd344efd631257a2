/* Sweep of a lost hold: ends what a hold that was killed left behind. Blocking: worker threads.
 *
 * While a hold lives it finds its tree by descent. Once it is gone there are two traces: the cgroup that the hold
 * noted in `cgroup` of the launch's folder (where one could be made), from which nothing that has no rights over it
 * escapes, and the mark MUSTER_LAUNCH=<id> in the environment of its children.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"

/* Call it only when the launch's lock is free. Kills the noted cgroup, then stops and kills every process that
 * carries the mark, again until none is left, for at most timeout_ms. *ret_killed counts the marked ones.
 * ERR_TIMEOUT: some are still there. dirfd of streams/<lch>/ is borrowed. */
int lostsweep_run(int dirfd, Str launch, int64_t timeout_ms, int *ret_killed, Err *e);
