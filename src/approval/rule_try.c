/* See rule_try.h. */
#include "approval/rule_try.h"

#include "approval/approval_sql.h"
#include "approval/facts.h"
#include "base/mem.h"
#include "core/topic.h"
#include "workspace/workspace.h"

SHAPE_DEFINE(RuleCall, RULE_CALL);
SHAPE_DEFINE(RuleTry, RULE_TRY);
SHAPE_DEFINE(TriedAsk, TRIED_ASK);
SHAPE_DEFINE(TriedCall, TRIED_CALL);
SHAPE_DEFINE(RuleTried, RULE_TRIED);

/* A call runs inside one read transaction, which must be short: what does not fit in the time is left to the next. */
enum { SLICE_ASKS = 500, TRY_US = 300000 };

typedef struct Trial {
    OpCall *call;
    const RuleTry *in;
    Rule draft;
    RuleList earlier; /* the rules in front of it */
    RuleTried *out;
    TimeUs until;
} Trial;

static int set_rules(Trial *t, Err *e) {
    RuleList all;
    int64_t at = HAS(RuleTry, t->in, position) ? t->in->position : RULES_MAX;
    RULE_COPY_VALUES(t->in, &t->draft);
    TRY(rule_check(&t->draft, t->call->arena, e));
    TRY(rule_list(t->call->db, str(t->call->who->org), t->call->arena, &all, e));
    t->earlier.items = all.items;
    for (size_t i = 0; i < all.n && (int64_t)t->earlier.n < at; i++)
        if (!str_eq(all.items[i].id, t->in->rule_id)) t->earlier.items[t->earlier.n++] = all.items[i];
    return 0;
}

/* Without them the answer would be one to another question: behind no ask are all asks. */
static int check_named(const Trial *t, Err *e) {
    Ask ask;
    Rule rule;
    const OpCall *c = t->call;
    if (t->in->before.n) TRY(ask_find(c->db, str(c->who->org), t->in->before, c->arena, &ask, e));
    return t->in->rule_id.n ? rule_get(c->db, str(c->who->org), t->in->rule_id, c->arena, &rule, e) : 0;
}

/* --- past asks --- */

static void list(Trial *t, const Ask *ask) {
    TriedAskList *asks = &t->out->asks;
    Arena *a = t->call->arena;
    if ((int64_t)asks->n >= t->in->limit) return;
    asks->items[asks->n++] = (TriedAsk){.id = arena_str(a, ask->id),
                                        .subject_kind = arena_str(a, ask->subject_kind),
                                        .subject_id = arena_str(a, ask->subject_id),
                                        .tool = arena_str(a, ask->tool),
                                        .title = ask->title.p ? arena_str(a, ask->title) : (Str){0},
                                        .state = ask->state,
                                        .decision = ask->decision.p ? arena_str(a, ask->decision) : (Str){0},
                                        .decided_by = ask->decided_by.p ? arena_str(a, ask->decided_by) : (Str){0},
                                        .created_at = ask->created_at};
}

/* A person's answer beside the rule's. What leaves it to a person agrees with every answer. */
static void compare(Trial *t, const Ask *ask) {
    if (ask->state != ASK_ANSWERED || !str_is(ask->decided_by, "person")) return;
    bool was_denied = str_is(ask->decision, enum_word(&AskDecision_enum, DECISION_DENY));
    bool is_same = t->draft.decision == RULE_ASK || was_denied == (t->draft.decision == RULE_DENY);
    ++*(is_same ? &t->out->same : &t->out->other);
}

static void try_ask(Trial *t, const Ask *ask) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    t->out->examined++;
    bool is_permission = str_is(ask->kind, enum_word(&AskKind_enum, ASK_PERMISSION));
    if (!ask->facts && is_permission) t->out->unknown++;
    if (!ask->facts || rule_why_not(&t->draft, ask, a)) return;
    if (rule_choose(&t->earlier, ask, a)) {
        t->out->earlier++;
        return;
    }
    t->out->matched++;
    compare(t, ask);
    list(t, ask);
}

static int try_slice(Trial *t, int64_t n, bool *ret_more, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    AskList asks = {.items = arena_alloc(a, 1)};
    Str before = t->out->next.p ? t->out->next : t->in->before;
    size_t i = 0;
    TRY(db_all(t->call->db, &sql_ask_past, DB_ARGS(db_text(str(t->call->who->org)), db_text(before), db_i64(n)),
               DB_INTO(Ask, a, &asks), SLICE_ASKS, e));
    while (i < asks.n && (i == 0 || clock_mono_us() < t->until)) try_ask(t, &asks.items[i++]);
    *ret_more = (int64_t)asks.n == n || i < asks.n;
    if (i) t->out->next = arena_str(t->call->arena, asks.items[i - 1].id);
    return 0;
}

static int try_past(Trial *t, Err *e) {
    bool more = true;
    t->until = clock_mono_us() + TRY_US;
    t->out->asks.items = arena_array(t->call->arena, TRY_LIST_MAX, sizeof(TriedAsk));
    while (more && t->out->examined < t->in->examine) {
        int64_t left = t->in->examine - t->out->examined;
        TRY(try_slice(t, left < SLICE_ASKS ? left : SLICE_ASKS, &more, e));
        if (clock_mono_us() > t->until) break;
    }
    if (!more) t->out->next = (Str){0};
    return 0;
}

/* --- one call --- */

static int facts_of(Trial *t, const RuleCall *v, AskFacts *ret, Err *e) {
    Worktree w = {0};
    if (v->worktree_id.n) TRY(worktree_get(t->call->db, v->worktree_id, t->call->arena, &w, e));
    if (v->input.n && v->input.p[0] != '{') {
        int r = err_fail(e, ERR_INVALID, "the arguments of a call must be an object");
        err_detail(e, "call.input", "must be an object");
        return r;
    }
    FactsOf of = {.tool = v->tool, .input = v->input, .folder = w.path, .errands = t->call->app->errands};
    facts_read(&of, t->call->arena, ret);
    return 0;
}

static int try_call(Trial *t, const RuleCall *v, Err *e) {
    AskFacts facts;
    TriedCall *out = t->out->call = arena_new_in(t->call->arena, TriedCall);
    TRY(facts_of(t, v, &facts, e));
    Ask ask = {.subject_kind = STR("agent"),
               .subject_id = v->agent_id,
               .worktree_id = v->worktree_id,
               .workspace_id = v->workspace_id,
               .kind = str(enum_word(&AskKind_enum, ASK_PERMISSION)),
               .tool = v->tool,
               .facts = &facts};
    const Rule *earlier = rule_choose(&t->earlier, &ask, t->call->arena);
    const char *why = rule_why_not(&t->draft, &ask, t->call->arena);
    out->is_matched = !why && !earlier;
    if (why) GIVE(TriedCall, out, why, str(why));
    if (earlier) GIVE(TriedCall, out, earlier_id, earlier->id);
    return 0;
}

int rule_try(OpCall *c, const void *in, void *out, Err *e) {
    Trial t = {.call = c, .in = in, .out = out};
    TRY(set_rules(&t, e));
    TRY(check_named(&t, e));
    if (t.in->call) TRY(try_call(&t, t.in->call, e));
    TRY(try_past(&t, e));
    return op_cursor(c, topic_of(c->arena, "inbox", str(c->who->org)), e);
}
