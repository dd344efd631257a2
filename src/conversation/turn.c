/* See turn.h. */
#include "conversation/turn.h"

#include "base/mem.h"
#include "base/text_cut.h"
#include "conversation/conversation_sql.h"

#define RUNNING "running"
#define OUTCOME_TEXT_(member, word) [member + 1] = word,
static const char *const TurnState_words[] = {RUNNING, TURN_OUTCOME_LIST(OUTCOME_TEXT_)};
const EnumDef TurnState_enum = {"TurnState", TurnState_words, TurnOutcome_n + 1};
SHAPE_DEFINE(Turn, TURN);

/* --- writing --- */

typedef struct Ending {
    TurnOutcome outcome;
    TimeUs at;
    DbValue duration_ms; /* NULL: from its beginning to `at` */
} Ending;

static int end(Tx *tx, const Conversation *c, const Ending *x, Err *e) {
    return tx_run(tx, &sql_turn_end,
                  DB_ARGS(db_i64(c->number), db_text(str(enum_word(&TurnOutcome_enum, (int)x->outcome))), db_i64(x->at),
                          x->duration_ms),
                  NULL, e);
}

/* One that still runs ended without anybody seeing it. */
static int begin(Tx *tx, const Conversation *c, const TurnEvent *ev, Err *e) {
    TRY(end(tx, c, &(Ending){.outcome = TURN_UNKNOWN, .at = ev->at}, e));
    return tx_run(tx, &sql_turn_begin, DB_ARGS(db_i64(c->number), db_text(ev->message_id), db_i64(ev->at)), NULL, e);
}

int turn_cut(Tx *tx, const Conversation *c, const StatusState *status, TimeUs at, Err *e) {
    AgentReason why = status->now->reason;
    Ending x = {.outcome = TURN_UNKNOWN, .at = at};
    if (why == REASON_STOPPED || why == REASON_INTERRUPTED) x.outcome = TURN_INTERRUPTED;
    if (status_word(why) == AGENT_ERROR && why != REASON_HOLD_LOST) x.outcome = TURN_ERROR;
    return end(tx, c, &x, e);
}

static int end_as_reported(Tx *tx, const Conversation *c, const EvTurnEnd *v, TimeUs at, Err *e) {
    Ending x = {.outcome = v->outcome, .at = at};
    if (HAS(EvTurnEnd, v, duration_ms)) x.duration_ms = db_i64(v->duration_ms);
    return end(tx, c, &x, e);
}

/* What a CLI says behind a gap shows that its turn did not end in it. */
static int open_turn(Tx *tx, const Conversation *c, const TurnEvent *ev, Err *e) {
    int64_t reopened = 0;
    if (ev->kind != EV_KIND_STATE && ev->before.last == LAST_UNKNOWN)
        TRY(tx_run(tx, &sql_turn_reopen, DB_ARGS(db_i64(c->number)), &reopened, e));
    return reopened ? 0 : begin(tx, c, ev, e);
}

/* By the path that the tool reported, else by the one that it was called with. */
static int count_file(Tx *tx, const Conversation *c, const EvToolEnd *v, Err *e) {
    int64_t is_new = 0;
    if (v->is_error) return 0;
    TRY(tx_run(tx, &sql_turn_add_file,
               DB_ARGS(db_i64(c->number), db_text(v->tool_id), db_text(v->path.n ? v->path : (Str){0})), &is_new, e));
    return is_new ? tx_run(tx, &sql_turn_count_file, DB_ARGS(db_i64(c->number)), NULL, e) : 0;
}

