/* The branch that a workspace's worktrees land on: what a person set, else what the repository suggests. */
#include "workspace/base.h"

#include <string.h>

#include "base/mem.h"
#include "core/stream.h"
#include "workspace/workspace_in.h"
#include "workspace/workspace_sql.h"

SHAPE_DEFINE(BaseBranch, BASE_BRANCH);
SHAPE_DEFINE(BaseBranchSet, BASE_BRANCH_SET);

static int exists(const Git *g, Str branch, bool *ret, Err *e) {
    Str oid;
    TRY(git_branch_find(g, branch, &oid, e));
    *ret = oid.p != NULL;
    return 0;
}

static bool on_branch(void *arg, DbRow *r) {
    *(Str *)((void **)arg)[0] = arena_str(((void **)arg)[1], db_col_text(r, 0));
    return false;
}

/* In this order: the default branch of origin, main, master, and what the main worktree has checked out. */
static int suggested(const Git *g, BaseBranch *ret, Err *e) {
    GitOut o;
    GitWorktreeList l;
    Str names[3] = {{0}}, line, heads = STR("refs/heads/"), remote = STR("refs/remotes/origin/");
    bool found[3] = {0};
    const char *const *args = GIT_ARGS("for-each-ref", "--format=%(refname) %(symref)", "refs/remotes/origin/HEAD",
                                       "refs/heads/main", "refs/heads/master");
    TRY(git_quiet(g, &(GitCall){.args = args}, &o, e));
    for (Str rest = o.out; str_split(&rest, '\n', &line) && line.n;) {
        Str ref = line, target, at;
        if (!str_split(&ref, ' ', &at)) continue;
        target = ref;
        if (str_starts(target, remote)) names[0] = str_from(target, remote.n);
        if (!str_starts(at, heads)) continue;
        size_t k = str_is(at, "refs/heads/main") ? 1 : 2;
        names[k] = str_from(at, heads.n);
        found[k] = true;
    }
    if (names[0].n) TRY(exists(g, names[0], &found[0], e));
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (!found[i]) continue;
        GIVE(BaseBranch, ret, branch, arena_str(g->arena, names[i]));
        return 0;
    }
    TRY(git_worktrees(g, &l, e));
    Str last = l.n && l.items[0].branch.p ? git_short_branch(l.items[0].branch) : (Str){0};
    bool is_there = false;
    if (last.n) TRY(exists(g, last, &is_there, e));
    if (is_there) GIVE(BaseBranch, ret, branch, arena_str(g->arena, last));
    return 0;
}

int base_find(const Git *g, Str set, BaseBranch *ret, Err *e) {
    *ret = (BaseBranch){.is_default = !set.n};
    if (set.n) GIVE(BaseBranch, ret, branch, set);
    return ret->is_default ? suggested(g, ret, e) : 0;
}

int base_branch(DbConn *db, const Git *g, Str workspace_id, BaseBranch *ret, Err *e) {
    Str set = {0};
    TRY(db_each(db, &sql_workspace_base_of, DB_ARGS(db_text(workspace_id)), on_branch, (void *[]){&set, g->arena}, e));
    return base_find(g, set, ret, e);
}

int base_ref(DbConn *db, const Git *g, Str workspace_id, Str *ret, Err *e) {
    BaseBranch b;
    TRY(base_branch(db, g, workspace_id, &b, e));
    *ret = b.branch.p ? arena_fmt(g->arena, "refs/heads/" STR_FMT, STR_ARG(b.branch)) : STR("");
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
        TRY(tx_run(tx, &sql_workspace_base_set, DB_ARGS(db_text(in->workspace_id), db_text(in->branch)), NULL, e));
    else
        TRY(tx_run(tx, &sql_workspace_base_unset, DB_ARGS(db_text(in->workspace_id)), NULL, e));
    return workspace_emit(tx, in->workspace_id, "base_changed", &BaseBranch_shape, x->out, e);
}

static int set_base_branch(OpCall *c, const void *in_, void *out_, Err *e) {
    const BaseBranchSet *in = in_;
    BaseBranch *out = out_;
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
    if (out->is_default) TRY(suggested(g, out, e));
    return op_tx(c, set_tx, &(Setting){in, out}, out, e);
}

static int get_base_branch(OpCall *c, const void *in, void *out, Err *e) {
    const WorkspaceRef *ref = in;
    Workspace w;
    Git *g;
    TRY(op_cursor(c, topic_of(c->arena, "workspace", ref->workspace_id), e));
    TRY(workspace_get(c->app, c->db, ref->workspace_id, c->arena, &w, e));
    TRY(workspace_git(c, &w, &g, e));
    return base_branch(c->db, g, w.id, out, e);
}

#define WS "/api/workspaces/{workspaceId}"

const Op base_ops[] = {
    {"get_base_branch", "GET " WS "/base", "workspace base", OP_RUN(get_base_branch, WorkspaceRef, BaseBranch),
     .role = ROLE_VIEWER, .where = ON_SLOW, .subject = workspace_subject,
     .doc = "Returns the branch that the worktrees of a workspace land on."},
    {"set_base_branch", "PUT " WS "/base", "workspace set-base", OP_RUN(set_base_branch, BaseBranchSet, BaseBranch),
     .role = ROLE_MEMBER, .where = ON_SLOW, .subject = workspace_subject, .flags = OP_WRITES,
     .doc = "Sets the branch that the worktrees of a workspace land on."},
    {0},
};
