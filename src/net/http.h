/* HTTP/1.1 server on the loop (RFC 9112), parsed by llhttp with stricter rules. It also refuses folded lines (in
 * trailers too), a space before the colon, a repeated header that may occur once (Host, Authorization, Origin, …), and
 * bare CR or LF.
 *
 * Everything here runs on the loop thread. A connection reads one request at a time: the next pipelined one is not
 * parsed before the answer to this one is queued. A request stays valid until it is answered, even if its client has
 * gone (the answer is then dropped). Limits are in HttpLimits; exceeding one is answered 400, 408, 413, 414, 431 or 503
 * and closes the connection. Methods beyond the usual eight are answered 501, versions other than 1.0 and 1.1 505. An
 * idle connection holds no buffer.
 *
 * TCP and Unix sockets each have a share of the connections, so that neither can shut out the other. When a share is
 * used up, a new connection replaces the oldest one that has not sent anything yet.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"

typedef struct Loop Loop;
typedef struct HttpServer HttpServer;
typedef struct HttpConn HttpConn;

typedef struct HttpLimits {
    size_t head_max;         /* request line and headers; default 16 KiB */
    int headers_max;         /* default 64 */
    size_t body_max;         /* default 1 MiB */
    int conns_max;           /* over TCP; default 12,000, or what the limit of open files leaves. Beyond it: 503 */
    int unix_conns_max;      /* over Unix sockets; default 1,000 */
    int64_t head_timeout_ms; /* first byte to the end of the headers, and for the body; default 10,000 */
    int64_t idle_timeout_ms; /* keep-alive, and a client that reads nothing; default 75,000 */
    int64_t ping_ms;         /* WebSocket pings; three without any input close the connection; default 30,000 */
    size_t stream_queue_max; /* bytes queued in one streamed answer; default 1 MiB */
} HttpLimits;

typedef struct HttpHeader {
    Str name, value;
} HttpHeader;

/* Borrowed text, valid until the answer. */
typedef struct HttpRequest {
    HttpConn *conn;
    Str method; /* "GET" */
    Str host;   /* the authority of an absolute target, else the Host header; {NULL,0} in HTTP/1.0 without one */
    Str path;   /* percent-decoded, starts with '/', no NUL, no "." or ".." segment; or "*", only for OPTIONS */
    Str query;  /* raw, after '?' */
    Str body;
    const HttpHeader *headers;
    int n_headers;
    bool is_unix; /* arrived over the Unix socket: peer_* are its SO_PEERCRED */
    int64_t peer_pid;
    int64_t peer_uid;
    uint64_t peer_start; /* start time of peer_pid when it connected: pids are reused */
    bool wants_upgrade;  /* Upgrade: websocket with a valid key and version */
    int64_t begun_us;    /* monotonic: when it was complete; 0 = it was refused before */
    void *body_arg;      /* of http_body.h: its body went to a sink */
    const char *route;   /* set by the handler: what serves it, a text that lives as long as the server */
} HttpRequest;

typedef struct HttpAnswer {
    int status;
    const char *content_type;  /* NULL with no body */
    Str body;                  /* copied, unless body_owned or body_static */
    char *body_owned;          /* taken (malloc'ed), of body.n bytes */
    bool body_static;          /* body is never freed and never copied */
    int64_t stream_bytes;      /* http_stream_begin: how many will be written; 0: not known */
    const HttpHeader *headers; /* added to the usual ones; copied */
    int n_headers;
    bool close; /* Connection: close */
} HttpAnswer;

enum { HTTP_OWN_MAX = 4 };

typedef struct HttpHandler {
    /* Called once per request when its body is complete. Must lead to exactly one http_answer, http_stream_begin
     * or ws_accept, now or in a later turn. */
    void (*on_request)(void *arg, HttpRequest *r);
    /* Called when the headers are complete; may answer at once (false) to refuse a request before its body is read. */
    bool (*on_head)(void *arg, HttpRequest *r);
    void *arg;
    const HttpHeader *usual; /* headers on every answer (CSP, nosniff, ...); borrowed forever */
    int n_usual;
    /* Additional headers for the answer to one request; returns their number. What they point to must live as long as
     * the request. Not called for a request whose head was refused. May be NULL. */
    int (*own)(void *arg, const HttpRequest *r, HttpHeader ret[HTTP_OWN_MAX]);
    /* Called once per request with the status of its answer, when that is written or a client has gone without it. A
     * malformed request may have an empty method and path. May be NULL. */
    void (*on_answered)(void *arg, const HttpRequest *r, int status);
} HttpHandler;

