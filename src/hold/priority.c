#include "hold/priority.h"

#include <linux/sched.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NICE_WANTED = -15, SLICE_NS = 100 * 1000 };

static long set(const Priority *p) { return syscall(SYS_sched_setattr, 0, p, 0); }

Priority priority_raise(void) {
    Priority before = {.size = sizeof before}, raised;
    if (syscall(SYS_sched_getattr, 0, &before, sizeof before, 0) < 0) return (Priority){0};
    raised =
        (Priority){.size = sizeof raised, .flags = SCHED_FLAG_RESET_ON_FORK, .nice = NICE_WANTED, .runtime = SLICE_NS};
    if (set(&raised) == 0) return before;
    raised.nice = before.nice; /* not permitted: take only the short slice, which wakes sooner */
    set(&raised);
    return before;
}

/* A fork resets what was raised and also what the user had lowered: niceness, batch, idle. */
void priority_restore(const Priority *before) {
    if (before->size) set(before);
}
