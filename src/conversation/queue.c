/* The queue of prompts: see message.h. */
#include "base/mem.h"
#include "base/vec.h"
#include "conversation/attached.h"
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
    AttachedFiles files;
} Hand;

static int hand_over(Tx *tx, const Hand *h, Err *e) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, INPUT_MAX);
    AdapterTo to = {h->conversation->session_id, h->launch->n_inputs + 1, h->launch->owner_state, &h->who->options,
                    h->files};
    TRY(h->who->adapter->prompt(&to, h->message->content, &b, e));
    TRY(launch_add_input(h->app, tx, &(LaunchInput){h->launch->id, buf_str(&b), "message", h->message->id}, e));
    return tx_run(tx, &sql_message_hand,
                  DB_ARGS(db_i64(h->conversation->number), db_text(h->message->id), db_text(h->launch->id)), NULL, e);
}

/* Whether the next prompt can be handed over: a CLI that takes prompts in the middle of a turn reads it as soon as it can. */
static bool is_open(const ConversationSubject *who, MessageWait wait, bool in_turn) {
    bool is_turn = wait == WAIT_TURN || wait == WAIT_ASK;
    return wait == MessageWait_n || (in_turn && is_turn && (who->adapter->caps & ADAPTER_STEER));
}

/* Hands it over if its files are at hand; otherwise they are read first. */
static int hand_with_files(Tx *tx, const MessageDeliver *d, Hand *h, bool *ret_handed, Err *e) {
    TRY(attached_find(tx, &(AttachedOf){d, h->conversation, h->message->id}, &h->files, ret_handed, e));
    return *ret_handed ? hand_over(tx, h, e) : 0;
}

int message_deliver(Tx *tx, const MessageDeliver *d, bool *ret_handed, Err *e) {
    const ConversationSubject *who = d->who;
    Arena *a = d->arena;
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
    if (!is_open(who, gate.wait, d->now.n && str_eq(d->now, m.id))) return 0;
    return hand_with_files(tx, d, &(Hand){d->app, &c, who, &gate.launch, &m, {0}}, ret_handed, e);
}

