/* What an agent's events do: stored on its stream, and to rows, asks, usage and status. Writer thread. */
#define LOG_MODULE "agent"
#include <stdio.h>

#include "agent/agent.h"
#include "agent/agent_apply.h"
#include "agent/agent_sql.h"
#include "approval/approval.h"
#include "base/mem.h"
#include "base/text_cut.h"
#include "sys/digest.h"
#include "sys/log.h"
#include "usage/usage.h"
#include "workspace/workspace.h"

enum { PAYLOAD_MAX = 24 << 20, TOPIC_MAX = 80, UNKNOWN_MAX = 2000 };

static Str topic_of(char out[TOPIC_MAX], const char *noun, Str id) {
    int n = snprintf(out, TOPIC_MAX, "%s/" STR_FMT, noun, STR_ARG(id));
    return str_n(out, (size_t)n);
}

/* Completes the event with its topics and kind. */
static int append(Tx *tx, const Agent *a, AgentEventKind kind, StreamEvent *ev, Err *e) {
    char topic[TOPIC_MAX], parent[TOPIC_MAX];
    Cursor at;
    ev->kind = str(agent_events[kind].word);
    ev->topic = topic_of(topic, "agent", a->id);
    if (agent_events[kind].on_parent) ev->parent = topic_of(parent, "workspace", a->workspace_id);
    return stream_append(tx, ev, &at, e);
}

/* Into an empty buffer, which it bounds. */
static int encode(Buf *b, AgentEventKind kind, const void *value, Err *e) {
    buf_init(b, PAYLOAD_MAX);
    JsonOut o = json_out(b);
    shape_encode(agent_events[kind].shape, value, &o);
    return b->failed ? err_fail(e, ERR_TOO_LARGE, "the event %s is too large", agent_events[kind].word) : 0;
}

int agent_emit(Tx *tx, const Agent *a, AgentEventKind kind, const void *value, Err *e) {
    CLEANUP(buf_done) Buf b = {0};
    TRY(encode(&b, kind, value, e));
    return append(tx, a, kind, &(StreamEvent){.at = tx_now(tx), .payload = buf_str(&b)}, e);
}

int agent_load_status(const Agent *a, StatusState *ret, Arena *arena, Err *e) {
    if (!a->status_state.n) {
        status_init(ret, a->created_at, arena);
        return 0;
    }
    Json *j = NULL;
    TRY(json_parse(arena, a->status_state, JSON_DEPTH_REQUEST, &j, e));
    return shape_decode(&StatusState_shape, j, arena, ret, e);
}

static int tell_status(Tx *tx, Agent *a, const StatusState *s, Err *e) {
    a->status = s->now->status;
    a->status_reason = s->now->reason;
    a->status_source = s->now->source;
    GIVE(Agent, a, status_since, s->now->since);
    a->status_detail = s->now->detail;
    return agent_emit(tx, a, EV_KIND_STATUS, s->now, e);
}

int agent_act(Tx *tx, Agent *a, StatusAct act, Str text, Arena *arena, Err *e) {
    StatusState s;
    TRY(agent_load_status(a, &s, arena, e));
    bool changed = status_act(&s, act, text, tx_now(tx), arena);
    TRY(agent_store_status(tx, a, &s, e));
    return changed ? tell_status(tx, a, &s, e) : 0;
}

int agent_tell_workspace(Tx *tx, const Agent *a, const char *change, Err *e) {
    return workspace_tell(tx, a->workspace_id, change, &Agent_shape, a, e);
}

/* --- one derived event ------------------------------------------------------------------------------------ */

typedef struct Apply {
    App *app;
    Tx *tx;
    Agent *agent;
    const LaunchRow *launch;
    StatusState status;
    Arena *arena;
    const HoldExit *exit; /* the batch's; NULL while it runs */
    const DerivedEvent *ev;
} Apply;

static Id derived_id(const Apply *x, const char *prefix) {
    char text[160];
    int n = snprintf(text, sizeof text, STR_FMT " %lld %lld", STR_ARG(x->launch->id), (long long)x->ev->offset,
                     (long long)x->ev->index);
    uint8_t digest[32];
    digest_sha256(str_n(text, (size_t)n), digest);
    return id_derived(prefix, x->ev->at, digest);
}

static LogPlace place_of(const Apply *x) { return (LogPlace){x->launch->id, x->ev->offset, x->ev->index}; }

