/* What each item may do. libvterm carries out what it is given without looking whether it can: more than 16 arguments,
 * margins outside the screen, a repeated character of no width or a double-width line under the cursor end in wrong memory
 * or an endless loop. So every item is either known here and handed over in a form that is safe, or dropped. What libvterm
 * does not report when asked is noted on the way.
 *
 * ECMA-48 for the standard functions, DEC STD 070 and xterm's ctlseqs for the private ones. */
#include "term/term_int.h"

/* The cursor's place decides what follows an item: a full last column is left as soon as the cursor moves. */
static void after_item(Term *t, VTermPos before) {
    VTermPos now = term_at(t);
    t->ends_with_text = false;
    if (now.row == before.row && now.col == before.col) return;
    t->is_phantom = false;
    t->n_still = 0;
}

/* Characters of no width are added to the cell before them, and libvterm keeps them all: after many of them in one place,
 * only ASCII is shown until the cursor moves. */
static void write_text(Term *t, Str run) {
    if (t->n_still < STILL_MAX) {
        term_write(t, run.p, run.n);
        return;
    }
    for (size_t i = 0; i < run.n; i++)
        if ((unsigned char)run.p[i] < 0x80) term_write(t, run.p + i, 1);
}

void sequence_text(Term *t, Str run) {
    bool has_more = false;
    for (size_t i = 0; i < run.n && !has_more; i++) has_more = (unsigned char)run.p[i] >= 0x80;
    VTermPos before = term_at(t);
    t->damage = (VTermRect){0};
    t->drawn_to = t->is_phantom ? t->size.cols : before.col;
    write_text(t, run);
    t->drawn_to = -1;
    VTermPos now = term_at(t);
    bool has_moved = now.row != before.row || now.col != before.col;
    t->n_still = has_more && !has_moved ? t->n_still + run.n : 0;
    t->is_phantom = t->is_autowrap && t->damage.end_col == t->size.cols && t->damage.start_row == now.row;
    t->ends_with_text = true;
    t->can_repeat = (unsigned char)run.p[run.n - 1] < 0x80;
}

void sequence_control(Term *t, char c) {
    VTermPos before = term_at(t);
    if (c == '\016' || c == '\017') t->gl = c == '\016'; /* LS1, LS0 */
    if (c >= '\b' && c <= '\017') term_write(t, &c, 1);
    if (c >= '\n' && c <= '\f') t->wrapped[term_at(t).row] = false; /* a line of its own, as xterm.js takes it */
    after_item(t, before);
}

/* DECSC. The library's own copy is used; ours is for the snapshot. */
static void save_cursor(Term *t) {
    VTermPos at = term_at(t);
    t->saved.row = at.row;
    t->saved.col = at.col;
    t->saved.pen = sgr_pen(t);
    t->saved.look = t->look;
}

/* Moves the cursor to a place of the screen, whatever the origin mode says. */
static void move(Term *t, int row, int col) {
    if (sequence_has_mode(t, 6)) {
        Margins m = sequence_margins(t);
        row -= m.top - 1;
        col -= m.left - 1;
    }
    term_writef(t, "\033[%d;%dH", row + 1, col + 1);
}

/* Asks libvterm itself; it answers at once. */
static Str ask(Term *t, const char *question) {
    buf_clear(&t->answer);
    term_write(t, question, strlen(question));
    return buf_str(&t->answer);
}

/* Two numbers behind `intro` in an answer. */
static void two_numbers(Str answer, const char *intro, int *ret_a, int *ret_b) {
    size_t at = 0;
    if (!str_find(answer, str(intro), &at)) return;
    int *to[] = {ret_a, ret_b};
    size_t i = at + strlen(intro);
    for (size_t k = 0; k < 2; k++, i++) {
        *to[k] = 0;
        for (; i < answer.n && answer.p[i] >= '0' && answer.p[i] <= '9'; i++)
            *to[k] = *to[k] * 10 + (answer.p[i] - '0');
    }
}

Margins sequence_margins(Term *t) {
    Margins m = {1, t->size.rows, 1, t->size.cols};
    two_numbers(ask(t, "\033P$qr\033\\"), "1$r", &m.top, &m.bottom); /* DECRQSS */
    two_numbers(ask(t, "\033P$qs\033\\"), "1$r", &m.left, &m.right);
    return m;
}

