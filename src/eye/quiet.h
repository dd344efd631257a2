/* Whether processes rest: all threads of a process and its descendants sleep. Reads /proc of the same PID namespace. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

bool quiet_is_asleep(pid_t pid); /* with its descendants; a process that is gone sleeps */
/* What its main thread does, for a sentence: "the main thread waits in futex". */
void quiet_describe(pid_t pid, char *ret, size_t size);
