/* The lines that scrolled off a screen, inside of src/term: owned by their terminal, used on its thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <vterm.h>

#include "term/term.h"

/* Where a row's text begins and ends, and whether it goes on with that of the row before. */
typedef struct Edges {
    int first;    /* width of the character in the first column; 0: none */
    int text_end; /* the column behind the last character */
    bool is_wrapped;
} Edges;

typedef struct Line {
    char *bytes; /* owned; text and SGR, without an end of line */
    size_t n;
    int cols; /* that it covers: never more than the screen has */
    Edges edges;
} Line;

/* Oldest first. */
Line *lines_at(Term *t, size_t i);
void lines_add(Term *t, const VTermScreenCell *cells, int cols, bool is_wrapped);
void lines_wrap(Term *t); /* those that are wider than the screen become several */
void lines_forget(Term *t);
