#include "net/test_server.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"

enum { PATIENCE_S = 60 };

struct TestServer {
    Loop *loop;
    HttpServer *http;
    pthread_t thread;
    int port;
    bool stops, is_guest; /* on a loop of another thread's, which goes on without the server */
    atomic_bool has_stopped;
};

static void *run(void *arg) {
    TestServer *t = arg;
    loop_run(t->loop);
    return NULL;
}

static void must(bool fine, const char *what) {
    if (fine) return;
    perror(what);
    abort();
}

TestServer *test_server_start(const HttpLimits *limits, const HttpHandler *handler) {
    TestServer *t = mu_new(TestServer);
    Err e = {0};
    must(loop_new(&t->loop, &e) == 0, e.text);
    must(http_server_new(t->loop, limits, handler, &t->http, &e) == 0, e.text);
    must(http_listen_tcp(t->http, "127.0.0.1", 0, &t->port, &e) == 0, e.text);
    must(pthread_create(&t->thread, NULL, run, t) == 0, "pthread_create");
    return t;
}

typedef struct Listening {
    TestServer *server;
    const HttpHandler *handler;
    int dirfd;
    const char *name;
} Listening;

static void listen_unix(void *arg) {
    const Listening *l = arg;
    Err e = {0};
    must(http_server_new(l->server->loop, &(HttpLimits){0}, l->handler, &l->server->http, &e) == 0, e.text);
    must(http_listen_unix(l->server->http, l->dirfd, l->name, &e) == 0, e.text);
}

TestServer *test_server_start_on(Loop *loop, int dirfd, const char *name, const HttpHandler *handler) {
    TestServer *t = mu_new(TestServer);
    t->loop = loop;
    t->is_guest = true;
    loop_call(loop, listen_unix, &(Listening){t, handler, dirfd, name});
    return t;
}

HttpServer *test_server_http(TestServer *t) { return t->http; }

int test_server_port(const TestServer *t) { return t->port; }

void test_server_call(TestServer *t, void (*fn)(void *arg), void *arg) { loop_call(t->loop, fn, arg); }

static void on_stopped(void *arg) {
    TestServer *t = arg;
    if (!t->is_guest) loop_stop(t->loop);
    atomic_store(&t->has_stopped, true);
}

static void stop(void *arg) {
    TestServer *t = arg;
    if (!t->stops) http_server_stop(t->http, on_stopped, t);
    t->stops = true;
}

void test_server_begin_stop(TestServer *t) { loop_call(t->loop, stop, t); }

static bool has_stopped(void *t) { return atomic_load(&((TestServer *)t)->has_stopped); }

static void free_http(void *t) { http_server_free(((TestServer *)t)->http); }

static void stop_guest(TestServer *t) {
    test_server_begin_stop(t);
    must(test_server_wait(t, has_stopped, t), "the server does not stop");
    loop_call(t->loop, free_http, t);
    free(t);
}

void test_server_stop(TestServer *t) {
    if (t->is_guest) return stop_guest(t);
    loop_post(t->loop, stop, t);
    pthread_join(t->thread, NULL);
    http_server_free(t->http);
    loop_free(t->loop);
    free(t);
}

typedef struct Question {
    bool (*is_so)(void *arg);
    void *arg;
    bool answer;
} Question;

static void ask(void *arg) {
    Question *q = arg;
    q->answer = q->is_so(q->arg);
}

bool test_server_wait(TestServer *t, bool (*is_so)(void *arg), void *arg) {
    Question q = {is_so, arg, false};
    for (int i = 0; i < PATIENCE_S * 1000; i++) {
        test_server_call(t, ask, &q);
        if (q.answer) return true;
        usleep(1000);
    }
    return false;
}

static void be_patient(int fd) {
    struct timeval patience = {.tv_sec = PATIENCE_S};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

int test_connect(const TestServer *t, int recv_buffer) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((in_port_t)t->port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(fd >= 0, "socket");
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    be_patient(fd);
    if (recv_buffer) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &recv_buffer, sizeof recv_buffer);
    must(connect(fd, (struct sockaddr *)&at, sizeof at) == 0, "connect");
    return fd;
}

