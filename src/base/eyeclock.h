/* The page that the eye and the programs inside it share: a virtual clock, and the barrier at which a program waits after
 * each picture until it is granted the next one. The eye's side: src/eye/clock.h; the program's: src/preload.
 *
 * A file of EYE_CLOCK_SIZE bytes that both sides map shared; the program finds it by the path in MUSTER_EYE_CLOCK. All
 * members but the first four are atomics; `tick`, `granted` and `presented` are futex words (shared, not private).
 *
 * Who moves the time: the eye; and of the program only the main thread, by 1 us for each clock that it reads and by the
 * length of each sleep. Any number of other threads wait for it: eye_clock_ask says until when, and eye_clock_raise says
 * whether somebody has to be woken, so that a step for which nobody waits costs no system call.
 *
 * How long a program takes to start is not the same each time, and it keeps times from then. So up to its first present its
 * main thread is shown tenths of seconds, and at its first present the time moves on to the next full second, from which the
 * eye counts its steps.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define EYE_CLOCK_ENV "MUSTER_EYE_CLOCK"
#define EYE_CLOCK_MAGIC "MUEYECLK"
enum { EYE_CLOCK_VERSION = 2, EYE_CLOCK_SIZE = 4096 };
#define EYE_CLOCK_SECOND_NS 1000000000ull
/* 2000-01-01T00:00:00Z: what CLOCK_REALTIME says when the virtual clock is at 0. */
#define EYE_CLOCK_EPOCH_NS 946684800000000000ull
/* What CLOCK_MONOTONIC says then: not 0, which programs take for "not set". */
#define EYE_CLOCK_UPTIME_NS 1000000000000ull

enum EyeClockFlags {
    EYE_CLOCK_HAS_BARRIER = 1, /* presents wait until they are granted */
};

/* What the main thread of the program does, as far as the preloaded library sees it. */
enum EyeClockDoing {
    EYE_DOING_RUN = 0,
    EYE_DOING_PRESENT = 1, /* waits at the barrier */
    EYE_DOING_WAIT = 2,    /* waits for a descriptor, a condition or a semaphore, with or without a deadline */
};

typedef struct EyeClockPage {
    char magic[8];
    uint32_t version, flags;
    uint64_t seed;                /* of every source of random numbers that the library serves */
    _Atomic uint64_t now_ns;      /* virtual time since the epoch above; never goes back */
    _Atomic uint64_t wake_ns;     /* the earliest time that a sleeper waits for; UINT64_MAX: none */
    _Atomic uint32_t tick;        /* + 1 and woken whenever now_ns reaches wake_ns */
    _Atomic uint32_t is_held;     /* the eye waits for its consumer: time stands still, however long that takes */
    _Atomic uint32_t granted;     /* presents that may go on; the eye adds to it and wakes */
    _Atomic uint32_t presented;   /* presents that the program has made; it adds to it and wakes */
    _Atomic uint32_t doing;       /* EyeClockDoing */
    _Atomic int32_t pid;          /* of the program that presents; 0: none yet */
    _Atomic uint64_t deadline_ns; /* of that wait, in virtual time; UINT64_MAX: none */
    _Atomic uint64_t n_reads;     /* how often a clock was read; 0: the program does not use this library's clock */
    _Atomic uint64_t n_sleeps, n_waits;
    _Atomic uint64_t first_ns; /* the time of the first present, a full second; 0: before it */
} EyeClockPage;

_Static_assert(sizeof(EyeClockPage) <= EYE_CLOCK_SIZE, "one page");

/* What the main thread is shown at that time. */
static inline uint64_t eye_clock_shown(const EyeClockPage *p, uint64_t now_ns) {
    return atomic_load(&p->first_ns) ? now_ns : now_ns - now_ns % (EYE_CLOCK_SECOND_NS / 10);
}

/* The time of the first present, which is from now on settled: the caller moves the time to it (eye_clock_raise). */
static inline uint64_t eye_clock_first(EyeClockPage *p) {
    uint64_t none = 0, first = (atomic_load(&p->now_ns) / EYE_CLOCK_SECOND_NS + 1) * EYE_CLOCK_SECOND_NS;
    return atomic_compare_exchange_strong(&p->first_ns, &none, first) ? first : none;
}

/* Asks whoever moves the time to wake `tick` at `at_ns`. The caller has read `tick` before, looks at now_ns again after this
 * call, and only then waits for a change of the `tick` that it read. Both sides write their own word and then read the
 * other's (in one order, as these are sequentially consistent): so either the mover sees the request or the sleeper the
 * time. A request that a mover has just taken is lost, but with a change of `tick`: the sleeper comes round and asks again. */
static inline void eye_clock_ask(EyeClockPage *p, uint64_t at_ns) {
    uint64_t seen = atomic_load(&p->wake_ns);
    while (at_ns < seen && !atomic_compare_exchange_weak(&p->wake_ns, &seen, at_ns)) continue;
}

/* Takes the requests that now_ns has reached. True: `tick` has changed, and the caller must wake all who wait for it. */
static inline bool eye_clock_is_due(EyeClockPage *p, uint64_t now_ns) {
    if (now_ns < atomic_load(&p->wake_ns)) return false;
    atomic_store(&p->wake_ns, UINT64_MAX);
    atomic_fetch_add(&p->tick, 1);
    return true;
}

/* Moves the time to `to_ns`, unless it is later already. The result is that of eye_clock_is_due. */
static inline bool eye_clock_raise(EyeClockPage *p, uint64_t to_ns) {
    uint64_t seen = atomic_load(&p->now_ns);
    while (seen < to_ns && !atomic_compare_exchange_weak(&p->now_ns, &seen, to_ns)) continue;
    return eye_clock_is_due(p, seen < to_ns ? to_ns : seen);
}
