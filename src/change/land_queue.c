/* Queues of landings: their rows, and the operations on them. */
#include "change/land_queue.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/ulid.h"
#include "change/change_sql.h"
#include "sys/fault.h"

ENUM_DEFINE(LandRowState, LAND_ROW_STATES);
ENUM_DEFINE(LandStep, LAND_STEPS);
ENUM_DEFINE(LandQueueState, LAND_QUEUE_STATES);
SHAPE_DEFINE(LandQueueRow, LAND_QUEUE_ROW);
SHAPE_DEFINE(LandQueue, LAND_QUEUE);

#define LAND_ITEM(F, S)                                                                                            \
    F(S, ID("wt"), worktree_id, .doc = "The worktree")                                                             \
    F(S, STR, head_id, .opt = 1, .min = 4, .max_bytes = 64, .example = "4b825dc642cb6eb9a060e54bf8d69288fbee4904", \
      .doc = "Its commit as the caller sees it: the queue stops there if it has another one by then")              \
    F(S, ENUM(LandHow), how, .doc = "As land_worktree's")                                                          \
    F(S, STR, message, .opt = 1, .min = 1, .max = 20000, .example = "Fix the login", .doc = "Likewise")            \
    F(S, BOOL, ignore_checks, .opt = 1, .doc = "Likewise; the checks are then not run either")
SHAPE(LandItem, LAND_ITEM);
SHAPE_DEFINE(LandItem, LAND_ITEM);
#define LAND_QUEUE_IN(F, S) \
    IN_WORKSPACE(F, S)      \
    F(S, LIST(LandItem), worktrees, .min = 1, .max = LAND_QUEUE_MAX, .doc = "In the order in which they land")
SHAPE(LandQueueIn, LAND_QUEUE_IN);
SHAPE_DEFINE(LandQueueIn, LAND_QUEUE_IN);
#define LAND_QUEUE_FOUND(F, S) F(S, OBJ(LandQueue), queue, .opt = 1, .doc = "The newest; absent: there was none")
SHAPE(LandQueueFound, LAND_QUEUE_FOUND);
SHAPE_DEFINE(LandQueueFound, LAND_QUEUE_FOUND);

/* -- rows --------------------------------------------------------------------------------------------------------- */

static int read_rows(DbConn *db, LandQueue *q, Arena *a, Err *e) {
    q->rows = (LandQueueRowList){.items = arena_alloc(a, 1)};
    return db_all(db, &sql_change_queue_rows, DB_ARGS(db_text(q->id)), DB_INTO(LandQueueRow, a, &q->rows),
                  LAND_QUEUE_MAX, e);
}

static int newest(DbConn *db, Str workspace_id, Arena *a, LandQueue *ret, bool *ret_found, Err *e) {
    TRY(db_one(db, &sql_change_queue_newest, DB_ARGS(db_text(workspace_id)), DB_INTO(LandQueue, a, ret), ret_found, e));
    return *ret_found ? read_rows(db, ret, a, e) : 0;
}

int land_queue_get(DbConn *db, Str id, Arena *a, LandQueue *ret, Err *e) {
    bool found;
    TRY(db_one(db, &sql_change_queue_one, DB_ARGS(db_text(id)), DB_INTO(LandQueue, a, ret), &found, e));
    return found ? read_rows(db, ret, a, e) : err_fail(e, ERR_NOT_FOUND, "no queue " STR_FMT, STR_ARG(id));
}

/* As the store has it now: what others did to it, a cancel or an undo, is in it too. */
static int emit(Tx *tx, const LandQueue *q, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    LandQueue now;
    bool found;
    TRY(newest(tx_conn(tx), q->workspace_id, a, &now, &found, e));
    if (!found || !str_eq(now.id, q->id)) return 0;
    return workspace_emit(tx, q->workspace_id, "land_queue", &LandQueue_shape, &now, e);
}

