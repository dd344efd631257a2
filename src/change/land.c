/* The second stage of landing: the base branch moves to what was merged and checked in the worktree. The merged tree exists
 * already, so this stage has no conflicts: base gets a commit with the worktree's tree. If base is checked out, its clean
 * worktree follows; where that fails halfway, its files are put back. */
#include "base/map.h"
#include "base/mem.h"
#include "base/ulid.h"
#include "change/change_sql.h"
#include "change/merge_in.h"
#include "git/branch_use.h"
#include "git/mark.h"
#include "sys/fault.h"
#include "workspace/rewrite.h"

SHAPE_DEFINE(Landing, LANDING);
ENUM_DEFINE(LandHow, LAND_WORDS);
SHAPE_DEFINE(LandIn, LAND_IN);
SHAPE_DEFINE(LandingsIn, LANDINGS_IN);
SHAPE_DEFINE(PastLanding, PAST_LANDING);
SHAPE_DEFINE(Landings, LANDINGS);

typedef struct Move {
    Act act;
    const void *in;
    Landing plan;       /* also the intent's state */
    Git *base;          /* in the worktree that has base checked out; NULL: none has */
    Worktree base_tree; /* its row; no id: it has none */
    bool is_undo, is_moved;
    Landing *out;
} Move;

static void move_done(Move *m) { act_close(&m->act); }

static Str goal(const Move *m) { return m->is_undo ? m->plan.from_id : m->plan.to_id; }
static Str start(const Move *m) { return m->is_undo ? m->plan.to_id : m->plan.from_id; }

/* -- the worktree of base --------------------------------------------------------------------------------------- */

static int require_calm(const Git *g, Str path, Err *e) {
    GitMergeState s;
    GitStatus st;
    const char *doing = arena_fmt(g->arena, "moving the branch that " STR_FMT " has checked out", STR_ARG(path)).p;
    TRY(git_merge_state(g, &s, e));
    if (s.in_progress)
        return err_fail(e, ERR_CONFLICT, "%s is refused while a merge or rebase is in progress there", doing);
    TRY(git_status(g, &st, e));
    st.untracked = (StrList){0};
    st.counts->untracked = 0;
    st.is_clean = !st.modified.n && !st.staged.n && !st.conflicted.n && !st.unverified.n;
    return git_require_clean(&st, doing, e);
}

static int refuse_in_the_way(const Move *m, const Git *g, Err *e) {
    Str from, to;
    StrList paths, found;
    TRY(git_tree_of(g, start(m), &from, e));
    TRY(git_tree_of(g, goal(m), &to, e));
    TRY(git_paths_added(g, from, to, &paths, e));
    TRY(git_in_way(g, &paths, &found, e));
    return git_refuse_in_way(&found, m->is_undo ? "undoing the landing" : "landing", e);
}

static int find_row(Move *m, Str path, Err *e) {
    OpCall *c = m->act.call;
    WorktreeList rows = {0};
    TRY(worktree_list(c->db, m->act.w.workspace_id, c->arena, &rows, e));
    for (size_t i = 0; i < rows.n; i++)
        if (str_eq(rows.items[i].path, path)) m->base_tree = rows.items[i];
    return 0;
}

/* One that was made outside Muster a moment ago has no row yet, and without one no salvage. */
static int require_row(Move *m, Str path, Err *e) {
    TRY(find_row(m, path, e));
    if (!m->base_tree.id.n) TRY(worktrees_refresh(m->act.call, m->act.w.workspace_id, e));
    if (!m->base_tree.id.n) TRY(find_row(m, path, e));
    if (m->base_tree.id.n) return 0;
    return err_fail(e, ERR_CONFLICT,
                    STR_FMT " is checked out at " STR_FMT ", which is not one of the workspace's worktrees",
                    STR_ARG(git_short_branch(m->plan.base_ref)), STR_ARG(path));
}

/* Clean, and so everything that is tracked is in its commit; what git does not touch may be left out. */
static int salvage_base(const Move *m, Err *e) {
    OpCall *c = m->act.call;
    WorktreeSalvage how = {.act = c->op->name, .may_leave = true};
    TRY(worktree_salvage(c, &m->base_tree, m->base, &how, &(GitSalvage){0}, e));
    return refuse_in_the_way(m, m->base, e); /* the salvage took its time */
}

