/* A screen as terminal bytes. They reset the terminal, write the lines that scrolled off and the main screen, then the
 * alternate one, then everything that is not a cell, and last the cursor: what moves it must come before, what the writing
 * of cells depends on (margins, origin, insert, character sets) after. */
#include "term/term_int.h"

#include <string.h>

static size_t utf8_put(uint32_t c, char *out) {
    if (c < 0x80) return out[0] = (char)c, 1;
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n - 1; i > 0; i--, c >>= 6) out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)(lead[n] | c);
    return n;
}

size_t snapshot_cell_text(const VTermScreenCell *cell, char out[VTERM_MAX_CHARS_PER_CELL * 4]) {
    size_t n = 0;
    if (cell->chars[0] == (uint32_t)-1) return 0;
    for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell->chars[i]; i++)
        if (cell->chars[i] <= 0x10ffff) n += utf8_put(cell->chars[i], out + n);
    return n;
}

/* The pen and the column that the receiving terminal has at some place of the output. */
typedef struct Writer {
    Buf *out;
    Pen pen;
    int col;
} Writer;

static void use(Writer *w, const Pen *p) {
    if (sgr_pen_is_equal(&w->pen, p)) return;
    w->pen = *p;
    if (sgr_pen_is_default(p))
        buf_add_str(w->out, STR("\033[m"));
    else
        sgr_put(w->out, p);
}

static void move_to(Writer *w, int col) {
    if (w->col != col) buf_add_fmt(w->out, "\033[%dG", col + 1);
    w->col = col;
}

static bool is_erased(const VTermScreenCell *cell) { return !cell->chars[0]; }

/* Cells from `col` on that nothing was written to, and that look the same. */
static int erased_run(const VTermScreenCell *cells, int col, int cols, bool is_reverse) {
    Pen first = sgr_pen_of(&cells[col], is_reverse);
    int n = 1;
    for (; col + n < cols && is_erased(&cells[col + n]); n++) {
        Pen next = sgr_pen_of(&cells[col + n], is_reverse);
        if (!sgr_pen_is_equal(&next, &first)) break;
    }
    return n;
}

void snapshot_row(Buf *out, const VTermScreenCell *cells, int cols, bool is_reverse) {
    Pen none = {.fg.type = VTERM_COLOR_DEFAULT_FG, .bg.type = VTERM_COLOR_DEFAULT_BG};
    Writer w = {.out = out, .pen = none};
    for (int col = 0, n; col < cols; col += n) {
        Pen pen = sgr_pen_of(&cells[col], is_reverse);
        if (is_erased(&cells[col])) {
            n = erased_run(cells, col, cols, is_reverse);
            if (sgr_pen_is_default(&pen)) continue;
            move_to(&w, col);
            use(&w, &pen);
            buf_add_fmt(out, "\033[%dX", n);
            continue;
        }
        char text[VTERM_MAX_CHARS_PER_CELL * 4];
        move_to(&w, col);
        use(&w, &pen);
        buf_add(out, text, snapshot_cell_text(&cells[col], text));
        n = cells[col].width;
        w.col = col + n;
    }
    use(&w, &none);
}

static VTermScreenCell *screen_cells(Term *t) {
    VTermScreenCell *cells = mu_array((size_t)t->size.rows * (size_t)t->size.cols, sizeof *cells), *to = cells;
    for (int row = 0; row < t->size.rows; row++, to += t->size.cols) term_cells(t, row, to);
    return cells;
}

Edges snapshot_edges(const VTermScreenCell *cells, int cols, bool is_wrapped) {
    Edges e = {.is_wrapped = is_wrapped, .text_end = cols};
    if (cells[0].chars[0]) e.first = cells[0].width;
    while (e.text_end > 0 && is_erased(&cells[e.text_end - 1])) e.text_end--;
    return e;
}

