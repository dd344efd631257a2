/* The reader. One pass, no recursion: finished children stay on a scratch stack until their container closes, then move
 * to the arena in one block. Strings are scanned eight bytes at a time. */
#include "base/json.h"

#include <math.h>
#include <stdlib.h>

#include "base/json_in.h"
#include "base/map.h"
#include "base/mem.h"

enum { LOCAL_MEMBERS = 64 };

typedef struct Level {
    size_t first;   /* its first child on the scratch stack */
    const char *at; /* its opening bracket */
    bool is_object;
} Level;

typedef struct Reader {
    const char *start, *at, *end;
    Arena *arena;
    const char *fault;
    /* Finished children of the open containers; array items leave `key` unused. */
    JsonMember *stack;
    size_t n, cap;
    JsonMember local[LOCAL_MEMBERS];
    Level levels[JSON_DEPTH_MAX];
    unsigned depth, depth_max;
} Reader;

static bool fault(Reader *r, const char *what) {
    if (!r->fault) r->fault = what;
    return false;
}

static void skip_space(Reader *r) {
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' || *r->at == '\r' || *r->at == '\t')) r->at++;
}

/* ---- strings ---- */

/* The character after a backslash, and its meaning; \u is handled separately. 0 = not an escape. */
static const char escape_values[256] = {
    ['"'] = '"', ['\\'] = '\\', ['/'] = '/', ['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t',
};

static int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Four hexadecimal digits, or -1. */
static int hex_unit(const char *p, const char *end) {
    int unit = 0;
    if (end - p < 4) return -1;
    for (int i = 0; i < 4; i++) {
        int v = hex_value(p[i]);
        if (v < 0) return -1;
        unit = unit << 4 | v;
    }
    return unit;
}

/* Checks the escape at r->at and skips it. */
static bool skip_escape(Reader *r) {
    if (r->end - r->at < 2) return fault(r, "a string is not closed");
    bool is_unicode = r->at[1] == 'u';
    bool good = is_unicode ? hex_unit(r->at + 2, r->end) >= 0 : escape_values[(unsigned char)r->at[1]] != 0;
    if (!good) return fault(r, "invalid escape");
    r->at += is_unicode ? 6 : 2;
    return true;
}

/* Writes a code point (RFC 3629) and returns the position after it. */
static char *put_utf8(char *out, uint32_t c) {
    if (c < 0x80) {
        *out++ = (char)c;
        return out;
    }
    int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned char lead[] = {0, 0xC0, 0xE0, 0xF0};
    *out++ = (char)(lead[more] | c >> (6 * more));
    while (more--) *out++ = (char)(0x80 | (c >> (6 * more) & 0x3F));
    return out;
}

/* Decodes a \uXXXX at *p, with its low surrogate if it is a pair. */
static uint32_t take_unicode(const char **p, const char *end) {
    uint32_t unit = (uint32_t)hex_unit(*p + 2, end);
    *p += 6;
    if (unit < 0xD800 || unit > 0xDFFF) return unit;
    bool paired = unit < 0xDC00 && end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u';
    int low = paired ? hex_unit(*p + 2, end) : -1;
    if (low < 0xDC00 || low > 0xDFFF) return 0xFFFD;
    *p += 6;
    return 0x10000 + ((unit - 0xD800) << 10) + ((uint32_t)low - 0xDC00);
}

/* Copies the text between p and end, whose escapes were checked, into the arena. Decoding never lengthens an escape. */
static Str decode(Arena *a, const char *p, const char *end) {
    char *start = arena_alloc_raw(a, (size_t)(end - p) + 1), *out = start;
    while (p < end) {
        const char *escape = memchr(p, '\\', (size_t)(end - p));
        size_t plain = (size_t)((escape ? escape : end) - p);
        memcpy(out, p, plain);
        out += plain;
        p += plain;
        if (!escape) break;
        if (p[1] == 'u') {
            out = put_utf8(out, take_unicode(&p, end));
        } else {
            *out++ = escape_values[(unsigned char)p[1]];
            p += 2;
        }
    }
    *out = '\0';
    return str_n(start, (size_t)(out - start));
}

/* r->at is at the opening quote. */
static bool read_string(Reader *r, Str *ret) {
    const char *start = ++r->at;
    bool escaped = false;
    for (;;) {
        r->at = json_skip_plain(r->at, r->end);
        if (r->at == r->end) return fault(r, "a string is not closed");
        if (*r->at == '"') break;
        if (*r->at == '\\') {
            escaped = true;
            if (!skip_escape(r)) return false;
            continue;
        }
        if ((unsigned char)*r->at < 0x20) return fault(r, "a string contains a control character");
        size_t step = utf8_step(r->at, (size_t)(r->end - r->at));
        if (!step) return fault(r, "the text is not UTF-8");
        r->at += step;
    }
    *ret = escaped ? decode(r->arena, start, r->at) : str_n(start, (size_t)(r->at - start));
    r->at++;
    return true;
}

/* ---- numbers ---- */

typedef struct Number {
    uint64_t mantissa; /* all digits, if `exact` */
    int digits;        /* significant ones */
    int exponent;      /* of ten */
    bool negative, whole, exact;
} Number;

static size_t take_digits(Reader *r, Number *n) {
    const char *start = r->at;
    for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++) {
        if (n->digits || *r->at != '0') n->digits++;
        if (n->digits > 19)
            n->exact = false;
        else
            n->mantissa = n->mantissa * 10 + (uint64_t)(*r->at - '0');
    }
    return (size_t)(r->at - start);
}

