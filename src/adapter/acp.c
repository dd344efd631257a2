/* The ACP adapters (Agent Client Protocol, version 1, with Muster as the client): their lifecycle and their three
 * inputs. They differ in their command lines alone. */
#include "adapter/acp_int.h"
#include "adapter/adapters.h"
#include "adapter/emit.h"
#include "adapter/kept.h"
#include "adapter/rpc_peer.h"
#include "base/mem.h"
#include "base/text_cut.h"

ENUM_DEFINE(AcpStep, ACP_STEP_LIST);
ENUM_DEFINE(AcpBlock, ACP_BLOCK_LIST);
SHAPE_DEFINE(AcpPending, ACP_PENDING);
SHAPE_DEFINE(AcpAsk, ACP_ASK);
SHAPE_DEFINE(AcpTool, ACP_TOOL);
SHAPE_DEFINE(AcpState, ACP_STATE);

static void widen_lists(void *of, Arena *a) {
    AcpState *s = of;
    kept_widen(&s->modes.items, &s->modes.n, ACP_MODES_MAX, sizeof(Str), a);
    kept_widen(&s->pending.items, &s->pending.n, ACP_PENDING_MAX, sizeof(AcpPending), a);
    kept_widen(&s->asks.items, &s->asks.n, ACP_ASKS_MAX, sizeof(AcpAsk), a);
    kept_widen(&s->tools.items, &s->tools.n, ACP_TOOLS_MAX, sizeof(AcpTool), a);
}

static const KeptDef kept_def = {&AcpState_shape, widen_lists};

static int acp_open(Str saved, AdapterState **ret, Err *e) { return kept_open(&kept_def, saved, ret, e); }

/* What belongs to the session stays, and what the handshake asks for; what the process said about itself goes. */
static int acp_renew(Str last, AdapterState **ret, Err *e) {
    CLEANUP(kept_closep) AdapterState *old = NULL;
    TRY(acp_open(last, &old, e));
    TRY(acp_open((Str){0}, ret, e));
    Arena *a = (*ret)->keep;
    AcpState *s = (*ret)->s, was = *(const AcpState *)old->s;
    *s = (AcpState){.session_id = arena_str(a, was.session_id),
                    .opened_at = was.opened_at,
                    .folder = arena_str(a, was.folder),
                    .wanted = arena_str(a, was.wanted),
                    .wants_fork = was.wants_fork,
                    .wanted_mode = was.wanted_mode,
                    .wanted_model = arena_str(a, was.wanted_model),
                    .permissions = was.permissions,
                    .cost_micros = was.cost_counted,
                    .cost_counted = was.cost_counted};
    widen_lists(s, a);
    return 0;
}

/* An agent reports its windows itself. */
static int acp_begin_launch(const AdapterBegin *b, Buf *out, Err *e) {
    CLEANUP(kept_closep) AdapterState *st = NULL;
    const AdapterSpec *spec = b->spec;
    TRY(acp_renew(b->last, &st, e));
    AcpState *s = st->s;
    s->folder = arena_str(st->keep, b->folder);
    s->wants_fork = spec->fork_from.n;
    s->wanted = arena_str(st->keep, spec->fork_from.n ? spec->fork_from : spec->resume ? spec->session_id : STR(""));
    s->wanted_mode = spec->mode;
    s->wanted_model = text_plain(st->keep, spec->model, ACP_ID_MAX);
    s->permissions = spec->permissions;
    kept_save(st, out);
    return out->failed ? err_fail(e, ERR_TOO_LARGE, "the path of the worktree is too long for this agent") : 0;
}

/* Gemini CLI (0.61) keeps a session in a file that is named by its id and the minute in which it was opened. Opened
 * again in that minute, it empties the file, and what was said is lost. */
static int gemini_begin_launch(const AdapterBegin *b, Buf *out, Err *e) {
    enum { MINUTE_US = 60000000 };
    CLEANUP(kept_closep) AdapterState *last = NULL;
    TRY(acp_open(b->last, &last, e));
    const AcpState *s = last->s;
    bool is_same = b->spec->resume && s->opened_at && b->now / MINUTE_US == s->opened_at / MINUTE_US;
    if (is_same)
        return err_fail(e, ERR_BUSY, "Gemini CLI loses a session that it resumes in the same minute; try again in %d s",
                        (int)((MINUTE_US - b->now % MINUTE_US) / 1000000) + 1);
    return acp_begin_launch(b, out, e);
}

/* --- requests of ours --- */

static bool take_pending(AcpState *s, Str id, AcpPending *ret) {
    for (size_t i = 0; i < s->pending.n; i++) {
        if (!str_eq(s->pending.items[i].id, id)) continue;
        *ret = s->pending.items[i];
        rpc_peer_take(s->pending.items, &s->pending.n, sizeof *s->pending.items, i);
        return true;
    }
    return false;
}

