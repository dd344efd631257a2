#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/http_conn.h"
#include "sys/process.h"

static const Str go_on = {"HTTP/1.1 100 Continue\r\n\r\n", 25};

enum { CONNS_OVER = 64 }; /* connections past the limit that get a 503 before they are closed */

int64_t http_now_ms(const HttpServer *s) { return (int64_t)uv_now(loop_uv(s->loop)); }

void http_conn_enter(HttpConn *c, HttpState state) {
    HttpServer *s = c->server;
    list_remove(&c->link);
    c->state = (uint8_t)state;
    c->due_ms = http_now_ms(s) + http_state_timeout_ms(s, state);
    c->write_mark = http_conn_waiting(c);
    list_add_last(&s->states[state], &c->link);
}

/* The life of a request's buffers. */

static HttpExchange *exchange_new(HttpServer *s) {
    if (s->n_spare > 0) return s->spare[--s->n_spare];
    HttpExchange *x = mu_new(HttpExchange);
    http_parse_init(&x->parse, &s->limits, &x->r);
    return x;
}

void http_conn_release_request(HttpConn *c) {
    HttpServer *s = c->server;
    HttpExchange *x = TAKE(c->x);
    if (!x) return;
    http_body_leave(&x->parse);
    if (s->n_spare == HTTP_SPARE_MAX) {
        http_parse_done(&x->parse);
        free(x);
        return;
    }
    http_parse_reset(&x->parse);
    s->spare[s->n_spare++] = x;
}

static void begin_request(HttpConn *c) {
    c->x = exchange_new(c->server);
    c->x->r = (HttpRequest){
        .conn = c,
        .is_unix = c->is_unix,
        .peer_pid = c->peer_pid,
        .peer_uid = c->peer_uid,
        .peer_start = c->peer_start,
    };
    http_conn_enter(c, CONN_HEAD);
}

/* Closing. */

static void conn_free(HttpConn *c) {
    HttpServer *s = c->server;
    list_remove(&c->link);
    buf_done(&c->pending);
    free(c);
    s->n_conns--;
    http_server_check_done(s);
}

static void on_closed(uv_handle_t *h) {
    HttpConn *c = h->data;
    c->is_closed = true;
    if (c->stream) http_stream_lost(TAKE(c->stream));
    if (c->takeover) TAKE(c->takeover)->on_gone(c->takeover_arg);
    if (!c->x) conn_free(c);
}

void http_conn_close(HttpConn *c) {
    if (c->state == CONN_GONE) return;
    bool is_handed = c->state == CONN_HANDLER;
    http_conn_enter(c, CONN_GONE);
    list_remove(&c->quiet);
    c->server->shares[c->is_unix].n_open--;
    c->server->n_taken -= c->takeover != NULL;
    if (!is_handed) http_conn_release_request(c);
    uv_close(&c->uv.handle, on_closed);
}

void http_conn_forget_request(HttpConn *c) {
    http_conn_release_request(c);
    if (c->is_closed) conn_free(c);
}

static void on_shut(uv_shutdown_t *req, int status) {
    HttpConn *c = req->data;
    free(req);
    if (status < 0 && c->state != CONN_GONE) http_conn_close(c);
}

static void read_on(HttpConn *c);

void http_conn_linger(HttpConn *c) {
    if (c->state == CONN_GONE || c->state == CONN_LINGER) return;
    if (c->peer_ended) {
        http_conn_close(c);
        return;
    }
    http_conn_release_request(c);
    buf_done(&c->pending);
    http_conn_enter(c, CONN_LINGER);
    uv_shutdown_t *req = mu_new(uv_shutdown_t);
    req->data = c;
    if (uv_shutdown(req, &c->uv.stream, on_shut) < 0) {
        free(req);
        http_conn_close(c);
        return;
    }
    read_on(c);
}

/* Reading. */

static bool is_parsing(const HttpConn *c) {
    return c->state == CONN_IDLE || c->state == CONN_HEAD || c->state == CONN_BODY;
}

/* Keeps bytes for later and stops reading, so that their number is bounded by one read. */
static void hold(HttpConn *c, Str in) {
    if (!c->pending.p) buf_init(&c->pending, 2 * (size_t)HTTP_READ_MAX);
    if (!buf_add_str(&c->pending, in)) {
        http_conn_close(c);
        return;
    }
    if (c->is_reading) uv_read_stop(&c->uv.stream);
    c->is_reading = false;
}

/* Notifies the owner of complete headers; false if the request has been answered. */
static bool show_head(HttpConn *c) {
    HttpServer *s = c->server;
    HttpExchange *x = c->x;
    http_conn_enter(c, CONN_BODY);
    if (s->handler.on_head && !s->handler.on_head(s->handler.arg, &x->r)) return false;
    bool waits_for_us = x->parse.expects_continue && !x->parse.is_complete && !http_parse_is_too_long(&x->parse);
    if (waits_for_us) http_conn_send(c, &go_on, 1, HTTP_KEEP_STATIC);
    return c->state == CONN_BODY;
}

static size_t consume_step(HttpConn *c, Str in) {
    size_t used = 0, n = 0;
    HttpStep step;
    do {
        step = http_parse_feed(&c->x->parse, str_from(in, used), &n);
        used += n;
        if (step == HTTP_STEP_HEAD && !show_head(c)) return used;
    } while (step == HTTP_STEP_HEAD);
    if (step == HTTP_STEP_REFUSED) http_refuse(c, c->x->parse.refused);
    if (step == HTTP_STEP_DONE) {
        http_conn_enter(c, CONN_HANDLER);
        c->x->parse.has_sink = false;
        c->x->r.begun_us = clock_mono_us();
        c->server->handler.on_request(c->server->handler.arg, &c->x->r);
    }
    return used;
}

