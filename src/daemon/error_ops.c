/* Error reports: reading them, and reporting the crashes of agents. */
#include "base/mem.h"
#include "base/vec.h"
#include "core/error_log.h"
#include "core/hub.h"
#include "core/org.h"
#include "daemon/system.h"

enum { DEFAULT_LIMIT = 20, TYPES_MAX_BYTES = 16384, HOUR_US = 3600 * 1000 * 1000ll };

#define ERROR_LIST_IN(F, S)                                                                            \
    F(S, I64, limit, .opt = 1, .has_def = 1, .def = DEFAULT_LIMIT, .min = 1, .max = ERROR_REPORTS_MAX, \
      .from = FROM_QUERY, .doc = "At most so many")
SHAPE(ErrorListIn, ERROR_LIST_IN);
SHAPE_DEFINE(ErrorListIn, ERROR_LIST_IN);
#define ERROR_REPORTS(F, S) F(S, LIST(ErrorReport), errors, .max = ERROR_REPORTS_MAX, .doc = "The newest first")
SHAPE(ErrorReports, ERROR_REPORTS);
SHAPE_DEFINE(ErrorReports, ERROR_REPORTS);
#define ERROR_PATH(F, S) F(S, ID("err"), error_id, .from = FROM_PATH, .doc = "The report")
SHAPE(ErrorPath, ERROR_PATH);
SHAPE_DEFINE(ErrorPath, ERROR_PATH);
#define ERROR_STATS(F, S)                                                                                 \
    F(S, I64, total_errors, .min = 0, .max = ERROR_REPORTS_MAX, .doc = "Reports that are kept")           \
    F(S, ANY, errors_by_type, .max_bytes = TYPES_MAX_BYTES, .doc = "Maps an error's name to its reports") \
    F(S, I64, recent_error_count, .min = 0, .max = ERROR_REPORTS_MAX, .doc = "Of the last hour")          \
    F(S, TIME, oldest_error, .opt = 1, .doc = "When the oldest was reported")                             \
    F(S, TIME, newest_error, .opt = 1, .doc = "When the newest was reported")
SHAPE(ErrorStats, ERROR_STATS);
SHAPE_DEFINE(ErrorStats, ERROR_STATS);

/* A report that is about a row of another org is not for this caller; one about the daemon is for all. */
static int check_org(OpCall *c, const ErrorReport *r, Err *e) {
    const ErrorContext *at = r->context;
    TRY(org_check(c->app, c->db, c->who, at->agent_id, e));
    TRY(org_check(c->app, c->db, c->who, at->worktree_id, e));
    return org_check(c->app, c->db, c->who, at->workspace_id, e);
}

static int list_mine(OpCall *c, ErrorReportList *ret, Err *e) {
    ErrorReportList all;
    error_log_list(c->app->errors, ERROR_REPORTS_MAX, c->arena, &all);
    *ret = (ErrorReportList){all.items, 0};
    for (size_t i = 0; i < all.n; i++) {
        Err why = {0};
        if (check_org(c, &all.items[i], &why) >= 0)
            ret->items[ret->n++] = all.items[i];
        else if (why.code != ERR_NOT_FOUND)
            return err_fail(e, why.code, "%s", why.text);
    }
    return 0;
}

static int list_errors(OpCall *c, const void *in, void *out, Err *e) {
    ErrorReportList *l = &((ErrorReports *)out)->errors;
    size_t limit = (size_t)((const ErrorListIn *)in)->limit;
    TRY(list_mine(c, l, e));
    if (l->n > limit) l->n = limit;
    return 0;
}

static int get_error(OpCall *c, const void *in, void *out, Err *e) {
    Str id = ((const ErrorPath *)in)->error_id;
    Err why = {0};
    if (error_log_find(c->app->errors, id, c->arena, out) && check_org(c, out, &why) >= 0) return 0;
    if (why.code && why.code != ERR_NOT_FOUND) return err_fail(e, why.code, "%s", why.text);
    return err_fail(e, ERR_NOT_FOUND, "no error report " STR_FMT "; the last %d are kept", STR_ARG(id),
                    ERROR_REPORTS_MAX);
}

typedef struct TypeCount {
    Str name;
    int64_t n;
} TypeCount;

