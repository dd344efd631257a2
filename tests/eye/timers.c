/* timers CASE: timers under libmuster-clock; src/preload/preload_test.c plays the eye. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static volatile sig_atomic_t n_alarms;
static volatile int64_t alarm_at, alarm_value;
static void on_alarm(int signal) {
    (void)signal;
    n_alarms = n_alarms + 1;
    alarm_at = now();
}
static void on_value(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)context;
    n_alarms = n_alarms + 1;
    alarm_value = info->si_value.sival_int;
}

static void handle(int signal) {
    CHECK(sigaction(signal, &(struct sigaction){.sa_handler = on_alarm, .sa_flags = SA_RESTART}, NULL) == 0);
    n_alarms = 0;
}

static struct timeval val(int64_t ns) { return (struct timeval){ns / SECOND, ns % SECOND / 1000}; }

/* A busy wait reads the clock; the signals come at the reads that pass their time, the same in each run. */
static void itimer(void) {
    handle(SIGALRM);
    struct itimerval every = {.it_interval = val(SECOND / 100), .it_value = val(SECOND / 100)}, left;
    int64_t start = now();
    CHECK(setitimer(ITIMER_REAL, &every, NULL) == 0);
    for (int i = 1; i <= 5; i++) {
        while (n_alarms < i) CHECK(now() < SECOND);
        CHECK_NS(alarm_at - start, i * (SECOND / 100));
    }
    CHECK(getitimer(ITIMER_REAL, &left) == 0 && left.it_interval.tv_usec == 10000 && left.it_value.tv_usec <= 10000);
    CHECK(setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL) == 0);
    nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
    CHECK(n_alarms == 5);
}

/* A signal ends a sleep, which returns what was left of it. */
static void alarms(void) {
    struct timespec left = {0};
    handle(SIGALRM);
    int64_t start = now();
    CHECK(alarm(10) == 0 && alarm(20) == 10);
    CHECK(nanosleep(&(struct timespec){.tv_sec = 60}, &left) < 0 && errno == EINTR);
    CHECK(n_alarms == 1);
    CHECK_NS(ns_of(left) + 1000000, 40 * SECOND);
    CHECK_NS(now() - start, 20 * SECOND);
    signal(SIGALRM, SIG_IGN); /* an ignored one does not */
    alarm(5);
    CHECK(sleep(10) == 0);
    CHECK_NS(now() - start, 30 * SECOND);
}

static void itimer_virtual(void) {
    handle(SIGVTALRM);
    struct itimerval once = {.it_value = val(SECOND)};
    CHECK(setitimer(ITIMER_VIRTUAL, &once, NULL) == 0 && sleep(2) == 1 && n_alarms == 1);
    handle(SIGPROF);
    CHECK(setitimer(ITIMER_PROF, &once, NULL) == 0 && sleep(2) == 1 && n_alarms == 1);
}

/* The eye moves the time while the main thread waits for a descriptor: the signal ends the wait. */
static void wait_is_interrupted(void) {
    int fds[2];
    handle(SIGALRM);
    CHECK(pipe(fds) == 0);
    struct itimerval once = {.it_value = val(SECOND)};
    CHECK(setitimer(ITIMER_REAL, &once, NULL) == 0);
    CHECK(poll(&(struct pollfd){.fd = fds[0], .events = POLLIN}, 1, 60000) < 0 && errno == EINTR && n_alarms == 1);
    CHECK(setitimer(ITIMER_REAL, &once, NULL) == 0);
    CHECK(pause() < 0 && errno == EINTR && n_alarms == 2);
}

static _Atomic int n_calls;
static void on_call(union sigval value) { atomic_fetch_add(&n_calls, value.sival_int); }

static void posix(void) {
    timer_t id, other;
    struct itimerspec set = {.it_value = {.tv_sec = 1}, .it_interval = {.tv_sec = 1}}, left;
    CHECK(sigaction(SIGUSR1, &(struct sigaction){.sa_sigaction = on_value, .sa_flags = SA_SIGINFO}, NULL) == 0);
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 42};
    CHECK(timer_create(CLOCK_MONOTONIC, &event, &id) == 0 && timer_settime(id, 0, &set, NULL) == 0);
    CHECK(sleep(3) == 2 && n_alarms == 1 && alarm_value == 42);
    CHECK(timer_gettime(id, &left) == 0 && left.it_interval.tv_sec == 1);
    CHECK_NS(ns_of(left.it_value) + 1000000, SECOND);
    set.it_value = (struct timespec){0};
    CHECK(timer_settime(id, 0, &set, NULL) == 0 && sleep(3) == 0 && n_alarms == 1 && timer_delete(id) == 0);
    CHECK(timer_settime(id, 0, &set, NULL) < 0 && errno == EINVAL);
    event =
        (struct sigevent){.sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_call, .sigev_value.sival_int = 7};
    set = (struct itimerspec){.it_value = {.tv_sec = (EPOCH + now()) / SECOND + 5}};
    CHECK(timer_create(CLOCK_REALTIME, &event, &other) == 0 && timer_settime(other, TIMER_ABSTIME, &set, NULL) == 0);
    CHECK(sleep(4) == 0 && atomic_load(&n_calls) == 0 && sleep(2) == 0);
    while (atomic_load(&n_calls) == 0) sched_yield();
    CHECK(atomic_load(&n_calls) == 7);
}

