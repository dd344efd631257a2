/* The effects of derived events: on the subject's stream, and on rows, asks, usage and status. Writer thread. */
#define LOG_MODULE "conversation"
#include <signal.h>
#include <stdio.h>

#include "approval/approval.h"
#include "base/mem.h"
#include "base/text_cut.h"
#include "conversation/conversation_in.h"
#include "conversation/conversation_sql.h"
#include "conversation/last_line.h"
#include "conversation/open_text.h"
#include "conversation/turn.h"
#include "core/hook.h"
#include "core/launch_held.h"
#include "core/launch_input.h"
#include "sys/log.h"
#include "usage/usage.h"

enum { UNKNOWN_MAX = 2000, WINDOWS_KEPT = 100 };

/* --- one derived event --- */

typedef struct Apply {
    App *app;
    Tx *tx;
    Conversation row;
    ConversationSubject who;
    const LaunchRow *launch;
    StatusState status;
    Arena *arena;
    const HoldExit *exit; /* the batch's; NULL while it runs */
    const DerivedEvent *ev;
    const ParsedEvent *parsed; /* the same */
    Str prompt_id;             /* message that the log shows as sent, until its turn begins; {NULL,0}: none */
    Str block;                 /* of the last delta; {NULL,0}: none in this batch */
    bool is_ruled;             /* a rule has answered the ask of this event: nobody waits */
} Apply;

static Id derived_id(const Apply *x, const char *prefix) {
    return conversation_derived_id(prefix, x->launch->id, x->ev);
}

static LogPlace place_of(const Apply *x) { return (LogPlace){x->launch->id, x->ev->offset, x->ev->index}; }

static int store_as_is(Apply *x, Err *e) {
    StreamEvent ev = {.at = x->ev->at, .payload = x->ev->payload, .place = place_of(x)};
    return conversation_append(x->tx, &x->who, x->ev->kind, &ev, e);
}

static int store_value(Apply *x, const void *value, Err *e) {
    CLEANUP(buf_done) Buf b = {0};
    TRY(conversation_encode(&b, x->ev->kind, value, e));
    StreamEvent ev = {.at = x->ev->at, .payload = buf_str(&b), .place = place_of(x)};
    return conversation_append(x->tx, &x->who, x->ev->kind, &ev, e);
}

/* A new session begins: without its history, but otherwise the agent could never start again. `falls_back`: unless a
 * newer session is left, which the next start resumes. */
static int forget_session(Apply *x, bool falls_back, Err *e) {
    int64_t n_fallen_back = 0;
    x->row.is_resumable = false;
    TRY(tx_run(x->tx, &sql_conversation_forget_session, DB_ARGS(db_i64(x->row.number)), NULL, e));
    Str gone = x->row.fork_session_id.n ? x->row.fork_session_id : x->row.session_id;
    TRY(tx_run(x->tx, &sql_session_forget, DB_ARGS(db_i64(x->row.number), db_text(gone)), NULL, e));
    TRY(tx_run(x->tx, &sql_conversation_forked, DB_ARGS(db_i64(x->row.number)), NULL, e));
    if (falls_back)
        TRY(tx_run(x->tx, &sql_session_fall_back, DB_ARGS(db_i64(x->row.number), db_text(gone)), &n_fallen_back, e));
    int64_t unanswered = 0;
    TRY(db_scalar(tx_conn(x->tx), &sql_message_count_unanswered, DB_ARGS(db_i64(x->row.number)), 0, &unanswered, e));
    EvNotice v = {.level = NOTICE_WARNING,
                  .code = STR("reset"),
                  .text = STR("The CLI no longer has this conversation: a new session starts without its history.")};
    if (n_fallen_back) {
        v.text = STR("The CLI no longer has this session: the next start resumes the newest one that it has.");
    } else if (unanswered) {
        v.code = STR("session_lost");
        v.text =
            STR("The CLI no longer has this conversation: a new session starts without its history. Queued prompts "
                "wait until the unanswered one is sent again or withdrawn.");
    }
    return conversation_emit(x->tx, &x->who, EV_KIND_NOTICE, &v, e);
}

static int on_session(Apply *x, void *value, Err *e) {
    const EvSession *v = value;
    if (v->gone) {
        TRY(forget_session(x, false, e));
        return store_as_is(x, e);
    }
    x->row.session_id = v->session_id;
    if (v->resumable) x->row.is_resumable = true;
    if (v->plan_ended) TRY(conversation_plan_ended(x->app, x->tx, &x->who, e));
    TRY(tx_run(x->tx, &sql_conversation_set_session,
               DB_ARGS(db_i64(x->row.number), db_text(v->session_id), db_i64(v->resumable)), NULL, e));
    TRY(session_seen(x->tx, &x->row, &(SessionSeen){v->session_id, x->launch->id, v->resumable, x->ev->at}, e));
    return store_as_is(x, e);
}

