/* See silence.h. */
#define LOG_MODULE "eye"
#include "eye_control/silence.h"
#include "eye_control/fold.h"

#include "base/mem.h"
#include "eye_control/eye_control_sql.h"
#include "sys/log.h"
#include "sys/pool.h"

enum { EVERY_MS = 1000, ALL_EVERY = 10, AT_ONCE = 100 };

typedef struct Mark {
    App *app;
    TimeUs since;
    EyeList silent;
} Mark;

/* Unless it was heard of in the meantime. */
static int mark_tx(Tx *tx, void *arg, Err *e) {
    const Mark *m = arg;
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (size_t i = 0; i < m->silent.n; i++) {
        Eye row;
        TRY(eye_get(tx_conn(tx), m->silent.items[i].id, a, &row, e));
        if (!eye_fold_silence(&row, m->since, tx_now(tx), a)) continue;
        TRY(eye_store(m->app, tx, &row, e));
    }
    return 0;
}

/* Marks each that was last heard of before `since`; what it reports next ends that. Worker. */
static int mark_silent(App *app, DbConn *db, TimeUs since, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Mark m = {.app = app, .since = since};
    TRY(db_all(db, &sql_eyes_unheard, DB_ARGS(db_i64(since), db_i64(AT_ONCE)), DB_INTO(Eye, a, &m.silent), AT_ONCE, e));
    return m.silent.n ? db_tx(app->db, DB_DERIVED, mark_tx, &m, e) : 0;
}

static void look(void *db, void *arg) {
    App *app = arg;
    Err e = {0};
    if (mark_silent(app, db, clock_now_us() - EYE_SILENT_US, &e) < 0)
        log_err(LOG_WARN, LOG_MODULE, "looking for silent eyes", &e);
}

/* What runs since before the daemon is in `seen` once it was heard of; one that never is would be missed. */
static void on_due(Timer *t) {
    Eyes *s = container_of(t, Eyes, silence);
    bool is_worth_it = s->seen.n > 0 || ++s->n_looks % ALL_EVERY == 0;
    if (is_worth_it) (void)pool_submit_background(s->app->slow, look, s->app); /* full: it looks again soon */
}

static void on_closed(Timer *t) { (void)t; }

void eye_silence_start(Eyes *s) {
    timer_init(s->app->loop, &s->silence, on_due);
    timer_start(&s->silence, EYE_SILENT_US / 1000, EVERY_MS);
}

void eye_silence_stop(Eyes *s) { timer_close(&s->silence, on_closed); }
