/* A WebSocket client over a Unix socket, for the command line that follows the daemon. One thread, one connection.
 *
 * It speaks what our own server speaks: text frames that are not split (RFC 6455), no extensions. It answers pings.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"

typedef struct LocalWs LocalWs;

/* Connects to `target` with the subprotocol. ERR_NOT_FOUND: nobody listens there. ERR_BUSY: refused for now. */
int local_ws_open(int dirfd, const char *name, const char *target, const char *protocol, LocalWs **ret, Err *e);
void local_ws_close(LocalWs *w); /* NULL is fine */
/* To wait for what local_ws_read would find. */
int local_ws_fd(const LocalWs *w);
int local_ws_send(LocalWs *w, Str text, Err *e);

typedef enum LocalWsCond {
    LOCAL_WS_TEXT,    /* a message */
    LOCAL_WS_NOTHING, /* nothing whole is there yet */
    LOCAL_WS_CLOSED   /* the other side has gone, or does not speak as it should */
} LocalWsCond;
/* Does not wait. The text is borrowed until the next call. */
LocalWsCond local_ws_read(LocalWs *w, Str *ret_text);
