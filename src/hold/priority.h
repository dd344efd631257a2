/* Priority: a hold does little work but must do it even while its tree uses every processor. The tree keeps the user's
 * priority. */
#pragma once

#include <stdint.h>

/* struct sched_attr of sched_setattr(2), first version; libc does not define it. */
typedef struct Priority {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
} Priority;

/* Raises the caller's priority as far as permitted and returns the previous one. */
Priority priority_raise(void);
/* In the child, between fork and exec. */
void priority_restore(const Priority *before);
