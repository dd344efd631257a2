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
#include "core/launch_rig.h"
#include "sys/file.h"
#include "sys/loop.h"
#include "sys/process.h"

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

static bool is_first_line_written(void *arg) { return str_starts(rig_written(arg), STR("first\n")); }

static bool is_all_written(void *arg) {
    LaunchRig *b = arg;
    return str_eq(rig_written(b), b->want);
}

enum { ROUNDS = 4, INPUTS = 5 };

TEST(inputs_reach_the_child_once_and_in_order_over_restarts) {
    static const char *const cat[] = {"cat", NULL};
    LaunchRig b;
    CLEANUP(buf_done) Buf want;
    buf_init(&want, TEST_TEXT_MAX);
    rig_open(&b, NULL);
    rig_launch(&b, cat);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < INPUTS; i++) {
            char line[32];
            snprintf(line, sizeof line, "%d.%d\n", round, i);
            buf_add_str(&want, str(line));
            CHECK_I64(rig_input(&b, line), 0);
        }
        rig_stop(&b); /* at any point of the inputs' way */
        rig_start(&b);
    }
    b.want = buf_str(&want);
    test_app_until(is_all_written, &b); /* a stop closes the child's input: what is not sent by then never is */
    CHECK(str_starts(buf_str(&want), rig_written(&b)));
    launch_stop(&b.t.app, id_str(&b.launch), LAUNCH_STOP_GRACEFUL);
    rig_check_ended(&b, "exited1");
    if (!str_eq(rig_written(&b), buf_str(&want)))
        test_fail(__FILE__, __LINE__, "only \"" STR_FMT "\"", STR_ARG(rig_written(&b)));
    rig_stop(&b); /* what follows an end is done by then */
    CHECK_I64(atomic_load(&owner_log.n_ended), 1);
    CHECK_I64(atomic_load(&owner_log.n_lost), 0);
}

static bool is_sent_both(void *arg) { return str_eq(rig_written(arg), STR("one\ntwo\n")); }

static bool is_out_of_reach(void *arg) {
    LaunchRig *b = arg;
    return launch_poke(&b->t.app, id_str(&b->launch), 2, STR("gone\n")) == LAUNCH_POKE_UNREACHABLE;
}

/* Bytes meant for the first input must not reach the child after the second. */
TEST(a_poke_comes_too_late_once_a_later_input_was_sent) {
    static const char *const cat[] = {"cat", NULL};
    LaunchRig b;
    rig_open(&b, NULL);
    rig_launch(&b, cat);
    CHECK_I64(rig_input(&b, "one\n"), 0);
    CHECK_I64(rig_input(&b, "two\n"), 0);
    CHECK(test_app_until(is_sent_both, &b));
    CHECK_I64(launch_poke(&b.t.app, id_str(&b.launch), 1, STR("late\n")), LAUNCH_POKE_LATE);
    CHECK_I64(launch_poke(&b.t.app, id_str(&b.launch), 2, STR("three\n")), LAUNCH_POKED);
    launch_stop(&b.t.app, id_str(&b.launch), LAUNCH_STOP_GRACEFUL);
    rig_check_ended(&b, "exited1");
    CHECK_STR(rig_written(&b), "one\ntwo\nthree\n");
    CHECK(test_app_until(is_out_of_reach, &b)); /* the loop learns of the end shortly after the store */
    rig_stop(&b);
}

static bool is_followed_twice(void *arg UNUSED) { return atomic_load(&owner_log.n_ended) == 2; }

/* The daemon may have died between the end and the owner's work after it. */
TEST(an_owner_is_notified_of_a_recent_end_again_at_the_next_start) {
    static const char *const quick[] = {"true", NULL};
    LaunchRig b;
    rig_open(&b, NULL);
    rig_launch(&b, quick);
    rig_check_ended(&b, "exited1");
    rig_stop(&b);
    CHECK_I64(atomic_load(&owner_log.n_ended), 1);
    rig_start(&b);
    CHECK(test_app_until(is_followed_twice, NULL));
    rig_stop(&b);
}

/* The end was stored before the daemon was stopped, so no hold may be left waiting for the bye. */
TEST(a_stopping_daemon_sends_the_bye_to_a_hold_whose_end_is_stored) {
    static const char *const quick[] = {"true", NULL};
    LaunchRig b;
    rig_open(&b, NULL);
    atomic_store(&owner_log.ends_late, true);
    rig_launch(&b, quick);
    rig_check_ended(&b, "exited1");
    rig_stop(&b);
    CHECK_I64(atomic_load(&owner_log.n_ended), 1);
    CHECK(test_app_until(rig_has_hold_left, &b));
}

