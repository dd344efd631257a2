/* clocks CASE: the time as a program sees it under libmuster-clock; src/preload/preload_test.c plays the eye. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <threads.h>
#include <unistd.h>

#include "check.h"

/* --- reading --- */

static void readers(void) {
    struct timeval tv;
    struct timespec ts;
    struct rusage usage;
    struct tms tms;
    int64_t first = now(), second = now();
    CHECK(second - first == 1000);
    CHECK_NS(first, 0);
    CHECK(gettimeofday(&tv, NULL) == 0);
    CHECK_NS(tv.tv_sec * SECOND + tv.tv_usec * 1000, EPOCH);
    CHECK(time(NULL) == EPOCH / SECOND);
    CHECK(timespec_get(&ts, TIME_UTC) == TIME_UTC);
    CHECK_NS(ns_of(ts), EPOCH);
    CHECK(syscall(SYS_clock_gettime, CLOCK_REALTIME, &ts) == 0);
    CHECK_NS(ns_of(ts), EPOCH);
    int64_t mono = now_on(CLOCK_MONOTONIC);
    CHECK(now_on(CLOCK_MONOTONIC_RAW) - mono == 1000 && now_on(CLOCK_BOOTTIME) - mono == 2000);
    CHECK(now_on(CLOCK_REALTIME_COARSE) - EPOCH < 1000000);
    CHECK_NS(now_on(CLOCK_PROCESS_CPUTIME_ID), 0);
    nanosleep(&(struct timespec){.tv_sec = 2}, NULL);
    CHECK_NS((int64_t)clock() * (SECOND / CLOCKS_PER_SEC), 2 * SECOND);
    clock_t ticks = times(&tms);
    CHECK(tms.tms_utime == 2 * sysconf(_SC_CLK_TCK) && ticks > tms.tms_utime);
    CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
    CHECK_NS(usage.ru_utime.tv_sec * SECOND + usage.ru_utime.tv_usec * 1000, 2 * SECOND);
    CHECK(now_on(CLOCK_MONOTONIC) - mono >= 2 * SECOND);
}

/* --- the main thread's sleeps: nobody moves the time but they --- */

static int by_nanosleep(int64_t ns) { return nanosleep(&(struct timespec){ns / SECOND, ns % SECOND}, NULL); }
static int by_clock_nanosleep(int64_t ns) {
    struct timespec length = of_ns(ns);
    return clock_nanosleep(CLOCK_MONOTONIC, 0, &length, NULL);
}
static int by_absolute(int64_t ns) {
    struct timespec until = of_ns(now_on(CLOCK_MONOTONIC) + ns);
    return clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}
static int by_absolute_realtime(int64_t ns) {
    struct timespec until = of_ns(now_on(CLOCK_REALTIME) + ns);
    return clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL);
}
static int by_usleep(int64_t ns) { return usleep((useconds_t)(ns / 1000)); }
static int by_sleep(int64_t ns) { return (int)sleep((unsigned)(ns / SECOND)); }
static int by_thrd_sleep(int64_t ns) { return thrd_sleep(&(struct timespec){.tv_sec = ns / SECOND}, NULL); }
static int by_poll(int64_t ns) { return poll(NULL, 0, (int)(ns / 1000000)); }
static int by_ppoll(int64_t ns) {
    struct timespec length = of_ns(ns);
    return ppoll(NULL, 0, &length, NULL);
}
static int by_select(int64_t ns) { return select(0, NULL, NULL, NULL, &(struct timeval){.tv_sec = ns / SECOND}); }
static int by_pselect(int64_t ns) {
    struct timespec length = of_ns(ns);
    return pselect(0, NULL, NULL, NULL, &length, NULL);
}
static int by_syscall(int64_t ns) {
    struct timespec length = of_ns(ns);
    return (int)syscall(SYS_nanosleep, &length, NULL);
}

