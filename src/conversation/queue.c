/* The queue of prompts: see message.h. */
#include "base/mem.h"
#include "base/vec.h"
#include "conversation/conversation_sql.h"
#include "conversation/message.h"
#include "core/launch_input.h"

enum { INPUT_MAX = 16 << 20 };

/* The launch that a prompt would be handed to, and why it is not yet. */
typedef struct Gate {
    LaunchRow launch;
    MessageWait wait; /* MessageWait_n: nothing keeps the next prompt */
} Gate;

/* The session is open, no ask is open, no turn is running, and no stop was requested. Waiting prompts were written for a
 * session that knew the prompt before them: if that one was lost unanswered, a person must first send it again or drop
 * it. */
static int wait_of_session(DbConn *db, const ConversationSubject *who, const Conversation *c, MessageWait *ret,
                           Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    StatusState s;
    int64_t handed = 0, unanswered = 0;
    TRY(conversation_load_status(c, &s, a, e));
    TRY(db_scalar(db, &sql_message_count_handed, DB_ARGS(db_i64(c->number)), 0, &handed, e));
    if (s.session_lost)
        TRY(db_scalar(db, &sql_message_count_unanswered, DB_ARGS(db_i64(c->number)), 0, &unanswered, e));
    bool is_ready = s.is_ready || !(who->adapter->caps & ADAPTER_HANDSHAKE);
    *ret = s.stop_asked                  ? WAIT_STOP
           : !is_ready                   ? WAIT_READY
           : unanswered                  ? WAIT_SESSION_LOST
           : handed                      ? WAIT_ORDER
           : s.asks.n                    ? WAIT_ASK
           : s.turn_open || s.is_steered ? WAIT_TURN
                                         : MessageWait_n;
    return 0;
}

static int find_gate(DbConn *db, const ConversationSubject *who, const Conversation *c, Arena *a, Gate *ret, Err *e) {
    bool alive = false;
    TRY(launch_find_alive(db, who->id, a, &ret->launch, &alive, e));
    ret->wait = !alive                   ? WAIT_START
                : ret->launch.stop_asked ? WAIT_STOP
                : ret->launch.restored   ? WAIT_RESTORING
                                         : MessageWait_n;
    return ret->wait == MessageWait_n ? wait_of_session(db, who, c, &ret->wait, e) : 0;
}

typedef struct Hand {
    App *app;
    const Conversation *conversation;
    const ConversationSubject *who;
    const LaunchRow *launch;
    const Message *message;
} Hand;

static int hand_over(Tx *tx, const Hand *h, Err *e) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, INPUT_MAX);
    AdapterTo to = {h->conversation->session_id, h->launch->n_inputs + 1, h->launch->owner_state, &h->who->options};
    TRY(h->who->adapter->prompt(&to, h->message->content, &b, e));
    TRY(launch_add_input(h->app, tx, &(LaunchInput){h->launch->id, buf_str(&b), "message", h->message->id}, e));
    return tx_run(tx, &sql_message_hand,
                  DB_ARGS(db_i64(h->conversation->number), db_text(h->message->id), db_text(h->launch->id)), NULL, e);
}

int message_deliver_next(App *app, Tx *tx, const ConversationSubject *who, Arena *a, bool *ret_handed, Err *e) {
    Conversation c;
    Gate gate;
    Message m;
    bool found = false;
    *ret_handed = false;
    if (!who->adapter->prompt) return 0;
    TRY(conversation_get(tx_conn(tx), who->kind, who->id, a, &c, e));
    TRY(db_one(tx_conn(tx), &sql_message_next_queued, DB_ARGS(db_i64(c.number)), DB_INTO(Message, a, &m), &found, e));
    if (!found || m.launch_id.n) return 0;
    TRY(find_gate(tx_conn(tx), who, &c, a, &gate, e));
    if (gate.wait != MessageWait_n) return 0;
    *ret_handed = true;
    return hand_over(tx, &(Hand){app, &c, who, &gate.launch, &m}, e);
}

static bool on_id(void *arg, DbRow *r) {
    buf_add_str(arg, db_col_text(r, 0));
    return false;
}

int message_find_open(DbConn *db, const Conversation *c, Str text, Arena *a, Str *ret_id, Err *e) {
    CLEANUP(buf_done) Buf id;
    buf_init(&id, 64);
    TRY(db_each(db, &sql_message_open_same, DB_ARGS(db_i64(c->number), db_text(text)), on_id, &id, e));
    *ret_id = id.n ? arena_str(a, buf_str(&id)) : (Str){0};
    return 0;
}