int land_queue_store(Tx *tx, LandQueue *q, size_t n, Err *e) {
    TRY(tx_run_shape(tx, &sql_change_queue_row_set, &LandQueueRow_shape, &q->rows.items[n], NULL, e));
    return emit(tx, q, e);
}

int land_queue_end(Tx *tx, LandQueue *q, LandQueueState state, Err *e) {
    Str word = str(enum_word(&LandQueueState_enum, (int)state));
    TRY(tx_run(tx, &sql_change_queue_end, DB_ARGS(db_text(q->id), db_text(word), db_i64(tx_now(tx))), NULL, e));
    return emit(tx, q, e);
}

/* -- starting ------------------------------------------------------------------------------------------------------ */

typedef struct Starting {
    OpCall *call;
    const LandQueueIn *in;
    LandQueue *out;
} Starting;

/* What is known before anything is done is refused before anything is done. */
static int check_items(OpCall *c, const LandQueueIn *in, Err *e) {
    CLEANUP(map_done) Map seen = {0};
    for (size_t i = 0; i < in->worktrees.n; i++) {
        const LandItem *t = &in->worktrees.items[i];
        WorktreeRef ref = {.workspace_id = in->workspace_id, .worktree_id = t->worktree_id};
        Worktree w;
        TRY(worktree_of(c->db, &ref, c->arena, &w, e));
        if (map_find(&seen, t->worktree_id))
            return err_fail(e, ERR_INVALID, "a worktree is in the queue twice: " STR_FMT, STR_ARG(t->worktree_id));
        map_put(&seen, t->worktree_id, &seen);
        if (t->how == LAND_SQUASH && !t->message.p) return err_fail(e, ERR_INVALID, "a squash requires a message");
        if (t->message.p && memchr(t->message.p, 0, t->message.n))
            return err_fail(e, ERR_INVALID, "message contains a NUL character");
    }
    return 0;
}

static int add_rows(Tx *tx, const Starting *x, Err *e) {
    for (size_t i = 0; i < x->in->worktrees.n; i++) {
        const LandItem *t = &x->in->worktrees.items[i];
        LandQueueRow row = {.queue = x->out->id,
                            .n = (int64_t)i,
                            .worktree_id = t->worktree_id,
                            .how = t->how,
                            .state = LAND_ROW_WAITING};
        if (t->head_id.n) GIVE(LandQueueRow, &row, head_id, t->head_id);
        if (t->message.p) GIVE(LandQueueRow, &row, message, t->message);
        if (t->ignore_checks) GIVE(LandQueueRow, &row, ignore_checks, true);
        TRY(tx_run_shape(tx, &sql_change_queue_row_add, &LandQueueRow_shape, &row, NULL, e));
    }
    return 0;
}

static int start_tx(Tx *tx, void *arg, Err *e) {
    Starting *x = arg;
    OpCall *c = x->call;
    LandQueue now;
    bool found;
    TRY(newest(tx_conn(tx), x->in->workspace_id, c->arena, &now, &found, e));
    if (found && now.state == LAND_QUEUE_RUNNING)
        return err_fail(e, ERR_CONFLICT, "worktrees of this workspace are landing already: wait, or cancel them first");
    TRY(tx_run(tx, &sql_change_queue_forget, DB_ARGS(db_text(x->in->workspace_id)), NULL, e));
    TRY(tx_run(tx, &sql_change_queue_add,
               DB_ARGS(db_text(x->out->id), db_text(x->in->workspace_id), db_text(str(c->who->id)),
                       db_i64((int64_t)c->who->role), db_i64(tx_now(tx))),
               NULL, e));
    TRY(add_rows(tx, x, e));
    TRY(newest(tx_conn(tx), x->in->workspace_id, c->arena, x->out, &found, e));
    return workspace_emit(tx, x->in->workspace_id, "land_queue", &LandQueue_shape, x->out, e);
}

