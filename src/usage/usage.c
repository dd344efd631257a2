/* See usage.h. A day is the local day of the event; tokens used are the sum of all four buckets. */
#include "usage/usage.h"

#include <stdio.h>
#include <time.h>

#include "base/mem.h"
#include "base/vec.h"
#include "core/setting.h"
#include "usage/usage_sql.h"

enum { HISTORY_DAYS_MAX = 3700, HISTORY_MAX = 100, DAY_MAX = 24, MODELS_BYTES = 65536 };

typedef struct Day {
    char text[DAY_MAX]; /* "2026-11-21" */
} Day;

static Day day_of(TimeUs t) {
    Day d;
    time_t s = (time_t)(t / 1000000);
    struct tm tm;
    localtime_r(&s, &tm);
    strftime(d.text, sizeof d.text, "%Y-%m-%d", &tm);
    return d;
}

#define USAGE_WINDOW(F, S)                                                   \
    F(S, I64, used, .min = 0, .max = INT64_MAX, .doc = "Tokens used so far") \
    F(S, I64, limit, .min = 0, .max = INT64_MAX, .doc = "0 = no limit")      \
    F(S, TIME, reset_time, .doc = "When the next period begins")
SHAPE(UsageWindow, USAGE_WINDOW);
SHAPE_DEFINE(UsageWindow, USAGE_WINDOW);
#define HISTORY_PERIOD(W) W(HISTORY_DAILY, "daily") W(HISTORY_WEEKLY, "weekly") W(HISTORY_MONTHLY, "monthly")
ENUM_DECLARE(UsagePeriod, HISTORY_PERIOD);
ENUM_DEFINE(UsagePeriod, HISTORY_PERIOD);
#define USAGE_STATS(F, S)                                                                                       \
    F(S, STR, date, .opt = 1, .max_bytes = 16, .format = "date", .doc = "First day of the period")              \
    F(S, STR, period, .opt = 1, .max_bytes = 16, .words = &UsagePeriod_enum, .doc = "daily, weekly or monthly") \
    F(S, I64, tokens_used, .min = 0, .max = INT64_MAX, .doc = "Input and output tokens")                        \
    F(S, I64, input_tokens, .min = 0, .max = INT64_MAX, .doc = "Input tokens, cached or not")                   \
    F(S, I64, output_tokens, .min = 0, .max = INT64_MAX, .doc = "Output")                                       \
    F(S, I64, request_count, .min = 0, .max = INT64_MAX, .doc = "Answers of models")                            \
    F(S, I64, error_count, .min = 0, .max = INT64_MAX, .doc = "Failed requests")                                \
    F(S, I64, cost_micros, .min = 0, .max = INT64_MAX, .doc = "Millionths of a US dollar, as the CLIs report")  \
    F(S, ANY, model_usage, .opt = 1, .max_bytes = MODELS_BYTES, .doc = "Tokens by model")
SHAPE(UsageStats, USAGE_STATS);
SHAPE_DEFINE(UsageStats, USAGE_STATS);
#define USAGE(F, S)                                                                   \
    F(S, OBJ(UsageWindow), daily, .doc = "Today")                                     \
    F(S, OBJ(UsageWindow), weekly, .doc = "This week, from Monday")                   \
    F(S, OBJ(UsageWindow), sonnet_only, .doc = "This week's tokens of Sonnet models") \
    F(S, OBJ(UsageStats), today, .doc = "Today in detail")                            \
    F(S, OBJ(UsageStats), this_week, .doc = "This week in detail")                    \
    F(S, OBJ(UsageStats), this_month, .doc = "This month in detail")
SHAPE(Usage, USAGE);
SHAPE_DEFINE(Usage, USAGE);
#define USAGE_NEWS(F, S)                          \
    F(S, OBJ(UsageWindow), daily, .doc = "Today") \
    F(S, OBJ(UsageWindow), weekly, .doc = "This week")
SHAPE(UsageNews, USAGE_NEWS);
SHAPE_DEFINE(UsageNews, USAGE_NEWS);

