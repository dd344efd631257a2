/* Operations on rules: their rows and their order, and what they do to the asks that are open. */
#include "approval/approval_sql.h"
#include "approval/rule.h"
#include "approval/rule_try.h"
#include "base/mem.h"
#include "base/ulid.h"
#include "core/org.h"
#include "core/topic.h"
#include "workspace/workspace.h"

enum { OPEN_MAX = 1000 };

#define RULE_LIST_IN(F, S) \
    F(S, BOOL, enabled, .opt = 1, .from = FROM_QUERY, .doc = "Only those that are enabled, or only those that are not")
SHAPE(RuleListIn, RULE_LIST_IN);
SHAPE_DEFINE(RuleListIn, RULE_LIST_IN);
#define RULES(F, S) F(S, LIST(Rule), rules, .max = RULES_MAX, .doc = "In their order: the first match decides")
SHAPE(Rules, RULES);
SHAPE_DEFINE(Rules, RULES);
#define RULE_CREATE(F, S)                                     \
    RULE_VALUES(F, S)                                         \
    F(S, I64, position, .opt = 1, .min = 0, .max = RULES_MAX, \
      .doc = "Its place: 0 is in front of all others; default: the end")
SHAPE(RuleCreate, RULE_CREATE);
SHAPE_DEFINE(RuleCreate, RULE_CREATE);
#define RULE_PATH(F, S) F(S, ID("rul"), rule_id, .from = FROM_PATH, .doc = "The rule")
SHAPE(RulePath, RULE_PATH);
SHAPE_DEFINE(RulePath, RULE_PATH);
#define RULE_UPDATE(F, S) RULE_PATH(F, S) RULE_VALUES(F, S)
SHAPE(RuleUpdate, RULE_UPDATE);
SHAPE_DEFINE(RuleUpdate, RULE_UPDATE);
#define RULE_REORDER(F, S) \
    F(S, STRS, rule_ids, .min = 1, .max = RULES_MAX, .item_max = 40, .doc = "The ids of all rules in their new order")
SHAPE(RuleReorder, RULE_REORDER);
SHAPE_DEFINE(RuleReorder, RULE_REORDER);
#define RULE_APPLIED(F, S)                                                                       \
    F(S, I64, examined, .min = 0, .max = OPEN_MAX, .doc = "Open asks, the oldest 1,000 at most") \
    F(S, I64, decided, .min = 0, .max = OPEN_MAX, .doc = "Asks that it has answered")            \
    F(S, I64, left, .min = 0, .max = OPEN_MAX,                                                   \
      .doc = "Asks that it matches and that take no such answer now: a person answers them")     \
    F(S, STRS, ask_ids, .max = OPEN_MAX, .item_max = 40, .doc = "Those that it has answered")
SHAPE(RuleApplied, RULE_APPLIED);
SHAPE_DEFINE(RuleApplied, RULE_APPLIED);

/* --- rows --- */

/* A worktree in the trash may come back; an agent that was deleted does not. */
static int find_gone(OpCall *c, Rule *r, Err *e) {
    Workspace w;
    Worktree wt;
    bool has_agent = true;
    int tree = r->worktree_id.n ? worktree_get(c->db, r->worktree_id, c->arena, &wt, e) : 0;
    int space = r->workspace_id.n ? workspace_get(c->app, c->db, r->workspace_id, c->arena, &w, e) : 0;
    if (r->agent_id.n) TRY(org_has(c->app, c->db, r->agent_id, &has_agent, e));
    if (!has_agent)
        GIVE(Rule, r, gone, STR("its agent was deleted"));
    else if (tree == -ERR_NOT_FOUND)
        GIVE(Rule, r, gone, STR("its worktree was removed"));
    else if (space == -ERR_NOT_FOUND)
        GIVE(Rule, r, gone, STR("its workspace is closed"));
    else if (tree < 0 || space < 0)
        return tree < 0 ? tree : space;
    *e = (Err){0};
    return 0;
}

