/* The hold against real processes: streams, input, reconnects, ends. */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/holdspec.h"
#include "base/mem.h"
#include "base/test.h"
#include "hold/rig.h"

#define ARGV(...) ((const char *const[]){__VA_ARGS__, NULL})
#define SH(script) ARGV("/bin/sh", "-c", script)

static bool is_started(const Rig *r) { return r->head.pid > 0; }
static bool is_first_delivered(const Rig *r) { return r->head.delivered == 1; }

TEST(pipes_are_echoed_and_everything_is_in_the_log) {
    Rig r;
    HoldSpec spec = rig_spec(&r, SH("cat; echo oops >&2; exit 7"));
    rig_start(&r, &spec, false);
    CHECK_I64(rig_input_acked(&r, 1, STR("one\n")), HOLD_ACK_ACCEPTED);
    CHECK_I64(rig_input_acked(&r, 2, STR("two\n")), HOLD_ACK_ACCEPTED);
    rig_until_log(&r, HOLD_STDOUT, "two\n");
    rig_send(&r, &(HoldMsg){.type = HOLD_MSG_STOP, .grace_ms = 10000});
    CHECK_I64(rig_finish(&r), 0);
    CHECK_STR(rig_log(&r, HOLD_STDOUT), "one\ntwo\n");
    CHECK_STR(rig_log(&r, HOLD_STDERR), "oops\n");
    CHECK_STR(rig_log(&r, HOLD_INPUT), "one\ntwo\n");
    CHECK_STR(r.exit.reason, "stopped");
    CHECK_I64(r.exit.code, 7);
    HoldExit logged;
    CHECK(holdlog_exit_parse(rig_log(&r, HOLD_EXIT), &logged));
    CHECK_STR(logged.reason, "stopped");
    CHECK(rig_lock_is_free(&r));
    rig_done(&r);
}

TEST(a_pty_has_a_size_and_its_input_is_not_in_the_log) {
    Rig r;
    HoldSpec spec = rig_spec(&r, SH("stty -echo; stty size; read x; stty size; test -t 0 && echo terminal"));
    HoldSpecPty pty = {.rows = 33, .cols = 99};
    GIVE(HoldSpec, &spec, pty, &pty);
    rig_start(&r, &spec, false);
    rig_until_log(&r, HOLD_STDOUT, "33 99");
    rig_send(&r, &(HoldMsg){.type = HOLD_MSG_SIZE, .size = {.rows = 11, .cols = 22}});
    CHECK_I64(rig_input_acked(&r, 1, STR("secret\n")), HOLD_ACK_ACCEPTED);
    CHECK_I64(rig_finish(&r), 0);
    CHECK_STR(rig_log(&r, HOLD_STDOUT), "33 99\r\n11 22\r\nterminal\r\n");
    CHECK_STR(rig_log(&r, HOLD_INPUT), "");
    CHECK_I64(rig_count_frames(&r, HOLD_INPUT), 1);
    HoldSize size;
    CHECK(holdlog_size_parse(rig_log(&r, HOLD_RESIZE), &size));
    CHECK_I64(size.rows, 11);
    CHECK_I64(size.cols, 22);
    CHECK_STR(r.exit.reason, "exit");
    CHECK_I64(r.exit.code, 0);
    rig_done(&r);
}

static bool is_first_poke_acked(const Rig *r) { return r->poked == 4; }
static bool is_second_poke_acked(const Rig *r) { return r->poked == 9; }

/* Each connection counts its own. */
TEST(pokes_are_acknowledged_once_the_child_has_taken_them) {
    Rig r;
    HoldSpec spec = rig_spec(&r, SH("read a; read b; echo $a $b"));
    rig_start(&r, &spec, false);
    rig_until(&r, is_started);
    rig_send(&r, &(HoldMsg){.type = HOLD_MSG_POKE, .poke = STR("one\n")});
    rig_until(&r, is_first_poke_acked);
    rig_connect(&r);
    rig_send(&r, &(HoldMsg){.type = HOLD_MSG_POKE, .poke = STR("and two\n\n")});
    rig_until(&r, is_second_poke_acked);
    CHECK_I64(rig_finish(&r), 0);
    CHECK_STR(rig_log(&r, HOLD_STDOUT), "one and two\n");
    rig_done(&r);
}

