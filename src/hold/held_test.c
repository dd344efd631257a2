/* Held output: a reader that lags, a terminal that is not read, a full disk. No byte of a pipe is ever lost. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/test.h"
#include "hold/rig.h"

#define ARGV(...) ((const char *const[]){__VA_ARGS__, NULL})

enum { FLOOD = 8 << 20, LINE = 16 };

static void check_flood(Str out, size_t n) {
    CHECK_I64(out.n, n);
    for (size_t i = 0; i < n / LINE; i++) {
        char want[LINE + 1];
        snprintf(want, sizeof want, "%015zu\n", i);
        if (memcmp(out.p + i * LINE, want, LINE) != 0) test_fail(__FILE__, __LINE__, "line %zu is wrong", i);
    }
}

static bool is_backlogged(const Rig *r) { return r->head.flags & HOLD_IS_BACKLOGGED; }
static bool is_full(const Rig *r) { return r->head.flags & HOLD_IS_FULL; }
static bool has_second_ack(const Rig *r) { return r->n_acks == 2; }

static bool is_suspended(const Rig *r) { return r->head.flags & HOLD_IS_SUSPENDED; }
static bool is_continued(const Rig *r) { return !is_suspended(r); }

static bool is_backlogged_or_over(const Rig *r) { return r->has_exit || is_backlogged(r); }

TEST(a_flood_waits_for_a_reader_that_lags_and_nothing_is_lost) {
    Rig r;
    HoldSpec spec = rig_spec(&r, ARGV(VICTIM_EXE, "flood", "8388608"));
    GIVE(HoldSpec, &spec, backlog_cap_bytes, 1 << 20);
    GIVE(HoldSpec, &spec, log_segment_bytes, 256 << 10);
    rig_start(&r, &spec, false);
    unsigned n_held = 0;
    while (rig_until(&r, is_backlogged_or_over), !r.has_exit) {
        n_held++;
        CHECK(r.head.head <= r.head.first + FLOOD * 2);
        rig_send(&r, &(HoldMsg){.type = HOLD_MSG_SET_DERIVED, .derived = r.head.head});
        r.head.flags = 0; /* until the hold reports them again */
    }
    CHECK(n_held >= FLOOD / (1 << 20) - 1);
    CHECK_I64(rig_finish(&r), 0);
    CHECK_STR(r.exit.reason, "exit");
    check_flood(rig_log(&r, HOLD_STDOUT), FLOOD);
    rig_done(&r);
}

TEST(a_child_that_a_signal_stops_is_reported_until_it_is_continued) {
    Rig r;
    HoldSpec spec = rig_spec(&r, ARGV("sh", "-c", "kill -STOP $$; echo on; exec cat"));
    rig_start(&r, &spec, false);
    rig_until(&r, is_suspended);
    rig_send(&r, &(HoldMsg){.type = HOLD_MSG_SIGNAL, .signal = {.signal = SIGCONT}});
    rig_until(&r, is_continued);
    rig_until_log(&r, HOLD_STDOUT, "on");
    rig_send(&r, &(HoldMsg){.type = HOLD_MSG_SIGNAL, .signal = {.signal = SIGSTOP}});
    rig_until(&r, is_suspended);
    rig_send(&r, &(HoldMsg){.type = HOLD_MSG_KILL});
    CHECK_I64(rig_finish(&r), 0);
    CHECK_STR(rig_log(&r, HOLD_STDOUT), "on\n");
    rig_done(&r);
}

TEST(a_held_child_can_be_killed_and_what_it_wrote_is_kept) {
    Rig r;
    HoldSpec spec = rig_spec(&r, ARGV(VICTIM_EXE, "flood", "8388608"));
    GIVE(HoldSpec, &spec, backlog_cap_bytes, 1 << 20);
    rig_start(&r, &spec, false);
    rig_until(&r, is_backlogged);
    rig_send(&r, &(HoldMsg){.type = HOLD_MSG_KILL});
    CHECK_I64(rig_finish(&r), 0);
    Str out = rig_log(&r, HOLD_STDOUT);
    CHECK(out.n >= 1 << 20);
    CHECK_I64(r.exit.lost, 0);
    check_flood(str_upto(out, out.n / LINE * LINE), out.n / LINE * LINE);
    rig_done(&r);
}

TEST(a_terminal_drops_its_oldest_segments_and_logs_the_gap) {
    Rig r;
    HoldSpec spec = rig_spec(&r, ARGV("/bin/sh", "-c", "exec \"$0\" flood 4194304", VICTIM_EXE));
    HoldSpecPty pty = {.rows = 24, .cols = 80};
    GIVE(HoldSpec, &spec, pty, &pty);
    GIVE(HoldSpec, &spec, log_segment_bytes, 128 << 10);
    GIVE(HoldSpec, &spec, terminal_cap_bytes, 1 << 20);
    GIVE(HoldSpec, &spec, backlog_cap_bytes, 1 << 20); /* a terminal is not held for it */
    rig_start(&r, &spec, false);
    CHECK_I64(rig_finish(&r), 0);
    Str out = rig_log(&r, HOLD_STDOUT), tail = STR("000000000262143\r\n");
    CHECK(str_ends(out, tail));
    CHECK(out.n <= (1 << 20) + (256 << 10));
    HoldGap gap;
    CHECK(holdlog_gap_parse(rig_log(&r, HOLD_GAP), &gap));
    CHECK(gap.to > gap.from);
    rig_done(&r);
}

/* ---- A full disk ---- */

