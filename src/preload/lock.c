/* Waits for conditions, semaphores and mutexes with a deadline.
 *
 * libc's own wait cannot be ended at a virtual time, and libc's waiters cannot be found. So a wait *with* a deadline leaves
 * libc's queue out: it has an entry in wait.c under the object's address, and the functions that signal an object look
 * there as well. Waits without a deadline and the objects themselves stay libc's. What is shared between processes is only
 * signalled by this one: a wait for such an object looks again whenever the real limit passes.
 */
#include <semaphore.h>
#include <threads.h>

#include "preload/preload.h"
#include "preload/raw.h"

/* The main thread waits, for the eye to see; without a deadline it is libc's wait. */
static void end_doing(void *unused) {
    (void)unused;
    page_doing(EYE_DOING_RUN, FOREVER);
}

/* --- conditions --- */

typedef struct CondWait {
    Waiter entry;
    pthread_mutex_t *mutex;
} CondWait;

/* Also when the thread is cancelled: its clean-up handlers find the mutex locked, as POSIX says. */
static void leave_cond(void *at) {
    CondWait *w = at;
    waiter_remove(&w->entry);
    end_doing(NULL);
    pthread_mutex_lock(w->mutex);
}

/* The entry is there before the mutex is released: whoever signals with the mutex held finds it. A signal and the deadline
 * race for `word`; if the deadline wins, the signal goes to another waiter. */
static int cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *mutex, uint64_t deadline) {
    CondWait w = {.entry = {.deadline = deadline, .object = cond, .fd = -1}, .mutex = mutex};
    waiter_add(&w.entry);
    int r = pthread_mutex_unlock(mutex);
    if (r) {
        waiter_remove(&w.entry);
        return r;
    }
    bool is_shared = cond->__data.__wrefs & 1;
    uint32_t word = WORD_WAITS;
    pthread_cleanup_push(leave_cond, &w);
    page_doing(EYE_DOING_WAIT, deadline);
    do word = waiter_wait(&w.entry);
    while (word == WORD_WAITS && !is_shared);
    pthread_cleanup_pop(1);
    return word == WORD_DUE ? ETIMEDOUT : 0;
}

EXPORT int pthread_cond_timedwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
                                  const struct timespec *restrict deadline) {
    if (!page()) return REAL(pthread_cond_timedwait)(cond, mutex, deadline);
    return cond_wait_until(cond, mutex, ns_of_deadline(deadline));
}

EXPORT int pthread_cond_clockwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex, clockid_t clock,
                                  const struct timespec *restrict deadline) {
    if (!page()) return REAL(pthread_cond_clockwait)(cond, mutex, clock, deadline);
    return cond_wait_until(cond, mutex, ns_of_clock(clock, ns_of_timespec(deadline)));
}

EXPORT int pthread_cond_wait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex) {
    if (!page() || !page_is_main()) return REAL(pthread_cond_wait)(cond, mutex);
    int r;
    pthread_cleanup_push(end_doing, NULL);
    page_doing(EYE_DOING_WAIT, FOREVER);
    r = REAL(pthread_cond_wait)(cond, mutex);
    pthread_cleanup_pop(1);
    return r;
}

/* One waiter is enough, and libc's are not asked where one of ours has gone on. */
EXPORT int pthread_cond_signal(pthread_cond_t *cond) {
    return page() && waiter_signal(cond, false) ? 0 : REAL(pthread_cond_signal)(cond);
}

EXPORT int pthread_cond_broadcast(pthread_cond_t *cond) {
    if (page()) waiter_signal(cond, true);
    return REAL(pthread_cond_broadcast)(cond);
}

/* C11's are the same objects in libc. */
static int thrd_result(int r) { return r == 0 ? thrd_success : r == ETIMEDOUT ? thrd_timedout : thrd_error; }

EXPORT int cnd_timedwait(cnd_t *restrict cond, mtx_t *restrict mutex, const struct timespec *restrict deadline) {
    if (!page()) return REAL(cnd_timedwait)(cond, mutex, deadline);
    return thrd_result(pthread_cond_timedwait((pthread_cond_t *)cond, (pthread_mutex_t *)mutex, deadline));
}
EXPORT int cnd_wait(cnd_t *cond, mtx_t *mutex) {
    return thrd_result(pthread_cond_wait((pthread_cond_t *)cond, (pthread_mutex_t *)mutex));
}
EXPORT int cnd_signal(cnd_t *cond) { return thrd_result(pthread_cond_signal((pthread_cond_t *)cond)); }
EXPORT int cnd_broadcast(cnd_t *cond) { return thrd_result(pthread_cond_broadcast((pthread_cond_t *)cond)); }

