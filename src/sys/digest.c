#include "sys/digest.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/mem.h"

/* OpenSSL always has these digests; without one of them nothing that Muster stores could be trusted. */
static void digest(const EVP_MD *kind, Str s, uint8_t *out) {
    if (!EVP_Digest(s.p ? s.p : "", s.n, out, NULL, kind, NULL)) abort();
}

void digest_sha256(Str s, uint8_t out[32]) { digest(EVP_sha256(), s, out); }

struct DigestParts {
    EVP_MD_CTX *md;
};

DigestParts *digest_begin(void) {
    DigestParts *d = mu_new(DigestParts);
    d->md = EVP_MD_CTX_new();
    if (!d->md || !EVP_DigestInit_ex(d->md, EVP_sha256(), NULL)) abort();
    return d;
}

void digest_add(DigestParts *d, Str s) {
    if (!EVP_DigestUpdate(d->md, s.p ? s.p : "", s.n)) abort();
}

void digest_end(DigestParts *d, uint8_t out[32]) {
    if (!EVP_DigestFinal_ex(d->md, out, NULL)) abort();
}

void digest_partsp(DigestParts **d) {
    if (!*d) return;
    EVP_MD_CTX_free((*d)->md);
    free(*d);
    *d = NULL;
}

void digest_sha1(Str s, uint8_t out[20]) { digest(EVP_sha1(), s, out); }

void digest_hex(const uint8_t *p, size_t n, char *out) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        *out++ = digits[p[i] >> 4];
        *out++ = digits[p[i] & 15];
    }
    *out = '\0';
}

void random_bytes(void *p, size_t n) {
    uint8_t *at = p;
    while (n) {
        ssize_t got = getrandom(at, n, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) abort();
        at += got;
        n -= (size_t)got;
    }
}

void random_uuid(char out[37]) {
    static const uint8_t group_bytes[] = {4, 2, 2, 2, 6};
    uint8_t bytes[16], *at = bytes;
    random_bytes(bytes, sizeof bytes);
    bytes[6] = (bytes[6] & 0x0F) | 0x40; /* RFC 9562 section 5.4: version 4 */
    bytes[8] = (bytes[8] & 0x3F) | 0x80; /* section 4.1: the variant */
    for (size_t i = 0; i < COUNT_OF(group_bytes); i++) {
        digest_hex(at, group_bytes[i], out);
        at += group_bytes[i];
        out += 2 * group_bytes[i];
        *out++ = '-';
    }
    out[-1] = '\0';
}

bool digest_equal(Str a, Str b) { return a.n == b.n && CRYPTO_memcmp(a.p, b.p, a.n) == 0; }

size_t base64_print(const void *bytes, size_t n, char *out, bool url_safe) {
    const char *alphabet = url_safe ? "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
                                    : "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *p = bytes;
    char *at = out;
    for (size_t i = 0; i < n; i += 3) {
        size_t left = n - i;
        uint32_t three = (uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0) | (left > 2 ? p[i + 2] : 0);
        size_t chars = left > 2 ? 4 : left + 1;
        for (size_t c = 0; c < chars; c++) *at++ = alphabet[three >> (18 - 6 * c) & 63];
        for (size_t c = chars; c < 4 && !url_safe; c++) *at++ = '=';
    }
    *at = '\0';
    return (size_t)(at - out);
}
