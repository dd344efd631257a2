/* Opening, refreshing and closing workspaces: the rows follow what git lists. */
#include "workspace/workspace_in.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/ulid.h"
#include "base/vec.h"
#include "core/hook.h"
#include "core/stream.h"
#include "sys/file.h"
#include "workspace/workspace_sql.h"

SHAPE_DEFINE(WorkspaceRef, IN_WORKSPACE);
SHAPE_DEFINE(Workspaces, WORKSPACES);
SHAPE_DEFINE(WorkspaceCreate, WORKSPACE_CREATE);
SHAPE_DEFINE(WorkspaceUpdate, WORKSPACE_UPDATE);
SHAPE_DEFINE(WorkspaceRelocate, WORKSPACE_RELOCATE);

enum { NOTES_MAX = 100, TRASH_MAX = 10000, NAME_MAX_BYTES = 255 };

/* -- what git lists ------------------------------------------------------------------------------------------ */

typedef struct Found {
    WorktreeList trees; /* shown; without ids and times */
    StrList listed;     /* every path that git lists */
    StrList notes;
    TrashScan trash;
    bool has_main; /* git reports the folder of the main worktree */
} Found;

static Str base_name(Str path) {
    Str name = path_last(path);
    return name.n ? str_upto(name, NAME_MAX_BYTES) : path;
}

static bool is_in_trash(OpCall *c, const GitWorktree *w) {
    Str id, home, ours = arena_fmt(c->arena, "%s/trash", c->app->home);
    return path_is_beneath(w->path, ours) || str_find(w->path, STR("/.muster-trash/"), &(size_t){0}) ||
           git_trash_is_in(w, &id, &home);
}

/* Why a worktree that git lists is not shown; NULL when it is. */
static const char *why_hidden(OpCall *c, const GitWorktree *w) {
    if (!str_is_utf8(w->path)) return "its path is not UTF-8";
    if (!roots_allow(c->app, c->arena, w->path)) return "it is outside workspace.roots";
    return w->prunable.p ? "its folder is gone" : NULL;
}

static Worktree worktree_found(const GitWorktree *w, bool is_main) {
    return (Worktree){.name = is_main ? STR("main") : base_name(w->path),
                      .branch = w->branch.p ? git_short_branch(w->branch) : STR("HEAD"),
                      .is_detached = !w->branch.p,
                      .path = w->path,
                      .is_main = is_main};
}

static void add_note(Found *f, Str note) {
    if (f->notes.n < NOTES_MAX) f->notes.items[f->notes.n++] = note;
}

static int scan_trash(OpCall *c, const Git *g, const GitWorktreeList *l, Found *ret, Err *e) {
    TrashScan *t = &ret->trash;
    t->found = (TrashEntryList){arena_array(c->arena, l->n, sizeof *t->found.items), 0};
    t->notes = (StrList){arena_array(c->arena, l->n, sizeof *t->notes.items), 0};
    for (size_t i = 0; i < l->n; i++)
        if (is_in_trash(c, &l->items[i])) TRY(trash_scan(c, g, &l->items[i], t, e));
    for (size_t i = 0; i < t->notes.n; i++) add_note(ret, t->notes.items[i]);
    return 0;
}

static int scan(OpCall *c, const Git *g, Str common_dir, Found *ret, Err *e) {
    GitWorktreeList l;
    ret->trash.common_dir = common_dir;
    TRY(git_worktrees(g, &l, e));
    ret->trees.items = arena_array(c->arena, l.n, sizeof *ret->trees.items);
    ret->listed.items = arena_array(c->arena, l.n, sizeof *ret->listed.items);
    ret->notes.items = arena_array(c->arena, NOTES_MAX, sizeof *ret->notes.items);
    for (size_t i = 0; i < l.n; i++) {
        const GitWorktree *w = &l.items[i];
        if (w->is_bare || is_in_trash(c, w)) continue;
        ret->listed.items[ret->listed.n++] = w->path;
        ret->has_main |= i == 0;
        const char *why = why_hidden(c, w);
        if (!why)
            ret->trees.items[ret->trees.n++] = worktree_found(w, i == 0);
        else
            add_note(ret, arena_fmt(c->arena, STR_FMT ": %s", STR_ARG(w->path), why));
    }
    return scan_trash(c, g, &l, ret, e);
}

