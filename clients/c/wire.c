/* Packets: what comes is checked for its form here, before anybody looks into it. */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "internal.h"

enum { FDS_ROOM = 8 }; /* more than any message has: what a bad one brings must be closed too */

/* What the eye may send: each type with the sizes of its payload and the numbers of its descriptors. */
static const struct {
    uint16_t type;
    uint32_t min, max, step; /* bytes; between min and max a multiple of step more than min */
    uint32_t fds_min, fds_max;
    const char *name;
} forms[] = {
    {EYE_HELLO_ACK, sizeof(EyeHelloAck), sizeof(EyeHelloAck), 1, 0, 0, "HELLO_ACK"},
    {EYE_FRAME, sizeof(EyeFrame), sizeof(EyeFrame), 1, 0, 1, "FRAME"},
    {EYE_RESET, sizeof(EyeReset), sizeof(EyeReset), 1, 0, 0, "RESET"},
    {EYE_PING, sizeof(EyePing), sizeof(EyePing), 1, 0, 0, "PING"},
    {EYE_PONG, sizeof(EyePing), sizeof(EyePing), 1, 0, 0, "PONG"},
    {EYE_POOL, sizeof(EyePool), sizeof(EyePool), 1, 1, 1, "POOL"},
    {EYE_BUFFER, sizeof(EyeBuffer) + sizeof(EyePlane), MEYE_PAYLOAD_MAX, sizeof(EyePlane), 0, 0, "BUFFER"},
    {EYE_GONE, sizeof(EyeGone), sizeof(EyeGone), 1, 0, 0, "GONE"},
    {EYE_BYE, sizeof(EyeBye), sizeof(EyeBye), 1, 0, 0, "BYE"},
};

int meye_fail(MusterEyeError *e, int code, const char *fmt, ...) {
    if (!e) return code;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(e->text, sizeof e->text, fmt, ap);
    va_end(ap);
    e->code = code;
    return code;
}

/* ---- In ---- */

typedef struct Packet {
    uint8_t bytes[sizeof(EyeAbiHeader) + MEYE_PAYLOAD_MAX];
    size_t n;
    int fds[FDS_ROOM];
    uint32_t n_fds;
    int flags;
} Packet;

static void take_fds(struct msghdr *msg, Packet *p) {
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
        size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            if (p->n_fds < FDS_ROOM)
                p->fds[p->n_fds++] = fd;
            else
                close(fd);
        }
    }
}

/* 1, 0: nothing is there, or an error. */
static int receive_packet(int fd, bool waits, Packet *p, MusterEyeError *e) {
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(FDS_ROOM * sizeof(int))];
    } control;
    struct iovec part = {p->bytes, sizeof p->bytes};
    struct msghdr msg = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t n;
    do { /* a peer that closes without having read everything: said once, before what it has sent */
        n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC | (waits ? 0 : MSG_DONTWAIT));
    } while (n < 0 && errno == ECONNRESET);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    if (n < 0) return meye_fail(e, -errno, "cannot read from the eye: %s", strerror(errno));
    p->n_fds = 0;
    if (n > 0) take_fds(&msg, p);
    if (n == 0) return meye_fail(e, -ECONNRESET, "the eye is gone");
    p->n = (size_t)n;
    p->flags = msg.msg_flags;
    return 1;
}

static int check_packet(const Packet *p, EyeAbiHeader *ret, MusterEyeError *e) {
    if (p->n < sizeof *ret) return meye_fail(e, -EPROTO, "a message has %zu bytes, less than its header", p->n);
    memcpy(ret, p->bytes, sizeof *ret);
    if (memcmp(ret->magic, EYE_ABI_MAGIC, sizeof ret->magic) != 0)
        return meye_fail(e, -EPROTO, "a message does not begin with " EYE_ABI_MAGIC);
    if (ret->version != EYE_ABI_V2)
        return meye_fail(e, -EPROTO, "a message is of version %u, not %d", ret->version, EYE_ABI_V2);
    size_t i = 0;
    while (i < sizeof forms / sizeof forms[0] && forms[i].type != ret->type) i++;
    if (i == sizeof forms / sizeof forms[0])
        return meye_fail(e, -EPROTO, "the eye does not send messages of type %u", ret->type);
    if (p->flags & MSG_CTRUNC) return meye_fail(e, -EPROTO, "%s came without all of its descriptors", forms[i].name);
    if ((p->flags & MSG_TRUNC) || p->n - sizeof *ret != ret->payload)
        return meye_fail(e, -EPROTO, "%s does not have the %u bytes that its header says", forms[i].name, ret->payload);
    if (ret->payload < forms[i].min || ret->payload > forms[i].max ||
        (ret->payload - forms[i].min) % forms[i].step != 0)
        return meye_fail(e, -EPROTO, "%s cannot have %u bytes", forms[i].name, ret->payload);
    if (ret->fds != p->n_fds)
        return meye_fail(e, -EPROTO, "%s came with %u descriptors instead of %u", forms[i].name, p->n_fds, ret->fds);
    if (ret->fds < forms[i].fds_min || ret->fds > forms[i].fds_max)
        return meye_fail(e, -EPROTO, "%s cannot have %u descriptors", forms[i].name, ret->fds);
    return 0;
}

int meye_receive(int fd, bool waits, MeyeMessage *m, MusterEyeError *e) {
    Packet p;
    EyeAbiHeader head;
    int r = receive_packet(fd, waits, &p, e);
    if (r <= 0) return r;
    r = check_packet(&p, &head, e);
    if (r < 0) {
        for (uint32_t i = 0; i < p.n_fds; i++) close(p.fds[i]);
        return r;
    }
    m->type = head.type;
    m->n = head.payload;
    memcpy(m->payload, p.bytes + sizeof head, head.payload);
    m->fd = p.n_fds ? p.fds[0] : -1; /* forms: at most one */
    return 1;
}

int meye_set_wait(int fd, int timeout_ms, MusterEyeError *e) {
    struct timeval t = {0}; /* without end */
    if (timeout_ms > 0) t = (struct timeval){timeout_ms / 1000, timeout_ms % 1000 * 1000};
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t) == 0) return 0;
    return meye_fail(e, -errno, "cannot set the time-out of the socket: %s", strerror(errno));
}

/* ---- Out ---- */

int meye_send(int fd, const MeyeOut *out, int timeout_ms, MusterEyeError *e) {
    size_t inputs = out->n_inputs * sizeof *out->inputs;
    EyeAbiHeader head = {.version = EYE_ABI_V2, .type = out->type, .payload = (uint32_t)(out->n + inputs)};
    memcpy(head.magic, EYE_ABI_MAGIC, sizeof head.magic);
    struct iovec parts[] = {{&head, sizeof head}, {(void *)out->payload, out->n}, {(void *)out->inputs, inputs}};
    struct msghdr msg = {.msg_iov = parts, .msg_iovlen = inputs ? 3 : 2};
    for (;;) {
        if (sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) return 0;
        if (errno == EINTR) continue;
        if (errno == EPIPE || errno == ECONNRESET)
            return meye_fail(e, -ECONNRESET, "the eye has closed the connection");
        if (errno != EAGAIN) return meye_fail(e, -errno, "cannot write to the eye: %s", strerror(errno));
        struct pollfd p = {fd, POLLOUT, 0};
        int r = poll(&p, 1, timeout_ms);
        if (r == 0) return meye_fail(e, -ETIMEDOUT, "the eye has not read anything for %d ms", timeout_ms);
    }
}
