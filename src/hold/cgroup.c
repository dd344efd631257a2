#include "hold/cgroup.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "base/str.h"

enum { PROC_FILE_MAX = 64 * 1024 };
static const char note_name[] = "cgroup";

static bool read_file(const char *path, Buf *out) {
    CLEANUP(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    char chunk[4096];
    ssize_t n;
    while ((n = read(fd, chunk, sizeof chunk)) > 0) buf_add(out, chunk, (size_t)n);
    return n == 0 && !out->failed;
}

/* The line "0::/path" of /proc/self/cgroup (cgroups(7)). */
static bool own_path(Str text, Str *ret) {
    Str line;
    while (str_split(&text, '\n', &line)) {
        if (!str_starts(line, STR("0::/"))) continue;
        *ret = str_from(line, 3);
        return true;
    }
    return false;
}

/* Mount point of the v2 hierarchy in /proc/self/mountinfo: field 5 of the line whose type, after " - ", is cgroup2
 * (proc(5)). A mount of only a part of the hierarchy (field 4 is not "/") does not count. */
static bool mount_point(Str text, Str *ret) {
    Str line;
    while (str_split(&text, '\n', &line)) {
        size_t at;
        if (!str_find(line, STR(" - cgroup2 "), &at)) continue;
        Str fields[5], rest = line;
        size_t n = 0;
        while (n < COUNT_OF(fields) && str_split(&rest, ' ', &fields[n])) n++;
        if (n < COUNT_OF(fields) || !str_is(fields[3], "/")) continue;
        *ret = fields[4];
        return true;
    }
    return false;
}

/* `process` is a pid or "self". */
static bool folder_path(const char *process, const char *launch, char *out, size_t size) {
    char own_file[64];
    snprintf(own_file, sizeof own_file, "/proc/%s/cgroup", process);
    CLEANUP(buf_done) Buf cgroups, mounts;
    buf_init(&cgroups, PROC_FILE_MAX);
    buf_init(&mounts, PROC_FILE_MAX);
    Str own, mount;
    if (!read_file(own_file, &cgroups) || !own_path(buf_str(&cgroups), &own)) return false;
    if (!read_file("/proc/self/mountinfo", &mounts) || !mount_point(buf_str(&mounts), &mount)) return false;
    if (str_is(own, "/")) own = STR("");
    int n = snprintf(out, size, STR_FMT STR_FMT "/muster-%s", STR_ARG(mount), STR_ARG(own), launch);
    return n > 0 && (size_t)n < size;
}

static bool write_word(int dirfd, const char *name, const char *word) {
    CLEANUP(fd_closep) int fd = openat(dirfd, name, O_WRONLY | O_CLOEXEC);
    return fd >= 0 && write(fd, word, strlen(word)) == (ssize_t)strlen(word);
}

static bool note_path(const Cgroup *c, int launch_dirfd) {
    CLEANUP(fd_closep) int fd = openat(launch_dirfd, note_name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    return fd >= 0 && write(fd, c->path, strlen(c->path)) == (ssize_t)strlen(c->path);
}

void cgroup_open(Cgroup *c, int launch_dirfd, const char *launch) {
    *c = (Cgroup){.fd = -1};
    char path[sizeof c->path];
    if (!folder_path("self", launch, path, sizeof path) || mkdir(path, 0755) < 0) return;
    memcpy(c->path, path, sizeof path);
    c->fd = open(c->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (c->fd < 0 || !note_path(c, launch_dirfd)) cgroup_close(c, launch_dirfd);
}

int cgroup_try(const char *process, char ret_path[CGROUP_PATH_SIZE], Err *e) {
    char launch[32], path[CGROUP_PATH_SIZE];
    snprintf(launch, sizeof launch, "try-%d", (int)getpid());
    if (!folder_path(process, launch, path, sizeof path))
        return err_fail(e, ERR_NOT_FOUND, "no cgroup v2 hierarchy is mounted");
    int failed = mkdir(path, 0755) < 0 ? err_sys(e, "cannot create the cgroup %s", path) : 0;
    if (!failed) rmdir(path);
    *strrchr(path, '/') = 0;
    memcpy(ret_path, path, sizeof path);
    return failed;
}

void cgroup_enter(const Cgroup *c) {
    if (c->fd >= 0) write_word(c->fd, "cgroup.procs", "0");
}

bool cgroup_kill(const Cgroup *c) { return c->fd >= 0 && write_word(c->fd, "cgroup.kill", "1"); }

bool cgroup_freeze(const Cgroup *c, bool frozen) {
    return c->fd >= 0 && write_word(c->fd, "cgroup.freeze", frozen ? "1" : "0");
}

void cgroup_close(Cgroup *c, int launch_dirfd) {
    if (c->path[0] == 0) return;
    if (c->fd >= 0) close(c->fd);
    c->fd = -1;
    rmdir(c->path);
    unlinkat(launch_dirfd, note_name, 0);
    c->path[0] = 0;
}
