/* An ask is answered once, and its hook runs in the same transaction. */
#include "approval/approval.h"

#include <stdlib.h>

#include "approval/approval_migrations.h"
#include "approval/approval_sql.h"
#include "base/mem.h"
#include "base/test.h"
#include "core/core_migrations.h"
#include "core/hook.h"
#include "core/op_migrations.h"
#include "sys/file.h"

#define ID_(prefix, last) prefix "_01arz3ndektsv4rrffq69g5f" last

typedef struct Bench {
    App app;
    DbConn *conn;
    Arena *arena;
} Bench;

static void on_dropped(void *arg, void *item) {
    (void)arg;
    free(item);
}

static void on_committed(void *arg, void **items, size_t n) {
    for (size_t i = 0; i < n; i++) on_dropped(arg, items[i]);
}

static void bench_open(Bench *b) {
    static const Migration *const migrations[] = {core_migrations, op_migrations, approval_migrations, NULL};
    static int n;
    Err e = {0};
    *b = (Bench){.arena = arena_new()};
    DbConfig c = {.migrations = migrations, .on_committed = on_committed, .on_dropped = on_dropped};
    c.dir = arena_fmt(b->arena, "%s/approval-%d", test_dir(), n++).p;
    CHECK_OK(file_mkdirs(c.dir, 0700, &e), e);
    CHECK_OK(db_open(&c, &b->app.db, &e), e);
    CHECK_OK(db_conn_open(b->app.db, &b->conn, &e), e);
}

static void bench_close(Bench *b) {
    db_conn_close(b->conn);
    db_close(b->app.db);
    hooks_free(b->app.hooks);
    arena_free(b->arena);
}

static int open_tx(Tx *tx, void *arg, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Ask row = *(const Ask *)arg;
    TRY(ask_cut_input(&row, a, e));
    return ask_open(tx, &row, e);
}

static Ask ask_of(const char *id, const char *kind, const char *request) {
    return (Ask){.id = str(id),
                 .org_id = STR(LOCAL_ORG),
                 .subject_kind = STR("agent"),
                 .subject_id = STR(ID_("ag", "aa")),
                 .worktree_id = STR(ID_("wt", "aa")),
                 .workspace_id = STR(ID_("ws", "aa")),
                 .launch_id = STR(ID_("lch", "aa")),
                 .request_id = str(request),
                 .kind = str(kind),
                 .tool = STR("Bash"),
                 .input = STR("{\"command\":\"ls\"}"),
                 .digest = STR("d1"),
                 .state = ASK_OPEN,
                 .created_at = 1000000};
}

static int open_ask(Bench *b, const char *id, const char *kind, const char *request) {
    Ask ask = ask_of(id, kind, request);
    Err e = {0};
    return db_tx(b->app.db, DB_DERIVED, open_tx, &ask, &e);
}

/* Runs an operation with JSON, as a face does. */
static int call(Bench *b, int op, const char *json, void *out, Err *e) {
    Principal *who = arena_new_in(b->arena, Principal); /* the answer borrows its id */
    *who = auth_local(ROLE_OWNER);
    OpCall c = {
        .app = &b->app, .op = &approval_ops[op], .db = b->conn, .arena = b->arena, .who = who, .input = str(json)};
    Json *root;
    void *in = arena_alloc(b->arena, c.op->in->size);
    buf_init(&c.cursors, 4096);
    TRY(json_parse(b->arena, str(json), JSON_DEPTH_REQUEST, &root, e));
    TRY(shape_decode(c.op->in, root, b->arena, in, e));
    int r = c.op->run(&c, in, out, e);
    buf_done(&c.cursors);
    return r;
}

enum { OP_LIST, OP_GET, OP_ANSWER };
#define FIRST ID_("ask", "a1")
#define SECOND ID_("ask", "a2")

static int n_hooks;
static bool hook_refuses;
static int on_answered(App *app, Tx *tx, const AskAnswered *v, Err *e) {
    (void)app, (void)tx;
    n_hooks++;
    CHECK_STR(v->answer.request_id, "r1");
    CHECK_STR(v->answer.original_input, "{\"command\":\"ls\"}");
    return hook_refuses ? err_fail(e, ERR_INVALID, "meant to fail") : 0;
}

static void count_hooks(Bench *b, bool refuses) {
    hook_on_ask_answered(&b->app, on_answered);
    n_hooks = 0;
    hook_refuses = refuses;
}

