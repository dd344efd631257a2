/* Bodies that are too large for memory: a sink takes the pieces as they arrive, and can keep the client waiting.
 *
 * Loop thread only. A client that keeps sending has as long as it needs, one that sends less than 64 KiB in each
 * head_timeout_ms is answered 408; the time during which the sink lets it wait does not count.
 */
#pragma once

#include "net/http.h"

enum { HTTP_BODY_AHEAD = 128 << 10 }; /* bytes that may still follow after a sink has said no */

typedef struct HttpBodySink {
    /* Borrowed for the call, which must not answer. False: no more until http_body_resume. */
    bool (*on_piece)(void *arg, Str bytes);
    /* Instead of on_request: the client has gone, was too slow, or its request was refused. */
    void (*on_gone)(void *arg);
    void *arg;
} HttpBodySink;

/* Inside on_head: the body goes there and not to `r->body`; one of more than `max` bytes is refused, if its length is
 * known before any of it is read. on_request follows when all of it has arrived, also while the sink says no; after
 * that, and after an answer that does not wait for it, the sink is not called any more. */
void http_body_to(HttpRequest *r, size_t max, const HttpBodySink *sink);
/* Not after on_gone. */
void http_body_resume(HttpRequest *r);
/* The sink's arg; NULL: the request has its body in memory. */
void *http_body_arg(const HttpRequest *r);