static int list_rules(OpCall *c, const void *in_, void *out_, Err *e) {
    const RuleListIn *in = in_;
    Rules *out = out_;
    size_t kept = 0;
    TRY(rule_list(c->db, str(c->who->org), c->arena, &out->rules, e));
    for (size_t i = 0; i < out->rules.n; i++)
        if (!HAS(RuleListIn, in, enabled) || out->rules.items[i].enabled == in->enabled)
            out->rules.items[kept++] = out->rules.items[i];
    out->rules.n = kept;
    for (size_t i = 0; i < kept; i++) TRY(find_gone(c, &out->rules.items[i], e));
    return op_cursor(c, topic_of(c->arena, "inbox", str(c->who->org)), e);
}

typedef struct Write {
    OpCall *call;
    Rule *row;
    const StrList *ids; /* of a new order */
    Rules *out;
} Write;

static int no_agent(Str id, Err *e) {
    int r = err_fail(e, ERR_NOT_FOUND, "no agent " STR_FMT, STR_ARG(id));
    err_detail(e, "agentId", "does not exist");
    return r;
}

/* A rule for a place that does not exist would never match. What `old` names may have gone since: it is kept. */
static int check_scope(Tx *tx, const Write *x, const Rule *old, Err *e) {
    Workspace w;
    Worktree wt = {0};
    const Rule *r = x->row;
    bool has_agent = true, is_new_tree = r->worktree_id.n && !str_eq(r->worktree_id, old->worktree_id);
    bool is_new_space = r->workspace_id.n && !str_eq(r->workspace_id, old->workspace_id);
    if (is_new_space) TRY(workspace_get(x->call->app, tx_conn(tx), r->workspace_id, x->call->arena, &w, e));
    if (is_new_tree) TRY(worktree_get(tx_conn(tx), r->worktree_id, x->call->arena, &wt, e));
    if (r->agent_id.n && !str_eq(r->agent_id, old->agent_id))
        TRY(org_has(x->call->app, tx_conn(tx), r->agent_id, &has_agent, e));
    if (!has_agent) return no_agent(r->agent_id, e);
    if (r->worktree_id.n && !is_new_tree && is_new_space) /* also one that is gone */
        TRY(worktree_row(tx_conn(tx), r->worktree_id, x->call->arena, &wt, &(bool){0}, e));
    if (!r->workspace_id.n || !wt.workspace_id.n || str_eq(wt.workspace_id, r->workspace_id)) return 0;
    int failed = err_fail(e, ERR_INVALID, "the worktree does not belong to the workspace");
    err_detail(e, "worktreeId", "is in another workspace");
    return failed;
}

static int create_tx(Tx *tx, void *arg, Err *e) {
    TRY(check_scope(tx, arg, &(Rule){0}, e));
    return rule_add(tx, ((Write *)arg)->row, e);
}

static int update_tx(Tx *tx, void *arg, Err *e) {
    Write *x = arg;
    Rule *r = x->row, old;
    TRY(rule_get(tx_conn(tx), r->org_id, r->id, x->call->arena, &old, e));
    TRY(check_scope(tx, x, &old, e));
    r->position = old.position;
    r->created_by = old.created_by;
    r->created_at = old.created_at;
    r->matched = old.matched;
    r->last_matched_at = old.last_matched_at;
    r->updated_at = tx_now(tx);
    TRY(tx_run_shape(tx, &sql_rule_set, &Rule_shape, r, NULL, e));
    return rule_emit(tx, r->org_id, e);
}

static int delete_tx(Tx *tx, void *arg, Err *e) {
    Write *x = arg;
    TRY(rule_get(tx_conn(tx), x->row->org_id, x->row->id, x->call->arena, x->row, e));
    return rule_remove(tx, x->row, e);
}

static const Rule *find(const RuleList *all, Str id) {
    for (size_t i = 0; i < all->n; i++)
        if (str_eq(all->items[i].id, id)) return &all->items[i];
    return NULL;
}

static int check_order(const RuleList *all, const StrList *ids, Err *e) {
    bool is_whole = all->n == ids->n;
    for (size_t i = 0; i < ids->n; i++) {
        if (!find(all, ids->items[i])) return err_fail(e, ERR_NOT_FOUND, "no rule " STR_FMT, STR_ARG(ids->items[i]));
        for (size_t k = 0; k < i; k++) is_whole = is_whole && !str_eq(ids->items[i], ids->items[k]);
    }
    if (is_whole) return 0;
    int r = err_fail(e, ERR_CONFLICT, "the new order must name each rule once; list them again");
    err_detail(e, "ruleIds", "must have each of the %zu rules once", all->n);
    return r;
}

