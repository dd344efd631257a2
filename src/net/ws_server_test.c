/* WebSocket conversations over real sockets. */
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/test.h"
#include "net/test_server.h"
#include "net/ws_conn.h"

enum { OUT_MAX = 64 << 20, N_CLIENTS = 50, N_SLOW = N_CLIENTS / 10, FRAMES_MAX = 32, EVENT_BYTES = 4096 };

typedef struct Client {
    WsConn *ws;      /* on the server's thread */
    atomic_int code; /* of on_closed, 0 = open */
    atomic_int n_drains;
    int n_dropped;
} Client;

static Client clients[N_CLIENTS];
static int n_clients;
static WsConfig config;

static void on_message(void *arg, WsOpcode op, Str payload) {
    Client *c = arg;
    if (str_is(payload, "close me")) {
        ws_close(c->ws, 4001, STR("as you wish"));
        return;
    }
    CLEANUP(ws_frame_unrefp) WsFrame *f = ws_frame_new(op, payload);
    ws_send(c->ws, f);
}

static void on_drain(void *arg) { ((Client *)arg)->n_drains++; }

static void on_closed(void *arg, int code) {
    Client *c = arg;
    c->ws = NULL;
    c->code = code;
}

static const WsHandler ws_handler = {on_message, on_drain, on_closed};

static void on_request(void *arg, HttpRequest *r) {
    (void)arg;
    if (!r->wants_upgrade) {
        http_answer(r, &(HttpAnswer){.status = 404});
        return;
    }
    WsConfig with = config;
    if (ws_offers_protocol(r, "muster.v1")) with.protocol = "muster.v1";
    Client *c = &clients[n_clients++];
    *c = (Client){0};
    c->ws = ws_accept(r, &with, &ws_handler, c);
    Str token = ws_offered_with_prefix(r, "bearer.");
    if (token.p) ws_send_text(c->ws, token);
}

static const HttpHandler handler = {.on_request = on_request};

static TestServer *start(const HttpLimits *limits, WsConfig with) {
    n_clients = 0;
    config = with;
    return test_server_start(limits, &handler);
}

#define OUT(name)               \
    CLEANUP(buf_done) Buf name; \
    buf_init(&name, OUT_MAX)
#define HANDSHAKE(more)                                                                                         \
    "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" more "\r\n"

/* A masked frame with the key 0, so that the payload reads as it is. */
static Str frame(Buf *out, int first, Str payload) {
    buf_clear(out);
    buf_add_c(out, (char)first);
    buf_add_c(out, (char)(0x80 | (payload.n < 126 ? (int)payload.n : 126)));
    if (payload.n >= 126) buf_add(out, (char[]){(char)(payload.n >> 8), (char)payload.n}, 2);
    buf_add(out, "\0\0\0\0", 4);
    buf_add_str(out, payload);
    return buf_str(out);
}

static bool send_frame(int fd, int first, Str payload) {
    OUT(out);
    return test_send(fd, frame(&out, first, payload));
}

/* Reads one frame from the server; the opcode, or -1 at the end. */
static int read_frame(int fd, Buf *payload) {
    OUT(head);
    buf_clear(payload);
    if (!test_read_n(fd, &head, 2)) return -1;
    size_t n = (unsigned char)head.p[1], n_more = n == 126 ? 2 : n == 127 ? 8 : 0;
    if (!test_read_n(fd, &head, n_more)) return -1;
    if (n_more) n = 0;
    for (size_t i = 0; i < n_more; i++) n = n << 8 | (unsigned char)head.p[2 + i];
    return test_read_n(fd, payload, n) ? head.p[0] & 0x0f : -1;
}

static int open_ws(TestServer *t, int recv_buffer) {
    int fd = test_connect(t, recv_buffer);
    OUT(out);
    bool fine = test_send(fd, STR(HANDSHAKE(""))) && test_read_answer(fd, &out, true);
    if (!fine || !str_starts(buf_str(&out), STR("HTTP/1.1 101 "))) {
        test_fail(__FILE__, __LINE__, "the handshake failed: %s", out.p ? out.p : "nothing came");
    }
    return fd;
}

static bool is_closed(void *arg) { return ((Client *)arg)->code != 0; }

/* on_closed writes it on the server's thread, so it is read there too. */
typedef struct Code {
    const Client *client;
    int code;
} Code;

