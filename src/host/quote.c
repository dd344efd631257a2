#include "host/quote.h"

#include "base/mem.h"

enum { BRANCH_CHARS = 50 };

bool quote_put(Buf *out, Str text, size_t max) {
    Str rest = text, line;
    while (rest.n && str_split(&rest, '\n', &line)) {
        if (out->n + line.n + 3 > max) return false;
        buf_add_str(out, line.n ? STR("> ") : STR(">"));
        buf_add_str(out, line);
        buf_add_c(out, '\n');
    }
    return true;
}

Str quote_branch(Arena *a, int64_t number, Str title) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 256);
    buf_add_fmt(&b, "%lld", (long long)number);
    size_t start = b.n;
    for (size_t i = 0; i < title.n && b.n - start < BRANCH_CHARS; i++) {
        char c = title.p[i];
        bool is_upper = c >= 'A' && c <= 'Z', is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (is_upper || is_plain) {
            if (i == 0 || b.n == start) buf_add_c(&b, '-');
            buf_add_c(&b, is_upper ? (char)(c - 'A' + 'a') : c);
        } else if (b.n > start && b.p[b.n - 1] != '-') {
            buf_add_c(&b, '-');
        }
    }
    Str s = buf_str(&b);
    while (s.n && s.p[s.n - 1] == '-') s.n--;
    return s.n > start ? arena_str(a, s) : arena_fmt(a, "issue-%lld", (long long)number);
}
