/* How characters look: SGR (ECMA-48 8.3.117, with the colours of ISO 8613-6) to libvterm and back. */
#include "term/term_int.h"

/* The parts that are collected for one sequence to libvterm. */
typedef struct Sgr {
    Term *t;
    char out[160];
    int n, n_args;
} Sgr;

static void flush(Sgr *s) {
    if (!s->n_args) return;
    term_writef(s->t, "\033[%.*sm", s->n, s->out);
    s->n = s->n_args = 0;
}

__attribute__((format(printf, 3, 4))) static void part(Sgr *s, int n_args, const char *fmt, ...) {
    if (s->n_args + n_args > VTERM_ARGS_MAX || s->n > (int)sizeof s->out - 40) flush(s);
    if (s->n_args) s->out[s->n++] = ';';
    va_list ap;
    va_start(ap, fmt);
    s->n += vsnprintf(s->out + s->n, sizeof s->out - (size_t)s->n, fmt, ap);
    va_end(ap);
    s->n_args += n_args;
}

/* The arguments of a colour at c->args[i], which is 38, 48 or 58: "38;5;n", "38;2;r;g;b", the same with colons, and
 * "38:2:space:r:g:b". Returns the number used. */
static int colour(Sgr *s, const Csi *c, int i) {
    int end = i + 1; /* with colons: up to the last part */
    bool has_colons = c->more[i];
    if (has_colons)
        while (end < c->n && c->more[end - 1]) end++;
    int kind = i + 1 < c->n ? c->args[i + 1] : ARG_MISSING;
    int wanted = kind == 5 ? 3 : kind == 2 ? 5 : 1;
    if (!has_colons) end = i + wanted <= c->n ? i + wanted : c->n;
    if (wanted == 1 || end - i < wanted || c->args[i] == 58) return end - i;
    int v[3];
    for (int k = 0; k < wanted - 2; k++) {
        int at = c->args[end - (wanted - 2) + k];
        v[k] = at == ARG_MISSING ? 0 : at > 255 ? 255 : at;
    }
    if (kind == 5)
        part(s, 3, "%d;5;%d", c->args[i], v[0]);
    else
        part(s, 5, "%d;2;%d;%d;%d", c->args[i], v[0], v[1], v[2]);
    return end - i;
}

static unsigned font_now(const Term *t) {
    VTermValue v;
    return vterm_state_get_penattr(t->state, VTERM_ATTR_FONT, &v) ? (unsigned)v.number : 0;
}

/* What libvterm lacks goes into the font of its pen. */
static void font(Sgr *s, unsigned set, unsigned cleared) {
    flush(s);
    part(s, 1, "%u", 10 + ((font_now(s->t) | set) & ~cleared));
    flush(s);
}

static void simple(Sgr *s, int arg) {
    switch (arg) {
    case 2: font(s, FONT_DIM, 0); return;
    case 8: font(s, FONT_HIDDEN, 0); return;
    case 53: font(s, FONT_OVERLINED, 0); return;
    case 22: font(s, 0, FONT_DIM); break;
    case 28: font(s, 0, FONT_HIDDEN); return;
    case 55: font(s, 0, FONT_OVERLINED); return;
    default: break;
    }
    bool is_known =
        (arg >= 0 && arg <= 9) || (arg >= 21 && arg <= 29) || (arg >= 30 && arg <= 49) || (arg >= 90 && arg <= 107);
    if (is_known) part(s, 1, "%d", arg);
}

void sgr_filter(Term *t, const Csi *c) {
    Sgr s = {.t = t};
    for (int i = 0; i < c->n;) {
        int arg = c->args[i] == ARG_MISSING ? 0 : c->args[i];
        if (arg == 38 || arg == 48 || arg == 58) {
            i += colour(&s, c, i);
            continue;
        }
        int used = 1;
        while (i + used < c->n && c->more[i + used - 1]) used++;
        if (arg == 4 && used == 2 && c->args[i + 1] <= 5) /* dotted and dashed lines are shown as curly ones */
            part(&s, 2, "4:%d", c->args[i + 1] > 3 ? 3 : c->args[i + 1] < 0 ? 1 : c->args[i + 1]);
        else if (used == 1)
            simple(&s, arg);
        i += used;
    }
    flush(&s);
}

