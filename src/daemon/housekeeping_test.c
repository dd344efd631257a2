/* What is kept and what is removed, by age and by size. */
#include "daemon/housekeeping.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/test.h"
#include "core/setting.h"
#include "core/stream.h"
#include "core/test_app.h"
#include "daemon/features.h"
#include "sys/file.h"
#include "sys/loop.h"

enum { OLD_EVENTS = 400, TODAY_EVENTS = 300, EVENT_BYTES = 8 << 10 };
static const TimeUs day_us = 24ll * 3600 * 1000000;

static int add_event(Tx *tx, int days, Err *e) {
    static char text[EVENT_BYTES] = "{}";
    memset(text + 2, ' ', sizeof text - 2);
    StreamEvent v = {.topic = STR("app"),
                     .kind = STR("notice"),
                     .at = tx_now(tx) - days * day_us,
                     .payload = str_n(text, sizeof text)};
    return stream_append(tx, &v, NULL, e);
}

/* An event of 8 KiB per day, the last one today. */
static int add_daily(Tx *tx, void *arg UNUSED, Err *e) {
    for (int days = OLD_EVENTS - 1; days >= 0; days--) TRY(add_event(tx, days, e));
    return 0;
}

static int add_today(Tx *tx, void *arg UNUSED, Err *e) {
    for (int i = 0; i < TODAY_EVENTS; i++) TRY(add_event(tx, 0, e));
    return 0;
}

typedef struct Change {
    Setting id;
    const char *value;
} Change;

static int put_tx(Tx *tx, void *arg, Err *e) {
    const Change *c = arg;
    return setting_put(tx, setting_def(c->id), str(c->value), e);
}

static void set(TestApp *t, Setting id, const char *value) {
    Err e = {0};
    test_write(t, put_tx, &(Change){id, value});
    CHECK_OK(settings_reload(t->app.settings, t->conn, &e), e);
}

/* What is deleted in the store leaves pages to return. */
static void run_all(TestApp *t) {
    housekeeping_run(&t->app, t->conn, IN_REPOSITORIES);
    housekeeping_run(&t->app, t->conn, IN_DATA_FOLDER);
}

static int64_t count(TestApp *t) {
    int64_t n = -1;
    CHECK(str_parse_i64(test_cell(t, "SELECT count(*) FROM event"), 0, INT64_MAX, &n));
    return n;
}

TEST(events_go_by_age_and_where_the_store_is_too_large_by_half_the_age_again) {
    TestApp t;
    Err e = {0};
    int64_t bytes = 0;
    test_app_start(&t, &(TestAppConfig){.migrations = features_migrations(), .ops = features_ops()});
    test_write(&t, add_daily, NULL);
    run_all(&t);
    CHECK_I64(count(&t), 365);

    set(&t, SET_RETENTION_STORE_MIB, "2");
    run_all(&t); /* 365 and 182 days are too much still, 91 fit */
    CHECK_I64(count(&t), 91);
    CHECK_OK(db_used_bytes(t.conn, &bytes, &e), e);
    CHECK(bytes <= 2 << 20);

    set(&t, SET_RETENTION_STORE_MIB, "0");
    set(&t, SET_RETENTION_EVENT_DAYS, "30");
    run_all(&t);
    CHECK_I64(count(&t), 30);
    test_app_stop(&t);
}

typedef struct Begun {
    TestApp *t;
    Housekeeping *h;
    atomic_bool is_done;
} Begun;

static void begin_on_loop(void *arg) {
    Begun *b = arg;
    if (!b->h) (void)housekeeping_new(&b->t->app, &b->h, &(Err){0});
    housekeeping_begin(b->h);
    atomic_store(&b->is_done, true);
}

static void stop_on_loop(void *arg) { housekeeping_stop(((Begun *)arg)->h); }

static void begin(Begun *b) {
    atomic_store(&b->is_done, false);
    loop_post(b->t->app.loop, begin_on_loop, b);
    while (!atomic_load(&b->is_done)) usleep(1000);
}

