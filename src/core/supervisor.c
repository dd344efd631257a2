/* The loop's side of launches: prepare, connect, send inputs, derive, end. Loop thread, except for the jobs.
 *
 * Invariants:
 * - An end is stored before it is acted on. A run becomes RUN_OVER, and its hold gets the bye, only when the store has
 *   the launch's end or the daemon leaves it. A bye sent earlier would let the hold exit and its log be lost.
 * - One job of each kind at a time. The fields that a job writes (`live`, the derive step, `loading`) are not read on
 *   the loop until its `done`; a second job would write them concurrently.
 * - A free lock means that the hold is gone only once the log has begun. Before that, a hold that was just started may
 *   not have taken the lock yet; treating it as lost would start a second child.
 * - Inputs are sent one at a time, in order, and acknowledged before the next. What the link loses is sent again with
 *   the same number, and the hold ignores numbers that it has already accepted, so each input arrives exactly once.
 */
#define LOG_MODULE "launch"
#include "core/supervisor.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/vec.h"
#include "core/holdlink.h"
#include "core/hub.h"
#include "core/launch_held.h"
#include "core/launch_sql.h"
#include "core/launches.h"
#include "sys/fault.h"
#include "sys/file.h"
#include "sys/log.h"
#include "sys/loop.h"
#include "sys/pool.h"
#include "sys/process.h"

/* A hold that was just started may take BEGIN_MS to listen, and a stuck one BEGIN_MS to answer. Whether there is a hold
 * at all is checked more often: every CONNECT_MS while nothing listens. */
enum { BEGIN_MS = 8000, CONNECT_MS = 400, RETRY_MS = 1000, GRACE_MS = 3000, BYE_MS = 2000 };

/* The flags reported before the daemon started are not known, so the first head is always reported. */
static const uint32_t FLAGS_UNKNOWN = UINT32_MAX;

/* The states that may follow each state. A run that the daemon leaves becomes RUN_OVER from any state. */
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

/* --- jobs: they run on a pool thread and finish on the loop ---------------------------------------------- */

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

/* Removes the spec, which contains keys of the environment: a hold that has said hello has read it, and a launch that
 * has ended no longer needs it. */
static void remove_spec(const Run *r) {
    if (r->dirfd >= 0) unlinkat(r->dirfd, "spec", 0);
}

static void on_run_closed(Timer *t) {
    Run *r = container_of(t, Run, retry);
    Launches *ls = r->ls;
    if (r->dirfd >= 0) close(r->dirfd);
    if (r->live) r->owner->close(r->live);
    if (r->observed) ls->observer->close(r->observed);
    buf_done(&r->exit_body);
    buf_done(&r->typed);
    free(r);
    launches_run_gone(ls);
}

static void run_release(Run *r) {
    if (r->state != RUN_OVER || r->link || r->n_jobs) return;
    run_go(r, RUN_CLOSING);
    map_remove(&r->ls->runs, str(r->id));
    timer_close(&r->retry, on_run_closed);
}

/* The hold closes the link when it exits. If it were closed here, the hold's last messages would fail, and the bye
 * would be discarded with the connection. */
static void run_end(Run *r) {
    run_go(r, RUN_OVER);
    remove_spec(r);
    launches_notify_ended(r->ls, r->id);
    run_watch_ended(r, false);
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
    run_watch_ended(r, true);
    if (r->link) holdlink_close(r->link);
    run_release(r);
}

/* --- derivation ------------------------------------------------------------------------------------------- */

static void derive_work(Job *j) {
    Run *r = j->run;
    launch_derive_step(&r->step, j->db, str(r->id));
}

static void report_growth(Run *r) {
    bool is_due = !r->grown_to || r->step.place.derived >= r->grown_to + LAUNCH_GROWN_BYTES;
    if (!r->is_pty || !r->ls->on_grown || r->step.has_failed || !is_due || r->step.place.derived == 0) return;
    r->grown_to = r->step.place.derived;
    r->ls->on_grown(r->ls->app, r->id);
}

static void derive_done(Job *j) {
    Run *r = j->run;
    report_growth(r);
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

/* Requests derivation: there is more to read, or the end must be looked for. */
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
    r->step.observer = r->is_pty ? r->ls->observer : NULL;
    r->step.observed = &r->observed;
    r->step.is_hold_gone = r->state == RUN_ORPHANED;
    r->step.head = r->state == RUN_LINKED ? holdlink_head(r->link)->head : 0;
    r->step.accepted = r->n_acked;
    r->step.delivered = r->n_delivered;
    r->step.exit_body = buf_str(&r->exit_body);
    r->step.exit_at = r->exit_at;
    if (job_submit(r, r->ls->app->launchers, derive_work, derive_done)) r->derive = DERIVE_RUNNING;
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

/* The row is used only if it is still the input that the hold waits for: the link may have been re-established in the
 * meantime. */
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
    if (job_submit(r, r->ls->app->launchers, input_work, input_done)) r->input = INPUT_LOADING;
}

