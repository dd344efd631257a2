/* What goes wrong in the life of a launch: it fails with the reason, is lost, or goes on when it can; and no error that
 * passes makes a living program unseen. */
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/test.h"
#include "core/launch_input.h"
#include "core/launch_rig.h"
#include "core/launchlog.h"
#include "sys/fault.h"
#include "sys/file.h"
#include "sys/loop.h"

static const char *const quick[] = {"true", NULL}, *const cat[] = {"cat", NULL},
                         *const sleeper[] = {"sleep", "1000", NULL};

static const char *path_of(LaunchRig *b, const char *name) {
    return arena_fmt(b->t.arena, "%s/streams/%s/%s", b->home, b->launch.text, name).p;
}
static bool has_no_spec(void *rig) { return access(path_of(rig, "spec"), F_OK) < 0; }

static void kill_child(LaunchRig *b) {
    launch_stop(&b->t.app, id_str(&b->launch), LAUNCH_STOP_KILL);
    rig_check_ended(b, "exited1");
}

/* --- starting ------------------------------------------------------------------------------------------------ */

static void write_executable(const char *path, const char *text) {
    CLEANUP(fd_closep) int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
}

static void block_streams(LaunchRig *b) { write_executable(arena_fmt(b->t.arena, "%s/streams", b->home).p, ""); }
static void free_streams(LaunchRig *b) { CHECK(unlink(arena_fmt(b->t.arena, "%s/streams", b->home).p) == 0); }

static void refuse_environment(LaunchRig *b UNUSED) { atomic_store(&owner_log.has_no_environment, true); }
static void give_environment(LaunchRig *b UNUSED) { atomic_store(&owner_log.has_no_environment, false); }

static void fail_mkdir(LaunchRig *b UNUSED) { fault_arm(1, "file.mkdir"); }
static void fail_open(LaunchRig *b UNUSED) { fault_arm(1, "file.open"); }
static void fail_write(LaunchRig *b UNUSED) { fault_arm(1, "file.write"); }
static void fail_sync(LaunchRig *b UNUSED) { fault_arm(1, "file.sync"); }
static void fail_rename(LaunchRig *b UNUSED) { fault_arm(1, "file.rename"); }
static void fail_spawn(LaunchRig *b UNUSED) { fault_arm(1, "process.spawn"); }
static void disarm(LaunchRig *b UNUSED) { fault_arm(0, NULL); }

TEST(what_keeps_a_launch_from_starting_is_recorded_with_the_reason_and_the_next_one_starts) {
    static const struct {
        void (*breaks)(LaunchRig *b);
        void (*mends)(LaunchRig *b);
        const char *why;
    } rows[] = {
        {block_streams, free_streams, "streams"},
        {refuse_environment, give_environment, "no environment"},
        {fail_mkdir, disarm, "folder"},
        {fail_open, disarm, "spec"},
        {fail_write, disarm, "spec"},
        {fail_sync, disarm, "spec"},
        {fail_rename, disarm, "spec"},
        {fail_spawn, disarm, "muster-hold"},
    };
    LaunchRig b;
    rig_open(&b, NULL);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int n_lost = atomic_load(&owner_log.n_lost);
        rows[i].breaks(&b);
        rig_launch(&b, sleeper);
        rig_check_ended(&b, "failed1");
        rows[i].mends(&b);
        CHECK_I64(atomic_load(&owner_log.n_lost), n_lost + 1);
        if (!str_find(str(owner_log.why), str(rows[i].why), &(size_t){0}))
            test_fail(__FILE__, __LINE__, "\"%s\" does not name \"%s\"", owner_log.why, rows[i].why);
        CHECK(test_app_until(has_no_spec, &b)); /* the loop removes it after the write */
        rig_launch(&b, quick);
        rig_check_ended(&b, "exited1");
    }
    rig_stop(&b);
}

/* Programs in the place of muster-hold. */
static const char *fake_hold(LaunchRig *b, const char *text) {
    const char *folder = arena_fmt(b->t.arena, "%s/exe", b->home).p;
    CHECK(mkdir(folder, 0700) == 0);
    write_executable(arena_fmt(b->t.arena, "%s/muster-hold", folder).p, text);
    return folder;
}

static void open_with_hold(LaunchRig *b, const char *text) {
    rig_open(b, NULL);
    const char *folder = fake_hold(b, text);
    snprintf(b->exe_dir, sizeof b->exe_dir, "%s", folder);
    rig_stop(b);
    b->config.exe_dir = b->exe_dir;
    rig_start(b);
}

TEST(a_hold_that_dies_before_its_child_starts_is_a_loss) {
    LaunchRig b;
    open_with_hold(&b, "#!/bin/sh\n: > \"$1/lock\"; : > \"$1/log.00000000000000000000\"\n");
    rig_launch(&b, quick);
    rig_check_ended(&b, "lost1");
    CHECK_I64(atomic_load(&owner_log.n_lost), 1);
    CHECK(str_starts(str(owner_log.why), STR(LAUNCH_LOST_WHY)));
    rig_stop(&b);
}

