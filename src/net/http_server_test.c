/* Answers over real sockets. */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/test.h"
#include "net/http_conn.h"
#include "net/test_server.h"

enum { BIG = 8 << 20, OUT_MAX = 64 << 20 };

static char big[BIG];
static HttpRequest *later; /* the request of /later, on the server's thread */
static HttpStream *stream; /* of /stream */
static bool stream_is_gone;
static int n_drains;
static atomic_int n_requests, n_conns;
static int64_t peer[2];

static void on_drain(void *arg) {
    (void)arg;
    n_drains++;
}

static void on_gone(void *arg) {
    (void)arg;
    stream = NULL;
    stream_is_gone = true;
}

static void answer_ok(HttpRequest *r) {
    http_answer(r, &(HttpAnswer){.status = 200, .content_type = "text/plain", .body = STR("ok")});
}

static void answer_echo(HttpRequest *r) {
    http_answer(r, &(HttpAnswer){.status = 200, .content_type = "text/plain", .body = r->body});
}

static void answer_big(HttpRequest *r) {
    http_answer(r, &(HttpAnswer){.status = 200, .content_type = "text/plain", .body = {big, BIG}});
}

static void answer_static(HttpRequest *r) {
    http_answer(r, &(HttpAnswer){.status = 200, .content_type = "text/plain", .body = {big, BIG}, .body_static = true});
}

static void answer_owned(HttpRequest *r) {
    char *body = mu_alloc(BIG);
    memset(body, 'b', BIG);
    http_answer(r, &(HttpAnswer){.status = 200, .content_type = "text/plain", .body = {NULL, BIG}, .body_owned = body});
}

static void answer_none(HttpRequest *r) { http_answer(r, &(HttpAnswer){.status = 204}); }

static void answer_close(HttpRequest *r) { http_answer(r, &(HttpAnswer){.status = 200, .close = true}); }

static void answer_split(HttpRequest *r) {
    const HttpHeader headers[] = {{STR("X-Split"), STR("a\r\nSet-Cookie: b")}, {STR("X-Usual"), STR("special")}};
    http_answer(r, &(HttpAnswer){.status = 200, .headers = headers, .n_headers = 2});
}

static void keep(HttpRequest *r) { later = r; }

static void begin_stream(HttpRequest *r) {
    stream_is_gone = false;
    n_drains = 0;
    stream = http_stream_begin(r, &(HttpAnswer){.status = 200, .content_type = "text/plain"},
                               &(HttpStreamHandler){on_drain, on_gone, NULL});
}

static void answer_peer(HttpRequest *r) {
    peer[0] = r->is_unix ? r->peer_pid : -2;
    peer[1] = r->peer_uid;
    answer_ok(r);
}

static const struct {
    const char *path;
    void (*answer)(HttpRequest *r);
} routes[] = {
    {"/ok", answer_ok},       {"/echo", answer_echo},    {"/big", answer_big},     {"/static", answer_static},
    {"/owned", answer_owned}, {"/none", answer_none},    {"/close", answer_close}, {"/split", answer_split},
    {"/later", keep},         {"/stream", begin_stream}, {"/peer", answer_peer},
};

static void on_request(void *arg, HttpRequest *r) {
    (void)arg;
    atomic_fetch_add(&n_requests, 1);
    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        if (!str_is(r->path, routes[i].path)) continue;
        routes[i].answer(r);
        return;
    }
    http_answer(r, &(HttpAnswer){.status = 404, .content_type = "text/plain", .body = r->path});
}

static bool on_head(void *arg, HttpRequest *r) {
    (void)arg;
    if (!http_header(r, "x-refuse").p) return true;
    http_answer(r, &(HttpAnswer){.status = 401});
    return false;
}

static const HttpHeader usual[] = {{STR("X-Usual"), STR("yes")}};

static int own(void *arg UNUSED, const HttpRequest *r, HttpHeader ret[HTTP_OWN_MAX]) {
    ret[0] = (HttpHeader){STR("X-Own"), http_header(r, "x-mine")};
    return ret[0].value.n > 0;
}

