/* Rules at work: the decision about an ask in the write that opens it, and about one that is open when a person applies a
 * rule. */
#define LOG_MODULE "approval"
#include "approval/approval_sql.h"
#include "approval/rule.h"
#include "base/mem.h"
#include "core/hook.h"
#include "sys/log.h"

struct AskRuling {
    Str rule_id;
    TimeUs updated_at;
    AskAnswered answered;
};

/* The message to the agent, where its CLI takes one. */
static Str denial(const Rule *r, Arena *a) {
    return r->note.n ? arena_fmt(a, "A rule denies this call: " STR_FMT, STR_ARG(r->note))
                     : STR("A rule denies this call.");
}

/* An agent that does not offer the decision here leaves the ask to a person. */
static int prepare(App *app, DbConn *db, const Rule *r, const Ask *ask, Arena *a, AskRuling **ret) {
    AskRuling *x = arena_new_in(a, AskRuling);
    Err e = {0};
    bool is_allowed = r->decision == RULE_ALLOW;
    *x = (AskRuling){.rule_id = r->id, .updated_at = r->updated_at};
    x->answered = ask_answer_of(a, ask, is_allowed ? DECISION_ALLOW : DECISION_DENY);
    if (!is_allowed && !HAS(Ask, ask, decision_only)) x->answered.answer.message = denial(r, a);
    x->answered.answered_by = r->id;
    x->answered.rule_id = r->id;
    x->answered.rule = rule_text(r, a);
    if (hook_run_ask_answering(app, db, &x->answered, &e) >= 0) {
        *ret = x;
        return 0;
    }
    log_err(LOG_WARN, LOG_MODULE, "the answer of a rule", &e);
    return 0;
}

static int choose(DbConn *db, const Ask *ask, Arena *a, const Rule **ret, Err *e) {
    RuleList *rules = arena_new_in(a, RuleList);
    TRY(rule_list(db, ask->org_id, a, rules, e));
    *ret = rule_choose(rules, ask, a);
    return 0;
}

int ask_prepare(App *app, DbConn *db, const Ask *ask, Arena *a, AskRuling **ret, Err *e) {
    const Rule *r = NULL;
    *ret = NULL;
    TRY(choose(db, ask, a, &r, e));
    return r && r->decision != RULE_ASK ? prepare(app, db, r, ask, a, ret) : 0;
}

static int note_match(Tx *tx, const Rule *r, const Ask *ask, Arena *a, Err *e) {
    TRY(tx_run(tx, &sql_rule_count_match, DB_ARGS(db_text(r->id), db_i64(tx_now(tx))), NULL, e));
    return tx_run(tx, &sql_ask_set_rule, DB_ARGS(db_text(ask->id), db_text(r->id), db_text(rule_text(r, a))), NULL, e);
}

static int decide(Tx *tx, App *app, Ask *ask, const AskRuling *x, bool *ret_decided, Err *e) {
    GIVE(Ask, ask, rule_id, x->answered.rule_id);
    GIVE(Ask, ask, rule, x->answered.rule);
    TRY(ask_settle_as(tx, ask, &x->answered, ret_decided, e));
    return *ret_decided ? hook_run_ask_answered(app, tx, &x->answered, e) : 0;
}

int ask_rule(Tx *tx, const AskRule *x, bool *ret_decided, Err *e) {
    const Rule *r = NULL;
    const AskRuling *ruling = x->prepared;
    AskRuling *again = NULL;
    *ret_decided = false;
    TRY(choose(tx_conn(tx), x->ask, x->arena, &r, e));
    if (!r || (x->only.n && !str_eq(x->only, r->id))) return 0;
    TRY(note_match(tx, r, x->ask, x->arena, e));
    if (r->decision == RULE_ASK) return 0;
    bool is_same = ruling && str_eq(ruling->rule_id, r->id) && ruling->updated_at == r->updated_at;
    if (!is_same) {
        TRY(prepare(x->app, tx_conn(tx), r, x->ask, x->arena, &again));
        ruling = again;
    }
    return ruling ? decide(tx, x->app, x->ask, ruling, ret_decided, e) : 0;
}
