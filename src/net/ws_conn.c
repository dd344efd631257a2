#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/text_cut.h"
#include "net/ws_conn.h"
#include "sys/digest.h"

enum { MESSAGE_MAX = 1 << 20, FRAMES_MAX = 1024, BYTES_MAX = 1 << 20, SILENT_PINGS = 3, REASON_MAX = 123 };

/* Closing. The handshake of RFC 6455 section 7: each side sends one close frame, then the server ends the stream. */

static void send_close(WsConn *w, int code, Str reason) {
    if (w->close_sent) return;
    char digits[2] = {(char)(code >> 8), (char)code};
    Str parts[2] = {str_n(digits, sizeof digits), text_cut(reason, REASON_MAX)};
    CLEANUP(ws_frame_unrefp) WsFrame *f = ws_frame_join(WS_CLOSE, parts, code == WS_NO_CODE ? 0 : 2);
    w->close_sent = true;
    if (!w->code) w->code = (uint16_t)code;
    ws_queue_add(w, f);
    http_conn_enter(w->http, CONN_UPGRADED_END);
}

void ws_close(WsConn *w, int code, Str reason) {
    if (w->http->state == CONN_UPGRADED) send_close(w, code, reason);
}

/* Ignores further input from the client; the code names its error. */
static void fail(WsConn *w, int code) {
    w->close_got = true;
    w->code = (uint16_t)code;
    send_close(w, code, STR(""));
    ws_touch(w);
}

static void on_close_frame(WsConn *w, const WsEvent *ev) {
    w->close_got = true;
    if (!w->close_sent) w->code = (uint16_t)ev->code;
    send_close(w, ev->code, STR(""));
    ws_touch(w);
}

/* While the socket is full only the latest ping is answered, as 5.5.3 allows: a client that never reads cannot
 * accumulate pongs. */
static void on_ping_frame(WsConn *w, Str payload) {
    CLEANUP(ws_frame_unrefp) WsFrame *pong = ws_frame_new(WS_PONG, payload);
    if (w->close_sent) return;
    if (w->is_blocked || w->n >= w->frames_max) {
        ws_frame_unref(TAKE(w->pong));
        w->pong = TAKE(pong);
    } else {
        ws_queue_add(w, pong);
    }
}

static void on_control(WsConn *w, const WsEvent *ev) {
    if (ev->op == WS_CLOSE) on_close_frame(w, ev);
    if (ev->op == WS_PING) on_ping_frame(w, ev->payload);
}

static void on_input(void *arg, char *bytes, size_t n) {
    WsConn *w = arg;
    WsEvent ev;
    w->n_unheard = 0;
    for (size_t at = 0, used; !w->close_got && w->http->state != CONN_GONE; at += used) {
        WsStep step = ws_parse_feed(&w->parse, bytes + at, n - at, &used, &ev);
        if (step == WS_STEP_MORE) return;
        if (step == WS_STEP_FAIL) fail(w, ev.code);
        if (step == WS_STEP_CONTROL) on_control(w, &ev);
        if (step == WS_STEP_MESSAGE && !w->close_sent) w->handler->on_message(w->arg, ev.op, ev.payload);
    }
}

static void on_due(void *arg) {
    WsConn *w = arg;
    /* Counted instead of timed: after a delay the loop has not yet read what the client sent meanwhile. */
    if (w->n_unheard == SILENT_PINGS) {
        send_close(w, WS_GOING_AWAY, STR("no answer to pings"));
        return;
    }
    w->n_unheard++;
    if (w->is_blocked) return; /* it would only queue behind what this client does not read */
    CLEANUP(ws_frame_unrefp) WsFrame *ping = ws_frame_new(WS_PING, STR(""));
    ws_queue_add(w, ping);
}

static void on_stop(void *arg) { ws_close(arg, WS_GOING_AWAY, STR("the server is stopping")); }

static void on_gone(void *arg) {
    WsConn *w = arg;
    list_remove(&w->dirty);
    ws_queue_done(w);
    ws_parse_done(&w->parse);
    w->handler->on_closed(w->arg, w->code ? w->code : WS_ABNORMAL);
    free(w);
}

