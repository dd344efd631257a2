/* Little endian integers: stores, loads, and a reader that never reads past the end of its input. Any thread. */
#pragma once

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"

#define LE_STORE_(bits)                                             \
    static inline void le_store##bits(void *at, uint##bits##_t v) { \
        v = htole##bits(v);                                         \
        memcpy(at, &v, sizeof v);                                   \
    }                                                               \
    static inline uint##bits##_t le_load##bits(const void *at) {    \
        uint##bits##_t v;                                           \
        memcpy(&v, at, sizeof v);                                   \
        return le##bits##toh(v);                                    \
    }                                                               \
    static inline bool le_put##bits(Buf *out, uint##bits##_t v) {   \
        uint8_t bytes[sizeof v];                                    \
        le_store##bits(bytes, v);                                   \
        return buf_add(out, bytes, sizeof bytes);                   \
    }
LE_STORE_(16)
LE_STORE_(32)
LE_STORE_(64)
#undef LE_STORE_

/* Takes values from the front of `rest`. A value that is not completely there sets `failed` and reads as zero, so that
 * a decoder checks once, at its end. */
typedef struct LeReader {
    Str rest; /* borrowed */
    bool failed;
} LeReader;

static inline Str le_take(LeReader *r, size_t n) {
    if (r->failed || r->rest.n < n) {
        r->failed = true;
        return (Str){0};
    }
    Str taken = {r->rest.p, n};
    r->rest = (Str){r->rest.p + n, r->rest.n - n};
    return taken;
}

static inline uint8_t le_take8(LeReader *r) {
    Str s = le_take(r, 1);
    return s.p ? (uint8_t)s.p[0] : 0;
}
#define LE_TAKE_(bits)                                        \
    static inline uint##bits##_t le_take##bits(LeReader *r) { \
        Str s = le_take(r, bits / 8);                         \
        return s.p ? le_load##bits(s.p) : 0;                  \
    }
LE_TAKE_(16)
LE_TAKE_(32)
LE_TAKE_(64)
#undef LE_TAKE_

/* A text after its u16 length. The writer cuts longer ones. */
static inline bool le_put_str(Buf *out, Str s) {
    Str kept = {s.p, s.n < UINT16_MAX ? s.n : UINT16_MAX};
    return le_put16(out, (uint16_t)kept.n) && buf_add(out, kept.p, kept.n);
}
static inline Str le_take_str(LeReader *r) { return le_take(r, le_take16(r)); }