static int set_last_line(Apply *x, Str parent, Str text, Err *e) {
    bool is_other;
    return parent.n ? 0 : last_line_set(x->tx, &x->row, text, &is_other, e);
}

/* Files may have changed: who keeps checkpoints learns of it. Without a worktree there is nothing to keep. */
static int mark(Apply *x, WorkMark m, Err *e) {
    if (!x->who.worktree_id.p) return 0;
    m.subject_id = x->who.id;
    m.worktree_id = x->who.worktree_id;
    m.workspace_id = x->who.workspace_id;
    TRY(db_scalar(tx_conn(x->tx), &sql_turn_total, DB_ARGS(db_i64(x->row.number)), 1, &m.turn, e));
    m.turn--;
    return hook_run_work_marked(x->app, x->tx, &m, e);
}

static int mark_turn(Apply *x, bool was_open, TimeUs at, Err *e) {
    bool is_open = x->status.turn_open;
    if (was_open == is_open) return 0;
    WorkMark m = {.kind = is_open ? MARK_TURN_START : MARK_TURN_END, .at = at};
    m.goes_on = is_open || x->status.background > 0;
    return mark(x, m, e);
}

static int mark_ask(Apply *x, const EvAsk *v, Err *e) {
    if (v->kind != ASK_PERMISSION) return 0;
    return mark(x, (WorkMark){.kind = MARK_BEFORE_TOOL, .tool_id = v->tool_id, .tool = v->tool, .at = x->ev->at}, e);
}

static int mark_tool(Apply *x, const EvToolEnd *v, Err *e) {
    Message m = {0};
    bool found;
    TRY(db_one(tx_conn(x->tx), &sql_message_changing_tool, DB_ARGS(db_i64(x->row.number), db_text(v->tool_id)),
               DB_INTO(Message, x->arena, &m), &found, e));
    if (!found) return 0;
    WorkMark w = {
        .kind = MARK_AFTER_TOOL, .goes_on = true, .tool_id = v->tool_id, .tool = m.tool_name, .at = x->ev->at};
    return mark(x, w, e);
}

/* The message stores the whole text; the event shows as much as fits into one and carries the message's id. */
static int store_text(Apply *x, EvText *v, Str message_id, Err *e) {
    if (v->text.n <= EVENT_TEXT_MAX) return x->ev->payload.p ? store_as_is(x, e) : store_value(x, v, e);
    if (!v->truncated) GIVE(EvText, v, size, (int64_t)v->text.n);
    GIVE(EvText, v, truncated, true);
    GIVE(EvText, v, message_id, message_id);
    v->text = text_cut(v->text, EVENT_TEXT_MAX);
    return store_value(x, v, e);
}

/* incomplete_id: of the message that has its beginning; {NULL,0}: none. */
static int say(Apply *x, EvText *v, Str incomplete_id, Str *ret_id, Err *e) {
    Id id = derived_id(x, "msg");
    Message m = {.id = incomplete_id.n ? incomplete_id : arena_str(x->arena, id_str(&id)),
                 .role = ROLE_WORD_ASSISTANT,
                 .content = v->text,
                 .is_complete = !v->is_incomplete,
                 .created_at = x->ev->at};
    if (v->truncated) GIVE(Message, &m, truncated, true);
    if (v->is_error) GIVE(Message, &m, is_error, true);
    MessagePlace at = {.parent = v->parent.n ? v->parent : (Str){0}, .log = place_of(x)};
    TRY(incomplete_id.n ? message_complete(x->tx, &x->row, &m, e) : message_insert(x->tx, &x->row, &m, &at, e));
    TRY(set_last_line(x, v->parent, v->text, e));
    *ret_id = m.id;
    return store_text(x, v, m.id, e);
}

/* What was streamed of a block whose rest does not come becomes its message, at the place where it began. */
static int leave_text(Apply *x, OpenText *o, Err *e) {
    const DerivedEvent *now = x->ev,
                       begun = {.kind = EV_KIND_TEXT, .offset = o->log_offset, .index = o->log_index, .at = o->at};
    Streamed all;
    TRY(open_text_read(tx_conn(x->tx), &x->row, o, x->arena, &all, e));
    EvText v = {.block = o->block, .text = all.text};
    if (!v.text.n) return open_text_remove(x->tx, &x->row, o->block, e);
    if (o->parent.n) GIVE(EvText, &v, parent, o->parent);
    GIVE(EvText, &v, is_incomplete, true);
    if (all.size > (int64_t)v.text.n) {
        GIVE(EvText, &v, truncated, true);
        GIVE(EvText, &v, size, all.size);
    }
    x->ev = &begun;
    int r = say(x, &v, (Str){0}, &o->message_id, e);
    x->ev = now;
    return r < 0 ? r : open_text_set_message(x->tx, &x->row, o, e);
}

