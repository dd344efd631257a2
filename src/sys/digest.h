/* Digests and random bytes, from OpenSSL and getrandom. Any thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

void digest_sha256(Str s, uint8_t out[32]);
/* SHA-256 of what comes in pieces. Owned; digest_end may be left out. */
typedef struct DigestParts DigestParts;
DigestParts *digest_begin(void);
void digest_add(DigestParts *d, Str s);
void digest_end(DigestParts *d, uint8_t out[32]);
void digest_partsp(DigestParts **d);                    /* CLEANUP hook */
void digest_sha1(Str s, uint8_t out[20]);               /* only for RFC 6455 and git ids */
void digest_hex(const uint8_t *p, size_t n, char *out); /* 2n + 1 bytes */
void random_bytes(void *p, size_t n);
void random_uuid(char out[37]);                                         /* RFC 9562 version 4, lower case */
bool digest_equal(Str a, Str b);                                        /* constant time for equal lengths */
size_t base64_print(const void *p, size_t n, char *out, bool url_safe); /* out: 4 * (n + 2) / 3 + 1 */
