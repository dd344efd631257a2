/* The life of a call: input, role, room in the pool, one run per key; and what a writing call stores. */
#include "core/dispatch.h"

#include <pthread.h>

#include "base/test.h"
#include "core/core_migrations.h"
#include "core/launch_migrations.h"
#include "core/op_migrations.h"
#include "core/op_sql.h"
#include "core/test_app.h"
#include "sys/pool.h"

static const Migration thing_migrations[] = {
    {"2026-11-21T10:30", "things", "CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;"},
    {0},
};
static const Sql sql_thing_add = {"thing_add", "INSERT INTO thing (name) VALUES (?1)", "test"};

#define THING_LIMITS(F, S) F(S, I64, memory, .min = 1, .max = 100, .doc = "Its memory")
SHAPE(ThingLimits, THING_LIMITS);
SHAPE_DEFINE(ThingLimits, THING_LIMITS);
#define THING_IN(F, S)                                               \
    F(S, STR, name, .min = 1, .max_bytes = 8, .doc = "Its name")     \
    F(S, I64, size, .opt = 1, .min = 1, .max = 9, .doc = "Its size") \
    F(S, OBJ(ThingLimits), limits, .opt = 1, .doc = "Its limits")
SHAPE(ThingIn, THING_IN);
SHAPE_DEFINE(ThingIn, THING_IN);
#define THING(F, S)                                          \
    F(S, STR, name, .max_bytes = 8 << 20, .doc = "Its name") \
    F(S, I64, run, .min = 0, .max = INT64_MAX, .doc = "How often it was run")
SHAPE(Thing, THING);
SHAPE_DEFINE(Thing, THING);

/* The state that handlers and tests share. A closed gate blocks handlers until it is opened. */
static struct Play {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int n_runs, n_inside, n_fails; /* n_fails: this many runs fail in their write */
    bool is_closed;
} play = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static int enter(void) {
    pthread_mutex_lock(&play.lock);
    int run = ++play.n_runs;
    play.n_inside++;
    pthread_cond_broadcast(&play.changed);
    while (play.is_closed) pthread_cond_wait(&play.changed, &play.lock);
    play.n_inside--;
    pthread_mutex_unlock(&play.lock);
    return run;
}

static void set_gate(bool is_closed) {
    pthread_mutex_lock(&play.lock);
    play.is_closed = is_closed;
    pthread_cond_broadcast(&play.changed);
    pthread_mutex_unlock(&play.lock);
}

static void wait_inside(int n) {
    pthread_mutex_lock(&play.lock);
    while (play.n_inside < n) pthread_cond_wait(&play.changed, &play.lock);
    pthread_mutex_unlock(&play.lock);
}

static int read_thing(OpCall *c, const void *in, void *out_, Err *e) {
    Thing *out = out_;
    out->name = in ? ((const ThingIn *)in)->name : STR("nothing");
    out->run = enter();
    return c->db ? op_cursor(c, STR("app"), e) : 0;
}

typedef struct Add {
    const ThingIn *in;
    bool fails;
} Add;

/* Two topics, one of them twice, and the parent of the other. */
static int emit_events(Tx *tx, Err *e) {
    StreamEvent ev = {.topic = STR("app"), .kind = STR("x"), .at = tx_now(tx), .payload = STR("{}")};
    TRY(stream_append(tx, &ev, NULL, e));
    TRY(stream_append(tx, &ev, NULL, e));
    ev.topic = STR("agent/ag_1");
    ev.parents[0] = STR("workspace/ws_1");
    return stream_append(tx, &ev, NULL, e);
}

static int add_tx(Tx *tx, void *arg, Err *e) {
    const Add *a = arg;
    TRY(tx_run(tx, &sql_thing_add, DB_ARGS(db_text(a->in->name)), NULL, e));
    if (str_starts(a->in->name, STR("emits"))) TRY(emit_events(tx, e));
    return a->fails ? err_fail(e, ERR_CONFLICT, "meant to fail") : 0;
}

static int add_thing(OpCall *c, const void *in, void *out_, Err *e) {
    Thing *out = out_;
    Add a = {.in = in};
    int run = enter();
    a.fails = run <= play.n_fails;
    if (out) *out = (Thing){.name = a.in->name, .run = run};
    return op_tx(c, add_tx, &a, out, e);
}

/* Its result is too large to be stored. */
static int add_huge(OpCall *c, const void *in, void *out_, Err *e) {
    static char text[5 << 20];
    Thing *out = out_;
    Add a = {.in = in};
    memset(text, 'x', sizeof text);
    *out = (Thing){.name = str_n(text, sizeof text)};
    return op_tx(c, add_tx, &a, out, e);
}

