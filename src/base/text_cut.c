#include "base/text_cut.h"

#include "base/mem.h"

enum { UTF8_MAX = 4 };

/* A character has at most three continuation bytes: a longer run of them is not text and may be cut anywhere. */
Str text_cut(Str s, size_t max) {
    if (s.n <= max) return s;
    size_t n = max;
    while (n > 0 && max - n < UTF8_MAX && ((unsigned char)s.p[n] & 0xc0) == 0x80) n--;
    return str_upto(s, max - n < UTF8_MAX ? n : max);
}

Str text_clean(Arena *a, Str s, size_t max) {
    s = text_cut(s, max);
    if (!s.n || (!memchr(s.p, 0, s.n) && str_is_utf8(s))) return s;
    char *p = arena_alloc(a, s.n + 1);
    memcpy(p, s.p, s.n);
    for (size_t i = 0; i < s.n;) {
        size_t n = p[i] ? utf8_step(s.p + i, s.n - i) : 0;
        if (!n) p[i] = '?';
        i += n ? n : 1;
    }
    return str_n(p, s.n);
}

Str text_line(Arena *a, Str s, size_t max) {
    Str rest = str_trim(s), line = rest;
    str_split(&rest, '\n', &line);
    return text_clean(a, str_trim(line), max);
}

Str text_plain(Arena *a, Str s, size_t max) {
    s = str_upto(s, max);
    if (!s.n) return (Str){0};
    char *p = arena_alloc(a, s.n + 1);
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        p[i] = c >= ' ' && c <= '~' && c != '"' && c != '\\' ? c : '?';
    }
    return str_n(p, s.n);
}

/* Length of the control string at s[i] (ECMA-48 5.6: OSC, DCS, SOS, PM, APC) with its terminator, BEL or ESC \. */
static size_t control_string_len(Str s, size_t i) {
    for (size_t at = i + 2; at < s.n; at++) {
        if (s.p[at] == '\a') return at + 1 - i;
        if (s.p[at] == '\033') return at + (at + 1 < s.n && s.p[at + 1] == '\\' ? 2 : 0) - i;
    }
    return s.n - i;
}

/* Length of the escape sequence at s[i] (ECMA-48 5.4: CSI; ECMA-35 13.2: intermediate bytes and a final one). */
static size_t escape_len(Str s, size_t i) {
    size_t at = i + 1;
    if (at >= s.n || (unsigned char)s.p[at] >= 0x80) return 1;
    if (s.p[at] && strchr("]PX^_", s.p[at])) return control_string_len(s, i);
    if (s.p[at] == '[') {
        for (at++; at < s.n && (s.p[at] < '@' || s.p[at] > '~'); at++) continue;
    } else {
        while (at < s.n && s.p[at] >= ' ' && s.p[at] <= '/') at++;
    }
    return at < s.n ? at + 1 - i : s.n - i;
}

/* U+0080 to U+009F are controls too: some terminals treat them as the sequences above. */
static bool is_high_control(Str s, size_t i) {
    return (unsigned char)s.p[i] == 0xc2 && i + 1 < s.n && (unsigned char)s.p[i + 1] >= 0x80 &&
           (unsigned char)s.p[i + 1] <= 0x9f;
}

Str text_printable(Arena *a, Str s) {
    if (!s.n) return (Str){0};
    char *p = arena_alloc(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n;) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '\033' || is_high_control(s, i)) {
            i += c == '\033' ? escape_len(s, i) : 2;
            continue;
        }
        if ((c >= ' ' && c != 0x7f) || c == '\n' || c == '\t') p[n++] = (char)c;
        i++;
    }
    return str_n(p, n);
}

/* Is the escape sequence that spans all the bytes complete? */
static bool is_escape_ended(Str s) {
    unsigned char last = (unsigned char)s.p[s.n - 1];
    if (s.n < 2) return false;
    if (strchr("]PX^_", s.p[1])) return last == '\a' || (s.n > 3 && last == '\\' && s.p[s.n - 2] == '\033');
    return s.p[1] == '[' ? s.n > 2 && last >= '@' && last <= '~' : last >= '0';
}

/* Length of the character that starts with this byte. */
static size_t char_len(unsigned char c) { return c < 0xc2 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 1; }

size_t text_whole(Str s) {
    for (size_t i = 0; i < s.n;) {
        bool is_escape = s.p[i] == '\033';
        size_t n = is_escape ? escape_len(s, i) : char_len((unsigned char)s.p[i]);
        if (i + n > s.n) return i;
        if (is_escape && i + n == s.n && !is_escape_ended(str_from(s, i))) return i;
        i += n;
    }
    return s.n;
}

enum { LIST_KEEP = 64, STRING_LEAST = 32 };

static void put_cut(JsonOut *o, const Json *v, size_t string_max);

/* Cut keys may be equal, and of duplicates readers see the last: only one of them is written. */
static void put_cut_object(JsonOut *o, const Json *v, size_t string_max) {
    size_t n = v->n < LIST_KEEP ? v->n : LIST_KEEP;
    json_begin_object(o);
    for (size_t i = 0; i < n; i++) {
        Str key = text_cut(v->members[i].key, string_max);
        bool comes_again = false;
        for (size_t k = i + 1; k < n && !comes_again; k++)
            comes_again = str_eq(key, text_cut(v->members[k].key, string_max));
        if (comes_again) continue;
        json_key(o, key);
        put_cut(o, &v->members[i].value, string_max);
    }
    json_end_object(o);
}

static void put_cut(JsonOut *o, const Json *v, size_t string_max) {
    switch (v->type) {
    case JSON_STRING: json_put_str(o, text_cut(v->s, string_max)); return;
    case JSON_ARRAY:
        json_begin_array(o);
        for (size_t i = 0; i < v->n && i < LIST_KEEP; i++) put_cut(o, &v->items[i], string_max);
        json_end_array(o);
        return;
    case JSON_OBJECT: put_cut_object(o, v, string_max); return;
    default: json_put_raw(o, v->raw);
    }
}

Str json_cut(Arena *a, const Json *v, size_t max) {
    if (!v) return (Str){0};
    if (v->raw.n <= max) return v->raw;
    for (size_t string_max = max / 2; string_max >= STRING_LEAST; string_max /= 2) {
        CLEANUP(buf_done) Buf b;
        buf_init(&b, max);
        JsonOut o = json_out(&b);
        put_cut(&o, v, string_max);
        if (!b.failed) return arena_str(a, buf_str(&b));
    }
    return STR("null");
}