static void sleepers(void) {
    static int (*const all[])(int64_t) = {by_nanosleep, by_clock_nanosleep, by_absolute,   by_absolute_realtime,
                                          by_usleep,    by_sleep,           by_thrd_sleep, by_poll,
                                          by_ppoll,     by_select,          by_pselect,    by_syscall};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        int64_t before = now();
        CHECK(all[i](HOUR) == 0);
        CHECK_NS(now() - before, HOUR);
    }
    CHECK(nanosleep(&(struct timespec){.tv_nsec = SECOND}, NULL) < 0 && errno == EINVAL);
}

/* --- waits for what never comes: the eye moves the time to their deadline --- */

static int pipe_fds[2], epoll_fd;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, taken = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER, mono_cond;
static sem_t sem;
static cnd_t cnd;
static mtx_t mtx, taken_mtx;

static void make_objects(void) {
    CHECK(pipe(pipe_fds) == 0 && sem_init(&sem, 0, 0) == 0);
    epoll_fd = epoll_create1(0);
    CHECK(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, pipe_fds[0], &(struct epoll_event){.events = EPOLLIN}) == 0);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&mono_cond, &attr);
    CHECK(cnd_init(&cnd) == thrd_success && mtx_init(&mtx, mtx_timed) == thrd_success);
    CHECK(mtx_init(&taken_mtx, mtx_timed) == thrd_success);
}

static int timed_out(int r) { return r == ETIMEDOUT ? 0 : -1; }
static int minus_timed_out(int r) { return r < 0 && errno == ETIMEDOUT ? 0 : -1; }
static int c11_timed_out(int r) { return r == thrd_timedout ? 0 : -1; }
static struct timespec after(clockid_t clock, int64_t ns) { return of_ns(now_on(clock) + ns); }

static int poll_pipe(int64_t ns) {
    struct pollfd fd = {.fd = pipe_fds[0], .events = POLLIN};
    return poll(&fd, 1, (int)(ns / 1000000));
}
static int ppoll_pipe(int64_t ns) {
    struct timespec length = of_ns(ns);
    return ppoll(&(struct pollfd){.fd = pipe_fds[0], .events = POLLIN}, 1, &length, NULL);
}
static int select_pipe(int64_t ns) {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(pipe_fds[0], &set);
    struct timeval length = {.tv_sec = ns / SECOND};
    int r = select(pipe_fds[0] + 1, &set, NULL, NULL, &length);
    CHECK(length.tv_sec == 0 && (r != 0 || !FD_ISSET(pipe_fds[0], &set)));
    return r;
}
static int pselect_pipe(int64_t ns) {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(pipe_fds[0], &set);
    struct timespec length = of_ns(ns);
    return pselect(pipe_fds[0] + 1, &set, NULL, NULL, &length, NULL);
}
static int epoll_pipe(int64_t ns) { return epoll_wait(epoll_fd, &(struct epoll_event){0}, 1, (int)(ns / 1000000)); }
static int epoll_p_pipe(int64_t ns) {
    return epoll_pwait(epoll_fd, &(struct epoll_event){0}, 1, (int)(ns / 1000000), NULL);
}
static int epoll_p2_pipe(int64_t ns) {
    struct timespec length = of_ns(ns);
    return epoll_pwait2(epoll_fd, &(struct epoll_event){0}, 1, &length, NULL);
}
static int wait_cond(int64_t ns) {
    struct timespec until = after(CLOCK_REALTIME, ns);
    pthread_mutex_lock(&mutex);
    int r = pthread_cond_timedwait(&cond, &mutex, &until);
    CHECK(pthread_mutex_trylock(&mutex) == EBUSY);
    pthread_mutex_unlock(&mutex);
    return timed_out(r);
}
static int wait_mono_cond(int64_t ns) {
    struct timespec until = after(CLOCK_MONOTONIC, ns);
    pthread_mutex_lock(&mutex);
    int r = pthread_cond_timedwait(&mono_cond, &mutex, &until);
    pthread_mutex_unlock(&mutex);
    return timed_out(r);
}
static int wait_cond_clock(int64_t ns) {
    struct timespec until = after(CLOCK_MONOTONIC, ns);
    pthread_mutex_lock(&mutex);
    int r = pthread_cond_clockwait(&cond, &mutex, CLOCK_MONOTONIC, &until);
    pthread_mutex_unlock(&mutex);
    return timed_out(r);
}
static int wait_cnd(int64_t ns) {
    struct timespec until = after(CLOCK_REALTIME, ns);
    mtx_lock(&mtx);
    int r = cnd_timedwait(&cnd, &mtx, &until);
    mtx_unlock(&mtx);
    return c11_timed_out(r);
}
static int wait_sem(int64_t ns) {
    struct timespec until = after(CLOCK_REALTIME, ns);
    return minus_timed_out(sem_timedwait(&sem, &until));
}
static int wait_sem_clock(int64_t ns) {
    struct timespec until = after(CLOCK_MONOTONIC, ns);
    return minus_timed_out(sem_clockwait(&sem, CLOCK_MONOTONIC, &until));
}
static int wait_mutex(int64_t ns) {
    struct timespec until = after(CLOCK_REALTIME, ns);
    return timed_out(pthread_mutex_timedlock(&taken, &until));
}
static int wait_mutex_clock(int64_t ns) {
    struct timespec until = after(CLOCK_MONOTONIC, ns);
    return timed_out(pthread_mutex_clocklock(&taken, CLOCK_MONOTONIC, &until));
}
static int wait_mtx(int64_t ns) {
    struct timespec until = after(CLOCK_REALTIME, ns);
    return c11_timed_out(mtx_timedlock(&taken_mtx, &until));
}
static int wait_word(int64_t ns) {
    uint32_t word = 7;
    struct timespec length = of_ns(ns);
    return minus_timed_out((int)syscall(SYS_futex, &word, 0 /* FUTEX_WAIT */, 7, &length, NULL, 0));
}