static const HttpHandler handler = {
    .on_request = on_request, .on_head = on_head, .usual = usual, .n_usual = 1, .own = own};

static TestServer *start(const HttpLimits *limits) {
    memset(big, 'b', BIG);
    atomic_store(&n_requests, 0);
    later = NULL;
    stream = NULL;
    return test_server_start(limits, &handler);
}

static bool has(const Buf *b, const char *text) {
    size_t at;
    return str_find(buf_str(b), str(text), &at);
}

#define OUT(name)               \
    CLEANUP(buf_done) Buf name; \
    buf_init(&name, OUT_MAX)
#define H "Host: a\r\n"

TEST(one_connection_carries_many_requests) {
    TestServer *t = start(NULL);
    int fd = test_connect(t, 0);
    for (int i = 0; i < 100; i++) {
        OUT(out);
        CHECK(test_send(fd, STR("GET /ok HTTP/1.1\r\n" H "\r\n")));
        CHECK(test_read_answer(fd, &out, false));
        CHECK(str_starts(buf_str(&out), STR("HTTP/1.1 200 OK\r\nDate: ")));
        CHECK(has(&out, "\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n"));
        CHECK(has(&out, "\r\nX-Usual: yes\r\n") && str_ends(buf_str(&out), STR("\r\n\r\nok")));
        CHECK(!has(&out, "Connection"));
    }
    close(fd);
    test_server_stop(t);
}

TEST(three_requests_in_one_write_are_answered_in_order) {
    TestServer *t = start(NULL);
    int fd = test_connect(t, 0);
    OUT(out);
    CHECK(test_send(fd, STR("GET /one HTTP/1.1\r\n" H "\r\nPOST /echo HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\ntwo"
                            "GET /three HTTP/1.1\r\n" H "Connection: close\r\n\r\nGET /four HTTP/1.1\r\n" H "\r\n")));
    CHECK(test_read_end(fd, &out));
    size_t one, two, three;
    CHECK(str_find(buf_str(&out), STR("\r\n\r\n/one"), &one) && str_find(buf_str(&out), STR("\r\n\r\ntwo"), &two));
    CHECK(str_find(buf_str(&out), STR("Connection: close\r\nX-Usual: yes\r\n\r\n/three"), &three));
    CHECK(one < two && two < three && !has(&out, "/four"));
    close(fd);
    test_server_stop(t);
}

static bool is_kept(void *arg) { return *(HttpRequest **)arg != NULL; }

static void answer_later(void *arg) {
    (void)arg;
    answer_ok(TAKE(later));
}

TEST(the_next_request_waits_for_the_answer_to_this_one) {
    TestServer *t = start(NULL);
    int fd = test_connect(t, 0);
    OUT(out);
    CHECK(test_send(fd, STR("GET /later HTTP/1.1\r\n" H "\r\nGET /one HTTP/1.1\r\n" H "\r\nGET /two HTTP/1.1\r\n" H)));
    CHECK(test_server_wait(t, is_kept, &later));
    CHECK_I64(atomic_load(&n_requests), 1);
    test_server_call(t, answer_later, NULL);
    CHECK(test_read_answer(fd, &out, false) && str_ends(buf_str(&out), STR("ok")));
    CHECK(test_read_answer(fd, &out, false) && str_ends(buf_str(&out), STR("/one")));
    CHECK(test_send(fd, STR("\r\n")));
    CHECK(test_read_answer(fd, &out, false) && str_ends(buf_str(&out), STR("/two")));
    close(fd);
    test_server_stop(t);
}

TEST(the_answer_to_a_client_that_has_gone_is_dropped) {
    TestServer *t = start(NULL);
    int fd = test_connect(t, 0);
    CHECK(test_send(fd, STR("GET /later HTTP/1.1\r\n" H "\r\n")));
    CHECK(test_server_wait(t, is_kept, &later));
    struct linger reset = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(fd);
    test_server_call(t, answer_later, NULL);
    test_server_stop(t);
}

