/* JSON-RPC 2.0 over lines, both ways: one object a line. Pure functions; what the methods mean belongs to the adapters.
 *
 * An id is kept as its JSON text (7, "a-1") and written back as it came. Ids of our requests and of the peer's are two
 * separate name spaces. Members may come in any order. Some peers leave out `jsonrpc` in both directions.
 */
#pragma once

#include "base/json.h"

typedef struct JsonRpc {
    enum { RPC_OTHER, RPC_REQUEST, RPC_NOTIFICATION, RPC_RESULT, RPC_ERROR } kind; /* other: not a message at all */
    Str id;                                                                        /* {NULL,0} in a notification */
    Str method;                                                                    /* {NULL,0} in an answer */
    const Json *params;                                                            /* or NULL, as the next two */
    const Json *result;
    const Json *error;
} JsonRpc;

enum { RPC_NO_METHOD = -32601, RPC_BAD_PARAMS = -32602, RPC_INTERNAL = -32603 };

/* Borrows from the message. An id that is neither a whole number nor text makes it RPC_OTHER. */
void jsonrpc_read(const Json *message, JsonRpc *ret);

/* A message being written. begin opens `params` (a request or, without an id, a notification) or `result` (an answer:
 * no method) as an object, which the caller fills; end closes it and ends the line. */
typedef struct JsonRpcHead {
    bool has_version; /* writes `jsonrpc` */
    Str id;           /* its JSON text */
    const char *method;
} JsonRpcHead;
typedef struct JsonRpcOut {
    JsonOut json;
    size_t before;
} JsonRpcOut;
JsonRpcOut jsonrpc_begin(Buf *out, const JsonRpcHead *h);
/* ERR_TOO_LARGE: it did not fit, and nothing of it is left in the buffer. */
int jsonrpc_end(JsonRpcOut *m, Err *e);
/* The answer to a request that is refused; its method is not used. */
typedef struct JsonRpcRefusal {
    int code;
    Str message;
} JsonRpcRefusal;
int jsonrpc_refuse(Buf *out, const JsonRpcHead *h, const JsonRpcRefusal *r, Err *e);
int jsonrpc_check_session(Str session_id, Err *e); /* ERR_CONFLICT: the peer has not opened it yet */
/* The member with which Muster introduces itself to a peer. */
void jsonrpc_put_client(JsonOut *o);
/* A whole number as an id. */
Str jsonrpc_id(Arena *a, int64_t number);
