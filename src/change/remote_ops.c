/* Operations on remotes. They wait for the network, and so not in the queue of their repository's other writes: git locks the
 * refs that they change itself. */
#define LOG_MODULE "change"
#include "base/mem.h"
#include "change/change_in.h"
#include "git/mark.h"
#include "sys/log.h"

#define FETCH_IN(F, S)                                                                                               \
    IN_WORKTREE(F, S)                                                                                                \
    F(S, STR, remote, .opt = 1, .min = 1, .max_bytes = 255, .doc = "Default: of the branch's upstream, else origin") \
    F(S, BOOL, prune, .opt = 1, .doc = "Forget remote branches that are gone there")
SHAPE(FetchIn, FETCH_IN);
SHAPE_DEFINE(FetchIn, FETCH_IN);

#define PUSH_IN(F, S)                                                                                                \
    IN_WORKTREE(F, S)                                                                                                \
    F(S, STR, remote, .opt = 1, .min = 1, .max_bytes = 255, .doc = "Default: of the branch's upstream, else origin") \
    F(S, BOOL, set_upstream, .opt = 1, .doc = "Make it the branch's upstream")                                       \
    F(S, STR, force_expected, .opt = 1, .min = 40, .max_bytes = 64,                                                  \
      .doc = "Replace the remote branch, if this is its commit: what it has there that is not here is dropped")
SHAPE(PushIn, PUSH_IN);
SHAPE_DEFINE(PushIn, PUSH_IN);

#define CANCELLED(F, S) F(S, I64, cancelled, .min = 0, .max = INT64_MAX, .doc = "Programs that were ended")
SHAPE(Cancelled, CANCELLED);
SHAPE_DEFINE(Cancelled, CANCELLED);

static int branch_of(const Act *a, Str *ret, Err *e) {
    GitBranches b;
    TRY(git_branches(a->g, &b, e));
    if (str_is(b.current, "HEAD")) return err_fail(e, ERR_CONFLICT, "HEAD is detached: check out a branch first");
    *ret = b.current;
    return 0;
}

/* What runs is listed with its age (list_intents), whoever has asked for it. Nothing has to be undone: what git has fetched
 * or pushed stays, and the same call again finds it there. */
static int begin(Act *a, Err *e) {
    TRY(op_intent_begin(a->call, (Str){0}, NULL, NULL, &a->intent, e));
    git_mark(a->g, a->intent);
    return 0;
}

/* `r` and *e: of what ran. */
static int end(Act *a, int r, const void *out, Err *e) {
    Err late = {0};
    if (r >= 0) return op_intent_close(a->call, a->intent, NULL, NULL, out, e);
    if (op_intent_abandon(a->call, a->intent, &late) < 0) log_err(LOG_WARN, LOG_MODULE, "ending a failed act", &late);
    return r;
}

static int remote_recover(OpCall *c, const OpIntent *i, Err *e) {
    TRY(act_require_ended(i->id, e));
    return op_intent_abandon(c, i->id, e);
}

static int fetch_remote(OpCall *c, const void *in_, void *out, Err *e) {
    const FetchIn *in = in_;
    CLEANUP(act_close) Act a = {0};
    GitRemoteBranch from;
    GitBranches b;
    TRY(act_open(c, &(WorktreeRef){.workspace_id = in->workspace_id, .worktree_id = in->worktree_id}, &a, e));
    TRY(git_branches(a.g, &b, e));
    TRY(git_remote_of(a.g, b.current, in->remote, &from, e));
    TRY(begin(&a, e));
    op_progress(c, "fetch", 0, 1);
    int r = git_fetch(a.g, from.remote, in->prune, e);
    a.g->cancel_fd = -1; /* what was fetched is here */
    if (r >= 0) op_progress(c, "fetch", 1, 1);
    if (r >= 0) r = git_status(a.g, out, e);
    return end(&a, r, out, e);
}

static int push_branch(OpCall *c, const void *in_, void *out, Err *e) {
    const PushIn *in = in_;
    CLEANUP(act_close) Act a = {0};
    GitRemoteBranch now;
    GitPushAsk ask = {.to = out, .expected = in->force_expected, .set_upstream = in->set_upstream};
    TRY(act_open(c, &(WorktreeRef){.workspace_id = in->workspace_id, .worktree_id = in->worktree_id}, &a, e));
    TRY(branch_of(&a, &ask.branch, e));
    TRY(git_remote_of(a.g, ask.branch, in->remote, out, e));
    TRY(op_audit_first(c, e));
    TRY(begin(&a, e));
    op_progress(c, "push", 0, 1);
    int r = git_push(a.g, &ask, e);
    a.g->cancel_fd = -1; /* what was pushed is there, whoever cancels and whether it can be read or not */
    if (r >= 0) op_progress(c, "push", 1, 1);
    if (r >= 0 && git_remote_of(a.g, ask.branch, in->remote, &now, &(Err){0}) >= 0) *(GitRemoteBranch *)out = now;
    return end(&a, r, out, e);
}

static int cancel_change(OpCall *c, const void *in, void *out, Err *e) {
    Worktree w;
    TRY(worktree_of(c->db, in, c->arena, &w, e));
    ((Cancelled *)out)->cancelled = runs_cancel(c->app, w.id, STR(""));
    return 0;
}

int remote_subject(OpCall *c, const void *in, Str *ret, Err *e) {
    Str remote = op_text(c, in, "remote");
    TRY(workspace_subject(c, in, ret, e));
    if (ret->n)
        *ret =
            arena_fmt(c->arena, STR_FMT "/remotes/" STR_FMT, STR_ARG(*ret), STR_ARG(remote.p ? remote : STR("origin")));
    return 0;
}

#define WT "/api/workspaces/{workspaceId}/worktrees/{worktreeId}"

const Op remote_ops[] = {
    {"fetch_remote", "POST " WT "/fetch", "change fetch", OP_RUN(fetch_remote, FetchIn, GitStatus), .role = ROLE_MEMBER,
     .where = ON_SLOW, .subject = remote_subject, .flags = OP_WRITES | OP_AUDITED | OP_EFFECTS | OP_NEEDS_NO_ROOM,
     .recover = remote_recover,
     .doc = "Fetches a remote's branches with your credentials, within ten minutes. Nobody is asked for a password."},
    {"push_branch", "POST " WT "/push", "change push", OP_RUN(push_branch, PushIn, GitRemoteBranch),
     .role = ROLE_MEMBER, .where = ON_SLOW, .subject = remote_subject,
     .flags = OP_WRITES | OP_AUDITED | OP_EFFECTS | OP_NEEDS_NO_ROOM, .recover = remote_recover,
     .doc =
         "Pushes the worktree's branch, and nothing else, within ten minutes. It replaces commits only if you name them."},
    {"cancel_change", "POST " WT "/cancel", "change cancel", OP_RUN(cancel_change, WorktreeRef, Cancelled),
     .role = ROLE_MEMBER, .where = ON_WORKER, .flags = OP_WRITES,
     .doc = "Ends what git does for a worktree at a person's request: a fetch, a push, a commit, a merge."},
    {0},
};
