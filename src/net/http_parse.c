#include "net/http_parse.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

enum {
    HEAD_KEEP = 4096, /* buffers up to this size are kept for the next request */
    BODY_KEEP = 16384,
    BODY_SLICE = 4096,
    CHUNK_OVERHEAD = 8, /* framing bytes allowed for each byte of the body ("1\r\nx\r\n" has 5) */
    WS_KEY_CHARS = 24   /* 16 bytes in base64, RFC 6455 section 4.2.1 */
};

#define REFUSAL_ROW_(name, status, code, text) [name] = {status, code, text},
static const struct {
    int status;
    ErrCode code;
    const char *text;
} refusals[HTTP_REFUSALS] = {HTTP_REFUSAL_LIST(REFUSAL_ROW_)};
#undef REFUSAL_ROW_

static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"};

int http_refusal_status(HttpRefusal r) { return refusals[r].status; }
ErrCode http_refusal_code(HttpRefusal r) { return refusals[r].code; }
const char *http_refusal_text(HttpRefusal r) { return refusals[r].text; }

static HttpStep refuse(HttpParse *p, HttpRefusal why) {
    p->refused = why;
    return HTTP_STEP_REFUSED;
}

/* llhttp's callbacks. It gets the whole head at once, so each span is one piece; a second piece of a value could only
 * be a folded line. */

static HttpParse *parse_of(llhttp_t *ll) { return container_of(ll, HttpParse, ll); }

static int on_method(llhttp_t *ll, const char *at, size_t n) {
    parse_of(ll)->r->method = str_n(at, n);
    return 0;
}

static int on_url(llhttp_t *ll, const char *at, size_t n) {
    parse_of(ll)->r->path = str_n(at, n);
    return 0;
}

static int on_header_field(llhttp_t *ll, const char *at, size_t n) {
    HttpParse *p = parse_of(ll);
    if (p->has_head) return 0; /* trailers are read and dropped */
    if (p->n_headers == p->limits->headers_max) {
        p->refused = HTTP_HEAD_TOO_LARGE;
        return HPE_USER;
    }
    p->headers[p->n_headers++] = (HttpHeader){.name = str_n(at, n), .value = STR("")};
    return 0;
}

static int on_header_value(llhttp_t *ll, const char *at, size_t n) {
    HttpParse *p = parse_of(ll);
    if (p->has_head) return 0;
    Str *value = &p->headers[p->n_headers - 1].value;
    if (value->n > 0) {
        p->refused = HTTP_FOLDED_LINE;
        return HPE_USER;
    }
    *value = str_trim(str_n(at, n));
    return 0;
}

static int on_headers_complete(llhttp_t *ll) {
    HttpParse *p = parse_of(ll);
    p->keeps_alive = llhttp_should_keep_alive(ll);
    return 0;
}

static int on_body(llhttp_t *ll, const char *at, size_t n) {
    HttpParse *p = parse_of(ll);
    if (n > p->body_max - p->body_n) {
        p->refused = HTTP_BODY_TOO_LARGE;
        return HPE_USER;
    }
    p->body_n += n;
    if (p->has_sink)
        p->is_paused |= !p->sink.on_piece(p->sink.arg, str_n(at, n));
    else
        buf_add(&p->body, at, n);
    return 0;
}

/* Stops after the last chunk's line, because from there on the lines are checked before they are parsed. */
static int on_chunk_header(llhttp_t *ll) {
    HttpParse *p = parse_of(ll);
    p->in_trailers = ll->content_length == 0;
    return p->in_trailers ? HPE_PAUSED : 0;
}

static int on_message_complete(llhttp_t *ll) {
    parse_of(ll)->is_complete = true;
    return HPE_PAUSED;
}

