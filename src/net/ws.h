/* WebSocket (RFC 6455): codec and connections that share frames.
 *
 * A WsFrame is immutable, counted, and framed once for all its receivers. A connection queues pointers; those
 * touched in a turn of the loop are flushed once at its end, each with one writev of up to 64 frames. Text must be
 * UTF-8 (close 1007), a message at most message_max (1009), client frames masked (1002). Pings go out on one
 * timer for all; a client silent for 90 s is closed with 1001. Loop thread only.
 */
#pragma once

#include "base/str.h"
#include "net/http.h"

typedef struct WsConn WsConn;
typedef struct WsFrame WsFrame;

typedef enum WsOpcode { WS_TEXT = 1, WS_BINARY = 2, WS_CLOSE = 8, WS_PING = 9, WS_PONG = 10 } WsOpcode;

/* Starts with one reference, the caller's. */
WsFrame *ws_frame_new(WsOpcode op, Str payload);
/* As ws_frame_new of parts joined, without a copy between. */
WsFrame *ws_frame_join(WsOpcode op, const Str *parts, int n);
WsFrame *ws_frame_ref(WsFrame *f);
void ws_frame_unref(WsFrame *f);
Str ws_frame_payload(const WsFrame *f);
CLEANUP_HOOK(WsFrame, ws_frame_unref)

typedef struct WsHandler {
    void (*on_message)(void *arg, WsOpcode op, Str payload);
    void (*on_drain)(void *arg);            /* queue fell below a quarter of its caps */
    void (*on_closed)(void *arg, int code); /* last call; the WsConn is gone after it */
} WsHandler;

typedef struct WsConfig {
    const char *protocol;   /* the subprotocol to answer with, NULL = none */
    size_t message_max;     /* bytes of one incoming message; default 1 MiB */
    int queue_frames_max;   /* outgoing; default 1,024 */
    size_t queue_bytes_max; /* outgoing; default 1 MiB */
} WsConfig;

/* Answers 101 and takes the connection over; r->wants_upgrade must hold. `h` is borrowed for ever, `arg` until
 * on_closed. No callback comes before the next turn. NULL: the client has gone; the request is over. */
WsConn *ws_accept(HttpRequest *r, const WsConfig *c, const WsHandler *h, void *arg);
/* Queues a shared frame (a reference is taken). False when a cap would be passed: nothing was queued, on_drain
 * will follow. On a connection that is closing frames are dropped and true is returned. */
bool ws_send(WsConn *w, WsFrame *f);
bool ws_send_text(WsConn *w, Str text);
void ws_close(WsConn *w, int code, Str reason); /* close handshake; on_closed follows */
bool ws_offers_protocol(const HttpRequest *r, const char *name);
/* The offered subprotocol that starts with `prefix` ("bearer."), without it; {NULL,0} when none. */
Str ws_offered_with_prefix(const HttpRequest *r, const char *prefix);
