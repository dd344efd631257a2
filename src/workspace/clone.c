/* Clones go into a folder beside their own (".muster-clone-<id>"), which gets its name when all of it is there: nothing half
 * is ever found under that name. The intent knows both folders, so that a start after a crash removes the one or finishes the
 * other. Rows are what a page shows that was not there when it began. */
#define LOG_MODULE "workspace"
#include "workspace/clone.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text_cut.h"
#include "base/ulid.h"
#include "core/error_mask.h"
#include "core/setting.h"
#include "git/mark.h"
#include "sys/environment.h"
#include "sys/fault.h"
#include "sys/file.h"
#include "sys/log.h"
#include "workspace/clone_run.h"
#include "workspace/workspace_in.h"
#include "workspace/workspace_sql.h"

SHAPE_DEFINE(CloneRepository, CLONE_REPOSITORY);
SHAPE_DEFINE(CloneRef, CLONE_REF);
SHAPE_DEFINE(Clone, CLONE);
SHAPE_DEFINE(Clones, CLONES);
ENUM_DEFINE(CloneState, CLONE_STATE_WORDS);

#define INTERRUPTED "Muster was stopped while it was being cloned; nothing of it is left"
enum { PLAN_MAX = 64 << 10, REPORT_US = 1000000, FAILED_KEPT = 20 };

/* The state of the intent. */
#define CLONE_PLAN(F, S)                                                                           \
    F(S, ID("cln"), clone_id, .doc = "Its row")                                                    \
    F(S, STR, path, .min = 1, .max_bytes = 4096, .doc = "Its folder")                              \
    F(S, STR, base, .min = 1, .max_bytes = 4096, .doc = "The part of the path that existed")       \
    F(S, STR, temporary, .min = 1, .max_bytes = 4200, .doc = "The folder beside it")               \
    F(S, I64, device, .min = INT64_MIN, .max = INT64_MAX, .doc = "Of that folder, once it exists") \
    F(S, I64, inode, .min = INT64_MIN, .max = INT64_MAX, .doc = "Likewise; 0 before")
SHAPE(ClonePlan, CLONE_PLAN);
SHAPE_DEFINE(ClonePlan, CLONE_PLAN);

typedef struct Cloning {
    OpCall *call;
    const CloneRepository *in;
    CloneUrl url;
    ClonePlan plan;
    Clone row;
    CloneRun run;
    Str intent;
    bool is_placed; /* all of it is under its name */
    int64_t began_us, reported_us;
    char tail[CLONE_TAIL_MAX]; /* of the row */
    Str topic;
    Opening *opening;
    Workspace *out;
} Cloning;

/* -- rows ------------------------------------------------------------------------------------------------------ */

static Str topic(const OpCall *c) { return topic_of(c->arena, "overview", str(c->who->org)); }

static int emit(Tx *tx, const Cloning *x, Err *e) {
    return stream_emit(tx, x->topic, "clone_changed", &Clone_shape, &x->row, e);
}

static int count_running(DbConn *db, int64_t *ret, Err *e) {
    return db_scalar(db, &sql_clone_count_running, DB_NONE, 0, ret, e);
}

/* A clone that failed gives way to the next one into its folder. */
static int begin_tx(Tx *tx, void *arg, Err *e) {
    Cloning *x = arg;
    int64_t n_running, n_there;
    Str org = str(x->call->who->org);
    TRY(count_running(tx_conn(tx), &n_running, e));
    TRY(db_scalar(tx_conn(tx), &sql_clone_count_into, DB_ARGS(db_text(x->plan.path)), 0, &n_there, e));
    if (n_there) return err_fail(e, ERR_CONFLICT, "a clone into " STR_FMT " is already running", STR_ARG(x->plan.path));
    if (n_running >= CLONES_AT_ONCE)
        return err_fail(e, ERR_CONFLICT, "%d clones are running: wait until one has ended, or cancel one",
                        CLONES_AT_ONCE);
    TRY(tx_run(tx, &sql_clone_remove_failed, DB_ARGS(db_text(x->plan.path), db_text(org), db_i64(FAILED_KEPT)), NULL,
               e));
    x->row.started_at = tx_now(tx);
    TRY(tx_run_shape(tx, &sql_clone_add, &Clone_shape, &x->row, NULL, e));
    TRY(tx_run(tx, &sql_clone_set_org, DB_ARGS(db_text(x->row.id), db_text(org)), NULL, e));
    return emit(tx, x, e);
}

