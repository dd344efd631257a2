/* See local_client.h. */
#include "net/local_client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <llhttp.h>

#include "base/clock.h"
#include "base/own.h"

enum { REQUEST_MAX = 32 << 20, READ_BYTES = 16384 };

typedef struct Reading {
    llhttp_t parser;
    Buf *out;
    bool is_done;
} Reading;

static int on_body(llhttp_t *p, const char *at, size_t n) {
    Reading *r = p->data;
    return buf_add(r->out, at, n) ? 0 : HPE_USER;
}

static int on_complete(llhttp_t *p) {
    Reading *r = p->data;
    r->is_done = true;
    return HPE_PAUSED;
}

static int connect_to(int dirfd, const char *name, int *ret_fd, Err *e) {
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    snprintf(a.sun_path, sizeof a.sun_path, "/proc/self/fd/%d/%s", dirfd, name);
    CLEANUP(fd_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return err_sys(e, "socket");
    if (connect(fd, (struct sockaddr *)&a, sizeof a) < 0) {
        if (errno == ENOENT || errno == ECONNREFUSED) return err_fail(e, ERR_NOT_FOUND, "no daemon is running here");
        return err_sys(e, "cannot connect to the daemon");
    }
    *ret_fd = TAKE_FD(fd);
    return 0;
}

static int wait_for(int fd, short events, int64_t deadline, Err *e) {
    struct pollfd p = {.fd = fd, .events = events};
    int64_t left = deadline - clock_mono_us();
    int n = left > 0 ? poll(&p, 1, (int)(left / 1000) + 1) : 0;
    if (n == 0) return err_fail(e, ERR_TIMEOUT, "the daemon did not answer in time");
    return n < 0 && errno != EINTR ? err_sys(e, "poll") : 0;
}

/* Neither call blocks: a daemon that does not read must not hold its client past the deadline. */
static int send_all(int fd, Str bytes, int64_t deadline, Err *e) {
    while (bytes.n) {
        TRY(wait_for(fd, POLLOUT, deadline, e));
        ssize_t n = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EINTR && errno != EAGAIN) return err_sys(e, "cannot send to the daemon");
        if (n > 0) bytes = str_from(bytes, (size_t)n);
    }
    return 0;
}

static int read_answer(int fd, Reading *r, int64_t deadline, Err *e) {
    char chunk[READ_BYTES];
    while (!r->is_done) {
        TRY(wait_for(fd, POLLIN, deadline, e));
        ssize_t n = recv(fd, chunk, sizeof chunk, MSG_DONTWAIT);
        if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (n < 0) return err_sys(e, "cannot read from the daemon");
        if (n == 0) return err_fail(e, ERR_PROCESS, "the daemon closed the connection without an answer");
        llhttp_errno_t x = llhttp_execute(&r->parser, chunk, (size_t)n);
        if (x == HPE_PAUSED_UPGRADE) return 0; /* a WebSocket: the server sends nothing before we do */
        if (x != HPE_OK && x != HPE_PAUSED)
            return err_fail(e, ERR_PROCESS, "the daemon's answer is not valid HTTP, or too large");
    }
    return 0;
}

/* A daemon that refuses the file answers before it has read all of it, and then reads no more. */
static int send_file(int fd, const LocalCall *c, int64_t deadline, Err *e) {
    char piece[READ_BYTES];
    int64_t left = c->file_bytes;
    while (left > 0) {
        ssize_t n = read(c->file_fd, piece, left < READ_BYTES ? (size_t)left : READ_BYTES);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return err_sys(e, "cannot read the file");
        if (n == 0) return err_fail(e, ERR_CONFLICT, "the file became shorter while it was sent");
        Err why = {0};
        if (send_all(fd, str_n(piece, (size_t)n), deadline, &why) < 0)
            return why.sys_errno == EPIPE || why.sys_errno == ECONNRESET ? 0 : err_fail(e, why.code, "%s", why.text);
        left -= n;
    }
    return 0;
}

static void write_request(Buf *b, const LocalCall *c) {
    buf_add_fmt(b, "%s " STR_FMT " HTTP/1.1\r\nhost: localhost\r\nconnection: %s\r\n", c->method, STR_ARG(c->target),
                c->ws_key ? "upgrade" : "close");
    if (c->ws_key)
        buf_add_fmt(b, "upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: %s\r\n", c->ws_key);
    if (c->ws_protocol) buf_add_fmt(b, "sec-websocket-protocol: %s\r\n", c->ws_protocol);
    if (c->idempotency_key.n) buf_add_fmt(b, "idempotency-key: " STR_FMT "\r\n", STR_ARG(c->idempotency_key));
    if (c->file_bytes)
        buf_add_fmt(b, "content-type: application/octet-stream\r\ncontent-length: %lld\r\n", (long long)c->file_bytes);
    if (c->body.n) buf_add_fmt(b, "content-type: application/json\r\ncontent-length: %zu\r\n", c->body.n);
    buf_add_str(b, STR("\r\n"));
    buf_add_str(b, c->body);
}

int local_client_send(int fd, Str bytes, int64_t timeout_ms, Err *e) {
    return send_all(fd, bytes, clock_mono_us() + timeout_ms * 1000, e);
}

/* Sends one request and reads the head and body of its answer; the connection stays open. */
static int exchange(int dirfd, const char *name, const LocalCall *c, Reading *r, int *ret_fd, Err *e) {
    CLEANUP(fd_closep) int fd = -1;
    CLEANUP(buf_done) Buf request;
    int64_t deadline = clock_mono_us() + c->timeout_ms * 1000;
    buf_init(&request, REQUEST_MAX);
    write_request(&request, c);
    if (request.failed) return err_fail(e, ERR_TOO_LARGE, "the request is too large");
    TRY(connect_to(dirfd, name, &fd, e));
    TRY(send_all(fd, buf_str(&request), deadline, e));
    TRY(send_file(fd, c, deadline, e));
    llhttp_settings_t settings;
    llhttp_settings_init(&settings);
    settings.on_body = on_body;
    settings.on_message_complete = on_complete;
    llhttp_init(&r->parser, HTTP_RESPONSE, &settings);
    r->parser.data = r;
    TRY(read_answer(fd, r, deadline, e));
    *ret_fd = TAKE_FD(fd);
    return 0;
}

int local_client_upgrade(int dirfd, const char *name, const LocalCall *c, LocalAnswer *ret, Err *e) {
    Reading r = {.out = &ret->out};
    TRY(exchange(dirfd, name, c, &r, &ret->fd, e));
    ret->status = r.parser.status_code;
    return 0;
}

int local_client_call(int dirfd, const char *name, const LocalCall *c, int *ret_status, Buf *out, Err *e) {
    CLEANUP(fd_closep) int fd = -1;
    Reading r = {.out = out};
    TRY(exchange(dirfd, name, c, &r, &fd, e));
    *ret_status = r.parser.status_code;
    return 0;
}
