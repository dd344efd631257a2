/* What the ACP adapters write while they read: the requests of the handshake, and answers that no person gives. */
#include "adapter/acp_int.h"
#include "base/mem.h"

enum { REPLY_MAX = 64 * 1024 };

static void reply(AcpLine *l, JsonRpcOut *m, Buf *b) {
    if (jsonrpc_end(m, NULL) == 0) l->sink->reply(l->sink->arg, buf_str(b));
}

void acp_reply_refusal(AcpLine *l, int code, Str message) {
    CLEANUP(buf_done) Buf b;
    JsonRpcHead head = {.has_version = true, .id = l->rpc.id};
    buf_init(&b, REPLY_MAX);
    if (jsonrpc_refuse(&b, &head, &(JsonRpcRefusal){code, message}, NULL) == 0)
        l->sink->reply(l->sink->arg, buf_str(&b));
}

/* The protocol's way to say that this client offers no servers of its own. */
static void put_folder(JsonOut *o, const AcpState *s) {
    json_kv_str(o, "cwd", s->folder);
    json_key(o, STR("mcpServers"));
    json_begin_array(o);
    json_end_array(o);
}

void acp_reply_open(AcpLine *l, AcpStep step) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, REPLY_MAX);
    JsonRpcOut m = acp_begin(&b, STR("\"muster-session\""), enum_word(&AcpStep_enum, (int)step));
    if (step != STEP_NEW) json_kv_str(&m.json, "sessionId", l->s->wanted);
    put_folder(&m.json, l->s);
    reply(l, &m, &b);
}

void acp_reply_list(AcpLine *l) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, REPLY_MAX);
    JsonRpcOut m = acp_begin(&b, STR("\"muster-list\""), enum_word(&AcpStep_enum, STEP_LIST));
    json_kv_str(&m.json, "cwd", l->s->folder);
    reply(l, &m, &b);
}

void acp_reply_mode(AcpLine *l, Str mode) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, REPLY_MAX);
    JsonRpcOut m = acp_begin_mode(&b, STR("\"muster-mode\""), l->s, mode);
    reply(l, &m, &b);
}

void acp_reply_model(AcpLine *l, Str model) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, REPLY_MAX);
    JsonRpcOut m = acp_begin_model(&b, STR("\"muster-model\""), l->s, model);
    reply(l, &m, &b);
}

void acp_reply_choice(AcpLine *l, Str option_id) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, REPLY_MAX);
    JsonRpcOut m = acp_begin(&b, l->rpc.id, NULL);
    acp_put_choice(&m.json, option_id);
    reply(l, &m, &b);
}
