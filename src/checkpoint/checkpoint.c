/* Rows, the hooks that store them, and the operations. */
#include "checkpoint/checkpoint.h"

#include "approval/approval.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/ulid.h"
#include "checkpoint/checkpoint_in.h"
#include "checkpoint/checkpoint_sql.h"
#include "core/stream.h"

ENUM_DEFINE(CheckpointState, CHECKPOINT_STATE_WORDS);
SHAPE_DEFINE(Checkpoint, CHECKPOINT);

enum { PAGE_MAX = 1000, LEFT_OUT_SHOWN = 1000 };

/* -- rows ---------------------------------------------------------------------------------------------------- */

static int on_work_marked(App *app, Tx *tx, const WorkMark *m, Err *e) {
    Id id = id_new("ckp");
    Str kind = str(enum_word(&WorkMarkKind_enum, (int)m->kind));
    TRY(tx_run(tx, &sql_checkpoint_add,
               DB_ARGS(db_text(id_str(&id)), db_text(m->workspace_id), db_text(m->worktree_id), db_text(m->subject_id),
                       db_text(kind), db_i64(m->turn), db_text(m->tool_id), db_text(m->tool), db_i64(m->at),
                       db_i64(m->goes_on)),
               NULL, e));
    taker_note(tx, app, m->worktree_id, m->workspace_id);
    return 0;
}

/* The call that it asked for may run now. */
static int on_ask_answered(App *app, Tx *tx, const AskAnswered *v, Err *e) {
    (void)app;
    return tx_run(tx, &sql_checkpoint_goes_on, DB_ARGS(db_text(v->subject_id)), NULL, e);
}

void checkpoint_register(App *app) {
    hook_on_work_marked(app, on_work_marked);
    hook_on_ask_answered(app, on_ask_answered);
}

int checkpoint_emit(Tx *tx, const Checkpoint *c, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    return stream_emit(tx, topic_of(a, "workspace", c->workspace_id), "checkpoint_added", &Checkpoint_shape, c, e);
}

static int get(DbConn *db, const WorktreeRef *in, Str id, Arena *a, Checkpoint *ret, Err *e) {
    bool found;
    TRY(db_one(db, &sql_checkpoint_by_id, DB_ARGS(db_text(id)), DB_INTO(Checkpoint, a, ret), &found, e));
    if (found && (!in || str_eq(ret->worktree_id, in->worktree_id))) return 0;
    return err_fail(e, ERR_NOT_FOUND, "%s checkpoint " STR_FMT, in ? "this worktree has no" : "no", STR_ARG(id));
}

int checkpoint_get_taken(DbConn *db, const WorktreeRef *in, Str id, Arena *a, Checkpoint *ret, Err *e) {
    TRY(get(db, in, id, a, ret, e));
    if (ret->state == CHECKPOINT_TAKEN) return 0;
    if (ret->state == CHECKPOINT_DUE)
        return err_fail(e, ERR_CONFLICT, "checkpoint " STR_FMT " is still being taken; try again", STR_ARG(id));
    return err_fail(e, ERR_CONFLICT, "checkpoint " STR_FMT " could not be taken: " STR_FMT, STR_ARG(id),
                    STR_ARG(ret->error));
}

int checkpoint_of_turn(DbConn *db, const CheckpointTurn *at, Arena *a, Checkpoint *ret, bool *ret_found, Err *e) {
    Str kind = str(enum_word(&WorkMarkKind_enum, (int)at->kind));
    TRY(db_one(db, &sql_checkpoint_at_turn, DB_ARGS(db_text(at->agent_id), db_i64(at->turn), db_text(kind)),
               DB_INTO(Checkpoint, a, ret), ret_found, e));
    *ret_found = *ret_found && ret->state == CHECKPOINT_TAKEN && !ret->is_late;
    return 0;
}

int checkpoint_turn_files(DbConn *db, Str agent_id, int64_t turn, int64_t *ret, Err *e) {
    return db_scalar(db, &sql_checkpoint_turn_files, DB_ARGS(db_text(agent_id), db_i64(turn)), 0, ret, e);
}

/* -- operations ---------------------------------------------------------------------------------------------- */

#define CHECKPOINTS_READ(F, S)                                                                          \
    IN_WORKTREE(F, S)                                                                                   \
    F(S, ID("ag"), agent_id, .opt = 1, .from = FROM_QUERY, .doc = "Only of this agent")                 \
    F(S, I64, limit, .opt = 1, .has_def = 1, .def = 100, .min = 1, .max = PAGE_MAX, .from = FROM_QUERY, \
      .doc = "At most so many")                                                                         \
    F(S, I64, before, .opt = 1, .min = 1, .max = INT64_MAX, .from = FROM_QUERY,                         \
      .doc = "The newest ones before this place: nextCursor of the page before")
SHAPE(CheckpointsRead, CHECKPOINTS_READ);
SHAPE_DEFINE(CheckpointsRead, CHECKPOINTS_READ);
#define CHECKPOINTS(F, S)                                                           \
    F(S, LIST(Checkpoint), checkpoints, .max = PAGE_MAX + 1, .doc = "Newest first") \
    F(S, I64, next_cursor, .opt = 1, .min = 1, .max = INT64_MAX,                    \
      .doc = "`before` of the page of older ones; absent on the last page")
