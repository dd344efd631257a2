/* The processes below one: found through /proc, so nothing can hide by a new session, group or environment. */
#pragma once

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

typedef struct PidList {
    pid_t *pids; /* owned */
    size_t n;
} PidList;

/* All living descendants of `root` (zombies are not living). */
PidList tree_below(pid_t root);
void pids_done(PidList *l);
/* One line: pid, state, command line, and the sockets that it listens on. */
void tree_describe(pid_t pid, FILE *out);
