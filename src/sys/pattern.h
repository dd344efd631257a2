/* Patterns to search text with: words as they are, or regular expressions (PCRE2, with Unicode).
 *
 * No pattern and no text can make a search run on: steps, depth and memory are limited, and so is its time, which is
 * checked before every step of the pattern. Just-in-time compilation is off. A pattern is used by one thread at a time.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"

typedef struct Pattern Pattern;

enum { PATTERN_CHARS_MAX = 1000 };

typedef struct PatternSpec {
    Str text; /* UTF-8, 1 to PATTERN_CHARS_MAX characters */
    bool is_regex;
    bool is_case_sensitive; /* else letters are equal that Unicode folds to one letter */
} PatternSpec;

/* ERR_INVALID says what is wrong with a regular expression and behind which of its characters. ^ and $ match at lines;
 * \w, \d, \s and \b know Unicode. */
int pattern_new(const PatternSpec *s, Pattern **ret, Err *e);
void pattern_free(Pattern *p); /* NULL is allowed */
CLEANUP_HOOK(Pattern, pattern_free)

typedef enum PatternFound {
    PATTERN_NONE,
    PATTERN_FOUND,
    PATTERN_GAVE_UP, /* a limit was reached: whether the text has a match is not known */
    PATTERN_LATE     /* deadline_us has passed */
} PatternFound;

/* Bytes [begin, end) of a text. */
typedef struct PatternSpan {
    size_t begin, end;
} PatternSpan;

/* The first match that is not empty and begins at `from` or behind it; it ends at characters. deadline_us: of
 * clock_mono_us. */
PatternFound pattern_find(Pattern *p, Str text, size_t from, int64_t deadline_us, PatternSpan *ret);
