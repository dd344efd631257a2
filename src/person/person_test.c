#include "person/person.h"

#include "agent/agent.h"
#include "agent/agent_migrations.h"
#include "approval/approval.h"
#include "approval/approval_migrations.h"
#include "attachment/attachment_migrations.h"
#include "base/test.h"
#include "checkpoint/checkpoint_migrations.h"
#include "conversation/conversation_migrations.h"
#include "core/core_migrations.h"
#include "core/launch_migrations.h"
#include "core/op_migrations.h"
#include "core/test_app.h"
#include "person/person_migrations.h"
#include "script/script_migrations.h"
#include "usage/usage_migrations.h"
#include "workspace/workspace_migrations.h"

#define ASK_ID "ask_00000000000000000000000001"
#define AGENT_ID "ag_00000000000000000000000001"
#define WORKTREE_ID "wt_00000000000000000000000001"

static void start(TestApp *t) {
    static const Migration *const migrations[] = {core_migrations,
                                                  op_migrations,
                                                  launch_migrations,
                                                  workspace_migrations,
                                                  script_migrations,
                                                  approval_migrations,
                                                  agent_migrations,
                                                  usage_migrations,
                                                  conversation_migrations,
                                                  checkpoint_migrations,
                                                  person_migrations,
                                                  attachment_migrations,
                                                  NULL};
    static const Op *const ops[] = {person_ops, NULL};
    test_app_start(t, &(TestAppConfig){.migrations = migrations, .ops = ops});
}

static int call_as(TestApp *t, const char *who, const char *op, const char *json, Str *ret) {
    TestCall c = {.op = op, .json = json, .who = who};
    int status = test_call(t, &c);
    if (ret) *ret = c.body;
    return status;
}

static int call(TestApp *t, const char *op, const char *json, Str *ret) { return call_as(t, NULL, op, json, ret); }

TEST(a_value_is_kept_per_person_under_its_key) {
    TestApp t;
    Str out;
    start(&t);
    CHECK_I64(call(&t, "get_ui_state", "{\"key\":\"page/x\"}", &out), 200);
    CHECK(!test_json(&t, out, "value").p);
    CHECK_I64(call(&t, "put_ui_state", "{\"key\":\"page/x\",\"value\":{\"b\":1, \"a\":[true]}}", &out), 200);
    Str digest = test_json(&t, out, "digest");
    CHECK_I64(digest.n, 64);
    CHECK_I64(call(&t, "get_ui_state", "{\"key\":\"page/x\"}", &out), 200);
    CHECK_STR(test_json(&t, out, "value"), "{\"a\":[true],\"b\":1}");
    CHECK_STR(test_json(&t, out, "digest"), digest.p);
    CHECK_I64(call_as(&t, "usr_00000000000000000000000001", "get_ui_state", "{\"key\":\"page/x\"}", &out), 200);
    CHECK(!test_json(&t, out, "value").p);
    CHECK_I64(call(&t, "put_ui_state", "{\"key\":\"page/x\"}", &out), 200);
    CHECK_STR(test_cell(&t, "SELECT count(*) FROM ui_state"), "0");
    test_app_stop(&t);
}

TEST(a_change_can_be_bound_to_what_its_author_knew) {
    TestApp t;
    Str out;
    start(&t);
    CHECK_I64(call(&t, "put_ui_state", "{\"key\":\"k\",\"value\":1,\"ifDigest\":\"\"}", &out), 200);
    const char *known = arena_strdup(t.arena, test_json(&t, out, "digest").p);
    CHECK_I64(call(&t, "put_ui_state", "{\"key\":\"k\",\"value\":2,\"ifDigest\":\"\"}", &out), 409);
    CHECK(str_find(out, arena_fmt(t.arena, "\"digest\":[\"%s\"]", known), &(size_t){0}));
    CHECK_I64(
        call(&t, "put_ui_state", arena_fmt(t.arena, "{\"key\":\"k\",\"value\":2,\"ifDigest\":\"%s\"}", known).p, &out),
        200);
    CHECK_I64(
        call(&t, "put_ui_state", arena_fmt(t.arena, "{\"key\":\"k\",\"value\":3,\"ifDigest\":\"%s\"}", known).p, &out),
        409);
    CHECK_I64(call(&t, "put_ui_state", "{\"key\":\"k\",\"value\":4}", &out), 200);
    CHECK_STR(test_cell(&t, "SELECT value FROM ui_state"), "4");
    test_app_stop(&t);
}

