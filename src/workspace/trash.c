/* Moving worktrees to the trash and restoring them.
 *
 * Invariant: the location of the files decides. After a crash, both operations are finished if the files have been
 * moved and undone if they have not; rows and git's records follow. Changing a row before the move would break this. */
#define LOG_MODULE "workspace"
#include "git/trash.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/ulid.h"
#include "core/hook.h"
#include "core/setting.h"
#include "core/stream.h"
#include "sys/fault.h"
#include "sys/file.h"
#include "sys/log.h"
#include "sys/path_look.h"
#include "workspace/overview.h"
#include "workspace/workspace_in.h"
#include "workspace/workspace_sql.h"

SHAPE_DEFINE(WorktreeRemove, WORKTREE_REMOVE);
SHAPE_DEFINE(TrashRef, TRASH_REF);
SHAPE_DEFINE(TrashRestore, TRASH_RESTORE);
SHAPE_DEFINE(TrashEntry, TRASH_ENTRY);
SHAPE_DEFINE(Trash, TRASH_LIST);
SHAPE_DEFINE(TrashNews, TRASH_NEWS);

enum { STATE_MAX = 64 << 10, ENTRIES_MAX = 10000 };

/* A removal or a restore in progress. */
typedef struct Move {
    OpCall *call;
    Git *g; /* runs in the common git folder */
    GitTrashed t;
    Worktree w; /* its row */
    int64_t bytes;
    Str intent;
    Worktree *out;    /* of a restore */
    TrashEntry entry; /* of a restore */
} Move;

static Str encoded(Arena *a, const Shape *shape, const void *v) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, STATE_MAX);
    JsonOut o = json_out(&b);
    shape_encode(shape, v, &o);
    return arena_str(a, buf_str(&b));
}

/* -- removing ------------------------------------------------------------------------------------------------ */

static int notify(Tx *tx, const char *org, const TrashEntry *en, bool is_there, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    TrashNews v = {
        .trash_id = en->id, .worktree_id = en->worktree_id, .workspace_id = en->workspace_id, .is_there = is_there};
    return stream_emit(tx, topic_of(a, "overview", str(org)), "trash_changed", &TrashNews_shape, &v, e);
}

int trash_insert(Tx *tx, const char *org, const TrashEntry *en, Err *e) {
    TRY(tx_run_shape(tx, &sql_trash_add, &TrashEntry_shape, en, NULL, e));
    return notify(tx, org, en, true, e);
}

static int trash_row(Tx *tx, const Move *m, Err *e) {
    const GitTrashed *t = &m->t;
    TrashEntry en = {.id = t->id,
                     .path = t->path,
                     .place = t->place,
                     .common_dir = t->common_dir,
                     .git_dir = t->git_dir,
                     .branch = t->branch,
                     .head = t->head,
                     .link = t->link,
                     .back_link = t->back_link,
                     .worktree_id = m->w.id,
                     .workspace_id = m->w.workspace_id,
                     .name = m->w.name,
                     .bytes = m->bytes,
                     .removed_at = tx_now(tx)};
    return trash_insert(tx, m->call->who->org, &en, e);
}

static int removed_tx(Tx *tx, void *arg, Err *e) {
    Move *m = arg;
    WorktreeGone gone = {.worktree_id = m->w.id, .workspace_id = m->w.workspace_id};
    TRY(trash_row(tx, m, e));
    TRY(tx_run(tx, &sql_worktree_set_trash, DB_ARGS(db_text(m->w.id), db_text(m->t.id), db_i64(tx_now(tx))), NULL, e));
    TRY(hook_run_worktree_gone(m->call->app, tx, &gone, e));
    return worktree_emit(tx, &m->w, WORKTREE_REMOVED, e);
}

/* Moving a folder moves everything in it: worktrees of any workspace, with the agents that run there. */
static int refuse_around_others(Tx *tx, const Move *m, Err *e) {
    Worktree inner;
    bool found;
    TRY(db_one(tx_conn(tx), &sql_worktree_inside, DB_ARGS(db_text(m->w.path)),
               DB_INTO(Worktree, m->call->arena, &inner), &found, e));
    if (!found) return 0;
    return err_fail(e, ERR_CONFLICT, "the worktree " STR_FMT " at " STR_FMT " is inside it; %s first",
                    STR_ARG(inner.name), STR_ARG(inner.path), inner.is_main ? "close its workspace" : "remove it");
}

