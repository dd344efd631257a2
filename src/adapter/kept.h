/* What the states of all adapters are made of: lists with room, and the end of a stream. */
#pragma once

#include "base/str.h"

/* Moves a list into memory for `max` items, so that handlers only count. `items` points to the list's pointer. */
void kept_widen(void *items, size_t *n, size_t max, size_t size, Arena *a);
/* The last `max` bytes of tail + bytes, as printable UTF-8, in `keep`. */
Str kept_tail(Str tail, Str bytes, size_t max, Arena *scratch, Arena *keep);
