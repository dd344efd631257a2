/* See approval.h. */
#include "approval/approval.h"

#include "approval/approval_sql.h"
#include "approval/plan_review.h"
#include "approval/rule.h"
#include "base/mem.h"
#include "base/text_cut.h"
#include "base/vec.h"
#include "core/hook.h"
#include "sys/fault.h"

SHAPE_DEFINE(Ask, ASK_ROW);
ENUM_DEFINE(AskDecider, ASK_DECIDER_LIST);

/* A list of the largest asks fits into an answer, with the escaped arguments, suggestions and texts of each. */
enum { LIST_MAX = 200, MESSAGE_MAX = 4000 };

#define ASK_CHANGED(F, S)                                                                                    \
    F(S, ID("ask"), id, .doc = "The ask")                                                                    \
    F(S, STR, subject_kind, .max_bytes = 32, .doc = "agent")                                                 \
    F(S, ID(""), subject_id, .doc = "The subject that asked")                                                \
    F(S, ENUM(AskState), state, .doc = "Its new state")                                                      \
    F(S, STR, decision, .opt = 1, .max_bytes = 32, .words = &AskDecision_enum, .doc = "How it was answered") \
    F(S, ID("rul"), rule_id, .opt = 1, .doc = "The rule that decided it")
SHAPE(AskChanged, ASK_CHANGED);
SHAPE_DEFINE(AskChanged, ASK_CHANGED);

const TopicDef approval_topics[] = {{.noun = "inbox", .prefix = "org", .role = ROLE_VIEWER}, {0}};

static int notify(Tx *tx, const Ask *ask, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    AskChanged v = {.id = ask->id,
                    .subject_kind = ask->subject_kind,
                    .subject_id = ask->subject_id,
                    .state = ask->state,
                    .decision = ask->decision,
                    .rule_id = str_is(ask->decided_by, "rule") ? ask->rule_id : (Str){0}};
    return stream_emit(tx, topic_of(a, "inbox", ask->org_id), "ask_changed", &AskChanged_shape, &v, e);
}

/* Lists read this instead of the input, because hundreds of inputs would not fit into an answer. */
int ask_cut_input(Ask *row, Arena *a, Err *e) {
    Json *input = NULL;
    if (row->input.n <= ASK_SHOWN_MAX) return 0;
    TRY(json_parse(a, row->input, JSON_DEPTH_MAX, &input, e));
    GIVE(Ask, row, input_cut, json_cut(a, input, ASK_SHOWN_MAX));
    GIVE(Ask, row, size, (int64_t)row->input.n);
    return 0;
}

int ask_open(Tx *tx, const Ask *ask, Err *e) {
    TRY(tx_run_shape(tx, &sql_ask_insert, &Ask_shape, ask, NULL, e));
    return notify(tx, ask, e);
}

/* Changes an open ask to `state`; *ret_won is false when it was no longer open. */
static int settle(Tx *tx, Ask *ask, AskState state, bool *ret_won, Err *e) {
    int64_t changes = 0;
    ask->state = state;
    TRY(tx_run(tx, &sql_ask_settle,
               DB_ARGS(db_text(ask->id), db_text(str(enum_word(&AskState_enum, state))), db_text(ask->decision),
                       db_text(ask->message), db_text(ask->answered_by), db_i64(tx_now(tx)), db_text(ask->decided_by)),
               &changes, e));
    *ret_won = changes == 1;
    return changes == 1 ? notify(tx, ask, e) : 0;
}

typedef struct Ids {
    Arena *arena;
    VEC(Str) ids;
} Ids;

static bool on_id(void *arg, DbRow *r) {
    Ids *x = arg;
    vec_push(&x->ids, arena_str(x->arena, db_col_text(r, 0)));
    return true;
}

static Ask ask_of(const AskSubject *by, Str id) {
    return (Ask){.id = id, .org_id = by->org_id, .subject_kind = by->kind, .subject_id = by->id};
}

static int first_id(Tx *tx, const Sql *q, DbArgs args, Arena *a, Str *ret, Err *e) {
    Ids ids = {.arena = a};
    int r = db_each(tx_conn(tx), q, args, on_id, &ids, e);
    *ret = ids.ids.n ? ids.ids.items[0] : (Str){0};
    vec_done(&ids.ids);
    return r;
}

