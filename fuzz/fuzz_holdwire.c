/* Hold wire, the hold's side: a message that was read can be written and read again; any bytes that a client sends
 * leave a hold whose log is intact and whose inputs are numbered without gaps. No process is started. */
#include "base/holdwire.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "fuzz.h"
#include "holdrig.h"

enum { PIECE_MAX = 4096 };

/* ---- Codecs ---- */

static void check_message(Str in) {
    HoldMsg m, again;
    size_t size, size_again;
    if (holdwire_parse(in, &m, &size) != HOLD_WHOLE || m.type == HOLD_MSG_UNKNOWN) return;
    MUST(size <= in.n);
    CLEANUP(buf_done) Buf out;
    buf_init(&out, HOLD_MSG_HEADER + HOLD_MSG_BODY_MAX);
    MUST(holdwire_put(&out, &m));
    MUST(out.n <= size); /* bytes of a later version are omitted */
    MUST(holdwire_parse(buf_str(&out), &again, &size_again) == HOLD_WHOLE);
    MUST(size_again == out.n && again.type == m.type);
}

static void check_log(Str in) {
    HoldFrame f;
    HoldSegment s;
    HoldExit x;
    HoldGap gap;
    HoldInput input;
    HoldSize win;
    size_t size;
    if (holdlog_frame_parse(in, &f, &size) == HOLD_WHOLE) MUST(size == HOLD_FRAME_HEADER + f.bytes.n && size <= in.n);
    holdlog_segment_parse(in, &s);
    if (holdlog_exit_parse(in, &x)) MUST(x.reason.n + x.text.n + x.limit.n + x.mechanism.n <= in.n);
    if (holdlog_gap_parse(in, &gap)) MUST(gap.from <= gap.to);
    if (holdlog_input_parse(in, &input)) MUST(input.at + input.bytes.n <= input.total);
    holdlog_size_parse(in, &win);
}

/* ---- The served client ---- */

static void serve(Hold *h, Str bytes, const int peer[2], const int child[2]) {
    uint64_t last = 0;
    while (bytes.n && client_is_open(&h->clients.served)) {
        Str piece = str_upto(bytes, PIECE_MAX);
        ssize_t n = send(peer[1], piece.p, piece.n, MSG_NOSIGNAL);
        if (n > 0) bytes = str_from(bytes, (size_t)n);
        orders_read(h);
        orders_accept_input(h);
        while (input_wants_write(&h->input) && input_write(&h->input)) holdrig_drain(child[0]);
        orders_send_head(h);
        holdrig_drain(peer[1]);
        MUST(h->input.last >= last && h->input.delivered <= h->input.last);
        MUST(h->input.coming.n <= HOLD_INPUT_MAX);
        last = h->input.last;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Str in = str_n(data, size);
    check_message(in);
    check_log(in);
    int peer[2], child[2];
    Hold *h = holdrig_new(child);
    holdrig_connect(&h->clients.served, peer);
    serve(h, in, peer, child);
    close(peer[1]);
    close(child[0]);
    holdrig_free(h);
    return 0;
}