bool sequence_has_mode(Term *t, int mode) {
    char question[32], yes[32];
    snprintf(question, sizeof question, "\033[?%d$p", mode); /* DECRQM */
    snprintf(yes, sizeof yes, "?%d;1$y", mode);
    size_t at;
    return str_find(ask(t, question), str(yes), &at);
}

/* A margin at the edge of the screen is not named: it stays there when the screen grows. Both put the cursor home. */
static void set_rows(Term *t, int top, int bottom) {
    if (bottom >= t->size.rows)
        term_writef(t, "\033[%dr", top);
    else
        term_writef(t, "\033[%d;%dr", top, bottom);
}

static void set_cols(Term *t, int left, int right) {
    if (right >= t->size.cols)
        term_writef(t, "\033[%ds", left);
    else
        term_writef(t, "\033[%d;%ds", left, right);
}

static void reset_margins(Term *t) {
    VTermPos at = term_at(t);
    term_write(t, "\033[r\033[s", 6);
    move(t, at.row, at.col);
}

/* What was cut to a smaller screen lies at its edge now. */
static void cut_margins(Term *t, const Margins *m) {
    VTermPos at = term_at(t);
    set_rows(t, m->top, m->bottom);
    if (t->is_split) set_cols(t, m->left, m->right);
    move(t, at.row, at.col);
    t->is_phantom = false;
}

/* Own sequences, wherever the program's have got to. */
static void feed_aside(Term *t, Str bytes) {
    ParseState parse = t->parse;
    size_t n = t->n_held;
    char held[HELD_MAX];
    memcpy(held, t->held, n);
    t->parse = PARSE_TEXT;
    t->n_held = 0;
    parse_feed(t, bytes);
    memcpy(t->held, held, n);
    t->n_held = n;
    t->parse = parse;
}

void sequence_scroll(Term *t, int rows) {
    Margins m = sequence_margins(t);
    VTermPos at = term_at(t);
    CLEANUP(buf_done) Buf pen;
    buf_init(&pen, 256);
    Pen now = sgr_pen(t);
    sgr_put(&pen, &now);
    term_writef(t, "\033[r%s\033[m\033[%dS", t->is_split ? "\033[s" : "", rows);
    feed_aside(t, buf_str(&pen));
    set_rows(t, m.top, m.bottom);
    if (t->is_split) set_cols(t, m.left, m.right);
    move(t, at.row, at.col);
    t->is_phantom = false;
}

/* libvterm would restore the cursor to a place that is gone. */
static void fit_saved(Term *t) {
    int row = t->saved.row < t->size.rows ? t->saved.row : t->size.rows - 1;
    int col = t->saved.col < t->size.cols ? t->saved.col : t->size.cols - 1;
    if (row != t->saved.row || col != t->saved.col) sequence_move_saved(t, row, col);
}

void sequence_move_saved(Term *t, int row, int col) {
    t->saved.row = row > 0 ? row : 0;
    t->saved.col = col;
    bool has_origin = sequence_has_mode(t, 6);
    VTermPos at = term_at(t);
    Pen pen = sgr_pen(t);
    CursorLook look = t->look;
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 1024);
    buf_add_str(&b, STR("\033[?6l"));
    snapshot_saved(t, &b);
    snapshot_look(&look, &b);
    sgr_put(&b, &pen);
    if (has_origin) buf_add_str(&b, STR("\033[?6h"));
    feed_aside(t, buf_str(&b));
    move(t, at.row, at.col);
}

void sequence_fit(Term *t, const Margins *before) {
    Margins m = sequence_margins(t);
    if (m.top > t->size.rows || m.left > t->size.cols || m.top > m.bottom || m.left > m.right)
        reset_margins(t);
    else if (m.bottom < before->bottom || m.right < before->right)
        cut_margins(t, &m);
    fit_saved(t);
}

static void reset_tabs(Term *t) {
    memset(t->tabs, 0x01, sizeof t->tabs);
    t->has_own_tabs = false;
}

static void set_tab(Term *t, int col, bool is_on) {
    uint8_t bit = (uint8_t)(1u << (col & 7));
    if (is_on)
        t->tabs[col >> 3] |= bit;
    else
        t->tabs[col >> 3] &= (uint8_t)~bit;
    t->has_own_tabs = true;
}

