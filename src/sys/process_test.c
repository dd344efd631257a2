#include "sys/process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/test.h"
#include "sys/file.h"

enum { PATIENCE_US = 20 * 1000 * 1000 };

static const char *const env[] = {"PATH=/usr/bin:/bin", "LC_ALL=C", "MARK=here", NULL};

static ProcessSpec shell(const char *const argv[4]) {
    return (ProcessSpec){.argv = argv, .envp = env, .timeout_ms = 20000, .output_max = 1 << 20};
}
#define SHELL(script) shell((const char *const[4]){"sh", "-c", script, NULL})

static void run(const ProcessSpec *s, ProcessResult *ret) {
    Err e;
    CHECK_OK(process_run(s, ret, &e), e);
}

TEST(process_version_says_when_a_program_took_too_long) {
    static const struct {
        const char *script, *version;
        bool in_time;
    } rows[] = {{"#!/bin/sh\necho tool v1.2 more\n", "v1.2", true},
                {"#!/bin/sh\nexit 3\n", "", true},
                {"#!/bin/sh\necho hello world\n", "", true},
                {"#!/bin/sh\nprintf '7\\033[31m\\377x y'\n", "", true},
                {"#!/bin/sh\nexec sleep 60\n", "", false}};
    const char *dir = test_dir();
    char path[512], version[PROCESS_VERSION_SIZE];
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        snprintf(path, sizeof path, "%s/tool%zu", dir, i);
        CLEANUP(fd_closep) int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
        CHECK(write(fd, rows[i].script, strlen(rows[i].script)) > 0);
        fd_closep(&fd);
        CHECK(process_version(path, rows[i].in_time ? 20000 : 100, version) == rows[i].in_time);
        CHECK_STR(str(version), rows[i].version);
    }
}

TEST(process_returns_output_and_exit_code) {
    static const struct {
        const char *script;
        int exit_code, signal;
        const char *out, *err;
    } rows[] = {
        {"echo out; echo err >&2", 0, 0, "out\n", "err\n"},
        {"exit 3", 3, 0, "", ""},
        {"kill -TERM $$", -1, SIGTERM, "", ""},
        {"kill -KILL $$", -1, SIGKILL, "", ""},
        {"echo $MARK; echo ${HOME-none}", 0, 0, "here\nnone\n", ""},
        {"pwd", 0, 0, "/\n", ""},
        {"ls /proc/self/fd | tr '\\n' ' '", 0, 0, "0 1 2 3 ", ""}, /* 3 is the folder that ls reads */
        {"trap", 0, 0, "", ""},
        {"test $(ps -o sid= -p $$) = $$ && echo leads", 0, 0, "leads\n", ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        CLEANUP(process_result_done) ProcessResult r = {0};
        ProcessSpec s = SHELL(rows[i].script);
        run(&s, &r);
        CHECK_STR(buf_str(&r.out), rows[i].out);
        CHECK_STR(buf_str(&r.err), rows[i].err);
        CHECK_I64(r.exit_code, rows[i].exit_code);
        CHECK_I64(r.signal, rows[i].signal);
    }
}

/* SIGPIPE is ignored here and SIGUSR1 blocked; the child starts with neither. (Signals 32 and 33 belong to the C
 * library, which leaves them ignored.) */
TEST(process_starts_with_default_signals) {
    CLEANUP(process_result_done) ProcessResult r = {0};
    ProcessSpec s = SHELL("sed -n 's/^Sig\\(Ign\\|Blk\\):.*\\(.......\\)$/\\1 \\2/p' /proc/self/status");
    sigset_t set, before;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, &before);
    run(&s, &r);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    CHECK_STR(buf_str(&r.out), "Blk 0000000\nIgn 0000000\n");
}

TEST(process_writes_input_larger_than_a_pipe) {
    CLEANUP(free_p) char *bytes = mu_alloc(3 << 20);
    memset(bytes, 'x', 3 << 20);
    CLEANUP(process_result_done) ProcessResult r = {0};
    ProcessSpec s = shell((const char *const[4]){"cat", NULL});
    s.input = str_n(bytes, 3 << 20);
    s.output_max = 3 << 20;
    for (int i = 0; i < 2; i++) {
        s.may_outlive_us = i;
        process_result_done(&r);
        run(&s, &r);
        CHECK_I64(r.exit_code, 0);
        CHECK(str_eq(buf_str(&r.out), s.input));
    }
    CLEANUP(process_result_done) ProcessResult unread = {0};
    s.argv = (const char *const[4]){"true", NULL};
    run(&s, &unread);
    CHECK_I64(unread.exit_code, 0);
}

