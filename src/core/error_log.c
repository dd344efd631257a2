/* See error_log.h.
 *
 * Invariant: `lock` is held for the few copies only. error_log_add may run on the writer, inside the log and under any
 * other lock, so under it nothing waits, logs or takes another lock; what follows from a report (writing it) begins on the
 * loop. */
#define LOG_MODULE "errors"
#include "core/error_log.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/text_cut.h"
#include "base/ulid.h"
#include "core/error_mask.h"
#include "core/op_sql.h"
#include "sys/log.h"
#include "sys/loop.h"
#include "sys/pool.h"

ENUM_DEFINE(ErrorSource, ERROR_SOURCES);
SHAPE_DEFINE(ErrorCause, ERROR_CAUSE);
SHAPE_DEFINE(ErrorExtra, ERROR_EXTRA);
SHAPE_DEFINE(ErrorContext, ERROR_CONTEXT);
SHAPE_DEFINE(ErrorTags, ERROR_TAGS);
SHAPE_DEFINE(ErrorReport, ERROR_REPORT);

enum { NAME_MAX_BYTES = 64, MESSAGE_MAX = 600, REPORT_MAX = 8192, WRITE_AFTER_MS = 1000, RETRY_MS = 30000 };
enum { SAME_US = 60 * 1000 * 1000 };

#ifdef MUSTER_DEBUG
#define ENVIRONMENT "debug"
#else
#define ENVIRONMENT "release"
#endif

typedef struct Entry {
    char id[ID_TEXT_MAX];
    TimeUs at, last_at;
    int64_t times;
    uint64_t sameness; /* hash of what makes two failures the same */
    char *report;      /* owned: an ErrorReport as JSON; `extra` is that of the first time */
    size_t report_n;
    bool is_dirty; /* not in the store, or counted on since */
} Entry;

struct ErrorLog {
    App *app;
    pthread_mutex_t lock;             /* guards what follows */
    Entry entries[ERROR_REPORTS_MAX]; /* newest first */
    size_t n;
    bool is_open;   /* the store was read: what is new may be written */
    bool is_posted; /* the loop was notified */
    /* Loop thread only. */
    Timer timer;
    bool is_writing, is_stopped;
    bool has_failed; /* the last write; set by its job */
};

/* --- adding ------------------------------------------------------------------------------------------------- */

static uint64_t sameness_of(const ErrorNote *n, Str message) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    return str_hash(arena_fmt(a, STR_FMT "\n" STR_FMT "\n" STR_FMT "\n" STR_FMT, STR_ARG(n->name), STR_ARG(message),
                              STR_ARG(n->operation), STR_ARG(n->agent_id)));
}

static Str some(Str s, size_t max, Arena *a) { return s.n ? arena_str(a, text_cut(s, max)) : (Str){0}; }

static Str encode(const ErrorLog *l, const Entry *x, const ErrorNote *n, Str message, Arena *a) {
    ErrorCause cause = {.name = text_cut(n->name, NAME_MAX_BYTES), .message = message, .stack = str(n->where)};
    ErrorExtra extra = {.times = 1, .last_at = x->at};
    ErrorContext context = {.agent_id = some(n->agent_id, 64, a),
                            .workspace_id = some(n->workspace_id, 64, a),
                            .worktree_id = some(n->worktree_id, 64, a),
                            .request_id = some(n->request_id, 200, a),
                            .operation = some(n->operation, 64, a),
                            .extra = &extra};
    ErrorTags tags = {
        .source = n->source, .error_type = cause.name, .operation = context.operation, .agent_id = context.agent_id};
    ErrorReport r = {.id = str(x->id),
                     .timestamp = x->at,
                     .error = &cause,
                     .context = &context,
                     .environment = STR(ENVIRONMENT),
                     .release = str(l->app->version ? l->app->version : "unknown"),
                     .tags = &tags};
    CLEANUP(buf_done) Buf b;
    buf_init(&b, REPORT_MAX);
    JsonOut o = json_out(&b);
    shape_encode(&ErrorReport_shape, &r, &o);
    return arena_str(a, b.failed ? (Str){0} : buf_str(&b));
}

/* The lock is held. */
static Entry *find_same(ErrorLog *l, uint64_t sameness, TimeUs now) {
    for (size_t i = 0; i < l->n; i++)
        if (l->entries[i].sameness == sameness && now - l->entries[i].last_at < SAME_US) return &l->entries[i];
    return NULL;
}

/* The lock is held. The oldest makes room. */
static void put_first(ErrorLog *l, const Entry *x) {
    if (l->n == ERROR_REPORTS_MAX) free(l->entries[--l->n].report);
    memmove(l->entries + 1, l->entries, l->n * sizeof *l->entries);
    l->entries[0] = *x;
    l->n++;
}

