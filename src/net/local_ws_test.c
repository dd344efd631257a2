/* The command line's WebSocket client against our own server, and against one that violates the protocol. */
#include "net/local_ws.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/test.h"
#include "net/test_server.h"

enum { PATIENCE_MS = 10000 };

typedef struct Bench {
    TestServer *server;
    int dir_fd;
    LocalWs *ws;
} Bench;

/* Echoes; the word "ping" is answered by a ping, "bye" by a close. */
static void on_message(void *arg, WsOpcode op, Str payload) {
    WsConn **ws = arg;
    if (str_is(payload, "bye")) {
        ws_close(*ws, 1001, STR("bye"));
        return;
    }
    CLEANUP(ws_frame_unrefp) WsFrame *ping = ws_frame_new(WS_PING, STR("are you there"));
    CLEANUP(ws_frame_unrefp) WsFrame *echo = ws_frame_new(op, payload);
    if (str_is(payload, "ping")) ws_send(*ws, ping);
    ws_send(*ws, echo);
}

static void on_closed(void *arg, int code UNUSED) { free(arg); }

static void on_request(void *arg UNUSED, HttpRequest *r) {
    static const WsHandler handler = {.on_message = on_message, .on_closed = on_closed};
    static const WsConfig config = {.protocol = "muster.v1"};
    if (!r->wants_upgrade || !ws_offers_protocol(r, "muster.v1")) {
        http_answer(r, &(HttpAnswer){.status = 503,
                                     .content_type = "application/json",
                                     .body = STR("{\"error\":{\"message\":\"not now\"}}")});
        return;
    }
    WsConn **ws = mu_new(WsConn *);
    *ws = ws_accept(r, &config, &handler, ws);
}

static void listen_there(void *arg) {
    Bench *b = arg;
    Err e = {0};
    if (http_listen_unix(test_server_http(b->server), b->dir_fd, "sock", &e) < 0) abort();
}

static void open_bench(Bench *b) {
    static const HttpHandler handler = {.on_request = on_request};
    Err e = {0};
    b->server = test_server_start(NULL, &handler);
    b->dir_fd = open(test_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    test_server_call(b->server, listen_there, b);
    CHECK_OK(local_ws_open(b->dir_fd, "sock", "/ws", "muster.v1", &b->ws, &e), e);
}

static void close_bench(Bench *b) {
    local_ws_close(b->ws);
    test_server_stop(b->server);
    close(b->dir_fd);
}

/* The next message, or the end. */
static LocalWsCond next(LocalWs *w, Str *ret) {
    for (;;) {
        LocalWsCond cond = local_ws_read(w, ret);
        struct pollfd p = {.fd = local_ws_fd(w), .events = POLLIN};
        if (cond != LOCAL_WS_NOTHING || poll(&p, 1, PATIENCE_MS) <= 0) return cond;
    }
}

TEST(messages_of_every_length_are_echoed) {
    static const size_t sizes[] = {0, 1, 125, 126, 65535, 65536, 1000000};
    CLEANUP(arena_freep) Arena *a = arena_new();
    Bench b;
    Err e = {0};
    open_bench(&b);
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        char *text = arena_alloc(a, sizes[i] + 1);
        memset(text, 'a' + (int)i, sizes[i]);
        CHECK_OK(local_ws_send(b.ws, str_n(text, sizes[i]), &e), e);
    }
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        Str got;
        CHECK_I64(next(b.ws, &got), LOCAL_WS_TEXT);
        CHECK_I64(got.n, sizes[i]);
        CHECK(got.n == 0 || (got.p[0] == (char)('a' + i) && got.p[got.n - 1] == (char)('a' + i)));
    }
    close_bench(&b);
}

TEST(a_ping_is_answered_and_not_returned_as_a_message) {
    Bench b;
    Str got;
    Err e = {0};
    open_bench(&b);
    CHECK_OK(local_ws_send(b.ws, STR("ping"), &e), e);
    CHECK_I64(next(b.ws, &got), LOCAL_WS_TEXT);
    CHECK_STR(got, "ping");
    CHECK_I64(local_ws_read(b.ws, &got), LOCAL_WS_NOTHING);
    close_bench(&b);
}

TEST(the_end_is_noticed_with_or_without_a_close_frame) {
    for (int says = 0; says < 2; says++) {
        Bench b;
        Str got;
        Err e = {0};
        open_bench(&b);
        if (says)
            CHECK_OK(local_ws_send(b.ws, STR("bye"), &e), e);
        else
            test_server_begin_stop(b.server);
        CHECK_I64(next(b.ws, &got), LOCAL_WS_CLOSED);
        close_bench(&b);
    }
}

TEST(a_refusal_is_reported_with_its_own_message) {
    Bench b;
    LocalWs *w = NULL;
    Err e = {0};
    open_bench(&b);
    CHECK_ERR(local_ws_open(b.dir_fd, "sock", "/ws", "another", &w, &e), e, ERR_BUSY);
    CHECK_STR(str(e.text), "not now");
    CHECK_ERR(local_ws_open(b.dir_fd, "nothing", "/ws", "muster.v1", &w, &e), e, ERR_NOT_FOUND);
    close_bench(&b);
}

/* One that answers the handshake and then sends `bytes`. */
typedef struct Rude {
    int listener;
    Str bytes;
} Rude;

static void *be_rude(void *arg) {
    Rude *s = arg;
    char chunk[4096];
    CLEANUP(fd_closep) int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
    (void)!recv(fd, chunk, sizeof chunk, 0);
    Str head = STR("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n");
    (void)!send(fd, head.p, head.n, MSG_NOSIGNAL);
    (void)!recv(fd, chunk, sizeof chunk, 0);
    (void)!send(fd, s->bytes.p, s->bytes.n, MSG_NOSIGNAL);
    while (recv(fd, chunk, sizeof chunk, 0) > 0) continue;
    return NULL;
}

TEST(what_our_server_never_sends_ends_the_connection) {
    static const Str rows[] = {
        STR("\x01\x01x"),                                /* a part of a message */
        STR("\x81\x81"),                                 /* masked */
        STR("\xc1\x01x"),                                /* an extension's bit */
        STR("\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff"), /* longer than any message may be */
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sockaddr_un at = {.sun_family = AF_UNIX};
        CLEANUP(fd_closep) int dir = open(test_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        Rude s = {socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), rows[i]};
        pthread_t thread;
        LocalWs *w = NULL;
        Str got;
        Err e = {0};
        snprintf(at.sun_path, sizeof at.sun_path, "%s/rude", test_dir());
        unlink(at.sun_path);
        CHECK(bind(s.listener, (struct sockaddr *)&at, sizeof at) == 0 && listen(s.listener, 1) == 0);
        CHECK(pthread_create(&thread, NULL, be_rude, &s) == 0);
        CHECK_OK(local_ws_open(dir, "rude", "/ws", "muster.v1", &w, &e), e);
        CHECK_OK(local_ws_send(w, STR("hello"), &e), e);
        CHECK_I64(next(w, &got), LOCAL_WS_CLOSED);
        local_ws_close(w);
        pthread_join(thread, NULL);
        close(s.listener);
    }
}