static Str by_type(const ErrorReportList *all, Arena *a) {
    TypeCount types[ERROR_REPORTS_MAX];
    size_t n = 0;
    CLEANUP(buf_done) Buf b;
    buf_init(&b, TYPES_MAX_BYTES);
    for (size_t i = 0, k; i < all->n; i++) {
        Str name = all->items[i].error->name;
        for (k = 0; k < n && !str_eq(types[k].name, name); k++) continue;
        if (k == n) types[n++] = (TypeCount){name, 0};
        types[k].n++;
    }
    JsonOut o = json_out(&b);
    json_begin_object(&o);
    for (size_t i = 0; i < n; i++) {
        json_key(&o, types[i].name);
        json_put_i64(&o, types[i].n);
    }
    json_end_object(&o);
    return arena_str(a, buf_str(&b));
}

static int get_error_stats(OpCall *c, const void *in, void *out_, Err *e) {
    (void)in;
    ErrorStats *out = out_;
    ErrorReportList all;
    TimeUs now = clock_now_us();
    TRY(list_mine(c, &all, e));
    out->total_errors = (int64_t)all.n;
    out->errors_by_type = by_type(&all, c->arena);
    for (size_t i = 0; i < all.n; i++) out->recent_error_count += now - all.items[i].context->extra->last_at < HOUR_US;
    if (all.n == 0) return 0;
    out->oldest_error = all.items[all.n - 1].timestamp;
    out->newest_error = all.items[0].timestamp;
    return 0;
}

static bool agent_of(const HubEvent *ev, Str *ret) {
    Str noun;
    *ret = ev->topic;
    return str_split(ret, '/', &noun) && str_is(noun, "agent");
}

static void report_launch(App *app, Str agent_id, Str message) {
    error_log_add(app->errors, &(ErrorNote){.source = ERROR_FROM_LAUNCH,
                                            .name = str(err_word(ERR_PROCESS)),
                                            .message = message,
                                            .agent_id = agent_id});
}

/* What the program wrote is not reported: it may hold anything. A CLI that lacks its session is started with a new one.
 * Neither code nor signal: it never ran, or its supervisor was lost, which the status says. */
static void on_exit_event(void *arg, const HubEvent *ev) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Json *event = NULL;
    Str agent_id;
    if (!agent_of(ev, &agent_id) || json_parse(a, ev->envelope, JSON_DEPTH_MAX, &event, NULL) < 0) return;
    const Json *exit = json_get(event, "payload"), *place = json_get(event, "place");
    if (json_bool(exit, "isClean", false) || json_bool(exit, "sessionGone", false)) return;
    Str launch = place && place->n ? place->items[0].s : (Str){0};
    int64_t signal = json_i64(exit, "signal", 0), code = json_i64(exit, "code", 0);
    if (!signal && !code) return;
    Str how = signal ? arena_fmt(a, "was ended by signal %lld", (long long)signal)
                     : arena_fmt(a, "exited with code %lld", (long long)code);
    report_launch(arg, agent_id,
                  arena_fmt(a, "the agent's program " STR_FMT " (launch " STR_FMT ")", STR_ARG(how), STR_ARG(launch)));
}

static void on_status(void *arg, const HubEvent *ev) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Json *payload = NULL;
    Str agent_id;
    if (!agent_of(ev, &agent_id) || json_parse(a, ev->payload, JSON_DEPTH_MAX, &payload, NULL) < 0) return;
    if (str_is(json_str(payload, "reason"), "hold_lost"))
        report_launch(arg, agent_id, STR("the supervisor of the agent's program was killed"));
}

void errors_register(App *app) {
    hub_listen(app->hub, "exit", on_exit_event, app);
    hub_listen(app->hub, "status", on_status, app);
}

const Op error_ops[] = {
    {"list_errors", "GET /api/errors", "errors", OP_RUN(list_errors, ErrorListIn, ErrorReports), .role = ROLE_VIEWER,
     .where = ON_WORKER, .doc = "The last failures inside the daemon, the newest first; at most 100 are kept."},
    {"get_error_stats", "GET /api/errors/stats", "errors stats", OP_RUN_OUT(get_error_stats, ErrorStats),
     .role = ROLE_VIEWER, .where = ON_WORKER, .doc = "Counts the error reports: all, by name, of the last hour."},
    {"get_error", "GET /api/errors/{errorId}", "errors show", OP_RUN(get_error, ErrorPath, ErrorReport),
     .role = ROLE_VIEWER, .where = ON_WORKER, .doc = "Shows one error report."},
    {0},
};