static void read_code(void *arg) {
    Code *c = arg;
    c->code = c->client->code;
}

static int code_of(TestServer *t, const Client *client) {
    Code c = {client, -1};
    test_server_call(t, read_code, &c);
    return c.code;
}

static bool is_drained(void *arg) { return ((Client *)arg)->n_drains > 0; }

/* The answer of RFC 6455 1.3 to its own key. */
TEST(the_handshake_is_that_of_the_specification) {
    TestServer *t = start(NULL, (WsConfig){0});
    int fd = test_connect(t, 0);
    OUT(out);
    CHECK(test_send(fd, STR(HANDSHAKE("Sec-WebSocket-Protocol: bearer.s3cret, muster.v1\r\n"))));
    CHECK(test_read_answer(fd, &out, true));
    CHECK_STR(buf_str(&out), "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
                             "Sec-WebSocket-Protocol: muster.v1\r\n\r\n");
    CHECK_I64(read_frame(fd, &out), WS_TEXT);
    CHECK_STR(buf_str(&out), "s3cret");
    close(fd);
    test_server_stop(t);
}

TEST(frames_that_arrive_with_the_handshake_are_not_lost) {
    TestServer *t = start(NULL, (WsConfig){0});
    int fd = test_connect(t, 0);
    OUT(bytes);
    OUT(first);
    OUT(second);
    buf_add_str(&bytes, STR(HANDSHAKE("")));
    buf_add_str(&bytes, frame(&first, 0x81, STR("early")));
    buf_add_str(&bytes, frame(&second, 0x81, STR("bird")));
    CHECK(test_send(fd, buf_str(&bytes)) && test_read_answer(fd, &bytes, true));
    CHECK_I64(read_frame(fd, &first), WS_TEXT);
    CHECK_STR(buf_str(&first), "early");
    CHECK_I64(read_frame(fd, &first), WS_TEXT);
    CHECK_STR(buf_str(&first), "bird");
    CHECK(send_frame(fd, 0x81, STR("later")));
    CHECK_I64(read_frame(fd, &first), WS_TEXT);
    CHECK_STR(buf_str(&first), "later");
    close(fd);
    test_server_stop(t);
}

TEST(messages_pings_and_fragments_are_answered) {
    TestServer *t = start(NULL, (WsConfig){0});
    int fd = open_ws(t, 0);
    OUT(out);
    CHECK(send_frame(fd, 0x01, STR("Hel")) && send_frame(fd, 0x89, STR("ping")) && send_frame(fd, 0x80, STR("lo")));
    CHECK_I64(read_frame(fd, &out), WS_PONG);
    CHECK_STR(buf_str(&out), "ping");
    CHECK_I64(read_frame(fd, &out), WS_TEXT);
    CHECK_STR(buf_str(&out), "Hello");
    close(fd);
    test_server_stop(t);
}

/* The client's last frame → the close frame that answers it, and the code that the owner gets. */
static const struct {
    int first;
    Str payload;
    Str answer;
    int code;
} endings[] = {
    {0x88, STR("\x03\xe8"), STR("\x03\xe8"), 1000},
    {0x88,
     STR("\x0f\xa1"
         "bye"),
     STR("\x0f\xa1"), 4001},
    {0x88, STR(""), STR(""), 1005},
    {0x88, STR("\x03\xed"), STR("\x03\xea"), 1002},
    {0x81, STR("\xff"), STR("\x03\xef"), 1007},
    {0xc1, STR("a"), STR("\x03\xea"), 1002},
    {0x81, STR("more than this server takes"), STR("\x03\xf1"), 1009},
    {0x81, STR("close me"),
     STR("\x0f\xa1"
         "as you wish"),
     4001},
};

TEST(each_end_has_its_close_code) {
    TestServer *t = start(NULL, (WsConfig){.message_max = 20});
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        int fd = open_ws(t, 0);
        OUT(out);
        CHECK(send_frame(fd, endings[i].first, endings[i].payload));
        CHECK_I64(read_frame(fd, &out), WS_CLOSE);
        CHECK(str_eq(buf_str(&out), endings[i].answer));
        if (endings[i].first == 0x81) send_frame(fd, 0x88, endings[i].answer);
        CHECK_I64(read_frame(fd, &out), -1);
        close(fd);
        CHECK(test_server_wait(t, is_closed, &clients[i]));
        CHECK_I64(code_of(t, &clients[i]), endings[i].code);
    }
    test_server_stop(t);
}

