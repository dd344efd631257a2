/* Launches with real holds: inputs reach the child once and in order across restarts of the daemon, and every end is
 * recorded once. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/test.h"
#include "core/launch_input.h"
#include "core/launches.h"
#include "core/test_app.h"
#include "sys/file.h"
#include "sys/loop.h"
#include "sys/process.h"

enum { TEXT_MAX = 1 << 17 };

/* An owner that keeps everything its child wrote as the state of its derivation. */
typedef struct Live {
    Buf text;
} Live;

static struct OwnerLog {
    atomic_int n_lost, n_ended, n_applied;
    atomic_int n_refused;  /* this many writes fail, as on a full disk */
    atomic_bool ends_late; /* the work after an end is still running when the daemon is stopped */
    char why[200];
} owner_log;

static int refuse_some(Err *e) {
    if (atomic_fetch_sub(&owner_log.n_refused, 1) > 0) return err_fail(e, ERR_DISK_FULL, "no room");
    atomic_store(&owner_log.n_refused, 0);
    return 0;
}

static int own_open(App *app UNUSED, DbConn *db UNUSED, const LaunchRow *l, void **ret_live, Err *e UNUSED) {
    Live *live = mu_new(Live);
    buf_init(&live->text, TEXT_MAX);
    buf_add_str(&live->text, l->owner_state);
    *ret_live = live;
    return 0;
}

static void own_close(void *live_) {
    Live *live = live_;
    buf_done(&live->text);
    free(live);
}

static int own_derive(void *live_, const LaunchBatchIn *in, LaunchPlace *ret, Err *e UNUSED) {
    Live *live = live_;
    for (size_t i = 0; i < in->n; i++) {
        const HoldFrame *f = &in->frames[i].frame;
        if (f->channel == HOLD_STDOUT && !in->is_plain) buf_add_str(&live->text, f->bytes);
        int64_t end = (int64_t)in->frames[i].offset + HOLD_FRAME_HEADER + (int64_t)f->bytes.n;
        *ret = (LaunchPlace){.derived = end, .seen = end};
    }
    return 0;
}

/* Refuses poisoned text each time it comes. */
static int own_apply(void *live_, App *app UNUSED, Tx *tx UNUSED, const LaunchRow *l UNUSED, Buf *state, Err *e) {
    Str text = buf_str(&((Live *)live_)->text);
    atomic_fetch_add(&owner_log.n_applied, 1);
    TRY(refuse_some(e));
    if (str_find(text, STR("poison"), &(size_t){0})) return err_fail(e, ERR_INVALID, "poison");
    buf_add_str(state, text);
    return 0;
}

static int own_lost(App *app UNUSED, Tx *tx UNUSED, const LaunchRow *l UNUSED, const char *why, Err *e) {
    TRY(refuse_some(e));
    atomic_fetch_add(&owner_log.n_lost, 1);
    snprintf(owner_log.why, sizeof owner_log.why, "%s", why);
    return 0;
}

static int own_held(App *app UNUSED, Tx *tx UNUSED, const LaunchRow *l UNUSED, const char *why UNUSED, Err *e UNUSED) {
    return 0;
}

typedef struct Look {
    const Launches *launches;
    bool is_stopping;
} Look;

static void look(void *arg) {
    Look *l = arg;
    l->is_stopping = l->launches->is_stopping;
}

static bool is_stopping(void *app_) {
    App *app = app_;
    Look l = {.launches = app->launches};
    loop_call(app->loop, look, &l);
    return l.is_stopping;
}

static void own_ended(App *app, DbConn *db UNUSED, Str launch UNUSED) {
    if (atomic_load(&owner_log.ends_late)) test_app_until(is_stopping, app);
    atomic_fetch_add(&owner_log.n_ended, 1);
}

static int own_environment(App *app UNUSED, DbConn *db UNUSED, const LaunchRow *l UNUSED, Arena *a, StrList *ret,
                           Err *e UNUSED) {
    *ret = (StrList){arena_array(a, 2, sizeof(Str)), 2};
    ret->items[0] = STR("PATH=/nowhere");
    ret->items[1] = STR("SECRET=from-the-owner");
    return 0;
}

