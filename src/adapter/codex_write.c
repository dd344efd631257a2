/* What Muster writes for Codex: the handshake, prompts, answers, interrupts. */
#include "adapter/attachment.h"
#include "adapter/codex_int.h"
#include "adapter/kept.h"
#include "base/mem.h"

enum { REPLY_MAX = 64 * 1024 };

static JsonRpcOut begin(Buf *out, Str id, const char *method) {
    return jsonrpc_begin(out, &(JsonRpcHead){.id = id, .method = method});
}

static JsonRpcOut begin_request(const AdapterTo *to, Arena *a, Buf *out, CodexStep step) {
    return begin(out, jsonrpc_id(a, to->number), enum_word(&CodexStep_enum, (int)step));
}

/* --- in derivation --- */

static void reply(CodexLine *l, JsonRpcOut *m, Buf *b) {
    if (jsonrpc_end(m, NULL) == 0) l->sink->reply(l->sink->arg, buf_str(b));
}

/* What each mode lets Codex do without an answer: within its sandbox what is known to be harmless; nothing that changes
 * a file; everything inside the worktree. */
static const struct {
    const char *approval, *sandbox, *policy; /* the sandbox as the request of a turn calls it */
} modes[AgentMode_n] = {
    [AGENT_REGULAR] = {"untrusted", "workspace-write", "workspaceWrite"},
    [AGENT_PLAN] = {"never", "read-only", "readOnly"},
    [AGENT_AUTO] = {"on-request", "workspace-write", "workspaceWrite"},
};

void codex_reply_open(CodexLine *l) {
    const CodexState *s = l->s;
    CodexStep step = !s->wanted.n ? CODEX_THREAD_START : s->wants_fork ? CODEX_THREAD_FORK : CODEX_THREAD_RESUME;
    CLEANUP(buf_done) Buf b;
    buf_init(&b, REPLY_MAX);
    JsonRpcOut m = begin(&b, (Str){0}, "initialized");
    jsonrpc_end(&m, NULL);
    m = begin(&b, STR("\"muster-thread\""), enum_word(&CodexStep_enum, (int)step));
    if (s->wanted.n) json_kv_str(&m.json, "threadId", s->wanted);
    json_kv_str(&m.json, "cwd", s->folder);
    json_kv_str(&m.json, "approvalPolicy", str(modes[s->mode].approval));
    json_kv_str(&m.json, "sandbox", str(modes[s->mode].sandbox));
    if (s->wanted_model.n) json_kv_str(&m.json, "model", s->wanted_model);
    reply(l, &m, &b);
}

void codex_reply_decision(CodexLine *l, const char *decision) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, REPLY_MAX);
    JsonRpcOut m = begin(&b, l->rpc.id, NULL);
    json_kv_str(&m.json, "decision", str(decision));
    reply(l, &m, &b);
}

void codex_reply_refusal(CodexLine *l, int code, Str message) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, REPLY_MAX);
    if (jsonrpc_refuse(&b, &(JsonRpcHead){.id = l->rpc.id}, &(JsonRpcRefusal){code, message}, NULL) == 0)
        l->sink->reply(l->sink->arg, buf_str(&b));
}

/* --- encoders --- */

int codex_start(const AdapterTo *to, Buf *out, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    JsonRpcOut m = begin_request(to, a, out, CODEX_INITIALIZE);
    jsonrpc_put_client(&m.json);
    return jsonrpc_end(&m, e);
}

bool codex_heard_mode(const Json *params, AgentMode *ret) {
    for (int i = 0; i < AgentMode_n; i++) {
        if (!str_is(json_str(params, "approvalPolicy"), modes[i].approval)) continue;
        *ret = (AgentMode)i;
        return true;
    }
    return false;
}

/* What differs from what the session has, or may have: it is for this turn and those after it. */
static void put_options(JsonOut *o, const CodexState *s, const AdapterOptions *want) {
    if (want->model.n && (s->is_unsure || !str_eq(want->model, s->wanted_model))) json_kv_str(o, "model", want->model);
    if (want->mode == s->mode && !s->is_unsure) return;
    json_kv_str(o, "approvalPolicy", str(modes[want->mode].approval));
    json_key(o, STR("sandboxPolicy"));
    json_begin_object(o);
    json_kv_str(o, "type", str(modes[want->mode].policy));
    json_end_object(o);
}

static void put_text(JsonOut *o, Str text) {
    json_begin_object(o);
    json_kv_str(o, "type", STR("text"));
    json_kv_str(o, "text", text);
    json_kv_raw(o, "text_elements", STR("[]"));
    json_end_object(o);
}

