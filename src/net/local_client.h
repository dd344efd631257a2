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
} LocalCall;

/* Sends and reads the answer's body into *out. ERR_NOT_FOUND: nobody listens there. ERR_TIMEOUT. */
int local_client_call(int dirfd, const char *name, const LocalCall *c, int *ret_status, Buf *out, Err *e);
