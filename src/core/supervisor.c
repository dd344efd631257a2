/* The loop's side of launches: prepare, connect, send inputs, derive, end. Loop thread, but for the jobs. */
#define LOG_MODULE "launch"
#include "core/supervisor.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/vec.h"
#include "core/holdlink.h"
#include "core/hub.h"
#include "core/launch_sql.h"
#include "core/launches.h"
#include "sys/fault.h"
#include "sys/file.h"
#include "sys/log.h"
#include "sys/loop.h"
#include "sys/pool.h"
#include "sys/process.h"

/* A hold that was just started may take BEGIN_MS to listen, and one that is stuck to answer. Whether there is a hold at
 * all is looked at more often: while nobody listens, each CONNECT_MS. */
enum { BEGIN_MS = 8000, CONNECT_MS = 400, RETRY_MS = 1000, GRACE_MS = 3000, BYE_MS = 2000 };

/* What was told before our start is not known: the first head is told in any case. */
static const uint32_t FLAGS_UNKNOWN = UINT32_MAX;

/* What may follow each state. A run that the daemon leaves is over from any. */
static const uint16_t follows[RUN_N] = {
    [RUN_PREPARING] = 1 << RUN_CALLING | 1 << RUN_ORPHANED | 1 << RUN_OVER,
    [RUN_CALLING] = 1 << RUN_LINKED | 1 << RUN_ORPHANED | 1 << RUN_OVER,
    [RUN_LINKED] = 1 << RUN_CALLING | 1 << RUN_OVER,
    [RUN_ORPHANED] = 1 << RUN_OVER,
    [RUN_ENDED_PREPARING] = 1 << RUN_ENDED_CALLING | 1 << RUN_OVER,
    [RUN_ENDED_CALLING] = 1 << RUN_OVER,
    [RUN_OVER] = 1 << RUN_CLOSING,
};

static void run_go(Run *r, RunState next) {
    assert(follows[r->state] >> next & 1);
    r->state = next;
}

static void run_prepare(Run *r);
static void run_release(Run *r);
static void run_report_flags(Run *r);
static void pump_inputs(Run *r);
static void pump_derive(Run *r);

/* --- jobs: work for a pool thread, the result comes back on the loop ------------------------------------- */

static void job_back(void *arg) {
    Job *j = arg;
    Run *r = j->run;
    r->n_jobs--;
    j->done(j);
    buf_done(&j->bytes);
    free(j);
    run_release(r);
}

static void job_work(void *context, void *arg) {
    Job *j = arg;
    j->db = context;
    j->work(j);
    loop_post(j->run->ls->app->loop, job_back, j);
}

static bool job_submit(Run *r, Pool *pool, void (*work)(Job *), void (*done)(Job *)) {
    Job *j = mu_new(Job);
    j->run = r;
    j->work = work;
    j->done = done;
    buf_init(&j->bytes, HOLD_INPUT_MAX + 1);
    r->n_jobs++;
    if (pool_submit(pool, job_work, j)) return true;
    r->n_jobs--;
    free(j);
    timer_start(&r->retry, RETRY_MS / 10, 0);
    return false;
}

/* --- the end of a run ------------------------------------------------------------------------------------- */

/* A hold that speaks has read it; what ended needs it no more. Keys of the environment stand in it. */
static void forget_spec(const Run *r) {
    if (r->dirfd >= 0) unlinkat(r->dirfd, "spec", 0);
}

static void on_run_closed(Timer *t) {
    Run *r = container_of(t, Run, retry);
    Launches *ls = r->ls;
    if (r->dirfd >= 0) close(r->dirfd);
    if (r->live) r->owner->close(r->live);
    buf_done(&r->exit_body);
    free(r);
    launches_run_gone(ls);
}

static void run_release(Run *r) {
    if (r->state != RUN_OVER || r->link || r->n_jobs) return;
    run_go(r, RUN_CLOSING);
    map_remove(&r->ls->runs, str(r->id));
    timer_close(&r->retry, on_run_closed);
}

