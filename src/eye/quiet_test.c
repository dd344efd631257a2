/* Quiet and not, in real processes. */
#include "eye/quiet.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/test.h"

enum { WAIT_S = 60, LOOKS = 50, LOOK_NS = 40000 };

typedef struct Rig {
    Quiet *quiet;
    pid_t pid;
    int in, out;
    char what[200];
} Rig;

/* Returns when the program has written its first line. */
static void rig_run(Rig *r, const char *const *argv) {
    Err e;
    int in[2], out[2];
    char byte;
    *r = (Rig){0};
    CHECK(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
    r->pid = fork();
    CHECK(r->pid >= 0);
    if (r->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setpgid(0, 0);
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        execv(argv[0], (char *const *)(uintptr_t)argv);
        _exit(126);
    }
    close(in[0]);
    close(out[1]);
    r->in = in[1];
    r->out = out[0];
    do CHECK(read(r->out, &byte, 1) == 1);
    while (byte != '\n');
    CHECK_OK(quiet_new(r->pid, &r->quiet, &e), e);
}
#define RUN(r, ...) rig_run((r), (const char *const[]){__VA_ARGS__, NULL})

static void rig_done(Rig *r) {
    kill(-r->pid, SIGKILL);
    waitpid(r->pid, NULL, 0);
    quiet_free(r->quiet);
    close(r->in);
    close(r->out);
}

static void pause_ns(long ns) { nanosleep(&(struct timespec){.tv_nsec = ns}, NULL); }

/* A program that has just said that it is ready may still run for a moment. */
static void check_quiet(Rig *r, const char *what) {
    int64_t until_us = clock_mono_us() + (int64_t)WAIT_S * 1000000;
    for (int n = 0; n < LOOKS; n = quiet_look(r->quiet) ? n + 1 : 0) {
        CHECK(clock_mono_us() < until_us);
        pause_ns(LOOK_NS);
    }
    quiet_describe(r->quiet, r->what, sizeof r->what);
    CHECK_STR(str(r->what), what);
}

static void describe_until(Rig *r, const char *what) {
    int64_t until_us = clock_mono_us() + (int64_t)WAIT_S * 1000000;
    do {
        if (clock_mono_us() > until_us) test_fail(__FILE__, __LINE__, "\"%s\" does not say \"%s\"", r->what, what);
        pause_ns(LOOK_NS);
        quiet_look(r->quiet);
        quiet_describe(r->quiet, r->what, sizeof r->what);
    } while (!strstr(r->what, what));
}

/* From then on it is never quiet, as often as it is asked. */
static void check_runs(Rig *r, const char *what) {
    describe_until(r, what);
    for (int i = 0; i < 2 * LOOKS; i++) {
        CHECK(!quiet_look(r->quiet));
        quiet_describe(r->quiet, r->what, sizeof r->what);
        if (!strstr(r->what, what)) test_fail(__FILE__, __LINE__, "\"%s\" does not say \"%s\"", r->what, what);
        pause_ns(LOOK_NS);
    }
}

TEST(a_program_that_waits_is_quiet) {
    Rig r;
    RUN(&r, "/bin/sh", "-c", "echo; read line; while :; do :; done");
    check_quiet(&r, "the main thread waits in read");
    CHECK(write(r.in, "\n", 1) == 1);
    check_runs(&r, "the main thread runs");
    rig_done(&r);
}

TEST(one_thread_of_many_that_computes_is_not_quiet) {
    Rig r;
    RUN(&r, IDLE, "50", "busy");
    check_runs(&r, "(worker) runs");
    CHECK(strncmp(r.what, "thread ", 7) == 0);
    rig_done(&r);
}

TEST(a_process_that_begins_later_is_looked_at) {
    Rig r;
    RUN(&r, "/bin/sh", "-c", "echo; read line; /bin/sh -c 'while :; do :; done' & wait");
    check_quiet(&r, "the main thread waits in read");
    CHECK(write(r.in, "\n", 1) == 1);
    describe_until(&r, "process "); /* the first one waits for it */
    check_runs(&r, "(sh) runs");
    rig_done(&r);
}

TEST(a_program_that_has_ended_is_quiet) {
    Rig r;
    RUN(&r, "/bin/sh", "-c", "echo; read line");
    check_quiet(&r, "the main thread waits in read");
    CHECK(write(r.in, "\n", 1) == 1);
    siginfo_t info;
    CHECK(waitid(P_PID, (id_t)r.pid, &info, WEXITED | WNOWAIT) == 0);
    check_quiet(&r, "the main thread has ended");
    CHECK(waitpid(r.pid, NULL, 0) == r.pid);
    check_quiet(&r, "the program is gone");
    quiet_free(r.quiet);
    close(r.in);
    close(r.out);
}

TEST(more_threads_than_can_be_looked_at_are_never_quiet) {
    Rig r;
    char n[16];
    snprintf(n, sizeof n, "%d", QUIET_THREADS_MAX + 1);
    RUN(&r, IDLE, n);
    for (int i = 0; i < LOOKS; i++) CHECK(!quiet_look(r.quiet));
    rig_done(&r);
}