/* Whose usage, and over which span up to now. */
typedef struct Of {
    DbConn *db;
    Str org_id;
    TimeUs now;
    Arena *arena;
} Of;

static int sum(const Of *of, TimeSpan span, UsageStats *ret, Err *e) {
    static const char *const periods[] = {[SPAN_DAY] = "daily", [SPAN_WEEK] = "weekly", [SPAN_MONTH] = "monthly"};
    Day from = day_of(time_span_start(of->now, span)), to = day_of(of->now);
    bool found = false;
    TRY(db_one(of->db, &sql_usage_sum, DB_ARGS(db_text(of->org_id), db_text(str(from.text)), db_text(str(to.text))),
               DB_INTO(UsageStats, of->arena, ret), &found, e));
    GIVE(UsageStats, ret, date, arena_str(of->arena, str(from.text)));
    GIVE(UsageStats, ret, period, str(periods[span]));
    return 0;
}

static int window(App *app, const Of *of, TimeSpan span, UsageWindow *ret, Err *e) {
    Day from = day_of(time_span_start(of->now, span)), to = day_of(of->now);
    *ret = (UsageWindow){
        .reset_time = time_span_next(of->now, span),
        .limit = setting_i64(app->settings, span == SPAN_DAY ? SET_USAGE_DAILY_LIMIT : SET_USAGE_WEEKLY_LIMIT)};
    return db_scalar(of->db, &sql_usage_total,
                     DB_ARGS(db_text(of->org_id), db_text(str(from.text)), db_text(str(to.text))), 0, &ret->used, e);
}

int usage_add(App *app, Tx *tx, const UsageAdd *u, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Day day = day_of(u->at);
    TRY(tx_run(tx, &sql_usage_bump,
               DB_ARGS(db_text(u->org_id), db_text(str(day.text)), db_text(u->model), db_text(u->subject_kind),
                       db_text(u->subject_id), db_text(u->workspace_id.p ? u->workspace_id : STR("")), db_i64(u->input),
                       db_i64(u->output), db_i64(u->cache_read), db_i64(u->cache_creation), db_i64(u->cost_micros),
                       db_i64(u->requests), db_i64(u->errors)),
               NULL, e));
    TRY(tx_run(tx, &sql_usage_total_bump,
               DB_ARGS(db_text(u->org_id), db_text(str(day.text)),
                       db_i64(u->input + u->output + u->cache_read + u->cache_creation)),
               NULL, e));
    Of of = {.db = tx_conn(tx), .org_id = u->org_id, .now = clock_now_us(), .arena = a};
    UsageWindow daily, weekly;
    TRY(window(app, &of, SPAN_DAY, &daily, e));
    TRY(window(app, &of, SPAN_WEEK, &weekly, e));
    UsageNews news = {.daily = &daily, .weekly = &weekly};
    return stream_emit(tx, topic_of(a, "usage", u->org_id), "usage_updated", &UsageNews_shape, &news, e);
}

/* --- what is kept --- */

enum { WHOLE_DAYS = 92, KEPT_DAYS = 3700 };

typedef struct UsageDay {
    Str org_id, day;
} UsageDay;
typedef struct UsageDays {
    Arena *arena;
    VEC(UsageDay) all;
} UsageDays;

static bool on_usage_day(void *arg, DbRow *r) {
    UsageDays *d = arg;
    UsageDay one = {arena_str(d->arena, db_col_text(r, 0)), arena_str(d->arena, db_col_text(r, 1))};
    vec_push(&d->all, one);
    return true;
}

static int fold_tx(Tx *tx, void *arg, Err *e) {
    const UsageDay *d = arg;
    DbArgs of = DB_ARGS(db_text(d->org_id), db_text(d->day));
    TRY(tx_run(tx, &sql_usage_fold, of, NULL, e));
    return tx_run(tx, &sql_usage_drop_folded, of, NULL, e);
}