static bool take(Reader *r, char c) {
    if (r->at == r->end || *r->at != c) return false;
    r->at++;
    return true;
}

static bool take_exponent(Reader *r, Number *n) {
    if (r->at == r->end || (*r->at | 0x20) != 'e') return true;
    r->at++;
    n->whole = false;
    bool negative = take(r, '-');
    if (!negative) take(r, '+');
    const char *start = r->at;
    int e = 0;
    for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++)
        if (e < 100000) e = e * 10 + (*r->at - '0');
    n->exponent += negative ? -e : e;
    return r->at > start;
}

static bool scan_number(Reader *r, Number *n) {
    n->negative = take(r, '-');
    bool zero_first = r->at < r->end && *r->at == '0';
    size_t whole_digits = take_digits(r, n);
    if (!whole_digits || (zero_first && whole_digits > 1)) return false;
    if (take(r, '.')) {
        size_t fraction = take_digits(r, n);
        n->whole = false;
        n->exponent -= fraction > 100000 ? 100000 : (int)fraction;
        if (!fraction) return false;
    }
    return take_exponent(r, n);
}

/* Correctly rounded if both factors are exact doubles (W. D. Clinger, "How to read floating point numbers accurately",
 * 1990); the C library handles the rest. */
static double double_of(const Number *n, Str text, Arena *a) {
    static const double tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                  1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (n->exact && n->mantissa <= 1ull << 53 && n->exponent >= -22 && n->exponent <= 22) {
        double m = (double)n->mantissa;
        m = n->exponent < 0 ? m / tens[-n->exponent] : m * tens[n->exponent];
        return n->negative ? -m : m;
    }
    char local[64];
    if (text.n >= sizeof local) return strtod(arena_cstr(a, text), NULL);
    memcpy(local, text.p, text.n);
    local[text.n] = '\0';
    return strtod(local, NULL);
}

static bool read_number(Reader *r, Json *ret) {
    const char *start = r->at;
    Number n = {.whole = true, .exact = true};
    if (!scan_number(r, &n)) return fault(r, "invalid number");
    uint64_t limit = (uint64_t)INT64_MAX + n.negative;
    if (n.whole && n.exact && n.mantissa <= limit) {
        ret->type = JSON_INT;
        ret->i = (int64_t)(n.negative ? 0 - n.mantissa : n.mantissa);
        return true;
    }
    ret->type = JSON_DOUBLE;
    ret->d = double_of(&n, str_n(start, (size_t)(r->at - start)), r->arena);
    return isfinite(ret->d) ? true : fault(r, "a number is too large");
}

