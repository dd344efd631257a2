#include "eye/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "base/mem.h"

struct Clock {
    EyeClockPage *page;
    char *path, *page_line, *preload_line, *library;
};

static char *join(const char *a, const char *b, const char *c, const char *d) {
    size_t n = strlen(a) + strlen(b) + strlen(c) + strlen(d) + 1;
    char *text = mu_alloc(n);
    snprintf(text, n, "%s%s%s%s", a, b, c, d);
    return text;
}

/* A new file each time: a program of an earlier eye keeps the page that it has mapped. */
static int map_page(const char *path, EyeClockPage **ret, Err *e) {
    if (unlink(path) < 0 && errno != ENOENT) return err_sys(e, "could not remove %s", path);
    CLEANUP(fd_closep) int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return err_sys(e, "could not create the clock's page %s", path);
    if (posix_fallocate(fd, 0, EYE_CLOCK_SIZE)) return err_sys(e, "could not write the clock's page %s", path);
    EyeClockPage *page = mmap(NULL, EYE_CLOCK_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED) return err_sys(e, "could not map the clock's page %s", path);
    *ret = page;
    return 0;
}

int clock_new(const ClockSpec *spec, Clock **ret, Err *e) {
    CLEANUP(free_p) char *path = join(spec->folder, "/clock", "", "");
    EyeClockPage *page = NULL;
    TRY(map_page(path, &page, e));
    page->version = EYE_CLOCK_VERSION;
    page->flags = spec->has_barrier ? EYE_CLOCK_HAS_BARRIER : 0;
    page->seed = spec->seed;
    Clock *c = mu_new(Clock);
    *c = (Clock){.page = page, .library = mu_strdup(spec->library), .page_line = join(EYE_CLOCK_ENV, "=", path, "")};
    c->path = TAKE(path);
    clock_restart(c);
    memcpy(page->magic, EYE_CLOCK_MAGIC, sizeof page->magic);
    *ret = c;
    return 0;
}

void clock_free(Clock *c) {
    if (!c) return;
    munmap(c->page, EYE_CLOCK_SIZE);
    unlink(c->path);
    free(c->path);
    free(c->page_line);
    free(c->preload_line);
    free(c->library);
    free(c);
}

void clock_restart(Clock *c) {
    EyeClockPage *p = c->page;
    atomic_store(&p->now_ns, 0);
    atomic_store(&p->wake_ns, UINT64_MAX);
    atomic_store(&p->is_held, 0);
    atomic_store(&p->granted, 0);
    atomic_store(&p->presented, 0);
    atomic_store(&p->doing, EYE_DOING_RUN);
    atomic_store(&p->pid, 0);
    atomic_store(&p->deadline_ns, UINT64_MAX);
    atomic_store(&p->n_reads, 0);
    atomic_store(&p->n_sleeps, 0);
    atomic_store(&p->n_waits, 0);
    atomic_store(&p->first_ns, 0);
}

const char *clock_env_page(const Clock *c) { return c->page_line; }

const char *clock_env_preload(Clock *c, const char *preloaded) {
    bool has_one = preloaded && *preloaded;
    free(c->preload_line);
    c->preload_line = join("LD_PRELOAD=", has_one ? preloaded : "", has_one ? ":" : "", c->library);
    return c->preload_line;
}

static void wake(_Atomic uint32_t *word) { syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0); }

uint64_t clock_now(const Clock *c) { return atomic_load(&c->page->now_ns); }

void clock_advance(Clock *c, uint64_t to_ns) {
    atomic_store(&c->page->is_held, 0);
    if (eye_clock_raise(c->page, to_ns)) wake(&c->page->tick);
}

uint64_t clock_first(Clock *c) { return eye_clock_first(c->page); }

void clock_hold(Clock *c) { atomic_store(&c->page->is_held, 1); }

void clock_grant(Clock *c, uint32_t presents) {
    atomic_fetch_add(&c->page->granted, presents);
    wake(&c->page->granted);
}

uint32_t clock_presented(const Clock *c) { return atomic_load(&c->page->presented); }

/* `presented` is raised at the barrier before it waits for as many grants. The difference is signed: both wrap around. */
bool clock_is_parked(const Clock *c) {
    return (int32_t)(atomic_load(&c->page->presented) - atomic_load(&c->page->granted)) > 0;
}

ClockWait clock_wait(const Clock *c) {
    return (ClockWait){.is_waiting = atomic_load(&c->page->doing) == EYE_DOING_WAIT,
                       .deadline_ns = atomic_load(&c->page->deadline_ns)};
}

uint64_t clock_reads(const Clock *c) { return atomic_load(&c->page->n_reads); }
int32_t clock_pid(const Clock *c) { return atomic_load(&c->page->pid); }
