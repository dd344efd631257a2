/* Waits for descriptors. Where a descriptor is ready the kernel says so at once; a time-out is one in virtual time. */
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>

#include "preload/preload.h"
#include "preload/raw.h"

enum { POLL_STACK = 64, KERNEL_SIGNALS = 8 };

/* One of the calls below. `look` asks the kernel, for at most `limit` (NULL: for ever), and returns what the call returns;
 * the readiness of `wake` (-1: none) is not counted. */
typedef struct Wait {
    int (*look)(struct Wait *w, int wake, const struct timespec *limit);
    const sigset_t *mask;
    struct pollfd *fds;
    nfds_t n_fds;
    fd_set *sets[3];
    int n_sets;
    int epoll, n_events;
    struct epoll_event *events;
} Wait;

static void remove_waiter(void *w) {
    waiter_remove(w);
    page_doing(EYE_DOING_RUN, FOREVER);
}

static int wait_long(Wait *w, int wake, const struct timespec *limit) {
    int type;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
    int r = w->look(w, wake, limit);
    pthread_setcanceltype(type, NULL);
    return r;
}

static const struct timespec at_once;

static int wait_until(Wait *w, Waiter *entry) {
    static const struct timespec limit = {.tv_nsec = REAL_LIMIT_MS * 1000000l};
    static const struct timespec slice = {.tv_nsec = 1000000};
    uint64_t count;
    while (atomic_load(&entry->word) == WORD_WAITS) {
        uint64_t since = page_progress();
        int r = wait_long(w, entry->fd, entry->fd < 0 ? &slice : &limit);
        if (r != 0) return r;
        if (entry->fd >= 0 && raw(SYS_read, entry->fd, &count, sizeof count) > 0 && page_now() < entry->deadline)
            continue;
        waiter_check(entry, entry->fd >= 0, since);
    }
    return w->look(w, -1, &at_once);
}

static int wait_for(Wait *w, uint64_t length) {
    int r = w->look(w, -1, &at_once);
    if (r != 0 || length == 0) return r;
    if (length == FOREVER) {
        page_doing(EYE_DOING_WAIT, FOREVER);
        r = wait_long(w, -1, NULL);
        page_doing(EYE_DOING_RUN, FOREVER);
        return r;
    }
    Waiter entry = {.deadline = ns_after(page_now(), length), .fd = wake_fd()};
    pthread_cleanup_push(remove_waiter, &entry);
    page_doing(EYE_DOING_WAIT, entry.deadline);
    waiter_add(&entry);
    r = wait_until(w, &entry);
    pthread_cleanup_pop(1);
    uint64_t left;
    if (entry.fd >= 0) raw(SYS_read, entry.fd, &left, sizeof left);
    return r;
}

/* A wait for no descriptor is a sleep. */
static int sleep_for(uint64_t length) {
    atomic_fetch_add_explicit(&page()->n_sleeps, 1, memory_order_relaxed);
    uint64_t deadline = ns_after(page_now(), length);
    int interrupted = page_is_main() ? page_move(deadline) : sleep_until(deadline);
    return interrupted ? (errno = EINTR, -1) : 0;
}

/* --- poll --- */

static int kernel_poll(struct pollfd *fds, nfds_t n, const struct timespec *limit, const sigset_t *mask) {
    struct timespec copy = limit ? *limit : at_once; /* the kernel writes into it */
    return (int)raw_result(raw(SYS_ppoll, fds, n, limit ? &copy : NULL, mask, KERNEL_SIGNALS));
}

/* Memory of the kernel's, as a signal handler may have called. */
static struct pollfd *many_fds(size_t size) {
    long at = raw(SYS_mmap, 0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    return at < 0 && at >= -4095 ? NULL : (struct pollfd *)(intptr_t)at;
}

static int look_poll(Wait *w, int wake, const struct timespec *limit) {
    if (wake < 0) return kernel_poll(w->fds, w->n_fds, limit, w->mask);
    struct pollfd few[POLL_STACK];
    size_t size = (w->n_fds + 1) * sizeof *few;
    struct pollfd *all = w->n_fds < POLL_STACK ? few : many_fds(size);
    if (!all) return errno = ENOMEM, -1;
    memcpy(all, w->fds, w->n_fds * sizeof *all);
    all[w->n_fds] = (struct pollfd){.fd = wake, .events = POLLIN};
    int r = kernel_poll(all, w->n_fds + 1, limit, w->mask);
    for (nfds_t i = 0; r > 0 && i < w->n_fds; i++) w->fds[i].revents = all[i].revents;
    if (r > 0 && all[w->n_fds].revents) r--;
    if (all != few) raw(SYS_munmap, all, size);
    return r;
}

static int poll_for(struct pollfd *fds, nfds_t n, uint64_t length, const sigset_t *mask) {
    if (n == 0 && length > 0 && length != FOREVER && !mask) return sleep_for(length);
    return wait_for(&(Wait){.look = look_poll, .fds = fds, .n_fds = n, .mask = mask}, length);
}

EXPORT int poll(struct pollfd *fds, nfds_t n, int timeout_ms) {
    if (!page()) return REAL(poll)(fds, n, timeout_ms);
    return poll_for(fds, n, timeout_ms < 0 ? FOREVER : (uint64_t)timeout_ms * 1000000, NULL);
}

EXPORT int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask) {
    if (!page()) return REAL(ppoll)(fds, n, timeout, mask);
    return poll_for(fds, n, timeout ? ns_of_timespec(timeout) : FOREVER, mask);
}