static int (*const waits_of_all_kinds[])(int64_t) = {
    poll_pipe,      ppoll_pipe, select_pipe,      pselect_pipe,    epoll_pipe, epoll_p_pipe,
    epoll_p2_pipe,  wait_cond,  wait_mono_cond,   wait_cond_clock, wait_cnd,   wait_sem,
    wait_sem_clock, wait_mutex, wait_mutex_clock, wait_mtx,        wait_word};
enum { N_WAITS = sizeof waits_of_all_kinds / sizeof *waits_of_all_kinds };

static void *take_both(void *unused) {
    pthread_mutex_lock(&taken);
    mtx_lock(&taken_mtx);
    return unused;
}

static void waits(void) {
    pthread_t holder;
    make_objects();
    CHECK(pthread_create(&holder, NULL, take_both, NULL) == 0 && pthread_join(holder, NULL) == 0);
    for (size_t i = 0; i < N_WAITS; i++) {
        int64_t before = now();
        if (waits_of_all_kinds[i](HOUR) != 0) {
            fprintf(stderr, "wait %zu did not end by its time-out\n", i);
            exit(1);
        }
        CHECK_NS(now() - before, HOUR);
    }
}

/* --- the same waits of other threads, all at once: each ends at the step that passes its deadline --- */

typedef struct Sleeper {
    int (*wait)(int64_t);
    int64_t length, ended_at;
} Sleeper;

static void *sleep_in_thread(void *at) {
    Sleeper *s = at;
    CHECK(s->wait(s->length) == 0);
    s->ended_at = now();
    return NULL;
}

/* The eye's step; a deadline in the middle of one is passed at its end. */
static int64_t step_after(int64_t ns) { return (ns + SECOND - 1) / SECOND * SECOND; }

