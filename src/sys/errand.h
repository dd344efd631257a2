/* Work on a thread of its own for which a caller waits only so long: a look at a disk that may never answer. Any thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* Those that nobody waits for any more, by what they are about. */
typedef struct Errands Errands;
Errands *errands_new(void);
void errands_free(Errands *all); /* at once, also while some still run; NULL is fine */

typedef struct Errand {
    void (*run)(void *arg);
    void (*drop)(void *arg); /* frees it */
    void *arg;
    Str about; /* what it looks at: a folder; in `arg`'s memory, until that is dropped */
} Errand;

/* One dead disk must not keep the looks at the others from being begun. */
enum { ERRANDS_LOST_OF_ONE = 2, ERRANDS_LOST_MAX = 64 };

/* True: it has run, and `arg` is the caller's as before. False: it has not ended in time, or none was begun because
 * ERRANDS_LOST_OF_ONE others about the same, or ERRANDS_LOST_MAX in all, have not and still run: `arg` is dropped, at its end
 * if it runs. `all` NULL: they are not counted. */
bool errand_run(Errands *all, const Errand *errand, int64_t ms);