static int drop_tx(Tx *tx, void *arg, Err *e) {
    const UsageDay *d = arg;
    DbArgs of = DB_ARGS(db_text(d->org_id), db_text(d->day));
    TRY(tx_run(tx, &sql_usage_drop_day, of, NULL, e));
    return tx_run(tx, &sql_usage_drop_total, of, NULL, e);
}

typedef struct DayStep {
    const Sql *find; /* days before ?1 */
    int (*tx)(Tx *tx, void *arg, Err *e);
    int64_t days;
} DayStep;

/* Makes one write for each day that it finds. */
static int run_step(App *app, DbConn *db, const DayStep *s, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    UsageDays found = {.arena = a};
    Day before = day_of(clock_now_us() - s->days * DAY_US);
    int r = db_each(db, s->find, DB_ARGS(db_text(str(before.text))), on_usage_day, &found, e);
    for (size_t i = 0; i < found.all.n && r >= 0; i++)
        r = db_tx_named(app->db, DB_DERIVED, s->find->name, s->tx, &found.all.items[i], e);
    vec_done(&found.all);
    return r;
}

int usage_expire(App *app, DbConn *db, Err *e) {
    TRY(run_step(app, db, &(DayStep){&sql_usage_days_before, drop_tx, KEPT_DAYS}, e));
    return run_step(app, db, &(DayStep){&sql_usage_days_unfolded, fold_tx, WHOLE_DAYS}, e);
}

int usage_room(DbConn *c, int64_t *ret, Err *e) { return db_scalar(c, &sql_usage_room, DB_NONE, 0, ret, e); }

const TopicDef usage_topics[] = {{.noun = "usage", .prefix = "org", .role = ROLE_VIEWER}, {0}};

/* --- operations ------------------------------------------------------------------------------------------- */

typedef struct Models {
    JsonOut *o;
} Models;

static bool on_model(void *arg, DbRow *r) {
    Models *m = arg;
    json_key(m->o, db_col_text(r, 0));
    json_put_i64(m->o, db_col_i64(r, 1));
    return true;
}

static int add_models(const Of *of, TimeSpan span, UsageStats *s, Err *e) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, MODELS_BYTES);
    JsonOut o = json_out(&b);
    Models m = {&o};
    Day from = day_of(time_span_start(of->now, span)), to = day_of(of->now);
    json_begin_object(&o);
    TRY(db_each(of->db, &sql_usage_by_model,
                DB_ARGS(db_text(of->org_id), db_text(str(from.text)), db_text(str(to.text))), on_model, &m, e));
    json_end_object(&o);
    GIVE(UsageStats, s, model_usage, arena_str(of->arena, buf_str(&b)));
    return 0;
}

static int stats(const Of *of, TimeSpan span, UsageStats **ret, Err *e) {
    *ret = arena_new_in(of->arena, UsageStats);
    TRY(sum(of, span, *ret, e));
    return add_models(of, span, *ret, e);
}

static int sonnet_window(const Of *of, UsageWindow *ret, Err *e) {
    Day from = day_of(time_span_start(of->now, SPAN_WEEK)), to = day_of(of->now);
    ret->reset_time = time_span_next(of->now, SPAN_WEEK);
    return db_scalar(
        of->db, &sql_usage_sum_of_models,
        DB_ARGS(db_text(of->org_id), db_text(str(from.text)), db_text(str(to.text)), db_text(STR("sonnet"))), 0,
        &ret->used, e);
}

static Of of_caller(OpCall *c) {
    return (Of){.db = c->db, .org_id = str(c->who->org), .now = clock_now_us(), .arena = c->arena};
}

static int get_usage(OpCall *c, const void *in, void *out_, Err *e) {
    (void)in;
    Usage *out = out_;
    Arena *a = c->arena;
    Of of = of_caller(c);
    out->daily = arena_new_in(a, UsageWindow);
    out->weekly = arena_new_in(a, UsageWindow);
    out->sonnet_only = arena_new_in(a, UsageWindow);
    TRY(window(c->app, &of, SPAN_DAY, out->daily, e));
    TRY(window(c->app, &of, SPAN_WEEK, out->weekly, e));
    TRY(sonnet_window(&of, out->sonnet_only, e));
    TRY(stats(&of, SPAN_DAY, &out->today, e));
    TRY(stats(&of, SPAN_WEEK, &out->this_week, e));
    TRY(stats(&of, SPAN_MONTH, &out->this_month, e));
    return op_cursor(c, topic_of(a, "usage", of.org_id), e);
}

