/* Cutting: the result is within its bound, ends between two characters, and is still valid text or JSON. The first two
 * bytes select the bound. */
#include "base/mem.h"
#include "base/text_cut.h"
#include "fuzz.h"

static void check_text(Arena *a, Str in, size_t max) {
    Str cut = text_cut(in, max), clean = text_clean(a, in, max), plain = text_plain(a, in, max);
    MUST(cut.n <= max && str_starts(in, cut));
    if (str_is_utf8(in)) MUST(str_is_utf8(cut) && (in.n <= max ? cut.n == in.n : max - cut.n < 4));
    MUST(clean.n <= max && str_is_utf8(clean));
    MUST(clean.n == 0 || !memchr(clean.p, 0, clean.n));
    if (str_is_utf8(in) && !memchr(in.n ? in.p : "", 0, in.n)) MUST(str_eq(clean, cut));
    MUST(plain.n <= max && str_is_utf8(plain));
    Str line = text_line(a, in, max), printable = text_printable(a, in);
    MUST(line.n <= max && (line.n == 0 || !memchr(line.p, '\n', line.n)));
    MUST(printable.n == 0 || !memchr(printable.p, 0x1B, printable.n));
}

static void check_json(Arena *a, Str in, size_t max) {
    Json *v, *again;
    if (json_parse(a, in, JSON_DEPTH_MAX, &v, NULL) < 0) return;
    Str cut = json_cut(a, v, max);
    MUST(cut.n <= max || cut.n <= sizeof "null" - 1);
    MUST(json_parse(a, cut, JSON_DEPTH_MAX, &again, NULL) == 0);
    MUST(again->type == v->type || again->type == JSON_NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2) return 0;
    CLEANUP(arena_freep) Arena *a = arena_new();
    size_t max = (data[0] | (size_t)data[1] << 8) % 1024;
    check_text(a, str_n(data + 2, size - 2), max);
    check_json(a, str_n(data + 2, size - 2), max);
    return 0;
}
