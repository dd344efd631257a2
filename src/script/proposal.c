/* Scripts that a repository proposes in a file. The file never runs: a person accepts what it says at this moment, by its
 * digest, and the scripts are copied from it. Whatever it says later has to be accepted again. */
#include "base/mem.h"
#include "base/ulid.h"
#include "base/vec.h"
#include "script/script.h"
#include "script/script_sql.h"
#include "workspace/workspace.h"
#include "workspace/worktree_file.h"

#define PROPOSAL_FILE ".muster/scripts.json"

#define IN_WORKSPACE_(F, S) F(S, ID("ws"), workspace_id, .from = FROM_PATH, .doc = "The workspace")
#define PROPOSAL_IN(F, S) IN_WORKSPACE_(F, S)
SHAPE(ProposalIn, PROPOSAL_IN);
SHAPE_DEFINE(ProposalIn, PROPOSAL_IN);
#define PROPOSAL_ACCEPT(F, S) \
    IN_WORKSPACE_(F, S)       \
    F(S, STR, digest, .min = 64, .max_bytes = 64, .doc = "Of the file, as get_proposed_scripts answered it")
SHAPE(ProposalAccept, PROPOSAL_ACCEPT);
SHAPE_DEFINE(ProposalAccept, PROPOSAL_ACCEPT);
/* In the file and in the answer, where the time limit always is. */
#define PROPOSED_SCRIPT(F, S) F(S, ENUM(ScriptKind), kind, .doc = SCRIPT_KIND_DOC) SCRIPT_VALUES(F, S)
SHAPE(ProposedScript, PROPOSED_SCRIPT);
SHAPE_DEFINE(ProposedScript, PROPOSED_SCRIPT);
/* The file. */
#define PROPOSED_SCRIPTS(F, S) F(S, LIST(ProposedScript), scripts, .max = SCRIPTS_MAX, .doc = "What it proposes")
SHAPE(ProposedScripts, PROPOSED_SCRIPTS);
SHAPE_DEFINE(ProposedScripts, PROPOSED_SCRIPTS);
#define PROPOSAL_STATE_WORDS(W)      \
    W(PROPOSAL_NONE, "none")         \
    W(PROPOSAL_NEW, "new")           \
    W(PROPOSAL_CHANGED, "changed")   \
    W(PROPOSAL_ACCEPTED, "accepted") \
    W(PROPOSAL_UNUSABLE, "unusable")
ENUM_DECLARE(ProposalState, PROPOSAL_STATE_WORDS);
ENUM_DEFINE(ProposalState, PROPOSAL_STATE_WORDS);
#define PROPOSAL(F, S)                                                                                             \
    F(S, ENUM(ProposalState), state,                                                                               \
      .doc = "none: there is no such file; new: nobody has accepted it; changed since it was accepted; accepted; " \
             "or unusable")                                                                                        \
    F(S, STR, path, .max_bytes = 255, .doc = "The file, in the folder of the repository")                          \
    F(S, STR, digest, .opt = 1, .max_bytes = 64, .doc = "SHA-256 of the file, which accepting it names")           \
    F(S, STR, problem, .opt = 1, .max_bytes = 2000, .doc = "Why it is unusable")                                   \
    F(S, TIME, accepted_at, .opt = 1, .doc = "When a person last accepted one")                                    \
    F(S, LIST(ProposedScript), scripts, .max = SCRIPTS_MAX,                                                        \
      .doc = "What it proposes: accepted, these replace all scripts that came from it before")
SHAPE(ScriptProposal, PROPOSAL);
SHAPE_DEFINE(ScriptProposal, PROPOSAL);
#define ACCEPTED_SCRIPTS(F, S) F(S, LIST(Script), scripts, .max = SCRIPTS_MAX, .doc = "Those of the file, as stored")
SHAPE(AcceptedScripts, ACCEPTED_SCRIPTS);
SHAPE_DEFINE(AcceptedScripts, ACCEPTED_SCRIPTS);

/* --- the file --- */

static Script row_of(const ProposedScript *p, Str workspace_id) {
    return (Script){.workspace_id = workspace_id,
                    .kind = p->kind,
                    .name = p->name,
                    .command = p->command,
                    .timeout_seconds = p->timeout_seconds,
                    .is_proposed = true};
}

