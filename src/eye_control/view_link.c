/* See view_link.h. */
#include "eye_control/view_link.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/le.h"
#include "base/mem.h"

enum { HEAD_BYTES = 5, READ_BYTES = 64 << 10, PARTS_MAX = 4 };

struct ViewLink {
    uv_pipe_t pipe;
    uv_connect_t connect;
    const ViewLinkSink *sink;
    void *arg;
    bool is_open, is_closing;
    Buf in;
    char chunk[READ_BYTES];
};

typedef struct Sent {
    uv_write_t write;
    char bytes[];
} Sent;

static void on_pipe_closed(uv_handle_t *h) {
    ViewLink *l = h->data;
    buf_done(&l->in);
    free(l);
}

void view_link_close(ViewLink *l) {
    if (!l || l->is_closing) return;
    l->is_closing = true;
    l->is_open = false;
    uv_close((uv_handle_t *)&l->pipe, on_pipe_closed);
}

static void fail(ViewLink *l) {
    if (l->is_closing) return;
    view_link_close(l);
    l->sink->on_closed(l->arg);
}

/* --- reading --- */

/* False: what came is not of this wire. */
static bool give_messages(ViewLink *l) {
    size_t at = 0;
    bool is_good = true;
    while (l->in.n - at >= HEAD_BYTES && !l->is_closing) {
        size_t n = le_load32(l->in.p + at);
        is_good = n >= 1 && n <= EYE_VIEW_MESSAGE_MAX;
        if (!is_good || l->in.n - at < 4 + n) break;
        l->sink->on_message(l->arg, (uint8_t)l->in.p[at + 4], str_n(l->in.p + at + HEAD_BYTES, n - 1));
        at += 4 + n;
    }
    buf_drop(&l->in, at);
    return is_good;
}

static void on_alloc(uv_handle_t *h, size_t wanted, uv_buf_t *ret) {
    ViewLink *l = h->data;
    (void)wanted;
    *ret = uv_buf_init(l->chunk, sizeof l->chunk);
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
    ViewLink *l = s->data;
    if (n == 0) return;
    bool is_good = n > 0 && buf_add(&l->in, b->base, (size_t)n) && give_messages(l);
    if (!is_good) fail(l);
}

/* --- writing --- */

static void on_written(uv_write_t *w, int status) {
    (void)status; /* an end is seen by the read */
    free(container_of(w, Sent, write));
}

bool view_link_send(ViewLink *l, uint8_t type, const Str *parts, int n) {
    size_t size = HEAD_BYTES, at = HEAD_BYTES;
    for (int i = 0; i < n; i++) size += parts[i].n;
    size_t queued = uv_stream_get_write_queue_size((uv_stream_t *)&l->pipe);
    if (!l->is_open || size > EYE_VIEW_ORDER_MAX || queued + size > VIEW_LINK_QUEUE_MAX) return false;
    Sent *s = mu_alloc(sizeof *s + size);
    le_store32(s->bytes, (uint32_t)(size - 4));
    s->bytes[4] = (char)type;
    for (int i = 0; i < n; i++) {
        if (parts[i].n) memcpy(s->bytes + at, parts[i].p, parts[i].n);
        at += parts[i].n;
    }
    uv_buf_t b = uv_buf_init(s->bytes, (unsigned)size);
    if (uv_write(&s->write, (uv_stream_t *)&l->pipe, &b, 1, on_written) == 0) return true;
    free(s);
    return false;
}

/* --- connecting --- */

/* The folder of the socket is the person's own; that its owner is who it should be is checked all the same. */
static bool is_ours(const ViewLink *l) {
    struct ucred peer;
    socklen_t n = sizeof peer;
    uv_os_fd_t fd;
    return uv_fileno((const uv_handle_t *)&l->pipe, &fd) == 0 &&
           getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0 && peer.uid == geteuid();
}

static void on_connected(uv_connect_t *c, int status) {
    ViewLink *l = container_of(c, ViewLink, connect);
    if (l->is_closing) return;
    l->is_open = status == 0 && is_ours(l) && uv_read_start((uv_stream_t *)&l->pipe, on_alloc, on_read) == 0;
    if (l->is_open)
        l->sink->on_open(l->arg);
    else
        fail(l);
}

ViewLink *view_link_open(Loop *loop, const char *path, const ViewLinkSink *sink, void *arg) {
    ViewLink *l = mu_new(ViewLink);
    l->sink = sink;
    l->arg = arg;
    buf_init(&l->in, (size_t)EYE_VIEW_MESSAGE_MAX + HEAD_BYTES + READ_BYTES);
    uv_pipe_init(loop_uv(loop), &l->pipe, 0);
    l->pipe.data = l;
    uv_pipe_connect(&l->connect, &l->pipe, path, on_connected); /* a failure is reported in the next turn */
    return l;
}
