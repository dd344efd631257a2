/* The first stage of landing: what happens inside the worktree. Each act stores its intent first; afterwards, and after a
 * crash, git itself says what happened. */
#include "base/mem.h"
#include "change/merge_in.h"
#include "sys/fault.h"
#include "workspace/rewrite.h"

/* An act that git answers for: HEAD, or what is in progress, differs afterwards. */
#define STEP_WORDS(W)            \
    W(STEP_FF, "ff")             \
    W(STEP_MERGE, "merge")       \
    W(STEP_REBASE, "rebase")     \
    W(STEP_SQUASH, "squash")     \
    W(STEP_CONTINUE, "continue") \
    W(STEP_ABORT, "abort")
ENUM_DECLARE(StepHow, STEP_WORDS);
ENUM_DEFINE(StepHow, STEP_WORDS);
#define STEP_STATE(F, S)                                                                                            \
    F(S, STR, head, .max_bytes = 64, .doc = "HEAD before; empty before the first commit")                           \
    F(S, ENUM(GitProgress), in_progress, .doc = "What was in progress before")                                      \
    F(S, ENUM(StepHow), how, .opt = 1, .has_def = 1, .def = STEP_CONTINUE, .doc = "What is done")                   \
    F(S, STR, commit, .opt = 1, .max_bytes = 64, .doc = "What is brought in, or the parent of what a squash makes") \
    F(S, STR, salvage, .opt = 1, .max_bytes = 64, .doc = "What was there before")                                   \
    F(S, STR, content_id, .opt = 1, .max_bytes = 64, .doc = "The status's contentId of that moment")
SHAPE(StepState, STEP_STATE);
static const char *const brought_in_by[StepHow_n] = {
    [STEP_FF] = "a fast-forward", [STEP_MERGE] = "a merge", [STEP_REBASE] = "a rebase"};
typedef struct Step {
    Act act;
    GitMergeState before;
    StepState state;
    StepHow how;
    bool overwrites;     /* what was resolved: nothing may be left out of the salvage */
    Str commit, message; /* what is brought in */
    bool is_done;        /* git's call has succeeded */
    GitMergeEnd end;     /* of that call */
    GitMergeState *out;
} Step;
SHAPE_DEFINE(StepState, STEP_STATE);

#define MERGE_IN(F, S)                                                         \
    IN_WORKTREE(F, S)                                                          \
    F(S, STR, branch, .opt = 1, .min = 1, .max_bytes = 255, .example = "main", \
      .doc = "A local branch; default: the base branch")
SHAPE(MergeIn, MERGE_IN);
SHAPE_DEFINE(MergeIn, MERGE_IN);

#define PULL_WORDS(W) W(PULL_FF, "ff") W(PULL_MERGE, "merge") W(PULL_REBASE, "rebase")
ENUM_DECLARE(PullHow, PULL_WORDS);
ENUM_DEFINE(PullHow, PULL_WORDS);
#define PULL_IN(F, S)                                                           \
    IN_WORKTREE(F, S)                                                           \
    F(S, ENUM(PullHow), how, .opt = 1, .has_def = 1, .def = PULL_FF,            \
      .doc = "ff: only if the branch has no commits of its own; merge; rebase") \
    F(S, STR, remote, .opt = 1, .min = 1, .max_bytes = 255, .doc = "Default: of the branch's upstream, else origin")
SHAPE(PullIn, PULL_IN);
SHAPE_DEFINE(PullIn, PULL_IN);

#define SQUASH_IN(F, S) \
    IN_WORKTREE(F, S)   \
    F(S, STR, message, .min = 1, .max = 100000, .example = "Fix the login", .doc = "Of the one commit")
SHAPE(SquashIn, SQUASH_IN);
SHAPE_DEFINE(SquashIn, SQUASH_IN);

#define ABORT_IN(F, S) \
    IN_WORKTREE(F, S)  \
    F(S, BOOL, accept_unsaved, .opt = 1, .doc = ACCEPT_UNSAVED_DOC)
SHAPE(AbortIn, ABORT_IN);
SHAPE_DEFINE(AbortIn, ABORT_IN);

/* -- a step --------------------------------------------------------------------------------------------------- */