static int add_workspace(Tx *tx, void *arg, Err *e) {
    static const Sql add = {
        .name = "of_a_test",
        .file = "test",
        .text = "INSERT INTO workspace (id, org_id, name, path, common_dir, created_at, updated_at) VALUES "
                "('ws_00000000000000000000000001', 'org_00000000000000000000000000', 'a', ?1, ?1, 1, 1)"};
    return tx_run(tx, &add, DB_ARGS(db_text(str(arg))), NULL, e);
}

/* A git that writes a line to the file `begun` and waits for the file `leave`. */
static void make_waiting_git(const char *folder) {
    CLEANUP(buf_done) Buf b;
    char path[512];
    Err e = {0};
    CHECK_OK(file_mkdirs(folder, 0700, &e), e);
    buf_init(&b, 4096);
    buf_add_fmt(&b, "#!/bin/sh\necho >>%s/begun\nwhile [ ! -e %s/leave ]; do sleep 0.05; done\nexit 1\n", folder,
                folder);
    snprintf(path, sizeof path, "%s/git", folder);
    CHECK_OK(file_write_atomic(AT_FDCWD, path, buf_str(&b), 0700, &e), e);
}

/* Begun again and again: each time the part that does not wait. */
static bool is_tidied(Begun *b, int64_t want) {
    for (int i = 0; i < 3000 && count(b->t) != want; i++) {
        begin(b);
        usleep(20000);
    }
    return count(b->t) == want;
}

static int64_t bytes_of(const char *folder, const char *name) {
    char path[512];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return stat(path, &st) < 0 ? -1 : (int64_t)st.st_size;
}

/* As where a repository's disk is slow. */
TEST(a_repository_whose_git_waits_keeps_nothing_else_from_being_tidied) {
    TestApp t;
    Begun b = {.t = &t};
    Err e = {0};
    char bin[256], path[4096], leave[512];
    const char *had = getenv("PATH");
    snprintf(bin, sizeof bin, "%s/waiting-git", test_dir());
    snprintf(leave, sizeof leave, "%s/leave", bin);
    make_waiting_git(bin);
    test_app_start(&t, &(TestAppConfig){.migrations = features_migrations(), .ops = features_ops()});
    snprintf(path, sizeof path, "%s:%s", bin, had);
    char *kept = strdup(had);
    setenv("PATH", path, 1);
    test_write(&t, add_workspace, bin);
    test_write(&t, add_daily, NULL);
    CHECK(is_tidied(&b, 365));
    for (int i = 0; i < 3000 && bytes_of(bin, "begun") < 0; i++) usleep(20000);
    set(&t, SET_RETENTION_EVENT_DAYS, "30");
    CHECK(is_tidied(&b, 30));
    CHECK_I64(bytes_of(bin, "begun"), 1); /* it still waits, and was not begun again */
    CHECK_OK(file_write_atomic(AT_FDCWD, leave, STR(""), 0600, &e), e);
    loop_post(t.app.loop, stop_on_loop, &b);
    test_app_stop(&t);
    setenv("PATH", kept, 1);
    free(kept);
    housekeeping_free(b.h);
}

TEST(a_cap_that_cannot_be_kept_leaves_the_last_day) {
    TestApp t;
    test_app_start(&t, &(TestAppConfig){.migrations = features_migrations(), .ops = features_ops()});
    test_write(&t, add_daily, NULL);
    set(&t, SET_RETENTION_STORE_MIB, "2");
    test_write(&t, add_today, NULL);
    run_all(&t);
    CHECK_I64(count(&t), 1 + TODAY_EVENTS);
    test_app_stop(&t);
}

static int add_ask(Tx *tx, void *arg UNUSED, Err *e) {
    static const Sql old = {
        "old_ask",
        "INSERT INTO ask (id, org_id, subject_kind, subject_id, request_id, kind, tool, digest, state, created_at, "
        "answered_at) VALUES ('ask_1', 'org_1', 'agent', 'ag_1', 'r', 'permission', 'Bash', 'd', "
        "'answered', 1, 1)",
        "test"};
    return tx_run(tx, &old, DB_NONE, NULL, e);
}