static const HttpTakeover takeover = {on_input, on_due, on_stop, on_gone};

/* The handshake, RFC 6455 4.2.2. */

static void accept_key(Str key, char out[32]) {
    static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    char joined[128];
    uint8_t digest[20];
    int n = snprintf(joined, sizeof joined, STR_FMT "%s", STR_ARG(key), magic);
    digest_sha1(str_n(joined, (size_t)n), digest);
    base64_print(digest, sizeof digest, out, false);
}

static void send_handshake(HttpConn *c, const char *protocol) {
    Buf *b = &c->server->scratch;
    char key[32];
    accept_key(c->x->parse.ws_key, key);
    buf_clear(b);
    buf_add_fmt(b,
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                "Sec-WebSocket-Accept: %s\r\n",
                key);
    if (protocol) buf_add_fmt(b, "Sec-WebSocket-Protocol: %s\r\n", protocol);
    buf_add_str(b, STR("\r\n"));
    Str text = buf_str(b);
    http_conn_send(c, &text, 1, HTTP_KEEP_COPY);
}

static WsConn *ws_new(HttpConn *c, const WsConfig *config, const WsHandler *h, void *arg) {
    WsConn *w = mu_new(WsConn);
    w->http = c;
    w->handler = h;
    w->arg = arg;
    w->frames_max = config->queue_frames_max ? (uint32_t)config->queue_frames_max : FRAMES_MAX;
    w->bytes_max = config->queue_bytes_max ? config->queue_bytes_max : BYTES_MAX;
    w->is_new = true;
    ws_parse_init(&w->parse, config->message_max ? config->message_max : MESSAGE_MAX);
    return w;
}

WsConn *ws_accept(HttpRequest *r, const WsConfig *config, const WsHandler *h, void *arg) {
    HttpConn *c = r->conn;
    assert(r->wants_upgrade);
    http_note_answer(c, 101);
    if (c->peer_ended) http_conn_close(c);
    if (c->state != CONN_GONE) send_handshake(c, config->protocol);
    if (c->state == CONN_GONE) {
        http_conn_forget_request(c);
        return NULL;
    }
    WsConn *w = ws_new(c, config, h, arg);
    http_conn_take_over(c, &takeover, w);
    ws_touch(w);
    if (c->server->is_stopping) on_stop(w);
    return w;
}

bool ws_send(WsConn *w, WsFrame *f) {
    if (w->close_sent || w->http->state != CONN_UPGRADED) return true;
    if (w->n >= w->frames_max || (w->n > 0 && w->queued_bytes + f->n > w->bytes_max)) {
        w->wants_drain = true;
        return false;
    }
    ws_queue_add(w, f);
    return true;
}

bool ws_send_text(WsConn *w, Str text) {
    CLEANUP(ws_frame_unrefp) WsFrame *f = ws_frame_new(WS_TEXT, text);
    return ws_send(w, f);
}

/* Calls `is_it` on each offered subprotocol until it returns true. */
static bool find_offer(const HttpRequest *r, bool (*is_it)(Str offer, Str wanted), Str wanted, Str *ret) {
    for (const HttpHeader *h = r->headers; h < r->headers + r->n_headers; h++) {
        if (!str_ieq(h->name, STR("sec-websocket-protocol"))) continue;
        Str rest = h->value, offer;
        while (str_split(&rest, ',', &offer)) {
            *ret = str_trim(offer);
            if (is_it(*ret, wanted)) return true;
        }
    }
    return false;
}

bool ws_offers_protocol(const HttpRequest *r, const char *name) {
    Str offer;
    return find_offer(r, str_eq, str(name), &offer);
}

Str ws_offered_with_prefix(const HttpRequest *r, const char *prefix) {
    Str offer;
    return find_offer(r, str_starts, str(prefix), &offer) ? str_from(offer, strlen(prefix)) : (Str){0};
}
