#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/str.h"

void buf_init(Buf *b, size_t max) { *b = (Buf){.max = max}; }

void buf_done(Buf *b) {
    free(b->p);
    *b = (Buf){.max = b->max};
}

void buf_clear(Buf *b) {
    b->n = 0;
    b->failed = false;
    if (b->p) b->p[0] = '\0';
}

/* Doubles, but never past max: a Buf never allocates more than it may hold. */
static size_t next_cap(const Buf *b, size_t wanted) {
    size_t cap = b->cap < 64 ? 64 : b->cap * 2;
    if (cap < wanted) cap = wanted;
    return cap > b->max ? b->max : cap;
}

static bool grow(Buf *b, size_t more) {
    size_t wanted;
    if (b->failed) return false;
    if (!add_ok(b->n, more, &wanted) || wanted > b->max) {
        b->failed = true;
        return false;
    }
    b->cap = next_cap(b, wanted);
    b->p = mu_realloc(b->p, b->cap + 1);
    b->p[b->n] = '\0';
    return true;
}

/* Most additions fit, and an answer needs a hundred of them: this stays small enough to be inlined. */
static inline bool has_room(const Buf *b, size_t more) { return b->p && !b->failed && more <= b->cap - b->n; }

bool buf_reserve(Buf *b, size_t more) { return has_room(b, more) || grow(b, more); }

bool buf_add(Buf *b, const void *p, size_t n) {
    if (!has_room(b, n) && !grow(b, n)) return false;
    if (n) memcpy(b->p + b->n, p, n);
    b->n += n;
    b->p[b->n] = '\0';
    return true;
}

bool buf_add_str(Buf *b, Str s) { return buf_add(b, s.p, s.n); }

bool buf_add_c(Buf *b, char c) {
    if (!has_room(b, 1) && !grow(b, 1)) return false;
    b->p[b->n++] = c;
    b->p[b->n] = '\0';
    return true;
}

bool buf_add_vfmt(Buf *b, const char *fmt, va_list ap) {
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    bool ok = n >= 0 && buf_reserve(b, (size_t)n);
    if (ok) {
        vsnprintf(b->p + b->n, (size_t)n + 1, fmt, again);
        b->n += (size_t)n;
    }
    va_end(again);
    return ok;
}

bool buf_add_fmt(Buf *b, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    bool ok = buf_add_vfmt(b, fmt, ap);
    va_end(ap);
    return ok;
}

void buf_drop(Buf *b, size_t n) {
    if (n > b->n) n = b->n;
    if (!n) return;
    memmove(b->p, b->p + n, b->n - n);
    b->n -= n;
    b->p[b->n] = '\0';
}

char *buf_take(Buf *b, size_t *ret_n) {
    char *p = b->p ? b->p : mu_alloc(1);
    if (ret_n) *ret_n = b->n;
    *b = (Buf){.max = b->max};
    return p;
}
