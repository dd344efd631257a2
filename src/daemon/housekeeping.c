/* See housekeeping.h. Every step is small and is done again until nothing is left. */
#define LOG_MODULE "housekeeping"
#include "daemon/housekeeping.h"

#include <stdlib.h>

#include "base/mem.h"
#include "core/dispatch.h"
#include "core/launchtidy.h"
#include "core/setting.h"
#include "core/stream.h"
#include "sys/log.h"
#include "sys/loop.h"
#include "sys/pool.h"

enum { EVERY_MS = 3600 * 1000, FIRST_MS = 60 * 1000, STEP_ROWS = 5000, FREE_PAGES = 1000 };

struct Housekeeping {
    App *app;
    Timer timer;
};

typedef struct Retain {
    TimeUs older_than;
    int64_t deleted;
} Retain;

static int retain_tx(Tx *tx, void *arg, Err *e) {
    Retain *r = arg;
    TRY(stream_retain(tx, r->older_than, STEP_ROWS, &r->deleted, e));
    return tx_free_pages(tx, FREE_PAGES, e);
}

static int tidy_results(App *app, DbConn *db, TimeUs older_than, Err *e) {
    (void)db, (void)older_than; /* a key is good for a day, whatever the settings say */
    return op_results_expire(app, e);
}

static int tidy_audit(App *app, DbConn *db, TimeUs older_than, Err *e) {
    (void)db;
    return op_audit_expire(app, older_than, e);
}

static int tidy_events(App *app, DbConn *db, TimeUs older_than, Err *e) {
    (void)db;
    Retain r = {.older_than = older_than};
    do TRY(db_tx(app->db, DB_DERIVED, retain_tx, &r, e));
    while (r.deleted == STEP_ROWS);
    return 0;
}

static const struct {
    const char *what;
    int (*tidy)(App *app, DbConn *db, TimeUs older_than, Err *e);
} steps[] = {
    {"forgetting results of calls", tidy_results},
    {"forgetting old entries of the audit log", tidy_audit},
    {"removing old logs of launches", launchtidy_expire},
    {"removing old events", tidy_events},
};

/* One step that fails keeps none of the others from its work. */
static void tidy_job(void *context, void *arg) {
    App *app = arg;
    TimeUs older_than = clock_now_us() - setting_i64(app->settings, SET_RETENTION_EVENT_DAYS) * 24 * 3600 * 1000000;
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        Err e = {0};
        if (steps[i].tidy(app, context, older_than, &e) < 0) log_err(LOG_WARN, LOG_MODULE, steps[i].what, &e);
    }
}

static void on_due(Timer *t) {
    Housekeeping *h = container_of(t, Housekeeping, timer);
    (void)pool_submit(h->app->slow, tidy_job, h->app); /* a full pool: the next hour does it */
}

static void on_closed(Timer *t) { (void)t; }

int housekeeping_new(App *app, Housekeeping **ret, Err *e) {
    (void)e;
    Housekeeping *h = mu_new(Housekeeping);
    h->app = app;
    timer_init(app->loop, &h->timer, on_due);
    timer_start(&h->timer, FIRST_MS, EVERY_MS);
    *ret = h;
    return 0;
}

void housekeeping_stop(Housekeeping *h) { timer_close(&h->timer, on_closed); }

void housekeeping_free(Housekeeping *h) { free(h); }
