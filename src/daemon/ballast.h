/* Space reserved for a start on a full disk: a file of 16 MiB in the data folder. A start that finds no free space
 * removes it; it is created again once the disk has room for twice its size. Blocking: start-up and worker threads.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum { BALLAST_BYTES = 16 << 20 };

bool ballast_is_there(int home_fd);
/* Removes it; false if there is none. */
bool ballast_give(int home_fd);
/* Creates it if it is missing and free_bytes is enough. */
int ballast_make(int home_fd, int64_t free_bytes, Err *e);
