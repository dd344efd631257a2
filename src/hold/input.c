#include "hold/input.h"

#include <errno.h>
#include <unistd.h>

enum { INPUT_FRAME_PART = HOLD_FRAME_BYTES_MAX - HOLD_INPUT_HEAD };

void input_init(Input *in) {
    *in = (Input){.fd = -1};
    buf_init(&in->coming, HOLD_INPUT_MAX);
    buf_init(&in->going, HOLD_INPUT_MAX);
    buf_init(&in->pokes, INPUT_POKES_MAX);
}

void input_done(Input *in) {
    buf_done(&in->coming);
    buf_done(&in->going);
    buf_done(&in->pokes);
}

static bool is_complete(const Input *in) { return in->coming_n && in->coming.n == in->coming_total; }

/* Also frees the memory: an input of 16 MiB must not keep the hold large forever. */
static void drop_coming(Input *in) {
    buf_done(&in->coming);
    buf_init(&in->coming, HOLD_INPUT_MAX);
    in->coming_n = 0;
    in->coming_total = in->coming_logged = 0;
}

HoldAck input_take(Input *in, const HoldInput *part) {
    if (part->n <= in->last) return HOLD_ACK_KNOWN;
    if (in->fd < 0 || in->is_ending) return HOLD_ACK_CLOSED;
    if (part->n > in->last + 1) return HOLD_ACK_GAP;
    if (part->total > HOLD_INPUT_MAX) return HOLD_ACK_BAD;
    bool begins = part->at == 0;
    if (begins && is_complete(in)) return HOLD_ACK_ACCEPTED; /* sent again after a reconnect: it already waits */
    if (begins) {
        drop_coming(in);
        in->coming_n = part->n;
        in->coming_total = part->total;
    }
    bool fits = in->coming_n == part->n && in->coming_total == part->total && in->coming.n == part->at;
    if (!fits && is_complete(in)) return HOLD_ACK_ACCEPTED;
    if (!fits) {
        drop_coming(in);
        return HOLD_ACK_BAD;
    }
    buf_add_str(&in->coming, part->bytes);
    return HOLD_ACK_ACCEPTED;
}

void input_poke(Input *in, Str bytes) {
    in->n_poked += bytes.n;
    if (in->fd >= 0 && in->pokes.n + bytes.n <= INPUT_POKES_MAX)
        buf_add_str(&in->pokes, bytes);
    else
        in->n_taken += bytes.n;
}

void input_forget_partial(Input *in) {
    if (in->coming_n && !is_complete(in)) drop_coming(in);
}

static void go(Input *in, Buf *from, uint64_t n) {
    buf_done(&in->going);
    in->going = *from;
    in->going_n = n;
    in->sent = 0;
    buf_init(from, from->max);
}

/* True when nothing is being written to the child. */
static bool is_clear(const Input *in) { return in->sent == in->going.n; }

static bool log_part(Input *in, LogFile *log) {
    HoldInput part = {.n = in->coming_n, .total = in->coming_total, .at = in->is_pty ? 0 : in->coming_logged};
    uint32_t size = in->coming_total - in->coming_logged;
    if (!in->is_pty && size > INPUT_FRAME_PART) size = INPUT_FRAME_PART;
    uint8_t head[HOLD_INPUT_HEAD];
    holdlog_input_head(&part, head);
    Str bytes = in->is_pty ? (Str){0} : str_upto(str_from(buf_str(&in->coming), in->coming_logged), size);
    if (!logfile_put2(log, HOLD_INPUT, str_n(head, sizeof head), bytes)) return false;
    in->coming_logged += size;
    return true;
}

InputStep input_accept(Input *in, LogFile *log) {
    if (!is_clear(in)) return INPUT_IDLE;
    if (in->pokes.n) go(in, &in->pokes, 0);
    if (!is_clear(in) || !is_complete(in)) return INPUT_IDLE;
    do {
        if (!log_part(in, log)) return INPUT_HELD;
    } while (in->coming_logged < in->coming_total);
    in->last = in->coming_n;
    go(in, &in->coming, in->coming_n);
    drop_coming(in);
    if (is_clear(in)) in->delivered = in->last;
    return INPUT_ACCEPTED;
}

bool input_wants_write(const Input *in) { return in->fd >= 0 && !is_clear(in); }

uint64_t input_unfinished(const Input *in) { return is_clear(in) ? 0 : in->going_n; }

bool input_write(Input *in) {
    ssize_t n = write(in->fd, in->going.p + in->sent, in->going.n - in->sent);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (n < 0) return false;
    in->sent += (size_t)n;
    if (!is_clear(in)) return true;
    if (in->going_n)
        in->delivered = in->going_n;
    else
        in->n_taken += in->going.n;
    buf_done(&in->going);
    buf_init(&in->going, HOLD_INPUT_MAX);
    in->sent = 0;
    return true;
}

uint64_t input_end(Input *in) {
    uint64_t refused = is_complete(in) ? in->coming_n : 0;
    in->is_ending = true;
    drop_coming(in);
    return refused;
}

bool input_is_ended(const Input *in) { return in->fd >= 0 && in->is_ending && is_clear(in) && in->pokes.n == 0; }

uint64_t input_close(Input *in) {
    uint64_t refused = input_end(in);
    in->fd = -1;
    in->n_taken = in->n_poked;
    buf_clear(&in->pokes);
    buf_clear(&in->going);
    in->sent = 0;
    return refused;
}