TEST(a_launch_ends_even_if_its_owner_always_refuses_a_frame) {
    static const char *const sh[] = {"sh", "-c", "echo first; read x; echo poison; exit 3", NULL};
    LaunchRig b;
    rig_open(&b, NULL);
    rig_launch(&b, sh);
    CHECK(test_app_until(is_first_line_written, &b));
    CHECK_I64(rig_input(&b, "go\n"), 0);
    rig_check_ended(&b, "exited1");
    CHECK_STR(rig_written(&b), "first\n");
    rig_stop(&b); /* what follows an end is done by then */
    CHECK_I64(atomic_load(&owner_log.n_ended), 1);
}

TEST(what_is_written_while_no_daemon_runs_is_derived_when_one_does) {
    static const char *const sh[] = {"sh", "-c", "echo first; read x; echo second", NULL};
    LaunchRig b;
    rig_open(&b, NULL);
    rig_launch(&b, sh);
    CHECK(test_app_until(is_first_line_written, &b));
    CHECK_I64(rig_input(&b, "go\n"), 0);
    rig_stop(&b);
    rig_start(&b);
    rig_check_ended(&b, "exited1");
    CHECK_STR(rig_written(&b), "first\nsecond\n");
    rig_stop(&b); /* what follows an end is done by then */
    CHECK_I64(atomic_load(&owner_log.n_ended), 1);
}

/* The launch's own variables win; the owner's reach the child but are not stored. */
TEST(the_environment_reaches_the_child_and_is_not_stored) {
    static const char *const sh[] = {"sh", "-c", "echo \"$PATH $SECRET\"; env | grep -c ^PATH=; read x", NULL};
    LaunchRig b;
    char path[400];
    rig_open(&b, NULL);
    rig_run(&b, sh);
    snprintf(path, sizeof path, "%s/streams/%s/spec", b.t.app.home, b.launch.text);
    CHECK(access(path, F_OK) < 0 && errno == ENOENT);
    CHECK_STR(test_cell(&b.t, "SELECT instr(spec, 'from-the-owner') FROM launch"), "0");
    CHECK_I64(rig_input(&b, "go\n"), 0);
    rig_check_ended(&b, "exited1");
    CHECK_STR(rig_written(&b), "/usr/bin:/bin from-the-owner\n1\n");
    rig_stop(&b);
}

/* Kills the hold as the kernel would; returns its child. */
static int64_t kill_hold(LaunchRig *b) {
    int64_t hold = rig_hold(b), child = rig_child(b);
    CHECK(kill((pid_t)hold, SIGKILL) == 0);
    return child;
}

static bool is_collected(void *arg) { return waitpid((pid_t) * (int64_t *)arg, NULL, WNOHANG) > 0; }

static const char *const sleeper[] = {"sh", "-c", "echo first; exec sleep 1000", NULL};

TEST(a_lost_hold_is_recorded_once_and_its_child_dies) {
    LaunchRig b;
    CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0); /* the orphan becomes our child, so we can reap it */
    rig_open(&b, NULL);
    rig_launch(&b, sleeper);
    int64_t child = kill_hold(&b);
    rig_check_ended(&b, "lost1");
    CHECK(test_app_until(is_collected, &child));
    CHECK(prctl(PR_SET_CHILD_SUBREAPER, 0) == 0);
    CHECK(str_starts(str(owner_log.why), STR(LAUNCH_LOST_WHY)));
    CHECK_I64(rig_input(&b, "x"), -ERR_CONFLICT);
    rig_stop(&b);
    rig_start(&b);
    rig_stop(&b);
    CHECK_I64(atomic_load(&owner_log.n_lost), 1);
}

