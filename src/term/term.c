/* A terminal's screen: libvterm's, and what it does not keep: the lines that scrolled off, the title, and the main screen
 * while the alternate one is shown. */
#include "term/term_int.h"

#include <stdio.h>
#include <stdlib.h>

TermSize term_size_within(TermSize s) {
    s.rows = s.rows < TERM_ROWS_MIN ? TERM_ROWS_MIN : s.rows > TERM_ROWS_MAX ? TERM_ROWS_MAX : s.rows;
    s.cols = s.cols < TERM_COLS_MIN ? TERM_COLS_MIN : s.cols > TERM_COLS_MAX ? TERM_COLS_MAX : s.cols;
    return s;
}

static void on_answer(const char *bytes, size_t n, void *user) {
    Term *t = user;
    buf_add(&t->answer, bytes, n);
}

/* libvterm draws text character by character: one that is in the first column, after one at the end of a row, was wrapped.
 * What is drawn from the first column to the last is erased. */
static int on_damage(VTermRect rect, void *user) {
    Term *t = user;
    t->damage = rect;
    if (rect.start_col == 0 && rect.end_col >= t->size.cols) {
        for (int row = rect.start_row; row < rect.end_row && row < TERM_ROWS_MAX; row++) t->wrapped[row] = false;
    } else if (t->drawn_to >= 0) {
        if (rect.start_col == 0 && t->drawn_to >= t->size.cols - 1) t->wrapped[rect.start_row] = true;
        t->drawn_to = rect.end_col;
    }
    return 1;
}

/* What was scrolled in between is erased next. */
static int on_moved(VTermRect to, VTermRect from, void *user) {
    Term *t = user;
    t->n_pushed = 0;
    if (from.start_col == 0 && from.end_col >= t->size.cols && from.end_row <= TERM_ROWS_MAX)
        memmove(t->wrapped + to.start_row, t->wrapped + from.start_row, (size_t)(from.end_row - from.start_row));
    return 1;
}

/* libvterm does not say how wide a character is, but its cursor does. */
static int char_width(Term *t, uint32_t c) {
    if (c < 0x300 || (c >= 0x2500 && c < 0x25a0)) return 1; /* Latin; lines and blocks */
    if (!t->probe) {
        t->probe = vterm_new(1, 8);
        vterm_set_utf8(t->probe, 1);
        vterm_screen_reset(vterm_obtain_screen(t->probe), 1);
    }
    VTermScreenCell cell = {.chars = {c}};
    char text[VTERM_MAX_CHARS_PER_CELL * 4];
    vterm_input_write(t->probe, "\r", 1);
    vterm_input_write(t->probe, text, snapshot_cell_text(&cell, text));
    VTermPos at;
    vterm_state_get_cursorpos(vterm_obtain_state(t->probe), &at);
    return at.col;
}

/* Half of a wide character is left where the other half was overwritten or cut off, and a combining character where there
 * was nothing to add it to. Both show as a blank. */
static void tidy(Term *t, VTermScreenCell *cells, int cols) {
    for (int col = 0; col < cols; col++) {
        VTermScreenCell *cell = &cells[col];
        bool has_rest = col + 1 < cols && cells[col + 1].chars[0] == (uint32_t)-1;
        cell->width = 1;
        int width = cell->chars[0] == (uint32_t)-1 ? 0 : char_width(t, cell->chars[0]);
        if (width == 0 || (width == 2 && !has_rest)) cell->chars[0] = 0;
        if (width == 2 && has_rest) {
            cell->width = 2;
            col++;
        }
    }
}

void term_cells(Term *t, int row, VTermScreenCell *ret) {
    for (int col = 0; col < t->size.cols; col++) vterm_screen_get_cell(t->screen, (VTermPos){row, col}, &ret[col]);
    tidy(t, ret, t->size.cols);
}

static int on_scrolled_off(int cols, const VTermScreenCell *cells, void *user) {
    Term *t = user;
    CLEANUP(free_p) VTermScreenCell *own = mu_array((size_t)cols, sizeof *own);
    memcpy(own, cells, (size_t)cols * sizeof *own);
    tidy(t, own, cols);
    lines_add(t, own, cols, t->n_pushed < TERM_ROWS_MAX && t->wrapped[t->n_pushed]);
    t->n_pushed++;
    return 1;
}

static void show(Term *t, bool is_alternate) {
    VTermValue v = {.boolean = is_alternate};
    vterm_state_set_termprop(t->state, VTERM_PROP_ALTSCREEN, &v);
}

/* The main screen can be read and scrolled only while it is shown: so go back to it for a moment. */
static void copy_main(Term *t, int scroll) {
    t->is_looking = true;
    show(t, false);
    memcpy(t->wrapped, t->main_wrapped, sizeof t->wrapped);
    if (scroll) sequence_scroll(t, scroll);
    memcpy(t->main_wrapped, t->wrapped, sizeof t->wrapped);
    if (!t->main) t->main = mu_array((size_t)t->size.rows * (size_t)t->size.cols, sizeof *t->main);
    t->main_size = t->size;
    for (int row = 0; row < t->size.rows; row++) term_cells(t, row, t->main + row * t->size.cols);
    show(t, true);
    t->is_looking = false;
}

