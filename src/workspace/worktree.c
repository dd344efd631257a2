/* Operations on worktrees. Creating one has effects outside the store: its intent is committed first, and after a crash
 * git and the file system show whether the worktree was created. */
#define LOG_MODULE "workspace"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text_cut.h"
#include "base/ulid.h"
#include "core/hook.h"
#include "sys/fault.h"
#include "sys/file.h"
#include "sys/log.h"
#include "workspace/workspace_in.h"
#include "workspace/workspace_sql.h"

SHAPE_DEFINE(WorktreeRef, IN_WORKTREE);
SHAPE_DEFINE(Worktrees, WORKTREES);
SHAPE_DEFINE(WorktreeCreate, WORKTREE_CREATE);
SHAPE_DEFINE(WorktreeUpdate, WORKTREE_UPDATE);
SHAPE_DEFINE(WorktreeReorder, WORKTREE_REORDER);
SHAPE_DEFINE(WorktreeOrder, WORKTREE_ORDER);
SHAPE_DEFINE(WorktreeOrders, WORKTREE_ORDERS);
SHAPE_DEFINE(WorktreeCheckout, WORKTREE_CHECKOUT);

enum { PLAN_MAX = 64 << 10, SETTLE_STEP_MS = 100, SETTLE_MAX_MS = 5000 };

/* The state of the intent, which recover needs. */
#define WORKTREE_PLAN(F, S)                                                                  \
    F(S, ID("wt"), worktree_id, .doc = "The new worktree")                                   \
    F(S, STR, path, .min = 1, .max_bytes = 4096, .doc = "Its folder")                        \
    F(S, STR, base, .opt = 1, .max_bytes = 4096, .doc = "The part of the path that existed") \
    F(S, STR, new_branch, .opt = 1, .max_bytes = 1024, .doc = "Branch that is created")      \
    F(S, STR, start_oid, .opt = 1, .max_bytes = 64, .doc = "Where that branch starts")
SHAPE(WorktreePlan, WORKTREE_PLAN);
SHAPE_DEFINE(WorktreePlan, WORKTREE_PLAN);

typedef struct Creating {
    OpCall *call;
    const WorktreeCreate *in;
    Workspace w;
    Git *g;
    GitBranchPlan branch;
    WorktreePlan plan;
    Str intent;
    Worktree *out;
    bool copies; /* its files are copied once the row is stored */
    Str note;
} Creating;

static int conflict(const char *field, const char *what, Str value, Err *e) {
    int r = err_fail(e, ERR_CONFLICT, "%s " STR_FMT " already exists", what, STR_ARG(value));
    err_detail(e, field, "already exists");
    return r;
}

/* -- creating: checks ---------------------------------------------------------------------------------------- */

static int check_place(Creating *x, Err *e) {
    OpCall *c = x->call;
    Str path;
    RootPath r;
    Worktree other;
    bool found;
    path = x->in->path;
    if (!path.p) TRY(place_of_name(c->arena, &x->w, x->in->name, &path, e));
    TRY(roots_resolve(c->app, c->arena, path, &r, e));
    TRY(place_check(c->app, c->arena, &x->w, &r, e));
    if (r.exists) return conflict("path", "folder", path, e);
    TRY(db_one(c->db, &sql_worktree_by_name, DB_ARGS(db_text(x->w.id), db_text(x->in->name)),
               DB_INTO(Worktree, c->arena, &other), &found, e));
    if (found) return conflict("name", "worktree", x->in->name, e);
    GIVE(WorktreePlan, &x->plan, path, str(r.path));
    GIVE(WorktreePlan, &x->plan, base, str(r.base));
    return 0;
}

static int no_start(const char *why, const char *field, Err *e) {
    int r = err_fail(e, strcmp(field, "start") ? ERR_CONFLICT : ERR_NOT_FOUND, "%s", why);
    err_detail(e, field, "%s", why);
    return r;
}