/* The hold closes the link when it leaves. Were it closed here, what the hold still has to say would fail, and the
 * bye be thrown away with the connection. */
static void run_end(Run *r) {
    run_go(r, RUN_OVER);
    forget_spec(r);
    launches_notify_ended(r->ls, r->id);
    if (r->link && holdlink_is_ready(r->link)) {
        holdlink_bye(r->link);
        timer_start(&r->retry, BYE_MS, 0);
    } else if (r->link) {
        holdlink_close(r->link);
    }
    run_release(r);
}

void run_leave(Run *r) {
    run_go(r, RUN_OVER);
    if (r->link) holdlink_close(r->link);
    run_release(r);
}

/* --- derivation ------------------------------------------------------------------------------------------- */

static void derive_work(Job *j) {
    Run *r = j->run;
    launch_derive_step(&r->step, j->db, str(r->id));
}

static void derive_done(Job *j) {
    Run *r = j->run;
    r->derive = r->derive == DERIVE_AGAIN || r->step.has_more ? DERIVE_WANTED : DERIVE_IDLE;
    if (r->step.has_ended) {
        run_end(r);
        return;
    }
    if (r->ls->is_stopping) {
        run_leave(r);
        return;
    }
    if (r->step.has_failed) {
        r->derive = DERIVE_FAILED;
        timer_start(&r->retry, RETRY_MS, 0);
        return;
    }
    if (r->state == RUN_LINKED) holdlink_set_derived(r->link, (uint64_t)r->step.place.derived);
    pump_derive(r);
}

/* There is more to read, or the end is to be looked for. */
static void want_derive(Run *r) {
    if (r->derive == DERIVE_IDLE) r->derive = DERIVE_WANTED;
    if (r->derive == DERIVE_RUNNING) r->derive = DERIVE_AGAIN;
    pump_derive(r);
}

static void pump_derive(Run *r) {
    if (r->derive != DERIVE_WANTED || run_has_ended(r) || r->ls->is_stopping) return;
    r->step.app = r->ls->app;
    r->step.owner = r->owner;
    r->step.dirfd = r->dirfd;
    r->step.live = &r->live;
    r->step.is_hold_gone = r->state == RUN_ORPHANED;
    r->step.head = r->state == RUN_LINKED ? holdlink_head(r->link)->head : 0;
    r->step.accepted = r->n_acked;
    r->step.exit_body = buf_str(&r->exit_body);
    r->step.exit_at = r->exit_at;
    if (job_submit(r, r->ls->app->workers, derive_work, derive_done)) r->derive = DERIVE_RUNNING;
}

/* --- inputs ----------------------------------------------------------------------------------------------- */

static bool on_input_bytes(void *arg, DbRow *row) {
    Job *j = arg;
    j->ok = buf_add_str(&j->bytes, db_col_text(row, 0));
    return false;
}

static void input_work(Job *j) {
    Err e = {0};
    Run *r = j->run;
    if (db_each(j->db, &sql_launch_input_by_n, DB_ARGS(db_text(str(r->id)), db_i64(r->loading)), on_input_bytes, j,
                &e) < 0)
        log_err(LOG_WARN, LOG_MODULE, "reading an input", &e);
}

/* What was read counts only while it is what the hold waits for: the link may have come anew meanwhile. */
static void input_done(Job *j) {
    Run *r = j->run;
    int64_t n = r->loading;
    bool is_ready = r->state == RUN_LINKED;
    r->input = INPUT_IDLE;
    if (n != r->n_acked + 1) {
        pump_inputs(r);
        return;
    }
    if (j->ok && is_ready && holdlink_input(r->link, (uint64_t)n, buf_str(&j->bytes))) r->input = INPUT_SENDING;
    CRASH("input.sent");
    if (r->input == INPUT_IDLE && is_ready) timer_start(&r->retry, RETRY_MS / 10, 0); /* else on_ready sends it */
}