static void step_done(Step *x) { act_close(&x->act); }

static int step_open(OpCall *c, const void *in, Step *x, Err *e) {
    WorktreeRef ref = {.workspace_id = op_text(c, in, "workspaceId"), .worktree_id = op_text(c, in, "worktreeId")};
    TRY(act_open(c, &ref, &x->act, e));
    TRY(git_merge_state(x->act.g, &x->before, e));
    GIVE(StepState, &x->state, head, x->before.head.p ? x->before.head : STR(""));
    GIVE(StepState, &x->state, in_progress, x->before.in_progress);
    return 0;
}

static int step_require_idle(const Step *x, const char *doing, Err *e) {
    GitStatus s;
    if (x->before.in_progress)
        return err_fail(e, ERR_CONFLICT, "%s is refused because a %s is in progress: continue or abort it first", doing,
                        git_progress_name(x->before.in_progress));
    if (!x->before.head.p) return err_fail(e, ERR_CONFLICT, "%s is refused because there is no commit yet", doing);
    TRY(git_status(x->act.g, &s, e));
    s.untracked = (StrList){0}; /* git leaves them alone, or refuses */
    s.counts->untracked = 0;
    s.is_clean = !s.modified.n && !s.staged.n && !s.conflicted.n && !s.unverified.n;
    return git_require_clean(&s, doing, e);
}

/* A squash moves the branch alone, and a merge that is continued is only committed. */
static bool replaces_files(const Step *x) {
    bool is_commit = x->how == STEP_CONTINUE && x->before.in_progress == GIT_PROGRESS_MERGE;
    return x->how != STEP_SQUASH && !is_commit;
}

static int begin(Step *x, Err *e) {
    GIVE(StepState, &x->state, how, x->how);
    if (x->commit.p) GIVE(StepState, &x->state, commit, x->commit);
    GIVE(StepState, &x->state, salvage, x->act.kept.id);
    GIVE(StepState, &x->state, content_id, x->act.content_id);
    return act_begin(&x->act, replaces_files(x) ? &x->act.w : NULL, &StepState_shape, &x->state, e);
}

static int is_squash(const Git *g, const StepState *s, Str now, bool *ret, Err *e) {
    GitCommit made;
    Str before, after;
    *ret = false;
    TRY(git_commit_read(g, now, &made, e));
    if (made.parents.n != 1 || !str_eq(made.parents.items[0], s->commit)) return 0;
    TRY(git_tree_of(g, s->head, &before, e));
    TRY(git_tree_of(g, now, &after, e));
    *ret = str_eq(before, after);
    return 0;
}

/* Does the worktree show what the step does? A commit that somebody made meanwhile is not it, and neither is what git could
 * not end: it waits without a conflict, after a hook or a signature that failed. */
static int has_effect(const Step *x, bool *ret, Err *e) {
    const StepState *s = &x->state;
    const GitMergeState *now = x->out;
    bool has_moved = now->head.p && !str_eq(now->head, s->head);
    *ret = false;
    if (now->in_progress && !now->conflict_count && !(has_moved && s->how == STEP_MERGE)) return 0;
    *ret = now->in_progress != s->in_progress;
    if (*ret || !has_moved) return 0;
    *ret = s->how == STEP_CONTINUE; /* a rebase that stopped at its next commit */
    if (!s->commit.p || *ret) return 0;
    return s->how == STEP_SQUASH ? is_squash(x->act.g, s, now->head, ret, e)
                                 : git_is_ancestor(x->act.g, s->commit, now->head, ret, e);
}

static int settle(void *arg, bool *ret_done, Err *e) {
    Step *x = arg;
    OpCall *c = x->act.call;
    TRY(git_merge_state(x->act.g, x->out, e));
    *ret_done = x->is_done;
    if (!*ret_done) TRY(has_effect(x, ret_done, e));
    if (!*ret_done) return op_intent_abandon(c, x->act.intent, e);
    if (x->end.note.n) GIVE(GitMergeState, x->out, note, x->end.note);
    return op_intent_close(c, x->act.intent, NULL, NULL, x->out, e);
}

/* Ignored files are not in the way and git keeps untracked ones: what is too large to be saved may be left out, except
 * before an abort. */
