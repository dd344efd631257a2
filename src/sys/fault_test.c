#include "sys/fault.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/test.h"
#include "sys/file.h"
#include "sys/pool.h"
#include "sys/process.h"

TEST(the_kth_point_fails_once) {
    fault_arm(3, NULL);
    bool failed[5];
    for (int i = 0; i < 5; i++) failed[i] = fault_point("a.b");
    CHECK(!failed[0] && !failed[1] && failed[2] && !failed[3] && !failed[4]);
    CHECK_I64(fault_seen(), 5);
    fault_arm(1, "db.");
    CHECK(!fault_point("file.open") && fault_point("db.step") && !fault_point("db.step"));
    CHECK_I64(fault_seen(), 2);
    fault_arm(0, NULL);
    CHECK(!fault_point("a.b"));
}

/* Runs two atomic writes in a child; returns its wait status. */
static int write_twice(const char *dir, const char *crash, const char *log) {
    pid_t pid = fork();
    if (pid == 0) {
        setenv("MUSTER_CRASH", crash, 1);
        setenv("MUSTER_CRASH_LOG", log, 1);
        int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int failed = file_write_atomic(fd, "f", STR("one"), 0600, NULL);
        _exit(failed || file_write_atomic(fd, "f", STR("two"), 0600, NULL));
    }
    int status;
    CHECK(waitpid(pid, &status, 0) == pid);
    return status;
}

TEST(a_crash_point_kills_at_the_kth_time) {
    static const struct {
        const char *crash;
        bool dies;
        const char *content, *log;
    } rows[] = {
        {"file.written:1", true, NULL, "file.written\n"},
        {"file.renamed", true, "one", "file.written\nfile.renamed\n"},
        {"file.written:2", true, "one", "file.written\nfile.renamed\nfile.written\n"},
        {"file.renamed:2", true, "two", "file.written\nfile.renamed\nfile.written\nfile.renamed\n"},
        {"file.renamed:3", false, "two", "file.written\nfile.renamed\nfile.written\nfile.renamed\n"},
    };
    CLEANUP(arena_freep) Arena *a = arena_new();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *dir = arena_fmt(a, "%s/crash-%zu", test_dir(), i).p, *log = arena_fmt(a, "%s/log", dir).p;
        CLEANUP(buf_done) Buf b;
        CLEANUP(buf_done) Buf content;
        Err e;
        buf_init(&b, 1000);
        buf_init(&content, 1000);
        CHECK_OK(file_mkdirs(dir, 0700, &e), e);
        int status = write_twice(dir, rows[i].crash, log);
        CHECK(rows[i].dies ? WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL
                           : WIFEXITED(status) && WEXITSTATUS(status) == 0);
        CHECK_OK(file_read(AT_FDCWD, log, &b, &e), e);
        CHECK_STR(buf_str(&b), rows[i].log);
        int r = file_read(AT_FDCWD, arena_fmt(a, "%s/f", dir).p, &content, &e);
        CHECK_I64(r, rows[i].content ? 0 : -ERR_NOT_FOUND);
        CHECK_STR(buf_str(&content), rows[i].content ? rows[i].content : "");
    }
}

static int n_open(void) {
    DIR *d = opendir("/proc/self/fd");
    int n = 0;
    CHECK(d);
    while (readdir(d)) n++;
    closedir(d);
    return n;
}

static int run_program(Err *e) {
    CLEANUP(process_result_done) ProcessResult r = {0};
    ProcessSpec s = {.argv = (const char *const[]){"sh", "-c", "echo x", NULL},
                     .envp = (const char *const[]){"PATH=/usr/bin:/bin", NULL},
                     .timeout_ms = 20000,
                     .output_max = 100};
    TRY(process_run(&s, &r, e));
    CHECK_STR(buf_str(&r.out), "x\n");
    return 0;
}

static int run_pool(Err *e) {
    Pool *p = NULL;
    TRY(pool_new(&(PoolConfig){.name = "faults", .n_threads = 3, .queue_max = 1}, &p, e));
    pool_free(p);
    return 0;
}

/* A tree that the previous call may have left half created or half removed. */
static int make_and_remove_tree(Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *top = arena_fmt(a, "%s/fault-tree", test_dir()).p;
    TRY(file_mkdirs(arena_fmt(a, "%s/a/b", top).p, 0700, e));
    TRY(file_write_atomic(AT_FDCWD, arena_fmt(a, "%s/a/f", top).p, STR("x"), 0600, e));
    return file_remove_tree(top, e);
}

TEST(every_failing_call_ends_in_a_clean_error) {
    static const struct {
        const char *prefix;
        int (*act)(Err *e);
        int calls; /* at least this many can fail */
    } rows[] = {{"process.", run_program, 4}, {"pool.", run_pool, 3}, {"file.", make_and_remove_tree, 10}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Err e;
        CHECK_OK(rows[i].act(&e), e); /* opens what is opened once and kept */
        int before = n_open();
        for (int64_t k = 1;; k++) {
            fault_arm(k, rows[i].prefix);
            int r = rows[i].act(&e);
            int64_t seen = fault_seen();
            fault_arm(0, NULL);
            CHECK_I64(n_open(), before);
            CHECK((r < 0) == (seen >= k));
            if (seen >= k) continue;
            CHECK(k > rows[i].calls);
            break;
        }
    }
}

TEST(crash_points_are_listed_once) {
    size_t n;
    const char *const *points = crash_points(&n);
    CHECK(n >= 2);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++) CHECK(strcmp(points[i], points[k]) != 0);
}
