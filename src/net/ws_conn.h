/* Internal to the WebSocket code: one connection. Only files of net/ include this. */
#pragma once

#include "net/http_conn.h"
#include "net/ws_parse.h"

struct WsFrame {
    uint32_t n_refs;
    uint8_t head_n;
    size_t n; /* head and payload */
    char bytes[];
};

enum { WS_WRITEV_MAX = 64 };

struct WsConn {
    HttpConn *http;
    const WsHandler *handler;
    void *arg;
    List dirty;      /* HttpServer.ws_dirty */
    WsFrame **queue; /* owned ring of `cap` (a power of two); NULL until something is queued */
    uint32_t cap, first, n;
    uint32_t frames_max;
    size_t bytes_max;
    size_t queued_bytes; /* of frames not yet completely sent */
    size_t first_sent;   /* bytes sent of the first frame */
    WsFrame *pong;       /* the answer to the latest ping while the queue is blocked; owned */
    WsParse parse;
    uint8_t n_unheard; /* pings due since the last input from the client */
    uint16_t code;     /* the code for on_closed; 0 while open */
    bool close_sent;   /* our close is in the queue, as its last frame */
    bool close_got;    /* further input from the client is ignored */
    bool is_blocked;   /* a write waits for the socket and owns the first frames */
    bool wants_drain;
    bool is_new; /* bytes that arrived with the handshake may be pending */
};

/* ws_queue.c */
void ws_queue_add(WsConn *w, WsFrame *f); /* takes another reference; ignores the caps */
void ws_queue_done(WsConn *w);
void ws_touch(WsConn *w); /* flushes it at the end of the turn */
