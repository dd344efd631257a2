#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "preload/preload.h"
#include "preload/raw.h"

enum { UNKNOWN = 0, ABSENT = 1, MAPPED = 2 };
static struct {
    _Atomic int state;
    EyeClockPage *page;
    _Atomic int pid;
} own;
/* Of this thread: 0 not known, 1 its process began with it, 2 another one. */
static _Thread_local int kind;

long raw_result(long r) {
    if (r >= 0 || r < -4095) return r;
    errno = (int)-r;
    return -1;
}

static EyeClockPage *map_page(const char *path) {
    long fd = raw(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
    if (fd < 0) return NULL;
    long at = raw(SYS_mmap, 0, EYE_CLOCK_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    raw(SYS_close, fd);
    if (at < 0 && at >= -4095) return NULL;
    EyeClockPage *p = (EyeClockPage *)(intptr_t)at;
    if (memcmp(p->magic, EYE_CLOCK_MAGIC, sizeof p->magic) == 0 && p->version == EYE_CLOCK_VERSION) return p;
    raw(SYS_munmap, at, EYE_CLOCK_SIZE);
    return NULL;
}

static void on_child_of_fork(void) {
    kind = 0;
    atomic_store(&own.pid, 0);
    wait_forked();
    timers_forked();
}

/* Runs at the first call of any function, which may be before the constructor: libraries that start earlier read clocks. */
static EyeClockPage *find_page(void) {
    const char *path = getenv(EYE_CLOCK_ENV);
    EyeClockPage *p = path && *path ? map_page(path) : NULL;
    own.page = p;
    atomic_store(&own.state, p ? MAPPED : ABSENT);
    return p;
}

EyeClockPage *page(void) {
    int state = atomic_load_explicit(&own.state, memory_order_acquire);
    if (state == MAPPED) return own.page;
    return state == ABSENT ? NULL : find_page();
}

static int32_t own_pid(void) {
    int32_t pid = atomic_load_explicit(&own.pid, memory_order_relaxed);
    if (pid) return pid;
    pid = (int32_t)raw(SYS_getpid);
    atomic_store_explicit(&own.pid, pid, memory_order_relaxed);
    return pid;
}

/* A program that starts in the place of the one that presented is not where that one was. */
__attribute__((constructor(101))) static void start(void) {
    EyeClockPage *p = page();
    if (!p) return;
    pthread_atfork(NULL, NULL, on_child_of_fork);
    if (atomic_load(&p->pid) == own_pid()) atomic_store(&p->doing, EYE_DOING_RUN);
}

bool page_is_main(void) {
    if (!kind) kind = raw(SYS_gettid) == own_pid() ? 1 : 2;
    if (kind != 1) return false;
    int32_t presents = atomic_load_explicit(&page()->pid, memory_order_relaxed);
    return presents == 0 || presents == own_pid();
}

uint64_t page_now(void) { return atomic_load(&page()->now_ns); }

void page_wake(void) { raw(SYS_futex, &page()->tick, FUTEX_WAKE, INT_MAX); }

static int moved(uint64_t now, bool is_due) {
    if (is_due) page_wake();
    return now >= timers_next() ? timers_run(now) : 0;
}

uint64_t page_read(void) {
    EyeClockPage *p = page();
    atomic_fetch_add_explicit(&p->n_reads, 1, memory_order_relaxed);
    if (!page_is_main()) return atomic_load(&p->now_ns);
    uint64_t now = atomic_fetch_add(&p->now_ns, READ_NS) + READ_NS;
    moved(now, eye_clock_is_due(p, now));
    return now;
}

/* A signal timer that comes first ends the sleep, as it would end a real one. */
int page_move(uint64_t to) {
    EyeClockPage *p = page();
    for (uint64_t next = timers_next(); next < to; next = timers_next()) {
        int interrupts = moved(next, eye_clock_raise(p, next));
        if (interrupts) return interrupts;
    }
    int interrupts = moved(to, eye_clock_raise(p, to));
    raw(SYS_sched_yield); /* a loop that sleeps until another thread is ready must not starve it */
    return interrupts;
}

void page_jump(uint64_t to) {
    if (eye_clock_raise(page(), to)) page_wake();
}

/* The letter of its state: after the last parenthesis of its line, as a program's name may hold some. */
static char state_of(int32_t pid) {
    char path[32] = "/proc/", line[512], *end = path + 6, digits[12];
    int n = 0;
    for (int32_t left = pid; left > 0; left /= 10) digits[n++] = (char)('0' + left % 10);
    while (n > 0) *end++ = digits[--n];
    memcpy(end, "/stat", 6);
    long fd = raw(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 'X';
    long got = raw(SYS_read, fd, line, sizeof line);
    raw(SYS_close, fd);
    const char *name_end = got > 0 ? memrchr(line, ')', (size_t)got) : NULL;
    return name_end && name_end + 2 < line + got ? name_end[2] : 'X';
}

bool page_may_jump(void) {
    EyeClockPage *p = page();
    if (atomic_load(&p->is_held) || atomic_load(&p->doing) == EYE_DOING_PRESENT) return false;
    if (page_is_main()) return true;
    int32_t pid = atomic_load(&p->pid);
    return state_of(pid ? pid : own_pid()) != 'R';
}

void page_doing(enum EyeClockDoing doing, uint64_t deadline) {
    if (!page_is_main()) return;
    atomic_store(&page()->deadline_ns, deadline);
    atomic_store(&page()->doing, doing);
}
