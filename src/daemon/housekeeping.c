/* See housekeeping.h. Every step is small, because people's writes wait for it, and is repeated until nothing is
 * left. */
#define LOG_MODULE "housekeeping"
#include "daemon/housekeeping.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "agent/agent.h"
#include "approval/approval.h"
#include "attachment/attachment.h"
#include "base/mem.h"
#include "checkpoint/checkpoint.h"
#include "core/dispatch.h"
#include "core/launchtidy.h"
#include "core/setting.h"
#include "core/stream.h"
#include "person/person.h"
#include "script/script.h"
#include "sys/log.h"
#include "sys/loop.h"
#include "sys/pool.h"
#include "terminal/terminal.h"
#include "usage/usage.h"
#include "workspace/workspace.h"

enum { EVERY_MS = 3600 * 1000, FIRST_MS = 60 * 1000, STEP_ROWS = 250 };

/* Steps of one part run one after the other. */
typedef struct Job {
    App *app;
    HousekeepingPart part;
    atomic_bool is_running;
} Job;

struct Housekeeping {
    App *app;
    Timer timer;
    Job jobs[HOUSEKEEPING_PARTS];
};

typedef struct Retain {
    TimeUs older_than;
    int64_t deleted;
} Retain;

static int retain_tx(Tx *tx, void *arg, Err *e) {
    Retain *r = arg;
    return stream_retain(tx, r->older_than, STEP_ROWS, &r->deleted, e);
}

static int tidy_results(App *app, DbConn *db, TimeUs older_than, Err *e) {
    (void)db, (void)older_than; /* a key is valid for a day, whatever the settings say */
    return op_results_expire(app, e);
}

static int tidy_forgotten(App *app, DbConn *db, TimeUs older_than, Err *e) {
    (void)older_than; /* their owners are gone */
    return launchtidy_remove_forgotten(app, db, e);
}

static int tidy_audit(App *app, DbConn *db, TimeUs older_than, Err *e) {
    (void)db;
    return op_audit_expire(app, older_than, e);
}

static int tidy_asks(App *app, DbConn *db, TimeUs older_than, Err *e) {
    (void)db;
    return ask_expire(app, older_than, e);
}

static int tidy_events(App *app, DbConn *db, TimeUs older_than, Err *e) {
    (void)db;
    Retain r = {.older_than = older_than};
    do TRY(db_tx(app->db, DB_DERIVED, retain_tx, &r, e));
    while (r.deleted == STEP_ROWS);
    return 0;
}

static int tidy_usage(App *app, DbConn *db, TimeUs older_than, Err *e) {
    (void)older_than; /* what today's figures need is kept whole, whatever the settings say */
    return usage_expire(app, db, e);
}

static int tidy_messages(App *app, DbConn *db, TimeUs older_than, Err *e) {
    (void)db;
    return messages_expire(app, older_than, e);
}

static int tidy_scripts(App *app, DbConn *db, TimeUs older_than, Err *e) {
    (void)db;
    return scripts_expire(app, older_than, e);
}

static int tidy_ui_states(App *app, DbConn *db, TimeUs older_than, Err *e) {
    (void)older_than; /* kept as long as what their keys name */
    return ui_state_expire(app, db, e);
}

static int tidy_attachments(App *app, DbConn *db, TimeUs older_than, Err *e) {
    (void)older_than; /* those that no message has are kept for a day */
    return attachments_expire(app, db, e);
}

static int free_pages(App *app, DbConn *db, TimeUs older_than, Err *e) {
    (void)db, (void)older_than; /* whatever deleted their content */
    return db_free_pages(app->db, e);
}

static int store_bytes(App *app, DbConn *db, int64_t *ret, Err *e) {
    (void)app;
    return db_used_bytes(db, ret, e);
}

static int log_bytes(App *app, DbConn *db, int64_t *ret, Err *e) {
    (void)db, (void)e;
    *ret = launchtidy_bytes(app);
    return 0;
}

typedef struct Step {
    const char *what;
    int (*tidy)(App *app, DbConn *db, TimeUs older_than, Err *e);
    Setting age_days;                                         /* 0 days: kept for good */
    int (*bytes)(App *app, DbConn *db, int64_t *ret, Err *e); /* NULL: limited by age alone */
    Setting cap_mib;
    int (*room)(DbConn *db, int64_t *ret, Err *e); /* how much of `bytes` it could free; NULL: all */
    bool has_own_limit;                            /* also called where nothing is too old, with 0 */
    HousekeepingPart part;
} Step;