static int report_tx(Tx *tx, void *arg, Err *e) {
    const Cloning *x = arg;
    TRY(tx_run_shape(tx, &sql_clone_update, &Clone_shape, &x->row, NULL, e));
    return emit(tx, x, e);
}

static void report(Cloning *x) {
    Err e = {0};
    x->reported_us = clock_mono_us();
    if (db_tx(x->call->app->db, DB_DERIVED, report_tx, x, &e) < 0)
        log_err(LOG_WARN, LOG_MODULE, "reporting the progress of a clone", &e);
}

/* A step at once, and within a step once a second, later less often: about a thousand events in the longest clone. */
static bool is_due(const Cloning *x, const CloneLines *l) {
    int64_t now = clock_mono_us(), gap = (now - x->began_us) / 200;
    return l->step != x->row.step || now - x->reported_us >= (gap > REPORT_US ? gap : REPORT_US);
}

static void on_progress(void *arg, const CloneLines *l, bool is_end) {
    Cloning *x = arg;
    if (!is_end && !is_due(x, l)) return;
    CLEANUP(arena_freep) Arena *a = arena_new();
    Str tail = error_mask(a, clone_lines_tail(l, a), sizeof x->tail);
    bool is_same = l->step == x->row.step && l->done == x->row.done && l->total == x->row.total;
    if (is_same && str_eq(tail, x->row.tail)) return;
    x->row.step = l->step;
    x->row.done = l->done;
    x->row.total = l->total;
    if (tail.n) memcpy(x->tail, tail.p, tail.n);
    x->row.tail = str_n(x->tail, tail.n);
    report(x);
}

/* -- where it goes ------------------------------------------------------------------------------------------- */

static Str folder_of(Str path) {
    const char *slash = memrchr(path.p, '/', path.n);
    return str_upto(path, slash > path.p ? (size_t)(slash - path.p) : 1);
}

/* Beside the repository that was changed last; without one ~/src, or the first folder that may be opened. */
static int default_folder(OpCall *c, Str *ret, Err *e) {
    WorkspaceList l = {0};
    RootPath r;
    Str demo = arena_fmt(c->arena, "%s/demo", c->app->home);
    TRY(workspace_list(c->db, str(c->who->org), c->arena, &l, e));
    for (size_t i = 0; i < l.n; i++) {
        *ret = arena_str(c->arena, folder_of(l.items[i].path));
        if (!path_is_beneath(l.items[i].path, demo) && roots_allow(c->app, c->arena, *ret)) return 0;
    }
    *ret = environment_expand_home(c->arena, STR("~/src"));
    if (roots_resolve(c->app, c->arena, *ret, &r, &(Err){0}) >= 0) return 0;
    StrList roots = setting_strs(c->app->settings, SET_WORKSPACE_ROOTS, c->arena);
    if (roots.n) *ret = roots.items[0];
    return 0;
}

static int refuse_path(Str path, const char *why, Err *e) {
    int r = err_fail(e, ERR_CONFLICT, STR_FMT " %s", STR_ARG(path), why);
    err_detail(e, "path", "%s", why);
    return r;
}

