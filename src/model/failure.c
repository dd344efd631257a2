/* Errors as each service words them. */
#include "base/mem.h"
#include "model/answer.h"

enum { BODY_MAX = 1024 * 1024 };

/* docs.anthropic.com/en/api/errors; platform.openai.com/docs/guides/error-codes; google.rpc.Code. */
typedef struct Words {
    int status;
    const char *anthropic, *openai, *google;
} Words;

static const Words *words_of(int status) {
    static const Words words[] = {
        {400, "invalid_request_error", "invalid_request_error", "INVALID_ARGUMENT"},
        {401, "authentication_error", "invalid_api_key", "UNAUTHENTICATED"},
        {403, "permission_error", "insufficient_permissions", "PERMISSION_DENIED"},
        {404, "not_found_error", "not_found", "NOT_FOUND"},
        {413, "request_too_large", "request_too_large", "INVALID_ARGUMENT"},
        {429, "rate_limit_error", "rate_limit_exceeded", "RESOURCE_EXHAUSTED"},
        {503, "api_error", "server_error", "UNAVAILABLE"},
        {529, "overloaded_error", "server_error", "UNAVAILABLE"},
        {0, "api_error", "server_error", "INTERNAL"},
    };
    size_t i = 0;
    while (words[i].status && words[i].status != status) i++;
    return &words[i];
}

static void put_retry(JsonOut *o, int64_t seconds, Arena *a) {
    json_key(o, STR("details"));
    json_begin_array(o);
    json_begin_object(o);
    json_kv_str(o, "@type", STR("type.googleapis.com/google.rpc.RetryInfo"));
    json_kv_str(o, "retryDelay", arena_fmt(a, "%llds", (long long)seconds));
    json_end_object(o);
    json_end_array(o);
}

static void put_google(JsonOut *o, const ModelFailure *f, Str message, Arena *a) {
    json_kv_i64(o, "code", f->status);
    json_kv_str(o, "message", message);
    json_kv_str(o, "status", f->type.n ? f->type : str(words_of(f->status)->google));
    if (f->retry_after_s >= 0) put_retry(o, f->retry_after_s, a);
}

static void put_other(JsonOut *o, const ModelFailure *f, Str message) {
    const Words *w = words_of(f->status);
    bool is_anthropic = f->dialect == DIALECT_ANTHROPIC;
    json_kv_str(o, "type", f->type.n ? f->type : str(is_anthropic ? w->anthropic : w->openai));
    json_kv_str(o, "message", message);
    if (is_anthropic) return;
    json_kv_raw(o, "param", STR("null"));
    json_kv_str(o, "code", str(w->openai));
}

void model_error(const ModelFailure *f, Arena *a, ModelAnswer *ret) {
    Str message = f->message.n ? f->message : STR("This failure is scripted.");
    CLEANUP(buf_done) Buf b;
    buf_init(&b, BODY_MAX);
    JsonOut o = json_out(&b);
    json_begin_object(&o);
    if (f->dialect == DIALECT_ANTHROPIC) json_kv_str(&o, "type", STR("error"));
    json_key(&o, STR("error"));
    json_begin_object(&o);
    if (f->dialect == DIALECT_GEMINI)
        put_google(&o, f, message, a);
    else
        put_other(&o, f, message);
    json_end_object(&o);
    json_end_object(&o);
    *ret = (ModelAnswer){
        .status = f->status, .content_type = "application/json", .retry_after_s = f->retry_after_s, .n_beats = 1};
    ret->beats = arena_new_in(a, ModelBeat);
    ret->beats[0].bytes = arena_str(a, buf_str(&b));
}