/* The sink of its body takes no more for now. */
static bool is_held_back(const HttpConn *c) { return c->state == CONN_BODY && c->x->parse.is_paused; }

static void consume(HttpConn *c, Str in) {
    c->is_consuming = true;
    while (in.n && is_parsing(c)) {
        if (c->state == CONN_IDLE) begin_request(c);
        in = str_from(in, consume_step(c, in));
    }
    c->is_consuming = false;
    if (c->state == CONN_GONE || c->state == CONN_LINGER) return;
    if (in.n || is_held_back(c)) {
        hold(c, in);
    } else if (is_parsing(c)) {
        read_on(c);
    }
}

void http_conn_resume(HttpConn *c) {
    if (c->is_consuming || c->state == CONN_GONE) return;
    CLEANUP(buf_done) Buf pending = TAKE(c->pending);
    if (!c->takeover) {
        consume(c, buf_str(&pending));
        return;
    }
    if (pending.n) c->takeover->on_input(c->takeover_arg, pending.p, pending.n);
    if (c->state != CONN_GONE) read_on(c);
}

void http_conn_take_over(HttpConn *c, const HttpTakeover *t, void *arg) {
    c->takeover = t;
    c->takeover_arg = arg;
    c->server->n_taken++;
    c->server->n_upgraded++;
    http_conn_release_request(c);
    http_conn_enter(c, CONN_UPGRADED);
}

static void on_ended(HttpConn *c, bool is_eof) {
    c->is_reading = false;
    c->peer_ended = true;
    bool answer_waits = c->state == CONN_HANDLER || c->state == CONN_WRITE;
    if (!is_eof || !answer_waits) http_conn_close(c);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf) {
    HttpConn *c = stream->data;
    if (n < 0) {
        on_ended(c, n == UV_EOF);
        return;
    }
    if (n == 0 || c->state == CONN_LINGER) return;
    list_remove(&c->quiet);
    Str in = str_n(buf->base, (size_t)n);
    if (c->takeover) {
        c->takeover->on_input(c->takeover_arg, buf->base, in.n);
    } else if (is_parsing(c)) {
        consume(c, in);
    } else {
        hold(c, in);
    }
}

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *buf) {
    (void)suggested;
    HttpConn *c = h->data;
    *buf = uv_buf_init(c->server->read_buf, HTTP_READ_MAX);
}

static void read_on(HttpConn *c) {
    if (c->is_reading || c->peer_ended) return;
    if (uv_read_start(&c->uv.stream, on_alloc, on_read) < 0) {
        http_conn_close(c);
        return;
    }
    c->is_reading = true;
}

/* Accepting. */

static void note_peer(HttpConn *c) {
    struct ucred peer;
    socklen_t n = sizeof peer;
    uv_os_fd_t fd;
    c->peer_pid = c->peer_uid = -1;
    if (!c->is_unix || uv_fileno(&c->uv.handle, &fd) < 0) return;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) < 0) return;
    c->peer_pid = peer.pid;
    c->peer_uid = (int32_t)peer.uid;
    c->peer_start = process_start_time(peer.pid);
}

void http_peer(const HttpRequest *r, char out[HTTP_PEER_MAX]) {
    struct sockaddr_storage at = {0};
    int n = sizeof at;
    snprintf(out, HTTP_PEER_MAX, "%s", r->is_unix ? "unix" : "unknown");
    if (r->is_unix || uv_tcp_getpeername(&r->conn->uv.tcp, (struct sockaddr *)&at, &n) < 0) return;
    (void)uv_ip_name((struct sockaddr *)&at, out, HTTP_PEER_MAX);
}

bool http_is_local(const HttpRequest *r) {
    static const char *const of_proxies[] = {"forwarded", "x-forwarded-for", "x-real-ip", "via"};
    char peer[HTTP_PEER_MAX];
    if (r->is_unix) return true;
    for (size_t i = 0; i < COUNT_OF(of_proxies); i++)
        if (http_header(r, of_proxies[i]).p) return false;
    if (!r->conn) return false;
    http_peer(r, peer);
    Str at = str(peer), mapped = STR("::ffff:");
    if (str_starts(at, mapped)) at = str_from(at, mapped.n);
    return str_starts(at, STR("127.")) || str_is(at, "::1");
}

/* A client that sends something takes precedence over a quiet one. */
static void make_room(HttpShare *share) {
    HttpConn *oldest = share->n_open >= share->max ? list_first(&share->quiet, HttpConn, quiet) : NULL;
    if (oldest) http_conn_close(oldest);
}

void http_conn_accept(HttpListener *l) {
    HttpServer *s = l->server;
    HttpShare *share = &s->shares[l->is_unix];
    HttpConn *c = mu_new(HttpConn);
    c->server = s;
    c->is_unix = l->is_unix;
    make_room(share);
    share->n_open++;
    list_add_last(&share->quiet, &c->quiet);
    if (l->is_unix) {
        uv_pipe_init(loop_uv(s->loop), &c->uv.pipe, 0);
    } else {
        uv_tcp_init(loop_uv(s->loop), &c->uv.tcp);
    }
    c->uv.handle.data = c;
    if (s->n_conns++ == 0) timer_start(&s->tick, http_tick_ms(s), http_tick_ms(s));
    http_conn_enter(c, CONN_IDLE);
    if (uv_accept(&l->uv.stream, &c->uv.stream) < 0 || share->n_open > share->max + CONNS_OVER) {
        http_conn_close(c);
        return;
    }
    note_peer(c);
    if (share->n_open > share->max) {
        list_remove(&c->quiet); /* it has its answer, which a newer connection must not cut off */
        http_refuse(c, HTTP_TOO_MANY_CONNS);
        return;
    }
    read_on(c);
}
