/* See face_file.h. */
#include "core/face_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "core/face_rest.h"
#include "core/op_body.h"
#include "net/http.h"
#include "sys/fault.h"
#include "sys/loop.h"
#include "sys/pool.h"

enum { PIECE_BYTES = 256 << 10, NAME_MAX_BYTES = 4096 };
/* While the slow threads have no room, a read is tried again: in all for a minute, which is when a call stops waiting
 * for its turn too. */
enum { AGAIN_MS = 250, REFUSALS_MAX = 60000 / AGAIN_MS };

/* A file on its way. While a job runs (is_busy) the piece is the job's. At any time it waits for one thing: the job,
 * the client (on_drain) or `again`. */
typedef struct Sending {
    App *app;
    HttpStream *stream; /* NULL: the client has gone */
    int fd;
    int64_t at, left; /* of what the client gets */
    char *piece;
    ssize_t n; /* bytes of it that wait for the client; -1: the file could not be read */
    bool is_busy;
    int n_refused; /* reads of this piece for which the slow threads had no room */
    Timer again;
} Sending;

static void on_timer_closed(Timer *t) { free(container_of(t, Sending, again)); }

/* Without a job. */
static void sending_free(Sending *s) {
    fd_closep(&s->fd);
    free(s->piece);
    timer_close(&s->again, on_timer_closed);
}

static void next(Sending *s);

static void end(Sending *s) {
    if (s->stream && s->left == 0)
        http_stream_end(s->stream);
    else if (s->stream)
        http_stream_abort(s->stream);
    sending_free(s);
}

static void send_piece(Sending *s) {
    if (!http_stream_write(s->stream, str_n(s->piece, (size_t)s->n))) return; /* on_drain follows */
    s->at += s->n;
    s->left -= s->n;
    if (s->left)
        next(s);
    else
        end(s);
}

static void on_read(void *arg) {
    Sending *s = arg;
    s->is_busy = false;
    if (s->stream && s->n > 0)
        send_piece(s);
    else
        end(s);
}

static void read_job(void *context, void *arg) {
    Sending *s = arg;
    (void)context;
    size_t n = s->left < PIECE_BYTES ? (size_t)s->left : PIECE_BYTES;
    do s->n = fault_point("download.read") ? -1 : pread(s->fd, s->piece, n, s->at);
    while (s->n < 0 && errno == EINTR);
    loop_post(s->app->loop, on_read, s);
}

static bool submit_read(Sending *s) {
    if (fault_point("download.queue")) return false;
    return pool_submit(s->app->slow, read_job, s) || pool_submit_background(s->app->slow, read_job, s);
}

/* The head has gone, so that nothing but a cut answer could say that the daemon is busy: it waits instead. */
static void next(Sending *s) {
    s->is_busy = submit_read(s);
    s->n_refused = s->is_busy ? 0 : s->n_refused + 1;
    if (s->is_busy) return;
    if (s->n_refused <= REFUSALS_MAX)
        timer_start(&s->again, AGAIN_MS, 0);
    else
        end(s);
}

static void on_again(Timer *t) { next(container_of(t, Sending, again)); }

static void on_drain(void *arg) { send_piece(arg); }

static void on_gone(void *arg) {
    Sending *s = arg;
    s->stream = NULL;
    if (!s->is_busy) sending_free(s);
}

/* --- the head --- */

static bool is_plain(unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
}

void face_file_disposition(Str name, Buf *out) {
    buf_add_str(out, STR("attachment; filename=\""));
    for (size_t i = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.p[i];
        bool is_safe = c >= ' ' && c < 0x7f && c != '"' && c != '\\' && c != '%';
        if ((c & 0xc0) != 0x80) buf_add_c(out, is_safe ? (char)c : '_');
    }
    buf_add_str(out, STR("\"; filename*=UTF-8''"));
    for (size_t i = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.p[i];
        if (is_plain(c))
            buf_add_c(out, (char)c);
        else
            buf_add_fmt(out, "%%%02X", c);
    }
}

bool face_file_range(Str header, int64_t size, int64_t *ret_from, int64_t *ret_n) {
    int64_t first = -1, last = size - 1;
    Str from;
    size_t comma;
    if (!str_starts(header, STR("bytes=")) || str_find(header, STR(","), &comma)) return false;
    Str to = str_from(header, 6);
    if (!str_find(to, STR("-"), &comma)) return false;
    from = str_upto(to, comma);
    to = str_from(to, comma + 1);
    if (from.n && !str_parse_i64(from, 0, INT64_MAX, &first)) return false;
    if (to.n && !str_parse_i64(to, 0, INT64_MAX, &last)) return false;
    if (!from.n && !to.n) return false;
    if (from.n && to.n && last < first) return false;
    if (!from.n) { /* the last bytes of the file */
        first = last < size ? size - last : 0;
        last = size - 1;
    }
    if (last >= size) last = size - 1;
    *ret_from = first;
    *ret_n = last >= first ? last - first + 1 : 0;
    return true;
}

static void refuse_range(HttpRequest *r, int64_t size) {
    char text[48];
    int n = snprintf(text, sizeof text, "bytes */%lld", (long long)size);
    HttpHeader of = {STR("content-range"), str_n(text, (size_t)n)};
    http_answer(r, &(HttpAnswer){.status = 416, .headers = &of, .n_headers = 1});
}

void face_file_send(App *app, HttpRequest *r, OpFile *f) {
    CLEANUP(buf_done) Buf disposition = {0};
    char range[96];
    int64_t from = 0, n = f->size;
    bool is_part = face_file_range(http_header(r, "range"), f->size, &from, &n);
    if (n == 0) {
        refuse_range(r, f->size);
        return;
    }
    buf_init(&disposition, NAME_MAX_BYTES);
    face_file_disposition(f->name, &disposition);
    snprintf(range, sizeof range, "bytes %lld-%lld/%lld", (long long)from, (long long)(from + n - 1),
             (long long)f->size);
    HttpHeader headers[] = {
        {STR("cache-control"), STR("no-store")},
        {STR("content-disposition"), buf_str(&disposition)},
        {STR("content-security-policy"), STR("sandbox; default-src 'none'")},
        {STR("accept-ranges"), STR("bytes")},
        {STR("content-range"), str(range)},
    };
    HttpAnswer head = {.status = is_part ? 206 : 200,
                       .content_type = f->media,
                       .stream_bytes = n,
                       .headers = headers,
                       .n_headers = is_part ? COUNT_OF(headers) : COUNT_OF(headers) - 1};
    Sending *s = mu_new(Sending);
    *s = (Sending){.app = app, .fd = TAKE_FD(f->fd), .at = from, .left = n, .piece = mu_alloc(PIECE_BYTES)};
    timer_init(app->loop, &s->again, on_again);
    s->stream = http_stream_begin(r, &head, &(HttpStreamHandler){on_drain, on_gone, s});
    if (s->stream)
        next(s);
    else
        sending_free(s);
}