static const LaunchOwner own = {.kind = "own",
                                .open = own_open,
                                .close = own_close,
                                .derive = own_derive,
                                .apply = own_apply,
                                .lost = own_lost,
                                .held = own_held,
                                .ended = own_ended,
                                .environment = own_environment};

/* An operation that waits for the launch's end, and one that only checks that calls are answered. */
static struct Waiting {
    const Id *launch;
    int64_t timeout_ms;
    atomic_int n_waiting, how[LAUNCH_WAIT_CUT_OFF + 1];
} waiting;

static int after_end(OpCall *c, const void *in UNUSED, void *out UNUSED, Err *e UNUSED) {
    atomic_fetch_add(&waiting.how[c->waited], 1);
    return 0;
}

static int wait_for_end(OpCall *c, const void *in UNUSED, void *out UNUSED, Err *e UNUSED) {
    op_after_end(c, id_str(waiting.launch), waiting.timeout_ms, after_end);
    atomic_fetch_add(&waiting.n_waiting, 1);
    return 0;
}

static int answer(OpCall *c UNUSED, const void *in UNUSED, void *out UNUSED, Err *e UNUSED) { return 0; }

static const Op waiting_ops[] = {
    {.name = "wait_for_end",
     .route = "POST /api/wait",
     .run = wait_for_end,
     .role = ROLE_MEMBER,
     .where = ON_WORKER,
     .doc = "x"},
    {.name = "answer", .route = "GET /api/answer", .run = answer, .role = ROLE_MEMBER, .where = ON_WORKER, .doc = "x"},
    {0},
};
static const Op *const waiting_lists[] = {waiting_ops, NULL};

typedef struct Bench {
    TestApp t;
    char home[300], exe_dir[300];
    Id launch;
    const char *const *argv;
    const char *input;
    Str want; /* the child's expected output */
} Bench;

static void daemon_start(Bench *b) {
    test_app_start(
        &b->t, &(TestAppConfig){
                   .home = b->home[0] ? b->home : NULL, .ops = waiting_lists, .owner = &own, .exe_dir = b->exe_dir});
    snprintf(b->home, sizeof b->home, "%s", b->t.app.home);
}

static void daemon_stop(Bench *b) { test_app_stop(&b->t); }

static void open_bench(Bench *b) {
    *b = (Bench){0};
    snprintf(b->exe_dir, sizeof b->exe_dir, "%.*s", (int)(strrchr(HOLD_EXE, '/') - HOLD_EXE), HOLD_EXE);
    atomic_store(&owner_log.n_lost, 0);
    atomic_store(&owner_log.n_ended, 0);
    atomic_store(&owner_log.n_refused, 0);
    atomic_store(&owner_log.ends_late, false);
    daemon_start(b);
}

static int launch_tx(Tx *tx, void *arg, Err *e) {
    static Str envp[] = {{"PATH=/usr/bin:/bin", 18}};
    Bench *b = arg;
    Str argv[8];
    LaunchSpec s = {.owner_kind = STR("own"),
                    .owner_id = STR("one"),
                    .argv = {argv, 0},
                    .envp = {envp, 1},
                    .cwd = STR("/"),
                    .role = ROLE_AGENT};
    for (const char *const *p = b->argv; *p; p++) argv[s.argv.n++] = str(*p);
    shape_init(&HoldSpecLimits_shape, &s.limits);
    return launch_add(&b->t.app, tx, &s, &b->launch, e);
}

static void launch(Bench *b, const char *const *argv) {
    b->argv = argv;
    test_write(&b->t, launch_tx, b);
}

static int input_tx(Tx *tx, void *arg, Err *e) {
    Bench *b = arg;
    return launch_add_input(&b->t.app, tx, &(LaunchInput){id_str(&b->launch), str(b->input), "message", STR("m")}, e);
}

