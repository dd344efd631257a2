/* What the states of adapters are made of: a shape with its text, read and written as one JSON object; lists with room;
 * and the end of a stream.
 */
#pragma once

#include "adapter/adapter.h"

/* What one adapter keeps. `widen` gives its lists room after it was read (kept_widen). */
typedef struct KeptDef {
    const Shape *shape;
    void (*widen)(void *s, Arena *a);
} KeptDef;

/* The state of every adapter that keeps something. */
struct AdapterState {
    const KeptDef *def;
    Arena *keep;    /* owned: `s` and what it points to */
    Arena *scratch; /* owned: one line */
    void *s;        /* of def->shape */
};

int kept_open(const KeptDef *def, Str saved, AdapterState **ret, Err *e); /* `open` of an adapter */
void kept_close(AdapterState *st);                                        /* may be NULL */
void kept_save(const AdapterState *st, Buf *out);
/* Moves the state into a fresh arena once replaced text has piled up. It goes through save and open, so nothing
 * survives that they do not preserve. Not while a line is read: what it borrowed is freed. */
void kept_tidy(AdapterState *st);
/* Only reads a saved state; its text is in the arena. */
int kept_load(const Shape *shape, Str saved, Arena *a, void *ret, Err *e);
CLEANUP_HOOK(AdapterState, kept_close)

/* Moves a list into memory for `max` items, so that handlers only count. `items` points to the list's pointer. */
void kept_widen(void *items, size_t *n, size_t max, size_t size, Arena *a);
/* The last `max` bytes of tail + bytes, as printable UTF-8, in `keep`. */
Str kept_tail(Str tail, Str bytes, size_t max, Arena *scratch, Arena *keep);