static void fd(void) {
    uint64_t count = 0;
    struct itimerspec set = {.it_value = {.tv_sec = 1}, .it_interval = {.tv_sec = 1}}, left;
    int t = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    CHECK(t >= 0 && timerfd_settime(t, 0, &set, NULL) == 0);
    struct pollfd wait = {.fd = t, .events = POLLIN};
    CHECK(poll(&wait, 1, 0) == 0);
    int64_t start = now();
    CHECK(read(t, &count, sizeof count) == sizeof count && count == 1); /* moves the time, as a sleep */
    CHECK_NS(now() - start, SECOND);
    CHECK(sleep(3) == 0 && poll(&wait, 1, 0) == 1 && read(t, &count, sizeof count) == sizeof count && count == 3);
    CHECK(timerfd_gettime(t, &left) == 0 && left.it_interval.tv_sec == 1);
    CHECK(poll(&wait, 1, -1) == 1 && read(t, &count, sizeof count) == sizeof count &&
          count == 1); /* the eye moves it */
    int e = epoll_create1(0);
    CHECK(epoll_ctl(e, EPOLL_CTL_ADD, t, &(struct epoll_event){.events = EPOLLIN}) == 0);
    CHECK(epoll_wait(e, &(struct epoll_event){0}, 1, 60000) == 1 && read(t, &count, sizeof count) == sizeof count &&
          count == 1);
    set = (struct itimerspec){0};
    CHECK(timerfd_settime(t, 0, &set, NULL) == 0 && sleep(3) == 0 && poll(&wait, 1, 0) == 0);
    CHECK(close(t) == 0 && close(e) == 0);
    t = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK);
    set.it_value.tv_sec = (EPOCH + now()) / SECOND + 3;
    CHECK(timerfd_settime(t, TFD_TIMER_ABSTIME, &set, NULL) == 0 && read(t, &count, sizeof count) < 0 &&
          errno == EAGAIN);
    CHECK(sleep(3) == 0 && read(t, &count, sizeof count) == sizeof count && count == 1 && close(t) == 0);
}

/* --- fork: the child has its own main thread, none of the parent's waits, and the same time --- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;

static void *wait_long(void *unused) {
    struct timespec until = {.tv_sec = (EPOCH + 100 * HOUR) / SECOND};
    pthread_mutex_lock(&mutex);
    while (pthread_cond_timedwait(&cond, &mutex, &until) == 0) continue;
    return unused;
}

static void in_child(void) {
    int fds[2];
    int64_t start = now();
    struct timespec until = {.tv_sec = (EPOCH + start) / SECOND + 10};
    CHECK(sleep(60) == 0);
    CHECK_NS(now() - start, 60 * SECOND);
    CHECK(n_alarms == 0 && alarm(1) == 0 && sleep(10) == 9 && n_alarms == 1); /* the parent's alarm was not inherited */
    CHECK(pipe(fds) == 0 && poll(&(struct pollfd){.fd = fds[0], .events = POLLIN}, 1, 50) == 0);
    pthread_cond_t own = PTHREAD_COND_INITIALIZER;
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    CHECK(pthread_cond_timedwait(&own, &lock, &until) == ETIMEDOUT);
    _exit(7);
}

static void forks(void) {
    pthread_t other;
    int status;
    handle(SIGALRM);
    CHECK(pthread_create(&other, NULL, wait_long, NULL) == 0);
    alarm(30);
    for (int i = 0; i < 5; i++) {
        if (fork() == 0) in_child();
        while (wait(&status) < 0) CHECK(errno == EINTR);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
        n_alarms = 0;
    }
}

/* A thread that forks is the main thread of its child. */
static void *fork_in_thread(void *unused) {
    int status;
    if (fork() == 0) {
        int64_t start = now();
        CHECK(sleep(60) == 0);
        CHECK_NS(now() - start, 60 * SECOND);
        _exit(7);
    }
    CHECK(wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 7);
    return unused;
}

static void fork_of_thread(void) {
    pthread_t other;
    CHECK(pthread_create(&other, NULL, fork_in_thread, NULL) == 0 && pthread_join(other, NULL) == 0);
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*run)(void);
    } cases[] = {{"itimer", itimer},
                 {"alarms", alarms},
                 {"virtual", itimer_virtual},
                 {"interrupted", wait_is_interrupted},
                 {"posix", posix},
                 {"fd", fd},
                 {"fork", forks},
                 {"fork_of_thread", fork_of_thread}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (argc != 2 || strcmp(argv[1], cases[i].name) != 0) continue;
        cases[i].run();
        return 0;
    }
    fprintf(stderr, "usage: timers CASE\n");
    return 2;
}