/* The landed commit may be nowhere else: the worktree has its own, and base is checked out nowhere. */
static int salvage_landed(const Move *m, Err *e) {
    OpCall *c = m->act.call;
    Str landed = m->plan.to_id;
    WorktreeSalvage how = {.act = c->op->name, .may_leave = true, .commits = {&landed, 1}};
    return worktree_salvage(c, &m->act.w, m->act.g, &how, &(GitSalvage){0}, e);
}

static int save(const Move *m, Err *e) {
    if (!m->base) return m->is_undo ? salvage_landed(m, e) : 0;
    TRY(rewrite_check(m->act.call, &m->base_tree, e));
    return salvage_base(m, e);
}

/* Whoever rebases or bisects the branch would move it, or check it out again, as it was when they began. */
static int refuse_users(const Move *m, Err *e) {
    GitBranchUse use;
    TRY(git_branch_use(m->act.g, m->plan.base_ref, &use, e));
    if (!use.is) return 0;
    return err_fail(e, ERR_CONFLICT,
                    "a %s of " STR_FMT " is in progress at " STR_FMT ": finish or abort it there first",
                    git_progress_name(use.is), STR_ARG(git_short_branch(m->plan.base_ref)), STR_ARG(use.path));
}

/* The worktree that has base checked out; NULL: none has. */
static int find_checked_out(const Move *m, const GitWorktree **ret, Err *e) {
    GitWorktreeList l;
    *ret = NULL;
    TRY(git_worktrees(m->act.g, &l, e));
    for (size_t i = 0; i < l.n; i++) {
        const GitWorktree *w = &l.items[i];
        if (!str_eq(w->branch, m->plan.base_ref)) continue;
        if (*ret)
            return err_fail(e, ERR_CONFLICT,
                            STR_FMT " is checked out twice, at " STR_FMT " and " STR_FMT ": only one could follow",
                            STR_ARG(git_short_branch(w->branch)), STR_ARG((*ret)->path), STR_ARG(w->path));
        *ret = w;
    }
    return 0;
}

static int open_base(Move *m, const GitWorktree *w, Err *e) {
    Arena *a = m->act.call->arena;
    if (w->prunable.p || w->is_bare)
        return err_fail(e, ERR_CONFLICT, STR_FMT " is checked out at " STR_FMT ", which cannot be reached",
                        STR_ARG(git_short_branch(w->branch)), STR_ARG(w->path));
    return git_open(a, arena_cstr(a, w->path), &m->base, e);
}

static int find_base_tree(Move *m, Err *e) {
    const GitWorktree *w;
    TRY(refuse_users(m, e));
    TRY(find_checked_out(m, &w, e));
    if (!w) return 0;
    TRY(open_base(m, w, e));
    m->base->cancel_fd = m->act.g->cancel_fd;
    TRY(require_calm(m->base, w->path, e));
    TRY(refuse_in_the_way(m, m->base, e));
    return require_row(m, w->path, e);
}

/* -- moving ------------------------------------------------------------------------------------------------------- */

static GitRefMove ref_move(const Move *m) {
    return (GitRefMove){m->plan.base_ref, start(m), goal(m), m->is_undo ? "undo of a landing" : "landing"};
}

/* It cannot be cancelled: half of the files would be moved. */
static int move(Move *m, Err *e) {
    GitRefMove ref = ref_move(m);
    run_end(&m->act.run);
    m->act.g->cancel_fd = -1;
    if (!m->base) return git_move_ref(m->act.g, &ref, e);
    m->base->cancel_fd = -1;
    git_mark(m->base, m->act.intent);
    return git_move_checked_out(m->base, &ref, e);
}

static int landed_tx(Tx *tx, void *arg, Err *e) {
    Move *m = arg;
    if (m->is_undo) {
        GIVE(Landing, m->out, undone_at, tx_now(tx));
        TRY(tx_run(tx, &sql_change_landing_undone, DB_ARGS(db_text(m->out->id), db_i64(tx_now(tx))), NULL, e));
        TRY(worktree_store_landed(tx, m->out->worktree_id, (Str){0}, e));
        return workspace_emit(tx, m->out->workspace_id, "landing_undone", &Landing_shape, m->out, e);
    }
    m->out->landed_at = tx_now(tx);
    TRY(tx_run_shape(tx, &sql_change_landing_add, &Landing_shape, m->out, NULL, e));
    TRY(worktree_store_landed(tx, m->out->worktree_id, m->out->head_id, e));
    return workspace_emit(tx, m->out->workspace_id, "landed", &Landing_shape, m->out, e);
}

