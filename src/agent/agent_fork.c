/* See agent_fork.h. A fork is a row, and its first start forks the session. With a checkpoint it also has effects outside
 * the store: its worktree and the files there. The intent says which worktree it makes; restoring can be repeated. */
#define LOG_MODULE "agent"
#include "agent/agent_fork.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "adapter/program.h"
#include "agent/agent_sql.h"
#include "base/mem.h"
#include "base/ulid.h"
#include "checkpoint/checkpoint.h"
#include "conversation/session.h"
#include "core/hook.h"
#include "sys/fault.h"
#include "sys/log.h"
#include "workspace/rewrite.h"
#include "workspace/worktree_make.h"

ENUM_DEFINE(ForkedSession, FORKED_SESSION_WORDS);
SHAPE_DEFINE(AgentFork, AGENT_FORK);
SHAPE_DEFINE(AgentForked, AGENT_FORKED);

enum { FORK_NAME_CHARS = 88 /* so that ` (fork) 99` fits behind them */, BRANCH_TRIES = 20, PLAN_MAX = 64 << 10 };

/* The state of the intent, which recover needs. */
#define FORK_PLAN(F, S)                                                                                      \
    F(S, STR, branch, .opt = 1, .max_bytes = 1024, .doc = "Of the worktree that is made; absent: of no one") \
    F(S, ANY, worktree, .opt = 1, .max_bytes = PLAN_MAX, .doc = "Its plan, as worktree_plan made it")
SHAPE(ForkPlan, FORK_PLAN);
SHAPE_DEFINE(ForkPlan, FORK_PLAN);

typedef struct Fork {
    OpCall *call;
    const AgentFork *in;
    Agent of;      /* what is forked */
    Agent agent;   /* the new one */
    Checkpoint at; /* its id is empty: none */
    Worktree w;    /* where the fork works */
    bool is_made;  /* that worktree is new, and its row is stored with the agent's */
    WorktreeCreate create;
    WorktreeMaking making;
    GitSalvage before;
    Str intent;
    AgentForked *out;
} Fork;

/* --- the row --- */

static Str first_chars(Str s, size_t max) {
    size_t chars = 0;
    for (size_t i = 0; i < s.n; i++)
        if (((unsigned char)s.p[i] & 0xc0) != 0x80 && ++chars > max) return str_upto(s, i);
    return s;
}

static int fork_name(Tx *tx, const Fork *x, Str *ret, Err *e) {
    Arena *a = x->call->arena;
    const Agent *of = &x->of;
    int64_t n = 1;
    *ret = x->in->name;
    if (ret->n) return 0;
    *ret = arena_fmt(a, STR_FMT " (fork)", STR_ARG(first_chars(of->name, FORK_NAME_CHARS)));
    TRY(db_scalar(tx_conn(tx), &sql_agent_name_number, DB_ARGS(db_text(of->workspace_id), db_text(*ret)), 1, &n, e));
    if (n > 1) *ret = arena_fmt(a, STR_FMT " %lld", STR_ARG(*ret), (long long)n);
    return 0;
}

/* The session that the first start forks: one that the CLI has confirmed; none where it has no forks. */
static int fork_session(Tx *tx, const Fork *x, const Conversation *c, Str *ret, Err *e) {
    const Adapter *ad = adapter_find(x->of.adapter);
    Session s;
    *ret = (Str){0};
    bool can = ad && (ad->caps & ADAPTER_FORK);
    if (x->in->session_id.n && !can) return err_fail(e, ERR_CONFLICT, "an agent of this kind has no sessions to fork");
    if (x->in->session_id.n) {
        TRY(session_get(tx_conn(tx), c, x->in->session_id, x->call->arena, &s, e));
        if (!s.is_resumable) return err_fail(e, ERR_CONFLICT, "the CLI no longer has this session");
        *ret = s.id;
    } else if (can && x->at.id.n) {
        TRY(session_at(tx_conn(tx), c, x->at.at, x->call->arena, ret, e));
    }
    if (can && !ret->n) *ret = c->is_resumable ? c->session_id : c->fork_session_id;
    return 0;
}

