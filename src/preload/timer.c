/* Timers: setitimer and alarm, timer_create, timerfd. All are entries of one table, fired by whoever moves the time: the
 * main thread itself, at a point of its run that is the same each time, or the ticker where the eye moved it.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "preload/preload.h"
#include "preload/raw.h"

/* The first three are setitimer's. */
enum { N_ITIMERS = 3, N_TIMERS = 64, INTERVAL_MIN_NS = 1000, ID_BASE = 0x4d550000 };

typedef struct Timer {
    bool is_used, is_fd;
    clockid_t clock;
    int overrun;
    int fd, own_fd;         /* a timerfd: an eventfd, and a second descriptor of it that the program cannot close */
    uint64_t due, interval; /* virtual; 0: not armed, fires once */
    struct sigevent event;
} Timer;

static struct {
    Lock lock;
    Timer all[N_TIMERS];
    _Atomic uint64_t next; /* of all; 0 stands for FOREVER, so that it needs no start */
    _Atomic int n_fds;
} timers;

uint64_t timers_next(void) {
    uint64_t next = atomic_load_explicit(&timers.next, memory_order_acquire);
    return next ? next : FOREVER;
}

static void find_next(void) {
    uint64_t next = FOREVER;
    for (int i = 0; i < N_TIMERS; i++)
        if (timers.all[i].is_used && timers.all[i].due && timers.all[i].due < next) next = timers.all[i].due;
    atomic_store_explicit(&timers.next, next == FOREVER ? 0 : next, memory_order_release);
}

/* A child has its parent's timerfds, and none of its other timers. */
void timers_forked(void) {
    timers.lock = (Lock){0};
    for (int i = 0; i < N_TIMERS; i++)
        if (!timers.all[i].is_fd) timers.all[i] = (Timer){0};
    find_next();
}

/* --- firing --- */

/* In a thread of its own; the timer may be deleted before that begins. */
static void *call_in_thread(void *at) {
    sigset_t mask;
    lock_take(&timers.lock, &mask);
    Timer t = *(const Timer *)at;
    lock_leave(&timers.lock, &mask);
    if (t.is_used && t.event.sigev_notify == SIGEV_THREAD) t.event.sigev_notify_function(t.event.sigev_value);
    return NULL;
}

static void start_thread(int index) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, call_in_thread, &timers.all[index]) == 0) pthread_detach(thread);
}

/* Whether a signal to the process ends a sleep of the calling thread. A handler that is none (SIG_DFL) ends the program, or
 * does nothing. */
static bool interrupts(int signal) {
    struct sigaction action;
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    return sigaction(signal, NULL, &action) == 0 && action.sa_handler != SIG_IGN && action.sa_handler != SIG_DFL &&
           !sigismember(&blocked, signal);
}

static int send_signal(const Timer *t, int index) {
    int signal = t->event.sigev_signo;
    bool does = interrupts(signal);
    /* The kernel lets nobody but a main thread send its own code, SI_KERNEL, which an interval timer's would be. */
    siginfo_t info = {.si_signo = signal, .si_code = SI_TIMER};
    if (index >= N_ITIMERS) {
        info.si_value = t->event.sigev_value;
        info.si_overrun = t->overrun;
    }
    long pid = raw(SYS_getpid);
    if (t->event.sigev_notify == SIGEV_THREAD_ID)
        raw(SYS_rt_tgsigqueueinfo, pid, t->event._sigev_un._tid, signal, &info);
    else
        raw(SYS_rt_sigqueueinfo, pid, signal, &info);
    return does;
}

static int fire(const Timer *t, int index) {
    if (t->is_fd || t->event.sigev_notify == SIGEV_NONE) return 0;
    if (t->event.sigev_notify == SIGEV_THREAD) return start_thread(index), 0;
    return send_signal(t, index);
}

