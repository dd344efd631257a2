/* Whether a program is quiet: every thread of its process and of all processes below it is asleep, so that nothing happens
 * in it until somebody outside wakes it. The rule by which a step begins (facts of the virtual clock: clock.h) needs that
 * twice in a row, with empty sockets.
 *
 * It reads /proc and never blocks; the files that it reads again and again stay open. Stopped, traced and dead threads count
 * as asleep. The eye's thread.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

enum { QUIET_PROCESSES_MAX = 64, QUIET_THREADS_MAX = 256 };

typedef struct Quiet Quiet;

/* `pid`: the program; a child of this process that has not been waited for, so that the number is not another's. */
int quiet_new(pid_t pid, Quiet **ret, Err *e);
void quiet_free(Quiet *q); /* NULL is allowed */
/* One look. Also true when the program is gone. False, too, where there are more threads than can be looked at. */
bool quiet_look(Quiet *q);
/* "the main thread waits in poll", "thread 4711 (audio) runs": the one that runs, else the main one. Of the last look, for the
 * sentence about a time-out. */
void quiet_describe(Quiet *q, char *ret, size_t size);