static Str cli_name(const Agent *g) {
    const Adapter *ad = adapter_find(g->adapter);
    const AdapterProgram *p = ad ? adapter_program(ad) : NULL;
    return p ? str(p->title) : STR("The CLI of this agent");
}

/* What the fork lacks, or has besides, as a person must know it before its first prompt. */
static Str note_of(const Fork *x, const Conversation *parent, Str session) {
    Arena *a = x->call->arena;
    const Adapter *ad = adapter_find(x->of.adapter);
    bool can = ad && (ad->caps & ADAPTER_FORK), has_talked = parent->session_id.n;
    if (!session.n && !can && has_talked)
        return arena_fmt(a, STR_FMT " cannot fork a session: the fork starts with an empty context.",
                         STR_ARG(cli_name(&x->of)));
    if (!session.n)
        return has_talked ? STR("The session cannot be resumed: the fork starts with an empty context.") : STR("");
    if (x->at.id.n)
        return arena_fmt(a,
                         "The files are those of the checkpoint. " STR_FMT " forks the whole session: the fork also "
                         "knows what was said after the checkpoint.",
                         STR_ARG(cli_name(&x->of)));
    return STR("");
}

static int add_row(Tx *tx, Fork *x, Err *e) {
    Arena *a = x->call->arena;
    Conversation parent, row;
    Agent *g = &x->agent;
    Str session, id = g->id;
    TRY(conversation_get(tx_conn(tx), STR("agent"), x->of.id, a, &parent, e));
    TRY(agent_check_room(tx_conn(tx), x->w.id, e));
    TRY(fork_session(tx, x, &parent, &session, e));
    *g = x->of;
    g->id = id;
    g->worktree_id = x->w.id;
    g->workspace_id = x->w.workspace_id;
    g->created_at = g->updated_at = tx_now(tx);
    GIVE(Agent, g, parent_agent_id, x->of.id);
    TRY(fork_name(tx, x, &g->name, e));
    TRY(tx_run_shape(tx, &sql_agent_insert, &Agent_shape, g, NULL, e));
    TRY(conversation_add(tx, STR("agent"), id, e));
    TRY(conversation_get(tx_conn(tx), STR("agent"), id, a, &row, e));
    if (session.n) TRY(conversation_set_fork(tx, &row, &parent, session, e));
    TRY(agent_get(tx_conn(tx), id, a, g, e));
    static_assert(offsetof(AgentForked, forked_session) <= sizeof(Agent), "its first members are an Agent's");
    memcpy(x->out, g, offsetof(AgentForked, forked_session));
    GIVE(AgentForked, x->out, forked_session, session.n ? FORKED_WHOLE : FORKED_NEW);
    Str note = note_of(x, &parent, session);
    if (note.n) GIVE(AgentForked, x->out, note, note);
    if (x->before.id.n) GIVE(AgentForked, x->out, before, &x->before);
    return agent_notify_workspace(tx, g, "agent_added", e);
}

static int row_tx(Tx *tx, void *arg, Err *e) {
    Fork *x = arg;
    TRY(agent_get(tx_conn(tx), x->in->agent_id, x->call->arena, &x->of, e));
    TRY(agent_find_place(tx_conn(tx), x->call, &x->of, x->in->worktree_id, &x->w, e));
    return add_row(tx, x, e);
}

/* --- with the files of a checkpoint --- */

static int files_tx(Tx *tx, void *arg, Err *e) {
    Fork *x = arg;
    if (x->is_made) TRY(worktree_made_tx(tx, &x->making, e));
    return add_row(tx, x, e);
}

static int read_all(Fork *x, Err *e) {
    OpCall *c = x->call;
    TRY(agent_get(c->db, x->in->agent_id, c->arena, &x->of, e));
    TRY(checkpoint_get_taken(c->db, NULL, x->in->checkpoint_id, c->arena, &x->at, e));
    if (!str_eq(x->at.agent_id, x->of.id))
        return err_fail(e, ERR_NOT_FOUND, "agent " STR_FMT " has no checkpoint " STR_FMT, STR_ARG(x->of.id),
                        STR_ARG(x->at.id));
    return 0;
}