static void write_soon(void *arg);

void error_log_add(ErrorLog *l, const ErrorNote *n) {
    if (!l) return;
    CLEANUP(arena_freep) Arena *a = arena_new();
    Str message = error_mask(a, n->message, MESSAGE_MAX);
    Id id = id_new("err");
    Entry x = {.at = clock_now_us(), .times = 1, .sameness = sameness_of(n, message), .is_dirty = true};
    x.last_at = x.at;
    memcpy(x.id, id.text, sizeof x.id);
    Str report = encode(l, &x, n, message, a);
    pthread_mutex_lock(&l->lock);
    Entry *same = find_same(l, x.sameness, x.at);
    if (same) {
        same->times++;
        same->last_at = x.at;
        same->is_dirty = true;
    } else {
        x.report = mu_strdup(report.p);
        x.report_n = report.n;
        put_first(l, &x);
    }
    bool must_post = l->is_open && !l->is_posted;
    l->is_posted |= must_post;
    pthread_mutex_unlock(&l->lock);
    if (must_post) loop_post(l->app->loop, write_soon, l);
}

static void on_log(void *arg, const Err *e, const char *text) {
    error_log_add(arg, &(ErrorNote){.source = ERROR_FROM_LOG,
                                    .name = str(err_word(e ? e->code : ERR_INTERNAL)),
                                    .message = str(text),
                                    .where = e ? e->where : NULL});
}

/* --- writing ------------------------------------------------------------------------------------------------ */

typedef struct Dirty {
    Arena *arena;
    Entry items[ERROR_REPORTS_MAX]; /* their texts in the arena */
    size_t n;
    Buf kept; /* JSON list of the ids of all that are kept */
} Dirty;

static void take_dirty(ErrorLog *l, Dirty *d) {
    JsonOut o = json_out(&d->kept);
    json_begin_array(&o);
    pthread_mutex_lock(&l->lock);
    for (size_t i = 0; i < l->n; i++) {
        Entry *x = &l->entries[i];
        json_put_str(&o, str(x->id));
        if (!x->is_dirty) continue;
        x->is_dirty = false;
        d->items[d->n] = *x;
        d->items[d->n++].report = arena_cstr(d->arena, str_n(x->report, x->report_n));
    }
    pthread_mutex_unlock(&l->lock);
    json_end_array(&o);
}

static void give_back_dirty(ErrorLog *l, const Dirty *d) {
    pthread_mutex_lock(&l->lock);
    for (size_t i = 0; i < l->n; i++)
        for (size_t k = 0; k < d->n; k++) l->entries[i].is_dirty |= strcmp(l->entries[i].id, d->items[k].id) == 0;
    pthread_mutex_unlock(&l->lock);
}

static int write_tx(Tx *tx, void *arg, Err *e) {
    const Dirty *d = arg;
    for (size_t i = 0; i < d->n; i++) {
        const Entry *x = &d->items[i];
        TRY(tx_run(
            tx, &sql_error_report_put,
            DB_ARGS(db_text(str(x->id)), db_i64(x->at), db_i64(x->last_at), db_i64(x->times), db_text(str(x->report))),
            NULL, e));
    }
    return tx_run(tx, &sql_error_report_trim, DB_ARGS(db_text(buf_str(&d->kept))), NULL, e);
}

static void begin_write(ErrorLog *l);

static void end_write(void *arg) {
    ErrorLog *l = arg;
    bool is_dirty = false;
    l->is_writing = false;
    pthread_mutex_lock(&l->lock);
    for (size_t i = 0; i < l->n; i++) is_dirty |= l->entries[i].is_dirty;
    l->is_posted = is_dirty;
    pthread_mutex_unlock(&l->lock);
    if (is_dirty && !l->is_stopped) timer_start(&l->timer, l->has_failed ? RETRY_MS : WRITE_AFTER_MS, 0);
    if (is_dirty && l->is_stopped && !l->has_failed) begin_write(l); /* what was reported during the last write */
}

/* A store that takes nothing now gets it later. That is logged as a warning: an error would be reported, and written. */
static void write_job(void *context, void *arg) {
    (void)context;
    ErrorLog *l = arg;
    CLEANUP(arena_freep) Arena *a = arena_new();
    Dirty *d = arena_new_in(a, Dirty);
    Err e = {0};
    d->arena = a;
    buf_init(&d->kept, ERROR_REPORTS_MAX * 64);
    take_dirty(l, d);
    l->has_failed = d->n && db_tx(l->app->db, DB_DERIVED, write_tx, d, &e) < 0;
    if (l->has_failed) {
        give_back_dirty(l, d);
        log_err(LOG_WARN, LOG_MODULE, "storing error reports", &e);
    }
    buf_done(&d->kept);
    loop_post(l->app->loop, end_write, l);
}

