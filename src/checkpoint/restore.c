/* Restoring a checkpoint has effects outside the store: every step of it can be repeated, so after a crash it is done
 * again, if nothing else has changed since. */
#include "base/mem.h"
#include "checkpoint/checkpoint_in.h"
#include "sys/fault.h"
#include "workspace/rewrite.h"

SHAPE_DEFINE(CheckpointRestoreIn, CHECKPOINT_RESTORE_IN);
SHAPE_DEFINE(CheckpointRestored, CHECKPOINT_RESTORED);

typedef struct Restoring {
    OpCall *call;
    const CheckpointRestoreIn *in;
    Worktree w;
    Git *g;
    Rewrite rewrite;
    SalvageOnce once;
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

static int restore(Restoring *x, Err *e) {
    OpCall *c = x->call;
    SalvageAsk ask = {.shot = worktree_shot(c->app, c->arena, x->w.id),
                      .act = "restore_checkpoint",
                      .may_leave = x->in->accept_unsaved};
    CheckpointRestore r = {.commit = x->out->checkpoint->commit_id, .paths = x->in->paths, .once = x->once};
    TRY(checkpoint_restore(x->g, &ask, &r, x->out->before, e));
    if (r.note.p) GIVE(CheckpointRestored, x->out, note, r.note);
    CRASH("checkpoint.restored");
    TRY(op_intent_close(c, x->rewrite.intent, NULL, NULL, x->out, e));
    CRASH("checkpoint.stored");
    return 0;
}

int checkpoint_put_back(OpCall *c, const CheckpointRestoreIn *in, CheckpointRestored *out, Err *e) {
    Restoring x = {.call = c, .in = in, .out = out};
    TRY(open_all(&x, e));
    for (size_t i = 0; i < in->paths.n; i++)
        if (!in->paths.items[i].n) return err_fail(e, ERR_INVALID, "an entry of paths is empty");
    x.rewrite = (Rewrite){.call = c, .w = &x.w};
    TRY(op_intent_begin(c, STR("{}"), rewrite_check_tx, &x.rewrite, &x.rewrite.intent, e));
    CRASH("checkpoint.intended");
    x.once = rewrite_first(&x.rewrite, x.g);
    int r = restore(&x, e);
    Err late = {0}; /* what was replaced is in the salvage that was made first */
    if (r < 0 && op_intent_abandon(c, x.rewrite.intent, &late) < 0) return r;
    return r;
}

static int restore_again(Restoring *x, Str state, Err *e) {
    TRY(open_all(x, e));
    TRY(rewrite_again(&x->rewrite, x->g, state, &x->once, e));
    return restore(x, e);
}

int checkpoint_put_back_recover(OpCall *c, const OpIntent *i, Err *e) {
    Json *input;
    CheckpointRestoreIn in;
    CheckpointRestored out = {0};
    Restoring x = {.call = c, .in = &in, .out = &out};
    x.rewrite = (Rewrite){.call = c, .w = &x.w, .intent = i->id};
    if (!rewrite_has_begun(c, i)) return op_intent_abandon(c, i->id, e);
    TRY(json_parse(c->arena, i->input, JSON_DEPTH_REQUEST, &input, e));
    TRY(shape_decode(&CheckpointRestoreIn_shape, input, c->arena, &in, e));
    int r = restore_again(&x, i->state, e);
    return r == -ERR_CONFLICT || r == -ERR_NOT_FOUND ? rewrite_give_up(c, i, e) : r;
}