static int check_each(const ProposedScripts *all, Err *e) {
    for (size_t i = 0; i < all->scripts.n; i++) {
        ProposedScript *one = &all->scripts.items[i];
        GIVE(ProposedScript, one, timeout_seconds, one->timeout_seconds);
        Script row = row_of(one, (Str){0});
        TRY(script_check(&row, e));
        for (size_t k = 0; k < i; k++)
            if (all->scripts.items[k].kind == one->kind && str_eq(all->scripts.items[k].name, one->name))
                return err_fail(e, ERR_INVALID, "two %s scripts have the name `" STR_FMT "`",
                                enum_word(&ScriptKind_enum, (int)one->kind), STR_ARG(one->name));
    }
    return 0;
}

static int parse(Str text, Arena *a, ProposedScripts *ret, Err *e) {
    Json *root;
    TRY(json_parse(a, text, JSON_DEPTH_REQUEST, &root, e));
    TRY(shape_decode(&ProposedScripts_shape, root, a, ret, e));
    return check_each(ret, e);
}

static int read_file(OpCall *c, Str workspace_id, WorktreeText *ret, Err *e) {
    WorktreeList l = {0};
    TRY(worktree_list(c->db, workspace_id, c->arena, &l, e));
    for (size_t i = 0; i < l.n; i++)
        if (l.items[i].is_main) return worktree_text(&l.items[i], PROPOSAL_FILE, c->arena, ret, e);
    return err_fail(e, ERR_NOT_FOUND, "the workspace has no main worktree");
}

/* The first detail says where, which the sentence does not. */
static Str problem_of(const Err *why, Arena *a) {
    if (!why->n_details) return arena_str(a, str(why->text));
    return arena_fmt(a, "%s: %s: %s", why->text, why->details[0].path, why->details[0].text);
}

/* --- reading --- */

typedef struct Accepted {
    Arena *arena;
    Str digest;
    int64_t at;
} Accepted;

static bool on_accepted(void *arg, DbRow *r) {
    Accepted *x = arg;
    x->digest = arena_str(x->arena, db_col_text(r, 0));
    x->at = db_col_i64(r, 1);
    return false;
}

static ProposalState state_of(Str digest, const Accepted *accepted) {
    if (str_eq(digest, accepted->digest)) return PROPOSAL_ACCEPTED;
    return accepted->digest.n ? PROPOSAL_CHANGED : PROPOSAL_NEW;
}

static int get_proposed_scripts(OpCall *c, const void *in, void *out_, Err *e) {
    Str id = ((const ProposalIn *)in)->workspace_id;
    ScriptProposal *out = out_;
    Workspace w;
    WorktreeText file;
    ProposedScripts all = {0};
    Accepted accepted = {.arena = c->arena};
    Err why = {0};
    TRY(op_cursor(c, topic_of(c->arena, "workspace", id), e));
    TRY(workspace_get(c->app, c->db, id, c->arena, &w, e));
    TRY(db_each(c->db, &sql_script_proposal_find, DB_ARGS(db_text(id)), on_accepted, &accepted, e));
    *out = (ScriptProposal){.state = PROPOSAL_NONE, .path = STR(PROPOSAL_FILE)};
    out->scripts.items = arena_alloc(c->arena, 1);
    if (accepted.at) GIVE(ScriptProposal, out, accepted_at, accepted.at);
    if (read_file(c, id, &file, &why) < 0 && why.code == ERR_NOT_FOUND) return 0;
    if (!why.code) {
        GIVE(ScriptProposal, out, digest, file.digest);
        out->state = state_of(file.digest, &accepted);
        if (parse(file.content, c->arena, &all, &why) >= 0) out->scripts = all.scripts;
    }
    if (why.code) {
        out->state = PROPOSAL_UNUSABLE;
        GIVE(ScriptProposal, out, problem, problem_of(&why, c->arena));
    }
    return 0;
}

/* --- accepting --- */

typedef struct Accept {
    OpCall *call;
    const ProposalAccept *in;
    ProposedScripts proposed;
    AcceptedScripts *out;
} Accept;

static const Script *same(const ScriptList *l, const Script *s) {
    for (size_t i = 0; i < l->n; i++)
        if (l->items[i].kind == s->kind && str_eq(l->items[i].name, s->name)) return &l->items[i];
    return NULL;
}

