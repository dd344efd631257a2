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

/* Only this thread, the eye and a jump move the time, so what was read here is no later a moment after. */
uint64_t page_read(void) {
    EyeClockPage *p = page();
    atomic_fetch_add_explicit(&p->n_reads, 1, memory_order_relaxed);
    if (!page_is_main()) return atomic_load(&p->now_ns);
    uint64_t now = atomic_load(&p->now_ns) + READ_NS;
    if (now >= timers_next()) {
        timers_move(now);
        return eye_clock_shown(p, page_now());
    }
    now = atomic_fetch_add(&p->now_ns, READ_NS) + READ_NS;
    if (eye_clock_is_due(p, now)) page_wake();
    return eye_clock_shown(p, now);
}

/* A timer that comes first ends the sleep if its signal would end a real one. */
int page_move(uint64_t to) {
    for (uint64_t next = timers_next(); next < to; next = timers_next()) {
        int interrupts = timers_move(next);
        if (interrupts) return interrupts;
    }
    int interrupts = timers_move(to);
    raw(SYS_sched_yield); /* a loop that sleeps until another thread is ready must not starve it */
    return interrupts;
}

void page_jump(uint64_t to) {
    if (eye_clock_raise(page(), to)) page_wake();
}

/* --- whether all threads sleep --- */

enum { PATH_MAX_HERE = 48, ENTRIES_BYTES = 2048 };

static char *put_text(char *at, const char *text) {
    size_t n = strlen(text);
    memcpy(at, text, n + 1);
    return at + n;
}

static char *put_number(char *at, int64_t number) {
    char digits[24];
    int n = 0;
    for (; number > 0 || n == 0; number /= 10) digits[n++] = (char)('0' + number % 10);
    while (n > 0) *at++ = digits[--n];
    *at = 0;
    return at;
}

/* Of /proc/<...>/stat: the letter after the last parenthesis, as a program's name may hold some. */
static bool is_running(const char *path) {
    char line[512];
    long fd = raw(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    long got = raw(SYS_read, fd, line, sizeof line);
    raw(SYS_close, fd);
    const char *name_end = got > 0 ? memrchr(line, ')', (size_t)got) : NULL;
    return name_end && name_end + 2 < line + got && (name_end[2] == 'R' || name_end[2] == 'D');
}

typedef struct Entry {
    uint64_t inode;
    int64_t next;
    unsigned short size;
    unsigned char type;
    char name[];
} Entry;

static bool is_other_running(const char *name, long own_tid) {
    char path[PATH_MAX_HERE], own_name[24];
    put_number(own_name, own_tid);
    if (name[0] == '.' || strlen(name) > 10 || strcmp(name, own_name) == 0) return false;
    put_text(put_text(put_text(path, "/proc/self/task/"), name), "/stat");
    return is_running(path);
}

/* Of this process, but for the calling thread. No allocation: a signal handler may have called. */
static bool are_others_running(void) {
    _Alignas(Entry) char bytes[ENTRIES_BYTES];
    long got, own_tid = raw(SYS_gettid),
              fd = raw(SYS_openat, AT_FDCWD, "/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_found = fd < 0;
    while (!is_found && (got = raw(SYS_getdents64, fd, bytes, sizeof bytes)) > 0)
        for (long at = 0; !is_found && at < got; at += ((const Entry *)(bytes + at))->size)
            is_found = is_other_running(((const Entry *)(bytes + at))->name, own_tid);
    if (fd >= 0) raw(SYS_close, fd);
    return is_found;
}

uint64_t page_progress(void) {
    EyeClockPage *p = page();
    return atomic_load(&p->n_reads) + atomic_load(&p->n_sleeps) + atomic_load(&p->n_waits) + atomic_load(&p->presented);
}

bool page_may_jump(uint64_t since) {
    EyeClockPage *p = page();
    if (atomic_load(&p->is_held) || atomic_load(&p->doing) == EYE_DOING_PRESENT) return false;
    if (page_progress() != since || are_others_running()) return false;
    int32_t pid = atomic_load(&p->pid);
    if (pid == 0 || pid == own_pid()) return true;
    char path[PATH_MAX_HERE];
    put_text(put_number(put_text(path, "/proc/"), pid), "/stat");
    return !is_running(path);
}

void page_doing(enum EyeClockDoing doing, uint64_t deadline) {
    if (!page_is_main()) return;
    if (doing == EYE_DOING_WAIT) atomic_fetch_add_explicit(&page()->n_waits, 1, memory_order_relaxed);
    atomic_store(&page()->deadline_ns, deadline);
    atomic_store(&page()->doing, doing);
}
