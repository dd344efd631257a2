/* A blocking HTTP/1.1 client over a Unix socket, for the command line. One request, one connection. */
#pragma once

#include "base/err.h"
#include "base/str.h"

typedef struct ClientCall {
    const char *method;
    Str target;          /* path and query, percent-encoded */
    Str body;            /* JSON; empty = none */
    Str idempotency_key; /* empty = none */
    int64_t timeout_ms;
} ClientCall;

/* Sends and reads the answer's body into *out. ERR_NOT_FOUND: nobody listens there. ERR_TIMEOUT. */
int client_call(int dirfd, const char *name, const ClientCall *c, int *ret_status, Buf *out, Err *e);