TEST(a_key_that_names_a_row_has_a_value_of_its_shape) {
    static const struct {
        const char *key, *value;
        int want;
    } rows[] = {
        {"draft/" AGENT_ID, "{\"text\":\"half a sen\"}", 200},
        {"draft/" AGENT_ID, "{\"words\":\"x\"}", 400},
        {"draft/" AGENT_ID, "\"x\"", 400},
        {"draft/" WORKTREE_ID, "{\"text\":\"x\"}", 400},
        {"draft/", "{\"text\":\"x\"}", 400},
        {"review/" WORKTREE_ID, "{\"ticks\":[{\"path\":\"a\",\"digest\":\"12\"}]}", 200},
        {"review/" WORKTREE_ID, "{\"ticks\":[{\"path\":\"a\"}]}", 400},
        {"with space", "1", 400},
        {"gr\xc3\xbcn", "1", 400},
    };
    TestApp t;
    start(&t);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str json = arena_fmt(t.arena, "{\"key\":\"%s\",\"value\":%s}", rows[i].key, rows[i].value);
        Str body;
        int got = call(&t, "put_ui_state", json.p, &body);
        if (got != rows[i].want) test_fail(__FILE__, __LINE__, "%s: %d " STR_FMT, json.p, got, STR_ARG(body));
    }
    test_app_stop(&t);
}

static Str keys_of(TestApp *t, Str json) {
    CLEANUP(buf_done) Buf b;
    Json *root;
    Err e = {0};
    buf_init(&b, 4096);
    CHECK_OK(json_parse(t->arena, json, 8, &root, &e), e);
    const Json *states = json_get(root, "states");
    for (size_t i = 0; i < states->n; i++)
        buf_add_fmt(&b, "%s" STR_FMT, i ? " " : "", STR_ARG(json_str(&states->items[i], "key")));
    return arena_str(t->arena, buf_str(&b));
}

TEST(keys_are_listed_by_prefix_in_pages) {
    static const char *const keys[] = {"a", "a/1", "a/2", "a/3", "a0", "b"};
    TestApp t;
    Str out;
    start(&t);
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        CHECK_I64(call(&t, "put_ui_state", arena_fmt(t.arena, "{\"key\":\"%s\",\"value\":1}", keys[i]).p, NULL), 200);
    CHECK_I64(call(&t, "list_ui_states", "{\"prefix\":\"a/\",\"limit\":2}", &out), 200);
    CHECK_STR(keys_of(&t, out), "a/1 a/2");
    CHECK_STR(test_json(&t, out, "next"), "a/2");
    CHECK_I64(call(&t, "list_ui_states", "{\"prefix\":\"a/\",\"after\":\"a/2\",\"limit\":2}", &out), 200);
    CHECK_STR(keys_of(&t, out), "a/3");
    CHECK(!test_json(&t, out, "next").p);
    CHECK_I64(call(&t, "list_ui_states", "{\"prefix\":\"a\"}", &out), 200);
    CHECK_STR(keys_of(&t, out), "a a/1 a/2 a/3 a0");
    CHECK_I64(call(&t, "list_ui_states", "{}", &out), 200);
    CHECK_STR(keys_of(&t, out), "a a/1 a/2 a/3 a0 b");
    test_app_stop(&t);
}

TEST(a_value_has_at_most_64_kib) {
    TestApp t;
    start(&t);
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 1 << 20);
    for (int over = 0; over < 2; over++) {
        buf_clear(&b);
        buf_add_str(&b, STR("{\"key\":\"k\",\"value\":\""));
        for (int i = 0; i < UI_VALUE_MAX - 2 + over; i++) buf_add_c(&b, 'x');
        buf_add_str(&b, STR("\"}"));
        CHECK_I64(call(&t, "put_ui_state", b.p, NULL), over ? 400 : 200);
    }
    test_app_stop(&t);
}

static int fill_tx(Tx *tx, void *arg, Err *e) {
    static const Sql fill = {"fill",
                             "INSERT INTO ui_state (principal, key, value, digest, updated_at, size) "
                             "SELECT principal, 'text/other', '1', 'd', 1, ?1 FROM ui_state",
                             "test"};
    return tx_run(tx, &fill, DB_ARGS(db_i64(*(const int64_t *)arg)), NULL, e);
}

/* A page stores a draft with every few letters, each time under a key of its own. */
TEST(what_is_kept_of_a_change_does_not_grow_with_its_value) {
    static char value[60000], json[61000];
    TestApp t;
    start(&t);
    memset(value, 'x', sizeof value - 1);
    snprintf(json, sizeof json, "{\"key\":\"text/x\",\"value\":\"%s\"}", value);
    TestCall c = {.app = &t, .op = "put_ui_state", .json = json, .key = "one"}, again = c;
    CHECK_I64(test_call(&t, &c), 200);
    CHECK_I64(test_call(&t, &again), 200);
    CHECK_STR(again.body, c.body.p);
    CHECK_STR(test_cell(&t, "SELECT count(*) FROM op_result"), "1");
    CHECK_STR(test_cell(&t, "SELECT length(result) < 300 FROM op_result"), "1");
    test_app_stop(&t);
}

