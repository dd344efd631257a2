#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/test.h"
#include "eye_control/start.h"
#include "sys/file.h"

static int listen_at(const char *path) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    memcpy(at.sun_path, path, strlen(path) + 1);
    CHECK(bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 1) == 0);
    return fd;
}

static const char *folder(Arena *a, const char *name, mode_t mode) {
    Err e = {0};
    const char *path = arena_fmt(a, "%s/%s", test_dir(), name).p;
    CHECK_OK(file_mkdirs(path, 0700, &e), e);
    CHECK(chmod(path, mode) == 0);
    return path;
}

static void check(Arena *a, const char *path, ErrCode want) {
    Err e = {0};
    int r = socket_path_check(str(path), "config.socketPath", a, &e);
    if (r != -(int)want) test_fail(__FILE__, __LINE__, "%s: %d %s", path, r, e.text);
    if (want) CHECK_I64(e.n_details, 1);
}

TEST(socket_path_lies_where_nobody_else_can_write) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *mine = folder(a, "mine", 0700), *shared = folder(a, "shared", 0777);
    const char *below = arena_fmt(a, "%s/below", shared).p;
    CHECK(mkdir(below, 0700) == 0);
    check(a, arena_fmt(a, "%s/s", mine).p, ERR_OK);
    check(a, arena_fmt(a, "%s/s", shared).p, ERR_INVALID);
    check(a, arena_fmt(a, "%s/s", below).p, ERR_INVALID); /* others can put another folder in its place */
    check(a, arena_fmt(a, "%s/none/s", mine).p, ERR_INVALID);
    check(a, arena_fmt(a, "%s/..", mine).p, ERR_INVALID);
    check(a, arena_fmt(a, "%s/", mine).p, ERR_INVALID);
    check(a, "relative/s", ERR_INVALID);
    check(a, "", ERR_INVALID);
    check(a, arena_fmt(a, "%s/%0120d", mine, 1).p, ERR_INVALID);
    check(a, "/etc/passwd/s", ERR_INVALID);
}

TEST(socket_path_is_free_or_a_dead_socket) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *mine = folder(a, "other", 0700);
    const char *path = arena_fmt(a, "%s/s", mine).p, *file = arena_fmt(a, "%s/file", mine).p;
    Err e = {0};
    int fd = listen_at(path);
    check(a, path, ERR_CONFLICT);
    close(fd);
    check(a, path, ERR_OK);
    CHECK_OK(file_write_atomic(-100, file, STR("x"), 0600, &e), e);
    check(a, file, ERR_INVALID);
}
