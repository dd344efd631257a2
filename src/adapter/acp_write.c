/* What Muster writes for an ACP agent: prompts, answers, interrupts, modes. */
#include "adapter/acp_int.h"
#include "adapter/kept.h"
#include "base/mem.h"

#define DECISION_KEY "musterDecision"

JsonRpcOut acp_begin(Buf *out, Str id, const char *method) {
    return jsonrpc_begin(out, &(JsonRpcHead){.has_version = true, .id = id, .method = method});
}

JsonRpcOut acp_begin_mode(Buf *out, Str id, const AcpState *s, Str mode) {
    bool is_option = s->mode_option.n;
    JsonRpcOut m = acp_begin(out, id, enum_word(&AcpStep_enum, is_option ? STEP_OPTION : STEP_MODE));
    json_kv_str(&m.json, "sessionId", s->session_id);
    if (is_option) json_kv_str(&m.json, "configId", s->mode_option);
    json_kv_str(&m.json, is_option ? "value" : "modeId", mode);
    return m;
}

JsonRpcOut acp_begin_model(Buf *out, Str id, const AcpState *s, Str model) {
    bool is_option = s->model_option.n;
    JsonRpcOut m = acp_begin(out, id, enum_word(&AcpStep_enum, is_option ? STEP_OPTION : STEP_MODEL));
    json_kv_str(&m.json, "sessionId", s->session_id);
    if (is_option) json_kv_str(&m.json, "configId", s->model_option);
    json_kv_str(&m.json, is_option ? "value" : "modelId", model);
    return m;
}

static void put_object(JsonOut *o, const char *key) {
    json_key(o, str(key));
    json_begin_object(o);
}

/* Neither fs nor terminal is offered: the agent reads and writes its files itself. */
int acp_start(const AdapterTo *to, Buf *out, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    JsonRpcOut m = acp_begin(out, jsonrpc_id(a, to->number), enum_word(&AcpStep_enum, STEP_INITIALIZE));
    json_kv_i64(&m.json, "protocolVersion", 1);
    put_object(&m.json, "clientCapabilities");
    put_object(&m.json, "fs");
    json_kv_bool(&m.json, "readTextFile", false);
    json_kv_bool(&m.json, "writeTextFile", false);
    json_end_object(&m.json);
    json_kv_bool(&m.json, "terminal", false);
    json_end_object(&m.json);
    jsonrpc_put_client(&m.json);
    return jsonrpc_end(&m, e);
}

/* RFC 8089, with the characters of RFC 3986 2.3 as they are. */
static Str file_uri(Str path, Arena *a) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 3 * path.n + 16);
    buf_add_str(&b, STR("file://"));
    for (size_t i = 0; i < path.n; i++) {
        unsigned char c = (unsigned char)path.p[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (is_letter || (c >= '0' && c <= '9') || (c && strchr("/-._~", c)))
            buf_add_c(&b, (char)c);
        else
            buf_add_fmt(&b, "%%%02X", c);
    }
    return arena_str(a, buf_str(&b));
}

/* Schema, ContentBlock: an image only if the agent's promptCapabilities say so; every agent takes a resource_link. */
static void put_file(JsonOut *o, const AttachedFile *f, bool takes_images, Arena *a) {
    Str uri = file_uri(f->path, a);
    bool is_image = f->base64.p && takes_images;
    json_begin_object(o);
    json_kv_str(o, "type", is_image ? STR("image") : STR("resource_link"));
    json_kv_str(o, "mimeType", f->is->media_type);
    json_kv_str(o, "uri", uri);
    if (is_image) {
        json_kv_base64(o, "data", f->base64);
    } else {
        json_kv_str(o, "name", f->is->name);
        json_kv_i64(o, "size", f->is->size);
    }
    json_end_object(o);
}

int acp_prompt(const AdapterTo *to, Str text, Buf *out, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    AcpState s = {0};
    if (to->files.n && to->state.n) TRY(kept_load(&AcpState_shape, to->state, a, &s, e));
    TRY(jsonrpc_check_session(to->session_id, e));
    JsonRpcOut m = acp_begin(out, jsonrpc_id(a, to->number), enum_word(&AcpStep_enum, STEP_PROMPT));
    json_kv_str(&m.json, "sessionId", to->session_id);
    json_key(&m.json, STR("prompt"));
    json_begin_array(&m.json);
    json_begin_object(&m.json);
    json_kv_str(&m.json, "type", STR("text"));
    json_kv_str(&m.json, "text", text);
    json_end_object(&m.json);
    for (size_t i = 0; i < to->files.n; i++) put_file(&m.json, &to->files.items[i], s.takes_images, a);
    json_end_array(&m.json);
    return jsonrpc_end(&m, e);
}

/* --- interrupts --- */