static int put(Tx *tx, const Script *old, Script *row, Arena *a, Err *e) {
    Id id = id_new("scr");
    if (!old) {
        row->id = arena_str(a, id_str(&id));
        return script_insert(tx, row, e);
    }
    row->id = old->id;
    row->created_at = old->created_at;
    row->updated_at = old->updated_at;
    bool is_same = str_eq(old->command, row->command) && old->timeout_seconds == row->timeout_seconds;
    return is_same ? 0 : script_replace(tx, row, e);
}

/* What the file no longer proposes goes first, so that the maximum counts what stays. */
static int remove_dropped(Tx *tx, const ScriptList *old, const ScriptList *rows, Err *e) {
    for (size_t i = 0; i < old->n; i++)
        if (old->items[i].is_proposed && !same(rows, &old->items[i])) TRY(script_remove(tx, &old->items[i], e));
    return 0;
}

static int accept_tx(Tx *tx, void *arg, Err *e) {
    Accept *x = arg;
    Arena *a = x->call->arena;
    ScriptList old = {0}, *rows = &x->out->scripts;
    Workspace w;
    TRY(workspace_get(x->call->app, tx_conn(tx), x->in->workspace_id, a, &w, e));
    TRY(db_all(tx_conn(tx), &sql_script_list, DB_ARGS(db_text(w.id), db_text((Str){0})), DB_INTO(Script, a, &old),
               SCRIPTS_MAX, e));
    *rows = (ScriptList){arena_array(a, x->proposed.scripts.n + 1, sizeof(Script)), x->proposed.scripts.n};
    for (size_t i = 0; i < rows->n; i++) rows->items[i] = row_of(&x->proposed.scripts.items[i], w.id);
    TRY(remove_dropped(tx, &old, rows, e));
    for (size_t i = 0; i < rows->n; i++) {
        const Script *was = same(&old, &rows->items[i]);
        if (was && !was->is_proposed)
            return err_fail(e, ERR_CONFLICT,
                            "the workspace has its own %s script `" STR_FMT
                            "`; rename or delete it, then accept the file",
                            enum_word(&ScriptKind_enum, (int)was->kind), STR_ARG(was->name));
        TRY(put(tx, was, &rows->items[i], a, e));
    }
    return tx_run(tx, &sql_script_proposal_accept, DB_ARGS(db_text(w.id), db_text(x->in->digest), db_i64(tx_now(tx))),
                  NULL, e);
}

static int accept_proposed_scripts(OpCall *c, const void *in, void *out, Err *e) {
    Accept x = {.call = c, .in = in, .out = out};
    Workspace w;
    WorktreeText file;
    TRY(workspace_get(c->app, c->db, x.in->workspace_id, c->arena, &w, e));
    TRY(read_file(c, w.id, &file, e));
    if (!str_eq(file.digest, x.in->digest)) {
        int r =
            err_fail(e, ERR_CONFLICT, PROPOSAL_FILE " is not the one with this digest; read it again, then accept it");
        err_detail(e, "digest", "differs from the file's");
        return r;
    }
    TRY(parse(file.content, c->arena, &x.proposed, e));
    return op_tx(c, accept_tx, &x, out, e);
}

#define PROPOSAL_ROUTE "/api/workspaces/{workspaceId}/proposed-scripts"
const Op proposal_ops[] = {
    {"get_proposed_scripts", "GET " PROPOSAL_ROUTE, "script proposed",
     OP_RUN(get_proposed_scripts, ProposalIn, ScriptProposal), .role = ROLE_VIEWER, .where = ON_SLOW,
     .subject = workspace_subject,
     .doc =
         "Returns the scripts that the repository proposes in " PROPOSAL_FILE ", and whether a person accepted them."},
    {"accept_proposed_scripts", "POST " PROPOSAL_ROUTE "/accept", "script accept",
     OP_RUN(accept_proposed_scripts, ProposalAccept, AcceptedScripts), .role = ROLE_MEMBER, .where = ON_SLOW,
     .subject = workspace_subject, .flags = OP_WRITES | OP_AUDITED,
     .doc = "Copies the proposed scripts to the workspace's. 409 if the file has changed since it was read."},
    {0},
};
