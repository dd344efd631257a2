/* The lines that scrolled off a screen. They are kept as text and SGR, and none is wider than the screen: written again on
 * a screen of that size, as a snapshot does it, each takes one line. */
#include "term/term_int.h"

#include <stdlib.h>

Line *lines_at(Term *t, size_t i) { return &t->lines[(t->first_line + i) % TERM_SCROLLBACK_LINES]; }

static Line take_first(Term *t) {
    Line first = *lines_at(t, 0);
    *lines_at(t, 0) = (Line){0};
    t->line_bytes -= first.n;
    t->first_line = (t->first_line + 1) % TERM_SCROLLBACK_LINES;
    t->n_lines--;
    return first;
}

static void drop_first(Term *t) { free(take_first(t).bytes); }

/* Takes it over. */
static void add(Term *t, Line line) {
    if (t->n_lines == TERM_SCROLLBACK_LINES) drop_first(t);
    *lines_at(t, t->n_lines++) = line;
    t->line_bytes += line.n;
    while (t->line_bytes > TERM_SCROLLBACK_BYTES) drop_first(t);
}

/* The column behind the last cell that is written when the line is. */
static int used_cols(const VTermScreenCell *cells, int cols, bool is_reverse) {
    for (; cols > 0; cols--) {
        Pen pen = sgr_pen_of(&cells[cols - 1], is_reverse);
        if (cells[cols - 1].chars[0] || !sgr_pen_is_default(&pen)) break;
    }
    return cols;
}

static void add_row(Term *t, const VTermScreenCell *cells, int cols, bool is_wrapped, bool is_reverse) {
    CLEANUP(buf_done) Buf b;
    Line line = {.cols = used_cols(cells, cols, is_reverse), .edges = snapshot_edges(cells, cols, is_wrapped)};
    buf_init(&b, TERM_SCROLLBACK_BYTES);
    snapshot_row(&b, cells, line.cols, is_reverse);
    if (b.failed) line = (Line){0}, buf_clear(&b); /* 1,000 cells that all look different: left empty */
    line.bytes = buf_take(&b, &line.n);
    add(t, line);
}

void lines_add(Term *t, const VTermScreenCell *cells, int cols, bool is_wrapped) {
    add_row(t, cells, cols, is_wrapped, t->is_reverse);
}

/* Adds the line in pieces of the screen's width. `wide` is a screen of one row with room for all of it. */
static void add_pieces(Term *t, Term *wide, const Line *line) {
    CLEANUP(free_p) VTermScreenCell *cells = mu_array((size_t)wide->size.cols, sizeof *cells);
    term_feed(wide, STR("\r\033[2K"));
    term_feed(wide, str_n(line->bytes, line->n));
    term_cells(wide, 0, cells);
    for (int col = 0, n; col < line->cols; col += n) {
        n = line->cols - col < t->size.cols ? line->cols - col : t->size.cols;
        if (n > 1 && cells[col + n - 1].width == 2) n--; /* its other half would be cut off */
        add_row(t, cells + col, n, col > 0 || line->edges.is_wrapped, false);
    }
}

void lines_wrap(Term *t) {
    CLEANUP(term_freep) Term *wide = NULL;
    size_t n = t->n_lines;
    int cols = 0;
    for (size_t i = 0; i < n; i++)
        if (lines_at(t, i)->cols > cols) cols = lines_at(t, i)->cols;
    if (cols <= t->size.cols) return;
    wide = term_new((TermSize){1, cols});
    Line *old = mu_array(n, sizeof *old);
    for (size_t i = 0; i < n; i++) old[i] = take_first(t);
    for (size_t i = 0; i < n; i++) {
        if (old[i].cols <= t->size.cols) {
            add(t, old[i]);
            continue;
        }
        add_pieces(t, wide, &old[i]);
        free(old[i].bytes);
    }
    free(old);
}

void lines_forget(Term *t) {
    while (t->n_lines) drop_first(t);
}