/* libvterm has switched to the alternate screen already, and will erase it. */
static void enter_alternate(Term *t) {
    memcpy(t->main_wrapped, t->wrapped, sizeof t->wrapped);
    copy_main(t, 0);
    t->is_alternate = true;
}

static void leave_alternate(Term *t) {
    free(t->main);
    t->main = NULL;
    t->is_alternate = false;
    memcpy(t->wrapped, t->main_wrapped, sizeof t->wrapped);
}

static int on_property(VTermProp prop, VTermValue *v, void *user) {
    Term *t = user;
    switch (prop) {
    case VTERM_PROP_CURSORVISIBLE: t->look.is_visible = v->boolean; break;
    case VTERM_PROP_CURSORBLINK: t->look.is_blinking = v->boolean; break;
    case VTERM_PROP_CURSORSHAPE: t->look.shape = v->number; break;
    case VTERM_PROP_ALTSCREEN:
        if (t->is_looking) break;
        if (v->boolean && !t->is_alternate) enter_alternate(t);
        if (!v->boolean && t->is_alternate) leave_alternate(t);
        break;
    default: break;
    }
    return 1;
}

static const VTermScreenCallbacks callbacks = {
    .damage = on_damage,
    .moverect = on_moved,
    .settermprop = on_property,
    .sb_pushline = on_scrolled_off,
};

void term_write(Term *t, const char *bytes, size_t n) { vterm_input_write(t->vt, bytes, n); }

void term_writef(Term *t, const char *fmt, ...) {
    char out[256];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(out, sizeof out, fmt, ap);
    va_end(ap);
    if (n > 0 && (size_t)n < sizeof out) term_write(t, out, (size_t)n);
}

VTermPos term_at(const Term *t) {
    VTermPos at;
    vterm_state_get_cursorpos(t->state, &at);
    return at;
}

Term *term_new(TermSize size) {
    Term *t = mu_new(Term);
    t->size = term_size_within(size);
    t->drawn_to = -1;
    t->lines = mu_array(TERM_SCROLLBACK_LINES, sizeof *t->lines);
    buf_init(&t->answer, 256);
    t->vt = vterm_new(t->size.rows, t->size.cols);
    if (!t->vt) abort();
    vterm_set_utf8(t->vt, 1);
    vterm_output_set_callback(t->vt, on_answer, t);
    t->state = vterm_obtain_state(t->vt);
    t->screen = vterm_obtain_screen(t->vt);
    vterm_screen_enable_altscreen(t->screen, 1);
    vterm_screen_set_callbacks(t->screen, &callbacks, t);
    vterm_screen_reset(t->screen, 1);
    sequence_escape(t, 0, 'c');
    return t;
}

void term_free(Term *t) {
    if (!t) return;
    vterm_free(t->vt);
    if (t->probe) vterm_free(t->probe);
    lines_forget(t);
    free(t->lines);
    free(t->main);
    buf_done(&t->answer);
    free(t);
}

void term_feed(Term *t, Str bytes) { parse_feed(t, bytes); }

static int used_rows(const Term *t) {
    int row = t->main_size.rows - 1;
    for (; row > t->saved.row; row--)
        for (int col = 0; col < t->main_size.cols; col++)
            if (t->main[row * t->main_size.cols + col].chars[0]) return row + 1;
    return row + 1;
}

/* What does not fit on the main screen scrolls off at its top, and the cursor that is saved with it: libvterm would cut it
 * off at the bottom, where the program had been called. */
static void shrink_main(Term *t, int rows) {
    int scroll = used_rows(t) - rows;
    if (scroll <= 0) return;
    copy_main(t, scroll);
    sequence_move_saved(t, t->saved.row - scroll, t->saved.col);
}

/* As libvterm does it with the screen that is out of reach: the upper left part stays, the rest is blank. */
static void resize_main(Term *t, TermSize size) {
    VTermScreenCell *to = mu_array((size_t)size.rows * (size_t)size.cols, sizeof *to);
    VTermScreenCell blank = {.width = 1, .fg.type = VTERM_COLOR_DEFAULT_FG, .bg.type = VTERM_COLOR_DEFAULT_BG};
    for (int row = 0; row < size.rows; row++) {
        for (int col = 0; col < size.cols; col++) {
            bool is_old = row < t->main_size.rows && col < t->main_size.cols;
            to[row * size.cols + col] = is_old ? t->main[row * t->main_size.cols + col] : blank;
        }
        tidy(t, to + row * size.cols, size.cols); /* half of a wide character may be left at the edge */
    }
    free(t->main);
    t->main = to;
    t->main_size = size;
}

