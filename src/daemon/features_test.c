/* All nouns together: one store, one table of operations. */
#include "daemon/features.h"

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
    for (const Sql *const *const *table = features_sql(); *table; table++) {
        Err e = {0};
        CHECK_OK(db_check_sql(t.app.db, *table, &e), e);
        for (const Sql *const *q = *table; *q; q++) n++;
    }
    CHECK(n > 80);
    test_app_stop(&t);
}

TEST(no_statement_and_no_alias_stands_twice) {
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

/* A store that was migrated is opened again as it is; every noun's operation that lists needs no more than that. */
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
        .op = "update_setting", .json = "{\"name\":\"workspace.trash_days\",\"value\":\"7\"}", .key = "key-1"};
    CHECK_I64(test_call(&t, &c), 200);
    CHECK_STR(test_json(&t, c.body, "value"), "7");
    CHECK_I64(setting_i64(t.app.settings, SET_WORKSPACE_TRASH_DAYS), 7);
    CHECK_STR(test_cell(&t, "SELECT payload FROM event"), "{\"name\":\"workspace.trash_days\"}");
    c.role = ROLE_MEMBER;
    CHECK_I64(test_call(&t, &c), 403);
    TestCall bad = {.op = "update_setting", .json = "{\"name\":\"workspace.trash_days\",\"value\":\"0\"}"};
    CHECK_I64(test_call(&t, &bad), 400);
    TestCall none = {.op = "update_setting", .json = "{\"name\":\"nosuch\",\"value\":\"0\"}"};
    CHECK_I64(test_call(&t, &none), 404);
    TestCall without = {.op = "update_setting", .json = "{\"name\":\"workspace.trash_days\"}"};
    CHECK_I64(test_call(&t, &without), 400);
    CHECK_I64(setting_i64(t.app.settings, SET_WORKSPACE_TRASH_DAYS), 7);
    TestCall reset = {.op = "reset_setting", .json = "{\"name\":\"workspace.trash_days\"}"};
    CHECK_I64(test_call(&t, &reset), 200);
    CHECK_STR(test_json(&t, reset.body, "value"), "30");
    CHECK_I64(setting_i64(t.app.settings, SET_WORKSPACE_TRASH_DAYS), 30);
    test_app_stop(&t);
}
