/* The fence: in a separate mount namespace, everything except HOME, /proc, /sys and /dev is read-only, and /dev/shm is
 * private and empty. So no process inside can leave a file outside HOME; an attempt fails with EROFS. */
#pragma once

#include <stddef.h>
#include <stdio.h>

/* NULL, or why there is no fence (namespaces may be forbidden): then files outside HOME are not guarded. */
const char *fence_raise(const char *home);
/* Prints the names of the files in the private /dev/shm; returns their number. */
size_t fence_leftovers(FILE *out);
