#include "adapter/status.h"

#include <signal.h>

#include "adapter/event.h"
#include "base/mem.h"
#include "base/text_cut.h"

enum { DETAIL_MAX = 2000, ASK_DETAIL_MAX = 256 };

ENUM_DEFINE(AgentStatusWord, STATUS_WORD_LIST);
#define REASON_TEXT_(member, word, status, text) [member] = word,
static const char *const AgentReason_words[] = {STATUS_REASON_TABLE(REASON_TEXT_)};
const EnumDef AgentReason_enum = {"AgentReason", AgentReason_words, AgentReason_n};
ENUM_DEFINE(StatusSource, STATUS_SOURCE_LIST);
ENUM_DEFINE(StatusLast, STATUS_LAST_LIST);
SHAPE_DEFINE(AgentStatus, AGENT_STATUS);
ENUM_DEFINE(StatusAct, STATUS_ACT_LIST);
SHAPE_DEFINE(StatusAsk, STATUS_ASK);
SHAPE_DEFINE(StatusCause, STATUS_CAUSE);
SHAPE_DEFINE(StatusState, STATUS_STATE);

#define REASON_STATUS_(member, word, status, text) [member] = status,
static const AgentStatusWord reasons[AgentReason_n] = {STATUS_REASON_TABLE(REASON_STATUS_)};

AgentStatusWord status_word(AgentReason r) { return reasons[r]; }

static void no_retry(AgentStatus *now) {
    GIVE(AgentStatus, now, retry_at, 0);
    now->set &= ~(1ull << AgentStatus_retry_at_bit);
}

/* Sets word, reason, source and detail; true if a reader would see a difference. `since` changes only with the reason,
 * so that a new detail does not restart the clock. */
static bool become(StatusState *s, AgentReason r, StatusSource source, Str detail, TimeUs at, Arena *a) {
    AgentStatus *now = s->now;
    if (s->is_suspended) {
        r = REASON_SUSPENDED;
        source = SOURCE_SUPERVISOR;
        detail = (Str){0};
    }
    bool is_same = now->reason == r;
    detail = text_cut(detail, DETAIL_MAX);
    if (is_same && str_eq(now->detail, detail)) return false;
    now->status = status_word(r);
    now->reason = r;
    now->source = source;
    now->detail = detail.n ? arena_str(a, detail) : (Str){0};
    if (is_same) return true;
    now->since = at;
    no_retry(now);
    return true;
}

/* It replaces what the same source said before. */
static void note(StatusState *s, const char *what, bool is_act, TimeUs at, Arena *a) {
    const AgentStatus *now = s->now;
    StatusCause *list = arena_array(a, StatusSource_n, sizeof *list);
    size_t n = 0;
    list[n++] = (StatusCause){.source = now->source,
                              .status = now->status,
                              .reason = now->reason,
                              .what = str(what),
                              .is_act = is_act,
                              .at = at};
    for (size_t i = 0; i < s->causes.n; i++)
        if (s->causes.items[i].source != now->source) list[n++] = s->causes.items[i];
    s->causes = (StatusCauseList){list, n};
}

void status_place(StatusState *s, Str launch_id, int64_t offset, int64_t index, Arena *a) {
    if (!s->causes.n) return;
    GIVE(StatusCause, &s->causes.items[0], launch_id, arena_str(a, launch_id));
    GIVE(StatusCause, &s->causes.items[0], offset, offset);
    GIVE(StatusCause, &s->causes.items[0], index, index);
}

/* Background commands are shown only for an agent that does nothing else: a running turn says enough by itself. */
static bool show_background(StatusState *s) {
    int64_t n = status_word(s->now->reason) == AGENT_FINISHED ? s->background : 0;
    if (s->now->background_commands == n) return false;
    GIVE(AgentStatus, s->now, background_commands, n);
    if (!n) s->now->set &= ~(1ull << AgentStatus_background_commands_bit);
    return true;
}

static bool is_waiting(const StatusState *s) { return status_word(s->now->reason) == AGENT_WAITING; }

