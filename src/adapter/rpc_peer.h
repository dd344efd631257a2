/* An agent CLI that speaks JSON-RPC over its standard streams: the part of an adapter that does not depend on the methods. Pure
 * functions. */
#pragma once

#include "adapter/adapter.h"
#include "adapter/jsonrpc.h"

typedef struct RpcPeer {
    size_t stderr_max;            /* bytes that are kept of the end of its stderr, */
    Str *(*error_tail)(void *of); /* in this text of the adapter's state */
    /* A message of the CLI, never RPC_OTHER; `line` has its bytes. */
    void (*heard)(AdapterState *st, const JsonRpc *rpc, const AdapterLine *line, const AdapterSink *sink);
    /* A message that was written to it. */
    void (*told)(AdapterState *st, const JsonRpc *rpc, const AdapterSink *sink);
} RpcPeer;

/* `line` and `input` of an adapter. A line that is no message is an unknown event. */
void rpc_peer_line(const RpcPeer *p, AdapterState *st, const AdapterLine *l, const AdapterSink *sink);
void rpc_peer_input(const RpcPeer *p, AdapterState *st, Str bytes, const AdapterSink *sink);

/* Takes the item at `at` out of a list of open requests. */
void rpc_peer_take(void *items, size_t *n, size_t size, size_t at);

typedef struct RpcEnd {
    int code, signal;          /* code -1: a signal ended it */
    bool is_stop, has_session; /* it was asked to end; its session was open */
    Str error_tail;
} RpcEnd;
/* The end of its process. Such programs write about themselves on stderr all the time: that says nothing about a signal. */
void rpc_peer_end(const RpcEnd *end, const AdapterSink *sink);
