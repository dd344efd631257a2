#include "base/mem.h"
#include "change/change_in.h"

int act_open(OpCall *c, const WorktreeRef *ref, Act *ret, Err *e) {
    Worktree usable;
    ret->call = c;
    TRY(worktree_git(c, ref, &ret->w, &ret->g, e));
    TRY(worktree_get_usable(c->db, ref->worktree_id, c->arena, &usable, e));
    return run_begin(c->app, &ret->run, ret->w.id, ret->g, e);
}

void act_close(Act *a) { run_end(&a->run); }

int act_settled(const Act *a, Err *e) {
    int64_t pid = git_worktree_filler(a->g, a->w.path.p);
    if (!pid) return 0;
    return err_fail(e, ERR_BUSY, "git still works in " STR_FMT " (process %lld); try again later", STR_ARG(a->w.path),
                    (long long)pid);
}
