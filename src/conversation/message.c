/* See message.h. */
#include "conversation/message.h"

#include "base/mem.h"
#include "conversation/attached.h"
#include "conversation/conversation_sql.h"
#include "core/hook.h"
#include "core/topic.h"

ENUM_DEFINE(MessageRole, MESSAGE_ROLE);
ENUM_DEFINE(MessageWait, MESSAGE_WAIT);
SHAPE_DEFINE(Message, MESSAGE);

enum { WITHDRAWN_MAX = 50 /* in one write */ };

static int next_index(Tx *tx, const Conversation *c, int64_t *ret, Err *e) {
    return db_scalar(tx_conn(tx), &sql_conversation_next_index, DB_ARGS(db_i64(c->number)), 0, ret, e);
}

int message_insert(Tx *tx, const Conversation *c, const Message *m, const MessagePlace *at, Err *e) {
    bool is_queued = HAS(Message, m, state) && m->state == MESSAGE_QUEUED, has_log = at->log.launch.p;
    bool is_indexed = !is_queued && !at->parent.p;
    Str state = HAS(Message, m, state) ? str(enum_word(&MessageState_enum, m->state)) : (Str){0};
    int64_t index = 0;
    if (is_indexed) TRY(next_index(tx, c, &index, e));
    DbValue none = {0};
    return tx_run(tx, &sql_message_insert,
                  DB_ARGS(db_i64(c->number), db_text(m->id), db_i64(c->head_branch), is_indexed ? db_i64(index) : none,
                          db_text(at->parent), db_text(str(enum_word(&MessageRole_enum, m->role))),
                          db_text(m->content.p ? m->content : STR("")), m->truncated ? db_i64(1) : none,
                          db_text(at->tool_id), db_text(m->tool_name), db_text(m->tool_input), db_text(m->tool_output),
                          db_i64(m->is_complete), db_text(state), db_text(at->log.launch),
                          has_log ? db_i64(at->log.offset) : none, has_log ? db_i64(at->log.index) : none,
                          db_i64(m->created_at), db_text(at->tool_kind), m->is_error ? db_i64(1) : none),
                  NULL, e);
}

/* --- reading --- */

int message_missing(const Conversation *c, Str id, Err *e) {
    return err_fail(e, ERR_NOT_FOUND, "no message " STR_FMT " of " STR_FMT, STR_ARG(id), STR_ARG(c->subject_id));
}

int message_get(DbConn *db, const Conversation *c, Str id, Arena *a, Message *ret, Err *e) {
    bool found = false;
    TRY(db_one(db, &sql_message_by_id, DB_ARGS(db_i64(c->number), db_text(id)), DB_INTO(Message, a, ret), &found, e));
    return found ? 0 : message_missing(c, id, e);
}

int message_last_sent(DbConn *db, const Conversation *c, Str launch_id, Arena *a, Message *ret, Err *e) {
    bool found;
    *ret = (Message){0};
    return db_one(db, &sql_message_last_sent, DB_ARGS(db_i64(c->number), db_text(launch_id)), DB_INTO(Message, a, ret),
                  &found, e);
}

int message_find_handed(DbConn *db, const Conversation *c, Str launch_id, Arena *a, Message *ret, Err *e) {
    bool found;
    *ret = (Message){0};
    return db_one(db, &sql_message_handed, DB_ARGS(db_i64(c->number), db_text(launch_id)), DB_INTO(Message, a, ret),
                  &found, e);
}

/* --- changing --- */

static int give_index(Tx *tx, const Conversation *c, Str id, Err *e) {
    int64_t has = -1, index = 0;
    TRY(db_scalar(tx_conn(tx), &sql_message_index, DB_ARGS(db_i64(c->number), db_text(id)), -1, &has, e));
    if (has >= 0) return 0;
    TRY(next_index(tx, c, &index, e));
    return tx_run(tx, &sql_message_set_index,
                  DB_ARGS(db_i64(c->number), db_text(id), db_i64(c->head_branch), db_i64(index)), NULL, e);
}

/* It keeps its index if another message follows it already: indexes have no holes. */
static int take_index(Tx *tx, const Conversation *c, Str id, Err *e) {
    int64_t index = -1, changes = 0;
    TRY(db_scalar(tx_conn(tx), &sql_message_index, DB_ARGS(db_i64(c->number), db_text(id)), -1, &index, e));
    if (index < 0) return 0;
    TRY(tx_run(tx, &sql_conversation_give_index_back, DB_ARGS(db_i64(c->number), db_i64(index)), &changes, e));
    if (!changes) return 0;
    return tx_run(tx, &sql_message_clear_index, DB_ARGS(db_i64(c->number), db_text(id)), NULL, e);
}