static int input(Bench *b, const char *text) {
    b->input = text;
    return db_tx(b->t.app.db, DB_PERSON, input_tx, b, NULL);
}

static Str written(Bench *b) { return test_cell(&b->t, "SELECT coalesce(owner_state, '') FROM launch"); }

static bool has_ended(void *arg) {
    return str_is(test_cell(&((Bench *)arg)->t, "SELECT ended_at IS NOT NULL FROM launch ORDER BY id DESC"), "1");
}

static void check_ended(Bench *b, const char *state) {
    CHECK(test_app_until(has_ended, b));
    CHECK_STR(test_cell(&b->t, "SELECT state || (ended_at IS NOT NULL) FROM launch ORDER BY id DESC"), state);
}

static int64_t child_of(Bench *b) {
    Str ids[] = {STR(""), id_str(&b->launch), STR("lch_unknown")};
    LaunchFacts f[COUNT_OF(ids)];
    launches_facts(&b->t.app, ids, COUNT_OF(ids), f);
    CHECK_I64(f[0].pid + f[2].pid, 0);
    return f[1].pid;
}

static bool has_child(void *arg) { return child_of(arg) > 0; }

static bool is_first_line_written(void *arg) { return str_starts(written(arg), STR("first\n")); }

static bool is_all_written(void *arg) {
    Bench *b = arg;
    return str_eq(written(b), b->want);
}

enum { ROUNDS = 4, INPUTS = 5 };

TEST(inputs_reach_the_child_once_and_in_order_over_restarts) {
    static const char *const cat[] = {"cat", NULL};
    Bench b;
    CLEANUP(buf_done) Buf want;
    buf_init(&want, TEXT_MAX);
    open_bench(&b);
    launch(&b, cat);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < INPUTS; i++) {
            char line[32];
            snprintf(line, sizeof line, "%d.%d\n", round, i);
            buf_add_str(&want, str(line));
            CHECK_I64(input(&b, line), 0);
        }
        daemon_stop(&b); /* at any point of the inputs' way */
        daemon_start(&b);
    }
    b.want = buf_str(&want);
    test_app_until(is_all_written, &b); /* a stop closes the child's input: what is not sent by then never is */
    CHECK(str_starts(buf_str(&want), written(&b)));
    launch_stop(&b.t.app, id_str(&b.launch), LAUNCH_STOP_GRACEFUL);
    check_ended(&b, "exited1");
    if (!str_eq(written(&b), buf_str(&want)))
        test_fail(__FILE__, __LINE__, "only \"" STR_FMT "\"", STR_ARG(written(&b)));
    daemon_stop(&b); /* what follows an end is done by then */
    CHECK_I64(atomic_load(&owner_log.n_ended), 1);
    CHECK_I64(atomic_load(&owner_log.n_lost), 0);
}

static bool is_sent_both(void *arg) { return str_eq(written(arg), STR("one\ntwo\n")); }

static bool is_out_of_reach(void *arg) {
    Bench *b = arg;
    return launch_poke(&b->t.app, id_str(&b->launch), 2, STR("gone\n")) == LAUNCH_POKE_UNREACHABLE;
}

/* Bytes meant for the first input must not reach the child after the second. */
TEST(a_poke_comes_too_late_once_a_later_input_was_sent) {
    static const char *const cat[] = {"cat", NULL};
    Bench b;
    open_bench(&b);
    launch(&b, cat);
    CHECK_I64(input(&b, "one\n"), 0);
    CHECK_I64(input(&b, "two\n"), 0);
    CHECK(test_app_until(is_sent_both, &b));
    CHECK_I64(launch_poke(&b.t.app, id_str(&b.launch), 1, STR("late\n")), LAUNCH_POKE_LATE);
    CHECK_I64(launch_poke(&b.t.app, id_str(&b.launch), 2, STR("three\n")), LAUNCH_POKED);
    launch_stop(&b.t.app, id_str(&b.launch), LAUNCH_STOP_GRACEFUL);
    check_ended(&b, "exited1");
    CHECK_STR(written(&b), "one\ntwo\nthree\n");
    CHECK(test_app_until(is_out_of_reach, &b)); /* the loop learns of the end shortly after the store */
    daemon_stop(&b);
}

