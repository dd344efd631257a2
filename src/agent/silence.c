/* See silence.h. */
#define LOG_MODULE "agent"
#include "agent/silence.h"

#include <stdlib.h>

#include "agent/agent_sql.h"
#include "agent/overview.h"
#include "base/mem.h"
#include "core/launch_evidence.h"
#include "core/setting.h"
#include "sys/log.h"
#include "sys/loop.h"
#include "sys/pool.h"

enum { EVERY_MS = 5000, AT_ONCE = 100 };

struct SilenceWatch {
    App *app;
    TimeUs since;
    Timer timer;
};

typedef struct Unheard {
    Str launch_id, agent_id;
    TimeUs since;
    int64_t seen;
} Unheard;

typedef struct Mark {
    Arena *arena;
    Unheard of[AT_ONCE];
    Str launches[AT_ONCE];
    size_t n;
} Mark;

static bool on_row(void *arg, DbRow *row) {
    Mark *m = arg;
    m->of[m->n++] = (Unheard){.launch_id = arena_str(m->arena, db_col_text(row, 0)),
                              .agent_id = arena_str(m->arena, db_col_text(row, 1)),
                              .since = db_col_i64(row, 2),
                              .seen = db_col_i64(row, 3)};
    return m->n < AT_ONCE;
}

/* Bytes that its hold has and that are not derived yet are no silence. */
static void drop_backlogged(App *app, Mark *m) {
    LaunchFacts facts[AT_ONCE];
    size_t kept = 0;
    for (size_t i = 0; i < m->n; i++) m->launches[i] = m->of[i].launch_id;
    launches_facts(app, m->launches, m->n, facts);
    for (size_t i = 0; i < m->n; i++)
        if (facts[i].log_head <= m->of[i].seen) m->of[kept++] = m->of[i];
    m->n = kept;
}

static int mark_tx(Tx *tx, void *arg, Err *e) {
    const Mark *m = arg;
    for (size_t i = 0; i < m->n; i++) {
        bool is_silent = false;
        TRY(launch_mark_silent(tx, m->of[i].launch_id, m->of[i].since, &is_silent, e));
        if (is_silent) agent_note_change(tx, m->of[i].agent_id, "agent_silent");
    }
    return 0;
}

int silence_mark(App *app, DbConn *db, TimeUs since, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Mark *m = arena_new_in(a, Mark);
    m->arena = a;
    TRY(db_each(db, &sql_agents_unheard, DB_ARGS(db_i64(since), db_i64(AT_ONCE)), on_row, m, e));
    drop_backlogged(app, m);
    return m->n ? db_tx(app->db, DB_DERIVED, mark_tx, m, e) : 0;
}

static void look(void *db, void *arg) {
    const SilenceWatch *w = arg;
    Err e = {0};
    TimeUs now = clock_now_us(), patience = setting_i64(w->app->settings, SET_AGENT_SILENT_SECONDS) * 1000000;
    bool is_due = w->since + patience <= now;
    if (is_due && silence_mark(w->app, db, now - patience, &e) < 0)
        log_err(LOG_WARN, LOG_MODULE, "looking for silent agents", &e);
}

static void on_due(Timer *t) {
    SilenceWatch *w = container_of(t, SilenceWatch, timer);
    (void)pool_submit_background(w->app->slow, look, w); /* the pool is full: it looks again soon */
}

static void on_closed(Timer *t) { (void)t; }

SilenceWatch *silence_watch_start(App *app) {
    SilenceWatch *w = mu_new(SilenceWatch);
    w->app = app;
    w->since = clock_now_us();
    timer_init(app->loop, &w->timer, on_due);
    timer_start(&w->timer, EVERY_MS, EVERY_MS);
    return w;
}

void silence_watch_stop(SilenceWatch *w) {
    if (w) timer_close(&w->timer, on_closed);
}

void silence_watch_free(SilenceWatch *w) { free(w); }
