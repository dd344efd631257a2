/* See pull_create.h. A pull request cannot be opened twice: an open one of the same two branches is looked for first, and
 * hosts refuse a second one. So an intent whose end is not known can be dropped, because the next call looks again. */
#define LOG_MODULE "host"
#include "host/pull_create.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/mem.h"
#include "change/change.h"
#include "git/merge.h"
#include "git/remote.h"
#include "git/repo.h"
#include "host/host_in.h"
#include "sys/fault.h"
#include "sys/log.h"
#include "workspace/base.h"

SHAPE_DEFINE(PullCreate, PULL_CREATE);
SHAPE_DEFINE(PullCreated, PULL_CREATED);

enum { STATE_MAX = 16 << 10 };

/* The state of the intent: where to look for what was opened. */
#define PULL_PLAN(F, S)                                                                \
    F(S, ENUM(HostKind), kind, .doc = "The service")                                   \
    F(S, STR, host, .max_bytes = 300, .doc = "The host")                               \
    F(S, STR, project, .max_bytes = REMOTE_PROJECT_MAX, .doc = "The repository there") \
    F(S, STR, head, .max_bytes = 1024, .doc = "The branch")                            \
    F(S, STR, base, .max_bytes = 1024, .doc = "Into which it goes")                    \
    F(S, BOOL, pushed, .doc = "Commits were pushed for it")
SHAPE(PullPlan, PULL_PLAN);
SHAPE_DEFINE(PullPlan, PULL_PLAN);

typedef struct Creating {
    OpCall *call;
    const PullCreate *in;
    Worktree w;
    Git *g;
    Run run;
    Host host;
    Str branch, intent; /* the local one */
    GitRemoteBranch to;
    PullPlan plan;
    PullCreated *out;
} Creating;

static void creating_done(Creating *x) { run_end(&x->run); }

static void answer(const PullPlan *plan, const PullRequest *p, bool existed, PullCreated *out) {
    static_assert(offsetof(PullCreated, existed) <= sizeof *p, "its first members are a PullRequest's");
    *out = (PullCreated){0};
    memcpy(out, p, offsetof(PullCreated, existed));
    out->existed = existed;
    out->pushed = plan->pushed;
}

/* -- the branch -------------------------------------------------------------------------------------------------- */

static int find_branch(Creating *x, Err *e) {
    GitBranches b;
    TRY(git_branches(x->g, &b, e));
    if (str_is(b.current, "HEAD")) return err_fail(e, ERR_CONFLICT, "HEAD is detached: check out a branch first");
    x->branch = b.current;
    return git_remote_of(x->g, x->branch, x->in->remote, &x->to, e);
}

static int find_base(Creating *x, Err *e) {
    BaseBranch b = {.branch = x->in->base};
    if (!b.branch.p) TRY(base_branch(x->call->db, x->g, x->in->workspace_id, &b, e));
    if (!b.branch.p) {
        int r = err_fail(e, ERR_CONFLICT, "the workspace has no base branch: name the one into which it goes");
        err_detail(e, "base", "is required");
        return r;
    }
    if (str_eq(b.branch, x->to.branch))
        return err_fail(e, ERR_CONFLICT,
                        STR_FMT " is the base branch itself: make a branch for the change, or name another base",
                        STR_ARG(x->to.branch));
    x->plan.base = b.branch;
    return 0;
}

/* Not where the remote is known to have all of the branch's commits. An upstream that the branch has stays. */
static int push(Creating *x, Err *e) {
    Str id, upstream;
    bool is_there = false;
    GitPushAsk ask = {.branch = x->branch, .to = &x->to};
    TRY(git_branch_find(x->g, x->branch, &id, e));
    if (!id.p) return err_fail(e, ERR_CONFLICT, "the branch " STR_FMT " has no commit yet", STR_ARG(x->branch));
    if (x->to.id.p) TRY(git_is_ancestor(x->g, id, x->to.id, &is_there, e));
    if (is_there) return 0;
    TRY(git_config_find(x->g, arena_fmt(x->g->arena, "branch." STR_FMT ".merge", STR_ARG(x->branch)), &upstream, e));
    ask.set_upstream = !upstream.n;
    TRY(op_audit_first(x->call, e));
    op_progress(x->call, "push", 0, 2);
    x->plan.pushed = true;
    return git_push(x->g, &ask, e);
}