int message_deliver_next(App *app, Tx *tx, const ConversationSubject *who, Arena *a, bool *ret_handed, Err *e) {
    return message_deliver(tx, &(MessageDeliver){app, who, NULL, a}, ret_handed, e);
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

/* Messages of the queue and their places. */
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

/* The newest unanswered message with this text and these attachments; {NULL,0}: none. */
static int find_unanswered(Tx *tx, const Conversation *c, const MessageAdd *add, Arena *a, Str *ret, Err *e) {
    CLEANUP(waiting_done) Waiting same = {.arena = a};
    bool is_same = false;
    *ret = (Str){0};
    TRY(db_each(tx_conn(tx), &sql_message_unanswered_same, DB_ARGS(db_i64(c->number), db_text(add->text)), on_waiting,
                &same, e));
    for (size_t i = 0; i < same.ids.n && !is_same; i++) {
        *ret = same.ids.items[i];
        TRY(attached_are(tx_conn(tx), &(AttachedTo){c, *ret, &add->attachments, a}, &is_same, e));
    }
    if (!is_same) *ret = (Str){0};
    return 0;
}

/* A prompt whose turn ended without an answer is queued again when a person sends the same text once more. */
static int send_again(Tx *tx, const ConversationSubject *who, const Conversation *c, MessageAdd *add, Arena *a,
                      Err *e) {
    TRY(find_unanswered(tx, c, add, a, &add->id, e));
    if (!add->id.n) return 0;
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
    TRY(tx_run(tx, &sql_message_queue_last, DB_ARGS(db_i64(c->number), db_text(add->id)), NULL, e));
    EvMessage v = {.message_id = add->id, .state = MESSAGE_QUEUED};
    GIVE(EvMessage, &v, text, add->text);
    if (add->attachments.n) TRY(attached_add(tx, &(AttachedTo){c, add->id, &add->attachments, a}, &v.attachments, e));
    return conversation_emit(tx, who, EV_KIND_MESSAGE, &v, e);
}

static int check_text(const ConversationSubject *who, Str text, Err *e) {
    unsigned caps = who->adapter->caps;
    if (!(caps & ADAPTER_PROMPT)) return err_fail(e, ERR_CONFLICT, "an agent of this kind does not take messages");
    if (!str_trim(text).n && !(caps & ADAPTER_PTY))
        return err_fail(e, ERR_INVALID, "a message must not consist of white space alone");
    return 0;
}

static int check_attachments(const ConversationSubject *who, const MessageAdd *add, Err *e) {
    if (add->attachments.n && !(who->adapter->caps & ADAPTER_FILES))
        return err_fail(e, ERR_CONFLICT, "an agent of this kind does not take attachments");
    if (add->attachments.n && !add->text.n)
        return err_fail(e, ERR_INVALID, "attachments go with a prompt; say what to do with them");
    return 0;
}

int message_add(App *app, Tx *tx, const ConversationSubject *who, MessageAdd *add, Arena *a, Err *e) {
    Conversation c;
    TRY(check_text(who, add->text, e));
    TRY(check_attachments(who, add, e));
    TRY(conversation_get(tx_conn(tx), who->kind, who->id, a, &c, e));
    TRY(send_again(tx, who, &c, add, a, e));
    if (!add->id.n) TRY(add_queued(tx, who, &c, add, a, e));
    return message_deliver_next(app, tx, who, a, &add->is_handed, e);
}

/* --- what a person changes in it --- */

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
    if (HAS(Message, ret, state) && ret->state == MESSAGE_UNANSWERED)
        return err_fail(e, ERR_CONFLICT, "this message is unanswered and not queued; send its text again");
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

/* What `ids` names too much: a message that does not exist, or one that does not wait. */
static int refuse_extra(DbConn *db, const Conversation *c, Str id, Arena *a, Err *e) {
    Message m;
    TRY(message_get(db, c, id, a, &m, e));
    return err_fail(e, ERR_CONFLICT, "message " STR_FMT " is not waiting in the queue; read it again", STR_ARG(id));
}

static int check_order(DbConn *db, const Conversation *c, const Waiting *was, const StrList *ids, Err *e) {
    for (size_t i = 0; i < ids->n; i++) {
        if (has_id(ids->items, i, ids->items[i]))
            return err_fail(e, ERR_INVALID, "message " STR_FMT " is named twice", STR_ARG(ids->items[i]));
        if (!has_id(was->ids.items, was->ids.n, ids->items[i]))
            return refuse_extra(db, c, ids->items[i], was->arena, e);
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
    TRY(check_order(tx_conn(tx), c, &was, ids, e));
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

int message_put_first(Tx *tx, const ConversationSubject *who, const Conversation *c, Str id, Arena *a, Err *e) {
    Message m;
    TRY(get_waiting(tx, c, id, a, &m, e));
    return move_to_head(tx, who, c, id, e);
}

int message_send_now(Tx *tx, const ConversationSubject *who, const Conversation *c, MessageNow *now, Arena *a, Err *e) {
    MessageDeliver d = {.app = now->app, .who = who, .arena = a, .now = now->is_interrupted ? (Str){0} : now->id};
    Gate gate;
    TRY(message_put_first(tx, who, c, now->id, a, e));
    TRY(message_deliver(tx, &d, &now->is_handed, e));
    now->wait = MessageWait_n;
    if (now->is_handed) return 0;
    TRY(find_gate(tx_conn(tx), who, c, a, &gate, e));
    now->wait = is_open(who, gate.wait, d.now.n > 0) ? WAIT_DELIVERY : gate.wait;
    return 0;
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
        bool is_first = first.ids.n && str_eq(first.ids.items[0], m->id);
        bool is_going = m->launch_id.n || (is_first && gate.wait == MessageWait_n);
        GIVE(Message, m, waits_for, is_going ? WAIT_DELIVERY : is_first ? gate.wait : WAIT_ORDER);
    }
    return 0;
}