static int land_worktrees(OpCall *c, const void *in, void *out, Err *e) {
    Id id = id_new("lnq");
    Starting x = {.call = c, .in = in, .out = out};
    x.out->id = arena_str(c->arena, id_str(&id));
    TRY(check_items(c, in, e));
    TRY(op_tx(c, start_tx, &x, out, e));
    CRASH("queue.stored");
    land_drive_start(c->app->landings, out);
    return 0;
}

/* -- reading, cancelling ------------------------------------------------------------------------------------------- */

static int get_land_queue(OpCall *c, const void *in_, void *out_, Err *e) {
    const WorkspaceRef *in = in_;
    LandQueueFound *out = out_;
    LandQueue *q = arena_new_in(c->arena, LandQueue);
    Workspace w;
    bool found;
    TRY(workspace_get(c->app, c->db, in->workspace_id, c->arena, &w, e));
    TRY(op_cursor(c, topic_of(c->arena, "workspace", in->workspace_id), e));
    TRY(newest(c->db, in->workspace_id, c->arena, q, &found, e));
    if (found) GIVE(LandQueueFound, out, queue, q);
    return 0;
}

typedef struct Cancelling {
    OpCall *call;
    Str workspace_id;
    LandQueue *out;
} Cancelling;

static int cancel_tx(Tx *tx, void *arg, Err *e) {
    Cancelling *x = arg;
    bool found;
    TRY(newest(tx_conn(tx), x->workspace_id, x->call->arena, x->out, &found, e));
    if (!found) return err_fail(e, ERR_CONFLICT, "nothing has been put in a queue to land here");
    if (x->out->state != LAND_QUEUE_RUNNING) return 0;
    TRY(tx_run(tx, &sql_change_queue_cancel, DB_ARGS(db_text(x->out->id)), NULL, e));
    GIVE(LandQueue, x->out, is_cancelled, true);
    return workspace_emit(tx, x->workspace_id, "land_queue", &LandQueue_shape, x->out, e);
}

static int cancel_land_queue(OpCall *c, const void *in, void *out, Err *e) {
    Cancelling x = {.call = c, .workspace_id = ((const WorkspaceRef *)in)->workspace_id, .out = out};
    Workspace w;
    TRY(workspace_get(c->app, c->db, x.workspace_id, c->arena, &w, e));
    TRY(op_tx(c, cancel_tx, &x, out, e));
    land_drive_cancel(c->app->landings, x.out->id);
    for (size_t i = 0; i < x.out->rows.n; i++)
        if (x.out->rows.items[i].state == LAND_ROW_RUNNING)
            (void)runs_cancel(c->app, x.out->rows.items[i].worktree_id, x.out->id);
    return 0;
}

#define QUEUE "/api/workspaces/{workspaceId}/land-queue"

const Op land_queue_ops[] = {
    {"land_worktrees", "POST " QUEUE, "landing start", OP_RUN(land_worktrees, LandQueueIn, LandQueue), .status = 202,
     .role = ROLE_MEMBER, .where = ON_WORKER, .flags = OP_WRITES | OP_AUDITED,
     .doc = "Lands worktrees one after the other: of each, merges the base branch in, runs the checks that have not "
            "passed on what it then has, and lands it. The first that does not land ends the queue and says why. It "
            "goes on without the caller, and over a restart."},
    {"get_land_queue", "GET " QUEUE, "landing show", OP_RUN(get_land_queue, WorkspaceRef, LandQueueFound),
     .role = ROLE_VIEWER, .where = ON_WORKER,
     .doc = "Returns what land_worktrees started last in a workspace: how far it is, or where it stopped and why."},
    {"cancel_land_queue", "POST " QUEUE "/cancel", "landing cancel", OP_RUN(cancel_land_queue, WorkspaceRef, LandQueue),
     .role = ROLE_MEMBER, .where = ON_WORKER, .flags = OP_WRITES | OP_AUDITED,
     .doc = "Ends the queue that is landing: the step that runs is ended where git can be ended, and no other begins. "
            "What has landed stays; undo_merge takes it back. One that has ended stays as it is."},
    {0},
};
