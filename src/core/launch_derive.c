/* Derivation of a launch's log: bytes → owner → one derived write with offset and state. Worker threads.
 *
 * Invariant: one write commits the events derived from a batch, the offset after it and the owner's state. After a
 * crash or a failed write, deriving again from the row therefore yields each event exactly once. Storing the offset
 * apart from the events, or keeping `live` after a failed write, would lose or repeat events. */
#define LOG_MODULE "launch"
#include "base/clock.h"
#include "base/mem.h"
#include "core/launch_sql.h"
#include "core/launch_watch.h"
#include "core/lostsweep.h"
#include "core/supervisor.h"
#include "sys/fault.h"
#include "sys/log.h"

enum { BATCH_BYTES = 1 << 20, STATE_MAX = 1 << 18, SWEEP_MS = 10000 };

/* The behaviour of each mode and its successor: `patience` refusals in a row lead to `refused`. When a refused batch
 * has been stored, DERIVE_ONE follows while frames of the widest refused batch are left, and then DERIVE_WHOLE. */
static const struct {
    size_t bytes_max;
    bool is_plain, forgets_state;
    int patience;
    DeriveMode refused;
} modes[] = {
    [DERIVE_WHOLE] = {.bytes_max = BATCH_BYTES, .patience = 5, .refused = DERIVE_ONE},
    [DERIVE_ONE] = {.bytes_max = 1, .patience = 1, .refused = DERIVE_PLAIN},
    [DERIVE_PLAIN] = {.bytes_max = 1, .is_plain = true, .patience = 1, .refused = DERIVE_RESET},
    [DERIVE_RESET] = {.bytes_max = 1, .is_plain = true, .forgets_state = true, .patience = 1, .refused = DERIVE_RESET},
};

static void enter(DeriveStep *s, DeriveMode mode) {
    s->mode = mode;
    s->n_refused = 0;
}

/* True for an error of the machine or the store, not of what was derived: it may be temporary. */
static bool may_pass(const Err *e) {
    return e->code == ERR_DISK_FULL || e->code == ERR_BUSY || e->code == ERR_TIMEOUT || e->code == ERR_INTERNAL;
}

static void note_refused(DeriveStep *s) {
    s->failed_to = s->read_at;
    if (s->refused_to < s->read_at) s->refused_to = s->read_at;
    if (++s->n_refused == modes[s->mode].patience) enter(s, modes[s->mode].refused);
}

/* Frames before the faulty one are only read again, so storing them says nothing about the faulty one. */
static void note_stored(DeriveStep *s) {
    bool was_refused = s->mode != DERIVE_WHOLE || s->n_refused;
    if (was_refused && s->read_at >= s->failed_to) enter(s, s->read_at < s->refused_to ? DERIVE_ONE : DERIVE_WHOLE);
}

typedef struct Commit {
    DeriveStep *step;
    const LaunchRow *row;
    TimeUs heard_at; /* the batch's newest output of the program; 0: it has none */
    bool saw_exit;
} Commit;

static TimeUs newest_output(const LaunchBatchIn *in) {
    for (size_t i = in->n; i-- > 0;) {
        const HoldFrame *f = &in->frames[i].frame;
        if (f->channel == HOLD_STDOUT || f->channel == HOLD_STDERR) return f->at;
    }
    return 0;
}

/* What was said to be silent is not any more, and whoever shows it learns that in the same write. */
static int note_heard(const Commit *c, Tx *tx, Err *e) {
    const LaunchOwner *owner = c->step->owner;
    int64_t was_silent = 0;
    if (!c->heard_at) return 0;
    TRY(tx_run(tx, &sql_launch_end_silence, DB_ARGS(db_text(c->row->id)), &was_silent, e));
    return was_silent && owner->heard ? owner->heard(c->step->app, tx, c->row, e) : 0;
}

static int commit_tx(Tx *tx, void *arg, Err *e) {
    Commit *c = arg;
    DeriveStep *s = c->step;
    CLEANUP(buf_done) Buf state;
    buf_init(&state, STATE_MAX);
    TRY(s->owner->apply(*s->live, s->app, tx, c->row, &state, e));
    if (state.failed && modes[s->mode].forgets_state) buf_clear(&state);
    if (state.failed)
        return err_fail(e, ERR_TOO_LARGE, "the derivation state of " STR_FMT " is too large", STR_ARG(c->row->id));
    TRY(tx_run(tx, &sql_launch_set_place,
               DB_ARGS(db_text(c->row->id), db_i64(s->place.derived), db_i64(s->place.seen), db_i64(s->place.skip),
                       db_text(buf_str(&state)), db_i64(c->heard_at)),
               NULL, e));
    TRY(note_heard(c, tx, e));
    if (!c->saw_exit) return 0;
    return tx_run(tx, &sql_launch_set_ended, DB_ARGS(db_text(c->row->id), db_text(STR("exited")), db_i64(tx_now(tx))),
                  NULL, e);
}

