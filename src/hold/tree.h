/* Tree: all descendants of a process, found by descent through /proc/<pid>/task/<tid>/children.
 *
 * The hold is a subreaper, so that neither setsid nor a double fork nor an empty environment leads out of its tree.
 * A walk is a snapshot that may miss what is born or moved during it: callers repeat until nothing new is found.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/vec.h"

typedef struct Tree {
    VEC(pid_t) pids;
} Tree;

void tree_done(Tree *t);
enum { TREE_ALL = 1 << 22 }; /* the kernel's own limit of pids */

/* Descendants of `root`, without root itself, zombies too; the walk ends when it has found more than `enough`. */
void tree_walk(Tree *t, pid_t root, size_t enough);
void tree_signal(const Tree *t, int signal);
/* SIGSTOP to every descendant until a walk finds none that has not got it: from then on none of them forks. Each is
 * stopped as soon as it is seen, so that a fork bomb leaves the processor to the walk. */
void tree_stop(Tree *t, pid_t root);
/* Writes pid and start time of each into the folder's file `tree`, a line each; `noted` is what stands there already.
 * For whoever sweeps after a hold that was killed. */
void tree_note(const Tree *t, Tree *noted, int dirfd);
/* Sum of resident memory. Pages that several processes share count once for each. */
int64_t tree_rss_bytes(const Tree *t);
/* Makes the caller the parent of its orphaned descendants. */
bool tree_adopt_orphans(void);
