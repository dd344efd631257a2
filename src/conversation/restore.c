/* A store restored from a backup while a launch is alive: what the launch's log shows since the backup is derived
 * again, and what the log cannot show (who sent an input, and for which row) is reconstructed here. Writer thread.
 */
#include "approval/approval.h"
#include "base/mem.h"
#include "conversation/conversation_in.h"
#include "conversation/conversation_sql.h"
#include "core/launch_input.h"

enum { INPUT_MAX = 16 << 20 };

int conversation_restored(App *app, Tx *tx, const LaunchRow *l, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    ConversationSubject who;
    EvNotice v = {.level = NOTICE_WARNING,
                  .code = STR("restored"),
                  .text = STR("The store was restored from a backup. What happened since then is read again from the "
                              "log; names, settings and who answered are those of the backup.")};
    TRY(conversation_find_subject(app, tx_conn(tx), (ConversationOf){l->owner_kind, l->owner_id}, a, &who, e));
    return conversation_emit(tx, &who, EV_KIND_NOTICE, &v, e);
}

static bool on_id(void *arg, DbRow *r) {
    buf_add_str(arg, db_col_text(r, 0));
    return false;
}

/* A prompt that is still queued in the backup and has been sent since then: this input is that prompt. */
static int find_queued(Tx *tx, const RecoveredInput *r, Str text, Arena *a, Str *ret, Err *e) {
    CLEANUP(buf_done) Buf id;
    buf_init(&id, 64);
    TRY(db_each(tx_conn(tx), &sql_message_queued_same, DB_ARGS(db_i64(r->row->number), db_text(text)), on_id, &id, e));
    *ret = arena_str(a, buf_str(&id));
    return 0;
}

static int send_queued(Tx *tx, const RecoveredInput *r, Str id, Err *e) {
    TRY(tx_run(tx, &sql_message_hand, DB_ARGS(db_i64(r->row->number), db_text(id), db_text(r->launch->id)), NULL, e));
    return message_move(tx, r->who, r->row, &(MessageMove){id, MESSAGE_QUEUED, MESSAGE_SENT}, e);
}

static int add_sent(Tx *tx, const RecoveredInput *r, Str text, Arena *a, Str *ret_id, Err *e) {
    Id id = id_new("msg");
    *ret_id = arena_str(a, id_str(&id));
    Message m = {.id = *ret_id, .role = ROLE_WORD_USER, .content = text, .is_complete = true, .created_at = r->in->at};
    GIVE(Message, &m, state, MESSAGE_SENT);
    TRY(message_insert(tx, r->row, &m, &(MessagePlace){.log = {r->launch->id, r->in->offset, 0}}, e));
    EvMessage v = {.message_id = *ret_id, .state = MESSAGE_SENT};
    GIVE(EvMessage, &v, text, text);
    return conversation_emit(tx, r->who, EV_KIND_MESSAGE, &v, e);
}

static int claim_prompt(Tx *tx, const RecoveredInput *r, Str text, Arena *a, Err *e) {
    Str id = {0};
    TRY(find_queued(tx, r, text, a, &id, e));
    TRY(id.n ? send_queued(tx, r, id, e) : add_sent(tx, r, text, a, &id, e));
    return launch_claim_number(tx, &(LaunchInput){r->launch->id, {0}, "message", id}, r->in->n, e);
}

static int claim_answer(Tx *tx, const RecoveredInput *r, const AdapterHeard *h, Arena *a, Err *e) {
    AskSubject by = {r->who->org_id, r->who->kind, r->who->id};
    AskHeard heard = {h->request_id, h->decision, h->text};
    Str id = {0};
    TRY(ask_settle_heard(tx, &by, &heard, a, &id, e));
    if (!id.n) return 0;
    EvAskAnswered v = {.ask_id = id, .request_id = h->request_id, .decision = h->decision};
    if (h->text.n) GIVE(EvAskAnswered, &v, message, h->text);
    TRY(conversation_emit(tx, r->who, EV_KIND_ASK_ANSWERED, &v, e));
    return launch_claim_number(tx, &(LaunchInput){r->launch->id, {0}, "ask", id}, r->in->n, e);
}

/* An input that is neither stays `recovered`: a reply of the adapter may still claim it. */
int conversation_claim_input(Tx *tx, const RecoveredInput *r, Arena *a, Err *e) {
    CLEANUP(buf_done) Buf b;
    AdapterHeard heard = {0};
    buf_init(&b, INPUT_MAX);
    if (!r->who->adapter->hear) return 0;
    TRY(launch_input_bytes(tx_conn(tx), r->launch->id, r->in->n, &b, e));
    r->who->adapter->hear(buf_str(&b), a, &heard);
    if (heard.kind == HEARD_PROMPT) return claim_prompt(tx, r, heard.text, a, e);
    return heard.kind == HEARD_ANSWER ? claim_answer(tx, r, &heard, a, e) : 0;
}

/* --- at the head --- */

typedef struct Settling {
    Tx *tx;
    const LaunchRow *launch;
    ConversationSubject who;
    Conversation row;
    StatusState status;
    Arena *arena;
} Settling;

static int void_ask(Settling *x, Str request_id, Err *e) {
    AskSubject by = {x->who.org_id, x->who.kind, x->who.id};
    EvAskCancel v = {.request_id = request_id, .why = CANCEL_BY_CLI};
    TRY(ask_cancel(x->tx, &by, &(AskEnd){x->launch->id, request_id, ASK_VOID}, x->arena, &v.ask_id, e));
    TRY(conversation_emit(x->tx, &x->who, EV_KIND_ASK_CANCEL, &v, e));
    if (!status_event(&x->status, EV_KIND_ASK_CANCEL, &v, tx_now(x->tx), x->arena)) return 0;
    TRY(conversation_store_status(x->tx, &x->row, &x->status, e));
    return conversation_emit_status(x->tx, &x->who, &x->row, &x->status, e);
}

int conversation_end_restored(App *app, Tx *tx, const LaunchRow *l, const Derive *d, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Settling x = {.tx = tx, .launch = l, .arena = a};
    StrList open = {0};
    bool handed;
    TRY(conversation_find_subject(app, tx_conn(tx), (ConversationOf){l->owner_kind, l->owner_id}, a, &x.who, e));
    TRY(conversation_get(tx_conn(tx), l->owner_kind, l->owner_id, a, &x.row, e));
    TRY(conversation_load_status(&x.row, &x.status, a, e));
    TRY(ask_list_open(tx_conn(tx), &(AskSubject){x.who.org_id, x.who.kind, x.who.id}, a, &open, e));
    for (size_t i = 0; i < open.n; i++)
        if (!derive_has_ask(d, open.items[i])) TRY(void_ask(&x, open.items[i], e));
    return message_deliver_next(app, tx, &x.who, a, &handed, e);
}
