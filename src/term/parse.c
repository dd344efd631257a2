/* Terminal bytes into text, controls and sequences (ECMA-48 5.4, ECMA-35 13.2; the states are those of DEC's terminals).
 * Bytes of an unfinished item are kept in `held`, so that any cut gives the same. The input is UTF-8: C1 controls exist
 * only as ESC and a byte. */
#include "term/term_int.h"

static void hold(Term *t, char c) {
    if (t->n_held < HELD_MAX) t->held[t->n_held++] = c;
}

static void enter(Term *t, ParseState state) {
    t->parse = state;
    if (state == PARSE_TEXT) t->n_held = 0;
}

static void enter_esc(Term *t) {
    t->n_held = 0;
    hold(t, '\033');
    t->parse = PARSE_ESC;
}

/* Arguments of a control sequence. False if it has no form that we know. */
static bool csi_parse(Str s, char final, Csi *ret) {
    *ret = (Csi){.final = final};
    size_t i = 0;
    if (i < s.n && s.p[i] >= '<' && s.p[i] <= '?') ret->leader = s.p[i++];
    int *arg = &ret->args[0];
    *arg = ARG_MISSING;
    ret->n = 1;
    for (; i < s.n && s.p[i] >= '0' && s.p[i] <= ';'; i++) {
        if (s.p[i] <= '9') {
            *arg = (*arg == ARG_MISSING ? 0 : *arg) * 10 + (s.p[i] - '0');
            if (*arg > ARG_MAX) *arg = ARG_MAX;
            continue;
        }
        if (ret->n == CSI_ARGS) return false;
        ret->more[ret->n - 1] = s.p[i] == ':';
        arg = &ret->args[ret->n++];
        *arg = ARG_MISSING;
    }
    if (i < s.n && s.p[i] >= ' ' && s.p[i] <= '/') ret->inter = s.p[i++];
    return i == s.n;
}

static void csi_byte(Term *t, char c) {
    if (c < '@') {
        if (t->n_held == HELD_MAX) t->parse = PARSE_CSI_SKIP;
        hold(t, c);
        return;
    }
    Csi csi;
    bool is_known = csi_parse(str_n(t->held + 2, t->n_held - 2), c, &csi);
    enter(t, PARSE_TEXT);
    if (is_known) sequence_csi(t, &csi);
}

static void esc_byte(Term *t, char c) {
    static const struct {
        char byte;
        ParseState state;
    } longer[] = {{'[', PARSE_CSI},  {']', PARSE_OSC},  {'P', PARSE_SKIP},
                  {'X', PARSE_SKIP}, {'^', PARSE_SKIP}, {'_', PARSE_SKIP}};
    for (size_t i = 0; t->parse == PARSE_ESC && i < COUNT_OF(longer); i++)
        if (longer[i].byte == c) {
            hold(t, c);
            t->parse = longer[i].state;
            return;
        }
    if (c >= ' ' && c <= '/') {
        hold(t, c);
        t->parse = PARSE_ESC_MORE;
        return;
    }
    char inter = t->parse == PARSE_ESC_MORE && t->n_held == 2 ? t->held[1] : 0;
    bool is_known = t->parse == PARSE_ESC || inter;
    enter(t, PARSE_TEXT);
    if (is_known) sequence_escape(t, inter, c);
}

/* A command string ends with BEL or ST. */
static void string_byte(Term *t, char c) {
    bool is_osc = t->parse == PARSE_OSC || t->parse == PARSE_OSC_ESC;
    bool is_esc = t->parse == PARSE_OSC_ESC || t->parse == PARSE_SKIP_ESC;
    if (is_esc && c != '\\') { /* the ESC began something else */
        enter_esc(t);
        esc_byte(t, c);
        return;
    }
    if (is_esc || c == '\a') {
        Str body = str_n(t->held + 2, t->n_held - 2);
        if (is_osc) sequence_osc(t, body);
        enter(t, PARSE_TEXT);
        return;
    }
    if (is_osc) hold(t, c);
}

/* A control inside a sequence acts at once (except in a string), as terminals do it. */
static bool control_byte(Term *t, char c) {
    bool is_string = t->parse >= PARSE_OSC;
    if (c == '\030' || c == '\032') { /* CAN, SUB */
        enter(t, PARSE_TEXT);
        return true;
    }
    if (c == '\033') {
        if (is_string)
            t->parse = t->parse == PARSE_OSC || t->parse == PARSE_OSC_ESC ? PARSE_OSC_ESC : PARSE_SKIP_ESC;
        else
            enter_esc(t);
        return true;
    }
    if (is_string && c == '\a') return false;
    if (!is_string) sequence_control(t, c);
    return true;
}

static void sequence_byte(Term *t, char c) {
    if ((unsigned char)c < ' ') {
        if (control_byte(t, c)) return;
    } else if (c == '\177') {
        return;
    }
    switch (t->parse) {
    case PARSE_TEXT: break;
    case PARSE_ESC:
    case PARSE_ESC_MORE: esc_byte(t, c); break;
    case PARSE_CSI: csi_byte(t, c); break;
    case PARSE_CSI_SKIP:
        if (c >= '@') enter(t, PARSE_TEXT);
        break;
    case PARSE_OSC:
    case PARSE_OSC_ESC:
    case PARSE_SKIP:
    case PARSE_SKIP_ESC: string_byte(t, c); break;
    }
}

