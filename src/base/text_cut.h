/* Bounds for the output of other programs: cuts text between characters and JSON inside its strings, so that both stay
 * valid. */
#pragma once

#include "base/json.h"
#include "base/str.h"

/* The longest prefix of at most `max` bytes that ends between two characters; `max` bytes if it is not UTF-8. */
Str text_cut(Str s, size_t max);
/* As text_cut, with each byte that text must not contain (NUL, not UTF-8) replaced by '?'. Copies only if needed. */
Str text_clean(Arena *a, Str s, size_t max);
/* The first line, cleaned and cut to max. */
Str text_line(Arena *a, Str s, size_t max);
/* A copy, cut to max, in which '?' replaces every byte outside printable ASCII, quotes and backslashes: for ids and
 * names stored in a state whose size as JSON is bounded. Empty text gives {NULL,0}, here and below. */
Str text_plain(Arena *a, Str s, size_t max);
/* A copy without control characters except newline and tab, and without terminal escape sequences. */
Str text_printable(Arena *a, Str s);
/* Length of the longest prefix that ends neither inside an escape sequence nor inside a character: the part of a stream
 * that text_printable can take before the rest has arrived. */
size_t text_whole(Str s);
/* The value's own bytes if they are at most max; else the value written again with its strings cut and its lists
 * shortened until it fits ("null" if it never does). */
Str json_cut(Arena *a, const Json *v, size_t max);