/* RIS. libvterm leaves the alternate screen on, the mouse, and the reversed screen. */
static void reset(Term *t) {
    static const char all[] = "\033[?1047l\033[?1000l\033[?1006l\033[?5l\033c\0337";
    term_write(t, all, sizeof all - 1);
    t->is_autowrap = true;
    t->is_insert = t->is_newline = t->is_keypad = t->is_reverse = t->is_split = false;
    memset(t->sets, 0, sizeof t->sets);
    t->gl = 0;
    t->mouse = 0;
    t->is_phantom = false;
    reset_tabs(t);
    save_cursor(t);
}

/* DECSTR, which libvterm does not have. The cursor stays. */
static void soft_reset(Term *t) {
    VTermPos at = term_at(t);
    static const char all[] = "\033[4l\033[20l\033[?6l\033[?1l\033[?7h\033[?25h\033>\033[m\033(B\017\033[r\033[?69l";
    term_feed(t, str_n(all, sizeof all - 1));
    move(t, at.row, at.col);
}

static void designate(Term *t, char inter, char final) {
    if (final != '0' && final != 'A') final = 'B'; /* what libvterm does not know is shown as ASCII */
    t->sets[inter - '('] = final;
    term_writef(t, "\033%c%c", inter, final);
}

void sequence_escape(Term *t, char inter, char final) {
    VTermPos before = term_at(t);
    if (inter) {
        if (inter >= '(' && inter <= '+') designate(t, inter, final);
        if (inter == '#' && final == '8') term_write(t, "\033#8", 3); /* DECALN; not DECDWL and DECDHL */
    } else {
        if (final == 'c') reset(t);
        if (final == '7') save_cursor(t);
        if (final == '=' || final == '>') t->is_keypad = final == '=';
        if (final == 'n' || final == 'o') t->gl = final == 'n' ? 2 : 3; /* LS2, LS3 */
        if (final == 'H') set_tab(t, before.col, true);                 /* HTS */
        if (strchr("78=>noDEHM", final)) term_writef(t, "\033%c", final);
    }
    after_item(t, before);
}

/* The main screen is out of reach while the alternate one is shown, so it is copied on the way in (on_property). */
static void set_alternate(Term *t, int mode, bool is_on) {
    if (mode == 1049 && is_on) save_cursor(t);
    if (t->is_alternate != is_on || is_on) term_writef(t, "\033[?1047%c", is_on ? 'h' : 'l');
    if (mode == 1049) term_write(t, is_on ? "\0337" : "\0338", 2);
}

static void set_split(Term *t, bool is_on) {
    t->is_split = is_on;
    if (!is_on) {
        term_write(t, "\033[?69h", 6); /* so that the margins that it sets are those that it forgets */
        reset_margins(t);
    }
    term_writef(t, "\033[?69%c", is_on ? 'h' : 'l');
}

/* Modes that are handed over as they are: DECCKM, DECOM, blinking, DECTCEM, focus, mouse coordinates, bracketed paste. */
static bool is_passed(int mode) {
    static const int modes[] = {1, 6, 12, 25, 1004, 1005, 1006, 1015, 2004};
    for (size_t i = 0; i < COUNT_OF(modes); i++)
        if (modes[i] == mode) return true;
    return false;
}

static void set_private_mode(Term *t, int mode, bool is_on) {
    switch (mode) {
    case 47:
    case 1047:
    case 1049: set_alternate(t, mode, is_on); return;
    case 69: set_split(t, is_on); return;
    case 5: t->is_reverse = is_on; break;
    case 7: t->is_autowrap = is_on; break;
    case 1000:
    case 1002:
    case 1003: t->mouse = is_on ? mode : 0; break;
    case 1048:
        if (is_on) save_cursor(t);
        break;
    default:
        if (!is_passed(mode)) return;
    }
    term_writef(t, "\033[?%d%c", mode, is_on ? 'h' : 'l');
}

static void set_mode(Term *t, int mode, bool is_on) {
    if (mode != 4 && mode != 20) return;
    *(mode == 4 ? &t->is_insert : &t->is_newline) = is_on;
    term_writef(t, "\033[%d%c", mode, is_on ? 'h' : 'l');
}

static void set_modes(Term *t, const Csi *c) {
    for (int i = 0; i < c->n; i++)
        if (c->leader)
            set_private_mode(t, c->args[i], c->final == 'h');
        else
            set_mode(t, c->args[i], c->final == 'h');
}

static void clear_tabs(Term *t, int what) {
    if (what == 3 || what == 5) {
        memset(t->tabs, 0, sizeof t->tabs);
        t->has_own_tabs = true;
    } else if (what == 0 || what == ARG_MISSING) {
        set_tab(t, term_at(t).col, false);
    }
}

