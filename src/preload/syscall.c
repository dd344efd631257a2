/* System calls that a program makes by number: those with a replaced function are that function. */
#include <linux/futex.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "preload/preload.h"
#include "preload/raw.h"

enum { SLICE_NS = 1000000 };

typedef struct Args {
    long a[6];
} Args;

static long on_clock_gettime(const Args *x) { return clock_gettime((clockid_t)x->a[0], (struct timespec *)x->a[1]); }
static long on_gettimeofday(const Args *x) { return gettimeofday((struct timeval *)x->a[0], (void *)x->a[1]); }
static long on_nanosleep(const Args *x) {
    return nanosleep((const struct timespec *)x->a[0], (struct timespec *)x->a[1]);
}
static long on_clock_nanosleep(const Args *x) {
    return raw_result(-clock_nanosleep((clockid_t)x->a[0], (int)x->a[1], (const struct timespec *)x->a[2],
                                       (struct timespec *)x->a[3]));
}
static long on_getrandom(const Args *x) { return getrandom((void *)x->a[0], (size_t)x->a[1], (unsigned)x->a[2]); }
static long on_ppoll(const Args *x) {
    return ppoll((struct pollfd *)x->a[0], (nfds_t)x->a[1], (const struct timespec *)x->a[2],
                 (const sigset_t *)x->a[3]);
}
static long on_epoll_pwait(const Args *x) {
    return epoll_pwait((int)x->a[0], (struct epoll_event *)x->a[1], (int)x->a[2], (int)x->a[3],
                       (const sigset_t *)x->a[4]);
}
static long on_timerfd_create(const Args *x) { return timerfd_create((clockid_t)x->a[0], (int)x->a[1]); }
static long on_timerfd_settime(const Args *x) {
    return timerfd_settime((int)x->a[0], (int)x->a[1], (const struct itimerspec *)x->a[2],
                           (struct itimerspec *)x->a[3]);
}
static long on_timerfd_gettime(const Args *x) { return timerfd_gettime((int)x->a[0], (struct itimerspec *)x->a[1]); }

/* A wait of a language's own library for a word, with a deadline. Whoever changes the word wakes it in the kernel, where
 * nobody else can be waited for: so the kernel waits in slices. */
static long wait_futex(const Args *x, uint64_t deadline) {
    int op = FUTEX_WAIT_BITSET | ((int)x->a[1] & FUTEX_PRIVATE_FLAG);
    uint32_t bits = ((int)x->a[1] & FUTEX_CMD_MASK) == FUTEX_WAIT ? FUTEX_BITSET_MATCH_ANY : (uint32_t)x->a[5];
    uint64_t waited_ns = 0;
    long r = -ETIMEDOUT;
    page_doing(EYE_DOING_WAIT, deadline);
    for (uint64_t since = page_progress(); r == -ETIMEDOUT && page_now() < deadline; waited_ns += SLICE_NS) {
        struct timespec now;
        raw(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
        struct timespec until = timespec_of(ns_of_timespec(&now) + SLICE_NS);
        r = raw(SYS_futex, x->a[0], op, x->a[2], &until, NULL, bits);
        if ((waited_ns + SLICE_NS) % (REAL_LIMIT_MS * SLICE_NS)) continue;
        if (r == -ETIMEDOUT && deadline != FOREVER && page_may_jump(since)) page_jump(deadline);
        since = page_progress();
    }
    page_doing(EYE_DOING_RUN, FOREVER);
    return raw_result(r);
}

static long on_futex(const Args *x) {
    int command = (int)x->a[1] & FUTEX_CMD_MASK;
    const struct timespec *timeout = (const struct timespec *)x->a[3];
    if ((command != FUTEX_WAIT && command != FUTEX_WAIT_BITSET) || !timeout)
        return raw_result(raw_call(SYS_futex, x->a));
    uint64_t ns = ns_of_timespec(timeout);
    if (command == FUTEX_WAIT) return wait_futex(x, ns_after(page_now(), ns));
    return wait_futex(x, ns_of_clock((int)x->a[1] & FUTEX_CLOCK_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC, ns));
}

static const struct {
    long number;
    long (*call)(const Args *);
} calls[] = {
    {SYS_clock_gettime, on_clock_gettime},
    {SYS_gettimeofday, on_gettimeofday},
    {SYS_nanosleep, on_nanosleep},
    {SYS_clock_nanosleep, on_clock_nanosleep},
    {SYS_getrandom, on_getrandom},
    {SYS_ppoll, on_ppoll},
    {SYS_epoll_pwait, on_epoll_pwait},
    {SYS_timerfd_create, on_timerfd_create},
    {SYS_timerfd_settime, on_timerfd_settime},
    {SYS_timerfd_gettime, on_timerfd_gettime},
    {SYS_futex, on_futex},
};

EXPORT long syscall(long number, ...) {
    va_list list;
    Args x;
    va_start(list, number);
    for (int i = 0; i < 6; i++) x.a[i] = va_arg(list, long);
    va_end(list);
    for (size_t i = 0; page() && i < sizeof calls / sizeof *calls; i++)
        if (calls[i].number == number) return calls[i].call(&x);
    return raw_result(raw_call(number, x.a));
}