/* -- opening ------------------------------------------------------------------------------------------------- */

struct Opening {
    OpCall *call;
    Workspace *w;
    Found found;
};

static int notify_org(Tx *tx, OpCall *c, const char *kind, const Workspace *w, Err *e) {
    WorkspaceNews v = {.workspace_id = w->id, .name = w->name, .path = w->path};
    return stream_emit(tx, topic_of(c->arena, "overview", str(c->who->org)), kind, &WorkspaceNews_shape, &v, e);
}

/* A worktree that was registered at this path before is the same worktree, with its name and its agents. */
static int register_found(Tx *tx, OpCall *c, Str workspace_id, Worktree *w, Err *e) {
    Worktree old;
    bool is_known;
    w->workspace_id = workspace_id;
    TRY(db_one(tx_conn(tx), &sql_worktree_closed_at_path, DB_ARGS(db_text(w->path), db_text(workspace_id)),
               DB_INTO(Worktree, c->arena, &old), &is_known, e));
    if (!is_known) {
        Id id = id_new("wt");
        w->id = arena_str(c->arena, id_str(&id));
        return worktree_insert(tx, w, e);
    }
    w->name = old.name;
    TRY(worktree_return(tx, w, &old, e));
    return hook_run_worktree_back(c->app, tx, &(WorktreeGone){w->id, workspace_id}, e);
}

static int find_place(DbConn *db, const Workspace *w, Arena *a, Workspace *ret, bool *ret_found, Err *e) {
    return db_one(db, &sql_workspace_by_place, DB_ARGS(db_text(w->path), db_text(w->common_dir)),
                  DB_INTO(Workspace, a, ret), ret_found, e);
}

/* Reopens the row of a repository that was open before, with its id and name. */
static int row_open(Tx *tx, OpCall *c, Workspace *w, Err *e) {
    Str org = str(c->who->org);
    Workspace old;
    bool was_open;
    w->created_at = w->updated_at = tx_now(tx);
    TRY(db_one(tx_conn(tx), &sql_workspace_closed_of, DB_ARGS(db_text(w->common_dir), db_text(org)),
               DB_INTO(Workspace, c->arena, &old), &was_open, e));
    if (!was_open) {
        TRY(tx_run_shape(tx, &sql_workspace_add, &Workspace_shape, w, NULL, e));
        return tx_run(tx, &sql_workspace_set_org, DB_ARGS(db_text(w->id), db_text(org)), NULL, e);
    }
    w->id = old.id;
    return tx_run(tx, &sql_workspace_reopen, DB_ARGS(db_text(w->id), db_text(w->path), db_i64(tx_now(tx))), NULL, e);
}

static int open_tx(Tx *tx, void *arg, Err *e) {
    Opening *o = arg;
    Workspace *w = o->w, other;
    bool found;
    TRY(find_place(tx_conn(tx), w, o->call->arena, &other, &found, e));
    if (found) {
        if (org_check(o->call->app, tx_conn(tx), o->call->who, other.id, NULL) < 0)
            return err_fail(e, ERR_CONFLICT, "this repository is already open in another org");
        int r = err_fail(e, ERR_CONFLICT, "this repository is already open as " STR_FMT, STR_ARG(other.name));
        err_detail(e, "path", "open as " STR_FMT, STR_ARG(other.id));
        return r;
    }
    TRY(row_open(tx, o->call, w, e));
    for (size_t i = 0; i < o->found.trees.n; i++) TRY(register_found(tx, o->call, w->id, &o->found.trees.items[i], e));
    TRY(trash_adopt(tx, o->call, w->id, &o->found.trash, e));
    TRY(workspace_get(o->call->app, tx_conn(tx), w->id, o->call->arena, w, e));
    return notify_org(tx, o->call, "workspace_opened", w, e);
}

/* The folder that represents the repository: its main worktree or, if it is bare, the folder that the client gave. */
static int place_of(OpCall *c, const Git *g, Workspace *w, Err *e) {
    GitPlaces p;
    GitWorktreeList l;
    RootPath top, main_tree;
    TRY(git_places(g, &p, e));
    TRY(git_worktrees(g, &l, e));
    TRY(roots_resolve(c->app, c->arena, str(p.top), &top, e));
    TRY(roots_resolve(c->app, c->arena, l.items[0].is_bare ? str(p.top) : l.items[0].path, &main_tree, e));
    TRY(roots_require(c->app, c->arena, str(p.common), e));
    w->path = str(main_tree.path);
    w->common_dir = str(p.common);
    w->name = base_name(w->path);
    return 0;
}

