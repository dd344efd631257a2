#include "sys/cgroup.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/test.h"
#include "sys/file.h"

static void put(Arena *a, const char *dir, const char *name) {
    Err e;
    CHECK_OK(file_write_atomic(AT_FDCWD, arena_fmt(a, "%s/%s", dir, name).p, STR(""), 0600, &e), e);
}

static void check_file(Arena *a, const char *dir, const char *name, const char *want) {
    CLEANUP(buf_done) Buf b;
    Err e;
    buf_init(&b, 100);
    CHECK_OK(file_read(AT_FDCWD, arena_fmt(a, "%s/%s", dir, name).p, &b, &e), e);
    CHECK_STR(buf_str(&b), want);
}

TEST(cgroups_are_not_available_without_a_mount) {
    char root[CGROUP_PATH_MAX];
    CHECK(!cgroup_root("/no/such/mount", root));
    CHECK(!cgroup_root(test_dir(), root));
}

/* Stand-ins for the control files show what is written where; the kernel's side is cgroups(7). */
TEST(a_group_is_driven_by_its_control_files) {
    static const char *const files[] = {"cgroup.procs", "cgroup.freeze", "cgroup.kill"};
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *dir = arena_fmt(a, "%s/cgroup", test_dir()).p;
    Err e;
    CHECK_OK(file_mkdirs(dir, 0700, &e), e);
    for (size_t i = 0; i < COUNT_OF(files); i++) put(a, dir, files[i]);
    CLEANUP(fd_closep) int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CHECK_OK(cgroup_add(fd, 12345, &e), e);
    CHECK_OK(cgroup_freeze(fd, true, &e), e);
    CHECK_OK(cgroup_kill(fd, &e), e);
    check_file(a, dir, "cgroup.procs", "12345");
    check_file(a, dir, "cgroup.freeze", "1");
    check_file(a, dir, "cgroup.kill", "1");
}

TEST(a_group_without_the_wanted_controller_is_not_left_behind) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *path = arena_fmt(a, "%s/limited", test_dir()).p;
    CLEANUP(fd_closep) int fd = -1;
    Err e;
    CHECK_ERR(cgroup_create(test_dir(), "limited", &(CgroupLimits){.memory_max = 1 << 20}, &fd, &e), e, ERR_CONFLICT);
    CHECK_STR(str(e.text), "this control group has no memory.max");
    CHECK(fd == -1 && access(path, F_OK) < 0);
    CHECK_OK(cgroup_create(test_dir(), "limited", &(CgroupLimits){0}, &fd, &e), e);
    CHECK(fd >= 0 && access(path, F_OK) == 0);
    CHECK_OK(cgroup_remove(test_dir(), "limited", &e), e);
    CHECK_OK(cgroup_remove(test_dir(), "limited", &e), e);
    CHECK(access(path, F_OK) < 0);
}