/* The input was acknowledged, or will not be on this link. */
static void end_sending(Run *r) {
    if (r->input == INPUT_SENDING) r->input = INPUT_IDLE;
}

/* --- held: the hold stopped reading, or a signal stopped the child ------------------------------------------------------------------------ */

typedef struct Held {
    Run *run;
    const LaunchRow *row;
} Held;

static int held_tx(Tx *tx, void *arg, Err *e) {
    Held *h = arg;
    const char *why = h->run->reported_flags & HOLD_IS_SUSPENDED    ? LAUNCH_HELD_SUSPENDED
                      : h->run->reported_flags & HOLD_IS_FULL       ? LAUNCH_HELD_NO_ROOM
                      : h->run->reported_flags & HOLD_IS_BACKLOGGED ? LAUNCH_HELD_BACKLOG
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
    if (r < 0) log_err(LOG_WARN, LOG_MODULE, "reporting that a launch is held", &e);
    j->has_failed = r < 0;
}

static void held_done(Job *j) {
    Run *r = j->run;
    r->is_reporting = false;
    if (!j->has_failed) {
        run_report_flags(r);
        return;
    }
    /* The store had no space. An idle child changes nothing, so that no further head may come: the timer tries again. */
    r->reported_flags = FLAGS_UNKNOWN;
    if (!run_has_ended(r)) timer_start(&r->retry, RETRY_MS, 0);
}

static void run_report_flags(Run *r) {
    uint32_t shown = HOLD_IS_STARTED | HOLD_IS_FULL | HOLD_IS_BACKLOGGED | HOLD_IS_SUSPENDED;
    uint32_t flags = r->link ? holdlink_head(r->link)->flags & shown : 0;
    if (r->is_reporting || run_has_ended(r) || !(flags & HOLD_IS_STARTED) || flags == r->reported_flags) return;
    uint32_t before = r->reported_flags;
    r->reported_flags = flags;
    r->is_reporting = job_submit(r, r->ls->app->launchers, held_work, held_done);
    if (!r->is_reporting) r->reported_flags = before; /* the timer tries again */
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
    r->facts = (LaunchFacts){head->pid, head->rss_bytes, head->processes, (int64_t)head->head};
    r->heard_at = clock_now_us();
    r->n_delivered = (int64_t)head->delivered;
    run_report_flags(r);
    want_derive(r);
    run_pump_typed(r); /* the child may have been started */
    run_watch_head(r);
}

static void on_poked(void *arg) {
    Run *r = arg;
    run_pump_typed(r);
    run_watch_poked(r);
}

static void on_ready(void *arg, const HoldHello *hello, const HoldHead *head) {
    (void)hello;
    Run *r = arg;
    remove_spec(r);
    if (r->state == RUN_ENDED_CALLING) {
        run_end(r);
        return;
    }
    run_go(r, RUN_LINKED);
    r->hold_pid = holdlink_peer_pid(r->link); /* before the child starts: none of its calls may pass as a user's */
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
        if (status != HOLD_ACK_CLOSED) /* the child may have ended in the meantime: not an error */
            log_warn("the hold of %s refused input %llu (%d)", r->id, (unsigned long long)n, (int)status);
        if (status == HOLD_ACK_GAP)
            r->n_acked = (int64_t)holdlink_head(r->link)->last_input;
        else
            return; /* closed or bad: what was not accepted is reported when the launch ends */
    }
    pump_inputs(r);
}

static void on_exited(void *arg, uint64_t offset, const HoldExit *exit) {
    Run *r = arg;
    if (!r->exit_body.n && holdlog_put_exit(&r->exit_body, exit)) r->exit_at = offset;
    want_derive(r);
}

/* Only a hold that has the lock creates the log, so once there is a log, a free lock means that the hold is gone. */
static bool has_begun(const Run *r) { return faccessat(r->dirfd, "log.00000000000000000000", F_OK, 0) == 0; }