TEST(a_lost_connection_is_1006) {
    TestServer *t = start(NULL, (WsConfig){0});
    int fd = open_ws(t, 0);
    close(fd);
    CHECK(test_server_wait(t, is_closed, &clients[0]));
    CHECK_I64(code_of(t, &clients[0]), 1006);
    test_server_stop(t);
}

TEST(a_silent_client_is_pinged_then_closed_with_1001) {
    TestServer *t = start(&(HttpLimits){.ping_ms = 40}, (WsConfig){0});
    int fd = open_ws(t, 0), n_pings = 0, op;
    OUT(out);
    while ((op = read_frame(fd, &out)) == WS_PING) n_pings++;
    CHECK_I64(n_pings, 3);
    CHECK_I64(op, WS_CLOSE);
    CHECK(str_starts(buf_str(&out), STR("\x03\xe9")));
    close(fd);
    CHECK(test_server_wait(t, is_closed, &clients[0]));
    CHECK_I64(code_of(t, &clients[0]), 1001);
    test_server_stop(t);
}

TEST(a_client_that_answers_pings_stays) {
    TestServer *t = start(&(HttpLimits){.ping_ms = 1000}, (WsConfig){0});
    int fd = open_ws(t, 0);
    OUT(out);
    for (int i = 0; i < 5; i++) {
        CHECK_I64(read_frame(fd, &out), WS_PING);
        CHECK(send_frame(fd, 0x8a, STR("")));
    }
    CHECK_I64(code_of(t, &clients[0]), 0);
    close(fd);
    test_server_stop(t);
}

static void stand_still(void *arg) {
    (void)arg;
    usleep(400 * 1000);
}

TEST(a_client_that_answered_stays_connected_after_a_delay_of_the_loop) {
    TestServer *t = start(&(HttpLimits){.ping_ms = 50}, (WsConfig){0});
    int fd = open_ws(t, 0);
    OUT(out);
    CHECK_I64(read_frame(fd, &out), WS_PING);
    CHECK(send_frame(fd, 0x8a, STR("")));
    test_server_call(t, stand_still, NULL);
    CHECK_I64(read_frame(fd, &out), WS_PING);
    close(fd);
    test_server_stop(t);
}

TEST(a_stop_closes_sockets_with_1001) {
    TestServer *t = start(NULL, (WsConfig){0});
    int fd = open_ws(t, 0);
    OUT(out);
    test_server_begin_stop(t);
    CHECK_I64(read_frame(fd, &out), WS_CLOSE);
    CHECK(str_starts(buf_str(&out), STR("\x03\xe9")));
    CHECK(send_frame(fd, 0x88, STR("\x03\xe9")));
    CHECK_I64(read_frame(fd, &out), -1);
    close(fd);
    test_server_stop(t);
    CHECK_I64(clients[0].code, 1001);
}

/* Queues. */

typedef struct Burst {
    int n;
    size_t bytes;
    int n_taken;
} Burst;

static void send_burst(void *arg) {
    Burst *b = arg;
    static char bytes[1 << 20];
    CLEANUP(ws_frame_unrefp) WsFrame *f = ws_frame_new(WS_BINARY, (Str){bytes, b->bytes});
    for (int i = 0; i < b->n && ws_send(clients[0].ws, f); i++) b->n_taken++;
}

TEST(a_queue_has_a_cap_in_frames) {
    TestServer *t = start(NULL, (WsConfig){.queue_frames_max = 100});
    int fd = open_ws(t, 0);
    Burst burst = {.n = 1000, .bytes = 10};
    OUT(out);
    test_server_call(t, send_burst, &burst);
    CHECK_I64(burst.n_taken, 100);
    for (int i = 0; i < 100; i++) CHECK(read_frame(fd, &out) == WS_BINARY && out.n == 10);
    CHECK(test_server_wait(t, is_drained, &clients[0]));
    CHECK_I64(clients[0].n_drains, 1);
    close(fd);
    test_server_stop(t);
}

