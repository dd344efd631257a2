/* See conversation.h: rows, kinds, status, events. */
#include "conversation/conversation.h"

#include <assert.h>
#include <stdio.h>

#include "approval/approval.h"
#include "base/mem.h"
#include "conversation/conversation_in.h"
#include "conversation/conversation_sql.h"
#include "conversation/message.h"
#include "core/dispatch.h"
#include "core/launchtidy.h"
#include "core/topic.h"

SHAPE_DEFINE(Conversation, CONVERSATION);

/* WINDOWS_MAX: how many, the newest, a launch starts with; more are stored, because a launch may use any model. */
enum { PAYLOAD_MAX = 24 << 20, STATUS_STATE_MAX = 65536, WINDOWS_MAX = 16 };

/* --- rows and kinds --- */

int conversation_get(DbConn *c, Str kind, Str id, Arena *a, Conversation *ret, Err *e) {
    bool found = false;
    TRY(db_one(c, &sql_conversation_by_subject, DB_ARGS(db_text(kind), db_text(id)), DB_INTO(Conversation, a, ret),
               &found, e));
    return found ? 0
                 : err_fail(e, ERR_NOT_FOUND, "no conversation of " STR_FMT " " STR_FMT, STR_ARG(kind), STR_ARG(id));
}

int conversation_add(Tx *tx, Str kind, Str id, Err *e) {
    int64_t number = 0;
    TRY(db_scalar(tx_conn(tx), &sql_conversation_insert,
                  DB_ARGS(db_text(kind), db_text(id), db_text(str(enum_word(&AgentStatusWord_enum, AGENT_FINISHED))),
                          db_text(str(enum_word(&AgentReason_enum, REASON_NOT_STARTED))),
                          db_text(str(enum_word(&StatusSource_enum, SOURCE_PROCESS))), db_i64(tx_now(tx))),
                  0, &number, e));
    return tx_run(tx, &sql_branch_add, DB_ARGS(db_i64(number)), NULL, e);
}

static const ConversationKind *find_kind(const App *app, Str name) {
    for (const ConversationKind *const *k = app->conversations; k && *k; k++)
        if (str_is(name, (*k)->name)) return *k;
    return NULL;
}

int conversation_find_subject(App *app, DbConn *c, ConversationOf of, Arena *a, ConversationSubject *ret, Err *e) {
    const ConversationKind *k = find_kind(app, of.kind);
    if (k) return k->find(app, c, of.id, a, ret, e);
    return err_fail(e, ERR_INTERNAL, "conversations of the kind `" STR_FMT "` are unknown", STR_ARG(of.kind));
}

int conversation_plan_ended(App *app, Tx *tx, const ConversationSubject *who, Err *e) {
    return find_kind(app, who->kind)->plan_ended(tx, who->id, e);
}

int conversation_option_answered(App *app, Tx *tx, const ConversationSubject *who, Str launch_id, EvOption *v, Err *e) {
    return find_kind(app, who->kind)->option_answered(tx, who->id, launch_id, v, e);
}

typedef struct Erasing {
    const ConversationErase *of;
    int64_t done, total;
} Erasing;

static void on_slice(void *arg, int64_t n) {
    Erasing *x = arg;
    x->done += n;
    if (x->of->on_messages) x->of->on_messages(x->of->arg, x->done, x->total);
}

static int erase_messages(const ConversationErase *x, Err *e) {
    Erasing of = {.of = x};
    DbArgs who = DB_ARGS(db_text(x->who->kind), db_text(x->who->id));
    TRY(db_scalar(x->db, &sql_message_count, who, 0, &of.total, e));
    TRY(db_slices(x->app->db, &(DbSlices){&sql_turn_erase_some, who, NULL, NULL}, e));
    return db_slices(x->app->db, &(DbSlices){&sql_message_erase_some, who, on_slice, &of}, e);
}

typedef struct Withdrawing {
    const ConversationErase *of;
    MessagesErased from, to;
} Withdrawing;

static int withdraw_tx(Tx *tx, void *arg, Err *e) {
    Withdrawing *x = arg;
    const ConversationSubject *who = x->of->who;
    CLEANUP(arena_freep) Arena *a = arena_new();
    Conversation c;
    TRY(conversation_get(tx_conn(tx), who->kind, who->id, a, &c, e));
    x->to = x->from;
    return message_withdraw_erased(x->of->app, tx, &c, &x->to, e);
}

