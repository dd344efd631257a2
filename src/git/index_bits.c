#include "git/index_bits.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/own.h"
#include "sys/file.h"

enum {
    INDEX_MAX = 256 << 20,
    STAT_BYTES = 40,
    NAME_BYTES = 1 << 16,
    ASSUME_UNCHANGED = 0x8000,
    EXTENDED = 0x4000,
    SKIP_WORKTREE = 0x4000, /* of the extended flags */
    VERSION_MIN = 2,
    VERSION_EXTENDED = 3,
    VERSION_PREFIXED = 4,
};

/* Once something is missing, `is_bad` is set and every number is 0. */
typedef struct Index {
    Str rest;
    size_t oid_bytes;
    uint32_t version;
    Buf *name; /* of the entry read last */
    bool is_bad;
} Index;

static Str take(Index *x, size_t n) {
    Str s = str_upto(x->rest, n);
    x->is_bad |= s.n < n;
    x->rest = str_from(x->rest, n);
    return s;
}

static uint32_t number(Index *x, size_t n_bytes) {
    Str s = take(x, n_bytes);
    uint32_t v = 0;
    for (size_t i = 0; i < s.n && !x->is_bad; i++) v = v << 8 | (unsigned char)s.p[i];
    return v;
}

/* "Variable width encoding" of an offset in a pack (gitformat-pack(5)). */
static size_t varint(Index *x) {
    uint32_t c = number(x, 1);
    size_t v = c & 127;
    while (c & 128 && v < NAME_BYTES) {
        c = number(x, 1);
        v = (v + 1) << 7 | (c & 127);
    }
    return v;
}

/* Version 4 leaves out what the name has in common with the one before it. */
static void read_name(Index *x) {
    size_t cut = x->version == VERSION_PREFIXED ? varint(x) : x->name->n;
    const char *end = x->rest.n ? memchr(x->rest.p, 0, x->rest.n) : NULL;
    x->is_bad |= !end || cut > x->name->n;
    if (x->is_bad) return;
    x->name->n -= cut;
    x->is_bad |= !buf_add_str(x->name, take(x, (size_t)(end - x->rest.p)));
    take(x, 1);
}

/* Before version 4 one to eight NULs end the name, and fill the entry to a multiple of eight bytes. */
static bool read_entry(Index *x) {
    size_t before = x->rest.n;
    take(x, STAT_BYTES + x->oid_bytes);
    uint32_t flags = number(x, 2), more = flags & EXTENDED && x->version >= VERSION_EXTENDED ? number(x, 2) : 0;
    read_name(x);
    if (x->version < VERSION_PREFIXED && !x->is_bad) take(x, 7 - (before - x->rest.n - 1) % 8);
    return flags & ASSUME_UNCHANGED || more & SKIP_WORKTREE;
}

/* Extensions that change what the entries mean: the others are elsewhere (link), or some are folders (sdir). */
static bool has_all_entries(Index *x) {
    while (x->rest.n > x->oid_bytes && !x->is_bad) {
        Str name = take(x, 4);
        if (str_is(name, "link") || str_is(name, "sdir")) return false;
        take(x, number(x, 4));
    }
    return !x->is_bad && x->rest.n == x->oid_bytes;
}

static bool read_file(const char *path, Buf *out) {
    struct stat st;
    CLEANUP(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || !buf_reserve(out, (size_t)st.st_size)) return false;
    ssize_t n = pread(fd, out->p, (size_t)st.st_size, 0);
    if (n != st.st_size) return false;
    out->n = (size_t)n;
    return true;
}

static bool each_hidden(Index *x, uint32_t n, IndexHiddenFn fn, void *arg) {
    bool wants_more = true;
    for (uint32_t i = 0; i < n && !x->is_bad; i++)
        if (read_entry(x) && !x->is_bad && wants_more) wants_more = fn(arg, buf_str(x->name));
    return has_all_entries(x);
}

bool index_each_hidden(const char *index, size_t oid_bytes, IndexHiddenFn fn, void *arg) {
    CLEANUP(buf_done) Buf all, name;
    buf_init(&all, INDEX_MAX);
    buf_init(&name, NAME_BYTES);
    if (!read_file(index, &all)) return false;
    Index x = {.rest = buf_str(&all), .oid_bytes = oid_bytes, .name = &name};
    bool is_index = str_is(take(&x, 4), "DIRC");
    x.version = number(&x, 4);
    is_index &= x.version >= VERSION_MIN && x.version <= VERSION_PREFIXED;
    uint32_t n = number(&x, 4);
    return is_index && each_hidden(&x, n, fn, arg);
}