/* Its answer is known only after its write, like that of a refresh. */
static int add_in_parts(OpCall *c, const void *in, void *out, Err *e) {
    TRY(op_tx(c, add_tx, &(Add){.in = in}, NULL, e));
    *(Thing *)out = (Thing){.name = ((const ThingIn *)in)->name, .run = enter()};
    return op_cursor(c, STR("app"), e);
}

/* Its first part is written, and then it fails. */
static int add_half(OpCall *c, const void *in, void *out UNUSED, Err *e) {
    if (enter() == 1) TRY(op_tx(c, add_tx, &(Add){.in = in}, NULL, e));
    return err_fail(e, ERR_GIT, "%s", "");
}

/* There is nothing to do: it answers without a write. */
static int add_nothing(OpCall *c UNUSED, const void *in, void *out, Err *e UNUSED) {
    *(Thing *)out = (Thing){.name = ((const ThingIn *)in)->name, .run = enter()};
    return 0;
}

static int fail_silently(OpCall *c UNUSED, const void *in UNUSED, void *out UNUSED, Err *e UNUSED) { return -1; }

static int n_recovered;
static bool recover_fails;
static _Atomic bool recover_waits;

static int make_thing(OpCall *c, const void *in, void *out, Err *e) {
    Add a = {.in = in};
    Str id = {0};
    *(Thing *)out = (Thing){.name = a.in->name, .run = enter()};
    TRY(op_intent_begin(c, (Str){0}, NULL, NULL, &id, e));
    TRY(op_intent_note(c, id, STR("{\"at\":\"half\"}"), e));
    if (str_is(a.in->name, "cut")) return err_fail(e, ERR_INTERNAL, "as if the power went");
    if (str_is(a.in->name, "undone")) return op_intent_abandon(c, id, e);
    a.fails = str_is(a.in->name, "failed");
    return op_intent_close(c, id, add_tx, &a, out, e);
}

static int recover_thing(OpCall *c, const OpIntent *i, Err *e) {
    n_recovered++;
    CHECK_STR(i->input, "{\"name\":\"cut\"}");
    CHECK_STR(i->state, "{\"at\":\"half\"}");
    CHECK_STR(i->key, "key-1");
    CHECK_STR(str(c->who->id), LOCAL_USER);
    if (recover_waits) return err_fail(e, ERR_BUSY, "its program still runs");
    if (recover_fails) return err_fail(e, ERR_GIT, "not yet");
    ThingIn in = {.name = STR("mended")};
    Thing out = {.name = STR("cut"), .run = 99};
    return op_intent_close(c, i->id, add_tx, &(Add){.in = &in}, &out, e);
}

/* Without an input, each call has its own subject. */
static int thing_subject(OpCall *c, const void *in, Str *ret, Err *e) {
    static _Atomic int n;
    if (in && str_is(((const ThingIn *)in)->name, "nowhere")) return err_fail(e, ERR_NOT_FOUND, "meant to fail");
    *ret = in ? ((const ThingIn *)in)->name : arena_fmt(c->arena, "%d", n++);
    return 0;
}

#define ROW(name_, run_, ...)                                                                       \
    {                                                                                               \
        .name = #name_, .route = "POST /api/" #name_, .run = run_, .role = ROLE_MEMBER, .doc = "x", \
        .where = ON_WORKER, __VA_ARGS__                                                             \
    }
#define IN_OUT .in = &ThingIn_shape, .out = &Thing_shape

static const Op ops[] = {
    ROW(read_thing, read_thing, IN_OUT, .role = ROLE_VIEWER),
    ROW(loop_thing, read_thing, .out = &Thing_shape, .where = ON_LOOP),
    ROW(slow_thing, read_thing, .out = &Thing_shape, .where = ON_SLOW, .subject = thing_subject),
    ROW(turn_read, read_thing, IN_OUT, .where = ON_SLOW, .subject = thing_subject),
    ROW(turn_write, add_thing, IN_OUT, .where = ON_SLOW, .subject = thing_subject, .flags = OP_WRITES),
    ROW(add_thing, add_thing, IN_OUT, .flags = OP_WRITES | OP_AUDITED, .status = 201),
    ROW(add_other, add_thing, IN_OUT, .flags = OP_WRITES),
    ROW(add_silent, add_thing, .in = &ThingIn_shape, .flags = OP_WRITES),
    ROW(add_in_parts, add_in_parts, IN_OUT, .flags = OP_WRITES),
    ROW(add_half, add_half, IN_OUT, .flags = OP_WRITES),
    ROW(add_nothing, add_nothing, IN_OUT, .flags = OP_WRITES, .status = 202),
    ROW(fail_silently, fail_silently, IN_OUT),
    ROW(add_huge, add_huge, IN_OUT, .flags = OP_WRITES),
    ROW(make_thing, make_thing, IN_OUT, .where = ON_SLOW, .subject = thing_subject, .flags = OP_WRITES | OP_EFFECTS,
        .recover = recover_thing),
    ROW(for_owner, read_thing, .out = &Thing_shape, .role = ROLE_OWNER),
    ROW(for_agents, read_thing, .out = &Thing_shape, .flags = OP_AGENT_MAY),
    ROW(for_all, read_thing, .out = &Thing_shape, .role = ROLE_NONE, .flags = OP_PUBLIC),
    {0},
};