/* Of one speaker, apart from `but`; of all: at the end. */
typedef struct Leave {
    bool is_end;
    Str parent, but;
} Leave;

static int leave_texts(Apply *x, Leave which, Err *e) {
    OpenTextList open;
    TRY(open_text_list(tx_conn(x->tx), &x->row, x->arena, &open, e));
    for (size_t i = 0; i < open.n; i++) {
        OpenText *o = &open.items[i];
        bool is_meant = which.is_end || (str_eq(o->parent, which.parent) && !str_eq(o->block, which.but));
        if (is_meant) TRY(leave_text(x, o, e));
    }
    return 0;
}

/* Too many are open: the oldest is stored with what it has. */
static int bound_texts(Apply *x, Err *e) {
    OpenTextList open;
    TRY(open_text_list(tx_conn(x->tx), &x->row, x->arena, &open, e));
    return open.n > OPEN_TEXTS_MAX ? leave_text(x, &open.items[0], e) : 0;
}

static int on_text_delta(Apply *x, void *value, Err *e) {
    const EvTextDelta *v = value;
    OpenText o = {.block = v->block, .log_offset = x->ev->offset, .log_index = x->ev->index, .at = x->ev->at};
    bool is_new = false;
    if (v->parent.n) GIVE(OpenText, &o, parent, v->parent);
    if (!str_eq(x->block, v->block)) TRY(open_text_note(x->tx, &x->row, &o, &is_new, e));
    x->block = v->block;
    TRY(store_as_is(x, e));
    return is_new ? bound_texts(x, e) : 0;
}

/* A CLI may repeat less at the end than it streamed. *ret_is_more: *v has what was streamed in its place. */
static int read_streamed(Apply *x, const OpenText *o, EvText *v, bool *ret_is_more, Err *e) {
    Streamed all;
    TRY(open_text_read(tx_conn(x->tx), &x->row, o, x->arena, &all, e));
    *ret_is_more = all.text.n > v->text.n;
    if (!*ret_is_more) return 0;
    EvText whole = {.block = v->block, .text = all.text};
    if (v->parent.n) GIVE(EvText, &whole, parent, v->parent);
    if (v->is_error) GIVE(EvText, &whole, is_error, true);
    if (all.size > (int64_t)all.text.n) {
        GIVE(EvText, &whole, truncated, true);
        GIVE(EvText, &whole, size, all.size);
    }
    *v = whole;
    return 0;
}

/* The same speaker's other blocks end here: it speaks one after the other. */
static int on_text(Apply *x, void *value, Err *e) {
    EvText *v = value;
    const DerivedEvent *now = x->ev;
    DerivedEvent replaced = *now;
    OpenText o;
    bool is_more = false;
    Str id;
    TRY(leave_texts(x, (Leave){.parent = v->parent, .but = v->block}, e));
    TRY(open_text_find(tx_conn(x->tx), &x->row, v->block, x->arena, &o, e));
    if (o.block.n && v->truncated) TRY(read_streamed(x, &o, v, &is_more, e));
    if (o.block.n) TRY(open_text_remove(x->tx, &x->row, v->block, e));
    x->block = replaced.payload = (Str){0};
    if (is_more) x->ev = &replaced;
    int r = say(x, v, o.message_id, &id, e);
    x->ev = now;
    return r;
}

static int on_tool_start(Apply *x, void *value, Err *e) {
    const EvToolStart *v = value;
    Id id = derived_id(x, "msg");
    Message m = {.id = id_str(&id),
                 .role = ROLE_WORD_TOOL,
                 .content = v->title,
                 .tool_name = v->name,
                 .tool_input = v->input,
                 .created_at = x->ev->at};
    MessagePlace at = {.tool_id = v->tool_id,
                       .tool_kind = str(enum_word(&ToolKind_enum, v->kind)),
                       .parent = v->parent.n ? v->parent : (Str){0},
                       .log = place_of(x)};
    TRY(message_insert(x->tx, &x->row, &m, &at, e));
    TRY(set_last_line(x, v->parent, v->title.n ? v->title : v->name, e));
    return store_as_is(x, e);
}

static int on_tool_end(Apply *x, void *value, Err *e) {
    const EvToolEnd *v = value;
    TRY(message_end_tool(x->tx, &x->row, v, e));
    TRY(mark_tool(x, v, e));
    return store_as_is(x, e);
}

/* The row stores all of the arguments, because the answer echoes them; the event shows as much as fits into one. */
static void cut_input(const Apply *x, EvAsk *v) {
    if (v->input.n <= EVENT_INPUT_MAX) return;
    GIVE(EvAsk, v, truncated, true);
    GIVE(EvAsk, v, size, (int64_t)v->input.n);
    v->input = x->parsed->shown;
}

static AskSubject asking(const Apply *x) { return (AskSubject){x->who.org_id, x->who.kind, x->who.id}; }

