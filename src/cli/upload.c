/* See upload.h. */
#include "cli/upload.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text_cut.h"
#include "sys/environment.h"
#include "sys/file.h"

enum { ANSWER_MAX = 1 << 20, UPLOAD_MS = 600000 };

bool upload_is_taken(const Op *op) { return op->in && shape_find(op->in, STR(UPLOAD_FIELD)); }

Str upload_name(const char *path, Arena *a) {
    char *name = arena_cstr(a, path_last(str(path)));
    for (char *p = name; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f) *p = '_';
    return str(name);
}

int upload_open(const Op *op, const char *path, int *ret_fd, int64_t *ret_bytes, Err *e) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    const char *file = arena_cstr(a, environment_expand_home(a, str(path)));
    CLEANUP(fd_closep) int fd = open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0) return err_sys(e, "cannot open %s", path);
    if (!S_ISREG(st.st_mode)) return err_fail(e, ERR_INVALID, "%s is not a file", path);
    if (st.st_size == 0) return err_fail(e, ERR_INVALID, "%s is empty", path);
    if (st.st_size > op->body_max)
        return err_fail(e, ERR_INVALID, "%s is larger than %lld MiB", path, (long long)op->body_max >> 20);
    *ret_bytes = st.st_size;
    *ret_fd = TAKE_FD(fd);
    return 0;
}

static void add_name(Buf *b, Str name) {
    for (size_t i = 0; i < name.n; i++) buf_add_fmt(b, "%%%02X", (unsigned char)name.p[i]);
}

int upload_file(const CliContext *c, const char *path, Arena *a, Str *ret_id, Err *e) {
    static const char *const words[] = {"create_attachment"};
    int used;
    CLEANUP(fd_closep) int fd = -1;
    CLEANUP(buf_done) Buf target, answer;
    buf_init(&answer, ANSWER_MAX);
    buf_init(&target, 8192);
    CliCall call = {.op = cli_find(c, 1, words, &used), .timeout_ms = UPLOAD_MS};
    Json *made = NULL;
    TRY(upload_open(call.op, path, &fd, &call.file_bytes, e));
    buf_add_fmt(&target, "%s?name=", strchr(call.op->route, ' ') + 1);
    add_name(&target, upload_name(path, a));
    call.target = target.p;
    call.file_fd = fd;
    call.answer = answer;
    int r = cli_call(c, &call, e);
    answer = call.answer;
    TRY(r);
    TRY(json_parse(a, arena_str(a, buf_str(&answer)), JSON_DEPTH_REQUEST, &made, e));
    *ret_id = json_str(made, "id");
    if (call.status < 400) return 0;
    Str why = json_str(json_get(made, "error"), "message");
    return err_fail(e, ERR_PROCESS, "%s: " STR_FMT, path, STR_ARG(text_printable(a, why)));
}
