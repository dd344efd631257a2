#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "net/http_conn.h"

struct HttpStream {
    HttpConn *conn; /* lives at least as long: freed only after http_stream_lost or the end */
    HttpStreamHandler handler;
    bool is_chunked;
    bool wants_drain;
};

HttpStream *http_stream_begin(HttpRequest *r, const HttpAnswer *head, const HttpStreamHandler *h) {
    HttpConn *c = r->conn;
    http_note_answer(c, head->status);
    if (c->peer_ended && c->state != CONN_GONE) http_conn_close(c);
    if (c->state == CONN_GONE) {
        http_conn_forget_request(c);
        return NULL;
    }
    bool is_chunked = !c->x->parse.is_http10 && !head->stream_bytes;
    HttpAnswer sized = *head;
    sized.body = str_n(NULL, (size_t)head->stream_bytes);
    bool is_head_only = str_is(r->method, "HEAD");
    c->closes_after = http_is_last(c, head);
    HttpFraming framing = is_chunked ? HTTP_CHUNKED : head->stream_bytes ? HTTP_LENGTH : HTTP_UNTIL_CLOSE;
    Str text = http_answer_head(c, &sized, framing);
    http_conn_send(c, &text, 1, HTTP_KEEP_COPY);
    if (is_head_only || c->state == CONN_GONE) {
        http_conn_answered(c);
        return NULL;
    }
    http_conn_release_request(c);
    HttpStream *s = mu_new(HttpStream);
    *s = (HttpStream){.conn = c, .handler = *h, .is_chunked = is_chunked};
    c->stream = s;
    http_conn_enter(c, CONN_STREAM);
    return s;
}

bool http_stream_write(HttpStream *s, Str bytes) {
    HttpConn *c = s->conn;
    size_t waiting = http_conn_waiting(c);
    if (c->state == CONN_GONE || bytes.n == 0) return true;
    if (waiting > 0 && waiting + bytes.n > c->server->limits.stream_queue_max) {
        s->wants_drain = true;
        return false;
    }
    if (!s->is_chunked) {
        http_conn_send(c, &bytes, 1, HTTP_KEEP_COPY);
        return true;
    }
    char size[24];
    int n = snprintf(size, sizeof size, "%zx\r\n", bytes.n);
    Str parts[3] = {str_n(size, (size_t)n), bytes, STR("\r\n")};
    http_conn_send(c, parts, 3, HTTP_KEEP_COPY);
    return true;
}

void http_stream_end(HttpStream *s) {
    HttpConn *c = s->conn;
    Str last = STR("0\r\n\r\n");
    if (s->is_chunked && c->state != CONN_GONE) http_conn_send(c, &last, 1, HTTP_KEEP_STATIC);
    c->stream = NULL;
    free(s);
    http_conn_answered(c);
}

void http_stream_abort(HttpStream *s) {
    HttpConn *c = s->conn;
    c->stream = NULL;
    free(s);
    http_conn_close(c);
}

void http_stream_progress(HttpStream *s) {
    if (!s->wants_drain || http_conn_waiting(s->conn) >= s->conn->server->limits.stream_queue_max / 2) return;
    s->wants_drain = false;
    s->handler.on_drain(s->handler.arg);
}

void http_stream_lost(HttpStream *s) {
    HttpStreamHandler handler = s->handler;
    free(s);
    handler.on_gone(handler.arg);
}
