/* Operations on worktrees. Creating one is in worktree_make.c. */
#define LOG_MODULE "workspace"
#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/ulid.h"
#include "core/hook.h"
#include "sys/fault.h"
#include "sys/file.h"
#include "sys/log.h"
#include "sys/path_look.h"
#include "workspace/rewrite.h"
#include "workspace/workspace_in.h"
#include "workspace/workspace_sql.h"

SHAPE_DEFINE(WorktreeRef, IN_WORKTREE);
SHAPE_DEFINE(Worktrees, WORKTREES);
SHAPE_DEFINE(WorktreeUpdate, WORKTREE_UPDATE);
SHAPE_DEFINE(WorktreeReorder, WORKTREE_REORDER);
SHAPE_DEFINE(WorktreeOrder, WORKTREE_ORDER);
SHAPE_DEFINE(WorktreeOrders, WORKTREE_ORDERS);
SHAPE_DEFINE(WorktreeCheckout, WORKTREE_CHECKOUT);

enum { PLAN_MAX = 64 << 10 };

/* -- names and order ----------------------------------------------------------------------------------------- */

typedef struct Change {
    OpCall *call;
    const void *in;
    void *out;
} Change;

static int update_tx(Tx *tx, void *arg, Err *e) {
    Change *x = arg;
    const WorktreeUpdate *in = x->in;
    Worktree *w = x->out, other;
    bool found;
    WorktreeRef ref = {.workspace_id = in->workspace_id, .worktree_id = in->worktree_id};
    TRY(worktree_of(tx_conn(tx), &ref, x->call->arena, w, e));
    if (in->name.p) {
        TRY(db_one(tx_conn(tx), &sql_worktree_by_name, DB_ARGS(db_text(in->workspace_id), db_text(in->name)),
                   DB_INTO(Worktree, x->call->arena, &other), &found, e));
        if (found && !str_eq(other.id, w->id)) return worktree_exists("name", "worktree", in->name, e);
        w->name = in->name;
    }
    if (HAS(WorktreeUpdate, in, sort_mode)) w->sort_mode = in->sort_mode;
    if (HAS(WorktreeUpdate, in, order)) w->display_order = in->order;
    return worktree_store(tx, w, e);
}

int worktree_update(OpCall *c, const WorktreeUpdate *in, Worktree *out, Err *e) {
    return op_tx(c, update_tx, &(Change){c, in, out}, out, e);
}

static int reorder_one(Tx *tx, Change *x, int64_t place, Err *e) {
    const WorktreeReorder *in = x->in;
    WorktreeOrders *out = x->out;
    Worktree w;
    WorktreeRef ref = {.workspace_id = in->workspace_id, .worktree_id = in->worktree_ids.items[place]};
    TRY(worktree_of(tx_conn(tx), &ref, x->call->arena, &w, e));
    w.display_order = place;
    out->worktrees.items[place] = (WorktreeOrder){.id = w.id, .order = place};
    return worktree_store(tx, &w, e);
}

static int reorder_tx(Tx *tx, void *arg, Err *e) {
    Change *x = arg;
    const WorktreeReorder *in = x->in;
    for (size_t i = 0; i < in->worktree_ids.n; i++) TRY(reorder_one(tx, x, (int64_t)i, e));
    return 0;
}

int worktree_reorder(OpCall *c, const WorktreeReorder *in, WorktreeOrders *out, Err *e) {
    out->worktrees.items = arena_array(c->arena, in->worktree_ids.n, sizeof *out->worktrees.items);
    out->worktrees.n = in->worktree_ids.n;
    return op_tx(c, reorder_tx, &(Change){c, in, out}, out, e);
}

/* -- its folder ---------------------------------------------------------------------------------------------- */

bool worktree_is_missing(const Worktree *w) { return path_look(w->path) == PATH_ABSENT; }

int worktree_git(OpCall *c, const WorktreeRef *ref, Worktree *ret, Git **ret_git, Err *e) {
    TRY(worktree_of(c->db, ref, c->arena, ret, e));
    int r = git_open(c->arena, ret->path.p, ret_git, e);
    if (r >= 0) (*ret_git)->cancel_fd = c->cancel_fd;
    if (r < 0 && worktree_is_missing(ret))
        return err_fail(e, ERR_NOT_FOUND, "the folder " STR_FMT " is gone", STR_ARG(ret->path));
    if (r == -ERR_GIT || r == -ERR_NOT_FOUND) { /* a linked worktree stays when its repository is removed */
        Workspace w;
        TRY(workspace_get(c->app, c->db, ret->workspace_id, c->arena, &w, e));
        if (access(w.common_dir.p, F_OK) < 0) return workspace_git(c, &w, ret_git, e);
    }
    return r;
}

/* -- checkout ------------------------------------------------------------------------------------------------ */

/* The state that recover needs: where a branch that the switch creates starts; empty for one that already existed. */
#define CHECKOUT_PLAN(F, S) \
    F(S, STR, start_oid, .max_bytes = 64, .doc = "Where the new branch starts; empty: it already existed")
SHAPE(CheckoutPlan, CHECKOUT_PLAN);
SHAPE_DEFINE(CheckoutPlan, CHECKOUT_PLAN);