static int not_a_folder(Str path, Err *e) {
    int r = err_fail(e, ERR_INVALID, STR_FMT " is not a folder", STR_ARG(path));
    err_detail(e, "path", "is not a folder");
    return r;
}

/* Whether it is there is not known. */
static int may_not_look(Str path, Err *e) {
    int r = err_fail(e, ERR_FORBIDDEN,
                     "no permission to look at " STR_FMT ": a folder above it is not open to this user", STR_ARG(path));
    err_detail(e, "path", "no permission");
    return r;
}

/* Everything except the rows: finds what exists and checks whether it may be opened. */
static int look(OpCall *c, Str path, Opening *o, Err *e) {
    RootPath r;
    Git *g;
    struct stat st;
    TRY(roots_resolve(c->app, c->arena, path, &r, e));
    bool is_seen = stat(r.path, &st) == 0;
    if (!is_seen && errno == EACCES) return may_not_look(path, e);
    if (!is_seen || !r.exists || !S_ISDIR(st.st_mode)) return not_a_folder(path, e);
    TRY(git_open(c->arena, r.path, &g, e));
    Id id = id_new("ws");
    Workspace w = {.id = arena_str(c->arena, id_str(&id))};
    TRY(place_of(c, g, &w, e));
    o->call = c;
    *o->w = w;
    return scan(c, g, w.common_dir, &o->found, e);
}

int workspace_open(OpCall *c, Str path, Workspace *out, Err *e) {
    Opening o = {.w = out};
    TRY(look(c, path, &o, e));
    return op_tx(c, open_tx, &o, out, e);
}

int workspace_look(OpCall *c, Str path, Workspace *out, Opening **ret, Err *e) {
    *ret = arena_new_in(c->arena, Opening);
    **ret = (Opening){.w = out};
    return look(c, path, *ret, e);
}

int workspace_open_tx(Tx *tx, Opening *o, Err *e) {
    Workspace had;
    bool found;
    TRY(find_place(tx_conn(tx), o->w, o->call->arena, &had, &found, e));
    return found ? workspace_get(o->call->app, tx_conn(tx), had.id, o->call->arena, o->w, e) : open_tx(tx, o, e);
}

int workspace_open_or_get(OpCall *c, Str path, Workspace *out, Err *e) {
    Opening o = {.w = out};
    Workspace had;
    bool found;
    TRY(look(c, path, &o, e));
    TRY(find_place(c->db, out, c->arena, &had, &found, e));
    if (found) return workspace_get(c->app, c->db, had.id, c->arena, out, e);
    return db_tx(c->app->db, DB_PERSON, open_tx, &o, e);
}

int workspace_git(OpCall *c, const Workspace *w, Git **ret, Err *e) {
    int r = git_open(c->arena, w->common_dir.p, ret, e);
    return r == -ERR_NOT_FOUND ? err_fail(e, ERR_NOT_FOUND, "the repository of " STR_FMT " is gone", STR_ARG(w->name))
                               : r;
}

/* -- refreshing ---------------------------------------------------------------------------------------------- */

typedef struct Refresh {
    OpCall *call;
    Workspace *w;
    Found found;
} Refresh;

static Worktree *find_path(const WorktreeList *l, Str path) {
    for (size_t i = 0; i < l->n; i++)
        if (str_eq(l->items[i].path, path)) return &l->items[i];
    return NULL;
}

static bool is_listed(const Found *f, Str path) {
    for (size_t i = 0; i < f->listed.n; i++)
        if (str_eq(f->listed.items[i], path)) return true;
    return false;
}

/* True when `had` is the worktree that git now lists at another path. No branch is checked out twice; without a branch,
 * git's record decides, which is named after the folder in which it was created. */
static bool is_moved(Arena *a, const Worktree *had, const Worktree *now) {
    if (had->is_main || now->is_main || !worktree_is_missing(had)) return false;
    if (!had->is_detached && !now->is_detached) return str_eq(had->branch, now->branch);
    return str_eq(git_worktree_record(a, now->path), path_last(had->path));
}