TEST(asks_that_were_settled_long_ago_go) {
    TestApp t;
    test_app_start(&t, &(TestAppConfig){.migrations = features_migrations(), .ops = features_ops()});
    test_write(&t, add_ask, NULL);
    run_all(&t);
    CHECK_STR(test_cell(&t, "SELECT count(*) FROM ask"), "0");
    test_app_stop(&t);
}

/* Three agents of one message each; two were archived, the second of them yesterday. */
static const Sql agents[] = {
    {"one_workspace",
     "INSERT INTO workspace (id, name, path, common_dir, created_at, updated_at) VALUES ('ws_1', 'w', '/w', '/w', 1, 1)",
     "test"},
    {"three_agents",
     "INSERT INTO agent (id, worktree_id, workspace_id, name, mode, permissions, display_order, adapter, command, created_at, "
     "updated_at, deleted_at) SELECT value, 'wt_1', 'ws_1', 'x', 'regular', '[]', 0, 'terminal', '[\"x\"]', 1, 1, "
     "iif(value = 'ag_1', NULL, iif(value = 'ag_2', 1, (unixepoch() - 86400) * 1000000)) "
     "FROM json_each('[\"ag_1\",\"ag_2\",\"ag_3\"]')",
     "test"},
    {"their_conversations",
     "INSERT INTO conversation (subject_kind, subject_id, status, status_reason, status_source, created_at, updated_at) "
     "SELECT 'agent', id, 'finished', 'stopped', 'process', 1, 1 FROM agent",
     "test"},
    {"their_messages",
     "INSERT INTO message (conversation, id, role, content, is_complete, state, created_at) "
     "SELECT c.number, 'msg_' || m.value, 'user', 'x', 1, m.value, 1 FROM conversation c JOIN json_each('[\"sent\",\"queued\"]') m",
     "test"},
};

static int run_texts(Tx *tx, void *arg UNUSED, Err *e) {
    for (size_t i = 0; i < COUNT_OF(agents); i++) TRY(tx_run(tx, &agents[i], DB_NONE, NULL, e));
    return 0;
}

TEST(messages_and_archived_agents_are_kept_until_a_setting_says_otherwise) {
    TestApp t;
    static const char left[] = "SELECT (SELECT group_concat(id) FROM (SELECT id FROM agent ORDER BY id)) || ' ' || "
                               "(SELECT group_concat(state) FROM (SELECT state FROM message ORDER BY state))";
    test_app_start(&t, &(TestAppConfig){.migrations = features_migrations(), .ops = features_ops()});
    test_write(&t, run_texts, NULL);
    run_all(&t);
    CHECK_STR(test_cell(&t, left), "ag_1,ag_2,ag_3 queued,queued,queued,sent,sent,sent");
    set(&t, SET_RETENTION_ARCHIVED_DAYS, "30");
    run_all(&t);
    CHECK_STR(test_cell(&t, left), "ag_1,ag_3 queued,queued,sent,sent");
    CHECK_STR(test_cell(&t, "SELECT ids FROM audit"), "{\"agentId\":\"ag_2\"}");
    set(&t, SET_RETENTION_MESSAGE_DAYS, "1");
    run_all(&t);
    CHECK_STR(test_cell(&t, left), "ag_1,ag_3 queued,queued");
    test_app_stop(&t);
}

static int age_third(Tx *tx, void *arg UNUSED, Err *e) {
    static const Sql age = {"age_third", "UPDATE agent SET deleted_at = 2 WHERE id = 'ag_3'", "test"};
    return tx_run(tx, &age, DB_NONE, NULL, e);
}

static int refuse_one(Tx *tx, void *arg UNUSED, Err *e) {
    static const Sql trigger = {"refuse_one",
                                "CREATE TRIGGER refuse_one BEFORE DELETE ON agent WHEN old.id = 'ag_2' "
                                "BEGIN SELECT RAISE(ABORT, 'no'); END",
                                "test"};
    return tx_run(tx, &trigger, DB_NONE, NULL, e);
}

