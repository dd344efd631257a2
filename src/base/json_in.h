/* What the reader and the writer share: the scan for bytes that need a closer look. Internal to base/json*.c. */
#pragma once

#include <endian.h>
#include <stdint.h>
#include <string.h>

/* Sets the high bit of each byte that is a quote, a backslash, a control character or not ASCII. A borrow may also mark
 * a byte above a real hit but never one below it, and only the lowest is used. */
static inline uint64_t json_special_bytes(uint64_t w) {
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    uint64_t quote = w ^ (ones * '"'), backslash = w ^ (ones * '\\');
    return ((quote - ones) | (backslash - ones) | (w - ones * 0x20) | w) & highs;
}

/* The first byte in [p, end) that is not plain ASCII inside a JSON string, or end. */
static inline const char *json_skip_plain(const char *p, const char *end) {
    while (end - p >= 8) {
        uint64_t w;
        memcpy(&w, p, 8);
        uint64_t hits = json_special_bytes(le64toh(w));
        if (hits) return p + __builtin_ctzll(hits) / 8;
        p += 8;
    }
    while (p < end && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x80 && *p != '"' && *p != '\\') p++;
    return p;
}