/* What programs call that were compiled with checks of buffer sizes; the size was checked by nobody but them. */
int __poll_chk(struct pollfd *fds, nfds_t n, int timeout_ms, size_t size);
int __ppoll_chk(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask, size_t size);
EXPORT int __poll_chk(struct pollfd *fds, nfds_t n, int timeout_ms, size_t size) {
    if (size / sizeof *fds < n) abort();
    return poll(fds, n, timeout_ms);
}
EXPORT int __ppoll_chk(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask,
                       size_t size) {
    if (size / sizeof *fds < n) abort();
    return ppoll(fds, n, timeout, mask);
}

/* --- select --- */

static int look_select(Wait *w, int wake, const struct timespec *limit) {
    fd_set sets[3];
    bool can_wake = wake >= 0 && wake < FD_SETSIZE;
    for (int i = 0; i < 3; i++) {
        FD_ZERO(&sets[i]);
        if (w->sets[i]) sets[i] = *w->sets[i];
    }
    if (can_wake) FD_SET(wake, &sets[0]);
    struct timespec copy = limit ? *limit : at_once;
    struct {
        const sigset_t *mask;
        size_t size;
    } mask = {w->mask, KERNEL_SIGNALS};
    int n = can_wake && wake >= w->n_sets ? wake + 1 : w->n_sets;
    int r = (int)raw_result(raw(SYS_pselect6, n, &sets[0], &sets[1], &sets[2], limit ? &copy : NULL, &mask));
    if (r < 0) return r;
    if (can_wake && FD_ISSET(wake, &sets[0])) {
        FD_CLR(wake, &sets[0]);
        r--;
    }
    /* The caller's sets are its question as long as there is no answer. */
    for (int i = 0; r > 0 && i < 3; i++)
        if (w->sets[i]) *w->sets[i] = sets[i];
    return r;
}

static int select_for(int n, fd_set *const sets[3], uint64_t length, const sigset_t *mask) {
    if (n == 0 && length > 0 && length != FOREVER && !mask) return sleep_for(length);
    Wait w = {.look = look_select, .n_sets = n, .sets = {sets[0], sets[1], sets[2]}, .mask = mask};
    int r = wait_for(&w, length);
    for (int i = 0; r == 0 && i < 3; i++)
        if (sets[i]) FD_ZERO(sets[i]);
    return r;
}

EXPORT int select(int n, fd_set *reads, fd_set *writes, fd_set *errors, struct timeval *timeout) {
    if (!page()) return REAL(select)(n, reads, writes, errors, timeout);
    uint64_t length = timeout ? ns_of_timeval(timeout) : FOREVER, before = page_now();
    int r = select_for(n, (fd_set *[3]){reads, writes, errors}, length, NULL);
    uint64_t spent = page_now() - before; /* Linux leaves what is left */
    if (timeout) *timeout = timeval_of(spent < length ? length - spent : 0);
    return r;
}

EXPORT int pselect(int n, fd_set *reads, fd_set *writes, fd_set *errors, const struct timespec *timeout,
                   const sigset_t *mask) {
    if (!page()) return REAL(pselect)(n, reads, writes, errors, timeout, mask);
    return select_for(n, (fd_set *[3]){reads, writes, errors}, timeout ? ns_of_timespec(timeout) : FOREVER, mask);
}

/* --- epoll --- */

static int look_epoll(Wait *w, int wake, const struct timespec *limit) {
    int timeout_ms = limit ? 0 : -1;
    if (wake >= 0 || (limit && limit->tv_nsec)) { /* the wait itself: for the epoll's descriptor, beside `wake` */
        struct pollfd both[2] = {{.fd = w->epoll, .events = POLLIN}, {.fd = wake, .events = POLLIN}};
        int r = kernel_poll(both, 2, limit, w->mask);
        if (r < 0 || !both[0].revents) return r < 0 ? r : 0;
        timeout_ms = 0;
    }
    return (int)raw_result(raw(SYS_epoll_pwait, w->epoll, w->events, w->n_events, timeout_ms, w->mask, KERNEL_SIGNALS));
}

static int epoll_for(int epoll, struct epoll_event *events, int n, uint64_t length, const sigset_t *mask) {
    return wait_for(&(Wait){.look = look_epoll, .epoll = epoll, .events = events, .n_events = n, .mask = mask}, length);
}

EXPORT int epoll_wait(int epoll, struct epoll_event *events, int n, int timeout_ms) {
    if (!page()) return REAL(epoll_wait)(epoll, events, n, timeout_ms);
    return epoll_for(epoll, events, n, timeout_ms < 0 ? FOREVER : (uint64_t)timeout_ms * 1000000, NULL);
}

EXPORT int epoll_pwait(int epoll, struct epoll_event *events, int n, int timeout_ms, const sigset_t *mask) {
    if (!page()) return REAL(epoll_pwait)(epoll, events, n, timeout_ms, mask);
    return epoll_for(epoll, events, n, timeout_ms < 0 ? FOREVER : (uint64_t)timeout_ms * 1000000, mask);
}

EXPORT int epoll_pwait2(int epoll, struct epoll_event *events, int n, const struct timespec *timeout,
                        const sigset_t *mask) {
    if (!page()) return REAL(epoll_pwait2)(epoll, events, n, timeout, mask);
    return epoll_for(epoll, events, n, timeout ? ns_of_timespec(timeout) : FOREVER, mask);
}
