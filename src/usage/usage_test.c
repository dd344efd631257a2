/* Figures are summed by local day, week from Monday, and month; limits come from the settings. */
#include "usage/usage.h"

#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "base/test.h"
#include "core/core_migrations.h"
#include "core/op_migrations.h"
#include "core/setting.h"
#include "sys/file.h"
#include "usage/usage_migrations.h"
#include "usage/usage_sql.h"

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

static int set_limit(Tx *tx, void *arg, Err *e) {
    (void)arg;
    return setting_put(tx, setting_def(SET_USAGE_DAILY_LIMIT), STR("5000"), e);
}

static void bench_open(Bench *b) {
    static const Migration *const migrations[] = {core_migrations, op_migrations, usage_migrations, NULL};
    static int n;
    Err e = {0};
    *b = (Bench){.arena = arena_new()};
    DbConfig c = {.migrations = migrations, .on_committed = on_committed, .on_dropped = on_dropped};
    c.dir = arena_fmt(b->arena, "%s/usage-%d", test_dir(), n++).p;
    CHECK_OK(file_mkdirs(c.dir, 0700, &e), e);
    CHECK_OK(db_open(&c, &b->app.db, &e), e);
    CHECK_OK(db_conn_open(b->app.db, &b->conn, &e), e);
    CHECK_OK(db_tx(b->app.db, DB_PERSON, set_limit, NULL, &e), e);
    CHECK_OK(settings_open(b->conn, &b->app.settings, &e), e);
}

static void bench_close(Bench *b) {
    settings_close(b->app.settings);
    db_conn_close(b->conn);
    db_close(b->app.db);
    arena_free(b->arena);
}

typedef struct Added {
    Bench *bench;
    UsageAdd add;
} Added;

static int add_tx(Tx *tx, void *arg, Err *e) {
    Added *a = arg;
    return usage_add(&a->bench->app, tx, &a->add, e);
}

static void add(Bench *b, const char *model, TimeUs at, int64_t input, int64_t output) {
    Err e = {0};
    Added a = {b,
               {.org_id = STR(LOCAL_ORG),
                .subject_kind = STR("agent"),
                .subject_id = STR("ag_1"),
                .workspace_id = STR("ws_1"),
                .model = str(model),
                .at = at,
                .input = input,
                .output = output,
                .cache_read = 10,
                .cache_creation = 1,
                .cost_micros = 7,
                .requests = 2}};
    CHECK_OK(db_tx(b->app.db, DB_DERIVED, add_tx, &a, &e), e);
}

/* Runs an operation and returns its answer as parsed JSON. */
static const Json *call(Bench *b, const char *name, const char *json) {
    const Op *op = usage_ops;
    while (op->name && !str_is(str(op->name), name)) op++;
    Err e = {0};
    Json *root;
    Principal who = auth_local(ROLE_OWNER);
    OpCall c = {.app = &b->app, .op = op, .db = b->conn, .arena = b->arena, .who = &who};
    void *in = op->in ? arena_alloc(b->arena, op->in->size) : NULL, *out = arena_alloc(b->arena, op->out->size);
    CLEANUP(buf_done) Buf text;
    buf_init(&text, 1 << 20);
    buf_init(&c.cursors, 4096);
    CHECK_OK(json_parse(b->arena, str(json), JSON_DEPTH_REQUEST, &root, &e), e);
    if (in) CHECK_OK(shape_decode(op->in, root, b->arena, in, &e), e);
    CHECK_OK(op->run(&c, in, out, &e), e);
    buf_done(&c.cursors);
    JsonOut o = json_out(&text);
    shape_encode(op->out, out, &o);
    CHECK_OK(json_parse(b->arena, arena_str(b->arena, buf_str(&text)), JSON_DEPTH_REQUEST, &root, &e), e);
    return root;
}

static int64_t number(const Json *o, const char *path) {
    const Json *j = json_at(o, path);
    if (!json_is(j, JSON_INT)) test_fail(__FILE__, __LINE__, "no number at %s", path);
    return j->i;
}

TEST(every_statement_prepares_against_the_migrated_store) {
    Bench b;
    Err e = {0};
    bench_open(&b);
    DbConn *c;
    CHECK_OK(db_conn_open(b.app.db, &c, &e), e);
    CHECK_OK(db_check_sql(c, usage_sql, &e), e);
    db_conn_close(c);
    bench_close(&b);
}

static void set_zone(const char *zone) {
    if (zone)
        setenv("TZ", zone, 1);
    else
        unsetenv("TZ");
    tzset();
}

/* A time zone in which it is about noon, so that no day, week or month ends during a test. */
static void set_zone_of_noon(void) {
    char zone[16];
    int hour = (int)(clock_now_us() / 1000000 / 3600 % 24);
    snprintf(zone, sizeof zone, "UTC%+d", hour - 12); /* POSIX.1, 8.3: the offset to add for UTC */
    set_zone(zone);
}