/* The daemon is a child here, which is killed while its own child waits. */
TEST(a_child_that_may_outlive_us_reads_all_and_writes_on_after_our_death) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *dir = arena_fmt(a, "%s/outlives", test_dir()).p; /* other tests use the same names above it */
    CHECK(mkdir(dir, 0700) == 0);
    Str script =
        arena_fmt(a,
                  "touch %s/begun; while [ ! -e %s/open ]; do sleep 0.05; done; head -c 200000 /dev/zero; echo e >&2; "
                  "wc -c >%s/read; touch %s/done",
                  dir, dir, dir, dir);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        ProcessResult r;
        ProcessSpec s = SHELL(script.p);
        char *bytes = mu_alloc(1 << 20);
        s.may_outlive_us = true;
        s.input = str_n(bytes, 1 << 20);
        _exit(process_run(&s, &r, NULL) != 0);
    }
    char path[4096];
    snprintf(path, sizeof path, "%s/begun", dir);
    int64_t until = clock_mono_us() + PATIENCE_US;
    while (access(path, F_OK) < 0 && clock_mono_us() < until) usleep(10000);
    CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
    snprintf(path, sizeof path, "%s/open", dir);
    CLEANUP(fd_closep) int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    snprintf(path, sizeof path, "%s/done", dir);
    while (access(path, F_OK) < 0 && clock_mono_us() < until) usleep(10000);
    CHECK(access(path, F_OK) == 0);
    CLEANUP(process_result_done) ProcessResult seen = {0};
    ProcessSpec look = SHELL(arena_fmt(a, "cat %s/read", dir).p);
    run(&look, &seen);
    CHECK_STR(buf_str(&seen.out), "1048576\n");
}

TEST(process_keeps_the_end_of_the_error_output) {
    CLEANUP(process_result_done) ProcessResult r = {0};
    ProcessSpec s = SHELL("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done >&2; echo end >&2");
    run(&s, &r);
    CHECK_I64(r.err.n, 64 << 10);
    CHECK(str_ends(buf_str(&r.err), STR("line 19999\nend\n")));
}

TEST(process_ends_a_child_that_writes_too_much) {
    CLEANUP(process_result_done) ProcessResult r = {0};
    ProcessSpec s = SHELL("exec yes");
    Err e;
    s.output_max = 100000;
    CHECK_ERR(process_run(&s, &r, &e), e, ERR_TOO_LARGE);
    CHECK_STR(str(e.text), "sh wrote more than 100000 bytes");
    CHECK(r.out.p == NULL);
    ProcessSpec exact = SHELL("printf 1234567890");
    exact.output_max = 10;
    run(&exact, &r);
    CHECK_STR(buf_str(&r.out), "1234567890");
}

/* Ended, except for a zombie that its new parent does not reap. */
static bool is_ended(int64_t pid) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    CLEANUP(process_result_done) ProcessResult seen = {0};
    ProcessSpec look = SHELL(arena_fmt(a, "ps -o stat= -p %lld | grep -v Z || :", (long long)pid).p);
    run(&look, &seen);
    return seen.out.n == 0;
}

static int64_t read_pid(const char *path) {
    long long pid = 0;
    FILE *f = fopen(path, "re");
    if (f && fscanf(f, "%lld", &pid) != 1) pid = 0;
    if (f) fclose(f);
    return pid;
}

/* The deadline is short and the sleep is long: only the kill can end this. The group's second member must end too. */
TEST(process_kills_the_whole_group_at_the_deadline) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *path = arena_fmt(a, "%s/pid", test_dir()).p;
    static const char *const scripts[] = {
        "sleep 1000 & echo $! > pid; wait",
        "trap '' TERM; sleep 1000 & echo $! > pid; while :; do sleep 1000; done",
        "trap '' TERM; setsid sleep 1000 & echo $! > pid; wait",
    };
    for (size_t i = 0; i < COUNT_OF(scripts); i++) {
        ProcessSpec s = SHELL(scripts[i]);
        int64_t pid = 0;
        s.cwd = test_dir();
        unlink(path);
        /* A busy machine may not have started the script's second member in so short a time. */
        for (s.timeout_ms = 300; !pid; s.timeout_ms *= 2) {
            CLEANUP(process_result_done) ProcessResult r = {0};
            Err e;
            CHECK_ERR(process_run(&s, &r, &e), e, ERR_TIMEOUT);
            Str said = arena_fmt(a, "sh did not end within %lld ms", (long long)s.timeout_ms);
            CHECK(str_starts(str(e.text), said));
            if (str_is(str_from(str(e.text), said.n), "; it was waiting for: sleep 1000")) pid = read_pid(path);
        }
        int64_t until = clock_mono_us() + PATIENCE_US; /* the kill is sent; the kernel carries it out when it can */
        while (!is_ended(pid)) CHECK(clock_mono_us() < until);
    }
}

