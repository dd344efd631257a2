#include "sys/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "base/str.h"
#include "sys/file.h"

/* Every control file is written with one write(2) of one value. */
static int put_value(int fd, const char *file, int64_t value, Err *e) {
    char text[24];
    int n = snprintf(text, sizeof text, "%lld", (long long)value);
    CLEANUP(fd_closep) int control = openat(fd, file, O_WRONLY | O_CLOEXEC);
    if (control < 0 && errno == ENOENT) return err_fail(e, ERR_CONFLICT, "this control group has no %s", file);
    if (control < 0 || write(control, text, (size_t)n) != n) return err_sys(e, "cannot write %s", file);
    return 0;
}

/* The line "0::/path" of /proc/self/cgroup names the group in version 2 (cgroups(7)). */
static bool own_group(Buf *text, Str *ret) {
    Str rest, line;
    if (file_read(AT_FDCWD, "/proc/self/cgroup", text, NULL) < 0) return false;
    rest = buf_str(text);
    while (str_split(&rest, '\n', &line)) {
        if (!str_starts(line, STR("0::/"))) continue;
        *ret = str_from(line, 3);
        return true;
    }
    return false;
}

bool cgroup_root(const char *mount, char out[CGROUP_PATH_MAX]) {
    char path[CGROUP_PATH_MAX], probe[CGROUP_PATH_MAX];
    CLEANUP(buf_done) Buf text;
    Str group;
    buf_init(&text, 64 << 10);
    if (!own_group(&text, &group)) return false;
    if (str_is(group, "/")) group.n = 0;
    int n = snprintf(path, sizeof path, "%s" STR_FMT, mount ? mount : "/sys/fs/cgroup", STR_ARG(group));
    int m = snprintf(probe, sizeof probe, "%s/cgroup.procs", path);
    if ((size_t)n >= sizeof path || (size_t)m >= sizeof probe) return false;
    if (access(probe, W_OK) != 0 || access(path, W_OK | X_OK) != 0) return false;
    memcpy(out, path, (size_t)n + 1);
    return true;
}

static int put_limits(int fd, const CgroupLimits *limits, Err *e) {
    const struct {
        const char *file;
        int64_t value;
    } rows[] = {{"memory.max", limits->memory_max}, {"pids.max", limits->pids_max}};
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (rows[i].value > 0) TRY(put_value(fd, rows[i].file, rows[i].value, e));
    return 0;
}

static bool group_path(const char *root, const char *name, char out[CGROUP_PATH_MAX]) {
    return snprintf(out, CGROUP_PATH_MAX, "%s/%s", root, name) < CGROUP_PATH_MAX;
}

int cgroup_create(const char *root, const char *name, const CgroupLimits *limits, int *ret_fd, Err *e) {
    char path[CGROUP_PATH_MAX];
    if (!group_path(root, name, path))
        return err_fail(e, ERR_INVALID, "the path of control group %s is too long", name);
    if (mkdir(path, 0755) < 0) return err_sys(e, "cannot make the control group %s", path);
    CLEANUP(fd_closep) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int failed = fd < 0 ? err_sys(e, "cannot open the control group %s", path) : put_limits(fd, limits, e);
    if (failed) {
        rmdir(path);
        return failed;
    }
    *ret_fd = TAKE_FD(fd);
    return 0;
}

int cgroup_add(int fd, int64_t pid, Err *e) { return put_value(fd, "cgroup.procs", pid, e); }

int cgroup_freeze(int fd, bool frozen, Err *e) { return put_value(fd, "cgroup.freeze", frozen, e); }

int cgroup_kill(int fd, Err *e) { return put_value(fd, "cgroup.kill", 1, e); }

int cgroup_remove(const char *root, const char *name, Err *e) {
    char path[CGROUP_PATH_MAX];
    if (!group_path(root, name, path))
        return err_fail(e, ERR_INVALID, "the path of control group %s is too long", name);
    if (rmdir(path) == 0 || errno == ENOENT) return 0;
    if (errno == EBUSY) return err_fail(e, ERR_BUSY, "the control group %s still has processes", path);
    return err_sys(e, "cannot remove the control group %s", path);
}
