/* wl_shm version 1: pools and buffers in memory that clients share.
 *
 * libwayland's own implementation keeps a pool's descriptor to itself; this one hands a read-only descriptor of the same
 * file to consumers, which is what makes a frame free of copies. A pool is sealed against shrinking when it is made, so that
 * no reader of it dies of SIGBUS; one that cannot be sealed is only ever copied, under a guard (guard.h).
 */
#pragma once

#include "eye/eye.h"

void shm_init(Eye *eye);