static bool is_asked_twice(void *arg) { return ++*(int *)arg == 2; }

TEST(process_ends_a_child_that_is_found_to_be_stuck) {
    CLEANUP(process_result_done) ProcessResult r = {0};
    ProcessSpec s = SHELL("sleep 1000");
    Err e;
    int asked = 0;
    s.title = "the sleeper";
    s.is_stuck = is_asked_twice;
    s.stuck_arg = &asked;
    CHECK_ERR(process_run(&s, &r, &e), e, ERR_CONFLICT);
    CHECK_STR(str(e.text), "the sleeper was stuck");
    CHECK_I64(asked, 2);
}

/* A background process that keeps the pipes open does not delay the end. */
TEST(process_does_not_wait_for_background_processes) {
    CLEANUP(process_result_done) ProcessResult r = {0};
    ProcessSpec s = SHELL("sleep 1000 & echo $!"); /* its deadline comes before that is over */
    run(&s, &r);
    int64_t pid;
    CHECK(str_parse_i64(str_trim(buf_str(&r.out)), 2, INT64_MAX, &pid));
    kill((pid_t)pid, SIGKILL);
}

TEST(process_names_the_missing_program_or_folder) {
    static const struct {
        const char *program, *cwd;
        const char *text;
    } rows[] = {
        {"no-such-program", NULL, "the program no-such-program was not found"},
        {"/no/such/program", NULL, "the program /no/such/program was not found"},
        {"/etc/passwd", NULL, "the program /etc/passwd is not executable"},
        {"", NULL, "the program  was not found"},
        {"true", "/no/such/folder", "the folder /no/such/folder does not exist"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ProcessResult r = {0};
        Err e;
        ProcessSpec s = {.argv = (const char *const[]){rows[i].program, NULL},
                         .envp = env,
                         .cwd = rows[i].cwd,
                         .timeout_ms = 1000,
                         .output_max = 10};
        CHECK_ERR(process_run(&s, &r, &e), e, ERR_NOT_FOUND);
        CHECK_STR(str(e.text), rows[i].text);
    }
}

TEST(a_script_whose_interpreter_does_not_exist_names_it) {
    static const struct {
        const char *text, *interpreter;
    } rows[] = {{"#!/no/such/interpreter -x\n", "/no/such/interpreter"},
                {"#! /bin/sh\r\n", "/bin/sh?"},
                {"#!/bin/sh\n", NULL},
                {"echo x\n", NULL}};
    char path[300], found[300];
    snprintf(path, sizeof path, "%s/script", test_dir());
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Err e = {0};
        CHECK_OK(file_write_atomic(AT_FDCWD, path, str(rows[i].text), 0700, &e), e);
        CHECK_I64(process_missing_interpreter(path, found, sizeof found), rows[i].interpreter != NULL);
        if (rows[i].interpreter) CHECK_STR(str(found), rows[i].interpreter);
    }
}