/* The branch shows whether it was moved, whoever has moved it since. */
static int has_moved(const Move *m, bool *ret, Err *e) {
    Str now;
    bool has_landed;
    TRY(git_resolve(m->act.g, arena_cstr(m->act.call->arena, m->plan.base_ref), &now, e));
    *ret = str_eq(now, goal(m));
    if (*ret || !now.p || str_eq(now, start(m))) return 0;
    TRY(git_is_ancestor(m->act.g, m->plan.to_id, now, &has_landed, e));
    *ret = has_landed != m->is_undo;
    return 0;
}

/* An undo moves the local branch alone. */
static void note_pushed(Move *m) {
    Str there;
    if (git_remotes_with(m->act.g, m->plan.to_id, &there, &(Err){0}) < 0 || !there.n) return;
    Str note =
        arena_fmt(m->act.call->arena, STR_FMT " still %s the landed commit: undoing it here does not undo it there",
                  STR_ARG(there), memchr(there.p, ',', there.n) ? "have" : "has");
    GIVE(Landing, m->out, note, note);
}

static int settle(void *arg, bool *ret_moved, Err *e) {
    Move *m = arg;
    OpCall *c = m->act.call;
    *ret_moved = m->is_moved;
    if (!*ret_moved) TRY(has_moved(m, ret_moved, e));
    if (!*ret_moved) return op_intent_abandon(c, m->act.intent, e);
    *m->out = m->plan;
    if (m->is_undo) note_pushed(m);
    return op_intent_close(c, m->act.intent, landed_tx, m, m->out, e);
}

/* What follows is done, whatever the hook says; the hook can be cancelled again. */
static void after_merge(Move *m) {
    Str note;
    (void)run_begin(m->act.call, &m->act.run, m->act.w.id, m->base, &(Err){0});
    git_after_merge(m->base, &note);
    note = act_note(&m->act, 0, NULL, note);
    if (note.n) GIVE(Landing, m->out, note, note);
}

static int run(Move *m, Err *e) {
    TRY(save(m, e));
    TRY(act_begin(&m->act, m->base ? &m->base_tree : NULL, &Landing_shape, &m->plan, e));
    CRASH("land.intended");
    int r = move(m, e);
    CRASH("land.moved");
    m->is_moved = r == 0;
    TRY(act_end(&m->act, r, settle, m, e));
    CRASH("land.stored");
    if (m->base && !m->is_undo) after_merge(m);
    return 0;
}

static int open_move(Move *m, OpCall *c, Err *e) {
    WorktreeRef ref = {.workspace_id = op_text(c, m->in, "workspaceId"),
                       .worktree_id = op_text(c, m->in, "worktreeId")};
    return act_open(c, &ref, &m->act, e);
}

/* Base is there even if the worktree that lands no longer is. */
static int open_again(Move *m, OpCall *c, bool *ret_is_gone, Err *e) {
    Workspace w;
    const GitWorktree *at;
    GitRefMove ref = ref_move(m);
    int r = workspace_get(c->app, c->db, m->plan.workspace_id, c->arena, &w, e);
    if (r == 0) r = workspace_git(c, &w, &m->act.g, e);
    *ret_is_gone = r == -ERR_NOT_FOUND;
    if (*ret_is_gone) return 0;
    TRY(r);
    m->act.call = c;
    TRY(find_checked_out(m, &at, e));
    if (!at || at->prunable.p || at->is_bare) return 0;
    TRY(open_base(m, at, e));
    return git_move_checked_out_finish(m->base, &ref, e);
}

static int recover(OpCall *c, const OpIntent *i, bool is_undo, Err *e) {
    Landing out;
    bool is_gone, is_moved;
    CLEANUP(move_done) Move m = {.act.intent = i->id, .is_undo = is_undo, .out = &out};
    TRY(act_require_ended(i->id, e));
    TRY(act_read(c, i, NULL, &Landing_shape, &m.plan, e));
    TRY(open_again(&m, c, &is_gone, e));
    return is_gone ? op_intent_abandon(c, i->id, e) : settle(&m, &is_moved, e);
}

int land_recover(OpCall *c, const OpIntent *i, Err *e) { return recover(c, i, false, e); }
int land_undo_recover(OpCall *c, const OpIntent *i, Err *e) { return recover(c, i, true, e); }

/* -- landing ------------------------------------------------------------------------------------------------------ */