static int check_branch(Creating *x, Err *e) {
    OpCall *c = x->call;
    Str start;
    TRY(git_branch_plan(x->g, x->in->branch, x->in->create_branch, STR(""), &x->branch, e));
    if (!x->branch.is_new) return 0;
    bool is_named = x->in->start.p && x->in->create_branch;
    if (is_named && (x->in->start.p[0] == '-' || memchr(x->in->start.p, '\0', x->in->start.n)))
        return no_start("its start is not the name of a commit", "start", e);
    const char *rev = is_named ? arena_cstr(c->arena, x->in->start) : x->branch.start ? x->branch.start : "HEAD";
    TRY(git_resolve(x->g, rev, &start, e));
    if (!start.p && is_named) {
        const char *rest = "names no commit of the repository";
        return no_start(arena_fmt(c->arena, "the start " STR_FMT " %s", STR_ARG(text_cut(x->in->start, 200)), rest).p,
                        "start", e);
    }
    if (!start.p) return no_start("the repository has no commits yet", "branch", e);
    if (!x->branch.is_tracking) x->branch.start = start.p;
    GIVE(WorktreePlan, &x->plan, new_branch, str(x->branch.branch));
    GIVE(WorktreePlan, &x->plan, start_oid, start);
    return 0;
}

/* -- creating: effects --------------------------------------------------------------------------------------- */

static int run_made_hooks(Creating *x, Tx *tx, Err *e) {
    WorktreeMade made = {x->out->id, x->w.id, x->out->path, str(x->call->who->id)};
    return hook_run_worktree_made(x->call->app, tx, &made, e);
}

static int create_tx(Tx *tx, void *arg, Err *e) {
    Creating *x = arg;
    TRY(worktree_insert(tx, x->out, e));
    return x->copies ? 0 : run_made_hooks(x, tx, e);
}

static void give_note(Creating *x, Str more) {
    Str note = x->note;
    if (more.n)
        note = arena_fmt(x->call->arena, STR_FMT "%s" STR_FMT, STR_ARG(note), note.n ? "\n" : "", STR_ARG(more));
    if (note.n) GIVE(Worktree, x->out, note, note);
}

/* Stores the row as git now shows the worktree. Where files are to be copied the intent stays open. */
static int store(Creating *x, const GitWorktree *w, Str note, Err *e) {
    *x->out = (Worktree){.id = x->plan.worktree_id,
                         .workspace_id = x->w.id,
                         .name = x->in->name,
                         .path = x->plan.path,
                         .branch = w->branch.p ? git_short_branch(w->branch) : STR("HEAD"),
                         .is_detached = !w->branch.p};
    x->note = arena_str(x->call->arena, str_upto(str_trim(note), 4096));
    x->copies = copied_files_are_wanted(x->call, &x->w);
    give_note(x, x->copies ? STR("ignored files are being copied") : STR(""));
    if (!x->copies) return op_intent_close(x->call, x->intent, create_tx, x, x->out, e);
    return op_tx(x->call, create_tx, x, NULL, e);
}

static int copied_tx(Tx *tx, void *arg, Err *e) {
    Creating *x = arg;
    Str remark = x->out->note;
    bool found;
    TRY(worktree_row(tx_conn(tx), x->plan.worktree_id, x->call->arena, x->out, &found, e));
    if (!found || HAS(Worktree, x->out, closed_at) || x->out->trash_id.p)
        return err_fail(e, ERR_CONFLICT, "the worktree was removed while ignored files were copied into it");
    GIVE(Worktree, x->out, note, remark);
    TRY(worktree_store(tx, x->out, e));
    return run_made_hooks(x, tx, e);
}

/* Without the turn on the repository; its scripts start afterwards, since they need the files. */
static int copy_files(Creating *x, Err *e) {
    op_leave_turn(x->call);
    give_note(x, copied_files_make(x->call, &x->w, x->plan.path));
    int r = op_intent_close(x->call, x->intent, copied_tx, x, x->out, e);
    if (r == -ERR_CONFLICT) TRY(op_intent_abandon(x->call, x->intent, NULL));
    return r;
}