TEST(a_client_that_shut_down_its_side_is_still_answered) {
    TestServer *t = start(NULL);
    int fd = test_connect(t, 0);
    OUT(out);
    CHECK(test_send(fd, STR("GET /later HTTP/1.1\r\n" H "\r\n")));
    CHECK(test_server_wait(t, is_kept, &later));
    shutdown(fd, SHUT_WR);
    test_server_call(t, answer_later, NULL);
    CHECK(test_read_end(fd, &out) && str_ends(buf_str(&out), STR("ok")));
    close(fd);
    test_server_stop(t);
}

static const struct {
    const char *request;
    const char *status;
    const char *with; /* NULL: nothing more */
    const char *without;
} answers[] = {
    {"HEAD /big HTTP/1.1\r\n" H "\r\n", "200 OK", "Content-Length: 8388608\r\n", NULL},
    {"GET /none HTTP/1.1\r\n" H "\r\n", "204 No Content", NULL, "Content-Length"},
    {"GET /close HTTP/1.1\r\n" H "\r\n", "200 OK", "Connection: close\r\n", NULL},
    {"GET /split HTTP/1.1\r\n" H "\r\n", "200 OK", "X-Split: a  Set-Cookie: b\r\n", "\r\nSet-Cookie"},
    {"GET /split HTTP/1.1\r\n" H "\r\n", "200 OK", "X-Usual: special\r\n", "X-Usual: yes"},
    {"GET /ok HTTP/1.1\r\n" H "X-Mine: 7\r\n\r\n", "200 OK", "X-Own: 7\r\n", NULL},
    {"GET /ok HTTP/1.1\r\n" H "\r\n", "200 OK", "X-Usual: yes\r\n", "X-Own"},
    {"POST /echo HTTP/1.1\r\n" H "X-Mine: 9\r\nX-Refuse: 1\r\nContent-Length: 5\r\n\r\n", "401 Unauthorized",
     "X-Own: 9\r\n", NULL},
    {"GET /a b HTTP/1.1\r\n" H "X-Mine: 9\r\n\r\n", "400 Bad Request", "X-Usual", "X-Own"},
    {"GET /ok HTTP/1.0\r\n\r\n", "200 OK", "Connection: close\r\n", NULL},
    {"GET /a b HTTP/1.1\r\n" H "\r\n", "400 Bad Request", "{\"error\":{\"code\":\"VALIDATION_ERROR\"", NULL},
    {"FROB / HTTP/1.1\r\n" H "\r\n", "501 Not Implemented", "Connection: close\r\n", NULL},
    {"POST /echo HTTP/1.1\r\n" H "Content-Length: 9999999\r\n\r\n", "413 Content Too Large",
     "\"PAYLOAD_TOO_LARGE\",\"message\":\"the body is larger than 1 MiB\"", NULL},
    {"POST /echo HTTP/1.1\r\n" H "X-Refuse: 1\r\nContent-Length: 5\r\n\r\n", "401 Unauthorized", "Connection: close",
     NULL},
    {"GET / HTTP/1.1\r\n" H "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 7\r\n\r\n",
     "426 Upgrade Required", "Sec-WebSocket-Version: 13\r\n", NULL},
    {"GET /ok HTTP/1.1\r\n" H "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
     "200 OK", "Connection: close\r\n", NULL},
};

TEST(answers_are_framed_as_their_request_and_status_require) {
    TestServer *t = start(NULL);
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        int fd = test_connect(t, 0);
        OUT(out);
        CHECK(test_send(fd, str(answers[i].request)));
        bool read = test_read_answer(fd, &out, str_starts(str(answers[i].request), STR("HEAD")));
        bool is_fine = read && str_starts(str_from(buf_str(&out), 9), str(answers[i].status)) &&
                       (!answers[i].with || has(&out, answers[i].with)) &&
                       (!answers[i].without || !has(&out, answers[i].without));
        if (!is_fine) test_fail(__FILE__, __LINE__, "%s gave %s", answers[i].request, out.p ? out.p : "nothing");
        close(fd);
    }
    test_server_stop(t);
}