TEST(every_statement_prepares_against_the_migrated_store) {
    Bench b;
    Err e = {0};
    bench_open(&b);
    DbConn *c;
    CHECK_OK(db_conn_open(b.app.db, &c, &e), e);
    CHECK_OK(db_check_sql(c, approval_sql, &e), e);
    db_conn_close(c);
    bench_close(&b);
}

TEST(an_ask_is_answered_once) {
    Bench b;
    Ask got = {0};
    Err e = {0};
    bench_open(&b);
    count_hooks(&b, false);
    CHECK_I64(open_ask(&b, FIRST, "permission", "r1"), 0);
    CHECK_OK(call(&b, OP_ANSWER, "{\"askId\":\"" FIRST "\",\"decision\":\"allow\"}", &got, &e), e);
    CHECK_I64(got.state, ASK_ANSWERED);
    CHECK_STR(got.answered_by, LOCAL_USER);
    CHECK_ERR(call(&b, OP_ANSWER, "{\"askId\":\"" FIRST "\",\"decision\":\"deny\"}", &got, &e), e, ERR_CONFLICT);
    CHECK_OK(call(&b, OP_GET, "{\"askId\":\"" FIRST "\"}", &got, &e), e);
    CHECK_STR(got.decision, "allow");
    CHECK_I64(n_hooks, 1);
    bench_close(&b);
}

TEST(an_answer_whose_hook_fails_leaves_the_ask_open) {
    Bench b;
    Ask got = {0};
    Err e = {0};
    bench_open(&b);
    count_hooks(&b, true);
    CHECK_I64(open_ask(&b, FIRST, "permission", "r1"), 0);
    CHECK_ERR(call(&b, OP_ANSWER, "{\"askId\":\"" FIRST "\",\"decision\":\"allow\"}", &got, &e), e, ERR_INVALID);
    CHECK_OK(call(&b, OP_GET, "{\"askId\":\"" FIRST "\"}", &got, &e), e);
    CHECK_I64(got.state, ASK_OPEN);
    bench_close(&b);
}

TEST(an_answer_must_fit_what_was_asked) {
    static const struct {
        const char *json;
        int want;
    } rows[] = {
        {"{\"askId\":\"" FIRST "\",\"decision\":\"answer\",\"input\":{\"a\":\"b\"}}", ERR_INVALID},
        {"{\"askId\":\"" SECOND "\",\"decision\":\"answer\"}", ERR_INVALID},
        {"{\"askId\":\"" FIRST "\",\"decision\":\"allow\",\"input\":[1]}", ERR_INVALID},
        {"{\"askId\":\"" FIRST "\",\"decision\":\"allow\",\"digest\":\"another\"}", ERR_CONFLICT},
        {"{\"askId\":\"" FIRST "\",\"decision\":\"perhaps\"}", ERR_INVALID},
        {"{\"askId\":\"" ID_("ask", "zz") "\",\"decision\":\"allow\"}", ERR_NOT_FOUND},
    };
    Bench b;
    bench_open(&b);
    count_hooks(&b, false);
    CHECK_I64(open_ask(&b, FIRST, "permission", "r1"), 0);
    CHECK_I64(open_ask(&b, SECOND, "question", "r2"), 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Ask got = {0};
        Err e = {0};
        CHECK_ERR(call(&b, OP_ANSWER, rows[i].json, &got, &e), e, rows[i].want);
    }
    CHECK_I64(n_hooks, 0);
    bench_close(&b);
}

static int cancel_tx(Tx *tx, void *arg, Err *e) {
    AskEnd end = {STR(ID_("lch", "aa")), STR("r1"), ASK_CANCELLED};
    return ask_cancel(tx, &(AskSubject){STR(LOCAL_ORG), STR("agent"), STR(ID_("ag", "aa"))}, &end,
                      ((Bench *)arg)->arena, &(Str){0}, e);
}

static int void_tx(Tx *tx, void *arg, Err *e) {
    (void)arg;
    return ask_void_all(tx, &(AskSubject){STR(LOCAL_ORG), STR("agent"), STR(ID_("ag", "aa"))}, e);
}