static int store_as_is(Apply *x, Err *e) {
    StreamEvent ev = {.at = x->ev->at, .payload = x->ev->payload, .place = place_of(x)};
    return append(x->tx, x->agent, x->ev->kind, &ev, e);
}

static int store_value(Apply *x, const void *value, Err *e) {
    CLEANUP(buf_done) Buf b = {0};
    TRY(encode(&b, x->ev->kind, value, e));
    StreamEvent ev = {.at = x->ev->at, .payload = buf_str(&b), .place = place_of(x)};
    return append(x->tx, x->agent, x->ev->kind, &ev, e);
}

static int on_session(Apply *x, void *value, Err *e) {
    const EvSession *v = value;
    Agent *a = x->agent;
    a->session_id = v->session_id;
    if (v->resumable) a->is_resumable = true;
    TRY(tx_run(x->tx, &sql_agent_set_session, DB_ARGS(db_text(a->id), db_text(v->session_id), db_i64(v->resumable)),
               NULL, e));
    return store_as_is(x, e);
}

static int on_text(Apply *x, void *value, Err *e) {
    const EvText *v = value;
    Id id = derived_id(x, "msg");
    Message m = {.id = id_str(&id),
                 .agent_id = x->agent->id,
                 .role = ROLE_WORD_ASSISTANT,
                 .content = v->text,
                 .is_complete = true,
                 .created_at = x->ev->at};
    if (v->truncated) GIVE(Message, &m, truncated, true);
    if (x->ev->kind == EV_KIND_TEXT && !v->parent.n) TRY(message_insert(x->tx, &m, (Str){0}, e));
    return store_as_is(x, e);
}

static int on_tool_start(Apply *x, void *value, Err *e) {
    const EvToolStart *v = value;
    Id id = derived_id(x, "msg");
    Message m = {.id = id_str(&id),
                 .agent_id = x->agent->id,
                 .role = ROLE_WORD_TOOL,
                 .content = v->title,
                 .tool_name = v->name,
                 .tool_input = v->input,
                 .created_at = x->ev->at};
    if (!v->parent.n) TRY(message_insert(x->tx, &m, v->tool_id, e));
    return store_as_is(x, e);
}

static int on_tool_end(Apply *x, void *value, Err *e) {
    const EvToolEnd *v = value;
    CLEANUP(buf_done) Buf b;
    buf_init(&b, EVENT_OUTPUT_MAX * 6 + 64);
    JsonOut o = json_out(&b);
    json_put_str(&o, v->output);
    TRY(tx_run(x->tx, &sql_message_set_tool_output,
               DB_ARGS(db_text(x->agent->id), db_text(v->tool_id), db_text(buf_str(&b))), NULL, e));
    return store_as_is(x, e);
}

/* What the answer is bound to: the tool and its arguments in canonical form. */
static Str ask_digest(const EvAsk *v, Arena *arena) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, EVENT_ASK_MAX + 1024);
    buf_add_str(&b, v->tool);
    buf_add_c(&b, '\n');
    Json *input = NULL;
    JsonOut o = json_out(&b);
    if (v->input.n && json_parse(arena, v->input, JSON_DEPTH_MAX, &input, NULL) >= 0) json_put_canonical(&o, input);
    uint8_t digest[32];
    char hex[65];
    digest_sha256(buf_str(&b), digest);
    digest_hex(digest, sizeof digest, hex);
    return arena_str(arena, str(hex));
}

/* The row keeps the arguments whole, since the answer echoes them; the event shows what fits into one. */
static int cut_input(const Apply *x, EvAsk *v, Err *e) {
    Json *input = NULL;
    if (v->input.n <= EVENT_INPUT_MAX) return 0;
    TRY(json_parse(x->arena, v->input, JSON_DEPTH_MAX, &input, e));
    GIVE(EvAsk, v, truncated, true);
    GIVE(EvAsk, v, size, (int64_t)v->input.n);
    v->input = json_cut(x->arena, input, EVENT_INPUT_MAX);
    return 0;
}

static int on_ask(Apply *x, void *value, Err *e) {
    EvAsk *v = value;
    Id id = derived_id(x, "ask");
    Agent *a = x->agent;
    Ask ask = {.id = arena_str(x->arena, id_str(&id)),
               .agent_id = a->id,
               .worktree_id = a->worktree_id,
               .workspace_id = a->workspace_id,
               .launch_id = x->launch->id,
               .request_id = v->request_id,
               .kind = str(enum_word(&AskKind_enum, v->kind)),
               .tool = v->tool,
               .title = v->title,
               .reason = v->reason,
               .tool_id = v->tool_id,
               .plan = v->plan,
               .input = v->input,
               .suggestions = v->suggestions,
               .digest = ask_digest(v, x->arena),
               .state = ASK_OPEN,
               .created_at = x->ev->at};
    TRY(ask_open(x->tx, &ask, e));
    GIVE(EvAsk, v, ask_id, ask.id);
    TRY(cut_input(x, v, e));
    return store_value(x, v, e);
}

