/* JSON-RPC: what each kind of line is, and what is written. */
#include "adapter/jsonrpc.h"
#include "base/mem.h"
#include "base/test.h"

static const struct {
    const char *line;
    int kind;
    const char *id, *method;
} lines[] = {
    {"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"m\",\"params\":{}}", RPC_REQUEST, "7", "m"},
    {"{\"method\":\"m\",\"params\":{},\"id\":\"a-1\"}", RPC_REQUEST, "\"a-1\"", "m"},
    {"{\"method\":\"m\",\"id\":0}", RPC_REQUEST, "0", "m"},
    {"{\"method\":\"m\"}", RPC_NOTIFICATION, "", "m"},
    {"{\"method\":\"m\",\"id\":null}", RPC_NOTIFICATION, "", "m"},
    {"{\"result\":{},\"id\":3}", RPC_RESULT, "3", ""},
    {"{\"id\":3,\"result\":null}", RPC_RESULT, "3", ""},
    {"{\"id\":3,\"error\":{\"code\":-32601,\"message\":\"no\"}}", RPC_ERROR, "3", ""},
    {"{\"id\":null,\"error\":{\"code\":-32700,\"message\":\"no\"}}", RPC_ERROR, "", ""},
    {"{\"id\":3}", RPC_OTHER, "3", ""},
    {"{\"id\":1.5,\"method\":\"m\"}", RPC_OTHER, "", "m"},
    {"{\"id\":{},\"result\":1}", RPC_OTHER, "", ""},
    {"[]", RPC_OTHER, "", ""},
};

TEST(a_line_is_a_request_a_notification_or_an_answer) {
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        Err e = {0};
        Json *root;
        JsonRpc rpc;
        CHECK_OK(json_parse(a, str(lines[i].line), JSON_DEPTH_MAX, &root, &e), e);
        jsonrpc_read(root, &rpc);
        CHECK_I64(rpc.kind, lines[i].kind);
        CHECK_STR(rpc.id, lines[i].id);
        CHECK_STR(rpc.method, lines[i].method);
    }
}

TEST(messages_are_one_line_each_with_the_id_as_it_came) {
    Err e = {0};
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 4096);
    JsonRpcOut m = jsonrpc_begin(&b, &(JsonRpcHead){.has_version = true, .id = STR("7"), .method = "a/b"});
    json_kv_i64(&m.json, "n", 1);
    CHECK_OK(jsonrpc_end(&m, &e), e);
    m = jsonrpc_begin(&b, &(JsonRpcHead){.method = "c"});
    CHECK_OK(jsonrpc_end(&m, &e), e);
    m = jsonrpc_begin(&b, &(JsonRpcHead){.id = STR("\"x\"")});
    CHECK_OK(jsonrpc_end(&m, &e), e);
    JsonRpcRefusal no = {RPC_NO_METHOD, STR("no \"such\" method")};
    CHECK_OK(jsonrpc_refuse(&b, &(JsonRpcHead){.has_version = true, .id = STR("0")}, &no, &e), e);
    CHECK_STR(buf_str(&b),
              "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"a/b\",\"params\":{\"n\":1}}\n"
              "{\"method\":\"c\",\"params\":{}}\n"
              "{\"id\":\"x\",\"result\":{}}\n"
              "{\"jsonrpc\":\"2.0\",\"id\":0,\"error\":{\"code\":-32601,\"message\":\"no \\\"such\\\" method\"}}\n");
}

TEST(a_message_that_does_not_fit_leaves_nothing_behind) {
    Err e = {0};
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 20);
    buf_add_str(&b, STR("before\n"));
    JsonRpcOut m = jsonrpc_begin(&b, &(JsonRpcHead){.id = STR("7"), .method = "a/long/method"});
    CHECK_ERR(jsonrpc_end(&m, &e), e, ERR_TOO_LARGE);
    CHECK_STR(buf_str(&b), "before\n");
}
