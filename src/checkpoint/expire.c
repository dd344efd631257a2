/* Retention: rows go first, then this store's refs that none names any more. A ref that a crash leaves behind, or that a
 * store restored from a backup does not know, goes once it is older than what is kept. */
#define LOG_MODULE "checkpoint"
#include "base/map.h"
#include "base/mem.h"
#include "checkpoint/checkpoint_in.h"
#include "checkpoint/checkpoint_sql.h"
#include "sys/log.h"

enum { STEPS_MAX = 1000 /* a step of housekeeping ends; the next hour goes on */ };

static int remove_tx(Tx *tx, void *arg, Err *e) {
    const CheckpointList *l = arg;
    for (size_t i = 0; i < l->n; i++)
        TRY(tx_run(tx, &sql_checkpoint_remove, DB_ARGS(db_i64(l->items[i].number)), NULL, e));
    return 0;
}

static int drop_unused(DbConn *db, const Git *g, const CheckpointRef *c, Err *e) {
    int64_t uses;
    TRY(db_scalar(db, &sql_checkpoint_ref_uses, DB_ARGS(db_text(c->ref)), 0, &uses, e));
    return uses ? 0 : checkpoint_drop(g, c, e);
}

int checkpoints_forget(App *app, DbConn *db, const Git *g, const CheckpointList *l, Err *e) {
    if (!l->n) return 0;
    TRY(db_tx(app->db, DB_DERIVED, remove_tx, (void *)l, e));
    for (size_t i = 0; i < l->n; i++) {
        const Checkpoint *c = &l->items[i];
        if (c->ref.p) TRY(drop_unused(db, g, &(CheckpointRef){c->ref, c->commit_id}, e));
    }
    return 0;
}

/* Rows of repositories that are not open stay: their refs could not be deleted. */
static int forget_old(App *app, DbConn *db, TimeUs older_than, Err *e) {
    for (int i = 0; i < STEPS_MAX; i++) {
        CheckpointList old = {0};
        CLEANUP(arena_freep) Arena *a = arena_new();
        old.items = arena_alloc(a, 1);
        TRY(db_all(db, &sql_checkpoint_over_age, DB_ARGS(db_i64(older_than), db_i64(CHECKPOINT_BATCH)),
                   DB_INTO(Checkpoint, a, &old), CHECKPOINT_BATCH, e));
        if (!old.n) return 0;
        TRY(db_tx(app->db, DB_DERIVED, remove_tx, &old, e));
    }
    return 0;
}

typedef struct Store {
    Arena *arena;
    Str id;
} Store;

static bool on_store(void *arg, DbRow *r) {
    Store *s = arg;
    s->id = arena_str(s->arena, db_col_text(r, 0));
    return false;
}

int checkpoint_store(DbConn *db, Arena *a, Str *ret, Err *e) {
    Store s = {.arena = a};
    TRY(db_each(db, &sql_checkpoint_store, DB_NONE, on_store, &s, e));
    *ret = s.id;
    return s.id.n ? 0 : err_fail(e, ERR_INTERNAL, "the store has no name for its checkpoints");
}

static int drop_old_refs(DbConn *db, const Git *g, TimeUs older_than, Err *e) {
    CheckpointRefs refs = {0};
    Str store;
    TRY(checkpoint_store(db, g->arena, &store, e));
    int r = checkpoint_list_older(g, store, older_than, &refs, e);
    for (size_t i = 0; r >= 0 && i < refs.n; i++) r = drop_unused(db, g, &refs.items[i], e);
    vec_done(&refs);
    return r;
}

/* A repository that cannot be read keeps everything, and does not stop the others. */
int checkpoints_expire(App *app, DbConn *db, TimeUs older_than, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    WorkspaceList all = {0};
    int r = 0;
    TRY(forget_old(app, db, older_than, e));
    TRY(workspace_list(db, (Str){0}, a, &all, e));
    for (size_t i = 0; i < all.n; i++) {
        Git *g;
        int one = git_open(a, arena_cstr(a, all.items[i].common_dir), &g, e);
        if (one >= 0) one = drop_old_refs(db, g, older_than, e);
        r = one < 0 ? one : r;
    }
    return r;
}