typedef struct End {
    const LaunchEnd *end;
    const LaunchRow *row;
} End;

static int end_tx(Tx *tx, void *arg, Err *e) {
    End *x = arg;
    int64_t changed = 0;
    TRY(tx_run(
        tx, &sql_launch_set_ended,
        DB_ARGS(db_text(x->row->id), db_text(str(enum_word(&LaunchState_enum, x->end->state))), db_i64(tx_now(tx))),
        &changed, e));
    return changed ? x->end->owner->lost(x->end->app, tx, x->row, x->end->why, e) : 0;
}

int launch_record_end(const LaunchEnd *end, DbConn *db, Str launch_id, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    LaunchRow row;
    bool found = false;
    TRY(launch_find(db, launch_id, a, &row, &found, e));
    if (!found) return 0;
    End x = {end, &row};
    TRY(db_tx(end->app->db, DB_DERIVED, end_tx, &x, e));
    if (end->owner->ended) end->owner->ended(end->app, db, launch_id);
    return 0;
}

static int record_lost(DeriveStep *s, DbConn *db, Str launch_id, Err *e) {
    LostSweep swept;
    Err sweep = {0};
    bool is_done = lostsweep_run(s->dirfd, launch_id, SWEEP_MS, &swept, &sweep) >= 0;
    if (!is_done) log_err(LOG_WARN, LOG_MODULE, "sweeping after a lost hold", &sweep);
    log_warn("the hold of " STR_FMT " is gone; killed %d %s", STR_ARG(launch_id), swept.n_killed,
             str_plural(swept.n_killed, "process", "processes"));
    LaunchEnd end = {s->app, s->owner, LAUNCH_LOST, LAUNCH_LOST_WHY};
    if (!is_done)
        end.why = LAUNCH_LOST_WHY ": some of its processes may still be running: they could not be killed in time";
    else if (!swept.is_sure)
        end.why =
            LAUNCH_LOST_WHY ": a process that left its tree may still be running: there was no cgroup to contain it";
    TRY(launch_record_end(&end, db, launch_id, e));
    s->has_ended = true;
    return 0;
}

static void set_gap(LaunchBatchIn *in, Str reason, uint64_t from, uint64_t to) {
    in->gap = reason;
    in->gap_from = from;
    in->gap_to = to;
}

/* There is no whole frame at batch->next, although the hold reports a later head or is gone. If it is whole when it is
 * read again, it was being written; if the log ends there, a power loss has torn it. */
static int skip_damage(const DeriveStep *s, LaunchLog *log, LaunchBatchIn *in, uint64_t *ret_resume, Err *e) {
    uint64_t at = *ret_resume;
    TRY(launchlog_skip_damage(log, at, s->is_hold_gone ? 0 : s->head, ret_resume, e));
    if (*ret_resume == at) return 0;
    set_gap(in, STR("the log is damaged"), at, *ret_resume);
    log_warn("the log of " STR_FMT " is damaged from byte %llu to byte %llu", STR_ARG(in->launch->id),
             (unsigned long long)at, (unsigned long long)*ret_resume);
    return 0;
}

/* The exit is the log's last frame. If damage hides it, the hold still reports it. */
static void restore_exit(const DeriveStep *s, LaunchBatchIn *in, LaunchBatch *batch) {
    bool is_hidden = batch->next > s->exit_at || s->is_hold_gone;
    if (!s->exit_body.n || batch->n || batch->saw_exit || !is_hidden) return;
    HoldFrame frame = {.channel = HOLD_EXIT, .at = clock_now_us(), .bytes = s->exit_body};
    batch->frames = arena_array(in->arena, 1, sizeof *batch->frames);
    batch->frames[0] = (LaunchFrame){.offset = s->exit_at, .frame = frame};
    batch->n = 1;
    batch->saw_exit = true;
}