static void name_worktree(Fork *x, Str branch) {
    x->create = (WorktreeCreate){.workspace_id = x->of.workspace_id, .name = branch, .branch = branch};
    GIVE(WorktreeCreate, &x->create, create_branch, true);
    GIVE(WorktreeCreate, &x->create, start, x->at.head);
    x->making = (WorktreeMaking){.call = x->call, .in = &x->create, .out = &x->w};
    x->is_made = true;
}

/* A name that Muster chooses is one that nothing has yet. */
static int plan_worktree(Fork *x, Err *e) {
    Arena *a = x->call->arena;
    Worktree own;
    bool found;
    int r = -(int)ERR_CONFLICT;
    if (!x->at.head.n)
        return err_fail(e, ERR_CONFLICT,
                        "the repository had no commit at this checkpoint; name a worktree in worktreeId");
    TRY(worktree_row(x->call->db, x->of.worktree_id, a, &own, &found, e));
    Str base = found && !own.is_detached ? own.branch : STR("fork");
    if (x->in->branch.n) {
        name_worktree(x, x->in->branch);
        return worktree_plan(&x->making, e);
    }
    for (int n = 1; r == -(int)ERR_CONFLICT && n <= BRANCH_TRIES; n++) {
        name_worktree(x, n == 1 ? arena_fmt(a, STR_FMT "-fork", STR_ARG(base))
                                : arena_fmt(a, STR_FMT "-fork-%d", STR_ARG(base), n));
        *e = (Err){0};
        r = worktree_plan(&x->making, e);
    }
    return r;
}

static int may_rewrite_tx(Tx *tx, void *arg, Err *e) {
    Fork *x = arg;
    return rewrite_check_tx(tx, &(Rewrite){.call = x->call, .w = &x->w}, e);
}

static int begin(Fork *x, Err *e) {
    CLEANUP(buf_done) Buf b;
    ForkPlan plan = {0};
    if (x->is_made) {
        GIVE(ForkPlan, &plan, branch, x->create.branch);
        GIVE(ForkPlan, &plan, worktree, x->making.plan);
    }
    buf_init(&b, PLAN_MAX * 2);
    JsonOut o = json_out(&b);
    shape_encode(&ForkPlan_shape, &plan, &o);
    Str state = arena_str(x->call->arena, buf_str(&b));
    return op_intent_begin(x->call, state, x->is_made ? NULL : may_rewrite_tx, x, &x->intent, e);
}

/* Every step can be repeated. */
static int put_files(Fork *x, Err *e) {
    OpCall *c = x->call;
    Git *g;
    SalvageAsk ask = {
        .shot = worktree_shot(c->app, c->arena, x->w.id), .act = "fork_agent", .may_leave = x->in->accept_unsaved};
    TRY(git_open(c->arena, arena_cstr(c->arena, x->w.path), &g, e));
    TRY(checkpoint_restore(g, &ask, &(CheckpointRestore){.commit = x->at.commit_id}, &x->before, e));
    if (x->is_made) worktree_copy(&x->making);
    if (x->is_made) x->before = (GitSalvage){0}; /* of a checkout that nobody has seen */
    CRASH("fork.restored");
    TRY(op_intent_close(c, x->intent, files_tx, x, x->out, e));
    CRASH("fork.stored");
    return 0;
}

/* What cannot be undone now stays an open intent and is undone at the next start. */
static void undo(Fork *x) {
    Err e = {0};
    if ((x->is_made && worktree_unmake(&x->making, &e) < 0) || op_intent_abandon(x->call, x->intent, &e) < 0)
        log_err(LOG_WARN, LOG_MODULE, "undoing a failed fork", &e);
}

