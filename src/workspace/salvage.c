/* Salvages of worktrees: made before what overwrites files, listed, and restored. Restoring has effects outside the
 * store: every step of it can be repeated, so after a crash it is done again, if nothing else has changed since. */
#include "git/salvage.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/ulid.h"
#include "core/setting.h"
#include "git/removed.h"
#include "sys/fault.h"
#include "sys/file.h"
#include "workspace/rewrite.h"
#include "workspace/salvage_shapes.h"
#include "workspace/workspace_in.h"
#include "workspace/workspace_sql.h"

SHAPE_DEFINE(SalvagesRead, SALVAGES_READ);
SHAPE_DEFINE(Salvages, SALVAGES);
SHAPE_DEFINE(AllSalvagesRead, ALL_SALVAGES_READ);
SHAPE_DEFINE(OwnedSalvage, OWNED_SALVAGE);
SHAPE_DEFINE(AllSalvages, ALL_SALVAGES);
SHAPE_DEFINE(SalvagesDelete, SALVAGES_DELETE);
SHAPE_DEFINE(SalvagesDeleted, SALVAGES_DELETED);
SHAPE_DEFINE(SalvageRead, SALVAGE_READ);
SHAPE_DEFINE(SalvageDetail, SALVAGE_DETAIL);
SHAPE_DEFINE(SalvageRestoreIn, SALVAGE_RESTORE);
SHAPE_DEFINE(SalvageRestored, SALVAGE_RESTORED);

enum { LEFT_OUT_SHOWN = 1000, SALVAGES_PLAN_MAX = 1 << 17 };

SnapshotAsk worktree_shot(const App *app, Arena *a, Str worktree_id) {
    return (SnapshotAsk){.dir = arena_fmt(a, "%s/snapshots/" STR_FMT, app->home, STR_ARG(worktree_id)).p,
                         .name = arena_cstr(a, worktree_id)};
}

static SalvageAsk asking(OpCall *c, const Worktree *w, const WorktreeSalvage *how) {
    SnapshotAsk shot = worktree_shot(c->app, c->arena, w->id);
    return (SalvageAsk){.shot = shot,
                        .act = how->act,
                        .may_leave = how->may_leave,
                        .ignored = how->ignored,
                        .commits = how->commits,
                        .no_files = how->no_files};
}

int worktree_salvage(OpCall *c, const Worktree *w, const Git *g, const WorktreeSalvage *how, GitSalvage *ret, Err *e) {
    SalvageAsk ask = asking(c, w, how);
    return salvage_make(g, &ask, ret, e);
}

int worktree_put_back(OpCall *c, const Worktree *w, const Git *g, SalvageRestore *r, GitSalvage *ret_left, Err *e) {
    SalvageAsk ask = asking(c, w, &(WorktreeSalvage){.act = c->op->name, .may_leave = true});
    return salvage_restore(g, &ask, r, ret_left, e);
}

/* -- reading ------------------------------------------------------------------------------------------------- */

/* A handle that reads the salvages of a worktree, which may have been removed: they are refs of the repository. Without a
 * row, as where the store was lost, they are all that is known about it. */
static int open_for(OpCall *c, Str workspace_id, Str worktree_id, Git **ret, Err *e) {
    Workspace w;
    Worktree row;
    GitSalvageList all;
    bool found;
    TRY(op_cursor(c, topic_of(c->arena, "workspace", workspace_id), e));
    TRY(workspace_get(c->app, c->db, workspace_id, c->arena, &w, e));
    TRY(workspace_git(c, &w, ret, e));
    TRY(worktree_row(c->db, worktree_id, c->arena, &row, &found, e));
    if (found && str_eq(row.workspace_id, workspace_id)) return 0;
    TRY(salvage_list(*ret, worktree_id, &all, e));
    return all.n ? 0 : err_fail(e, ERR_NOT_FOUND, "no worktree " STR_FMT " in this workspace", STR_ARG(worktree_id));
}

typedef struct Window {
    size_t from, n;
} Window;

static Window window_of(size_t total, int64_t offset, int64_t limit) {
    size_t from = (size_t)offset < total ? (size_t)offset : total, left = total - from;
    return (Window){from, left < (size_t)limit ? left : (size_t)limit};
}

