/* See clock.h. */
#include "eye/clock.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"

struct Clock {
    EyeClockPage *page;
    char path[128];
};

static void wake(_Atomic uint32_t *word) { syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0); }

int clock_init(Eye *eye, Err *e) {
    if (eye->config.clock == EYE_TIME_REAL) return 0;
    Clock *c = mu_new(Clock);
    snprintf(c->path, sizeof c->path, "%s/clock", eye->folder);
    CLEANUP(fd_closep) int fd = open(c->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || ftruncate(fd, EYE_CLOCK_SIZE) < 0) return err_sys(e, "the clock's page %s cannot be made", c->path);
    void *at = mmap(NULL, EYE_CLOCK_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) return err_sys(e, "the clock's page %s cannot be mapped", c->path);
    c->page = at;
    memcpy(c->page->magic, EYE_CLOCK_MAGIC, sizeof c->page->magic);
    c->page->version = EYE_CLOCK_VERSION;
    c->page->flags = eye->config.clock == EYE_TIME_BARRIER ? EYE_CLOCK_HAS_BARRIER : 0;
    c->page->seed = (uint64_t)eye->config.seed;
    eye->clock = c;
    return 0;
}

uint64_t clock_now_ns(const Clock *c) { return atomic_load(&c->page->now_ns); }

void clock_advance(Clock *c, uint64_t to_ns) {
    uint64_t now = atomic_load(&c->page->now_ns);
    while (now < to_ns && !atomic_compare_exchange_weak(&c->page->now_ns, &now, to_ns)) {
    }
    atomic_fetch_add(&c->page->tick, 1);
    wake(&c->page->tick);
}

uint32_t clock_grant(Clock *c) {
    uint32_t granted = atomic_fetch_add(&c->page->granted, 1) + 1;
    wake(&c->page->granted);
    return granted;
}

uint32_t clock_presented(const Clock *c) { return atomic_load(&c->page->presented); }

bool clock_is_waiting(const Clock *c) { return atomic_load(&c->page->doing) == EYE_DOING_WAIT; }

uint64_t clock_reads(const Clock *c) { return atomic_load(&c->page->n_reads); }

const char *clock_path(const Clock *c) { return c->path; }