TEST(the_room_of_a_person_is_bounded) {
    TestApp t;
    int64_t others = UI_BYTES_MAX - 7;
    start(&t);
    CHECK_I64(call(&t, "put_ui_state", "{\"key\":\"text/k\",\"value\":\"gr\xc3\xbcn\"}", NULL), 200);
    CHECK_STR(test_cell(&t, "SELECT size FROM ui_state"), "7");
    test_write(&t, fill_tx, &others);
    CHECK_I64(call(&t, "put_ui_state", "{\"key\":\"text/k\",\"value\":\"green\"}", NULL), 200);
    CHECK_I64(call(&t, "put_ui_state", "{\"key\":\"text/k\",\"value\":\"green!\"}", NULL), 413);
    CHECK_I64(call(&t, "put_ui_state", "{\"key\":\"l\",\"value\":1}", NULL), 413);
    CHECK_I64(call(&t, "put_ui_state", "{\"key\":\"text/other\",\"value\":1}", NULL), 200);
    CHECK_I64(call(&t, "put_ui_state", "{\"key\":\"l\",\"value\":1}", NULL), 200);
    CHECK_STR(test_cell(&t, "SELECT sum(size) FROM ui_state"), "9");
    test_app_stop(&t);
}

TEST(the_oldest_that_is_no_draft_makes_room) {
    TestApp t;
    int64_t others = UI_BYTES_MAX - 60;
    start(&t);
    CHECK_I64(call(&t, "put_ui_state", "{\"key\":\"text/k\",\"value\":{\"text\":\"green\"}}", NULL), 200);
    test_write(&t, fill_tx, &others);
    CHECK_I64(call(&t, "put_ui_state", "{\"key\":\"run.seen.x\",\"value\":true}", NULL), 200);
    CHECK_I64(
        call(&t, "put_ui_state", "{\"key\":\"page/y\",\"value\":\"0123456789012345678901234567890123456789\"}", NULL),
        200);
    CHECK_STR(test_cell(&t, "SELECT group_concat(key) FROM (SELECT key FROM ui_state ORDER BY key)"),
              "page/y,text/k,text/other");
    test_app_stop(&t);
}

TEST(what_ends_with_the_id_of_a_row_goes_with_it) {
    TestApp t;
    Err e = {0};
    start(&t);
    t.app.orgs = (const OrgOf *const[]){agent_orgs, NULL};
    CHECK_I64(call(&t, "put_ui_state", "{\"key\":\"read." AGENT_ID "\",\"value\":7}", NULL), 200);
    CHECK_I64(call(&t, "put_ui_state", "{\"key\":\"files/" AGENT_ID "\",\"value\":[]}", NULL), 200);
    CHECK_I64(call(&t, "put_ui_state", "{\"key\":\"kept." WORKTREE_ID "\",\"value\":7}", NULL), 200);
    CHECK_I64(call(&t, "put_ui_state", "{\"key\":\"text/agent_x\",\"value\":7}", NULL), 200);
    CHECK_OK(ui_state_expire(&t.app, t.conn, &e), e);
    CHECK_STR(test_cell(&t, "SELECT group_concat(key) FROM (SELECT key FROM ui_state ORDER BY key)"),
              "kept." WORKTREE_ID ",text/agent_x");
    test_app_stop(&t);
}

TEST(a_form_of_an_ask_goes_with_the_ask) {
    TestApp t;
    Err e = {0};
    start(&t);
    t.app.orgs = (const OrgOf *const[]){approval_orgs, NULL};
    CHECK_I64(call(&t, "put_ui_state", "{\"key\":\"text/ask/0a1b/" ASK_ID "\",\"value\":{}}", NULL), 200);
    CHECK_I64(call(&t, "put_ui_state", "{\"key\":\"text/ask/" ASK_ID "/other\",\"value\":{}}", NULL), 200);
    CHECK_OK(ui_state_expire(&t.app, t.conn, &e), e);
    CHECK_STR(test_cell(&t, "SELECT group_concat(key) FROM ui_state"), "text/ask/" ASK_ID "/other");
    test_app_stop(&t);
}

TEST(what_is_kept_about_a_deleted_agent_goes) {
    TestApp t;
    Err e = {0};
    start(&t);
    t.app.orgs = (const OrgOf *const[]){agent_orgs, NULL};
    CHECK_I64(call(&t, "put_ui_state", "{\"key\":\"draft/" AGENT_ID "\",\"value\":{\"text\":\"secret\"}}", NULL), 200);
    CHECK_I64(call(&t, "put_ui_state", "{\"key\":\"review/" WORKTREE_ID "\",\"value\":{\"ticks\":[]}}", NULL), 200);
    CHECK_I64(call(&t, "put_ui_state", "{\"key\":\"free\",\"value\":1}", NULL), 200);
    CHECK_OK(ui_state_expire(&t.app, t.conn, &e), e);
    CHECK_STR(test_cell(&t, "SELECT group_concat(key) FROM ui_state"), "free,review/" WORKTREE_ID);
    test_app_stop(&t);
}
