/* Ownership tools: scope cleanup, transfer of ownership, container_of.
 *
 * Words used in every comment: owned (freed with its holder), borrowed (valid during the call), taken (the
 * callee frees), shared (counted).
 */
#pragma once

#include <stddef.h>

#define CLEANUP(fn) __attribute__((cleanup(fn)))

/* Defines `fn##p(Type **p)` for CLEANUP; `fn` accepts NULL. */
#define CLEANUP_HOOK(Type, fn)           \
    static inline void fn##p(Type **p) { \
        if (*p) fn(*p);                  \
        *p = NULL;                       \
    }

/* Moves the value out of a variable that has a cleanup. */
#define TAKE(var)                      \
    ({                                 \
        __typeof__(var) *at_ = &(var); \
        __typeof__(var) had_ = *at_;   \
        *at_ = (__typeof__(var)){0};   \
        had_;                          \
    })

/* As TAKE for a descriptor: leaves -1 behind. */
#define TAKE_FD(fd)       \
    ({                    \
        int *at_ = &(fd); \
        int had_ = *at_;  \
        *at_ = -1;        \
        had_;             \
    })

#define container_of(ptr, Type, member) ((Type *)((char *)(ptr)-offsetof(Type, member)))
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define UNUSED __attribute__((unused))

/* Closes *fd if it is open and sets -1. For CLEANUP(fd_closep) int fd = -1. */
void fd_closep(int *fd);
/* free() for CLEANUP on any malloc'ed pointer variable. */
void free_p(void *pp);
