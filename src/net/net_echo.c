/* net-echo: a server for tests and bench/ only, without tokens.
 *
 *   GET  /bytes?n=N      N bytes of JSON (default 1,024)
 *   POST /echo           the body
 *   GET  /stream?n=N     N lines, streamed with back-pressure
 *   GET  /ws             WebSocket: sends "publish <text>" to all, accepts "{…}" (a subscription), echoes all else
 *
 * Options: --port N (0 = any), --unix NAME (in the current folder). Prints "listening <port>" when ready; ends on
 * SIGTERM.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "net/ws.h"
#include "sys/loop.h"

enum { BYTES_MAX = 1 << 20, MESSAGE_MAX = 1 << 24, FRAMES_MAX = 1 << 16 };

typedef struct Echo {
    Loop *loop;
    HttpServer *server;
    List peers;
    char *bytes; /* BYTES_MAX of them */
    uv_signal_t term;
} Echo;

typedef struct Peer {
    Echo *echo;
    WsConn *ws;
    List link; /* Echo.peers */
} Peer;

typedef struct Lines {
    HttpStream *stream;
    int64_t at, n;
} Lines;

static void on_message(void *arg, WsOpcode op, Str payload) {
    Peer *p = arg;
    Str publish = STR("publish ");
    if (str_starts(payload, publish)) {
        CLEANUP(ws_frame_unrefp) WsFrame *f = ws_frame_new(WS_TEXT, str_from(payload, publish.n));
        list_each(&p->echo->peers, Peer, link, to) ws_send(to->ws, f);
        return;
    }
    if (str_starts(payload, STR("{"))) return;
    CLEANUP(ws_frame_unrefp) WsFrame *f = ws_frame_new(op, payload);
    ws_send(p->ws, f);
}

static void on_closed(void *arg, int code) {
    Peer *p = arg;
    (void)code;
    list_remove(&p->link);
    free(p);
}

static const WsHandler ws_handler = {on_message, NULL, on_closed};

static void answer_ws(Echo *e, HttpRequest *r) {
    if (!r->wants_upgrade) {
        http_answer(r, &(HttpAnswer){.status = 426, .close = true});
        return;
    }
    Peer *p = mu_new(Peer);
    p->echo = e;
    WsConfig config = {.message_max = MESSAGE_MAX, .queue_bytes_max = 2 * MESSAGE_MAX, .queue_frames_max = FRAMES_MAX};
    if (ws_offers_protocol(r, "muster.v1")) config.protocol = "muster.v1";
    p->ws = ws_accept(r, &config, &ws_handler, p);
    if (p->ws) {
        list_add_last(&e->peers, &p->link);
    } else {
        free(p);
    }
}

static int64_t number(Str query, const char *name, int64_t usual, int64_t max) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Str text;
    int64_t n = usual;
    if (http_query(query, name, a, &text)) str_parse_i64(text, 0, max, &n);
    return n;
}

static void answer_bytes(Echo *e, HttpRequest *r) {
    size_t n = (size_t)number(r->query, "n", 1024, BYTES_MAX);
    http_answer(r, &(HttpAnswer){
                       .status = 200, .content_type = "application/json", .body = {e->bytes, n}, .body_static = true});
}

static void write_lines(void *arg) {
    Lines *l = arg;
    char line[64];
    while (l->at < l->n) {
        int n = snprintf(line, sizeof line, "{\"line\":%lld}\n", (long long)l->at);
        if (!http_stream_write(l->stream, str_n(line, (size_t)n))) return;
        l->at++;
    }
    http_stream_end(l->stream);
    free(l);
}

static void answer_stream(Echo *e, HttpRequest *r) {
    (void)e;
    Lines *l = mu_new(Lines);
    l->n = number(r->query, "n", 10, INT64_MAX);
    l->stream = http_stream_begin(r, &(HttpAnswer){.status = 200, .content_type = "application/x-ndjson"},
                                  &(HttpStreamHandler){write_lines, free, l});
    if (l->stream) {
        write_lines(l);
    } else {
        free(l);
    }
}

static void answer_echo(Echo *e, HttpRequest *r) {
    (void)e;
    http_answer(r, &(HttpAnswer){.status = 200, .content_type = "application/octet-stream", .body = r->body});
}

static const struct {
    const char *path;
    void (*answer)(Echo *e, HttpRequest *r);
} routes[] = {{"/bytes", answer_bytes}, {"/echo", answer_echo}, {"/stream", answer_stream}, {"/ws", answer_ws}};

static void on_request(void *arg, HttpRequest *r) {
    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        if (!str_is(r->path, routes[i].path)) continue;
        routes[i].answer(arg, r);
        return;
    }
    http_answer(r, &(HttpAnswer){.status = 404});
}

static void on_stopped(void *arg) { loop_stop(((Echo *)arg)->loop); }

static void on_term(uv_signal_t *s, int signum) {
    (void)signum;
    Echo *e = s->data;
    uv_close((uv_handle_t *)s, NULL);
    http_server_stop(e->server, on_stopped, e);
}

static const char *option(int argc, char **argv, const char *name) {
    for (int i = 1; i + 1 < argc; i++) {
        if (strcmp(argv[i], name) == 0) return argv[i + 1];
    }
    return NULL;
}

static int listen_at(Echo *e, const char *port_text, const char *name, Err *err) {
    int64_t wanted = 0;
    int port;
    if (port_text && !str_parse_i64(str(port_text), 0, 65535, &wanted)) {
        return err_fail(err, ERR_INVALID, "%s is not a valid port", port_text);
    }
    if (name) {
        CLEANUP(fd_closep) int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
        TRY(http_listen_unix(e->server, here, name, err));
    }
    TRY(http_listen_tcp(e->server, "127.0.0.1", (int)wanted, &port, err));
    printf("listening %d\n", port);
    fflush(stdout);
    return 0;
}

static int run(Echo *e, int argc, char **argv, Err *err) {
    HttpHandler handler = {.on_request = on_request, .arg = e};
    TRY(loop_new(&e->loop, err));
    TRY(http_server_new(e->loop, NULL, &handler, &e->server, err));
    TRY(listen_at(e, option(argc, argv, "--port"), option(argc, argv, "--unix"), err));
    uv_signal_init(loop_uv(e->loop), &e->term);
    e->term.data = e;
    uv_signal_start(&e->term, on_term, SIGTERM);
    loop_run(e->loop);
    http_server_free(e->server);
    loop_free(e->loop);
    return 0;
}

int main(int argc, char **argv) {
    Echo e = {.bytes = mu_alloc(BYTES_MAX)};
    Err err = {0};
    list_init(&e.peers);
    memset(e.bytes, 'x', BYTES_MAX);
    int r = run(&e, argc, argv, &err);
    if (r < 0) fprintf(stderr, "net-echo: %s\n", err.text);
    free(e.bytes);
    return r < 0;
}
