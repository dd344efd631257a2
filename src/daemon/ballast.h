/* Room that is kept for a start on a full disk: a file of 16 MiB in the data folder. A start that finds no room removes it;
 * it is made again once the disk has room for it twice. Blocking: start-up and worker threads.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum { BALLAST_BYTES = 16 << 20 };

bool ballast_is_there(int home_fd);
/* Removes it; false when there is none. */
bool ballast_give(int home_fd);
/* Makes it, where it is missing and free_bytes are enough. */
int ballast_make(int home_fd, int64_t free_bytes, Err *e);
