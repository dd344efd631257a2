#include "base/ulid.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz"; /* Crockford's, in lower case */

enum { ENTROPY = 10 };

static pthread_mutex_t last_lock = PTHREAD_MUTEX_INITIALIZER;
static int64_t last_ms;
static uint8_t last_random[ENTROPY];

/* 48 bits of time, then 80 bits, most significant first: 128 bits in 26 characters of 5, the first one short. */
static void print_ulid(uint64_t ms, const uint8_t random[ENTROPY], char out[ULID_CHARS]) {
    unsigned __int128 v = ms & 0xFFFFFFFFFFFFu;
    for (int i = 0; i < ENTROPY; i++) v = v << 8 | random[i];
    for (int i = ULID_CHARS - 1; i >= 0; i--, v >>= 5) out[i] = alphabet[v & 31];
}

static Id print_id(const char *prefix, uint64_t ms, const uint8_t random[ENTROPY]) {
    Id id = {0};
    size_t n = strlen(prefix);
    assert(n + 1 + ULID_CHARS < ID_TEXT_MAX);
    memcpy(id.text, prefix, n);
    id.text[n] = '_';
    print_ulid(ms, random, id.text + n + 1);
    return id;
}

static void fill_random(uint8_t random[ENTROPY]) {
    if (getrandom(random, ENTROPY, 0) != ENTROPY) abort();
}

/* Adds one; after the last value of a millisecond it continues with the next millisecond. */
static void step(void) {
    for (int i = ENTROPY - 1; i >= 0; i--)
        if (++last_random[i]) return;
    last_ms++;
}

Id id_new(const char *prefix) {
    int64_t now_ms = clock_now_us() / 1000;
    uint8_t random[ENTROPY];
    pthread_mutex_lock(&last_lock);
    if (now_ms > last_ms) {
        last_ms = now_ms;
        fill_random(last_random);
    } else {
        step();
    }
    uint64_t ms = (uint64_t)last_ms;
    memcpy(random, last_random, ENTROPY);
    pthread_mutex_unlock(&last_lock);
    return print_id(prefix, ms, random);
}

Id id_derived(const char *prefix, TimeUs at, const uint8_t hash80[ENTROPY]) {
    return print_id(prefix, (uint64_t)(at / 1000), hash80);
}

TimeUs id_time(Str id) {
    enum { TIME_CHARS = 10 };
    int64_t ms = 0;
    if (id.n <= ULID_CHARS) return 0;
    for (size_t i = id.n - ULID_CHARS; i < id.n - ULID_CHARS + TIME_CHARS; i++) {
        const char *digit = id.p[i] ? strchr(alphabet, id.p[i]) : NULL;
        if (!digit) return 0;
        ms = ms << 5 | (digit - alphabet);
    }
    return ms * 1000;
}

bool id_is(Str s, const char *prefix) {
    size_t n = strlen(prefix);
    if (s.n != n + 1 + ULID_CHARS || memcmp(s.p, prefix, n) != 0 || s.p[n] != '_') return false;
    if (s.p[n + 1] > '7') return false; /* 26 * 5 bits are two more than 128 */
    for (size_t i = n + 1; i < s.n; i++)
        if (!s.p[i] || !strchr(alphabet, s.p[i])) return false;
    return true;
}
