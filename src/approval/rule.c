/* The list of rules: rows, the choice among them, and what an answer remembers. */
#include "approval/rule.h"

#include "approval/approval_sql.h"
#include "base/mem.h"
#include "base/text_cut.h"
#include "base/ulid.h"
#include "core/stream.h"

SHAPE_DEFINE(Rule, RULE_ROW);
ENUM_DEFINE(AskRemember, ASK_REMEMBER_LIST);

const OrgOf approval_orgs[] = {{"rul", &sql_org_of_rule}, {"ask", &sql_org_of_ask}, {0}};

int rule_list(DbConn *c, Str org_id, Arena *a, RuleList *ret, Err *e) {
    *ret = (RuleList){.items = arena_alloc(a, 1)};
    return db_all(c, &sql_rule_list, DB_ARGS(db_text(org_id)), DB_INTO(Rule, a, ret), RULES_MAX, e);
}

int rule_get(DbConn *c, Str org_id, Str id, Arena *a, Rule *ret, Err *e) {
    bool found = false;
    TRY(db_one(c, &sql_rule_by_id, DB_ARGS(db_text(id), db_text(org_id)), DB_INTO(Rule, a, ret), &found, e));
    return found ? 0 : err_fail(e, ERR_NOT_FOUND, "no rule " STR_FMT, STR_ARG(id));
}

/* --- the choice --- */

static bool is_in_scope(Str scope, Str of) { return !scope.n || str_eq(scope, of); }

static const char *why_not(const Rule *r, const Ask *ask, MatchAsk *match) {
    MatchPattern p = {.decision = r->decision, .tool = r->tool, .path = r->path, .command = r->command};
    bool is_agent = str_is(ask->subject_kind, "agent");
    if (!r->enabled) return "The rule is not enabled.";
    if (!str_is(ask->kind, enum_word(&AskKind_enum, ASK_PERMISSION))) return "Rules decide permissions alone.";
    if (!is_in_scope(r->workspace_id, ask->workspace_id)) return "It is of another workspace.";
    if (!is_in_scope(r->worktree_id, ask->worktree_id)) return "It is of another worktree.";
    if (!is_in_scope(r->agent_id, is_agent ? ask->subject_id : (Str){0})) return "It is of another agent.";
    return match_ask(&p, match);
}

const char *rule_why_not(const Rule *r, const Ask *ask, Arena *a) {
    return why_not(r, ask, &(MatchAsk){.tool = ask->tool, .facts = ask->facts, .arena = a});
}

const Rule *rule_choose(const RuleList *rules, const Ask *ask, Arena *a) {
    MatchAsk match = {.tool = ask->tool, .facts = ask->facts, .arena = a};
    for (size_t i = 0; ask->facts && i < rules->n; i++)
        if (!why_not(&rules->items[i], ask, &match)) return &rules->items[i];
    return NULL;
}

Str rule_text(const Rule *r, Arena *a) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 8000);
    buf_add_fmt(&b, "%s " STR_FMT, enum_word(&RuleDecision_enum, (int)r->decision),
                STR_ARG(r->tool.n ? r->tool : STR("any tool")));
    if (r->path.n) buf_add_fmt(&b, " on " STR_FMT, STR_ARG(r->path));
    if (r->command.n) buf_add_fmt(&b, ": " STR_FMT, STR_ARG(r->command));
    return arena_str(a, buf_str(&b));
}

int rule_check(const Rule *r, Arena *a, Err *e) {
    return match_check(
        &(MatchPattern){.decision = r->decision, .tool = r->tool, .path = r->path, .command = r->command}, a, e);
}

/* --- rows --- */

#define RULES_CHANGED(F, S) F(S, ID("org"), org_id, .doc = "Whose rules have changed; list_rules has them")
SHAPE(RulesChanged, RULES_CHANGED);
SHAPE_DEFINE(RulesChanged, RULES_CHANGED);