/* It could still take the lock: only time shows whether it does. */
TEST(a_hold_that_never_takes_its_lock_is_a_loss_in_the_end) {
    LaunchRig b;
    open_with_hold(&b, "#!/bin/sh\nexit 1\n");
    rig_launch(&b, quick);
    rig_check_ended(&b, "lost1");
    CHECK_I64(atomic_load(&owner_log.n_lost), 1);
    rig_stop(&b);
}

static const Sql forget_launch = {"forget", "DELETE FROM launch", "test"};

static int launch_and_forget_tx(Tx *tx, void *arg, Err *e) {
    TRY(rig_launch_tx(tx, arg, e));
    return tx_run(tx, &forget_launch, DB_NONE, NULL, e);
}

typedef struct Look {
    LaunchRig *rig;
    size_t n_runs;
    bool is_busy;
} Look;

static void look_on_loop(void *arg) {
    Look *l = arg;
    Map *runs = &l->rig->t.app.launches->runs;
    size_t i = 0;
    l->n_runs = 0;
    l->is_busy = false;
    for (MapSlot *s; (s = map_next(runs, &i));) {
        l->n_runs++;
        l->is_busy |= ((const Run *)s->value)->n_jobs > 0;
    }
}

static Look look(LaunchRig *b) {
    Look l = {.rig = b};
    loop_call(b->t.app.loop, look_on_loop, &l);
    return l;
}

static bool has_no_run(void *rig) { return look(rig).n_runs == 0; }
static bool is_idle(void *rig) { return !look(rig).is_busy; }

TEST(a_launch_whose_row_is_gone_is_not_started) {
    LaunchRig b;
    rig_open(&b, NULL);
    b.argv = sleeper;
    test_write(&b.t, launch_and_forget_tx, &b);
    CHECK(test_app_until(has_no_run, &b));
    CHECK(test_app_until(has_no_spec, &b)); /* the loop removes it after the write */
    CHECK_I64(atomic_load(&owner_log.n_lost), 0);
    rig_stop(&b);
}

static int eight_tx(Tx *tx, void *arg, Err *e) {
    static const Sql rename = {"rename", "UPDATE launch SET owner_id = id", "test"};
    for (int i = 0; i < 8; i++) {
        TRY(rig_launch_tx(tx, arg, e));
        TRY(tx_run(tx, &rename, DB_NONE, NULL, e));
    }
    return 0;
}

static bool have_eight_ended(void *arg) {
    LaunchRig *b = arg;
    return str_is(test_cell(&b->t, "SELECT count(*) FROM launch WHERE state = 'exited'"), "8");
}

TEST(launches_for_which_no_thread_has_room_are_started_later) {
    LaunchRig b;
    rig_open(&b, &(TestAppConfig){.queue_max = 1});
    b.argv = quick;
    test_write(&b.t, eight_tx, &b);
    CHECK(test_app_until(have_eight_ended, &b));
    CHECK_I64(atomic_load(&owner_log.n_lost), 0);
    rig_stop(&b);
}

/* --- adopting ------------------------------------------------------------------------------------------------ */

/* If it were recorded as failed, its child would run on without anybody. */
TEST(a_hold_whose_lock_cannot_be_read_at_a_start_is_adopted_when_it_can) {
    LaunchRig b;
    rig_open(&b, NULL);
    rig_run(&b, cat);
    rig_stop(&b);
    char lock[600], kept[600];
    snprintf(lock, sizeof lock, "%s/streams/%s/lock", b.home, b.launch.text);
    snprintf(kept, sizeof kept, "%s.kept", lock);
    CHECK(rename(lock, kept) == 0 && symlink("/", lock) == 0); /* opening it is refused */
    rig_start(&b);
    CHECK(test_app_until(is_idle, &b)); /* it has tried */
    CHECK(!rig_has_ended(&b));
    CHECK(rename(kept, lock) == 0);
    CHECK(test_app_until(rig_has_child, &b));
    CHECK_I64(rig_input(&b, "hello\n"), 0);
    kill_child(&b);
    CHECK_I64(atomic_load(&owner_log.n_lost), 0);
    rig_stop(&b);
}

static int end_tx(Tx *tx, void *arg, Err *e) {
    static const Sql end = {"end", "UPDATE launch SET state = 'exited', ended_at = ?1", "test"};
    return tx_run(tx, &end, DB_ARGS(db_i64(tx_now(tx) - *(const int64_t *)arg)), NULL, e);
}

