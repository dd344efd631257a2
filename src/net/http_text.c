/* Text of requests: headers, tokens, escapes, queries. */
#include "base/mem.h"
#include "net/http_parse.h"

static int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool http_unescape(char *s, size_t *n, bool plus_is_space) {
    size_t to = 0;
    for (size_t at = 0; at < *n; at++) {
        char c = s[at];
        if (c == '%') {
            int high = at + 2 < *n ? hex_value(s[at + 1]) : -1;
            int low = at + 2 < *n ? hex_value(s[at + 2]) : -1;
            if (high < 0 || low < 0) return false;
            c = (char)(high << 4 | low);
            at += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        s[to++] = c;
    }
    *n = to;
    return true;
}

bool http_has_token(Str list, const char *token) {
    Str part;
    while (str_split(&list, ',', &part)) {
        if (str_ieq(str_trim(part), str(token))) return true;
    }
    return false;
}

Str http_header(const HttpRequest *r, const char *name) {
    Str wanted = str(name);
    for (int i = 0; i < r->n_headers; i++) {
        if (r->headers[i].name.n == wanted.n && str_ieq(r->headers[i].name, wanted)) return r->headers[i].value;
    }
    return (Str){0};
}

static bool unescape_into(Arena *a, Str in, Str *ret) {
    char *copy = arena_cstr(a, in);
    size_t n = in.n;
    if (!http_unescape(copy, &n, true)) return false;
    copy[n] = '\0';
    *ret = str_n(copy, n);
    return true;
}

bool http_query_next(Str *rest, Arena *a, Str *ret_name, Str *ret_value, bool *ret_bad) {
    Str pair;
    *ret_bad = false;
    do {
        if (!str_split(rest, '&', &pair)) return false;
    } while (pair.n == 0);
    const char *equals = memchr(pair.p, '=', pair.n);
    size_t name_n = equals ? (size_t)(equals - pair.p) : pair.n;
    Str name, value;
    if (!unescape_into(a, str_upto(pair, name_n), &name) || !unescape_into(a, str_from(pair, name_n + 1), &value)) {
        *ret_bad = true;
        return false;
    }
    *ret_name = name;
    *ret_value = value;
    return true;
}

bool http_query(Str query, const char *name, Arena *a, Str *ret) {
    Str at, value;
    bool bad;
    while (http_query_next(&query, a, &at, &value, &bad)) {
        if (!str_is(at, name)) continue;
        *ret = value;
        return true;
    }
    return false;
}