Pen sgr_pen(const Term *t) {
    VTermValue v[VTERM_N_ATTRS] = {0};
    for (VTermAttr a = VTERM_ATTR_BOLD; a < VTERM_N_ATTRS; a++) vterm_state_get_penattr(t->state, a, &v[a]);
    return (Pen){
        .bold = v[VTERM_ATTR_BOLD].boolean != 0,
        .italic = v[VTERM_ATTR_ITALIC].boolean != 0,
        .blink = v[VTERM_ATTR_BLINK].boolean != 0,
        .reverse = v[VTERM_ATTR_REVERSE].boolean != 0,
        .strike = v[VTERM_ATTR_STRIKE].boolean != 0,
        .underline = (unsigned)v[VTERM_ATTR_UNDERLINE].number & 3,
        .font = (unsigned)v[VTERM_ATTR_FONT].number & 15,
        .fg = v[VTERM_ATTR_FOREGROUND].color,
        .bg = v[VTERM_ATTR_BACKGROUND].color,
    };
}

/* The screen reports reversed cells on a reversed screen as not reversed. */
Pen sgr_pen_of(const VTermScreenCell *cell, bool is_reverse) {
    return (Pen){
        .bold = cell->attrs.bold,
        .italic = cell->attrs.italic,
        .blink = cell->attrs.blink,
        .reverse = cell->attrs.reverse ^ (is_reverse ? 1u : 0u),
        .strike = cell->attrs.strike,
        .underline = cell->attrs.underline,
        .font = cell->attrs.font,
        .fg = cell->fg,
        .bg = cell->bg,
    };
}

static bool is_same_colour(const VTermColor *a, const VTermColor *b, uint8_t default_flag) {
    bool a_default = a->type & default_flag, b_default = b->type & default_flag;
    return a_default || b_default ? a_default == b_default : vterm_color_is_equal(a, b);
}

bool sgr_pen_is_equal(const Pen *a, const Pen *b) {
    return a->bold == b->bold && a->italic == b->italic && a->blink == b->blink && a->reverse == b->reverse &&
           a->strike == b->strike && a->underline == b->underline && a->font == b->font &&
           is_same_colour(&a->fg, &b->fg, VTERM_COLOR_DEFAULT_FG) &&
           is_same_colour(&a->bg, &b->bg, VTERM_COLOR_DEFAULT_BG);
}

static const Pen default_pen = {.fg.type = VTERM_COLOR_DEFAULT_FG, .bg.type = VTERM_COLOR_DEFAULT_BG};

bool sgr_pen_is_default(const Pen *p) { return sgr_pen_is_equal(p, &default_pen); }

static void put_colour(Buf *out, const VTermColor *c, bool is_fg) {
    if (c->type & (is_fg ? VTERM_COLOR_DEFAULT_FG : VTERM_COLOR_DEFAULT_BG)) return;
    if (VTERM_COLOR_IS_RGB(c))
        buf_add_fmt(out, ";%d;2;%d;%d;%d", is_fg ? 38 : 48, c->rgb.red, c->rgb.green, c->rgb.blue);
    else if (c->indexed.idx < 8)
        buf_add_fmt(out, ";%d", (is_fg ? 30 : 40) + c->indexed.idx);
    else if (c->indexed.idx < 16)
        buf_add_fmt(out, ";%d", (is_fg ? 90 : 100) + c->indexed.idx - 8);
    else
        buf_add_fmt(out, ";%d;5;%d", is_fg ? 38 : 48, c->indexed.idx);
}

void sgr_put(Buf *out, const Pen *p) {
    static const char *const underlines[] = {"", ";4", ";21", ";4:3"};
    buf_add_str(out, STR("\033[0"));
    if (p->bold) buf_add_str(out, STR(";1"));
    if (p->font & FONT_DIM) buf_add_str(out, STR(";2"));
    if (p->italic) buf_add_str(out, STR(";3"));
    buf_add_str(out, str(underlines[p->underline]));
    if (p->blink) buf_add_str(out, STR(";5"));
    if (p->reverse) buf_add_str(out, STR(";7"));
    if (p->font & FONT_HIDDEN) buf_add_str(out, STR(";8"));
    if (p->strike) buf_add_str(out, STR(";9"));
    if (p->font & FONT_OVERLINED) buf_add_str(out, STR(";53"));
    put_colour(out, &p->fg, true);
    put_colour(out, &p->bg, false);
    buf_add_c(out, 'm');
}