static int on_ask(Apply *x, void *value, Err *e) {
    EvAsk *v = value;
    Ask *ask = x->parsed->ask;
    if (HAS(Ask, ask, decision_only)) GIVE(EvAsk, v, decision_only, true);
    TRY(ask_open(x->tx, ask, e));
    TRY(mark_ask(x, v, e));
    GIVE(EvAsk, v, ask_id, ask->id);
    GIVE(EvAsk, v, digest, ask->digest);
    cut_input(x, v);
    TRY(store_value(x, v, e));
    return conversation_rule(x->app, x->tx, x->parsed, x->arena, &x->is_ruled, e);
}

static int on_ask_cancel(Apply *x, void *value, Err *e) {
    EvAskCancel *v = value;
    AskSubject by = asking(x);
    AskEnd end = {x->launch->id, v->request_id, v->why == CANCEL_EXIT ? ASK_VOID : ASK_CANCELLED};
    TRY(ask_cancel(x->tx, &by, &end, x->arena, &v->ask_id, e));
    return v->ask_id.n ? store_value(x, v, e) : 0;
}

static int on_context(Apply *x, void *value, Err *e) {
    const EvContext *v = value;
    TRY(tx_run(x->tx, &sql_conversation_set_context,
               DB_ARGS(db_i64(x->row.number), db_i64(v->level), db_i64(v->is_assumed)), NULL, e));
    TRY(tx_run(x->tx, &sql_session_set_context,
               DB_ARGS(db_i64(x->row.number), db_text(x->row.session_id), db_i64(v->level)), NULL, e));
    return store_as_is(x, e);
}

/* The next launch of any subject starts with it. */
static int keep_window(Apply *x, const EvUsage *v, Err *e) {
    if (!v->window) return 0;
    TRY(tx_run(x->tx, &sql_model_window_set, DB_ARGS(db_text(v->model), db_i64(v->window), db_i64(x->ev->at)), NULL,
               e));
    return tx_run(x->tx, &sql_model_window_drop_old, DB_ARGS(db_i64(WINDOWS_KEPT)), NULL, e);
}

/* A scripted model costs nothing: in a store that also has people's own agents, its usage is not counted. */
static int count_usage(Apply *x, const EvUsage *v, TimeUs at, Err *e) {
    const ConversationSubject *who = &x->who;
    if (who->is_free) return 0;
    UsageAdd u = {.org_id = who->org_id,
                  .subject_kind = who->kind,
                  .subject_id = who->id,
                  .workspace_id = who->workspace_id,
                  .model = v->model,
                  .at = at,
                  .input = v->input,
                  .output = v->output,
                  .cache_read = v->cache_read,
                  .cache_creation = v->cache_creation,
                  .cost_micros = v->cost_micros,
                  .requests = v->requests,
                  .errors = v->errors};
    TRY(turn_count_usage(x->tx, &x->row, v, e));
    TRY(tx_run(x->tx, &sql_conversation_count_usage,
               DB_ARGS(db_i64(x->row.number), db_i64(v->input + v->output + v->cache_read + v->cache_creation),
                       db_i64(v->cost_micros)),
               NULL, e));
    return usage_add(x->app, x->tx, &u, e);
}

static int on_usage(Apply *x, void *value, Err *e) {
    TRY(keep_window(x, value, e));
    TRY(count_usage(x, value, x->ev->at, e));
    return store_as_is(x, e);
}

typedef int (*FindMessage)(DbConn *db, const Conversation *c, Str launch_id, Arena *a, Message *ret, Err *e);

static int move_found(Apply *x, FindMessage find, MessageState from, MessageState to, Err *e) {
    Message m;
    TRY(find(tx_conn(x->tx), &x->row, x->launch->id, x->arena, &m, e));
    return m.id.n ? message_move(x->tx, &x->who, &x->row, &(MessageMove){m.id, from, to}, e) : 0;
}

/* The last prompt that the launch got. */
static int move_last_sent(Apply *x, MessageState to, Err *e) {
    return move_found(x, message_last_sent, MESSAGE_SENT, to, e);
}

/* The last input of a lost launch may or may not have reached the CLI, so it is not sent again automatically. This
 * concerns the prompt of the current turn as long as there is no output for it, and after a power loss also one that
 * was handed over and is not in the rest of the log. */
static int doubt_prompts(Apply *x, Err *e) {
    bool is_unknown = x->status.turn_open || x->status.last == LAST_UNKNOWN;
    if (is_unknown && !x->status.turn_heard) TRY(move_last_sent(x, MESSAGE_DELIVERY_UNKNOWN, e));
    if (!x->launch->lost_power) return 0;
    return move_found(x, message_find_handed, MESSAGE_QUEUED, MESSAGE_DELIVERY_UNKNOWN, e);
}

/* The prompt of a turn that ends before any output. One that came during the turn is still answered, unless the program
 * has ended. */