static int reorder_tx(Tx *tx, void *arg, Err *e) {
    Write *x = arg;
    Str org = str(x->call->who->org);
    RuleList all;
    TRY(rule_list(tx_conn(tx), org, x->call->arena, &all, e));
    TRY(check_order(&all, x->ids, e));
    for (size_t i = 0; i < x->ids->n; i++)
        TRY(tx_run(tx, &sql_rule_set_position, DB_ARGS(db_text(x->ids->items[i]), db_i64((int64_t)i)), NULL, e));
    TRY(rule_emit(tx, org, e));
    return rule_list(tx_conn(tx), org, x->call->arena, &x->out->rules, e);
}

static int create_rule(OpCall *c, const void *in_, void *out, Err *e) {
    const RuleCreate *in = in_;
    Rule *r = out;
    Id id = id_new("rul");
    *r = (Rule){.id = arena_str(c->arena, id_str(&id)), .org_id = str(c->who->org), .created_by = str(c->who->id)};
    RULE_COPY_VALUES(in, r);
    r->position = HAS(RuleCreate, in, position) ? in->position : RULES_MAX;
    TRY(rule_check(r, c->arena, e));
    return op_tx(c, create_tx, &(Write){.call = c, .row = r}, out, e);
}

static int update_rule(OpCall *c, const void *in_, void *out, Err *e) {
    const RuleUpdate *in = in_;
    Rule *r = out;
    *r = (Rule){.id = in->rule_id, .org_id = str(c->who->org)};
    RULE_COPY_VALUES(in, r);
    TRY(rule_check(r, c->arena, e));
    return op_tx(c, update_tx, &(Write){.call = c, .row = r}, out, e);
}

static int delete_rule(OpCall *c, const void *in_, void *out, Err *e) {
    (void)out;
    Rule r = {.id = ((const RulePath *)in_)->rule_id, .org_id = str(c->who->org)};
    return op_tx(c, delete_tx, &(Write){.call = c, .row = &r}, NULL, e);
}

static int reorder_rules(OpCall *c, const void *in_, void *out, Err *e) {
    return op_tx(c, reorder_tx, &(Write){.call = c, .ids = &((const RuleReorder *)in_)->rule_ids, .out = out}, out, e);
}

/* --- open asks --- */

typedef struct Apply {
    OpCall *call;
    Str rule_id;
    RuleApplied *out;
    StrList open;
    Arena *arena; /* of one ask */
    AskRuling *ruling;
    Str ask_id;
    bool is_decided;
} Apply;

static bool on_open(void *arg, DbRow *r) {
    Apply *x = arg;
    x->open.items[x->open.n++] = arena_str(x->call->arena, db_col_text(r, 0));
    return true;
}

/* In the same write as its answer the ask is found to be open, and the rule to be the first that matches. */
static int apply_tx(Tx *tx, void *arg, Err *e) {
    Apply *x = arg;
    Ask ask;
    TRY(ask_find(tx_conn(tx), str(x->call->who->org), x->ask_id, x->arena, &ask, e));
    x->is_decided = false;
    if (ask.state != ASK_OPEN) return 0;
    return ask_rule(tx, &(AskRule){x->call->app, &ask, x->ruling, x->rule_id, x->arena}, &x->is_decided, e);
}

static int apply_one(Apply *x, const RuleList *rules, Err *e) {
    OpCall *c = x->call;
    Ask ask;
    TRY(ask_find(c->db, str(c->who->org), x->ask_id, x->arena, &ask, e));
    const Rule *first = rule_choose(rules, &ask, x->arena);
    x->out->examined++;
    if (!first || !str_eq(first->id, x->rule_id) || ask.state != ASK_OPEN) return 0;
    TRY(ask_prepare(c->app, c->db, &ask, x->arena, &x->ruling, e));
    Err why = {0};
    bool has_failed = !x->ruling || op_tx(c, apply_tx, x, NULL, &why) < 0;
    bool has_gone = why.code == ERR_CONFLICT || why.code == ERR_NOT_FOUND; /* the ask, meanwhile */
    bool may_go_on = !has_failed || !x->ruling || has_gone || why.code == ERR_BUSY;
    if (!may_go_on) return err_fail(e, why.code, "%s", why.text);
    if (has_failed) x->out->left++;
    if (has_failed || !x->is_decided) return 0;
    x->out->decided++;
    x->out->ask_ids.items[x->out->ask_ids.n++] = x->ask_id;
    return 0;
}

