/* The branch that a workspace's worktrees land on: what a person set, else what the repository suggests. */
#include "base/mem.h"
#include "change/change_in.h"
#include "change/change_sql.h"
#include "core/stream.h"

SHAPE_DEFINE(BaseBranch, BASE_BRANCH);
SHAPE_DEFINE(BaseBranchSet, BASE_BRANCH_SET);

static int exists(const Git *g, Str branch, bool *ret, Err *e) {
    Str oid;
    TRY(git_branch_find(g, branch, &oid, e));
    *ret = oid.p != NULL;
    return 0;
}

static bool on_branch(void *arg, DbRow *r) {
    BaseBranch *b = ((void **)arg)[0];
    GIVE(BaseBranch, b, branch, arena_str(((void **)arg)[1], db_col_text(r, 0)));
    return false;
}

/* In this order: the default branch of origin, main, master, and what the main worktree has checked out. */
static int suggested(OpCall *c, const Git *g, BaseBranch *ret, Err *e) {
    GitOut o;
    GitWorktreeList l;
    Str names[4] = {{0}, STR("main"), STR("master"), {0}}, remote = STR("refs/remotes/origin/");
    const char *const *args = GIT_ARGS("symbolic-ref", "--quiet", "refs/remotes/origin/HEAD");
    TRY(git_quiet(g, &(GitCall){.args = args, .any_exit = true}, &o, e));
    Str origin = str_trim(o.out);
    if (o.exit_code == 0 && str_starts(origin, remote)) names[0] = str_from(origin, remote.n);
    TRY(git_worktrees(g, &l, e));
    if (l.n && l.items[0].branch.p) names[3] = git_short_branch(l.items[0].branch);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        bool found = false;
        if (names[i].n) TRY(exists(g, names[i], &found, e));
        if (!found) continue;
        GIVE(BaseBranch, ret, branch, arena_str(c->arena, names[i]));
        return 0;
    }
    return 0;
}

int base_branch(OpCall *c, const Git *g, Str workspace_id, BaseBranch *ret, Err *e) {
    *ret = (BaseBranch){0};
    void *arg[] = {ret, c->arena};
    TRY(db_each(c->db, &sql_change_base_of, DB_ARGS(db_text(workspace_id)), on_branch, arg, e));
    ret->is_default = !ret->branch.p;
    return ret->is_default ? suggested(c, g, ret, e) : 0;
}

int base_ref(OpCall *c, const Git *g, Str workspace_id, Str *ret, Err *e) {
    BaseBranch b;
    TRY(base_branch(c, g, workspace_id, &b, e));
    *ret = b.branch.p ? arena_fmt(c->arena, "refs/heads/" STR_FMT, STR_ARG(b.branch)) : STR("");
    return 0;
}

typedef struct Setting {
    const BaseBranchSet *in;
    BaseBranch *out;
} Setting;

static int set_tx(Tx *tx, void *arg, Err *e) {
    const Setting *x = arg;
    const BaseBranchSet *in = x->in;
    if (in->branch.p)
        TRY(tx_run(tx, &sql_change_base_set, DB_ARGS(db_text(in->workspace_id), db_text(in->branch)), NULL, e));
    else
        TRY(tx_run(tx, &sql_change_base_unset, DB_ARGS(db_text(in->workspace_id)), NULL, e));
    return workspace_emit(tx, in->workspace_id, "base_changed", &BaseBranch_shape, x->out, e);
}

int base_set(OpCall *c, const BaseBranchSet *in, BaseBranch *out, Err *e) {
    Workspace w;
    Git *g;
    bool found = true;
    TRY(workspace_get(c->app, c->db, in->workspace_id, c->arena, &w, e));
    TRY(workspace_git(c, &w, &g, e));
    if (in->branch.p && memchr(in->branch.p, 0, in->branch.n))
        return err_fail(e, ERR_INVALID, "branch contains a NUL character");
    if (in->branch.p) TRY(exists(g, in->branch, &found, e));
    if (!found) {
        int r = err_fail(e, ERR_NOT_FOUND, "there is no local branch " STR_FMT, STR_ARG(in->branch));
        err_detail(e, "branch", "does not exist");
        return r;
    }
    *out = (BaseBranch){.is_default = !in->branch.p};
    if (in->branch.p) GIVE(BaseBranch, out, branch, in->branch);
    if (out->is_default) TRY(suggested(c, g, out, e));
    return op_tx(c, set_tx, &(Setting){in, out}, out, e);
}