static int withdraw_messages(const ConversationErase *of, Err *e) {
    for (Withdrawing x = {.of = of}; !x.from.is_done; x.from = x.to)
        TRY(db_tx(of->app->db, DB_PERSON, withdraw_tx, &x, e));
    return 0;
}

int conversation_erase(const ConversationErase *x, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const ConversationSubject *who = x->who;
    Str parents[STREAM_PARENTS_MAX] = {0};
    size_t n = 0;
    for (; n + 1 < STREAM_PARENTS_MAX && who->parents[n].p; n++) parents[n] = who->parents[n];
    parents[n] = who->overview;
    StreamErase said = {topic_of(a, arena_cstr(a, who->kind), who->id), parents, who->id};
    TRY(op_results_erase(x->app, x->db, who->id, e));
    TRY(withdraw_messages(x, e));
    TRY(erase_messages(x, e));
    TRY(launchtidy_erase(x->app, x->db, who->id, e));
    TRY(ask_erase(x->app, &(AskSubject){who->org_id, who->kind, who->id}, e));
    return stream_erase(x->app->db, x->db, &said, e);
}

static Str own_topic(const ConversationSubject *who, char out[STREAM_TOPIC_MAX]) {
    int n = snprintf(out, STREAM_TOPIC_MAX, STR_FMT "/" STR_FMT, STR_ARG(who->kind), STR_ARG(who->id));
    return str_n(out, (size_t)n);
}

int conversation_remove(Tx *tx, const ConversationSubject *who, Err *e) {
    char topic[STREAM_TOPIC_MAX];
    TRY(stream_forget(tx, own_topic(who, topic), e));
    return tx_run(tx, &sql_conversation_remove, DB_ARGS(db_text(who->kind), db_text(who->id)), NULL, e);
}

int messages_room(DbConn *c, int64_t *ret, Err *e) { return db_scalar(c, &sql_message_room, DB_NONE, 0, ret, e); }

int messages_expire(App *app, TimeUs older_than, Err *e) {
    TRY(db_expire(app->db, &sql_turn_expire, older_than, e));
    return db_expire(app->db, &sql_message_expire, older_than, e);
}

/* --- events --- */

/* A message changes the length of the queue. */
static void note_row(Tx *tx, const ConversationSubject *who, AgentEventKind kind) {
    static_assert(AgentEventKind_n < 48, "the kinds are bits, and their subjects add some");
    if (who->emit_row && (agent_events[kind].on_parent || kind == EV_KIND_MESSAGE))
        tx_at_end(tx, who->emit_row, who->id, 1ull << kind);
}

int conversation_append(Tx *tx, const ConversationSubject *who, AgentEventKind kind, StreamEvent *ev, Err *e) {
    char topic[STREAM_TOPIC_MAX];
    ev->kind = str(agent_events[kind].word);
    ev->topic = own_topic(who, topic);
    if (agent_events[kind].on_parent) memcpy(ev->parents, who->parents, sizeof ev->parents);
    note_row(tx, who, kind);
    return stream_append(tx, ev, NULL, e);
}

int conversation_encode(Buf *b, AgentEventKind kind, const void *value, Err *e) {
    buf_init(b, PAYLOAD_MAX);
    JsonOut o = json_out(b);
    shape_encode(agent_events[kind].shape, value, &o);
    return b->failed ? err_fail(e, ERR_TOO_LARGE, "the event %s is too large", agent_events[kind].word) : 0;
}

int conversation_emit(Tx *tx, const ConversationSubject *who, AgentEventKind kind, const void *value, Err *e) {
    CLEANUP(buf_done) Buf b = {0};
    TRY(conversation_encode(&b, kind, value, e));
    return conversation_append(tx, who, kind, &(StreamEvent){.at = tx_now(tx), .payload = buf_str(&b)}, e);
}

/* --- status --- */

int conversation_load_status(const Conversation *c, StatusState *ret, Arena *arena, Err *e) {
    if (!c->status_state.n) {
        status_init(ret, c->created_at, arena);
        return 0;
    }
    Json *j = NULL;
    TRY(json_parse(arena, c->status_state, JSON_DEPTH_REQUEST, &j, e));
    return shape_decode(&StatusState_shape, j, arena, ret, e);
}