static int require_empty(Str path, Err *e) {
    CLEANUP(dir_closep) DIR *d = opendir(path.p);
    if (!d && errno == ENOTDIR) return refuse_path(path, "exists and is not a folder", e);
    if (!d) return err_sys(e, "cannot read " STR_FMT, STR_ARG(path));
    for (struct dirent *en; (en = readdir(d));)
        if (!str_is(str(en->d_name), ".") && !str_is(str(en->d_name), ".."))
            return refuse_path(path, "exists and is not empty: choose another folder, or open it", e);
    return 0;
}

static int choose_path(Cloning *x, Str *ret, Err *e) {
    Str folder;
    *ret = x->in->path;
    if (ret->p) return 0;
    if (!x->url.name.p) {
        int r = err_fail(e, ERR_INVALID, "the address has no name for a folder: name one");
        err_detail(e, "path", "is required");
        return r;
    }
    TRY(default_folder(x->call, &folder, e));
    *ret = arena_fmt(x->call->arena, STR_FMT "/" STR_FMT, STR_ARG(folder), STR_ARG(x->url.name));
    return 0;
}

/* Its parent, too, must be a folder that clients may use, since the temporary folder is made there. */
static int make_plan(Cloning *x, Err *e) {
    OpCall *c = x->call;
    Str path;
    RootPath r;
    Id id = id_new("cln");
    TRY(choose_path(x, &path, e));
    TRY(roots_resolve(c->app, c->arena, path, &r, e));
    Str folder = folder_of(str(r.path));
    TRY(roots_require(c->app, c->arena, folder, e));
    TRY(place_check(c->app, c->arena, NULL, &r, e));
    if (r.exists) TRY(require_empty(str(r.path), e));
    x->plan = (ClonePlan){.clone_id = arena_str(c->arena, id_str(&id)), .path = str(r.path), .base = str(r.base)};
    x->plan.temporary =
        arena_fmt(c->arena, STR_FMT "/.muster-clone-" STR_FMT, STR_ARG(folder), STR_ARG(x->plan.clone_id));
    x->row = (Clone){.id = x->plan.clone_id, .url = x->in->url, .path = x->plan.path, .tail = STR("")};
    return 0;
}

static Str state_of(const Cloning *x) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, PLAN_MAX);
    JsonOut o = json_out(&b);
    shape_encode(&ClonePlan_shape, &x->plan, &o);
    return arena_str(x->call->arena, buf_str(&b));
}

/* -- effects -------------------------------------------------------------------------------------------------- */

static int make_folder(Cloning *x, Err *e) {
    struct stat st;
    const char *temporary = x->plan.temporary.p;
    Str folder = folder_of(x->plan.temporary);
    TRY(file_mkdirs(arena_cstr(x->call->arena, folder), 0777, e));
    if (mkdir(temporary, 0777) < 0 || stat(temporary, &st) < 0)
        return err_sys(e, "cannot create a folder in " STR_FMT, STR_ARG(folder));
    x->plan.device = (int64_t)st.st_dev;
    x->plan.inode = (int64_t)st.st_ino;
    return op_intent_note(x->call, x->intent, state_of(x), e);
}

static int run_git(Cloning *x, Err *e) {
    OpCall *c = x->call;
    Git *g;
    int64_t silence_ms = setting_i64(c->app->settings, SET_CLONE_SILENCE_SECONDS) * 1000;
    TRY(git_open(c->arena, x->plan.temporary.p, &g, e));
    git_mark(g, x->intent);
    g->cancel_fd = x->run.cancel_fd;
    GitClone how = {.url = x->in->url, .silence_ms = silence_ms, .on_progress = on_progress, .arg = x};
    int r = git_clone(g, &how, e);
    if (r != -ERR_TIMEOUT) return r;
    return err_fail(e, ERR_TIMEOUT, "nothing was heard from " STR_FMT " for %lld s", STR_ARG(x->url.host),
                    (long long)silence_ms / 1000);
}

/* A folder gives way to another one only if it is empty (rename(2)). */
static int give_name(Cloning *x, Err *e) {
    if (rename(x->plan.temporary.p, x->plan.path.p) < 0) {
        if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR)
            return refuse_path(x->plan.path, "was made by somebody else in the meantime", e);
        return err_sys(e, "cannot give the clone its name, " STR_FMT, STR_ARG(x->plan.path));
    }
    x->is_placed = true;
    return 0;
}

