/* Text: Str is a borrowed slice, Buf an owned, growing, bounded buffer. Any thread, one at a time. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/own.h"

typedef struct Arena Arena;

/* Borrowed bytes. Not NUL-terminated unless documented (arena_str and shapes terminate theirs). */
typedef struct Str {
    const char *p;
    size_t n;
} Str;

#define STR(literal) ((Str){"" literal, sizeof(literal) - 1})
#define STR_FMT "%.*s"
#define STR_ARG(s) (int)(s).n, (s).p ? (s).p : ""

static inline Str str(const char *c) { return (Str){c, c ? strlen(c) : 0}; }
static inline Str str_n(const void *p, size_t n) { return (Str){(const char *)p, n}; }
static inline bool str_eq(Str a, Str b) { return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0); }
static inline bool str_is(Str a, const char *b) { return str_eq(a, str(b)); }
int str_cmp(Str a, Str b); /* bytewise, <0 0 >0 */
bool str_starts(Str s, Str prefix);
bool str_ends(Str s, Str suffix);
bool str_ieq(Str a, Str b);                     /* ignores ASCII case */
Str str_trim(Str s);                            /* without ASCII white space at either end */
Str str_from(Str s, size_t at);                 /* s[at..], empty past the end */
Str str_upto(Str s, size_t n);                  /* s[..n] */
bool str_find(Str s, Str what, size_t *ret_at); /* the first occurrence of `what` */
/* Cuts the part before `sep` off *rest into *ret; false when *rest is exhausted. */
bool str_split(Str *rest, char sep, Str *ret);
bool str_is_utf8(Str s); /* RFC 3629: no surrogates, no overlong forms */
size_t str_chars(Str s); /* code points of UTF-8; an invalid byte counts as one */
/* Length of the valid UTF-8 sequence that starts at p, 0 if the n bytes start with none. */
size_t utf8_step(const char *p, size_t n);
/* Parses the whole string as a decimal number within [min, max]; false leaves *ret. */
bool str_parse_i64(Str s, int64_t min, int64_t max, int64_t *ret);
bool str_parse_f64(Str s, double *ret);
uint64_t str_hash(Str s); /* for maps, not for security */
/* Singular or plural, for a sentence with a number. */
static inline const char *str_plural(int64_t n, const char *one, const char *many) { return n == 1 ? one : many; }

/* Copies into the arena, NUL-terminated after .n. */
Str arena_str(Arena *a, Str s);
char *arena_cstr(Arena *a, Str s);
__attribute__((format(printf, 2, 3))) Str arena_fmt(Arena *a, const char *fmt, ...);

/* Owned bytes with a maximum set at init. An addition that would exceed it sets `failed`, adds nothing and returns
 * false; later additions do nothing, so a writer may check once at its end. */
typedef struct Buf {
    char *p; /* owned; NUL-terminated after n whenever not NULL */
    size_t n;
    size_t cap;
    size_t max;
    bool failed;
} Buf;

void buf_init(Buf *b, size_t max);
void buf_done(Buf *b);                 /* also the CLEANUP hook */
void buf_clear(Buf *b);                /* keeps memory */
bool buf_reserve(Buf *b, size_t more); /* room for `more` bytes after n */
bool buf_add(Buf *b, const void *p, size_t n);
bool buf_add_str(Buf *b, Str s);
bool buf_add_c(Buf *b, char c);
__attribute__((format(printf, 2, 3))) bool buf_add_fmt(Buf *b, const char *fmt, ...);
bool buf_add_vfmt(Buf *b, const char *fmt, va_list ap);
void buf_drop(Buf *b, size_t n); /* removes n bytes from the front */
static inline Str buf_str(const Buf *b) { return (Str){b->p ? b->p : "", b->n}; }
/* Returns the bytes as a malloc'ed, NUL-terminated string and leaves the Buf empty. */
char *buf_take(Buf *b, size_t *ret_n);
