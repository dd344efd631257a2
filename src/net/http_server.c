#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/http_conn.h"

enum { BACKLOG = 1024, SEND_BUFFER = 131072, HEAD_OUT_MAX = 65536, OTHER_FILES = 1024 };

static const HttpLimits usual_limits = {
    .head_max = 16384,
    .headers_max = 64,
    .body_max = 1 << 20,
    .conns_max = 12000,
    .unix_conns_max = 1000,
    .head_timeout_ms = 10000,
    .idle_timeout_ms = 75000,
    .ping_ms = 30000,
    .stream_queue_max = 1 << 20,
};

static HttpLimits limits_or_usual(const HttpLimits *l) {
    const HttpLimits *d = &usual_limits;
    if (!l) return *d;
    return (HttpLimits){
        .head_max = l->head_max ? l->head_max : d->head_max,
        .headers_max = l->headers_max ? l->headers_max : d->headers_max,
        .body_max = l->body_max ? l->body_max : d->body_max,
        .conns_max = l->conns_max ? l->conns_max : d->conns_max,
        .unix_conns_max = l->unix_conns_max ? l->unix_conns_max : d->unix_conns_max,
        .head_timeout_ms = l->head_timeout_ms ? l->head_timeout_ms : d->head_timeout_ms,
        .idle_timeout_ms = l->idle_timeout_ms ? l->idle_timeout_ms : d->idle_timeout_ms,
        .ping_ms = l->ping_ms ? l->ping_ms : d->ping_ms,
        .stream_queue_max = l->stream_queue_max ? l->stream_queue_max : d->stream_queue_max,
    };
}

/* When no descriptor is left, a connection is closed without an answer, whichever socket it used. So the share of TCP
 * leaves room for the other share and for the files of the whole process. */
static int tcp_max(const HttpLimits *l) {
    struct rlimit files;
    int64_t others = OTHER_FILES + l->unix_conns_max;
    if (getrlimit(RLIMIT_NOFILE, &files) < 0 || files.rlim_cur == RLIM_INFINITY) return l->conns_max;
    int64_t left = (int64_t)files.rlim_cur - others;
    if (left < (int64_t)files.rlim_cur / 4) left = (int64_t)files.rlim_cur / 4;
    return left < l->conns_max ? (int)left : l->conns_max;
}

static void on_tick(Timer *t) { http_check_due(container_of(t, HttpServer, tick)); }

int http_server_new(Loop *l, const HttpLimits *limits, const HttpHandler *h, HttpServer **ret, Err *e) {
    HttpLimits effective = limits_or_usual(limits);
    if (effective.headers_max < 0 || effective.conns_max < 0 || effective.unix_conns_max < 0) {
        return err_fail(e, ERR_INVALID, "a limit of the HTTP server is negative");
    }
    HttpServer *s = mu_new(HttpServer);
    s->loop = l;
    s->limits = effective;
    s->handler = *h;
    s->shares[false].max = tcp_max(&effective);
    s->shares[true].max = effective.unix_conns_max;
    for (int i = 0; i < 2; i++) list_init(&s->shares[i].quiet);
    list_init(&s->listeners);
    list_init(&s->ws_dirty);
    for (int i = 0; i < HTTP_STATES; i++) list_init(&s->states[i]);
    buf_init(&s->scratch, HEAD_OUT_MAX);
    buf_init(&s->usual, HEAD_OUT_MAX);
    http_print_usual(s);
    timer_init(l, &s->tick, on_tick);
    s->n_handles = 1;
    *ret = s;
    return 0;
}

/* Listening. */

static void on_connection(uv_stream_t *stream, int status) {
    if (status == 0) http_conn_accept(stream->data);
}

static void on_listener_closed(uv_handle_t *h) {
    HttpListener *l = h->data;
    HttpServer *s = l->server;
    fd_closep(&l->dirfd);
    free(l->name);
    free(l);
    s->n_handles--;
    http_server_check_done(s);
}

static void close_listener(HttpListener *l) {
    list_remove(&l->link);
    if (l->name) unlinkat(l->dirfd, l->name, 0);
    uv_close(&l->uv.handle, on_listener_closed);
}

static HttpListener *listener_new(HttpServer *s, bool is_unix) {
    HttpListener *l = mu_new(HttpListener);
    l->server = s;
    l->is_unix = is_unix;
    l->dirfd = -1;
    if (is_unix) {
        uv_pipe_init(loop_uv(s->loop), &l->uv.pipe, 0);
    } else {
        uv_tcp_init(loop_uv(s->loop), &l->uv.tcp);
    }
    l->uv.handle.data = l;
    list_add_last(&s->listeners, &l->link);
    s->n_handles++;
    return l;
}

/* Accepted sockets inherit these. Without a bound the kernel buffers megabytes for a client that does not read, and the
 * limit of our own queue would be meaningless. */
static void bound_sends(HttpListener *l) {
    uv_os_fd_t fd;
    int size = SEND_BUFFER, on = 1;
    if (uv_fileno(&l->uv.handle, &fd) < 0) return;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    if (!l->is_unix) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static int start_tcp(HttpListener *l, const struct sockaddr *address, int *ret_port) {
    unsigned flags = address->sa_family == AF_INET6 ? UV_TCP_IPV6ONLY : 0;
    TRY(uv_tcp_bind(&l->uv.tcp, address, flags));
    bound_sends(l);
    TRY(uv_listen(&l->uv.stream, BACKLOG, on_connection));
    struct sockaddr_storage bound = {0};
    int n = sizeof bound;
    TRY(uv_tcp_getsockname(&l->uv.tcp, (struct sockaddr *)&bound, &n));
    in_port_t port = bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&bound)->sin6_port
                                                 : ((struct sockaddr_in *)&bound)->sin_port;
    *ret_port = ntohs(port);
    return 0;
}

