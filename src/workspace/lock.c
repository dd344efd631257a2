/* Removing a lock that a git left behind. The effect is one rename into muster/removed, whose place the intent names: after a
 * crash the lock is either there or where it was. */
#include "base/mem.h"
#include "core/stream.h"
#include "git/left_lock.h"
#include "git/removed.h"
#include "sys/fault.h"
#include "sys/file.h"
#include "workspace/workspace_in.h"

SHAPE_DEFINE(LockRemove, LOCK_REMOVE);
SHAPE_DEFINE(LockRemoved, LOCK_REMOVED);

enum { STATE_MAX = 64 << 10 };

/* The lock is found before the salvage, so that a refused call leaves none, and again after it, which takes a while. */
static int move_away(OpCall *c, Git *g, const Git *common, LockRemoved *out, Err *e) {
    CLEANUP(buf_done) Buf b;
    Str intent, path;
    buf_init(&b, STATE_MAX);
    JsonOut o = json_out(&b);
    shape_encode(&LockRemoved_shape, out, &o);
    TRY(op_intent_begin(c, arena_str(c->arena, buf_str(&b)), NULL, NULL, &intent, e));
    CRASH("lock.intended");
    int r = left_lock_check(g, out->path, &path, e);
    if (r >= 0) r = removed_move(common, out->path, out->kept, e);
    if (r < 0) {
        (void)op_intent_abandon(c, intent, &(Err){0}); /* the next start sees that nothing was moved */
        return r;
    }
    CRASH("lock.moved");
    return op_intent_close(c, intent, NULL, NULL, out, e);
}

int lock_remove(OpCall *c, const LockRemove *in, LockRemoved *out, Err *e) {
    Worktree w;
    Workspace of;
    Git *g, *common;
    WorktreeRef ref = {.workspace_id = in->workspace_id, .worktree_id = in->worktree_id};
    WorktreeSalvage how = {.act = "remove_lock", .may_leave = in->accept_unsaved};
    TRY(worktree_git(c, &ref, &w, &g, e));
    TRY(workspace_get(c->app, c->db, in->workspace_id, c->arena, &of, e));
    TRY(workspace_git(c, &of, &common, e));
    TRY(left_lock_check(g, in->path, &out->path, e));
    out->salvage = arena_new_in(c->arena, GitSalvage);
    TRY(worktree_salvage(c, &w, g, &how, out->salvage, e));
    TRY(removed_place(common, out->path, out->salvage->id, &out->kept, e));
    return move_away(c, g, common, out, e);
}

int lock_remove_recover(OpCall *c, const OpIntent *i, Err *e) {
    Json *state;
    LockRemoved out = {0};
    TRY(json_parse(c->arena, i->state, JSON_DEPTH_REQUEST, &state, e));
    TRY(shape_decode(&LockRemoved_shape, state, c->arena, &out, e));
    struct stat st;
    if (lstat(out.kept.p, &st) < 0) return op_intent_abandon(c, i->id, e);
    return op_intent_close(c, i->id, NULL, NULL, &out, e);
}
