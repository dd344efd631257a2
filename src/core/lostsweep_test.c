/* The sweep of real processes whose hold is gone. */
#include "core/lostsweep.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/own.h"
#include "base/test.h"
#include "base/ulid.h"
#include "sys/file.h"
#include "sys/process.h"

enum { WAIT_US = 30 * 1000 * 1000, SWEEP_MS = 20 * 1000 };

typedef struct Scene {
    Id launch;
    char folder[300], mark[80];
    int dirfd;
} Scene;

static void scene_open(Scene *s) {
    s->launch = id_new("lch");
    snprintf(s->folder, sizeof s->folder, "%s/%s", test_dir(), s->launch.text);
    snprintf(s->mark, sizeof s->mark, "MUSTER_LAUNCH=%s", s->launch.text);
    CHECK(mkdir(s->folder, 0700) == 0);
    s->dirfd = open(s->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* Orphans become our children, so that we see them exit. */
    CHECK(s->dirfd >= 0 && prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
}

static void scene_close(Scene *s) {
    close(s->dirfd);
    prctl(PR_SET_CHILD_SUBREAPER, 0);
}

/* The pid that a script wrote into the launch's folder. */
static pid_t pid_in(const Scene *s, const char *name) {
    for (int64_t until = clock_mono_us() + WAIT_US; clock_mono_us() < until; poll(NULL, 0, 5)) {
        char text[32] = {0};
        int64_t pid;
        CLEANUP(fd_closep) int fd = openat(s->dirfd, name, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || read(fd, text, sizeof text - 1) <= 0 || !strchr(text, '\n')) continue;
        if (str_parse_i64(str_trim(str(text)), 1, INT32_MAX, &pid)) return (pid_t)pid;
    }
    test_fail(__FILE__, __LINE__, "%s was not written", name);
}

/* A shell in its own session with exactly that environment, which writes its pid to the file `up` and then runs the
 * rest of its script. */
static pid_t start(const Scene *s, const char *variable, const char *rest) {
    char script[900];
    snprintf(script, sizeof script, "echo $$ >%s/up; %s", s->folder, rest);
    unlinkat(s->dirfd, "up", 0);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        char *argv[] = {"sh", "-c", script, NULL}, *envp[] = {(char *)variable, NULL};
        setsid();
        execve("/bin/sh", argv, envp);
        _exit(126);
    }
    CHECK_I64(pid_in(s, "up"), pid);
    return pid;
}

static void note_tree(const Scene *s, pid_t pid, uint64_t start_time) {
    CLEANUP(fd_closep) int fd = openat(s->dirfd, "tree", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    CHECK(dprintf(fd, "%d %llu\n", (int)pid, (unsigned long long)start_time) > 0);
}

static void check_was_killed(pid_t pid) {
    int status;
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void end(pid_t pid) {
    kill(pid, SIGKILL);
    CHECK(waitpid(pid, NULL, 0) == pid);
}

static void check_sweep(const Scene *s, int want_killed) {
    LostSweep swept;
    Err e = {0};
    CHECK_OK(lostsweep_run(s->dirfd, id_str(&s->launch), SWEEP_MS, &swept, &e), e);
    CHECK_I64(swept.n_killed, want_killed);
    CHECK(!swept.is_sure); /* no cgroup is recorded */
}

TEST(without_a_cgroup_exactly_the_marked_processes_are_found) {
    Scene s;
    scene_open(&s);
    pid_t own = start(&s, s.mark, "exec sleep 1000");
    pid_t other = start(&s, "MUSTER_LAUNCH=lch_other", "exec sleep 1000"), none = start(&s, "A=b", "exec sleep 1000");
    check_sweep(&s, 1);
    check_was_killed(own);
    CHECK(kill(other, 0) == 0 && kill(none, 0) == 0);
    end(other);
    end(none);
    scene_close(&s);
}

TEST(a_child_without_the_mark_is_found_below_its_parent) {
    Scene s;
    char script[600];
    scene_open(&s);
    snprintf(script, sizeof script,
             "/usr/bin/env -i /usr/bin/setsid /bin/sh -c 'echo $$ >%s/hidden; exec sleep 1000' & wait", s.folder);
    pid_t own = start(&s, s.mark, script), hidden = pid_in(&s, "hidden");
    check_sweep(&s, 2);
    check_was_killed(own);
    check_was_killed(hidden);
    scene_close(&s);
}

TEST(an_orphan_without_the_mark_is_found_by_the_holds_record_and_a_reused_pid_is_not) {
    Scene s;
    scene_open(&s);
    pid_t noted = start(&s, "A=b", "exec sleep 1000"), reused = start(&s, "A=b", "exec sleep 1000");
    note_tree(&s, noted, process_start_time(noted));
    note_tree(&s, reused, process_start_time(reused) - 1);
    CLEANUP(fd_closep) int fd = openat(s.dirfd, "tree", O_WRONLY | O_APPEND | O_CLOEXEC);
    CHECK(dprintf(fd, "12 x\n%d", (int)reused) > 0); /* cut */
    check_sweep(&s, 1);
    check_was_killed(noted);
    CHECK(kill(reused, 0) == 0);
    end(reused);
    scene_close(&s);
}

TEST(where_no_time_is_left_all_are_killed_once_before_it_gives_up) {
    Scene s;
    LostSweep swept;
    scene_open(&s);
    pid_t own = start(&s, s.mark, "kill -STOP $$"); /* an exec would hide its environment for a moment */
    (void)lostsweep_run(s.dirfd, id_str(&s.launch), 0, &swept, NULL);
    check_was_killed(own);
    scene_close(&s);
}

TEST(a_cgroup_with_others_below_it_is_removed_whole) {
    Scene s;
    char path[300], below[400];
    LostSweep swept;
    scene_open(&s);
    CLEANUP(fd_closep) int fd = openat(s.dirfd, "cgroup", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    snprintf(path, sizeof path, "%s/muster-" STR_FMT, test_dir(), STR_ARG(id_str(&s.launch)));
    snprintf(below, sizeof below, "%s/made/by", path);
    CHECK(dprintf(fd, "%s", path) > 0);
    Err e = {0};
    CHECK_OK(file_mkdirs(below, 0700, &e), e);
    CHECK_OK(lostsweep_run(s.dirfd, id_str(&s.launch), SWEEP_MS, &swept, &e), e);
    CHECK(swept.is_sure);
    CHECK(access(path, F_OK) < 0);
    scene_close(&s);
}

TEST(a_cgroup_that_names_another_launch_is_not_touched) {
    Scene s;
    scene_open(&s);
    CLEANUP(fd_closep) int fd = openat(s.dirfd, "cgroup", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    CHECK(dprintf(fd, "%s/muster-lch_other", test_dir()) > 0);
    char path[300];
    snprintf(path, sizeof path, "%s/muster-lch_other", test_dir());
    CHECK(mkdir(path, 0700) == 0);
    check_sweep(&s, 0);
    CHECK(rmdir(path) == 0);
    scene_close(&s);
}
