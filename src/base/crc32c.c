/* Slicing by eight: eight tables, so that eight input bytes need eight independent lookups. */
#include "base/crc32c.h"

#include <endian.h>
#include <string.h>

static uint32_t tables[8][256];

__attribute__((constructor)) static void fill_tables(void) {
    const uint32_t reversed_polynomial = 0x82F63B78u;
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (crc & 1 ? reversed_polynomial : 0);
        tables[0][byte] = crc;
    }
    for (int t = 1; t < 8; t++)
        for (int byte = 0; byte < 256; byte++)
            tables[t][byte] = (tables[t - 1][byte] >> 8) ^ tables[0][tables[t - 1][byte] & 0xFF];
}

static uint32_t take_eight(uint32_t crc, const unsigned char *p) {
    uint64_t word;
    memcpy(&word, p, 8);
    word = le64toh(word) ^ crc;
    crc = 0;
    for (int i = 0; i < 8; i++) crc ^= tables[7 - i][(word >> (8 * i)) & 0xFF];
    return crc;
}

uint32_t crc32c(uint32_t crc, const void *bytes, size_t n) {
    const unsigned char *p = bytes;
    crc = ~crc;
    for (; n >= 8; p += 8, n -= 8) crc = take_eight(crc, p);
    for (; n; p++, n--) crc = (crc >> 8) ^ tables[0][(crc ^ *p) & 0xFF];
    return ~crc;
}
