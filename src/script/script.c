/* See script.h: rows and rules. */
#include "script/script.h"
#include "script/port.h"
#include "script/port_watch.h"

#include "base/mem.h"
#include "base/ulid.h"
#include "core/hook.h"
#include "core/launch.h"
#include "core/launch_limits.h"
#include "script/script_sql.h"
#include "workspace/workspace.h"

ENUM_DEFINE(ScriptKind, SCRIPT_KIND_WORDS);
ENUM_DEFINE(ScriptState, SCRIPT_STATE_WORDS);
SHAPE_DEFINE(Script, SCRIPT);
SHAPE_DEFINE(ScriptPort, SCRIPT_PORT);
SHAPE_DEFINE(ScriptRun, SCRIPT_RUN_FIELDS);

/* --- reading --- */

int script_get(DbConn *c, Str workspace_id, Str id, Arena *a, Script *ret, Err *e) {
    bool found;
    TRY(db_one(c, &sql_script_by_id, DB_ARGS(db_text(id), db_text(workspace_id)), DB_INTO(Script, a, ret), &found, e));
    return found ? 0 : err_fail(e, ERR_NOT_FOUND, "no script " STR_FMT " in this workspace", STR_ARG(id));
}

int script_run_get(DbConn *c, Str id, Arena *a, ScriptRun *ret, Err *e) {
    bool found;
    TRY(db_one(c, &sql_script_run_by_id, DB_ARGS(db_text(id)), DB_INTO(ScriptRun, a, ret), &found, e));
    return found ? 0 : err_fail(e, ERR_NOT_FOUND, "no run " STR_FMT " of a script", STR_ARG(id));
}

int script_checks(DbConn *c, Str worktree_id, Arena *a, ScriptRunList *ret, Err *e) {
    return db_all(c, &sql_script_checks_of, DB_ARGS(db_text(worktree_id)), DB_INTO(ScriptRun, a, ret), SCRIPTS_MAX, e);
}

/* --- writing --- */

static int invalid(Err *e, const char *field, const char *what, const char *text) {
    int r = err_fail(e, ERR_INVALID, "%s", text);
    err_detail(e, field, "%s", what);
    return r;
}

int script_check(const Script *s, Err *e) {
    if (memchr(s->command.p, 0, s->command.n))
        return invalid(e, "command", "contains a NUL", "a command cannot contain a NUL");
    bool is_bounded = s->timeout_seconds >= 1 && s->timeout_seconds <= TEARDOWN_SECONDS_MAX;
    if (s->kind != SCRIPT_TEARDOWN || is_bounded) return 0;
    return invalid(e, "timeoutSeconds", "not from 1 to 600",
                   "a removal waits for its teardown scripts: their time limit is from 1 to 600 seconds");
}

static int emit(Tx *tx, const Script *s, const char *change, Err *e) {
    return workspace_emit(tx, s->workspace_id, change, &Script_shape, s, e);
}

static int check_name(Tx *tx, const Script *s, Err *e) {
    int64_t n = 0;
    Str kind = str(enum_word(&ScriptKind_enum, (int)s->kind));
    TRY(db_scalar(tx_conn(tx), &sql_script_named,
                  DB_ARGS(db_text(s->workspace_id), db_text(kind), db_text(s->name), db_text(s->id)), 0, &n, e));
    if (!n) return 0;
    int r = err_fail(e, ERR_CONFLICT, "another script of this kind has the name `" STR_FMT "`", STR_ARG(s->name));
    err_detail(e, "name", "is taken");
    return r;
}

int script_insert(Tx *tx, Script *s, Err *e) {
    int64_t n = 0;
    TRY(db_scalar(tx_conn(tx), &sql_script_count, DB_ARGS(db_text(s->workspace_id)), 0, &n, e));
    if (n >= SCRIPTS_MAX)
        return err_fail(e, ERR_CONFLICT, "this workspace has %d scripts, the maximum; delete some first", SCRIPTS_MAX);
    TRY(check_name(tx, s, e));
    s->created_at = s->updated_at = tx_now(tx);
    TRY(tx_run_shape(tx, &sql_script_add, &Script_shape, s, NULL, e));
    return emit(tx, s, "script_added", e);
}