static void forget_wrapped(Term *t, int from_row) {
    size_t n = sizeof t->wrapped - (size_t)from_row;
    memset(t->wrapped + from_row, 0, n);
    memset(t->main_wrapped + from_row, 0, n);
}

void term_resize(Term *t, TermSize wanted) {
    TermSize size = term_size_within(wanted);
    if (size.rows == t->size.rows && size.cols == t->size.cols) return;
    VTermPos before = term_at(t);
    Margins margins = sequence_margins(t);
    if (t->is_alternate) shrink_main(t, size.rows);
    if (size.cols != t->size.cols) forget_wrapped(t, 0); /* its rows are cut off or no longer full */
    for (int col = t->size.cols; col < size.cols; col++) /* new columns have the usual tab stops */
        if (col % 8 == 0)
            t->tabs[col >> 3] |= (uint8_t)(1u << (col & 7));
        else
            t->tabs[col >> 3] &= (uint8_t) ~(1u << (col & 7));
    t->size = size;
    if (t->is_alternate) resize_main(t, size);
    vterm_set_size(t->vt, size.rows, size.cols);
    forget_wrapped(t, size.rows);
    lines_wrap(t);
    if (term_at(t).row < 0)
        term_write(t, "\033[H", 3); /* libvterm scrolls text below the cursor up, and the cursor with it */
    sequence_fit(t, &margins);
    VTermPos now = term_at(t);
    t->ends_with_text = false;
    if (now.row != before.row || now.col != before.col) t->is_phantom = false;
}

TermSize term_size(const Term *t) { return t->size; }

TermCursor term_cursor(const Term *t) {
    VTermPos at = term_at(t);
    return (TermCursor){at.row, at.col, t->look.is_visible};
}

bool term_is_alternate(const Term *t) { return t->is_alternate; }
Str term_title(const Term *t) { return str_n(t->title, t->n_title); }
size_t term_scrollback(const Term *t) { return t->n_lines; }

static int run_colour(const VTermColor *c, uint8_t default_flag) {
    if (c->type & default_flag) return -1;
    if (VTERM_COLOR_IS_RGB(c)) return 0x1000000 | c->rgb.red << 16 | c->rgb.green << 8 | c->rgb.blue;
    return c->indexed.idx;
}

static TermRun run_of(const Pen *p, Str text, int cells) {
    return (TermRun){
        .text = text,
        .cells = cells,
        .is_bold = p->bold,
        .is_dim = p->font & FONT_DIM,
        .is_italic = p->italic,
        .is_blinking = p->blink,
        .is_reverse = p->reverse,
        .is_struck = p->strike,
        .is_hidden = p->font & FONT_HIDDEN,
        .is_overlined = p->font & FONT_OVERLINED,
        .underline = (int)p->underline,
        .fg = run_colour(&p->fg, VTERM_COLOR_DEFAULT_FG),
        .bg = run_colour(&p->bg, VTERM_COLOR_DEFAULT_BG),
    };
}

/* How a cell looks to a reader: one that was erased shows its background only. */
static Pen visible_pen(const VTermScreenCell *cell) {
    Pen p = sgr_pen_of(cell, false);
    return cell->chars[0] ? p : (Pen){.fg.type = VTERM_COLOR_DEFAULT_FG, .bg = p.bg};
}

/* The column behind the last cell that shows something. */
static int row_end(const VTermScreenCell *cells, int cols) {
    for (; cols > 0; cols--) {
        Pen pen = visible_pen(&cells[cols - 1]);
        if (cells[cols - 1].chars[0] || !sgr_pen_is_default(&pen)) break;
    }
    return cols;
}

void term_row(Term *t, int row, TermRunFn *fn, void *arg) {
    if (row < 0 || row >= t->size.rows) return;
    CLEANUP(free_p) VTermScreenCell *cells = mu_array((size_t)t->size.cols, sizeof *cells);
    term_cells(t, row, cells);
    CLEANUP(buf_done) Buf text;
    buf_init(&text, (size_t)TERM_COLS_MAX * VTERM_MAX_CHARS_PER_CELL * 4);
    Pen pen = {0};
    int n_cells = 0;
    for (int col = 0, end = row_end(cells, t->size.cols); col < end; col += cells[col].width) {
        Pen its = visible_pen(&cells[col]);
        if (n_cells && !sgr_pen_is_equal(&its, &pen)) {
            TermRun run = run_of(&pen, buf_str(&text), n_cells);
            fn(arg, &run);
            buf_clear(&text);
            n_cells = 0;
        }
        if (!n_cells) pen = its;
        n_cells += cells[col].width;
        char out[VTERM_MAX_CHARS_PER_CELL * 4];
        size_t n = snapshot_cell_text(&cells[col], out);
        buf_add(&text, n ? out : " ", n ? n : 1);
    }
    if (!n_cells) return;
    TermRun run = run_of(&pen, buf_str(&text), n_cells);
    fn(arg, &run);
}