static int leave_unanswered(Apply *x, bool is_end, Err *e) {
    return x->status.turn_open && !x->status.turn_heard && (!x->status.is_steered || is_end)
               ? move_last_sent(x, MESSAGE_UNANSWERED, e)
               : 0;
}

static int on_turn_end(Apply *x, void *value, Err *e) {
    TRY(open_text_clear(x->tx, &x->row, false, e));
    TRY(leave_texts(x, (Leave){0}, e));
    if (((const EvTurnEnd *)value)->outcome != TURN_OK) TRY(leave_unanswered(x, false, e));
    return store_as_is(x, e);
}

/* A CLI that ended before its session began has not read its prompt, which waits for the next start. A CLI that ended
 * later without any output may have read it, so only a person sends it again. */
static int on_exit_event(Apply *x, void *value, Err *e) {
    const EvExit *v = value;
    if (v->before_session)
        TRY(move_last_sent(x, MESSAGE_QUEUED, e));
    else
        TRY(leave_unanswered(x, true, e));
    if (v->session_gone) TRY(forget_session(x, true, e));
    return store_as_is(x, e);
}

/* A list that is known already is no event. */
static int on_commands(Apply *x, void *value, Err *e) {
    bool changed = false;
    TRY(commands_keep(x->tx, &x->row, value, x->arena, &changed, e));
    return changed ? store_value(x, value, e) : 0;
}

static int on_option(Apply *x, void *value, Err *e) {
    TRY(conversation_option_answered(x->app, x->tx, &x->who, x->launch->id, value, e));
    return store_value(x, value, e);
}

/* Kinds with an effect of their own; the others are only stored. `state` only feeds the status. */
static int (*const effects[AgentEventKind_n])(Apply *x, void *value, Err *e) = {
    [EV_KIND_SESSION] = on_session,
    [EV_KIND_TEXT] = on_text,
    [EV_KIND_TOOL_START] = on_tool_start,
    [EV_KIND_TOOL_END] = on_tool_end,
    [EV_KIND_ASK] = on_ask,
    [EV_KIND_ASK_CANCEL] = on_ask_cancel,
    [EV_KIND_CONTEXT] = on_context,
    [EV_KIND_USAGE] = on_usage,
    [EV_KIND_EXIT] = on_exit_event,
    [EV_KIND_TURN_END] = on_turn_end,
    [EV_KIND_TEXT_DELTA] = on_text_delta,
    [EV_KIND_COMMANDS] = on_commands,
    [EV_KIND_OPTION] = on_option,
};

/* Stores an event that cannot be stored as its own kind: the kind and the beginning. It has no other effect. */
static int store_unknown(Apply *x, const DerivedEvent *ev, Err *e) {
    DerivedEvent unknown = *ev;
    EvUnknown v = {.type = str(agent_events[ev->kind].word),
                   .text = text_clean(x->arena, ev->payload, UNKNOWN_MAX),
                   .size = (int64_t)ev->payload.n};
    unknown.kind = EV_KIND_UNKNOWN;
    x->ev = &unknown;
    int r = store_value(x, &v, e);
    x->ev = ev;
    return r;
}

/* The exit is stored whatever its event contains. */
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
    status_place(&x->status, x->launch->id, ev->offset, ev->index, x->arena);
    return conversation_emit_status(x->tx, &x->who, &x->row, &x->status, e);
}

static int apply_plain(Apply *x, const DerivedEvent *ev, Err *e) {
    return ev->kind == EV_KIND_EXIT && x->exit ? apply_plain_exit(x, ev, e) : store_unknown(x, ev, e);
}

/* In a store that was put back the log does not say which message an input was; it is the one that was sent last. */
static int take_prompt(Apply *x, Str *ret, Err *e) {
    Message m;
    *ret = TAKE(x->prompt_id);
    if (ret->n) return 0;
    TRY(message_last_sent(tx_conn(x->tx), &x->row, x->launch->id, x->arena, &m, e));
    *ret = m.id;
    return 0;
}

/* A prompt that came during a turn may be answered in one of its own, which the CLI begins. */
static bool begins_with_prompt(const EvState *v, const StatusState *before) {
    return v->state == CLI_TURN_BEGUN || (v->state == CLI_RUNNING && !before->turn_open && before->is_steered);
}

/* The status follows the event, and the turn the status. */
static int fold_status(Apply *x, AgentEventKind kind, const void *value, TimeUs at, Err *e) {
    TurnEvent turn = {.kind = kind, .value = value, .at = at, .before = x->status, .status = &x->status};
    bool changed = status_event(&x->status, (int)kind, value, at, x->arena);
    if (kind == EV_KIND_STATE && begins_with_prompt(value, &turn.before)) TRY(take_prompt(x, &turn.message_id, e));
    TRY(turn_follow(x->tx, &x->row, &turn, e));
    TRY(mark_turn(x, turn.before.turn_open, at, e));
    if (!changed) return 0;
    if (x->ev) status_place(&x->status, x->launch->id, x->ev->offset, x->ev->index, x->arena);
    TRY(conversation_store_status(x->tx, &x->row, &x->status, e));
    return conversation_emit_status(x->tx, &x->who, &x->row, &x->status, e);
}