static int on_ask_cancel(Apply *x, void *value, Err *e) {
    EvAskCancel *v = value;
    TRY(ask_cancel(x->tx, x->agent->id, v->request_id, x->arena, &v->ask_id, e));
    return store_value(x, v, e);
}

static int on_context(Apply *x, void *value, Err *e) {
    const EvContext *v = value;
    x->agent->context_level = v->level;
    TRY(tx_run(x->tx, &sql_agent_set_context, DB_ARGS(db_text(x->agent->id), db_i64(v->level)), NULL, e));
    return store_as_is(x, e);
}

/* A scripted model costs nothing: where people's own agents work too, it does not count. */
static int on_usage(Apply *x, void *value, Err *e) {
    const EvUsage *v = value;
    if (x->agent->is_demo && !x->app->is_demo) return store_as_is(x, e);
    UsageAdd u = {.agent_id = x->agent->id,
                  .workspace_id = x->agent->workspace_id,
                  .model = v->model,
                  .at = x->ev->at,
                  .input = v->input,
                  .output = v->output,
                  .cache_read = v->cache_read,
                  .cache_creation = v->cache_creation,
                  .cost_micros = v->cost_micros,
                  .requests = v->requests};
    TRY(usage_add(x->app, x->tx, &u, e));
    return store_as_is(x, e);
}

/* From one state to another; told when it stood there. */
static int move_message(Apply *x, Str id, MessageState from, MessageState to, Err *e) {
    int64_t changes = 0;
    TRY(tx_run(x->tx, &sql_message_set_state,
               DB_ARGS(db_text(id), db_text(str(enum_word(&MessageState_enum, from))),
                       db_text(str(enum_word(&MessageState_enum, to)))),
               &changes, e));
    if (!changes) return 0;
    EvMessage v = {.message_id = id, .state = to};
    return agent_emit(x->tx, x->agent, EV_KIND_MESSAGE, &v, e);
}

static int move_found(Apply *x, const Sql *which, MessageState from, MessageState to, Err *e) {
    Message m;
    bool found = false;
    TRY(db_one(tx_conn(x->tx), which, DB_ARGS(db_text(x->agent->id), db_text(x->launch->id)),
               DB_INTO(Message, x->arena, &m), &found, e));
    return found ? move_message(x, m.id, from, to, e) : 0;
}

/* The prompt that the launch got last. */
static int move_last_sent(Apply *x, MessageState to, Err *e) {
    return move_found(x, &sql_message_last_sent, MESSAGE_SENT, to, e);
}

/* What a lost launch was given may have reached the CLI or not: it is not sent again by itself. That is the prompt of
 * the turn at hand, as long as nothing answers it, and after a power loss one that was handed over and is not in what
 * is left of the log. */
static int doubt_prompts(Apply *x, Err *e) {
    if (x->status.turn_open && !x->status.turn_heard) TRY(move_last_sent(x, MESSAGE_DELIVERY_UNKNOWN, e));
    if (!x->launch->lost_power) return 0;
    return move_found(x, &sql_message_handed, MESSAGE_QUEUED, MESSAGE_DELIVERY_UNKNOWN, e);
}

/* The next start begins a new session: better without its history than never again. */
static int forget_session(Apply *x, Err *e) {
    x->agent->is_resumable = false;
    TRY(tx_run(x->tx, &sql_agent_forget_session, DB_ARGS(db_text(x->agent->id)), NULL, e));
    EvNotice v = {.level = NOTICE_WARNING,
                  .code = STR("reset"),
                  .text = STR("The CLI no longer has this conversation: a new session begins, without its history.")};
    return agent_emit(x->tx, x->agent, EV_KIND_NOTICE, &v, e);
}

/* A CLI that ended before its session began has read no prompt: what was written to it waits for the next start. */
static int on_exit_event(Apply *x, void *value, Err *e) {
    const EvExit *v = value;
    if (v->before_session) TRY(move_last_sent(x, MESSAGE_QUEUED, e));
    if (v->session_gone) TRY(forget_session(x, e));
    return store_as_is(x, e);
}