static bool is_followed_twice(void *arg UNUSED) { return atomic_load(&owner_log.n_ended) == 2; }

/* The daemon may have died between the end and the owner's work after it. */
TEST(an_owner_is_notified_of_a_recent_end_again_at_the_next_start) {
    static const char *const quick[] = {"true", NULL};
    Bench b;
    open_bench(&b);
    launch(&b, quick);
    check_ended(&b, "exited1");
    daemon_stop(&b);
    CHECK_I64(atomic_load(&owner_log.n_ended), 1);
    daemon_start(&b);
    CHECK(test_app_until(is_followed_twice, NULL));
    daemon_stop(&b);
}

static bool has_hold_left(void *arg) {
    Bench *b = arg;
    bool held = true;
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *folder = arena_fmt(a, "%s/streams/%s", b->home, b->launch.text).p;
    CLEANUP(fd_closep) int dirfd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    Err e = {0};
    CHECK_OK(launch_lock_is_held(dirfd, &held, &e), e);
    return !held;
}

/* The end was stored before the daemon was stopped, so no hold may be left waiting for the bye. */
TEST(a_stopping_daemon_sends_the_bye_to_a_hold_whose_end_is_stored) {
    static const char *const quick[] = {"true", NULL};
    Bench b;
    open_bench(&b);
    atomic_store(&owner_log.ends_late, true);
    launch(&b, quick);
    check_ended(&b, "exited1");
    daemon_stop(&b);
    CHECK_I64(atomic_load(&owner_log.n_ended), 1);
    CHECK(test_app_until(has_hold_left, &b));
}

TEST(a_launch_ends_even_if_its_owner_always_refuses_a_frame) {
    static const char *const sh[] = {"sh", "-c", "echo first; read x; echo poison; exit 3", NULL};
    Bench b;
    open_bench(&b);
    launch(&b, sh);
    CHECK(test_app_until(is_first_line_written, &b));
    CHECK_I64(input(&b, "go\n"), 0);
    check_ended(&b, "exited1");
    CHECK_STR(written(&b), "first\n");
    daemon_stop(&b); /* what follows an end is done by then */
    CHECK_I64(atomic_load(&owner_log.n_ended), 1);
}

TEST(what_is_written_while_no_daemon_runs_is_derived_when_one_does) {
    static const char *const sh[] = {"sh", "-c", "echo first; read x; echo second", NULL};
    Bench b;
    open_bench(&b);
    launch(&b, sh);
    CHECK(test_app_until(is_first_line_written, &b));
    CHECK_I64(input(&b, "go\n"), 0);
    daemon_stop(&b);
    daemon_start(&b);
    check_ended(&b, "exited1");
    CHECK_STR(written(&b), "first\nsecond\n");
    daemon_stop(&b); /* what follows an end is done by then */
    CHECK_I64(atomic_load(&owner_log.n_ended), 1);
}

/* The launch's own variables win; the owner's reach the child but are not stored. */
TEST(the_environment_reaches_the_child_and_is_not_stored) {
    static const char *const sh[] = {"sh", "-c", "echo \"$PATH $SECRET\"; env | grep -c ^PATH=; read x", NULL};
    Bench b;
    char path[400];
    open_bench(&b);
    launch(&b, sh);
    CHECK(test_app_until(has_child, &b));
    snprintf(path, sizeof path, "%s/streams/%s/spec", b.t.app.home, b.launch.text);
    CHECK(access(path, F_OK) < 0 && errno == ENOENT);
    CHECK_STR(test_cell(&b.t, "SELECT instr(spec, 'from-the-owner') FROM launch"), "0");
    CHECK_I64(input(&b, "go\n"), 0);
    check_ended(&b, "exited1");
    CHECK_STR(written(&b), "/usr/bin:/bin from-the-owner\n1\n");
    daemon_stop(&b);
}