/* Without a daemon. */
static bool has_logged_exit(void *arg) {
    LaunchRig *b = arg;
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(fd_closep)
    int dirfd = open(arena_fmt(a, "%s/streams/%s", b->home, b->launch.text).p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CLEANUP(launchlog_closep) LaunchLog *log = NULL;
    LaunchBatch batch;
    Err e = {0};
    CHECK_OK(launchlog_open(dirfd, &log, &e), e);
    CHECK_OK(launchlog_read(log, 0, 1 << 20, a, &batch, &e), e);
    return batch.saw_exit;
}

/* As a daemon leaves it that is killed between the end and the bye. */
TEST(a_hold_of_an_ended_launch_gets_its_bye_at_the_next_start_whenever_that_is) {
    static const int64_t ago_us[] = {0, 30 * 86400 * 1000000ll};
    for (size_t i = 0; i < COUNT_OF(ago_us); i++) {
        int64_t ago = ago_us[i];
        LaunchRig b;
        rig_open(&b, NULL);
        rig_run(&b, cat);
        int64_t child = rig_child(&b);
        test_write(&b.t, end_tx, &ago);
        rig_stop(&b);
        CHECK(kill((pid_t)child, SIGKILL) == 0);
        CHECK(test_app_until(has_logged_exit, &b));
        CHECK(!rig_has_hold_left(&b));
        rig_start(&b);
        CHECK(test_app_until(rig_has_hold_left, &b));
        CHECK(test_app_until(has_no_run, &b));
        CHECK_I64(atomic_load(&owner_log.n_lost), 0);
        rig_stop(&b);
    }
}

/* Others would wait for the daemon's end as long as the hold is stopped. */
TEST(a_hold_that_does_not_take_its_bye_keeps_no_daemon_from_stopping_and_gets_it_at_the_next_start) {
    static const char *const reader[] = {"sh", "-c", "read x", NULL};
    LaunchRig b;
    rig_open(&b, NULL);
    atomic_store(&owner_log.ends_late, true); /* until the daemon stops: then the bye is sent */
    rig_run(&b, reader);
    int64_t hold = rig_hold(&b);
    CHECK_I64(rig_input(&b, "go\n"), 0);
    rig_check_ended(&b, "exited1");
    CHECK(kill((pid_t)hold, SIGSTOP) == 0);
    rig_stop(&b);
    CHECK(!rig_has_hold_left(&b));
    CHECK(kill((pid_t)hold, SIGCONT) == 0);
    atomic_store(&owner_log.ends_late, false);
    rig_start(&b);
    CHECK(test_app_until(rig_has_hold_left, &b));
    rig_stop(&b);
}

/* --- while it runs ------------------------------------------------------------------------------------------- */

static bool is_told_of_held(void *arg UNUSED) { return atomic_load(&owner_log.n_held) > 0; }

TEST(a_report_that_cannot_be_stored_is_repeated) {
    LaunchRig b;
    rig_open(&b, NULL);
    atomic_store(&owner_log.n_refused, 1); /* that the program has started */
    rig_run(&b, cat);
    CHECK(test_app_until(is_told_of_held, NULL));
    CHECK_I64(atomic_load(&owner_log.n_refused), 0);
    kill_child(&b);
    rig_stop(&b);
}

static int move_input_tx(Tx *tx, void *by, Err *e) {
    static const Sql move = {"move", "UPDATE launch_input SET n = n + ?1", "test"};
    return tx_run(tx, &move, DB_ARGS(db_i64(*(const int64_t *)by)), NULL, e);
}

static int input_and_move_tx(Tx *tx, void *rig, Err *e) {
    int64_t away = 1000;
    LaunchRig *b = rig;
    LaunchInput in = {id_str(&b->launch), STR("one\n"), "message", STR("m")};
    TRY(launch_add_input(&b->t.app, tx, &in, e));
    return move_input_tx(tx, &away, e);
}

static bool is_one_written(void *rig) { return str_is(rig_written(rig), "one\n"); }

TEST(an_input_that_cannot_be_read_is_sent_when_it_can) {
    int64_t back = -1000;
    LaunchRig b;
    rig_open(&b, NULL);
    rig_run(&b, cat);
    test_write(&b.t, input_and_move_tx, &b);
    CHECK(test_app_until(is_idle, &b)); /* it has tried */
    test_write(&b.t, move_input_tx, &back);
    CHECK(test_app_until(is_one_written, &b));
    kill_child(&b);
    rig_stop(&b);
}

static bool is_closed(void *rig) { return str_is(rig_written(rig), "closed\n"); }

/* The hold refuses them; nothing is lost but them. */
TEST(inputs_to_a_program_that_has_closed_its_input_keep_nothing_waiting) {
    static const char *const deaf[] = {"sh", "-c", "exec 0<&-; echo closed; exec sleep 1000", NULL};
    LaunchRig b;
    rig_open(&b, NULL);
    rig_run(&b, deaf);
    CHECK(test_app_until(is_closed, &b));
    for (int i = 0; i < 5; i++) CHECK_I64(rig_input(&b, "nobody reads this\n"), 0);
    CHECK(test_app_until(is_idle, &b));
    kill_child(&b);
    CHECK_I64(atomic_load(&owner_log.n_lost), 0);
    rig_stop(&b);
}
