/* The last hundred reports: bounded, kept over a restart, and kept in memory while the store takes nothing. */
#include "core/error_log.h"

#include <stdio.h>

#include "base/test.h"
#include "core/test_app.h"
#include "sys/fault.h"
#include "sys/log.h"
#include "sys/loop.h"

static void open_log(TestApp *t, const char *home) {
    Err e = {0};
    test_app_start(t, &(TestAppConfig){.home = home});
    t->app.errors = error_log_new(&t->app);
    CHECK_OK(error_log_open(t->app.errors, t->conn, &e), e);
}

static void stop_log(void *arg) { error_log_stop(arg); }

/* As the daemon does: what is dirty is queued before the pools are stopped. */
static void close_log(TestApp *t) {
    loop_call(t->app.loop, stop_log, t->app.errors);
    ErrorLog *l = t->app.errors;
    test_app_stop(t);
    error_log_free(l);
}

static void add(TestApp *t, const char *name, const char *message) {
    error_log_add(t->app.errors, &(ErrorNote){.name = str(name), .message = str(message), .operation = STR("op")});
}

static ErrorReportList list(TestApp *t) {
    ErrorReportList all;
    error_log_list(t->app.errors, ERROR_REPORTS_MAX, t->arena, &all);
    return all;
}

TEST(a_report_says_what_failed_and_where) {
    TestApp t;
    open_log(&t, NULL);
    error_log_add(t.app.errors, &(ErrorNote){.source = ERROR_FROM_ANSWER,
                                             .name = STR("GIT_ERROR"),
                                             .message = STR("no https://a:b@c"),
                                             .where = "git.c:1",
                                             .operation = STR("checkout_branch"),
                                             .agent_id = STR("ag_1")});
    ErrorReport r;
    ErrorReportList all = list(&t);
    CHECK_I64(all.n, 1);
    CHECK(error_log_find(t.app.errors, all.items[0].id, t.arena, &r));
    CHECK_STR(r.error->name, "GIT_ERROR");
    CHECK_STR(r.error->message, "no https://***@c");
    CHECK_STR(r.error->stack, "git.c:1");
    CHECK_STR(r.context->operation, "checkout_branch");
    CHECK_STR(r.context->agent_id, "ag_1");
    CHECK(!r.context->workspace_id.p);
    CHECK_STR(r.tags->error_type, "GIT_ERROR");
    CHECK_I64(r.context->extra->times, 1);
    CHECK(!error_log_find(t.app.errors, STR("err_00000000000000000000000000"), t.arena, &r));
    close_log(&t);
}

TEST(the_same_failure_within_a_minute_is_one_report) {
    TestApp t;
    open_log(&t, NULL);
    for (int i = 0; i < 5; i++) add(&t, "BUSY", "too many");
    add(&t, "BUSY", "too many others");
    ErrorReportList all = list(&t);
    CHECK_I64(all.n, 2);
    CHECK_I64(all.items[1].context->extra->times, 5);
    CHECK(all.items[1].context->extra->last_at >= all.items[1].timestamp);
    close_log(&t);
}

TEST(the_last_hundred_are_kept_over_a_restart) {
    TestApp t, again;
    char text[32], home[500];
    open_log(&t, NULL);
    for (int i = 0; i < ERROR_REPORTS_MAX + 20; i++) {
        snprintf(text, sizeof text, "number %d", i);
        add(&t, "INTERNAL_ERROR", text);
    }
    add(&t, "INTERNAL_ERROR", "number 119");
    ErrorReportList before = list(&t);
    CHECK_I64(before.n, ERROR_REPORTS_MAX);
    CHECK_STR(before.items[0].error->message, "number 119");
    CHECK_STR(before.items[ERROR_REPORTS_MAX - 1].error->message, "number 20");
    snprintf(home, sizeof home, "%s", t.app.home);
    close_log(&t);
    open_log(&again, home);
    ErrorReportList after = list(&again);
    CHECK_I64(after.n, ERROR_REPORTS_MAX);
    CHECK_STR(after.items[0].error->message, "number 119");
    CHECK_I64(after.items[0].context->extra->times, 2);
    CHECK_STR(after.items[ERROR_REPORTS_MAX - 1].error->message, "number 20");
    CHECK_STR(test_cell(&again, "SELECT count(*) FROM error_report"), "100");
    close_log(&again);
}

TEST(a_line_of_level_error_is_reported) {
    TestApp t;
    Err e = {0};
    open_log(&t, NULL);
    err_set(&e, ERR_DISK_FULL, "no room");
    log_err(LOG_ERROR, "test", "storing", &e);
    log_put(LOG_WARN, "test", "only a warning");
    ErrorReportList all = list(&t);
    CHECK_I64(all.n, 1);
    CHECK_STR(all.items[0].error->name, "DISK_FULL");
    CHECK(str_starts(all.items[0].error->message, STR("storing: no room")));
    CHECK_I64(all.items[0].tags->source, ERROR_FROM_LOG);
    close_log(&t);
}

static int fail(OpCall *c UNUSED, const void *in UNUSED, void *out UNUSED, Err *e) {
    return err_fail(e, ERR_GIT, "git failed");
}
static int refuse(OpCall *c UNUSED, const void *in UNUSED, void *out UNUSED, Err *e) {
    return err_fail(e, ERR_CONFLICT, "not now");
}

TEST(an_answer_of_500_is_reported_and_one_of_400_is_not) {
    static const Op ops[] = {
        {.name = "fails", .route = "POST /api/a", .run = fail, .role = ROLE_OWNER, .where = ON_WORKER, .doc = "x"},
        {.name = "refuses", .route = "POST /api/b", .run = refuse, .role = ROLE_OWNER, .where = ON_WORKER, .doc = "x"},
        {0}};
    static const Op *const lists[] = {ops, NULL};
    TestApp t;
    Err e = {0};
    test_app_start(&t, &(TestAppConfig){.ops = lists});
    t.app.errors = error_log_new(&t.app);
    CHECK_OK(error_log_open(t.app.errors, t.conn, &e), e);
    CHECK_I64(test_call(&t, &(TestCall){.op = "fails"}), 500);
    CHECK_I64(test_call(&t, &(TestCall){.op = "refuses"}), 409);
    ErrorReportList all = list(&t);
    CHECK_I64(all.n, 1);
    CHECK_STR(all.items[0].context->operation, "fails");
    CHECK_STR(all.items[0].error->message, "git failed");
    close_log(&t);
}
