/* See xdisplay.h. */
#include "eye/xdisplay.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"

/* Above the numbers that people and xvfb-run choose, and all of the same length: what is in the environment of a program that
 * is started twice lies at the same places. */
enum { NUMBER_MIN = 200, NUMBER_MAX = 999, BACKLOG = 128 };

/* Another server is known by its socket or its lock file, also where it has no abstract name. */
static bool has_files(int number) {
    char path[64];
    struct stat st;
    snprintf(path, sizeof path, "/tmp/.X11-unix/X%d", number);
    if (lstat(path, &st) == 0) return true;
    snprintf(path, sizeof path, "/tmp/.X%d-lock", number);
    return lstat(path, &st) == 0;
}

/* -1: the number is taken, or errno is set to something else than EADDRINUSE. */
static int listen_at(int number) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int n = snprintf(at.sun_path + 1, sizeof at.sun_path - 1, "/tmp/.X11-unix/X%d", number);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
    CLEANUP(fd_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&at, size) < 0 || listen(fd, BACKLOG) < 0) return -1;
    return TAKE_FD(fd);
}

static int find_number(XDisplay *d, Err *e) {
    for (int number = NUMBER_MIN; number <= NUMBER_MAX; number++) {
        if (has_files(number)) continue;
        d->fd = listen_at(number);
        if (d->fd < 0 && errno == EADDRINUSE) continue;
        if (d->fd < 0) return err_sys(e, "the socket of an X display cannot be made");
        snprintf(d->name, sizeof d->name, ":%d", number);
        return 0;
    }
    return err_fail(e, ERR_PROCESS, "all X displays from %d to %d are in use", NUMBER_MIN, NUMBER_MAX);
}

/* One entry as libXau reads it: family, address, number, name, data; each but the first begins with its length, and numbers
 * are big-endian. FamilyWild without a number fits every display. */
static int write_key(const char *path, Err *e) {
    static const char method[] = "MIT-MAGIC-COOKIE-1";
    uint8_t key[16], entry[10 + sizeof method - 1 + sizeof key] = {0xff, 0xff, 0, 0, 0, 0, 0, sizeof method - 1};
    if (getrandom(key, sizeof key, 0) != (ssize_t)sizeof key) return err_sys(e, "no key for the X display can be made");
    memcpy(entry + 8, method, sizeof method - 1);
    entry[8 + sizeof method] = sizeof key;
    memcpy(entry + 10 + sizeof method - 1, key, sizeof key);
    CLEANUP(fd_closep) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || write(fd, entry, sizeof entry) != (ssize_t)sizeof entry)
        return err_sys(e, "%s cannot be written", path);
    return 0;
}

int xdisplay_open(const char *folder, XDisplay *ret, Err *e) {
    XDisplay d = {.fd = -1};
    snprintf(d.authority, sizeof d.authority, "%s/xauthority", folder);
    int r = write_key(d.authority, e);
    if (r == 0) r = find_number(&d, e);
    if (r < 0)
        unlink(d.authority);
    else
        *ret = d;
    return r;
}

void xdisplay_close(XDisplay *d) {
    if (d->fd < 0) return;
    fd_closep(&d->fd);
    unlink(d->authority);
}
