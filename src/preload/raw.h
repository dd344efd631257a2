/* System calls without libc's wrappers: those are what this library replaces, and they may be called before any symbol
 * can be looked up. The result is the kernel's: -errno on failure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

/* Sets errno as libc's wrappers do. */
long raw_result(long r);

#if defined(__x86_64__)
static inline long raw_call(long n, const long a[6]) {
    long r;
    register long r10 __asm__("r10") = a[3];
    register long r8 __asm__("r8") = a[4];
    register long r9 __asm__("r9") = a[5];
    __asm__ volatile("syscall"
                     : "=a"(r)
                     : "a"(n), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return r;
}
#elif defined(__aarch64__)
static inline long raw_call(long n, const long a[6]) {
    register long x8 __asm__("x8") = n;
    register long x0 __asm__("x0") = a[0];
    register long x1 __asm__("x1") = a[1];
    register long x2 __asm__("x2") = a[2];
    register long x3 __asm__("x3") = a[3];
    register long x4 __asm__("x4") = a[4];
    register long x5 __asm__("x5") = a[5];
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory", "cc");
    return x0;
}
#else
#error "the clock library knows the system calls of x86-64 and arm64 only"
#endif

#define RAW_ARG_(x) ((long)(intptr_t)(x))
#define RAW6_(n, a, b, c, d, e, f, ...) \
    raw_call((n), (const long[6]){RAW_ARG_(a), RAW_ARG_(b), RAW_ARG_(c), RAW_ARG_(d), RAW_ARG_(e), RAW_ARG_(f)})
/* raw(SYS_x, up to six arguments of any integer or pointer type) */
#define raw(...) RAW6_(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
