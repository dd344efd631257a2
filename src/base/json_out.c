/* The writer: one pass over each string, copying the runs that need no escape. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/json_in.h"
#include "base/map.h"
#include "base/mem.h"

static bool in_object(const JsonOut *o) {
    return o->depth && o->depth <= JSON_CHECKED_DEPTH && (o->objects >> (o->depth - 1) & 1);
}

#ifdef MUSTER_DEBUG
/* The string that starts at p, with its quotes; the text is known to be complete. */
static Str written_string(const char *p) {
    const char *end = p + 1;
    while (*end != '"') end += *end == '\\' ? 2 : 1;
    return str_n(p, (size_t)(end + 1 - p));
}

/* Reads the object that was just written again: its keys are at depth 1 before a colon. */
static void check_members(const JsonOut *o) {
    if (o->buf->failed || o->depth > JSON_CHECKED_DEPTH || !in_object(o)) return;
    Map seen = {0};
    int depth = 0;
    const char *end = o->buf->p + o->buf->n;
    for (const char *p = o->buf->p + o->starts[o->depth - 1]; p < end; p++) {
        depth += (*p == '{' || *p == '[') - (*p == '}' || *p == ']');
        if (*p != '"') continue;
        Str text = written_string(p);
        p += text.n - 1;
        bool is_key = depth == 1 && p + 1 < end && p[1] == ':';
        assert((!is_key || !map_put(&seen, text, &seen)) && "a member is written twice");
    }
    map_done(&seen);
}
#else
static inline void check_members(const JsonOut *o) { (void)o; }
#endif

static void before_value(JsonOut *o) {
    assert(o->after_key || !in_object(o));
    if (o->need_comma && !o->after_key) buf_add_c(o->buf, ',');
    o->after_key = false;
    o->need_comma = true;
}

static void begin(JsonOut *o, char bracket) {
    before_value(o);
    buf_add_c(o->buf, bracket);
    o->need_comma = false;
    o->depth++;
    if (o->depth > JSON_CHECKED_DEPTH) return;
    o->starts[o->depth - 1] = o->buf->n - 1;
    uint64_t bit = 1ull << (o->depth - 1);
    o->objects = bracket == '{' ? o->objects | bit : o->objects & ~bit;
}

static void end(JsonOut *o, char bracket) {
    assert(!o->after_key && o->depth);
    assert(o->depth > JSON_CHECKED_DEPTH || in_object(o) == (bracket == '}'));
    buf_add_c(o->buf, bracket);
    check_members(o);
    o->need_comma = true;
    o->depth--;
}

void json_begin_object(JsonOut *o) { begin(o, '{'); }
void json_end_object(JsonOut *o) { end(o, '}'); }
void json_begin_array(JsonOut *o) { begin(o, '['); }
void json_end_array(JsonOut *o) { end(o, ']'); }

static void put_escape(Buf *b, unsigned char c) {
    static const char short_of[0x20] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
    if (c >= 0x20)
        buf_add(b, (char[]){'\\', (char)c}, 2);
    else if (short_of[c])
        buf_add(b, (char[]){'\\', short_of[c]}, 2);
    else
        buf_add(b, (char[]){'\\', 'u', '0', '0', (char)('0' + (c >> 4)), "0123456789abcdef"[c & 15]}, 6);
}

/* The number of leading bytes that can be copied: plain ones and whole UTF-8 sequences. */
static size_t copyable(Str s) {
    const char *p = s.p, *end = s.p + s.n;
    while ((p = json_skip_plain(p, end)) < end) {
        size_t step = (unsigned char)*p < 0x80 ? 0 : utf8_step(p, (size_t)(end - p));
        if (!step) break;
        p += step;
    }
    return (size_t)(p - s.p);
}

static void put_quoted(Buf *b, Str s) {
    if (!buf_reserve(b, s.n + 2)) return;
    buf_add_c(b, '"');
    while (s.n) {
        size_t n = copyable(s);
        buf_add(b, s.p, n);
        s = str_from(s, n);
        if (!s.n) break;
        if ((unsigned char)s.p[0] < 0x80)
            put_escape(b, (unsigned char)s.p[0]);
        else
            buf_add_str(b, STR("\xEF\xBF\xBD"));
        s = str_from(s, 1);
    }
    buf_add_c(b, '"');
}

