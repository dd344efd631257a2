/* See kept.h. */
#include "adapter/kept.h"

#include "base/mem.h"
#include "base/text_cut.h"

void kept_widen(void *list_items, size_t *n, size_t max, size_t size, Arena *a) {
    void **items = list_items;
    void *room = arena_array(a, max, size);
    if (*n > max) *n = max;
    if (*n) memcpy(room, *items, *n * size);
    *items = room;
}

static Str last_bytes(Str s, size_t max) { return str_from(s, s.n > max ? s.n - max : 0); }

Str kept_tail(Str tail, Str bytes, size_t max, Arena *scratch, Arena *keep) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 2 * max);
    buf_add_str(&b, last_bytes(tail, max));
    Str clean = text_printable(scratch, bytes);
    clean = text_clean(scratch, clean, clean.n); /* what is kept must be UTF-8, because the state is JSON */
    buf_add_str(&b, last_bytes(clean, max));
    Str all = last_bytes(buf_str(&b), max);
    while (all.n && ((unsigned char)all.p[0] & 0xc0) == 0x80) all = str_from(all, 1);
    return arena_str(keep, all);
}
