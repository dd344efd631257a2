/* Enumerations whose members have words, declared once as a list of W(member, word). Any thread.
 *
 *     #define COLOURS(W) W(COLOUR_RED, "red") W(COLOUR_DARK_BLUE, "dark_blue")
 *     ENUM_DECLARE(Colour, COLOURS);                  // x.h
 *     ENUM_DEFINE(Colour, COLOURS);                   // x.c
 */
#pragma once

#include "base/str.h"

typedef struct EnumDef {
    const char *name;
    const char *const *words; /* by value */
    int n;
} EnumDef;

#define ENUM_MEMBER_(member, word) member,
#define ENUM_TEXT_(member, word) [member] = word,
#define ENUM_DECLARE(T, WORDS)                      \
    typedef enum T { WORDS(ENUM_MEMBER_) T##_n } T; \
    extern const EnumDef T##_enum
#define ENUM_DEFINE(T, WORDS)                                   \
    static const char *const T##_words[] = {WORDS(ENUM_TEXT_)}; \
    const EnumDef T##_enum = {#T, T##_words, T##_n}

static inline const char *enum_word(const EnumDef *d, int v) { return v >= 0 && v < d->n ? d->words[v] : "?"; }

/* The value of a word; false leaves *ret. */
static inline bool enum_find(const EnumDef *d, Str word, int *ret) {
    for (int i = 0; i < d->n; i++) {
        if (!d->words[i] || !str_is(word, d->words[i])) continue;
        *ret = i;
        return true;
    }
    return false;
}