static void pump_inputs(Run *r) {
    if (r->state != RUN_LINKED || r->input != INPUT_IDLE || r->n_acked >= r->n_inputs) return;
    CRASH("input.before_send");
    r->loading = r->n_acked + 1;
    if (job_submit(r, r->ls->app->workers, input_work, input_done)) r->input = INPUT_LOADING;
}

/* What was sent is answered, or will not be on this link. */
static void end_sending(Run *r) {
    if (r->input == INPUT_SENDING) r->input = INPUT_IDLE;
}

/* --- held: the hold stopped reading ------------------------------------------------------------------------ */

typedef struct Held {
    Run *run;
    const LaunchRow *row;
} Held;

static int held_tx(Tx *tx, void *arg, Err *e) {
    Held *h = arg;
    const char *why = h->run->reported_flags & HOLD_IS_FULL         ? "disk full"
                      : h->run->reported_flags & HOLD_IS_BACKLOGGED ? "backlog"
                                                                    : "";
    return h->run->owner->held(h->run->ls->app, tx, h->row, why, e);
}

static void held_work(Job *j) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    LaunchRow row;
    bool found = false;
    Err e = {0};
    Held h = {j->run, &row};
    int r = launch_find(j->db, str(j->run->id), a, &row, &found, &e);
    if (r >= 0 && found) r = db_tx(j->run->ls->app->db, DB_DERIVED, held_tx, &h, &e);
    if (r < 0) log_err(LOG_WARN, LOG_MODULE, "telling that a launch is held", &e);
    j->has_failed = r < 0;
}

static void held_done(Job *j) {
    Run *r = j->run;
    r->is_reporting = false;
    if (j->has_failed)
        r->reported_flags = FLAGS_UNKNOWN; /* the store had no room: the next head tries again */
    else
        run_report_flags(r);
}

static void run_report_flags(Run *r) {
    uint32_t shown = HOLD_IS_STARTED | HOLD_IS_FULL | HOLD_IS_BACKLOGGED;
    uint32_t flags = r->link ? holdlink_head(r->link)->flags & shown : 0;
    if (r->is_reporting || run_has_ended(r) || !(flags & HOLD_IS_STARTED) || flags == r->reported_flags) return;
    uint32_t before = r->reported_flags;
    r->reported_flags = flags;
    r->is_reporting = job_submit(r, r->ls->app->workers, held_work, held_done);
    if (!r->is_reporting) r->reported_flags = before; /* the next head tries again */
}

/* --- the link --------------------------------------------------------------------------------------------- */

static void apply_stop(Run *r) {
    if (!r->is_stop_due || r->state != RUN_LINKED) return;
    if (r->stop_how == LAUNCH_STOP_KILL)
        holdlink_kill(r->link);
    else
        holdlink_stop(r->link, GRACE_MS);
    r->is_stop_due = false;
}

static void on_head(void *arg, const HoldHead *head) {
    Run *r = arg;
    r->facts = (LaunchFacts){head->pid, head->rss_bytes, head->processes};
    run_report_flags(r);
    want_derive(r);
}

static void on_ready(void *arg, const HoldHello *hello, const HoldHead *head) {
    (void)hello;
    Run *r = arg;
    forget_spec(r);
    if (r->state == RUN_ENDED_CALLING) {
        run_end(r);
        return;
    }
    run_go(r, RUN_LINKED);
    r->hold_pid = holdlink_peer_pid(r->link); /* before the child begins: no call of it may pass as a person's */
    r->n_acked = (int64_t)head->last_input;
    end_sending(r);
    CRASH("hold.before_go");
    if (!(head->flags & (HOLD_IS_STARTED | HOLD_IS_EXITED))) holdlink_go(r->link);
    CRASH("hold.after_go");
    apply_stop(r);
    on_head(r, head);
    pump_inputs(r);
}

