/* Restoring a checkpoint has effects outside the store: every step of it can be repeated, so after a crash it is done
 * again. */
#include "base/mem.h"
#include "checkpoint/checkpoint_in.h"
#include "sys/fault.h"

SHAPE_DEFINE(CheckpointRestoreIn, CHECKPOINT_RESTORE_IN);
SHAPE_DEFINE(CheckpointRestored, CHECKPOINT_RESTORED);

typedef struct Restoring {
    OpCall *call;
    const CheckpointRestoreIn *in;
    Worktree w;
    Git *g;
    Str intent;
    CheckpointRestored *out;
} Restoring;

static int open_all(Restoring *x, Err *e) {
    OpCall *c = x->call;
    WorktreeRef ref = {.workspace_id = x->in->workspace_id, .worktree_id = x->in->worktree_id};
    x->out->checkpoint = arena_new_in(c->arena, Checkpoint);
    x->out->before = arena_new_in(c->arena, GitSalvage);
    TRY(worktree_git(c, &ref, &x->w, &x->g, e));
    return checkpoint_get_taken(c->db, &ref, x->in->checkpoint_id, c->arena, x->out->checkpoint, e);
}

static int may_rewrite_tx(Tx *tx, void *arg, Err *e) {
    Restoring *x = arg;
    Worktree usable;
    TRY(worktree_get_usable(tx_conn(tx), x->w.id, x->call->arena, &usable, e));
    return hook_run_worktree_rewriting(x->call->app, tx, &(WorktreeGone){x->w.id, x->w.workspace_id}, e);
}

static int restore(Restoring *x, Err *e) {
    OpCall *c = x->call;
    SalvageAsk ask = {.shot = worktree_shot(c->app, c->arena, x->w.id),
                      .act = "restore_checkpoint",
                      .may_leave = x->in->accept_unsaved};
    CheckpointRestore r = {.commit = x->out->checkpoint->commit_id, .paths = x->in->paths};
    TRY(checkpoint_restore(x->g, &ask, &r, x->out->before, e));
    if (r.note.p) GIVE(CheckpointRestored, x->out, note, r.note);
    CRASH("checkpoint.restored");
    TRY(op_intent_close(c, x->intent, NULL, NULL, x->out, e));
    CRASH("checkpoint.stored");
    return 0;
}

int checkpoint_put_back(OpCall *c, const CheckpointRestoreIn *in, CheckpointRestored *out, Err *e) {
    Restoring x = {.call = c, .in = in, .out = out};
    TRY(open_all(&x, e));
    for (size_t i = 0; i < in->paths.n; i++)
        if (!in->paths.items[i].n) return err_fail(e, ERR_INVALID, "an entry of paths is empty");
    TRY(op_intent_begin(c, STR("{}"), may_rewrite_tx, &x, &x.intent, e));
    CRASH("checkpoint.intended");
    int r = restore(&x, e);
    Err late = {0}; /* what was replaced is in the salvage that was made first */
    if (r < 0 && op_intent_abandon(c, x.intent, &late) < 0) return r;
    return r;
}

int checkpoint_put_back_recover(OpCall *c, const OpIntent *i, Err *e) {
    Json *input;
    CheckpointRestoreIn in;
    CheckpointRestored out = {0};
    Restoring x = {.call = c, .in = &in, .intent = i->id, .out = &out};
    TRY(json_parse(c->arena, i->input, JSON_DEPTH_REQUEST, &input, e));
    TRY(shape_decode(&CheckpointRestoreIn_shape, input, c->arena, &in, e));
    int r = open_all(&x, e);
    if (r == -ERR_NOT_FOUND || r == -ERR_CONFLICT) return op_intent_abandon(c, i->id, e); /* one of them is gone */
    if (r >= 0) r = restore(&x, e);
    return r == -ERR_CONFLICT || r == -ERR_NOT_FOUND ? op_intent_abandon(c, i->id, e) : r;
}