static int require_merged(const Move *m, Str head, Err *e) {
    bool is_merged;
    Str base = git_short_branch(m->plan.base_ref);
    if (str_eq(m->plan.from_id, head))
        return err_fail(e, ERR_CONFLICT, "there is nothing to land: this worktree is at " STR_FMT, STR_ARG(base));
    TRY(git_is_ancestor(m->act.g, m->plan.from_id, head, &is_merged, e));
    if (is_merged) return 0;
    int r = err_fail(e, ERR_CONFLICT, STR_FMT " has commits that are not in this worktree: merge them here first",
                     STR_ARG(base));
    err_detail(e, "base", STR_FMT, STR_ARG(m->plan.from_id));
    return r;
}

static int make_commit(Move *m, const LandIn *in, Str head, Err *e) {
    Arena *a = m->act.call->arena;
    Str parents[] = {m->plan.from_id, head}, short_base = git_short_branch(m->plan.base_ref);
    GitTreeCommit c = {.message = in->message, .parents = {parents, in->how == LAND_MERGE ? 2 : 1}};
    m->plan.to_id = head;
    if (in->how == LAND_FF) return 0;
    if (in->message.p && memchr(in->message.p, 0, in->message.n))
        return err_fail(e, ERR_INVALID, "message contains a NUL character");
    if (!c.message.p && in->how == LAND_SQUASH) {
        int r = err_fail(e, ERR_INVALID, "a squash requires a message");
        err_detail(e, "message", "is required");
        return r;
    }
    if (!c.message.p)
        c.message =
            arena_fmt(a, "Merge branch '" STR_FMT "' into " STR_FMT, STR_ARG(m->act.w.branch), STR_ARG(short_base));
    TRY(git_tree_of(m->act.g, head, &c.tree, e));
    if (in->how == LAND_SQUASH) {
        Str there;
        TRY(git_tree_of(m->act.g, m->plan.from_id, &there, e));
        if (str_eq(there, c.tree))
            return err_fail(e, ERR_CONFLICT, "there is nothing to land: " STR_FMT " has all changes of this worktree",
                            STR_ARG(short_base));
    }
    return git_commit_tree(m->act.g, &c, &m->plan.to_id, e);
}

static int plan_landing(Move *m, const LandIn *in, Err *e) {
    OpCall *c = m->act.call;
    Id id = id_new("lnd");
    Str head;
    m->plan = (Landing){.id = arena_str(c->arena, id_str(&id)),
                        .worktree_id = in->worktree_id,
                        .workspace_id = in->workspace_id,
                        .how = in->how};
    GIVE(Landing, &m->plan, landed_by, str(c->who->id));
    if (m->act.w.branch.n) GIVE(Landing, &m->plan, branch, m->act.w.branch);
    TRY(require_calm(m->act.g, m->act.w.path, e));
    TRY(base_ref(c->db, m->act.g, in->workspace_id, &m->plan.base_ref, e));
    if (!m->plan.base_ref.n) return err_fail(e, ERR_NOT_FOUND, "the workspace has no base branch: set one first");
    TRY(git_resolve(m->act.g, m->plan.base_ref.p, &m->plan.from_id, e));
    TRY(git_resolve(m->act.g, "HEAD", &head, e));
    if (!head.p || !m->plan.from_id.p)
        return err_fail(e, ERR_CONFLICT, "there is no commit to land, or none to land on");
    if (in->head_id.p && !str_eq(in->head_id, head))
        return err_fail(e, ERR_CONFLICT, "this worktree is at " STR_FMT ", not at " STR_FMT ": look at it again",
                        STR_ARG(head), STR_ARG(in->head_id));
    m->plan.head_id = head;
    TRY(require_merged(m, head, e));
    return make_commit(m, in, head, e);
}

int land_count_in_turn(OpCall *c, Str worktree_id, int64_t *ret, Err *e) {
    return db_scalar(c->db, &sql_change_agents_in_turn, DB_ARGS(db_text(worktree_id)), 0, ret, e);
}

/* What it has committed so far may be half of its work. */
static int require_turn_over(OpCall *c, const LandIn *in, Err *e) {
    int64_t n = 0;
    if (in->in_turn) return 0;
    TRY(land_count_in_turn(c, in->worktree_id, &n, e));
    if (!n) return 0;
    return err_fail(e, ERR_CONFLICT,
                    "%s in the middle of a turn in this worktree: wait until it ends, answer what it waits for, or "
                    "interrupt it",
                    n == 1 ? "an agent is" : "agents are");
}

