/* Injected faults and crashes, in debug builds only; in release builds all of this compiles to nothing.
 *
 * `fault_point("db.step")` precedes a call that can fail and returns whether this one must fail: the k-th point
 * reached since the start fails once, with errno EIO. MUSTER_FAULT=k, or k:prefix to count only points whose names
 * start with the prefix. `CRASH("file.renamed")` marks a place between two steps that belong together:
 * MUSTER_CRASH=name:k kills the process there the k-th time. Each such name is in the table in crash.c. With
 * MUSTER_CRASH_LOG set, every crash point and every injected fault appends its name to that file when it is reached.
 * Any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The table of crash points; *ret_n is its length. Empty in release builds. */
const char *const *crash_points(size_t *ret_n);

#ifdef MUSTER_DEBUG
bool fault_point(const char *name);
void crash_reached(const char *name);
#define CRASH(name) crash_reached(name)
#else
static inline bool fault_point(const char *name) {
    (void)name;
    return false;
}
#define CRASH(name) ((void)0)
#endif

/* For tests in one process: arms the k-th point from now on (0 = none) and restarts the count. `prefix` NULL counts
 * all; it is borrowed until the next call. */
void fault_arm(int64_t k, const char *prefix);
/* The number of points counted since; a test has covered all of them once this is below its k. */
int64_t fault_seen(void);
