#include <stdlib.h>

#include "base/mem.h"
#include "net/http_conn.h"

enum { PARTS_MAX = 3 };

/* The part that the socket did not accept at once. `bytes` contains the copied slices. */
typedef struct HttpWrite {
    uv_write_t req;
    HttpConn *conn;
    char *owned; /* freed with the write; NULL if the last slice was copied or is never freed */
    char bytes[];
} HttpWrite;

static void on_written(uv_write_t *req, int status) {
    HttpWrite *w = container_of(req, HttpWrite, req);
    HttpConn *c = w->conn;
    free(w->owned);
    free(w);
    if (c->state == CONN_GONE) return;
    if (status < 0) {
        http_conn_close(c);
        return;
    }
    if (c->stream) http_stream_progress(c->stream);
    if (http_conn_waiting(c) == 0) http_conn_written(c);
}

/* Copies all slices except a kept last one after the request and queues them. */
static void queue_rest(HttpConn *c, const Str *parts, int n, char *owned, bool keeps_last) {
    size_t copied = 0;
    int n_copied = keeps_last ? n - 1 : n;
    for (int i = 0; i < n_copied; i++) copied += parts[i].n;
    HttpWrite *w = mu_alloc(sizeof *w + copied);
    w->conn = c;
    w->owned = owned;
    uv_buf_t bufs[2] = {uv_buf_init(w->bytes, (unsigned)copied)};
    unsigned n_bufs = copied > 0;
    for (char *to = w->bytes; n_copied > 0; n_copied--, parts++) {
        if (parts->n) memcpy(to, parts->p, parts->n);
        to += parts->n;
    }
    if (keeps_last && parts->n) bufs[n_bufs++] = uv_buf_init((char *)parts->p, (unsigned)parts->n);
    if (uv_write(&w->req, &c->uv.stream, bufs, n_bufs, on_written) == 0) return;
    free(w->owned);
    free(w);
    http_conn_close(c);
}

/* Removes the sent bytes from the front of the slices; returns the number of bytes left. */
static size_t cut_sent(Str *parts, int n, size_t sent) {
    size_t left = 0;
    for (int i = 0; i < n; i++) {
        size_t cut = sent < parts[i].n ? sent : parts[i].n;
        parts[i] = str_from(parts[i], cut);
        sent -= cut;
        left += parts[i].n;
    }
    return left;
}

void http_conn_send(HttpConn *c, const Str *parts, int n, HttpKeep keep) {
    char *owned = keep == HTTP_KEEP_OWNED ? (char *)parts[n - 1].p : NULL;
    Str rest[PARTS_MAX] = {0};
    uv_buf_t bufs[PARTS_MAX];
    unsigned n_bufs = 0;
    for (int i = 0; i < n; i++) {
        rest[i] = parts[i];
        if (rest[i].n) bufs[n_bufs++] = uv_buf_init((char *)rest[i].p, (unsigned)rest[i].n);
    }
    int sent = c->state == CONN_GONE ? UV_EPIPE : n_bufs ? uv_try_write(&c->uv.stream, bufs, n_bufs) : 0;
    if (sent == UV_EAGAIN) sent = 0;
    if (sent >= 0 && cut_sent(rest, n, (size_t)sent) > 0) {
        queue_rest(c, rest, n, owned, keep != HTTP_KEEP_COPY);
        return;
    }
    free(owned);
    if (sent < 0) http_conn_close(c);
}