/* From the commit on, the open intent keeps agents from starting in this worktree, so nothing that the hook has not
 * seen can start before the folder is moved. */
static int removing_tx(Tx *tx, void *arg, Err *e) {
    Move *m = arg;
    TRY(refuse_around_others(tx, m, e));
    WorktreeGone gone = {.worktree_id = m->w.id, .workspace_id = m->w.workspace_id};
    return hook_run_worktree_removing(m->call->app, tx, &gone, e);
}

static int finish_put(Move *m, Err *e) {
    TRY(git_trash_put(m->g, &m->t, e));
    m->bytes = file_tree_bytes(arena_cstr(m->call->arena, m->t.place));
    CRASH("remove.moved");
    TRY(op_intent_close(m->call, m->intent, removed_tx, m, NULL, e));
    CRASH("remove.stored");
    return 0;
}

/* Nothing was moved: the worktree is as it was. */
static int cancel_put(Move *m, Err *e) {
    TRY(git_trash_cancel(m->g, &m->t, e));
    return op_intent_abandon(m->call, m->intent, e);
}

/* After a failure nothing stays half done: what was moved is moved back. If that fails too, the open intent finishes
 * the removal at the next start. */
static void undo_put(Move *m) {
    GitUndone u;
    Err e = {0};
    int r = git_trash_find(m->g, &m->t) == TRASH_IN_TRASH ? git_trash_undo(m->g, &m->t, &u, &e) : 0;
    if (r >= 0 && git_trash_find(m->g, &m->t) == TRASH_AT_HOME) r = cancel_put(m, &e);
    if (r < 0) log_err(LOG_WARN, LOG_MODULE, "undoing a failed removal", &e);
}

static int check_clean(Move *m, Err *e) {
    Git *inside;
    GitStatus s;
    TRY(git_open(m->call->arena, m->w.path.p, &inside, e));
    TRY(git_status(inside, &s, e));
    return git_require_clean(&s, "removal without force", e);
}

static int forgotten_tx(Tx *tx, void *arg, Err *e) {
    Move *m = arg;
    WorktreeRef ref = {.workspace_id = m->w.workspace_id, .worktree_id = m->w.id};
    TRY(worktree_of(tx_conn(tx), &ref, m->call->arena, &m->w, e)); /* closing takes no lock */
    return worktree_close(m->call->app, tx, &m->w, e);
}

/* Nothing is left to move: removes git's record and the row. If this is interrupted between the two, the next call or a
 * refresh finishes it. */
static int forget(Move *m, Err *e) {
    if (m->w.is_main) return err_fail(e, ERR_INVALID, "the main worktree cannot be removed");
    TRY(db_tx(m->call->app->db, DB_PERSON, removing_tx, m, e));
    SnapshotAsk shot = worktree_shot(m->call->app, m->call->arena, m->w.id);
    TRY(git_trash_forget(m->g, m->w.path.p, &shot, e));
    return op_tx(m->call, forgotten_tx, m, NULL, e);
}

/* -- what runs in it before ------------------------------------------------------------------------------------- */

static void wait_for(OpCall *c, const WorktreeLeaving *l) {
    op_after_end_apart(c, l->launches.items[l->n_ended], l->wait_ms, c->op->run);
}

/* Idle agents are stopped; those that work refuse the removal. *ret_waits: the call goes on when the next has ended. */
static int empty(Move *m, bool is_forced, bool *ret_waits, Err *e) {
    OpCall *c = m->call;
    WorktreeLeaving *l = c->state;
    *ret_waits = false;
    if (!l) {
        c->state = l = arena_new_in(c->arena, WorktreeLeaving);
        *l = (WorktreeLeaving){.worktree_id = m->w.id,
                               .workspace_id = m->w.workspace_id,
                               .path = m->w.path,
                               .principal = str(c->who->id),
                               .is_forced = is_forced,
                               .arena = c->arena};
        TRY(hook_run_worktree_emptying(c->app, c->db, l, e));
        *ret_waits = l->launches.n > 0;
        if (*ret_waits) wait_for(c, l);
    }
    if (*ret_waits || l->is_emptied) return 0;
    l->is_emptied = true;
    l->launches = (StrList){0};
    l->n_ended = 0;
    l->wait_ms = 0;
    return 0;
}

