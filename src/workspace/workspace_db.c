/* Reading and writing rows, and the events emitted with them. */
#include "base/mem.h"
#include "base/ulid.h"
#include "core/hook.h"
#include "core/stream.h"
#include "sys/path_look.h"
#include "workspace/overview.h"
#include "workspace/workspace_in.h"
#include "workspace/workspace_sql.h"

ENUM_DEFINE(WorktreeSort, WORKTREE_SORT_WORDS);
SHAPE_DEFINE(Worktree, WORKTREE);
SHAPE_DEFINE(WorktreeDetail, WORKTREE_DETAIL);
SHAPE_DEFINE(Workspace, WORKSPACE);
SHAPE_DEFINE(WorkspaceDetail, WORKSPACE_DETAIL);
SHAPE_DEFINE(WorkspaceChange, WORKSPACE_CHANGE);
SHAPE_DEFINE(WorkspaceNews, WORKSPACE_NEWS);
SHAPE_DEFINE(WorktreeStatus, WORKTREE_STATUS);

enum { WORKSPACES_MAX = 10000, WORKTREES_MAX = 10000, CHANGE_MAX = 1 << 20 };

int workspace_count_agents(const App *app, DbConn *db, Workspace *w, Err *e) {
    return app->agents ? app->agents->count(db, w->id, &w->agent_count, e) : 0;
}

int workspace_list(DbConn *db, Str org, Arena *a, WorkspaceList *ret, Err *e) {
    return db_all(db, &sql_workspace_all, DB_ARGS(db_text(org)), DB_INTO(Workspace, a, ret), WORKSPACES_MAX, e);
}

int workspace_get(const App *app, DbConn *db, Str id, Arena *a, Workspace *ret, Err *e) {
    bool found;
    TRY(db_one(db, &sql_workspace_by_id, DB_ARGS(db_text(id)), DB_INTO(Workspace, a, ret), &found, e));
    if (!found) return err_fail(e, ERR_NOT_FOUND, "no workspace " STR_FMT, STR_ARG(id));
    return workspace_count_agents(app, db, ret, e);
}

int worktree_row(DbConn *db, Str id, Arena *a, Worktree *ret, bool *ret_found, Err *e) {
    return db_one(db, &sql_worktree_by_id, DB_ARGS(db_text(id)), DB_INTO(Worktree, a, ret), ret_found, e);
}

int worktree_get(DbConn *db, Str id, Arena *a, Worktree *ret, Err *e) {
    bool found;
    TRY(worktree_row(db, id, a, ret, &found, e));
    if (!found || HAS(Worktree, ret, closed_at)) return err_fail(e, ERR_NOT_FOUND, "no worktree " STR_FMT, STR_ARG(id));
    if (!ret->trash_id.p) return 0;
    return err_fail(e, ERR_NOT_FOUND, "worktree " STR_FMT " is in the trash", STR_ARG(ret->name));
}

/* Removing a folder also removes the worktrees inside it, and one may have been opened since the removal of the outer
 * worktree began. */
int worktree_get_usable(DbConn *db, Str id, Arena *a, Worktree *ret, Err *e) {
    WorktreeList l = {0};
    TRY(worktree_get(db, id, a, ret, e));
    TRY(db_all(db, &sql_worktree_around, DB_ARGS(db_text(ret->path)), DB_INTO(Worktree, a, &l), WORKTREES_MAX, e));
    for (size_t i = 0; i < l.n; i++) {
        bool is_going = false;
        TRY(op_intent_is_open(db, "delete_worktree", "worktreeId", l.items[i].id, &is_going, e));
        if (is_going)
            return err_fail(e, ERR_CONFLICT, "worktree " STR_FMT " is being removed", STR_ARG(l.items[i].name));
    }
    return 0;
}

int worktree_of(DbConn *db, const WorktreeRef *ref, Arena *a, Worktree *ret, Err *e) {
    TRY(worktree_get(db, ref->worktree_id, a, ret, e));
    if (str_eq(ret->workspace_id, ref->workspace_id)) return 0;
    return err_fail(e, ERR_NOT_FOUND, "no worktree " STR_FMT " in this workspace", STR_ARG(ref->worktree_id));
}

int worktree_list(DbConn *db, Str workspace_id, Arena *a, WorktreeList *ret, Err *e) {
    return db_all(db, &sql_worktree_all, DB_ARGS(db_text(workspace_id)), DB_INTO(Worktree, a, ret), WORKTREES_MAX, e);
}

int worktree_refuse_busy(Tx *tx, Str worktree_id, const WorktreeBusy *how, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Worktree w;
    int64_t n = 0;
    TRY(db_scalar(tx_conn(tx), how->count, DB_ARGS(db_text(worktree_id)), 0, &n, e));
    if (n == 0) return 0;
    TRY(worktree_get(tx_conn(tx), worktree_id, a, &w, e));
    return err_fail(e, ERR_CONFLICT, "%lld %s in worktree " STR_FMT "; %s %s first", (long long)n,
                    str_plural(n, how->one, how->many), STR_ARG(w.name), how->what_to_do, str_plural(n, "it", "them"));
}

/* The detail begins with the fields of the row, in the same order. */
int worktree_detail(const App *app, DbConn *db, const Worktree *w, Arena *a, WorktreeDetail *ret, Err *e) {
    WorktreeAgents agents = {.living = STR("[]"), .archived = STR("[]")};
    if (app->agents) TRY(app->agents->of_worktree(db, w->id, a, &agents, e));
    *ret = (WorktreeDetail){
        .set = w->set,
        .id = w->id,
        .workspace_id = w->workspace_id,
        .name = w->name,
        .branch = w->branch,
        .path = w->path,
        .sort_mode = w->sort_mode,
        .display_order = w->display_order,
        .is_main = w->is_main,
        .created_at = w->created_at,
        .updated_at = w->updated_at,
        .is_detached = w->is_detached,
        .note = w->note,
        .trash_id = w->trash_id,
        .agents = agents.living,
        .previous_agents = agents.archived,
        .previous_agent_count = agents.archived_count,
    };
    return 0;
}