static void ask_add(StatusState *s, const EvAsk *ask, Arena *a) {
    static const AgentReason by_kind[AskKind_n] = {
        [ASK_PERMISSION] = REASON_PERMISSION, [ASK_QUESTION] = REASON_QUESTION, [ASK_PLAN] = REASON_PLAN};
    if (s->asks.n == STATUS_ASKS_MAX) return;
    StatusAsk *grown = arena_array(a, s->asks.n + 1, sizeof *grown);
    for (size_t i = 0; i < s->asks.n; i++) grown[i] = s->asks.items[i];
    grown[s->asks.n] = (StatusAsk){
        .request_id = arena_str(a, ask->request_id),
        .reason = by_kind[ask->kind],
        .detail = ask->tool.n ? arena_str(a, text_cut(ask->tool, ASK_DETAIL_MAX)) : (Str){0},
    };
    s->asks.items = grown;
    s->asks.n++;
}

static void ask_remove(StatusState *s, Str request_id) {
    size_t kept = 0;
    for (size_t i = 0; i < s->asks.n; i++)
        if (!str_eq(s->asks.items[i].request_id, request_id)) s->asks.items[kept++] = s->asks.items[i];
    s->asks.n = kept;
}

/* The status of an idle agent: the outcome of its last turn. Being idle does not clear an error. */
static bool rest(StatusState *s, StatusSource source, TimeUs at, Arena *a) {
    bool is_unused = (!s->turn_open && s->last == LAST_NONE) || s->last == LAST_UNKNOWN;
    s->turn_open = false;
    if (is_unused) return become(s, REASON_READY, source, (Str){0}, at, a);
    if (s->last == LAST_FAILED) return become(s, REASON_API, source, s->last_text, at, a);
    return become(s, s->last == LAST_INTERRUPTED ? REASON_INTERRUPTED : REASON_TURN_DONE, source, (Str){0}, at, a);
}

/* The first open ask is what the agent waits for; with none open it is working, unless its turn is over: a subagent may
 * ask later than that. */
static bool show_asks(StatusState *s, TimeUs at, Arena *a) {
    bool is_over = !s->turn_open && !s->idle_due && s->last != LAST_NONE && s->last != LAST_UNKNOWN;
    if (s->asks.n) return become(s, s->asks.items[0].reason, SOURCE_PROTOCOL, s->asks.items[0].detail, at, a);
    if (is_waiting(s) && is_over) return rest(s, SOURCE_EVENT, at, a);
    return is_waiting(s) && become(s, REASON_WORKING, SOURCE_PROTOCOL, (Str){0}, at, a);
}

/* Background commands during a turn, or after it has ended: the CLI is idle only after them. */
static bool on_background(StatusState *s, const EvState *v, TimeUs at, Arena *a) {
    GIVE(StatusState, s, background, v->count);
    return v->count && s->idle_due && s->now->reason == REASON_WORKING && rest(s, SOURCE_EVENT, at, a);
}

static void begin_turn(StatusState *s) {
    GIVE(StatusState, s, is_steered, false);
    s->turn_open = true;
    s->turn_heard = false;
    s->idle_is_old = s->idle_due;
    s->idle_due = false;
    s->session_lost = false;
    s->last = LAST_NONE;
    s->last_text = (Str){0};
}

/* An attempt that is due at another time is news, even if it failed for the same reason. */
static bool on_retrying(StatusState *s, const EvState *v, StatusSource source, TimeUs at, Arena *a) {
    AgentStatus *now = s->now;
    TimeUs was = HAS(AgentStatus, now, retry_at) ? now->retry_at : 0;
    TimeUs due = HAS(EvState, v, retry_ms) ? at + v->retry_ms * 1000 : 0;
    bool changed = become(s, REASON_RETRYING, source, v->detail, at, a);
    no_retry(now);
    if (due) GIVE(AgentStatus, now, retry_at, due);
    return changed || due != was;
}

static bool on_state(StatusState *s, const EvState *v, TimeUs at, Arena *a) {
    StatusSource source = v->by_protocol ? SOURCE_PROTOCOL : SOURCE_EVENT;
    bool was_open = s->turn_open;
    s->has_protocol |= v->by_protocol;
    switch (v->state) {
    case CLI_READY:
        GIVE(StatusState, s, is_ready, true);
        return s->now->reason == REASON_STARTING && !s->turn_open && rest(s, source, at, a);
    case CLI_TURN_BEGUN:
        begin_turn(s);
        if (was_open) GIVE(StatusState, s, is_steered, true);
        if (s->now->reason == REASON_STARTING || s->asks.n) return false;
        return become(s, REASON_WORKING, source, (Str){0}, at, a);
    case CLI_ANSWERED: ask_remove(s, v->detail); return show_asks(s, at, a);
    case CLI_RUNNING:
        if (!s->turn_open) begin_turn(s);
        s->idle_is_old = false;
        return s->asks.n ? show_asks(s, at, a) : become(s, REASON_WORKING, source, v->detail, at, a);
    case CLI_BACKGROUND: return on_background(s, v, at, a);
    case CLI_RETRYING: return on_retrying(s, v, source, at, a);
    case CLI_IDLE:
        if (s->idle_is_old) return s->idle_is_old = false;
        GIVE(StatusState, s, is_steered, false);
        s->idle_due = false;
        return rest(s, source, at, a);
    default: return false;
    }
}