int salvages_read(OpCall *c, const SalvagesRead *in, Salvages *out, Err *e) {
    Git *g;
    GitSalvageList all;
    TRY(open_for(c, in->workspace_id, in->worktree_id, &g, e));
    TRY(salvage_list(g, in->worktree_id, &all, e));
    Window w = window_of(all.n, in->offset, in->limit);
    out->salvages = (GitSalvageList){all.items + w.from, w.n};
    out->total = (int64_t)all.n;
    return 0;
}

static void add_salvage(const GitSalvage *s, OwnedSalvage *ret) {
    *ret = (OwnedSalvage){.id = s->id,
                          .made_at = s->made_at,
                          .act = s->act,
                          .state = s->state,
                          .commit = s->commit,
                          .left_out = s->left_out};
    if (s->branch.n) GIVE(OwnedSalvage, ret, branch, s->branch);
    if (s->head.n) GIVE(OwnedSalvage, ret, head, s->head);
}

static int add_owner(OpCall *c, Str workspace_id, Str worktree_id, OwnedSalvage *ret, Err *e) {
    Worktree row;
    bool found;
    TRY(worktree_row(c->db, worktree_id, c->arena, &row, &found, e));
    found = found && str_eq(row.workspace_id, workspace_id);
    ret->worktree_id = worktree_id;
    ret->is_gone = !found || row.trash_id.p || HAS(Worktree, &row, closed_at) || worktree_is_missing(&row);
    if (!found) return 0;
    GIVE(OwnedSalvage, ret, worktree_name, row.name);
    GIVE(OwnedSalvage, ret, path, row.path);
    return 0;
}

int salvages_read_all(OpCall *c, const AllSalvagesRead *in, AllSalvages *out, Err *e) {
    Workspace w;
    Git *g;
    SalvageOfAll all;
    TRY(op_cursor(c, topic_of(c->arena, "workspace", in->workspace_id), e));
    TRY(workspace_get(c->app, c->db, in->workspace_id, c->arena, &w, e));
    TRY(workspace_git(c, &w, &g, e));
    TRY(salvage_list_all(g, &all, e));
    Window win = window_of(all.salvages.n, in->offset, in->limit);
    out->salvages = (OwnedSalvageList){arena_array(c->arena, win.n + 1, sizeof *out->salvages.items), 0};
    out->total = (int64_t)all.salvages.n;
    for (size_t i = win.from; i < win.from + win.n; i++) {
        OwnedSalvage *one = &out->salvages.items[out->salvages.n];
        add_salvage(&all.salvages.items[i], one);
        TRY(add_owner(c, w.id, all.worktrees.items[i], one, e));
        out->salvages.n++;
    }
    return 0;
}

int salvage_read(OpCall *c, const SalvageRead *in, SalvageDetail *out, Err *e) {
    Git *g;
    GitSalvage s;
    int64_t n;
    TRY(open_for(c, in->workspace_id, in->worktree_id, &g, e));
    TRY(salvage_find(g, in->worktree_id, in->salvage_id, &s, e));
    *out = (SalvageDetail){
        .id = s.id, .made_at = s.made_at, .act = s.act, .state = s.state, .commit = s.commit, .left_out = s.left_out};
    if (s.branch.n) GIVE(SalvageDetail, out, branch, s.branch);
    if (s.head.n) GIVE(SalvageDetail, out, head, s.head);
    TRY(salvage_files(g, &s, &(SalvageWindow){"files", in->offset, in->limit}, &out->files, &out->file_count, e));
    TRY(salvage_files(g, &s, &(SalvageWindow){"ignored", 0, SALVAGE_WINDOW_MAX}, &out->ignored, &n, e));
    TRY(salvage_staged(g, &s, SALVAGE_WINDOW_MAX, &out->staged, e));
    return salvage_left_out(g, &s, LEFT_OUT_SHOWN, &out->left_out_paths, e);
}

/* -- restoring ----------------------------------------------------------------------------------------------- */

typedef struct Restoring {
    OpCall *call;
    const SalvageRestoreIn *in;
    Worktree w; /* it is restored into this one */
    GitSalvage from;
    RewriteRestore restore;
    SalvageRestored *out;
} Restoring;

/* HEAD may name another branch now. */
static int restored_tx(Tx *tx, void *arg, Err *e) {
    Restoring *x = arg;
    Worktree now;
    bool found;
    TRY(worktree_row(tx_conn(tx), x->w.id, x->call->arena, &now, &found, e));
    if (!found) return err_fail(e, ERR_NOT_FOUND, "no worktree " STR_FMT, STR_ARG(x->w.id));
    now.branch = x->w.branch;
    now.is_detached = x->w.is_detached;
    return worktree_store(tx, &now, e);
}

