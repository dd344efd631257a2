/* See http_body.h. */
#include "net/http_body.h"

#include "net/http_conn.h"

enum { STEP_BYTES = 64 << 10 };

void http_body_to(HttpRequest *r, size_t max, const HttpBodySink *sink) {
    HttpParse *p = &r->conn->x->parse;
    p->sink = *sink;
    p->has_sink = true;
    p->body_max = max;
    r->body_arg = sink->arg;
}

void http_body_resume(HttpRequest *r) {
    HttpConn *c = r->conn;
    HttpParse *p = &c->x->parse;
    p->is_resumed |= p->is_paused;
    p->is_paused = false;
    if (c->state == CONN_BODY) http_conn_resume(c);
}

void *http_body_arg(const HttpRequest *r) { return r->body_arg; }

void http_body_leave(HttpParse *p) {
    bool had_sink = p->has_sink;
    p->has_sink = p->is_paused = false;
    if (had_sink) p->sink.on_gone(p->sink.arg);
}

bool http_body_goes_on(HttpParse *p) {
    bool goes_on = p->has_sink && (p->is_paused || p->is_resumed || p->body_read - p->due_read >= STEP_BYTES);
    p->due_read = p->body_read;
    p->is_resumed = false;
    return goes_on;
}