/* The first program has its terminal by then, so the key reaches it. */
TEST(an_interrupt_directly_after_go_ends_a_program_on_a_pty) {
    static const char *const argv[] = {"sleep", "1000", NULL};
    for (int i = 0; i < 20; i++) {
        Rig r;
        HoldSpec spec = rig_spec(&r, argv);
        HoldSpecPty pty = {.rows = 24, .cols = 80};
        GIVE(HoldSpec, &spec, pty, &pty);
        rig_start(&r, &spec, false);
        rig_send(&r, &(HoldMsg){.type = HOLD_MSG_POKE, .poke = STR("\x03")});
        CHECK_I64(rig_finish(&r), 0);
        CHECK_I64(r.exit.signal, SIGINT);
        rig_done(&r);
    }
}

TEST(inputs_are_taken_in_order_and_only_once) {
    Rig r;
    HoldSpec spec = rig_spec(&r, ARGV("cat"));
    rig_start(&r, &spec, false);
    CHECK_I64(rig_input_acked(&r, 2, STR("early")), HOLD_ACK_GAP);
    CHECK_I64(rig_input_acked(&r, 1, STR("a")), HOLD_ACK_ACCEPTED);
    CHECK_I64(rig_input_acked(&r, 1, STR("again")), HOLD_ACK_KNOWN);
    CHECK_I64(rig_input_acked(&r, 3, STR("early")), HOLD_ACK_GAP);
    CHECK_I64(rig_input_acked(&r, 2, STR("")), HOLD_ACK_ACCEPTED);
    CHECK_I64(rig_input_acked(&r, 3, STR("b")), HOLD_ACK_ACCEPTED);
    CHECK_I64(rig_part_acked(&r, &(HoldInput){.n = 4, .total = 10, .at = 5, .bytes = STR("tail!")}), HOLD_ACK_BAD);
    CHECK_I64(rig_part_acked(&r, &(HoldInput){.n = 4, .total = HOLD_INPUT_MAX + 1, .bytes = STR("x")}), HOLD_ACK_BAD);
    rig_until_log(&r, HOLD_STDOUT, "ab");
    rig_send(&r, &(HoldMsg){.type = HOLD_MSG_STOP, .grace_ms = 10000});
    CHECK_I64(rig_finish(&r), 0);
    CHECK_STR(rig_log(&r, HOLD_STDOUT), "ab");
    rig_done(&r);
}

TEST(an_input_of_16_mib_arrives_whole_and_a_larger_one_is_refused) {
    Rig r;
    HoldSpec spec = rig_spec(&r, SH("sleep 0.2; wc -c; exit 0"));
    rig_start(&r, &spec, false);
    CLEANUP(free_p) char *bytes = mu_alloc(HOLD_INPUT_MAX);
    memset(bytes, 'x', HOLD_INPUT_MAX);
    CHECK_I64(rig_input_acked(&r, 1, str_n(bytes, HOLD_INPUT_MAX)), HOLD_ACK_ACCEPTED);
    rig_until(&r, is_first_delivered);
    rig_send(&r, &(HoldMsg){.type = HOLD_MSG_STOP, .grace_ms = 10000});
    CHECK_I64(rig_finish(&r), 0);
    CHECK_STR(rig_log(&r, HOLD_STDOUT), "16777216\n");
    CHECK_I64(rig_log(&r, HOLD_INPUT).n, HOLD_INPUT_MAX);
    rig_done(&r);
}

