/* The Codex adapter: its lifecycle and its three inputs. */
#include "adapter/adapters.h"
#include "adapter/codex_int.h"
#include "adapter/emit.h"
#include "adapter/kept.h"
#include "adapter/rpc_peer.h"
#include "base/mem.h"
#include "base/text_cut.h"

ENUM_DEFINE(CodexStep, CODEX_STEP_LIST);
SHAPE_DEFINE(CodexPending, CODEX_PENDING);
SHAPE_DEFINE(CodexAsk, CODEX_ASK);
SHAPE_DEFINE(CodexState, CODEX_STATE);

static void widen_lists(void *of, Arena *a) {
    CodexState *s = of;
    kept_widen(&s->pending.items, &s->pending.n, CODEX_PENDING_MAX, sizeof(CodexPending), a);
    kept_widen(&s->asks.items, &s->asks.n, CODEX_ASKS_MAX, sizeof(CodexAsk), a);
    kept_widen(&s->tools.items, &s->tools.n, CODEX_TOOLS_MAX, sizeof(Str), a);
}

static const KeptDef kept_def = {&CodexState_shape, widen_lists};

static int codex_open(Str saved, AdapterState **ret, Err *e) { return kept_open(&kept_def, saved, ret, e); }

/* What belongs to the session stays, and what the handshake asks for; what belonged to the process goes. */
static int codex_renew(Str last, AdapterState **ret, Err *e) {
    CLEANUP(kept_closep) AdapterState *old = NULL;
    TRY(codex_open(last, &old, e));
    TRY(codex_open((Str){0}, ret, e));
    Arena *a = (*ret)->keep;
    CodexState *s = (*ret)->s, was = *(const CodexState *)old->s;
    *s = (CodexState){.thread = arena_str(a, was.thread),
                      .folder = arena_str(a, was.folder),
                      .wanted = arena_str(a, was.wanted),
                      .wants_fork = was.wants_fork,
                      .mode = was.mode,
                      .wanted_model = arena_str(a, was.wanted_model),
                      .permissions = was.permissions,
                      .input_counted = was.input_counted,
                      .cached_counted = was.cached_counted,
                      .output_counted = was.output_counted};
    widen_lists(s, a);
    return 0;
}

static int codex_begin(const AdapterBegin *b, Buf *out, Err *e) {
    CLEANUP(kept_closep) AdapterState *st = NULL;
    const AdapterSpec *spec = b->spec;
    TRY(codex_renew(b->last, &st, e));
    CodexState *s = st->s;
    s->folder = arena_str(st->keep, b->folder);
    s->wants_fork = spec->fork_from.n;
    s->wanted = arena_str(st->keep, spec->fork_from.n ? spec->fork_from : spec->resume ? spec->session_id : STR(""));
    s->mode = spec->mode;
    s->wanted_model = text_plain(st->keep, spec->model, CODEX_ID_MAX);
    s->permissions = spec->permissions;
    kept_save(st, out);
    return out->failed ? err_fail(e, ERR_TOO_LARGE, "the path of the worktree is too long for this agent") : 0;
}

/* --- asks --- */

bool codex_forget_ask(CodexState *s, Str request_id) {
    size_t kept = 0, n = s->asks.n;
    for (size_t i = 0; i < n; i++)
        if (!str_eq(s->asks.items[i].request_id, request_id)) s->asks.items[kept++] = s->asks.items[i];
    s->asks.n = kept;
    return kept < n;
}

void codex_void_asks(CodexLine *l, Str thread, CancelWhy why) {
    CodexAskList *asks = &l->s->asks;
    size_t kept = 0, n = asks->n;
    for (size_t i = 0; i < n; i++) {
        CodexAsk ask = asks->items[i];
        bool stays = thread.n && ask.thread.n && !str_eq(ask.thread, thread);
        EvAskCancel v = {.request_id = ask.request_id, .why = why};
        if (stays)
            asks->items[kept++] = ask;
        else
            l->sink->event(l->sink->arg, EV_KIND_ASK_CANCEL, &v);
    }
    asks->n = kept;
}

static bool has_ask(const AdapterState *st, Str request_id) {
    const CodexState *s = st->s;
    for (size_t i = 0; i < s->asks.n; i++)
        if (str_eq(s->asks.items[i].request_id, request_id)) return true;
    return false;
}

/* --- lines of the CLI --- */

static bool take_pending(CodexState *s, Str id, CodexPending *ret) {
    for (size_t i = 0; i < s->pending.n; i++) {
        if (!str_eq(s->pending.items[i].id, id)) continue;
        *ret = s->pending.items[i];
        rpc_peer_take(s->pending.items, &s->pending.n, sizeof *s->pending.items, i);
        return true;
    }
    return false;
}

