/* The virtual clock in real programs, from both sides: these tests play the eye for the programs of tests/eye. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/test.h"
#include "eye/clock.h"
#include "eye/quiet.h"

enum { WAIT_S = 60, LOOKS = 3, LOOK_NS = 40000 };
#define SECOND_NS UINT64_C(1000000000)

typedef struct Rig {
    Clock *clock;
    Quiet *quiet;
    pid_t pid;
    int out;         /* what the program writes */
    int64_t until_us;
    char text[4096]; /* of it, so far */
    size_t n_text;
} Rig;

static void rig_clock(Rig *r, uint64_t seed, bool has_barrier) {
    Err e;
    *r = (Rig){.out = -1, .until_us = clock_mono_us() + (int64_t)WAIT_S * 1000000};
    ClockSpec spec = {.folder = test_dir(), .library = CLOCK_LIBRARY, .seed = seed, .has_barrier = has_barrier};
    CHECK_OK(clock_new(&spec, &r->clock, &e), e);
}

/* The program without the sanitizers' own preloading, and ended with the test. */
static void rig_run(Rig *r, const char *program, const char *argument) {
    Err e;
    int out[2];
    CHECK(pipe2(out, O_CLOEXEC) == 0);
    char *env[] = {mu_strdup(clock_env_page(r->clock)), mu_strdup(clock_env_preload(r->clock, NULL)), mu_strdup("PATH=/usr/bin:/bin"),
                   NULL};
    r->pid = fork();
    CHECK(r->pid >= 0);
    if (r->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(out[1], STDOUT_FILENO);
        execle(program, program, argument, (char *)NULL, env);
        _exit(126);
    }
    for (size_t i = 0; env[i]; i++) free(env[i]);
    close(out[1]);
    r->out = out[0];
    CHECK_OK(quiet_new(r->pid, &r->quiet, &e), e);
}

static void pause_ns(long ns) { nanosleep(&(struct timespec){.tv_nsec = ns}, NULL); }

static bool has_ended(Rig *r) {
    siginfo_t info = {0};
    CHECK(waitid(P_PID, (id_t)r->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0);
    return info.si_pid == r->pid;
}

/* Quiet in several looks in a row, or ended. */
static bool rig_is_quiet(Rig *r) {
    for (int i = 0; i < LOOKS; i++) {
        if (!quiet_look(r->quiet)) return false;
        pause_ns(LOOK_NS);
    }
    return true;
}

/* Waits for that; false: the program has ended. */
static bool rig_until_quiet(Rig *r) {
    while (!has_ended(r) && !rig_is_quiet(r)) {
        char what[200];
        quiet_describe(r->quiet, what, sizeof what);
        if (clock_mono_us() > r->until_us) test_fail(__FILE__, __LINE__, "not quiet: %s", what);
        pause_ns(LOOK_NS);
    }
    return !has_ended(r);
}

static int rig_finish(Rig *r) {
    int status;
    ssize_t n;
    while (!has_ended(r)) {
        if (clock_mono_us() > r->until_us) kill(r->pid, SIGKILL);
        pause_ns(LOOK_NS);
    }
    CHECK(waitpid(r->pid, &status, 0) == r->pid);
    while ((n = read(r->out, r->text + r->n_text, sizeof r->text - 1 - r->n_text)) > 0) r->n_text += (size_t)n;
    r->text[r->n_text] = 0;
    close(r->out);
    quiet_free(r->quiet);
    return status;
}

static void rig_done(Rig *r) { clock_free(r->clock); }

/* Moves the time to the deadline of each wait of the main thread, as the eye does within a step. */
static int rig_to_deadlines(Rig *r) {
    while (rig_until_quiet(r)) {
        ClockWait wait = clock_wait(r->clock);
        if (wait.is_waiting && wait.deadline_ns != UINT64_MAX) clock_advance(r->clock, wait.deadline_ns);
        if (clock_mono_us() > r->until_us) break;
    }
    return rig_finish(r);
}

static int rig_steps(Rig *r, uint64_t step_ns) {
    clock_hold(r->clock); /* as the eye does between steps: no sleep moves the time by itself */
    for (uint64_t at = step_ns; rig_until_quiet(r) && clock_mono_us() < r->until_us; at += step_ns) {
        clock_advance(r->clock, at);
        clock_hold(r->clock);
    }
    return rig_finish(r);
}

static void check_case(const char *program, const char *name, int (*play)(Rig *)) {
    Rig r;
    rig_clock(&r, 1, false);
    rig_run(&r, program, name);
    int64_t began_us = clock_mono_us();
    CHECK_I64(play(&r), 0);
    CHECK(clock_mono_us() - began_us < (int64_t)WAIT_S * 1000000);
    rig_done(&r);
}

static int by_seconds(Rig *r) { return rig_steps(r, SECOND_NS); }

TEST(every_clock_shows_the_same_virtual_time) { check_case(CLOCKS, "readers", rig_finish); }
TEST(the_main_threads_sleeps_return_at_once_and_move_the_time) { check_case(CLOCKS, "sleepers", rig_finish); }
TEST(waits_end_by_their_time_out_when_the_time_reaches_it) { check_case(CLOCKS, "waits", rig_to_deadlines); }
TEST(other_threads_sleep_until_the_step_that_passes_their_deadline) { check_case(CLOCKS, "threads", by_seconds); }
TEST(waits_with_a_deadline_are_ended_by_what_they_wait_for) { check_case(CLOCKS, "signals", rig_finish); }
TEST(waiting_threads_can_be_cancelled) { check_case(CLOCKS, "cancels", rig_finish); }
