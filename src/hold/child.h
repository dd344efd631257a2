/* Child: starts the program of a spec with its own session, streams, limits and environment, and nothing else. */
#pragma once

#include <sys/types.h>

#include "base/err.h"
#include "base/holdspec.h"
#include "hold/cgroup.h"
#include "hold/priority.h"

typedef struct Child {
    pid_t pid;
    int in;   /* write end of stdin, or the master of the pty; not blocking */
    int out;  /* read end of stdout; of a pty: -1, `in` is read */
    int err;  /* read end of stderr; of a pty: -1 */
    int exec; /* yields a ChildFailure if exec failed, else end of file */
} Child;

typedef struct ChildFailure {
    int sys_errno;
    char step[28]; /* "exec", "chdir" … */
} ChildFailure;

typedef struct ChildPlan {
    const HoldSpec *spec;
    const Cgroup *cgroup;
    const Priority *priority; /* the child's */
    int lock_fd;              /* the hold's; the child closes it before anything else */
} ChildPlan;

int child_start(const ChildPlan *plan, Child *ret, Err *e);
/* Reads Child.exec. True: *ret says what failed. False: exec succeeded or has not happened yet. */
bool child_read_failure(int exec_fd, ChildFailure *ret);
