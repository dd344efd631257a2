/* Requests as bytes → their outcome: whole, cut in two at every byte, and byte by byte. */
#include "base/mem.h"
#include "base/test.h"
#include "net/http_parse.h"

enum { HEAD_MAX = 600, HEADERS_MAX = 8, BODY_MAX = 64 };

static const HttpLimits limits = {.head_max = HEAD_MAX, .headers_max = HEADERS_MAX, .body_max = BODY_MAX};

typedef struct Case {
    const char *name;
    const char *bytes;
    HttpRefusal refusal;
    const char *want; /* "METHOD path?query|body" of each request, joined by " ; "; NULL: refused at once */
} Case;

#define H "Host: a\r\n"
#define GET(more) "GET / HTTP/1.1\r\n" H more "\r\n"
#define POST(more) "POST / HTTP/1.1\r\n" H more
#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define WS "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"

static const Case cases[] = {
    {"plain", GET(""), 0, "GET /?|"},
    {"query stays raw", "GET /a/b?c=%20d&e HTTP/1.1\r\n" H "\r\n", 0, "GET /a/b?c=%20d&e|"},
    {"path is decoded", "GET /%41%2fb%C3%BC HTTP/1.1\r\n" H "\r\n", 0, "GET /A/b\xc3\xbc?|"},
    {"question mark in a query", "GET /?a?b HTTP/1.1\r\n" H "\r\n", 0, "GET /?a?b|"},
    {"empty line before", "\r\n\r\n" GET(""), 0, "GET /?|"},
    {"tab and spaces around a value", GET("A:\t b c \t\r\n"), 0, "GET /?|"},
    {"empty value", GET("A:\r\n"), 0, "GET /?|"},
    {"body by length", POST("Content-Length: 5\r\n\r\nhello"), 0, "POST /?|hello"},
    {"length zero", POST("Content-Length: 0\r\n\r\n"), 0, "POST /?|"},
    {"body in chunks", POST("Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nTrailer: t\r\n\r\n"), 0,
     "POST /?|hello"},
    {"coding in capitals", POST("Transfer-Encoding: CHUNKED\r\n\r\n1\r\nx\r\n0\r\n\r\n"), 0, "POST /?|x"},
    {"three in a row", GET("") POST("Content-Length: 2\r\n\r\nhi") GET(""), 0, "GET /?| ; POST /?|hi ; GET /?|"},
    {"chunked, then the next", POST("Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n") GET(""), 0,
     "POST /?|x ; GET /?|"},
    {"1.0 without Host", "GET / HTTP/1.0\r\n\r\n", 0, "GET /?|"},
    {"other upgrades are ignored", GET("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n") GET(""), 0,
     "GET /?| ; GET /?|"},
    {"WebSocket", GET(WS KEY "Sec-WebSocket-Version: 13\r\n"), 0, "GET /?| upgrade"},

    /* Requests that two readers could cut at different places (RFC 9112 6.1, 6.3, 11.2). */
    {"length beside chunks", POST("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), HTTP_BAD_LENGTH,
     NULL},
    {"chunks beside length", POST("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"), HTTP_BAD_LENGTH,
     NULL},
    {"two lengths", POST("Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"), HTTP_BAD_LENGTH, NULL},
    {"the same length twice", POST("Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"), HTTP_BAD_LENGTH, NULL},
    {"a list of lengths", POST("Content-Length: 5, 5\r\n\r\nhello"), HTTP_BAD_LENGTH, NULL},
    {"signed length", POST("Content-Length: +5\r\n\r\nhello"), HTTP_BAD_LENGTH, NULL},
    {"negative length", POST("Content-Length: -5\r\n\r\nhello"), HTTP_BAD_LENGTH, NULL},
    {"hexadecimal length", POST("Content-Length: 0x5\r\n\r\nhello"), HTTP_BAD_LENGTH, NULL},
    {"length past 64 bits", POST("Content-Length: 18446744073709551617\r\n\r\nx"), HTTP_BAD_LENGTH, NULL},
    {"empty length", POST("Content-Length:\r\n\r\n"), HTTP_BAD_LENGTH, NULL},
    {"chunked, identity", POST("Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"), HTTP_BAD_LENGTH, NULL},
    {"identity", POST("Transfer-Encoding: identity\r\n\r\n"), HTTP_BAD_LENGTH, NULL},
    {"gzip, chunked", POST("Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), HTTP_BAD_LENGTH, NULL},
    {"chunked twice", POST("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
     HTTP_BAD_LENGTH, NULL},
    {"xchunked", POST("Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"), HTTP_BAD_LENGTH, NULL},
    {"vertical tab before chunked", POST("Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n"), HTTP_BAD_SYNTAX, NULL},
    {"chunks in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", HTTP_BAD_LENGTH, NULL},
    {"space before the colon", POST("Content-Length : 5\r\n\r\nhello"), HTTP_SPACE_IN_NAME, NULL},
    {"tab before the colon", POST("Transfer-Encoding\t: chunked\r\n\r\n"), HTTP_SPACE_IN_NAME, NULL},
    {"space in a name", GET("A B: c\r\n"), HTTP_SPACE_IN_NAME, NULL},
    {"folded line", GET("A: b\r\n c\r\n"), HTTP_FOLDED_LINE, NULL},
    {"folded with a tab", GET("A: b\r\n\tc\r\n"), HTTP_FOLDED_LINE, NULL},
    {"folded first header", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", HTTP_FOLDED_LINE, NULL},
    {"folded coding", POST("Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"), HTTP_FOLDED_LINE, NULL},
    {"folded trailer", POST("Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nA: b\r\n c\r\n\r\n"), HTTP_FOLDED_LINE,
     NULL},
    {"folded with a tab, second trailer",
     POST("Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\te\r\n\r\n"), HTTP_FOLDED_LINE, NULL},
    {"folded first trailer", POST("Transfer-Encoding: chunked\r\n\r\n0\r\n A: b\r\n\r\n"), HTTP_FOLDED_LINE, NULL},
    {"trailers, then the next", POST("Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\nC:\r\n\r\n") GET(""), 0,
     "POST /?| ; GET /?|"},
    {"a space after the trailers belongs to the next request",
     POST("Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\n") " GET / HTTP/1.1\r\n\r\n", HTTP_BAD_SYNTAX,
     "POST /?|"},
    {"bare LF ends the request line", "GET / HTTP/1.1\n" H "\r\n", HTTP_BAD_LINE_END, NULL},
    {"bare LF ends a header", "GET / HTTP/1.1\r\nHost: a\n\r\n", HTTP_BAD_LINE_END, NULL},
    {"bare LF ends the head", "GET / HTTP/1.1\r\n" H "\n", HTTP_BAD_LINE_END, NULL},
    {"bare CR in a value", GET("A: b\rContent-Length: 5\r\n"), HTTP_BAD_LINE_END, NULL},
    {"bare CR in a name", GET("A\rB: c\r\n"), HTTP_BAD_LINE_END, NULL},
    {"CR CR LF", "GET / HTTP/1.1\r\r\n" H "\r\n", HTTP_BAD_LINE_END, NULL},
    {"bare LF after a chunk size", POST("Transfer-Encoding: chunked\r\n\r\n1\nx\r\n0\r\n\r\n"), HTTP_BAD_SYNTAX, NULL},
    {"no line end after a chunk", POST("Transfer-Encoding: chunked\r\n\r\n1\r\nxy0\r\n\r\n"), HTTP_BAD_SYNTAX, NULL},
    {"chunk size past 64 bits", POST("Transfer-Encoding: chunked\r\n\r\n11111111111111111\r\n"), HTTP_BAD_SYNTAX, NULL},
    {"signed chunk size", POST("Transfer-Encoding: chunked\r\n\r\n+1\r\nx\r\n"), HTTP_BAD_SYNTAX, NULL},
    {"hexadecimal mark in a chunk size", POST("Transfer-Encoding: chunked\r\n\r\n0x1\r\nx\r\n"), HTTP_BAD_SYNTAX, NULL},
    {"empty chunk size", POST("Transfer-Encoding: chunked\r\n\r\n\r\nx\r\n"), HTTP_BAD_SYNTAX, NULL},

    {"no Host", "GET / HTTP/1.1\r\n\r\n", HTTP_BAD_HOST, NULL},
    {"two Hosts", GET("Host: b\r\n"), HTTP_BAD_HOST, NULL},
    {"two Hosts in 1.0", "GET / HTTP/1.0\r\n" H H "\r\n", HTTP_BAD_HOST, NULL},
    {"two tokens", GET("Authorization: Bearer a\r\nauthorization: Bearer b\r\n"), HTTP_DOUBLED_HEADER, NULL},
    {"the same token twice", GET("Authorization: a\r\nAuthorization: a\r\n"), HTTP_DOUBLED_HEADER, NULL},
    {"two Origins", GET("Origin: http://a\r\nA: b\r\nOrigin: http://b\r\n"), HTTP_DOUBLED_HEADER, NULL},
    {"two empty Origins", GET("Origin:\r\nOrigin:\r\n"), HTTP_DOUBLED_HEADER, NULL},
    {"two sites", GET("Sec-Fetch-Site: none\r\nSec-Fetch-Site: cross-site\r\n"), HTTP_DOUBLED_HEADER, NULL},
    {"two types", POST("Content-Type: a/b\r\nContent-Type: a/b\r\n\r\n"), HTTP_DOUBLED_HEADER, NULL},
    {"two keys", POST("Idempotency-Key: a\r\nIdempotency-Key: b\r\n\r\n"), HTTP_DOUBLED_HEADER, NULL},
    {"lists may be on two lines", GET("Connection: a\r\nConnection: b\r\nAccept: c\r\nAccept: d\r\n"), 0, "GET /?|"},
    {"header without a colon", GET("nothing\r\n"), HTTP_BAD_SYNTAX, NULL},
    {"header without a name", GET(": b\r\n"), HTTP_BAD_SYNTAX, NULL},
    {"control byte in a value", GET("A: b\x01\r\n"), HTTP_BAD_SYNTAX, NULL},
    {"byte past ASCII in a name", GET("\xc3\xbc: b\r\n"), HTTP_BAD_SYNTAX, NULL},
    {"space first", " GET / HTTP/1.1\r\n" H "\r\n", HTTP_BAD_SYNTAX, NULL},
    {"no version", "GET /\r\n" H "\r\n", HTTP_WRONG_VERSION, NULL},
    {"version 2", "GET / HTTP/2.0\r\n" H "\r\n", HTTP_WRONG_VERSION, NULL},
    {"version 1.2", "GET / HTTP/1.2\r\n" H "\r\n", HTTP_WRONG_VERSION, NULL},
    {"preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", HTTP_UNKNOWN_METHOD, NULL},
    {"method in small letters", "get / HTTP/1.1\r\n" H "\r\n", HTTP_UNKNOWN_METHOD, NULL},
    {"unknown method", "FROB / HTTP/1.1\r\n" H "\r\n", HTTP_UNKNOWN_METHOD, NULL},
    {"TRACE", "TRACE / HTTP/1.1\r\n" H "\r\n", 0, "TRACE /?|"},
    {"CONNECT", "CONNECT a:80 HTTP/1.1\r\n" H "\r\n", HTTP_UNKNOWN_METHOD, NULL},
    {"TLS hello", "\x16\x03\x01\x02\r\n\r\n", HTTP_UNKNOWN_METHOD, NULL},

    {"absolute form", "GET http://b:1/c/%41?d HTTP/1.1\r\n" H "\r\n", 0, "GET /c/A?d| of b:1"},
    {"absolute form in capitals", "GET HTTP://B/ HTTP/1.1\r\n" H "\r\n", 0, "GET /?| of B"},
    {"absolute form without a path", "GET http://b HTTP/1.1\r\n" H "\r\n", 0, "GET /?| of b"},
    {"absolute form of a query alone", "GET http://b?c=/d HTTP/1.1\r\n" H "\r\n", 0, "GET /?c=/d| of b"},
    {"absolute form in 1.0", "GET http://b/ HTTP/1.0\r\n\r\n", 0, "GET /?| of b"},
    {"absolute form without Host", "GET http://b/ HTTP/1.1\r\n\r\n", HTTP_BAD_HOST, NULL},
    {"absolute form with a user", "GET http://a@b/ HTTP/1.1\r\n" H "\r\n", 0, "GET /?| of a@b"},
    {"absolute form with two dots", "GET http://b/../c HTTP/1.1\r\n" H "\r\n", HTTP_BAD_TARGET, NULL},
    {"absolute form of another scheme", "GET https://b/ HTTP/1.1\r\n" H "\r\n", HTTP_BAD_TARGET, NULL},
    {"authority form", "GET b:80 HTTP/1.1\r\n" H "\r\n", HTTP_BAD_TARGET, NULL},
    {"asterisk form", "OPTIONS * HTTP/1.1\r\n" H "\r\n", 0, "OPTIONS *?|"},
    {"asterisk form of another method", "GET * HTTP/1.1\r\n" H "\r\n", HTTP_BAD_TARGET, NULL},
    {"asterisk and more", "OPTIONS *a HTTP/1.1\r\n" H "\r\n", HTTP_BAD_TARGET, NULL},
    {"fragment", "GET /a#b HTTP/1.1\r\n" H "\r\n", HTTP_BAD_TARGET, NULL},
    {"dot segment", "GET /a/./b HTTP/1.1\r\n" H "\r\n", HTTP_BAD_TARGET, NULL},
    {"two dots", "GET /a/../b HTTP/1.1\r\n" H "\r\n", HTTP_BAD_TARGET, NULL},
    {"two dots at the end", "GET /a/.. HTTP/1.1\r\n" H "\r\n", HTTP_BAD_TARGET, NULL},
    {"dots in escapes", "GET /a/%2e%2E/b HTTP/1.1\r\n" H "\r\n", HTTP_BAD_TARGET, NULL},
    {"slash in an escape", "GET /a%2f..%2fb HTTP/1.1\r\n" H "\r\n", HTTP_BAD_TARGET, NULL},
    {"three dots are a name", "GET /... HTTP/1.1\r\n" H "\r\n", 0, "GET /...?|"},
    {"NUL in an escape", "GET /a%00b HTTP/1.1\r\n" H "\r\n", HTTP_BAD_TARGET, NULL},
    {"backslash", "GET /a\\b HTTP/1.1\r\n" H "\r\n", HTTP_BAD_TARGET, NULL},
    {"backslash in an escape", "GET /a%5cb HTTP/1.1\r\n" H "\r\n", HTTP_BAD_TARGET, NULL},
    {"line end in an escape", "GET /a%0d%0ab HTTP/1.1\r\n" H "\r\n", HTTP_BAD_TARGET, NULL},
    {"escape cut short", "GET /a%4 HTTP/1.1\r\n" H "\r\n", HTTP_BAD_TARGET, NULL},
    {"escape without digits", "GET /%zz HTTP/1.1\r\n" H "\r\n", HTTP_BAD_TARGET, NULL},
    {"escape that is not UTF-8", "GET /%ff HTTP/1.1\r\n" H "\r\n", HTTP_BAD_TARGET, NULL},
    {"twice escaped stays once", "GET /%252e%252e HTTP/1.1\r\n" H "\r\n", 0, "GET /%2e%2e?|"},

    {"too many headers", GET("A: 1\r\nA: 1\r\nA: 1\r\nA: 1\r\nA: 1\r\nA: 1\r\nA: 1\r\nA: 1\r\n"), HTTP_HEAD_TOO_LARGE,
     NULL},
    {"length over the limit", POST("Content-Length: 65\r\n\r\n"), HTTP_BODY_TOO_LARGE, NULL},
    {"chunks over the limit",
     POST("Transfer-Encoding: chunked\r\n\r\n"
          "41\r\n0123456789012345678901234567890123456789012345678901234567890123x\r\n0\r\n\r\n"),
     HTTP_BODY_TOO_LARGE, NULL},
    {"unknown expectation", POST("Content-Length: 1\r\nExpect: tea\r\n\r\n"), HTTP_BAD_EXPECTATION, NULL},

    {"WebSocket of another version", GET(WS KEY "Sec-WebSocket-Version: 8\r\n"), HTTP_WRONG_WS_VERSION, NULL},
    {"WebSocket without a version", GET(WS KEY), HTTP_WRONG_WS_VERSION, NULL},
    {"WebSocket without a key", GET(WS "Sec-WebSocket-Version: 13\r\n"), HTTP_BAD_UPGRADE, NULL},
    {"WebSocket with a short key", GET(WS "Sec-WebSocket-Key: dGhl\r\nSec-WebSocket-Version: 13\r\n"), HTTP_BAD_UPGRADE,
     NULL},
    {"WebSocket with two keys", GET(WS KEY KEY "Sec-WebSocket-Version: 13\r\n"), HTTP_BAD_UPGRADE, NULL},
    {"WebSocket without Connection", GET("Upgrade: websocket\r\n" KEY "Sec-WebSocket-Version: 13\r\n"),
     HTTP_BAD_UPGRADE, NULL},
    {"WebSocket by POST", POST(WS KEY "Sec-WebSocket-Version: 13\r\n\r\n"), HTTP_BAD_UPGRADE, NULL},
    {"WebSocket with a body", GET(WS KEY "Sec-WebSocket-Version: 13\r\nContent-Length: 1\r\n") "x", HTTP_BAD_UPGRADE,
     NULL},
};

/* One request as text, added to `out`. */
static void describe(const HttpRequest *r, Buf *out) {
    buf_add_fmt(out, "%s" STR_FMT " " STR_FMT "?" STR_FMT "|" STR_FMT "%s", out->n ? " ; " : "", STR_ARG(r->method),
                STR_ARG(r->path), STR_ARG(r->query), STR_ARG(r->body), r->wants_upgrade ? " upgrade" : "");
    if (!str_eq(r->host, http_header(r, "host"))) buf_add_fmt(out, " of " STR_FMT, STR_ARG(r->host));
}

/* Feeds one piece; false when a request was refused. */
static bool feed_piece(HttpParse *p, HttpRequest *r, Str in, Buf *out) {
    size_t used;
    for (;;) {
        HttpStep step = http_parse_feed(p, in, &used);
        in = str_from(in, used);
        if (step == HTTP_STEP_REFUSED) return false;
        if (step == HTTP_STEP_MORE) return true;
        if (step == HTTP_STEP_HEAD) continue;
        describe(r, out);
        http_parse_reset(p);
        *r = (HttpRequest){0};
    }
}

/* Each piece is copied to separate memory, so that a read past its end is detected. */
static bool feed_copy(HttpParse *p, HttpRequest *r, Str in, Buf *out) {
    char *copy = mu_alloc(in.n + 1);
    if (in.n) memcpy(copy, in.p, in.n);
    char *exact = mu_realloc(copy, in.n ? in.n : 1);
    bool fine = feed_piece(p, r, str_n(exact, in.n), out);
    free(exact);
    return fine;
}

/* The bytes in pieces: cut once at `cut`, or after every byte if cut is SIZE_MAX. */
static HttpRefusal parse_cut(Str bytes, size_t cut, Buf *out) {
    HttpRequest r = {0};
    HttpParse p;
    bool fine = true;
    http_parse_init(&p, &limits, &r);
    if (cut == SIZE_MAX) {
        for (size_t i = 0; i < bytes.n && fine; i++) fine = feed_copy(&p, &r, str_n(bytes.p + i, 1), out);
    } else {
        fine = feed_copy(&p, &r, str_upto(bytes, cut), out) && feed_copy(&p, &r, str_from(bytes, cut), out);
    }
    HttpRefusal why = p.refused;
    http_parse_done(&p);
    return why;
}

static void check_case(const Case *c, size_t cut) {
    CLEANUP(buf_done) Buf out;
    buf_init(&out, 4096);
    HttpRefusal why = parse_cut(str(c->bytes), cut, &out);
    const char *want = c->want ? c->want : "";
    if (why != c->refusal) {
        test_fail(__FILE__, __LINE__, "\"%s\" cut at %zd: %s, wanted %s", c->name, (ssize_t)cut,
                  why ? http_refusal_text(why) : "fine", c->refusal ? http_refusal_text(c->refusal) : "fine");
    }
    if (!str_is(buf_str(&out), want)) {
        test_fail(__FILE__, __LINE__, "\"%s\" cut at %zd: \"%s\", wanted \"%s\"", c->name, (ssize_t)cut, out.p, want);
    }
}

TEST(each_request_has_one_outcome_wherever_it_is_cut) {
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        size_t n = strlen(cases[i].bytes);
        for (size_t cut = 0; cut <= n; cut++) check_case(&cases[i], cut);
        check_case(&cases[i], SIZE_MAX);
    }
}

/* The head limit counts the request line and the headers. */
static HttpRefusal parse_long(const char *before, size_t n_filler, const char *after) {
    CLEANUP(buf_done) Buf bytes;
    CLEANUP(buf_done) Buf out;
    buf_init(&bytes, 65536);
    buf_init(&out, 4096);
    buf_add_str(&bytes, str(before));
    for (size_t i = 0; i < n_filler; i++) buf_add_c(&bytes, 'x');
    buf_add_str(&bytes, str(after));
    return parse_cut(buf_str(&bytes), 7, &out);
}

TEST(a_head_has_a_limit) {
    CHECK_I64(parse_long("GET /", HEAD_MAX, " HTTP/1.1\r\n" H "\r\n"), HTTP_TARGET_TOO_LONG);
    CHECK_I64(parse_long("GET /", 32768, ""), HTTP_TARGET_TOO_LONG);
    CHECK_I64(parse_long("GET / HTTP/1.1\r\n" H "A: ", HEAD_MAX, "\r\n\r\n"), HTTP_HEAD_TOO_LARGE);
    CHECK_I64(parse_long("GET / HTTP/1.1\r\n" H "A: ", 100, "\r\n\r\n"), HTTP_NOT_REFUSED);
}

TEST(chunk_framing_must_not_be_much_larger_than_the_body) {
    const char *head = POST("Transfer-Encoding: chunked\r\n\r\n1;");
    CHECK_I64(parse_long(head, 400, "\r\nx\r\n0\r\n\r\n"), HTTP_NOT_REFUSED);
    CHECK_I64(parse_long(head, 40000, "\r\nx\r\n0\r\n\r\n"), HTTP_BAD_CHUNKS);
}

/* A long trailer that ends with an invalid header: however the network cut it, it is refused for the same reason. */
TEST(a_long_message_is_refused_for_the_same_reason_however_it_was_cut) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 64 << 10);
    buf_add_str(&b, STR(POST("Transfer-Encoding: chunked\r\n\r\n0\r\nT: ")));
    for (int i = 0; i < 20000; i++) buf_add_c(&b, 'x');
    buf_add_str(&b, STR("\r\nno header\r\n\r\n"));
    for (size_t piece = 1; piece <= b.n; piece = piece * 3 + 1) {
        HttpRequest r = {0};
        HttpParse p;
        size_t used;
        http_parse_init(&p, &limits, &r);
        for (Str in = buf_str(&b); in.n && !p.refused; in = str_from(in, used))
            (void)http_parse_feed(&p, str_upto(in, piece), &used);
        CHECK_I64(p.refused, HTTP_BAD_CHUNKS);
        http_parse_done(&p);
    }
}

TEST(headers_are_found_ignoring_case) {
    HttpRequest r = {0};
    HttpParse p;
    size_t used;
    http_parse_init(&p, &limits, &r);
    CHECK_I64(http_parse_feed(&p, STR(GET("X-One:  1 \r\nx-two: 2\r\nX-One: 3\r\n")), &used), HTTP_STEP_HEAD);
    CHECK_STR(http_header(&r, "x-one"), "1");
    CHECK_STR(http_header(&r, "X-TWO"), "2");
    CHECK(http_header(&r, "x-three").p == NULL);
    CHECK_I64(r.n_headers, 4);
    http_parse_done(&p);
}

static const struct {
    const char *head;
    bool keeps;
} persistence[] = {
    {GET(""), true},
    {GET("Connection: close\r\n"), false},
    {GET("Connection: keep-alive\r\n"), true},
    {GET("Connection: x, Close\r\n"), false},
    {"GET / HTTP/1.0\r\n\r\n", false},
    {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", false}, /* allowed by RFC 9112 9.3: we close */
};

TEST(a_connection_is_kept_as_the_version_and_the_header_require) {
    for (size_t i = 0; i < COUNT_OF(persistence); i++) {
        HttpRequest r = {0};
        HttpParse p;
        size_t used;
        http_parse_init(&p, &limits, &r);
        CHECK_I64(http_parse_feed(&p, str(persistence[i].head), &used), HTTP_STEP_HEAD);
        CHECK_I64(p.keeps_alive, persistence[i].keeps);
        http_parse_done(&p);
    }
}

TEST(a_query_is_walked_and_decoded) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Str rest = STR("a=1&&b=%20x+y&c&=d"), name, value;
    static const char *const want[][2] = {{"a", "1"}, {"b", " x y"}, {"c", ""}, {"", "d"}};
    bool bad;
    for (size_t i = 0; i < COUNT_OF(want); i++) {
        CHECK(http_query_next(&rest, a, &name, &value, &bad));
        CHECK_STR(name, want[i][0]);
        CHECK_STR(value, want[i][1]);
    }
    CHECK(!http_query_next(&rest, a, &name, &value, &bad) && !bad);
    rest = STR("a=%4");
    CHECK(!http_query_next(&rest, a, &name, &value, &bad) && bad);
    CHECK(http_query(STR("x=1&y=%32"), "y", a, &value));
    CHECK_STR(value, "2");
    CHECK(!http_query(STR("x=1"), "y", a, &value));
    CHECK(!http_query(STR("y=1&x=2&y=1"), "y", a, &value));
}

TEST(a_content_type_is_parsed_instead_of_compared) {
    static const struct {
        const char *value;
        bool is_json;
    } rows[] = {
        {"application/json", true},
        {"Application/JSON", true},
        {"application/json; charset=utf-8", true},
        {"application/json;charset=UTF-8", true},
        {"application/json ; charset=\"utf-8\" ;", true},
        {"application/json; version=1; charset=utf-8", true},
        {"application/json; a=\"b;c\\\"d\"", true},
        {"", false},
        {"application/jsonx", false},
        {"application/json-patch+json", false},
        {"application/json text", false},
        {"text/plain", false},
        {"text/plain; application/json", false},
        {"multipart/form-data; boundary=application/json", false},
        {"application/json; charset=latin1", false},
        {"application/json; charset=utf-8; charset=utf-8", false},
        {"application/json; charset", false},
        {"application/json; charset=", false},
        {"application/json; charset =utf-8", false},
        {"application/json; charset=\"utf-8", false},
        {"application/json; charset=\"utf-8\\", false},
        {"application/json; charset=\"utf-8\"x", false},
        {"application/json, text/plain", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (http_is_json(str(rows[i].value)) != rows[i].is_json) test_fail(__FILE__, __LINE__, "%s", rows[i].value);
}