TEST(a_poke_overtakes_an_input_that_waits_but_never_cuts_one) {
    Rig r;
    char fifo[300];
    snprintf(fifo, sizeof fifo, "%s/fifo", test_dir());
    CHECK(mkfifo(fifo, 0600) == 0);
    /* The child reads its stdin only after the fifo is written: until then input 1 stays half written. */
    HoldSpec spec = rig_spec(&r, ARGV("/bin/sh", "-c", "read go <\"$0\"; cat", fifo));
    rig_start(&r, &spec, false);
    enum { LARGE = 1 << 20 };
    CLEANUP(free_p) char *bytes = mu_alloc(LARGE);
    memset(bytes, 'x', LARGE);
    CHECK_I64(rig_input_acked(&r, 1, str_n(bytes, LARGE)), HOLD_ACK_ACCEPTED);
    rig_input(&r, 2, STR("two"));
    rig_send(&r, &(HoldMsg){.type = HOLD_MSG_POKE, .poke = STR("poke")});
    CLEANUP(fd_closep) int fd = open(fifo, O_WRONLY | O_CLOEXEC);
    CHECK(fd >= 0 && write(fd, "go\n", 3) == 3);
    rig_until_log(&r, HOLD_STDOUT, "two");
    Str out = rig_log(&r, HOLD_STDOUT);
    CHECK_I64(out.n, LARGE + 7);
    CHECK_STR(str_from(out, LARGE), "poketwo");
    rig_send(&r, &(HoldMsg){.type = HOLD_MSG_STOP, .grace_ms = 10000});
    CHECK_I64(rig_finish(&r), 0);
    CHECK_I64(rig_count_frames(&r, HOLD_INPUT), 18); /* 17 of 65,520 bytes at most, and "two" */
    rig_done(&r);
}

/* A client that is killed in the middle of an input, as by kill -9 of the daemon. */
static void send_half_and_die(const Rig *r, uint64_t n) {
    pid_t client = fork();
    if (client == 0) {
        Rig own = *r;
        own.sock = -1;
        own.arena = arena_new();
        rig_connect(&own);
        rig_send(&own, &(HoldMsg){.type = HOLD_MSG_INPUT, .input = {.n = n, .total = 10, .bytes = STR("half")}});
        kill(getpid(), SIGKILL);
    }
    CHECK(client > 0 && waitpid(client, NULL, 0) == client);
}

TEST(the_hold_continues_when_its_client_is_killed) {
    Rig r;
    HoldSpec spec = rig_spec(&r, ARGV("cat"));
    rig_start(&r, &spec, false);
    CHECK_I64(rig_input_acked(&r, 1, STR("one ")), HOLD_ACK_ACCEPTED);
    rig_disconnect(&r);
    send_half_and_die(&r, 2);
    rig_connect(&r);
    CHECK_I64(r.head.last_input, 1);
    CHECK(r.head.flags & HOLD_IS_STARTED);
    rig_send(&r, &(HoldMsg){.type = HOLD_MSG_GO}); /* again, as a restarted daemon does */
    CHECK_I64(rig_input_acked(&r, 2, STR("whole ")), HOLD_ACK_ACCEPTED);
    CHECK_I64(rig_input_acked(&r, 3, STR("three")), HOLD_ACK_ACCEPTED);
    rig_until_log(&r, HOLD_STDOUT, "three");
    CHECK_STR(rig_log(&r, HOLD_STDOUT), "one whole three");
    rig_send(&r, &(HoldMsg){.type = HOLD_MSG_STOP, .grace_ms = 10000});
    CHECK_I64(rig_finish(&r), 0);
    rig_done(&r);
}

TEST(a_new_client_replaces_the_old_one_and_a_stranger_does_not) {
    Rig r;
    HoldSpec spec = rig_spec(&r, ARGV("cat"));
    rig_start(&r, &spec, false);
    int stranger = rig_connect_raw(&r);
    CLEANUP(buf_done) Buf hello;
    buf_init(&hello, 1024);
    holdwire_put(&hello, &(HoldMsg){.type = HOLD_MSG_HELLO,
                                    .hello = {.version = 1, .launch = spec.launch, .nonce = STR("wrong")}});
    CHECK(write(stranger, hello.p, hello.n) == (ssize_t)hello.n);
    char c;
    CHECK_I64(read(stranger, &c, 1), 0); /* closed without an answer */
    close(stranger);
    CHECK_I64(rig_input_acked(&r, 1, STR("still served ")), HOLD_ACK_ACCEPTED);
    int old = r.sock;
    r.sock = -1;
    rig_connect(&r);
    while (read(old, &c, 1) > 0) continue;
    close(old);
    CHECK_I64(rig_input_acked(&r, 2, STR("and again")), HOLD_ACK_ACCEPTED);
    rig_send(&r, &(HoldMsg){.type = HOLD_MSG_KILL});
    CHECK_I64(rig_finish(&r), 0);
    rig_done(&r);
}