TEST(nothing_used_is_zero_with_times_and_limits) {
    Bench b;
    set_zone_of_noon();
    bench_open(&b);
    const Json *u = call(&b, "get_usage", "{}");
    CHECK_I64(number(u, "daily.used"), 0);
    CHECK_I64(number(u, "daily.limit"), 5000);
    TimeUs reset;
    CHECK(time_parse(json_str(json_get(u, "daily"), "resetTime"), &reset));
    CHECK_I64(reset, time_span_next(clock_now_us(), SPAN_DAY));
    CHECK_I64(number(u, "sonnetOnly.limit"), 0);
    CHECK_I64(number(u, "thisMonth.tokensUsed"), 0);
    CHECK_I64(number(call(&b, "get_usage_limits", "{}"), "daily"), 5000);
    bench_close(&b);
    set_zone(NULL);
}

TEST(figures_add_up_in_every_period) {
    Bench b;
    set_zone_of_noon();
    bench_open(&b);
    TimeUs now = clock_now_us();
    add(&b, "claude-sonnet-4-6", now, 100, 5);
    add(&b, "claude-sonnet-4-6", now, 100, 5);
    add(&b, "claude-opus-5-5", now, 1000, 50);
    const Json *u = call(&b, "get_usage", "{}");
    CHECK_I64(number(u, "daily.used"), 2 * 116 + 1061); /* all four buckets */
    CHECK_I64(number(u, "weekly.used"), 2 * 116 + 1061);
    CHECK_I64(number(u, "sonnetOnly.used"), 2 * 116);
    CHECK_I64(number(u, "today.outputTokens"), 60);
    CHECK_I64(number(u, "today.requestCount"), 6);
    CHECK_I64(number(u, "today.costMicros"), 21);
    CHECK_I64(number(u, "thisMonth.inputTokens"), 2 * 111 + 1011);
    CHECK_I64(number(json_at(u, "today.modelUsage"), "claude-opus-5-5"), 1061);
    bench_close(&b);
    set_zone(NULL);
}

static TimeUs at_noon(int year, int month, int day) {
    struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = 12, .tm_isdst = -1};
    return (TimeUs)mktime(&tm) * 1000000;
}

TEST(history_groups_days_into_weeks_and_months) {
    static const struct {
        const char *in, *first_date;
        size_t n;
        int64_t first_tokens;
    } rows[] = {
        {"{}", "2026-03-02", 3, 16},
        {"{\"period\":\"weekly\"}", "2026-03-02", 2, 16}, /* 28 February and 1 March end the week of 23 February */
        {"{\"period\":\"monthly\"}", "2026-03-01", 2, 32},
        {"{\"start\":\"2026-03-01\",\"end\":\"2026-03-01\"}", "2026-03-01", 1, 16},
    };
    Bench b;
    bench_open(&b);
    add(&b, "m", at_noon(2026, 2, 28), 4, 1);
    add(&b, "m", at_noon(2026, 3, 1), 4, 1);
    add(&b, "m", at_noon(2026, 3, 2), 4, 1);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const Json *list = json_get(call(&b, "get_usage_history", rows[i].in), "history");
        CHECK_I64(list->n, rows[i].n);
        CHECK_STR(json_str(&list->items[0], "date"), rows[i].first_date);
        CHECK_I64(number(&list->items[0], "tokensUsed"), rows[i].first_tokens);
    }
    bench_close(&b);
}

static TimeUs at_utc(const char *text) {
    TimeUs t = 0;
    CHECK(time_parse(str(text), &t));
    return t;
}

TEST(a_day_is_local_even_when_the_clocks_change) {
    static const struct {
        const char *at, *day, *week, *month;
    } rows[] = {
        {"2026-10-25T23:00:00Z", "2026-10-26", "2026-10-26", "2026-10-01"},
        {"2026-10-25T22:59:59Z", "2026-10-25", "2026-10-19", "2026-10-01"},
        {"2026-10-24T22:00:00Z", "2026-10-25", "2026-10-19", "2026-10-01"},
        {"2026-10-24T21:59:59Z", "2026-10-24", "2026-10-19", "2026-10-01"},
        {"2026-03-31T22:00:00Z", "2026-04-01", "2026-03-30", "2026-04-01"},
        {"2026-03-29T22:00:00Z", "2026-03-30", "2026-03-30", "2026-03-01"},
        {"2026-03-29T21:59:59Z", "2026-03-29", "2026-03-23", "2026-03-01"},
        {"2026-03-28T23:00:00Z", "2026-03-29", "2026-03-23", "2026-03-01"},
        {"2026-03-28T22:59:59Z", "2026-03-28", "2026-03-23", "2026-03-01"},
    };
    /* Central Europe as a rule, without a zone file: the last Sundays of March and October have 23 and 25 hours. */
    set_zone("CET-1CEST,M3.5.0,M10.5.0/3");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *const calls[] = {"{\"period\":\"daily\"}", "{\"period\":\"weekly\"}", "{\"period\":\"monthly\"}"};
        const char *const want[] = {rows[i].day, rows[i].week, rows[i].month};
        Bench b;
        bench_open(&b);
        add(&b, "m", at_utc(rows[i].at), 4, 1);
        for (size_t k = 0; k < COUNT_OF(calls); k++) {
            const Json *list = json_get(call(&b, "get_usage_history", calls[k]), "history");
            CHECK_I64(list->n, 1);
            CHECK_STR(json_str(&list->items[0], "date"), want[k]);
        }
        bench_close(&b);
    }
    set_zone(NULL);
}