int message_move(Tx *tx, const ConversationSubject *who, const Conversation *c, const MessageMove *m, Err *e) {
    int64_t changes = 0;
    TRY(tx_run(tx, &sql_message_set_state,
               DB_ARGS(db_i64(c->number), db_text(m->id), db_text(str(enum_word(&MessageState_enum, m->from))),
                       db_text(str(enum_word(&MessageState_enum, m->to)))),
               &changes, e));
    if (!changes) return 0;
    TRY(m->to == MESSAGE_QUEUED ? take_index(tx, c, m->id, e) : give_index(tx, c, m->id, e));
    EvMessage v = {.message_id = m->id, .state = m->to};
    return conversation_emit(tx, who, EV_KIND_MESSAGE, &v, e);
}

int message_take_back(Tx *tx, const Conversation *c, Err *e) {
    return tx_run(tx, &sql_message_take_back, DB_ARGS(db_i64(c->number)), NULL, e);
}

int message_complete(Tx *tx, const Conversation *c, const Message *m, Err *e) {
    DbValue truncated = m->truncated ? db_i64(1) : (DbValue){0};
    return tx_run(tx, &sql_message_complete, DB_ARGS(db_i64(c->number), db_text(m->id), db_text(m->content), truncated),
                  NULL, e);
}

#define FIGURE_(v, field) (HAS(EvToolEnd, v, field) ? db_i64((v)->field) : (DbValue){0})

int message_end_tool(Tx *tx, const Conversation *c, const EvToolEnd *v, Err *e) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, EVENT_OUTPUT_MAX * 6 + 64);
    JsonOut o = json_out(&b);
    json_put_str(&o, v->output);
    return tx_run(tx, &sql_message_end_tool,
                  DB_ARGS(db_i64(c->number), db_text(v->tool_id), db_text(buf_str(&b)),
                          v->is_error ? db_i64(1) : (DbValue){0}, FIGURE_(v, added), FIGURE_(v, removed),
                          FIGURE_(v, exit_code), FIGURE_(v, duration_ms)),
                  NULL, e);
}

int message_set_tool_input(Tx *tx, const Conversation *c, Str tool_id, Str title, Str input, Err *e) {
    return tx_run(tx, &sql_message_set_tool_input,
                  DB_ARGS(db_i64(c->number), db_text(tool_id), db_text(title), db_text(input)), NULL, e);
}

static int drop(Tx *tx, const ConversationSubject *who, const Conversation *c, Str id, Err *e) {
    int64_t known = 0, changes = 0;
    TRY(db_scalar(tx_conn(tx), &sql_message_number, DB_ARGS(db_i64(c->number), db_text(id)), 0, &known, e));
    if (!known) return message_missing(c, id, e);
    Message m;
    CLEANUP(arena_freep) Arena *a = arena_new();
    TRY(message_get(tx_conn(tx), c, id, a, &m, e));
    if (HAS(Message, &m, state) && m.state == MESSAGE_UNANSWERED)
        return message_move(tx, who, c, &(MessageMove){id, MESSAGE_UNANSWERED, MESSAGE_WITHDRAWN}, e);
    TRY(tx_run(tx, &sql_message_withdraw, DB_ARGS(db_i64(c->number), db_text(id)), &changes, e));
    if (!changes) return err_fail(e, ERR_CONFLICT, "this message is no longer queued");
    EvMessage v = {.message_id = id, .state = MESSAGE_WITHDRAWN};
    return conversation_emit(tx, who, EV_KIND_MESSAGE, &v, e);
}

int message_withdraw(App *app, Tx *tx, const ConversationSubject *who, const Conversation *c, Str id, Err *e) {
    TRY(drop(tx, who, c, id, e));
    return hook_run_message_withdrawn(app, tx, &(MessageWithdrawn){id}, e);
}

typedef struct Spot {
    int64_t number;
    Str id;
    Arena *arena;
} Spot;

static bool on_spot(void *arg, DbRow *r) {
    Spot *x = arg;
    x->number = db_col_i64(r, 0);
    x->id = arena_str(x->arena, db_col_text(r, 1));
    return false;
}

/* One after the other, and only so many in one write: there may be any number of them. */
int message_withdraw_erased(App *app, Tx *tx, const Conversation *c, MessagesErased *at, Err *e) {
    static const Sql *const lists[] = {&sql_message_queued_after, &sql_message_unanswered_after};
    for (int n = 0; at->list < COUNT_OF(lists) && n < WITHDRAWN_MAX; n++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        Spot next = {.arena = a};
        DbArgs args = DB_ARGS(db_i64(c->number), db_i64(at->after));
        TRY(db_each(tx_conn(tx), lists[at->list], args, on_spot, &next, e));
        if (next.id.n) TRY(hook_run_message_withdrawn(app, tx, &(MessageWithdrawn){next.id}, e));
        at->after = next.id.n ? next.number : 0;
        if (!next.id.n) at->list++;
    }
    at->is_done = at->list == COUNT_OF(lists);
    return 0;
}
