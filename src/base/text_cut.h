/* Bounds for what other programs print: cuts text at a character and JSON inside its strings, so that both stay valid. */
#pragma once

#include "base/json.h"
#include "base/str.h"

/* The longest prefix of at most `max` bytes that ends between two characters; of bytes that are no UTF-8, `max`. */
Str text_cut(Str s, size_t max);
/* text_cut, with each byte that no text may hold (NUL, what is not UTF-8) as '?' and all others as they are. Copies only
 * when it must. */
Str text_clean(Arena *a, Str s, size_t max);
/* The first line, cleaned and cut to max. */
Str text_line(Arena *a, Str s, size_t max);
/* A copy with every byte outside printable ASCII, and quote and backslash, as '?', cut to max: for ids and names that
 * are kept in a state whose size is bounded as JSON. Empty text gives {NULL,0}, here and below. */
Str text_plain(Arena *a, Str s, size_t max);
/* A copy without control characters but newline and tab, and without terminal escape sequences. */
Str text_printable(Arena *a, Str s);
/* Bytes of the longest prefix that ends neither inside an escape sequence nor inside a character: what of a stream's
 * beginning can be handed to text_printable before the rest is there. */
size_t text_whole(Str s);
/* The value's own bytes when they are at most max; else the value written again with its strings cut and its lists
 * shortened until it fits ("null" when nothing helps). */
Str json_cut(Arena *a, const Json *v, size_t max);