static int get_usage_today(OpCall *c, const void *in, void *out, Err *e) {
    (void)in;
    Of of = of_caller(c);
    TRY(sum(&of, SPAN_DAY, out, e));
    TRY(add_models(&of, SPAN_DAY, out, e));
    return op_cursor(c, topic_of(c->arena, "usage", of.org_id), e);
}

#define HISTORY_IN(F, S)                                                                              \
    F(S, ENUM(UsagePeriod), period, .opt = 1, .has_def = 1, .def = HISTORY_DAILY, .from = FROM_QUERY, \
      .doc = "daily, weekly or monthly")                                                              \
    F(S, STR, start, .opt = 1, .min = 10, .max_bytes = 10, .format = "date", .from = FROM_QUERY,      \
      .doc = "First day, YYYY-MM-DD")                                                                 \
    F(S, STR, end, .opt = 1, .min = 10, .max_bytes = 10, .format = "date", .from = FROM_QUERY,        \
      .doc = "Last day, YYYY-MM-DD")
SHAPE(UsageHistoryIn, HISTORY_IN);
SHAPE_DEFINE(UsageHistoryIn, HISTORY_IN);
#define HISTORY_OUT(F, S) \
    F(S, LIST(UsageStats), history, .max = HISTORY_MAX, .doc = "Newest first; periods without usage are left out")
SHAPE(UsageHistory, HISTORY_OUT);
SHAPE_DEFINE(UsageHistory, HISTORY_OUT);

static bool is_day(Str s) {
    TimeUs t;
    char text[40];
    int n = snprintf(text, sizeof text, STR_FMT "T00:00:00Z", STR_ARG(str_upto(s, 10)));
    return s.n == 10 && time_parse(str_n(text, (size_t)n), &t);
}

static int check_day(Str s, const char *field, Err *e) {
    if (!s.n || is_day(s)) return 0;
    int r = err_fail(e, ERR_INVALID, "%s is not a day like 2026-11-21", field);
    err_detail(e, field, "must be a day: YYYY-MM-DD");
    return r;
}

/* The first day of the period that contains `day`. */
static Day period_day(Str day, UsagePeriod p) {
    static const TimeSpan spans[] = {
        [HISTORY_DAILY] = SPAN_DAY, [HISTORY_WEEKLY] = SPAN_WEEK, [HISTORY_MONTHLY] = SPAN_MONTH};
    int64_t y = 1970, m = 1, d = 1;
    (void)str_parse_i64(str_upto(day, 4), 0, 9999, &y); /* days that this file has written */
    (void)str_parse_i64(str_upto(str_from(day, 5), 2), 1, 12, &m);
    (void)str_parse_i64(str_from(day, 8), 1, 31, &d);
    struct tm tm = {.tm_year = (int)y - 1900, .tm_mon = (int)m - 1, .tm_mday = (int)d, .tm_hour = 12, .tm_isdst = -1};
    return day_of(time_span_start((TimeUs)mktime(&tm) * 1000000, spans[p]));
}

static void join(UsageStats *to, const UsageStats *s) {
    to->tokens_used += s->tokens_used;
    to->input_tokens += s->input_tokens;
    to->output_tokens += s->output_tokens;
    to->request_count += s->request_count;
    to->error_count += s->error_count;
    to->cost_micros += s->cost_micros;
}