/* *ret_waits: the call goes on when the next launch has ended. Agents and scripts that run there refuse the removal
 * before anything is started. */
static int leave(Move *m, bool is_forced, bool *ret_waits, Err *e) {
    OpCall *c = m->call;
    TRY(empty(m, is_forced, ret_waits, e));
    if (*ret_waits) return 0;
    WorktreeLeaving *l = c->state;
    TRY(hook_run_worktree_leaving(c->app, c->db, l, e));
    *ret_waits = l->n_ended < l->launches.n;
    if (*ret_waits) wait_for(c, l);
    return 0;
}

/* Called again after each launch that it waited for. *ret_waits: there are more. */
static int go_on(OpCall *c, bool *ret_waits, Err *e) {
    WorktreeLeaving *l = c->state;
    *ret_waits = false;
    if (!l) return 0;
    if (c->waited == LAUNCH_WAIT_CUT_OFF)
        return err_fail(e, ERR_BUSY, "Muster is stopping; the worktree was not removed");
    *ret_waits = ++l->n_ended < l->launches.n;
    if (*ret_waits) wait_for(c, l);
    return 0;
}

int trash_put(OpCall *c, const WorktreeRemove *in, Err *e) {
    Move m = {.call = c};
    bool waits;
    Workspace w;
    Id id = id_new("trs");
    WorktreeRef ref = {.workspace_id = in->workspace_id, .worktree_id = in->worktree_id};
    TRY(go_on(c, &waits, e));
    if (waits) return 0;
    TRY(workspace_get(c->app, c->db, in->workspace_id, c->arena, &w, e));
    TRY(worktree_of(c->db, &ref, c->arena, &m.w, e));
    TRY(workspace_git(c, &w, &m.g, e));
    if (worktree_is_missing(&m.w)) {
        TRY(empty(&m, in->force, &waits, e));
        return waits ? 0 : forget(&m, e);
    }
    TRY(git_trash_plan(m.g, c->app->home, id.text, m.w.path.p, &m.t, e));
    if (!in->force) TRY(check_clean(&m, e));
    TRY(leave(&m, in->force, &waits, e));
    if (waits) return 0;
    GIVE(GitTrashed, &m.t, worktree_id, m.w.id);
    TRY(op_intent_begin(c, encoded(c->arena, &GitTrashed_shape, &m.t), removing_tx, &m, &m.intent, e));
    CRASH("remove.intended");
    int r = finish_put(&m, e);
    if (r < 0) undo_put(&m);
    return r;
}

static int decode_state(OpCall *c, const OpIntent *i, GitTrashed *ret, Err *e) {
    Json *state;
    TRY(json_parse(c->arena, i->state, JSON_DEPTH_REQUEST, &state, e));
    return shape_decode(&GitTrashed_shape, state, c->arena, ret, e);
}

static int keep_tx(Tx *tx, void *arg, Err *e) { return trash_row(tx, arg, e); }

/* Finishes a removal whose files were moved. An older version deleted the rows of a workspace that was closed in the
 * meantime: then only the trash entry remains to be added. */
static int recover_moved(Move *m, const WorktreeRemove *in, Err *e) {
    bool found, has_row;
    TRY(db_one(m->call->db, &sql_trash_by_id, DB_ARGS(db_text(m->t.id)), DB_INTO(TrashEntry, m->call->arena, &m->entry),
               &found, e));
    if (found) return op_intent_abandon(m->call, m->intent, e);
    TRY(worktree_row(m->call->db, in->worktree_id, m->call->arena, &m->w, &has_row, e));
    if (has_row) return finish_put(m, e);
    TRY(git_trash_put(m->g, &m->t, e));
    m->bytes = file_tree_bytes(arena_cstr(m->call->arena, m->t.place));
    m->w = (Worktree){.id = in->worktree_id, .workspace_id = in->workspace_id, .name = path_last(m->t.path)};
    return op_intent_close(m->call, m->intent, keep_tx, m, NULL, e);
}