TEST(cancelled_and_void_asks_take_no_answer) {
    Bench b;
    Ask got = {0};
    Err e = {0};
    bench_open(&b);
    count_hooks(&b, false);
    CHECK_I64(open_ask(&b, FIRST, "permission", "r1"), 0);
    CHECK_I64(open_ask(&b, SECOND, "permission", "r2"), 0);
    CHECK_OK(db_tx(b.app.db, DB_DERIVED, cancel_tx, &b, &e), e);
    CHECK_OK(db_tx(b.app.db, DB_DERIVED, void_tx, &b, &e), e);
    CHECK_OK(call(&b, OP_GET, "{\"askId\":\"" FIRST "\"}", &got, &e), e);
    CHECK_I64(got.state, ASK_CANCELLED);
    CHECK_OK(call(&b, OP_GET, "{\"askId\":\"" SECOND "\"}", &got, &e), e);
    CHECK_I64(got.state, ASK_VOID);
    CHECK_ERR(call(&b, OP_ANSWER, "{\"askId\":\"" SECOND "\",\"decision\":\"allow\"}", &got, &e), e, ERR_CONFLICT);
    bench_close(&b);
}

/* ---- what lists show of asks, and how long they are kept ---- */

enum { LARGE = 5 << 20 };

static void open_large(Bench *b, const char *id, Err *e) {
    CLEANUP(buf_done) Buf input;
    buf_init(&input, LARGE);
    buf_add_str(&input, STR("{\"path\":\"a\",\"content\":\""));
    while (input.n < LARGE - 2) buf_add_c(&input, 'x');
    buf_add_str(&input, STR("\"}"));
    Ask ask = ask_of(id, "permission", id);
    ask.input = buf_str(&input);
    CHECK_OK(db_tx(b->app.db, DB_DERIVED, open_tx, &ask, e), *e);
}

/* The rows of a list as they are sent; within the bound of an answer. */
static const Json *list_of(Bench *b, const char *in) {
    CLEANUP(buf_done) Buf text;
    Err e = {0};
    Json *root;
    const Shape *shape = approval_ops[OP_LIST].out;
    void *out = arena_alloc(b->arena, shape->size);
    CHECK_OK(call(b, OP_LIST, in, out, &e), e);
    buf_init(&text, 32 << 20);
    JsonOut o = json_out(&text);
    shape_encode(shape, out, &o);
    CHECK(!text.failed);
    CHECK_OK(json_parse(b->arena, arena_str(b->arena, buf_str(&text)), JSON_DEPTH_MAX, &root, &e), e);
    return json_get(root, "asks");
}

TEST(a_list_shows_large_arguments_cut_and_one_ask_shows_them_whole) {
    Bench b;
    Err e = {0};
    Ask got = {0};
    bench_open(&b);
    open_large(&b, FIRST, &e);
    CHECK_I64(open_ask(&b, SECOND, "permission", "r2"), 0);
    const Json *rows = list_of(&b, "{}"), *small = &rows->items[0], *large = &rows->items[1];
    CHECK_STR(json_str(large, "id"), FIRST);
    CHECK(json_bool(large, "truncated", false));
    CHECK_I64(json_i64(large, "size", 0), LARGE);
    CHECK_STR(json_str(json_get(large, "input"), "path"), "a");
    CHECK(json_get(large, "input")->raw.n <= ASK_SHOWN_MAX);
    CHECK(!json_get(small, "truncated") && !json_get(small, "size"));
    CHECK_STR(json_get(small, "input")->raw, "{\"command\":\"ls\"}");
    CHECK_OK(call(&b, OP_GET, "{\"askId\":\"" FIRST "\"}", &got, &e), e);
    CHECK_I64(got.input.n, LARGE);
    CHECK(!got.truncated);
    bench_close(&b);
}

TEST(a_list_is_of_one_subject_or_of_all) {
    Bench b;
    Err e = {0};
    bench_open(&b);
    void *out = arena_alloc(b.arena, approval_ops[OP_LIST].out->size);
    CHECK_I64(open_ask(&b, FIRST, "permission", "r1"), 0);
    CHECK_I64(list_of(&b, "{}")->n, 1);
    CHECK_I64(list_of(&b, "{\"subjectId\":\"" ID_("ag", "aa") "\"}")->n, 1);
    CHECK_I64(list_of(&b, "{\"subjectKind\":\"agent\",\"subjectId\":\"" ID_("ag", "aa") "\"}")->n, 1);
    CHECK_I64(list_of(&b, "{\"subjectKind\":\"chat\",\"subjectId\":\"" ID_("ag", "aa") "\"}")->n, 0);
    CHECK_ERR(call(&b, OP_LIST, "{\"subjectKind\":\"chat\"}", out, &e), e, ERR_INVALID);
    bench_close(&b);
}

