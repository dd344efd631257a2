#include "base/str.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

int str_cmp(Str a, Str b) {
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;
    if (order) return order;
    return (a.n > b.n) - (a.n < b.n);
}

bool str_starts(Str s, Str prefix) { return s.n >= prefix.n && str_eq(str_upto(s, prefix.n), prefix); }

bool str_ends(Str s, Str suffix) { return s.n >= suffix.n && str_eq(str_from(s, s.n - suffix.n), suffix); }

static unsigned char lower(char c) { return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c); }

bool str_ieq(Str a, Str b) {
    if (a.n != b.n) return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != lower(b.p[i])) return false;
    return true;
}

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

Str str_trim(Str s) {
    while (s.n && is_space(s.p[0])) s = str_from(s, 1);
    while (s.n && is_space(s.p[s.n - 1])) s.n--;
    return s;
}

Str str_from(Str s, size_t at) { return at >= s.n ? (Str){s.p ? s.p + s.n : NULL, 0} : (Str){s.p + at, s.n - at}; }

Str str_upto(Str s, size_t n) { return (Str){s.p, n < s.n ? n : s.n}; }

bool str_find(Str s, Str what, size_t *ret_at) {
    if (what.n == 0) {
        *ret_at = 0;
        return true;
    }
    const char *at = s.n ? memmem(s.p, s.n, what.p, what.n) : NULL;
    if (!at) return false;
    *ret_at = (size_t)(at - s.p);
    return true;
}

bool str_split(Str *rest, char sep, Str *ret) {
    if (!rest->p) return false;
    const char *at = rest->n ? memchr(rest->p, sep, rest->n) : NULL;
    if (!at) {
        *ret = *rest;
        *rest = (Str){NULL, 0};
        return true;
    }
    *ret = (Str){rest->p, (size_t)(at - rest->p)};
    *rest = str_from(*rest, ret->n + 1);
    return true;
}

/* RFC 3629 section 4: the lead byte fixes the length and the range of the second byte. */
size_t utf8_step(const char *p, size_t n) {
    const unsigned char *u = (const unsigned char *)p;
    if (n == 0) return 0;
    if (u[0] < 0x80) return 1;
    if (u[0] < 0xC2 || u[0] > 0xF4) return 0;
    size_t len = u[0] < 0xE0 ? 2 : u[0] < 0xF0 ? 3 : 4;
    if (n < len) return 0;
    unsigned char low = u[0] == 0xE0 ? 0xA0 : u[0] == 0xF0 ? 0x90 : 0x80;
    unsigned char high = u[0] == 0xED ? 0x9F : u[0] == 0xF4 ? 0x8F : 0xBF;
    if (u[1] < low || u[1] > high) return 0;
    for (size_t i = 2; i < len; i++)
        if ((u[i] & 0xC0) != 0x80) return 0;
    return len;
}

bool str_is_utf8(Str s) {
    for (size_t i = 0, step; i < s.n; i += step) {
        step = utf8_step(s.p + i, s.n - i);
        if (!step) return false;
    }
    return true;
}

size_t str_chars(Str s) {
    size_t n = 0;
    for (size_t i = 0, step; i < s.n; i += step ? step : 1, n++) step = utf8_step(s.p + i, s.n - i);
    return n;
}

bool str_parse_i64(Str s, int64_t min, int64_t max, int64_t *ret) {
    bool negative = s.n && s.p[0] == '-';
    Str digits = negative ? str_from(s, 1) : s;
    if (digits.n == 0) return false;
    int64_t v = 0;
    for (size_t i = 0; i < digits.n; i++) {
        int digit = digits.p[i] - '0';
        if (digit < 0 || digit > 9) return false;
        if (__builtin_mul_overflow(v, 10, &v)) return false;
        if (__builtin_add_overflow(v, negative ? -digit : digit, &v)) return false;
    }
    if (v < min || v > max) return false;
    *ret = v;
    return true;
}

/* strtod also accepts hexadecimal, "inf", "nan" and leading space, so the characters are checked first. */
bool str_parse_f64(Str s, double *ret) {
    char text[128], *end;
    if (s.n == 0 || s.n >= sizeof text) return false;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    if (strspn(text, "+-.0123456789eE") != s.n) return false;
    double v = strtod(text, &end);
    if (end != text + s.n || !isfinite(v)) return false;
    *ret = v;
    return true;
}

static uint64_t mix(uint64_t a, uint64_t b) {
    __uint128_t product = (__uint128_t)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t str_hash(Str s) {
    static const uint64_t odd = 0x9E3779B97F4A7C15u, other = 0xD6E8FEB86659FD93u;
    uint64_t h = s.n * odd, word;
    while (s.n >= 8) {
        memcpy(&word, s.p, 8);
        h = mix(h ^ word, odd);
        s = str_from(s, 8);
    }
    word = 0;
    if (s.n) memcpy(&word, s.p, s.n);
    return mix(mix(h ^ word, other), odd);
}