static int fork_with_files(Fork *x, Err *e) {
    WorktreeRef ref = {0};
    TRY(read_all(x, e));
    if (x->in->worktree_id.n && x->in->branch.n)
        return err_fail(e, ERR_INVALID, "branch names a new worktree: give either worktreeId or branch");
    ref = (WorktreeRef){.workspace_id = x->of.workspace_id, .worktree_id = x->in->worktree_id};
    TRY(x->in->worktree_id.n ? worktree_of(x->call->db, &ref, x->call->arena, &x->w, e) : plan_worktree(x, e));
    TRY(begin(x, e));
    CRASH("fork.intended");
    int r = x->is_made ? worktree_make(&x->making, e) : 0;
    CRASH("fork.made");
    if (r >= 0) r = put_files(x, e);
    if (r < 0) undo(x);
    return r;
}

/* --- the operation --- */

static void prepare(Fork *x, OpCall *c, AgentForked *out) {
    Id id = id_new("ag");
    x->call = c;
    x->out = out;
    x->agent.id = arena_str(c->arena, id_str(&id));
}

int agent_fork(OpCall *c, const void *in, void *out, Err *e) {
    Fork *x = arena_new_in(c->arena, Fork);
    x->in = in;
    prepare(x, c, out);
    if (x->in->checkpoint_id.n) return fork_with_files(x, e);
    if (x->in->branch.n)
        return err_fail(e, ERR_INVALID, "branch names the worktree of a checkpoint: give a checkpointId too");
    return op_tx(c, row_tx, x, out, e);
}

/* Only a fork with files touches the repository. */
int agent_fork_subject(OpCall *c, const void *in, Str *ret, Err *e) {
    Agent g;
    Workspace w;
    bool found;
    TRY(agent_find(c->db, op_text(c, in, "agentId"), c->arena, &g, &found, e));
    if (!found) return 0; /* the handler says so */
    *ret = g.id;
    if (!op_text(c, in, "checkpointId").n) return 0;
    TRY(workspace_get(c->app, c->db, g.workspace_id, c->arena, &w, e));
    *ret = w.common_dir;
    return 0;
}

static int find_made(Fork *x, const ForkPlan *plan, bool *ret_is_there, Err *e) {
    WorktreeFound found;
    name_worktree(x, plan->branch);
    x->making.plan = plan->worktree;
    TRY(worktree_find_made(&x->making, &found, e));
    *ret_is_there = found == WORKTREE_WHOLE || found == WORKTREE_REGISTERED || found == WORKTREE_STORED;
    x->is_made = found == WORKTREE_WHOLE || found == WORKTREE_PARTIAL;
    return 0;
}

int agent_fork_recover(OpCall *c, const OpIntent *i, Err *e) {
    Json *input, *state;
    AgentFork in;
    ForkPlan plan;
    AgentForked out = {0};
    bool is_there = true;
    Fork *x = arena_new_in(c->arena, Fork);
    x->in = &in;
    x->intent = i->id;
    prepare(x, c, &out);
    TRY(json_parse(c->arena, i->input, JSON_DEPTH_REQUEST, &input, e));
    TRY(shape_decode(&AgentFork_shape, input, c->arena, &in, e));
    TRY(json_parse(c->arena, i->state, JSON_DEPTH_REQUEST, &state, e));
    TRY(shape_decode(&ForkPlan_shape, state, c->arena, &plan, e));
    int r = read_all(x, e);
    WorktreeRef ref = {.workspace_id = x->of.workspace_id, .worktree_id = in.worktree_id};
    if (r >= 0) r = plan.worktree.n ? find_made(x, &plan, &is_there, e) : worktree_of(c->db, &ref, c->arena, &x->w, e);
    if (r >= 0 && is_there) r = put_files(x, e);
    bool is_over = r == -ERR_NOT_FOUND || r == -ERR_CONFLICT; /* one of them is gone */
    if (r < 0 && !is_over) return r;
    if (r >= 0 && is_there) return 0;
    if (x->is_made) TRY(worktree_unmake(&x->making, e));
    return op_intent_abandon(c, i->id, e);
}
