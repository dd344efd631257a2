#include "base/mem.h"
#include "change/change_in.h"
#include "git/mark.h"

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

void act_mark(const Act *a, Str intent) { git_mark(a->g, intent); }

int act_await_end(Str intent, Err *e) {
    enum { WAIT_MS = 10 * 60 * 1000 }; /* as long as the call itself could have waited for its git */
    int64_t pid = git_marked_wait(intent, WAIT_MS);
    return pid ? err_fail(e, ERR_BUSY, "the git that was started for it still runs (process %lld)", (long long)pid) : 0;
}

int act_recover(OpCall *c, const WorktreeRef *ref, Str intent, Act *ret, bool *ret_is_gone, Err *e) {
    *ret = (Act){.call = c, .run.cancel_fd = -1};
    *ret_is_gone = false;
    TRY(act_await_end(intent, e));
    int r = worktree_git(c, ref, &ret->w, &ret->g, e);
    *ret_is_gone = r == -ERR_NOT_FOUND;
    return *ret_is_gone ? 0 : r;
}
