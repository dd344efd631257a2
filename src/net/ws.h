/* WebSocket (RFC 6455): codec and connections that share frames.
 *
 * A WsFrame is immutable, reference-counted, and framed once for all its receivers. A connection queues pointers;
 * connections touched in a turn of the loop are flushed at its end, each with one writev of up to 64 frames. Text must
 * be UTF-8 (close 1007), a message at most message_max bytes (1009), client frames masked (1002). One timer sends all
 * pings; a client silent for 90 s is closed with 1001. Loop thread only.
 */
#pragma once

#include "base/str.h"
#include "net/http.h"

typedef struct WsConn WsConn;
typedef struct WsFrame WsFrame;

typedef enum WsOpcode { WS_TEXT = 1, WS_BINARY = 2, WS_CLOSE = 8, WS_PING = 9, WS_PONG = 10 } WsOpcode;

/* Starts with one reference, owned by the caller. */
WsFrame *ws_frame_new(WsOpcode op, Str payload);
/* As ws_frame_new of the joined parts, without an intermediate copy. */
WsFrame *ws_frame_join(WsOpcode op, const Str *parts, int n);
WsFrame *ws_frame_ref(WsFrame *f);
void ws_frame_unref(WsFrame *f);
Str ws_frame_payload(const WsFrame *f);
CLEANUP_HOOK(WsFrame, ws_frame_unref)

typedef struct WsHandler {
    void (*on_message)(void *arg, WsOpcode op, Str payload);
    void (*on_drain)(void *arg);            /* the queue fell below a quarter of its caps */
    void (*on_closed)(void *arg, int code); /* last call; the WsConn is gone after it */
} WsHandler;

typedef struct WsConfig {
    const char *protocol;   /* the subprotocol to answer with, NULL = none */
    size_t message_max;     /* bytes per incoming message; default 1 MiB */
    int queue_frames_max;   /* outgoing; default 1,024 */
    size_t queue_bytes_max; /* outgoing; default 1 MiB */
} WsConfig;

/* Answers 101 and takes over the connection; r->wants_upgrade must be set. `h` is borrowed forever, `arg` until
 * on_closed. No callback before the next turn. NULL: the client has gone and the request is over. */
WsConn *ws_accept(HttpRequest *r, const WsConfig *c, const WsHandler *h, void *arg);
/* Queues a shared frame and takes a reference. False: it would exceed a cap; nothing was queued, and on_drain follows.
 * On a closing connection the frame is dropped and true is returned. */
bool ws_send(WsConn *w, WsFrame *f);
bool ws_send_text(WsConn *w, Str text);
void ws_close(WsConn *w, int code, Str reason); /* close handshake; on_closed follows */
bool ws_offers_protocol(const HttpRequest *r, const char *name);
/* The offered subprotocol that starts with `prefix` ("bearer."), without the prefix; {NULL,0} if none does. */
Str ws_offered_with_prefix(const HttpRequest *r, const char *prefix);