/* Kills the hold as the kernel would; returns its child. */
static int64_t kill_hold(Bench *b) {
    CHECK(test_app_until(has_child, b));
    int64_t child = child_of(b), hold = process_parent(child);
    CHECK(hold > 1 && hold != getpid());
    CHECK(kill((pid_t)hold, SIGKILL) == 0);
    return child;
}

static bool is_collected(void *arg) { return waitpid((pid_t) * (int64_t *)arg, NULL, WNOHANG) > 0; }

static const char *const sleeper[] = {"sh", "-c", "echo first; exec sleep 1000", NULL};

TEST(a_lost_hold_is_recorded_once_and_its_child_dies) {
    Bench b;
    CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0); /* the orphan becomes our child, so we can reap it */
    open_bench(&b);
    launch(&b, sleeper);
    int64_t child = kill_hold(&b);
    check_ended(&b, "lost1");
    CHECK(test_app_until(is_collected, &child));
    CHECK(prctl(PR_SET_CHILD_SUBREAPER, 0) == 0);
    CHECK(str_starts(str(owner_log.why), STR(LAUNCH_LOST_WHY)));
    CHECK_I64(input(&b, "x"), -ERR_CONFLICT);
    daemon_stop(&b);
    daemon_start(&b);
    daemon_stop(&b);
    CHECK_I64(atomic_load(&owner_log.n_lost), 1);
}

/* Like a dying hold: its socket is already closed, its lock not yet. */
TEST(a_hold_that_dies_while_it_is_called_is_noticed_at_once) {
    Bench b;
    char path[600];
    open_bench(&b);
    launch(&b, sleeper);
    CHECK(test_app_until(has_child, &b));
    int64_t hold = process_parent(child_of(&b));
    daemon_stop(&b);
    CHECK(hold > 1 && kill((pid_t)hold, SIGKILL) == 0);
    snprintf(path, sizeof path, "%s/streams/%s/lock", b.home, b.launch.text);
    CLEANUP(fd_closep) int fd = open(path, O_RDWR | O_CLOEXEC);
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    CHECK(fd >= 0 && fcntl(fd, F_OFD_SETLKW, &whole) == 0);
    daemon_start(&b);
    usleep(1500 * 1000); /* by then the link is connecting */
    CHECK(!has_ended(&b));
    fd_closep(&fd);
    enum { MUCH_LESS_THAN_A_BEGIN_US = 4000 * 1000 };
    int64_t freed_at = clock_mono_us();
    check_ended(&b, "lost1");
    CHECK(clock_mono_us() - freed_at < MUCH_LESS_THAN_A_BEGIN_US);
    daemon_stop(&b);
}

enum { MORE_THAN_ALL_THREADS = 32 };

static void begin_waits(Bench *b, TestCall calls[MORE_THAN_ALL_THREADS], int64_t timeout_ms) {
    memset(&waiting, 0, sizeof waiting);
    waiting.launch = &b->launch;
    waiting.timeout_ms = timeout_ms;
    for (int i = 0; i < MORE_THAN_ALL_THREADS; i++) {
        calls[i] = (TestCall){.app = &b->t, .op = "wait_for_end"};
        test_call_begin(&calls[i]);
    }
}

static void check_waited(TestCall calls[MORE_THAN_ALL_THREADS], LaunchWaited how) {
    for (int i = 0; i < MORE_THAN_ALL_THREADS; i++) test_call_wait(&calls[i]);
    CHECK_I64(atomic_load(&waiting.how[how]), MORE_THAN_ALL_THREADS);
}

static bool all_wait(void *arg UNUSED) { return atomic_load(&waiting.n_waiting) == MORE_THAN_ALL_THREADS; }

static void kill_launch(Bench *b) { launch_stop(&b->t.app, id_str(&b->launch), LAUNCH_STOP_KILL); }