static void threads(void) {
    enum { EACH = 3, N = 12 * EACH };
    static int (*const kinds[])(int64_t) = {by_nanosleep,    by_absolute, by_usleep,  by_poll,
                                            poll_pipe,       select_pipe, epoll_pipe, wait_cond,
                                            wait_cond_clock, wait_cnd,    wait_sem,   wait_sem_clock};
    Sleeper all[N];
    pthread_t ids[N];
    make_objects();
    int64_t start = now();
    for (int i = 0; i < N; i++) {
        all[i] = (Sleeper){.wait = kinds[i % 12], .length = (1 + i / 12) * 20 * SECOND};
        CHECK(pthread_create(&ids[i], NULL, sleep_in_thread, &all[i]) == 0);
    }
    for (int i = 0; i < N; i++) {
        CHECK(pthread_join(ids[i], NULL) == 0);
        if (all[i].ended_at == step_after(start + all[i].length)) continue;
        fprintf(stderr, "sleeper %d ended at %lld\n", i, (long long)all[i].ended_at);
        exit(1);
    }
}

/* --- waits that end before their deadline --- */

static void *signal_soon(void *unused) {
    syscall(SYS_sched_yield);
    pthread_mutex_lock(&mutex);
    pthread_cond_signal(&cond);
    pthread_mutex_unlock(&mutex);
    sem_post(&sem);
    CHECK(write(pipe_fds[1], "x", 1) == 1);
    return unused;
}

static void signals(void) {
    make_objects();
    for (int i = 0; i < 200; i++) {
        pthread_t other;
        char byte;
        struct timespec until = after(CLOCK_REALTIME, HOUR);
        pthread_mutex_lock(&mutex);
        CHECK(pthread_create(&other, NULL, signal_soon, NULL) == 0);
        CHECK(pthread_cond_timedwait(&cond, &mutex, &until) == 0);
        pthread_mutex_unlock(&mutex);
        CHECK(sem_timedwait(&sem, &until) == 0);
        CHECK(poll_pipe(HOUR) == 1 && epoll_pipe(HOUR) == 1 && ppoll_pipe(HOUR) == 1 && pselect_pipe(HOUR) == 1);
        CHECK(read(pipe_fds[0], &byte, 1) == 1 && pthread_join(other, NULL) == 0);
    }
    CHECK(now() < SECOND);
}

/* A thread that is cancelled in a wait leaves the mutex locked for its clean-up, and nothing of it is signalled later. */
static void unlock_it(void *m) { CHECK(pthread_mutex_unlock(m) == 0); }
static void *wait_to_be_cancelled(void *unused) {
    struct timespec until = after(CLOCK_REALTIME, HOUR);
    pthread_mutex_lock(&mutex);
    pthread_cleanup_push(unlock_it, &mutex);
    sem_post(&sem);
    while (pthread_cond_timedwait(&cond, &mutex, &until) == 0) continue;
    pthread_cleanup_pop(1);
    return unused;
}
static void *sleep_to_be_cancelled(void *unused) {
    sem_post(&sem);
    by_nanosleep(HOUR);
    poll_pipe((int64_t)1000 * SECOND);
    return unused;
}

static void cancels(void) {
    void *(*const kinds[])(void *) = {wait_to_be_cancelled, sleep_to_be_cancelled};
    make_objects();
    for (int i = 0; i < 100; i++) {
        pthread_t other;
        void *result;
        CHECK(pthread_create(&other, NULL, kinds[i % 2], NULL) == 0);
        CHECK(sem_wait(&sem) == 0 && pthread_cancel(other) == 0);
        CHECK(pthread_join(other, &result) == 0 && result == PTHREAD_CANCELED);
        pthread_mutex_lock(&mutex);
        pthread_cond_signal(&cond);
        pthread_mutex_unlock(&mutex);
    }
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*run)(void);
    } cases[] = {{"readers", readers}, {"sleepers", sleepers}, {"waits", waits},
                 {"threads", threads}, {"signals", signals},   {"cancels", cancels}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (argc != 2 || strcmp(argv[1], cases[i].name) != 0) continue;
        cases[i].run();
        return 0;
    }
    fprintf(stderr, "usage: clocks readers|sleepers|waits|threads|signals|cancels\n");
    return 2;
}