/* The row whose folder was moved to a path without a row; NULL when no row, or more than one, matches. */
static Worktree *find_moved(const Refresh *r, const WorktreeList *rows, const Worktree *now) {
    Worktree *found = NULL;
    for (size_t i = 0; i < rows->n; i++) {
        Worktree *had = &rows->items[i];
        if (is_listed(&r->found, had->path) || !is_moved(r->call->arena, had, now)) continue;
        if (found) return NULL;
        found = had;
    }
    return found;
}

static int update_found(Tx *tx, Worktree *had, const Worktree *now, Err *e) {
    bool is_same = str_eq(had->branch, now->branch) && had->is_detached == now->is_detached;
    if (is_same && str_eq(had->path, now->path)) return 0;
    had->path = now->path;
    had->branch = now->branch;
    had->is_detached = now->is_detached;
    return worktree_store(tx, had, e);
}

/* A row follows a worktree that was moved. It is closed only when git no longer lists its worktree and nothing runs in
 * it: a folder that cannot be seen may be on a disk that will be mounted again. A main worktree apart from its git
 * folder is never listed by git. */
static int refresh_tx(Tx *tx, void *arg, Err *e) {
    Refresh *r = arg;
    WorktreeList rows = {0};
    TRY(worktree_list(tx_conn(tx), r->w->id, r->call->arena, &rows, e));
    for (size_t i = 0; i < r->found.trees.n; i++) {
        Worktree *now = &r->found.trees.items[i], *had = find_path(&rows, now->path);
        if (!had) had = find_moved(r, &rows, now);
        TRY(had ? update_found(tx, had, now, e) : register_found(tx, r->call, r->w->id, now, e));
    }
    for (size_t i = 0; i < rows.n; i++) {
        if (is_listed(&r->found, rows.items[i].path) || (rows.items[i].is_main && !r->found.has_main)) continue;
        int gone = worktree_close(r->call->app, tx, &rows.items[i], e);
        if (gone < 0 && gone != -ERR_CONFLICT) return gone;
    }
    return trash_adopt(tx, r->call, r->w->id, &r->found.trash, e);
}

int workspace_refresh(OpCall *c, Str id, WorkspaceDetail *out, Err *e) {
    Workspace w;
    Git *g;
    TRY(workspace_get(c->app, c->db, id, c->arena, &w, e));
    TRY(workspace_git(c, &w, &g, e));
    Refresh r = {.call = c, .w = &w};
    TRY(scan(c, g, w.common_dir, &r.found, e));
    TRY(op_tx(c, refresh_tx, &r, NULL, e));
    TRY(workspace_detail(c, id, out, e));
    if (r.found.notes.n) GIVE(WorkspaceDetail, out, notes, r.found.notes);
    return 0;
}

int worktrees_refresh(OpCall *c, Str workspace_id, Err *e) {
    return workspace_refresh(c, workspace_id, &(WorkspaceDetail){0}, e);
}

/* -- a repository that was moved by hand ----------------------------------------------------------------------- */

typedef struct Relocation {
    Opening found; /* at its new place; found.w: the row with that place */
    Workspace was;
    WorktreeList trees;
    StrList places; /* beside them: where each is now */
    TrashMove trash;
} Relocation;

static bool is_absent(Str path) {
    struct stat st;
    return lstat(path.p, &st) < 0 && (errno == ENOENT || errno == ENOTDIR);
}

/* Does it have a commit that only Muster's repository has: the snapshot of one of its worktrees, or what one in the trash is at?
 * *ret_is_known: there is such a commit to look for. */
static int has_own(const Relocation *r, const Git *g, bool *ret_is_known, bool *ret, Err *e) {
    OpCall *c = r->found.call;
    Arena *a = c->arena;
    TrashEntryList trash = {0};
    Str oid = {0};
    *ret_is_known = *ret = false;
    for (size_t i = 0; i < r->trees.n && !oid.n; i++) {
        Str id = r->trees.items[i].id;
        if (is_absent(arena_fmt(a, "%s/snapshots/" STR_FMT, c->app->home, STR_ARG(id)))) continue;
        *ret_is_known = true;
        TRY(git_resolve(g, arena_fmt(a, "refs/muster/snapshots/" STR_FMT, STR_ARG(id)).p, &oid, e));
    }
    TRY(db_all(c->db, &sql_trash_of_repository, DB_ARGS(db_text(r->was.common_dir)), DB_INTO(TrashEntry, a, &trash),
               TRASH_MAX, e));
    for (size_t i = 0; i < trash.n && !oid.n; i++) {
        if (!trash.items[i].head.n) continue;
        *ret_is_known = true;
        TRY(git_resolve(g, arena_fmt(a, STR_FMT "^{commit}", STR_ARG(trash.items[i].head)).p, &oid, e));
    }
    *ret = oid.n > 0;
    return 0;
}

