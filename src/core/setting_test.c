/* Settings: the values they accept, the values they return, and what survives a restart. */
#include "core/setting.h"

#include <stdlib.h>

#include "base/test.h"
#include "core/test_app.h"
#include "sys/fault.h"

typedef struct Put {
    const char *name, *text; /* text NULL: the default */
} Put;

static int put_tx(Tx *tx, void *arg, Err *e) {
    const Put *p = arg;
    return setting_put(tx, setting_find(str(p->name)), str(p->text), e);
}

static int put(TestApp *t, const char *name, const char *text, Err *e) {
    TRY(db_tx(t->app.db, DB_PERSON, put_tx, &(Put){name, text}, e));
    return settings_reload(t->app.settings, t->conn, e);
}

TEST(a_value_is_checked_against_its_kind_and_range) {
    static const struct {
        const char *name, *text;
        bool is_taken;
    } rows[] = {
        {"retention.event_days", "1", true},
        {"retention.event_days", "3650", true},
        {"retention.event_days", "0", false},
        {"retention.event_days", "3651", false},
        {"retention.event_days", "1.5", false},
        {"retention.event_days", "", false},
        {"retention.event_days", " 7", false},
        {"retention.event_days", "-1", false},
        {"theme", "dark", true},
        {"theme", "blue", false},
        {"theme", "", false},
        {"default_mode", "plan", true},
        {"default_mode", "system", false},
        {"auto_save", "false", true},
        {"auto_save", "no", false},
        {"max_context_warning", "100", true},
        {"max_context_warning", "101", false},
        {"usage.daily_limit", "9999999", true},
        {"usage.daily_limit", "99999999999999999999", false},
        {"agent.claude_path", "/bin/claude", true},
        {"agent.claude_path", "", true},
        {"workspace.roots", "/a\n/b", true},
        {"workspace.roots", "/a\nb", false},
        {"workspace.roots", "~\n~/src", true},
        {"workspace.roots", "~somebody/src", false},
        {"agent.claude_path", "claude", false},
        {"agent.env", "A_1\n\n B*\n*", true},
        {"agent.env", "A*B", false},
        {"agent.env", "A B", false},
        {"agent.env", "A=1", false},
    };
    TestApp t;
    test_app_start(&t, &(TestAppConfig){0});
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Err e = {0};
        int r = put(&t, rows[i].name, rows[i].text, &e);
        if ((r >= 0) != rows[i].is_taken)
            test_fail(__FILE__, __LINE__, "%s = \"%s\": %d %s", rows[i].name, rows[i].text, r, e.text);
        if (r < 0) CHECK(str_find(str(e.text), str(rows[i].name), &(size_t){0}));
    }
    char *too_long = mu_alloc(4098);
    memset(too_long, '/', 4097);
    Err e = {0};
    CHECK_ERR(put(&t, "agent.claude_path", too_long, &e), e, ERR_INVALID);
    free(too_long);
    test_app_stop(&t);
}

TEST(a_value_is_kept_until_it_is_reset_even_after_a_restart) {
    TestApp t;
    Err e = {0};
    test_app_start(&t, &(TestAppConfig){0});
    CHECK_I64(setting_i64(t.app.settings, SET_RETENTION_EVENT_DAYS), 365);
    CHECK_OK(put(&t, "retention.event_days", "7", &e), e);
    CHECK_I64(setting_i64(t.app.settings, SET_RETENTION_EVENT_DAYS), 7);
    char *home = mu_strdup(t.app.home);
    test_app_stop(&t);
    test_app_start(&t, &(TestAppConfig){.home = home});
    CHECK_I64(setting_i64(t.app.settings, SET_RETENTION_EVENT_DAYS), 7);
    CHECK_OK(put(&t, "retention.event_days", NULL, &e), e);
    CHECK_I64(setting_i64(t.app.settings, SET_RETENTION_EVENT_DAYS), 365);
    test_app_stop(&t);
    free(home);
}

