/* Output: shared frames in a ring per connection, flushed once per turn. */
#include <stdlib.h>

#include "base/mem.h"
#include "net/ws_conn.h"

enum { CAP_MIN = 8, CAP_KEEP = 64 };

/* A write that waits for the socket. Its frames stay in the ring, so that they live as long as it does. */
typedef struct WsWrite {
    uv_write_t req;
    WsConn *ws;
    size_t n_bytes;
} WsWrite;

static WsFrame **slot(WsConn *w, uint32_t i) { return &w->queue[(w->first + i) & (w->cap - 1)]; }

static void grow(WsConn *w) {
    uint32_t cap = w->cap ? 2 * w->cap : CAP_MIN;
    WsFrame **queue = mu_array(cap, sizeof *queue);
    for (uint32_t i = 0; i < w->n; i++) queue[i] = *slot(w, i);
    free(w->queue);
    w->queue = queue;
    w->cap = cap;
    w->first = 0;
}

void ws_queue_add(WsConn *w, WsFrame *f) {
    if (w->n == w->cap) grow(w);
    *slot(w, w->n++) = ws_frame_ref(f);
    w->queued_bytes += f->n;
    ws_touch(w);
}

void ws_queue_done(WsConn *w) {
    for (uint32_t i = 0; i < w->n; i++) ws_frame_unref(*slot(w, i));
    ws_frame_unref(TAKE(w->pong));
    free(w->queue);
    w->queue = NULL;
    w->n = w->cap = 0;
}

static unsigned gather(WsConn *w, uv_buf_t bufs[WS_WRITEV_MAX], size_t *ret_bytes) {
    unsigned n = w->n < WS_WRITEV_MAX ? w->n : WS_WRITEV_MAX;
    size_t skip = w->first_sent, total = 0;
    for (unsigned i = 0; i < n; i++, skip = 0) {
        WsFrame *f = *slot(w, i);
        bufs[i] = uv_buf_init(f->bytes + skip, (unsigned)(f->n - skip));
        total += f->n - skip;
    }
    *ret_bytes = total;
    return n;
}

static void ws_flush(WsConn *w);

static void drop_sent(WsConn *w, size_t sent) {
    sent += w->first_sent;
    while (w->n > 0 && sent >= (*slot(w, 0))->n) {
        WsFrame *f = *slot(w, 0);
        sent -= f->n;
        w->queued_bytes -= f->n;
        w->first = (w->first + 1) & (w->cap - 1);
        w->n--;
        ws_frame_unref(f);
    }
    w->first_sent = sent;
}

static void on_written(uv_write_t *req, int status) {
    WsWrite *write = container_of(req, WsWrite, req);
    WsConn *w = write->ws;
    size_t n_bytes = write->n_bytes;
    free(write);
    w->is_blocked = false;
    if (w->http->state == CONN_GONE) return;
    if (status < 0) {
        http_conn_close(w->http);
        return;
    }
    drop_sent(w, n_bytes);
    ws_flush(w);
}

/* The socket is full: hands the first frames to the loop, which continues when there is room. */
static void wait_for_room(WsConn *w) {
    uv_buf_t bufs[WS_WRITEV_MAX];
    WsWrite *write = mu_new(WsWrite);
    write->ws = w;
    unsigned n = gather(w, bufs, &write->n_bytes);
    w->is_blocked = true;
    if (uv_write(&write->req, &w->http->uv.stream, bufs, n, on_written) == 0) return;
    free(write);
    http_conn_close(w->http);
}

static void after_flush(WsConn *w) {
    if (w->n == 0 && w->cap > CAP_KEEP) {
        free(TAKE(w->queue));
        w->cap = w->first = 0;
    }
    if (w->n == 0 && w->close_sent && w->close_got) {
        http_conn_linger(w->http);
        return;
    }
    if (!w->wants_drain || w->n >= w->frames_max / 4 || w->queued_bytes >= w->bytes_max / 4) return;
    w->wants_drain = false;
    if (w->handler->on_drain) w->handler->on_drain(w->arg);
}

static void queue_pong(WsConn *w) {
    CLEANUP(ws_frame_unrefp) WsFrame *pong = TAKE(w->pong);
    if (!w->close_sent) ws_queue_add(w, pong);
}

static void ws_flush(WsConn *w) {
    if (w->pong && !w->is_blocked) queue_pong(w);
    while (w->n > 0 && !w->is_blocked && w->http->state != CONN_GONE) {
        uv_buf_t bufs[WS_WRITEV_MAX];
        size_t n_bytes;
        unsigned n = gather(w, bufs, &n_bytes);
        int sent = uv_try_write(&w->http->uv.stream, bufs, n);
        if (sent < 0 && sent != UV_EAGAIN) {
            http_conn_close(w->http);
            return;
        }
        drop_sent(w, sent < 0 ? 0 : (size_t)sent);
        if (sent < 0 || (size_t)sent < n_bytes) wait_for_room(w);
    }
    if (w->http->state != CONN_GONE) after_flush(w);
}

/* Takes the current list: connections touched meanwhile are flushed at the end of their own turn. */
static void flush_dirty(void *server) {
    HttpServer *s = server;
    List now;
    s->ws_flush_waits = false;
    list_init(&now);
    while (!list_is_empty(&s->ws_dirty)) {
        List *n = s->ws_dirty.next;
        list_remove(n);
        list_add_last(&now, n);
    }
    WsConn *w;
    while ((w = list_first(&now, WsConn, dirty))) {
        list_remove(&w->dirty);
        if (w->is_new) {
            w->is_new = false;
            http_conn_resume(w->http);
        }
        ws_flush(w);
    }
    http_server_check_done(s);
}

void ws_touch(WsConn *w) {
    HttpServer *s = w->http->server;
    if (list_is_linked(&w->dirty)) return;
    list_add_last(&s->ws_dirty, &w->dirty);
    if (!s->ws_flush_waits) loop_after_turn(s->loop, flush_dirty, s);
    s->ws_flush_waits = true;
}
