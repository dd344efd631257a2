/* Internal to the HTTP server: one connection and its states. Only files of net/ include this.
 *
 * A connection is in exactly one state. Each state has a fixed timeout, so its list is sorted by due time and one
 * timer checks only the heads of the lists. The connection is freed when its socket is closed and no handler holds its
 * request any more.
 */
#pragma once

#include "net/http_listen.h"
#include "net/http_parse.h"
#include "sys/loop.h"

typedef enum HttpState {
    CONN_IDLE, /* between requests; holds no buffer */
    CONN_HEAD, /* a request has started */
    CONN_BODY,
    CONN_HANDLER,      /* the owner has the request */
    CONN_STREAM,       /* a streamed answer is open */
    CONN_WRITE,        /* the rest of an answer waits for the client */
    CONN_LINGER,       /* our side is shut; input is dropped, so that a reset does not lose the last answer */
    CONN_UPGRADED,     /* taken over by another protocol */
    CONN_UPGRADED_END, /* taken over, and closing */
    CONN_GONE,
    HTTP_STATES
} HttpState;

/* The request in progress, with its buffers. Kept on a small stack of the server between requests. */
typedef struct HttpExchange {
    HttpRequest r;
    HttpParse parse;
} HttpExchange;

/* Callbacks of a protocol that took a connection over. */
typedef struct HttpTakeover {
    void (*on_input)(void *arg, char *bytes, size_t n); /* bytes may be changed in place */
    void (*on_due)(void *arg);                          /* every ping_ms */
    void (*on_stop)(void *arg);                         /* the server stops */
    void (*on_gone)(void *arg);                         /* the last call */
} HttpTakeover;

struct HttpConn {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;
    HttpServer *server;
    List link;  /* HttpServer.states[state] */
    List quiet; /* HttpServer.shares[is_unix].quiet, until its first byte */
    int64_t due_ms;
    HttpExchange *x;    /* owned; NULL between requests */
    HttpStream *stream; /* owned by its holder */
    const HttpTakeover *takeover;
    void *takeover_arg;
    Buf pending;       /* bytes read while the previous request is being answered; owned */
    size_t write_mark; /* bytes queued when the write timeout was last set */
    int32_t peer_pid, peer_uid;
    uint64_t peer_start;
    uint8_t state; /* HttpState */
    bool is_unix;
    bool is_reading;
    bool is_consuming; /* inside consume, which handles the remaining bytes itself */
    bool closes_after; /* the answer in progress is the last one */
    bool peer_ended;   /* the client has shut down its side */
    bool is_closed;    /* the socket is closed */
};

enum { HTTP_READ_MAX = 65536, HTTP_SPARE_MAX = 8 };

struct HttpServer {
    Loop *loop;
    HttpLimits limits;
    HttpHandler handler;
    List listeners;
    List states[HTTP_STATES];
    Timer tick;
    HttpExchange *spare[HTTP_SPARE_MAX];
    int n_spare;
    HttpShare shares[2]; /* TCP, Unix */
    int n_conns;         /* not yet freed */
    int64_t n_taken;     /* taken over by another protocol, and not yet closed */
    int64_t n_upgraded;  /* taken over so far */
    int n_handles;       /* listeners and the timer, while open */
    bool is_stopping;
    bool tick_closes;
    void (*on_stopped)(void *arg);
    void *stopped_arg;
    List ws_dirty; /* WsConn.dirty: touched in this turn */
    bool ws_flush_waits;
    Buf scratch; /* the head of the answer being written */
    Buf usual;   /* handler.usual in wire format */
    int64_t date_s;
    char date[32];                /* date_s as in "Sun, 06 Nov 1994 08:49:37 GMT" */
    char read_buf[HTTP_READ_MAX]; /* shared by all connections: filled and used up within one callback */
};

/* http_conn.c */
void http_conn_accept(HttpListener *l);
void http_conn_enter(HttpConn *c, HttpState state);
/* Closes at once and drops queued bytes. The holder of the stream or the protocol is notified in a later turn. */
void http_conn_close(HttpConn *c);
/* The last byte was queued: send it, shut down our side, drop input until the client has shut down its own (or 2 s). */
void http_conn_linger(HttpConn *c);
/* Handles pending bytes, then continues to read. */
void http_conn_resume(HttpConn *c);
void http_conn_release_request(HttpConn *c);
void http_conn_forget_request(HttpConn *c); /* answered after its client had gone */
void http_conn_take_over(HttpConn *c, const HttpTakeover *t, void *arg);
int64_t http_now_ms(const HttpServer *s);
void http_server_check_done(HttpServer *s); /* http_server.c */
/* http_due.c: how long each state may last, and what happens then. */
int64_t http_state_timeout_ms(const HttpServer *s, HttpState state); /* 0: no limit */
int64_t http_tick_ms(const HttpServer *s);
void http_check_due(HttpServer *s);

/* http_write.c: sends up to three slices; queues what the socket does not accept at once. */
typedef enum HttpKeep {
    HTTP_KEEP_COPY,
    HTTP_KEEP_OWNED, /* the last slice is malloc'ed and taken */
    HTTP_KEEP_STATIC /* no slice is ever freed, or the first ones are short and copied and the last is never freed */
} HttpKeep;
void http_conn_send(HttpConn *c, const Str *parts, int n, HttpKeep keep);
static inline size_t http_conn_waiting(const HttpConn *c) { return c->uv.stream.write_queue_size; }

/* http_answer.c */
typedef enum HttpFraming { HTTP_LENGTH, HTTP_CHUNKED, HTTP_UNTIL_CLOSE } HttpFraming;
void http_print_usual(HttpServer *s);                                        /* once, after handler is set */
Str http_answer_head(HttpConn *c, const HttpAnswer *a, HttpFraming framing); /* valid until the next one */
bool http_is_last(const HttpConn *c, const HttpAnswer *a);
void http_refuse(HttpConn *c, HttpRefusal why);
/* For the figures: once per request, as soon as its status is known. */
void http_note_answer(const HttpConn *c, int status);
void http_conn_answered(HttpConn *c); /* the whole answer is queued */
void http_conn_written(HttpConn *c);  /* the queue is empty */

/* http_body.c */
void http_body_leave(HttpParse *p);   /* the sink gets no more */
bool http_body_goes_on(HttpParse *p); /* enough has arrived since the last time */

/* http_stream.c */
void http_stream_progress(HttpStream *s);
void http_stream_lost(HttpStream *s);
