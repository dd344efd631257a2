/* See jsonrpc.h. */
#include "adapter/jsonrpc.h"

#include "base/mem.h"

static bool is_id(const Json *id) { return json_is(id, JSON_INT) || json_is(id, JSON_STRING); }

/* Section 4 of the specification: a request has a method and an id, a notification only a method, an answer only an id.
 * An error may have the id null, if its request could not be read. */
void jsonrpc_read(const Json *message, JsonRpc *ret) {
    const Json *id = json_get(message, "id"), *error = json_get(message, "error");
    Str method = json_str(message, "method");
    bool has_error = json_is(error, JSON_OBJECT), has_id = is_id(id);
    *ret = (JsonRpc){.kind = RPC_OTHER,
                     .id = has_id ? id->raw : (Str){0},
                     .method = method,
                     .params = json_get(message, "params"),
                     .result = json_get(message, "result"),
                     .error = has_error ? error : NULL};
    if (id && !has_id && id->type != JSON_NULL) return;
    if (method.n)
        ret->kind = has_id ? RPC_REQUEST : RPC_NOTIFICATION;
    else if (has_error)
        ret->kind = RPC_ERROR;
    else if (has_id && ret->result)
        ret->kind = RPC_RESULT;
}

static void begin_message(JsonOut *o, const JsonRpcHead *h) {
    json_begin_object(o);
    if (h->has_version) json_kv_str(o, "jsonrpc", STR("2.0"));
    if (h->id.n) json_kv_raw(o, "id", h->id);
}

JsonRpcOut jsonrpc_begin(Buf *out, const JsonRpcHead *h) {
    JsonRpcOut m = {json_out(out), out->n};
    begin_message(&m.json, h);
    if (h->method) json_kv_str(&m.json, "method", str(h->method));
    json_key(&m.json, h->method ? STR("params") : STR("result"));
    json_begin_object(&m.json);
    return m;
}

static int end_line(Buf *out, size_t before, Err *e) {
    buf_add_c(out, '\n');
    if (!out->failed) return 0;
    out->n = before;
    return err_fail(e, ERR_TOO_LARGE, "this is more than can be sent to the agent at once");
}

int jsonrpc_end(JsonRpcOut *m, Err *e) {
    json_end_object(&m->json);
    json_end_object(&m->json);
    return end_line(m->json.buf, m->before, e);
}

int jsonrpc_refuse(Buf *out, const JsonRpcHead *h, const JsonRpcRefusal *r, Err *e) {
    size_t before = out->n;
    JsonOut o = json_out(out);
    begin_message(&o, h);
    json_key(&o, STR("error"));
    json_begin_object(&o);
    json_kv_i64(&o, "code", r->code);
    json_kv_str(&o, "message", r->message);
    json_end_object(&o);
    json_end_object(&o);
    return end_line(out, before, e);
}

int jsonrpc_check_session(Str session_id, Err *e) {
    return session_id.n ? 0 : err_fail(e, ERR_CONFLICT, "the agent has not opened its session yet");
}

void jsonrpc_put_client(JsonOut *o) {
    json_key(o, STR("clientInfo"));
    json_begin_object(o);
    json_kv_str(o, "name", STR("muster"));
    json_kv_str(o, "title", STR("Muster"));
    json_kv_str(o, "version", STR("1"));
    json_end_object(o);
}

Str jsonrpc_id(Arena *a, int64_t number) { return arena_fmt(a, "%lld", (long long)number); }