static bool is_elsewhere(const SalvageRestoreIn *in) { return in->into.p && !str_eq(in->into, in->worktree_id); }

static int restore(void *arg, Err *e) {
    Restoring *x = arg;
    GitBranches b;
    SalvageRestore r = {
        .from = &x->from, .paths = x->in->paths, .is_anothers = is_elsewhere(x->in), .once = x->restore.once};
    WorktreeSalvage how = {.act = "restore_salvage", .may_leave = x->in->accept_unsaved};
    SalvageAsk ask = asking(x->call, &x->w, &how);
    x->out->before = arena_new_in(x->call->arena, GitSalvage);
    TRY(salvage_restore(x->restore.g, &ask, &r, x->out->before, e));
    if (r.note.p) GIVE(SalvageRestored, x->out, note, r.note);
    CRASH("salvage.restored");
    TRY(git_branches(x->restore.g, &b, e));
    x->w.branch = b.current;
    x->w.is_detached = str_is(b.current, "HEAD");
    TRY(op_intent_close(x->call, x->restore.rewrite.intent, restored_tx, x, x->out, e));
    CRASH("salvage.stored");
    return 0;
}

static int find_both(void *arg, Err *e) {
    Restoring *x = arg;
    OpCall *c = x->call;
    const SalvageRestoreIn *in = x->in;
    Err why = {0};
    WorktreeRef to = {.workspace_id = in->workspace_id, .worktree_id = is_elsewhere(in) ? in->into : in->worktree_id};
    int r = worktree_git(c, &to, &x->w, &x->restore.g, &why);
    if (r >= 0) return salvage_find(x->restore.g, in->worktree_id, in->salvage_id, &x->from, e);
    *e = why;
    if (r != -ERR_NOT_FOUND || is_elsewhere(in)) return r;
    TRY(open_for(c, in->workspace_id, in->worktree_id, &x->restore.g, e));
    TRY(salvage_find(x->restore.g, in->worktree_id, in->salvage_id, &x->from, e));
    return err_fail(e, ERR_NOT_FOUND,
                    "%s; name another worktree of the workspace in into, and the salvage is restored there", why.text);
}

static void begin(Restoring *x, OpCall *c) {
    x->call = c;
    x->restore = (RewriteRestore){
        .rewrite = {.call = c, .w = &x->w}, .find = find_both, .run = restore, .x = x, .intended = "salvage.intended"};
}

int salvage_put_back(OpCall *c, const SalvageRestoreIn *in, SalvageRestored *out, Err *e) {
    Restoring x = {.in = in, .out = out};
    begin(&x, c);
    return rewrite_restore(&x.restore, &in->paths, e);
}

int salvage_put_back_recover(OpCall *c, const OpIntent *i, Err *e) {
    SalvageRestoreIn in;
    SalvageRestored out = {0};
    Restoring x = {.in = &in, .out = &out};
    begin(&x, c);
    return rewrite_restore_recover(&x.restore, i, &in, e);
}

/* -- expiry -------------------------------------------------------------------------------------------------- */

/* Rows of worktrees are never deleted, so one without a row is of another data folder, or of a store that was lost. */
typedef struct Known {
    DbConn *db;
    Arena *arena;
} Known;

static bool is_known(void *arg, Str worktree) {
    const Known *k = arg;
    Worktree w;
    bool found;
    return worktree_row(k->db, worktree, k->arena, &w, &found, &(Err){0}) >= 0 && found;
}

static int expire_in(Arena *a, const Workspace *w, const SalvageLimits *limits, Err *e) {
    Git *g;
    int deleted;
    TRY(git_open(a, arena_cstr(a, w->common_dir), &g, e));
    int r = removed_expire(g, limits, e);
    TRY(salvage_expire(g, limits, &deleted, e));
    return r;
}

/* A repository that cannot be read keeps everything, and does not stop the others. */
int salvages_expire(App *app, DbConn *db, TimeUs older_than, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    WorkspaceList all = {0};
    int r = 0;
    SalvageLimits limits = {.older_than = older_than,
                            .max_bytes = setting_i64(app->settings, SET_RETENTION_SALVAGE_MIB) << 20,
                            .is_own = is_known,
                            .arg = &(Known){db, a}};
    if (!older_than && !limits.max_bytes) return 0; /* nothing asks for it */
    TRY(workspace_list(db, (Str){0}, a, &all, e));
    for (size_t i = 0; i < all.n; i++) {
        int one = expire_in(a, &all.items[i], &limits, e);
        r = one < 0 ? one : r;
    }
    return r;
}

