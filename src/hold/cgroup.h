/* Cgroup: a v2 cgroup for the child, where the hold's own cgroup allows creating one.
 *
 * It makes ends more reliable (cgroup.kill ends even what is being forked; cgroup.freeze pauses everything at once) and
 * lets the daemon end the tree of a hold that was killed: the launch's file `cgroup` holds the cgroup's path. The hold
 * never relies on it alone, because a process with rights over cgroups can leave one; it always walks the tree too.
 * Everything here is optional.
 */
#pragma once

#include <stdbool.h>

#include "base/err.h"

enum { CGROUP_PATH_SIZE = 512 };

typedef struct Cgroup {
    int fd; /* the folder; -1 = none */
    char path[CGROUP_PATH_SIZE];
} Cgroup;

/* Creates the folder and writes its path to launch_dirfd; fd stays -1 if it cannot be created. */
void cgroup_open(Cgroup *c, int launch_dirfd, const char *launch);
/* Creates such a folder as the hold of `process` (a pid or "self") would, and removes it again; *ret_path is its parent
 * folder. */
int cgroup_try(const char *process, char ret_path[CGROUP_PATH_SIZE], Err *e);
/* In the child, before exec. */
void cgroup_enter(const Cgroup *c);
/* False: there is no cgroup, or this kernel does not support the operation. */
bool cgroup_kill(const Cgroup *c);
bool cgroup_freeze(const Cgroup *c, bool frozen);
/* Removes the folder, if it is empty by now, and the file with its path. */
void cgroup_close(Cgroup *c, int launch_dirfd);
