/* Operations on runs of scripts: starting, stopping, results and logs. */
#include "base/mem.h"
#include "base/ulid.h"
#include "core/launch.h"
#include "core/launch_space.h"
#include "script/port.h"
#include "script/port_watch.h"
#include "script/script.h"
#include "script/script_sql.h"
#include "workspace/workspace.h"

enum { STOP_WAIT_MS = 20000, CHUNKS_A_PAGE = 4, PAGE_BYTES = 1 << 20 };

#define SCRIPT_RUN_IN(F, S) \
    IN_WORKTREE(F, S)       \
    F(S, ID("scr"), script_id, .from = FROM_PATH, .doc = "The script")
SHAPE(ScriptRunIn, SCRIPT_RUN_IN);
SHAPE_DEFINE(ScriptRunIn, SCRIPT_RUN_IN);
#define CHECKS(F, S) F(S, LIST(ScriptRun), checks, .max = SCRIPTS_MAX, .doc = "The newest run of each check, by name")
SHAPE(Checks, CHECKS);
SHAPE_DEFINE(Checks, CHECKS);
#define SCRIPT_RUNS_IN(F, S)                                                                        \
    IN_WORKTREE(F, S)                                                                               \
    F(S, ID("scr"), script_id, .opt = 1, .from = FROM_QUERY, .doc = "Only of this script")          \
    F(S, I64, limit, .opt = 1, .has_def = 1, .def = 100, .min = 1, .max = 1000, .from = FROM_QUERY, \
      .doc = "Maximum number of rows")                                                              \
    F(S, ID("srn"), after, .opt = 1, .from = FROM_QUERY, .doc = "Only runs that began before this one; default: all")
SHAPE(ScriptRunsIn, SCRIPT_RUNS_IN);
SHAPE_DEFINE(ScriptRunsIn, SCRIPT_RUNS_IN);
#define SCRIPT_RUNS(F, S)                                           \
    F(S, LIST(ScriptRun), runs, .max = 1000, .doc = "Newest first") \
    F(S, BOOL, has_more, .doc = "There are older ones")             \
    F(S, ID("srn"), next_cursor, .opt = 1, .doc = "`after` of the next page")
SHAPE(ScriptRuns, SCRIPT_RUNS);
SHAPE_DEFINE(ScriptRuns, SCRIPT_RUNS);
#define SCRIPT_RUN_PATH(F, S) F(S, ID("srn"), run_id, .from = FROM_PATH, .doc = "The run")
SHAPE(ScriptRunPath, SCRIPT_RUN_PATH);
SHAPE_DEFINE(ScriptRunPath, SCRIPT_RUN_PATH);
#define SCRIPT_LOG_IN(F, S)                                                                             \
    F(S, ID("srn"), run_id, .from = FROM_PATH, .doc = "The run")                                        \
    F(S, I64, offset, .opt = 1, .has_def = 1, .def = 0, .min = 0, .max = INT64_MAX, .from = FROM_QUERY, \
      .doc = "Bytes of output to skip; the page begins at or before them")
SHAPE(ScriptLogIn, SCRIPT_LOG_IN);
SHAPE_DEFINE(ScriptLogIn, SCRIPT_LOG_IN);
#define SCRIPT_LOG(F, S)                                                                             \
    F(S, STR, text, .max_bytes = PAGE_BYTES,                                                         \
      .doc = "Output and errors in the order in which they came; bytes that are not UTF-8 as ?")     \
    F(S, I64, offset, .min = 0, .max = INT64_MAX,                                                    \
      .doc = "Where it begins: greater than asked for behind what was left out")                     \
    F(S, BOOL, has_more, .doc = "There is more behind it")                                           \
    F(S, I64, next_offset, .opt = 1, .min = 0, .max = INT64_MAX, .doc = "`offset` of the next page") \
    F(S, I64, log_bytes, .min = 0, .max = INT64_MAX, .doc = "Of the whole output so far")            \
    F(S, I64, dropped_bytes, .min = 0, .max = INT64_MAX, .doc = "Of it, left out in its middle")
SHAPE(ScriptLog, SCRIPT_LOG);
SHAPE_DEFINE(ScriptLog, SCRIPT_LOG);

/* --- starting and stopping --- */

typedef struct Begin {
    OpCall *call;
    const ScriptRunIn *in;
    WorktreeRef where;
    ScriptRun *out;
    Str notice, content_id;
} Begin;

static int take_ports_tx(Tx *tx, void *arg, Err *e) {
    return worktree_take_ports(tx, ((const Begin *)arg)->in->worktree_id, e);
}

/* What a check runs on is read first. Only a run script is expected to listen; a new worktree takes its ports first, so
 * that they can be looked at. */