TEST(an_archived_agent_that_cannot_be_deleted_does_not_keep_the_others) {
    TestApp t;
    test_app_start(&t, &(TestAppConfig){.migrations = features_migrations(), .ops = features_ops()});
    test_write(&t, run_texts, NULL);
    test_write(&t, refuse_one, NULL);
    test_write(&t, age_third, NULL);
    set(&t, SET_RETENTION_ARCHIVED_DAYS, "30");
    run_all(&t);
    CHECK_STR(test_cell(&t, "SELECT group_concat(id) FROM (SELECT id FROM agent ORDER BY id)"), "ag_1,ag_2");
    test_app_stop(&t);
}

/* Messages of 6 MiB beside events of 365 days and 1.6 MiB. */
static int add_long_messages(Tx *tx, void *arg UNUSED, Err *e) {
    static const Sql conversation = {
        "a_conversation",
        "INSERT INTO conversation (subject_kind, subject_id, status, status_reason, status_source, created_at, updated_at) "
        "VALUES ('agent', 'ag_1', 'finished', 'stopped', 'process', 1, 1)",
        "test"};
    static const Sql messages = {
        "long_messages",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600) "
        "INSERT INTO message (conversation, id, role, content, is_complete, created_at) "
        "SELECT c.number, 'msg_' || i, 'user', replace(hex(zeroblob(5000)), '0', 'x'), 1, 1 FROM n, conversation c",
        "test"};
    TRY(tx_run(tx, &conversation, DB_NONE, NULL, e));
    return tx_run(tx, &messages, DB_NONE, NULL, e);
}

TEST(events_are_not_removed_for_the_space_of_messages_and_the_storage_shows_it) {
    TestApp t;
    test_app_start(&t, &(TestAppConfig){.migrations = features_migrations(), .ops = features_ops()});
    test_write(&t, add_daily, NULL);
    test_write(&t, add_long_messages, NULL);
    set(&t, SET_RETENTION_STORE_MIB, "2");
    run_all(&t);
    CHECK_I64(count(&t), 365);
    TestCall c = {.op = "get_storage", .json = "{}"};
    CHECK_I64(test_call(&t, &c), 200);
    CHECK_STR(test_json(&t, c.body, "isOverCap"), "true");
    CHECK_STR(test_cell(&t, arena_fmt(t.arena,
                                      "SELECT group_concat(value ->> '$.kind') || ' ' || "
                                      "((SELECT value ->> '$.bytes' FROM json_each('" STR_FMT "', '$.shares') LIMIT 1) "
                                      "BETWEEN 6000000 AND 6200000) FROM (SELECT value FROM json_each('" STR_FMT
                                      "', '$.shares') LIMIT 2)",
                                      STR_ARG(c.body), STR_ARG(c.body))
                                .p),
              "messages,events 1");
    CHECK(str_find(c.body, STR("\"removed_records\",\"bytes\":0"), &(size_t){0}));
    test_app_stop(&t);
}

TEST(deleted_space_returns_to_the_disk_and_the_storage_shows_the_rest) {
    TestApp t;
    int64_t bytes = 0;
    test_app_start(&t, &(TestAppConfig){.migrations = features_migrations(), .ops = features_ops()});
    test_write(&t, add_long_messages, NULL);
    set(&t, SET_RETENTION_MESSAGE_DAYS, "1");
    run_all(&t);
    TestCall c = {.op = "get_storage", .json = "{}"};
    CHECK_I64(test_call(&t, &c), 200);
    CHECK(str_parse_i64(test_json(&t, c.body, "freeBytes"), 1, FREE_BYTES_KEPT, &bytes));
    CHECK_STR(test_cell(&t, "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size"),
              arena_cstr(t.arena, test_json(&t, c.body, "freeBytes")));
    test_app_stop(&t);
}