static int apply_event(Apply *x, const DerivedEvent *ev, Err *e) {
    x->ev = ev;
    void *value = x->parsed->value;
    if (!value) {
        log_err(LOG_WARN, LOG_MODULE, "an event that breaks its shape", x->parsed->why);
        return apply_plain(x, ev, e);
    }
    x->is_ruled = false;
    if (effects[ev->kind])
        TRY(effects[ev->kind](x, value, e));
    else if (ev->kind != EV_KIND_STATE)
        TRY(store_as_is(x, e));
    if (x->is_ruled) return 0;
    return fold_status(x, ev->kind, value, ev->at, e);
}

/* --- inputs, replies, exit -------------------------------------------------------------------------------- */

static int apply_input(Apply *x, const DerivedInput *in, Err *e) {
    LaunchCause cause;
    TRY(launch_input_cause(tx_conn(x->tx), x->launch->id, in->n, x->arena, &cause, e));
    if (str_is(cause.cause, "recovered"))
        return conversation_claim_input(x->tx, &(RecoveredInput){&x->who, &x->row, x->launch, in}, x->arena, e);
    if (!str_is(cause.cause, "message")) return 0;
    x->prompt_id = cause.cause_id;
    MessageMove doubted = {cause.cause_id, MESSAGE_DELIVERY_UNKNOWN, MESSAGE_SENT}; /* the log shows it after a gap */
    TRY(message_move(x->tx, &x->who, &x->row, &(MessageMove){cause.cause_id, MESSAGE_QUEUED, MESSAGE_SENT}, e));
    return message_move(x->tx, &x->who, &x->row, &doubted, e);
}

/* A prompt that was handed over and whose input the gap may hide. An input that a living hold has not accepted will
 * still be sent; one that a hold accepted but had not written to the child may be lost with the hold. */
static int settle_handed(Apply *x, const DerivedGap *gap, Err *e) {
    Message m;
    int64_t n = 0;
    TRY(message_find_handed(tx_conn(x->tx), &x->row, x->launch->id, x->arena, &m, e));
    if (m.id.n) TRY(launch_input_number(tx_conn(x->tx), x->launch->id, m.id, &n, e));
    if (!n || (n > gap->accepted && !gap->is_hold_gone)) return 0;
    MessageState to = n <= gap->delivered ? MESSAGE_SENT : MESSAGE_DELIVERY_UNKNOWN;
    return message_move(x->tx, &x->who, &x->row, &(MessageMove){m.id, MESSAGE_QUEUED, to}, e);
}

/* Part of the log is missing. The open turn may have ended in it with an unknown outcome. Asks stay open, because a CLI
 * that still waits for an answer must get one. */
static int apply_gap(Apply *x, const DerivedGap *gap, Err *e) {
    EvNotice notice = {
        .level = NOTICE_WARNING,
        .code = STR("gap"),
        .text = STR("Part of the output is missing from the log, so what the program did there is not shown.")};
    EvTurnEnd end = {.outcome = TURN_UNKNOWN};
    TRY(conversation_emit(x->tx, &x->who, EV_KIND_NOTICE, &notice, e));
    TRY(settle_handed(x, gap, e));
    if (!x->status.turn_open) return 0;
    TRY(conversation_emit(x->tx, &x->who, EV_KIND_TURN_END, &end, e));
    return fold_status(x, EV_KIND_TURN_END, &end, tx_now(x->tx), e);
}

/* Why the hold ended it, if that says more than code and signal. It precedes the exit, which then does not replace it.
 * A stop that a person requested is not an error. */
static int apply_cause(Apply *x, const HoldExit *exit, Err *e) {
    static const struct {
        const char *reason;
        StatusAct act;
    } causes[] = {
        {"limit", ACT_LIMIT}, {"exec_failed", ACT_FAILED}, {"not_started", ACT_FAILED}, {"terminated", ACT_FAILED}};
    for (size_t i = 0; i < COUNT_OF(causes) && !x->status.stop_asked; i++) {
        if (!str_is(exit->reason, causes[i].reason)) continue;
        if (!status_act(&x->status, causes[i].act, exit->text, tx_now(x->tx), x->arena)) return 0;
        return conversation_emit_status(x->tx, &x->who, &x->row, &x->status, e);
    }
    return 0;
}