TEST(a_refusal_reaches_a_client_that_is_still_sending) {
    TestServer *t = start(NULL);
    int fd = test_connect(t, 0);
    OUT(out);
    CHECK(test_send(fd, STR("POST /echo HTTP/1.1\r\n" H "X-Refuse: 1\r\nContent-Length: 1000000\r\n\r\n")));
    CHECK(test_send(fd, (Str){big, 1000000}));
    CHECK(test_read_end(fd, &out) && has(&out, "401 Unauthorized"));
    CHECK_I64(atomic_load(&n_requests), 0);
    close(fd);
    test_server_stop(t);
}

TEST(a_body_may_wait_for_100_continue) {
    TestServer *t = start(NULL);
    int fd = test_connect(t, 0);
    OUT(out);
    CHECK(test_send(fd, STR("POST /echo HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 4\r\n\r\n")));
    CHECK(test_read_answer(fd, &out, true));
    CHECK_STR(buf_str(&out), "HTTP/1.1 100 Continue\r\n\r\n");
    CHECK(test_send(fd, STR("body")) && test_read_answer(fd, &out, false));
    CHECK(str_ends(buf_str(&out), STR("\r\n\r\nbody")));
    close(fd);
    test_server_stop(t);
}

TEST(large_bodies_reach_a_slow_reader_completely) {
    static const char *const paths[] = {"/big", "/static", "/owned"};
    TestServer *t = start(NULL);
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        int fd = test_connect(t, 4096);
        OUT(out);
        char request[128];
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\n" H "\r\nGET /ok HTTP/1.1\r\n" H "\r\n", paths[i]);
        CHECK(test_send(fd, str(request)));
        CHECK(test_read_answer(fd, &out, false));
        Str body = str_from(buf_str(&out), out.n - BIG);
        CHECK(memcmp(body.p, big, BIG) == 0);
        CHECK(test_read_answer(fd, &out, false) && str_ends(buf_str(&out), STR("ok")));
        close(fd);
    }
    test_server_stop(t);
}

TEST(a_refusal_has_the_code_and_the_headers_of_its_status) {
    static const struct {
        const char *request, *status, *code, *header;
    } rows[] = {
        {"FROB / HTTP/1.1\r\n" H "\r\n", "501 Not Implemented", "\"NOT_IMPLEMENTED\"", ""},
        {"GET / HTTP/1.1\r\n" H "A : b\r\n\r\n", "400 Bad Request", "\"VALIDATION_ERROR\"", ""},
        {"POST / HTTP/1.1\r\n" H "Content-Length: 9999999\r\n\r\n", "413 Content Too Large", "\"PAYLOAD_TOO_LARGE\"",
         ""},
        {"GET / HTTP/1.1\r\n" H "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\n\r\n",
         "426 Upgrade Required", "\"UPGRADE_REQUIRED\"",
         "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"},
    };
    TestServer *t = start(NULL);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int fd = test_connect(t, 0);
        OUT(out);
        CHECK(test_send(fd, str(rows[i].request)) && test_read_end(fd, &out));
        CHECK(has(&out, rows[i].status) && has(&out, rows[i].code) && has(&out, rows[i].header));
        close(fd);
    }
    test_server_stop(t);
}

/* Timeouts. */

static const HttpLimits hasty_for_heads = {.head_timeout_ms = 50}, hasty_when_idle = {.idle_timeout_ms = 50};