static void start(TestApp *t, const char *home, int queue_max) {
    static const Migration *const migrations[] = {core_migrations, op_migrations, launch_migrations, thing_migrations,
                                                  NULL};
    static const Op *const lists[] = {ops, NULL};
    play.n_runs = play.n_inside = play.n_fails = 0;
    play.is_closed = false;
    n_recovered = 0;
    test_app_start(t, &(TestAppConfig){.home = home, .migrations = migrations, .ops = lists, .queue_max = queue_max});
}

static int status_of(TestApp *t, const char *op, const char *json) {
    return test_call(t, &(TestCall){.op = op, .json = json});
}

TEST(invalid_input_is_answered_with_the_invalid_fields) {
    static const struct {
        const char *json, *path; /* of the detail; NULL: the whole input is refused */
    } rows[] = {
        {"{}", "name"},
        {"{\"name\":7}", "name"},
        {"{\"name\":\"\"}", "name"},
        {"{\"name\":\"much too long\"}", "name"},
        {"{\"name\":\"a\",\"size\":10}", "size"},
        {"{\"name\":\"a\",\"limits\":{\"memory\":0}}", "limits.memory"},
        {"{\"name\":\"a\",\"limits\":{}}", "limits.memory"},
        {"{\"name\":\"a\",\"nosuch\":1}", "nosuch"},
        {"[1]", NULL},
        {"\"name\"", NULL},
        {"{\"name\":\"a\"", NULL},
        {"{\"name\":\"\xff\"}", NULL},
    };
    TestApp t;
    start(&t, NULL, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        TestCall c = {.op = "read_thing", .json = rows[i].json};
        CHECK_I64(test_call(&t, &c), 400);
        CHECK_STR(test_json(&t, c.body, "error.code"), "VALIDATION_ERROR");
        Json *root = NULL;
        Err e = {0};
        CHECK_OK(json_parse(t.arena, c.body, 8, &root, &e), e);
        const Json *details = json_at(root, "error.details");
        if (rows[i].path && !json_get(details, rows[i].path))
            test_fail(__FILE__, __LINE__, "%s: no detail %s in " STR_FMT, rows[i].json, rows[i].path, STR_ARG(c.body));
    }
    CHECK_I64(play.n_runs, 0);
    test_app_stop(&t);
}

TEST(an_operation_without_input_takes_none) {
    TestApp t;
    start(&t, NULL, 0);
    CHECK_I64(status_of(&t, "loop_thing", NULL), 200);
    CHECK_I64(status_of(&t, "loop_thing", "{}"), 200);
    CHECK_I64(status_of(&t, "loop_thing", " \n"), 200);
    TestCall c = {.op = "loop_thing", .json = "{\"name\":\"a\"}"};
    CHECK_I64(test_call(&t, &c), 400);
    CHECK(test_json(&t, c.body, "error.details.name").p);
    test_app_stop(&t);
}

TEST(details_of_one_field_are_in_one_list) {
    Err e = {0};
    err_set(&e, ERR_INVALID, "two \"things\"");
    err_detail(&e, "a.b", "first");
    err_detail(&e, "c", "third");
    err_detail(&e, "a.b", "second");
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 1024);
    op_encode_error(&e, &b);
    CHECK_STR(buf_str(&b), "{\"error\":{\"code\":\"VALIDATION_ERROR\",\"message\":\"two \\\"things\\\"\",\"details\":{"
                           "\"a.b\":[\"first\",\"second\"],\"c\":[\"third\"]}}}");
}