static bool is_checked_out(const GitWorktreeList *l, Str ref) {
    for (size_t i = 0; i < l->n; i++)
        if (str_eq(l->items[i].branch, ref)) return true;
    return false;
}

/* Removes the empty ones of the parent folders that git created. A plan written by an older version has no base. */
static void drop_empty_folders(const Creating *x) {
    Str at = x->plan.path;
    while (x->plan.base.p && at.n > x->plan.base.n && rmdir(arena_cstr(x->call->arena, at)) == 0) {
        const char *slash = memrchr(at.p, '/', at.n);
        at = str_upto(at, (size_t)(slash - at.p));
    }
}

/* Moves a half-created worktree to the trash, and deletes the branch created for it if the branch still points to its
 * start and no worktree has it checked out. */
static int undo_creation(Creating *x, const GitWorktreeList *l, Err *e) {
    Arena *a = x->call->arena;
    bool is_listed = git_worktree_find(l, x->plan.path) != NULL;
    Str now = {0}, ref = {0};
    if (is_listed) TRY(trash_keep(x->call, &x->w, x->plan.path.p, arena_cstr(a, x->in->name), e));
    drop_empty_folders(x);
    if (x->plan.new_branch.p) {
        ref = arena_fmt(a, "refs/heads/" STR_FMT, STR_ARG(x->plan.new_branch));
        TRY(git_resolve(x->g, ref.p, &now, e));
    }
    bool is_ours = now.p && str_eq(now, x->plan.start_oid) && (is_listed || !is_checked_out(l, ref));
    if (is_ours) TRY(git_branch_drop(x->g, x->plan.new_branch.p, now, e));
    return op_intent_abandon(x->call, x->intent, e);
}

static int begin(Creating *x, Err *e) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, PLAN_MAX);
    JsonOut o = json_out(&b);
    shape_encode(&WorktreePlan_shape, &x->plan, &o);
    return op_intent_begin(x->call, arena_str(x->call->arena, buf_str(&b)), NULL, NULL, &x->intent, e);
}

static int add(Creating *x, Err *e) {
    GitWorktreeList l;
    Str note;
    TRY(git_worktree_add(x->g, x->plan.path.p, &x->branch, &note, e));
    CRASH("worktree.added");
    TRY(git_worktrees(x->g, &l, e));
    const GitWorktree *w = git_worktree_find(&l, x->plan.path);
    if (!w) return err_fail(e, ERR_GIT, "git created the worktree but does not list it");
    return store(x, w, note.p ? note : STR(""), e);
}

/* What cannot be undone now stays an open intent and is undone at the next start. */
static void undo_failed(Creating *x) {
    GitWorktreeList l;
    Err e = {0};
    if (git_worktrees(x->g, &l, &e) < 0 || undo_creation(x, &l, &e) < 0)
        log_err(LOG_WARN, LOG_MODULE, "undoing the failed creation of a worktree", &e);
}

int worktree_create(OpCall *c, const WorktreeCreate *in, Worktree *out, Err *e) {
    Creating x = {.call = c, .in = in, .out = out};
    TRY(workspace_get(c->app, c->db, in->workspace_id, c->arena, &x.w, e));
    TRY(workspace_git(c, &x.w, &x.g, e));
    TRY(check_place(&x, e));
    TRY(check_branch(&x, e));
    Id id = id_new("wt");
    GIVE(WorktreePlan, &x.plan, worktree_id, arena_str(c->arena, id_str(&id)));
    TRY(begin(&x, e));
    CRASH("worktree.intended");
    int r = add(&x, e);
    if (r < 0) undo_failed(&x);
    if (r >= 0 && x.copies) r = copy_files(&x, e);
    CRASH("worktree.stored");
    return r;
}