TEST(unknown_messages_are_ignored_and_broken_ones_end_only_the_connection) {
    Rig r;
    HoldSpec spec = rig_spec(&r, ARGV("cat"));
    rig_start(&r, &spec, false);
    rig_send_raw(&r, STR("\x03\x00\x00\x00\xc8"
                         "new"));
    CHECK_I64(rig_input_acked(&r, 1, STR("x")), HOLD_ACK_ACCEPTED);
    rig_send_raw(&r, STR("\xff\xff\xff\xff\x02"));
    char c;
    while (read(r.sock, &c, 1) > 0) continue;
    rig_connect(&r);
    CHECK_I64(r.head.last_input, 1);
    rig_send(&r, &(HoldMsg){.type = HOLD_MSG_KILL});
    CHECK_I64(rig_finish(&r), 0);
    rig_done(&r);
}

/* The program has no process group of its own yet when the order arrives, and must still get the signal. */
TEST(a_stop_directly_after_go_takes_effect_at_once) {
    for (int i = 0; i < 20; i++) {
        Rig r;
        HoldSpec spec = rig_spec(&r, ARGV("sleep", "1000"));
        HoldSpecPty pty = {.rows = 24, .cols = 80};
        GIVE(HoldSpec, &spec, pty, &pty);
        rig_start(&r, &spec, true);
        CLEANUP(buf_done) Buf orders;
        buf_init(&orders, 1024);
        CHECK(holdwire_put(&orders, &(HoldMsg){.type = HOLD_MSG_GO}));
        CHECK(holdwire_put(&orders, &(HoldMsg){.type = HOLD_MSG_STOP, .grace_ms = RIG_WAIT_MS / 2}));
        rig_send_raw(&r, buf_str(&orders));
        CHECK_I64(rig_finish(&r), 0);
        CHECK_STR(r.exit.reason, "stopped");
        CHECK_I64(r.exit.signal, SIGHUP);
        rig_done(&r);
    }
}

/* The child keeps the user's niceness and scheduling class, whatever the hold sets for itself. */
TEST(the_child_runs_with_the_priority_of_its_user) {
    static const struct { int policy, nice; } cases[] = {{SCHED_OTHER, 17}, {SCHED_BATCH, 18}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Rig r;
        HoldSpec spec = rig_spec(&r, ARGV("cat"));
        r.policy = cases[i].policy;
        r.niceness = cases[i].nice;
        rig_start(&r, &spec, false);
        rig_until(&r, is_started);
        CHECK_I64(rig_input_acked(&r, 1, STR("x")), HOLD_ACK_ACCEPTED);
        rig_until_log(&r, HOLD_STDOUT, "x");
        CHECK_I64(getpriority(PRIO_PROCESS, (id_t)r.head.pid), cases[i].nice);
        CHECK_I64(sched_getscheduler(r.head.pid), cases[i].policy);
        rig_send(&r, &(HoldMsg){.type = HOLD_MSG_KILL});
        CHECK_I64(rig_finish(&r), 0);
        rig_done(&r);
    }
}

/* Where it cannot create a cgroup, the hold writes its tree to a file for the daemon's sweep. Here it cannot, because a
 * folder of that name exists already. */
TEST(without_a_cgroup_the_tree_is_written_to_a_file) {
    Rig r;
    char path[600], note[300], want[64], text[256] = {0};
    HoldSpec spec = rig_spec(&r, ARGV("cat"));
    bool is_taken = rig_take_cgroup(&spec, path, sizeof path);
    rig_start(&r, &spec, false);
    rig_until(&r, is_started);
    snprintf(note, sizeof note, "%s/tree", r.dir);
    snprintf(want, sizeof want, "%d ", r.head.pid);
    int64_t until = clock_mono_us() + (int64_t)RIG_WAIT_MS * 1000;
    while (!str_starts(str(text), str(want)) && clock_mono_us() < until) {
        CLEANUP(fd_closep) int fd = open(note, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || read(fd, text, sizeof text - 1) <= 0) poll(NULL, 0, 5);
    }
    CHECK(str_starts(str(text), str(want)));
    rig_send(&r, &(HoldMsg){.type = HOLD_MSG_KILL});
    CHECK_I64(rig_finish(&r), 0);
    CHECK(access(note, F_OK) < 0);
    CHECK(!is_taken || rmdir(path) == 0);
    rig_done(&r);
}