int http_server_new(Loop *l, const HttpLimits *limits, const HttpHandler *h, HttpServer **ret, Err *e);
/* "127.0.0.1" or "::1", and a port (0 = any). ERR_CONFLICT: the port is in use. *ret_port is the actual port. */
int http_listen_tcp(HttpServer *s, const char *address, int port, int *ret_port, Err *e);
/* A Unix socket at dirfd/name, reached through /proc/self/fd, mode 0600, removed when the server stops. The caller owns
 * the folder: an existing socket of that name is replaced. */
int http_listen_unix(HttpServer *s, int dirfd, const char *name, Err *e);
/* Stops listening; closes idle connections at once, others after their answer, which a client must read within
 * head_timeout_ms, and WebSockets with 1001. on_done follows in a later turn, when all connections are gone. */
void http_server_stop(HttpServer *s, void (*on_done)(void *arg), void *arg);
void http_server_free(HttpServer *s); /* after on_done, not inside it; NULL is allowed */

typedef struct HttpFigures {
    int64_t n_open;     /* connections that speak HTTP */
    int64_t n_sockets;  /* open WebSockets */
    int64_t n_upgraded; /* connections that became a WebSocket since the server was created */
} HttpFigures;
void http_server_figures(const HttpServer *s, HttpFigures *ret);

Str http_header(const HttpRequest *r, const char *name); /* {NULL,0} when absent; case-insensitive */
/* One query parameter, percent-decoded into the arena; false if it is absent or given twice. */
bool http_query(Str query, const char *name, Arena *a, Str *ret);
/* Does a Content-Type (RFC 9110 8.3) name JSON in UTF-8: "application/json", with no charset or that one? */
bool http_is_json(Str content_type);
enum { HTTP_PEER_MAX = 64 };
/* The client's address without its port, "unix" for a Unix socket, "unknown" when it has gone. */
void http_peer(const HttpRequest *r, char out[HTTP_PEER_MAX]);
/* The client runs on this machine: over a Unix socket, or from a loopback address without a header of a proxy
 * (Forwarded, RFC 7239, and its older forms), behind which anybody may be. */
bool http_is_local(const HttpRequest *r);
/* Percent-decodes `s` in place (plus_is_space: as in a query); false at an invalid escape. */
bool http_unescape(char *s, size_t *n, bool plus_is_space);
/* Walks "a=1&b=2"; false at the end or at an invalid escape (*ret_bad). */
bool http_query_next(Str *rest, Arena *a, Str *ret_name, Str *ret_value, bool *ret_bad);

void http_answer(HttpRequest *r, const HttpAnswer *a);
/* A streamed answer (chunked, unless its length is known; to an HTTP/1.0 client until close). on_drain is called after a refused write once less
 * than half of the queue's cap is used; on_gone when the client has left, after which the stream must not be used. */
typedef struct HttpStream HttpStream;
typedef struct HttpStreamHandler {
    void (*on_drain)(void *arg);
    void (*on_gone)(void *arg);
    void *arg;
} HttpStreamHandler;
/* Ends the request like http_answer; `head->body` is ignored. NULL: the client has gone or sent a HEAD request; on_gone
 * is not called then. */
HttpStream *http_stream_begin(HttpRequest *r, const HttpAnswer *head, const HttpStreamHandler *h);
/* False: over the cap; nothing was queued, and on_drain follows. An empty queue accepts one write of any size. */
bool http_stream_write(HttpStream *s, Str bytes);
void http_stream_end(HttpStream *s); /* the last call; no callback follows */
/* Instead of http_stream_end: breaks the connection, so that the client sees a cut answer. For the scripted model. */
void http_stream_abort(HttpStream *s);
