/* Inside of the WebSocket side: one connection. Only files of net/ include this. */
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
    WsFrame **queue; /* owned ring of `cap` (a power of two); NULL while nothing was ever queued */
    uint32_t cap, first, n;
    uint32_t frames_max;
    size_t bytes_max;
    size_t queued_bytes; /* of frames not yet sent whole */
    size_t first_sent;   /* bytes of the first frame that are sent */
    WsFrame *pong;       /* the answer to the latest ping while the queue takes none; owned */
    WsParse parse;
    uint8_t n_unheard; /* pings due since the client was heard last */
    uint16_t code;     /* what on_closed will say; 0 while open */
    bool close_sent;   /* our close stands in the queue, the last frame in it */
    bool close_got;    /* nothing of the client is of interest any more */
    bool is_blocked;   /* a write waits for the socket: the first frames belong to it */
    bool wants_drain;
    bool is_new; /* bytes that came with the handshake may wait */
};

/* ws_queue.c */
void ws_queue_add(WsConn *w, WsFrame *f); /* takes a reference of its own; no caps */
void ws_queue_done(WsConn *w);
void ws_touch(WsConn *w); /* will be flushed at the end of the turn */