static int run_tx(Tx *tx, void *arg, Err *e) { return tx_run(tx, arg, DB_NONE, NULL, e); }

TEST(a_list_of_the_largest_asks_fits_into_an_answer) {
    static const Sql fill = {
        "fill",
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 300) "
        "INSERT INTO ask (id, org_id, subject_kind, subject_id, worktree_id, workspace_id, launch_id, request_id, kind, tool, title, reason, plan, "
        "input, input_cut, size, suggestions, digest, state, created_at) "
        "SELECT printf('ask_%026d', n), '" LOCAL_ORG
        "', 'agent', '" ID_("ag", "aa") "', '" ID_("wt", "aa") "', '" ID_("ws", "aa") "', '" ID_(
            "lch", "aa") "', n, 'permission', 'Bash', printf('%.500c', '\"'), printf('%.2000c', '\"'), "
                         "printf('%.8192c', '\"'), '{}', '\"' || printf('%.32766c', 'x') || '\"', 99999, "
                         "'[\"' || printf('%.65532c', 'x') || '\"]', 'd', 'open', n FROM c",
        "test"};
    Bench b;
    Err e = {0};
    bench_open(&b);
    CHECK_OK(db_tx(b.app.db, DB_DERIVED, run_tx, (void *)&fill, &e), e);
    CHECK_I64(list_of(&b, "{\"limit\":200}")->n, 200);
    bench_close(&b);
}

/* Sets when an ask was settled; "NULL" leaves it open. */
static void settle_at(Bench *b, const char *id, const char *at) {
    Err e = {0};
    Sql *q = arena_new_in(b->arena, Sql);
    const char *text = arena_fmt(b->arena,
                                 "UPDATE ask SET state = iif(%s IS NULL, 'open', 'void'), answered_at = %s "
                                 "WHERE id = '%s'",
                                 at, at, id)
                           .p;
    *q = (Sql){"settle", text, "test"};
    CHECK_OK(db_tx(b->app.db, DB_DERIVED, run_tx, q, &e), e);
}

TEST(settled_asks_lose_their_arguments_after_a_day_and_are_deleted_later) {
    static const char *const ids[] = {FIRST, SECOND, ID_("ask", "a3"), ID_("ask", "a4")};
    static const TimeUs day = 24ll * 3600 * 1000000;
    Bench b;
    Err e = {0};
    bench_open(&b);
    TimeUs now = clock_now_us();
    for (size_t i = 0; i < COUNT_OF(ids); i++) open_large(&b, ids[i], &e);
    settle_at(&b, ids[1], arena_fmt(b.arena, "%lld", (long long)(now - day / 2)).p);
    settle_at(&b, ids[2], arena_fmt(b.arena, "%lld", (long long)(now - 2 * day)).p);
    settle_at(&b, ids[3], arena_fmt(b.arena, "%lld", (long long)(now - 9 * day)).p);
    CHECK_OK(ask_expire(&b.app, now - 8 * day, &e), e);
    const Json *rows = list_of(&b, "{}");
    CHECK_I64(rows->n, 3);
    for (size_t i = 0; i < rows->n; i++) {
        const Json *row = &rows->items[i];
        bool is_blank = str_is(json_str(row, "id"), ids[2]);
        CHECK(!json_get(row, "input") == is_blank && !json_get(row, "truncated") == is_blank);
        CHECK_STR(json_str(row, "digest"), "d1");
    }
    bench_close(&b);
}

TEST(edited_arguments_are_bounded_by_what_a_request_can_carry) {
    Bench b;
    bench_open(&b);
    count_hooks(&b, false);
    CHECK_I64(open_ask(&b, FIRST, "permission", "r1"), 0);
    for (int over = 1; over >= 0; over--) {
        CLEANUP(buf_done) Buf json;
        Ask got = {0};
        Err e = {0};
        buf_init(&json, 2 << 20);
        buf_add_str(&json, STR("{\"askId\":\"" FIRST "\",\"decision\":\"allow\",\"input\":{\"a\":\""));
        for (int n = OP_FIELD_MAX - 8 + over; n > 0; n--) buf_add_c(&json, 'x');
        buf_add_str(&json, STR("\"}}"));
        CHECK(json.n < 1 << 20);
        CHECK_I64(call(&b, OP_ANSWER, arena_str(b.arena, buf_str(&json)).p, &got, &e), over ? -(int)ERR_INVALID : 0);
        if (over) CHECK_STR(str(e.details[0].path), "input");
    }
    bench_close(&b);
}
