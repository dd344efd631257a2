/* Control groups, version 2: one folder per process tree, where the system lets us make one.
 *
 * The root is our own group's folder below the mount; it must be delegated to us. Where it is not, cgroup_root says
 * so and the callers use other means. Blocking file writes: any thread but the loop.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum { CGROUP_PATH_MAX = 4096 };

typedef struct CgroupLimits {
    int64_t memory_max; /* bytes; 0 = none */
    int64_t pids_max;   /* 0 = none */
} CgroupLimits;

/* Our own group's folder. `mount` NULL is /sys/fs/cgroup. False: no version 2 mount, or no group may be made there. */
bool cgroup_root(const char *mount, char out[CGROUP_PATH_MAX]);
/* Makes `root`/`name` and opens it; the descriptor stands for the group below. Limits whose controller the group
 * does not have are refused with ERR_CONFLICT, and the group is removed again. */
int cgroup_create(const char *root, const char *name, const CgroupLimits *limits, int *ret_fd, Err *e);
int cgroup_add(int fd, int64_t pid, Err *e);
int cgroup_freeze(int fd, bool frozen, Err *e);
int cgroup_kill(int fd, Err *e);
/* ERR_BUSY while a process is in it. */
int cgroup_remove(const char *root, const char *name, Err *e);