/* Of a request that is missing from the log: apart from the first one, only those that carry prompts have numbers. */
static bool is_of_prompt(const CodexLine *l) {
    bool has_number = l->rpc.id.n && l->rpc.id.p[0] != '"';
    return has_number && (l->rpc.kind == RPC_ERROR || json_get(l->rpc.result, "turn"));
}

static void read_answer(CodexLine *l) {
    CodexPending p;
    if (take_pending(l->s, l->rpc.id, &p))
        codex_read_answer(l, &p);
    else if (is_of_prompt(l))
        codex_read_answer(l, &(CodexPending){.step = CODEX_TURN_START});
    else
        emit_unknown(l->sink, l->scratch, STR("answer"), l->rpc.id);
}

static void read_request(CodexLine *l) {
    if (codex_read_approval(l)) return;
    emit_unknown(l->sink, l->scratch, l->rpc.method, l->rpc.params ? l->rpc.params->raw : STR(""));
    codex_reply_refusal(l, RPC_NO_METHOD, STR("this method is not offered"));
}

static void read_warning(CodexLine *l) {
    Str text = json_str(l->rpc.params, "message");
    if (!text.n) text = json_str(l->rpc.params, "summary");
    if (text.n) emit_notice(l->sink, l->scratch, NOTICE_INFO, STR("warning"), text);
}

/* An ask that was answered elsewhere, or that nobody needs any more. */
static void read_resolved(CodexLine *l) {
    const Json *id = json_get(l->rpc.params, "requestId");
    EvAskCancel v = {.request_id = id ? id->raw : (Str){0}, .why = CANCEL_BY_CLI};
    if (id && codex_forget_ask(l->s, id->raw)) l->sink->event(l->sink->arg, EV_KIND_ASK_CANCEL, &v);
}

static void ignore(CodexLine *l) { (void)l; }

/* A method that ends in a slash stands for all that begin so. What other notifications say is said by these too. */
static const struct {
    const char *method;
    void (*read)(CodexLine *l);
} notifications[] = {
    {"item/started", codex_read_started},
    {"item/completed", codex_read_completed},
    {"item/agentMessage/delta", codex_read_delta},
    {"item/commandExecution/outputDelta", codex_read_output},
    {"thread/tokenUsage/updated", codex_read_usage},
    {"turn/started", codex_read_turn_started},
    {"turn/completed", codex_read_turn_completed},
    {"error", codex_read_error},
    {"warning", read_warning},
    {"configWarning", read_warning},
    {"deprecationNotice", read_warning},
    {"serverRequest/resolved", read_resolved},
    {"item/", ignore},
    {"turn/", ignore},
    {"thread/", ignore},
    {"account/", ignore},
    {"mcpServer/", ignore},
    {"remoteControl/", ignore},
    {"skills/", ignore},
    {"app/", ignore},
};

/* Threads of subagents report through the same channel: only their requests are for a person. */
static bool is_of_another(const CodexLine *l) {
    Str thread = json_str(l->rpc.params, "threadId");
    return thread.n && l->s->thread.n && !str_eq(thread, l->s->thread);
}

static void read_of_another(CodexLine *l) {
    if (str_is(l->rpc.method, "serverRequest/resolved")) read_resolved(l);
    if (str_is(l->rpc.method, "turn/completed"))
        codex_void_asks(l, text_plain(l->scratch, json_str(l->rpc.params, "threadId"), CODEX_ID_MAX), CANCEL_TURN_END);
}

/* The protocol does not say that a retry succeeded: the next item shows it. */
static void end_retrying(CodexLine *l) {
    if (!l->s->is_retrying || !str_starts(l->rpc.method, STR("item/"))) return;
    GIVE(CodexState, l->s, is_retrying, false);
    emit_state(l->sink, CLI_RUNNING, false, (Str){0});
}

static void read_notification(CodexLine *l, Str line) {
    if (is_of_another(l)) {
        read_of_another(l);
        return;
    }
    end_retrying(l);
    for (size_t i = 0; i < COUNT_OF(notifications); i++) {
        Str method = str(notifications[i].method);
        bool is_group = str_ends(method, STR("/"));
        if (is_group ? !str_starts(l->rpc.method, method) : !str_eq(l->rpc.method, method)) continue;
        notifications[i].read(l);
        return;
    }
    emit_unknown(l->sink, l->scratch, l->rpc.method, line);
}