static int make(Cloning *x, Err *e) {
    TRY(make_folder(x, e));
    CRASH("clone.made");
    TRY(run_git(x, e));
    CRASH("clone.cloned");
    return give_name(x, e);
}

/* Removes the temporary folder, and the parent folders that were made for it if they are empty. */
static int unmake(Cloning *x, Err *e) {
    struct stat st;
    Arena *a = x->call->arena;
    if (lstat(x->plan.temporary.p, &st) == 0) TRY(file_remove_tree(x->plan.temporary.p, e));
    for (Str at = folder_of(x->plan.path); at.n > x->plan.base.n; at = folder_of(at))
        if (rmdir(arena_cstr(a, at)) < 0) break;
    return 0;
}

/* -- its end -------------------------------------------------------------------------------------------------- */

static int done_tx(Tx *tx, void *arg, Err *e) {
    Cloning *x = arg;
    TRY(workspace_open_tx(tx, x->opening, e));
    TRY(tx_run(tx, &sql_clone_remove, DB_ARGS(db_text(x->row.id)), NULL, e));
    x->row.state = CLONE_DONE;
    GIVE(Clone, &x->row, workspace_id, x->out->id);
    GIVE(Clone, &x->row, ended_at, tx_now(tx));
    return emit(tx, x, e);
}

static int failed_tx(Tx *tx, void *arg, Err *e) {
    Cloning *x = arg;
    GIVE(Clone, &x->row, ended_at, tx_now(tx));
    if (x->row.state == CLONE_FAILED) return report_tx(tx, x, e);
    TRY(tx_run(tx, &sql_clone_remove, DB_ARGS(db_text(x->row.id)), NULL, e));
    return emit(tx, x, e);
}

static int open_it(Cloning *x, Err *e) {
    x->row.step = CLONE_OPEN;
    x->row.done = x->row.total = 0;
    report(x);
    TRY(workspace_look(x->call, x->plan.path, x->out, &x->opening, e));
    if (x->in->name.p) x->out->name = x->in->name;
    TRY(op_intent_close(x->call, x->intent, done_tx, x, x->out, e));
    CRASH("clone.stored");
    return 0;
}

/* What a remote sends is in git's messages, and in the error that is made of them. */
static void mask(Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    snprintf(e->text, sizeof e->text, STR_FMT, STR_ARG(error_mask(a, str(e->text), sizeof e->text - 1)));
    for (unsigned i = 0; i < e->n_details; i++) {
        char *text = e->details[i].text;
        Str masked = error_mask(a, str(text), sizeof e->details[i].text - 1);
        snprintf(text, sizeof e->details[i].text, STR_FMT, STR_ARG(masked));
    }
}

static int reword(Cloning *x, int r, Err *e) {
    bool is_stopped = false;
    if (!x->is_placed && clone_run_was_ended(&x->run, &is_stopped)) {
        x->row.state = is_stopped ? CLONE_FAILED : CLONE_CANCELLED;
        return err_fail(e, ERR_CONFLICT, is_stopped ? INTERRUPTED : "the clone was cancelled; nothing of it is left");
    }
    x->row.state = CLONE_FAILED;
    mask(e);
    if (!x->is_placed) return r;
    Str why = arena_fmt(x->call->arena, "%s", e->text);
    return err_fail(e, (ErrCode)-r, "it was cloned to " STR_FMT ", but could not be opened: " STR_FMT,
                    STR_ARG(text_cut(x->plan.path, 200)), STR_ARG(why));
}