SHAPE(Checkpoints_, CHECKPOINTS);
SHAPE_DEFINE(Checkpoints_, CHECKPOINTS);

static int list_checkpoints(OpCall *c, const void *in_, void *out_, Err *e) {
    const CheckpointsRead *in = in_;
    Checkpoints_ *out = out_;
    CheckpointList *l = &out->checkpoints;
    Worktree w;
    WorktreeRef ref = {.workspace_id = in->workspace_id, .worktree_id = in->worktree_id};
    int64_t before = HAS(CheckpointsRead, in, before) ? in->before : INT64_MAX;
    TRY(worktree_of(c->db, &ref, c->arena, &w, e));
    DbArgs args = DB_ARGS(db_text(w.id), db_i64(before), db_i64(in->limit + 1), db_text(in->agent_id));
    const Sql *sql = in->agent_id.p ? &sql_checkpoints_of_agent_before : &sql_checkpoints_before;
    if (!in->agent_id.p) args.n--;
    l->items = arena_alloc(c->arena, 1);
    TRY(db_all(c->db, sql, args, DB_INTO(Checkpoint, c->arena, l), PAGE_MAX + 1, e));
    if (l->n > (size_t)in->limit) {
        l->n--;
        GIVE(Checkpoints_, out, next_cursor, l->items[l->n - 1].number);
    }
    return op_cursor(c, topic_of(c->arena, "workspace", w.workspace_id), e);
}

SHAPE(CheckpointRead, IN_CHECKPOINT);
SHAPE_DEFINE(CheckpointRead, IN_CHECKPOINT);
#define CHECKPOINT_DETAIL(F, S)                                                                             \
    F(S, OBJ(Checkpoint), checkpoint, .doc = "Its row")                                                     \
    F(S, BOOL, is_lost, .doc = "Its commit is missing or damaged in the repository: it cannot be restored") \
    F(S, STRS, left_out_paths, .max = LEFT_OUT_SHOWN, .item_max = 8192, .doc = "What it lacks, with the reason")
SHAPE(CheckpointDetail, CHECKPOINT_DETAIL);
SHAPE_DEFINE(CheckpointDetail, CHECKPOINT_DETAIL);

static int get_checkpoint(OpCall *c, const void *in_, void *out_, Err *e) {
    const CheckpointRead *in = in_;
    CheckpointDetail *out = out_;
    Worktree w;
    Workspace of;
    Git *g;
    bool is_there;
    WorktreeRef ref = {.workspace_id = in->workspace_id, .worktree_id = in->worktree_id};
    out->checkpoint = arena_new_in(c->arena, Checkpoint);
    TRY(op_cursor(c, topic_of(c->arena, "workspace", in->workspace_id), e));
    TRY(worktree_of(c->db, &ref, c->arena, &w, e));
    TRY(get(c->db, &ref, in->checkpoint_id, c->arena, out->checkpoint, e));
    if (!out->checkpoint->commit_id.p) return 0;
    TRY(workspace_get(c->app, c->db, w.workspace_id, c->arena, &of, e));
    TRY(workspace_git(c, &of, &g, e));
    TRY(checkpoint_is_there(g, out->checkpoint->commit_id, &is_there, e));
    out->is_lost = !is_there;
    if (out->is_lost || !out->checkpoint->left_out) return 0;
    return checkpoint_left_out(g, out->checkpoint->commit_id, LEFT_OUT_SHOWN, &out->left_out_paths, e);
}

static int restore_checkpoint(OpCall *c, const void *in, void *out, Err *e) {
    return checkpoint_put_back(c, in, out, e);
}

const OrgOf checkpoint_orgs[] = {{"ckp", &sql_org_of_checkpoint}, {0}};

#define WT "/api/workspaces/{workspaceId}/worktrees/{worktreeId}"

const Op checkpoint_ops[] = {
    {"list_checkpoints", "GET " WT "/checkpoints", "checkpoint list",
     OP_RUN(list_checkpoints, CheckpointsRead, Checkpoints_), .role = ROLE_VIEWER, .where = ON_WORKER,
     .doc =
         "Lists the checkpoints of a worktree: what its files were at each turn of an agent and at each call that may "
         "have changed them."},
    {"get_checkpoint", "GET " WT "/checkpoints/{checkpointId}", "checkpoint show",
     OP_RUN(get_checkpoint, CheckpointRead, CheckpointDetail), .role = ROLE_VIEWER, .where = ON_SLOW,
     .subject = workspace_subject, .doc = "Returns a checkpoint, and what it lacks."},
    {"restore_checkpoint", "POST " WT "/checkpoints/{checkpointId}/restore", "checkpoint restore",
     OP_RUN(restore_checkpoint, CheckpointRestoreIn, CheckpointRestored), .role = ROLE_MEMBER, .where = ON_SLOW,
     .subject = workspace_subject, .flags = OP_WRITES | OP_AUDITED | OP_EFFECTS, .recover = checkpoint_put_back_recover,
     .doc =
         "Restores the files of a worktree, or some of them, as a checkpoint has them; commits and the index stay. The "
         "present is salvaged first. Refused while an agent's turn runs in the worktree."},
    {0},
};