int script_replace(Tx *tx, Script *s, Err *e) {
    TRY(check_name(tx, s, e));
    s->updated_at = tx_now(tx);
    TRY(tx_run_shape(tx, &sql_script_set, &Script_shape, s, NULL, e));
    return emit(tx, s, "script_updated", e);
}

int script_remove(Tx *tx, const Script *s, Err *e) {
    TRY(tx_run(tx, &sql_script_remove, DB_ARGS(db_text(s->id)), NULL, e));
    return emit(tx, s, "script_removed", e);
}

/* --- runs --- */

int script_run_emit(Tx *tx, const ScriptRun *r, Err *e) {
    return workspace_emit(tx, r->workspace_id, "script_run", &ScriptRun_shape, r, e);
}

/* It reads nothing from its input. */
static int add_launch(Tx *tx, const ScriptStart *s, Str run_id, Err *e) {
    Id launch;
    LaunchLimits limits = launch_limits(s->app);
    limits.wall_ms = s->script->timeout_seconds * 1000;
    Str argv[] = {STR("/bin/sh"), STR("-c"),
                  arena_fmt(s->arena, "exec </dev/null\n" STR_FMT, STR_ARG(s->script->command))};
    LaunchSpec spec = {.owner_kind = STR("script"),
                       .owner_id = run_id,
                       .argv = {argv, COUNT_OF(argv)},
                       .cwd = s->path,
                       .limits = launch_limits_spec(&limits),
                       .principal = s->principal,
                       .role = ROLE_AGENT};
    TRY(launch_add(s->app, tx, &spec, &launch, e));
    return tx_run(tx, &sql_script_run_set_launch, DB_ARGS(db_text(run_id), db_text(id_str(&launch))), NULL, e);
}

static bool on_any(void *arg, DbRow *r) {
    (void)r;
    *(bool *)arg = true;
    return false;
}

int script_start(Tx *tx, const ScriptStart *s, ScriptRun *ret, Err *e) {
    Id id = id_new("srn");
    bool is_alive = false;
    DbArgs of = DB_ARGS(db_text(s->worktree_id), db_text(s->script->id));
    TRY(db_each(tx_conn(tx), &sql_script_run_alive_of, of, on_any, &is_alive, e));
    if (is_alive)
        return err_fail(e, ERR_CONFLICT, STR_FMT " is already running in this worktree", STR_ARG(s->script->name));
    *ret = (ScriptRun){.id = arena_str(s->arena, id_str(&id)),
                       .script_id = s->script->id,
                       .workspace_id = s->script->workspace_id,
                       .worktree_id = s->worktree_id,
                       .kind = s->script->kind,
                       .name = s->script->name,
                       .command = s->script->command,
                       .state = SCRIPT_RUNNING};
    GIVE(ScriptRun, ret, started_at, tx_now(tx));
    if (s->notice.n) GIVE(ScriptRun, ret, notice, s->notice);
    if (s->content_id.n) GIVE(ScriptRun, ret, content_id, s->content_id);
    TRY(tx_run(tx, &sql_script_run_expire,
               DB_ARGS(db_text(s->worktree_id), db_text(s->script->id), db_i64(SCRIPT_RUNS_KEPT - 1)), NULL, e));
    TRY(tx_run_shape(tx, &sql_script_run_add, &ScriptRun_shape, ret, NULL, e));
    TRY(worktree_take_ports(tx, s->worktree_id, e));
    TRY(add_launch(tx, s, ret->id, e));
    TRY(script_run_get(tx_conn(tx), arena_str(s->arena, id_str(&id)), s->arena, ret, e));
    return script_run_emit(tx, ret, e);
}

int scripts_expire(App *app, TimeUs older_than, Err *e) {
    return db_expire(app->db, &sql_script_runs_expire, older_than, e);
}

int scripts_room(DbConn *c, int64_t *ret, Err *e) { return db_scalar(c, &sql_script_room, DB_NONE, 0, ret, e); }

/* -- setup scripts: one after another, by name ------------------------------------------------------------------- */

