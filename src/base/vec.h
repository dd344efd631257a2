/* VEC(T): a typed, owned, growing array. `VEC(int) v = {0}; vec_push(&v, 3); v.items[0]; vec_done(&v);` */
#pragma once

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define VEC(T)      \
    struct {        \
        T *items;   \
        size_t n;   \
        size_t cap; \
    }

/* Makes room for one more item and returns the new block. */
void *vec_grow_(void *items, size_t n, size_t *cap, size_t size);

#define vec_push(v, ...)                                                                            \
    do {                                                                                            \
        if ((v)->n == (v)->cap)                                                                     \
            (v)->items = vec_grow_((v)->items, (v)->n, &(v)->cap, sizeof(__typeof__(*(v)->items))); \
        (v)->items[(v)->n++] = (__VA_ARGS__);                                                       \
    } while (0)
#define vec_pop(v) ((v)->items[--(v)->n])
#define vec_clear(v) ((v)->n = 0)
#define vec_done(v)            \
    do {                       \
        free((v)->items);      \
        (v)->items = NULL;     \
        (v)->n = (v)->cap = 0; \
    } while (0)
/* Moves the items into the arena, as the list *ret (items, n); the vector is empty then. */
#define vec_take(v, arena, ret)                                                    \
    do {                                                                           \
        (ret)->items = arena_array((arena), (v)->n + 1, sizeof *(v)->items);       \
        if ((v)->n) memcpy((ret)->items, (v)->items, (v)->n * sizeof *(v)->items); \
        (ret)->n = (v)->n;                                                         \
        vec_done(v);                                                               \
    } while (0)
/* Removes the item at i; does not preserve the order. */
#define vec_swap_remove(v, i)                 \
    do {                                      \
        (v)->items[i] = (v)->items[--(v)->n]; \
    } while (0)
#define vec_each(v, it) for (__typeof__((v)->items + 0) it = (v)->items; it && it < (v)->items + (v)->n; it++)
