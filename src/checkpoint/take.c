/* Taking what is due in one worktree. Worker thread. */
#define LOG_MODULE "checkpoint"
#include <poll.h>

#include "base/mem.h"
#include "base/text_cut.h"
#include "checkpoint/checkpoint_in.h"
#include "checkpoint/checkpoint_sql.h"
#include "core/setting.h"
#include "sys/log.h"

enum { WHY_MAX = 1000, LOCK_MS = 1000 /* then others get the thread */ };

typedef struct Take {
    TakeJob *job;
    DbConn *db;
    CheckpointList due;
    Git *g;
    TimeUs seen_at;
    Checkpointed made;
    Str why; /* {NULL,0}: taken */
} Take;

/* -- storing ------------------------------------------------------------------------------------------------- */

static bool waits(const Checkpoint *c) { return c->kind == MARK_TURN_END || c->kind == MARK_BEFORE_TOOL; }

/* A call that ended after it may have changed what is read only now. Nothing changes files between a turn's end and the
 * next one's first call, nor between the last call and the turn's end. */
static bool is_late(const Take *x, size_t at) {
    bool was_before = x->due.items[at].kind == MARK_TURN_START || x->due.items[at].kind == MARK_BEFORE_TOOL;
    for (size_t i = at + 1; i < x->due.n; i++) {
        WorkMarkKind kind = x->due.items[i].kind;
        if (kind == MARK_AFTER_TOOL || (kind == MARK_TURN_END && was_before)) return true;
    }
    return false;
}

static void fill_taken(const Take *x, size_t at, bool is_still, Checkpoint *c) {
    c->state = CHECKPOINT_TAKEN;
    c->is_late = is_late(x, at);
    c->is_exact = is_still && at + 1 == x->due.n && waits(c);
    GIVE(Checkpoint, c, ref, x->made.kept.ref);
    GIVE(Checkpoint, c, commit_id, x->made.kept.commit);
    GIVE(Checkpoint, c, tree, x->made.tree);
    GIVE(Checkpoint, c, left_out, x->made.left_out);
    if (x->made.head.p) GIVE(Checkpoint, c, head, x->made.head);
    if (x->made.files_changed >= 0) GIVE(Checkpoint, c, files_changed, x->made.files_changed);
}

static int store_tx(Tx *tx, void *arg, Err *e) {
    Take *x = arg;
    int64_t moving;
    const Checkpoint *newest = &x->due.items[x->due.n - 1];
    DbArgs at = DB_ARGS(db_text(x->job->worktree_id), db_i64(newest->number));
    TRY(db_scalar(tx_conn(tx), &sql_checkpoint_moving, at, 1, &moving, e));
    for (size_t i = 0; i < x->due.n; i++) {
        Checkpoint c = x->due.items[i];
        GIVE(Checkpoint, &c, seen_at, x->seen_at);
        if (x->why.p) {
            c.state = CHECKPOINT_FAILED;
            GIVE(Checkpoint, &c, error, x->why);
        } else {
            fill_taken(x, i, moving == 0, &c);
        }
        TRY(tx_run_shape(tx, &sql_checkpoint_set, &Checkpoint_shape, &c, NULL, e));
        TRY(checkpoint_emit(tx, &c, e));
    }
    return 0;
}

/* -- taking -------------------------------------------------------------------------------------------------- */

static int take(Take *x, Err *e) {
    TakeJob *j = x->job;
    Worktree w;
    Checkpoint last = {0};
    bool found;
    Str store;
    const Checkpoint *newest = &x->due.items[x->due.n - 1];
    TRY(checkpoint_store(x->db, j->arena, &store, e));
    TRY(worktree_get(x->db, j->worktree_id, j->arena, &w, e));
    TRY(git_open(j->arena, w.path.p, &x->g, e));
    x->g->cancel_fd = j->cancel_fd;
    TRY(db_one(x->db, &sql_checkpoint_newest, DB_ARGS(db_text(w.id)), DB_INTO(Checkpoint, j->arena, &last), &found, e));
    CheckpointAsk ask = {.shot = worktree_shot(j->app, j->arena, w.id),
                         .ref = arena_fmt(j->arena, STR_FMT "/" STR_FMT "/" STR_FMT, STR_ARG(store),
                                          STR_ARG(newest->agent_id), STR_ARG(str_from(newest->id, sizeof "ckp_" - 1)))
                                    .p,
                         .last = {last.ref, last.commit_id}};
    ask.shot.timeout_ms = CHECKPOINT_TIMEOUT_MS;
    ask.shot.lock_ms = LOCK_MS;
    return checkpoint_take(x->g, &ask, &x->made, e);
}

static bool is_cancelled(const TakeJob *j) {
    struct pollfd p = {.fd = j->cancel_fd, .events = POLLIN};
    return poll(&p, 1, 0) > 0;
}

/* Above the number that is kept. */
static int shrink(Take *x, Err *e) {
    CheckpointList over = {.items = arena_alloc(x->job->arena, 1)};
    int64_t kept = setting_i64(x->job->app->settings, SET_RETENTION_CHECKPOINTS);
    DbArgs args = DB_ARGS(db_text(x->job->worktree_id), db_i64(kept), db_i64(CHECKPOINT_BATCH));
    TRY(db_all(x->db, &sql_checkpoint_over_count, args, DB_INTO(Checkpoint, x->job->arena, &over), CHECKPOINT_BATCH,
               e));
    return x->g ? checkpoints_forget(x->job->app, x->db, x->g, &over, e) : 0;
}

static int look(Take *x, Err *e) {
    TakeJob *j = x->job;
    x->due.items = arena_alloc(j->arena, 1);
    DbArgs args = DB_ARGS(db_text(j->worktree_id), db_i64(CHECKPOINT_BATCH));
    TRY(db_all(x->db, &sql_checkpoint_due_of, args, DB_INTO(Checkpoint, j->arena, &x->due), CHECKPOINT_BATCH, e));
    if (!x->due.n) return 0;
    j->is_again = x->due.n == CHECKPOINT_BATCH;
    x->seen_at = clock_now_us();
    Err why = {0};
    int r = take(x, &why);
    if (r < 0 && is_cancelled(j)) return 0;
    if (r < 0) log_err(LOG_WARN, LOG_MODULE, "taking a checkpoint", &why);
    j->is_stuck = r == -ERR_TIMEOUT;
    j->is_kept = r == -ERR_BUSY || (j->is_stuck && !j->was_stuck);
    if (j->is_kept) return 0;
    if (r < 0) x->why = arena_str(j->arena, text_cut(str(why.text), WHY_MAX));
    TRY(db_tx(j->app->db, DB_DERIVED, store_tx, x, e));
    return r < 0 ? 0 : shrink(x, e);
}

void take_job_look(TakeJob *j, DbConn *db) {
    Take x = {.job = j, .db = db};
    Err e = {0};
    if (look(&x, &e) >= 0) return;
    j->is_kept = true;
    log_err(LOG_WARN, LOG_MODULE, "storing a checkpoint", &e);
}