/* Branches of the same names prove little, but they are all there is of a repository in which Muster kept nothing yet. No
 * branch of a worktree is missing there, unless somebody deleted it since: then the refusal says which. */
static int require_branches(const Relocation *r, const Git *g, Err *e) {
    Arena *a = r->found.call->arena;
    for (size_t i = 0; i < r->trees.n; i++) {
        const Worktree *w = &r->trees.items[i];
        Str oid = {0};
        bool is_there = w->is_detached;
        for (size_t k = 0; k < r->found.found.trees.n; k++)
            is_there |= str_eq(r->found.found.trees.items[k].branch, w->branch);
        if (!is_there) TRY(git_resolve(g, arena_fmt(a, "refs/heads/" STR_FMT, STR_ARG(w->branch)).p, &oid, e));
        if (!is_there && !oid.n)
            return err_fail(e, ERR_CONFLICT,
                            STR_FMT " has no branch " STR_FMT ", which a worktree of " STR_FMT
                                    " has: it seems to be another repository",
                            STR_ARG(r->found.w->path), STR_ARG(w->branch), STR_ARG(r->was.name));
    }
    return 0;
}

static int require_same(const Relocation *r, const Git *g, Err *e) {
    bool is_known, is_own;
    TRY(has_own(r, g, &is_known, &is_own, e));
    if (!is_known) return require_branches(r, g, e);
    return is_own
               ? 0
               : err_fail(e, ERR_CONFLICT,
                          STR_FMT " has nothing of what Muster kept in " STR_FMT ": it seems to be another repository",
                          STR_ARG(r->found.w->path), STR_ARG(r->was.name));
}

/* A worktree inside the folder was moved with it. */
static void find_places(Relocation *r) {
    OpCall *c = r->found.call;
    r->places.items = arena_array(c->arena, r->trees.n + 1, sizeof *r->places.items);
    r->places.n = r->trees.n;
    for (size_t i = 0; i < r->trees.n; i++) {
        const Worktree *w = &r->trees.items[i];
        Str now = w->path;
        if (w->is_main && r->found.found.has_main) now = r->found.w->path;
        if (!w->is_main && path_is_beneath(w->path, r->was.path) && is_absent(w->path))
            now = arena_fmt(c->arena, STR_FMT STR_FMT, STR_ARG(r->found.w->path),
                            STR_ARG(str_from(w->path, r->was.path.n)));
        r->places.items[i] = is_absent(now) ? w->path : now;
    }
}

/* git's own records name the old folder in each linked worktree, and those of worktrees that moved along. What it cannot
 * repair stays as it was, and is shown as gone. */
static int repair(const Relocation *r, const Git *g, Err *e) {
    Arena *a = r->found.call->arena;
    GitOut o;
    size_t n = 0;
    const char **args = arena_array(a, r->trees.n + 3, sizeof *args);
    args[n++] = "worktree";
    args[n++] = "repair";
    for (size_t i = 0; i < r->trees.n; i++)
        if (!r->trees.items[i].is_main && !is_absent(r->places.items[i])) args[n++] = arena_cstr(a, r->places.items[i]);
    TRY(git_quiet(g, &(GitCall){.args = GIT_ARGS("worktree", "repair"), .any_exit = true}, &o, e));
    return n > 2 ? git_quiet(g, &(GitCall){.args = args, .any_exit = true}, &o, e) : 0;
}

