/* Sweep of a lost hold: ends what a hold that was killed left behind. Blocking: worker threads.
 *
 * While a hold lives it finds its tree by descent. Once it is gone there are these traces: the cgroup that the hold
 * noted in `cgroup` of the launch's folder (where one could be made), from which nothing that has no rights over it
 * escapes; without one the processes that it noted in `tree`; the mark MUSTER_LAUNCH=<id> in the environment of its
 * children; and descent from any of these.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"

typedef struct LostSweep {
    int n_killed;
    bool is_sure; /* there was a cgroup. Else a process may be left that began in the hold's last second, dropped the
                     mark and lost its parents */
} LostSweep;

/* Call it only when the launch's lock is free. Kills the noted cgroup, then stops and kills every process that one of
 * the other traces leads to, again until none is left, for at most timeout_ms. ERR_TIMEOUT: some are still there; *ret
 * holds what is known in any case. dirfd of streams/<lch>/ is borrowed. */
int lostsweep_run(int dirfd, Str launch, int64_t timeout_ms, LostSweep *ret, Err *e);