/* ---- values ---- */

static bool read_word(Reader *r, Str word) {
    if (!str_starts(str_n(r->at, (size_t)(r->end - r->at)), word)) return fault(r, "invalid value");
    r->at += word.n;
    return true;
}

/* A value without children. */
static bool read_scalar(Reader *r, Json *v) {
    switch (*r->at) {
    case '"': v->type = JSON_STRING; return read_string(r, &v->s);
    case 't':
        v->type = JSON_BOOL;
        v->b = true;
        return read_word(r, STR("true"));
    case 'f':
        v->type = JSON_BOOL;
        v->b = false;
        return read_word(r, STR("false"));
    case 'n': v->type = JSON_NULL; return read_word(r, STR("null"));
    default: return read_number(r, v);
    }
}

static JsonMember *push(Reader *r) {
    if (r->n == r->cap) {
        bool is_local = r->stack == r->local;
        r->cap *= 2;
        r->stack = mu_realloc(is_local ? NULL : r->stack, r->cap * sizeof *r->stack);
        if (is_local) memcpy(r->stack, r->local, sizeof r->local);
    }
    return &r->stack[r->n++];
}

static bool open_level(Reader *r) {
    if (r->depth == r->depth_max) return fault(r, "nested too deeply");
    r->levels[r->depth++] = (Level){r->n, r->at, *r->at == '{'};
    r->at++;
    return true;
}

/* Moves the children of the innermost container into the arena and builds the container's value. */
static void close_level(Reader *r, Json *v) {
    const Level *level = &r->levels[--r->depth];
    JsonMember *children = r->stack + level->first;
    r->at++;
    v->type = level->is_object ? JSON_OBJECT : JSON_ARRAY;
    v->n = r->n - level->first;
    v->raw = str_n(level->at, (size_t)(r->at - level->at));
    v->members = NULL;
    if (v->n && level->is_object) {
        v->members = arena_alloc_raw(r->arena, v->n * sizeof *children);
        memcpy(v->members, children, v->n * sizeof *children);
    } else if (v->n) {
        v->items = arena_alloc_raw(r->arena, v->n * sizeof *v->items);
        for (size_t i = 0; i < v->n; i++) v->items[i] = children[i].value;
    }
    r->n = level->first;
}

static bool read_key(Reader *r, Str *ret) {
    skip_space(r);
    if (r->at == r->end || *r->at != '"') return fault(r, "a key is missing");
    if (!read_string(r, ret)) return false;
    skip_space(r);
    return take(r, ':') ? true : fault(r, "a colon is missing");
}

/* After a finished child: closes every container that ends here, then skips the comma before the next child.
 * *ret_done: the outermost value is finished. */
static bool after_value(Reader *r, Json *root, bool *ret_done) {
    while (r->depth) {
        const Level *level = &r->levels[r->depth - 1];
        skip_space(r);
        if (take(r, ',')) return true;
        if (r->at == r->end || *r->at != (level->is_object ? '}' : ']'))
            return fault(r, "a comma or a closing bracket is missing");
        /* A container's own member was pushed just before its first child. */
        close_level(r, r->depth > 1 ? &r->stack[level->first - 1].value : root);
    }
    *ret_done = true;
    return true;
}