static void add_pending(AdapterState *st, Str id, AcpStep step, Str value) {
    AcpState *s = st->s;
    if (id.n > ACP_RPC_ID_MAX) return;
    if (s->pending.n == ACP_PENDING_MAX) rpc_peer_take(s->pending.items, &s->pending.n, sizeof *s->pending.items, 0);
    s->pending.items[s->pending.n++] =
        (AcpPending){.id = arena_str(st->keep, id), .step = step, .value = text_plain(st->keep, value, ACP_ID_MAX)};
}

bool acp_has_prompt(const AcpState *s) {
    for (size_t i = 0; i < s->pending.n; i++)
        if (s->pending.items[i].step == STEP_PROMPT) return true;
    return false;
}

/* An answer whose request is missing from the log: an error is that of the prompt, unless that one is still open. What
 * the adapter asked for by itself has no number. */
static bool is_of_lost_prompt(const AcpLine *l) {
    bool has_number = l->rpc.id.n && l->rpc.id.p[0] != '"';
    bool is_error = l->rpc.kind == RPC_ERROR && has_number && !acp_has_prompt(l->s);
    return is_error || json_str(l->rpc.result, "stopReason").n;
}

/* The answer to a prompt ends its turn. */
static void read_answer(AcpLine *l) {
    AcpPending p;
    bool is_known = take_pending(l->s, l->rpc.id, &p);
    if (is_known && p.step != STEP_PROMPT)
        acp_read_step(l, &p);
    else if (is_known || is_of_lost_prompt(l))
        acp_end_turn(l);
    else
        emit_unknown(l->sink, l->scratch, STR("answer"), l->rpc.id);
}

static void read_request(AcpLine *l) {
    if (str_is(l->rpc.method, "session/request_permission")) {
        acp_read_permission(l);
        return;
    }
    emit_unknown(l->sink, l->scratch, l->rpc.method, l->rpc.params ? l->rpc.params->raw : STR(""));
    acp_reply_refusal(l, RPC_NO_METHOD, STR("this method is not offered"));
}

static void read_notification(AcpLine *l, Str line) {
    if (str_is(l->rpc.method, "session/update"))
        acp_read_update(l);
    else
        emit_unknown(l->sink, l->scratch, l->rpc.method, line);
}

static void on_heard(AdapterState *st, const JsonRpc *rpc, const AdapterLine *line, const AdapterSink *sink) {
    AcpLine l = {.s = st->s, .keep = st->keep, .scratch = st->scratch, .rpc = *rpc, .at = line->at, .sink = sink};
    if (rpc->kind == RPC_REQUEST)
        read_request(&l);
    else if (rpc->kind == RPC_NOTIFICATION)
        read_notification(&l, line->bytes);
    else
        read_answer(&l);
}

/* --- what was written to the agent --- */

static AcpTool *find_tool(AcpState *s, Str id) {
    for (size_t i = 0; i < s->tools.n; i++)
        if (str_eq(s->tools.items[i].id, id)) return &s->tools.items[i];
    return NULL;
}

static void emit_cancel(const AdapterSink *sink, Str request_id) {
    EvAskCancel v = {.request_id = request_id, .why = CANCEL_TURN_END};
    sink->event(sink->arg, EV_KIND_ASK_CANCEL, &v);
}

static void hear_answer(AdapterState *st, const JsonRpc *rpc, const AdapterSink *sink) {
    Str tool_id;
    AskDecision decision;
    if (!acp_forget_ask(st->s, rpc->id, &tool_id)) return;
    AcpTool *t = find_tool(st->s, tool_id);
    bool is_answer = acp_heard_decision(rpc->result, &decision);
    if (t && is_answer && decision == DECISION_DENY) t->is_denied = true;
    /* A refusal that also interrupts cancels the other requests. */
    if (!is_answer && str_is(json_str(json_get(rpc->result, "outcome"), "outcome"), "cancelled"))
        emit_cancel(sink, rpc->id);
    else
        emit_state(sink, CLI_ANSWERED, false, rpc->id);
}