TEST(a_role_may_call_what_it_is_allowed_to) {
    static const struct {
        const char *op;
        int status[ROLE_OWNER + 1]; /* by role; ROLE_NONE first */
    } rows[] = {
        {"for_all", {200, 200, 200, 200, 200}},    {"for_agents", {403, 200, 403, 200, 200}},
        {"loop_thing", {403, 403, 403, 200, 200}}, {"slow_thing", {403, 403, 403, 200, 200}},
        {"for_owner", {403, 403, 403, 403, 200}},
    };
    TestApp t;
    start(&t, NULL, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (Role role = ROLE_AGENT; role <= ROLE_OWNER; role++)
            CHECK_I64(test_call(&t, &(TestCall){.op = rows[i].op, .role = role}), rows[i].status[role]);
    test_app_stop(&t);
}

TEST(a_full_pool_refuses_at_once_and_the_others_are_answered) {
    TestApp t;
    start(&t, NULL, 1);
    set_gate(true);
    TestCall running[2] = {{.app = &t, .op = "slow_thing"}, {.app = &t, .op = "slow_thing"}};
    TestCall more[2] = {{.app = &t, .op = "slow_thing"}, {.app = &t, .op = "slow_thing"}}; /* room for one */
    for (int i = 0; i < 2; i++) {
        test_call_begin(&running[i]);
        wait_inside(i + 1);
    }
    for (int i = 0; i < 2; i++) test_call_begin(&more[i]);
    TestCall *refused = test_call_wait_any(more, 2), *queued = refused == more ? more + 1 : more;
    CHECK_I64(refused->status, 503);
    CHECK_STR(test_json(&t, refused->body, "error.code"), "BUSY");
    /* The other pool has room as soon as it has passed the queued call on. */
    int status;
    do status = status_of(&t, "read_thing", "{\"name\":\"\"}");
    while (status == 503);
    CHECK_I64(status, 400);
    set_gate(false);
    test_call_wait(&running[0]);
    test_call_wait(&running[1]);
    test_call_wait(queued);
    CHECK_I64(queued->status, 200);
    test_app_stop(&t);
}

TEST(calls_on_one_subject_take_turns_and_block_no_others) {
    TestApp t;
    start(&t, NULL, 0); /* two slow threads */
    set_gate(true);
    TestCall first = {.app = &t, .op = "turn_read", .json = "{\"name\":\"a\"}"}, second = first, other = first;
    other.json = "{\"name\":\"b\"}";
    test_call_begin(&first);
    wait_inside(1);
    test_call_begin(&second);
    test_call_begin(&other);
    wait_inside(2);
    set_gate(false);
    test_call_wait(&first);
    test_call_wait(&second);
    test_call_wait(&other);
    CHECK_STR(other.body, "{\"name\":\"b\",\"run\":2}");
    CHECK_STR(second.body, "{\"name\":\"a\",\"run\":3}");
    test_app_stop(&t);
}

TEST(a_write_does_not_wait_for_a_read_of_its_subject_and_a_read_that_waits_can_be_cancelled) {
    TestApp t;
    start(&t, NULL, 0);
    set_gate(true);
    TestCall read = {.app = &t, .op = "turn_read", .json = "{\"name\":\"a\"}"}, write = read, second = read;
    write.op = "turn_write";
    test_call_begin(&read);
    test_call_begin(&write);
    wait_inside(2);
    test_call_begin(&second);
    test_call_cancel(&second);
    test_call_cancel(&write);
    set_gate(false);
    test_call_wait(&read);
    test_call_wait(&write);
    test_call_wait(&second);
    CHECK_I64(read.status, 200);
    CHECK_I64(write.status, 200);
    CHECK_STR(test_json(&t, second.body, "error.message"), "turn_read was cancelled");
    test_app_stop(&t);
}

TEST(a_call_that_waits_too_long_for_its_turn_names_what_runs) {
    TestApp t;
    start(&t, NULL, 0);
    t.app.turn_wait_ms = 40;
    set_gate(true);
    TestCall first = {.app = &t, .op = "turn_write", .json = "{\"name\":\"a\"}"}, second = first;
    test_call_begin(&first);
    wait_inside(1);
    CHECK_I64(test_call(&t, &second), 503);
    CHECK_STR(test_json(&t, second.body, "error.code"), "BUSY");
    Str said = test_json(&t, second.body, "error.message");
    CHECK(str_starts(said, STR("turn_write has been running for ")));
    CHECK(str_find(said, STR("nothing was changed"), &(size_t){0}));
    set_gate(false);
    test_call_wait(&first);
    CHECK_I64(first.status, 200);
    test_app_stop(&t);
}

enum { MANY = 66, QUEUE_MAX = 100 };

static bool is_one_refused(void *arg) {
    const TestCall *calls = arg;
    int n = 0;
    for (int i = 0; i < MANY; i++) n += __atomic_load_n(&calls[i].status, __ATOMIC_RELAXED) == 503;
    return n == 1;
}

TEST(a_subject_with_a_full_queue_refuses_calls_and_others_do_not) {
    TestApp t;
    start(&t, NULL, QUEUE_MAX);
    set_gate(true);
    TestCall calls[MANY];
    for (int i = 0; i < MANY; i++) {
        calls[i] = (TestCall){.app = &t, .op = "turn_read", .json = "{\"name\":\"a\"}"};
        test_call_begin(&calls[i]);
    }
    wait_inside(1);
    TestCall other = {.app = &t, .op = "turn_read", .json = "{\"name\":\"b\"}"};
    test_call_begin(&other);
    wait_inside(2);
    CHECK_I64(test_call(&t, &(TestCall){.op = "turn_read", .json = "{\"name\":\"nowhere\"}"}), 404);
    CHECK(test_app_until(is_one_refused, calls));
    set_gate(false);
    test_call_wait(&other);
    for (int i = 0; i < MANY; i++) test_call_wait(&calls[i]);
    CHECK(is_one_refused(calls));
    CHECK_I64(other.status, 200);
    test_app_stop(&t);
}

TEST(a_used_key_is_answered_without_waiting_for_the_subject) {
    TestApp t;
    start(&t, NULL, 0);
    TestCall done = {.op = "turn_write", .json = "{\"name\":\"a\"}", .key = "key-1"}, again = done;
    CHECK_I64(test_call(&t, &done), 200);
    set_gate(true);
    TestCall stuck = {.app = &t, .op = "turn_write", .json = "{\"name\":\"a\"}"};
    test_call_begin(&stuck);
    wait_inside(1);
    CHECK_I64(test_call(&t, &again), 200);
    CHECK_STR(again.body, done.body.p);
    set_gate(false);
    test_call_wait(&stuck);
    test_app_stop(&t);
}

TEST(a_reading_answer_names_its_cursors) {
    TestApp t;
    start(&t, NULL, 0);
    TestCall c = {.op = "read_thing", .json = "{\"name\":\"a\"}"};
    CHECK_I64(test_call(&t, &c), 200);
    CHECK_STR(c.cursors, "app;1;0");
    CHECK_STR(c.body, "{\"name\":\"a\",\"run\":1}");
    test_app_stop(&t);
}

TEST(a_writing_answer_names_the_head_of_each_topic_it_wrote_to) {
    static const char emits[] = "{\"name\":\"emits\"}";
    TestApp t;
    start(&t, NULL, 0);
    TestCall silent = {.op = "add_thing", .json = "{\"name\":\"a\"}"};
    CHECK_I64(test_call(&t, &silent), 201);
    CHECK_STR(silent.cursors, "");
    play.n_fails = 2; /* the next one, which is rolled back */
    TestCall failed = {.op = "add_thing", .json = emits};
    CHECK_I64(test_call(&t, &failed), 409);
    CHECK_STR(failed.cursors, "");
    TestCall first = {.op = "add_thing", .json = emits, .key = "key-1"}, again = first;
    CHECK_I64(test_call(&t, &first), 201);
    CHECK_STR(first.cursors, "app;1;2, agent/ag_1;1;1, workspace/ws_1;1;1");
    TestCall effect = {.op = "make_thing", .json = "{\"name\":\"emits2\"}"};
    CHECK_I64(test_call(&t, &effect), 200);
    CHECK_STR(effect.cursors, "app;1;4, agent/ag_1;1;2, workspace/ws_1;1;2");
    CHECK_I64(test_call(&t, &again), 201);
    CHECK_STR(again.cursors, first.cursors.p);
    test_app_stop(&t);
}

/* --- one run for one key ---------------------------------------------------------------------------------- */

TEST(a_writing_operation_repeats_its_answer) {
    static const struct {
        const char *op, *json;
        int status;
    } rows[] = {
        {"add_in_parts", "{\"name\":\"told1\"}", 200}, {"add_nothing", "{\"name\":\"b\"}", 202},
        {"add_silent", "{\"name\":\"emits2\"}", 204},  {"make_thing", "{\"name\":\"told3\"}", 200},
        {"make_thing", "{\"name\":\"undone\"}", 200},
    };
    TestApp t;
    start(&t, NULL, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        TestCall c = {.op = rows[i].op, .json = rows[i].json, .key = arena_fmt(t.arena, "key-%zu", i).p}, again = c;
        CHECK_I64(test_call(&t, &c), rows[i].status);
        int n_runs = play.n_runs;
        CHECK_I64(test_call(&t, &again), rows[i].status);
        CHECK(str_eq(again.body, c.body) && str_eq(again.cursors, c.cursors));
        CHECK_I64(play.n_runs, n_runs);
    }
    test_app_stop(&t);
}

TEST(a_call_that_failed_after_its_first_write_has_no_result) {
    TestApp t;
    start(&t, NULL, 0);
    TestCall c = {.op = "add_half", .json = "{\"name\":\"a\"}", .key = "key-1"}, again = c;
    CHECK_I64(test_call(&t, &c), 500);
    CHECK_STR(test_json(&t, c.body, "error.message"), "git failed");
    CHECK_I64(test_call(&t, &again), 500);
    CHECK_I64(play.n_runs, 2);
    TestCall silent = {.op = "fail_silently", .json = "{\"name\":\"a\"}"};
    CHECK_I64(test_call(&t, &silent), 500);
    CHECK_STR(test_json(&t, silent.body, "error.message"), "fail_silently failed without giving a reason");
    test_app_stop(&t);
}

TEST(a_key_and_the_same_input_give_the_stored_result_even_after_a_restart) {
    TestApp t;
    start(&t, NULL, 0);
    TestCall c = {.op = "add_thing", .json = "{\"name\":\"a\",\"size\":2}", .key = "key-1"};
    CHECK_I64(test_call(&t, &c), 201);
    CHECK_STR(c.body, "{\"name\":\"a\",\"run\":1}");
    TestCall again = {.op = "add_thing", .json = "{\"size\":2, \"name\":\"a\"}", .key = "key-1"};
    CHECK_I64(test_call(&t, &again), 201);
    CHECK_STR(again.body, "{\"name\":\"a\",\"run\":1}");
    CHECK_I64(play.n_runs, 1);
    const char *home = mu_strdup(t.app.home);
    test_app_stop(&t);
    start(&t, home, 0);
    CHECK_I64(test_call(&t, &again), 201);
    CHECK_STR(again.body, "{\"name\":\"a\",\"run\":1}");
    CHECK_I64(play.n_runs, 0);
    CHECK_STR(test_cell(&t, "SELECT count(*) FROM thing"), "1");
    CHECK_STR(test_cell(&t, "SELECT count(*) || principal || op || ids FROM audit"), "1" LOCAL_USER "add_thing{}");
    test_app_stop(&t);
    free((void *)home);
}

TEST(a_key_of_another_call_is_refused) {
    TestApp t;
    start(&t, NULL, 0);
    CHECK_I64(test_call(&t, &(TestCall){.op = "add_thing", .json = "{\"name\":\"a\"}", .key = "key-1"}), 201);
    TestCall c = {.op = "add_thing", .json = "{\"name\":\"b\"}", .key = "key-1"};
    CHECK_I64(test_call(&t, &c), 409);
    CHECK_STR(test_json(&t, c.body, "error.code"), "CONFLICT");
    CHECK_I64(test_call(&t, &(TestCall){.op = "add_other", .json = "{\"name\":\"a\"}", .key = "key-1"}), 409);
    CHECK_I64(test_call(&t, &(TestCall){.op = "add_other", .json = "{\"name\":\"b\"}", .key = "key-2"}), 200);
    CHECK_STR(test_cell(&t, "SELECT group_concat(name) FROM thing"), "a,b");
    test_app_stop(&t);
}

TEST(a_reading_operation_ignores_a_key) {
    TestApp t;
    start(&t, NULL, 0);
    CHECK_I64(test_call(&t, &(TestCall){.op = "read_thing", .json = "{\"name\":\"a\"}", .key = "key-1"}), 200);
    CHECK_I64(test_call(&t, &(TestCall){.op = "read_thing", .json = "{\"name\":\"b\"}", .key = "key-1"}), 200);
    CHECK_I64(play.n_runs, 2);
    CHECK_STR(test_cell(&t, "SELECT count(*) FROM op_result"), "0");
    test_app_stop(&t);
}

TEST(an_operation_without_an_answer_is_answered_without_one_again) {
    TestApp t;
    start(&t, NULL, 0);
    for (int i = 0; i < 2; i++) {
        TestCall c = {.op = "add_silent", .json = "{\"name\":\"a\"}", .key = "key-1"};
        CHECK_I64(test_call(&t, &c), 204);
        CHECK_I64(c.body.n, 0);
    }
    CHECK_I64(play.n_runs, 1);
    test_app_stop(&t);
}

enum { N_PARALLEL = 20 };

static void call_in_parallel(TestApp *t, TestCall calls[N_PARALLEL]) {
    set_gate(true);
    for (int i = 0; i < N_PARALLEL; i++) {
        calls[i] = (TestCall){.app = t, .op = "add_thing", .json = "{\"name\":\"a\"}", .key = "key-1"};
        test_call_begin(&calls[i]);
    }
    wait_inside(1);
    set_gate(false);
    for (int i = 0; i < N_PARALLEL; i++) test_call_wait(&calls[i]);
}

TEST(parallel_calls_with_one_key_run_once) {
    TestApp t;
    TestCall calls[N_PARALLEL];
    start(&t, NULL, 0);
    call_in_parallel(&t, calls);
    for (int i = 0; i < N_PARALLEL; i++) {
        CHECK_I64(calls[i].status, 201);
        CHECK_STR(calls[i].body, "{\"name\":\"a\",\"run\":1}");
    }
    CHECK_I64(play.n_runs, 1);
    test_app_stop(&t);
}

TEST(a_call_that_waited_for_a_failed_one_runs_itself) {
    TestApp t;
    TestCall calls[N_PARALLEL];
    start(&t, NULL, 0);
    play.n_fails = 3;
    call_in_parallel(&t, calls);
    int n_failed = 0;
    for (int i = 0; i < N_PARALLEL; i++) {
        n_failed += calls[i].status == 409;
        if (calls[i].status != 409) CHECK_STR(calls[i].body, "{\"name\":\"a\",\"run\":4}");
    }
    CHECK_I64(n_failed, 3);
    CHECK_I64(play.n_runs, 4);
    CHECK_STR(test_cell(&t, "SELECT count(*) FROM thing"), "1");
    test_app_stop(&t);
}

TEST(a_call_that_found_no_room_leaves_its_key_free) {
    TestApp t;
    start(&t, NULL, 1);
    set_gate(true);
    TestCall running[2], queued = {.app = &t, .op = "read_thing", .json = "{\"name\":\"a\"}"};
    for (int i = 0; i < 2; i++) {
        running[i] = queued;
        test_call_begin(&running[i]);
        wait_inside(i + 1);
    }
    test_call_begin(&queued);
    TestCall c = {.op = "add_thing", .json = "{\"name\":\"a\"}", .key = "key-1"};
    CHECK_I64(test_call(&t, &c), 503);
    set_gate(false);
    test_call_wait(&running[0]);
    test_call_wait(&running[1]);
    test_call_wait(&queued);
    CHECK_I64(test_call(&t, &c), 201);
    test_app_stop(&t);
}

static int make_old(Tx *tx, void *arg UNUSED, Err *e) {
    static const Sql older = {
        "older", "UPDATE op_result SET created_at = created_at - 86400000000 - 1 WHERE key = 'old'", "test"};
    return tx_run(tx, &older, DB_NONE, NULL, e);
}

TEST(a_result_is_kept_for_a_day) {
    TestApp t;
    Err e = {0};
    start(&t, NULL, 0);
    CHECK_I64(test_call(&t, &(TestCall){.op = "add_thing", .json = "{\"name\":\"a\"}", .key = "old"}), 201);
    CHECK_I64(test_call(&t, &(TestCall){.op = "add_thing", .json = "{\"name\":\"b\"}", .key = "new"}), 201);
    test_write(&t, make_old, NULL);
    CHECK_OK(op_results_expire(&t.app, &e), e);
    CHECK_STR(test_cell(&t, "SELECT group_concat(key) FROM op_result"), "new");
    test_app_stop(&t);
}

static int add_results(Tx *tx, void *arg UNUSED, Err *e) {
    static const Sql add = {"results",
                            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) "
                            "INSERT INTO op_result (principal, key, op, digest, result, created_at) "
                            "SELECT 'usr_' || (i % 3), 'key-' || i, 'x', x'00', "
                            "iif(i % 10 = 0, NULL, iif(i % 7 = 0, 'ag_gone', 'ag_other')), 1 FROM n",
                            "test"};
    return tx_run(tx, &add, DB_NONE, NULL, e);
}

