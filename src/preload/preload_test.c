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
    int out; /* what the program writes */
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
    char *env[] = {mu_strdup(clock_env_page(r->clock)), mu_strdup(clock_env_preload(r->clock, NULL)),
                   mu_strdup("PATH=/usr/bin:/bin"), NULL};
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
    CHECK_I64(clock_first(r.clock), SECOND_NS); /* as after its first present: it is shown every microsecond */
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

TEST(an_interval_timer_fires_at_the_same_reads_of_the_clock) { check_case(TIMERS, "itimer", rig_finish); }
TEST(an_alarm_interrupts_the_main_threads_sleep) { check_case(TIMERS, "alarms", rig_finish); }
TEST(timers_of_processor_time_run_with_the_virtual_time) { check_case(TIMERS, "virtual", rig_finish); }
TEST(an_alarm_interrupts_waits_when_the_eye_moves_the_time) { check_case(TIMERS, "interrupted", by_seconds); }
TEST(posix_timers_fire_by_signal_and_in_a_thread) { check_case(TIMERS, "posix", rig_finish); }
TEST(a_timerfd_is_readable_when_its_time_has_come) { check_case(TIMERS, "fd", by_seconds); }
TEST(a_child_has_a_main_thread_and_timers_of_its_own) { check_case(TIMERS, "fork", rig_to_deadlines); }
TEST(the_child_of_a_thread_moves_the_time) { check_case(TIMERS, "fork_of_thread", rig_finish); }

static void draw_randoms(uint64_t seed, char *ret, size_t size) {
    Rig r;
    rig_clock(&r, seed, false);
    rig_run(&r, RANDOMS, "all");
    CHECK_I64(rig_finish(&r), 0);
    CHECK(r.n_text > 200 && r.n_text < size);
    memcpy(ret, r.text, r.n_text + 1);
    rig_done(&r);
}

TEST(random_numbers_are_those_of_the_seed) {
    char first[4096], again[4096], other[4096];
    draw_randoms(7, first, sizeof first);
    draw_randoms(7, again, sizeof again);
    draw_randoms(8, other, sizeof other);
    CHECK_STR(str(again), first);
    const char *a = first, *b = other;
    for (; a && b && *a && *b; a = strchr(a, '\n') + 1, b = strchr(b, '\n') + 1) {
        size_t n = (size_t)(strchr(a, '\n') - a);
        if (strncmp(a, b, n) == 0) test_fail(__FILE__, __LINE__, "the same with another seed: %.*s", (int)n, a);
    }
}

/* Reads what the program printed before it arrived. */
static void check_parked(Rig *r, uint32_t presents, const char *line) {
    CHECK(rig_until_quiet(r));
    CHECK_I64(clock_presented(r->clock), presents);
    CHECK(clock_is_parked(r->clock));
    char got[64];
    ssize_t n = read(r->out, got, sizeof got);
    CHECK(n > 0);
    CHECK_STR(str_n(got, (size_t)n), line);
    clock_grant(r->clock, 1);
}

TEST(a_program_waits_after_each_present_until_it_is_granted) {
    Rig r;
    rig_clock(&r, 1, true);
    rig_run(&r, PRESENTS, PICTURES);
    check_parked(&r, 1, "plugin\n");
    CHECK_I64(clock_pid(r.clock), r.pid);
    check_parked(&r, 2, "render\n");
    check_parked(&r, 3, "window\n");
    check_parked(&r, 4, "swap\n");
    check_parked(&r, 5, "thread\n");
    CHECK_I64(rig_finish(&r), 0);
    CHECK_STR(str(r.text), "end\n");
    rig_done(&r);
}

TEST(without_a_barrier_presents_are_only_counted) {
    Rig r;
    rig_clock(&r, 1, false);
    rig_run(&r, PRESENTS, PICTURES);
    CHECK_I64(rig_finish(&r), 0);
    CHECK_I64(clock_presented(r.clock), 5);
    rig_done(&r);
}

TEST(a_program_without_a_page_keeps_the_machines_clock) {
    Rig r;
    rig_clock(&r, 1, false);
    CHECK(unlink(clock_env_page(r.clock) + strlen(EYE_CLOCK_ENV "=")) == 0);
    int64_t now_s = clock_now_us() / 1000000;
    rig_run(&r, "/usr/bin/date", "+%s");
    CHECK_I64(rig_finish(&r), 0);
    long long shown_s = strtoll(r.text, NULL, 10);
    CHECK(shown_s >= now_s && shown_s < now_s + WAIT_S);
    rig_done(&r);
}

TEST(what_is_preloaded_already_stays) {
    Rig r;
    rig_clock(&r, 1, false);
    CHECK_STR(str(clock_env_preload(r.clock, NULL)), "LD_PRELOAD=" CLOCK_LIBRARY);
    CHECK_STR(str(clock_env_preload(r.clock, "")), "LD_PRELOAD=" CLOCK_LIBRARY);
    CHECK_STR(str(clock_env_preload(r.clock, "/a.so:/b.so")), "LD_PRELOAD=/a.so:/b.so:" CLOCK_LIBRARY);
    rig_done(&r);
}
