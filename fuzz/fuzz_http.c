/* HTTP requests: the outcome does not depend on where the bytes are cut, and parsed requests are well formed. The first
 * two bytes select the cuts. */
#include "base/mem.h"
#include "fuzz.h"
#include "net/http_parse.h"

enum { HEAD_MAX = 2048, HEADERS_MAX = 16, BODY_MAX = 1024, TEXT_MAX = 64 << 20 };

static const HttpLimits limits = {.head_max = HEAD_MAX, .headers_max = HEADERS_MAX, .body_max = BODY_MAX};

static void check_path(Str path) {
    Str rest = path, segment;
    if (str_is(path, "*")) return;
    MUST(path.n > 0 && path.p[0] == '/' && str_is_utf8(path) && !memchr(path.p, '\0', path.n));
    MUST(!memchr(path.p, '\\', path.n));
    while (str_split(&rest, '/', &segment)) MUST(!str_is(segment, ".") && !str_is(segment, ".."));
}

static void check_headers(const HttpRequest *r) {
    int n_hosts = 0, n_framings = 0;
    MUST(r->n_headers <= HEADERS_MAX);
    for (const HttpHeader *h = r->headers; h < r->headers + r->n_headers; h++) {
        MUST(h->name.n > 0 && !memchr(h->name.p, ' ', h->name.n) && !memchr(h->name.p, '\t', h->name.n));
        if (h->value.n) MUST(!memchr(h->value.p, '\r', h->value.n) && !memchr(h->value.p, '\n', h->value.n));
        if (h->value.n) MUST(!memchr(h->value.p, '\0', h->value.n));
        n_hosts += str_ieq(h->name, STR("host"));
        n_framings += str_ieq(h->name, STR("content-length")) || str_ieq(h->name, STR("transfer-encoding"));
    }
    MUST(n_hosts <= 1 && n_framings <= 1);
}

static void check_query(Str query) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Str name, value;
    bool bad;
    while (http_query_next(&query, a, &name, &value, &bad)) MUST(name.p && value.p);
}

static void note_request(const HttpRequest *r, const HttpParse *p, Buf *out) {
    check_path(r->path);
    check_headers(r);
    check_query(r->query);
    MUST(r->body.n <= BODY_MAX && p->head.n <= HEAD_MAX);
    buf_add_fmt(out, "%d %d %d ", r->n_headers, p->keeps_alive, r->wants_upgrade);
    buf_add_str(out, r->method);
    buf_add_str(out, r->path);
    buf_add_str(out, r->query);
    buf_add_str(out, r->body);
    for (int i = 0; i < r->n_headers; i++) buf_add_str(out, r->headers[i].value);
}

static bool feed(HttpParse *p, HttpRequest *r, Str in, Buf *out) {
    size_t used;
    for (;;) {
        HttpStep step = http_parse_feed(p, in, &used);
        MUST(used <= in.n);
        in = str_from(in, used);
        if (step == HTTP_STEP_REFUSED) return false;
        if (step == HTTP_STEP_MORE) return true;
        if (step == HTTP_STEP_HEAD) continue;
        note_request(r, p, out);
        http_parse_reset(p);
        *r = (HttpRequest){0};
    }
}

static void parse(Str in, size_t piece, Buf *out) {
    HttpRequest r = {0};
    HttpParse p;
    http_parse_init(&p, &limits, &r);
    for (bool goes_on = true; goes_on && in.n; in = str_from(in, piece))
        goes_on = feed(&p, &r, str_upto(in, piece), out);
    buf_add_fmt(out, "refused %d", p.refused);
    http_parse_done(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2) return 0;
    CLEANUP(buf_done) Buf whole;
    CLEANUP(buf_done) Buf cut;
    Str in = str_n(data + 2, size - 2);
    buf_init(&whole, TEXT_MAX);
    buf_init(&cut, TEXT_MAX);
    parse(in, in.n + 1, &whole);
    parse(in, 1 + (data[0] | (size_t)data[1] << 8) % 300, &cut);
    MUST(str_eq(buf_str(&whole), buf_str(&cut)));
    return 0;
}