TEST(of_many_results_those_that_name_what_is_erased_are_forgotten) {
    TestApp t;
    Err e = {0};
    start(&t, NULL, 0);
    test_write(&t, add_results, NULL);
    CHECK_OK(op_results_erase(&t.app, t.conn, STR("ag_gone"), &e), e);
    CHECK_STR(test_cell(&t, "SELECT count(*) || ' ' || count(result) || ' ' || sum(result = 'ag_gone') FROM op_result"),
              "100 77 0");
    test_app_stop(&t);
}

static int audit_tx(Tx *tx, void *arg UNUSED, Err *e) {
    static const Sql many = {"many",
                             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) "
                             "INSERT INTO audit (at, principal, op, ids) SELECT i, 'w', 'o', '{}' FROM n",
                             "test"};
    return tx_run(tx, &many, DB_NONE, NULL, e);
}

TEST(the_audit_log_is_kept_as_long_as_requested) {
    TestApp t;
    Err e = {0};
    start(&t, NULL, 0);
    test_write(&t, audit_tx, NULL);
    CHECK_OK(op_audit_expire(&t.app, 2401, &e), e);
    CHECK_STR(test_cell(&t, "SELECT count(*) || ' ' || min(at) FROM audit"), "100 2401");
    test_app_stop(&t);
}

