#include <sys/time.h>

#include "preload/preload.h"

uint64_t ns_after(uint64_t now, uint64_t length) { return length >= FOREVER - now ? FOREVER : now + length; }

static uint64_t ns_of(int64_t s, int64_t part, int64_t part_ns) {
    if (s < 0 || (s == 0 && part < 0)) return 0;
    if ((uint64_t)s >= FOREVER / SECOND_NS) return FOREVER;
    return ns_after((uint64_t)s * SECOND_NS, (uint64_t)(part > 0 ? part : 0) * (uint64_t)part_ns);
}

uint64_t ns_of_timespec(const struct timespec *t) { return ns_of(t->tv_sec, t->tv_nsec, 1); }
uint64_t ns_of_timeval(const struct timeval *t) { return ns_of(t->tv_sec, t->tv_usec, 1000); }

struct timespec timespec_of(uint64_t ns) {
    return (struct timespec){.tv_sec = (time_t)(ns / SECOND_NS), .tv_nsec = (long)(ns % SECOND_NS)};
}

struct timeval timeval_of(uint64_t ns) {
    return (struct timeval){.tv_sec = (time_t)(ns / SECOND_NS), .tv_usec = (suseconds_t)(ns % SECOND_NS / 1000)};
}

/* Clocks of processors run with the virtual time from 0: a program's work takes the time that its clocks show. */
static uint64_t shown_at_0(clockid_t clock) {
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_REALTIME_ALARM:
    case CLOCK_TAI: return EYE_CLOCK_EPOCH_NS;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_BOOTTIME:
    case CLOCK_BOOTTIME_ALARM: return EYE_CLOCK_UPTIME_NS;
    default: return 0;
    }
}

uint64_t ns_on_clock(clockid_t clock, uint64_t now) { return ns_after(shown_at_0(clock), now); }

uint64_t ns_of_clock(clockid_t clock, uint64_t shown) {
    uint64_t base = shown_at_0(clock);
    if (shown == FOREVER) return FOREVER;
    return shown > base ? shown - base : 0;
}

uint64_t ns_of_deadline(const struct timespec *t) {
    uint64_t shown = ns_of_timespec(t);
    return ns_of_clock(shown >= EYE_CLOCK_EPOCH_NS / 2 ? CLOCK_REALTIME : CLOCK_MONOTONIC, shown);
}
