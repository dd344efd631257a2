/* Listeners and the number of their connections. Only files of net/ include this. */
#pragma once

#include "base/list.h"
#include "sys/loop.h"

typedef struct HttpServer HttpServer;

typedef struct HttpListener {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;
    HttpServer *server;
    List link; /* HttpServer.listeners */
    bool is_unix;
    int dirfd;  /* of a Unix socket: owned */
    char *name; /* of a Unix socket: owned, removed at stop */
} HttpListener;

/* The share of connections of one kind of socket. */
typedef struct HttpShare {
    int n_open; /* not yet closed */
    int max;
    List quiet; /* HttpConn.quiet, oldest first */
} HttpShare;