/* Uses up the free space of the file system. */
static void fill(const char *dir, const char *name) {
    char path[600], block[4096] = {0};
    snprintf(path, sizeof path, "%s/%s", dir, name);
    CLEANUP(fd_closep) int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    CHECK(fd >= 0);
    while (write(fd, block, sizeof block) > 0) continue;
}

static void start_on_small_disk(Rig *r, HoldSpec *spec, const char *disk) {
    snprintf(r->dir, sizeof r->dir, "%s/launch", disk);
    CHECK(mkdir(r->dir, 0700) == 0);
    rig_start_here(r, spec, false);
}

TEST(a_full_disk_holds_the_child_until_there_is_room_and_nothing_is_lost) {
    char ballast[600];
    const char *disk = test_disk("full-a", "16m");
    Rig r;
    HoldSpec spec = rig_spec(&r, ARGV(VICTIM_EXE, "flood", "8388608"));
    snprintf(ballast, sizeof ballast, "%s/ballast", disk);
    CLEANUP(fd_closep) int fd = open(ballast, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && posix_fallocate(fd, 0, 12 << 20) == 0);
    start_on_small_disk(&r, &spec, disk);
    rig_until(&r, is_full);
    CHECK(r.head.pid > 0);
    CHECK(ftruncate(fd, 0) == 0);
    CHECK_I64(rig_finish(&r), 0);
    CHECK_STR(r.exit.reason, "exit");
    check_flood(rig_log(&r, HOLD_STDOUT), FLOOD);
    rig_done(&r);
    fd_closep(&fd);
    test_disk_done(disk);
}

TEST(a_kill_on_a_full_disk_still_writes_the_exit_and_counts_what_is_lost) {
    const char *disk = test_disk("full-b", "2m");
    Rig r;
    HoldSpec spec = rig_spec(&r, ARGV(VICTIM_EXE, "flood", "8388608"));
    start_on_small_disk(&r, &spec, disk);
    rig_until(&r, is_full);
    fill(disk, "rest");
    rig_send(&r, &(HoldMsg){.type = HOLD_MSG_KILL});
    CHECK_I64(rig_finish(&r), 0);
    CHECK_STR(r.exit.reason, "killed");
    CHECK(r.exit.lost > 0);
    HoldExit logged;
    CHECK(holdlog_exit_parse(rig_log(&r, HOLD_EXIT), &logged));
    CHECK_I64(logged.lost, r.exit.lost);
    Str out = rig_log(&r, HOLD_STDOUT);
    check_flood(str_upto(out, out.n / LINE * LINE), out.n / LINE * LINE);
    rig_done(&r);
    test_disk_done(disk);
}

/* Else every screen that is drawn from the log would have the old size from there on. */
TEST(a_size_that_is_asked_for_on_a_full_disk_is_in_the_log_before_the_program_has_it) {
    char ballast[600];
    const char *disk = test_disk("full-d", "8m");
    Rig r;
    HoldSpec spec =
        rig_spec(&r, ARGV("sh", "-c", "stty -echo; head -c 2000000 /dev/zero | tr '\\0' x; read x; stty size"));
    HoldSpecPty pty = {.rows = 33, .cols = 99};
    GIVE(HoldSpec, &spec, pty, &pty);
    fill(disk, "rest");
    snprintf(ballast, sizeof ballast, "%s/rest", disk);
    CHECK(truncate(ballast, 7 << 20) == 0);
    start_on_small_disk(&r, &spec, disk);
    rig_until(&r, is_full);
    rig_send(&r, &(HoldMsg){.type = HOLD_MSG_SIZE, .size = {.rows = 11, .cols = 22}});
    rig_send(&r, &(HoldMsg){.type = HOLD_MSG_SIZE, .size = {.rows = 12, .cols = 24}});
    CHECK_I64(rig_count_frames(&r, HOLD_RESIZE), 0);
    rig_send(&r, &(HoldMsg){.type = HOLD_MSG_POKE, .poke = STR("\n")});
    CHECK(unlink(ballast) == 0);
    rig_until_log(&r, HOLD_STDOUT, "12 24");
    CHECK_I64(rig_finish(&r), 0);
    HoldSize size;
    CHECK_I64(rig_count_frames(&r, HOLD_RESIZE), 1);
    CHECK(holdlog_size_parse(rig_log(&r, HOLD_RESIZE), &size) && size.rows == 12 && size.cols == 24);
    rig_done(&r);
    test_disk_done(disk);
}

TEST(an_input_is_not_accepted_while_the_disk_is_full) {
    char ballast[600];
    const char *disk = test_disk("full-c", "4m");
    Rig r;
    HoldSpec spec = rig_spec(&r, ARGV("cat"));
    start_on_small_disk(&r, &spec, disk);
    CHECK_I64(rig_input_acked(&r, 1, STR("x")), HOLD_ACK_ACCEPTED);
    rig_until_log(&r, HOLD_STDOUT, "x");
    fill(disk, "rest");
    CLEANUP(free_p) char *bytes = mu_alloc(1 << 20);
    rig_input(&r, 2, str_n(bytes, 1 << 20));
    rig_until(&r, is_full);
    CHECK_I64(r.n_acks, 1);
    CHECK_I64(r.head.last_input, 1);
    snprintf(ballast, sizeof ballast, "%s/rest", disk);
    CHECK(unlink(ballast) == 0);
    rig_until(&r, has_second_ack);
    CHECK_I64(r.ack, HOLD_ACK_ACCEPTED);
    rig_send(&r, &(HoldMsg){.type = HOLD_MSG_KILL});
    CHECK_I64(rig_finish(&r), 0);
    rig_done(&r);
    test_disk_done(disk);
}
