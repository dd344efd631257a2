/* Reading the JSON that gh and glab answer. What is required must be there and have its type; what is not known is ignored.
 * Text from a host is bounded, and without what could act on a terminal, or hide from the person who reads it.
 * The first fault is kept: check it at the end. */
#pragma once

#include "base/clock.h"
#include "base/json.h"

typedef struct Answer {
    Arena *arena;
    const char *program; /* its name in the error */
    char fault[200];     /* "" as long as all was as it must be */
} Answer;

/* Paths are those of json_at. A line is cleaned and cut to `max` bytes; a text may have several. The forms with `find` give
 * {NULL,0}, or `def`, for what is absent or null. */
Str answer_line(Answer *a, const Json *o, const char *path, size_t max);
Str answer_find_line(Answer *a, const Json *o, const char *path, size_t max);
/* *ret_is_cut: it was longer. */
Str answer_text(Answer *a, const Json *o, const char *path, size_t max, bool *ret_is_cut);
int64_t answer_number(Answer *a, const Json *o, const char *path);
int64_t answer_find_number(Answer *a, const Json *o, const char *path, int64_t def);
bool answer_bool(Answer *a, const Json *o, const char *path);
TimeUs answer_time(Answer *a, const Json *o, const char *path);
TimeUs answer_find_time(Answer *a, const Json *o, const char *path); /* 0 */
/* An address for a person to open; {NULL,0} unless it is one of http or https. */
Str answer_find_url(Answer *a, const Json *o, const char *path);
/* NULL only if it is missing, which is a fault. */
const Json *answer_object(Answer *a, const Json *o, const char *path);
const Json *answer_array(Answer *a, const Json *o, const char *path);

/* The value for a word of the host, 0 for an unknown one. */
typedef struct AnswerWord {
    const char *word;
    int value;
} AnswerWord;
int answer_word(const AnswerWord *words, size_t n, Str word);
#define ANSWER_WORD(table, word) answer_word((table), COUNT_OF(table), (word))

/* ERR_PROVIDER: something was not as it must be. */
int answer_end(const Answer *a, Err *e);

/* Without control characters, escape sequences, and the invisible characters that reorder or hide text. */
Str answer_clean(Arena *a, Str s, size_t max);
