/* Cgroup: a v2 folder of its own for the child, where the hold's own cgroup allows one to be made.
 *
 * It makes ends sharper (cgroup.kill ends even what is being forked; cgroup.freeze pauses all at once) and lets the
 * daemon end the tree of a hold that was killed: the folder's path is noted in the launch's `cgroup`. The tree walk
 * stays the rule: a process with rights over cgroups may leave one. Everything here may be missing.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"

enum { CGROUP_PATH_SIZE = 512 };

typedef struct Cgroup {
    int fd; /* the folder; -1 = none */
    char path[CGROUP_PATH_SIZE];
} Cgroup;

/* Makes the folder and notes it in launch_dirfd; without one, fd stays -1. */
void cgroup_open(Cgroup *c, int launch_dirfd, const char *launch);
/* Makes such a folder for the hold of a `process` (its number, or "self") and removes it again; *ret_path is where it
 * was to stand. */
int cgroup_try(const char *process, char ret_path[CGROUP_PATH_SIZE], Err *e);
/* In the child, before exec. */
void cgroup_enter(const Cgroup *c);
/* False: no cgroup, or this kernel cannot. */
bool cgroup_kill(const Cgroup *c);
bool cgroup_freeze(const Cgroup *c, bool frozen);
/* Removes the folder if it is empty by now, and its note. */
void cgroup_close(Cgroup *c, int launch_dirfd);
