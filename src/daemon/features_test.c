/* All nouns together: one store, one table of operations. */
#include "daemon/features.h"

#include <sqlite3.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/test.h"
#include "core/dispatch.h"
#include "core/setting.h"
#include "core/test_app.h"

TEST(every_statement_of_every_noun_prepares_against_the_migrated_store) {
    TestApp t;
    size_t n = 0;
    test_app_start(&t, &(TestAppConfig){.migrations = features_migrations(), .ops = features_ops()});
    DbConn *c;
    Err e = {0};
    CHECK_OK(db_conn_open(t.app.db, &c, &e), e);
    for (const Sql *const *const *table = features_sql(); *table; table++) {
        CHECK_OK(db_check_sql(c, *table, &e), e);
        for (const Sql *const *q = *table; *q; q++) n++;
    }
    CHECK(n > 80);
    db_conn_close(c);
    test_app_stop(&t);
}

/* --- plans --- */

/* Statements that read a whole table or index, and why they may. None may read what grows with use. */
static const struct {
    const char *statement, *reason;
} scans[] = {
    {"settings_all", "has a row for each setting that was changed"},
    {"op_intents_open", "has a row for each operation in progress; read at the start"},
    {"op_intents_listed", "has a row for each operation in progress"},
    {"op_intent_count_open", "has a row for each operation in progress"},
    {"op_intent_count_naming", "has a row for each operation in progress"},
    {"launches_forgotten", "has rows only until the next housekeeping"},
    {"workspace_all", "answers each row of its index, which leaves out closed ones"},
    {"watch_trees", "answers each row of its index, which leaves out closed and removed ones"},
    {"usage_days_unfolded", "has a row for each day of ten years"},
    {"usage_days_before", "has a row for each day of ten years"},
    {"usage_room", "is folded into a row for each day and model; counted when somebody asks"},
    {"script_room", "has a row for each run of some weeks; counted when somebody asks"},
    {"stream_room", "has a row for each stream; read in the background, and when somebody asks"},
    {"message_queued_attached", "answers rows of the index of what is queued; read at the start"},
    {"trash_all", "answers each row"},
    {"change_queues_open", "has a row for each workspace; read at the start"},
    {"clone_remove_failed", "has a row for each clone that runs, and a few that failed for each org"},
    {"clone_count_running", "has a row for each clone that runs, and a few that failed for each org"},
    {"clone_count_into", "has a row for each clone that runs, and a few that failed for each org"},
    {"clone_all", "has a row for each clone that runs, and a few that failed for each org"},
    {"model_window_drop_old", "keeps the newest rows of a table that it bounds itself"},
    {"model_windows", "answers each row of a table that is bounded"},
};

static bool is_allowed_scan(const char *statement) {
    for (size_t i = 0; i < COUNT_OF(scans); i++)
        if (strcmp(scans[i].statement, statement) == 0) return true;
    return false;
}

/* The statement's own data is as long as its arguments: json_each, constant rows, its own subqueries. */
static bool is_scan(const char *step) {
    static const char *const own[] = {"SCAN json_each", "SCAN pragma_", "SCAN CONSTANT", "SCAN (subquery",
                                      "SCAN taken",     "SCAN up",      "SCAN ends",     "SCAN nth",
                                      "SCAN picked",    "SCAN place",   "SCAN kept"};
    for (size_t i = 0; i < COUNT_OF(own); i++)
        if (str_starts(str(step), str(own[i]))) return false;
    /* Nearly all rows have the same kind of subject, so such a search reads nearly all of them. */
    return str_starts(str(step), STR("SCAN ")) || strstr(step, "(subject_kind=?)");
}

/* A page is read in the order of an index, up to its limit: sorting would read all that is before or behind it. */
static bool is_sorted_page(const char *statement, const char *step) {
    bool is_page = str_ends(str(statement), STR("_before")) || str_ends(str(statement), STR("_from"));
    return is_page && strstr(step, "TEMP B-TREE");
}

/* SQLite is called directly, because our own connection requires a value for each parameter. */
static void check_plan(sqlite3 *db, const Sql *q) {
    char text[16 << 10];
    sqlite3_stmt *h = NULL;
    bool scans_some = false;
    CHECK(snprintf(text, sizeof text, "EXPLAIN QUERY PLAN %s", q->text) < (int)sizeof text);
    if (sqlite3_prepare_v2(db, text, -1, &h, NULL) != SQLITE_OK)
        test_fail(__FILE__, __LINE__, "%s: %s", q->name, sqlite3_errmsg(db));
    while (sqlite3_step(h) == SQLITE_ROW) {
        const char *step = (const char *)sqlite3_column_text(h, 3);
        scans_some |= is_scan(step);
        if (is_scan(step) && !is_allowed_scan(q->name)) test_fail(__FILE__, __LINE__, "%s: %s", q->name, step);
        if (is_sorted_page(q->name, step)) test_fail(__FILE__, __LINE__, "%s: %s", q->name, step);
    }
    sqlite3_finalize(h);
    if (!scans_some && is_allowed_scan(q->name))
        test_fail(__FILE__, __LINE__, "%s scans nothing and needs no exception", q->name);
}