/* Hands a sequence over as it came, with at most `max` arguments. */
static void pass(Term *t, const Csi *c, int max) {
    char out[128];
    int n = snprintf(out, sizeof out, "\033[%.*s", c->leader ? 1 : 0, &c->leader);
    for (int i = 0; i < c->n && i < max; i++) {
        if (i) out[n++] = ';';
        if (c->args[i] != ARG_MISSING) n += snprintf(out + n, sizeof out - (size_t)n, "%d", c->args[i]);
    }
    if (c->inter) out[n++] = c->inter;
    out[n++] = c->final;
    term_write(t, out, (size_t)n);
}

static void pass_one(Term *t, const Csi *c) { pass(t, c, 1); }

static void soft_reset_csi(Term *t, const Csi *c) {
    (void)c;
    soft_reset(t);
}

/* CSI s is DECSLRM where the screen may be split, else the cursor is saved (as xterm decides it). */
static void margins_or_save(Term *t, const Csi *c) {
    if (t->is_split) {
        int left = c->args[0] > 0 ? c->args[0] : 1, right = c->n > 1 && c->args[1] > 0 ? c->args[1] : t->size.cols;
        if (right > t->size.cols) right = t->size.cols;
        if (left < right) set_cols(t, left, right);
        return;
    }
    save_cursor(t);
    term_write(t, "\0337", 2);
}

/* DECSTBM */
static void set_margins(Term *t, const Csi *c) {
    int top = c->args[0] > 0 ? c->args[0] : 1, bottom = c->n > 1 && c->args[1] > 0 ? c->args[1] : t->size.rows;
    if (bottom > t->size.rows) bottom = t->size.rows;
    if (top > bottom) top = 1, bottom = t->size.rows;
    set_rows(t, top, bottom);
}

static void plain_csi(Term *t, const Csi *c) {
    switch (c->final) {
    case 'h':
    case 'l': set_modes(t, c); return;
    case 'm': sgr_filter(t, c); return;
    case 's': margins_or_save(t, c); return;
    case 'r': set_margins(t, c); return;
    case 'u': term_write(t, "\0338", 2); return;
    case 'b':
        if (t->can_repeat) pass(t, c, 1);
        return;
    case 'g': clear_tabs(t, c->args[0]); break;
    case 'J':
        if (c->args[0] == 3) lines_forget(t); /* xterm: the lines that scrolled off */
        break;
    default: break;
    }
    if (strchr("@ABCDEFGHIJKLMPSTXZ`adefgjk", c->final)) pass(t, c, 2);
}

/* These leave a full last column even where the cursor stays. */
static bool is_move(const Csi *c) { return !c->leader && !c->inter && strchr("ABCDEFGH`adefjk", c->final); }

/* Sequences with a leader or an intermediate byte. */
static const struct {
    char leader, inter, final;
    void (*run)(Term *t, const Csi *c);
} others[] = {
    {'?', 0, 'h', set_modes},      {'?', 0, 'l', set_modes}, {'?', 0, 'J', pass_one}, /* DECSED */
    {'?', 0, 'K', pass_one},                                                          /* DECSEL */
    {0, ' ', 'q', pass_one},                                                          /* DECSCUSR */
    {0, '"', 'q', pass_one},                                                          /* DECSCA */
    {0, '\'', '}', pass_one},                                                         /* DECIC */
    {0, '\'', '~', pass_one},                                                         /* DECDC */
    {0, '!', 'p', soft_reset_csi},
};

void sequence_csi(Term *t, const Csi *c) {
    VTermPos before = term_at(t);
    if (is_move(c)) t->is_phantom = false;
    if (!c->leader && !c->inter) plain_csi(t, c);
    for (size_t i = 0; i < COUNT_OF(others); i++)
        if (others[i].leader == c->leader && others[i].inter == c->inter && others[i].final == c->final)
            others[i].run(t, c);
    after_item(t, before);
}

/* OSC 0, 1 and 2: icon name and title. */
void sequence_osc(Term *t, Str body) {
    if (body.n < 2 || body.p[1] != ';' || body.p[0] < '0' || body.p[0] > '2') return;
    Str text = str_upto(str_from(body, 2), TERM_TITLE_MAX);
    if (body.p[0] != '2') {
        memcpy(t->icon, text.p, text.n);
        t->n_icon = text.n;
    }
    if (body.p[0] != '1') {
        memcpy(t->title, text.p, text.n);
        t->n_title = text.n;
    }
}
