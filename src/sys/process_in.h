/* Starting a child, shared by process.c and process_run.c. */
#pragma once

#include <sys/types.h>

#include "sys/process.h"

/* What the child gets as 0, 1 and 2; borrowed, none of them below 3. */
typedef struct ChildFds {
    int in, out, err;
} ChildFds;

/* Starts the child in a session and group of its own. ERR_NOT_FOUND: no such program or folder. */
int process_start(const ProcessSpec *s, ChildFds fds, pid_t *ret_pid, Err *e);
/* A descriptor of at least 3: takes fd, returns fd or its only copy; -1 when fd is. */
int process_fd_above(int fd);