static void on_input_ack(void *arg, uint64_t n, HoldAck status) {
    Run *r = arg;
    CRASH("input.acked");
    end_sending(r);
    if (status == HOLD_ACK_ACCEPTED || status == HOLD_ACK_KNOWN) {
        if ((int64_t)n > r->n_acked) r->n_acked = (int64_t)n;
    } else {
        if (status != HOLD_ACK_CLOSED) /* a child that has ended meanwhile is nobody's fault */
            log_warn("the hold of %s refused input %llu (%d)", r->id, (unsigned long long)n, (int)status);
        if (status == HOLD_ACK_GAP)
            r->n_acked = (int64_t)holdlink_head(r->link)->last_input;
        else
            return; /* closed or bad: what was not accepted is told when the launch ends */
    }
    pump_inputs(r);
}

static void on_exited(void *arg, uint64_t offset, const HoldExit *exit) {
    Run *r = arg;
    if (!r->exit_body.n && holdlog_put_exit(&r->exit_body, exit)) r->exit_at = offset;
    want_derive(r);
}

/* A log is begun under the lock and by nobody else: with one, a free lock means that the hold is gone. */
static bool has_begun(const Run *r) { return faccessat(r->dirfd, "log.00000000000000000000", F_OK, 0) == 0; }

/* The link is down, or nobody listens: is there still a hold, or one that has yet to take its lock? */
static void check_work(Job *j) {
    Run *r = j->run;
    Err e = {0};
    bool held = true, begins = r->spawned_us && clock_mono_us() < r->spawned_us + BEGIN_MS * 1000 && !has_begun(r);
    if (launch_lock_is_held(r->dirfd, &held, &e) < 0) {
        if (!begins) log_err(LOG_WARN, LOG_MODULE, "looking at a launch's lock", &e);
        held = e.code != ERR_NOT_FOUND;
    }
    j->ok = held || begins;
}

static void check_done(Job *j) {
    Run *r = j->run;
    if (run_is_over(r) || r->ls->is_stopping) return;
    if (j->ok) {
        timer_start(&r->retry, RETRY_MS / 5, 0);
    } else if (r->state == RUN_ENDED_CALLING) {
        run_end(r);
    } else if (r->state == RUN_CALLING) {
        run_go(r, RUN_ORPHANED);
        want_derive(r);
    }
}

static void on_closed(void *arg, const Err *why) {
    Run *r = arg;
    r->link = NULL;
    end_sending(r);
    if (r->state == RUN_LINKED) run_go(r, RUN_CALLING);
    if (r->state == RUN_ENDED_CALLING) run_go(r, RUN_OVER);
    if (why && !run_is_over(r)) log_debug("link to the hold of %s: %s", r->id, why->text);
    if (run_is_over(r) || r->ls->is_stopping) {
        run_release(r);
        launches_run_gone(r->ls);
        return;
    }
    job_submit(r, r->ls->app->workers, check_work, check_done);
}

static const HoldLinkEvents link_events = {on_ready, on_head, on_input_ack, on_exited, on_closed};

static void connect_hold(Run *r) {
    if (r->link || r->ls->is_stopping || (r->state != RUN_CALLING && r->state != RUN_ENDED_CALLING)) return;
    HoldLinkConfig c = {.loop = r->ls->app->loop,
                        .dirfd = r->dirfd,
                        .launch = str(r->id),
                        .nonce = str(r->nonce),
                        .connect_ms = CONNECT_MS,
                        .answer_ms = BEGIN_MS,
                        .on = &link_events,
                        .arg = r};
    Err e = {0};
    if (holdlink_open(&c, &r->link, &e) >= 0) return;
    log_err(LOG_WARN, LOG_MODULE, "connecting to a hold", &e);
    r->link = NULL;
    job_submit(r, r->ls->app->workers, check_work, check_done);
}

