/* See start.h: where a socket may be made. */
#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "eye_control/start.h"
#include "sys/file.h"

static int refuse(Err *e, ErrCode code, const char *field, const char *what, const char *text) {
    int r = err_fail(e, code, "%s", text);
    err_detail(e, field, "%s", what);
    return r;
}

/* Whoever may write in a folder above it could put another one in its place, unless only owners may move what is there. */
static bool is_safe_above(const char *folder) {
    struct stat st;
    if (lstat(folder, &st) < 0 || !S_ISDIR(st.st_mode)) return false;
    bool is_trusted = st.st_uid == 0 || st.st_uid == geteuid();
    return is_trusted && (!(st.st_mode & 022) || (st.st_mode & S_ISVTX));
}

static int check_folder(const char *folder, const char *field, Arena *a, Err *e) {
    struct stat st;
    CLEANUP(free_p) char *real = NULL;
    if (file_real_path(folder, &real, NULL) < 0)
        return refuse(e, ERR_INVALID, field, "its folder does not exist", "the folder of socketPath does not exist");
    if (lstat(real, &st) < 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid() || st.st_mode & 022)
        return refuse(e, ERR_INVALID, field, "not in a folder of yours that others cannot write",
                      "socketPath must be in a folder that belongs to you and that only you can write");
    for (char *slash = real + strlen(real); slash > real; slash--) {
        if (*slash != '/') continue;
        const char *above = arena_cstr(a, str_n(real, (size_t)(slash - real)));
        if (!is_safe_above(above))
            return refuse(e, ERR_INVALID, field, "others can replace a folder above it",
                          "socketPath must not be below a folder that others can write");
    }
    return 0;
}

/* A socket that refuses connections has nobody behind it any more. */
static bool is_dead(const char *path) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    CLEANUP(fd_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    memcpy(at.sun_path, path, strlen(path) + 1);
    return fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof at) < 0 && errno == ECONNREFUSED;
}

int socket_path_check(Str path, const char *field, Arena *a, Err *e) {
    struct stat st;
    const char *p = arena_cstr(a, path);
    Str name = path_last(path);
    bool is_plain = path.n > 1 && path.n <= EYE_SOCKET_PATH_MAX && path.p[0] == '/' && !memchr(path.p, 0, path.n);
    if (!is_plain || !name.n || str_is(name, ".") || str_is(name, ".."))
        return refuse(e, ERR_INVALID, field, "not an absolute path of at most 107 bytes",
                      "socketPath must be an absolute path of at most 107 bytes");
    size_t n_folder = path.n - name.n;
    TRY(check_folder(arena_cstr(a, str_upto(path, n_folder > 1 ? n_folder - 1 : 1)), field, a, e));
    if (lstat(p, &st) < 0) return 0;
    if (!S_ISSOCK(st.st_mode) || st.st_uid != geteuid())
        return refuse(e, ERR_INVALID, field, "there is something else",
                      "at socketPath is something that is not a socket of yours");
    if (!is_dead(p))
        return refuse(e, ERR_CONFLICT, field, "is in use", "the socket at socketPath is in use by another program");
    return 0;
}