/* Only what can be derived again or was settled is removed automatically; everything else only if a setting says so. */
static const Step steps[] = {
    {"deleting results of calls", tidy_results, SET_RETENTION_EVENT_DAYS},
    {"removing what deleted agents left", tidy_forgotten, SET_RETENTION_EVENT_DAYS},
    {"deleting old salvages", salvages_expire, SET_RETENTION_SALVAGE_DAYS, .has_own_limit = true,
     .part = IN_REPOSITORIES},
    {"removing snapshots of worktrees that are gone", snapshots_expire, SET_RETENTION_EVENT_DAYS,
     .part = IN_REPOSITORIES},
    {"deleting old checkpoints", checkpoints_expire, SET_RETENTION_CHECKPOINT_DAYS, .part = IN_REPOSITORIES},
    {"deleting agents that were archived long ago", agents_expire, SET_RETENTION_ARCHIVED_DAYS},
    {"removing what persons kept about deleted agents", tidy_ui_states, SET_RETENTION_EVENT_DAYS},
    {"summing up old usage", tidy_usage, SET_RETENTION_EVENT_DAYS},
    {"removing old messages", tidy_messages, SET_RETENTION_MESSAGE_DAYS},
    {"deleting old entries of the audit log", tidy_audit, SET_RETENTION_EVENT_DAYS},
    {"deleting settled asks", tidy_asks, SET_RETENTION_EVENT_DAYS},
    {"deleting old runs of scripts", tidy_scripts, SET_RETENTION_EVENT_DAYS},
    {"deleting terminals that ended long ago", terminals_expire, SET_RETENTION_EVENT_DAYS},
    {"removing old logs of launches", launchtidy_expire, SET_RETENTION_EVENT_DAYS, log_bytes, SET_RETENTION_LOG_MIB},
    {"removing old events", tidy_events, SET_RETENTION_EVENT_DAYS, store_bytes, SET_RETENTION_STORE_MIB, stream_room},
    {"removing attachments that no message has", tidy_attachments, SET_RETENTION_EVENT_DAYS},
    {"returning space to the disk", free_pages, SET_RETENTION_EVENT_DAYS},
};

/* If the rest alone is too large, removing more of it gains nothing. */
static int can_help(const Step *s, DbConn *db, int64_t excess, bool *ret, Err *e) {
    int64_t room = INT64_MAX;
    if (s->room) TRY(s->room(db, &room, e));
    *ret = room >= excess;
    if (!*ret)
        log_info(
            "%s frees too little: what is never removed automatically exceeds the limit; get_storage shows what it is",
            s->what);
    return 0;
}

/* By age; as long as that leaves more than the limit, the age is halved again and again, down to a day. */
static int perform(const Step *s, App *app, DbConn *db, Err *e) {
    TimeUs now = clock_now_us();
    bool helps = true;
    int64_t days = setting_i64(app->settings, s->age_days);
    if (!days && s->has_own_limit) return s->tidy(app, db, 0, e);
    for (; days && helps; days = days / 2) {
        TRY(s->tidy(app, db, now - days * DAY_US, e));
        int64_t bytes = 0, cap = s->bytes ? setting_i64(app->settings, s->cap_mib) << 20 : 0;
        if (cap) TRY(s->bytes(app, db, &bytes, e));
        if (bytes <= cap) return 0;
        TRY(can_help(s, db, bytes - cap, &helps, e));
    }
    return 0;
}

void housekeeping_run(App *app, DbConn *db, HousekeepingPart part) {
    for (size_t i = 0; i < COUNT_OF(steps); i++) { /* a step that fails does not stop the others */
        Err e = {0};
        if (steps[i].part == part && perform(&steps[i], app, db, &e) < 0)
            log_err(LOG_WARN, LOG_MODULE, steps[i].what, &e);
    }
}

static void tidy_job(void *context, void *arg) {
    Job *j = arg;
    housekeeping_run(j->app, context, j->part);
    atomic_store(&j->is_running, false);
}

/* Where the pool is full, it runs in the next hour. */
void housekeeping_begin(Housekeeping *h) {
    for (int i = 0; i < HOUSEKEEPING_PARTS; i++) {
        Job *j = &h->jobs[i];
        if (atomic_exchange(&j->is_running, true)) continue;
        if (!pool_submit_background(h->app->slow, tidy_job, j)) atomic_store(&j->is_running, false);
    }
}

static void on_due(Timer *t) { housekeeping_begin(container_of(t, Housekeeping, timer)); }

static void on_closed(Timer *t) { (void)t; }

int housekeeping_new(App *app, Housekeeping **ret, Err *e) {
    (void)e;
    Housekeeping *h = mu_new(Housekeeping);
    h->app = app;
    for (int i = 0; i < HOUSEKEEPING_PARTS; i++) h->jobs[i] = (Job){.app = app, .part = (HousekeepingPart)i};
    timer_init(app->loop, &h->timer, on_due);
    timer_start(&h->timer, FIRST_MS, EVERY_MS);
    *ret = h;
    return 0;
}

void housekeeping_stop(Housekeeping *h) { timer_close(&h->timer, on_closed); }

void housekeeping_free(Housekeeping *h) { free(h); }