static void on_retry(Timer *t) {
    Run *r = container_of(t, Run, retry);
    if (run_is_over(r)) {
        if (r->link) holdlink_close(r->link); /* a hold that has more to wait for than our bye */
        return;
    }
    if (r->state == RUN_PREPARING || r->state == RUN_ENDED_PREPARING) {
        run_prepare(r);
        return;
    }
    connect_hold(r);
    pump_inputs(r);
    if (r->derive == DERIVE_FAILED) r->derive = DERIVE_WANTED;
    want_derive(r);
}

/* --- start ------------------------------------------------------------------------------------------------ */

/* Nothing of our own environment reaches a hold but what tells a sanitizer where to report: its stderr is /dev/null. */
static int spawn_hold(App *app, const char *folder, Err *e) {
    static const char *const handed_on[] = {"ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"};
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *argv[] = {arena_fmt(a, "%s/muster-hold", app->exe_dir).p, folder, NULL};
    const char *envp[COUNT_OF(handed_on) + 2] = {"LC_ALL=C"};
    size_t n = 1;
    for (size_t i = 0; i < COUNT_OF(handed_on); i++) {
        const char *value = getenv(handed_on[i]);
        if (value) envp[n++] = arena_fmt(a, "%s=%s", handed_on[i], value).p;
    }
    ProcessSpec s = {.argv = argv, .envp = envp, .cwd = "/", .timeout_ms = BEGIN_MS};
    int64_t pid;
    return process_spawn_detached(&s, -1, &pid, e);
}

static int open_folder(Run *r, char folder[4200], Err *e) {
    snprintf(folder, 4200, "%s/streams/%s", r->ls->app->home, r->id);
    TRY(file_mkdirs(folder, 0700, e));
    r->dirfd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return r->dirfd < 0 ? err_sys(e, "open %s", folder) : 0;
}

/* A launch that has ended, as the store says: is its hold still there, waiting for the bye? */
static int find_lingering(Job *j, Err *e) {
    Run *r = j->run;
    char folder[4200];
    snprintf(folder, sizeof folder, "%s/streams/%s", r->ls->app->home, r->id);
    r->dirfd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (r->dirfd < 0 || faccessat(r->dirfd, "lock", F_OK, 0) < 0) return 0;
    return launch_lock_is_held(r->dirfd, &j->ok, e);
}

static void prepare_ended_work(Job *j) {
    Run *r = j->run;
    Err e = {0};
    if (find_lingering(j, &e) < 0) log_err(LOG_WARN, LOG_MODULE, "looking for the hold of an ended launch", &e);
    if (r->owner->ended) r->owner->ended(r->ls->app, j->db, str(r->id));
}

static int write_spec(Run *r, DbConn *db, const LaunchRow *row, Arena *a, Err *e) {
    StrList environment = {0};
    Str spec;
    if (r->owner->environment) TRY(r->owner->environment(r->ls->app, db, row, a, &environment, e));
    TRY(launch_complete_spec(row, &environment, a, &spec, e));
    return file_write_atomic(r->dirfd, "spec", spec, 0600, e);
}

/* Makes folder, spec and hold. Done again after a crash it finds what stands: a hold that holds the lock is
 * adopted, one that never began its log is started. */
static int prepare(Job *j, Err *e) {
    Run *r = j->run;
    CLEANUP(arena_freep) Arena *a = arena_new();
    LaunchRow row;
    bool found = false, held = false;
    char folder[4200];
    TRY(launch_find(j->db, str(r->id), a, &row, &found, e));
    if (!found) return err_fail(e, ERR_NOT_FOUND, "the launch is gone");
    CRASH("launch.committed");
    if (r->dirfd < 0)
        TRY(open_folder(r, folder, e));
    else
        snprintf(folder, sizeof folder, "%s/streams/%s", r->ls->app->home, r->id);
    CRASH("launch.folder_made");
    bool has_log = row.derived > 0 || has_begun(r); /* its first segment may have been removed once it was derived */
    if (faccessat(r->dirfd, "lock", F_OK, 0) == 0) TRY(launch_lock_is_held(r->dirfd, &held, e));
    j->is_hold_gone = has_log && !held;
    if (has_log || held) return 0;
    TRY(write_spec(r, j->db, &row, a, e));
    CRASH("launch.spec_written");
    TRY(spawn_hold(r->ls->app, folder, e));
    j->spawned_us = clock_mono_us();
    CRASH("hold.spawned");
    return 0;
}

