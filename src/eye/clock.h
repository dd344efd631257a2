/* The eye's side of the virtual clock and of the barrier at presents (base/eyeclock.h has the page; src/preload what reads
 * it inside the program).
 *
 * A step with the barrier: wait until the program is parked (clock_is_parked) and quiet; clock_advance to the step's time;
 * send the inputs; wait until it is quiet again; clock_grant(1); wait for clock_presented to grow by one, and for quiet.
 * Without the barrier: clock_advance, inputs, frame callbacks, the commit. In both, where the program is quiet and in a wait
 * (clock_wait) instead: move the time to its deadline if that lies within the step, else end the step with the last frame.
 * clock_hold at the end of a step, until the next one is asked for.
 *
 * The eye's thread. Nothing blocks. A page that the program has overwritten can mislead the eye about the program, not more.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/eyeclock.h"

typedef struct Clock Clock;

typedef struct ClockSpec {
    const char *folder;  /* where the file `clock` is made, 0600; one that is there is replaced */
    const char *library; /* libmuster-clock.so */
    uint64_t seed;
    bool has_barrier;
} ClockSpec;

int clock_new(const ClockSpec *spec, Clock **ret, Err *e);
/* Removes the file. NULL is allowed. */
void clock_free(Clock *c);
/* For a program that starts: the time and all counts are 0 again, and none has presented. None may run meanwhile. */
void clock_restart(Clock *c);

/* The two lines of the program's environment. `preloaded`: what LD_PRELOAD says already; NULL. Owned by the clock, valid
 * until the next call. */
const char *clock_env_page(const Clock *c);
const char *clock_env_preload(Clock *c, const char *preloaded);

uint64_t clock_now(const Clock *c); /* virtual nanoseconds */
/* Moves the time to `to_ns`, wakes those who wait for it, and lets it run: a sleep that nobody would end moves it on. The
 * program may be further already; then nothing moves. */
void clock_advance(Clock *c, uint64_t to_ns);
/* The time of the program's first present, from which steps are counted: a full second. A program whose presents nobody sees
 * has it now. */
uint64_t clock_first(Clock *c);
/* The time stands still until the next clock_advance, however long that takes. */
void clock_hold(Clock *c);

/* Presents that may go on, beside those that were granted before. */
void clock_grant(Clock *c, uint32_t presents);
uint32_t clock_presented(const Clock *c); /* presents so far */
/* With a barrier: the program has made as many presents as were granted and one more, at which it waits. */
bool clock_is_parked(const Clock *c);

typedef struct ClockWait {
    bool is_waiting;      /* the main thread waits for a descriptor, a condition or a semaphore */
    uint64_t deadline_ns; /* until then; UINT64_MAX: without a deadline */
} ClockWait;

ClockWait clock_wait(const Clock *c);
uint64_t clock_reads(const Clock *c); /* clocks read; 0: the program does not use this one */
int32_t clock_pid(const Clock *c);    /* of the process that presents; 0: none has */
