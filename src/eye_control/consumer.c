/* See consumer.h. */
#include "eye_control/consumer.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/le.h"
#include "base/mem.h"
#include "muster-eye-abi.h"

enum { PACKET_MAX = 4096, FDS_MAX = 8 };

struct Consumer {
    int fd;
    uint64_t step;
    uint8_t packet[PACKET_MAX];
};

/* The fields are little endian and packed, and so is every machine that this runs on: the structs are the wire. */
_Static_assert(sizeof(EyeAbiHeader) == 20 && sizeof(EyeFrame) == 88, "the sizes of the wire");

void consumer_close(Consumer *c) {
    if (!c) return;
    close(c->fd);
    free(c);
}

void consumer_closep(Consumer **c) {
    consumer_close(*c);
    *c = NULL;
}

static int send_message(Consumer *c, uint16_t type, const void *payload, size_t n, Err *e) {
    uint8_t bytes[sizeof(EyeAbiHeader) + 128];
    EyeAbiHeader h = {.version = EYE_ABI_V2, .type = type, .payload = (uint32_t)n};
    memcpy(h.magic, EYE_ABI_MAGIC, sizeof h.magic);
    memcpy(bytes, &h, sizeof h);
    if (n) memcpy(bytes + sizeof h, payload, n);
    if (send(c->fd, bytes, sizeof h + n, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)(sizeof h + n)) return 0;
    return err_fail(e, ERR_CONFLICT, "the eye does not take messages: %s", strerror(errno));
}

static void close_fds(struct msghdr *msg) {
    for (struct cmsghdr *m = CMSG_FIRSTHDR(msg); m; m = CMSG_NXTHDR(msg, m)) {
        if (m->cmsg_level != SOL_SOCKET || m->cmsg_type != SCM_RIGHTS) continue;
        for (size_t i = 0; i < (m->cmsg_len - CMSG_LEN(0)) / sizeof(int); i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(m) + i * sizeof fd, sizeof fd);
            close(fd);
        }
    }
}

/* One message; its payload follows the header in c->packet. */
static int receive(Consumer *c, int64_t until_us, EyeAbiHeader *ret, Err *e) {
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
    } control;
    struct pollfd p = {.fd = c->fd, .events = POLLIN};
    int64_t left_us = until_us - clock_mono_us();
    int n = poll(&p, 1, left_us > 0 ? (int)(left_us / 1000 + 1) : 0);
    if (n < 0 && errno == EINTR) return receive(c, until_us, ret, e);
    if (n <= 0) return err_fail(e, ERR_TIMEOUT, "the eye sent nothing in time");
    struct iovec part = {c->packet, sizeof c->packet};
    struct msghdr msg = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t got = recvmsg(c->fd, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (got <= 0) return err_fail(e, ERR_CONFLICT, "the eye closed the connection");
    close_fds(&msg);
    if (got >= (ssize_t)sizeof *ret) memcpy(ret, c->packet, sizeof *ret);
    bool is_good = got >= (ssize_t)sizeof *ret && memcmp(ret->magic, EYE_ABI_MAGIC, sizeof ret->magic) == 0 &&
                   ret->version == EYE_ABI_V2 && ret->payload == (size_t)got - sizeof *ret;
    return is_good ? 0 : err_fail(e, ERR_CONFLICT, "the eye sent a malformed message");
}

/* Reads messages until one of the wanted type is there, whole. */
static int await(Consumer *c, uint16_t type, size_t n, int64_t until_us, void *out, Err *e) {
    EyeAbiHeader h;
    for (;;) {
        TRY(receive(c, until_us, &h, e));
        const uint8_t *payload = c->packet + sizeof h;
        if (h.type == type && h.payload >= n) {
            memcpy(out, payload, n);
            return 0;
        }
        if (h.type == EYE_BYE)
            return err_fail(e, ERR_CONFLICT, "the eye ended the connection (reason %u)",
                            h.payload >= 4 ? le_load32(payload) : 0);
        if (h.type == EYE_RESET && h.payload >= 4 && le_load32(payload) == EYE_RESET_DOWN)
            return err_fail(e, ERR_CONFLICT, "the eye has ended");
        if (h.type == EYE_PING) TRY(send_message(c, EYE_PONG, payload, sizeof(EyePing), e));
    }
}

static int dial(const char *path, int *ret_fd, Err *e) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof at.sun_path) return err_fail(e, ERR_CONFLICT, "the path of its socket is too long");
    memcpy(at.sun_path, path, strlen(path) + 1);
    CLEANUP(fd_closep) int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof at) < 0)
        return err_fail(e, ERR_CONFLICT, "its socket %s cannot be connected: %s", path, strerror(errno));
    *ret_fd = TAKE_FD(fd);
    return 0;
}

int consumer_open(const char *path, bool wants_step, int64_t timeout_ms, Consumer **ret, ConsumerInfo *ret_info,
                  Err *e) {
    CLEANUP(fd_closep) int fd = -1;
    EyeHello hello = {.role = wants_step ? EYE_ROLE_STEP : EYE_ROLE_WATCH,
                      .accepts = EYE_ACCEPTS_SHM | EYE_ACCEPTS_DMABUF | EYE_ACCEPTS_UNSEALED,
                      .credits = 2,
                      .name = "muster"};
    EyeHelloAck ack;
    TRY(dial(path, &fd, e));
    CLEANUP(consumer_closep) Consumer *c = mu_new(Consumer);
    c->fd = TAKE_FD(fd);
    TRY(send_message(c, EYE_HELLO, &hello, sizeof hello, e));
    TRY(await(c, EYE_HELLO_ACK, sizeof ack, clock_mono_us() + timeout_ms * 1000, &ack, e));
    c->step = ack.step;
    *ret_info = (ConsumerInfo){.width = ack.width,
                               .height = ack.height,
                               .frame_id = (int64_t)ack.frame_id,
                               .is_lockstep = ack.mode == EYE_MODE_LOCKSTEP,
                               .is_stepper = ack.role == EYE_ROLE_STEP};
    *ret = TAKE(c);
    return 0;
}

int consumer_step(Consumer *c, Err *e) {
    EyeStep step = {.step = ++c->step, .frames = 1};
    return send_message(c, EYE_STEP, &step, sizeof step, e);
}

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int consumer_next(Consumer *c, int64_t timeout_ms, ConsumerFrame *ret, Err *e) {
    EyeFrame f;
    TRY(await(c, EYE_FRAME, sizeof f, clock_mono_us() + timeout_ms * 1000, &f, e));
    *ret = (ConsumerFrame){.id = (int64_t)f.frame_id,
                           .flags = f.flags,
                           .commit_ns = (int64_t)f.commit_ns,
                           .send_ns = (int64_t)f.send_ns,
                           .seen_ns = now_ns()};
    EyeRelease release = {.buffer = f.buffer, .frame_id = f.frame_id};
    return send_message(c, EYE_RELEASE, &release, sizeof release, e);
}