int ask_cancel(Tx *tx, const AskSubject *by, const AskEnd *end, Arena *a, Str *ret_id, Err *e) {
    DbArgs of_request = DB_ARGS(db_text(by->kind), db_text(by->id), db_text(end->request_id));
    DbArgs of_launch = DB_ARGS(db_text(by->kind), db_text(by->id), db_text(end->request_id), db_text(end->launch_id));
    TRY(first_id(tx, &sql_ask_open_of_request, of_request, a, ret_id, e));
    Ask ask = ask_of(by, *ret_id);
    bool won;
    if (ret_id->n) return settle(tx, &ask, end->state, &won, e);
    TRY(first_id(tx, &sql_ask_void_undelivered, of_launch, a, ret_id, e));
    ask = ask_of(by, *ret_id);
    ask.state = ASK_VOID;
    return ret_id->n ? notify(tx, &ask, e) : 0;
}

int ask_settle_heard(Tx *tx, const AskSubject *by, const AskHeard *heard, Arena *a, Str *ret_id, Err *e) {
    DbArgs of_request = DB_ARGS(db_text(by->kind), db_text(by->id), db_text(heard->request_id));
    TRY(first_id(tx, &sql_ask_open_of_request, of_request, a, ret_id, e));
    Ask ask = ask_of(by, *ret_id);
    bool won;
    if (!ret_id->n) return 0;
    GIVE(Ask, &ask, decision, str(enum_word(&AskDecision_enum, heard->decision)));
    GIVE(Ask, &ask, message, heard->message.p ? heard->message : STR(""));
    return settle(tx, &ask, ASK_ANSWERED, &won, e);
}

int ask_list_open(DbConn *c, const AskSubject *by, Arena *a, StrList *ret, Err *e) {
    Ids open = {.arena = a};
    int r = db_each(c, &sql_ask_open_requests, DB_ARGS(db_text(by->kind), db_text(by->id)), on_id, &open, e);
    *ret = (StrList){arena_array(a, open.ids.n + 1, sizeof(Str)), 0};
    for (; ret->n < open.ids.n; ret->n++) ret->items[ret->n] = open.ids.items[ret->n];
    vec_done(&open.ids);
    return r;
}

static int void_each(Tx *tx, const AskSubject *by, const Ids *open, Err *e) {
    for (size_t i = 0; i < open->ids.n; i++) {
        bool won;
        Ask ask = ask_of(by, open->ids.items[i]);
        TRY(settle(tx, &ask, ASK_VOID, &won, e));
    }
    return 0;
}

int ask_void_all(Tx *tx, const AskSubject *by, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Ids open = {.arena = a};
    int r = db_each(tx_conn(tx), &sql_ask_open_ids, DB_ARGS(db_text(by->kind), db_text(by->id)), on_id, &open, e);
    if (r >= 0) r = void_each(tx, by, &open, e);
    vec_done(&open.ids);
    return r;
}

int ask_erase(App *app, const AskSubject *by, Err *e) {
    DbSlices s = {.sql = &sql_ask_erase_some, .args = DB_ARGS(db_text(by->kind), db_text(by->id))};
    return db_slices(app->db, &s, e);
}

int ask_room(DbConn *c, int64_t *ret, Err *e) { return db_scalar(c, &sql_ask_room, DB_NONE, 0, ret, e); }

int ask_expire(App *app, TimeUs settled_before, Err *e) {
    TRY(db_expire(app->db, &sql_ask_expire, settled_before, e));
    return db_expire(app->db, &sql_ask_blank, clock_now_us() - DAY_US, e);
}

/* --- operations ------------------------------------------------------------------------------------------- */

#define ASK_LIST_IN(F, S)                                                                                     \
    F(S, ENUM(AskState), state, .opt = 1, .from = FROM_QUERY, .doc = "Only asks in this state; default: all") \
    F(S, STR, subject_kind, .opt = 1, .max_bytes = 32, .from = FROM_QUERY,                                    \
      .doc = "The kind of `subjectId`; default: agent")                                                       \
    F(S, ID(""), subject_id, .opt = 1, .from = FROM_QUERY, .doc = "Only of this subject: an agent's id")      \
    F(S, I64, limit, .opt = 1, .has_def = 1, .def = 100, .min = 1, .max = LIST_MAX, .from = FROM_QUERY,       \
      .doc = "Maximum number, newest first")