TEST(calls_that_wait_for_an_end_hold_no_thread_and_continue_after_it) {
    Bench b;
    TestCall calls[MORE_THAN_ALL_THREADS];
    open_bench(&b);
    launch(&b, sleeper);
    CHECK(test_app_until(has_child, &b));
    begin_waits(&b, calls, 60000);
    CHECK(test_app_until(all_wait, NULL));
    CHECK_I64(test_call(&b.t, &(TestCall){.op = "answer"}), 204);
    for (int i = 0; i < MORE_THAN_ALL_THREADS; i++) CHECK_I64(calls[i].status, 0);
    kill_launch(&b);
    check_waited(calls, LAUNCH_WAITED);
    begin_waits(&b, calls, 60000); /* it has ended: there is nothing to wait for */
    check_waited(calls, LAUNCH_WAITED);
    daemon_stop(&b);
}

TEST(a_wait_reports_a_timeout_and_a_stopping_daemon) {
    Bench b;
    TestCall calls[MORE_THAN_ALL_THREADS];
    open_bench(&b);
    launch(&b, sleeper);
    CHECK(test_app_until(has_child, &b));
    begin_waits(&b, calls, 1);
    check_waited(calls, LAUNCH_WAIT_TIMED_OUT);
    begin_waits(&b, calls, 60000);
    CHECK(test_app_until(all_wait, NULL));
    daemon_stop(&b);
    CHECK_I64(atomic_load(&waiting.how[LAUNCH_WAIT_CUT_OFF]), MORE_THAN_ALL_THREADS);
    daemon_start(&b);
    kill_launch(&b);
    check_ended(&b, "exited1");
    daemon_stop(&b);
}

static void stop_hold(Bench *b) {
    CHECK(test_app_until(has_child, b));
    int64_t hold = process_parent(child_of(b));
    CHECK(hold > 1 && kill((pid_t)hold, SIGSTOP) == 0);
}

/* Its child runs as the same user and can stop it. */
TEST(a_suspended_hold_receives_the_stop) {
    Bench b;
    open_bench(&b);
    launch(&b, sleeper);
    stop_hold(&b);
    launch_stop(&b.t.app, id_str(&b.launch), LAUNCH_STOP_KILL);
    check_ended(&b, "exited1");
    daemon_stop(&b);
    CHECK_I64(atomic_load(&owner_log.n_lost), 0);
}

TEST(a_suspended_hold_is_adopted) {
    Bench b;
    open_bench(&b);
    launch(&b, sleeper);
    stop_hold(&b);
    daemon_stop(&b);
    daemon_start(&b);
    CHECK(test_app_until(has_child, &b));
    launch_stop(&b.t.app, id_str(&b.launch), LAUNCH_STOP_KILL);
    check_ended(&b, "exited1");
    daemon_stop(&b);
    CHECK_I64(atomic_load(&owner_log.n_lost), 0);
}

TEST(a_hold_that_was_lost_while_no_daemon_ran_is_recorded_once) {
    Bench b;
    open_bench(&b);
    launch(&b, sleeper);
    CHECK(test_app_until(is_first_line_written, &b));
    CHECK(test_app_until(has_child, &b));
    int64_t hold = process_parent(child_of(&b));
    daemon_stop(&b);
    CHECK(hold > 1 && kill((pid_t)hold, SIGKILL) == 0);
    daemon_start(&b);
    check_ended(&b, "lost1");
    CHECK_STR(written(&b), "first\n");
    CHECK_I64(atomic_load(&owner_log.n_lost), 1);
    daemon_stop(&b);
}

TEST(a_launch_that_cannot_start_fails_with_the_reason) {
    Bench b;
    open_bench(&b);
    daemon_stop(&b);
    snprintf(b.exe_dir, sizeof b.exe_dir, "/nonexistent");
    daemon_start(&b);
    launch(&b, sleeper);
    check_ended(&b, "failed1");
    CHECK_I64(atomic_load(&owner_log.n_lost), 1);
    CHECK(str_find(str(owner_log.why), STR("muster-hold"), &(size_t){0}));
    daemon_stop(&b);
}