static void begin_write(ErrorLog *l) {
    if (l->is_writing) return;
    l->is_writing = pool_submit_background(l->app->slow, write_job, l);
    if (!l->is_writing && !l->is_stopped) timer_start(&l->timer, RETRY_MS, 0);
}

static void on_due(Timer *t) { begin_write(container_of(t, ErrorLog, timer)); }

static void write_soon(void *arg) {
    ErrorLog *l = arg;
    if (!l->is_stopped && !l->is_writing) timer_start(&l->timer, WRITE_AFTER_MS, 0);
}

/* --- life --------------------------------------------------------------------------------------------------- */

ErrorLog *error_log_new(App *app) {
    ErrorLog *l = mu_new(ErrorLog);
    l->app = app;
    pthread_mutex_init(&l->lock, NULL);
    log_listen(on_log, l);
    return l;
}

typedef struct Loaded {
    Entry items[ERROR_REPORTS_MAX];
    size_t n;
} Loaded;

static bool on_row(void *arg, DbRow *r) {
    Loaded *all = arg;
    Str id = db_col_text(r, 0), report = db_col_text(r, 4);
    Entry *x = &all->items[all->n++];
    snprintf(x->id, sizeof x->id, STR_FMT, STR_ARG(id));
    x->at = db_col_i64(r, 1);
    x->last_at = db_col_i64(r, 2);
    x->times = db_col_i64(r, 3);
    x->report = mu_alloc(report.n + 1);
    memcpy(x->report, report.p, report.n);
    x->report_n = report.n;
    return all->n < ERROR_REPORTS_MAX;
}

/* What this start has already reported is newer than all that was stored. */
int error_log_open(ErrorLog *l, DbConn *db, Err *e) {
    Loaded *all = mu_new(Loaded);
    int r = db_each(db, &sql_error_reports, DB_ARGS(db_i64(ERROR_REPORTS_MAX)), on_row, all, e);
    pthread_mutex_lock(&l->lock);
    size_t at = 0;
    for (; at < all->n && l->n < ERROR_REPORTS_MAX; at++) l->entries[l->n++] = all->items[at];
    l->is_open = r >= 0;
    bool must_post = l->is_posted = l->is_open && l->n > at;
    pthread_mutex_unlock(&l->lock);
    for (; at < all->n; at++) free(all->items[at].report);
    free(all);
    timer_init(l->app->loop, &l->timer, on_due);
    if (must_post) loop_post(l->app->loop, write_soon, l);
    return r;
}

static void on_closed(Timer *t) { (void)t; }

void error_log_stop(ErrorLog *l) {
    if (l->is_stopped) return;
    l->is_stopped = true;
    if (!l->timer.on_due) return; /* never opened */
    begin_write(l);
    timer_close(&l->timer, on_closed);
}

void error_log_free(ErrorLog *l) {
    if (!l) return;
    log_listen(NULL, NULL);
    for (size_t i = 0; i < l->n; i++) free(l->entries[i].report);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

/* --- reading ------------------------------------------------------------------------------------------------ */

/* The lock is held. A report of another version that this one cannot read is left out. */
static bool decode(const Entry *x, Arena *a, ErrorReport *ret) {
    Json *j = NULL;
    Str text = arena_str(a, str_n(x->report, x->report_n));
    if (json_parse(a, text, JSON_DEPTH_REQUEST, &j, NULL) < 0) return false;
    if (shape_decode(&ErrorReport_shape, j, a, ret, NULL) < 0) return false;
    ret->context->extra->times = x->times;
    ret->context->extra->last_at = x->last_at;
    return true;
}

void error_log_list(ErrorLog *l, size_t max, Arena *a, ErrorReportList *ret) {
    *ret = (ErrorReportList){arena_array(a, ERROR_REPORTS_MAX, sizeof *ret->items), 0};
    pthread_mutex_lock(&l->lock);
    for (size_t i = 0; i < l->n && ret->n < max; i++) ret->n += decode(&l->entries[i], a, &ret->items[ret->n]);
    pthread_mutex_unlock(&l->lock);
}

bool error_log_find(ErrorLog *l, Str id, Arena *a, ErrorReport *ret) {
    bool found = false;
    pthread_mutex_lock(&l->lock);
    for (size_t i = 0; i < l->n && !found; i++) found = str_is(id, l->entries[i].id) && decode(&l->entries[i], a, ret);
    pthread_mutex_unlock(&l->lock);
    return found;
}
