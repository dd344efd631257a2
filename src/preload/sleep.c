/* Clocks that are read, and sleeps. */
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>
#include <threads.h>
#include <unistd.h>

#include "preload/preload.h"

/* --- clocks --- */

EXPORT int clock_gettime(clockid_t clock, struct timespec *ret) {
    if (!page()) return REAL(clock_gettime)(clock, ret);
    *ret = timespec_of(ns_on_clock(clock, page_read()));
    return 0;
}

EXPORT int gettimeofday(struct timeval *restrict ret, void *restrict zone) {
    if (!page()) return REAL(gettimeofday)(ret, zone);
    if (zone) *(struct timezone *)zone = (struct timezone){0};
    *ret = timeval_of(ns_on_clock(CLOCK_REALTIME, page_read()));
    return 0;
}

EXPORT time_t time(time_t *ret) {
    if (!page()) return REAL(time)(ret);
    time_t now = (time_t)(ns_on_clock(CLOCK_REALTIME, page_read()) / SECOND_NS);
    if (ret) *ret = now;
    return now;
}

EXPORT int timespec_get(struct timespec *ret, int base) {
    if (!page() || base != TIME_UTC) return REAL(timespec_get)(ret, base);
    *ret = timespec_of(ns_on_clock(CLOCK_REALTIME, page_read()));
    return base;
}

/* No header declares it any more; programs that were linked against it do call it. */
struct timeb {
    time_t time;
    unsigned short millitm;
    short timezone, dstflag;
};
int ftime(struct timeb *ret);
EXPORT int ftime(struct timeb *ret) {
    uint64_t ns = 0;
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) == 0) ns = ns_of_timespec(&now);
    *ret = (struct timeb){.time = (time_t)(ns / SECOND_NS), .millitm = (unsigned short)(ns % SECOND_NS / 1000000)};
    return 0;
}

EXPORT clock_t clock(void) {
    if (!page()) return REAL(clock)();
    return (clock_t)(page_read() / (SECOND_NS / CLOCKS_PER_SEC));
}

EXPORT clock_t times(struct tms *ret) {
    if (!page()) return REAL(times)(ret);
    uint64_t now = page_read(), tick_ns = SECOND_NS / (uint64_t)sysconf(_SC_CLK_TCK);
    if (ret) *ret = (struct tms){.tms_utime = (clock_t)(now / tick_ns)};
    return (clock_t)(ns_on_clock(CLOCK_MONOTONIC, now) / tick_ns);
}

EXPORT int getrusage(__rusage_who_t who, struct rusage *ret) {
    int r = REAL(getrusage)(who, ret);
    if (r < 0 || !page()) return r;
    ret->ru_utime = timeval_of(page_read());
    ret->ru_stime = (struct timeval){0};
    return r;
}

/* --- sleeps --- */

/* 0 or EINTR. The main thread's sleep moves the time and returns at once. */
static int sleep_to(uint64_t deadline) {
    atomic_fetch_add_explicit(&page()->n_sleeps, 1, memory_order_relaxed);
    if (page_is_main()) return page_move(deadline) ? EINTR : 0;
    return sleep_until(deadline);
}

/* 0 or an error's number, as clock_nanosleep; what is left is written only where the sleep was interrupted. */
static int sleep_on(clockid_t clock, int flags, const struct timespec *length, struct timespec *ret_left) {
    if (length->tv_nsec < 0 || length->tv_nsec >= (long)SECOND_NS || length->tv_sec < 0) return EINVAL;
    uint64_t ns = ns_of_timespec(length);
    uint64_t deadline = flags & TIMER_ABSTIME ? ns_of_clock(clock, ns) : ns_after(page_now(), ns);
    int r = sleep_to(deadline);
    uint64_t now = page_now();
    if (r && ret_left && !(flags & TIMER_ABSTIME)) *ret_left = timespec_of(deadline > now ? deadline - now : 0);
    return r;
}

EXPORT int clock_nanosleep(clockid_t clock, int flags, const struct timespec *length, struct timespec *ret_left) {
    if (!page()) return REAL(clock_nanosleep)(clock, flags, length, ret_left);
    return sleep_on(clock, flags, length, ret_left);
}

EXPORT int nanosleep(const struct timespec *length, struct timespec *ret_left) {
    if (!page()) return REAL(nanosleep)(length, ret_left);
    int r = sleep_on(CLOCK_REALTIME, 0, length, ret_left);
    return r ? (errno = r, -1) : 0;
}

EXPORT int usleep(__useconds_t us) {
    if (!page()) return REAL(usleep)(us);
    int r = sleep_to(ns_after(page_now(), (uint64_t)us * 1000));
    return r ? (errno = r, -1) : 0;
}

EXPORT unsigned sleep(unsigned seconds) {
    if (!page()) return REAL(sleep)(seconds);
    struct timespec left = {0}, length = {.tv_sec = (time_t)seconds};
    if (sleep_on(CLOCK_REALTIME, 0, &length, &left) == 0) return 0;
    return (unsigned)left.tv_sec + (left.tv_nsec >= (long)SECOND_NS / 2);
}

EXPORT int thrd_sleep(const struct timespec *length, struct timespec *ret_left) {
    if (!page()) return REAL(thrd_sleep)(length, ret_left);
    int r = sleep_on(CLOCK_REALTIME, 0, length, ret_left);
    return r == 0 ? 0 : r == EINTR ? -1 : -2;
}