/* proc(5): the files of a process that is not dumpable belong to root. */
static uid_t owner_of_environment(pid_t pid) {
    char path[64];
    struct stat st;
    snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
    CHECK(stat(path, &st) == 0);
    return st.st_uid;
}

TEST(the_same_user_cannot_inspect_a_hold_but_can_inspect_its_child) {
    if (geteuid() == 0) test_skip("root may inspect every process");
    Rig r;
    HoldSpec spec = rig_spec(&r, ARGV("cat"));
    rig_start(&r, &spec, false);
    rig_until(&r, is_started);
    CHECK_I64(rig_input_acked(&r, 1, STR("x")), HOLD_ACK_ACCEPTED);
    rig_until_log(&r, HOLD_STDOUT, "x");
    CHECK(owner_of_environment(r.hold) != geteuid());
    CHECK_I64(owner_of_environment(r.head.pid), geteuid());
    rig_send(&r, &(HoldMsg){.type = HOLD_MSG_KILL});
    CHECK_I64(rig_finish(&r), 0);
    rig_done(&r);
}

typedef struct EndCase {
    const char *script, *reason;
    int code, signal;
} EndCase;

TEST(the_exit_says_what_happened) {
    static const EndCase cases[] = {
        {"exit 0", "exit", 0, 0},
        {"exit 42", "exit", 42, 0},
        {"kill -SEGV $$", "signal", -1, SIGSEGV},
        {"kill -KILL $$", "signal", -1, SIGKILL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Rig r;
        HoldSpec spec = rig_spec(&r, SH(cases[i].script));
        rig_start(&r, &spec, false);
        CHECK_I64(rig_finish(&r), 0);
        CHECK_STR(r.exit.reason, cases[i].reason);
        CHECK_I64(r.exit.code, cases[i].code);
        CHECK_I64(r.exit.signal, cases[i].signal);
        CHECK_I64(r.exit.survivors, 0);
        rig_done(&r);
    }
}

TEST(a_program_that_is_missing_or_a_folder_that_is_gone_is_named) {
    static const struct {
        const char *program, *cwd, *text;
    } cases[] = {
        {"no-such-program", "/", "exec: no-such-program: No such file or directory"},
        {"/etc/passwd", "/", "exec: /etc/passwd: Permission denied"},
        {"true", "/no/such/folder", "chdir: /no/such/folder: No such file or directory"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Rig r;
        HoldSpec spec = rig_spec(&r, ARGV(cases[i].program));
        spec.cwd = str(cases[i].cwd);
        rig_start(&r, &spec, false);
        CHECK_I64(rig_finish(&r), 0);
        CHECK_STR(r.exit.reason, "exec_failed");
        CHECK_STR(r.exit.text, cases[i].text);
        rig_done(&r);
    }
}

TEST(a_child_that_ignores_every_request_is_killed) {
    Rig r;
    HoldSpec spec = rig_spec(&r, ARGV(VICTIM_EXE, "deaf"));
    rig_start(&r, &spec, false);
    rig_until_log(&r, HOLD_STDOUT, "deaf");
    rig_send(&r, &(HoldMsg){.type = HOLD_MSG_STOP, .grace_ms = 50});
    CHECK_I64(rig_finish(&r), 0);
    CHECK_STR(r.exit.reason, "stopped");
    CHECK_I64(r.exit.signal, SIGKILL);
    rig_done(&r);
}

static void check_lock_of_victim_is_free(const char *path) {
    CLEANUP(fd_closep) int fd = open(path, O_RDWR | O_CLOEXEC);
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    CHECK(fd >= 0 && fcntl(fd, F_OFD_SETLK, &whole) == 0);
}

TEST(neither_a_new_session_nor_an_empty_environment_escapes) {
    static const HoldMsg ends[] = {{.type = HOLD_MSG_STOP, .grace_ms = 2000}, {.type = HOLD_MSG_KILL}};
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        Rig r;
        char path[300];
        snprintf(path, sizeof path, "%s/escaped-%zu", test_dir(), i);
        HoldSpec spec = rig_spec(&r, ARGV(VICTIM_EXE, "escape", path));
        rig_start(&r, &spec, false);
        rig_until_log(&r, HOLD_STDOUT, "escaped");
        rig_send(&r, &ends[i]);
        CHECK_I64(rig_finish(&r), 0);
        check_lock_of_victim_is_free(path);
        CHECK_I64(r.exit.survivors, 0);
        rig_done(&r);
    }
}

TEST(background_processes_die_with_the_child_unless_they_are_kept) {
    char path[300];
    snprintf(path, sizeof path, "%s/stay", test_dir());
    close(open(path, O_CREAT | O_CLOEXEC, 0600));
    Rig r;
    HoldSpec spec = rig_spec(&r, ARGV(VICTIM_EXE, "leave", path));
    rig_start(&r, &spec, false);
    CHECK_I64(rig_finish(&r), 0);
    rig_done(&r);

    spec = rig_spec(&r, ARGV(VICTIM_EXE, "leave", path));
    GIVE(HoldSpec, &spec, keep_background, true);
    rig_start(&r, &spec, false);
    rig_until(&r, rig_has_exit);
    rig_send(&r, &(HoldMsg){.type = HOLD_MSG_BYE});
    CHECK(!rig_lock_is_free(&r)); /* the hold lives as long as the process it keeps */
    CHECK(unlink(path) == 0);
    CHECK_I64(rig_reap(&r), 0);
    CHECK_STR(rig_log(&r, HOLD_STDOUT), ""); /* written after the exit: drained, not kept */
    rig_done(&r);
}

TEST(a_launch_that_is_stopped_before_go_never_runs) {
    Rig r;
    HoldSpec spec = rig_spec(&r, SH("echo ran"));
    rig_start(&r, &spec, true);
    rig_send(&r, &(HoldMsg){.type = HOLD_MSG_STOP});
    rig_send(&r, &(HoldMsg){.type = HOLD_MSG_GO});
    CHECK_I64(rig_finish(&r), 0);
    CHECK_STR(r.exit.reason, "stopped");
    CHECK_I64(r.exit.code, -1);
    CHECK_STR(rig_log(&r, HOLD_STDOUT), "");
    rig_done(&r);
}

TEST(without_go_the_hold_gives_up) {
    Rig r;
    HoldSpec spec = rig_spec(&r, SH("echo ran"));
    rig_start(&r, &spec, true);
    rig_until(&r, rig_is_closed);
    CHECK_I64(rig_reap(&r), 0);
    HoldExit logged;
    CHECK(holdlog_exit_parse(rig_log(&r, HOLD_EXIT), &logged));
    CHECK_STR(logged.reason, "not_started");
    rig_done(&r);
}

TEST(a_launch_runs_once_and_in_one_hold) {
    Rig r;
    HoldSpec spec = rig_spec(&r, ARGV("cat"));
    rig_start(&r, &spec, false);
    for (int round = 0; round < 2; round++) {
        pid_t second = fork();
        if (second == 0) {
            CLEANUP(fd_closep) int null = open("/dev/null", O_WRONLY);
            dup2(null, 2);
            execl(HOLD_EXE, "muster-hold", r.dir, (char *)NULL);
            _exit(126);
        }
        int status;
        CHECK(waitpid(second, &status, 0) == second);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1);
        if (round > 0) break;
        /* The first hold was still running; now the same with only its log left. */
        CHECK_I64(rig_input_acked(&r, 1, STR("x")), HOLD_ACK_ACCEPTED);
        rig_send(&r, &(HoldMsg){.type = HOLD_MSG_STOP, .grace_ms = 10000});
        CHECK_I64(rig_finish(&r), 0);
    }
    CHECK_STR(rig_log(&r, HOLD_STDOUT), "x");
    rig_done(&r);
}