TEST(a_queue_has_a_cap_in_bytes_and_accepts_one_large_frame) {
    TestServer *t = start(NULL, (WsConfig){.queue_bytes_max = 100000});
    int fd = open_ws(t, 0);
    Burst large = {.n = 2, .bytes = 1 << 20}, small = {.n = 1000, .bytes = 30000};
    OUT(out);
    test_server_call(t, send_burst, &large);
    CHECK_I64(large.n_taken, 1);
    CHECK(read_frame(fd, &out) == WS_BINARY && out.n == 1 << 20);
    CHECK(test_server_wait(t, is_drained, &clients[0]));
    test_server_call(t, send_burst, &small);
    CHECK_I64(small.n_taken, 3);
    close(fd);
    test_server_stop(t);
}

static void ask_queued(void *arg) { *(size_t *)arg = clients[0].ws->queued_bytes; }

TEST(pings_of_a_client_that_never_reads_do_not_accumulate) {
    TestServer *t = start(NULL, (WsConfig){.queue_frames_max = 100});
    int fd = open_ws(t, 4096);
    OUT(ping);
    char text[120];
    memset(text, 'p', sizeof text);
    frame(&ping, 0x89, (Str){text, sizeof text});
    for (int i = 0; i < 20000; i++) CHECK(test_send(fd, buf_str(&ping)));
    size_t queued = 0;
    test_server_call(t, ask_queued, &queued);
    CHECK(queued <= 100 * (sizeof text + 2) + 65536);
    close(fd);
    CHECK(test_server_wait(t, is_closed, &clients[0]));
    test_server_stop(t);
}

TEST(a_client_that_neither_reads_nor_sends_is_closed_with_1001) {
    TestServer *t = start(&(HttpLimits){.ping_ms = 40}, (WsConfig){0});
    int fd = open_ws(t, 4096);
    test_server_call(t, send_burst, &(Burst){.n = 4, .bytes = 1 << 20});
    CHECK(test_server_wait(t, is_closed, &clients[0]));
    CHECK_I64(code_of(t, &clients[0]), 1001);
    close(fd);
    test_server_stop(t);
}

TEST(a_client_that_sends_but_never_reads_gets_no_queued_pings) {
    TestServer *t = start(&(HttpLimits){.ping_ms = 100}, (WsConfig){0});
    int fd = open_ws(t, 4096);
    Burst large = {.n = 1, .bytes = 1 << 20};
    size_t before = 0, after = 0;
    test_server_call(t, send_burst, &large);
    test_server_call(t, ask_queued, &before);
    for (int i = 0; i < 60; i++) {
        CHECK(send_frame(fd, 0x8a, STR("")));
        poll(NULL, 0, 10);
    }
    test_server_call(t, ask_queued, &after);
    CHECK(before > 0);
    CHECK_I64(after, before);
    close(fd);
    CHECK(test_server_wait(t, is_closed, &clients[0]));
    test_server_stop(t);
}

/* A tenth of the clients never read: the others get everything, and the caps bound what is queued. */

static size_t queued_most;

static void publish(void *arg) {
    (void)arg;
    static char bytes[EVENT_BYTES];
    CLEANUP(ws_frame_unrefp) WsFrame *f = ws_frame_new(WS_BINARY, (Str){bytes, sizeof bytes});
    for (int i = 0; i < n_clients; i++) {
        if (!ws_send(clients[i].ws, f)) clients[i].n_dropped++;
        size_t queued = clients[i].ws->queued_bytes;
        if (queued > queued_most) queued_most = queued;
    }
}

TEST(clients_that_never_read_do_not_delay_the_others) {
    TestServer *t = start(NULL, (WsConfig){.queue_frames_max = FRAMES_MAX});
    int fds[N_CLIENTS];
    OUT(out);
    for (int i = 0; i < N_CLIENTS; i++) fds[i] = open_ws(t, i < N_SLOW ? 4096 : 0);
    queued_most = 0;
    for (int round = 0; round < 200; round++) {
        test_server_call(t, publish, NULL);
        for (int i = N_SLOW; i < N_CLIENTS; i++) CHECK(read_frame(fds[i], &out) == WS_BINARY && out.n == EVENT_BYTES);
    }
    for (int i = 0; i < N_CLIENTS; i++) CHECK((clients[i].n_dropped > 0) == (i < N_SLOW));
    CHECK(queued_most <= FRAMES_MAX * (EVENT_BYTES + 10));
    for (int i = 0; i < N_CLIENTS; i++) close(fds[i]);
    test_server_stop(t);
}