SHAPE(AskListIn, ASK_LIST_IN);
SHAPE_DEFINE(AskListIn, ASK_LIST_IN);
#define ASK_LIST_OUT(F, S) F(S, LIST(Ask), asks, .max = LIST_MAX, .doc = "Newest first")
SHAPE(AskListOut, ASK_LIST_OUT);
SHAPE_DEFINE(AskListOut, ASK_LIST_OUT);
#define ASK_PATH(F, S) F(S, ID("ask"), ask_id, .from = FROM_PATH, .doc = "The ask")
SHAPE(AskPath, ASK_PATH);
SHAPE_DEFINE(AskPath, ASK_PATH);
#define ASK_ANSWER_IN(F, S)                                                                                                        \
    F(S, ID("ask"), ask_id, .from = FROM_PATH, .doc = "The ask")                                                                   \
    F(S, ENUM(AskDecision), decision, .doc = "allow, allow_always, deny, or answer (a question)")                                  \
    F(S, STR, message, .opt = 1, .max = MESSAGE_MAX, .doc = "Message to the agent, with deny")                                     \
    F(S, ANY, input, .opt = 1, .max_bytes = OP_FIELD_MAX,                                                                          \
      .doc =                                                                                                                       \
          "Edited arguments (allow), or question → answer (answer): text of a person's own or of an option, or a list of options") \
    F(S, STR, digest, .opt = 1, .max_bytes = 64,                                                                                   \
      .doc = "Digest of the ask that was shown; refused if the ask has another digest")                                            \
    F(S, LIST(PlanComment), comments, .opt = 1, .max = PLAN_COMMENTS_MAX,                                                          \
      .doc = "With deny of a plan: remarks on its lines; the agent gets each below the line that it is about")                     \
    F(S, BOOL, interrupt, .opt = 1, .doc = "With deny: also end the turn")                                                         \
    F(S, ENUM(AskRemember), remember, .opt = 1,                                                                                    \
      .doc = "With allow or deny of a permission: also create a rule that decides the same again, for this agent, or "             \
             "always: for every agent of the workspace. The answer names the rule")
SHAPE(AskAnswerIn, ASK_ANSWER_IN);
SHAPE_DEFINE(AskAnswerIn, ASK_ANSWER_IN);

static bool on_listed(void *arg, DbRow *r) {
    json_put_str(arg, db_col_text(r, 0));
    return true;
}

static int check_subject(const AskListIn *in, Err *e) {
    if (!in->subject_kind.n || in->subject_id.n) return 0;
    int r = err_fail(e, ERR_INVALID, "`subjectKind` is valid only with `subjectId`");
    err_detail(e, "subjectId", "is required with subjectKind");
    return r;
}

/* Finds the ids from an index alone, so that only their rows, which may be large, are read. */
static int find_ids(OpCall *c, const AskListIn *in, JsonOut *o, Err *e) {
    Str state = HAS(AskListIn, in, state) ? str(enum_word(&AskState_enum, in->state)) : (Str){0};
    Str kind = in->subject_kind.n ? in->subject_kind : STR("agent");
    const Sql *q = in->subject_id.n ? &sql_ask_ids_by_subject : state.n ? &sql_ask_ids_by_state : &sql_ask_ids_all;
    return db_each(c->db, q,
                   (DbArgs){(const DbValue[]){db_text(str(c->who->org)), db_i64(in->limit), db_text(state),
                                              db_text(kind), db_text(in->subject_id)},
                            in->subject_id.n ? 5
                            : state.n        ? 3
                                             : 2},
                   on_listed, o, e);
}