TEST(process_uses_a_folder_by_descriptor) {
    CLEANUP(fd_closep) int dir = open(test_dir(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    CLEANUP(process_result_done) ProcessResult r = {0};
    ProcessSpec s = SHELL("pwd -P");
    s.cwd_fd = dir;
    run(&s, &r);
    CLEANUP(free_p) char *real = realpath(test_dir(), NULL);
    CHECK_STR(str_trim(buf_str(&r.out)), real);
}

typedef struct Listened {
    char text[64];
    size_t n;
    int pauses;
} Listened;

static void listen_to(void *arg, Str piece) {
    Listened *l = arg;
    l->pauses += piece.n == 0;
    CHECK(l->n + piece.n < sizeof l->text);
    memcpy(l->text + l->n, piece.p ? piece.p : "", piece.n);
    l->n += piece.n;
}

TEST(messages_are_heard_while_it_runs_and_so_is_a_pause) {
    CLEANUP(process_result_done) ProcessResult r = {0};
    Listened l = {0};
    ProcessSpec s = SHELL("echo one >&2; sleep 1.5; echo two >&2");
    s.on_err = listen_to;
    s.on_err_arg = &l;
    run(&s, &r);
    CHECK_STR(str(l.text), "one\ntwo\n");
    CHECK_STR(buf_str(&r.err), "one\ntwo\n");
    CHECK_I64(l.pauses, 1);
}

TEST(a_silent_child_is_ended) {
    CLEANUP(process_result_done) ProcessResult r = {0};
    ProcessSpec s = SHELL("echo one; sleep 600");
    Err e = {0};
    s.silence_ms = 200;
    CHECK_ERR(process_run(&s, &r, &e), e, ERR_TIMEOUT);
    CHECK(strstr(e.text, "wrote nothing for 200 ms; it was waiting for: sleep 600"));
    s = SHELL("for i in 1 2 3 4 5 6 7 8; do echo $i >&2; sleep 0.05; done");
    s.silence_ms = 5000;
    run(&s, &r);
    CHECK_I64(r.exit_code, 0);
}

TEST(a_detached_child_is_reaped) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *path = arena_fmt(a, "%s/detached", test_dir()).p;
    CLEANUP(fd_closep) int log = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    ProcessSpec s = SHELL("echo said >&2");
    int64_t pid;
    Err e;
    CHECK_OK(process_spawn_detached(&s, log, &pid, &e), e);
    siginfo_t info;
    CHECK(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
    CHECK_I64(process_reap(), 1);
    CHECK_I64(process_reap(), 0);
    CHECK_I64(process_start_time(pid), 0);
    char text[8] = "";
    CHECK_I64(pread(log, text, sizeof text, 0), 5);
    CHECK_STR(str_n(text, 5), "said\n");
}

TEST(programs_are_looked_up_in_absolute_folders) {
    char path[64];
    CHECK(process_find_program(STR("sh"), "relative::/usr/bin:/bin", path, sizeof path));
    CHECK(str_is(str(path), "/usr/bin/sh") || str_is(str(path), "/bin/sh"));
    CHECK(process_find_program(STR("/bin/sh"), NULL, path, sizeof path));
    CHECK(!process_find_program(STR("sh"), "", path, sizeof path));
    CHECK(!process_find_program(STR("sh"), NULL, path, sizeof path));
    CHECK(!process_find_program(STR("sh"), "/usr/bin:/bin", path, 4));
    CHECK(!process_find_program(STR("bin"), "/", path, sizeof path)); /* a folder */
}

TEST(processes_are_distinguished_by_their_start_time) {
    CHECK(process_start_time(getpid()) > 0);
    CHECK_I64(process_parent(getpid()), getppid());
    CHECK_I64(process_start_time(INT32_MAX), 0);
    CHECK_I64(process_parent(INT32_MAX), 0);
}

TEST(a_process_that_uses_a_folder_is_found) {
    static const char *const uses[] = {"cd \"$1\"", "exec 5<\"$1/f\"", "exec 5<\"$1/f\"; rm \"$1/f\""};
    for (size_t i = 0; i < COUNT_OF(uses); i++) {
        char dir[512], beside[512], file[600], script[1024], name[16] = "";
        int ready[2];
        Err e;
        snprintf(dir, sizeof dir, "%s/used", test_dir());
        snprintf(beside, sizeof beside, "%s/use", test_dir());
        CHECK_OK(file_mkdirs(dir, 0700, &e), e);
        snprintf(file, sizeof file, "%s/f", dir);
        CHECK_OK(file_write_atomic(AT_FDCWD, file, STR("x"), 0600, &e), e);
        snprintf(script, sizeof script, "%s; echo; exec sleep 100", uses[i]);
        CHECK(pipe2(ready, O_CLOEXEC) == 0);
        CHECK_I64(process_in_folder(dir, name), 0);
        pid_t pid = fork();
        if (pid == 0) {
            dup2(ready[1], 1);
            execl("/bin/sh", "sh", "-c", script, "sh", dir, NULL);
            _exit(1);
        }
        CHECK(read(ready[0], name, 1) == 1);
        CHECK_I64(process_in_folder(dir, name), pid);
        CHECK_I64(process_in_folder(beside, name), 0);
        CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
        CHECK_I64(process_in_folder(dir, name), 0);
        close(ready[0]);
        close(ready[1]);
    }
}