static int put_cancelled(Buf *out, Str request_id, Err *e) {
    JsonRpcOut m = acp_begin(out, request_id, NULL);
    put_object(&m.json, "outcome");
    json_kv_str(&m.json, "outcome", STR("cancelled"));
    json_end_object(&m.json);
    return jsonrpc_end(&m, e);
}

static int put_cancel(const AdapterTo *to, Buf *out, Err *e) {
    JsonRpcOut m = acp_begin(out, (Str){0}, "session/cancel");
    json_kv_str(&m.json, "sessionId", to->session_id);
    return jsonrpc_end(&m, e);
}

/* Protocol, Cancellation: the client answers every open request for permission with `cancelled`. `but`: one that has
 * its answer. */
static int interrupt(const AdapterTo *to, Str but, Buf *out, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    AcpState s = {0};
    if (to->state.n) TRY(kept_load(&AcpState_shape, to->state, a, &s, e));
    TRY(put_cancel(to, out, e));
    for (size_t i = 0; i < s.asks.n; i++)
        if (!str_eq(s.asks.items[i].request_id, but)) TRY(put_cancelled(out, s.asks.items[i].request_id, e));
    return 0;
}

/* A whole order is written or nothing. */
static int whole(int r, Buf *out, size_t before) {
    if (r < 0) out->n = before;
    return r;
}

int acp_interrupt(const AdapterTo *to, Str request_id, Buf *out, Err *e) {
    (void)request_id;
    size_t before = out->n;
    TRY(jsonrpc_check_session(to->session_id, e));
    return whole(interrupt(to, (Str){0}, out, e), out, before);
}

/* --- options of a running agent --- */

static int change_mode(const AcpState *s, Str id, AgentMode mode, Buf *out, Err *e) {
    Str name = acp_find_mode(s, mode);
    if (!name.n) return err_fail(e, ERR_CONFLICT, "this agent has no mode `%s`", enum_word(&AgentMode_enum, (int)mode));
    JsonRpcOut m = acp_begin_mode(out, id, s, name);
    return jsonrpc_end(&m, e);
}

static int change_model(const AcpState *s, Str id, Str model, Buf *out, Err *e) {
    if (!s->model_option.n && !s->has_models) return 0;
    JsonRpcOut m = acp_begin_model(out, id, s, model);
    return jsonrpc_end(&m, e);
}

/* The adapter itself allows what is permitted (acp_ask.c), and it learns of a change as of everything else: from the
 * log. The request is for the mode that the agent has, or is about to have: the old one would undo a change of mode that
 * was sent before it. */
static int change_permissions(const AcpState *s, Str id, const AdapterChange *c, Buf *out, Err *e) {
    Str mode = c->is_mode_open ? acp_find_mode(s, c->want.mode) : s->mode;
    if (!mode.n) return 0;
    JsonRpcOut m = acp_begin_mode(out, id, s, mode);
    put_object(&m.json, "_meta");
    json_kv_i64(&m.json, ACP_PERMISSIONS_KEY, c->want.permissions);
    json_end_object(&m.json);
    return jsonrpc_end(&m, e);
}

int acp_change(const AdapterTo *to, const AdapterChange *c, Buf *out, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    AcpState s = {0};
    Str id = jsonrpc_id(a, to->number);
    if (to->state.n) TRY(kept_load(&AcpState_shape, to->state, a, &s, e));
    if (!s.is_ready) return jsonrpc_check_session((Str){0}, e);
    switch (c->option) {
    case OPTION_MODE: return change_mode(&s, id, c->want.mode, out, e);
    case OPTION_MODEL: return change_model(&s, id, c->want.model, out, e);
    case OPTION_PERMISSIONS: return change_permissions(&s, id, c, out, e);
    default: return 0;
    }
}

/* --- answers --- */

void acp_put_choice(JsonOut *o, Str option_id) {
    put_object(o, "outcome");
    json_kv_str(o, "outcome", STR("selected"));
    json_kv_str(o, "optionId", option_id);
    json_end_object(o);
}

/* Options are chosen by kind: their ids are the agent's own. Two may have one kind; the first is the plain one, except
 * that Qwen Code (0.24) puts one before it that also leaves planning for a mode in which it decides by itself. */
static int find_option(const AdapterAnswer *ans, Arena *a, Str *ret, Err *e) {
    static const char *const kinds[AskDecision_n][2] = {[DECISION_ALLOW] = {"allow_once"},
                                                        [DECISION_ALLOW_ALWAYS] = {"allow_always"},
                                                        [DECISION_DENY] = {"reject_once", "reject_always"},
                                                        [DECISION_ANSWER] = {"allow_once"}};
    Json *options;
    TRY(json_parse(a, ans->suggestions.n ? ans->suggestions : STR("[]"), JSON_DEPTH_MAX, &options, e));
    for (size_t i = 0; ans->decision == DECISION_ALLOW && options->type == JSON_ARRAY && i < options->n; i++)
        if (str_is(json_str(&options->items[i], "optionId"), "proceed_once")) *ret = STR("proceed_once");
    if (ret->n) return 0;
    for (size_t k = 0; k < 2 && kinds[ans->decision][k]; k++) {
        for (size_t i = 0; options->type == JSON_ARRAY && i < options->n; i++) {
            if (!str_is(json_str(&options->items[i], "kind"), kinds[ans->decision][k])) continue;
            *ret = json_str(&options->items[i], "optionId");
            return 0;
        }
    }
    return err_fail(e, ERR_INVALID, "the agent does not offer `%s` here",
                    enum_word(&AskDecision_enum, (int)ans->decision));
}

