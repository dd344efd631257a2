/* Waits that end when the virtual time reaches their deadline. A thread's plain sleep waits for the page's `tick` itself.
 * Every other wait is for something of libc's or the kernel's as well, and has an entry in `waits`: one thread of this
 * library, the ticker, waits for `tick` on behalf of them all and ends those that are due. While it has not done so it
 * runs, and so the program is never found asleep with a wait that is due.
 */
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "preload/preload.h"
#include "preload/raw.h"

enum { TICKER_STACK = 256 << 10, FD_MIN = 700, SLICE_MS = 1, KERNEL_SIGNALS = 8 };

static struct {
    Lock lock;
    Waiter *first;
    Waiter **end; /* where the next one is linked: waits end in the order of their beginning */
    _Atomic int n;
    _Atomic int has_ticker; /* 0 no, 1 yes, 2 it cannot be started: waits look at the time now and then */
    pthread_key_t fd_key;
    pthread_once_t fd_once;
} waits = {.end = &waits.first, .fd_once = PTHREAD_ONCE_INIT};
static _Thread_local int own_fd; /* + 1; 0: none yet */

void lock_take(Lock *lock, sigset_t *ret_mask) {
    uint64_t all = UINT64_MAX, had = 0;
    raw(SYS_rt_sigprocmask, SIG_BLOCK, &all, &had, KERNEL_SIGNALS);
    *(uint64_t *)ret_mask = had;
    uint32_t seen = 0;
    if (atomic_compare_exchange_strong(&lock->word, &seen, 1)) return;
    while (atomic_exchange(&lock->word, 2) != 0) raw(SYS_futex, &lock->word, FUTEX_WAIT_PRIVATE, 2, NULL);
}

void lock_leave(Lock *lock, const sigset_t *mask) {
    if (atomic_exchange(&lock->word, 0) == 2) raw(SYS_futex, &lock->word, FUTEX_WAKE_PRIVATE, 1);
    raw(SYS_rt_sigprocmask, SIG_SETMASK, mask, NULL, KERNEL_SIGNALS);
}

/* Waits for a change of `*word`, and lets the thread be cancelled meanwhile, as the call that it stands for does. */
static long futex_wait(const _Atomic uint32_t *word, int op, uint32_t seen, int limit_ms) {
    struct timespec limit = {.tv_sec = limit_ms / 1000, .tv_nsec = limit_ms % 1000 * 1000000l};
    int type;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
    long r = raw(SYS_futex, word, op, seen, &limit);
    pthread_setcanceltype(type, NULL);
    return r;
}

int sleep_until(uint64_t deadline) {
    EyeClockPage *p = page();
    for (;;) {
        uint32_t tick = atomic_load(&p->tick);
        eye_clock_ask(p, deadline);
        if (page_now() >= deadline) return 0;
        uint64_t since = page_progress();
        long r = futex_wait(&p->tick, FUTEX_WAIT, tick, REAL_LIMIT_MS);
        if (r == -EINTR) return EINTR;
        if (r == -ETIMEDOUT && deadline != FOREVER && page_may_jump(since)) page_jump(deadline);
    }
}

/* --- the ticker --- */

/* The lock is held: the waiter cannot go out of scope while it is woken. */
static bool end_wait(Waiter *w, uint32_t how) {
    uint32_t seen = WORD_WAITS;
    if (!atomic_compare_exchange_strong(&w->word, &seen, how)) return false;
    if (w->fd < 0)
        raw(SYS_futex, &w->word, FUTEX_WAKE_PRIVATE, 1);
    else
        raw(SYS_write, w->fd, &(uint64_t){1}, sizeof(uint64_t));
    return true;
}

static uint64_t end_due(uint64_t now) {
    sigset_t mask;
    uint64_t next = FOREVER;
    lock_take(&waits.lock, &mask);
    for (Waiter *w = waits.first; w; w = w->next) {
        if (atomic_load(&w->word) != WORD_WAITS) continue;
        if (w->deadline <= now)
            end_wait(w, WORD_DUE);
        else if (w->deadline < next)
            next = w->deadline;
    }
    lock_leave(&waits.lock, &mask);
    return next;
}

static void *tick_on(void *unused) {
    (void)unused;
    EyeClockPage *p = page();
    for (;;) {
        uint32_t tick = atomic_load(&p->tick);
        timers_run();
        uint64_t next = end_due(page_now()), timer = timers_next();
        if (timer < next) next = timer;
        eye_clock_ask(p, next);
        if (page_now() >= next) continue;
        struct timespec limit = {.tv_nsec = REAL_LIMIT_MS * 1000000l};
        uint64_t since = page_progress();
        long r = raw(SYS_futex, &p->tick, FUTEX_WAIT, tick, next == FOREVER ? NULL : &limit);
        if (r == -ETIMEDOUT && page_may_jump(since)) page_jump(next);
    }
    return NULL;
}

