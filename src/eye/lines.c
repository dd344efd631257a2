/* See lines.h. They are written without blocking: when nobody reads it, whole lines are dropped, and the next one
 * that fits says how many. The hold reads it always, so that this happens only where its disk is full. */
#include "eye/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "eye/order.h"

enum { OUT_MAX = 4 << 20 };

struct Lines {
    Eye *eye;
    int in_fd, out_fd;
    Buf in, out;
    Arena *arena; /* of the configuration: as long as the eye */
    struct wl_event_source *writer;
    uint64_t n_lost;
};

static Lines *lines_new(Eye *eye, int in_fd, int out_fd) {
    Lines *l = mu_new(Lines);
    l->eye = eye;
    l->in_fd = in_fd;
    l->out_fd = out_fd;
    buf_init(&l->in, EYE_LINE_MAX);
    buf_init(&l->out, OUT_MAX);
    l->arena = arena_new();
    return l;
}

/* --- out ---------------------------------------------------------------------------------------------------------- */

static void flush(Lines *l) {
    while (l->out.n) {
        ssize_t n = write(l->out_fd, l->out.p, l->out.n);
        if (n > 0)
            buf_drop(&l->out, (size_t)n);
        else if (n < 0 && errno != EINTR)
            break;
    }
    if (l->writer) wl_event_source_fd_update(l->writer, l->out.n ? WL_EVENT_WRITABLE : 0);
}

static int on_writable(int fd, uint32_t mask, void *data) {
    (void)fd, (void)mask;
    flush(data);
    return 0;
}

void lines_report(Eye *eye, const char *type, const Shape *shape, const void *report) {
    Lines *l = eye->lines;
    CLEANUP(buf_done) Buf members;
    CLEANUP(buf_done) Buf line;
    buf_init(&members, EYE_LINE_MAX);
    buf_init(&line, EYE_LINE_MAX);
    JsonOut o = json_out(&members);
    shape_encode(shape, report, &o);
    buf_add_fmt(&line, "{\"type\":\"%s\",\"lost\":%llu,", type, (unsigned long long)l->n_lost);
    buf_add_str(&line, str_from(buf_str(&members), 1)); /* every report has a member */
    buf_add_c(&line, '\n');
    if (members.failed || line.failed || line.n > l->out.max - l->out.n) {
        l->n_lost++;
        return;
    }
    l->n_lost = 0;
    buf_add_str(&l->out, buf_str(&line));
    flush(l);
}

void lines_error(Eye *eye, const char *fmt, ...) {
    char text[1000];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    EyeErrorLine line = {0};
    GIVE(EyeErrorLine, &line, message, str(text));
    lines_report(eye, "error", &EyeErrorLine_shape, &line);
}

/* --- in ----------------------------------------------------------------------------------------------------------- */

/* The first whole line of what has come; it is valid until lines_drop. */
static bool next_line(const Lines *l, Str *ret) {
    const char *end = l->in.n ? memchr(l->in.p, '\n', l->in.n) : NULL;
    if (end) *ret = str_n(l->in.p, (size_t)(end - l->in.p));
    return end != NULL;
}

static int parse(Str line, Arena *a, EyeOrder *ret, Err *e) {
    Json *root;
    TRY(json_parse(a, line, JSON_DEPTH_REQUEST, &root, e));
    if (!json_is(root, JSON_OBJECT)) return err_fail(e, ERR_INVALID, "an order is a JSON object");
    return shape_decode(&EyeOrder_shape, root, a, ret, e);
}

static void take_line(Lines *l, Str line) {
    if (!str_trim(line).n) return;
    CLEANUP(arena_freep) Arena *a = arena_new();
    EyeOrder order;
    Err e = {0};
    if (parse(line, a, &order, &e) < 0 || order_run(l->eye, &order, &e) < 0) lines_error(l->eye, "%s", e.text);
}

/* -1: the end, or an error; 0: nothing more for now. */
static int fill(Lines *l) {
    char room[65536];
    ssize_t n = read(l->in_fd, room, sizeof room);
    if (n < 0) return errno == EAGAIN || errno == EINTR ? 0 : -1;
    if (n == 0) return -1;
    if (!buf_add(&l->in, room, (size_t)n)) {
        buf_clear(&l->in);
        l->in.failed = false;
        lines_error(l->eye, "a line of more than %d bytes was dropped", EYE_LINE_MAX);
    }
    return 1;
}

static int on_readable(int fd, uint32_t mask, void *data) {
    (void)fd, (void)mask;
    Lines *l = data;
    if (fill(l) < 0) {
        eye_end(l->eye); /* nobody can give orders any more */
        return 0;
    }
    Str line;
    while (next_line(l, &line)) {
        take_line(l, line);
        buf_drop(&l->in, line.n + 1);
    }
    return 0;
}

int lines_begin(Eye *eye, int in_fd, int out_fd, Err *e) {
    Lines *l = eye->lines = lines_new(eye, in_fd, out_fd);
    Str line;
    while (!next_line(l, &line)) {
        if (fill(l) < 0) return err_fail(e, ERR_INVALID, "standard input ended before the order `start`");
    }
    char *kept = arena_cstr(l->arena, line);
    buf_drop(&l->in, line.n + 1);
    EyeOrder order;
    TRY(parse(str(kept), l->arena, &order, e));
    if (order.type != EYE_ORDER_START || !order.config)
        return err_fail(e, ERR_INVALID, "the first order must be `start`, with `config`");
    eye->config = *order.config;
    if (eye->config.clock != EYE_TIME_REAL && !HAS(EyeConfig, &eye->config, step_timeout_ms))
        eye->config.step_timeout_ms = EYE_VIRTUAL_TIMEOUT_MS_DEF;
    return 0;
}

void lines_init(Eye *eye) {
    Lines *l = eye->lines;
    fcntl(l->in_fd, F_SETFL, fcntl(l->in_fd, F_GETFL) | O_NONBLOCK);
    fcntl(l->out_fd, F_SETFL, fcntl(l->out_fd, F_GETFL) | O_NONBLOCK);
    eye_watch(eye, wl_event_loop_add_fd(eye->loop, l->in_fd, WL_EVENT_READABLE, on_readable, l));
    l->writer = eye_watch(eye, wl_event_loop_add_fd(eye->loop, l->out_fd, 0, on_writable, l));
}