int http_listen_tcp(HttpServer *s, const char *address, int port, int *ret_port, Err *e) {
    struct sockaddr_storage at = {0};
    bool is_known = port >= 0 && port <= 65535 &&
                    (uv_ip4_addr(address, port, (struct sockaddr_in *)&at) == 0 ||
                     uv_ip6_addr(address, port, (struct sockaddr_in6 *)&at) == 0);
    if (!is_known) return err_fail(e, ERR_INVALID, "%s port %d is not an address to listen on", address, port);
    HttpListener *l = listener_new(s, false);
    int r = start_tcp(l, (struct sockaddr *)&at, ret_port);
    if (r == 0) return 0;
    close_listener(l);
    if (r == UV_EADDRINUSE) return err_fail(e, ERR_CONFLICT, "port %d of %s is already in use", port, address);
    return err_fail(e, ERR_INTERNAL, "cannot listen on %s port %d: %s", address, port, uv_strerror(r));
}

/* The mode is set between bind and listen, because no client can connect before the listen. */
static int bind_unix(int fd, int dirfd, const char *name, Err *e) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int n = snprintf(at.sun_path, sizeof at.sun_path, "/proc/self/fd/%d/%s", dirfd, name);
    if (n >= (int)sizeof at.sun_path) return err_fail(e, ERR_INVALID, "the socket name %s is too long", name);
    if (unlinkat(dirfd, name, 0) < 0 && errno != ENOENT) return err_sys(e, "cannot remove the old socket %s", name);
    if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0) return err_sys(e, "cannot bind the socket %s", name);
    if (fchmodat(dirfd, name, 0600, 0) < 0) return err_sys(e, "cannot set the mode of the socket %s", name);
    return 0;
}

int http_listen_unix(HttpServer *s, int dirfd, const char *name, Err *e) {
    CLEANUP(fd_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return err_sys(e, "cannot create a Unix socket");
    TRY(bind_unix(fd, dirfd, name, e));
    HttpListener *l = listener_new(s, true);
    l->dirfd = fcntl(dirfd, F_DUPFD_CLOEXEC, 0);
    l->name = mu_strdup(name);
    int r = uv_pipe_open(&l->uv.pipe, fd);
    if (r == 0) TAKE_FD(fd);
    if (r == 0) bound_sends(l);
    if (r == 0) r = uv_listen(&l->uv.stream, BACKLOG, on_connection);
    if (r == 0) return 0;
    close_listener(l);
    return err_fail(e, ERR_INTERNAL, "cannot listen on the socket %s: %s", name, uv_strerror(r));
}

void http_server_figures(const HttpServer *s, HttpFigures *ret) {
    *ret = (HttpFigures){.n_open = s->shares[false].n_open + s->shares[true].n_open - s->n_taken,
                         .n_sockets = s->n_taken,
                         .n_upgraded = s->n_upgraded};
}

/* Stopping. */

static void on_tick_closed(Timer *t) {
    HttpServer *s = container_of(t, HttpServer, tick);
    s->n_handles--;
    http_server_check_done(s);
}

/* The timer is closed last: until then it limits the time of the remaining clients. */
void http_server_check_done(HttpServer *s) {
    if (s->n_conns > 0) return;
    if (!s->is_stopping) {
        timer_stop(&s->tick);
    } else if (s->n_handles == 0) {
        s->on_stopped(s->stopped_arg);
    } else if (!s->tick_closes) {
        s->tick_closes = true;
        timer_close(&s->tick, on_tick_closed);
    }
}

/* Enters its state again, because its remaining time has changed. */
static void stop_conn(HttpConn *c) {
    http_conn_enter(c, (HttpState)c->state);
    c->closes_after = true;
    bool is_upload = c->state == CONN_BODY && c->x->parse.has_sink; /* may last long, and nothing has been done yet */
    if (c->state == CONN_IDLE || c->state == CONN_STREAM || is_upload) http_conn_close(c);
    if (c->state == CONN_UPGRADED) c->takeover->on_stop(c->takeover_arg);
}

static void stop_state(HttpServer *s, HttpState state) {
    List *in_state = &s->states[state], now;
    list_init(&now);
    while (!list_is_empty(in_state)) {
        List *n = in_state->next;
        list_remove(n);
        list_add_last(&now, n);
    }
    HttpConn *c;
    while ((c = list_first(&now, HttpConn, link))) stop_conn(c);
}

void http_server_stop(HttpServer *s, void (*on_done)(void *arg), void *arg) {
    s->is_stopping = true;
    s->on_stopped = on_done;
    s->stopped_arg = arg;
    list_each(&s->listeners, HttpListener, link, l) close_listener(l);
    for (int i = 0; i < CONN_GONE; i++) stop_state(s, (HttpState)i);
    http_server_check_done(s);
}

void http_server_free(HttpServer *s) {
    if (!s) return;
    while (s->n_spare > 0) {
        HttpExchange *x = s->spare[--s->n_spare];
        http_parse_done(&x->parse);
        free(x);
    }
    buf_done(&s->scratch);
    buf_done(&s->usual);
    free(s);
}