int trash_put_recover(OpCall *c, const OpIntent *i, Err *e) {
    Move m = {.call = c, .intent = i->id};
    Json *input;
    WorktreeRemove in;
    TRY(decode_state(c, i, &m.t, e));
    TRY(json_parse(c->arena, i->input, JSON_DEPTH_REQUEST, &input, e));
    TRY(shape_decode(&WorktreeRemove_shape, input, c->arena, &in, e));
    TRY(git_open(c->arena, m.t.common_dir.p, &m.g, e));
    return git_trash_find(m.g, &m.t) == TRASH_IN_TRASH ? recover_moved(&m, &in, e) : cancel_put(&m, e);
}

int trash_keep(OpCall *c, const Workspace *w, const char *path, const char *name, Err *e) {
    Move m = {.call = c};
    GitOut o;
    Id worktree = id_new("wt"), id = id_new("trs");
    m.w = (Worktree){.id = arena_str(c->arena, id_str(&worktree)), .workspace_id = w->id, .name = str(name)};
    TRY(workspace_git(c, w, &m.g, e));
    TRY(git_quiet(m.g, &(GitCall){.args = GIT_ARGS("worktree", "unlock", "--", path), .any_exit = true}, &o, e));
    TRY(git_trash_plan(m.g, c->app->home, id.text, path, &m.t, e));
    GIVE(GitTrashed, &m.t, worktree_id, m.w.id);
    TRY(git_trash_put(m.g, &m.t, e));
    m.bytes = file_tree_bytes(arena_cstr(c->arena, m.t.place));
    int r = db_tx(c->app->db, DB_PERSON, keep_tx, &m, e);
    if (r < 0) (void)git_trash_undo(m.g, &m.t, &(GitUndone){0}, &(Err){0});
    return r;
}

/* -- the list ------------------------------------------------------------------------------------------------ */

/* What a crash cut off while it was deleted is not gone. The parent folder must exist: when a disk is not mounted, nothing
 * is known about its content. */
static void look_at_entries(Arena *a, const TrashEntry *entries, size_t n, TrashPresence *ret) {
    enum { PLACE, DELETING, AROUND, PATHS };
    PathLook *looks = arena_array(a, n * PATHS + 1, sizeof *looks);
    for (size_t i = 0; i < n; i++) {
        Str place = entries[i].place;
        looks[i * PATHS + PLACE].path = place;
        looks[i * PATHS + DELETING].path = arena_fmt(a, STR_FMT ".deleting", STR_ARG(place));
        looks[i * PATHS + AROUND].path = arena_str(a, str_upto(place, place.n - path_last(place).n));
        looks[i * PATHS + AROUND].follows_link = true;
    }
    paths_look(looks, n * PATHS);
    for (size_t i = 0; i < n; i++) {
        const PathLook *l = looks + i * PATHS;
        bool is_silent = l[PLACE].state == PATH_SILENT || l[DELETING].state == PATH_SILENT;
        bool is_absent = l[PLACE].state == PATH_ABSENT && l[DELETING].state == PATH_ABSENT;
        ret[i] = is_silent             ? TRASH_IS_AWAY
                 : !is_absent          ? TRASH_IS_THERE
                 : l[AROUND].is_folder ? TRASH_IS_GONE
                                       : TRASH_IS_AWAY;
    }
}

/* The cursor is taken before the rows are read: events emitted in the meantime are delivered again. */
int trash_list(OpCall *c, Trash *out, Err *e) {
    int64_t cap_mib = setting_i64(c->app->settings, SET_WORKSPACE_TRASH_CAP_MIB);
    TRY(op_cursor(c, topic_of(c->arena, "overview", str(c->who->org)), e));
    TRY(db_all(c->db, &sql_trash_all, DB_ARGS(db_text(str(c->who->org))), DB_INTO(TrashEntry, c->arena, &out->entries),
               ENTRIES_MAX, e));
    int64_t days = setting_i64(c->app->settings, SET_WORKSPACE_TRASH_DAYS);
    TrashPresence *are = arena_array(c->arena, out->entries.n + 1, sizeof *are);
    look_at_entries(c->arena, out->entries.items, out->entries.n, are);
    for (size_t i = 0; i < out->entries.n; i++) {
        TrashEntry *en = &out->entries.items[i];
        en->is_gone = are[i] == TRASH_IS_GONE;
        if (!en->is_gone) out->total_bytes += en->bytes;
        if (!days) continue;
        GIVE(TrashEntry, en, deadline_at, en->removed_at + days * DAY_US);
        out->overdue += en->deadline_at < clock_now_us();
    }
    out->cap_bytes = cap_mib << 20;
    out->is_over_cap = out->total_bytes > cap_mib << 20;
    return 0;
}