/* Kinds with an effect of their own; the others are stored as they are. `state` only feeds the status. */
static int (*const effects[AgentEventKind_n])(Apply *x, void *value, Err *e) = {
    [EV_KIND_SESSION] = on_session,   [EV_KIND_TEXT] = on_text,   [EV_KIND_TOOL_START] = on_tool_start,
    [EV_KIND_TOOL_END] = on_tool_end, [EV_KIND_ASK] = on_ask,     [EV_KIND_ASK_CANCEL] = on_ask_cancel,
    [EV_KIND_CONTEXT] = on_context,   [EV_KIND_USAGE] = on_usage, [EV_KIND_EXIT] = on_exit_event,
};

static int decode(const Apply *x, void **ret, Err *e) {
    const Shape *shape = agent_events[x->ev->kind].shape;
    Json *j = NULL;
    TRY(json_parse(x->arena, x->ev->payload, JSON_DEPTH_MAX, &j, e));
    *ret = arena_alloc(x->arena, shape->size);
    return shape_decode(shape, j, x->arena, *ret, e);
}

/* What cannot be told as what it is: its kind and how it begins. It has no other effect. */
static int store_unknown(Apply *x, const DerivedEvent *ev, Err *e) {
    DerivedEvent told = *ev;
    EvUnknown v = {.type = str(agent_events[ev->kind].word),
                   .text = text_clean(x->arena, ev->payload, UNKNOWN_MAX),
                   .size = (int64_t)ev->payload.n};
    told.kind = EV_KIND_UNKNOWN;
    x->ev = &told;
    int r = store_value(x, &v, e);
    x->ev = ev;
    return r;
}

/* The end goes through, whatever stands in its event. */
static int apply_plain_exit(Apply *x, const DerivedEvent *ev, Err *e) {
    const HoldExit *exit = x->exit;
    EvExit v = {.is_clean = exit->code == 0 && !exit->signal};
    if (exit->signal)
        GIVE(EvExit, &v, signal, exit->signal);
    else
        GIVE(EvExit, &v, code, exit->code & 0xff);
    x->ev = ev;
    TRY(store_value(x, &v, e));
    if (!status_event(&x->status, EV_KIND_EXIT, &v, ev->at, x->arena)) return 0;
    return tell_status(x->tx, x->agent, &x->status, e);
}

static int apply_plain(Apply *x, const DerivedEvent *ev, Err *e) {
    return ev->kind == EV_KIND_EXIT && x->exit ? apply_plain_exit(x, ev, e) : store_unknown(x, ev, e);
}

static int apply_event(Apply *x, const DerivedEvent *ev, Err *e) {
    x->ev = ev;
    if (ev->kind == EV_KIND_TEXT_DELTA) {
        (void)status_event(&x->status, EV_KIND_TEXT_DELTA, NULL, ev->at, x->arena);
        return store_as_is(x, e);
    }
    void *value = NULL;
    Err why = {0};
    if (decode(x, &value, &why) < 0) {
        log_err(LOG_WARN, LOG_MODULE, "an event that breaks its shape", &why);
        return apply_plain(x, ev, e);
    }
    if (effects[ev->kind])
        TRY(effects[ev->kind](x, value, e));
    else if (ev->kind != EV_KIND_STATE)
        TRY(store_as_is(x, e));
    if (!status_event(&x->status, (int)ev->kind, value, ev->at, x->arena)) return 0;
    TRY(agent_store_status(x->tx, x->agent, &x->status, e));
    return tell_status(x->tx, x->agent, &x->status, e);
}

/* --- inputs, replies, exit -------------------------------------------------------------------------------- */

static int apply_input(Apply *x, const DerivedInput *in, Err *e) {
    LaunchCause cause;
    TRY(launch_input_cause(tx_conn(x->tx), x->launch->id, in->n, x->arena, &cause, e));
    if (!str_is(cause.cause, "message")) return 0;
    return move_message(x, cause.cause_id, MESSAGE_QUEUED, MESSAGE_SENT, e);
}

/* Why the hold ended it, where that says more than code and signal. Told before the exit, which then does not cover
 * it up. An end that a person asked for is no error. */
