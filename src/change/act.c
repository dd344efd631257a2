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

int act_salvage(const Act *a, const WorktreeSalvage *how, Err *e) {
    enum { TRIES = 3 };
    for (int i = 0; i < TRIES; i++) {
        GitStatus before, after;
        TRY(git_status(a->g, &before, e));
        TRY(worktree_salvage(a->call, &a->w, a->g, how, &(GitSalvage){0}, e));
        TRY(git_status(a->g, &after, e));
        if (str_eq(before.content_id, after.content_id)) return 0;
    }
    return err_fail(e, ERR_CONFLICT,
                    "files change while they are saved: stop what writes them first; nothing was changed");
}

int act_settled(const Act *a, Err *e) {
    int64_t pid = git_worktree_filler(a->g, a->w.path.p);
    if (!pid) return 0;
    return err_fail(e, ERR_BUSY, "git still works in " STR_FMT " (process %lld); try again later", STR_ARG(a->w.path),
                    (long long)pid);
}
