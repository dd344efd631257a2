/* See consumer.h: version 1, as programs for the source's compositor speak it. A PING asks for one frame: in lockstep it is
 * a step without inputs. Descriptors travel on the first byte of each message. */
#include <errno.h>
#include <sys/socket.h>

#include "eye/consumer.h"
#include "eye/step.h"

static bool send1(Consumer *c, int type, const void *payload, size_t n, const int *fds, int n_fds) {
    return consumer_send(c, &(Message){type, str_n(payload, n), fds, n_fds});
}

void consumer_v1_hello(Consumer *c) { send1(c, EYE_HELLO_ACK, NULL, 0, NULL, 0); }

void consumer_v1_reset(Consumer *c, int reason) {
    EyeV1Reset m = {.reason = (uint32_t)reason};
    send1(c, EYE_RESET, &m, sizeof m, NULL, 0);
}

void consumer_v1_send(Consumer *c, const Frame *f, uint32_t flags, Buffer *b) {
    union {
        EyeV1Frame m;
        char room[sizeof(EyeV1Frame) + EYE_ABI_PLANES_MAX * sizeof(EyeV1Plane)];
    } u = {.m = {.frame_id = f->id,
                 .width = b->width,
                 .height = b->height,
                 .fourcc = b->fourcc,
                 .modifier = b->modifier,
                 .fds = (uint8_t)b->n_planes,
                 .planes = (uint8_t)b->n_planes}};
    int fds[EYE_ABI_PLANES_MAX];
    if (b->planes[0].pool->kind != EYE_POOL_DMABUF) u.m.flags |= EYE_V1_SHM;
    if (flags & EYE_FRAME_COMPOSED) u.m.flags |= EYE_V1_COMPOSED;
    if (flags & EYE_FRAME_STALE) u.m.flags |= EYE_V1_STALE;
    for (int i = 0; i < b->n_planes; i++) {
        const BufferPlane *p = &b->planes[i];
        fds[i] = p->pool->shared_fd;
        u.m.plane[i] = (EyeV1Plane){.fd = (uint8_t)i, .stride = p->stride, .offset = p->offset, .size = p->size};
    }
    send1(c, EYE_FRAME, &u, sizeof(EyeV1Frame) + (size_t)b->n_planes * sizeof(EyeV1Plane), fds, b->n_planes);
}

/* This version has no message for a release without a fence: the frame before the last one is done when the next is
 * asked for. */
static void on_ping(Consumer *c) {
    Eye *eye = c->eye;
    consumer_release_all(c);
    if (!c->is_stepper) return;
    if (!eye->config.lockstep) {
        step_on_credit(eye);
        return;
    }
    if (step_is_busy(eye->step)) return;
    step_release_current(eye);
    step_begin(eye, &(StepRequest){.number = eye->step->n_steps + 1, .frames = 1});
}

/* HELLO, PONG and what is unknown carry nothing that is needed. */
static bool take_message(Consumer *c) {
    EyeAbiHeader h;
    if (c->in.n < sizeof h) return false;
    memcpy(&h, c->in.p, sizeof h);
    if (memcmp(h.magic, EYE_ABI_MAGIC, sizeof h.magic) != 0 || h.version != EYE_ABI_V1 ||
        h.payload > c->in.max - sizeof h) {
        consumer_close(c, EYE_BYE_PROTOCOL, "a message with a wrong magic, version or length");
        return false;
    }
    if (c->in.n < sizeof h + h.payload) return false;
    buf_drop(&c->in, sizeof h + h.payload);
    if (h.type == EYE_PING) on_ping(c);
    return c->version != 0;
}

bool consumer_v1_read(Consumer *c) {
    char room[4096];
    ssize_t n = recv(c->fd, room, sizeof room, MSG_DONTWAIT); /* descriptors that come are dropped by the kernel */
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    if (n == 0 || !buf_add(&c->in, room, (size_t)n)) return false;
    while (take_message(c)) {
    }
    return true;
}