static int relocate_tx(Tx *tx, void *arg, Err *e) {
    Relocation *r = arg;
    OpCall *c = r->found.call;
    Workspace *now = r->found.w, other;
    bool is_taken;
    TRY(db_one(tx_conn(tx), &sql_workspace_of_common_dir, DB_ARGS(db_text(now->common_dir)),
               DB_INTO(Workspace, c->arena, &other), &is_taken, e));
    if (is_taken)
        return err_fail(e, ERR_CONFLICT,
                        "the repository there is, or was, open as the workspace " STR_FMT
                        ": close this one, and open that one again",
                        STR_ARG(other.name));
    TRY(tx_run(tx, &sql_workspace_relocate,
               DB_ARGS(db_text(r->was.id), db_text(now->path), db_text(now->common_dir), db_i64(tx_now(tx))), NULL, e));
    TRY(trash_follow_tx(tx, &r->trash, e));
    for (size_t i = 0; i < r->trees.n; i++) {
        Worktree *w = &r->trees.items[i];
        if (str_eq(w->path, r->places.items[i])) continue;
        w->path = r->places.items[i];
        TRY(worktree_store(tx, w, e));
    }
    TRY(workspace_get(c->app, tx_conn(tx), r->was.id, c->arena, now, e));
    TRY(workspace_emit(tx, now->id, "workspace_updated", &Workspace_shape, now, e));
    return notify_org(tx, c, "workspace_moved", now, e);
}

/* Nothing but git's own links and the trash's manifests is written, and those can be written again: a crash before the rows are stored leaves a
 * workspace that can be relocated once more. */
int workspace_relocate(OpCall *c, const WorkspaceRelocate *in, Workspace *out, Err *e) {
    Relocation r = {.found = {.w = out}};
    Git *g;
    TRY(workspace_get(c->app, c->db, in->workspace_id, c->arena, &r.was, e));
    if (!is_absent(r.was.common_dir))
        return err_fail(e, ERR_CONFLICT, "the repository of " STR_FMT " is still where it was: " STR_FMT,
                        STR_ARG(r.was.name), STR_ARG(r.was.common_dir));
    TRY(look(c, in->path, &r.found, e));
    TRY(worktree_list(c->db, r.was.id, c->arena, &r.trees, e));
    TRY(git_open(c->arena, arena_cstr(c->arena, out->path), &g, e));
    TRY(require_same(&r, g, e));
    find_places(&r);
    TRY(repair(&r, g, e));
    r.trash = (TrashMove){r.was.path, out->path, r.was.common_dir, out->common_dir, {0}};
    TRY(trash_follow(c, git_with(g, out->common_dir.p, NULL), &r.trash, e));
    return op_tx(c, relocate_tx, &r, out, e);
}

/* -- names and closing --------------------------------------------------------------------------------------- */

typedef struct Rename {
    OpCall *call;
    const WorkspaceUpdate *in;
    Workspace *out;
} Rename;

static int rename_tx(Tx *tx, void *arg, Err *e) {
    Rename *r = arg;
    TRY(tx_run(tx, &sql_workspace_rename,
               DB_ARGS(db_text(r->in->workspace_id), db_text(r->in->name), db_i64(tx_now(tx))), NULL, e));
    TRY(workspace_get(r->call->app, tx_conn(tx), r->in->workspace_id, r->call->arena, r->out, e));
    TRY(workspace_emit(tx, r->out->id, "workspace_updated", &Workspace_shape, r->out, e));
    return notify_org(tx, r->call, "workspace_renamed", r->out, e);
}

int workspace_rename(OpCall *c, const WorkspaceUpdate *in, Workspace *out, Err *e) {
    return op_tx(c, rename_tx, &(Rename){c, in, out}, out, e);
}

typedef struct Close {
    OpCall *call;
    Str id;
} Close;

/* Changes rows only; worktrees in the trash stay there and keep their entries. Refused while an agent is running. */
static int close_tx(Tx *tx, void *arg, Err *e) {
    Close *x = arg;
    Workspace w;
    WorktreeList l = {0};
    TRY(workspace_get(x->call->app, tx_conn(tx), x->id, x->call->arena, &w, e));
    TRY(worktree_list(tx_conn(tx), x->id, x->call->arena, &l, e));
    for (size_t i = 0; i < l.n; i++) TRY(worktree_close(x->call->app, tx, &l.items[i], e));
    TRY(tx_run(tx, &sql_workspace_close, DB_ARGS(db_text(x->id), db_i64(tx_now(tx))), NULL, e));
    return notify_org(tx, x->call, "workspace_closed", &w, e);
}

int workspace_close(OpCall *c, Str id, Err *e) { return op_tx(c, close_tx, &(Close){c, id}, NULL, e); }