static void start_ticker(void) {
    int none = 0;
    if (!atomic_compare_exchange_strong(&waits.has_ticker, &none, 1)) return;
    pthread_attr_t attr;
    pthread_t thread;
    uint64_t all = UINT64_MAX, had = 0;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, TICKER_STACK);
    raw(SYS_rt_sigprocmask, SIG_BLOCK, &all, &had, KERNEL_SIGNALS); /* the program's signals are not for the ticker */
    if (pthread_create(&thread, &attr, tick_on, NULL) == 0)
        pthread_setname_np(thread, "muster-clock");
    else
        atomic_store(&waits.has_ticker, 2);
    raw(SYS_rt_sigprocmask, SIG_SETMASK, &had, NULL, KERNEL_SIGNALS);
    pthread_attr_destroy(&attr);
}

void ticker_need(uint64_t at) {
    start_ticker();
    eye_clock_ask(page(), at);
    if (page_now() >= at) { /* the time passed before it was asked: nobody else will wake the ticker */
        atomic_fetch_add(&page()->tick, 1);
        page_wake();
    }
}

void wait_forked(void) {
    waits.lock = (Lock){0};
    waits.first = NULL;
    waits.end = &waits.first;
    atomic_store(&waits.n, 0);
    atomic_store(&waits.has_ticker, 0);
    if (own_fd > 0) raw(SYS_close, own_fd - 1); /* the parent's thread waits for the same one */
    own_fd = 0;
}

/* --- entries --- */

void waiter_add(Waiter *w) {
    sigset_t mask;
    lock_take(&waits.lock, &mask);
    w->next = NULL;
    *waits.end = w;
    waits.end = &w->next;
    atomic_fetch_add(&waits.n, 1);
    lock_leave(&waits.lock, &mask);
    if (w->deadline != FOREVER) ticker_need(w->deadline);
}

void waiter_remove(Waiter *w) {
    sigset_t mask;
    lock_take(&waits.lock, &mask);
    Waiter **at = &waits.first;
    while (*at && *at != w) at = &(*at)->next;
    if (*at) {
        *at = w->next;
        if (waits.end == &w->next) waits.end = at;
        atomic_fetch_sub(&waits.n, 1);
    }
    lock_leave(&waits.lock, &mask);
}

void waiter_check(Waiter *w, bool is_limit, uint64_t since) {
    if (is_limit && w->deadline != FOREVER && page_now() < w->deadline && page_may_jump(since)) page_jump(w->deadline);
    uint32_t seen = WORD_WAITS;
    if (page_now() >= w->deadline) atomic_compare_exchange_strong(&w->word, &seen, WORD_DUE);
}

uint32_t waiter_wait(Waiter *w) {
    int limit_ms = atomic_load(&waits.has_ticker) == 2 ? SLICE_MS : REAL_LIMIT_MS;
    while (atomic_load(&w->word) == WORD_WAITS) {
        uint64_t since = page_progress();
        long r = futex_wait(&w->word, FUTEX_WAIT_PRIVATE, WORD_WAITS, limit_ms);
        waiter_check(w, r == -ETIMEDOUT && limit_ms == REAL_LIMIT_MS, since);
        if (r == -EINTR || r == -ETIMEDOUT) break;
    }
    return atomic_load(&w->word);
}

bool waiter_signal(const void *object, bool all) {
    if (atomic_load(&waits.n) == 0) return false;
    bool is_ended = false;
    sigset_t mask;
    lock_take(&waits.lock, &mask);
    for (Waiter *w = waits.first; w && (all || !is_ended); w = w->next)
        if (w->object == object && end_wait(w, WORD_SIGNALLED)) is_ended = true;
    lock_leave(&waits.lock, &mask);
    return is_ended;
}

/* --- this thread's eventfd --- */

static void close_fd(void *fd) { raw(SYS_close, (long)(intptr_t)fd - 1); }
static void make_fd_key(void) { pthread_key_create(&waits.fd_key, close_fd); }

/* With a high number, and asked for again where the program has closed it: some close all that they do not know. */
int wake_fd(void) {
    if (own_fd > 0 && raw(SYS_fcntl, own_fd - 1, F_GETFD) >= 0) return own_fd - 1;
    long low = raw(SYS_eventfd2, 0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (low < 0) return -1;
    long high = raw(SYS_fcntl, low, F_DUPFD_CLOEXEC, FD_MIN);
    if (high >= 0) raw(SYS_close, low);
    own_fd = (int)(high >= 0 ? high : low) + 1;
    pthread_once(&waits.fd_once, make_fd_key);
    pthread_setspecific(waits.fd_key, (void *)(intptr_t)own_fd);
    return own_fd - 1;
}