/* --- semaphores --- */

static void leave_wait(void *at) {
    waiter_remove(at);
    end_doing(NULL);
}

/* A post raises the value first and looks for entries then, a wait makes its entry first and looks at the value then: one
 * of the two sees the other. */
static int sem_wait_until(sem_t *sem, uint64_t deadline) {
    if (sem_trywait(sem) == 0) return 0;
    Waiter entry = {.deadline = deadline, .object = sem, .fd = -1};
    int r = -1;
    pthread_cleanup_push(leave_wait, &entry);
    page_doing(EYE_DOING_WAIT, deadline);
    waiter_add(&entry);
    for (;;) {
        r = sem_trywait(sem);
        if (r == 0 || atomic_load(&entry.word) == WORD_DUE) break;
        uint32_t signalled = WORD_SIGNALLED; /* somebody else took what was posted */
        if (!atomic_compare_exchange_strong(&entry.word, &signalled, WORD_WAITS)) waiter_wait(&entry);
    }
    pthread_cleanup_pop(1);
    return r == 0 ? 0 : (errno = ETIMEDOUT, -1);
}

EXPORT int sem_timedwait(sem_t *restrict sem, const struct timespec *restrict deadline) {
    if (!page()) return REAL(sem_timedwait)(sem, deadline);
    return sem_wait_until(sem, ns_of_clock(CLOCK_REALTIME, ns_of_timespec(deadline)));
}

EXPORT int sem_clockwait(sem_t *restrict sem, clockid_t clock, const struct timespec *restrict deadline) {
    if (!page()) return REAL(sem_clockwait)(sem, clock, deadline);
    return sem_wait_until(sem, ns_of_clock(clock, ns_of_timespec(deadline)));
}

EXPORT int sem_wait(sem_t *sem) {
    if (!page() || !page_is_main()) return REAL(sem_wait)(sem);
    int r;
    pthread_cleanup_push(end_doing, NULL);
    page_doing(EYE_DOING_WAIT, FOREVER);
    r = REAL(sem_wait)(sem);
    pthread_cleanup_pop(1);
    return r;
}

EXPORT int sem_post(sem_t *sem) {
    int r = REAL(sem_post)(sem);
    if (r == 0 && page()) waiter_signal(sem, false);
    return r;
}

/* --- mutexes: whoever holds one runs and releases it soon, or waits for the time itself. So libc waits, in slices --- */

enum { SLICE_NS = 1000000 };

static int mutex_lock_until(pthread_mutex_t *mutex, uint64_t deadline) {
    int r = pthread_mutex_trylock(mutex);
    uint64_t waited_ns = 0, since = page_progress();
    page_doing(EYE_DOING_WAIT, deadline);
    while (r == EBUSY || r == ETIMEDOUT) {
        if (page_now() >= deadline) {
            r = ETIMEDOUT;
            break;
        }
        struct timespec now;
        raw(SYS_clock_gettime, CLOCK_REALTIME, &now);
        struct timespec until = timespec_of(ns_of_timespec(&now) + SLICE_NS);
        r = REAL(pthread_mutex_timedlock)(mutex, &until);
        waited_ns += SLICE_NS;
        if (waited_ns % (REAL_LIMIT_MS * SLICE_NS)) continue;
        if (r == ETIMEDOUT && deadline != FOREVER && page_may_jump(since)) page_jump(deadline);
        since = page_progress();
    }
    end_doing(NULL);
    return r;
}

EXPORT int pthread_mutex_timedlock(pthread_mutex_t *restrict mutex, const struct timespec *restrict deadline) {
    if (!page()) return REAL(pthread_mutex_timedlock)(mutex, deadline);
    return mutex_lock_until(mutex, ns_of_clock(CLOCK_REALTIME, ns_of_timespec(deadline)));
}

EXPORT int pthread_mutex_clocklock(pthread_mutex_t *restrict mutex, clockid_t clock,
                                   const struct timespec *restrict deadline) {
    if (!page()) return REAL(pthread_mutex_clocklock)(mutex, clock, deadline);
    return mutex_lock_until(mutex, ns_of_clock(clock, ns_of_timespec(deadline)));
}

EXPORT int mtx_timedlock(mtx_t *restrict mutex, const struct timespec *restrict deadline) {
    if (!page()) return REAL(mtx_timedlock)(mutex, deadline);
    return thrd_result(pthread_mutex_timedlock((pthread_mutex_t *)mutex, deadline));
}