TEST(a_launch_whose_failure_cannot_be_stored_yet_ends_when_it_can) {
    Bench b;
    open_bench(&b);
    daemon_stop(&b);
    snprintf(b.exe_dir, sizeof b.exe_dir, "/nonexistent");
    daemon_start(&b);
    atomic_store(&owner_log.n_refused, 1);
    launch(&b, sleeper);
    check_ended(&b, "failed1");
    CHECK_I64(atomic_load(&owner_log.n_lost), 1);
    daemon_stop(&b);
}

enum { BEATS = 40, STORE_REST_US = 1000000 };

static bool is_last_in_log(void *arg) {
    Bench *b = arg;
    char path[100];
    CLEANUP(buf_done) Buf log;
    buf_init(&log, TEXT_MAX);
    snprintf(path, sizeof path, "streams/%s/log.00000000000000000000", b->launch.text);
    return file_read(b->t.app.home_fd, path, &log, NULL) >= 0 && str_find(buf_str(&log), b->want, &(size_t){0});
}

/* However much the child writes in the meantime. */
TEST(a_refused_write_is_retried_after_a_pause) {
    static const char *const sed[] = {"sed", "-u", "s/^/said /", NULL};
    Bench b;
    char line[32];
    open_bench(&b);
    launch(&b, sed);
    CHECK(test_app_until(has_child, &b));
    atomic_store(&owner_log.n_applied, 0);
    atomic_store(&owner_log.n_refused, INT_MAX);
    int64_t began_us = clock_mono_us();
    for (int i = 0; i < BEATS; i++) {
        snprintf(line, sizeof line, "%d\n", i);
        CHECK_I64(input(&b, line), 0);
        b.want = arena_fmt(b.t.arena, "said %d\n", i);
        CHECK(test_app_until(is_last_in_log, &b));
    }
    int64_t rests = (clock_mono_us() - began_us) / STORE_REST_US, asked = atomic_load(&owner_log.n_applied);
    atomic_store(&owner_log.n_refused, 0);
    if (asked > rests + 2) test_fail(__FILE__, __LINE__, "asked %d times over %d rests", (int)asked, (int)rests);
    launch_stop(&b.t.app, id_str(&b.launch), LAUNCH_STOP_GRACEFUL);
    check_ended(&b, "exited1");
    CHECK(str_ends(written(&b), b.want));
    daemon_stop(&b);
}

TEST(one_owner_has_one_launch_at_a_time) {
    static const char *const quick[] = {"true", NULL};
    Bench b;
    open_bench(&b);
    launch(&b, sleeper);
    Id first = b.launch;
    CHECK_I64(db_tx(b.t.app.db, DB_PERSON, launch_tx, &b, NULL), -ERR_CONFLICT);
    b.launch = first;
    launch_stop(&b.t.app, id_str(&first), LAUNCH_STOP_KILL);
    check_ended(&b, "exited1");
    launch(&b, quick);
    check_ended(&b, "exited1");
    daemon_stop(&b);
}

typedef struct Question {
    Launches *launches;
    int64_t hold;
    Principal who;
    bool is_known;
} Question;

static void ask_on_loop(void *arg) {
    Question *q = arg;
    q->is_known = launches_find_hold(q->launches, q->hold, (Str){0}, &q->who);
}

static bool knows_hold(void *arg) {
    Bench *b = arg;
    int64_t child = child_of(b);
    if (child == 0) return false;
    Question q = {.launches = b->t.app.launches, .hold = process_parent(child)};
    loop_call(b->t.app.loop, ask_on_loop, &q);
    return q.is_known && q.who.role == ROLE_AGENT && str_is(str(q.who.owner), "one") &&
           str_is(str(q.who.id), b->launch.text);
}

TEST(a_living_hold_identifies_the_owner_of_its_descendants) {
    Bench b;
    open_bench(&b);
    launch(&b, sleeper);
    CHECK(test_app_until(knows_hold, &b));
    launch_stop(&b.t.app, id_str(&b.launch), LAUNCH_STOP_KILL);
    check_ended(&b, "exited1");
    daemon_stop(&b);
}
