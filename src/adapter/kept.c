/* See kept.h. */
#include "adapter/kept.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/text_cut.h"

enum { KEEP_MAX = 512 * 1024 /* of the arena, before the state is written again */ };

int kept_load(const Shape *shape, Str saved, Arena *a, void *ret, Err *e) {
    Json *root;
    TRY(json_parse(a, arena_str(a, saved), JSON_DEPTH_REQUEST, &root, e));
    return shape_decode(shape, root, a, ret, e);
}

void kept_close(AdapterState *st) {
    if (!st) return;
    arena_free(st->keep);
    arena_free(st->scratch);
    free(st);
}

int kept_open(const KeptDef *def, Str saved, AdapterState **ret, Err *e) {
    CLEANUP(kept_closep) AdapterState *st = mu_new(AdapterState);
    *st = (AdapterState){.def = def, .keep = arena_new(), .scratch = arena_new()};
    st->s = arena_alloc(st->keep, def->shape->size);
    if (saved.n) TRY(kept_load(def->shape, saved, st->keep, st->s, e));
    def->widen(st->s, st->keep);
    *ret = TAKE(st);
    return 0;
}

void kept_save(const AdapterState *st, Buf *out) {
    JsonOut o = json_out(out);
    shape_encode(st->def->shape, st->s, &o);
}

void kept_tidy(AdapterState *st) {
    if (arena_used(st->keep) < KEEP_MAX) return;
    CLEANUP(buf_done) Buf b;
    buf_init(&b, ADAPTER_STATE_MAX);
    kept_save(st, &b);
    AdapterState *fresh;
    if (b.failed || kept_open(st->def, buf_str(&b), &fresh, NULL) < 0) return;
    AdapterState old = *st;
    *st = *fresh;
    *fresh = old;
    kept_close(fresh);
}

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