static int apply_cause(Apply *x, const HoldExit *exit, Err *e) {
    static const struct {
        const char *reason;
        StatusAct act;
    } causes[] = {
        {"limit", ACT_LIMIT}, {"exec_failed", ACT_FAILED}, {"not_started", ACT_FAILED}, {"terminated", ACT_FAILED}};
    for (size_t i = 0; i < COUNT_OF(causes) && !x->status.stop_asked; i++) {
        if (!str_is(exit->reason, causes[i].reason)) continue;
        if (!status_act(&x->status, causes[i].act, exit->text, tx_now(x->tx), x->arena)) return 0;
        return tell_status(x->tx, x->agent, &x->status, e);
    }
    return 0;
}

static int apply_exit(Apply *x, Err *e) {
    TRY(ask_void_all(x->tx, x->agent->id, e));
    TRY(tx_run(x->tx, &sql_message_take_back, DB_ARGS(db_text(x->agent->id)), NULL, e));
    TRY(tx_run(x->tx, &sql_agent_set_stopped, DB_ARGS(db_text(x->agent->id), db_i64(tx_now(x->tx))), NULL, e));
    return agent_store_status(x->tx, x->agent, &x->status, e);
}

static int begin(Apply *x, App *app, Tx *tx, const LaunchRow *l, Agent *agent, Err *e) {
    *x = (Apply){.app = app, .tx = tx, .launch = l, .agent = agent, .arena = x->arena};
    TRY(agent_get(tx_conn(tx), l->owner_id, x->arena, agent, e));
    return agent_load_status(agent, &x->status, x->arena, e);
}

int agent_apply_batch(App *app, Tx *tx, const LaunchRow *l, const DerivedBatch *b, Err *e) {
    CLEANUP(arena_freep) Arena *arena = arena_new();
    Agent agent;
    Apply x = {.arena = arena};
    TRY(begin(&x, app, tx, l, &agent, e));
    x.exit = b->exit;
    for (size_t i = 0; i < b->n_inputs; i++) TRY(apply_input(&x, &b->inputs[i], e));
    for (size_t i = 0; i < b->n_events; i++) {
        if (b->exit && b->events[i].kind == EV_KIND_EXIT) TRY(apply_cause(&x, b->exit, e));
        TRY(b->is_plain ? apply_plain(&x, &b->events[i], e) : apply_event(&x, &b->events[i], e));
    }
    if (b->exit) return apply_exit(&x, e);
    TRY(agent_store_status(tx, &agent, &x.status, e));
    for (size_t i = 0; i < b->n_replies; i++)
        TRY(launch_add_input(app, tx, &(LaunchInput){l->id, b->replies[i], "reply", l->id}, e));
    bool handed;
    return agent_deliver_next(app, tx, &agent, arena, &handed, e);
}

int agent_apply_lost(App *app, Tx *tx, const LaunchRow *l, const char *why, Err *e) {
    CLEANUP(arena_freep) Arena *arena = arena_new();
    Agent agent;
    Apply x = {.arena = arena};
    TRY(begin(&x, app, tx, l, &agent, e));
    Str detail = str(why);
    bool is_lost = str_starts(detail, STR(LAUNCH_LOST_WHY));
    if (is_lost) detail = str_trim(str_from(detail, sizeof LAUNCH_LOST_WHY)); /* behind the colon */
    if (is_lost) TRY(doubt_prompts(&x, e));
    StatusAct act = is_lost ? ACT_HOLD_LOST : ACT_FAILED;
    EvExit v = {.is_clean = false, .text = str(why)};
    TRY(agent_emit(tx, &agent, EV_KIND_EXIT, &v, e));
    if (status_act(&x.status, act, detail, tx_now(tx), arena)) TRY(tell_status(tx, &agent, &x.status, e));
    return apply_exit(&x, e);
}

int agent_apply_held(App *app, Tx *tx, const LaunchRow *l, const char *why, Err *e) {
    (void)app;
    CLEANUP(arena_freep) Arena *arena = arena_new();
    Agent agent;
    TRY(agent_get(tx_conn(tx), l->owner_id, arena, &agent, e));
    const Adapter *ad = adapter_find(agent.adapter);
    /* Nothing that a terminal prints tells that it runs. */
    if (!*why && agent.status_reason == REASON_STARTING && ad && (ad->caps & ADAPTER_PTY))
        return agent_act(tx, &agent, ACT_STARTED, (Str){0}, arena, e);
    if (!*why && agent.status_reason != REASON_HELD) return 0;
    return agent_act(tx, &agent, *why ? ACT_HELD : ACT_CONTINUED, str(why), arena, e);
}
