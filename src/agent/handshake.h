/* Agents whose CLI never opens its session: they are stopped after agent.handshake_seconds, and their status says why. Their
 * prompts wait for the next start. Only of CLIs that open it themselves: others have their prompt at once. */
#pragma once

#include "base/clock.h"
#include "core/app.h"

typedef struct DbConn DbConn;
typedef struct Err Err;
typedef struct HandshakeWatch HandshakeWatch;

/* Loop thread. A launch that an earlier daemon started gets the whole time again. */
HandshakeWatch *handshake_watch_start(App *app);
void handshake_watch_stop(HandshakeWatch *w); /* NULL is fine */
void handshake_watch_free(HandshakeWatch *w); /* after the loop has ended; NULL is fine */
/* Stops those that began before. Worker. */
int handshake_end_silent(App *app, DbConn *db, TimeUs began_before, Err *e);