TEST(a_slow_head_or_body_is_answered_408) {
    static const char *const begun[] = {"GET /ok HT", "POST /echo HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nhe"};
    TestServer *t = start(&hasty_for_heads);
    for (size_t i = 0; i < COUNT_OF(begun); i++) {
        int fd = test_connect(t, 0);
        OUT(out);
        CHECK(test_send(fd, str(begun[i])));
        CHECK(test_read_end(fd, &out) && has(&out, "408 Request Timeout"));
        close(fd);
    }
    test_server_stop(t);
}

TEST(an_idle_connection_is_closed_without_an_answer) {
    TestServer *t = start(&hasty_when_idle);
    int fd = test_connect(t, 0);
    OUT(out);
    CHECK(test_read_end(fd, &out));
    CHECK_I64(out.n, 0);
    close(fd);
    test_server_stop(t);
}

static bool is_alone(void *arg) { return ((const HttpServer *)arg)->n_conns == 0; }

TEST(a_client_that_does_not_read_its_answer_is_dropped) {
    TestServer *t = start(&hasty_when_idle);
    OUT(out);
    int fd = test_connect(t, 4096);
    /* On a busy machine the request may arrive after the connection was closed as idle. */
    for (int tries = 1; !test_send(fd, STR("GET /big HTTP/1.1\r\n" H "\r\n")) || !test_read_n(fd, &out, 1); tries++) {
        CHECK(tries < 10);
        close(fd);
        fd = test_connect(t, 4096);
    }
    CHECK(test_server_wait(t, is_alone, test_server_http(t)));
    close(fd);
    test_server_stop(t);
}

static bool has_two(void *arg) { return ((const HttpServer *)arg)->n_conns == 2; }

static bool is_answered(int fd) {
    OUT(out);
    return test_send(fd, STR("GET /ok HTTP/1.1\r\n" H "\r\n")) && test_read_answer(fd, &out, false) &&
           str_ends(buf_str(&out), STR("ok"));
}

TEST(one_connection_too_many_is_answered_503) {
    TestServer *t = start(&(HttpLimits){.conns_max = 2});
    int fds[2] = {test_connect(t, 0), test_connect(t, 0)};
    CHECK(is_answered(fds[0]) && is_answered(fds[1]));
    int third = test_connect(t, 0);
    OUT(out);
    CHECK(test_read_end(third, &out) && has(&out, "503 Service Unavailable") && has(&out, "\"BUSY\""));
    close(third);
    CHECK(test_server_wait(t, has_two, test_server_http(t)));
    CHECK(is_answered(fds[0]));
    close(fds[0]);
    close(fds[1]);
    test_server_stop(t);
}

TEST(a_connection_that_sent_nothing_is_replaced_by_a_new_one) {
    TestServer *t = start(&(HttpLimits){.conns_max = 3});
    int spoken = test_connect(t, 0);
    CHECK(is_answered(spoken));
    int quiet[2] = {test_connect(t, 0), test_connect(t, 0)};
    int later_one = test_connect(t, 0);
    OUT(out);
    CHECK(is_answered(later_one));
    CHECK(test_read_end(quiet[0], &out));
    CHECK_I64(out.n, 0);
    CHECK(is_answered(quiet[1]) && is_answered(spoken));
    int fds[] = {spoken, quiet[0], quiet[1], later_one};
    for (size_t i = 0; i < COUNT_OF(fds); i++) close(fds[i]);
    CHECK(test_server_wait(t, is_alone, test_server_http(t)));
    test_server_stop(t);
}

/* Streams. */

static bool has_stream(void *arg) {
    (void)arg;
    return stream != NULL;
}

static bool is_gone(void *arg) {
    (void)arg;
    return stream_is_gone;
}

static void write_hello(void *arg) {
    (void)arg;
    http_stream_write(stream, STR("hello "));
    http_stream_write(stream, STR(""));
    http_stream_write(stream, STR("world"));
    http_stream_end(TAKE(stream));
}