static int open_all(Creating *x, Err *e) {
    OpCall *c = x->call;
    Worktree usable;
    WorktreeRef ref = {.workspace_id = x->in->workspace_id, .worktree_id = x->in->worktree_id};
    TRY(worktree_git(c, &ref, &x->w, &x->g, e));
    TRY(worktree_get_usable(c->db, x->w.id, c->arena, &usable, e));
    TRY(run_begin(c, &x->run, x->w.id, x->g, e));
    TRY(find_branch(x, e));
    TRY(host_find(c, x->g, x->to.remote, &x->host, e));
    TRY(host_require(&x->host, e));
    TRY(find_base(x, e));
    x->plan.kind = x->host.kind;
    x->plan.host = x->host.name;
    x->plan.project = x->host.project;
    x->plan.head = x->to.branch;
    return 0;
}

/* -- the pull request --------------------------------------------------------------------------------------------- */

static int begin(Creating *x, Err *e) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, STATE_MAX);
    JsonOut o = json_out(&b);
    shape_encode(&PullPlan_shape, &x->plan, &o);
    return op_intent_begin(x->call, arena_str(x->call->arena, buf_str(&b)), NULL, NULL, &x->intent, e);
}

/* Closes the intent if there is such a pull request, else abandons it. Where the host does not say, the next call looks. */
static int settle(Creating *x, bool *ret_found, Err *e) {
    PullRequest p;
    Err why = {0};
    *ret_found = false;
    if (x->host.service->find_pull(&x->host, x->plan.head, x->plan.base, &p, ret_found, &why) < 0)
        log_err(LOG_WARN, LOG_MODULE, "looking for a pull request that may have been opened", &why);
    if (!*ret_found) return op_intent_abandon(x->call, x->intent, e);
    answer(&x->plan, &p, false, x->out);
    return op_intent_close(x->call, x->intent, NULL, NULL, x->out, e);
}

static int create(Creating *x, Err *e) {
    const PullCreate *in = x->in;
    PullNew n = {
        .title = in->title, .body = in->body, .base = x->plan.base, .head = x->plan.head, .is_draft = in->draft};
    PullRequest p;
    Err late = {0};
    bool is_found;
    TRY(begin(x, e));
    CRASH("pull.intended");
    op_progress(x->call, "create", 1, 2);
    int r = x->host.service->create_pull(&x->host, &n, &p, e);
    CRASH("pull.created");
    if (r >= 0) {
        answer(&x->plan, &p, false, x->out);
        return op_intent_close(x->call, x->intent, NULL, NULL, x->out, e);
    }
    if (settle(x, &is_found, &late) < 0) log_err(LOG_WARN, LOG_MODULE, "settling a failed pull request", &late);
    return is_found ? 0 : r;
}

int pull_create(OpCall *c, const void *in, void *out, Err *e) {
    CLEANUP(creating_done) Creating x = {.call = c, .in = in, .out = out};
    PullRequest p;
    bool is_found = false;
    TRY(open_all(&x, e));
    TRY(push(&x, e));
    TRY(x.host.service->find_pull(&x.host, x.plan.head, x.plan.base, &p, &is_found, e));
    if (is_found) {
        answer(&x.plan, &p, true, out);
        return op_tx(c, NULL, NULL, out, e);
    }
    int r = create(&x, e);
    CRASH("pull.stored");
    return r;
}

int pull_create_recover(OpCall *c, const OpIntent *i, Err *e) {
    Json *j;
    PullCreated out;
    Creating x = {.call = c, .intent = i->id, .out = &out};
    bool is_found;
    TRY(json_parse(c->arena, i->state, JSON_DEPTH_REQUEST, &j, e));
    TRY(shape_decode(&PullPlan_shape, j, c->arena, &x.plan, e));
    host_restore(c, x.plan.kind, x.plan.host, &x.host);
    x.host.project = x.plan.project;
    return x.host.program ? settle(&x, &is_found, e) : op_intent_abandon(c, i->id, e);
}
