/* Hold wire, the daemon's side: whatever the socket delivers, the link closes exactly once and leaks nothing; whatever
 * the log's files contain, the reader ends, and its frames are contiguous.
 * Bit 0 of the first byte: the bytes are a log, else the peer's output; bit 1: a correct hello comes first. */
#include "core/holdlink.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/launchlog.h"
#include "folder.h"
#include "fuzz.h"
#include "sys/loop.h"

enum { IS_LOG = 1, IS_GREETED = 2, READS_MAX = 10000 };
static const char launch[] = "lch_00000000000000000000000000", nonce[] = "0123456789abcdef";

static void remove_files(int dirfd) {
    static const char *const names[] = {"sock", "log.00000000000000000000"};
    for (size_t i = 0; i < COUNT_OF(names); i++) unlinkat(dirfd, names[i], 0);
}

static int folder(void) { return fuzz_folder(remove_files); }

/* ---- The log ---- */

static void write_segment(uint64_t first, Str frames) {
    char name[HOLD_SEGMENT_NAME_MAX];
    uint8_t head[HOLD_SEGMENT_HEADER];
    holdlog_segment_name(first, name);
    holdlog_segment_head(&(HoldSegment){.first = first}, head);
    int fd = openat(folder(), name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    MUST(fd >= 0 && write(fd, head, sizeof head) == (ssize_t)sizeof head);
    MUST(write(fd, frames.p, frames.n) == (ssize_t)frames.n);
    close(fd);
}

static void read_all(LaunchLog *log, uint64_t from, size_t max) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Err e = {0};
    LaunchBatch b = {.next = from};
    int reads = 0;
    do {
        uint64_t at = b.next;
        arena_reset(a);
        MUST(launchlog_read(log, at, max, a, &b, &e) == 0);
        for (size_t i = 0; i < b.n; i++) {
            MUST(b.frames[i].offset == at);
            at += HOLD_FRAME_HEADER + b.frames[i].frame.bytes.n;
        }
        MUST(b.next == at && (b.n > 0 || b.cond != LAUNCHLOG_MORE));
    } while (b.cond == LAUNCHLOG_MORE && ++reads < READS_MAX);
}

static void check_log(Str in) {
    uint64_t second = in.n > 1 ? (uint8_t)in.p[0] * 4u : 0;
    Str frames = str_from(in, 1), tail = str_from(frames, frames.n / 2);
    write_segment(0, frames);
    if (second) write_segment(second, tail);
    LaunchLog *log;
    Err e = {0};
    MUST(launchlog_open(folder(), &log, &e) == 0);
    read_all(log, 0, 64);
    read_all(log, second, 1 << 20);
    read_all(log, in.n, 1);
    launchlog_close(log);
    char name[HOLD_SEGMENT_NAME_MAX];
    holdlog_segment_name(second, name);
    unlinkat(folder(), name, 0);
}

/* ---- The link ---- */

typedef struct Peer {
    int listen_fd, fd;
    Str bytes;
    HoldLink *link;
    int n_closed, n_ready;
} Peer;

static void on_ready(void *arg, const HoldHello *hello, const HoldHead *head) {
    Peer *p = arg;
    MUST(++p->n_ready == 1 && str_is(hello->nonce, nonce));
    (void)head;
    holdlink_go(p->link);
    holdlink_input(p->link, 1, STR("input"));
    holdlink_poke(p->link, STR("poke"));
}
static void on_head(void *arg, const HoldHead *head) { MUST(((Peer *)arg)->n_ready == 1 && head); }
static void on_ack(void *arg, uint64_t n, HoldAck status) {
    Peer *p = arg;
    (void)status;
    MUST(n == 1 || n == 2);
    holdlink_input(p->link, 2, STR(""));
}
static void on_exited(void *arg, uint64_t offset, const HoldExit *exit) {
    (void)offset;
    MUST(exit->text.n <= UINT16_MAX);
    holdlink_bye(((Peer *)arg)->link);
}
static void on_closed(void *arg, const Err *why) {
    Peer *p = arg;
    (void)why;
    MUST(++p->n_closed == 1);
}
static const HoldLinkEvents events = {on_ready, on_head, on_ack, on_exited, on_closed};

static int listen_here(void) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    snprintf(at.sun_path, sizeof at.sun_path, "/proc/self/fd/%d/sock", folder());
    unlinkat(folder(), "sock", 0);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    MUST(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0 && listen(fd, 1) == 0);
    return fd;
}

static void feed(Peer *p) {
    char sink[65536];
    if (p->fd < 0) p->fd = accept4(p->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (p->fd < 0) return;
    while (recv(p->fd, sink, sizeof sink, 0) > 0) continue;
    ssize_t n = p->bytes.n ? send(p->fd, p->bytes.p, p->bytes.n, MSG_NOSIGNAL) : 0;
    if (n > 0) p->bytes = str_from(p->bytes, (size_t)n);
    if (p->bytes.n == 0 || n < 0) shutdown(p->fd, SHUT_RDWR);
}

static void check_link(Str in) {
    static Loop *loop;
    Err e = {0};
    if (!loop) MUST(loop_new(&loop, &e) == 0);
    Peer p = {.listen_fd = listen_here(), .fd = -1, .bytes = in};
    HoldLinkConfig c = {.loop = loop,
                        .dirfd = folder(),
                        .launch = str(launch),
                        .nonce = str(nonce),
                        .connect_ms = 1000,
                        .answer_ms = 1000,
                        .on = &events,
                        .arg = &p};
    MUST(holdlink_open(&c, &p.link, &e) == 0);
    while (!p.n_closed) {
        uv_run(loop_uv(loop), UV_RUN_NOWAIT);
        if (!p.n_closed) feed(&p);
    }
    close(p.listen_fd);
    if (p.fd >= 0) close(p.fd);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc, (void)argv;
    signal(SIGPIPE, SIG_IGN); /* as every program with a loop does */
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    Str in = str_n(data + 1, size - 1);
    if (data[0] & IS_LOG) {
        check_log(in);
        return 0;
    }
    CLEANUP(buf_done) Buf bytes;
    buf_init(&bytes, 1 << 22);
    HoldMsg hello = {.type = HOLD_MSG_HELLO, .hello = {.version = 1, .launch = str(launch), .nonce = str(nonce)}};
    if (data[0] & IS_GREETED) holdwire_put(&bytes, &hello);
    buf_add_str(&bytes, in);
    check_link(buf_str(&bytes));
    return 0;
}