int turn_follow(Tx *tx, const Conversation *c, const TurnEvent *ev, Err *e) {
    bool was_open = ev->before.turn_open, is_open = ev->status->turn_open;
    if (!was_open && is_open) TRY(open_turn(tx, c, ev, e));
    if (ev->kind == EV_KIND_TOOL_START) TRY(tx_run(tx, &sql_turn_count_tool, DB_ARGS(db_i64(c->number)), NULL, e));
    if (ev->kind == EV_KIND_TOOL_END) TRY(count_file(tx, c, ev->value, e));
    if (ev->kind == EV_KIND_TURN_END) return end_as_reported(tx, c, ev->value, ev->at, e);
    return was_open && !is_open ? turn_cut(tx, c, ev->status, ev->at, e) : 0;
}

int turn_count_usage(Tx *tx, const Conversation *c, const EvUsage *u, Err *e) {
    return tx_run(tx, &sql_turn_count_usage,
                  DB_ARGS(db_i64(c->number), db_i64(u->cost_micros),
                          db_i64(u->input + u->output + u->cache_read + u->cache_creation)),
                  NULL, e);
}

/* --- reading --- */

static int find_place(DbConn *db, const Conversation *c, const TurnPage *p, int64_t total, int64_t *ret, Err *e) {
    bool is_after = p->at.side == PAGE_AFTER;
    DbValue number = db_i64(c->number);
    *ret = total;
    if (p->at.side == PAGE_NEWEST) return 0;
    if (p->at.key == PAGE_INDEX) *ret = p->at.n < total ? p->at.n + is_after : total;
    if (p->at.key == PAGE_TIME)
        TRY(db_scalar(db, &sql_turn_at_time, DB_ARGS(number, db_i64(p->at.n + is_after)), total, ret, e));
    if (p->at.key != PAGE_ID) return 0;
    TRY(db_scalar(db, &sql_turn_of_message, DB_ARGS(number, db_text(p->at.id), db_i64(is_after)), -1, ret, e));
    if (*ret < 0)
        return err_fail(e, ERR_NOT_FOUND, "no turn of " STR_FMT " begins with " STR_FMT, STR_ARG(c->subject_id),
                        STR_ARG(p->at.id));
    *ret += is_after;
    return 0;
}

static void cut_line(Turn *t, Arena *a) {
    Str line = text_line(a, t->first_line, TURN_LINE_MAX * 4);
    size_t at = 0;
    for (size_t n = 0; n < TURN_LINE_MAX && at < line.n; n++) {
        size_t step = utf8_step(line.p + at, line.n - at);
        at += step ? step : 1;
    }
    t->first_line = line.n ? str_upto(line, at) : (Str){0};
}

static void reverse(TurnList *l) {
    for (size_t i = 0, j = l->n; i + 1 < j; i++) {
        Turn t = l->items[i];
        l->items[i] = l->items[--j];
        l->items[j] = t;
    }
}

int turn_page(DbConn *db, const Conversation *c, const TurnPage *p, Arena *a, TurnPageFound *ret, Err *e) {
    bool is_after = p->at.side == PAGE_AFTER;
    const Sql *sql = is_after ? &sql_turns_from : &sql_turns_before;
    int64_t total = 0, place = 0, beyond = 0;
    TurnList l = {.items = arena_alloc(a, 1)};
    TRY(db_scalar(db, &sql_turn_total, DB_ARGS(db_i64(c->number)), 0, &total, e));
    TRY(find_place(db, c, p, total, &place, e));
    TRY(db_all(db, sql, DB_ARGS(db_i64(c->number), db_i64(place), db_i64(p->limit + 1)), DB_INTO(Turn, a, &l),
               PAGE_ROWS_MAX + 1, e));
    bool has_more = l.n > (size_t)p->limit;
    if (has_more) l.n--;
    for (size_t i = 0; i < l.n; i++) cut_line(&l.items[i], a);
    if (!is_after) reverse(&l);
    TRY(db_scalar(db, &sql_turn_first, DB_ARGS(db_i64(c->number)), total, &beyond, e));
    bool has_other = is_after ? beyond < place : place < total;
    *ret = (TurnPageFound){l, is_after ? has_other : has_more, is_after ? has_more : has_other, total};
    return 0;
}
