/* Random numbers from the page's seed. The main thread has a sequence of its own, so that what other threads draw does not
 * change what it gets. Each number is a function of the seed and of its place in the sequence (SplitMix64: Steele, Lea and
 * Flood, "Fast splittable pseudorandom number generators", 2014), so no lock is needed.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include "preload/preload.h"
#include "preload/raw.h"

/* How much a device gives: more than a program reads from it. */
enum { DEVICE_BYTES = 256 << 10 };
static _Atomic uint64_t drawn[2];

uint64_t random_word(void) {
    bool is_main = page_is_main();
    uint64_t n = atomic_fetch_add(&drawn[is_main], 1) + 1;
    uint64_t z = page()->seed + (is_main ? 0 : UINT64_C(0x2545f4914f6cdd1d)) + n * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

void random_fill(void *buffer, size_t size) {
    for (size_t at = 0; at < size; at += sizeof(uint64_t)) {
        uint64_t word = random_word();
        memcpy((char *)buffer + at, &word, size - at < sizeof word ? size - at : sizeof word);
    }
}

EXPORT ssize_t getrandom(void *buffer, size_t size, unsigned flags) {
    if (!page()) return REAL(getrandom)(buffer, size, flags);
    random_fill(buffer, size);
    return (ssize_t)size;
}

EXPORT int getentropy(void *buffer, size_t size) {
    if (!page() || size > 256) return REAL(getentropy)(buffer, size);
    random_fill(buffer, size);
    return 0;
}

uint32_t arc4random(void);
EXPORT uint32_t arc4random(void) { return page() ? (uint32_t)random_word() : REAL(arc4random)(); }

void arc4random_buf(void *buffer, size_t size);
EXPORT void arc4random_buf(void *buffer, size_t size) {
    if (page())
        random_fill(buffer, size);
    else
        REAL(arc4random_buf)(buffer, size);
}

uint32_t arc4random_uniform(uint32_t bound);
EXPORT uint32_t arc4random_uniform(uint32_t bound) {
    if (!page()) return REAL(arc4random_uniform)(bound);
    return (uint32_t)(((random_word() >> 32) * bound) >> 32);
}

/* std::random_device of libstdc++, which asks the processor where it can. */
unsigned _ZNSt13random_device9_M_getvalEv(void *device);
EXPORT unsigned _ZNSt13random_device9_M_getvalEv(void *device) {
    return page() ? (unsigned)random_word() : REAL(_ZNSt13random_device9_M_getvalEv)(device);
}

/* --- the devices --- */

static bool is_device(const char *path) {
    return page() && path && (strcmp(path, "/dev/urandom") == 0 || strcmp(path, "/dev/random") == 0);
}

static int open_device(int flags) {
    static const size_t block = 4096;
    char bytes[4096];
    int fd = memfd_create("random", flags & O_CLOEXEC ? MFD_CLOEXEC : 0);
    if (fd < 0) return fd;
    for (size_t at = 0; at < DEVICE_BYTES; at += block) {
        random_fill(bytes, block);
        if (pwrite(fd, bytes, block, (off_t)at) != (ssize_t)block) break;
    }
    return fd;
}

static mode_t mode_of(int flags, va_list list) { return flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0; }

#define OPEN(name)                                      \
    EXPORT int name(const char *path, int flags, ...) { \
        if (is_device(path)) return open_device(flags); \
        va_list list;                                   \
        va_start(list, flags);                          \
        mode_t mode = mode_of(flags, list);             \
        va_end(list);                                   \
        return REAL(name)(path, flags, mode);           \
    }
#define OPENAT(name)                                                \
    EXPORT int name(int folder, const char *path, int flags, ...) { \
        if (is_device(path)) return open_device(flags);             \
        va_list list;                                               \
        va_start(list, flags);                                      \
        mode_t mode = mode_of(flags, list);                         \
        va_end(list);                                               \
        return REAL(name)(folder, path, flags, mode);               \
    }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
EXPORT int __open_2(const char *path, int flags) {
    return is_device(path) ? open_device(flags) : REAL(__open_2)(path, flags);
}
EXPORT int __open64_2(const char *path, int flags) {
    return is_device(path) ? open_device(flags) : REAL(__open64_2)(path, flags);
}

static FILE *fopen_device(const char *mode) {
    int fd = open_device(strchr(mode, 'e') ? O_CLOEXEC : 0);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
    if (!f && fd >= 0) close(fd);
    return f;
}

EXPORT FILE *fopen(const char *restrict path, const char *restrict mode) {
    return is_device(path) ? fopen_device(mode) : REAL(fopen)(path, mode);
}
EXPORT FILE *fopen64(const char *restrict path, const char *restrict mode) {
    return is_device(path) ? fopen_device(mode) : REAL(fopen64)(path, mode);
}