int conversation_store_status(Tx *tx, const Conversation *c, const StatusState *s, Err *e) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, STATUS_STATE_MAX);
    JsonOut o = json_out(&b);
    shape_encode(&StatusState_shape, s, &o);
    if (b.failed) return err_fail(e, ERR_TOO_LARGE, "the status of " STR_FMT " is too large", STR_ARG(c->subject_id));
    const AgentStatus *now = s->now;
    return tx_run(tx, &sql_conversation_set_status,
                  DB_ARGS(db_i64(c->number), db_text(str(enum_word(&AgentStatusWord_enum, now->status))),
                          db_text(str(enum_word(&AgentReason_enum, now->reason))),
                          db_text(str(enum_word(&StatusSource_enum, now->source))), db_i64(now->since),
                          db_text(now->detail), db_text(buf_str(&b)),
                          HAS(AgentStatus, now, retry_at) ? db_i64(now->retry_at) : (DbValue){0}, db_i64(tx_now(tx))),
                  NULL, e);
}

int conversation_emit_status(Tx *tx, const ConversationSubject *who, Conversation *c, const StatusState *s, Err *e) {
    AgentStatus now = *s->now;
    if (c->status != now.status) GIVE(AgentStatus, &now, previous, c->status);
    c->status = s->now->status;
    c->status_reason = s->now->reason;
    c->status_source = s->now->source;
    GIVE(Conversation, c, status_since, s->now->since);
    c->status_detail = s->now->detail;
    return conversation_emit(tx, who, EV_KIND_STATUS, &now, e);
}

int conversation_act(Tx *tx, const ConversationSubject *who, Conversation *c, ConversationAct act, Arena *arena,
                     Err *e) {
    StatusState s;
    TRY(conversation_load_status(c, &s, arena, e));
    bool changed = status_act(&s, act.act, act.text, tx_now(tx), arena);
    TRY(conversation_store_status(tx, c, &s, e));
    return changed ? conversation_emit_status(tx, who, c, &s, e) : 0;
}

/* --- launches --- */

int conversation_set_launch(Tx *tx, const Conversation *c, const ConversationLaunch *l, Err *e) {
    return tx_run(tx, &sql_conversation_set_launched,
                  DB_ARGS(db_i64(c->number), db_text(l->launch_id), db_text(l->session_id), db_i64(l->is_resumable),
                          db_i64(tx_now(tx))),
                  NULL, e);
}

static bool on_state(void *arg, DbRow *r) {
    buf_add_str(arg, db_col_text(r, 0));
    return false;
}

typedef struct Windows {
    Arena *arena;
    AdapterWindow items[WINDOWS_MAX];
    size_t n;
} Windows;

static bool on_window(void *arg, DbRow *r) {
    Windows *w = arg;
    w->items[w->n++] = (AdapterWindow){arena_str(w->arena, db_col_text(r, 0)), db_col_i64(r, 1)};
    return w->n < WINDOWS_MAX;
}

int conversation_set_fork(Tx *tx, const Conversation *c, const Conversation *of, Str session_id, Err *e) {
    return tx_run(tx, &sql_conversation_set_fork,
                  DB_ARGS(db_i64(c->number), db_text(session_id), db_i64(of->context_assumed), db_i64(of->number)),
                  NULL, e);
}

int conversation_begin(DbConn *db, const ConversationSubject *who, const ConversationBegin *b, Arena *a, Str *ret,
                       Err *e) {
    CLEANUP(buf_done) Buf last, begin;
    Windows known = {.arena = a};
    buf_init(&last, ADAPTER_STATE_MAX * 4);
    buf_init(&begin, ADAPTER_STATE_MAX * 4);
    if (b->session.n)
        TRY(db_each(
            db, &sql_session_last_state,
            DB_ARGS(db_text(b->session), db_text(who->kind), db_text(who->id), db_text(str(who->adapter->name))),
            on_state, &last, e));
    TRY(db_each(db, &sql_model_windows, DB_ARGS(db_i64(WINDOWS_MAX)), on_window, &known, e));
    *ret = last.n ? arena_str(a, buf_str(&last)) : (Str){0};
    bool has_news = known.n || who->adapter->caps & ADAPTER_HANDSHAKE;
    if (!who->adapter->begin || !has_news) return 0;
    TRY(who->adapter->begin(&(AdapterBegin){*ret, known.items, known.n, b->spec, b->folder, b->now}, &begin, e));
    *ret = arena_str(a, buf_str(&begin));
    return 0;
}