/* The protocol carries nothing but the option, so anything else would be lost without a word. */
static int check_plain(const AdapterAnswer *ans, Err *e) {
    if (ans->message.n)
        return err_fail(e, ERR_INVALID,
                        "this agent takes no message with an answer; answer without it, then send it as a prompt");
    bool is_question = ans->kind == ASK_QUESTION;
    if (is_question && ans->decision != DECISION_DENY && ans->decision != DECISION_ANSWER)
        return err_fail(e, ERR_INVALID, "a question needs the decision `answer` or `deny`");
    if (!is_question && ans->decision == DECISION_ANSWER) return err_fail(e, ERR_INVALID, "this is not a question");
    if (ans->input.n && !is_question)
        return err_fail(e, ERR_INVALID, "the arguments of this agent's calls cannot be changed");
    return 0;
}

/* Qwen Code takes answers by the place of their question. */
static int put_answers(JsonOut *o, const AdapterAnswer *ans, Arena *a, Err *e) {
    Json *asked, *given;
    TRY(json_parse(a, ans->original_input, JSON_DEPTH_MAX, &asked, e));
    TRY(json_parse(a, ans->input, JSON_DEPTH_MAX, &given, e));
    const Json *questions = json_get(asked, "questions");
    size_t n_used = 0;
    put_object(o, "answers");
    for (size_t i = 0; json_is(questions, JSON_ARRAY) && i < questions->n; i++) {
        const char *question = arena_cstr(a, json_str(&questions->items[i], "question"));
        const Json *answer = json_get(given, question);
        if (!answer) continue;
        Str text = ask_answer_text(a, answer);
        if (!text.p) return err_fail(e, ERR_INVALID, "the answer to `%s` must be text, or a list of texts", question);
        json_kv_str(o, arena_fmt(a, "%zu", i).p, text);
        n_used++;
    }
    json_end_object(o);
    if (n_used == given->n) return 0;
    return err_fail(e, ERR_INVALID, "an answer is to none of the questions");
}

static int put_answer(const AdapterTo *to, const AdapterAnswer *ans, Buf *out, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Str option = {0};
    TRY(check_plain(ans, e));
    TRY(find_option(ans, a, &option, e));
    JsonRpcOut m = acp_begin(out, ans->request_id, NULL);
    acp_put_choice(&m.json, option);
    if (ans->decision == DECISION_ANSWER) TRY(put_answers(&m.json, ans, a, e));
    put_object(&m.json, "_meta");
    json_kv_str(&m.json, DECISION_KEY, str(enum_word(&AskDecision_enum, (int)ans->decision)));
    json_end_object(&m.json);
    TRY(jsonrpc_end(&m, e));
    return ans->interrupt && ans->decision == DECISION_DENY ? interrupt(to, ans->request_id, out, e) : 0;
}

int acp_answer(const AdapterTo *to, const AdapterAnswer *ans, Buf *out, Err *e) {
    size_t before = out->n;
    return whole(put_answer(to, ans, out, e), out, before);
}

bool acp_heard_decision(const Json *result, AskDecision *ret) {
    int decision;
    if (!enum_find(&AskDecision_enum, json_str(json_get(result, "_meta"), DECISION_KEY), &decision)) return false;
    *ret = (AskDecision)decision;
    return true;
}

void acp_hear(Str bytes, Arena *a, AdapterHeard *ret) {
    Json *root = NULL;
    JsonRpc rpc;
    Str line = {0};
    *ret = (AdapterHeard){.kind = HEARD_OTHER};
    (void)str_split(&bytes, '\n', &line); /* an answer may be followed by an interrupt */
    if (json_parse(a, line, JSON_DEPTH_MAX, &root, NULL) < 0) return;
    jsonrpc_read(root, &rpc);
    const Json *prompt = json_get(rpc.params, "prompt");
    if (str_is(rpc.method, enum_word(&AcpStep_enum, STEP_PROMPT)) && json_is(prompt, JSON_ARRAY) && prompt->n)
        *ret = (AdapterHeard){.kind = HEARD_PROMPT, .text = json_str(&prompt->items[0], "text")};
    else if (rpc.kind == RPC_RESULT && acp_heard_decision(rpc.result, &ret->decision))
        *ret = (AdapterHeard){.kind = HEARD_ANSWER, .request_id = rpc.id, .decision = ret->decision};
}