/* The link is down or nothing listens: checks whether there is still a hold, or one that has yet to take its lock. */
static void check_work(Job *j) {
    Run *r = j->run;
    Err e = {0};
    bool held = true, begins = r->spawned_us && clock_mono_us() < r->spawned_us + BEGIN_MS * 1000 && !has_begun(r);
    if (launch_lock_is_held(r->dirfd, &held, &e) < 0 && !begins)
        log_err(LOG_WARN, LOG_MODULE, "checking a launch's lock", &e);
    j->ok = held || begins; /* `held` stays true where the lock cannot be read */
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
    job_submit(r, r->ls->app->launchers, check_work, check_done);
}

static const HoldLinkEvents link_events = {on_ready, on_head, on_input_ack, on_exited, on_closed, on_poked};

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
    job_submit(r, r->ls->app->launchers, check_work, check_done);
}

static void on_retry(Timer *t) {
    Run *r = container_of(t, Run, retry);
    if (run_is_over(r)) {
        if (r->link) holdlink_close(r->link); /* the hold waits for more than the bye */
        return;
    }
    if (r->state == RUN_PREPARING || r->state == RUN_ENDED_PREPARING) {
        run_prepare(r);
        return;
    }
    connect_hold(r);
    run_report_flags(r);
    pump_inputs(r);
    run_pump_typed(r);
    if (r->derive == DERIVE_FAILED) r->derive = DERIVE_WANTED;
    want_derive(r);
}

/* --- start ------------------------------------------------------------------------------------------------ */

/* A hold gets nothing of the daemon's environment except the options of the sanitizers, which say where to write their
 * reports: its stderr is /dev/null. */
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

/* For a launch that has ended according to the store: looks for its hold, which may still wait for the bye. */
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

/* Creates folder, spec and hold. When it is repeated after a crash it uses what exists: a hold that has the lock is
 * adopted; if no log was begun, a hold is started. */
static int prepare(Job *j, Err *e) {
    Run *r = j->run;
    CLEANUP(arena_freep) Arena *a = arena_new();
    LaunchRow row;
    bool found = false, held = false;
    char folder[4200];
    TRY(launch_find(j->db, str(r->id), a, &row, &found, e));
    if (!found) return err_fail(e, ERR_NOT_FOUND, "the launch is gone");
    j->is_stop_asked = row.stop_asked;
    CRASH("launch.committed");
    if (r->dirfd < 0)
        TRY(open_folder(r, folder, e));
    else
        snprintf(folder, sizeof folder, "%s/streams/%s", r->ls->app->home, r->id);
    CRASH("launch.folder_made");
    bool has_log = row.derived > 0 || has_begun(r); /* its first segment may have been removed after it was derived */
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

/* A hold creates the lock file first. */
static bool may_have_hold(const Run *r) {
    char path[100];
    struct stat st;
    snprintf(path, sizeof path, "streams/%s/lock", r->id);
    if (fstatat(r->ls->app->home_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0) return true;
    return errno != ENOENT && errno != ENOTDIR;
}

/* An error says that the launch failed only while it has no hold. Where it may have one, the error only keeps this
 * daemon from seeing what the hold does: if the launch were recorded as failed, its child would run on unseen. */
static void prepare_work(Job *j) {
    Err e = {0}, end = {0};
    if (prepare(j, &e) >= 0) return;
    j->has_failed = true;
    log_err(LOG_WARN, LOG_MODULE, "starting a launch", &e);
    if (may_have_hold(j->run)) return;
    LaunchEnd failed = {j->run->ls->app, j->run->owner, LAUNCH_FAILED, e.text};
    j->ok = launch_record_end(&failed, j->db, str(j->run->id), &end) >= 0;
    if (!j->ok) log_err(LOG_ERROR, LOG_MODULE, "recording a launch that failed", &end);
}

static void prepare_done(Job *j) {
    Run *r = j->run;
    if (j->spawned_us) launches_count_spawned(r->ls, r->owner);
    if (run_is_over(r)) return;    /* the daemon is stopping: the next start adopts it */
    if (j->has_failed && !j->ok) { /* alive in the store: it is prepared again until it starts, or its end is stored */
        timer_start(&r->retry, RETRY_MS, 0);
        return;
    }
    r->spawned_us = j->spawned_us;
    r->is_stop_due |= j->is_stop_asked;
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
        job_submit(r, r->ls->app->launchers, prepare_ended_work, prepare_ended_done);
    else
        job_submit(r, r->ls->app->launchers, prepare_work, prepare_done);
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
    r->is_pty = info->is_pty;
    r->state = info->has_ended ? RUN_ENDED_PREPARING : RUN_PREPARING;
    r->reported_flags = FLAGS_UNKNOWN;
    buf_init(&r->exit_body, HOLD_FRAME_BYTES_MAX);
    buf_init(&r->typed, LAUNCH_TYPED_MAX);
    list_init(&r->watches);
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