TEST(a_stream_is_chunked_and_keeps_the_connection) {
    TestServer *t = start(NULL);
    int fd = test_connect(t, 0);
    OUT(out);
    CHECK(test_send(fd, STR("GET /stream HTTP/1.1\r\n" H "\r\nGET /ok HTTP/1.1\r\n" H "\r\n")));
    CHECK(test_server_wait(t, has_stream, NULL));
    test_server_call(t, write_hello, NULL);
    CHECK(test_read_answer(fd, &out, false));
    CHECK(str_ends(buf_str(&out), STR("\r\n\r\n6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n")));
    CHECK(test_read_answer(fd, &out, false) && str_ends(buf_str(&out), STR("ok")));
    close(fd);
    test_server_stop(t);
}

TEST(a_stream_to_an_old_client_ends_with_the_connection) {
    TestServer *t = start(NULL);
    int fd = test_connect(t, 0);
    OUT(out);
    CHECK(test_send(fd, STR("GET /stream HTTP/1.0\r\n\r\n")));
    CHECK(test_server_wait(t, has_stream, NULL));
    test_server_call(t, write_hello, NULL);
    CHECK(test_read_end(fd, &out));
    CHECK(str_ends(buf_str(&out), STR("\r\n\r\nhello world")) && !has(&out, "chunked"));
    close(fd);
    test_server_stop(t);
}

static size_t written;

static void fill(void *arg) {
    (void)arg;
    while (http_stream_write(stream, (Str){big, 65536})) written += 65536;
}

static bool was_drained(void *arg) {
    (void)arg;
    return n_drains == 1;
}

static void end_stream(void *arg) {
    (void)arg;
    http_stream_end(TAKE(stream));
}

TEST(a_stream_queues_no_more_than_its_cap_and_reports_when_it_drains) {
    TestServer *t = start(&(HttpLimits){.stream_queue_max = 1 << 20});
    int fd = test_connect(t, 4096);
    CHECK(test_send(fd, STR("GET /stream HTTP/1.1\r\n" H "Connection: close\r\n\r\n")));
    CHECK(test_server_wait(t, has_stream, NULL));
    written = 0;
    test_server_call(t, fill, NULL);
    CHECK(written >= 1 << 19 && written < 4 << 20);
    OUT(out);
    CHECK(test_read_n(fd, &out, written));
    CHECK(test_server_wait(t, was_drained, NULL));
    test_server_call(t, end_stream, NULL);
    CHECK(test_read_end(fd, &out) && str_ends(buf_str(&out), STR("\r\n0\r\n\r\n")) && out.n > written);
    close(fd);
    test_server_stop(t);
}

TEST(a_stream_is_notified_when_its_client_has_gone) {
    TestServer *t = start(NULL);
    int fd = test_connect(t, 0);
    CHECK(test_send(fd, STR("GET /stream HTTP/1.1\r\n" H "\r\n")));
    CHECK(test_server_wait(t, has_stream, NULL));
    close(fd);
    CHECK(test_server_wait(t, is_gone, NULL));
    test_server_stop(t);
}

/* Stopping. */

TEST(a_stop_waits_for_the_answer_in_progress) {
    TestServer *t = start(NULL);
    int busy = test_connect(t, 0), idle = test_connect(t, 0);
    OUT(out);
    CHECK(test_send(busy, STR("GET /later HTTP/1.1\r\n" H "\r\n")));
    CHECK(test_server_wait(t, is_kept, &later) && test_server_wait(t, has_two, test_server_http(t)));
    test_server_begin_stop(t);
    CHECK(test_read_end(idle, &out) && out.n == 0);
    test_server_call(t, answer_later, NULL);
    CHECK(test_read_end(busy, &out) && has(&out, "Connection: close\r\n") && str_ends(buf_str(&out), STR("ok")));
    close(busy);
    close(idle);
    test_server_stop(t);
}

static void count_conns(void *arg) {
    TestServer *const *t = arg;
    atomic_store(&n_conns, test_server_http(*t)->n_conns);
}