/* Reads the next batch; a gap in the log is reported to the owner and skipped. */
static int read_batch(DeriveStep *s, const LaunchRow *row, LaunchBatchIn *in, LaunchBatch *batch, Err *e) {
    CLEANUP(launchlog_closep) LaunchLog *log = NULL;
    TRY(launchlog_open(s->dirfd, &log, e));
    uint64_t at = (uint64_t)(*s->live ? s->read_at : row->derived);
    size_t bytes_max = modes[s->mode].bytes_max;
    TRY(launchlog_read(log, at, bytes_max, in->arena, batch, e));
    if (batch->n == 0 && batch->cond == LAUNCHLOG_GAP) {
        if (batch->resume < at)
            set_gap(in, STR("the log is shorter than the part already derived"), batch->resume, at);
        else
            set_gap(in, STR("the beginning of the log was removed"), at, batch->resume);
        TRY(launchlog_read(log, batch->resume, bytes_max, in->arena, batch, e));
    } else if (batch->n == 0 && (s->is_hold_gone || s->head > batch->next)) {
        uint64_t resume = batch->next;
        TRY(skip_damage(s, log, in, &resume, e));
        TRY(launchlog_read(log, resume, bytes_max, in->arena, batch, e));
    }
    restore_exit(s, in, batch);
    in->frames = batch->frames;
    in->n = batch->n;
    return 0;
}

static int caught_up_tx(Tx *tx, void *arg, Err *e) {
    Commit *c = arg;
    DeriveStep *s = c->step;
    TRY(tx_run(tx, &sql_launch_end_restored, DB_ARGS(db_text(c->row->id)), NULL, e));
    return s->owner->caught_up ? s->owner->caught_up(*s->live, s->app, tx, c->row, e) : 0;
}

/* After a store was put back: everything that the log showed has been derived. */
static int end_restored(DeriveStep *s, const LaunchRow *row, Err *e) {
    bool is_at_head = s->head && (uint64_t)s->read_at >= s->head;
    if (!row->restored || s->has_more || s->has_ended || !is_at_head) return 0;
    return db_tx(s->app->db, DB_DERIVED, caught_up_tx, (&(Commit){.step = s, .row = row}), e);
}

static int step(DeriveStep *s, DbConn *db, Str launch_id, Arena *a, Err *e) {
    LaunchRow row;
    bool found = false;
    TRY(launch_find(db, launch_id, a, &row, &found, e));
    if (!found || HAS(LaunchRow, &row, ended_at)) {
        s->has_ended = true;
        return 0;
    }
    if (modes[s->mode].forgets_state) row.owner_state = (Str){0};
    LaunchBatchIn in = {.app = s->app,
                        .db = db,
                        .launch = &row,
                        .arena = a,
                        .is_plain = modes[s->mode].is_plain,
                        .accepted = s->accepted,
                        .delivered = s->delivered,
                        .is_hold_gone = s->is_hold_gone};
    LaunchBatch batch = {0};
    TRY(read_batch(s, &row, &in, &batch, e));
    s->read_at = (int64_t)batch.next;
    s->place = (LaunchPlace){row.derived, row.seen, row.skip};
    if (!*s->live) TRY(s->owner->open(s->app, db, &row, s->live, e));
    if (in.n || in.gap.n) {
        TRY(s->owner->derive(*s->live, &in, &s->place, e));
        CRASH("derive.before_commit");
        Commit c = {s, &row, newest_output(&in), batch.saw_exit};
        TRY(db_tx(s->app->db, DB_DERIVED, commit_tx, &c, e));
        CRASH("derive.after_commit");
        if (s->observer) s->observer->seen(s->app, db, &in, s->observed);
        note_stored(s);
        s->has_ended = batch.saw_exit;
        if (s->has_ended && s->owner->ended) s->owner->ended(s->app, db, launch_id);
    }
    bool is_short = batch.n && (s->is_hold_gone || s->head > batch.next); /* the batch stopped at damage */
    s->has_more = batch.cond == LAUNCHLOG_MORE || batch.cond == LAUNCHLOG_GAP || is_short;
    if (s->is_hold_gone && !s->has_more && !s->has_ended) return record_lost(s, db, launch_id, e);
    return end_restored(s, &row, e);
}

void launch_derive_step(DeriveStep *s, DbConn *db, Str launch_id) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Err e = {0};
    s->has_more = s->has_ended = s->has_failed = false;
    if (step(s, db, launch_id, a, &e) >= 0) return;
    log_err(LOG_WARN, LOG_MODULE, "deriving", &e);
    s->has_failed = true;
    if (!may_pass(&e)) note_refused(s);
    /* What was derived but not stored is derived again from the stored state. */
    if (*s->live) s->owner->close(*s->live);
    *s->live = NULL;
}
