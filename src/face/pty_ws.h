/* The terminal socket of the agent manager's own clients: /ws/pty/{agentId}.
 *
 * In: binary messages are keys; the text {"type":"resize","rows","cols"} sets the size, any other text is keys too. Out:
 * binary messages, the raw bytes: the last MiB of the newest launch's output in pieces of 4,096 bytes, then what follows. It
 * is closed with 1000 when the program has ended and all of it was sent, and with 4404 `no terminal` for an agent that has
 * none. Loop thread.
 */
#pragma once

#include "core/app.h"

typedef struct HttpRequest HttpRequest;
typedef struct Principal Principal;

#define PTY_WS_PATH "/ws/pty/"
void pty_ws_accept(App *app, HttpRequest *r, const Principal *who);