/* A turn that nobody saw end. */
static int mark_cut(Apply *x, TimeUs at, Err *e) {
    int64_t running;
    TRY(db_scalar(tx_conn(x->tx), &sql_turn_running, DB_ARGS(db_i64(x->row.number)), -1, &running, e));
    return running < 0 ? 0 : mark(x, (WorkMark){.kind = MARK_TURN_END, .at = at}, e);
}

static int apply_exit(Apply *x, Err *e) {
    AskSubject by = asking(x);
    TimeUs at = x->ev ? x->ev->at : tx_now(x->tx);
    TRY(mark_cut(x, at, e));
    TRY(open_text_clear(x->tx, &x->row, true, e));
    TRY(ask_void_all(x->tx, &by, e));
    TRY(message_take_back(x->tx, &x->row, e));
    TRY(turn_cut(x->tx, &x->row, &x->status, at, e));
    TRY(tx_run(x->tx, &sql_conversation_set_stopped, DB_ARGS(db_i64(x->row.number), db_i64(tx_now(x->tx))), NULL, e));
    TRY(session_end(x->tx, &x->row, tx_now(x->tx), e));
    return conversation_store_status(x->tx, &x->row, &x->status, e);
}

static int begin(Apply *x, App *app, Tx *tx, const LaunchRow *l, Err *e) {
    *x = (Apply){.app = app, .tx = tx, .launch = l, .arena = x->arena};
    TRY(conversation_find_subject(app, tx_conn(tx), (ConversationOf){l->owner_kind, l->owner_id}, x->arena, &x->who,
                                  e));
    TRY(conversation_get(tx_conn(tx), l->owner_kind, l->owner_id, x->arena, &x->row, e));
    return conversation_load_status(&x->row, &x->status, x->arena, e);
}

static int apply_events(Apply *x, const DerivedBatch *b, Err *e) {
    size_t in = 0;
    for (size_t i = 0; i < b->n_events; i++) {
        for (; in < b->n_inputs && b->inputs[in].before <= i; in++) TRY(apply_input(x, &b->inputs[in], e));
        bool is_exit = b->exit && b->events[i].kind == EV_KIND_EXIT;
        if (is_exit && !b->is_plain) TRY(leave_texts(x, (Leave){.is_end = true}, e));
        if (is_exit) TRY(apply_cause(x, b->exit, e));
        x->parsed = &b->parsed[i];
        TRY(b->is_plain ? apply_plain(x, &b->events[i], e) : apply_event(x, &b->events[i], e));
        bool is_gap = b->gap && i == 0 && b->events[i].kind == EV_KIND_GAP; /* it is the first event */
        if (is_gap) TRY(apply_gap(x, b->gap, e));
    }
    for (; in < b->n_inputs; in++) TRY(apply_input(x, &b->inputs[in], e));
    return 0;
}

/* In a store restored from a backup, the log may show that it was already sent. */
static int add_reply(Apply *x, Str bytes, Err *e) {
    LaunchInput reply = {x->launch->id, bytes, "reply", x->launch->id};
    bool is_sent = false;
    TRY(launch_claim_input(x->tx, &reply, &is_sent, e));
    return is_sent ? 0 : launch_add_input(x->app, x->tx, &reply, e);
}

int conversation_apply_batch(App *app, Tx *tx, const LaunchRow *l, const DerivedBatch *b, Err *e) {
    CLEANUP(arena_freep) Arena *arena = arena_new();
    Apply x = {.arena = arena};
    TRY(begin(&x, app, tx, l, e));
    x.exit = b->exit;
    TRY(apply_events(&x, b, e));
    if (b->exit) return apply_exit(&x, e);
    TRY(conversation_store_status(tx, &x.row, &x.status, e));
    for (size_t i = 0; i < b->n_replies; i++) TRY(add_reply(&x, b->replies[i], e));
    bool handed;
    return message_deliver_next(app, tx, &x.who, arena, &handed, e);
}

typedef struct Settle {
    Apply *apply;
    Err why;
    int64_t n_said;
    bool has_failed;
} Settle;

static int settle_used(Apply *x, const EvUsage *v, Err *e) {
    TRY(count_usage(x, v, tx_now(x->tx), e));
    return conversation_emit(x->tx, &x->who, EV_KIND_USAGE, v, e);
}

/* An answer that is not in the log never reached the program, no matter who accepted it. */
static int settle_ask(Apply *x, const EvAskCancel *v, Err *e) {
    EvAskCancel cancel = *v;
    AskSubject by = asking(x);
    AskEnd end = {x->launch->id, v->request_id, ASK_VOID};
    TRY(ask_cancel(x->tx, &by, &end, x->arena, &cancel.ask_id, e));
    return cancel.ask_id.n ? conversation_emit(x->tx, &x->who, EV_KIND_ASK_CANCEL, &cancel, e) : 0;
}

