/* See private_tmp.h: a mount namespace, and a user namespace in which this user may mount. Only calls that are safe after the
 * fork of a program with threads. */
#include "eye/private_tmp.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"

static bool write_to(const char *path, const char *text) {
    CLEANUP(fd_closep) int fd = open(path, O_WRONLY | O_CLOEXEC);
    return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

/* Users and groups keep their numbers (user_namespaces(7)). */
static bool enter(void) {
    char users[64], groups[64];
    snprintf(users, sizeof users, "%u %u 1", (unsigned)geteuid(), (unsigned)geteuid());
    snprintf(groups, sizeof groups, "%u %u 1", (unsigned)getegid(), (unsigned)getegid());
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0) return false;
    return write_to("/proc/self/setgroups", "deny") && write_to("/proc/self/uid_map", users) &&
           write_to("/proc/self/gid_map", groups) && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static bool make_folders(const char *path) {
    char part[256];
    for (const char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
        snprintf(part, sizeof part, "%.*s", (int)(at - path), path);
        if (mkdir(part, 0700) < 0 && errno != EEXIST) return false;
    }
    return mkdir(path, 0700) == 0;
}

bool private_tmp_make(const char *kept) {
    static const char tmp[] = "/tmp/";
    char source[64];
    if (!enter()) return false;
    CLEANUP(fd_closep) int fd = open(kept, O_PATH | O_DIRECTORY | O_CLOEXEC); /* of a mount of the new namespace */
    if (fd < 0 || mount("tmp", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777") < 0) return false;
    if (strncmp(kept, tmp, sizeof tmp - 1) != 0) return true;
    snprintf(source, sizeof source, "/proc/self/fd/%d", fd);
    return make_folders(kept) && mount(source, kept, NULL, MS_BIND, NULL) == 0;
}