/* Each ask in a write of its own: those that have been answered stay so when a later one fails. */
static int apply_rule(OpCall *c, const void *in_, void *out_, Err *e) {
    RuleApplied *out = out_;
    RuleList rules;
    Rule rule;
    Apply x = {.call = c, .rule_id = ((const RulePath *)in_)->rule_id, .out = out};
    TRY(rule_get(c->db, str(c->who->org), x.rule_id, c->arena, &rule, e));
    if (rule.decision == RULE_ASK || !rule.enabled)
        return err_fail(e, ERR_CONFLICT, "this rule %s, so it decides nothing",
                        rule.enabled ? "leaves asks to a person" : "is not enabled");
    x.open.items = arena_array(c->arena, OPEN_MAX, sizeof(Str));
    out->ask_ids.items = arena_array(c->arena, OPEN_MAX, sizeof(Str));
    TRY(rule_list(c->db, str(c->who->org), c->arena, &rules, e));
    TRY(db_each(c->db, &sql_ask_open_of_org, DB_ARGS(db_text(str(c->who->org)), db_i64(OPEN_MAX)), on_open, &x, e));
    for (size_t i = 0; i < x.open.n; i++) {
        CLEANUP(arena_freep) Arena *a = arena_new();
        x.arena = a;
        x.ask_id = x.open.items[i];
        TRY(apply_one(&x, &rules, e));
    }
    return 0;
}

/* One at a time: what a rule has answered is not open for the next. */
static int rules_subject(OpCall *c, const void *in, Str *ret, Err *e) {
    (void)in, (void)e;
    *ret = arena_fmt(c->arena, "rules/%s", c->who->org);
    return 0;
}

#define RULE_WRITES .role = ROLE_MEMBER, .where = ON_WORKER, .flags = OP_WRITES | OP_AUDITED
const Op rule_ops[] = {
    {"list_rules", "GET /api/rules", "rule list", OP_RUN(list_rules, RuleListIn, Rules), .role = ROLE_VIEWER,
     .where = ON_WORKER,
     .doc =
         "Lists the rules that answer permissions, in their order: the first match decides. `gone` says that one can match "
         "nothing any more. What a CLI lets pass by its "
         "own rules or permissions is never asked, so no rule sees it."},
    {"create_rule", "POST /api/rules", "rule create", OP_RUN(create_rule, RuleCreate, Rule), .status = 201, RULE_WRITES,
     .doc = "Creates a rule. It decides asks that are opened from now on; `apply_rule` applies it to those that are "
            "open."},
    {"update_rule", "PUT /api/rules/{ruleId}", "rule update", OP_RUN(update_rule, RuleUpdate, Rule), RULE_WRITES,
     .doc = "Replaces a rule's values. What it has decided stays decided."},
    {"delete_rule", "DELETE /api/rules/{ruleId}", "rule delete", OP_RUN_IN(delete_rule, RulePath), RULE_WRITES,
     .doc = "Deletes a rule. What it has decided stays decided."},
    {"reorder_rules", "PUT /api/rules/order", "rule reorder", OP_RUN(reorder_rules, RuleReorder, Rules), RULE_WRITES,
     .doc = "Sets the order of all rules."},
    {"try_rule", "POST /api/rules/try", "rule try", OP_RUN(rule_try, RuleTry, RuleTried), .role = ROLE_VIEWER,
     .where = ON_WORKER,
     .doc = "Shows what a rule would have decided, over past asks and over one call, and changes nothing. It looks at "
            "a part of the past; `next` leads to the rest."},
    {"apply_rule", "POST /api/rules/{ruleId}/apply", "rule apply", OP_RUN(apply_rule, RulePath, RuleApplied),
     .role = ROLE_MEMBER, .where = ON_SLOW, .subject = rules_subject, .flags = OP_WRITES | OP_AUDITED,
     .doc = "Answers the open asks that this rule is the first to match."},
    {0},
};