/* Between two rows: a line's end or, where the text goes on, a character that the terminal must wrap, so that it knows. The
 * next row is written over that one, which has the default pen, as what is scrolled in looks like the pen. Not every row
 * that was wrapped can be: a part of it may have been erased since. */
static void put_break(const Term *t, const Edges *row, const Edges *next, Buf *out) {
    bool is_full = row->text_end == t->size.cols;
    bool lacks_one = row->text_end == t->size.cols - 1 && next->first == 2; /* a wide character had no room */
    bool is_joined = next->is_wrapped && next->first && (is_full || lacks_one);
    buf_add_str(out, !is_joined ? STR("\r\n") : is_full ? STR(" \r") : STR("\xe4\xb8\x80\r"));
}

/* The lines that scrolled off scroll off again, because a screen of lines follows them. */
static void put_main(Term *t, const VTermScreenCell *cells, const bool *wrapped, Buf *out) {
    Edges before = {0};
    for (size_t i = 0; i < t->n_lines; i++) {
        const Line *line = lines_at(t, i);
        if (i) put_break(t, &before, &line->edges, out);
        buf_add(out, line->bytes, line->n);
        before = line->edges;
    }
    for (int row = 0; row < t->size.rows; row++, cells += t->size.cols) {
        Edges edges = snapshot_edges(cells, t->size.cols, wrapped[row]);
        if (row || t->n_lines) put_break(t, &before, &edges, out);
        snapshot_row(out, cells, t->size.cols, t->is_reverse);
        before = edges;
    }
}

void snapshot_look(const CursorLook *l, Buf *out) {
    buf_add_fmt(out, "\033[?25%c", l->is_visible ? 'h' : 'l');
    int style = l->shape == VTERM_PROP_CURSORSHAPE_BAR_LEFT ? 5 : l->shape == VTERM_PROP_CURSORSHAPE_UNDERLINE ? 3 : 1;
    buf_add_fmt(out, "\033[%d q", l->is_blinking ? style : style + 1);
}

void snapshot_saved(Term *t, Buf *out) {
    buf_add_fmt(out, "\033[%d;%dH", t->saved.row + 1, t->saved.col + 1);
    sgr_put(out, &t->saved.pen);
    snapshot_look(&t->saved.look, out);
    buf_add_str(out, STR("\0337\033[m"));
}

static void put_alternate(Term *t, Buf *out) {
    CLEANUP(free_p) VTermScreenCell *cells = screen_cells(t);
    put_main(t, t->main, t->main_wrapped, out);
    snapshot_saved(t, out); /* a terminal may keep one for each screen */
    buf_add_str(out, STR("\033[?1047h"));
    for (int row = 0; row < t->size.rows; row++) {
        buf_add_fmt(out, "\033[%d;1H", row + 1);
        snapshot_row(out, cells + row * t->size.cols, t->size.cols, t->is_reverse);
    }
}

static void put_tabs(const Term *t, Buf *out) {
    if (!t->has_own_tabs) return;
    buf_add_str(out, STR("\033[3g"));
    for (int col = 0; col < t->size.cols; col++)
        if (t->tabs[col >> 3] & 1u << (col & 7)) buf_add_fmt(out, "\033[%dG\033H", col + 1);
}

static void put_title(const Term *t, Buf *out) {
    if (t->n_icon) buf_add_fmt(out, "\033]1;%.*s\033\\", (int)t->n_icon, t->icon);
    if (t->n_title) buf_add_fmt(out, "\033]2;%.*s\033\\", (int)t->n_title, t->title);
}

/* All of these put the cursor home or leave it where it is. */
static void put_margins(Term *t, const Margins *m, Buf *out) {
    if (t->is_split) buf_add_fmt(out, "\033[?69h\033[%d;%ds", m->left, m->right);
    if (m->top != 1 || m->bottom != t->size.rows) buf_add_fmt(out, "\033[%d;%dr", m->top, m->bottom);
    if (sequence_has_mode(t, 6)) buf_add_str(out, STR("\033[?6h"));
}