static const llhttp_settings_t callbacks = {
    .on_method = on_method,
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_headers_complete = on_headers_complete,
    .on_chunk_header = on_chunk_header,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

static void clear(HttpParse *p) {
    p->head_start = p->line_start = p->scanned = p->body_read = p->overhead = 0;
    p->n_headers = p->n_hosts = p->n_lengths = p->n_encodings = 0;
    p->body_n = p->due_read = 0;
    p->body_max = p->limits->body_max;
    p->seen = 0;
    p->trailer_line_n = 0;
    p->refused = HTTP_NOT_REFUSED;
    p->ws_key = p->ws_version = (Str){0};
    p->has_head = p->in_trailers = p->is_complete = p->keeps_alive = p->is_http10 = false;
    p->expects_continue = p->offers_websocket = p->has_sink = p->is_paused = p->is_resumed = false;
    llhttp_init(&p->ll, HTTP_REQUEST, &callbacks);
}

void http_parse_init(HttpParse *p, const HttpLimits *limits, HttpRequest *r) {
    *p = (HttpParse){.limits = limits, .r = r};
    p->headers = mu_array((size_t)limits->headers_max, sizeof *p->headers);
    buf_init(&p->head, limits->head_max);
    buf_init(&p->body, limits->body_max);
    clear(p);
}

void http_parse_done(HttpParse *p) {
    free(p->headers);
    p->headers = NULL;
    buf_done(&p->head);
    buf_done(&p->body);
}

static void buf_renew(Buf *b, size_t keep) {
    size_t max = b->max;
    if (b->cap > keep || b->failed) {
        buf_done(b);
        buf_init(b, max);
    } else {
        buf_clear(b);
    }
}

void http_parse_reset(HttpParse *p) {
    buf_renew(&p->head, HEAD_KEEP);
    buf_renew(&p->body, BODY_KEEP);
    clear(p);
}

/* Lines. RFC 9112 2.2: an empty line before a request is skipped, a bare CR is invalid; 5.1: no white space between
 * name and colon; 5.2: a folded line may be refused. We also refuse a bare LF, which 2.2 lets a server accept. */

static HttpRefusal check_line(const HttpParse *p, Str line) {
    if (line.n < 1 || line.p[line.n - 1] != '\r') return HTTP_BAD_LINE_END;
    line.n--;
    if (memchr(line.p, '\r', line.n)) return HTTP_BAD_LINE_END;
    if (line.n == 0) return HTTP_NOT_REFUSED;
    bool is_request_line = p->line_start == p->head_start;
    if (line.p[0] == ' ' || line.p[0] == '\t') return is_request_line ? HTTP_BAD_SYNTAX : HTTP_FOLDED_LINE;
    if (is_request_line) return HTTP_NOT_REFUSED;
    const char *colon = memchr(line.p, ':', line.n);
    if (!colon || colon == line.p) return HTTP_BAD_SYNTAX;
    size_t name_n = (size_t)(colon - line.p);
    bool spaced = memchr(line.p, ' ', name_n) || memchr(line.p, '\t', name_n);
    return spaced ? HTTP_SPACE_IN_NAME : HTTP_NOT_REFUSED;
}

/* Walks the complete lines collected so far; true at the empty line that ends the head, or at a refusal. */
static bool scan_lines(HttpParse *p) {
    for (;;) {
        const char *from = p->head.p + p->scanned;
        const char *lf = memchr(from, '\n', p->head.n - p->scanned);
        if (!lf) {
            p->scanned = p->head.n;
            return false;
        }
        Str line = str_n(p->head.p + p->line_start, (size_t)(lf - p->head.p) - p->line_start);
        p->refused = check_line(p, line);
        if (p->refused) return true;
        bool is_first = p->line_start == p->head_start;
        p->line_start = p->scanned = (size_t)(lf - p->head.p) + 1;
        if (line.n == 1 && !is_first) return true;
        if (line.n == 1) p->head_start = p->line_start;
    }
}

/* Headers that the server itself interprets. */

static HttpRefusal take_host(HttpParse *p, Str value) {
    p->r->host = value;
    p->n_hosts++;
    return HTTP_NOT_REFUSED;
}

static HttpRefusal take_length(HttpParse *p, Str value) {
    (void)value; /* llhttp has read it */
    p->n_lengths++;
    return HTTP_NOT_REFUSED;
}

static HttpRefusal take_encoding(HttpParse *p, Str value) {
    p->n_encodings++;
    return str_ieq(value, STR("chunked")) ? HTTP_NOT_REFUSED : HTTP_BAD_LENGTH;
}

static HttpRefusal take_expect(HttpParse *p, Str value) {
    p->expects_continue = true;
    return str_ieq(value, STR("100-continue")) ? HTTP_NOT_REFUSED : HTTP_BAD_EXPECTATION;
}

static HttpRefusal take_upgrade(HttpParse *p, Str value) {
    p->offers_websocket |= http_has_token(value, "websocket");
    return HTTP_NOT_REFUSED;
}

static HttpRefusal take_ws_key(HttpParse *p, Str value) {
    p->ws_key = value;
    return HTTP_NOT_REFUSED;
}

static HttpRefusal take_ws_version(HttpParse *p, Str value) {
    p->ws_version = value;
    return HTTP_NOT_REFUSED;
}

/* A repeated header that decides on access or describes the body is refused: two programs on the way could each use a
 * different one (RFC 9110 5.3 allows only lists on more than one line). */
static const struct {
    Str name;
    HttpRefusal (*take)(HttpParse *p, Str value); /* NULL: the server itself does not use it */
    HttpRefusal when_doubled;                     /* HTTP_NOT_REFUSED: take decides */
} known[] = {
    {STR("host"), take_host, HTTP_BAD_HOST},
    {STR("content-length"), take_length, HTTP_BAD_LENGTH},
    {STR("transfer-encoding"), take_encoding, HTTP_BAD_LENGTH},
    {STR("expect"), take_expect, HTTP_NOT_REFUSED},
    {STR("upgrade"), take_upgrade, HTTP_NOT_REFUSED},
    {STR("sec-websocket-key"), take_ws_key, HTTP_BAD_UPGRADE},
    {STR("sec-websocket-version"), take_ws_version, HTTP_DOUBLED_HEADER},
    {STR("authorization"), NULL, HTTP_DOUBLED_HEADER},
    {STR("origin"), NULL, HTTP_DOUBLED_HEADER},
    {STR("sec-fetch-site"), NULL, HTTP_DOUBLED_HEADER},
    {STR("sec-fetch-mode"), NULL, HTTP_DOUBLED_HEADER},
    {STR("sec-fetch-dest"), NULL, HTTP_DOUBLED_HEADER},
    {STR("access-control-request-method"), NULL, HTTP_DOUBLED_HEADER},
    {STR("content-type"), NULL, HTTP_DOUBLED_HEADER},
    {STR("idempotency-key"), NULL, HTTP_DOUBLED_HEADER},
};
static_assert(COUNT_OF(known) <= 32, "one bit of HttpParse.seen per header");

static HttpRefusal take_known(HttpParse *p, size_t i, Str value) {
    bool is_doubled = p->seen >> i & 1;
    p->seen |= UINT32_C(1) << i;
    if (is_doubled && known[i].when_doubled) return known[i].when_doubled;
    return known[i].take ? known[i].take(p, value) : HTTP_NOT_REFUSED;
}

static HttpRefusal take_headers(HttpParse *p) {
    for (const HttpHeader *h = p->headers; h < p->headers + p->n_headers; h++) {
        for (size_t i = 0; i < COUNT_OF(known); i++) {
            if (h->name.n != known[i].name.n || !str_ieq(h->name, known[i].name)) continue;
            HttpRefusal why = take_known(p, i, h->value);
            if (why) return why;
        }
    }
    return HTTP_NOT_REFUSED;
}

static HttpRefusal check_method(HttpParse *p) {
    for (size_t i = 0; i < COUNT_OF(methods); i++) {
        if (str_is(p->r->method, methods[i])) return HTTP_NOT_REFUSED;
    }
    return HTTP_UNKNOWN_METHOD;
}

static HttpRefusal check_framing(HttpParse *p) {
    p->is_http10 = p->ll.http_minor == 0;
    if (p->ll.http_major != 1 || p->ll.http_minor > 1) return HTTP_WRONG_VERSION;
    if (p->n_hosts > 1 || (p->n_hosts == 0 && !p->is_http10)) return HTTP_BAD_HOST;
    if (p->n_lengths + p->n_encodings > 1) return HTTP_BAD_LENGTH;
    if (p->n_encodings && p->is_http10) return HTTP_BAD_LENGTH; /* RFC 9112 6.1: 1.0 has no transfer codings */
    if (p->is_http10) p->keeps_alive = p->expects_continue = false;
    return HTTP_NOT_REFUSED;
}

static bool is_ws_key(Str key) {
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (key.n != WS_KEY_CHARS || !str_ends(key, STR("=="))) return false;
    for (size_t i = 0; i < WS_KEY_CHARS - 2; i++) {
        if (!memchr(alphabet, key.p[i], sizeof alphabet - 1)) return false;
    }
    return true;
}

/* RFC 6455 4.2.1 and 4.4. An Upgrade to anything else is ignored, as RFC 9110 7.8 allows. */
static HttpRefusal check_upgrade(HttpParse *p) {
    if (!p->offers_websocket) return HTTP_NOT_REFUSED;
    if (!p->ll.upgrade || p->is_http10 || !str_is(p->r->method, "GET")) return HTTP_BAD_UPGRADE;
    if (p->n_encodings || p->ll.content_length > 0) return HTTP_BAD_UPGRADE;
    if (!str_is(p->ws_version, "13")) return HTTP_WRONG_WS_VERSION;
    if (!is_ws_key(p->ws_key)) return HTTP_BAD_UPGRADE;
    p->r->wants_upgrade = true;
    return HTTP_NOT_REFUSED;
}

/* The absolute form (RFC 9112 3.2.2): its authority overrides the Host header. It is moved over the scheme, which
 * leaves room for the slash of an empty path. */
static void take_authority(HttpParse *p) {
    static const Str scheme = {"http://", 7};
    HttpRequest *r = p->r;
    if (!str_ieq(str_upto(r->path, scheme.n), scheme)) return;
    char *target = p->head.p + (r->path.p - p->head.p);
    size_t end = scheme.n;
    while (end < r->path.n && !strchr("/?#", target[end])) end++;
    bool is_empty = end == r->path.n || target[end] != '/';
    r->host = str_n(target, end - scheme.n);
    r->path = str_from(r->path, is_empty ? end - 1 : end);
    memmove(target, target + scheme.n, end - scheme.n);
    if (is_empty) target[end - 1] = '/';
}

/* The origin, absolute and asterisk forms of RFC 9112 3.2; the authority form belongs to CONNECT. */
static HttpRefusal check_target(HttpParse *p) {
    HttpRequest *r = p->r;
    if (str_is(r->path, "*") && str_is(r->method, "OPTIONS")) return HTTP_NOT_REFUSED;
    take_authority(p);
    const char *mark = memchr(r->path.p, '?', r->path.n);
    size_t path_n = mark ? (size_t)(mark - r->path.p) : r->path.n;
    r->query = mark ? str_from(r->path, path_n + 1) : STR("");
    char *path = p->head.p + (r->path.p - p->head.p);
    if (memchr(r->path.p, '#', r->path.n) || path_n == 0 || path[0] != '/') return HTTP_BAD_TARGET;
    if (!http_unescape(path, &path_n, false)) return HTTP_BAD_TARGET;
    r->path = str_n(path, path_n);
    for (size_t i = 0; i < path_n; i++) {
        unsigned char c = (unsigned char)path[i];
        if (c < 0x20 || c == 0x7f || c == '\\') return HTTP_BAD_TARGET;
    }
    Str rest = str_from(r->path, 1), segment;
    while (str_split(&rest, '/', &segment)) {
        if (str_is(segment, ".") || str_is(segment, "..")) return HTTP_BAD_TARGET;
    }
    return str_is_utf8(r->path) ? HTTP_NOT_REFUSED : HTTP_BAD_TARGET;
}

static HttpRefusal (*const head_checks[])(HttpParse *p) = {
    check_method, take_headers, check_framing, check_upgrade, check_target,
};

static HttpRefusal syntax_refusal(const HttpParse *p, llhttp_errno_t err) {
    if (p->refused) return p->refused;
    switch (err) {
    case HPE_INVALID_METHOD: return HTTP_UNKNOWN_METHOD;
    case HPE_INVALID_VERSION:
    case HPE_PAUSED_H2_UPGRADE: return HTTP_WRONG_VERSION;
    case HPE_INVALID_CONTENT_LENGTH:
    case HPE_UNEXPECTED_CONTENT_LENGTH:
    case HPE_INVALID_TRANSFER_ENCODING: return HTTP_BAD_LENGTH;
    case HPE_INVALID_URL: return HTTP_BAD_TARGET;
    default: return HTTP_BAD_SYNTAX;
    }
}

static bool is_fine(llhttp_errno_t err) { return err == HPE_OK || err == HPE_PAUSED || err == HPE_PAUSED_UPGRADE; }

static HttpStep parse_head(HttpParse *p) {
    Str head = str_from(buf_str(&p->head), p->head_start);
    llhttp_errno_t err = llhttp_execute(&p->ll, head.p, head.n);
    if (!is_fine(err)) return refuse(p, syntax_refusal(p, err));
    for (size_t i = 0; i < COUNT_OF(head_checks); i++) {
        HttpRefusal why = head_checks[i](p);
        if (why) return refuse(p, why);
    }
    p->has_head = true;
    p->r->headers = p->headers;
    p->r->n_headers = p->n_headers;
    return HTTP_STEP_HEAD;
}

static HttpStep take_head(HttpParse *p, Str in, size_t *ret_used) {
    size_t before = p->head.n;
    Str part = str_upto(in, p->limits->head_max - before);
    buf_add_str(&p->head, part);
    *ret_used = part.n;
    if (scan_lines(p)) {
        if (p->refused) return HTTP_STEP_REFUSED;
        *ret_used = p->line_start - before;
        p->head.n = p->line_start;
        return parse_head(p);
    }
    if (p->head.n < p->limits->head_max) return HTTP_STEP_MORE;
    return refuse(p, p->line_start == p->head_start ? HTTP_TARGET_TOO_LONG : HTTP_HEAD_TOO_LARGE);
}

/* How many bytes of trailers precede a folded line, which llhttp would join to the previous line. The empty line ends
 * the search. */
static size_t unfolded(HttpParse *p, Str in) {
    for (size_t i = 0; i < in.n && p->in_trailers; i++) {
        char c = in.p[i];
        if (p->trailer_line_n == 0 && (c == ' ' || c == '\t')) return i;
        if (c == '\n' && p->trailer_line_n <= 1) p->in_trailers = false;
        p->trailer_line_n = c == '\n' ? 0 : p->trailer_line_n + 1;
    }
    return in.n;
}

static HttpStep take_slice(HttpParse *p, Str in, size_t *ret_used) {
    size_t before = p->body_n, n = unfolded(p, in);
    bool is_folded = n < in.n;
    in = str_upto(in, n);
    llhttp_errno_t err = llhttp_execute(&p->ll, in.p, in.n);
    if (!is_fine(err)) return refuse(p, syntax_refusal(p, err));
    if (is_folded) return refuse(p, HTTP_FOLDED_LINE);
    *ret_used = err == HPE_OK ? in.n : (size_t)(llhttp_get_error_pos(&p->ll) - in.p);
    if (err == HPE_PAUSED && !p->is_complete) llhttp_resume(&p->ll);
    p->body_read += *ret_used;
    p->overhead += *ret_used - (p->body_n - before);
    bool is_due = p->body_read % BODY_SLICE == 0;
    if (is_due && p->overhead > p->limits->head_max + CHUNK_OVERHEAD * p->body_n) return refuse(p, HTTP_BAD_CHUNKS);
    return HTTP_STEP_MORE;
}

/* The overhead is checked at fixed offsets of the message, so that the result does not depend on how the network cut
 * it. */
static HttpStep take_body(HttpParse *p, Str in, size_t *ret_used) {
    while (*ret_used < in.n && !p->is_complete) {
        size_t used = 0;
        Str slice = str_upto(str_from(in, *ret_used), BODY_SLICE - p->body_read % BODY_SLICE);
        if (take_slice(p, slice, &used) == HTTP_STEP_REFUSED) return HTTP_STEP_REFUSED;
        *ret_used += used;
    }
    return HTTP_STEP_MORE;
}

bool http_parse_is_too_long(const HttpParse *p) {
    return p->n_lengths && !p->is_complete && p->body_read == 0 && p->ll.content_length > p->body_max;
}

HttpStep http_parse_feed(HttpParse *p, Str in, size_t *ret_used) {
    *ret_used = 0;
    if (p->refused) return HTTP_STEP_REFUSED;
    if (!p->has_head) return in.n ? take_head(p, in, ret_used) : HTTP_STEP_MORE;
    if (!p->is_complete) {
        if (http_parse_is_too_long(p)) return refuse(p, HTTP_BODY_TOO_LARGE);
        if (!in.n) return HTTP_STEP_MORE;
        if (take_body(p, in, ret_used) == HTTP_STEP_REFUSED) return HTTP_STEP_REFUSED;
        if (!p->is_complete) return HTTP_STEP_MORE;
    }
    p->r->body = buf_str(&p->body);
    return HTTP_STEP_DONE;
}
