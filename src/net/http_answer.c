#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "net/http_conn.h"

static const struct {
    int status;
    const char *reason;
} reasons[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {426, "Upgrade Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
};

static const char *reason_of(int status) {
    for (size_t i = 0; i < COUNT_OF(reasons); i++) {
        if (reasons[i].status == status) return reasons[i].reason;
    }
    return "";
}

/* RFC 9110 5.6.7, printed once per second. The names do not depend on the locale. */
static Str date_now(HttpServer *s) {
    static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    if (now.tv_sec == s->date_s) return str(s->date);
    s->date_s = now.tv_sec;
    struct tm t;
    gmtime_r(&now.tv_sec, &t);
    snprintf(s->date, sizeof s->date, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[t.tm_wday], t.tm_mday,
             months[t.tm_mon], (t.tm_year + 1900) % 10000, t.tm_hour, t.tm_min, t.tm_sec);
    return str(s->date);
}

static void add_number(Buf *b, size_t v) {
    char digits[24];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    buf_add(b, digits + at, sizeof digits - at);
}

/* A value can never end its line, whatever its source. */
static void add_header(Buf *b, Str name, Str value) {
    buf_add_str(b, name);
    buf_add_str(b, STR(": "));
    size_t at = b->n;
    if (!buf_add_str(b, value)) return;
    for (; at < b->n; at++) {
        unsigned char c = (unsigned char)b->p[at];
        if ((c < 0x20 && c != '\t') || c == 0x7f) b->p[at] = ' ';
    }
    buf_add_str(b, STR("\r\n"));
}

void http_print_usual(HttpServer *s) {
    for (int i = 0; i < s->handler.n_usual; i++)
        add_header(&s->usual, s->handler.usual[i].name, s->handler.usual[i].value);
}

static bool has_header(const HttpAnswer *a, Str name) {
    for (int i = 0; i < a->n_headers; i++) {
        if (a->headers[i].name.n == name.n && str_ieq(a->headers[i].name, name)) return true;
    }
    return false;
}

/* A header of the answer itself overrides the usual one. */
static void add_usual(Buf *b, const HttpServer *s, const HttpAnswer *a) {
    const HttpHandler *h = &s->handler;
    bool is_overridden = false;
    for (int i = 0; i < h->n_usual; i++) is_overridden |= has_header(a, h->usual[i].name);
    if (!is_overridden) buf_add_str(b, buf_str(&s->usual));
    for (int i = 0; is_overridden && i < h->n_usual; i++)
        if (!has_header(a, h->usual[i].name)) add_header(b, h->usual[i].name, h->usual[i].value);
}

/* RFC 9110 6.4.1: these have no content. */
static bool has_no_body(int status) { return status == 204 || status == 304; }

static void add_framing(Buf *b, const HttpAnswer *a, HttpFraming framing) {
    if (framing == HTTP_CHUNKED) buf_add_str(b, STR("Transfer-Encoding: chunked\r\n"));
    if (framing != HTTP_LENGTH || has_no_body(a->status)) return;
    buf_add_str(b, STR("Content-Length: "));
    add_number(b, a->body.n);
    buf_add_str(b, STR("\r\n"));
}

static void add_own(Buf *b, const HttpConn *c) {
    const HttpHandler *h = &c->server->handler;
    HttpHeader own[HTTP_OWN_MAX];
    int n = h->own && c->x && c->x->parse.has_head ? h->own(h->arg, &c->x->r, own) : 0;
    for (int i = 0; i < n; i++) add_header(b, own[i].name, own[i].value);
}

Str http_answer_head(HttpConn *c, const HttpAnswer *a, HttpFraming framing) {
    HttpServer *s = c->server;
    Buf *b = &s->scratch;
    buf_clear(b);
    buf_add_str(b, STR("HTTP/1.1 "));
    add_number(b, (size_t)a->status);
    buf_add_c(b, ' ');
    buf_add_str(b, str(reason_of(a->status)));
    buf_add_str(b, STR("\r\nDate: "));
    buf_add_str(b, date_now(s));
    buf_add_str(b, STR("\r\n"));
    if (a->content_type) add_header(b, STR("Content-Type"), str(a->content_type));
    add_framing(b, a, framing);
    if (c->closes_after) buf_add_str(b, STR("Connection: close\r\n"));
    add_usual(b, s, a);
    add_own(b, c);
    for (int i = 0; i < a->n_headers; i++) add_header(b, a->headers[i].name, a->headers[i].value);
    buf_add_str(b, STR("\r\n"));
    return buf_str(b);
}

/* Must the connection end with this answer? No request can follow a body that was not read completely, or a refused
 * handshake: the input may be frames. */
bool http_is_last(const HttpConn *c, const HttpAnswer *a) {
    const HttpParse *p = &c->x->parse;
    return a->close || c->peer_ended || c->server->is_stopping || !p->keeps_alive || !p->is_complete ||
           c->x->r.wants_upgrade;
}

static void write_answer(HttpConn *c, const HttpAnswer *a, bool is_head_only) {
    Str parts[2] = {http_answer_head(c, a, HTTP_LENGTH), {a->body.p, a->body.n}};
    if (is_head_only || has_no_body(a->status)) {
        http_conn_send(c, parts, 1, HTTP_KEEP_COPY);
        free(a->body_owned);
        return;
    }
    if (a->body_owned) parts[1].p = a->body_owned;
    http_conn_send(c, parts, 2, a->body_owned ? HTTP_KEEP_OWNED : a->body_static ? HTTP_KEEP_STATIC : HTTP_KEEP_COPY);
}

static void finish(HttpConn *c) {
    if (c->closes_after) {
        http_conn_linger(c);
        return;
    }
    http_conn_enter(c, CONN_IDLE);
    http_conn_resume(c);
}

void http_conn_answered(HttpConn *c) {
    http_conn_release_request(c);
    if (c->state == CONN_GONE) return;
    if (http_conn_waiting(c) > 0) {
        http_conn_enter(c, CONN_WRITE);
    } else {
        finish(c);
    }
}

void http_conn_written(HttpConn *c) {
    if (c->state == CONN_WRITE) finish(c);
}

void http_note_answer(const HttpConn *c, int status) {
    const HttpHandler *h = &c->server->handler;
    if (h->on_answered && c->x) h->on_answered(h->arg, &c->x->r, status);
}

void http_answer(HttpRequest *r, const HttpAnswer *a) {
    HttpConn *c = r->conn;
    c->x->parse.has_sink = false;
    http_note_answer(c, a->status);
    if (c->state == CONN_GONE) {
        free(a->body_owned);
        http_conn_forget_request(c);
        return;
    }
    c->closes_after = http_is_last(c, a);
    write_answer(c, a, str_is(r->method, "HEAD"));
    http_conn_answered(c);
}

/* The size of a body is the sender's choice, so its limit is named. */
static void print_refusal(const HttpConn *c, HttpRefusal why, char *out, size_t size) {
    size_t most = c->x ? c->x->parse.body_max : 0, mib = 1 << 20;
    bool is_whole = most % mib == 0;
    if (why == HTTP_BODY_TOO_LARGE)
        snprintf(out, size, "the body is larger than %zu %s", is_whole ? most / mib : most, is_whole ? "MiB" : "bytes");
    else
        snprintf(out, size, "%s", http_refusal_text(why));
}

void http_refuse(HttpConn *c, HttpRefusal why) {
    /* RFC 9110 15.5.22 and 7.8, RFC 6455 4.4. */
    static const HttpHeader upgrade[] = {
        {STR("Upgrade"), STR("websocket")},
        {STR("Connection"), STR("Upgrade")},
        {STR("Sec-WebSocket-Version"), STR("13")},
    };
    char text[128], body[256];
    print_refusal(c, why, text, sizeof text);
    int n = snprintf(body, sizeof body, "{\"error\":{\"code\":\"%s\",\"message\":\"%s\"}}",
                     err_word(http_refusal_code(why)), text);
    HttpAnswer answer = {
        .status = http_refusal_status(why),
        .content_type = "application/json",
        .body = str_n(body, (size_t)n),
        .headers = upgrade,
        .n_headers = why == HTTP_WRONG_WS_VERSION ? COUNT_OF(upgrade) : 0,
    };
    c->closes_after = true;
    http_note_answer(c, answer.status);
    write_answer(c, &answer, false);
    http_conn_answered(c);
}