/* Nothing is left, or the reason says where. What cannot be stored now is an open intent, which the next start ends. */
static int fail(Cloning *x, int r, Err *e) {
    Err late = {0};
    r = reword(x, r, e);
    if (!x->is_placed && unmake(x, &late) < 0) {
        x->row.state = CLONE_FAILED;
        r = err_fail(e, ERR_INTERNAL, "the clone ended, and what it left in " STR_FMT " could not be removed: %s",
                     STR_ARG(text_cut(x->plan.temporary, 200)), late.text);
    }
    GIVE(Clone, &x->row, error, arena_str(x->call->arena, str(e->text)));
    if (op_intent_close(x->call, x->intent, failed_tx, x, NULL, &late) < 0)
        log_err(LOG_WARN, LOG_MODULE, "ending a failed clone", &late);
    err_detail(e, "clone", STR_FMT, STR_ARG(x->row.id));
    return r;
}

static int clone_repository(OpCall *c, const void *in, void *out, Err *e) {
    Cloning x = {.call = c, .in = in, .out = out, .topic = topic(c), .began_us = clock_mono_us()};
    TRY(clone_url_parse(c->arena, x.in->url, &x.url, e));
    TRY(make_plan(&x, e));
    TRY(clone_run_begin(c->app, &x.run, x.plan.clone_id, e));
    int r = op_intent_begin(c, state_of(&x), begin_tx, &x, &x.intent, e);
    if (r >= 0) {
        CRASH("clone.intended");
        r = make(&x, e);
        if (r >= 0) CRASH("clone.placed");
        if (r >= 0) r = open_it(&x, e);
        if (r < 0) r = fail(&x, r, e);
    }
    clone_run_end(&x.run);
    return r;
}

/* -- recovery -------------------------------------------------------------------------------------------------- */

static int read_intent(Cloning *x, const OpIntent *i, CloneRepository *in, Err *e) {
    Json *j;
    Arena *a = x->call->arena;
    TRY(json_parse(a, i->input, JSON_DEPTH_REQUEST, &j, e));
    TRY(shape_decode(&CloneRepository_shape, j, a, in, e));
    TRY(json_parse(a, i->state, JSON_DEPTH_REQUEST, &j, e));
    return shape_decode(&ClonePlan_shape, j, a, &x->plan, e);
}

static bool is_ours(const Cloning *x) {
    struct stat st;
    return x->plan.inode && lstat(x->plan.path.p, &st) == 0 && (int64_t)st.st_ino == x->plan.inode &&
           (int64_t)st.st_dev == x->plan.device;
}

/* Its git writes only into the temporary folder, so nobody needs what it would still do. */
static int end_git(Str intent, Err *e) {
    int64_t pid = git_marked_find(intent);
    if (!pid) return 0;
    (void)kill((pid_t)-pid, SIGTERM);
    return err_fail(e, ERR_BUSY, "the git of an interrupted clone (process %lld) is being ended", (long long)pid);
}

static int clone_recover(OpCall *c, const OpIntent *i, Err *e) {
    CloneRepository in;
    Workspace out;
    bool found;
    Err why = {0};
    Cloning x = {.call = c, .in = &in, .intent = i->id, .out = &out, .topic = topic(c), .run.cancel_fd = -1};
    TRY(read_intent(&x, i, &in, e));
    TRY(end_git(i->id, e));
    TRY(db_one(c->db, &sql_clone_by_id, DB_ARGS(db_text(x.plan.clone_id)), DB_INTO(Clone, c->arena, &x.row), &found,
               e));
    if (!found) TRY(unmake(&x, e));
    if (!found) return op_intent_abandon(c, i->id, e);
    x.is_placed = is_ours(&x);
    int r = x.is_placed ? open_it(&x, &why) : err_fail(&why, ERR_CONFLICT, INTERRUPTED);
    if (r < 0) r = fail(&x, r, &why);
    return 0;
}

/* -- the other operations ------------------------------------------------------------------------------------ */