TEST(an_invalid_day_is_refused_with_its_field) {
    static const struct {
        const char *json, *field;
    } rows[] = {
        {"{\"start\":\"2026-13-01\"}", "start"},
        {"{\"start\":\"2026-02-30\"}", "start"},
        {"{\"end\":\"2026-1-1\"}", "end"},
        {"{\"end\":\"tomorrow\"}", "end"},
        {"{\"end\":\"\"}", "end"},
        {"{\"start\":\"2026/01/01\"}", "start"},
        {"{\"end\":\"2026-01-0x\"}", "end"},
    };
    const Op *op = usage_ops;
    while (!str_is(str(op->name), "get_usage_history")) op++;
    Bench b;
    bench_open(&b);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Err e = {0};
        Json *root;
        OpCall c = {.app = &b.app, .op = op, .db = b.conn, .arena = b.arena};
        void *in = arena_alloc(b.arena, op->in->size), *out = arena_alloc(b.arena, op->out->size);
        CHECK_OK(json_parse(b.arena, str(rows[i].json), JSON_DEPTH_REQUEST, &root, &e), e);
        int r = shape_decode(op->in, root, b.arena, in, &e);
        if (r == 0) r = op->run(&c, in, out, &e);
        CHECK_ERR(r, e, ERR_INVALID);
        CHECK_STR(str(e.details[0].path), rows[i].field);
    }
    bench_close(&b);
}

TEST(models_differ_by_id_and_sonnet_counts_in_any_case) {
    Bench b;
    set_zone_of_noon();
    bench_open(&b);
    TimeUs now = clock_now_us();
    add(&b, "Claude-SONNET-5", now, 1, 0);
    add(&b, "son", now, 1, 0);
    add(&b, "claude-haiku", now, 1, 0);
    const Json *u = call(&b, "get_usage", "{}");
    CHECK_I64(number(u, "sonnetOnly.used"), 12);
    CHECK_I64(number(u, "daily.used"), 36);
    CHECK_I64(number(json_at(u, "today.modelUsage"), "son"), 12);
    bench_close(&b);
    set_zone(NULL);
}

static int add_old(Tx *tx, void *arg UNUSED, Err *e) {
    static const Sql rows = {
        "old_usage",
        "INSERT INTO usage_day (org_id, day, model, subject_kind, subject_id, workspace_id, input, output, requests) "
        "SELECT 'org_1', d.value, 'sonnet', 'agent', 'ag_' || a.value, 'ws_1', 10, 1, 1 "
        "FROM json_each('[\"2010-01-05\",\"2025-01-05\"]') d, json_each('[1,2,3]') a",
        "test"};
    static const Sql totals = {
        "old_totals",
        "INSERT INTO usage_total (org_id, day, tokens) SELECT org_id, day, sum(input + output) FROM usage_day "
        "GROUP BY org_id, day",
        "test"};
    TRY(tx_run(tx, &rows, DB_NONE, NULL, e));
    return tx_run(tx, &totals, DB_NONE, NULL, e);
}

static bool on_row(void *arg, DbRow *r) {
    buf_add_fmt(arg, STR_FMT " ", STR_ARG(db_col_text(r, 0)));
    return true;
}

TEST(old_days_keep_one_row_per_model_and_are_deleted_after_ten_years) {
    static const Sql left = {"left_usage",
                             "SELECT day || subject_id || ':' || input || ':' || requests FROM usage_day UNION ALL "
                             "SELECT day || '=' || tokens FROM usage_total",
                             "test"};
    Bench b;
    Err e = {0};
    CLEANUP(buf_done) Buf text;
    buf_init(&text, 4096);
    bench_open(&b);
    CHECK_OK(db_tx(b.app.db, DB_DERIVED, add_old, NULL, &e), e);
    for (int i = 0; i < 2; i++) CHECK_OK(usage_expire(&b.app, b.conn, &e), e); /* the second run changes nothing */
    CHECK_OK(db_each(b.conn, &left, DB_NONE, on_row, &text, &e), e);
    CHECK_STR(buf_str(&text), "2025-01-05:30:3 2025-01-05=33 ");
    bench_close(&b);
}