/* A timerfd's count is written at once, while the lock keeps its descriptor. */
static void advance(Timer *t, uint64_t now) {
    uint64_t times = 1;
    if (t->interval) times += (now - t->due) / t->interval;
    t->due = t->interval ? t->due + times * t->interval : 0;
    t->overrun = times > 1 ? (int)(times - 1 < INT_MAX ? times - 1 : INT_MAX) : 0;
    if (t->is_fd) raw(SYS_write, t->own_fd, &times, sizeof times);
}

typedef struct Fired {
    Timer timer;
    int index;
} Fired;

/* The lock is held. */
static int collect(uint64_t now, Fired *ret) {
    int n = 0;
    for (int i = 0; i < N_TIMERS; i++) {
        Timer *t = &timers.all[i];
        if (!t->is_used || !t->due || t->due > now) continue;
        advance(t, now);
        ret[n++] = (Fired){*t, i};
    }
    find_next();
    return n;
}

static int fire_all(const Fired *fired, int n) {
    int interrupted = 0;
    for (int i = 0; i < n; i++) interrupted += fire(&fired[i].timer, fired[i].index);
    return interrupted;
}

/* The lock is held while the time moves, or the ticker, which sees that at once, could fire first. */
int timers_move(uint64_t to) {
    Fired fired[N_TIMERS];
    sigset_t mask;
    lock_take(&timers.lock, &mask);
    bool is_due = eye_clock_raise(page(), to);
    int n = collect(page_now(), fired);
    lock_leave(&timers.lock, &mask);
    int interrupted = fire_all(fired, n);
    if (is_due) page_wake();
    return interrupted;
}

void timers_run(void) {
    if (page_now() < timers_next()) return;
    Fired fired[N_TIMERS];
    sigset_t mask;
    lock_take(&timers.lock, &mask);
    int n = collect(page_now(), fired);
    lock_leave(&timers.lock, &mask);
    fire_all(fired, n);
}

/* --- arming --- */

typedef struct Setting {
    uint64_t value, interval; /* value 0: disarm */
} Setting;

static Setting setting_of(const Timer *t, uint64_t now) {
    if (!t->due) return (Setting){0, t->interval};
    return (Setting){t->due > now ? t->due - now : 1, t->interval};
}

/* The lock is held. */
static void arm(Timer *t, Setting to, bool is_absolute, uint64_t now) {
    t->interval = to.interval && to.interval < INTERVAL_MIN_NS ? INTERVAL_MIN_NS : to.interval;
    t->overrun = 0;
    t->due = 0;
    if (to.value) t->due = is_absolute ? ns_of_clock(t->clock, to.value) : ns_after(now, to.value);
    if (to.value && !t->due) t->due = 1;
    find_next();
}

static Setting setting_from(const struct itimerspec *s) {
    return (Setting){ns_of_timespec(&s->it_value), ns_of_timespec(&s->it_interval)};
}

static struct itimerspec setting_spec(Setting s) {
    return (struct itimerspec){.it_value = timespec_of(s.value), .it_interval = timespec_of(s.interval)};
}

static bool is_valid(const struct itimerspec *s) {
    return s->it_value.tv_sec >= 0 && s->it_interval.tv_sec >= 0 && s->it_value.tv_nsec >= 0 &&
           s->it_interval.tv_nsec >= 0 && s->it_value.tv_nsec < (long)SECOND_NS &&
           s->it_interval.tv_nsec < (long)SECOND_NS;
}

static bool is_readable(int fd) {
    struct pollfd one = {.fd = fd, .events = POLLIN};
    struct timespec at_once = {0};
    return raw(SYS_ppoll, &one, 1, &at_once, NULL, 0) > 0;
}

/* Arms `t` (NULL: fails with EINVAL) with `to` (NULL: only asks). */
static int set(Timer *t, const struct itimerspec *to, bool is_absolute, struct itimerspec *ret_old) {
    if (!t || (to && !is_valid(to))) return errno = EINVAL, -1;
    uint64_t now = page_now(), drained;
    sigset_t mask;
    lock_take(&timers.lock, &mask);
    Setting old = setting_of(t, now);
    if (to && t->is_fd && is_readable(t->own_fd)) raw(SYS_read, t->own_fd, &drained, sizeof drained);
    if (to) arm(t, setting_from(to), is_absolute, now);
    uint64_t due = t->due;
    lock_leave(&timers.lock, &mask);
    if (ret_old) *ret_old = setting_spec(old);
    if (to && due) ticker_need(due);
    return 0;
}

