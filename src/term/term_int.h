/* Inside of src/term: parser, filter and screen share one struct. Read parse.c for how bytes become items, sequence.c for
 * what each item may do, term.c for the screen, snapshot.c for the way back to bytes. */
#pragma once

#include <stdint.h>
#include <vterm.h>

#include "base/mem.h"
#include "term/lines.h"
#include "term/term.h"

enum {
    CSI_ARGS = 32,   /* of one sequence; further ones are dropped with it */
    HELD_MAX = 1024, /* bytes of an unfinished sequence or character */
    ARG_MAX = 9999,  /* of one argument: no screen is larger */
    ARG_MISSING = -1,
    RUN_MAX = 512,      /* bytes of text handed over at once: libvterm puts four times as many on its stack */
    STILL_MAX = 4096,   /* bytes of characters that do not move the cursor: libvterm would keep them all */
    VTERM_ARGS_MAX = 15 /* libvterm has room for 16 and does not look */
};

/* What may be half done between two bytes. */
typedef enum ParseState {
    PARSE_TEXT,
    PARSE_ESC,
    PARSE_ESC_MORE, /* an intermediate byte came */
    PARSE_CSI,
    PARSE_CSI_SKIP, /* too long or malformed: dropped up to its final byte */
    PARSE_OSC,
    PARSE_OSC_ESC,
    PARSE_SKIP, /* DCS, SOS, PM, APC: dropped up to ST */
    PARSE_SKIP_ESC
} ParseState;

typedef struct Csi {
    char leader, inter, final; /* 0 = none */
    int n;
    int args[CSI_ARGS];
    bool more[CSI_ARGS]; /* a colon follows: the next is a part of this one */
} Csi;

/* How characters look. The library has no dim, hidden and overlined: its fonts, which nothing uses, carry them. */
typedef struct Pen {
    unsigned bold : 1, italic : 1, blink : 1, reverse : 1, strike : 1, underline : 2;
    unsigned font : 4;
    VTermColor fg, bg;
} Pen;
enum { FONT_DIM = 1, FONT_HIDDEN = 2, FONT_OVERLINED = 4 };

typedef struct CursorLook {
    bool is_visible, is_blinking;
    int shape; /* VTERM_PROP_CURSORSHAPE_… */
} CursorLook;

struct Term {
    VTerm *vt;    /* owned, with its state and screen */
    VTerm *probe; /* owned: a terminal of one row that shows how wide a character is; NULL until needed */
    VTermState *state;
    VTermScreen *screen;
    TermSize size;

    ParseState parse;
    char held[HELD_MAX]; /* of the sequence or character that is not complete */
    size_t n_held;

    VTermRect damage;    /* of the last cell that was drawn */
    int drawn_to;        /* the column behind the last character of the text being written; -1: none is */
    bool is_phantom;     /* the last column is full and the next character wraps (DECAWM) */
    bool ends_with_text; /* the last item was text, so the cell before the cursor can still get a combining character */
    bool can_repeat;     /* the last character is ASCII: REP is safe */
    size_t n_still;      /* bytes of characters since the cursor last moved */

    /* What libvterm does not say when asked. */
    bool is_autowrap, is_insert, is_newline, is_keypad, is_reverse,
        is_split; /* DECAWM IRM LNM DECKPAM DECSCNM DECLRMM */
    char sets[4]; /* G0 to G3: '0', 'A', 'B', or 0 as at first */
    int gl;       /* which of them is in GL */
    int mouse;    /* 0, 1000, 1002, 1003 */
    CursorLook look;
    uint8_t tabs[TERM_COLS_MAX / 8 + 1];
    bool has_own_tabs;
    struct {
        int row, col;
        Pen pen;
        CursorLook look;
    } saved; /* DECSC */
    char title[TERM_TITLE_MAX], icon[TERM_TITLE_MAX];
    size_t n_title, n_icon;
    bool is_alternate, is_looking; /* is_looking: the main screen is being copied */
    VTermScreenCell *main;         /* owned: the main screen while the alternate one is shown */
    TermSize main_size;
    /* The rows that go on with the text of the row before, as libvterm does not note it: of the screen that is shown and,
     * while that is the alternate one, of the main one. */
    bool wrapped[TERM_ROWS_MAX], main_wrapped[TERM_ROWS_MAX];
    int n_pushed; /* rows of a scroll that are among the lines already, while `wrapped` is as before */

    Line *lines; /* owned ring of TERM_SCROLLBACK_LINES */
    size_t first_line, n_lines, line_bytes;

    Buf answer; /* what libvterm answers to our own questions */
};

/* parse.c */
void parse_feed(Term *t, Str bytes);

/* sequence.c: the items that parse.c finds. Text is whole characters of UTF-8 without controls, at most RUN_MAX bytes. */
void sequence_text(Term *t, Str run);
void sequence_control(Term *t, char c);
void sequence_escape(Term *t, char inter, char final);
void sequence_csi(Term *t, const Csi *c);
void sequence_osc(Term *t, Str body);
typedef struct Margins {
    int top, bottom, left, right; /* from 1, inclusive, as libvterm reports them */
} Margins;
Margins sequence_margins(Term *t);
bool sequence_has_mode(Term *t, int mode); /* a DEC private mode, as DECRQM reports it */
/* Scrolls the screen that is shown up, whatever the margins. */
void sequence_scroll(Term *t, int rows);
void sequence_move_saved(Term *t, int row, int col); /* the saved cursor */
/* Resets margins that a smaller screen has no room for: libvterm would scroll outside its memory. */
void sequence_fit(Term *t, const Margins *before);

/* term.c */
void term_write(Term *t, const char *bytes, size_t n); /* to libvterm */
__attribute__((format(printf, 2, 3))) void term_writef(Term *t, const char *fmt, ...);
VTermPos term_at(const Term *t);
/* The cells of a row as they are shown: chars[0] is 0 where nothing is, (uint32_t)-1 only behind a cell of width 2. */
void term_cells(Term *t, int row, VTermScreenCell *ret);

/* sgr.c */
void sgr_filter(Term *t, const Csi *c); /* hands over what libvterm knows of SGR (ECMA-48 8.3.117) */
Pen sgr_pen(const Term *t);             /* the current one */
Pen sgr_pen_of(const VTermScreenCell *cell, bool is_reverse);
bool sgr_pen_is_equal(const Pen *a, const Pen *b);
bool sgr_pen_is_default(const Pen *p);
void sgr_put(Buf *out, const Pen *p);

/* snapshot.c */
/* The cells of one row as text and SGR, beginning and ending with the default pen, without the blank rest. */
void snapshot_row(Buf *out, const VTermScreenCell *cells, int cols, bool is_reverse);
Edges snapshot_edges(const VTermScreenCell *cells, int cols, bool is_wrapped);
/* How the cursor looks, and the saved cursor: the screen's cursor goes to its place, and the pen is the default one then. */
void snapshot_look(const CursorLook *l, Buf *out);
void snapshot_saved(Term *t, Buf *out);
size_t snapshot_cell_text(const VTermScreenCell *cell, char out[VTERM_MAX_CHARS_PER_CELL * 4]);