/* Only statements that read rows; the rest are transactions and the creation of tables. */
static bool has_plan(const Sql *q) {
    static const char *const verbs[] = {"SELECT", "UPDATE", "DELETE", "INSERT", "WITH"};
    for (size_t i = 0; i < COUNT_OF(verbs); i++)
        if (str_starts(str(q->text), str(verbs[i]))) return true;
    return false;
}

TEST(every_statement_finds_its_rows_by_an_index) {
    TestApp t;
    char path[400];
    sqlite3 *db = NULL;
    test_app_start(&t, &(TestAppConfig){.migrations = features_migrations(), .ops = features_ops()});
    snprintf(path, sizeof path, "%s/muster.db", t.app.home);
    CHECK(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK);
    size_t n = 0;
    for (const Sql *const *const *table = features_sql(); *table; table++)
        for (const Sql *const *q = *table; *q; q++)
            if (has_plan(*q)) check_plan(db, *q), n++;
    CHECK(n > 100);
    sqlite3_close(db);
    test_app_stop(&t);
}

TEST(the_child_columns_of_every_foreign_key_have_an_index) {
    TestApp t;
    test_app_start(&t, &(TestAppConfig){.migrations = features_migrations(), .ops = features_ops()});
    CHECK_STR(
        test_cell(
            &t, "SELECT count(*) >= 5 FROM sqlite_schema m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'"),
        "1");
    /* The key's first column leads an index with every row; a partial index counts only if it leaves out just NULL. */
    Str bare = test_cell(&t, "SELECT group_concat(m.name || '.' || f.\"from\") "
                             "FROM sqlite_schema m, pragma_foreign_key_list(m.name) f "
                             "WHERE m.type = 'table' AND f.seq = 0 AND NOT EXISTS ("
                             "  SELECT 1 FROM pragma_index_list(m.name) l, pragma_index_info(l.name) i "
                             "  WHERE NOT l.partial AND i.seqno = 0 AND i.name = f.\"from\")");
    CHECK_STR(bare, "");
    test_app_stop(&t);
}

TEST(no_statement_and_no_alias_is_defined_twice) {
    Map names = {0}, aliases = {0};
    for (const Sql *const *const *table = features_sql(); *table; table++)
        for (const Sql *const *q = *table; *q; q++)
            if (map_put(&names, str((*q)->name), (void *)*q)) test_fail(__FILE__, __LINE__, "statement %s", (*q)->name);
    for (const Op *const *l = features_ops(); *l; l++)
        for (const Op *op = *l; op->name; op++)
            if (op->alias && map_put(&aliases, str(op->alias), (void *)op))
                test_fail(__FILE__, __LINE__, "alias %s", op->alias);
    map_done(&names);
    map_done(&aliases);
}

/* A migrated store is opened again as it is; every noun's list operation needs no more than that. */
TEST(a_new_store_lists_nothing_and_opens_again) {
    static const char *const lists[] = {"list_agents", "list_asks", "list_settings", "list_workspaces", "get_usage"};
    TestApp t;
    char home[300];
    test_app_start(&t, &(TestAppConfig){.migrations = features_migrations(), .ops = features_ops()});
    snprintf(home, sizeof home, "%s", t.app.home);
    test_app_stop(&t);
    test_app_start(&t, &(TestAppConfig){.home = home, .migrations = features_migrations(), .ops = features_ops()});
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        TestCall c = {.op = lists[i], .json = "{}"};
        if (test_call(&t, &c) != 200) test_fail(__FILE__, __LINE__, "%s: " STR_FMT, lists[i], STR_ARG(c.body));
    }
    test_app_stop(&t);
}

TEST(a_setting_is_changed_by_its_operation_and_heard_of) {
    TestApp t;
    test_app_start(&t, &(TestAppConfig){.migrations = features_migrations(), .ops = features_ops()});
    TestCall c = {
        .op = "update_setting", .json = "{\"name\":\"retention.event_days\",\"value\":\"7\"}", .key = "key-1"};
    CHECK_I64(test_call(&t, &c), 200);
    CHECK_STR(test_json(&t, c.body, "value"), "7");
    CHECK_I64(setting_i64(t.app.settings, SET_RETENTION_EVENT_DAYS), 7);
    CHECK_STR(test_cell(&t, "SELECT payload FROM event"), "{\"name\":\"retention.event_days\"}");
    c.role = ROLE_MEMBER;
    CHECK_I64(test_call(&t, &c), 403);
    TestCall bad = {.op = "update_setting", .json = "{\"name\":\"retention.event_days\",\"value\":\"0\"}"};
    CHECK_I64(test_call(&t, &bad), 400);
    TestCall none = {.op = "update_setting", .json = "{\"name\":\"nosuch\",\"value\":\"0\"}"};
    CHECK_I64(test_call(&t, &none), 404);
    TestCall without = {.op = "update_setting", .json = "{\"name\":\"retention.event_days\"}"};
    CHECK_I64(test_call(&t, &without), 400);
    CHECK_I64(setting_i64(t.app.settings, SET_RETENTION_EVENT_DAYS), 7);
    TestCall reset = {.op = "reset_setting", .json = "{\"name\":\"retention.event_days\"}"};
    CHECK_I64(test_call(&t, &reset), 200);
    CHECK_STR(test_json(&t, reset.body, "value"), "365");
    CHECK_I64(setting_i64(t.app.settings, SET_RETENTION_EVENT_DAYS), 365);
    test_app_stop(&t);
}