static int salvage(Step *x, Err *e) {
    OpCall *c = x->act.call;
    WorktreeSalvage how = {.act = c->op->name, .may_leave = !x->overwrites};
    return act_salvage(&x->act, &how, e);
}

/* The error of a step that has begun something says so. */
static int add_progress(const Step *x, int r, Err *e) {
    GitProgress now = x->out->in_progress;
    if (r >= 0 || !now) return r;
    act_add(e, "; the %s is in progress: continue or abort it", git_progress_name(now));
    err_detail(e, "inProgress", "%s", enum_word(&GitProgress_enum, (int)now));
    return r;
}

/* A merge that git was broken off in before it had noted what it merges: nothing can be continued or aborted. */
static bool is_half_begun(const Step *x) {
    GitMergeState now;
    bool is_known = git_merge_state(x->act.g, &now, &(Err){0}) >= 0;
    return is_known && !now.in_progress && !x->state.in_progress && str_eq(now.head, x->state.head);
}

static int step_run(Step *x, int (*run)(Step *x, Err *e), Err *e) {
    if (replaces_files(x)) TRY(rewrite_check(x->act.call, &x->act.w, e));
    TRY(salvage(x, e));
    TRY(begin(x, e));
    CRASH("step.intended");
    int r = run(x, e);
    CRASH("step.done");
    x->is_done = r == 0;
    x->end.note = act_note(&x->act, r, e, x->end.note);
    x->act.g->cancel_fd = -1;
    if (r < 0 && x->end.is_broken_off && is_half_begun(x)) r = act_put_back(&x->act, x->commit, r, e);
    r = act_end(&x->act, r, settle, x, e);
    CRASH("step.stored");
    return add_progress(x, r, e);
}

/* After a crash nobody knows who has changed what since: it is only said. */
static int report_half(const Step *x, Err *e) {
    GitStatus now;
    const char *act = brought_in_by[x->state.how];
    if (!act || !x->state.salvage.p || !is_half_begun(x)) return 0;
    TRY(git_status(x->act.g, &now, e));
    if (str_eq(now.content_id, x->state.content_id)) return 0;
    return err_fail(e, ERR_CONFLICT,
                    "%s in worktree " STR_FMT
                    " was interrupted, and files there have changed since it began: salvage " STR_FMT
                    " has them as they were before",
                    act, STR_ARG(x->act.w.name), STR_ARG(x->state.salvage));
}

static int step_recover(OpCall *c, const OpIntent *i, Err *e) {
    GitMergeState out;
    CLEANUP(step_done) Step x = {.out = &out};
    void *in = arena_alloc(c->arena, c->op->in->size);
    bool is_done, is_gone;
    TRY(act_read(c, i, in, &StepState_shape, &x.state, e));
    WorktreeRef ref = {.workspace_id = op_text(c, in, "workspaceId"), .worktree_id = op_text(c, in, "worktreeId")};
    TRY(act_recover(c, &ref, i->id, &x.act, &is_gone, e));
    if (is_gone) return op_intent_abandon(c, i->id, e);
    TRY(settle(&x, &is_done, e));
    return is_done ? 0 : report_half(&x, e);
}

/* -- bringing commits into the worktree ------------------------------------------------------------------------ */

static int refuse_paths(const Step *x, const StrList *paths, const char *doing, Err *e) {
    StrList found;
    TRY(git_in_way(x->act.g, paths, &found, e));
    return git_refuse_in_way(&found, doing, e);
}

/* What git would write over ignored files: of a true merge it does not look itself (git-merge(1)), nor of a rebase. */
static int refuse_ignored(Step *x, Err *e) {
    const Git *g = x->act.g;
    GitMergeTree merged;
    StrList paths;
    Str head_tree, tree;
    TRY(git_tree_of(g, x->before.head, &head_tree, e));
    TRY(git_tree_of(g, x->commit, &tree, e));
    TRY(git_paths_added(g, head_tree, tree, &paths, e));
    TRY(refuse_paths(x, &paths, "this", e));
    if (x->how == STEP_FF) return 0;
    if (x->how == STEP_REBASE) {
        TRY(git_paths_picked(g, x->commit, x->before.head, &paths, e));
        return refuse_paths(x, &paths, "this rebase", e);
    }
    TRY(git_merge_tree(g, x->before.head, x->commit, &merged, e));
    TRY(git_paths_added(g, head_tree, merged.tree, &paths, e));
    return refuse_paths(x, &paths, "this merge", e);
}