int test_connect_unix(int dirfd, const char *name) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(at.sun_path, sizeof at.sun_path, "/proc/self/fd/%d/%s", dirfd, name);
    be_patient(fd);
    must(connect(fd, (struct sockaddr *)&at, sizeof at) == 0, "connect");
    return fd;
}

bool test_send(int fd, Str bytes) {
    while (bytes.n) {
        ssize_t n = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);
        if (n <= 0) return false;
        bytes = str_from(bytes, (size_t)n);
    }
    return true;
}

bool test_read_n(int fd, Buf *out, size_t n) {
    while (n > 0) {
        char part[16384];
        ssize_t got = read(fd, part, n < sizeof part ? n : sizeof part);
        if (got <= 0) return false;
        buf_add(out, part, (size_t)got);
        n -= (size_t)got;
    }
    return true;
}

bool test_read_end(int fd, Buf *out) {
    char part[16384];
    for (;;) {
        ssize_t got = read(fd, part, sizeof part);
        if (got <= 0) return got == 0;
        buf_add(out, part, (size_t)got);
    }
}

static bool read_until(int fd, Buf *out, size_t from, Str end) {
    while (!str_ends(str_from(buf_str(out), from), end)) {
        if (!test_read_n(fd, out, 1)) return false;
    }
    return true;
}

bool test_read_answer(int fd, Buf *out, bool has_no_body) {
    size_t from = out->n, at;
    if (!read_until(fd, out, from, STR("\r\n\r\n"))) return false;
    Str head = str_from(buf_str(out), from);
    if (has_no_body) return true;
    if (str_find(head, STR("Transfer-Encoding: chunked"), &at)) return read_until(fd, out, from, STR("0\r\n\r\n"));
    if (!str_find(head, STR("Content-Length: "), &at)) return true;
    Str rest = str_from(head, at + 16), number;
    int64_t n = 0;
    if (!str_split(&rest, '\r', &number) || !str_parse_i64(number, 0, INT64_MAX, &n)) return false;
    return test_read_n(fd, out, (size_t)n);
}

int test_ws_connect(int dirfd, const char *name, const char *subprotocol) {
    int fd = test_connect_unix(dirfd, name);
    CLEANUP(buf_done) Buf bytes;
    buf_init(&bytes, 4096);
    buf_add_str(&bytes, STR("GET /ws HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
                            "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n"));
    if (subprotocol) buf_add_fmt(&bytes, "sec-websocket-protocol: %s\r\n", subprotocol);
    buf_add_str(&bytes, STR("\r\n"));
    must(test_send(fd, buf_str(&bytes)), "send");
    buf_clear(&bytes);
    must(test_read_answer(fd, &bytes, true), "read");
    must(str_starts(buf_str(&bytes), STR("HTTP/1.1 101 ")), "the handshake failed");
    return fd;
}

bool test_ws_say(int fd, const char *text) {
    char head[6] = {(char)0x81, (char)(0x80 | strlen(text))}; /* the mask is all zeros */
    must(strlen(text) < 126, "the frame is too long");
    return test_send(fd, str_n(head, sizeof head)) && test_send(fd, str(text));
}

/* The payload of the next frame of at most 64 KiB, at the end of `into`. */
static bool read_frame(int fd, Buf *into, Str *ret, bool *ret_is_text) {
    if (!test_read_n(fd, into, 2)) return false;
    *ret_is_text = ((unsigned char)into->p[0] & 0x0f) == 1;
    size_t n = (unsigned char)into->p[1];
    if (n == 126) {
        if (!test_read_n(fd, into, 2)) return false;
        n = (size_t)(unsigned char)into->p[2] << 8 | (unsigned char)into->p[3];
    }
    size_t head = into->n;
    if (!test_read_n(fd, into, n)) return false;
    *ret = str_from(buf_str(into), head);
    return true;
}

Str test_ws_take(int fd, Buf *into) {
    Str text = {0};
    bool is_text = false;
    while (!is_text) {
        buf_clear(into);
        if (!read_frame(fd, into, &text, &is_text)) return (Str){0};
    }
    return text;
}