typedef struct Switching {
    OpCall *call;
    const WorktreeCheckout *in;
    Git *g; /* runs in the worktree */
    CheckoutPlan plan;
    Str intent, note;
    Worktree *out;
} Switching;

/* git may have run for minutes: everything except the branch is taken from the current row. */
static int checkout_tx(Tx *tx, void *arg, Err *e) {
    Switching *x = arg;
    bool found;
    TRY(worktree_row(tx_conn(tx), x->in->worktree_id, x->call->arena, x->out, &found, e));
    if (!found) return err_fail(e, ERR_NOT_FOUND, "no worktree " STR_FMT, STR_ARG(x->in->worktree_id));
    x->out->branch = x->in->branch;
    x->out->is_detached = false;
    if (x->note.n) GIVE(Worktree, x->out, note, x->note);
    return worktree_store(tx, x->out, e);
}

static int finish_switch(Switching *x, Str note, Err *e) {
    x->note = str_upto(str_trim(note), 4096);
    return op_intent_close(x->call, x->intent, checkout_tx, x, x->out, e);
}

/* HEAD has not moved: deletes a branch that git created before it failed, if it still points to its start. */
static int cancel_switch(Switching *x, Err *e) {
    Str now = {0}, branch = x->in->branch;
    Str ref = arena_fmt(x->call->arena, "refs/heads/" STR_FMT, STR_ARG(branch));
    if (x->plan.start_oid.n) TRY(git_resolve(x->g, ref.p, &now, e));
    if (now.p && str_eq(now, x->plan.start_oid)) TRY(git_branch_drop(x->g, arena_cstr(x->call->arena, branch), now, e));
    return op_intent_abandon(x->call, x->intent, e);
}

/* HEAD shows whether the switch was made; an interrupted switch leaves it on the old branch. */
static int settle_switch(Switching *x, Err *e) {
    GitBranches b;
    TRY(git_branches(x->g, &b, e));
    return str_eq(b.current, x->in->branch) ? finish_switch(x, STR(""), e) : cancel_switch(x, e);
}

static int begin_switch(Switching *x, const GitBranchPlan *p, Err *e) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, PLAN_MAX);
    JsonOut o = json_out(&b);
    GIVE(CheckoutPlan, &x->plan, start_oid, STR(""));
    if (p->is_new) TRY(git_resolve(x->g, p->start ? p->start : "HEAD", &x->plan.start_oid, e));
    shape_encode(&CheckoutPlan_shape, &x->plan, &o);
    Rewrite rewrite = {.call = x->call, .w = x->out};
    return op_intent_begin(x->call, arena_str(x->call->arena, buf_str(&b)), rewrite_check_tx, &rewrite, &x->intent, e);
}

static int checkout(Switching *x, Err *e) {
    GitStatus s;
    GitBranchPlan p;
    Str note;
    TRY(git_branch_plan(x->g, x->in->branch, x->in->create_branch, x->out->path, &p, e));
    TRY(git_status(x->g, &s, e));
    TRY(git_require_clean(&s, "checkout", e));
    TRY(rewrite_check(x->call, x->out, e));
    WorktreeSalvage how = {.act = "checkout_branch", .may_leave = x->in->accept_unsaved};
    TRY(worktree_salvage(x->call, x->out, x->g, &how, &(GitSalvage){0}, e));
    TRY(begin_switch(x, &p, e));
    CRASH("checkout.intended");
    int r = git_switch(x->g, &p, &note, e);
    CRASH("checkout.switched");
    if (r < 0) {
        Err late = {0}; /* a hook that timed out may have left HEAD on either branch */
        if (settle_switch(x, &late) < 0) log_err(LOG_WARN, LOG_MODULE, "settling a failed checkout", &late);
        return r;
    }
    TRY(finish_switch(x, note, e));
    CRASH("checkout.stored");
    return 0;
}

int worktree_checkout(OpCall *c, const WorktreeCheckout *in, Worktree *out, Err *e) {
    Workspace w;
    Git *g;
    WorktreeRef ref = {.workspace_id = in->workspace_id, .worktree_id = in->worktree_id};
    TRY(worktree_git(c, &ref, out, &g, e));
    TRY(workspace_get(c->app, c->db, in->workspace_id, c->arena, &w, e));
    return checkout(&(Switching){.call = c, .in = in, .g = g, .out = out}, e);
}

int worktree_checkout_recover(OpCall *c, const OpIntent *i, Err *e) {
    Json *input, *state;
    WorktreeCheckout in;
    Worktree out;
    Switching x = {.call = c, .in = &in, .intent = i->id, .out = &out};
    TRY(json_parse(c->arena, i->input, JSON_DEPTH_REQUEST, &input, e));
    TRY(shape_decode(&WorktreeCheckout_shape, input, c->arena, &in, e));
    TRY(json_parse(c->arena, i->state, JSON_DEPTH_REQUEST, &state, e));
    TRY(shape_decode(&CheckoutPlan_shape, state, c->arena, &x.plan, e));
    WorktreeRef ref = {.workspace_id = in.workspace_id, .worktree_id = in.worktree_id};
    if (worktree_git(c, &ref, &out, &x.g, e) < 0) return op_intent_abandon(c, i->id, e); /* it has been removed */
    return settle_switch(&x, e);
}