/* If the CLI reports its own state, a turn's end does not yet mean idle: that state follows, at once or after the
 * background commands, which may take hours. */
static bool on_turn_end(StatusState *s, const EvTurnEnd *v, TimeUs at, Arena *a) {
    static const StatusLast last[TurnOutcome_n] = {[TURN_OK] = LAST_OK,
                                                   [TURN_ERROR] = LAST_FAILED,
                                                   [TURN_INTERRUPTED] = LAST_INTERRUPTED,
                                                   [TURN_UNKNOWN] = LAST_UNKNOWN};
    s->last = last[v->outcome];
    s->last_text = v->outcome == TURN_ERROR && v->text.n ? arena_str(a, text_cut(v->text, DETAIL_MAX)) : (Str){0};
    s->turn_open = false;
    s->idle_due = s->has_protocol && v->outcome != TURN_UNKNOWN;
    bool is_at_rest = !s->has_protocol || s->background || v->outcome == TURN_UNKNOWN;
    if (is_at_rest) GIVE(StatusState, s, is_steered, false);
    if (is_at_rest && !s->asks.n) return rest(s, SOURCE_EVENT, at, a);
    return show_asks(s, at, a);
}

/* What stopped it says more than its exit. */
static bool says_more_than_exit(AgentReason r) {
    return r == REASON_EXIT || r == REASON_LIMIT || r == REASON_DISK_FULL || r == REASON_HOLD_LOST ||
           r == REASON_MISSING_CLI;
}

/* By the signal itself, or as a shell reports it. */
static bool is_end_by_interrupt(const EvExit *v) {
    return HAS(EvExit, v, signal) ? v->signal == SIGINT : HAS(EvExit, v, code) && v->code == 128 + SIGINT;
}

static bool on_exit_event(StatusState *s, const EvExit *v, TimeUs at, Arena *a) {
    s->asks.n = 0;
    s->turn_open = false;
    GIVE(StatusState, s, is_steered, false);
    s->background = 0;
    GIVE(StatusState, s, is_suspended, false);
    if (v->session_gone) GIVE(StatusState, s, session_lost, true);
    if (says_more_than_exit(s->now->reason)) return false;
    if (s->stop_asked) return become(s, REASON_STOPPED, SOURCE_USER, (Str){0}, at, a);
    if (s->last == LAST_FAILED) return become(s, REASON_API, SOURCE_EVENT, s->last_text, at, a);
    if (s->last == LAST_INTERRUPTED && is_end_by_interrupt(v))
        return become(s, REASON_INTERRUPTED, SOURCE_USER, (Str){0}, at, a);
    if (v->is_clean && v->before_session && HAS(EvExit, v, code))
        return become(s, REASON_EXIT, SOURCE_PROCESS, STR("the program ended without starting a session"), at, a);
    if (v->is_clean) return become(s, REASON_EXITED, SOURCE_PROCESS, (Str){0}, at, a);
    if (v->before_session && HAS(EvExit, v, code) && v->code == 1) GIVE(StatusState, s, failed_early, true);
    if (v->text.n) return become(s, REASON_EXIT, SOURCE_PROCESS, v->text, at, a);
    Str why = HAS(EvExit, v, signal) ? arena_fmt(a, "ended by signal %d", (int)v->signal)
                                     : arena_fmt(a, "ended with code %d", (int)v->code);
    return become(s, REASON_EXIT, SOURCE_PROCESS, why, at, a);
}

void status_init(StatusState *s, TimeUs at, Arena *a) {
    *s = (StatusState){.now = arena_new_in(a, AgentStatus)};
    *s->now = (AgentStatus){.status = AGENT_FINISHED, .reason = REASON_NOT_STARTED, .source = SOURCE_USER, .since = at};
}

/* Output of a CLI after a turn, when a background command has ended, is a new turn; and output after a gap shows that
 * its turn did not end in the gap. */
