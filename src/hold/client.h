/* Clients: the listening socket and the daemon's connections. One is served; a second may be sending its hello and then
 * replaces the first. Everything is non-blocking and bounded; a client that breaks the protocol is disconnected.
 */
#pragma once

#include "base/err.h"
#include "base/holdwire.h"

typedef struct Client {
    int fd; /* -1 = none */
    Buf in, out;
} Client;

typedef struct Clients {
    int listen_fd;
    Client served, greeting;
    const char *launch, *nonce; /* borrowed; what a hello must contain */
} Clients;

/* Creates `sock` in the launch's folder. */
int clients_open(Clients *cs, int dirfd, Err *e);
void clients_close(Clients *cs, int dirfd);

/* Accepts a connection from the same uid as the greeting one. */
void clients_accept(Clients *cs);
void client_close(Client *c);
/* Reads what has arrived. False: the peer is gone, or sends faster than it is read. */
bool client_read(Client *c);
/* The next whole message. HOLD_BAD: close the connection. client_drop releases the message. */
HoldCond client_next(const Client *c, HoldMsg *ret, size_t *ret_size);
static inline void client_drop(Client *c, size_t size) { buf_drop(&c->in, size); }
/* True: the greeting client sent the right hello and is now the served one (the old one is closed). */
bool clients_greet(Clients *cs, const HoldMsg *m);

/* Queues a message and tries to send it. A client whose queue is full is disconnected. */
void client_send(Client *c, const HoldMsg *m);
bool client_flush(Client *c);
static inline bool client_is_open(const Client *c) { return c->fd >= 0; }
static inline bool client_wants_write(const Client *c) { return c->out.n > 0; }