/* -- deleting ------------------------------------------------------------------------------------------------ */

static size_t place_in(const SalvageOfAll *all, Str id) {
    size_t i = 0;
    while (i < all->salvages.n && !str_eq(all->salvages.items[i].id, id)) i++;
    return i;
}

/* Those that are named, or the oldest: refs sort newest first. Of what is not named, only this store's. */
static int choose(OpCall *c, const SalvagesDelete *in, const SalvageOfAll *all, StrList *ret, Err *e) {
    Known known = {c->db, c->arena};
    bool by_age = HAS(SalvagesDelete, in, older_than_days);
    TimeUs before = by_age ? clock_now_us() - in->older_than_days * DAY_US : 0;
    *ret = (StrList){arena_array(c->arena, SALVAGE_PATHS_MAX, sizeof(Str)), 0};
    if (!in->salvage_ids.n && !by_age)
        return err_fail(e, ERR_INVALID, "name the salvages to delete in salvageIds, or an age in olderThanDays");
    for (size_t i = 0; i < in->salvage_ids.n; i++) {
        Str id = in->salvage_ids.items[i];
        size_t at = place_in(all, id);
        if (at == all->salvages.n || !is_known(&known, all->worktrees.items[at]))
            return err_fail(e, ERR_NOT_FOUND, "no salvage " STR_FMT " in this workspace", STR_ARG(id));
        ret->items[ret->n++] = id;
    }
    for (size_t i = all->salvages.n; by_age && !in->salvage_ids.n && i-- && ret->n < SALVAGE_PATHS_MAX;) {
        const GitSalvage *s = &all->salvages.items[i];
        if (s->made_at < before && is_known(&known, all->worktrees.items[i])) ret->items[ret->n++] = s->id;
    }
    return 0;
}

#define SALVAGES_PLAN(F, S)                                        \
    F(S, ID("ws"), workspace_id, .doc = "Whose salvages they are") \
    F(S, STRS, ids, .max = SALVAGE_PATHS_MAX, .item_max = 40, .doc = "The salvages to delete")
SHAPE(SalvagesPlan, SALVAGES_PLAN);
SHAPE_DEFINE(SalvagesPlan, SALVAGES_PLAN);

typedef struct Found {
    Git *g;
    SalvageOfAll all;
} Found;

static int find_all(OpCall *c, Str workspace_id, Found *ret, Err *e) {
    Workspace w;
    TRY(workspace_get(c->app, c->db, workspace_id, c->arena, &w, e));
    TRY(workspace_git(c, &w, &ret->g, e));
    return salvage_list_all(ret->g, &ret->all, e);
}

/* One that git cannot delete does not stop the others. One that is not there any more was deleted before a crash. */
static int drop_all(OpCall *c, const SalvagesPlan *plan, const Found *in, Str intent, SalvagesDeleted *out, Err *e) {
    const SalvageOfAll *all = &in->all;
    out->deleted = (StrList){arena_array(c->arena, plan->ids.n + 1, sizeof(Str)), 0};
    out->kept = (StrList){arena_array(c->arena, plan->ids.n + 1, sizeof(Str)), 0};
    for (size_t i = 0; i < plan->ids.n; i++) {
        Err why = {0};
        Str id = plan->ids.items[i];
        size_t at = place_in(all, id);
        if (at == all->salvages.n || salvage_drop(in->g, all->worktrees.items[at], &all->salvages.items[at], &why) == 0)
            out->deleted.items[out->deleted.n++] = id;
        else
            out->kept.items[out->kept.n++] = arena_fmt(c->arena, STR_FMT ": %.500s", STR_ARG(id), why.text);
    }
    CRASH("salvages.dropped");
    TRY(op_intent_close(c, intent, NULL, NULL, out, e));
    CRASH("salvages.stored");
    return 0;
}

/* Every name is known before the first is deleted, and nothing is read between the intent and that: a call that fails leaves
 * no intent whose recovery would delete after all. */