static bool on_said(StatusState *s, Str parent, TimeUs at, Arena *a) {
    bool reopens = !s->turn_open && !parent.n && (s->now->reason == REASON_TURN_DONE || s->last == LAST_UNKNOWN);
    if (reopens) begin_turn(s);
    if (reopens) s->idle_is_old = false;
    if (s->turn_open && !parent.n) GIVE(StatusState, s, turn_heard, true);
    return reopens && !s->asks.n && become(s, REASON_WORKING, SOURCE_EVENT, (Str){0}, at, a);
}

static bool fold(StatusState *s, int kind, const void *v, TimeUs at, Arena *a) {
    switch (kind) {
    case EV_KIND_TEXT_DELTA:
        /* After a gap the text that it belongs to may end much later. */
        if (!s->turn_open && s->last == LAST_UNKNOWN) return on_said(s, (Str){0}, at, a);
        if (s->turn_open) GIVE(StatusState, s, turn_heard, true);
        return false;
    case EV_KIND_TEXT:
    case EV_KIND_THOUGHT: return on_said(s, ((const EvText *)v)->parent, at, a);
    case EV_KIND_TOOL_START: return on_said(s, ((const EvToolStart *)v)->parent, at, a);
    case EV_KIND_STATE: return on_state(s, v, at, a);
    case EV_KIND_ASK: ask_add(s, v, a); return show_asks(s, at, a);
    case EV_KIND_ASK_CANCEL: ask_remove(s, ((const EvAskCancel *)v)->request_id); return show_asks(s, at, a);
    case EV_KIND_TURN_END: return on_turn_end(s, v, at, a);
    case EV_KIND_EXIT: return on_exit_event(s, v, at, a);
    case EV_KIND_SESSION:
        if (((const EvSession *)v)->gone) GIVE(StatusState, s, session_lost, true);
        return false;
    default: return false;
    }
}

bool status_event(StatusState *s, int kind, const void *v, TimeUs at, Arena *a) {
    bool changed = fold(s, kind, v, at, a);
    if (changed) note(s, agent_events[kind].word, false, at, a);
    return show_background(s) || changed;
}

static bool fold_act(StatusState *s, StatusAct act, Str text, TimeUs at, Arena *a) {
    static const struct {
        AgentReason reason;
        StatusSource source;
    } shown[] = {
        [ACT_LAUNCHED] = {REASON_STARTING, SOURCE_PROCESS},
        [ACT_STARTED] = {REASON_WORKING, SOURCE_PROCESS},
        [ACT_CONTINUED] = {REASON_WORKING, SOURCE_SUPERVISOR},
        [ACT_HELD] = {REASON_HELD, SOURCE_SUPERVISOR},
        [ACT_NO_ROOM] = {REASON_NO_ROOM, SOURCE_SUPERVISOR},
        [ACT_SUSPENDED] = {REASON_SUSPENDED, SOURCE_SUPERVISOR},
        [ACT_HOLD_LOST] = {REASON_HOLD_LOST, SOURCE_SUPERVISOR},
        [ACT_DISK_FULL] = {REASON_DISK_FULL, SOURCE_SUPERVISOR},
        [ACT_MISSING_CLI] = {REASON_MISSING_CLI, SOURCE_PROCESS},
        [ACT_FAILED] = {REASON_EXIT, SOURCE_SUPERVISOR},
        [ACT_LIMIT] = {REASON_LIMIT, SOURCE_SUPERVISOR},
    };
    if (act == ACT_STOP_ASKED) {
        s->stop_asked = true;
        return false;
    }
    if (act == ACT_INTERRUPTED) {
        s->last = LAST_INTERRUPTED;
        return false;
    }
    if (act == ACT_LAUNCHED) {
        AgentStatus *now = s->now;
        bool session_lost = s->session_lost;
        *s = (StatusState){.now = now};
        if (session_lost) GIVE(StatusState, s, session_lost, true);
    }
    GIVE(StatusState, s, is_suspended, act == ACT_SUSPENDED);
    if (act == ACT_CONTINUED && s->asks.n) return show_asks(s, at, a);
    if (act == ACT_CONTINUED && !s->turn_open) return rest(s, SOURCE_SUPERVISOR, at, a);
    return become(s, shown[act].reason, shown[act].source, text, at, a);
}

bool status_act(StatusState *s, StatusAct act, Str text, TimeUs at, Arena *a) {
    bool changed = fold_act(s, act, text, at, a);
    if (changed) note(s, enum_word(&StatusAct_enum, (int)act), true, at, a);
    return show_background(s) || changed;
}