/* --- what a write stores ---------------------------------------------------------------------------------- */

TEST(a_write_that_fails_leaves_neither_effect_nor_result_nor_audit) {
    static const char *const calls[] = {"add_thing", "add_huge"};
    TestApp t;
    start(&t, NULL, 0);
    play.n_fails = 1;
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        TestCall c = {.op = calls[i], .json = "{\"name\":\"a\"}", .key = "key-1"};
        CHECK_I64(test_call(&t, &c), i == 0 ? 409 : 413);
        CHECK_STR(test_cell(&t, "SELECT (SELECT count(*) FROM thing) || (SELECT count(*) FROM op_result) || "
                                "(SELECT count(*) FROM audit)"),
                  "000");
    }
    test_app_stop(&t);
}

TEST(a_write_without_a_key_is_audited_and_keeps_no_result) {
    TestApp t;
    start(&t, NULL, 0);
    CHECK_I64(status_of(&t, "add_thing", "{\"name\":\"a\"}"), 201);
    CHECK_STR(test_cell(&t, "SELECT (SELECT count(*) FROM thing) || (SELECT count(*) FROM op_result) || "
                            "(SELECT count(*) FROM audit)"),
              "101");
    test_app_stop(&t);
}

static const char intents_and_results[] =
    "SELECT (SELECT count(*) FROM op_intent) || (SELECT count(*) FROM op_result) || "
    "(SELECT count(*) FROM thing)";

