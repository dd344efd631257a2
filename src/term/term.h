/* The screen of a terminal: what the bytes of a program draw, for viewers that come late and for reading as text.
 *
 * A Term owns a screen and the lines that scrolled off it. It draws with libvterm. That library believes its input, so
 * everything passes through a parser of our own first, which hands over only sequences that the library can carry out
 * (term/parse.c, term/sequence.c). Nothing that a program prints makes a Term fail, hang or grow beyond its bounds.
 *
 * A Term answers nothing: what a program asks its terminal (ECMA-48 8.3.24 DA, 8.3.35 DSR) query.h finds and answers.
 *
 * Pure, no I/O; one thread at a time.
 */
#pragma once

#include "base/str.h"

typedef struct Term Term;

enum {
    TERM_ROWS_MAX = 500,
    TERM_COLS_MAX = 1000,
    TERM_COLS_MIN = 4, /* a wide character and room beside it */
    TERM_ROWS_MIN = 1,
    TERM_SCROLLBACK_LINES = 1000,
    TERM_SCROLLBACK_BYTES = 256 * 1024, /* of all lines that scrolled off, encoded */
    TERM_TITLE_MAX = 1024,
    TERM_SNAPSHOT_MAX = 64 * 1024 * 1024
};

typedef struct TermSize {
    int rows, cols;
} TermSize;

/* The nearest size that a Term can have. */
TermSize term_size_within(TermSize wanted);

Term *term_new(TermSize size); /* `size` is brought within the bounds */
void term_free(Term *t);
CLEANUP_HOOK(Term, term_free)

void term_feed(Term *t, Str bytes); /* any cut, also inside a sequence or a character */
void term_resize(Term *t, TermSize size);
TermSize term_size(const Term *t);

/* Adds terminal bytes which, fed to any terminal of the same size, give this screen: the lines that scrolled off, the main
 * and the alternate screen, cursor, pen, modes, margins, tab stops, character sets, saved cursor, title, and the part of a
 * sequence or character that has arrived so far. Replaying the log from here equals replaying all of it.
 * What does not survive: hyperlinks, the palette, protection of single cells, where long lines were wrapped, and on a screen
 * of one row the lines that scrolled off. */
void term_snapshot(Term *t, Buf *out);

/* A run of characters that look the same. */
typedef struct TermRun {
    Str text;  /* UTF-8, borrowed; cells that nothing was written to are spaces */
    int cells; /* columns that it covers */
    bool is_bold, is_dim, is_italic, is_blinking, is_reverse, is_struck, is_hidden, is_overlined;
    int underline; /* 0 none, 1 single, 2 double, 3 curly */
    int fg, bg;    /* -1 default, 0 to 255 palette, else 0x1000000 | rgb */
} TermRun;
typedef void TermRunFn(void *arg, const TermRun *run);
/* The runs of a row of the screen that is shown, from the left, without the blank rest of the row. */
void term_row(Term *t, int row, TermRunFn *fn, void *arg);

typedef struct TermCursor {
    int row, col; /* from 0 */
    bool is_visible;
} TermCursor;
TermCursor term_cursor(const Term *t);
bool term_is_alternate(const Term *t); /* the alternate screen is shown, as by an editor */
Str term_title(const Term *t);         /* as the program set it; borrowed until the next feed */
size_t term_scrollback(const Term *t); /* lines kept that scrolled off */
