/* Tree: all descendants of a process, found by walking /proc/<pid>/task/<tid>/children.
 *
 * Invariant: the hold is a subreaper, so every process that its child started, directly or not, is a descendant of the
 * hold until it is reaped. Neither setsid nor a double fork nor an empty environment leaves the tree. A descendant that
 * became a subreaper itself only moves orphans within the tree.
 * A walk is a snapshot and can miss a process that is forked or reparented meanwhile: a caller that must reach every
 * process repeats it until it finds nothing new, with everything seen so far stopped. A kill without the stop, or one
 * pass only, would lose the race against a fork bomb.
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
enum { TREE_ALL = 1 << 22 }; /* the kernel's own limit on pids */

/* Descendants of `root`, zombies included, root itself excluded; the walk ends when it has found more than `enough`. */
void tree_walk(Tree *t, pid_t root, size_t enough);
void tree_signal(const Tree *t, int signal);
/* Sends SIGSTOP to every descendant until a walk finds no new one: from then on none of them forks. Each is stopped as
 * soon as it is seen, so that a fork bomb leaves the processor to the walk. */
void tree_stop(Tree *t, pid_t root);
/* Writes the pid and start time of each process to the folder's file `tree`, one per line, so that the daemon can end
 * them after the hold was killed; `noted` is what the file contains already. */
void tree_note(const Tree *t, Tree *noted, int dirfd);
/* Sum of resident memory. A page that several processes share counts once for each. */
int64_t tree_rss_bytes(const Tree *t);
/* Makes the caller the parent of its orphaned descendants. */
bool tree_adopt_orphans(void);
