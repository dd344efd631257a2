/* See env_file.h. */
#include "eye/env_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "eye/consumer.h"
#include "eye/lines.h"
#include "eye/xwayland.h"

enum { SIZE_MAX_BYTES = 4096 };

static void path_of(const Eye *eye, const char *end, char ret[160]) {
    const char *socket = eye->consumers->path[1], *slash = strrchr(socket, '/');
    snprintf(ret, 160, "%.*s/compositor.env%s", (int)(slash - socket), socket, end);
}

static void put_lines(Eye *eye, Buf *out) {
    const char *display = xwayland_display(eye);
    buf_add_fmt(out, "METABONK_INSTANCE_ID=" STR_FMT "\n", STR_ARG(eye->config.id));
    buf_add_fmt(out, "XDG_RUNTIME_DIR=%s\nWAYLAND_DISPLAY=%s\n", eye->folder, eye->wayland_name);
    buf_add_fmt(out, "METABONK_FRAME_SOCK=%s\n", eye->consumers->path[1]);
    if (display && *display) buf_add_fmt(out, "DISPLAY=%s\n", display);
}

static bool write_new(const char *path, Str text) {
    CLEANUP(fd_closep) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    return fd >= 0 && write(fd, text.p, text.n) == (ssize_t)text.n;
}

void env_file_write(Eye *eye) {
    char path[160], temporary[160];
    CLEANUP(buf_done) Buf b;
    buf_init(&b, SIZE_MAX_BYTES);
    put_lines(eye, &b);
    path_of(eye, "", path);
    path_of(eye, ".new", temporary);
    unlink(temporary); /* of an eye that was killed */
    if (write_new(temporary, buf_str(&b)) && rename(temporary, path) == 0) return;
    lines_error(eye, "%s cannot be written: %s", path, strerror(errno));
    unlink(temporary);
}

void env_file_remove(Eye *eye) {
    char path[160];
    path_of(eye, "", path);
    unlink(path);
}
