/* What a check ran on: the worktree's content id, read from git before the check starts and after it has ended. If the
 * two differ, something changed meanwhile, and its result says nothing about either. */
#define LOG_MODULE "script"
#include <stdlib.h>

#include "base/mem.h"
#include "git/git.h"
#include "git/repo.h"
#include "script/script.h"
#include "script/script_sql.h"
#include "sys/log.h"
#include "sys/pool.h"
#include "workspace/workspace.h"

int script_content_id(const char *path, Arena *a, Str *ret, Err *e) {
    Git *g;
    GitStatus s;
    TRY(git_open(a, path, &g, e));
    TRY(git_status(g, &s, e));
    *ret = s.content_id;
    return 0;
}

/* A check that has passed and is not judged yet. */
typedef struct Ended {
    App *app;
    Arena *arena;
    ScriptRun run;
    Str path, content_id;
} Ended;

static int store_tx(Tx *tx, void *arg, Err *e) {
    Ended *x = arg;
    int64_t changed = 0;
    TRY(tx_run(tx, &sql_script_run_set_end_content, DB_ARGS(db_text(x->run.id), db_text(x->content_id)), &changed, e));
    if (!changed) return 0;
    TRY(script_run_get(tx_conn(tx), x->run.id, x->arena, &x->run, e));
    return script_run_emit(tx, &x->run, e);
}

static void look(void *db, void *arg) {
    (void)db;
    Ended *x = arg;
    Err e = {0};
    int r = script_content_id(x->path.p, x->arena, &x->content_id, &e);
    if (r >= 0) r = db_tx(x->app->db, DB_DERIVED, store_tx, x, &e);
    if (r < 0) log_err(LOG_WARN, LOG_MODULE, "reading what a check ran on", &e);
    arena_free(x->arena);
}

static int find(DbConn *db, Str launch_id, Ended *x, bool *ret_is_due, Err *e) {
    LaunchRow launch;
    Worktree wt;
    bool found;
    *ret_is_due = false;
    TRY(launch_find(db, launch_id, x->arena, &launch, &found, e));
    if (!found) return 0;
    TRY(script_run_get(db, launch.owner_id, x->arena, &x->run, e));
    bool is_judged = x->run.kind != SCRIPT_CHECK || x->run.state != SCRIPT_PASSED || x->run.end_content_id.p;
    if (is_judged) return 0;
    TRY(worktree_get(db, x->run.worktree_id, x->arena, &wt, e));
    x->path = wt.path;
    *ret_is_due = true;
    return 0;
}

void script_content_end(App *app, DbConn *db, Str launch_id) {
    Arena *a = arena_new();
    Ended *x = arena_new_in(a, Ended);
    Err e = {0};
    bool is_due = false;
    x->app = app;
    x->arena = a;
    if (find(db, launch_id, x, &is_due, &e) < 0 && e.code != ERR_NOT_FOUND)
        log_err(LOG_WARN, LOG_MODULE, "after a check ended", &e);
    if (!is_due || !pool_submit_background(app->slow, look, x)) arena_free(a);
}
