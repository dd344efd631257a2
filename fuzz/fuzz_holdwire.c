/* Hold wire, the hold's end: what is read can be written and read again; any bytes that a client sends leave a hold
 * whose log is whole and whose inputs are numbered without a hole. No process is started. */
#include "base/holdwire.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "fuzz.h"
#include "hold/hold.h"

enum { PIECE_MAX = 4096, SEGMENT_BYTES = 1 << 16 };
static const char launch[] = "lch_00000000000000000000000000", nonce[] = "0123456789abcdef";

/* ---- Codecs ---- */

static void check_message(Str in) {
    HoldMsg m, again;
    size_t size, size_again;
    if (holdwire_parse(in, &m, &size) != HOLD_WHOLE || !holdwire_is_known(m.type)) return;
    MUST(size <= in.n);
    CLEANUP(buf_done) Buf out;
    buf_init(&out, HOLD_MSG_HEADER + HOLD_MSG_BODY_MAX);
    MUST(holdwire_put(&out, &m));
    MUST(out.n <= size); /* a later version's bytes are left out */
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

/* ---- A hold without a child ---- */

static HoldSpecLimits limits;
static char path[] = "/dev/shm/muster-fuzz-XXXXXX"; /* memory: a sync costs nothing */

static void remove_folder(void) { rmdir(path); }

static int folder(void) {
    static int fd = -1;
    if (fd < 0) {
        MUST(mkdtemp(path));
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        atexit(remove_folder);
    }
    return fd;
}

static Hold *make_hold(int peer[2], int child[2]) {
    Hold *h = mu_new(Hold);
    h->lock_fd = h->signal_fd = h->exec_fd = h->stdin_fd = -1;
    h->sources[0].fd = h->sources[1].fd = h->cgroup.fd = -1;
    h->spec = (HoldSpec){.launch = STR("lch_00000000000000000000000000"),
                         .nonce = STR("0123456789abcdef"),
                         .limits = &limits,
                         .backlog_cap_bytes = 1 << 20,
                         .terminal_cap_bytes = 1 << 20};
    h->phase = PHASE_RUNNING;
    h->is_started = true;
    h->dir_fd = folder();
    Err e = {0};
    MUST(logfile_open(&h->log, h->dir_fd, launch, SEGMENT_BYTES, &e) == 0);
    input_init(&h->input);
    MUST(pipe2(child, O_NONBLOCK | O_CLOEXEC) == 0);
    h->input.fd = h->stdin_fd = child[1];
    h->clients.launch = launch;
    h->clients.nonce = nonce;
    h->clients.listen_fd = h->clients.greeting.fd = -1;
    MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, peer) == 0);
    h->clients.served.fd = peer[0];
    buf_init(&h->clients.served.in, HOLD_MSG_HEADER + HOLD_MSG_BODY_MAX);
    buf_init(&h->clients.served.out, 1 << 16);
    return h;
}

static void free_hold(Hold *h) {
    client_close(&h->clients.served);
    hold_close_stdin(h);
    HoldGap gap;
    char newest[HOLD_SEGMENT_NAME_MAX];
    while (logfile_drop_oldest(&h->log, &gap)) continue;
    holdlog_segment_name(logfile_first(&h->log), newest);
    unlinkat(h->dir_fd, newest, 0);
    logfile_close(&h->log);
    input_done(&h->input);
    tree_done(&h->tree);
    free(h);
}

static void drain(int fd) {
    char bytes[65536];
    while (read(fd, bytes, sizeof bytes) > 0) continue;
}

static void serve(Hold *h, Str bytes, const int peer[2], const int child[2]) {
    uint64_t last = 0;
    while (bytes.n && client_is_open(&h->clients.served)) {
        Str piece = str_upto(bytes, PIECE_MAX);
        ssize_t n = send(peer[1], piece.p, piece.n, MSG_NOSIGNAL);
        if (n > 0) bytes = str_from(bytes, (size_t)n);
        orders_read(h);
        orders_accept_input(h);
        while (input_wants_write(&h->input) && input_write(&h->input)) drain(child[0]);
        orders_tell_head(h);
        drain(peer[1]);
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
    Hold *h = make_hold(peer, child);
    serve(h, in, peer, child);
    close(peer[1]);
    close(child[0]);
    free_hold(h);
    return 0;
}
