/* What the programs of bench/eye_*.c measure with: the clock, processor time, and samples of times. */
#pragma once

#include <stdint.h>
#include <stdlib.h>

uint64_t figures_now_ns(void); /* CLOCK_MONOTONIC */
/* The time on a processor of all threads of a process (first field of their schedstat); 0 for pid 0. */
uint64_t figures_cpu_ns(long pid);

/* Times in tenths of a microsecond; zero it first. What is beyond a million of them is not counted. */
typedef struct Samples {
    uint32_t *us10;
    size_t n;
} Samples;
/* Left out: from nothing, back in time, and 10 s or more, which is no time of a frame. */
void samples_add(Samples *s, uint64_t from_ns, uint64_t to_ns);
/* `, "name": {"p50", "p99", "max"}` in microseconds; nothing without samples. Sorts them. */
void samples_print(const char *name, Samples *s);

/* The stamp that eye-client paints: the time in nanoseconds, as 48 bits in the first two pixels' red, green and blue, because a
 * compositor may set the unused byte of a pixel. They repeat after 78 hours. */
enum { STAMP_PIXELS = 2, STAMP_SIZE = 4 * STAMP_PIXELS };
void stamp_put(uint8_t *pixels, uint64_t now_ns);
/* The whole time, given one that is at most 78 hours later. */
uint64_t stamp_get(const uint8_t *pixels, uint64_t now_ns);