static int get_usage_history(OpCall *c, const void *in_, void *out_, Err *e) {
    const UsageHistoryIn *in = in_;
    UsageHistory *out = out_;
    UsageStatsList days = {0};
    TRY(check_day(in->start, "start", e));
    TRY(check_day(in->end, "end", e));
    Str from = in->start.n ? in->start : STR("0000-00-00"), to = in->end.n ? in->end : STR("9999-99-99");
    Str org_id = str(c->who->org);
    TRY(op_cursor(c, topic_of(c->arena, "usage", org_id), e));
    TRY(db_all(c->db, &sql_usage_days, DB_ARGS(db_text(org_id), db_text(from), db_text(to)),
               DB_INTO(UsageStats, c->arena, &days), HISTORY_DAYS_MAX, e));
    out->history.items = arena_array(c->arena, HISTORY_MAX, sizeof(UsageStats));
    for (size_t i = 0; i < days.n; i++) {
        Day first = period_day(days.items[i].date, in->period);
        UsageStats *last = out->history.n ? &out->history.items[out->history.n - 1] : NULL;
        if (last && str_is(last->date, first.text)) {
            join(last, &days.items[i]);
            continue;
        }
        if (out->history.n == HISTORY_MAX) break;
        UsageStats *s = &out->history.items[out->history.n++];
        *s = days.items[i];
        GIVE(UsageStats, s, date, arena_str(c->arena, str(first.text)));
        GIVE(UsageStats, s, period, str(enum_word(&UsagePeriod_enum, in->period)));
    }
    return 0;
}

#define USAGE_LIMITS(F, S)                                                                              \
    F(S, I64, daily, .min = 0, .max = INT64_MAX, .doc = "Tokens per day; 0 = no limit")                 \
    F(S, I64, weekly, .min = 0, .max = INT64_MAX, .doc = "Tokens per week; 0 = no limit")               \
    F(S, I64, daily_token_limit, .min = 0, .max = INT64_MAX, .doc = "Same as daily")                    \
    F(S, I64, weekly_token_limit, .min = 0, .max = INT64_MAX, .doc = "Same as weekly")                  \
    F(S, I64, monthly_token_limit, .min = 0, .max = INT64_MAX, .doc = "Tokens per month; 0 = no limit") \
    F(S, I64, daily_request_limit, .min = 0, .max = INT64_MAX, .doc = "Requests per day; 0 = no limit")
SHAPE(UsageLimits, USAGE_LIMITS);
SHAPE_DEFINE(UsageLimits, USAGE_LIMITS);

static int get_usage_limits(OpCall *c, const void *in, void *out_, Err *e) {
    (void)in, (void)e;
    UsageLimits *out = out_;
    const Settings *s = c->app->settings;
    out->daily = out->daily_token_limit = setting_i64(s, SET_USAGE_DAILY_LIMIT);
    out->weekly = out->weekly_token_limit = setting_i64(s, SET_USAGE_WEEKLY_LIMIT);
    out->monthly_token_limit = setting_i64(s, SET_USAGE_MONTHLY_LIMIT);
    out->daily_request_limit = setting_i64(s, SET_USAGE_DAILY_REQUESTS);
    return op_cursor(c, STR("app"), e);
}

const Op usage_ops[] = {
    {"get_usage", "GET /api/usage", "usage", OP_RUN_OUT(get_usage, Usage), .role = ROLE_VIEWER, .where = ON_WORKER,
     .doc = "Returns the tokens used today, this week and this month."},
    {"get_usage_today", "GET /api/usage/today", "usage today", OP_RUN_OUT(get_usage_today, UsageStats),
     .role = ROLE_VIEWER, .where = ON_WORKER, .doc = "Returns the tokens used today."},
    {"get_usage_history", "GET /api/usage/history", "usage history",
     OP_RUN(get_usage_history, UsageHistoryIn, UsageHistory), .role = ROLE_VIEWER, .where = ON_WORKER,
     .doc = "Returns the tokens used by day, week or month, newest first."},
    {"get_usage_limits", "GET /api/usage/limits", "usage limits", OP_RUN_OUT(get_usage_limits, UsageLimits),
     .role = ROLE_VIEWER, .where = ON_WORKER, .doc = "Returns the limits from the settings."},
    {0},
};