static int run_integrate(Step *x, Err *e) {
    GitMergeAsk ask = {.commit = x->commit, .message = x->message, .ff_only = x->how == STEP_FF};
    return x->how == STEP_REBASE ? git_rebase(x->act.g, x->commit, &x->end, e) : git_merge(x->act.g, &ask, &x->end, e);
}

static int integrate(Step *x, Err *e) {
    Str common;
    TRY(step_require_idle(x, brought_in_by[x->how], e));
    TRY(git_merge_base(x->act.g, x->commit, x->before.head, &common, e));
    if (str_eq(common, x->commit)) {
        *x->out = x->before; /* nothing to bring in */
        return 0;
    }
    if (!common.p && x->how != STEP_REBASE) return err_fail(e, ERR_CONFLICT, "the two branches have no common commit");
    if (x->how == STEP_FF && !str_eq(common, x->before.head))
        return err_fail(e, ERR_CONFLICT,
                        "the two branches have diverged, so this is not a fast-forward: merge or rebase");
    TRY(refuse_ignored(x, e));
    return step_run(x, run_integrate, e);
}

static int branch_commit(Step *x, Str branch, Err *e) {
    OpCall *c = x->act.call;
    Str ref = branch.p ? branch : STR("");
    if (branch.p && memchr(branch.p, 0, branch.n)) return err_fail(e, ERR_INVALID, "branch contains a NUL character");
    if (!branch.p) TRY(base_ref(c->db, x->act.g, x->act.w.workspace_id, &ref, e));
    if (!ref.n) return err_fail(e, ERR_NOT_FOUND, "the workspace has no base branch: name a branch");
    if (!branch.p) ref = git_short_branch(ref);
    TRY(git_branch_find(x->act.g, ref, &x->commit, e));
    x->message = arena_fmt(c->arena, "Merge branch '" STR_FMT "'", STR_ARG(ref));
    return x->commit.p ? 0 : err_fail(e, ERR_NOT_FOUND, "there is no branch " STR_FMT, STR_ARG(ref));
}

static int bring_in(OpCall *c, const void *in, StepHow how, void *out, Err *e) {
    CLEANUP(step_done) Step x = {.out = out, .how = how};
    TRY(step_open(c, in, &x, e));
    TRY(branch_commit(&x, ((const MergeIn *)in)->branch, e));
    return integrate(&x, e);
}

static int merge_base(OpCall *c, const void *in, void *out, Err *e) { return bring_in(c, in, STEP_MERGE, out, e); }
static int rebase_worktree(OpCall *c, const void *in, void *out, Err *e) {
    return bring_in(c, in, STEP_REBASE, out, e);
}

static int find_pulled(const Git *g, const PullIn *in, GitRemoteBranch *ret, Err *e) {
    GitBranches b;
    TRY(git_branches(g, &b, e));
    if (str_is(b.current, "HEAD")) return err_fail(e, ERR_CONFLICT, "HEAD is detached: check out a branch first");
    return git_remote_of(g, b.current, in->remote, ret, e);
}

/* Before its turn on the repository: a remote that hangs delays nobody there. */
static int fetch_pulled(OpCall *c, const void *in_, void *out, Err *e) {
    const PullIn *in = in_;
    CLEANUP(act_close) Act a = {0};
    GitRemoteBranch from;
    (void)out;
    TRY(act_open(c, &(WorktreeRef){.workspace_id = in->workspace_id, .worktree_id = in->worktree_id}, &a, e));
    TRY(find_pulled(a.g, in, &from, e));
    op_progress(c, "fetch", 0, 2);
    return git_fetch(a.g, from.remote, false, e);
}