/* -- entries whose folder is gone ------------------------------------------------------------------------------ */

TrashPresence trash_presence(Arena *a, const TrashEntry *en) {
    TrashPresence is;
    look_at_entries(a, en, 1, &is);
    return is;
}

/* The repository may be gone: then there is nothing of git's to keep. */
int trash_drop(App *app, Arena *a, const TrashEntry *en, Err *e) {
    GitTrashed t;
    Git *g;
    SnapshotAsk shot = worktree_shot(app, a, en->worktree_id);
    trash_entry_state(en, &t);
    int r = git_open(a, arena_cstr(a, en->common_dir), &g, e);
    if (r == -ERR_NOT_FOUND) return 0;
    TRY(r);
    return git_trash_drop(g, &t, &shot, e);
}

int trash_gone_tx(Tx *tx, void *arg, Err *e) {
    const TrashEntry *en = arg;
    Principal owner = auth_local(ROLE_OWNER);
    int64_t changes = 0;
    TRY(tx_run(tx, &sql_trash_remove, DB_ARGS(db_text(en->id)), &changes, e));
    if (!changes) return 0; /* restored in the meantime */
    TRY(tx_run(tx, &sql_worktree_trash_gone, DB_ARGS(db_text(en->worktree_id), db_text(en->id), db_i64(tx_now(tx))),
               NULL, e));
    return notify(tx, owner.org, en, false, e);
}

/* -- restoring ----------------------------------------------------------------------------------------------- */

/* An older version may have reopened a closed workspace under another id: the repository identifies it. */
static int find_workspace(Move *m, Str *ret_id, Err *e) {
    Workspace w;
    bool found;
    TRY(db_one(m->call->db, &sql_workspace_by_place, DB_ARGS(db_text(STR("")), db_text(m->entry.common_dir)),
               DB_INTO(Workspace, m->call->arena, &w), &found, e));
    if (!found)
        return err_fail(e, ERR_CONFLICT, "open the repository of " STR_FMT " first, then restore the worktree",
                        STR_ARG(m->entry.path));
    *ret_id = w.id;
    return 0;
}

static int find_entry(OpCall *c, Str id, Move *m, Err *e) {
    bool found;
    TRY(db_one(c->db, &sql_trash_by_id, DB_ARGS(db_text(id)), DB_INTO(TrashEntry, c->arena, &m->entry), &found, e));
    if (!found) return err_fail(e, ERR_NOT_FOUND, "no entry " STR_FMT " in the trash", STR_ARG(id));
    trash_entry_state(&m->entry, &m->t);
    return 0;
}

void trash_entry_state(const TrashEntry *en, GitTrashed *ret) {
    *ret = (GitTrashed){.id = en->id,
                        .path = en->path,
                        .place = en->place,
                        .common_dir = en->common_dir,
                        .git_dir = en->git_dir,
                        .branch = en->branch,
                        .head = en->head,
                        .link = en->link,
                        .back_link = en->back_link};
    GIVE(GitTrashed, ret, worktree_id, en->worktree_id);
}

static int row_back(Tx *tx, Move *m, Err *e) {
    Worktree old;
    bool found;
    TRY(worktree_row(tx_conn(tx), m->out->id, m->call->arena, &old, &found, e));
    return found ? worktree_return(tx, m->out, &old, e) : worktree_insert(tx, m->out, e);
}

static int restored_tx(Tx *tx, void *arg, Err *e) {
    Move *m = arg;
    TRY(row_back(tx, m, e));
    TRY(tx_run(tx, &sql_trash_remove, DB_ARGS(db_text(m->t.id)), NULL, e));
    TRY(notify(tx, m->call->who->org, &m->entry, false, e));
    WorktreeGone back = {.worktree_id = m->out->id, .workspace_id = m->out->workspace_id};
    return hook_run_worktree_back(m->call->app, tx, &back, e);
}

