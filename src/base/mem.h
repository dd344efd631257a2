/* Memory: allocation that aborts when memory runs out, and arenas.
 *
 * Out of memory is not an error path, so every size that input can influence must be bounded before it gets here.
 * An Arena belongs to one request, message or turn, is used by one thread at a time, and frees everything at once.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/own.h"

void *mu_alloc(size_t size);            /* zeroed; never NULL */
void *mu_realloc(void *p, size_t size); /* never NULL */
void *mu_array(size_t n, size_t size);  /* zeroed n * size, aborts on overflow */
char *mu_strdup(const char *s);
#define mu_new(Type) ((Type *)mu_alloc(sizeof(Type)))

/* a + b or a * b into *ret; false on overflow (ret is untouched). For lengths from outside. */
bool add_ok(size_t a, size_t b, size_t *ret);
bool mul_ok(size_t a, size_t b, size_t *ret);

typedef struct Arena Arena;

Arena *arena_new(void);
void arena_free(Arena *a);                          /* NULL is allowed */
void arena_reset(Arena *a);                         /* keeps the first block */
void *arena_alloc(Arena *a, size_t size);           /* zeroed, aligned to 16 */
void *arena_array(Arena *a, size_t n, size_t size); /* zeroed */
void *arena_alloc_raw(Arena *a, size_t size);       /* not zeroed: for bytes that are overwritten at once */
char *arena_strdup(Arena *a, const char *s);
void arena_defer(Arena *a, void (*fn)(void *), void *arg); /* runs at reset and free, last first */
size_t arena_used(const Arena *a);                         /* bytes handed out */
#define arena_new_in(a, Type) ((Type *)arena_alloc((a), sizeof(Type)))

CLEANUP_HOOK(Arena, arena_free)
