/* The fence: in a mount namespace of its own, everything but HOME, /proc, /sys and /dev is read-only, and /dev/shm
 * is private and empty. So nothing that runs inside can leave a file outside HOME; whoever tries gets EROFS. */
#pragma once

#include <stddef.h>
#include <stdio.h>

/* NULL, or why there is none here (namespaces may be forbidden): then files outside HOME are not guarded. */
const char *fence_raise(const char *home);
/* Names what lies in the private /dev/shm; returns how many. */
size_t fence_leftovers(FILE *out);
