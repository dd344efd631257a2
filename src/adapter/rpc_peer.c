#include "adapter/rpc_peer.h"

#include "adapter/emit.h"
#include "adapter/kept.h"
#include "base/mem.h"

static void read_line(const RpcPeer *p, AdapterState *st, const AdapterLine *l, const AdapterSink *sink) {
    JsonRpc rpc = {0};
    Json *root;
    if (!l->is_cut && json_parse(st->scratch, l->bytes, JSON_DEPTH_MAX, &root, NULL) == 0) jsonrpc_read(root, &rpc);
    if (rpc.kind == RPC_OTHER)
        emit_unknown(sink, st->scratch, (Str){0}, l->bytes);
    else
        p->heard(st, &rpc, l, sink);
}

void rpc_peer_line(const RpcPeer *p, AdapterState *st, const AdapterLine *l, const AdapterSink *sink) {
    Str *tail = p->error_tail(st->s);
    arena_reset(st->scratch);
    if (l->channel == ADAPTER_STDERR)
        *tail = kept_tail(*tail, l->bytes, p->stderr_max, st->scratch, st->keep);
    else if (str_trim(l->bytes).n)
        read_line(p, st, l, sink);
    kept_tidy(st);
}

void rpc_peer_input(const RpcPeer *p, AdapterState *st, Str bytes, const AdapterSink *sink) {
    Str line;
    while (str_split(&bytes, '\n', &line)) {
        Json *root;
        JsonRpc rpc;
        arena_reset(st->scratch);
        if (json_parse(st->scratch, line, JSON_DEPTH_MAX, &root, NULL) < 0) continue;
        jsonrpc_read(root, &rpc);
        p->told(st, &rpc, sink);
    }
    kept_tidy(st);
}

void rpc_peer_take(void *items, size_t *n, size_t size, size_t at) {
    char *p = items;
    --*n;
    memmove(p + at * size, p + (at + 1) * size, (*n - at) * size);
}

void rpc_peer_end(const RpcEnd *end, const AdapterSink *sink) {
    EvExit v = {.is_clean = end->is_stop || end->code == 0};
    if (end->code >= 0)
        GIVE(EvExit, &v, code, end->code);
    else
        GIVE(EvExit, &v, signal, end->signal);
    if (!end->has_session) GIVE(EvExit, &v, before_session, true);
    if (!v.is_clean && end->code >= 0) v.text = str_trim(end->error_tail);
    sink->event(sink->arg, EV_KIND_EXIT, &v);
}