int rule_emit(Tx *tx, Str org_id, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    RulesChanged v = {.org_id = org_id};
    return stream_emit(tx, topic_of(a, "inbox", org_id), "rules_changed", &RulesChanged_shape, &v, e);
}

int rule_add(Tx *tx, Rule *r, Err *e) {
    int64_t n = 0;
    TRY(db_scalar(tx_conn(tx), &sql_rule_count, DB_ARGS(db_text(r->org_id)), 0, &n, e));
    if (n >= RULES_MAX)
        return err_fail(e, ERR_CONFLICT, "there are %d rules, the maximum; delete some first", RULES_MAX);
    if (r->position > n) r->position = n;
    r->created_at = r->updated_at = tx_now(tx);
    TRY(tx_run(tx, &sql_rule_shift, DB_ARGS(db_text(r->org_id), db_i64(r->position), db_i64(1)), NULL, e));
    TRY(tx_run_shape(tx, &sql_rule_add, &Rule_shape, r, NULL, e));
    return rule_emit(tx, r->org_id, e);
}

int rule_remove(Tx *tx, const Rule *r, Err *e) {
    TRY(tx_run(tx, &sql_rule_remove, DB_ARGS(db_text(r->id)), NULL, e));
    TRY(tx_run(tx, &sql_rule_shift, DB_ARGS(db_text(r->org_id), db_i64(r->position), db_i64(-1)), NULL, e));
    return rule_emit(tx, r->org_id, e);
}

/* --- what an answer remembers --- */

static int cannot(Err *e, const char *why) {
    int r = err_fail(e, ERR_INVALID, "this answer cannot be remembered: %s", why);
    err_detail(e, "remember", "%s", why);
    return r;
}

static int set_patterns(const AskFacts *f, Rule *r, Arena *a, Err *e) {
    Str command = f->command.p ? match_exact_command(f->command, a) : (Str){0};
    if (!command.n && r->decision == RULE_DENY) command = f->command;
    if (f->command.p && (!command.n || command.n > MATCH_COMMAND_MAX))
        return cannot(e, "its command is not one simple command, or it is too long");
    if (command.n) GIVE(Rule, r, command, command);
    if (f->paths.n > 1) return cannot(e, "it names several files");
    StrList paths = r->decision == RULE_ALLOW ? f->resolved : f->paths;
    Str path = paths.n ? match_exact_path(paths.items[0], a) : (Str){0};
    if (f->paths.n && !path.n) return cannot(e, "its file has no place in the worktree");
    if (path.n) GIVE(Rule, r, path, path);
    return 0;
}

/* In front of the first rule that matches the ask, so that it decides the next one like it; else at the end. */
int rule_from_ask(DbConn *c, const RuleFrom *of, Arena *a, Rule *ret, Err *e) {
    const Ask *ask = of->ask;
    Id id = id_new("rul");
    RuleList rules;
    *ret = (Rule){.id = arena_str(a, id_str(&id)),
                  .org_id = ask->org_id,
                  .decision = of->decision,
                  .created_by = of->created_by,
                  .enabled = true};
    if (!ask->facts) return cannot(e, "it was opened before there were rules");
    GIVE(Rule, ret, tool, ask->tool);
    GIVE(Rule, ret, enabled, true);
    if (of->remember == REMEMBER_AGENT) GIVE(Rule, ret, agent_id, ask->subject_id);
    if (of->remember == REMEMBER_ALWAYS && ask->workspace_id.n) GIVE(Rule, ret, workspace_id, ask->workspace_id);
    bool is_unknown = ask->facts->is_unknown; /* only its name counts */
    if (!is_unknown) TRY(set_patterns(ask->facts, ret, a, e));
    const char *why = rule_why_not(ret, ask, a);
    if (why) return cannot(e, why);
    TRY(rule_check(ret, a, e));
    TRY(rule_list(c, ask->org_id, a, &rules, e));
    const Rule *first = rule_choose(&rules, ask, a);
    ret->position = first ? first->position : (int64_t)rules.n;
    return 0;
}