static int prepare(Begin *x, Err *e) {
    OpCall *c = x->call;
    Worktree wt;
    Script script;
    TRY(worktree_of(c->db, &x->where, c->arena, &wt, e));
    TRY(script_get(c->db, wt.workspace_id, x->in->script_id, c->arena, &script, e));
    if (script.kind == SCRIPT_CHECK) return script_content_id(wt.path.p, c->arena, &x->content_id, e);
    if (script.kind != SCRIPT_RUN) return 0;
    TRY(db_tx(c->app->db, DB_PERSON, take_ports_tx, x, e));
    return worktree_ports_in_use(c->db, wt.id, c->arena, &x->notice, e);
}

static int begin_tx(Tx *tx, void *arg, Err *e) {
    Begin *x = arg;
    Arena *a = x->call->arena;
    Worktree wt;
    Script script;
    TRY(worktree_of(tx_conn(tx), &x->where, a, &wt, e));
    TRY(worktree_get_usable(tx_conn(tx), wt.id, a, &wt, e));
    TRY(script_get(tx_conn(tx), wt.workspace_id, x->in->script_id, a, &script, e));
    ScriptStart s = {.app = x->call->app,
                     .script = &script,
                     .worktree_id = wt.id,
                     .path = wt.path,
                     .principal = str(x->call->who->id),
                     .notice = x->notice,
                     .content_id = x->content_id,
                     .arena = a};
    return script_start(tx, &s, x->out, e);
}

static int run_script(OpCall *c, const void *in, void *out, Err *e) {
    const ScriptRunIn *input = in;
    WorktreeRef where = {.workspace_id = input->workspace_id, .worktree_id = input->worktree_id};
    Begin x = {.call = c, .in = in, .where = where, .out = out};
    TRY(launch_check_space(c->app, e));
    TRY(prepare(&x, e));
    return op_tx(c, begin_tx, &x, out, e);
}

typedef struct Stop {
    OpCall *call;
    Str run_id;
    ScriptRun *run;
    LaunchRow launch;
    bool is_alive;
} Stop;

static int stop_tx(Tx *tx, void *arg, Err *e) {
    Stop *x = arg;
    Arena *a = x->call->arena;
    TRY(script_run_get(tx_conn(tx), x->run_id, a, x->run, e));
    TRY(op_audit(tx, x->call, e));
    TRY(launch_find_alive(tx_conn(tx), x->run_id, a, &x->launch, &x->is_alive, e));
    return x->is_alive ? launch_mark_stop(tx, x->launch.id, e) : 0;
}

static int finish_stop(OpCall *c, const void *in, void *out, Err *e) {
    if (c->waited == LAUNCH_WAIT_CUT_OFF)
        return err_fail(e, ERR_BUSY,
                        "Muster is stopping; the script was asked to stop, but its end has not been seen yet");
    if (c->waited != LAUNCH_WAITED)
        return err_fail(e, ERR_TIMEOUT, "the script was asked to stop and has not ended within %d s",
                        STOP_WAIT_MS / 1000);
    TRY(script_run_get(c->db, ((const ScriptRunPath *)in)->run_id, c->arena, out, e));
    return op_tx(c, NULL, NULL, out, e);
}

static int stop_script(OpCall *c, const void *in, void *out, Err *e) {
    Stop x = {.call = c, .run_id = ((const ScriptRunPath *)in)->run_id, .run = out};
    TRY(db_tx(c->app->db, DB_PERSON, stop_tx, &x, e));
    c->waited = LAUNCH_WAITED;
    if (!x.is_alive) return finish_stop(c, in, out, e);
    launch_stop(c->app, x.launch.id, LAUNCH_STOP_GRACEFUL);
    op_after_end(c, x.launch.id, STOP_WAIT_MS, finish_stop);
    return 0;
}

/* --- results and logs --- */

static int list_checks(OpCall *c, const void *in, void *out_, Err *e) {
    Checks *out = out_;
    Worktree wt;
    TRY(worktree_of(c->db, in, c->arena, &wt, e));
    out->checks.items = arena_alloc(c->arena, 1);
    TRY(script_checks(c->db, wt.id, c->arena, &out->checks, e));
    return op_cursor(c, topic_of(c->arena, "workspace", wt.workspace_id), e);
}

