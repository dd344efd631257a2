/* Starting a child, shared by process.c and process_run.c. */
#pragma once

#include <sys/types.h>

#include "sys/process.h"

/* The child's descriptors 0, 1 and 2; borrowed, none of them below 3. */
typedef struct ChildFds {
    int in, out, err;
    int kept[2]; /* 0: none; otherwise 3 and 4, none of them below 5 */
} ChildFds;

/* Starts the child in a new session and group. ERR_NOT_FOUND: no such program or folder. */
int process_start(const ProcessSpec *s, ChildFds fds, pid_t *ret_pid, Err *e);
/* An unreaped child that nobody waits for any more: process_reap reaps it. */
void process_leave(pid_t pid);
/* A descriptor of at least 3: takes fd, returns fd or its only copy; -1 if fd is -1. */
int process_fd_above(int fd);

/* The descendants of a child, children first; found by ancestry, so that it includes those that left the child's group.
 */
enum { PROCESS_TREE_MAX = 512 };
typedef struct ProcessMember {
    int64_t pid;
    uint64_t started; /* process_start_time: a pid alone may be reused */
} ProcessMember;
typedef struct ProcessTree {
    ProcessMember members[PROCESS_TREE_MAX];
    size_t n;
} ProcessTree;
void process_tree_find(ProcessTree *t, int64_t root);
void process_tree_kill(const ProcessTree *t, int signal);
/* The command line of the first member that runs a program other than `except`; false if there is none. */
bool process_tree_command(const ProcessTree *t, Str except, char *out, size_t size);
