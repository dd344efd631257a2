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
    RewriteRestore restore;
    CheckpointRestored *out;
} Restoring;

static int open_all(void *arg, Err *e) {
    Restoring *x = arg;
    OpCall *c = x->call;
    WorktreeRef ref = {.workspace_id = x->in->workspace_id, .worktree_id = x->in->worktree_id};
    x->out->checkpoint = arena_new_in(c->arena, Checkpoint);
    x->out->before = arena_new_in(c->arena, GitSalvage);
    TRY(worktree_git(c, &ref, &x->w, &x->restore.g, e));
    return checkpoint_get_taken(c->db, &ref, x->in->checkpoint_id, c->arena, x->out->checkpoint, e);
}

static int restore(void *arg, Err *e) {
    Restoring *x = arg;
    OpCall *c = x->call;
    SalvageAsk ask = {.shot = worktree_shot(c->app, c->arena, x->w.id),
                      .act = "restore_checkpoint",
                      .may_leave = x->in->accept_unsaved};
    CheckpointRestore r = {.commit = x->out->checkpoint->commit_id, .paths = x->in->paths, .once = x->restore.once};
    TRY(checkpoint_restore(x->restore.g, &ask, &r, x->out->before, e));
    if (r.note.p) GIVE(CheckpointRestored, x->out, note, r.note);
    CRASH("checkpoint.restored");
    TRY(op_intent_close(c, x->restore.rewrite.intent, NULL, NULL, x->out, e));
    CRASH("checkpoint.stored");
    return 0;
}

static void begin(Restoring *x, OpCall *c) {
    x->call = c;
    x->restore = (RewriteRestore){.rewrite = {.call = c, .w = &x->w},
                                  .find = open_all,
                                  .run = restore,
                                  .x = x,
                                  .intended = "checkpoint.intended"};
}

int checkpoint_put_back(OpCall *c, const CheckpointRestoreIn *in, CheckpointRestored *out, Err *e) {
    Restoring x = {.in = in, .out = out};
    begin(&x, c);
    return rewrite_restore(&x.restore, &in->paths, e);
}

int checkpoint_put_back_recover(OpCall *c, const OpIntent *i, Err *e) {
    CheckpointRestoreIn in;
    CheckpointRestored out = {0};
    Restoring x = {.in = &in, .out = &out};
    begin(&x, c);
    return rewrite_restore_recover(&x.restore, i, &in, e);
}
