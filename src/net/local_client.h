/* A blocking HTTP/1.1 client over a Unix socket, for the command line. One request, one connection. */
#pragma once

#include "base/err.h"
#include "base/str.h"

typedef struct LocalCall {
    const char *method;
    Str target;          /* path and query, percent-encoded */
    Str body;            /* JSON; empty = none */
    Str idempotency_key; /* empty = none */
    int64_t timeout_ms;
    const char *ws_key, *ws_protocol; /* local_client_upgrade: RFC 6455 4.1; the others: NULL */
    int64_t file_bytes;               /* the body is a file of that size, read from file_fd; 0: it is not */
    int file_fd;
} LocalCall;

/* Sends the request and reads the answer's body into *out. ERR_NOT_FOUND: no daemon listens there. ERR_TIMEOUT. */
int local_client_call(int dirfd, const char *name, const LocalCall *c, int *ret_status, Buf *out, Err *e);
/* The answer to a call that may take over the connection. */
typedef struct LocalAnswer {
    int status;
    int fd;  /* the caller's, or -1 */
    Buf out; /* the body; initialised by the caller, owned */
} LocalAnswer;
/* Requests a WebSocket: 101, or a refusal with its body. */
int local_client_upgrade(int dirfd, const char *name, const LocalCall *c, LocalAnswer *ret, Err *e);
/* Sends all of it, or ERR_TIMEOUT. */
int local_client_send(int fd, Str bytes, int64_t timeout_ms, Err *e);
