/* Bodies that go to a sink, over real sockets. */
#include "net/http_body.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/test.h"
#include "net/http_conn.h"
#include "net/test_server.h"

enum { LIMIT = 3 << 20, OUT_MAX = 1 << 20, SLOW_MS = 200 };

/* On the server's thread. */
static struct Sink {
    HttpRequest *r;
    int64_t n, sum;
    size_t ahead; /* bytes that came after it had said no */
    int n_ends, n_gone;
    bool is_full, refuses, answers_early;
} sink;

static bool on_piece(void *arg, Str bytes) {
    struct Sink *s = arg;
    if (s->is_full) s->ahead += bytes.n;
    s->n += (int64_t)bytes.n;
    for (size_t i = 0; i < bytes.n; i++) s->sum += (unsigned char)bytes.p[i];
    s->is_full = s->refuses;
    return !s->is_full;
}

static void on_gone(void *arg) {
    ((struct Sink *)arg)->n_gone++;
    ((struct Sink *)arg)->r = NULL;
}

static bool on_head(void *arg UNUSED, HttpRequest *r) {
    sink.r = r;
    if (str_is(r->path, "/sink")) http_body_to(r, LIMIT, &(HttpBodySink){on_piece, on_gone, &sink});
    return true;
}

static void on_request(void *arg UNUSED, HttpRequest *r) {
    char text[64];
    struct Sink *s = http_body_arg(r);
    if (s) s->n_ends++;
    int n = s ? snprintf(text, sizeof text, "%lld %lld", (long long)s->n, (long long)s->sum) : 0;
    http_answer(
        r, &(HttpAnswer){.status = 200, .content_type = "text/plain", .body = s ? str_n(text, (size_t)n) : r->body});
}

static const HttpHandler handler = {.on_request = on_request, .on_head = on_head};

static TestServer *start(const HttpLimits *limits) {
    memset(&sink, 0, sizeof sink);
    return test_server_start(limits, &handler);
}

#define OUT(name)               \
    CLEANUP(buf_done) Buf name; \
    buf_init(&name, OUT_MAX)
#define SINK "POST /sink HTTP/1.1\r\nHost: a\r\n"

static bool has(const Buf *b, const char *text) { return str_find(buf_str(b), str(text), &(size_t){0}); }

static char *body_of(size_t n) {
    char *body = mu_alloc(n);
    memset(body, 1, n);
    return body;
}

static void send_body(int fd, const char *head, size_t n) {
    CLEANUP(free_p) char *body = body_of(n);
    CHECK(test_send(fd, str(head)));
    CHECK(test_send(fd, str_n(body, n)));
}

static bool is_gone(void *arg UNUSED) { return sink.n_gone == 1; }

TEST(a_body_goes_to_its_sink_and_the_connection_goes_on) {
    TestServer *t = start(NULL);
    int fd = test_connect(t, 0);
    for (int i = 0; i < 2; i++) {
        OUT(out);
        sink.n = sink.sum = 0;
        send_body(fd, SINK "Content-Length: 2500000\r\n\r\n", 2500000);
        CHECK(test_read_answer(fd, &out, false) && has(&out, "\r\n\r\n2500000 2500000"));
    }
    OUT(other);
    CHECK(test_send(fd, STR("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")));
    CHECK(test_read_answer(fd, &other, false) && has(&other, "\r\n\r\nhi"));
    CHECK_I64(sink.n_ends, 2);
    CHECK_I64(sink.n_gone, 0);
    close(fd);
    test_server_stop(t);
}

TEST(chunks_and_an_empty_body_go_to_the_sink_too) {
    TestServer *t = start(NULL);
    int fd = test_connect(t, 0);
    OUT(out);
    CHECK(test_send(fd, STR(SINK "Transfer-Encoding: chunked\r\n\r\n3\r\n\1\1\1\r\n2\r\n\1\1\r\n0\r\n\r\n")));
    CHECK(test_read_answer(fd, &out, false) && has(&out, "\r\n\r\n5 5"));
    sink.n = sink.sum = 0;
    buf_clear(&out);
    CHECK(test_send(fd, STR(SINK "Content-Length: 0\r\n\r\n")));
    CHECK(test_read_answer(fd, &out, false) && has(&out, "\r\n\r\n0 0"));
    close(fd);
    test_server_stop(t);
}

TEST(a_length_over_the_limit_is_refused_before_the_body_is_asked_for) {
    TestServer *t = start(NULL);
    int fd = test_connect(t, 0);
    OUT(out);
    CHECK(test_send(fd, STR(SINK "Expect: 100-continue\r\nContent-Length: 3145729\r\n\r\n")));
    CHECK(test_read_end(fd, &out) && str_starts(buf_str(&out), STR("HTTP/1.1 413 ")));
    CHECK(has(&out, "the body is larger than 3 MiB") && !has(&out, "100 Continue"));
    CHECK(test_server_wait(t, is_gone, NULL));
    CHECK_I64(sink.n, 0);
    close(fd);
    test_server_stop(t);
}