/* Of those that were there when the worktree was made, the first behind `after` that never ran in it. */
static int start_next_setup(App *app, Tx *tx, const ScriptStart *at, Str after, Err *e) {
    bool found;
    Script script;
    ScriptRun run;
    ScriptStart s = *at;
    TRY(db_one(tx_conn(tx), &sql_script_next_setup, DB_ARGS(db_text(s.worktree_id), db_text(after)),
               DB_INTO(Script, s.arena, &script), &found, e));
    if (!found) return 0;
    s.app = app;
    s.script = &script;
    return script_start(tx, &s, &run, e);
}

/* One that failed or was lost does not keep the next from running; one that a person stopped does. */
static int setup_ended(App *app, Tx *tx, const ScriptRun *r, Str principal, Arena *a, Err *e) {
    Worktree wt;
    if (r->state == SCRIPT_STOPPED || worktree_get_usable(tx_conn(tx), r->worktree_id, a, &wt, &(Err){0}) < 0) return 0;
    ScriptStart s = {.worktree_id = r->worktree_id, .path = wt.path, .principal = principal, .arena = a};
    return start_next_setup(app, tx, &s, r->name, e);
}

int script_end(App *app, Tx *tx, const ScriptEnd *x, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    ScriptRun r;
    int64_t changed = 0;
    TRY(tx_run(tx, &sql_script_run_end,
               DB_ARGS(db_text(x->run_id), db_text(str(enum_word(&ScriptState_enum, (int)x->state))),
                       x->exit_code < 0 ? (DbValue){0} : db_i64(x->exit_code),
                       db_text(x->detail.n ? x->detail : (Str){0}), db_i64(tx_now(tx))),
               &changed, e));
    if (!changed) return 0;
    TRY(script_run_get(tx_conn(tx), x->run_id, a, &r, e));
    TRY(script_run_emit(tx, &r, e));
    return r.kind == SCRIPT_SETUP ? setup_ended(app, tx, &r, x->principal, a, e) : 0;
}

int script_held(Tx *tx, Str run_id, Str why, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    ScriptRun r;
    int64_t changed = 0;
    TRY(tx_run(tx, &sql_script_run_held, DB_ARGS(db_text(run_id), db_text(why.n ? why : (Str){0})), &changed, e));
    if (!changed) return 0;
    TRY(script_run_get(tx_conn(tx), run_id, a, &r, e));
    return script_run_emit(tx, &r, e);
}

/* --- worktrees --- */

static int on_worktree_made(App *app, Tx *tx, const WorktreeMade *v, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    ScriptStart s = {.worktree_id = v->worktree_id, .path = v->path, .principal = v->principal, .arena = a};
    return start_next_setup(app, tx, &s, STR(""), e);
}

/* A removal waits for the teardowns that run, if they are there already. */
static int on_worktree_removing(App *app, Tx *tx, const WorktreeRemoving *v, Err *e) {
    static const WorktreeBusy all = {&sql_script_run_count_alive, "script is running", "scripts are running", "stop"};
    static const WorktreeBusy others = {&sql_script_run_count_no_teardown, "script is running", "scripts are running",
                                        "stop"};
    TRY(worktree_refuse_busy(tx, v->worktree_id, v->is_early ? &others : &all, e));
    bool needs_room = v->is_early && !v->may_go_without_tasks;
    return needs_room ? teardown_check_room(app, tx_conn(tx), v->workspace_id, e) : 0;
}

static int on_worktree_gone(App *app, Tx *tx, const WorktreeGone *v, Err *e) {
    (void)app;
    return tx_run(tx, &sql_worktree_port_free, DB_ARGS(db_text(v->worktree_id)), NULL, e);
}

void script_register(App *app) {
    launches_register(app->launches, &script_owner);
    if (app->loop) app->port_watch = port_watch_new(app);
    hook_on_worktree_made(app, on_worktree_made);
    hook_on_worktree_leaving(app, teardown_on_leaving);
    hook_on_worktree_removing(app, on_worktree_removing);
    hook_on_worktree_gone(app, on_worktree_gone);
}