/* A prompt whose turn ended without an answer is queued again when a person sends the same text once more. */
static int send_again(Tx *tx, const ConversationSubject *who, const Conversation *c, MessageAdd *add, Arena *a,
                      Err *e) {
    CLEANUP(buf_done) Buf id;
    buf_init(&id, 64);
    TRY(db_each(tx_conn(tx), &sql_message_unanswered_same, DB_ARGS(db_i64(c->number), db_text(add->text)), on_id, &id,
                e));
    if (!id.n) return 0;
    add->id = arena_str(a, buf_str(&id));
    TRY(tx_run(tx, &sql_message_hand, DB_ARGS(db_i64(c->number), db_text(add->id), (DbValue){0}), NULL, e));
    return message_move(tx, who, c, &(MessageMove){add->id, MESSAGE_UNANSWERED, MESSAGE_QUEUED}, e);
}

static int add_queued(Tx *tx, const ConversationSubject *who, const Conversation *c, MessageAdd *add, Arena *a,
                      Err *e) {
    Id id = id_new("msg");
    add->id = arena_str(a, id_str(&id));
    Message m = {
        .id = add->id, .role = ROLE_WORD_USER, .content = add->text, .is_complete = true, .created_at = tx_now(tx)};
    GIVE(Message, &m, state, MESSAGE_QUEUED);
    TRY(message_insert(tx, c, &m, &(MessagePlace){0}, e));
    EvMessage v = {.message_id = add->id, .state = MESSAGE_QUEUED};
    GIVE(EvMessage, &v, text, add->text);
    return conversation_emit(tx, who, EV_KIND_MESSAGE, &v, e);
}

static int check_text(const ConversationSubject *who, Str text, Err *e) {
    unsigned caps = who->adapter->caps;
    if (!(caps & ADAPTER_PROMPT)) return err_fail(e, ERR_CONFLICT, "an agent of this kind does not take messages");
    if (!str_trim(text).n && !(caps & ADAPTER_PTY))
        return err_fail(e, ERR_INVALID, "a message must not consist of white space alone");
    return 0;
}

int message_add(App *app, Tx *tx, const ConversationSubject *who, MessageAdd *add, Arena *a, Err *e) {
    Conversation c;
    TRY(check_text(who, add->text, e));
    TRY(conversation_get(tx_conn(tx), who->kind, who->id, a, &c, e));
    TRY(send_again(tx, who, &c, add, a, e));
    if (!add->id.n) TRY(add_queued(tx, who, &c, add, a, e));
    return message_deliver_next(app, tx, who, a, &add->is_handed, e);
}

/* --- what a person changes in it --- */

typedef struct Waiting {
    Arena *arena;
    VEC(Str) ids;
    VEC(int64_t) ranks;
} Waiting;
static void waiting_done(Waiting *w) {
    vec_done(&w->ids);
    vec_done(&w->ranks);
}

static bool on_waiting(void *arg, DbRow *r) {
    Waiting *w = arg;
    vec_push(&w->ids, arena_str(w->arena, db_col_text(r, 0)));
    vec_push(&w->ranks, db_col_i64(r, 1));
    return true;
}

static int find_waiting(DbConn *db, const Conversation *c, int64_t limit, Waiting *ret, Err *e) {
    return db_each(db, &sql_message_waiting, DB_ARGS(db_i64(c->number), db_i64(limit)), on_waiting, ret, e);
}

static bool has_id(const Str *ids, size_t n, Str id) {
    for (size_t i = 0; i < n; i++)
        if (str_eq(ids[i], id)) return true;
    return false;
}

/* A queued message that is not on its way yet. */
static int get_waiting(Tx *tx, const Conversation *c, Str id, Arena *a, Message *ret, Err *e) {
    TRY(message_get(tx_conn(tx), c, id, a, ret, e));
    bool is_queued = HAS(Message, ret, state) && ret->state == MESSAGE_QUEUED;
    if (!is_queued) return err_fail(e, ERR_CONFLICT, "this message is not queued");
    return ret->launch_id.n ? err_fail(e, ERR_CONFLICT, "this message is being sent") : 0;
}

int message_edit(Tx *tx, const ConversationSubject *who, const Conversation *c, const MessageEdit *edit, Arena *a,
                 Err *e) {
    Message m;
    TRY(get_waiting(tx, c, edit->id, a, &m, e));
    TRY(check_text(who, edit->text, e));
    if (str_eq(m.content, edit->text)) return 0;
    TRY(tx_run(tx, &sql_message_edit, DB_ARGS(db_i64(c->number), db_text(edit->id), db_text(edit->text)), NULL, e));
    EvMessage v = {.message_id = edit->id, .state = MESSAGE_QUEUED};
    GIVE(EvMessage, &v, text, edit->text);
    GIVE(EvMessage, &v, is_edited, true);
    return conversation_emit(tx, who, EV_KIND_MESSAGE, &v, e);
}

