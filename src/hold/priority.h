/* Priority: a hold does little but must do it while its tree takes every processor; the tree keeps what the user gave. */
#pragma once

#include <stdint.h>

/* sched_setattr(2), first version; libc has no name for it. */
typedef struct Priority {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
} Priority;

/* Raises the caller's, as far as it may, and returns what it was. */
Priority priority_raise(void);
/* In the child, between fork and exec. */
void priority_restore(const Priority *before);