static int list_clones(OpCall *c, const void *in, void *out, Err *e) {
    Clones *o = out;
    (void)in;
    TRY(default_folder(c, &o->folder, e));
    TRY(db_all(c->db, &sql_clone_all, DB_ARGS(db_text(str(c->who->org)), db_i64(CLONES_LISTED)),
               DB_INTO(Clone, c->arena, &o->clones), CLONES_LISTED, e));
    return op_cursor(c, topic(c), e);
}

static int clone_get(DbConn *db, Str id, Arena *a, Clone *ret, Err *e) {
    bool found;
    TRY(db_one(db, &sql_clone_by_id, DB_ARGS(db_text(id)), DB_INTO(Clone, a, ret), &found, e));
    return found ? 0 : err_fail(e, ERR_NOT_FOUND, "no clone " STR_FMT ": it has ended, or was dismissed", STR_ARG(id));
}

static int cancel_clone(OpCall *c, const void *in, void *out, Err *e) {
    Clone row;
    Str id = ((const CloneRef *)in)->clone_id;
    (void)out;
    TRY(clone_get(c->db, id, c->arena, &row, e));
    if (!clone_run_is_there(c->app, id)) return err_fail(e, ERR_CONFLICT, "this clone has ended");
    TRY(op_tx(c, NULL, NULL, NULL, e));
    clone_run_cancel(c->app, id);
    return 0;
}

static int dismiss_tx(Tx *tx, void *arg, Err *e) {
    Cloning *x = arg;
    TRY(clone_get(tx_conn(tx), x->row.id, x->call->arena, &x->row, e));
    if (x->row.state != CLONE_FAILED) return err_fail(e, ERR_CONFLICT, "this clone is running: cancel it first");
    TRY(tx_run(tx, &sql_clone_remove, DB_ARGS(db_text(x->row.id)), NULL, e));
    x->row.state = CLONE_DISMISSED;
    return emit(tx, x, e);
}

static int dismiss_clone(OpCall *c, const void *in, void *out, Err *e) {
    (void)out;
    Cloning x = {.call = c, .row.id = ((const CloneRef *)in)->clone_id, .topic = topic(c)};
    return op_tx(c, dismiss_tx, &x, NULL, e);
}

/* It waits for the network, and nobody else for it: two clones into one folder are refused by begin_tx. Only the same call,
 * made again, waits for what becomes of it. */
static int clone_subject(OpCall *c, const void *in, Str *ret, Err *e) {
    (void)in, (void)e;
    *ret = c->key.n ? arena_fmt(c->arena, "clone " STR_FMT, STR_ARG(c->key)) : (Str){0};
    return 0;
}

#define CLN "/api/clones/{cloneId}"

const Op clone_ops[] = {
    {"clone_repository", "POST /api/clones", "workspace clone", OP_RUN(clone_repository, CloneRepository, Workspace),
     .status = 201, .role = ROLE_MEMBER, .where = ON_SLOW, .subject = clone_subject,
     .flags = OP_WRITES | OP_AUDITED | OP_EFFECTS, .recover = clone_recover,
     .doc =
         "Clones a repository over https or ssh with your credentials, without submodules, and opens it. Nobody is asked "
         "for a password. Its folder appears when all of it is there."},
    {"list_clones", "GET /api/clones", "clone list", OP_RUN_OUT(list_clones, Clones), .role = ROLE_VIEWER,
     .where = ON_WORKER, .doc = "Lists the clones that run, and those that failed until they are dismissed."},
    {"cancel_clone", "POST " CLN "/cancel", "clone cancel", OP_RUN_IN(cancel_clone, CloneRef), .role = ROLE_MEMBER,
     .where = ON_WORKER, .flags = OP_WRITES | OP_AUDITED, .doc = "Ends a clone. Nothing of it is left."},
    {"dismiss_clone", "DELETE " CLN, "clone dismiss", OP_RUN_IN(dismiss_clone, CloneRef), .role = ROLE_MEMBER,
     .where = ON_WORKER, .flags = OP_WRITES, .doc = "Takes a clone that failed from the list."},
    {0},
};