/* Neither for one that reads nothing nor for one that reads a little now and then. */
TEST(a_stop_does_not_wait_for_a_client_that_does_not_read) {
    TestServer *t = start(&(HttpLimits){.head_timeout_ms = 200});
    int mute = test_connect(t, 4096), slow = test_connect(t, 4096);
    Str ask = STR("GET /big HTTP/1.1\r\n" H "\r\n");
    OUT(out);
    CHECK(test_send(mute, ask) && test_send(slow, ask) && test_read_n(mute, &out, 1) && test_read_n(slow, &out, 1));
    test_server_begin_stop(t);
    int64_t before = clock_mono_us();
    do {
        char some[100];
        recv(slow, some, sizeof some, MSG_DONTWAIT);
        usleep(1000);
        test_server_call(t, count_conns, &t);
    } while (atomic_load(&n_conns) && clock_mono_us() - before < 5000000);
    CHECK_I64(atomic_load(&n_conns), 0);
    close(mute);
    close(slow);
    test_server_stop(t);
}

/* Listening. */

typedef struct UnixListen {
    TestServer *t;
    int dirfd;
    int result;
} UnixListen;

static void listen_unix(void *arg) {
    UnixListen *u = arg;
    u->result = http_listen_unix(test_server_http(u->t), u->dirfd, "http.sock", NULL);
}

TEST(a_unix_socket_is_private_and_names_its_peer) {
    TestServer *t = start(NULL);
    int dirfd = open(test_dir(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct stat st;
    OUT(out);
    UnixListen u = {t, dirfd, -1};
    test_server_call(t, listen_unix, &u);
    CHECK_I64(u.result, 0);
    CHECK(fstatat(dirfd, "http.sock", &st, 0) == 0 && (st.st_mode & 0777) == 0600);
    int fd = test_connect_unix(dirfd, "http.sock");
    CHECK(test_send(fd, STR("GET /peer HTTP/1.1\r\n" H "\r\n")) && test_read_answer(fd, &out, false));
    CHECK_I64(peer[0], getpid());
    CHECK_I64(peer[1], getuid());
    close(fd);
    test_server_stop(t);
    CHECK(fstatat(dirfd, "http.sock", &st, 0) < 0);
    close(dirfd);
}

/* Filling one kind of socket does not affect the other. */
TEST(each_kind_of_socket_has_its_own_share_of_the_connections) {
    TestServer *t = start(&(HttpLimits){.conns_max = 2, .unix_conns_max = 1});
    int dirfd = open(test_dir(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    UnixListen u = {t, dirfd, -1};
    test_server_call(t, listen_unix, &u);
    CHECK_I64(u.result, 0);
    int fds[] = {test_connect(t, 0), test_connect(t, 0)};
    CHECK(is_answered(fds[0]) && is_answered(fds[1]));
    int own = test_connect_unix(dirfd, "http.sock");
    CHECK(is_answered(own));
    int other = test_connect_unix(dirfd, "http.sock");
    OUT(out);
    CHECK(test_read_end(other, &out) && has(&out, "503 Service Unavailable"));
    CHECK(is_answered(fds[0]) && is_answered(own));
    close(own);
    close(other);
    close(fds[0]);
    close(fds[1]);
    test_server_stop(t);
    close(dirfd);
}

typedef struct Listen {
    TestServer *t;
    const char *address;
    int port, result;
    Err e;
} Listen;

static void listen_again(void *arg) {
    Listen *l = arg;
    int port;
    l->result = http_listen_tcp(test_server_http(l->t), l->address, l->port, &port, &l->e);
}

TEST(a_port_in_use_and_a_bad_address_are_named) {
    TestServer *t = start(NULL);
    Listen taken = {.t = t, .address = "127.0.0.1", .port = test_server_port(t)};
    Listen bad = {.t = t, .address = "localhost"};
    test_server_call(t, listen_again, &taken);
    test_server_call(t, listen_again, &bad);
    CHECK_I64(taken.result, -ERR_CONFLICT);
    CHECK_I64(bad.result, -ERR_INVALID);
    test_server_stop(t);
}
