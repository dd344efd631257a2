/* A WebSocket client over a Unix socket, for the command line that follows the daemon. One thread, one connection.
 *
 * It supports only what our own server sends: unfragmented frames (RFC 6455), no extensions. It answers pings.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"

typedef struct LocalWs LocalWs;

/* Connects to `target` with the subprotocol. ERR_NOT_FOUND: no daemon listens there. ERR_BUSY: refused for now. */
int local_ws_open(int dirfd, const char *name, const char *target, const char *protocol, LocalWs **ret, Err *e);
void local_ws_close(LocalWs *w); /* NULL is allowed */
/* For polling: readable when local_ws_read may find something. */
int local_ws_fd(const LocalWs *w);
int local_ws_send(LocalWs *w, Str text, Err *e);
int local_ws_send_bytes(LocalWs *w, Str bytes, Err *e); /* as a binary message */

typedef enum LocalWsCond {
    LOCAL_WS_TEXT,    /* a message */
    LOCAL_WS_BYTES,   /* a binary message */
    LOCAL_WS_NOTHING, /* no complete message yet */
    LOCAL_WS_CLOSED   /* the peer has gone or violated the protocol */
} LocalWsCond;
/* Does not block. The message is borrowed until the next call. */
LocalWsCond local_ws_read(LocalWs *w, Str *ret_text);
