/* Ids: a prefix and a 26-character ULID in lower case Crockford base 32 ("ag_01j…"). Any thread. */
#pragma once

#include "base/clock.h"
#include "base/str.h"

enum { ID_TEXT_MAX = 40, ULID_CHARS = 26 };

typedef struct Id {
    char text[ID_TEXT_MAX]; /* NUL-terminated */
} Id;

/* A new id: the current time and 80 random bits (increasing within a millisecond). `prefix` has no underscore. */
Id id_new(const char *prefix);
/* An id that depends only on its arguments: the ULID's time is `at`, its 80 bits are `hash80`. */
Id id_derived(const char *prefix, TimeUs at, const uint8_t hash80[10]);
/* When an id was made, to the millisecond; 0: not an id. */
TimeUs id_time(Str id);
/* True for `<prefix>_` and 26 ULID characters; upper case is refused. */
bool id_is(Str s, const char *prefix);
static inline Str id_str(const Id *id) { return str(id->text); }
