/* Bump allocation in blocks that double from 16 KiB to 1 MiB. Under the address sanitizer, bytes that are not allocated
 * are poisoned, so that an overrun inside a block is detected. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISONS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONS 1
#endif
#endif
#ifdef ARENA_POISONS
#include <sanitizer/asan_interface.h>
#define POISON(p, n) __asan_poison_memory_region((p), (n))
#define UNPOISON(p, n) __asan_unpoison_memory_region((p), (n))
#else
#define POISON(p, n) ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

enum { ALIGNMENT = 16, BLOCK_FIRST = 16 << 10, BLOCK_MAX = 1 << 20 };

typedef struct Block {
    struct Block *older;
    size_t cap;
    _Alignas(ALIGNMENT) char bytes[];
} Block;

typedef struct Defer {
    struct Defer *older;
    void (*fn)(void *);
    void *arg;
} Defer;

struct Arena {
    Block *first; /* kept by a reset; blocks of large requests may follow it */
    Block *block; /* the one being filled */
    size_t at;    /* first free byte in it */
    size_t used;
    Defer *defers; /* last added first; allocated in the arena */
};

static Block *block_new(size_t cap) {
    size_t bytes;
    if (!add_ok(sizeof(Block), cap, &bytes)) abort();
    Block *b = mu_realloc(NULL, bytes);
    b->older = NULL;
    b->cap = cap;
    POISON(b->bytes, cap);
    return b;
}

static void block_free(Block *b) {
    UNPOISON(b->bytes, b->cap);
    free(b);
}

Arena *arena_new(void) {
    Arena *a = mu_new(Arena);
    a->first = a->block = block_new(BLOCK_FIRST);
    return a;
}

static void run_defers(Arena *a) {
    while (a->defers) {
        Defer *d = a->defers;
        a->defers = d->older;
        d->fn(d->arg);
    }
}

void arena_reset(Arena *a) {
    run_defers(a);
    for (Block *b = a->block, *older; b; b = older) {
        older = b->older;
        if (b != a->first) block_free(b);
    }
    a->first->older = NULL;
    a->block = a->first;
    POISON(a->block->bytes, a->block->cap);
    a->at = 0;
    a->used = 0;
}

void arena_free(Arena *a) {
    if (!a) return;
    arena_reset(a);
    block_free(a->block);
    free(a);
}

/* A request larger than a block gets a separate one after the one being filled, which stays in use. */
static void *alloc_alone(Arena *a, size_t size) {
    Block *b = block_new(size);
    b->older = a->block->older;
    a->block->older = b;
    UNPOISON(b->bytes, size);
    return b->bytes;
}

static void add_block(Arena *a) {
    size_t cap = a->block->cap < BLOCK_MAX ? a->block->cap * 2 : BLOCK_MAX;
    Block *b = block_new(cap);
    b->older = a->block;
    a->block = b;
    a->at = 0;
}

void *arena_alloc_raw(Arena *a, size_t size) {
    size_t rounded;
    if (!add_ok(size ? size : 1, ALIGNMENT - 1, &rounded)) abort();
    rounded &= ~(size_t)(ALIGNMENT - 1);
    a->used += rounded;
    if (rounded > BLOCK_FIRST / 2 && rounded > a->block->cap - a->at) return alloc_alone(a, rounded);
    if (rounded > a->block->cap - a->at) add_block(a);
    void *p = a->block->bytes + a->at;
    a->at += rounded;
    UNPOISON(p, size);
    return p;
}

void *arena_alloc(Arena *a, size_t size) { return memset(arena_alloc_raw(a, size), 0, size); }

void *arena_array(Arena *a, size_t n, size_t size) {
    size_t bytes;
    if (!mul_ok(n, size, &bytes)) abort();
    return arena_alloc(a, bytes);
}

void arena_defer(Arena *a, void (*fn)(void *), void *arg) {
    Defer *d = arena_new_in(a, Defer);
    *d = (Defer){a->defers, fn, arg};
    a->defers = d;
}

size_t arena_used(const Arena *a) { return a->used; }

char *arena_cstr(Arena *a, Str s) {
    char *p = arena_alloc_raw(a, s.n + 1);
    if (s.n) memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return p;
}

char *arena_strdup(Arena *a, const char *s) { return arena_cstr(a, str(s)); }

Str arena_str(Arena *a, Str s) { return str_n(arena_cstr(a, s), s.n); }

Str arena_fmt(Arena *a, const char *fmt, ...) {
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0) abort();
    char *p = arena_alloc_raw(a, (size_t)n + 1);
    vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    return str_n(p, (size_t)n);
}
