/* Work on a thread of its own for which a caller waits only so long: a look at a disk that may never answer. Any thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Counts those that nobody waits for any more. */
typedef struct Errands Errands;
Errands *errands_new(void);
void errands_free(Errands *all); /* at once, also while some still run; NULL is fine */

typedef struct Errand {
    void (*run)(void *arg);
    void (*drop)(void *arg); /* frees it */
    void *arg;
} Errand;

enum { ERRANDS_LOST_MAX = 16 };

/* True: it has run, and `arg` is the caller's as before. False: it has not ended in time, or ERRANDS_LOST_MAX others have not
 * and still run, so that none was begun: `arg` is dropped, at its end if it runs. `all` NULL: they are not counted. */
bool errand_run(Errands *all, const Errand *errand, int64_t ms);
