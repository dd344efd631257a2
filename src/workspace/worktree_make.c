/* Making worktrees: the effects outside the store, and create_worktree itself. Its intent is committed first, and after a
 * crash git and the file system show whether the worktree was created. */
#define LOG_MODULE "workspace"
#include "workspace/worktree_make.h"

#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text_cut.h"
#include "base/ulid.h"
#include "core/hook.h"
#include "sys/fault.h"
#include "sys/log.h"
#include "workspace/workspace_in.h"
#include "workspace/workspace_sql.h"

SHAPE_DEFINE(WorktreeCreate, WORKTREE_CREATE);

enum { PLAN_MAX = 64 << 10, SETTLE_STEP_MS = 100, SETTLE_MAX_MS = 5000 };

/* The plan of a new worktree, which recovery needs. */
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
    Worktree *out;
    Str note; /* of git and its hooks */
} Creating;

int worktree_exists(const char *field, const char *what, Str value, Err *e) {
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
    if (r.exists) return worktree_exists("path", "folder", path, e);
    TRY(db_one(c->db, &sql_worktree_by_name, DB_ARGS(db_text(x->w.id), db_text(x->in->name)),
               DB_INTO(Worktree, c->arena, &other), &found, e));
    if (found) return worktree_exists("name", "worktree", x->in->name, e);
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
    static const char none[] =
        "the repository has no commit yet, and a worktree begins from one: make a first commit, or "
        "work in the repository's own folder";
    Str head = start;
    if (!start.p) TRY(git_resolve(x->g, "HEAD", &head, e));
    if (!head.p) return no_start(none, "branch", e);
    if (!start.p && is_named) {
        Str why = arena_fmt(c->arena, "the start " STR_FMT " names no commit of the repository",
                            STR_ARG(text_cut(x->in->start, 200)));
        return no_start(why.p, "start", e);
    }
    if (!x->branch.is_tracking) x->branch.start = start.p;
    GIVE(WorktreePlan, &x->plan, new_branch, str(x->branch.branch));
    GIVE(WorktreePlan, &x->plan, start_oid, start);
    return 0;
}

/* -- effects ------------------------------------------------------------------------------------------------- */

static int open_repository(Creating *x, Err *e) {
    TRY(workspace_get(x->call->app, x->call->db, x->in->workspace_id, x->call->arena, &x->w, e));
    return workspace_git(x->call, &x->w, &x->g, e);
}

static void give_note(Creating *x, Str more) {
    Str note = x->note;
    if (more.n)
        note = arena_fmt(x->call->arena, STR_FMT "%s" STR_FMT, STR_ARG(note), note.n ? "\n" : "", STR_ARG(more));
    if (note.n) GIVE(Worktree, x->out, note, note);
}

/* The row as git now shows the worktree. */
static void describe(Creating *x, const GitWorktree *w, Str note) {
    *x->out = (Worktree){.id = x->plan.worktree_id,
                         .workspace_id = x->w.id,
                         .name = x->in->name,
                         .path = x->plan.path,
                         .branch = w->branch.p ? git_short_branch(w->branch) : STR("HEAD"),
                         .is_detached = !w->branch.p};
    x->note = arena_str(x->call->arena, str_upto(str_trim(note), 4096));
    give_note(x, STR(""));
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
    return is_ours ? git_branch_drop(x->g, x->plan.new_branch.p, now, e) : 0;
}

static int add(Creating *x, Err *e) {
    GitWorktreeList l;
    Str note;
    TRY(git_worktree_add(x->g, x->plan.path.p, &x->branch, &note, e));
    CRASH("worktree.added");
    TRY(git_worktrees(x->g, &l, e));
    const GitWorktree *w = git_worktree_find(&l, x->plan.path);
    if (!w) return err_fail(e, ERR_GIT, "git created the worktree but does not list it");
    describe(x, w, note.p ? note : STR(""));
    return 0;
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

/* -- as a part of another operation -------------------------------------------------------------------------- */

int worktree_plan(WorktreeMaking *m, Err *e) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, PLAN_MAX);
    Creating *x = arena_new_in(m->call->arena, Creating);
    *x = (Creating){.call = m->call, .in = m->in, .out = m->out};
    m->creating = x;
    TRY(open_repository(x, e));
    TRY(check_place(x, e));
    TRY(check_branch(x, e));
    Id id = id_new("wt");
    GIVE(WorktreePlan, &x->plan, worktree_id, arena_str(m->call->arena, id_str(&id)));
    JsonOut o = json_out(&b);
    shape_encode(&WorktreePlan_shape, &x->plan, &o);
    m->plan = arena_str(m->call->arena, buf_str(&b));
    return 0;
}

int worktree_make(WorktreeMaking *m, Err *e) { return add(m->creating, e); }

void worktree_copy(WorktreeMaking *m) {
    Creating *x = m->creating;
    give_note(x, copied_files_make(m->call, &x->w, x->plan.path));
}

static int run_made_hooks(WorktreeMaking *m, Tx *tx, Err *e) {
    const Worktree *w = m->out;
    WorktreeMade made = {w->id, w->workspace_id, w->path, str(m->call->who->id)};
    return hook_run_worktree_made(m->call->app, tx, &made, e);
}

int worktree_made_tx(Tx *tx, WorktreeMaking *m, Err *e) {
    TRY(worktree_insert(tx, m->out, e));
    return run_made_hooks(m, tx, e);
}

int worktree_unmake(WorktreeMaking *m, Err *e) {
    Creating *x = m->creating;
    GitWorktreeList l;
    TRY(git_worktrees(x->g, &l, e));
    return undo_creation(x, &l, e);
}