/* The places of the queue stay; its messages change theirs. Each place belongs to one of them, so two never meet. */
static int put_order(Tx *tx, const ConversationSubject *who, const Conversation *c, const Waiting *was,
                     const StrList *ids, Err *e) {
    bool is_changed = false;
    for (size_t i = 0; i < ids->n; i++) {
        if (str_eq(ids->items[i], was->ids.items[i])) continue;
        is_changed = true;
        TRY(tx_run(tx, &sql_message_set_rank,
                   DB_ARGS(db_i64(c->number), db_text(ids->items[i]), db_i64(was->ranks.items[i])), NULL, e));
    }
    EvQueue v = {.ids = *ids};
    return is_changed ? conversation_emit(tx, who, EV_KIND_QUEUE, &v, e) : 0;
}

static int check_order(const Waiting *was, const StrList *ids, Err *e) {
    for (size_t i = 0; i < ids->n; i++) {
        if (has_id(ids->items, i, ids->items[i]))
            return err_fail(e, ERR_INVALID, "message " STR_FMT " is named twice", STR_ARG(ids->items[i]));
        if (!has_id(was->ids.items, was->ids.n, ids->items[i]))
            return err_fail(e, ERR_CONFLICT, "message " STR_FMT " is not waiting in the queue; read it again",
                            STR_ARG(ids->items[i]));
    }
    for (size_t i = 0; i < was->ids.n; i++)
        if (!has_id(ids->items, ids->n, was->ids.items[i]))
            return err_fail(e, ERR_CONFLICT, "message " STR_FMT " is waiting in the queue too, and is not named",
                            STR_ARG(was->ids.items[i]));
    return 0;
}

int message_reorder(Tx *tx, const ConversationSubject *who, const Conversation *c, const StrList *ids, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(waiting_done) Waiting was = {.arena = a};
    TRY(find_waiting(tx_conn(tx), c, QUEUE_MAX + 1, &was, e));
    TRY(check_order(&was, ids, e));
    return put_order(tx, who, c, &was, ids, e);
}

static int move_to_head(Tx *tx, const ConversationSubject *who, const Conversation *c, Str id, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(waiting_done) Waiting was = {.arena = a};
    TRY(find_waiting(tx_conn(tx), c, QUEUE_MAX, &was, e));
    StrList ids = {arena_array(a, was.ids.n + 1, sizeof(Str)), 0};
    ids.items[ids.n++] = id;
    vec_each(&was.ids, other) {
        if (!str_eq(*other, id) && ids.n < was.ids.n) ids.items[ids.n++] = *other;
    }
    if (!has_id(was.ids.items, was.ids.n, id))
        return err_fail(e, ERR_CONFLICT, "more than %d prompts wait before this one; withdraw some first", QUEUE_MAX);
    return put_order(tx, who, c, &was, &ids, e);
}

/* In the middle of a turn, also while it waits for an answer: the CLI reads it as soon as it can. */
static int steer(Tx *tx, const ConversationSubject *who, const Conversation *c, MessageNow *now, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Gate gate;
    Message m;
    TRY(find_gate(tx_conn(tx), who, c, a, &gate, e));
    now->wait = gate.wait;
    bool can_take = gate.wait == WAIT_TURN || gate.wait == WAIT_ASK;
    if (!can_take || !(who->adapter->caps & ADAPTER_STEER) || now->is_interrupted) return 0;
    TRY(message_get(tx_conn(tx), c, now->id, a, &m, e));
    now->is_handed = true;
    return hand_over(tx, &(Hand){now->app, c, who, &gate.launch, &m}, e);
}

int message_send_now(Tx *tx, const ConversationSubject *who, const Conversation *c, MessageNow *now, Arena *a, Err *e) {
    Message m;
    TRY(get_waiting(tx, c, now->id, a, &m, e));
    TRY(move_to_head(tx, who, c, now->id, e));
    TRY(message_deliver_next(now->app, tx, who, a, &now->is_handed, e));
    now->wait = MessageWait_n;
    return now->is_handed ? 0 : steer(tx, who, c, now, e);
}

/* --- why they wait --- */

int messages_fill_waits(DbConn *db, const ConversationSubject *who, const Conversation *c, MessageList *l, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(waiting_done) Waiting first = {.arena = a};
    Gate gate = {.wait = MessageWait_n};
    bool is_found = false;
    for (size_t i = 0; i < l->n; i++) {
        Message *m = &l->items[i];
        if (!HAS(Message, m, state) || m->state != MESSAGE_QUEUED) continue;
        if (!is_found) TRY(find_waiting(db, c, 1, &first, e));
        if (!is_found) TRY(find_gate(db, who, c, a, &gate, e));
        is_found = true;
        bool is_first = first.ids.n && str_eq(first.ids.items[0], m->id) && gate.wait != MessageWait_n;
        GIVE(Message, m, waits_for, m->launch_id.n ? WAIT_DELIVERY : is_first ? gate.wait : WAIT_ORDER);
    }
    return 0;
}