void json_key(JsonOut *o, Str key) {
    assert(!o->after_key && (in_object(o) || o->depth > JSON_CHECKED_DEPTH));
    if (o->need_comma) buf_add_c(o->buf, ',');
    put_quoted(o->buf, key);
    buf_add_c(o->buf, ':');
    o->after_key = true;
}

void json_put_str(JsonOut *o, Str s) {
    before_value(o);
    put_quoted(o->buf, s);
}

static void put_i64(Buf *b, int64_t v) {
    char text[24], *at = text + sizeof text;
    uint64_t magnitude = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    do {
        *--at = (char)('0' + magnitude % 10);
        magnitude /= 10;
    } while (magnitude);
    if (v < 0) *--at = '-';
    buf_add(b, at, (size_t)(text + sizeof text - at));
}

void json_put_i64(JsonOut *o, int64_t v) {
    before_value(o);
    put_i64(o->buf, v);
}

/* The shortest of 15, 16 and 17 digits that reads back as the same double. */
static void put_f64(Buf *b, double v) {
    if (fabs(v) < 1e15 && v == (double)(int64_t)v) {
        put_i64(b, (int64_t)v);
        return;
    }
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, v);
        if (strtod(text, NULL) == v) break;
    }
    buf_add_str(b, str(text));
}

void json_put_f64(JsonOut *o, double v) {
    before_value(o);
    if (isfinite(v))
        put_f64(o->buf, v);
    else
        buf_add_str(o->buf, STR("null"));
}

void json_put_bool(JsonOut *o, bool v) {
    before_value(o);
    buf_add_str(o->buf, v ? STR("true") : STR("false"));
}

void json_put_null(JsonOut *o) {
    before_value(o);
    buf_add_str(o->buf, STR("null"));
}

void json_put_raw(JsonOut *o, Str valid_json) {
    before_value(o);
    buf_add_str(o->buf, valid_json);
}

void json_kv_str(JsonOut *o, const char *key, Str s) {
    json_key(o, str(key));
    json_put_str(o, s);
}

void json_kv_i64(JsonOut *o, const char *key, int64_t v) {
    json_key(o, str(key));
    json_put_i64(o, v);
}

void json_kv_bool(JsonOut *o, const char *key, bool v) {
    json_key(o, str(key));
    json_put_bool(o, v);
}

void json_kv_raw(JsonOut *o, const char *key, Str valid_json) {
    json_key(o, str(key));
    json_put_raw(o, valid_json);
}

void json_kv_base64(JsonOut *o, const char *key, Str base64) {
    json_kv_raw(o, key, STR("\""));
    buf_add_str(o->buf, base64);
    buf_add_c(o->buf, '"');
}

typedef struct MemberRef {
    const JsonMember *member;
} MemberRef;

/* By key; equal keys in input order, because the members are in one array. */
static int compare_members(const void *a, const void *b) {
    const JsonMember *x = ((const MemberRef *)a)->member, *y = ((const MemberRef *)b)->member;
    int order = str_cmp(x->key, y->key);
    return order ? order : (x > y) - (x < y);
}

static void put_canonical_object(JsonOut *o, const Json *v) {
    CLEANUP(free_p) MemberRef *sorted = mu_array(v->n, sizeof *sorted);
    for (size_t i = 0; i < v->n; i++) sorted[i].member = &v->members[i];
    qsort(sorted, v->n, sizeof *sorted, compare_members);
    json_begin_object(o);
    for (size_t i = 0; i < v->n; i++) {
        const JsonMember *m = sorted[i].member;
        bool is_last = i + 1 == v->n || !str_eq(m->key, sorted[i + 1].member->key);
        if (!is_last) continue;
        json_key(o, m->key);
        json_put_canonical(o, &m->value);
    }
    json_end_object(o);
}

void json_put_canonical(JsonOut *o, const Json *v) {
    switch (v->type) {
    case JSON_NULL: json_put_null(o); break;
    case JSON_BOOL: json_put_bool(o, v->b); break;
    case JSON_INT: json_put_i64(o, v->i); break;
    case JSON_DOUBLE: json_put_f64(o, v->d); break;
    case JSON_STRING: json_put_str(o, v->s); break;
    case JSON_ARRAY:
        json_begin_array(o);
        for (size_t i = 0; i < v->n; i++) json_put_canonical(o, &v->items[i]);
        json_end_array(o);
        break;
    case JSON_OBJECT: put_canonical_object(o, v); break;
    }
}