/* git may still be running after the daemon was killed; its own lock, "initializing", shows that. A large checkout
 * takes minutes, and no start waits for it: its intent stays open until a start at which git has exited. */
static int settled(Creating *x, GitWorktreeList *ret, const GitWorktree **ret_w, Err *e) {
    for (int waited = 0;; waited += SETTLE_STEP_MS) {
        TRY(git_worktrees(x->g, ret, e));
        *ret_w = git_worktree_find(ret, x->plan.path);
        if (!*ret_w || !(*ret_w)->locked.p) return 0;
        if (waited >= SETTLE_MAX_MS) break;
        nanosleep(&(struct timespec){.tv_nsec = SETTLE_STEP_MS * 1000000L}, NULL);
    }
    int64_t pid = git_worktree_filler(x->g, x->plan.path.p);
    if (!pid) return 0;
    return err_fail(e, ERR_BUSY, "git is still checking out " STR_FMT " (process %lld); refresh the workspace later",
                    STR_ARG(x->plan.path), (long long)pid);
}

/* One that was removed in the meantime needs nothing. */
static int recover_copy(Creating *x, Err *e) {
    int r = copy_files(x, e);
    return r == -ERR_CONFLICT ? 0 : r;
}

int worktree_create_recover(OpCall *c, const OpIntent *i, Err *e) {
    Json *input, *state;
    WorktreeCreate in;
    Worktree out;
    GitWorktreeList l;
    const GitWorktree *w;
    Creating x = {.call = c, .in = &in, .intent = i->id, .out = &out};
    TRY(json_parse(c->arena, i->input, JSON_DEPTH_REQUEST, &input, e));
    TRY(shape_decode(&WorktreeCreate_shape, input, c->arena, &in, e));
    TRY(json_parse(c->arena, i->state, JSON_DEPTH_REQUEST, &state, e));
    TRY(shape_decode(&WorktreePlan_shape, state, c->arena, &x.plan, e));
    if (workspace_get(c->app, c->db, in.workspace_id, c->arena, &x.w, e) < 0) return op_intent_abandon(c, i->id, e);
    bool found;
    TRY(worktree_row(c->db, x.plan.worktree_id, c->arena, &out, &found, e));
    if (found) return recover_copy(&x, e);
    TRY(workspace_git(c, &x.w, &x.g, e));
    TRY(settled(&x, &l, &w, e));
    bool is_whole = w && !w->locked.p && !w->prunable.p;
    TRY(db_one(c->db, &sql_worktree_by_path, DB_ARGS(db_text(x.plan.path)), DB_INTO(Worktree, c->arena, &out), &found,
               e));
    if (found) return op_intent_abandon(c, i->id, e); /* a refresh registered it */
    if (!is_whole) return undo_creation(&x, &l, e);
    TRY(store(&x, w, STR(""), e));
    return x.copies ? recover_copy(&x, e) : 0;
}

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
        if (found && !str_eq(other.id, w->id)) return conflict("name", "worktree", in->name, e);
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

bool worktree_is_missing(const Worktree *w) {
    struct stat st;
    return lstat(w->path.p, &st) < 0 && (errno == ENOENT || errno == ENOTDIR);
}

int worktree_git(OpCall *c, const WorktreeRef *ref, Worktree *ret, Git **ret_git, Err *e) {
    TRY(worktree_of(c->db, ref, c->arena, ret, e));
    int r = git_open(c->arena, ret->path.p, ret_git, e);
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
    return op_intent_begin(x->call, arena_str(x->call->arena, buf_str(&b)), NULL, NULL, &x->intent, e);
}

static int checkout(Switching *x, Err *e) {
    GitStatus s;
    GitBranchPlan p;
    Str note;
    TRY(git_branch_plan(x->g, x->in->branch, x->in->create_branch, x->out->path, &p, e));
    TRY(git_status(x->g, &s, e));
    TRY(git_require_clean(&s, "checkout", e));
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
