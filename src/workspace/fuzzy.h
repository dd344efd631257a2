/* How well a path fits what a person typed: its letters in their order, with anything between them. Pure; any thread. */
#pragma once

#include "base/str.h"

enum { FUZZY_TERMS = 8 };
/* What was typed, in words, each of which must fit. A word with a capital letter fits only in its own case (of ASCII). */
typedef struct FuzzyQuery {
    Str terms[FUZZY_TERMS]; /* borrowed */
    int n;
} FuzzyQuery;
/* Words behind the eighth are not looked for. */
FuzzyQuery fuzzy_query(Str typed);
/* The greater the better; -1: it does not fit. Takes time proportional to the path. Letters at the beginning of a word and
 * beside each other count more, those in the name of the file more than those in its folders. */
int fuzzy_score(const FuzzyQuery *q, Str path);