static void prepare_work(Job *j) {
    Err e = {0}, end = {0};
    if (prepare(j, &e) >= 0) return;
    j->has_failed = true;
    log_err(LOG_WARN, LOG_MODULE, "starting a launch", &e);
    LaunchEnd failed = {j->run->ls->app, j->run->owner, LAUNCH_FAILED, e.text};
    j->ok = launch_record_end(&failed, j->db, str(j->run->id), &end) >= 0;
    if (!j->ok) log_err(LOG_ERROR, LOG_MODULE, "recording a launch that failed", &end);
}

static void prepare_done(Job *j) {
    Run *r = j->run;
    if (run_is_over(r)) return;    /* the daemon stops: the next start adopts it */
    if (j->has_failed && !j->ok) { /* for the store it lives: it is begun once more, or ends when that can be said */
        timer_start(&r->retry, RETRY_MS, 0);
        return;
    }
    r->spawned_us = j->spawned_us;
    if (j->has_failed) {
        run_end(r);
    } else if (j->is_hold_gone) {
        run_go(r, RUN_ORPHANED);
        want_derive(r);
    } else {
        run_go(r, RUN_CALLING);
        connect_hold(r);
    }
}

static void prepare_ended_done(Job *j) {
    Run *r = j->run;
    if (run_is_over(r)) return;
    if (!j->ok) {
        run_end(r);
        return;
    }
    run_go(r, RUN_ENDED_CALLING);
    connect_hold(r);
}

static void run_prepare(Run *r) {
    if (r->state == RUN_ENDED_PREPARING)
        job_submit(r, r->ls->app->workers, prepare_ended_work, prepare_ended_done);
    else
        job_submit(r, r->ls->app->workers, prepare_work, prepare_done);
}

void run_start(Launches *ls, const RunInfo *info) {
    const LaunchOwner *owner = launches_owner(ls, str(info->owner_kind));
    if (ls->is_stopping) return; /* its row is committed: the next start adopts it */
    if (!owner || map_find(&ls->runs, str(info->id))) return;
    Run *r = mu_new(Run);
    r->ls = ls;
    r->owner = owner;
    r->dirfd = -1;
    memcpy(r->id, info->id, sizeof r->id);
    memcpy(r->nonce, info->nonce, sizeof r->nonce);
    memcpy(r->owner_id, info->owner_id, sizeof r->owner_id);
    r->role = info->role;
    r->n_inputs = info->n_inputs;
    r->is_stop_due = info->stop_asked;
    r->state = info->has_ended ? RUN_ENDED_PREPARING : RUN_PREPARING;
    r->reported_flags = FLAGS_UNKNOWN;
    buf_init(&r->exit_body, HOLD_FRAME_BYTES_MAX);
    timer_init(ls->app->loop, &r->retry, on_retry);
    map_put(&ls->runs, str(r->id), r);
    run_prepare(r);
}

void run_add_input(Run *r, int64_t n) {
    if (n > r->n_inputs) r->n_inputs = n;
    pump_inputs(r);
}

void run_stop(Run *r, LaunchStopHow how) {
    r->is_stop_due = true;
    if (how == LAUNCH_STOP_KILL || r->stop_how != LAUNCH_STOP_KILL) r->stop_how = how;
    apply_stop(r);
}