TEST(lines_are_items_without_blanks_and_home_is_filled_in) {
    TestApp t;
    Err e = {0};
    test_app_start(&t, &(TestAppConfig){0});
    setenv("HOME", "/home/somebody", 1);
    StrList roots = setting_strs(t.app.settings, SET_WORKSPACE_ROOTS, t.arena);
    CHECK_I64(roots.n, 1);
    CHECK_STR(roots.items[0], "/home/somebody");
    unsetenv("HOME");
    CHECK_I64(setting_strs(t.app.settings, SET_WORKSPACE_ROOTS, t.arena).n, 0);
    setenv("HOME", "/home/somebody", 1);
    CHECK_OK(put(&t, "workspace.roots", "~/src", &e), e);
    CHECK_STR(setting_strs(t.app.settings, SET_WORKSPACE_ROOTS, t.arena).items[0], "/home/somebody/src");
    CHECK_OK(put(&t, "agent.claude_path", "~/bin/claude", &e), e);
    CHECK_STR(setting_str(t.app.settings, SET_AGENT_CLAUDE_PATH, t.arena), "/home/somebody/bin/claude");
    CHECK_OK(put(&t, "workspace.roots", "\n /a \n\n/b c\n", &e), e);
    roots = setting_strs(t.app.settings, SET_WORKSPACE_ROOTS, t.arena);
    CHECK_I64(roots.n, 2);
    CHECK_STR(roots.items[0], "/a");
    CHECK_STR(roots.items[1], "/b c");
    CHECK_OK(put(&t, "workspace.roots", "", &e), e);
    CHECK_I64(setting_strs(t.app.settings, SET_WORKSPACE_ROOTS, t.arena).n, 0);
    CHECK_I64(setting_strs(t.app.settings, SET_AGENT_ENV, t.arena).n, 2);
    test_app_stop(&t);
}

TEST(an_empty_text_is_a_value_and_not_the_default) {
    TestApp t;
    Err e = {0};
    test_app_start(&t, &(TestAppConfig){0});
    CHECK_OK(put(&t, "agent.env", "", &e), e);
    CHECK_STR(setting_text(t.app.settings, setting_def(SET_AGENT_ENV), t.arena), "");
    test_app_stop(&t);
}

static int add_unknown(Tx *tx, void *arg UNUSED, Err *e) {
    static const Sql add = {
        "add", "INSERT INTO setting VALUES ('of.tomorrow', 'x', 1), ('retention.event_days', '9', 1)", "test"};
    return tx_run(tx, &add, DB_NONE, NULL, e);
}

TEST(what_another_version_set_is_kept) {
    TestApp t;
    Err e = {0};
    test_app_start(&t, &(TestAppConfig){0});
    test_write(&t, add_unknown, NULL);
    CHECK_OK(settings_reload(t.app.settings, t.conn, &e), e);
    CHECK_I64(setting_i64(t.app.settings, SET_RETENTION_EVENT_DAYS), 9);
    CHECK_OK(put(&t, "retention.event_days", NULL, &e), e);
    CHECK_STR(test_cell(&t, "SELECT group_concat(name) FROM setting"), "of.tomorrow");
    CHECK(!setting_find(STR("of.tomorrow")));
    test_app_stop(&t);
}

static int put_outside(Tx *tx, void *arg UNUSED, Err *e) {
    static const Sql add = {"add", "INSERT INTO setting VALUES ('retention.event_days', 'many', 1)", "test"};
    return tx_run(tx, &add, DB_NONE, NULL, e);
}

TEST(a_stored_value_that_does_not_fit_counts_as_the_default) {
    TestApp t;
    Err e = {0};
    test_app_start(&t, &(TestAppConfig){0});
    test_write(&t, put_outside, NULL);
    CHECK_OK(settings_reload(t.app.settings, t.conn, &e), e);
    CHECK_I64(setting_i64(t.app.settings, SET_RETENTION_EVENT_DAYS), 365);
    test_app_stop(&t);
}

TEST(a_store_that_cannot_be_read_leaves_the_values_as_they_were) {
    TestApp t;
    Err e = {0};
    test_app_start(&t, &(TestAppConfig){0});
    CHECK_OK(put(&t, "workspace.roots", "/only/here", &e), e);
    bool was_hit = true;
    for (int64_t k = 1; was_hit; k++) {
        fault_arm(k, "db.");
        int r = settings_reload(t.app.settings, t.conn, &e);
        was_hit = fault_seen() >= k;
        fault_arm(0, NULL);
        CHECK_I64(r < 0, was_hit);
        CHECK_STR(setting_strs(t.app.settings, SET_WORKSPACE_ROOTS, t.arena).items[0], "/only/here");
    }
    test_app_stop(&t);
}

TEST(every_row_of_the_table_is_complete) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (Setting id = 0; id < Setting_n; id++) {
        const SettingDef *d = setting_def(id);
        CHECK(d->name && d->doc);
        CHECK(setting_find(str(d->name)) == d); /* no name occurs twice */
        int64_t v;
        if (d->kind == SETTING_I64) CHECK(str_parse_i64(setting_default(d, a), d->min, d->max, &v));
        if (d->kind == SETTING_STR || d->kind == SETTING_STRS)
            CHECK(d->def_str && (int64_t)setting_default(d, a).n <= d->max);
        if (d->words) CHECK(str_find(str(d->words), str(d->def_str), &(size_t){0}));
    }
}