static int pull_branch(OpCall *c, const void *in_, void *out, Err *e) {
    static const StepHow hows[PullHow_n] = {
        [PULL_FF] = STEP_FF, [PULL_MERGE] = STEP_MERGE, [PULL_REBASE] = STEP_REBASE};
    const PullIn *in = in_;
    CLEANUP(step_done) Step x = {.out = out, .how = hows[in->how]};
    GitRemoteBranch from;
    TRY(step_open(c, in, &x, e));
    TRY(find_pulled(x.act.g, in, &from, e)); /* as fetched */
    if (!from.id.p)
        return err_fail(e, ERR_NOT_FOUND, "there is no branch " STR_FMT " on " STR_FMT, STR_ARG(from.branch),
                        STR_ARG(from.remote));
    op_progress(c, enum_word(&PullHow_enum, (int)in->how), 1, 2);
    x.commit = from.id;
    x.message =
        arena_fmt(c->arena, "Merge branch '" STR_FMT "' of " STR_FMT, STR_ARG(from.branch), STR_ARG(from.remote));
    return integrate(&x, e);
}

/* -- what is in progress ---------------------------------------------------------------------------------------- */

static int get_merge_state(OpCall *c, const void *in, void *out, Err *e) {
    const WorktreeRef *ref = in;
    Worktree w;
    Git *g;
    TRY(op_cursor(c, topic_of(c->arena, "workspace", ref->workspace_id), e));
    TRY(worktree_git(c, ref, &w, &g, e));
    return git_merge_state(g, out, e);
}

static int run_continue(Step *x, Err *e) { return git_merge_continue(x->act.g, x->before.in_progress, &x->end, e); }
static int run_abort(Step *x, Err *e) { return git_merge_abort(x->act.g, x->before.in_progress, e); }

static int continue_merge(OpCall *c, const void *in, void *out, Err *e) {
    CLEANUP(step_done) Step x = {.out = out, .how = STEP_CONTINUE};
    StrList paths;
    TRY(step_open(c, in, &x, e));
    TRY(git_merge_check_continue(&x.before, e)); /* before anything is saved: a refused step leaves no salvage */
    if (x.before.last.p) {
        TRY(git_paths_picked(x.act.g, x.before.head, x.before.last, &paths, e));
        TRY(refuse_paths(&x, &paths, "continuing", e));
    }
    return step_run(&x, run_continue, e);
}

static int abort_merge(OpCall *c, const void *in, void *out, Err *e) {
    CLEANUP(step_done) Step x = {.out = out, .how = STEP_ABORT};
    StrList paths;
    x.overwrites = !((const AbortIn *)in)->accept_unsaved;
    TRY(step_open(c, in, &x, e));
    TRY(git_merge_check_abort(&x.before, e));
    Str back = x.before.last.p ? x.before.last : x.before.head;
    if (back.p) {
        TRY(git_paths_missing(x.act.g, back, &paths, e));
        TRY(refuse_paths(&x, &paths, "aborting", e));
    }
    return step_run(&x, run_abort, e);
}

/* -- squashing ---------------------------------------------------------------------------------------------------- */

/* Index and files stay as they are: only the branch moves, to one commit with the same tree. */
static int run_squash(Step *x, Err *e) {
    const Git *g = x->act.g;
    GitTreeCommit one = {.message = x->message, .parents = {&x->commit, 1}};
    GitRefMove move = {.ref = STR("HEAD"), .from = x->before.head, .why = "squash"};
    TRY(git_tree_of(g, x->before.head, &one.tree, e));
    TRY(git_commit_tree(g, &one, &move.to, e));
    return git_move_ref(g, &move, e);
}

static int squash_worktree(OpCall *c, const void *in_, void *out, Err *e) {
    const SquashIn *in = in_;
    CLEANUP(step_done) Step x = {.out = out, .how = STEP_SQUASH};
    Str base;
    TRY(step_open(c, in, &x, e));
    TRY(step_require_idle(&x, "a squash", e));
    if (memchr(in->message.p, 0, in->message.n)) return err_fail(e, ERR_INVALID, "message contains a NUL character");
    TRY(branch_commit(&x, (Str){0}, e));
    TRY(git_merge_base(x.act.g, x.commit, x.before.head, &base, e));
    if (!base.p) return err_fail(e, ERR_CONFLICT, "this branch and the base branch have no common commit");
    if (str_eq(base, x.before.head)) return err_fail(e, ERR_CONFLICT, "this branch has no commits of its own");
    x.commit = base;
    x.message = in->message;
    return step_run(&x, run_squash, e);
}

