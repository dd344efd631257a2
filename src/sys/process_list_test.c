/* Descent from a made list and from the machine's, and command lines. */
#include "sys/process_list.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/test.h"
#include "sys/file.h"

TEST(descendants_stand_behind_their_parents) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    ProcessRow rows[] = {{.pid = 1, .look.parent = 0},  {.pid = 9, .look.parent = 1},  {.pid = 20, .look.parent = 9},
                         {.pid = 30, .look.parent = 9}, {.pid = 5, .look.parent = 20}, {.pid = 6, .look.parent = 77}};
    ProcessList all = {rows, COUNT_OF(rows), false}, got;
    process_below(&all, 9, 10, a, &got);
    CHECK_I64(got.n, 4);
    static const int64_t want[] = {9, 20, 30, 5};
    for (size_t i = 0; i < got.n; i++) CHECK_I64(got.items[i].pid, want[i]);
    CHECK(!got.is_cut);
    process_below(&all, 9, 3, a, &got);
    CHECK(got.is_cut);
    CHECK_I64(got.n, 3);
    process_below(&all, 77, 10, a, &got); /* the root itself is gone */
    CHECK_I64(got.n, 1);
    process_below(&all, 1234, 10, a, &got);
    CHECK_I64(got.n, 0);
}

/* Pids may be reused while /proc is read. */
TEST(a_circle_ends) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    ProcessRow rows[] = {{.pid = 3, .look.parent = 2}, {.pid = 2, .look.parent = 3}};
    ProcessList all = {rows, COUNT_OF(rows), false}, got;
    process_below(&all, 2, 100, a, &got);
    CHECK(got.n <= 2);
}

TEST(this_process_and_its_child_are_found_with_their_commands) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    ProcessList all, own;
    pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    process_list(100000, a, &all);
    process_below(&all, getpid(), 100, a, &own);
    CHECK_I64(own.n, 2);
    CHECK_I64(own.items[0].pid, getpid());
    CHECK_I64(own.items[1].pid, child);
    CHECK(own.items[0].look.rss_bytes > 0);
    CHECK(process_read_commands(&own, 60000, a));
    CHECK(own.items[0].command.n > 0 && str_eq(own.items[0].command, own.items[1].command));
    kill(child, SIGKILL);
    siginfo_t info;
    CHECK_I64(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    process_list(100000, a, &all);
    process_below(&all, getpid(), 100, a, &own);
    CHECK_I64(own.n, 2);
    CHECK(own.items[1].look.state == 'Z');
    waitpid(child, NULL, 0);
    process_list(1, a, &all);
    CHECK(all.is_cut && all.n == 1);
}

static size_t count_threads(void) {
    CLEANUP(dir_closep) DIR *d = opendir("/proc/self/task");
    size_t n = 0;
    while (d && readdir(d)) n++;
    return n;
}

/* Rows enough that a reader takes longer than starting it does. */
TEST(a_reader_that_is_left_behind_keeps_no_other_from_reading) {
    enum { MANY = 20000, TIMES = 40, WAIT_US = 60 * 1000 * 1000 };
    CLEANUP(arena_freep) Arena *a = arena_new();
    size_t n_threads = count_threads();
    ProcessRow one = {.pid = getpid()}, *rows = arena_array(a, MANY, sizeof *rows);
    ProcessList many = {rows, MANY, false}, own = {&one, 1, false};
    for (size_t i = 0; i < MANY; i++) rows[i].pid = getpid();
    CHECK(!process_read_commands(&many, 0, a));
    CHECK(process_read_commands(&own, WAIT_US / 1000, a));
    CHECK(own.items[0].command.n > 0);
    /* Many that are left behind do, until they come to their end. */
    for (int i = 0; i < TIMES; i++) CHECK(!process_read_commands(&many, 0, a));
    int64_t until_us = clock_mono_us() + WAIT_US;
    while (count_threads() > n_threads && clock_mono_us() < until_us) usleep(1000);
    CHECK(process_read_commands(&own, WAIT_US / 1000, a));
}