/* One child of the innermost container, or the outermost value: a scalar, or the start of a container. */
static bool read_child(Reader *r, Json *root, bool *ret_opened) {
    JsonMember *child = NULL;
    if (r->depth) {
        child = push(r);
        if (r->levels[r->depth - 1].is_object && !read_key(r, &child->key)) return false;
    }
    skip_space(r);
    if (r->at == r->end) return fault(r, "a value is missing");
    *ret_opened = *r->at == '{' || *r->at == '[';
    if (*ret_opened) return open_level(r);
    Json *v = child ? &child->value : root;
    const char *start = r->at;
    v->n = 0;
    if (!read_scalar(r, v)) return false;
    v->raw = str_n(start, (size_t)(r->at - start));
    return true;
}

/* An empty container has no child to read. */
static bool is_closing(Reader *r) {
    skip_space(r);
    return r->at < r->end && *r->at == (r->levels[r->depth - 1].is_object ? '}' : ']');
}

static bool read_root(Reader *r, Json *root) {
    bool done = false;
    while (!done) {
        bool opened = false;
        if (!read_child(r, root, &opened)) return false;
        if (opened && !is_closing(r)) continue;
        if (!after_value(r, root, &done)) return false;
    }
    skip_space(r);
    return r->at == r->end ? true : fault(r, "something follows the value");
}

int json_parse(Arena *a, Str text, unsigned depth_max, Json **ret, Err *e) {
    Reader r;
    const char *start = text.p ? text.p : "";
    r.start = r.at = start;
    r.end = start + text.n;
    r.arena = a;
    r.fault = NULL;
    r.stack = r.local;
    r.n = r.depth = 0;
    r.cap = LOCAL_MEMBERS;
    r.depth_max = depth_max < JSON_DEPTH_MAX ? depth_max : JSON_DEPTH_MAX;
    Json *root = arena_new_in(a, Json);
    bool ok = read_root(&r, root);
    if (r.stack != r.local) free(r.stack);
    if (!ok) return err_fail(e, ERR_INVALID, "not valid JSON at byte %zu: %s", (size_t)(r.at - r.start), r.fault);
    *ret = root;
    return 0;
}

/* ---- look-ups ---- */

static const Json *find(const Json *o, Str key) {
    if (!json_is(o, JSON_OBJECT)) return NULL;
    for (size_t i = o->n; i-- > 0;) /* the last of equal keys wins */
        if (str_eq(o->members[i].key, key)) return &o->members[i].value;
    return NULL;
}

const Json *json_get(const Json *o, const char *key) { return find(o, str(key)); }

JsonMembers json_members(Arena *a, const Json *o) {
    JsonMembers l = {0};
    if (!json_is(o, JSON_OBJECT)) return l;
    Map seen = {0};
    l.items = arena_array(a, o->n + 1, sizeof *l.items);
    size_t at = o->n;
    for (size_t i = o->n; i-- > 0;)
        if (!map_put(&seen, o->members[i].key, &l)) l.items[--at] = &o->members[i];
    l.items += at;
    l.n = o->n - at;
    map_done(&seen);
    return l;
}

const Json *json_at(const Json *o, const char *dotted_path) {
    Str rest = str(dotted_path), key;
    while (o && str_split(&rest, '.', &key)) o = find(o, key);
    return o;
}

Str json_str(const Json *o, const char *key) {
    const Json *v = json_get(o, key);
    return json_is(v, JSON_STRING) ? v->s : (Str){0};
}

/* Truncates towards zero; a value outside int64 gives the default. */
int64_t json_i64(const Json *o, const char *key, int64_t def) {
    const Json *v = json_get(o, key);
    if (json_is(v, JSON_INT)) return v->i;
    bool fits = json_is(v, JSON_DOUBLE) && v->d >= -0x1p63 && v->d < 0x1p63;
    return fits ? (int64_t)v->d : def;
}

double json_f64(const Json *o, const char *key, double def) {
    const Json *v = json_get(o, key);
    if (json_is(v, JSON_INT)) return (double)v->i;
    return json_is(v, JSON_DOUBLE) ? v->d : def;
}

bool json_bool(const Json *o, const char *key, bool def) {
    const Json *v = json_get(o, key);
    return json_is(v, JSON_BOOL) ? v->b : def;
}