static int list_asks(OpCall *c, const void *in, void *out_, Err *e) {
    AskListOut *out = out_;
    TRY(check_subject(in, e));
    CLEANUP(buf_done) Buf ids;
    buf_init(&ids, LIST_MAX * 64);
    JsonOut o = json_out(&ids);
    json_begin_array(&o);
    TRY(find_ids(c, in, &o, e));
    json_end_array(&o);
    out->asks.items = arena_alloc(c->arena, 1);
    TRY(db_all(c->db, &sql_ask_list, DB_ARGS(db_text(buf_str(&ids))), DB_INTO(Ask, c->arena, &out->asks), LIST_MAX, e));
    return op_cursor(c, topic_of(c->arena, "inbox", str(c->who->org)), e);
}

int ask_find(DbConn *c, Str org_id, Str id, Arena *a, Ask *ret, Err *e) {
    bool found;
    TRY(db_one(c, &sql_ask_by_id, DB_ARGS(db_text(id), db_text(org_id)), DB_INTO(Ask, a, ret), &found, e));
    return found ? 0 : err_fail(e, ERR_NOT_FOUND, "no ask " STR_FMT, STR_ARG(id));
}

static int get_ask(OpCall *c, const void *in, void *out, Err *e) {
    TRY(ask_find(c->db, str(c->who->org), ((const AskPath *)in)->ask_id, c->arena, out, e));
    return op_cursor(c, topic_of(c->arena, "inbox", str(c->who->org)), e);
}

static int refuse_memory(Err *e) {
    int r = err_fail(e, ERR_INVALID, "only allow or deny of a permission, without other arguments, can be remembered");
    err_detail(e, "remember", "is only for allow or deny of a permission, without `input`");
    return r;
}

/* The answer must match what was shown: its arguments must fit the kind of ask; an edited input must be an object. */
static int check_answer(const AskAnswerIn *in, const Ask *ask, Err *e) {
    bool is_question = str_is(ask->kind, "question");
    if (ask->state != ASK_OPEN)
        return err_fail(e, ERR_CONFLICT, "this ask is already %s", enum_word(&AskState_enum, ask->state));
    if (in->digest.n && !str_eq(in->digest, ask->digest))
        return err_fail(e, ERR_CONFLICT, "the ask has changed since it was shown; read it again before you answer");
    if (in->decision == DECISION_ANSWER && !is_question)
        return err_fail(e, ERR_INVALID, "decision `answer` is for questions; this is a %.*s", STR_ARG(ask->kind));
    if (in->decision == DECISION_ANSWER && !in->input.n)
        return err_fail(e, ERR_INVALID, "an answer needs `input`: an object that maps each question to its answer");
    bool is_plain = in->decision == DECISION_ALLOW || in->decision == DECISION_DENY;
    if (HAS(AskAnswerIn, in, remember) && (!is_plain || in->input.n || !str_is(ask->kind, "permission")))
        return refuse_memory(e);
    if (in->input.n && in->input.p[0] != '{') {
        int r = err_fail(e, ERR_INVALID, "`input` must be an object");
        err_detail(e, "input", "must be an object");
        return r;
    }
    return 0;
}

typedef struct Answer {
    OpCall *call;
    const AskAnswerIn *in;
    AskAnswered answered;
    Str digest; /* of the ask that it was prepared for */
    Ask *ask;
} Answer;

AskAnswered ask_answer_of(Arena *a, const Ask *ask, AskDecision decision) {
    int kind = ASK_PERMISSION;
    (void)enum_find(&AskKind_enum, ask->kind, &kind); /* a word that Muster has stored */
    return (AskAnswered){.arena = a,
                         .answer = {.request_id = ask->request_id,
                                    .kind = (AskKind)kind,
                                    .tool = ask->tool,
                                    .decision = decision,
                                    .message = STR(""),
                                    .original_input = ask->input,
                                    .suggestions = ask->suggestions},
                         .ask_id = ask->id,
                         .launch_id = ask->launch_id,
                         .subject_kind = ask->subject_kind,
                         .subject_id = ask->subject_id,
                         .tool = ask->tool,
                         .tool_id = ask->tool_id};
}

