/* For programs that check from inside what an eye shows them: the first thing that is wrong ends the program with its line.
 * They use libc alone, as a game does.
 */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CHECK(cond)                                                             \
    do {                                                                        \
        if (!(cond)) {                                                          \
            fprintf(stderr, "%s:%d: %s is wrong\n", __FILE__, __LINE__, #cond); \
            exit(1);                                                            \
        }                                                                       \
    } while (0)
/* `got` is at least `want` and not more than 1 ms later: what the reads of clocks between cost. */
#define CHECK_NS(got, want)                                                                                   \
    do {                                                                                                      \
        int64_t got_ = (int64_t)(got), want_ = (int64_t)(want);                                               \
        if (got_ < want_ || got_ > want_ + 1000000) {                                                         \
            fprintf(stderr, "%s:%d: %s is %lld ns, wanted %lld\n", __FILE__, __LINE__, #got, (long long)got_, \
                    (long long)want_);                                                                        \
            exit(1);                                                                                          \
        }                                                                                                     \
    } while (0)

#define SECOND ((int64_t)1000000000)
#define HOUR (3600 * SECOND)
#define EPOCH (946684800 * SECOND)

static inline int64_t ns_of(struct timespec t) { return t.tv_sec * SECOND + t.tv_nsec; }
static inline struct timespec of_ns(int64_t ns) {
    return (struct timespec){.tv_sec = ns / SECOND, .tv_nsec = ns % SECOND};
}
static inline int64_t now_on(clockid_t clock) {
    struct timespec t;
    CHECK(clock_gettime(clock, &t) == 0);
    return ns_of(t);
}
/* Virtual nanoseconds since the start. */
static inline int64_t now(void) { return now_on(CLOCK_REALTIME) - EPOCH; }
