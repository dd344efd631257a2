/* libmuster-clock: preloaded into a program that runs inside an eye, it shows it the virtual time of the page in
 * base/eyeclock.h instead of the machine's, lets it wait at the barrier after each present, and seeds its random numbers.
 *
 * It lives in foreign programs: it needs libc alone, exports nothing but the functions that it replaces, and changes
 * nothing where MUSTER_EYE_CLOCK names no page. Any thread may call any of it, signal handlers included; locks are held
 * with all signals blocked.
 *
 * Threads fall into two kinds. The *main* thread of the program that presents moves the time. All others wait for it, with
 * waits that end the moment the time moves (a futex or an eventfd, never by looking now and then): otherwise the eye would
 * find a thread asleep that has work to do, take the program for quiet, and go on too early.
 */
#pragma once

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/eyeclock.h"

#define EXPORT __attribute__((visibility("default")))
#define FOREVER UINT64_MAX
#define SECOND_NS 1000000000ull
/* Real time after which a sleep ends although nobody moves the time, see page_may_jump. */
enum { REAL_LIMIT_MS = 250, READ_NS = 1000 };

/* --- page.c: the page and who this thread is --- */

EyeClockPage *page(void); /* NULL: there is none, and every function is libc's */
bool page_is_main(void);  /* this thread moves the time */
uint64_t page_now(void);
uint64_t page_read(void);    /* what a program that reads a clock is shown; the main thread pays 1 us */
int page_move(uint64_t to);  /* the main thread's sleep; returns how many signals interrupted it */
void page_wake(void);        /* wakes all who wait for `tick` */
void page_jump(uint64_t to); /* moves the time for a sleep that met its real limit */
/* Whether a sleep that met its real limit moves the time itself, as nobody else would: the eye is not waiting for its
 * consumer, the program did nothing that moves the time since it was `page_progress`, and all its threads are asleep. It
 * happens while a program starts and the eye does not step it yet. */
bool page_may_jump(uint64_t since);
uint64_t page_progress(void);
void page_doing(enum EyeClockDoing doing, uint64_t deadline); /* ignored for other threads than the main one */

/* --- real.c: libc's own --- */

void *real_find(const char *name); /* the next definition after this library's; NULL: none */
/* Also in libraries that only another one sees; `own` is the function of this library that has the name. */
void *real_find_anywhere(const char *name, const void *own);
void *real_dlsym(void *handle, const char *name);
void *real_dlsym_at(void); /* libc's dlsym itself */
/* libc's function of that name; its type is that of the declaration. */
#define REAL(name)                                                                 \
    ({                                                                             \
        static _Atomic(void *) real_;                                              \
        if (!atomic_load_explicit(&real_, memory_order_acquire))                   \
            atomic_store_explicit(&real_, real_find(#name), memory_order_release); \
        (__typeof__(&(name)))atomic_load_explicit(&real_, memory_order_acquire);   \
    })

/* --- units.c: times of libc and of the page --- */

uint64_t ns_of_timespec(const struct timespec *t); /* saturates; negative is 0 */
uint64_t ns_of_timeval(const struct timeval *t);
struct timespec timespec_of(uint64_t ns);
struct timeval timeval_of(uint64_t ns);
uint64_t ns_on_clock(clockid_t clock, uint64_t now);   /* what that clock shows at that virtual time */
uint64_t ns_of_clock(clockid_t clock, uint64_t shown); /* the virtual time at which it shows that */
/* The virtual time of a deadline whose clock only libc's condition knows: realtime and monotonic are 30 years apart. */
uint64_t ns_of_deadline(const struct timespec *t);
uint64_t ns_after(uint64_t now, uint64_t length); /* saturates */

/* --- wait.c: waits of threads, and the thread that ends them --- */

enum { WORD_WAITS = 0, WORD_SIGNALLED = 1, WORD_DUE = 2 };

typedef struct Waiter {
    struct Waiter *next;
    uint64_t deadline;
    const void *object;    /* condition or semaphore; NULL */
    int fd;                /* eventfd that ends the wait; -1: a wait for `word` */
    _Atomic uint32_t word; /* WORD_… */
} Waiter;

typedef struct Lock {
    _Atomic uint32_t word;
} Lock;

void lock_take(Lock *lock, sigset_t *ret_mask); /* blocks all signals until lock_leave */
void lock_leave(Lock *lock, const sigset_t *mask);

int sleep_until(uint64_t deadline); /* a thread's sleep: 0, or EINTR */
void waiter_add(Waiter *w);         /* from now on waiter_signal and the time end its wait */
void waiter_remove(Waiter *w);      /* before `w` goes out of scope */
uint32_t waiter_wait(Waiter *w);    /* until `word` is another one; a wait for `fd` is the caller's own */
/* Ends the wait if it is due. `is_limit`: the real limit was met, and `since` was the progress when it began. */
void waiter_check(Waiter *w, bool is_limit, uint64_t since);
bool waiter_signal(const void *object, bool all); /* true: at least one wait was ended */
void ticker_need(uint64_t at);                    /* the ticker will look at what is due then */
void wait_forked(void);                           /* in the child: the waits were those of the parent's threads */
int wake_fd(void);                                /* this thread's eventfd; -1: no descriptor is free */

/* --- timer.c --- */

void timers_run(void);        /* the ticker fires what is due */
int timers_move(uint64_t to); /* the main thread moves the time, and fires; returns how many signals interrupt it */
uint64_t timers_next(void);   /* FOREVER: none is armed */
void timers_forked(void);

/* --- for syscall.c: the replaced functions that have a system call of the same arguments need no declaration of ours --- */

uint64_t random_word(void);
void random_fill(void *buffer, size_t size);
void *present_wrapper(const char *name, void *real); /* of a present, whose `real` is remembered; NULL: it is none */