int land(OpCall *c, const LandIn *in, Landing *out, Err *e) {
    CLEANUP(move_done) Move m = {.in = in, .out = out};
    TRY(open_move(&m, c, e));
    TRY(plan_landing(&m, in, e));
    if (str_eq(m.plan.base_ref, arena_fmt(c->arena, "refs/heads/" STR_FMT, STR_ARG(m.act.w.branch))))
        return err_fail(e, ERR_CONFLICT, "this worktree has the base branch itself checked out");
    TRY(require_turn_over(c, in, e));
    if (!in->ignore_checks) TRY(checks_require(c, m.act.g, in->worktree_id, e));
    TRY(find_base_tree(&m, e));
    return run(&m, e);
}

/* -- undoing -------------------------------------------------------------------------------------------------------- */

/* Names what has come on top, so that a person can decide. */
static int moved_on(const Move *m, Str now, Err *e) {
    GitOut o;
    Str base = git_short_branch(m->plan.base_ref), rest, line;
    const char *range = arena_fmt(m->act.g->arena, STR_FMT ".." STR_FMT, STR_ARG(m->plan.to_id), STR_ARG(now)).p;
    GitCall log = {.args = GIT_ARGS("log", "--max-count=14", "--format=%h %s", "--end-of-options", range, "--"),
                   .any_exit = true};
    TRY(git_quiet(m->act.g, &log, &o, e));
    int r = err_fail(e, ERR_CONFLICT, STR_FMT " has moved since: it is at " STR_FMT ", not at " STR_FMT, STR_ARG(base),
                     STR_ARG(now), STR_ARG(m->plan.to_id));
    for (rest = o.out; rest.n && str_split(&rest, '\n', &line);)
        if (line.n) err_detail(e, "since", STR_FMT, STR_ARG(str_upto(line, 150)));
    return r;
}

int land_undo(OpCall *c, const WorktreeRef *ref, Landing *out, Err *e) {
    CLEANUP(move_done) Move m = {.in = ref, .out = out, .is_undo = true};
    bool found;
    Str now;
    TRY(open_move(&m, c, e));
    TRY(db_one(c->db, &sql_change_landing_last, DB_ARGS(db_text(ref->worktree_id)), DB_INTO(Landing, c->arena, &m.plan),
               &found, e));
    if (!found) return err_fail(e, ERR_CONFLICT, "nothing of this worktree has landed that could be undone");
    TRY(git_resolve(m.act.g, arena_cstr(c->arena, m.plan.base_ref), &now, e));
    if (!str_eq(now, m.plan.to_id)) return moved_on(&m, now.p ? now : STR("no commit"), e);
    TRY(find_base_tree(&m, e));
    return run(&m, e);
}

/* -- past landings -------------------------------------------------------------------------------------------------- */

static bool is_kept(const WorktreeList *rows, Str id) {
    for (size_t i = 0; i < rows->n; i++)
        if (str_eq(rows->items[i].id, id)) return true;
    return false;
}

/* Of the landings that are the last of their worktrees, those after which base has not moved: each branch is looked up
 * once. */
static int find_undoable(OpCall *c, Str workspace_id, PastLandingList *l, Err *e) {
    CLEANUP(map_done) Map now = {0};
    Workspace w;
    WorktreeList rows = {0};
    Git *g;
    TRY(workspace_get(c->app, c->db, workspace_id, c->arena, &w, e));
    TRY(workspace_git(c, &w, &g, e));
    TRY(worktree_list(c->db, workspace_id, c->arena, &rows, e));
    for (size_t i = 0; i < l->n; i++) {
        PastLanding *p = &l->items[i];
        if (!p->can_undo || !(p->can_undo = is_kept(&rows, p->worktree_id))) continue;
        Str *at = map_find(&now, p->base_ref);
        if (!at) {
            at = arena_new_in(c->arena, Str);
            TRY(git_resolve(g, arena_cstr(c->arena, p->base_ref), at, e));
            map_put(&now, p->base_ref, at);
        }
        p->can_undo = str_eq(*at, p->to_id);
    }
    return 0;
}

int land_list(OpCall *c, const LandingsIn *in, Landings *out, Err *e) {
    TRY(op_cursor(c, topic_of(c->arena, "workspace", in->workspace_id), e));
    out->landings.items = arena_alloc(c->arena, 1);
    TRY(db_all(c->db, &sql_change_landings_of,
               DB_ARGS(db_text(in->workspace_id), db_text(in->after), db_i64(in->limit + 1)),
               DB_INTO(PastLanding, c->arena, &out->landings), (size_t)in->limit + 1, e));
    out->has_more = out->landings.n > (size_t)in->limit;
    if (out->has_more) GIVE(Landings, out, next_cursor, out->landings.items[--out->landings.n - 1].id);
    return find_undoable(c, in->workspace_id, &out->landings, e);
}
