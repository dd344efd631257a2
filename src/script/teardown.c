/* Teardown scripts: what runs in a worktree before it is moved to the trash.
 *
 * Nothing is stored about the removal meanwhile: after a crash the worktree is there, its teardown ends by itself, and a
 * removal that is asked for again waits for that one instead of starting a second. */
#define LOG_MODULE "script"
#include "base/mem.h"
#include "base/vec.h"
#include "core/launch.h"
#include "core/launch_space.h"
#include "script/script.h"
#include "script/script_sql.h"
#include "sys/log.h"
#include "workspace/workspace.h"

enum { END_MS = 30000 }; /* what ending a script that took too long may take */

typedef struct Teardown {
    App *app;
    WorktreeLeaving *leaving;
    ScriptList scripts;
} Teardown;

static void add_launch(WorktreeLeaving *l, Str id) {
    if (l->launches.n < SCRIPTS_MAX) l->launches.items[l->launches.n++] = arena_str(l->arena, id);
}

static bool on_alive(void *arg, DbRow *r) {
    add_launch(arg, db_col_text(r, 0));
    return true;
}

static int start_tx(Tx *tx, void *arg, Err *e) {
    Teardown *x = arg;
    WorktreeLeaving *l = x->leaving;
    WorktreeRemoving removing = {.worktree_id = l->worktree_id, .workspace_id = l->workspace_id};
    Worktree wt;
    TRY(db_each(tx_conn(tx), &sql_script_teardowns_alive, DB_ARGS(db_text(l->worktree_id)), on_alive, l, e));
    if (l->launches.n) {
        log_info("the removal of " STR_FMT " waits for the teardown that is running there", STR_ARG(l->path));
        return 0;
    }
    TRY(worktree_get_usable(tx_conn(tx), l->worktree_id, l->arena, &wt, e));
    TRY(hook_run_worktree_removing(x->app, tx, &removing, e));
    for (size_t i = 0; i < x->scripts.n; i++) {
        ScriptRun run;
        ScriptStart s = {.app = x->app,
                         .script = &x->scripts.items[i],
                         .worktree_id = l->worktree_id,
                         .path = l->path,
                         .principal = l->principal,
                         .arena = l->arena};
        TRY(script_start(tx, &s, &run, e));
        add_launch(l, run.launch_id);
    }
    return 0;
}

static int find_scripts(DbConn *db, Str workspace_id, Arena *a, ScriptList *ret, Err *e) {
    return db_all(db, &sql_script_list,
                  DB_ARGS(db_text(workspace_id), db_text(str(enum_word(&ScriptKind_enum, SCRIPT_TEARDOWN)))),
                  DB_INTO(Script, a, ret), SCRIPTS_MAX, e);
}

static int check_room(App *app, Err *e) {
    Err why = {0};
    if (launch_check_space(app, &why) >= 0) return 0;
    return err_fail(e, why.code, "the teardown scripts cannot run: %s", why.text);
}

int teardown_check_room(App *app, DbConn *db, Str workspace_id, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    ScriptList scripts = {0};
    TRY(find_scripts(db, workspace_id, a, &scripts, e));
    return scripts.n ? check_room(app, e) : 0;
}

static int start(App *app, DbConn *db, WorktreeLeaving *l, Err *e) {
    Teardown x = {.app = app, .leaving = l};
    Err why = {0};
    TRY(find_scripts(db, l->workspace_id, l->arena, &x.scripts, e));
    if (!x.scripts.n) return 0;
    if (check_room(app, &why) < 0) {
        if (!l->is_forced) return err_fail(e, why.code, "%s", why.text);
        log_err(LOG_WARN, LOG_MODULE, "a forced removal without its teardown scripts", &why);
        return 0;
    }
    for (size_t i = 0; i < x.scripts.n; i++)
        if (l->wait_ms < x.scripts.items[i].timeout_seconds * 1000 + END_MS)
            l->wait_ms = x.scripts.items[i].timeout_seconds * 1000 + END_MS;
    l->launches.items = arena_array(l->arena, SCRIPTS_MAX, sizeof(Str));
    return db_tx(app->db, DB_PERSON, start_tx, &x, e);
}

static int refuse(const ScriptRun *r, Err *e) {
    if (r->state == SCRIPT_RUNNING)
        return err_fail(e, ERR_CONFLICT,
                        "the teardown script `" STR_FMT
                        "` is still running, so the worktree was kept; stop its run " STR_FMT,
                        STR_ARG(r->name), STR_ARG(r->id));
    return err_fail(e, ERR_CONFLICT,
                    "the teardown script `" STR_FMT
                    "` did not pass (%s), so the worktree was kept; the log of its run " STR_FMT
                    " says why; a removal with force ignores that",
                    STR_ARG(r->name), enum_word(&ScriptState_enum, (int)r->state), STR_ARG(r->id));
}

static int check_ended(DbConn *db, const WorktreeLeaving *l, Str launch_id, Err *e) {
    LaunchRow launch;
    ScriptRun run;
    bool found;
    TRY(launch_find(db, launch_id, l->arena, &launch, &found, e));
    if (!found) return 0;
    TRY(script_run_get(db, launch.owner_id, l->arena, &run, e));
    bool passes = run.state == SCRIPT_PASSED || (l->is_forced && run.state != SCRIPT_RUNNING);
    return passes ? 0 : refuse(&run, e);
}

int teardown_on_leaving(App *app, DbConn *db, WorktreeLeaving *l, Err *e) {
    if (!l->n_ended) return start(app, db, l, e);
    for (size_t i = 0; i < l->launches.n; i++) TRY(check_ended(db, l, l->launches.items[i], e));
    return 0;
}