void worktrees_find_missing(WorktreeDetail *items, size_t n, Arena *a) {
    PathLook *looks = arena_array(a, n + 1, sizeof *looks);
    for (size_t i = 0; i < n; i++) looks[i].path = items[i].path;
    paths_look(looks, n);
    for (size_t i = 0; i < n; i++) items[i].is_missing = looks[i].state == PATH_ABSENT;
}

static int detail_lists(OpCall *c, Str id, WorkspaceDetail *ret, Err *e) {
    Workspace w;
    WorktreeList l = {0};
    TRY(workspace_get(c->app, c->db, id, c->arena, &w, e));
    TRY(worktree_list(c->db, id, c->arena, &l, e));
    *ret = (WorkspaceDetail){.set = w.set,
                             .id = w.id,
                             .name = w.name,
                             .path = w.path,
                             .worktree_count = (int64_t)l.n,
                             .agent_count = w.agent_count,
                             .created_at = w.created_at,
                             .updated_at = w.updated_at,
                             .common_dir = w.common_dir};
    ret->worktrees.items = arena_array(c->arena, l.n + 1, sizeof *ret->worktrees.items);
    ret->worktrees.n = l.n;
    for (size_t i = 0; i < l.n; i++)
        TRY(worktree_detail(c->app, c->db, &l.items[i], c->arena, &ret->worktrees.items[i], e));
    worktrees_find_missing(ret->worktrees.items, l.n, c->arena);
    return op_cursor(c, topic_of(c->arena, "workspace", id), e);
}

int workspace_detail(OpCall *c, Str id, WorkspaceDetail *ret, Err *e) {
    bool is_read = c->op->where != ON_WORKER || (c->op->flags & OP_WRITES);
    if (is_read) TRY(db_read_begin(c->db, e));
    int r = detail_lists(c, id, ret, e);
    if (is_read) db_read_end(c->db);
    return r;
}

/* -- writing ------------------------------------------------------------------------------------------------- */

int workspace_emit(Tx *tx, Str workspace_id, const char *change, const Shape *shape, const void *data, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(buf_done) Buf b;
    buf_init(&b, CHANGE_MAX);
    JsonOut o = json_out(&b);
    shape_encode(shape, data, &o);
    if (b.failed) return err_fail(e, ERR_TOO_LARGE, "the event for a change of the workspace is too large");
    WorkspaceChange v = {.workspace_id = workspace_id, .change = str(change), .data = buf_str(&b)};
    Str topic = topic_of(a, "workspace", workspace_id);
    return stream_emit(tx, topic, "workspace_updated", &WorkspaceChange_shape, &v, e);
}

/* Closing takes no lock on the repository, so it may come between an operation in git and its row. */
static int require_open(Tx *tx, Str workspace_id, Err *e) {
    int64_t n;
    TRY(db_scalar(tx_conn(tx), &sql_workspace_is_open, DB_ARGS(db_text(workspace_id)), 0, &n, e));
    return n ? 0 : err_fail(e, ERR_CONFLICT, "the workspace was closed in the meantime");
}

int worktree_insert(Tx *tx, Worktree *w, Err *e) {
    TRY(require_open(tx, w->workspace_id, e));
    TRY(db_scalar(tx_conn(tx), &sql_worktree_next_order, DB_ARGS(db_text(w->workspace_id)), 0, &w->display_order, e));
    w->created_at = w->updated_at = tx_now(tx);
    TRY(tx_run_shape(tx, &sql_worktree_add, &Worktree_shape, w, NULL, e));
    TRY(tx_run(tx, &sql_workspace_touch, DB_ARGS(db_text(w->workspace_id), db_i64(tx_now(tx))), NULL, e));
    return worktree_emit(tx, w, WORKTREE_ADDED, e);
}

int worktree_return(Tx *tx, Worktree *w, const Worktree *old, Err *e) {
    TRY(require_open(tx, w->workspace_id, e));
    w->id = old->id;
    w->display_order = old->display_order;
    w->sort_mode = old->sort_mode;
    w->created_at = old->created_at;
    w->updated_at = tx_now(tx);
    TRY(tx_run_shape(tx, &sql_worktree_back, &Worktree_shape, w, NULL, e));
    return worktree_emit(tx, w, WORKTREE_ADDED, e);
}

int worktree_store(Tx *tx, Worktree *w, Err *e) {
    w->updated_at = tx_now(tx);
    TRY(tx_run_shape(tx, &sql_worktree_update, &Worktree_shape, w, NULL, e));
    return worktree_emit(tx, w, WORKTREE_UPDATED, e);
}

int worktree_close(App *app, Tx *tx, const Worktree *w, Err *e) {
    WorktreeGone gone = {.worktree_id = w->id, .workspace_id = w->workspace_id};
    TRY(hook_run_worktree_removing(app, tx, &(WorktreeRemoving){.worktree_id = w->id, .workspace_id = w->workspace_id},
                                   e));
    TRY(hook_run_worktree_gone(app, tx, &gone, e));
    TRY(tx_run(tx, &sql_worktree_close, DB_ARGS(db_text(w->id), db_i64(tx_now(tx))), NULL, e));
    return worktree_emit(tx, w, WORKTREE_REMOVED, e);
}