static int finish_restore(Move *m, Err *e) {
    GitUndone u;
    GitWorktreeList l;
    Worktree *out = m->out;
    *out = (Worktree){.id = m->entry.worktree_id, .name = m->entry.name, .path = m->t.path};
    TRY(find_workspace(m, &out->workspace_id, e));
    TRY(git_trash_undo(m->g, &m->t, &u, e));
    TRY(git_worktrees(m->g, &l, e));
    const GitWorktree *w = git_worktree_find(&l, m->t.path);
    out->is_detached = !w || !w->branch.p;
    out->branch = out->is_detached ? STR("HEAD") : git_short_branch(w->branch);
    if (u.note.p) GIVE(Worktree, out, note, u.note);
    TRY(op_intent_close(m->call, m->intent, restored_tx, m, out, e));
    CRASH("restore.stored");
    return 0;
}

/* Moves the worktree back to the trash, as if no restore had been requested. */
static int undo_restore(Move *m, Err *e) {
    if (git_trash_find(m->g, &m->t) == TRASH_AT_HOME) TRY(git_trash_put(m->g, &m->t, e));
    return op_intent_abandon(m->call, m->intent, e);
}

/* Another place is checked as one for a new worktree is. */
static int redirect(Move *m, Str path, Err *e) {
    OpCall *c = m->call;
    Workspace w;
    Str workspace_id;
    RootPath r;
    TRY(find_workspace(m, &workspace_id, e));
    if (!path.n) return 0;
    TRY(workspace_get(c->app, c->db, workspace_id, c->arena, &w, e));
    TRY(roots_resolve(c->app, c->arena, path, &r, e));
    TRY(place_check(c->app, c->arena, &w, &r, e));
    if (r.exists) {
        int failed = err_fail(e, ERR_CONFLICT, STR_FMT " already exists", STR_ARG(path));
        err_detail(e, "path", "already exists");
        return failed;
    }
    git_trash_redirect(c->arena, &m->t, str(r.path));
    return 0;
}

/* From the commit on, the open intent keeps an emptying from this entry; one that began before has it. */
static int restoring_tx(Tx *tx, void *arg, Err *e) {
    const Move *m = arg;
    TrashEntry en;
    bool is_going, found;
    TRY(op_intent_names(tx_conn(tx), "empty_trash", m->t.id, &is_going, e));
    if (is_going)
        return err_fail(e, ERR_CONFLICT, "the trash is being emptied of " STR_FMT "; try again when that has ended",
                        STR_ARG(m->entry.name));
    TRY(db_one(tx_conn(tx), &sql_trash_by_id, DB_ARGS(db_text(m->t.id)), DB_INTO(TrashEntry, m->call->arena, &en),
               &found, e));
    return found ? 0 : err_fail(e, ERR_NOT_FOUND, "no entry " STR_FMT " in the trash", STR_ARG(m->t.id));
}

int trash_restore(OpCall *c, Str trash_id, Str path, Worktree *out, Err *e) {
    Move m = {.call = c, .out = out};
    TRY(find_entry(c, trash_id, &m, e));
    TRY(redirect(&m, path, e));
    TRY(git_open(c->arena, m.t.common_dir.p, &m.g, e));
    TRY(op_intent_begin(c, encoded(c->arena, &GitTrashed_shape, &m.t), restoring_tx, &m, &m.intent, e));
    CRASH("restore.intended");
    int r = finish_restore(&m, e);
    Err late = {0};
    if (r < 0 && undo_restore(&m, &late) < 0) log_err(LOG_WARN, LOG_MODULE, "undoing a failed restore", &late);
    return r;
}

int trash_restore_recover(OpCall *c, const OpIntent *i, Err *e) {
    Worktree out;
    Move m = {.call = c, .intent = i->id, .out = &out};
    GitTrashed t;
    TRY(decode_state(c, i, &t, e));
    if (find_entry(c, t.id, &m, &(Err){0}) < 0) return op_intent_abandon(c, i->id, e);
    m.t = t; /* it may lead to another place than the entry's */
    TRY(git_open(c->arena, m.t.common_dir.p, &m.g, e));
    if (git_trash_find(m.g, &m.t) != TRASH_AT_HOME) return op_intent_abandon(c, i->id, e);
    return finish_restore(&m, &(Err){0}) < 0 ? undo_restore(&m, e) : 0;
}