int worktree_find_made(WorktreeMaking *m, WorktreeFound *ret, Err *e) {
    Json *plan;
    GitWorktreeList l;
    const GitWorktree *w = NULL;
    bool found;
    Arena *a = m->call->arena;
    Creating *x = arena_new_in(a, Creating);
    *x = (Creating){.call = m->call, .in = m->in, .out = m->out};
    m->creating = x;
    TRY(json_parse(a, m->plan, JSON_DEPTH_REQUEST, &plan, e));
    TRY(shape_decode(&WorktreePlan_shape, plan, a, &x->plan, e));
    *ret = WORKTREE_REPOSITORY_GONE;
    if (workspace_get(m->call->app, m->call->db, m->in->workspace_id, a, &x->w, e) < 0) return 0;
    TRY(worktree_row(m->call->db, x->plan.worktree_id, a, m->out, &found, e));
    *ret = WORKTREE_STORED;
    if (found) return 0;
    TRY(workspace_git(m->call, &x->w, &x->g, e));
    TRY(settled(x, &l, &w, e));
    TRY(db_one(m->call->db, &sql_worktree_by_path, DB_ARGS(db_text(x->plan.path)), DB_INTO(Worktree, a, m->out), &found,
               e));
    *ret = found ? WORKTREE_REGISTERED : w && !w->locked.p && !w->prunable.p ? WORKTREE_WHOLE : WORKTREE_PARTIAL;
    if (*ret == WORKTREE_WHOLE) describe(x, w, STR(""));
    return 0;
}

/* -- create_worktree ----------------------------------------------------------------------------------------- */

typedef struct Create {
    WorktreeMaking making;
    Str intent;
    bool copies; /* its files are copied once the row is stored */
} Create;

static int create_tx(Tx *tx, void *arg, Err *e) {
    Create *x = arg;
    return x->copies ? worktree_insert(tx, x->making.out, e) : worktree_made_tx(tx, &x->making, e);
}

/* Where files are to be copied the intent stays open. */
static int store(Create *x, Err *e) {
    Creating *made = x->making.creating;
    x->copies = copied_files_are_wanted(x->making.call, &made->w);
    if (!x->copies) return op_intent_close(x->making.call, x->intent, create_tx, x, x->making.out, e);
    give_note(made, STR("ignored files are being copied"));
    return op_tx(x->making.call, create_tx, x, NULL, e);
}

static int copied_tx(Tx *tx, void *arg, Err *e) {
    Create *x = arg;
    const Creating *made = x->making.creating;
    Worktree *w = x->making.out;
    Str remark = w->note;
    bool found;
    TRY(worktree_row(tx_conn(tx), made->plan.worktree_id, x->making.call->arena, w, &found, e));
    if (!found || HAS(Worktree, w, closed_at) || w->trash_id.p)
        return err_fail(e, ERR_CONFLICT, "the worktree was removed while ignored files were copied into it");
    GIVE(Worktree, w, note, remark);
    TRY(worktree_store(tx, w, e));
    return run_made_hooks(&x->making, tx, e);
}

/* Without the turn on the repository; its scripts start afterwards, since they need the files. */
static int copy_files(Create *x, Err *e) {
    OpCall *c = x->making.call;
    op_leave_turn(c);
    worktree_copy(&x->making);
    int r = op_intent_close(c, x->intent, copied_tx, x, x->making.out, e);
    if (r == -ERR_CONFLICT) TRY(op_intent_abandon(c, x->intent, NULL));
    return r;
}

/* What cannot be undone now stays an open intent and is undone at the next start. */
static void undo_failed(Create *x) {
    Err e = {0};
    if (worktree_unmake(&x->making, &e) < 0 || op_intent_abandon(x->making.call, x->intent, &e) < 0)
        log_err(LOG_WARN, LOG_MODULE, "undoing the failed creation of a worktree", &e);
}

int worktree_create(OpCall *c, const WorktreeCreate *in, Worktree *out, Err *e) {
    Create x = {.making = {.call = c, .in = in, .out = out}};
    TRY(worktree_plan(&x.making, e));
    TRY(op_intent_begin(c, x.making.plan, NULL, NULL, &x.intent, e));
    CRASH("worktree.intended");
    int r = worktree_make(&x.making, e);
    if (r >= 0) r = store(&x, e);
    if (r < 0) undo_failed(&x);
    if (r >= 0 && x.copies) r = copy_files(&x, e);
    CRASH("worktree.stored");
    return r;
}

/* One that was removed in the meantime needs nothing. */
static int recover_copy(Create *x, Err *e) {
    int r = copy_files(x, e);
    return r == -ERR_CONFLICT ? 0 : r;
}

int worktree_create_recover(OpCall *c, const OpIntent *i, Err *e) {
    Json *input;
    WorktreeCreate in;
    Worktree out;
    WorktreeFound found;
    Create x = {.making = {.call = c, .in = &in, .plan = i->state, .out = &out}, .intent = i->id};
    TRY(json_parse(c->arena, i->input, JSON_DEPTH_REQUEST, &input, e));
    TRY(shape_decode(&WorktreeCreate_shape, input, c->arena, &in, e));
    TRY(worktree_find_made(&x.making, &found, e));
    if (found == WORKTREE_STORED) return recover_copy(&x, e);
    if (found == WORKTREE_WHOLE) {
        TRY(store(&x, e));
        return x.copies ? recover_copy(&x, e) : 0;
    }
    if (found == WORKTREE_PARTIAL) TRY(worktree_unmake(&x.making, e));
    return op_intent_abandon(c, i->id, e); /* a refresh registered it, or the workspace is closed */
}