static Timer *add(Timer what, int first) {
    sigset_t mask;
    Timer *found = NULL;
    lock_take(&timers.lock, &mask);
    for (int i = first; !found && i < N_TIMERS; i++)
        if (!timers.all[i].is_used) found = &timers.all[i];
    if (found) {
        what.is_used = true;
        *found = what;
    }
    lock_leave(&timers.lock, &mask);
    return found;
}

static void drop(Timer *t) {
    sigset_t mask;
    lock_take(&timers.lock, &mask);
    *t = (Timer){0};
    find_next();
    lock_leave(&timers.lock, &mask);
}

/* --- setitimer, alarm --- */

static Timer *itimer(int which) {
    static const int signals[N_ITIMERS] = {
        [ITIMER_REAL] = SIGALRM, [ITIMER_VIRTUAL] = SIGVTALRM, [ITIMER_PROF] = SIGPROF};
    if (which < 0 || which >= N_ITIMERS) return NULL;
    Timer *t = &timers.all[which];
    t->is_used = true;
    t->clock = CLOCK_MONOTONIC;
    t->event.sigev_signo = signals[which];
    t->event.sigev_notify = SIGEV_SIGNAL;
    return t;
}

static struct itimerspec spec_of_val(const struct itimerval *v) {
    return (struct itimerspec){.it_value = {v->it_value.tv_sec, v->it_value.tv_usec * 1000},
                               .it_interval = {v->it_interval.tv_sec, v->it_interval.tv_usec * 1000}};
}

static struct itimerval val_of_spec(const struct itimerspec *s) {
    return (struct itimerval){.it_value = {s->it_value.tv_sec, s->it_value.tv_nsec / 1000},
                              .it_interval = {s->it_interval.tv_sec, s->it_interval.tv_nsec / 1000}};
}

EXPORT int setitimer(__itimer_which_t which, const struct itimerval *to, struct itimerval *ret_old) {
    if (!page()) return REAL(setitimer)(which, to, ret_old);
    struct itimerspec old, spec = to ? spec_of_val(to) : (struct itimerspec){0};
    if (set(itimer((int)which), &spec, false, &old) < 0) return -1;
    if (ret_old) *ret_old = val_of_spec(&old);
    return 0;
}

EXPORT int getitimer(__itimer_which_t which, struct itimerval *ret) {
    if (!page()) return REAL(getitimer)(which, ret);
    struct itimerspec now;
    if (set(itimer((int)which), NULL, false, &now) < 0) return -1;
    *ret = val_of_spec(&now);
    return 0;
}

EXPORT unsigned alarm(unsigned seconds) {
    if (!page()) return REAL(alarm)(seconds);
    struct itimerspec old;
    set(itimer(ITIMER_REAL), &(struct itimerspec){.it_value.tv_sec = (time_t)seconds}, false, &old);
    return (unsigned)old.it_value.tv_sec + (old.it_value.tv_nsec > 0);
}

EXPORT __useconds_t ualarm(__useconds_t value_us, __useconds_t interval_us) {
    if (!page()) return REAL(ualarm)(value_us, interval_us);
    struct itimerval to = {.it_value = timeval_of((uint64_t)value_us * 1000),
                           .it_interval = timeval_of((uint64_t)interval_us * 1000)};
    struct itimerval old;
    setitimer(ITIMER_REAL, &to, &old);
    return (__useconds_t)(ns_of_timeval(&old.it_value) / 1000);
}

/* --- timer_create --- */

static Timer *timer_of(timer_t id) {
    size_t i = (size_t)id - ID_BASE;
    return i < N_TIMERS && timers.all[i].is_used && !timers.all[i].is_fd ? &timers.all[i] : NULL;
}