static void on_heard(AdapterState *st, const JsonRpc *rpc, const AdapterLine *line, const AdapterSink *sink) {
    CodexLine l = {.s = st->s, .keep = st->keep, .scratch = st->scratch, .rpc = *rpc, .sink = sink};
    if (rpc->kind == RPC_REQUEST)
        read_request(&l);
    else if (rpc->kind == RPC_NOTIFICATION)
        read_notification(&l, line->bytes);
    else
        read_answer(&l);
}

/* --- what was written to the CLI --- */

/* What a turn sets counts once the CLI has accepted it. */
static void hear_options(AdapterState *st, const JsonRpc *rpc, CodexPending *p) {
    AgentMode mode;
    Str model = json_str(rpc->params, "model");
    if (codex_heard_mode(rpc->params, &mode)) GIVE(CodexPending, p, mode, mode);
    if (model.n) p->model = text_plain(st->keep, model, CODEX_ID_MAX);
    if (codex_sets_options(p)) GIVE(CodexState, (CodexState *)st->s, is_unsure, true);
}

static void hear_request(AdapterState *st, const JsonRpc *rpc, const AdapterSink *sink) {
    CodexState *s = st->s;
    int step;
    if (!enum_find(&CodexStep_enum, rpc->method, &step) || rpc->id.n > CODEX_ID_MAX) return;
    if (s->pending.n == CODEX_PENDING_MAX) rpc_peer_take(s->pending.items, &s->pending.n, sizeof *s->pending.items, 0);
    CodexPending *p = &s->pending.items[s->pending.n++];
    *p = (CodexPending){.id = arena_str(st->keep, rpc->id), .step = (CodexStep)step};
    if (step != CODEX_TURN_START) return;
    hear_options(st, rpc, p);
    emit_state(sink, CLI_TURN_BEGUN, false, (Str){0});
}

static void on_told(AdapterState *st, const JsonRpc *rpc, const AdapterSink *sink) {
    if (rpc->kind == RPC_REQUEST)
        hear_request(st, rpc, sink);
    else if ((rpc->kind == RPC_RESULT || rpc->kind == RPC_ERROR) && codex_forget_ask(st->s, rpc->id))
        emit_state(sink, CLI_ANSWERED, false, rpc->id);
}

static Str *error_tail(void *of) { return &((CodexState *)of)->error_tail; }

static const RpcPeer peer = {CODEX_STDERR_MAX, error_tail, on_heard, on_told};

static void codex_line(AdapterState *st, const AdapterLine *l, const AdapterSink *sink) {
    rpc_peer_line(&peer, st, l, sink);
}

static void codex_input(AdapterState *st, Str bytes, TimeUs at, const AdapterSink *sink) {
    (void)at;
    rpc_peer_input(&peer, st, bytes, sink);
}

static void codex_exited(AdapterState *st, int code, int signal, bool is_stop, const AdapterSink *sink) {
    CodexLine l = {.s = st->s, .keep = st->keep, .scratch = st->scratch, .sink = sink};
    arena_reset(st->scratch);
    codex_end_items(&l);
    codex_void_asks(&l, (Str){0}, CANCEL_EXIT);
    rpc_peer_end(&(RpcEnd){code, signal, is_stop, l.s->has_session, l.s->error_tail}, sink);
}

/* --- the command line --- */

static int codex_command(const AdapterSpec *s, Arena *a, AdapterCommand *ret, Err *e) {
    if (!s->program.n) return err_fail(e, ERR_INVALID, "no program is given for the agent");
    *ret = (AdapterCommand){.argv = {arena_array(a, 2, sizeof(Str)), 2}};
    ret->argv.items[0] = arena_str(a, s->program);
    ret->argv.items[1] = STR("app-server");
    return 0;
}

static const char *const variables[] = {"CODEX_*", "OPENAI_*", NULL};

const Adapter adapter_codex = {
    .name = "codex",
    .program = "codex",
    .install = "npm install -g @openai/codex",
    .variables = variables,
    .caps = ADAPTER_FILES | ADAPTER_HANDSHAKE | ADAPTER_RESUME | ADAPTER_FORK | ADAPTER_ASK | ADAPTER_PROMPT |
            ADAPTER_INTERRUPT | ADAPTER_CONTEXT | ADAPTER_USAGE | ADAPTER_PER_TURN,
    .command = codex_command,
    .open = codex_open,
    .renew = codex_renew,
    .begin = codex_begin,
    .close = kept_close,
    .save = kept_save,
    .line = codex_line,
    .input = codex_input,
    .has_ask = has_ask,
    .hear = codex_hear,
    .exited = codex_exited,
    .start = codex_start,
    .prompt = codex_prompt,
    .answer = codex_answer,
    .interrupt = codex_interrupt,
};