/* On the worker: arguments may be megabytes, and the writer parses none of them. */
static int prepare_answer(Answer *x, Err *e) {
    OpCall *c = x->call;
    Ask *ask = arena_new_in(c->arena, Ask);
    TRY(ask_find(c->db, str(c->who->org), x->in->ask_id, c->arena, ask, e));
    TRY(check_answer(x->in, ask, e));
    x->digest = ask->digest;
    x->answered = ask_answer_of(c->arena, ask, x->in->decision);
    if (x->in->message.p) x->answered.answer.message = x->in->message;
    if (x->in->comments.n) {
        PlanReview review = {ask, x->in->decision, x->in->message, &x->in->comments};
        TRY(plan_review(&review, c->arena, &x->answered.answer.message, e));
    }
    x->answered.answer.input = x->in->input;
    x->answered.answer.interrupt = x->in->interrupt;
    x->answered.answered_by = str(c->who->id);
    return hook_run_ask_answering(c->app, c->db, &x->answered, e);
}

int ask_settle_as(Tx *tx, Ask *ask, const AskAnswered *v, bool *ret_won, Err *e) {
    AskDecider by = v->rule_id.n ? DECIDED_BY_RULE : DECIDED_BY_PERSON;
    GIVE(Ask, ask, decision, str(enum_word(&AskDecision_enum, (int)v->answer.decision)));
    GIVE(Ask, ask, message, v->answer.message);
    GIVE(Ask, ask, answered_by, v->answered_by);
    GIVE(Ask, ask, decided_by, str(enum_word(&AskDecider_enum, (int)by)));
    GIVE(Ask, ask, answered_at, tx_now(tx));
    return settle(tx, ask, ASK_ANSWERED, ret_won, e);
}

static int remember(Tx *tx, Answer *x, Err *e) {
    Rule *rule = arena_new_in(x->call->arena, Rule);
    RuleDecision decision = x->in->decision == DECISION_ALLOW ? RULE_ALLOW : RULE_DENY;
    RuleFrom from = {x->ask, decision, x->in->remember, x->answered.answered_by};
    TRY(rule_from_ask(tx_conn(tx), &from, x->call->arena, rule, e));
    TRY(rule_add(tx, rule, e));
    GIVE(Ask, x->ask, remembered_id, rule->id);
    return tx_run(tx, &sql_ask_set_remembered, DB_ARGS(db_text(x->ask->id), db_text(rule->id)), NULL, e);
}

static int answer_tx(Tx *tx, void *arg, Err *e) {
    Answer *x = arg;
    Ask *ask = x->ask;
    TRY(ask_find(tx_conn(tx), str(x->call->who->org), x->in->ask_id, x->call->arena, ask, e));
    TRY(check_answer(x->in, ask, e));
    if (!str_eq(ask->digest, x->digest))
        return err_fail(e, ERR_CONFLICT, "the ask has just changed; read it again before you answer");
    bool won = false;
    TRY(ask_settle_as(tx, ask, &x->answered, &won, e));
    if (!won) return err_fail(e, ERR_CONFLICT, "this ask was already answered");
    if (HAS(AskAnswerIn, x->in, remember)) TRY(remember(tx, x, e));
    return hook_run_ask_answered(x->call->app, tx, &x->answered, e);
}

static int answer_ask(OpCall *c, const void *in, void *out, Err *e) {
    Answer x = {.call = c, .in = in, .ask = out};
    TRY(prepare_answer(&x, e));
    CRASH("answer.before_commit");
    TRY(op_tx(c, answer_tx, &x, out, e));
    CRASH("answer.stored");
    return 0;
}

const Op approval_ops[] = {
    {"list_asks", "GET /api/asks", "ask list", OP_RUN(list_asks, AskListIn, AskListOut), .role = ROLE_VIEWER,
     .where = ON_WORKER, .doc = "Lists asks, including answered ones. The open asks are the approvals inbox."},
    {"get_ask", "GET /api/asks/{askId}", "ask get", OP_RUN(get_ask, AskPath, Ask), .role = ROLE_VIEWER,
     .where = ON_WORKER, .doc = "Returns one ask."},
    {"answer_ask", "POST /api/asks/{askId}/answer", "ask answer", OP_RUN(answer_ask, AskAnswerIn, Ask),
     .role = ROLE_MEMBER, .where = ON_WORKER, .flags = OP_WRITES | OP_AUDITED,
     .doc =
         "Answers an open ask, once. 409 when it is no longer open. With `remember` the answer also creates a rule."},
    {0},
};