/* What was said but not yet stored as a whole, and calls that have not ended: as if the log had gone on. */
static int settle_said(Apply *x, AgentEventKind kind, const void *value, int64_t index, Err *e) {
    CLEANUP(buf_done) Buf b = {0};
    TRY(conversation_encode(&b, kind, value, e));
    DerivedEvent ev = {.kind = kind,
                       .offset = x->launch->seen,
                       .index = index,
                       .at = tx_now(x->tx),
                       .payload = arena_str(x->arena, buf_str(&b))};
    DerivedBatch one = {.events = &ev, .n_events = 1};
    conversation_parse(&one, &x->who, x->launch, x->arena);
    x->parsed = one.parsed;
    int r = apply_event(x, &ev, e);
    x->ev = NULL;
    x->parsed = NULL;
    return r;
}

static int settle(Settle *s, AgentEventKind kind, const void *value, Err *e) {
    switch ((int)kind) {
    case EV_KIND_USAGE: return settle_used(s->apply, value, e);
    case EV_KIND_ASK_CANCEL: return settle_ask(s->apply, value, e);
    case EV_KIND_TEXT:
    case EV_KIND_THOUGHT:
    case EV_KIND_TOOL_START:
    case EV_KIND_TOOL_END: return settle_said(s->apply, kind, value, s->n_said++, e);
    default: return 0;
    }
}

static void on_settled(void *arg, AgentEventKind kind, const void *value) {
    Settle *s = arg;
    if (!s->has_failed) s->has_failed = settle(s, kind, value, &s->why) < 0;
}

static void on_no_reply(void *arg, Str bytes) { (void)arg, (void)bytes; }

/* The usage of a lost launch since its last result, what it said and did until then, and its open asks. Its adapter
 * emits them at an exit; everything else about that exit is emitted here. */
static int settle_lost(Apply *x, Err *e) {
    const Adapter *ad = x->who.adapter;
    Settle s = {.apply = x};
    AdapterState *state = NULL;
    if (!x->launch->owner_state.n) return 0;
    if (ad->open(x->launch->owner_state, &state, &s.why) < 0) {
        log_err(LOG_WARN, LOG_MODULE, "the state of a lost launch", &s.why);
        return 0;
    }
    ad->exited(state, -1, SIGKILL, false, &(AdapterSink){on_settled, on_no_reply, &s});
    ad->close(state);
    if (s.has_failed) return err_fail(e, s.why.code, "%s", s.why.text);
    return 0;
}

int conversation_lost(App *app, Tx *tx, const LaunchRow *l, const char *why, Err *e) {
    CLEANUP(arena_freep) Arena *arena = arena_new();
    Apply x = {.arena = arena};
    TRY(begin(&x, app, tx, l, e));
    Str detail = str(why);
    bool is_lost = str_starts(detail, STR(LAUNCH_LOST_WHY));
    if (is_lost) detail = str_trim(str_from(detail, sizeof LAUNCH_LOST_WHY)); /* after the colon */
    if (is_lost) TRY(doubt_prompts(&x, e));
    StatusAct act = is_lost ? ACT_HOLD_LOST : ACT_FAILED;
    EvExit v = {.is_clean = false, .text = str(why)};
    TRY(settle_lost(&x, e));
    TRY(leave_texts(&x, (Leave){.is_end = true}, e));
    TRY(conversation_emit(tx, &x.who, EV_KIND_EXIT, &v, e));
    if (status_act(&x.status, act, detail, tx_now(tx), arena))
        TRY(conversation_emit_status(tx, &x.who, &x.row, &x.status, e));
    return apply_exit(&x, e);
}

static StatusAct held_act(const char *why) {
    if (!*why) return ACT_CONTINUED;
    if (str_is(str(why), LAUNCH_HELD_SUSPENDED)) return ACT_SUSPENDED;
    return str_is(str(why), LAUNCH_HELD_NO_ROOM) ? ACT_NO_ROOM : ACT_HELD;
}

static bool is_held(AgentReason r) { return r == REASON_HELD || r == REASON_NO_ROOM || r == REASON_SUSPENDED; }

int conversation_held(App *app, Tx *tx, const LaunchRow *l, const char *why, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    ConversationSubject who;
    Conversation c;
    TRY(conversation_find_subject(app, tx_conn(tx), (ConversationOf){l->owner_kind, l->owner_id}, a, &who, e));
    TRY(conversation_get(tx_conn(tx), l->owner_kind, l->owner_id, a, &c, e));
    ConversationAct act = {.act = held_act(why), .text = str(why)};
    /* Nothing that a terminal prints shows that its program is running. */
    bool is_terminal = who.adapter->caps & ADAPTER_PTY;
    bool is_expected = is_held(c.status_reason) || c.status_reason == REASON_STARTING;
    if (!*why && is_terminal && is_expected)
        act = (ConversationAct){.act = ACT_STARTED};
    else if (!*why && !is_held(c.status_reason))
        return 0;
    return conversation_act(tx, &who, &c, act, a, e);
}
