/* Which processes use a folder, by the links in /proc: they follow a rename of what they name. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/own.h"
#include "sys/file.h"
#include "sys/process.h"

/* What was deleted has a suffix after its old path, which is beneath the folder all the same. */
static bool leads_into(int dirfd, const char *name, Str folder) {
    char target[PATH_MAX];
    ssize_t n = readlinkat(dirfd, name, target, sizeof target);
    return n > 0 && path_is_beneath(str_n(target, (size_t)n), folder);
}

static bool has_open(int dirfd, Str folder) {
    int fd = openat(dirfd, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    CLEANUP(dir_closep) DIR *d = fd < 0 ? NULL : fdopendir(fd);
    if (fd >= 0 && !d) close(fd);
    for (struct dirent *en; d && (en = readdir(d));)
        if (en->d_name[0] != '.' && leads_into(fd, en->d_name, folder)) return true;
    return false;
}

static bool is_in(const char *pid, Str folder) {
    static const char *const links[] = {"cwd", "root", "exe"};
    char path[64];
    snprintf(path, sizeof path, "/proc/%.20s", pid);
    CLEANUP(fd_closep) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return false;
    for (size_t i = 0; i < COUNT_OF(links); i++)
        if (leads_into(fd, links[i], folder)) return true;
    return has_open(fd, folder);
}

int64_t process_in_folder(const char *folder, char name[16]) {
    CLEANUP(dir_closep) DIR *d = opendir("/proc");
    for (struct dirent *en; d && (en = readdir(d));) {
        int64_t pid;
        ProcessLook look = {0};
        if (!str_parse_i64(str(en->d_name), 1, INT32_MAX, &pid) || pid == getpid() || !is_in(en->d_name, str(folder)))
            continue;
        (void)process_look(pid, &look);
        memcpy(name, look.name, sizeof look.name);
        return pid;
    }
    return 0;
}
