/* Entries of the trash that the store does not have, as after it was lost: git lists them as worktrees, locked with our reason,
 * and their manifests lie beside them. They are added again when the repository is opened or refreshed. Those of another data
 * folder are left to it. */
#include "base/mem.h"
#include "base/ulid.h"
#include "core/stream.h"
#include "git/trash.h"
#include "sys/file.h"
#include "workspace/workspace_in.h"
#include "workspace/workspace_sql.h"

static bool is_own(OpCall *c, Str place, Str home) {
    return path_is_beneath(place, arena_fmt(c->arena, "%s/trash", c->app->home)) || str_is(home, c->app->home);
}

static Str why_not(OpCall *c, Str place, Str home) {
    if (home.p)
        return arena_fmt(c->arena, STR_FMT ": it is in the trash of another Muster, with the data folder " STR_FMT,
                         STR_ARG(place), STR_ARG(home));
    return arena_fmt(c->arena, STR_FMT ": it is in the trash of another Muster; its manifest is " STR_FMT ".json",
                     STR_ARG(place), STR_ARG(place));
}

static int read_entry(OpCall *c, const Git *g, const TrashScan *s, Str place, TrashEntry *ret, Err *e) {
    GitTrashed t;
    TimeUs at;
    Id worktree = id_new("wt");
    Git common = *g;
    common.dir = arena_cstr(c->arena, s->common_dir);
    TRY(git_trash_read(&common, place, &t, &at, e));
    TRY(roots_require(c->app, c->arena, t.path, e));
    Str name = path_last(t.path);
    *ret = (TrashEntry){.id = t.id,
                        .path = t.path,
                        .place = t.place,
                        .common_dir = t.common_dir,
                        .git_dir = t.git_dir,
                        .branch = t.branch,
                        .head = t.head,
                        .link = t.link,
                        .back_link = t.back_link,
                        .worktree_id = t.worktree_id.p ? t.worktree_id : arena_str(c->arena, id_str(&worktree)),
                        .name = name.n ? name : t.path,
                        .bytes = file_tree_bytes(arena_cstr(c->arena, place)),
                        .removed_at = at};
    return 0;
}

int trash_scan(OpCall *c, const Git *g, const GitWorktree *w, TrashScan *out, Err *e) {
    Str id, home;
    TrashEntry en;
    bool is_known;
    Err why = {0};
    if (!git_trash_is_in(w, &id, &home)) return 0;
    TRY(db_one(c->db, &sql_trash_by_id, DB_ARGS(db_text(id)), DB_INTO(TrashEntry, c->arena, &en), &is_known, e));
    if (is_known) return 0;
    Str *note = &out->notes.items[out->notes.n];
    if (!is_own(c, w->path, home))
        *note = why_not(c, w->path, home);
    else if (read_entry(c, g, out, w->path, &en, &why) < 0)
        *note = arena_fmt(c->arena, STR_FMT ": it is in the trash, but its manifest cannot be used: %s",
                          STR_ARG(w->path), why.text);
    else
        out->found.items[out->found.n++] = en;
    out->notes.n += note->p != NULL;
    return 0;
}

/* A removal that is not over adds its own entry. */
static int adopt(Tx *tx, OpCall *c, const TrashEntry *en, Err *e) {
    TrashEntry had;
    Worktree w;
    bool is_known, has_row;
    TRY(db_one(tx_conn(tx), &sql_trash_by_id, DB_ARGS(db_text(en->id)), DB_INTO(TrashEntry, c->arena, &had), &is_known,
               e));
    TRY(worktree_row(tx_conn(tx), en->worktree_id, c->arena, &w, &has_row, e));
    if (is_known || (has_row && !HAS(Worktree, &w, closed_at))) return 0;
    TRY(trash_insert(tx, c->who->org, en, e));
    DbArgs args = DB_ARGS(db_text(en->worktree_id), db_text(en->id), db_i64(tx_now(tx)));
    return has_row ? tx_run(tx, &sql_worktree_set_trash, args, NULL, e) : 0;
}

int trash_adopt(Tx *tx, OpCall *c, Str workspace_id, const TrashScan *scan, Err *e) {
    for (size_t i = 0; i < scan->found.n; i++) {
        scan->found.items[i].workspace_id = workspace_id;
        TRY(adopt(tx, c, &scan->found.items[i], e));
    }
    return 0;
}
