/* The page that the eye and the programs inside it share: a virtual clock, and the barrier at which a program waits after
 * each picture until it is granted the next one. facts of its use: src/eye/clock.h (the eye), src/preload (the program).
 *
 * A file of EYE_CLOCK_SIZE bytes that both sides map shared; the program finds it by the path in MUSTER_EYE_CLOCK. All
 * members but the first four are atomics; `tick`, `granted` and `presented` are futex words (shared, not private).
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#define EYE_CLOCK_ENV "MUSTER_EYE_CLOCK"
#define EYE_CLOCK_MAGIC "MUEYECLK"
enum { EYE_CLOCK_VERSION = 1, EYE_CLOCK_SIZE = 4096 };
/* 2000-01-01T00:00:00Z: what CLOCK_REALTIME says when the virtual clock stands at 0. */
#define EYE_CLOCK_EPOCH_NS 946684800000000000ull

enum EyeClockFlags {
    EYE_CLOCK_HAS_BARRIER = 1, /* presents wait until they are granted */
};

/* What the main thread of the program does, as far as the preloaded library sees it. */
enum EyeClockDoing {
    EYE_DOING_RUN = 0,
    EYE_DOING_PRESENT = 1, /* waits at the barrier */
    EYE_DOING_WAIT = 2,    /* waits for a descriptor or a condition, with or without a deadline */
};

typedef struct EyeClockPage {
    char magic[8];
    uint32_t version, flags;
    uint64_t seed;                /* of every source of random numbers that the library serves */
    _Atomic uint64_t now_ns;      /* virtual time since the epoch above; never goes back */
    _Atomic uint32_t tick;        /* + 1 and woken whenever the eye moves now_ns */
    _Atomic uint32_t granted;     /* presents that may go on; the eye adds to it and wakes */
    _Atomic uint32_t presented;   /* presents that the program has made; it adds to it and wakes */
    _Atomic uint32_t doing;       /* EyeClockDoing */
    _Atomic uint64_t deadline_ns; /* of that wait, in virtual time; UINT64_MAX: none */
    _Atomic uint64_t n_reads;     /* how often a clock was read; 0: the program does not use this library's clock */
    _Atomic uint64_t n_sleeps;
    _Atomic int32_t pid;          /* of the program that presents; 0: none yet */
} EyeClockPage;

_Static_assert(sizeof(EyeClockPage) <= EYE_CLOCK_SIZE, "one page");