TEST(a_killed_hold_releases_its_lock_and_its_child_dies_with_it) {
    Rig r;
    HoldSpec spec = rig_spec(&r, SH("echo up; exec sleep 1000"));
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    rig_start(&r, &spec, false);
    rig_until(&r, is_started);
    rig_until_log(&r, HOLD_STDOUT, "up");
    CHECK(!rig_lock_is_free(&r));
    kill(r.hold, SIGKILL);
    CHECK(waitpid(r.hold, NULL, 0) == r.hold);
    r.hold = 0;
    CHECK(rig_lock_is_free(&r));
    int status;
    CHECK(waitpid(r.head.pid, &status, 0) == r.head.pid); /* inherited by us, the subreaper */
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    rig_done(&r);
}

/* Counts the targets of a process's descriptors, except 0, 1 and 2, which belong to this program. */
static void describe_fds(pid_t pid, Buf *out) {
    static const char *const kinds[] = {
        "/lock", "/log.", "signalfd", "socket:", "pipe:", "/dev/ptmx", "/muster-lch_", "/lch_"};
    char path[64], target[512];
    unsigned counts[COUNT_OF(kinds) + 1] = {0};
    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    DIR *dir = opendir(path);
    CHECK(dir);
    struct dirent *entry;
    while ((entry = readdir(dir))) {
        ssize_t n = readlinkat(dirfd(dir), entry->d_name, target, sizeof target - 1);
        bool is_standard = strchr("012", entry->d_name[0]) && !entry->d_name[1];
        if (n < 0 || is_standard) continue;
        target[n] = 0;
        size_t kind = 0;
        while (kind < COUNT_OF(kinds) && !strstr(target, kinds[kind])) kind++;
        counts[kind]++;
    }
    closedir(dir);
    for (size_t i = 0; i <= COUNT_OF(kinds); i++) {
        bool is_cgroup = i == 6; /* only where one could be created */
        if (counts[i] && !is_cgroup) buf_add_fmt(out, "%s %u, ", i < COUNT_OF(kinds) ? kinds[i] : "other", counts[i]);
    }
}