int salvages_delete(OpCall *c, const SalvagesDelete *in, SalvagesDeleted *out, Err *e) {
    CLEANUP(buf_done) Buf b;
    SalvagesPlan plan = {.workspace_id = in->workspace_id};
    Found found;
    Str intent;
    buf_init(&b, SALVAGES_PLAN_MAX);
    TRY(find_all(c, in->workspace_id, &found, e));
    TRY(choose(c, in, &found.all, &plan.ids, e));
    JsonOut o = json_out(&b);
    shape_encode(&SalvagesPlan_shape, &plan, &o);
    TRY(op_intent_begin(c, arena_str(c->arena, buf_str(&b)), NULL, NULL, &intent, e));
    CRASH("salvages.intended");
    return drop_all(c, &plan, &found, intent, out, e);
}

int salvages_delete_recover(OpCall *c, const OpIntent *i, Err *e) {
    SalvagesPlan plan = {0};
    SalvagesDeleted out = {0};
    Json *state;
    Found found;
    TRY(json_parse(c->arena, i->state, JSON_DEPTH_REQUEST, &state, e));
    TRY(shape_decode(&SalvagesPlan_shape, state, c->arena, &plan, e));
    int r = find_all(c, plan.workspace_id, &found, e);
    if (r == -ERR_NOT_FOUND) return op_intent_abandon(c, i->id, e); /* its workspace is closed */
    return r < 0 ? r : drop_all(c, &plan, &found, i->id, &out, e);
}

int removed_room(DbConn *db, int64_t *ret, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    WorkspaceList all = {0};
    *ret = 0;
    TRY(workspace_list(db, (Str){0}, a, &all, e));
    for (size_t i = 0; i < all.n; i++) *ret += removed_bytes(a, arena_cstr(a, all.items[i].common_dir));
    return 0;
}

typedef struct Expiry {
    DbConn *db;
    Arena *arena;
    const char *folder; /* <home>/snapshots */
    TimeUs older_than;
} Expiry;

/* Whether the row says that the worktree left the lists long ago; *ret is its workspace. One that is in the trash can come
 * back; of one without a row nothing is known. */
static int is_long_gone(const Expiry *x, Str id, Workspace *ret, bool *ret_gone, Err *e) {
    Worktree w;
    TRY(worktree_row(x->db, id, x->arena, &w, ret_gone, e));
    *ret_gone = *ret_gone && HAS(Worktree, &w, closed_at) && w.closed_at < x->older_than;
    if (!*ret_gone) return 0;
    return db_one(x->db, &sql_workspace_any, DB_ARGS(db_text(w.workspace_id)), DB_INTO(Workspace, x->arena, ret),
                  ret_gone, e);
}

/* Where the repository is gone too, only the folder is left. The folder gets another name first, so that a snapshot that
 * begins now makes its own. */
static int drop_snapshot(const Expiry *x, Str id, const Workspace *w, Err *e) {
    Git *g;
    Str from = arena_fmt(x->arena, "%s/" STR_FMT, x->folder, STR_ARG(id));
    Str gone = arena_fmt(x->arena, STR_FMT ".gone", STR_ARG(from));
    int r = git_open(x->arena, arena_cstr(x->arena, w->common_dir), &g, e);
    if (r >= 0) TRY(snapshot_forget(g, arena_cstr(x->arena, id), e));
    if (r < 0 && r != -ERR_NOT_FOUND) return r;
    if (rename(from.p, gone.p) < 0) return err_sys(e, "could not rename " STR_FMT, STR_ARG(from));
    return file_remove_tree(gone.p, e);
}

static int expire_one(const Expiry *x, Str name, Err *e) {
    Workspace w;
    bool is_gone = false;
    if (str_ends(name, STR(".gone"))) return file_remove_tree(arena_fmt(x->arena, "%s/%s", x->folder, name.p).p, e);
    if (id_is(name, "wt")) TRY(is_long_gone(x, name, &w, &is_gone, e));
    return is_gone ? drop_snapshot(x, name, &w, e) : 0;
}

int snapshots_expire(App *app, DbConn *db, TimeUs older_than, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Expiry x = {.db = db, .arena = a, .older_than = older_than};
    int r = 0;
    x.folder = arena_fmt(a, "%s/snapshots", app->home).p;
    CLEANUP(dir_closep) DIR *d = opendir(x.folder);
    for (struct dirent *en; d && (en = readdir(d));) {
        int one = expire_one(&x, arena_str(a, str(en->d_name)), e);
        r = one < 0 ? one : r;
    }
    return r;
}
