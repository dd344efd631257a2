#include "holdrig.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "folder.h"
#include "fuzz.h"

enum { SEGMENT_BYTES = 1 << 16 };

static HoldSpecLimits limits;

Hold *holdrig_new(int child[2]) {
    Hold *h = mu_new(Hold);
    h->lock_fd = h->signal_fd = h->exec_fd = h->stdin_fd = -1;
    h->sources[0].fd = h->sources[1].fd = h->cgroup.fd = -1;
    h->spec = (HoldSpec){.launch = STR(HOLDRIG_LAUNCH),
                         .nonce = STR(HOLDRIG_NONCE),
                         .limits = &limits,
                         .backlog_cap_bytes = 1 << 20,
                         .terminal_cap_bytes = 1 << 20};
    h->phase = PHASE_RUNNING;
    h->is_started = true;
    h->dir_fd = fuzz_folder(NULL);
    Err e = {0};
    MUST(logfile_open(&h->log, h->dir_fd, HOLDRIG_LAUNCH, SEGMENT_BYTES, &e) == 0);
    input_init(&h->input);
    MUST(pipe2(child, O_NONBLOCK | O_CLOEXEC) == 0);
    h->input.fd = h->stdin_fd = child[1];
    h->clients.launch = HOLDRIG_LAUNCH;
    h->clients.nonce = HOLDRIG_NONCE;
    h->clients.listen_fd = h->clients.greeting.fd = h->clients.served.fd = -1;
    return h;
}

void holdrig_free(Hold *h) {
    client_close(&h->clients.served);
    client_close(&h->clients.greeting);
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

void holdrig_connect(Client *c, int peer[2]) {
    MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, peer) == 0);
    c->fd = peer[0];
    buf_init(&c->in, HOLD_MSG_HEADER + HOLD_MSG_BODY_MAX);
    buf_init(&c->out, 1 << 16);
}

void holdrig_drain(int fd) {
    char bytes[65536];
    while (read(fd, bytes, sizeof bytes) > 0) continue;
}