static int list_script_runs(OpCall *c, const void *in_, void *out_, Err *e) {
    const ScriptRunsIn *in = in_;
    ScriptRuns *out = out_;
    Worktree wt;
    ScriptRun before;
    TRY(worktree_of(c->db, &(WorktreeRef){.workspace_id = in->workspace_id, .worktree_id = in->worktree_id}, c->arena,
                    &wt, e));
    if (in->after.n) TRY(script_run_get(c->db, in->after, c->arena, &before, e));
    out->runs.items = arena_alloc(c->arena, 1);
    TRY(db_all(c->db, &sql_script_run_list,
               DB_ARGS(db_text(wt.id), db_text(in->script_id), db_text(in->after), db_i64(in->limit + 1)),
               DB_INTO(ScriptRun, c->arena, &out->runs), (size_t)in->limit + 1, e));
    out->has_more = out->runs.n > (size_t)in->limit;
    port_watch_look(c->app, wt.workspace_id);
    if (out->has_more) GIVE(ScriptRuns, out, next_cursor, out->runs.items[--out->runs.n - 1].id);
    return op_cursor(c, topic_of(c->arena, "workspace", wt.workspace_id), e);
}

typedef struct Page {
    Buf text;
    int64_t from, next; /* -1: nothing yet */
    int n;
} Page;

/* A page does not go on behind a gap, so that its offsets stay true. */
static bool on_chunk(void *arg, DbRow *r) {
    Page *p = arg;
    int64_t at = db_col_i64(r, 0);
    if (!p->n && at + (int64_t)db_col_text(r, 1).n <= p->from) return true; /* ends where the page begins */
    if (p->n == CHUNKS_A_PAGE || (p->n && at != p->next)) return false;
    if (!p->n++) p->from = at;
    buf_add_str(&p->text, db_col_text(r, 1));
    p->next = p->from + (int64_t)p->text.n;
    return true;
}

static int get_script_log(OpCall *c, const void *in_, void *out_, Err *e) {
    const ScriptLogIn *in = in_;
    ScriptLog *out = out_;
    ScriptRun run;
    Page p = {.from = in->offset, .next = in->offset};
    buf_init(&p.text, PAGE_BYTES);
    TRY(script_run_get(c->db, in->run_id, c->arena, &run, e));
    int r = db_each(c->db, &sql_script_log_from,
                    DB_ARGS(db_text(run.id), db_i64(in->offset), db_i64(CHUNKS_A_PAGE + 2)), on_chunk, &p, e);
    *out = (ScriptLog){.text = arena_str(c->arena, buf_str(&p.text)),
                       .offset = p.from,
                       .has_more = p.next < run.log_bytes,
                       .log_bytes = run.log_bytes,
                       .dropped_bytes = run.dropped_bytes};
    buf_done(&p.text);
    TRY(r);
    if (out->has_more) GIVE(ScriptLog, out, next_offset, p.next);
    return op_cursor(c, topic_of(c->arena, "workspace", run.workspace_id), e);
}

#define WORKTREE_ROUTE "/api/workspaces/{workspaceId}/worktrees/{worktreeId}"
const Op script_run_ops[] = {
    {"run_script", "POST " WORKTREE_ROUTE "/scripts/{scriptId}/run", "script run",
     OP_RUN(run_script, ScriptRunIn, ScriptRun), .status = 201, .role = ROLE_MEMBER, .where = ON_SLOW,
     .subject = worktree_subject, .flags = OP_WRITES | OP_AUDITED,
     .doc = "Starts a check or another script in a worktree and answers at once; `script_run` of workspace_updated "
            "reports its end. 409 if it is running there."},
    {"stop_script", "POST /api/script-runs/{runId}/stop", "script stop", OP_RUN(stop_script, ScriptRunPath, ScriptRun),
     .role = ROLE_MEMBER, .where = ON_WORKER, .flags = OP_WRITES | OP_AUDITED,
     .doc = "Stops a run and its whole process tree; answers when they have ended."},
    {"list_checks", "GET " WORKTREE_ROUTE "/checks", "check list", OP_RUN(list_checks, WorktreeRef, Checks),
     .role = ROLE_VIEWER, .where = ON_WORKER, .doc = "The newest result of each check of the workspace in a worktree."},
    {"list_script_runs", "GET " WORKTREE_ROUTE "/script-runs", "script runs",
     OP_RUN(list_script_runs, ScriptRunsIn, ScriptRuns), .role = ROLE_VIEWER, .where = ON_WORKER,
     .doc =
         "Lists runs of scripts in a worktree, newest first; of each script the newest 20 are kept, for retention.event_days."},
    {"get_script_log", "GET /api/script-runs/{runId}/log", "script log", OP_RUN(get_script_log, ScriptLogIn, ScriptLog),
     .role = ROLE_VIEWER, .where = ON_WORKER,
     .doc = "A page of a run's output. Of more than 4 MiB the first MiB and the end are kept."},
    {0},
};