EXPORT int timer_create(clockid_t clock, struct sigevent *restrict event, timer_t *restrict ret) {
    if (!page()) return REAL(timer_create)(clock, event, ret);
    struct sigevent alarm_event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
    Timer *t = add((Timer){.clock = clock, .event = event ? *event : alarm_event}, N_ITIMERS);
    if (!t) return errno = EAGAIN, -1;
    *ret = (timer_t)(uintptr_t)(ID_BASE + (t - timers.all));
    if (!event) t->event.sigev_value.sival_ptr = *ret;
    return 0;
}

EXPORT int timer_settime(timer_t id, int flags, const struct itimerspec *restrict to,
                         struct itimerspec *restrict ret_old) {
    if (!page()) return REAL(timer_settime)(id, flags, to, ret_old);
    return set(timer_of(id), to, flags & TIMER_ABSTIME, ret_old);
}

EXPORT int timer_gettime(timer_t id, struct itimerspec *ret) {
    if (!page()) return REAL(timer_gettime)(id, ret);
    return set(timer_of(id), NULL, false, ret);
}

EXPORT int timer_getoverrun(timer_t id) {
    if (!page()) return REAL(timer_getoverrun)(id);
    const Timer *t = timer_of(id);
    return t ? t->overrun : (errno = EINVAL, -1);
}

EXPORT int timer_delete(timer_t id) {
    if (!page()) return REAL(timer_delete)(id);
    Timer *t = timer_of(id);
    return t ? drop(t), 0 : (errno = EINVAL, -1);
}

/* --- timerfd: an eventfd whose count is written when it is due, which reads as a timerfd does --- */

static Timer *timer_of_fd(int fd) {
    if (atomic_load(&timers.n_fds) == 0) return NULL;
    for (int i = N_ITIMERS; i < N_TIMERS; i++)
        if (timers.all[i].is_fd && timers.all[i].fd == fd) return &timers.all[i];
    return NULL;
}

EXPORT int timerfd_create(int clock, int flags) {
    if (!page()) return REAL(timerfd_create)(clock, flags);
    int fd = (int)raw_result(raw(SYS_eventfd2, 0, flags & (EFD_NONBLOCK | EFD_CLOEXEC)));
    if (fd < 0) return fd;
    int own = (int)raw(SYS_fcntl, fd, F_DUPFD_CLOEXEC, fd + 1);
    if (own >= 0 && add((Timer){.clock = clock, .is_fd = true, .fd = fd, .own_fd = own}, N_ITIMERS)) {
        atomic_fetch_add(&timers.n_fds, 1);
        return fd;
    }
    if (own >= 0) raw(SYS_close, own);
    raw(SYS_close, fd);
    return errno = EMFILE, -1;
}

EXPORT int timerfd_settime(int fd, int flags, const struct itimerspec *to, struct itimerspec *ret_old) {
    Timer *t = page() ? timer_of_fd(fd) : NULL;
    return t ? set(t, to, flags & TFD_TIMER_ABSTIME, ret_old) : REAL(timerfd_settime)(fd, flags, to, ret_old);
}

EXPORT int timerfd_gettime(int fd, struct itimerspec *ret) {
    Timer *t = page() ? timer_of_fd(fd) : NULL;
    return t ? set(t, NULL, false, ret) : REAL(timerfd_gettime)(fd, ret);
}

/* The main thread's read is its sleep, where it has to wait. */
EXPORT ssize_t read(int fd, void *buffer, size_t size) {
    Timer *t = page() ? timer_of_fd(fd) : NULL;
    if (t && t->due && page_is_main() && !(fcntl(fd, F_GETFL) & O_NONBLOCK) && !is_readable(fd)) page_move(t->due);
    return REAL(read)(fd, buffer, size);
}

EXPORT int close(int fd) {
    Timer *t = page() ? timer_of_fd(fd) : NULL;
    if (t) {
        int own = t->own_fd;
        drop(t);
        raw(SYS_close, own);
        atomic_fetch_sub(&timers.n_fds, 1);
    }
    return REAL(close)(fd);
}