/* Bytes that the character beginning with `lead` has, 0 if none begins so. */
static size_t utf8_wanted(unsigned char lead) {
    if (lead >= 0xc2 && lead <= 0xdf) return 2;
    if (lead >= 0xe0 && lead <= 0xef) return 3;
    return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

static bool is_continuation(char c) { return ((unsigned char)c & 0xc0) == 0x80; }

/* U+0080 to U+009F: libvterm gives them a negative width. */
static bool is_c1(const char *p, size_t n) {
    return n == 2 && (unsigned char)p[0] == 0xc2 && (unsigned char)p[1] < 0xa0;
}

/* Length of the text at the start of s that can be handed over as it is. */
static size_t text_len(Str s) {
    size_t i = 0;
    while (i < s.n) {
        unsigned char c = (unsigned char)s.p[i];
        size_t n = c >= ' ' && c < 0x7f ? 1 : c >= 0x80 ? utf8_step(s.p + i, s.n - i) : 0;
        if (!n || is_c1(s.p + i, n) || i + n > RUN_MAX) break;
        i += n;
    }
    return i;
}

/* One character that is not plain text: a control, DEL, a C1 control, or bytes that are not UTF-8. The number of bytes
 * done; 0 if its end is missing. */
static size_t odd_char(Term *t, Str s) {
    unsigned char c = (unsigned char)s.p[0];
    if (c < ' ') control_byte(t, s.p[0]);
    if (c < ' ' || c == 0x7f) return 1;
    size_t n = utf8_step(s.p, s.n);
    if (is_c1(s.p, n)) return n;
    size_t have = 1, wanted = utf8_wanted(c);
    while (have < s.n && have < wanted && is_continuation(s.p[have])) have++;
    if (have < wanted && have == s.n) return 0;
    sequence_text(t, STR("\xef\xbf\xbd"));
    return 1;
}

/* Completes a character whose first bytes came before; the number of bytes used. */
static size_t feed_held(Term *t, Str s) {
    size_t before = t->n_held, used = 0;
    size_t wanted = utf8_wanted((unsigned char)t->held[0]);
    while (used < s.n && t->n_held < wanted && is_continuation(s.p[used])) hold(t, s.p[used++]);
    if (t->n_held < wanted && used == s.n) return used;
    char whole[4];
    size_t n = t->n_held;
    memcpy(whole, t->held, n);
    t->n_held = 0;
    if (utf8_step(whole, n) == n) {
        if (!is_c1(whole, n)) sequence_text(t, str_n(whole, n));
        return used;
    }
    for (size_t i = 0; i < before; i++) sequence_text(t, STR("\xef\xbf\xbd"));
    return 0;
}

static bool is_plain(char c) { return (c >= ' ' && c < 0x7f) || c == '\r' || c == '\n' || c == '\t'; }

/* Of a long run of lines without sequences only the last ones leave a trace: all lines before them, and what the screen showed,
 * scroll off it and out of the lines that are kept. That needs a screen that scrolls as a whole. Returns how many bytes can be
 * passed over; *ret_plain: the length of the run. */
static size_t scrolled_off(Term *t, Str s, size_t *ret_plain) {
    size_t i = 0, lines = 0, keep = TERM_SCROLLBACK_LINES + 2 * (size_t)t->size.rows;
    for (; i < s.n && is_plain(s.p[i]); i++) lines += s.p[i] == '\n' && i > 0 && s.p[i - 1] == '\r';
    *ret_plain = i;
    if (lines <= keep || t->is_split) return 0;
    Margins m = sequence_margins(t);
    if (m.top != 1 || m.bottom != t->size.rows) return 0;
    for (i = 1, lines -= keep; lines; i++) lines -= s.p[i] == '\n' && s.p[i - 1] == '\r';
    return i;
}

void parse_feed(Term *t, Str s) {
    size_t i = 0, looked_to = 0;
    while (i < s.n) {
        Str rest = str_from(s, i);
        if (t->parse == PARSE_TEXT && !t->n_held && i >= looked_to && rest.n > 2 * TERM_SCROLLBACK_LINES) {
            size_t plain;
            i += scrolled_off(t, rest, &plain);
            looked_to = s.n - rest.n + plain + 1;
            rest = str_from(s, i);
        }
        if (t->parse != PARSE_TEXT) {
            sequence_byte(t, s.p[i++]);
        } else if (t->n_held) {
            i += feed_held(t, rest);
        } else {
            size_t n = text_len(rest);
            if (n) {
                sequence_text(t, str_upto(rest, n));
                i += n;
                continue;
            }
            size_t done = odd_char(t, rest);
            if (!done)
                for (; i < s.n; i++) hold(t, s.p[i]);
            i += done;
        }
    }
}
