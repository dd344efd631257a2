/* See query.h. */
#include "term/query.h"

#include <stdio.h>
#include <string.h>

enum State { TEXT, ESC, CSI, OSC, OSC_ESC, STRING, STRING_ESC };

static void hold(QueryScan *s, char c) {
    if (s->n < QUERY_HELD_MAX) s->held[s->n++] = c;
}

static void enter(QueryScan *s, enum State state) {
    s->state = state;
    s->n = 0;
}

static Query csi_of(Str args, char final) {
    static const struct {
        const char *args;
        char final;
        Query query;
    } known[] = {
        {"", 'c', QUERY_ATTRIBUTES},     {"0", 'c', QUERY_ATTRIBUTES}, {">", 'c', QUERY_ATTRIBUTES_2},
        {">0", 'c', QUERY_ATTRIBUTES_2}, {"5", 'n', QUERY_STATUS},     {"6", 'n', QUERY_CURSOR},
        {"?6", 'n', QUERY_CURSOR_DEC},   {"18", 't', QUERY_SIZE},
    };
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (known[i].final == final && str_is(args, known[i].args)) return known[i].query;
    return QUERY_NONE;
}

static void esc_byte(QueryScan *s, char c) {
    enter(s, c == '[' ? CSI : c == ']' ? OSC : c && strchr("PX^_", c) ? STRING : c == '\033' ? ESC : TEXT);
}

static Query csi_byte(QueryScan *s, char c) {
    if (c == '\033') enter(s, ESC);
    if (c == '\030' || c == '\032') enter(s, TEXT);
    if ((unsigned char)c < ' ') return QUERY_NONE; /* acts at once, inside the sequence */
    if (c < '@' && s->n < QUERY_CSI_MAX) {
        hold(s, c);
        return QUERY_NONE;
    }
    Query q = c < '@' ? QUERY_NONE : csi_of(str_n(s->held, s->n), c);
    enter(s, TEXT);
    return q;
}

static Query osc_end(QueryScan *s) {
    bool is_title = s->n >= 2 && s->held[1] == ';' && (s->held[0] == '0' || s->held[0] == '2');
    s->state = TEXT; /* what is held is still read */
    return is_title ? QUERY_TITLE : QUERY_NONE;
}

static Query osc_byte(QueryScan *s, char c) {
    if (s->state == OSC_ESC && c != '\\') {
        esc_byte(s, c);
        return QUERY_NONE;
    }
    if (s->state == OSC_ESC || c == '\a') return osc_end(s);
    if (c == '\033') s->state = OSC_ESC;
    if (c == '\030' || c == '\032') enter(s, TEXT);
    if ((unsigned char)c >= ' ' && c != '\177') hold(s, c);
    return QUERY_NONE;
}

static void string_byte(QueryScan *s, char c) {
    if (s->state == STRING_ESC && c != '\\')
        esc_byte(s, c);
    else if (s->state == STRING_ESC || c == '\030' || c == '\032')
        enter(s, TEXT);
    else if (c == '\033')
        s->state = STRING_ESC;
}

static Query byte(QueryScan *s, char c) {
    switch ((enum State)s->state) {
    case TEXT:
        if (c == '\033') enter(s, ESC);
        return QUERY_NONE;
    case ESC: esc_byte(s, c); return QUERY_NONE;
    case CSI: return csi_byte(s, c);
    case OSC:
    case OSC_ESC: return osc_byte(s, c);
    case STRING:
    case STRING_ESC: string_byte(s, c); return QUERY_NONE;
    }
    return QUERY_NONE;
}

/* Text is passed over at once. */
static size_t skip_text(const QueryScan *s, Str bytes, size_t i) {
    if (s->state != TEXT || i >= bytes.n) return i;
    const char *esc = memchr(bytes.p + i, '\033', bytes.n - i);
    return esc ? (size_t)(esc - bytes.p) : bytes.n;
}

Query query_next(QueryScan *s, Str bytes, size_t *ret_used, Str *ret_title) {
    for (size_t i = skip_text(s, bytes, 0); i < bytes.n; i = skip_text(s, bytes, i)) {
        Query q = byte(s, bytes.p[i++]);
        *ret_used = i;
        if (q == QUERY_TITLE) *ret_title = str_n(s->held + 2, s->n - 2);
        if (q) return q;
    }
    *ret_used = bytes.n;
    return QUERY_NONE;
}

Str query_answer(Query q, const Term *t, char out[QUERY_ANSWER_SIZE]) {
    TermCursor at = t ? term_cursor(t) : (TermCursor){0};
    TermSize size = t ? term_size(t) : (TermSize){0};
    out[0] = 0;
    if (q == QUERY_ATTRIBUTES) snprintf(out, QUERY_ANSWER_SIZE, "\033[?62;22c"); /* VT220 with colours */
    if (q == QUERY_ATTRIBUTES_2) snprintf(out, QUERY_ANSWER_SIZE, "\033[>1;10;0c");
    if (q == QUERY_STATUS) snprintf(out, QUERY_ANSWER_SIZE, "\033[0n");
    if (q == QUERY_CURSOR) snprintf(out, QUERY_ANSWER_SIZE, "\033[%d;%dR", at.row + 1, at.col + 1);
    if (q == QUERY_CURSOR_DEC) snprintf(out, QUERY_ANSWER_SIZE, "\033[?%d;%dR", at.row + 1, at.col + 1);
    if (q == QUERY_SIZE) snprintf(out, QUERY_ANSWER_SIZE, "\033[8;%d;%dt", size.rows, size.cols);
    return str(out);
}

static bool is_pending(int state) { return state == ESC || state == CSI || state == OSC_ESC || state == STRING_ESC; }

/* What was kept of a sequence that is no question goes out as it came. */
static void release(const QueryScan *before, Buf *out) {
    if (is_pending(before->state)) buf_add_c(out, '\033');
    if (before->state != CSI) return;
    buf_add_c(out, '[');
    buf_add(out, before->held, before->n);
}

/* One byte behind text, or in a sequence. */
static void strip_byte(QueryScan *s, char c, Buf *out) {
    QueryScan before = {.state = s->state};
    if (s->state == CSI) memcpy(before.held, s->held, before.n = s->n);
    Query q = byte(s, c);
    bool ends_string = (before.state == OSC_ESC || before.state == STRING_ESC) && c != '\\';
    if (ends_string)
        buf_add_c(out, '\030'); /* CAN: what begins here may be left out, and the string must end all the same */
    if (ends_string) before.state = ESC;
    bool goes_on = s->state == CSI && (before.state == ESC || before.state == CSI);
    if (goes_on && (unsigned char)c < ' ') buf_add_c(out, c); /* acts inside the sequence, so before it */
    if (goes_on || (q && q != QUERY_TITLE)) return;
    release(&before, out);
    if (!is_pending(s->state)) buf_add_c(out, c);
}

void query_strip(QueryScan *s, Str bytes, Buf *out) {
    for (size_t i = 0; i < bytes.n; i++) {
        size_t end = skip_text(s, bytes, i);
        buf_add_str(out, str_n(bytes.p + i, end - i));
        i = end;
        if (i < bytes.n) strip_byte(s, bytes.p[i], out);
    }
}
