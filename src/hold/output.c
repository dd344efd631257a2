/* Output of the child: from its streams into the log, and what happens when the log cannot be written. */
#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "hold/hold.h"

enum { RETRY_US = 1000 * 1000 };

bool output_is_backlogged(const Hold *h) {
    uint64_t behind = h->log.head > h->derived ? h->log.head - h->derived : 0;
    return h->phase == PHASE_RUNNING && !h->spec.pty && behind > (uint64_t)h->spec.backlog_cap_bytes;
}

bool output_is_held(const Hold *h) { return h->is_full || output_is_backlogged(h); }

void output_set_full(Hold *h) {
    h->is_full = true;
    hold_set_due(h, DUE_RETRY, RETRY_US);
}

static bool drop_segment(Hold *h) {
    HoldGap gap;
    if (!h->spec.pty || !logfile_drop_oldest(&h->log, &gap)) return false;
    if (!h->has_gap) h->gap.from = gap.from;
    h->gap.to = gap.to;
    h->has_gap = true;
    return true;
}

static bool write_gap(Hold *h) {
    if (!h->has_gap) return true;
    CLEANUP(buf_done) Buf body;
    buf_init(&body, 64);
    holdlog_put_gap(&body, &h->gap);
    h->has_gap = !logfile_put(&h->log, HOLD_GAP, buf_str(&body));
    return !h->has_gap;
}

static void keep_to_cap(Hold *h) {
    while (h->log.head - logfile_first(&h->log) > (uint64_t)h->spec.terminal_cap_bytes) {
        if (!drop_segment(h)) return;
    }
    write_gap(h);
}

void output_flush(Hold *h) {
    while (h->pending_n) {
        if (write_gap(h) && logfile_put(&h->log, h->pending_channel, str_n(h->pending, h->pending_n)))
            h->pending_n = 0;
        else if (!drop_segment(h))
            return output_set_full(h);
    }
    if (h->spec.pty) keep_to_cap(h);
}

/* A screen that is drawn from the log has to change where the program's does. */
void output_resize(Hold *h) {
    struct winsize win = {.ws_row = h->size.rows, .ws_col = h->size.cols};
    CLEANUP(buf_done) Buf body;
    buf_init(&body, 16);
    if (!h->spec.pty || h->sources[0].fd < 0 || h->phase == PHASE_ENDED) h->has_size = false;
    if (!h->has_size || h->is_full || h->pending_n) return;
    holdlog_put_size(&body, &h->size);
    while (!logfile_put(&h->log, HOLD_RESIZE, buf_str(&body)))
        if (!drop_segment(h)) return output_set_full(h);
    h->has_size = false;
    ioctl(h->sources[0].fd, TIOCSWINSZ, &win);
}

/* EIO from a master: no process has the terminal open any more. */
static void close_source(Hold *h, Source *s) {
    if (h->spec.pty) hold_close_stdin(h);
    fd_closep(&s->fd);
}

void output_read(Hold *h, Source *s) {
    ssize_t n = read(s->fd, h->pending, sizeof h->pending);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) return close_source(h, s);
    if (h->phase == PHASE_ENDED) return; /* output after the exit frame is discarded */
    h->pending_channel = s->channel;
    h->pending_n = (size_t)n;
    output_flush(h);
    watch_on_output(h);
}

bool output_is_over(const Hold *h) { return h->sources[0].fd < 0 && h->sources[1].fd < 0; }

uint64_t output_discard(Hold *h) {
    enum { READS_MAX = 64 }; /* a pipe holds at most 1 MiB */
    uint64_t lost = h->pending_n;
    h->pending_n = 0;
    for (size_t i = 0; i < COUNT_OF(h->sources); i++) {
        for (int reads = 0; reads < READS_MAX && h->sources[i].fd >= 0; reads++) {
            ssize_t n = read(h->sources[i].fd, h->pending, sizeof h->pending);
            if (n <= 0) break;
            lost += (uint64_t)n;
        }
    }
    return lost;
}