TEST(an_intent_ends_with_its_effect_or_stays_open) {
    static const struct {
        const char *json;
        int status;
        const char *left; /* intents, results, things */
    } rows[] = {
        {"{\"name\":\"a\"}", 200, "011"},
        {"{\"name\":\"undone\"}", 200, "010"},
        {"{\"name\":\"failed\"}", 409, "100"},
        {"{\"name\":\"cut\"}", 500, "100"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        TestApp t;
        start(&t, NULL, 0);
        CHECK_I64(test_call(&t, &(TestCall){.op = "make_thing", .json = rows[i].json, .key = "key-1"}), rows[i].status);
        CHECK_STR(test_cell(&t, intents_and_results), rows[i].left);
        test_app_stop(&t);
    }
}

static void recover(TestApp *t, bool fails, int want_failed, const char *left) {
    recover_fails = fails;
    CHECK_I64(test_recover(t), want_failed);
    CHECK_STR(test_cell(t, intents_and_results), left);
}

TEST(each_open_intent_is_recovered_once_and_a_failed_one_again) {
    TestApp t;
    start(&t, NULL, 0);
    TestCall c = {.op = "make_thing", .json = "{\"name\":\"cut\"}", .key = "key-1", .role = ROLE_MEMBER};
    CHECK_I64(test_call(&t, &c), 500);
    const char *home = mu_strdup(t.app.home);
    test_app_stop(&t);
    start(&t, home, 0);
    recover(&t, true, 1, "100");
    recover(&t, false, 0, "011");
    recover(&t, false, 0, "011");
    CHECK_I64(n_recovered, 2);
    CHECK_I64(test_call(&t, &c), 200);
    CHECK_STR(c.body, "{\"name\":\"cut\",\"run\":99}");
    test_app_stop(&t);
    free((void *)home);
}

static bool is_settled(void *arg) { return str_starts(test_cell(arg, intents_and_results), STR("0")); }

TEST(a_recovery_that_must_wait_keeps_nobody_waiting_and_its_call_is_not_done_twice) {
    TestApp t;
    start(&t, NULL, 0);
    TestCall c = {.op = "make_thing", .json = "{\"name\":\"cut\"}", .key = "key-1", .role = ROLE_MEMBER};
    TestCall other = {.op = "turn_write", .json = "{\"name\":\"cut\"}", .role = ROLE_MEMBER};
    CHECK_I64(test_call(&t, &c), 500);
    const char *home = mu_strdup(t.app.home);
    test_app_stop(&t);
    recover_waits = true;
    for (int i = 0; i < 2; i++) { /* the next start finds it again */
        start(&t, home, 0);
        t.app.turn_wait_ms = 1200;
        recover(&t, false, 0, i ? "101" : "100");
        CHECK_I64(n_recovered > 0, 1);
        CHECK_I64(test_call(&t, &c), 503);
        CHECK(str_find(c.body, STR("its program still runs"), &(size_t){0}));
        if (i) break;
        CHECK_I64(test_call(&t, &other), 200);
        test_app_stop(&t);
    }
    recover_waits = false;
    CHECK(test_app_until(is_settled, &t));
    CHECK_I64(test_call(&t, &c), 200);
    CHECK_STR(c.body, "{\"name\":\"cut\",\"run\":99}");
    test_app_stop(&t);
    free((void *)home);
}

static int add_foreign(Tx *tx, void *arg UNUSED, Err *e) {
    return tx_run(tx, &sql_op_intent_add,
                  DB_ARGS(db_text(STR("int_1")), db_text(STR("gone_op")), db_text((Str){0}), db_text(STR("x")),
                          db_text(STR("{}")), db_text(STR("")), db_i64(1)),
                  NULL, e);
}

TEST(an_intent_of_an_operation_that_is_gone_is_kept_and_counted) {
    TestApp t;
    start(&t, NULL, 0);
    test_write(&t, add_foreign, NULL);
    recover(&t, false, 1, "100");
    test_app_stop(&t);
}
