/* See ballast.h. */
#include "daemon/ballast.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"

static const char name[] = "ballast", part[] = "ballast.part";

bool ballast_is_there(int home_fd) {
    struct stat st;
    return fstatat(home_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

bool ballast_give(int home_fd) {
    (void)unlinkat(home_fd, part, 0);
    return unlinkat(home_fd, name, 0) == 0;
}

static int fill(int home_fd, Err *e) {
    CLEANUP(fd_closep) int fd = openat(home_fd, part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return err_sys(e, "cannot create %s", part);
    errno = posix_fallocate(fd, 0, BALLAST_BYTES);
    return errno ? err_sys(e, "cannot create %s", part) : 0;
}

int ballast_make(int home_fd, int64_t free_bytes, Err *e) {
    if (free_bytes < 2 * BALLAST_BYTES || ballast_is_there(home_fd)) return 0;
    int r = fill(home_fd, e);
    if (r >= 0 && renameat(home_fd, part, home_fd, name) < 0) r = err_sys(e, "cannot create %s", name);
    if (r < 0) (void)unlinkat(home_fd, part, 0);
    return r;
}