static void check_fds(const HoldSpec *spec, Rig *r, const char *answer, const char *want) {
    rig_start(r, spec, false);
    CHECK_I64(rig_input_acked(r, 1, STR("x\n")), HOLD_ACK_ACCEPTED);
    rig_until_log(r, HOLD_STDOUT, answer);
    CLEANUP(buf_done) Buf got;
    buf_init(&got, 4096);
    describe_fds(r->hold, &got);
    CHECK_STR(buf_str(&got), want);
    rig_send(r, &(HoldMsg){.type = HOLD_MSG_KILL});
    CHECK_I64(rig_finish(r), 0);
    rig_done(r);
}

TEST(the_hold_has_only_the_descriptors_that_its_header_lists) {
    if (geteuid() != 0) test_skip("only root may list the descriptors of a hold");
    Rig r;
    HoldSpec spec = rig_spec(&r, ARGV("cat"));
    check_fds(&spec, &r, "x\n", "/lock 1, /log. 1, signalfd 1, socket: 2, pipe: 3, /lch_ 1, ");
    spec = rig_spec(&r, ARGV("cat"));
    HoldSpecPty pty = {.rows = 24, .cols = 80};
    GIVE(HoldSpec, &spec, pty, &pty);
    check_fds(&spec, &r, "x\r\nx\r\n", "/lock 1, /log. 1, signalfd 1, socket: 2, /dev/ptmx 1, /lch_ 1, ");
}

/* The child has only its own descriptors: none of the hold's, none of the test's. */
TEST(the_child_has_three_descriptors_and_its_environment_and_nothing_else) {
    Rig r;
    HoldSpec spec =
        rig_spec(&r, SH("ls /proc/self/fd | wc -l; env | sort; cat /proc/self/status | grep -E 'SigBlk|SigIgn'"));
    CLEANUP(fd_closep) int inherited UNUSED = open("/dev/null", O_RDONLY); /* without close-on-exec */
    rig_start(&r, &spec, false);
    CHECK_I64(rig_finish(&r), 0);
    Str out = rig_log(&r, HOLD_STDOUT), line;
    CHECK(str_split(&out, '\n', &line));
    CHECK_STR(line, "4"); /* 0, 1, 2 and ls's own folder */
    CHECK(str_split(&out, '\n', &line) && str_starts(line, STR("MUSTER_LAUNCH=lch_")));
    CHECK(str_split(&out, '\n', &line));
    CHECK_STR(line, "PATH=/usr/bin:/bin");
    CHECK(str_split(&out, '\n', &line));
    CHECK_STR(line, "PWD=/"); /* the shell's own */
    CHECK_STR(out, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
    rig_done(&r);
}