TEST(chunks_over_the_limit_are_refused) {
    TestServer *t = start(NULL);
    int fd = test_connect(t, 0);
    OUT(out);
    send_body(fd, SINK "Transfer-Encoding: chunked\r\n\r\n300001\r\n", LIMIT + 1);
    CHECK(test_read_end(fd, &out) && str_starts(buf_str(&out), STR("HTTP/1.1 413 ")));
    CHECK(test_server_wait(t, is_gone, NULL));
    CHECK(sink.n <= LIMIT && sink.n_ends == 0);
    close(fd);
    test_server_stop(t);
}

static void resume(void *arg UNUSED) {
    sink.refuses = sink.is_full = false;
    http_body_resume(sink.r);
}

static bool is_full(void *arg UNUSED) { return sink.is_full; }

TEST(a_sink_that_says_no_keeps_the_client_waiting) {
    TestServer *t = start(NULL);
    int fd = test_connect(t, 0);
    OUT(out);
    CLEANUP(free_p) char *body = body_of(2 << 20);
    sink.refuses = true;
    CHECK(test_send(fd, STR(SINK "Content-Length: 2097152\r\n\r\n\1")));
    CHECK(test_server_wait(t, is_full, NULL));
    /* The kernel takes some of it, or all; the server reads no more. */
    size_t sent = 1;
    for (ssize_t n = 1; n > 0; sent += n > 0 ? (size_t)n : 0)
        n = send(fd, body + sent, (2u << 20) - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    usleep(50000);
    CHECK(sink.ahead <= HTTP_BODY_AHEAD);
    test_server_call(t, resume, NULL);
    CHECK(test_send(fd, str_n(body + sent, (2u << 20) - sent)));
    CHECK(test_read_answer(fd, &out, false) && has(&out, "\r\n\r\n2097152 2097152"));
    close(fd);
    test_server_stop(t);
}

TEST(a_client_that_leaves_halfway_is_reported_once) {
    TestServer *t = start(NULL);
    int fd = test_connect(t, 0);
    CHECK(test_send(fd, STR(SINK "Content-Length: 100\r\n\r\nabc")));
    close(fd);
    CHECK(test_server_wait(t, is_gone, NULL));
    CHECK_I64(sink.n_ends, 0);
    test_server_stop(t);
}

TEST(a_client_that_sends_nothing_more_gets_408) {
    TestServer *t = start(&(HttpLimits){.head_timeout_ms = SLOW_MS});
    int fd = test_connect(t, 0);
    OUT(out);
    CHECK(test_send(fd, STR(SINK "Content-Length: 100\r\n\r\nabc")));
    CHECK(test_read_end(fd, &out) && str_starts(buf_str(&out), STR("HTTP/1.1 408 ")));
    CHECK(test_server_wait(t, is_gone, NULL));
    close(fd);
    test_server_stop(t);
}

TEST(the_time_that_a_sink_takes_is_not_the_clients) {
    TestServer *t = start(&(HttpLimits){.head_timeout_ms = SLOW_MS});
    int fd = test_connect(t, 0);
    OUT(out);
    sink.refuses = true;
    CHECK(test_send(fd, STR(SINK "Content-Length: 3\r\n\r\n\1\1")));
    CHECK(test_server_wait(t, is_full, NULL));
    usleep(3 * SLOW_MS * 1000);
    CHECK(test_send(fd, STR("\1")));
    test_server_call(t, resume, NULL);
    CHECK(test_read_answer(fd, &out, false) && has(&out, "\r\n\r\n3 3"));
    close(fd);
    test_server_stop(t);
}

static void answer_early(void *arg UNUSED) { http_answer(sink.r, &(HttpAnswer){.status = 507}); }
static bool has_some(void *arg UNUSED) { return sink.n > 0; }

TEST(an_answer_that_does_not_wait_for_the_body_ends_the_connection) {
    TestServer *t = start(NULL);
    int fd = test_connect(t, 0);
    OUT(out);
    CHECK(test_send(fd, STR(SINK "Content-Length: 100\r\n\r\nabc")));
    CHECK(test_server_wait(t, has_some, NULL));
    test_server_call(t, answer_early, NULL);
    CHECK(test_read_end(fd, &out) && str_starts(buf_str(&out), STR("HTTP/1.1 507 ")) && has(&out, "Connection: close"));
    CHECK_I64(sink.n_gone, 0);
    CHECK_I64(sink.n_ends, 0);
    close(fd);
    test_server_stop(t);
}

TEST(a_server_that_stops_does_not_wait_for_a_body) {
    TestServer *t = start(NULL);
    int fd = test_connect(t, 0);
    CHECK(test_send(fd, STR(SINK "Content-Length: 100\r\n\r\nabc")));
    CHECK(test_server_wait(t, has_some, NULL));
    test_server_stop(t);
    CHECK_I64(sink.n_gone, 1);
    close(fd);
}