/* Like a dying hold: its socket is already closed, its lock not yet. */
TEST(a_hold_that_dies_while_it_is_called_is_noticed_at_once) {
    LaunchRig b;
    char path[600];
    rig_open(&b, NULL);
    rig_run(&b, sleeper);
    int64_t hold = rig_hold(&b);
    rig_stop(&b);
    CHECK(kill((pid_t)hold, SIGKILL) == 0);
    snprintf(path, sizeof path, "%s/streams/%s/lock", b.home, b.launch.text);
    CLEANUP(fd_closep) int fd = open(path, O_RDWR | O_CLOEXEC);
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    CHECK(fd >= 0 && fcntl(fd, F_OFD_SETLKW, &whole) == 0);
    rig_start(&b);
    usleep(1500 * 1000); /* by then the link is connecting */
    CHECK(!rig_has_ended(&b));
    fd_closep(&fd);
    enum { MUCH_LESS_THAN_A_BEGIN_US = 4000 * 1000 };
    int64_t freed_at = clock_mono_us();
    rig_check_ended(&b, "lost1");
    CHECK(clock_mono_us() - freed_at < MUCH_LESS_THAN_A_BEGIN_US);
    rig_stop(&b);
}

enum { MORE_THAN_ALL_THREADS = 32 };

static void begin_waits(LaunchRig *b, TestCall calls[MORE_THAN_ALL_THREADS], int64_t timeout_ms) {
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

static void kill_launch(LaunchRig *b) { launch_stop(&b->t.app, id_str(&b->launch), LAUNCH_STOP_KILL); }

TEST(calls_that_wait_for_an_end_hold_no_thread_and_continue_after_it) {
    LaunchRig b;
    TestCall calls[MORE_THAN_ALL_THREADS];
    rig_open(&b, &(TestAppConfig){.ops = waiting_lists});
    rig_run(&b, sleeper);
    begin_waits(&b, calls, 60000);
    CHECK(test_app_until(all_wait, NULL));
    CHECK_I64(test_call(&b.t, &(TestCall){.op = "answer"}), 204);
    for (int i = 0; i < MORE_THAN_ALL_THREADS; i++) CHECK_I64(calls[i].status, 0);
    kill_launch(&b);
    check_waited(calls, LAUNCH_WAITED);
    begin_waits(&b, calls, 60000); /* it has ended: there is nothing to wait for */
    check_waited(calls, LAUNCH_WAITED);
    rig_stop(&b);
}

TEST(a_wait_reports_a_timeout_and_a_stopping_daemon) {
    LaunchRig b;
    TestCall calls[MORE_THAN_ALL_THREADS];
    rig_open(&b, &(TestAppConfig){.ops = waiting_lists});
    rig_run(&b, sleeper);
    begin_waits(&b, calls, 1);
    check_waited(calls, LAUNCH_WAIT_TIMED_OUT);
    begin_waits(&b, calls, 60000);
    CHECK(test_app_until(all_wait, NULL));
    rig_stop(&b);
    CHECK_I64(atomic_load(&waiting.how[LAUNCH_WAIT_CUT_OFF]), MORE_THAN_ALL_THREADS);
    rig_start(&b);
    kill_launch(&b);
    rig_check_ended(&b, "exited1");
    rig_stop(&b);
}

static void stop_hold(LaunchRig *b) { CHECK(kill((pid_t)rig_hold(b), SIGSTOP) == 0); }

/* Its child runs as the same user and can stop it. */
TEST(a_suspended_hold_receives_the_stop) {
    LaunchRig b;
    rig_open(&b, NULL);
    rig_launch(&b, sleeper);
    stop_hold(&b);
    launch_stop(&b.t.app, id_str(&b.launch), LAUNCH_STOP_KILL);
    rig_check_ended(&b, "exited1");
    rig_stop(&b);
    CHECK_I64(atomic_load(&owner_log.n_lost), 0);
}

TEST(a_suspended_hold_is_adopted) {
    LaunchRig b;
    rig_open(&b, NULL);
    rig_launch(&b, sleeper);
    stop_hold(&b);
    rig_stop(&b);
    rig_start(&b);
    CHECK(test_app_until(rig_has_child, &b));
    launch_stop(&b.t.app, id_str(&b.launch), LAUNCH_STOP_KILL);
    rig_check_ended(&b, "exited1");
    rig_stop(&b);
    CHECK_I64(atomic_load(&owner_log.n_lost), 0);
}

TEST(a_hold_that_was_lost_while_no_daemon_ran_is_recorded_once) {
    LaunchRig b;
    rig_open(&b, NULL);
    rig_launch(&b, sleeper);
    CHECK(test_app_until(is_first_line_written, &b));
    int64_t hold = rig_hold(&b);
    rig_stop(&b);
    CHECK(kill((pid_t)hold, SIGKILL) == 0);
    rig_start(&b);
    rig_check_ended(&b, "lost1");
    CHECK_STR(rig_written(&b), "first\n");
    CHECK_I64(atomic_load(&owner_log.n_lost), 1);
    rig_stop(&b);
}

TEST(a_launch_that_cannot_start_fails_with_the_reason) {
    LaunchRig b;
    rig_open(&b, &(TestAppConfig){.exe_dir = "/nonexistent"});
    rig_launch(&b, sleeper);
    rig_check_ended(&b, "failed1");
    CHECK_I64(atomic_load(&owner_log.n_lost), 1);
    CHECK(str_find(str(owner_log.why), STR("muster-hold"), &(size_t){0}));
    rig_stop(&b);
}

TEST(a_launch_whose_failure_cannot_be_stored_yet_ends_when_it_can) {
    LaunchRig b;
    rig_open(&b, &(TestAppConfig){.exe_dir = "/nonexistent"});
    atomic_store(&owner_log.n_refused, 1);
    rig_launch(&b, sleeper);
    rig_check_ended(&b, "failed1");
    CHECK_I64(atomic_load(&owner_log.n_lost), 1);
    rig_stop(&b);
}

enum { BEATS = 40, STORE_REST_US = 1000000 };

static bool is_last_in_log(void *arg) {
    LaunchRig *b = arg;
    char path[100];
    CLEANUP(buf_done) Buf log;
    buf_init(&log, TEST_TEXT_MAX);
    snprintf(path, sizeof path, "streams/%s/log.00000000000000000000", b->launch.text);
    return file_read(b->t.app.home_fd, path, &log, NULL) >= 0 && str_find(buf_str(&log), b->want, &(size_t){0});
}

/* However much the child writes in the meantime. */
TEST(a_refused_write_is_retried_after_a_pause) {
    static const char *const sed[] = {"sed", "-u", "s/^/said /", NULL};
    LaunchRig b;
    char line[32];
    rig_open(&b, NULL);
    rig_run(&b, sed);
    atomic_store(&owner_log.n_applied, 0);
    atomic_store(&owner_log.n_refused, INT_MAX);
    int64_t began_us = clock_mono_us();
    for (int i = 0; i < BEATS; i++) {
        snprintf(line, sizeof line, "%d\n", i);
        CHECK_I64(rig_input(&b, line), 0);
        b.want = arena_fmt(b.t.arena, "said %d\n", i);
        CHECK(test_app_until(is_last_in_log, &b));
    }
    int64_t rests = (clock_mono_us() - began_us) / STORE_REST_US, asked = atomic_load(&owner_log.n_applied);
    atomic_store(&owner_log.n_refused, 0);
    if (asked > rests + 2) test_fail(__FILE__, __LINE__, "asked %d times over %d rests", (int)asked, (int)rests);
    launch_stop(&b.t.app, id_str(&b.launch), LAUNCH_STOP_GRACEFUL);
    rig_check_ended(&b, "exited1");
    CHECK(str_ends(rig_written(&b), b.want));
    rig_stop(&b);
}

TEST(one_owner_has_one_launch_at_a_time) {
    static const char *const quick[] = {"true", NULL};
    LaunchRig b;
    rig_open(&b, NULL);
    rig_launch(&b, sleeper);
    Id first = b.launch;
    CHECK_I64(db_tx(b.t.app.db, DB_PERSON, rig_launch_tx, &b, NULL), -ERR_CONFLICT);
    b.launch = first;
    launch_stop(&b.t.app, id_str(&first), LAUNCH_STOP_KILL);
    rig_check_ended(&b, "exited1");
    rig_launch(&b, quick);
    rig_check_ended(&b, "exited1");
    rig_stop(&b);
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
    LaunchRig *b = arg;
    int64_t child = rig_child(b);
    if (child == 0) return false;
    Question q = {.launches = b->t.app.launches, .hold = process_parent(child)};
    loop_call(b->t.app.loop, ask_on_loop, &q);
    return q.is_known && q.who.role == ROLE_AGENT && str_is(str(q.who.owner), "one") &&
           str_is(str(q.who.id), b->launch.text);
}

TEST(a_living_hold_identifies_the_owner_of_its_descendants) {
    LaunchRig b;
    rig_open(&b, NULL);
    rig_launch(&b, sleeper);
    CHECK(test_app_until(knows_hold, &b));
    launch_stop(&b.t.app, id_str(&b.launch), LAUNCH_STOP_KILL);
    rig_check_ended(&b, "exited1");
    rig_stop(&b);
}
