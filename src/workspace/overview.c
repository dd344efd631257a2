/* See overview.h. */
#include "workspace/overview.h"

#include "base/mem.h"
#include "core/stream.h"
#include "workspace/workspace_sql.h"

ENUM_DEFINE(WorktreeNews, WORKTREE_NEWS_WORDS);
ENUM_DEFINE(WorktreeMissing, WORKTREE_MISSING_WORDS);
SHAPE_DEFINE(WorktreeOverview, WORKTREE_OVERVIEW);
SHAPE_DEFINE(WorktreeOverviewNews, WORKTREE_OVERVIEW_NEWS);

enum { WORKSPACES_MAX = 10000 };

/* -- reading ------------------------------------------------------------------------------------------------- */

int workspaces_overview(DbConn *c, Str org_id, Str workspace_id, Arena *a, WorkspaceNewsList *ret, Err *e) {
    return db_all(c, &sql_workspace_overview, DB_ARGS(db_text(org_id), db_text(workspace_id)),
                  DB_INTO(WorkspaceNews, a, ret), WORKSPACES_MAX, e);
}

int worktrees_overview(DbConn *c, const WorktreesFrom *from, Arena *a, WorktreeOverviewList *ret, Err *e) {
    return db_all(
        c, &sql_worktree_overview_list,
        DB_ARGS(db_text(from->workspace_id), db_text(from->after), db_i64(from->limit), db_text(from->org_id)),
        DB_INTO(WorktreeOverview, a, ret), (size_t)from->limit, e);
}

int worktree_overview(DbConn *c, Str id, Arena *a, WorktreeOverview *ret, bool *ret_found, Err *e) {
    return db_one(c, &sql_worktree_overview_one, DB_ARGS(db_text(id)), DB_INTO(WorktreeOverview, a, ret), ret_found, e);
}

/* -- events -------------------------------------------------------------------------------------------------- */

StrList changes_of(const EnumDef *words, uint64_t bits, Arena *a) {
    StrList l = {arena_array(a, (size_t)words->n, sizeof(Str)), 0};
    for (int i = 0; i < words->n; i++)
        if (bits >> i & 1) l.items[l.n++] = str(enum_word(words, i));
    return l;
}

static int emit_row(Tx *tx, Str id, uint64_t bits, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    WorktreeOverview row;
    bool found;
    TRY(worktree_overview(tx_conn(tx), id, a, &row, &found, e));
    if (!found) return 0;
    WorktreeOverviewNews v = {.changes = changes_of(&WorktreeNews_enum, bits, a), .data = &row};
    return stream_emit(tx, topic_of(a, "overview", row.org_id), "overview_worktree", &WorktreeOverviewNews_shape, &v,
                       e);
}

int worktree_emit(Tx *tx, const Worktree *w, WorktreeNews what, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    tx_at_end(tx, emit_row, w->id, 1u << what);
    const char *change = arena_fmt(a, "worktree_%s", enum_word(&WorktreeNews_enum, (int)what)).p;
    return workspace_emit(tx, w->workspace_id, change, &Worktree_shape, w, e);
}

int worktree_store_status(Tx *tx, const WorktreeStatus *s, Err *e) {
    const GitStatus *g = s->status;
    const GitCounts *n = g ? g->counts : NULL;
    DbValue none = {0};
    bool has_lines = HAS(WorktreeStatus, s, added), has_base = HAS(WorktreeStatus, s, base_ahead),
         has_base_lines = HAS(WorktreeStatus, s, base_files);
    tx_at_end(tx, emit_row, s->worktree_id, 1u << WORKTREE_LOOKED);
    return tx_run(
        tx, &sql_worktree_status_set,
        DB_ARGS(db_text(s->worktree_id), g ? db_i64(g->ahead) : none, g ? db_i64(g->behind) : none,
                n ? db_i64(n->staged) : none, n ? db_i64(n->modified) : none, n ? db_i64(n->untracked) : none,
                n ? db_i64(n->conflicted) : none, n ? db_i64(n->unverified) : none, has_lines ? db_i64(s->added) : none,
                has_lines ? db_i64(s->removed) : none, db_text(s->source), db_text(s->error), db_text(s->content_id),
                db_i64(tx_now(tx)),
                HAS(WorktreeStatus, s, missing) ? db_text(str(enum_word(&WorktreeMissing_enum, (int)s->missing)))
                                                : none,
                db_text(s->base), has_base ? db_i64(s->base_ahead) : none, has_base ? db_i64(s->base_behind) : none,
                has_base_lines ? db_i64(s->base_files) : none, has_base_lines ? db_i64(s->base_added) : none,
                has_base_lines ? db_i64(s->base_removed) : none, s->is_added_least ? db_i64(1) : none,
                g ? db_text(g->head) : none),
        NULL, e);
}

int worktree_store_landed(Tx *tx, Str worktree_id, Str head, Err *e) {
    tx_at_end(tx, emit_row, worktree_id, 1u << WORKTREE_LOOKED);
    return tx_run(tx, &sql_worktree_landed_set, DB_ARGS(db_text(worktree_id), db_text(head)), NULL, e);
}