/* The cursor, with the character before it if the next one may be added to it, or if the column is full: that is a state
 * which only writing the character gives. */
static void put_cursor(Term *t, const Margins *m, Buf *out) {
    VTermPos at = term_at(t);
    bool has_origin = sequence_has_mode(t, 6);
    int top = has_origin ? m->top : 1, left = has_origin ? m->left : 1;
    VTermScreenCell cell = {0};
    Pen pen = sgr_pen(t), its = pen;
    int col = at.col;
    char text[VTERM_MAX_CHARS_PER_CELL * 4];
    size_t n = 0;
    if (t->is_phantom || (t->ends_with_text && col > 0)) {
        for (col = t->is_phantom ? at.col : at.col - 1; col >= 0; col--) {
            vterm_screen_get_cell(t->screen, (VTermPos){at.row, col}, &cell);
            if (cell.chars[0] != (uint32_t)-1) break;
        }
        n = col < 0 ? 0 : snapshot_cell_text(&cell, text);
        its = sgr_pen_of(&cell, t->is_reverse);
    }
    if (t->is_phantom && !n) { /* the full column was erased since, or both columns of a wide character */
        bool was_wide = at.col + 1 < t->size.cols;
        buf_add_fmt(out, "\033[%d;%dH%s", at.row + 2 - top, at.col + 2 - left, was_wide ? "\xe4\xb8\x80" : "x");
        sgr_put(out, &its);
        buf_add_fmt(out, "\033[%dX", was_wide ? 2 : 1);
    } else {
        buf_add_fmt(out, "\033[%d;%dH", at.row + 2 - top, (n ? col : at.col) + 2 - left);
        if (n) sgr_put(out, &its);
        if (n) buf_add(out, text, n);
    }
    if (!n || !sgr_pen_is_equal(&its, &pen)) sgr_put(out, &pen);
}

static void put_mode(Buf *out, const char *mode, bool is_on, bool is_usual) {
    if (is_on != is_usual) buf_add_fmt(out, "\033[%s%c", mode, is_on ? 'h' : 'l');
}

/* None of these moves the cursor. */
static void put_modes(Term *t, Buf *out) {
    static const int asked[] = {1, 1004, 1005, 1006, 1015, 2004};
    for (size_t i = 0; i < COUNT_OF(asked); i++)
        if (sequence_has_mode(t, asked[i])) buf_add_fmt(out, "\033[?%dh", asked[i]);
    put_mode(out, "?5", t->is_reverse, false);
    put_mode(out, "?7", t->is_autowrap, true);
    put_mode(out, "4", t->is_insert, false);
    put_mode(out, "20", t->is_newline, false);
    if (t->mouse) buf_add_fmt(out, "\033[?%dh", t->mouse);
    if (t->is_keypad) buf_add_str(out, STR("\033="));
    snapshot_look(&t->look, out);
    for (int i = 0; i < 4; i++)
        if (t->sets[i]) buf_add_fmt(out, "\033%c%c", '(' + i, t->sets[i]);
    static const char *const shifts[] = {"", "\016", "\033n", "\033o"};
    buf_add_str(out, str(shifts[t->gl]));
}

void term_snapshot(Term *t, Buf *out) {
    Margins margins = sequence_margins(t);
    buf_add_str(out, STR("\033c"));
    put_title(t, out);
    if (t->is_alternate) {
        put_alternate(t, out);
    } else {
        CLEANUP(free_p) VTermScreenCell *cells = screen_cells(t);
        put_main(t, cells, t->wrapped, out);
    }
    put_tabs(t, out);
    snapshot_saved(t, out);
    put_margins(t, &margins, out);
    put_cursor(t, &margins, out);
    put_modes(t, out);
    buf_add(out, t->held, t->n_held);
    if (t->parse == PARSE_OSC_ESC || t->parse == PARSE_SKIP_ESC) buf_add_c(out, '\033');
}
