/* Sweep of a lost hold: ends the processes that a killed hold left behind. Blocking: worker threads.
 *
 * A living hold finds its tree by descent. Once it is gone, these traces remain: the cgroup that the hold recorded in
 * `cgroup` in the launch's folder (where one could be created), which a process without rights over it cannot leave;
 * without a cgroup, the processes that it recorded in `tree`; the mark MUSTER_LAUNCH=<id> in the environment of its
 * children; and descent from any of these.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"

typedef struct LostSweep {
    int n_killed;
    bool is_sure; /* there was a cgroup. Otherwise a process may remain that started in the hold's last second, dropped
                     the mark and lost its parents */
} LostSweep;

/* Call it only when the launch's lock is free. Kills the recorded cgroup, then stops and kills every process that the
 * other traces lead to, and repeats this until none is left, for at most timeout_ms. ERR_TIMEOUT: some remain. *ret is
 * set in either case. dirfd of streams/<lch>/ is borrowed. */
int lostsweep_run(int dirfd, Str launch, int64_t timeout_ms, LostSweep *ret, Err *e);
/* Counts the living processes that the same traces lead to, and leaves them alone. */
int lostsweep_count(int dirfd, Str launch, size_t *ret, Err *e);