/* Codex reads images itself. */
static void put_files(JsonOut *o, const AttachedFiles *files, Arena *a) {
    AttachedFile *others = arena_array(a, files->n + 1, sizeof *others);
    size_t n = 0;
    for (size_t i = 0; i < files->n; i++) {
        const AttachedFile *f = &files->items[i];
        if (!attachment_fits(f->is)) {
            others[n++] = *f;
            continue;
        }
        json_begin_object(o);
        json_kv_str(o, "type", STR("localImage"));
        json_kv_str(o, "path", f->path);
        json_end_object(o);
    }
    Str note = attachment_note(&(AttachedFiles){others, n}, a);
    if (note.n) put_text(o, note);
}

int codex_prompt(const AdapterTo *to, Str text, Buf *out, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CodexState s = {0};
    TRY(jsonrpc_check_session(to->session_id, e));
    if (to->options && to->state.n) TRY(kept_load(&CodexState_shape, to->state, a, &s, e));
    JsonRpcOut m = begin_request(to, a, out, CODEX_TURN_START);
    json_kv_str(&m.json, "threadId", to->session_id);
    json_key(&m.json, STR("input"));
    json_begin_array(&m.json);
    put_text(&m.json, text);
    put_files(&m.json, &to->files, a);
    json_end_array(&m.json);
    if (to->options && to->state.n) put_options(&m.json, &s, to->options);
    return jsonrpc_end(&m, e);
}

int codex_interrupt(const AdapterTo *to, Str request_id, Buf *out, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CodexState s = {0};
    TRY(jsonrpc_check_session(to->session_id, e));
    if (to->state.n) TRY(kept_load(&CodexState_shape, to->state, a, &s, e));
    if (!s.turn.n) return err_fail(e, ERR_CONFLICT, "the agent has not begun its turn yet; try again");
    /* It is no numbered input, so it has no number: two may be open at once. */
    Str id = arena_fmt(a, "\"" STR_FMT "\"", STR_ARG(request_id));
    JsonRpcOut m = begin(out, id, enum_word(&CodexStep_enum, CODEX_TURN_INTERRUPT));
    json_kv_str(&m.json, "threadId", to->session_id);
    json_kv_str(&m.json, "turnId", s.turn);
    return jsonrpc_end(&m, e);
}

static const struct {
    const char *word;
    AskDecision decision;
} decisions[] = {{"accept", DECISION_ALLOW},
                 {"acceptForSession", DECISION_ALLOW_ALWAYS},
                 {"decline", DECISION_DENY},
                 {"cancel", DECISION_DENY}}; /* it also ends the turn */

/* The protocol carries nothing but the decision, so anything else would be lost without a word. */
int codex_answer(const AdapterTo *to, const AdapterAnswer *ans, Buf *out, Err *e) {
    (void)to;
    size_t i = 0;
    if (ans->message.n)
        return err_fail(e, ERR_INVALID,
                        "this agent takes no message with an answer; answer without it, then send it as a prompt");
    if (ans->input.n) return err_fail(e, ERR_INVALID, "the arguments of this agent's calls cannot be changed");
    while (i < COUNT_OF(decisions) && decisions[i].decision != ans->decision) i++;
    if (i == COUNT_OF(decisions))
        return err_fail(e, ERR_INVALID, "the agent does not offer `%s` here",
                        enum_word(&AskDecision_enum, (int)ans->decision));
    if (ans->decision == DECISION_DENY && ans->interrupt) i = COUNT_OF(decisions) - 1;
    JsonRpcOut m = begin(out, ans->request_id, NULL);
    json_kv_str(&m.json, "decision", str(decisions[i].word));
    return jsonrpc_end(&m, e);
}

void codex_hear(Str bytes, Arena *a, AdapterHeard *ret) {
    Json *root = NULL;
    JsonRpc rpc;
    Str line = {0};
    *ret = (AdapterHeard){.kind = HEARD_OTHER};
    (void)str_split(&bytes, '\n', &line);
    if (json_parse(a, line, JSON_DEPTH_MAX, &root, NULL) < 0) return;
    jsonrpc_read(root, &rpc);
    const Json *input = json_get(rpc.params, "input");
    Str word = json_str(rpc.result, "decision");
    if (str_is(rpc.method, enum_word(&CodexStep_enum, CODEX_TURN_START)) && json_is(input, JSON_ARRAY) && input->n)
        *ret = (AdapterHeard){.kind = HEARD_PROMPT, .text = json_str(&input->items[0], "text")};
    for (size_t i = 0; rpc.kind == RPC_RESULT && i < COUNT_OF(decisions); i++)
        if (str_is(word, decisions[i].word))
            *ret = (AdapterHeard){.kind = HEARD_ANSWER, .request_id = rpc.id, .decision = decisions[i].decision};
}