static int land_worktree(OpCall *c, const void *in, void *out, Err *e) { return land(c, in, out, e); }
static int undo_merge(OpCall *c, const void *in, void *out, Err *e) { return land_undo(c, in, out, e); }
static int list_landings(OpCall *c, const void *in, void *out, Err *e) { return land_list(c, in, out, e); }

#define WT "/api/workspaces/{workspaceId}/worktrees/{worktreeId}"
#define STEP_OP                                                              \
    .role = ROLE_MEMBER, .where = ON_SLOW, .subject = worktree_part_subject, \
    .flags = OP_WRITES | OP_AUDITED | OP_EFFECTS, .recover = step_recover

const Op merge_ops[] = {
    {"get_merge_state", "GET " WT "/merge", "change conflicts", OP_RUN(get_merge_state, WorktreeRef, GitMergeState),
     .role = ROLE_VIEWER, .where = ON_SLOW, .subject = worktree_subject,
     .doc = "Returns what is in progress in a worktree, and its files in conflict with their versions."},
    {"merge_base", "POST " WT "/merge", "change merge", OP_RUN(merge_base, MergeIn, GitMergeState), STEP_OP,
     .doc = "Merges the base branch into a clean worktree: the first stage of landing. Conflicts stay there and are "
            "the answer. No ignored file is overwritten."},
    {"rebase_worktree", "POST " WT "/rebase", "change rebase", OP_RUN(rebase_worktree, MergeIn, GitMergeState), STEP_OP,
     .doc = "Rebases a clean worktree's branch onto the base branch. Conflicts stay there and are the answer."},
    {"pull_branch", "POST " WT "/pull", "change pull", OP_RUN(pull_branch, PullIn, GitMergeState), STEP_OP,
     .before = fetch_pulled, .before_subject = remote_subject,
     .doc =
         "Fetches the branch's upstream and brings it into a clean worktree. Conflicts stay there and are the answer."},
    {"continue_merge", "POST " WT "/merge/continue", "change continue",
     OP_RUN(continue_merge, WorktreeRef, GitMergeState), STEP_OP,
     .doc = "Continues a merge, rebase, cherry-pick or revert whose conflicts are resolved and staged."},
    {"abort_merge", "POST " WT "/merge/abort", "change abort", OP_RUN(abort_merge, AbortIn, GitMergeState), STEP_OP,
     .doc = "Aborts a merge, rebase, cherry-pick or revert: the worktree is as it was before."},
    {"squash_worktree", "POST " WT "/squash", "change squash", OP_RUN(squash_worktree, SquashIn, GitMergeState),
     STEP_OP, .doc = "Makes one commit of a clean worktree's commits since it left the base branch. No file changes."},
    {"land_worktree", "POST " WT "/land", "change land", OP_RUN(land_worktree, LandIn, Landing), .role = ROLE_MEMBER,
     .where = ON_SLOW, .subject = workspace_subject, .flags = OP_WRITES | OP_AUDITED | OP_EFFECTS,
     .recover = land_recover,
     .doc =
         "Lands a clean worktree that contains the base branch on it: the second stage. If the base branch is checked "
         "out, that worktree must be clean and follows."},
    {"undo_merge", "POST " WT "/land/undo", "change undo", OP_RUN(undo_merge, WorktreeRef, Landing),
     .role = ROLE_MEMBER, .where = ON_SLOW, .subject = workspace_subject, .flags = OP_WRITES | OP_AUDITED | OP_EFFECTS,
     .recover = land_undo_recover,
     .doc = "Undoes the worktree's last landing, if the base branch has not moved since."},
    {"list_landings", "GET /api/workspaces/{workspaceId}/landings", "change landings",
     OP_RUN(list_landings, LandingsIn, Landings), .role = ROLE_VIEWER, .where = ON_SLOW, .subject = workspace_subject,
     .doc = "Lists what has landed from a workspace's worktrees, with the landings that were undone."},
    {0},
};
