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
    Str at, value, found = {0};
    int n_found = 0;
    bool bad;
    while (http_query_next(&query, a, &at, &value, &bad)) {
        if (!str_is(at, name)) continue;
        found = value;
        n_found++;
    }
    if (n_found == 1) *ret = found;
    return n_found == 1;
}

/* RFC 9110 5.6.2 */
static bool is_token(Str s) {
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_letter && !(c && strchr("!#$%&'*+-.^_`|~", c))) return false;
    }
    return s.n > 0;
}

/* Cuts `name=value` off (RFC 9110 5.6.6), a quoted value (5.6.4) with its quotes; false if there is none. */
static bool next_parameter(Str *rest, Str *ret_name, Str *ret_value) {
    if (!str_split(rest, '=', ret_name) || !is_token(*ret_name) || !rest->n) return false;
    bool is_quoted = rest->p[0] == '"';
    size_t end = is_quoted ? 1 : 0;
    while (end < rest->n && rest->p[end] != (is_quoted ? '"' : ';')) end += is_quoted && rest->p[end] == '\\' ? 2 : 1;
    if (is_quoted && end++ >= rest->n) return false;
    *ret_value = str_trim(str_upto(*rest, end));
    *rest = str_trim(str_from(*rest, end));
    return (is_quoted || is_token(*ret_value)) && (!rest->n || rest->p[0] == ';');
}

/* JSON has no parameters (RFC 8259 section 11): all but charset are ignored. */
bool http_is_json(Str content_type) {
    size_t end = 0;
    while (end < content_type.n && content_type.p[end] != ';') end++;
    if (!str_ieq(str_trim(str_upto(content_type, end)), STR("application/json"))) return false;
    Str rest = str_from(content_type, end), name, value;
    bool has_charset = false;
    while (rest.n) {
        rest = str_trim(str_from(rest, 1));
        if (!rest.n || rest.p[0] == ';') continue;
        if (!next_parameter(&rest, &name, &value)) return false;
        if (!str_ieq(name, STR("charset"))) continue;
        bool is_utf8 = str_ieq(value, STR("utf-8")) || str_ieq(value, STR("\"utf-8\""));
        if (has_charset || !is_utf8) return false;
        has_charset = true;
    }
    return true;
}
