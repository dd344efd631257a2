/* The command line's client against a server that answers in pieces, breaks off, sends nothing or does not read. */
#include "net/local_client.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/own.h"
#include "base/test.h"

enum { PATIENCE_MS = 10000, SHORT_MS = 100, TEXT_MAX = 1 << 20 };

/* Accepts one connection, reads the request (unless it is deaf), sends its answer byte by byte, and closes or waits. */
typedef struct Server {
    const char *answer;
    bool is_deaf, closes;
    int listener;
    pthread_t thread;
    Buf request;
} Server;

static bool has_request(const Buf *b) {
    Str text = buf_str(b);
    size_t end, at;
    int64_t length = 0;
    if (!str_find(text, STR("\r\n\r\n"), &end)) return false;
    if (str_find(text, STR("content-length: "), &at)) {
        Str rest = str_from(text, at + 16), number;
        if (str_split(&rest, '\r', &number)) (void)str_parse_i64(number, 0, TEXT_MAX, &length);
    }
    return text.n >= end + 4 + (size_t)length;
}

static bool read_some(int fd, Buf *to) {
    char chunk[4096];
    ssize_t n = recv(fd, chunk, sizeof chunk, 0);
    if (n > 0 && to) buf_add(to, chunk, (size_t)n);
    return n > 0;
}

static void *serve(void *arg) {
    Server *s = arg;
    CLEANUP(fd_closep) int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
    while (!s->is_deaf && !has_request(&s->request) && read_some(fd, &s->request)) continue;
    for (const char *p = s->answer; *p && send(fd, p, 1, MSG_NOSIGNAL) == 1; p++) continue;
    if (s->closes) shutdown(fd, SHUT_WR);
    /* Open until the client leaves, which a deaf server must notice without reading. */
    while (!s->is_deaf && read_some(fd, NULL)) continue;
    if (s->is_deaf) (void)!accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
    return NULL;
}

static int dir_fd(void) {
    int fd = open(test_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK(fd >= 0);
    return fd;
}

static void serve_start(Server *s) {
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    snprintf(a.sun_path, sizeof a.sun_path, "%s/sock", test_dir());
    unlink(a.sun_path);
    buf_init(&s->request, TEXT_MAX);
    s->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(bind(s->listener, (struct sockaddr *)&a, sizeof a) == 0 && listen(s->listener, 4) == 0);
    CHECK(pthread_create(&s->thread, NULL, serve, s) == 0);
}

static void serve_end(Server *s) {
    if (s->is_deaf) shutdown(s->listener, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    close(s->listener);
    buf_done(&s->request);
}

static int call(const LocalCall *c, int *ret_status, Buf *out, Err *e) {
    CLEANUP(fd_closep) int fd = dir_fd();
    return local_client_call(fd, "sock", c, ret_status, out, e);
}

TEST(an_answer_is_read_completely_however_it_is_split) {
    static const struct {
        const char *answer, *body;
        int status;
    } rows[] = {
        {"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n{\"a\":1}", "{\"a\":1}", 200},
        {"HTTP/1.1 204 No Content\r\n\r\n", "", 204},
        {"HTTP/1.1 409 Conflict\r\ncontent-length: 2\r\nx: y\r\n\r\n{}", "{}", 409},
        {"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n", "abcdefg", 200},
        {"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}and more that nobody asked for", "{}", 200},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Server s = {.answer = rows[i].answer};
        CLEANUP(buf_done) Buf out;
        int status = 0;
        Err e = {0};
        buf_init(&out, TEXT_MAX);
        serve_start(&s);
        LocalCall c = {.method = "GET", .target = STR("/api/health"), .timeout_ms = PATIENCE_MS};
        CHECK_OK(call(&c, &status, &out, &e), e);
        CHECK_I64(status, rows[i].status);
        CHECK_STR(buf_str(&out), rows[i].body);
        serve_end(&s);
    }
}

TEST(a_call_is_sent_as_one_request) {
    Server s = {.answer = "HTTP/1.1 204 No Content\r\n\r\n"};
    CLEANUP(buf_done) Buf out;
    int status = 0;
    Err e = {0};
    buf_init(&out, TEXT_MAX);
    serve_start(&s);
    LocalCall c = {"POST", STR("/api/x?y=%20"), STR("{\"a\":1}"), STR("key-1"), PATIENCE_MS};
    CHECK_OK(call(&c, &status, &out, &e), e);
    CHECK_STR(buf_str(&s.request),
              "POST /api/x?y=%20 HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nidempotency-key: key-1\r\n"
              "content-type: application/json\r\ncontent-length: 7\r\n\r\n{\"a\":1}");
    serve_end(&s);
}

TEST(a_cut_or_invalid_answer_is_a_failure_of_the_daemon) {
    static const char *const answers[] = {
        "",
        "HTTP/1.1 20",
        "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n{\"a\"",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
        "SSH-2.0-OpenSSH\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n123456789", /* more than there is room for */
    };
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        Server s = {.answer = answers[i], .closes = true};
        CLEANUP(buf_done) Buf out;
        int status = 0;
        Err e = {0};
        buf_init(&out, 8);
        serve_start(&s);
        LocalCall c = {.method = "GET", .target = STR("/"), .timeout_ms = PATIENCE_MS};
        CHECK_ERR(call(&c, &status, &out, &e), e, ERR_PROCESS);
        CHECK_I64(status, 0);
        serve_end(&s);
    }
}

TEST(a_daemon_that_sends_nothing_or_half_an_answer_times_out) {
    static const char *const answers[] = {"", "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n{"};
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        Server s = {.answer = answers[i]};
        CLEANUP(buf_done) Buf out;
        int status;
        Err e = {0};
        buf_init(&out, TEXT_MAX);
        serve_start(&s);
        LocalCall c = {.method = "GET", .target = STR("/"), .timeout_ms = SHORT_MS};
        CHECK_ERR(call(&c, &status, &out, &e), e, ERR_TIMEOUT);
        serve_end(&s);
    }
}

TEST(a_daemon_that_does_not_read_times_out) {
    Server s = {.answer = "", .is_deaf = true};
    CLEANUP(buf_done) Buf out, body;
    int status;
    Err e = {0};
    buf_init(&out, TEXT_MAX);
    buf_init(&body, 16 << 20);
    while (body.n < body.max) buf_add_c(&body, 'x');
    serve_start(&s);
    LocalCall c = {.method = "POST", .target = STR("/"), .body = buf_str(&body), .timeout_ms = SHORT_MS};
    CHECK_ERR(call(&c, &status, &out, &e), e, ERR_TIMEOUT);
    serve_end(&s);
}

TEST(without_a_daemon_the_error_says_so) {
    CLEANUP(buf_done) Buf out;
    int status;
    LocalCall c = {.method = "GET", .target = STR("/"), .timeout_ms = PATIENCE_MS};
    char path[300];
    buf_init(&out, TEXT_MAX);
    snprintf(path, sizeof path, "%s/sock", test_dir());
    unlink(path);
    for (int i = 0; i < 2; i++) { /* no socket; a socket that a dead daemon left */
        Err e = {0};
        CHECK_ERR(call(&c, &status, &out, &e), e, ERR_NOT_FOUND);
        CHECK(str_find(str(e.text), STR("no daemon is running"), &(size_t){0}));
        Server s = {.answer = "", .is_deaf = true};
        serve_start(&s);
        serve_end(&s);
    }
}
