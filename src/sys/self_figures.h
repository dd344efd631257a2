/* What the running program uses, as the kernel and the allocator report it. Any thread. */
#pragma once

#include <stdint.h>

/* -1: not measured. */
typedef struct SelfFigures {
    int64_t rss_bytes;        /* resident memory */
    int64_t private_bytes;    /* of it: shared with no other process (Private_* in smaps_rollup) */
    int64_t heap_used_bytes;  /* given out by the allocator */
    int64_t heap_total_bytes; /* taken by it from the system */
    int64_t cpu_us;           /* user and system time of all threads */
    int64_t open_files;       /* descriptors */
} SelfFigures;

void self_figures(SelfFigures *ret);