static void hear_request(AdapterState *st, const JsonRpc *rpc, const AdapterSink *sink) {
    int step;
    AcpState *s = st->s;
    Str value = json_str(rpc->params, "sessionId");
    int64_t permissions = json_i64(json_get(rpc->params, "_meta"), ACP_PERMISSIONS_KEY, -1);
    if (!enum_find(&AcpStep_enum, rpc->method, &step)) return;
    if (step >= STEP_NEW && step <= STEP_FORK) s->is_ready = false;
    if (step == STEP_MODE) value = json_str(rpc->params, "modeId");
    if (step == STEP_MODEL) value = json_str(rpc->params, "modelId");
    if (step == STEP_OPTION) {
        bool is_model = str_eq(json_str(rpc->params, "configId"), s->model_option);
        step = is_model ? STEP_MODEL : STEP_MODE;
        value = json_str(rpc->params, "value");
    }
    if (permissions >= 0) {
        s->permissions = permissions & 7;
        value = (Str){0}; /* it sets the mode that the agent has, or is about to have */
    }
    add_pending(st, rpc->id, (AcpStep)step, value);
    if (step == STEP_PROMPT) emit_state(sink, CLI_TURN_BEGUN, false, (Str){0});
}

static void on_told(AdapterState *st, const JsonRpc *rpc, const AdapterSink *sink) {
    if (rpc->kind == RPC_REQUEST)
        hear_request(st, rpc, sink);
    else if (rpc->kind == RPC_RESULT || rpc->kind == RPC_ERROR)
        hear_answer(st, rpc, sink);
}

static Str *error_tail(void *of) { return &((AcpState *)of)->error_tail; }

static const RpcPeer peer = {ACP_STDERR_MAX, error_tail, on_heard, on_told};

static void acp_line(AdapterState *st, const AdapterLine *l, const AdapterSink *sink) {
    rpc_peer_line(&peer, st, l, sink);
}

static void acp_input(AdapterState *st, Str bytes, TimeUs at, const AdapterSink *sink) {
    (void)at;
    rpc_peer_input(&peer, st, bytes, sink);
}

static bool has_ask(const AdapterState *st, Str request_id) { return acp_has_ask(st->s, request_id); }

static void acp_exited(AdapterState *st, int code, int signal, bool is_stop, const AdapterSink *sink) {
    AcpLine l = {.s = st->s, .keep = st->keep, .scratch = st->scratch, .sink = sink};
    arena_reset(st->scratch);
    acp_close_block(&l);
    acp_end_tools(&l);
    acp_void_asks(st->s, CANCEL_EXIT, sink);
    acp_settle_cost(st->s, sink);
    rpc_peer_end(&(RpcEnd){code, signal, is_stop, l.s->has_session, l.s->error_tail}, sink);
}

#define ACP_ADAPTER(name_, program_, install_, variables_, caps_, command_, begin_)                                  \
    const Adapter adapter_##name_ = {                                                                                \
        .name = #name_,                                                                                              \
        .program = program_,                                                                                         \
        .install = install_,                                                                                         \
        .variables = variables_,                                                                                     \
        .caps = ADAPTER_FILES | ADAPTER_IMAGES | ADAPTER_HANDSHAKE | ADAPTER_RESUME | ADAPTER_ASK | ADAPTER_PROMPT | \
                ADAPTER_INTERRUPT | ADAPTER_USAGE | ADAPTER_COMMANDS | (caps_),                                      \
        .command = command_,                                                                                         \
        .open = acp_open,                                                                                            \
        .renew = acp_renew,                                                                                          \
        .begin = begin_,                                                                                             \
        .close = kept_close,                                                                                         \
        .save = kept_save,                                                                                           \
        .line = acp_line,                                                                                            \
        .input = acp_input,                                                                                          \
        .has_ask = has_ask,                                                                                          \
        .hear = acp_hear,                                                                                            \
        .exited = acp_exited,                                                                                        \
        .start = acp_start,                                                                                          \
        .prompt = acp_prompt,                                                                                        \
        .answer = acp_answer,                                                                                        \
        .interrupt = acp_interrupt,                                                                                  \
        .change = acp_change,                                                                                        \
    }

static const char *const gemini_variables[] = {"GEMINI_*", "GOOGLE_*", NULL};
static const char *const opencode_variables[] = {"OPENCODE_*", NULL};
static const char *const qwen_variables[] = {"QWEN_*", "OPENAI_*", "DASHSCOPE_*", NULL};

ACP_ADAPTER(gemini, "gemini", "npm install -g @google/gemini-cli", gemini_variables, 0, acp_command_gemini,
            gemini_begin_launch);
ACP_ADAPTER(opencode, "opencode", "npm install -g opencode-ai", opencode_variables, ADAPTER_FORK | ADAPTER_CONTEXT,
            acp_command_opencode, acp_begin_launch);
ACP_ADAPTER(qwen, "qwen", "npm install -g @qwen-code/qwen-code", qwen_variables, ADAPTER_CONTEXT, acp_command_qwen,
            acp_begin_launch);
ACP_ADAPTER(acp, NULL, NULL, NULL, ADAPTER_FORK | ADAPTER_CONTEXT, acp_command_any, acp_begin_launch);
