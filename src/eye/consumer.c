/* See consumer.h: version 2, and what both versions share. */
#include "eye/consumer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "eye/fence.h"
#include "eye/fourcc.h"
#include "eye/lines.h"
#include "eye/output.h"
#include "eye/record.h"
#include "eye/seat.h"
#include "eye/stats.h"
#include "eye/step.h"
#include "eye/video.h"
#include "eye/view.h"

enum {
    READS_MAX = 64, /* packets of one consumer in one turn of the loop */
    NS_PER_MS = 1000000,
    NS_PER_S = 1000000000,
};

/* --- sending ------------------------------------------------------------------------------------------------------ */

bool consumer_send(Consumer *c, const Message *m) {
    size_t n = m->payload.n, n_fds = (size_t)m->n_fds;
    EyeAbiHeader header = {
        .version = (uint16_t)c->version, .type = (uint16_t)m->type, .payload = (uint32_t)n, .fds = (uint32_t)n_fds};
    memcpy(header.magic, EYE_ABI_MAGIC, sizeof header.magic);
    struct iovec parts[] = {{&header, sizeof header}, {(void *)m->payload.p, n}};
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(sizeof(int) * EYE_ABI_PLANES_MAX)];
    } control = {0};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = n ? 2 : 1};
    if (n_fds) {
        message.msg_control = control.room;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
        struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
        *rights = (struct cmsghdr){
            .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int) * n_fds)};
        memcpy(CMSG_DATA(rights), m->fds, sizeof(int) * n_fds);
    }
    ssize_t sent;
    do sent = sendmsg(c->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    if (sent >= 0 && (size_t)sent == sizeof header + n) return true;
    consumer_close(c, EYE_BYE_SLOW, sent < 0 && errno != EAGAIN ? NULL : "it does not read what is sent");
    return false;
}

static bool send2(Consumer *c, int type, const void *payload, size_t n) {
    return consumer_send(c, &(Message){.type = type, .payload = str_n(payload, n)});
}

/* --- leaving ------------------------------------------------------------------------------------------------------ */

static void pass_lease(Eye *eye);

/* Of a dma-buf that is still read: when its fence signals. */
static void give_back(const Consumer *c, Buffer *b) {
    if (c->fence >= 0)
        fence_unhold(b, c->fence);
    else
        buffer_unhold(b);
}

void consumer_release_all(Consumer *c) {
    while (c->n_held) give_back(c, c->held[--c->n_held].buffer);
}

/* The last packet, if there is room for it. */
static void send_bye(int fd, int reason) {
    struct {
        EyeAbiHeader header;
        EyeBye bye;
    } EYE_PACKED last = {.header = {.version = EYE_ABI_V2, .type = EYE_BYE, .payload = sizeof(EyeBye)},
                         .bye = {.reason = (uint32_t)reason}};
    memcpy(last.header.magic, EYE_ABI_MAGIC, sizeof last.header.magic);
    ssize_t n;
    do n = send(fd, &last, sizeof last, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
}

/* `why`: said to whoever watches the eye; NULL: it just left. */
void consumer_close(Consumer *c, int reason, const char *why) {
    if (!c->version) return;
    Eye *eye = c->eye;
    if (why) lines_error(eye, "the consumer `%s` (process %d) was disconnected: %s", c->name, (int)c->pid, why);
    int version = c->version;
    bool was_stepper = c->is_stepper;
    c->version = 0; /* nothing is sent to it below */
    if (version == EYE_ABI_V2 && why) send_bye(c->fd, reason);
    wl_event_source_remove(c->source);
    if (c->due) wl_event_source_remove(c->due);
    close(c->fd);
    uint32_t bit = 1u << c->slot;
    list_each(&eye->pools, Pool, link, p) p->announced &= ~bit;
    list_each(&eye->buffers, Buffer, link, b) b->announced &= ~bit;
    consumer_release_all(c);
    buf_done(&c->in);
    c->source = c->due = NULL;
    c->fd = -1;
    c->is_stepper = false;
    if (!was_stepper) return;
    eye->consumers->stepper = NULL;
    step_cancel(eye);
    seat_release_all(eye->seat);
    pass_lease(eye);
}

static void refuse(Consumer *c, const char *why) { consumer_close(c, EYE_BYE_PROTOCOL, why); }

/* --- frames ------------------------------------------------------------------------------------------------------- */

static bool announce_pool(Consumer *c, Pool *p) {
    uint32_t bit = 1u << c->slot;
    if (p->announced & bit) return true;
    EyePool m = {.pool = p->id,
                 .kind = (uint32_t)p->kind,
                 .size = p->size,
                 .seals = p->seals,
                 .flags = p->kind == EYE_POOL_DMABUF ? 0 : EYE_POOL_READ_ONLY,
                 .generation = c->eye->generation};
    p->announced |= bit;
    return consumer_send(c, &(Message){EYE_POOL, str_n(&m, sizeof m), &p->shared_fd, 1});
}

static bool announce(Consumer *c, Buffer *b) {
    for (int i = 0; i < b->n_planes; i++) {
        if (!announce_pool(c, b->planes[i].pool)) return false;
    }
    uint32_t bit = 1u << c->slot;
    if (b->announced & bit) return true;
    union {
        EyeBuffer m;
        char room[sizeof(EyeBuffer) + EYE_ABI_PLANES_MAX * sizeof(EyePlane)];
    } u = {.m = {.buffer = b->id,
                 .width = b->width,
                 .height = b->height,
                 .fourcc = b->fourcc,
                 .planes = (uint32_t)b->n_planes,
                 .modifier = b->modifier}};
    for (int i = 0; i < b->n_planes; i++) {
        const BufferPlane *p = &b->planes[i];
        u.m.plane[i] = (EyePlane){.pool = p->pool->id, .stride = p->stride, .offset = p->offset, .size = p->size};
    }
    b->announced |= bit;
    return send2(c, EYE_BUFFER, &u, sizeof(EyeBuffer) + (size_t)b->n_planes * sizeof(EyePlane));
}

/* The client's own buffer, if this consumer may have it. */
static bool may_have(const Consumer *c, const Buffer *b) {
    if (!c->is_stepper) return false;
    bool is_dmabuf = b->planes[0].pool->kind == EYE_POOL_DMABUF;
    if (!(c->accepts & (is_dmabuf ? EYE_ACCEPTS_DMABUF : EYE_ACCEPTS_SHM))) return false;
    for (int i = 0; i < b->n_planes; i++) {
        if (b->planes[i].pool->shared_fd < 0) return false;
    }
    return buffer_is_safe(b) || (c->accepts & EYE_ACCEPTS_UNSEALED);
}

/* With a fence where the GPU has not finished it. */
static bool send_frame2(Consumer *c, const EyeFrame *m, const Buffer *b) {
    CLEANUP(fd_closep) int fence = fence_export(b);
    return consumer_send(c, &(Message){EYE_FRAME, str_n(m, sizeof *m), &fence, fence >= 0});
}

static void send_frame(Consumer *c, const Frame *f, Buffer *b, uint32_t flags) {
    const FramePicture *p = &f->picture;
    Box damage = p->damage;
    if (c->is_behind || c->dropped_since) damage = (Box){0, 0, (int32_t)b->width, (int32_t)b->height};
    uint64_t now = eye_now_ns();
    EyeFrame m = {.frame_id = f->id,
                  .step = f->step,
                  .generation = f->generation,
                  .buffer = b->id,
                  .flags = flags,
                  .commit_ns = p->commit_ns,
                  .send_ns = now,
                  .virtual_ns = f->virtual_ns,
                  .damage_x = (uint32_t)damage.x,
                  .damage_y = (uint32_t)damage.y,
                  .damage_width = (uint32_t)damage.width,
                  .damage_height = (uint32_t)damage.height,
                  .content_width = (uint32_t)p->width,
                  .content_height = (uint32_t)p->height,
                  .dropped = c->dropped_since};
    if (c->version == EYE_ABI_V1)
        consumer_v1_send(c, f, flags, b);
    else if (!announce(c, b) || !send_frame2(c, &m, b))
        return;
    if (!c->version) return;
    buffer_hold(b);
    c->held[c->n_held++] = (Held){f->id, b};
    c->n_delivered++;
    c->dropped_since = 0;
    c->is_behind = false;
    c->sent_ns = now;
    c->generation = f->generation;
    stats_sent(c->eye, c, f, now);
}

/* Sends the newest frame, or notes that it is missed. */
static void offer(Consumer *c, const Frame *f, uint32_t flags) {
    Buffer *b = c->n_held < c->credits ? f->picture.buffer : NULL;
    if (b && !may_have(c, b)) {
        Buffer *own = frames_copy(c->eye);
        if (own != b) flags |= EYE_FRAME_COPIED;
        b = own;
    }
    if (b) {
        send_frame(c, f, b, flags);
        return;
    }
    c->is_behind = true;
    c->dropped_since++;
    c->n_dropped++;
}

static uint64_t due_in_ns(const Consumer *c) {
    if (!c->max_hz) return 0;
    uint64_t next = c->sent_ns + NS_PER_S / c->max_hz, now = eye_now_ns();
    return next > now ? next - now : 0;
}

static void catch_up(Consumer *c) {
    const Frame *last = &c->eye->frames->last;
    if (c->version && c->has_greeted && c->is_behind && last->picture.buffer && c->n_held < c->credits)
        offer(c, last, last->picture.flags);
}

static int on_due(void *data) {
    catch_up(data);
    return 0;
}

static bool is_waiting(const Consumer *c) { return c->version && c->has_greeted; }

static void publish_to(Consumer *c, const Frame *f) {
    if (c->is_stepper && c->eye->config.lockstep && !c->eye->step->is_answering)
        return; /* it gets one frame for a step */
    uint64_t wait = due_in_ns(c);
    if (wait && !c->is_stepper) {
        if (!c->is_behind && c->due) wl_event_source_timer_update(c->due, (int)(wait / NS_PER_MS) + 1);
        c->is_behind = true;
        return;
    }
    offer(c, f, f->picture.flags);
}

#define each_consumer(eye, c) \
    for (Consumer *c = (eye)->consumers->items; c < (eye)->consumers->items + EYE_CONSUMERS_MAX; c++)

void consumers_publish(Eye *eye, const Frame *f) {
    each_consumer(eye, c) {
        if (is_waiting(c)) publish_to(c, f);
    }
}

void consumers_repeat(Eye *eye, const Frame *f) {
    Consumer *c = eye->consumers->stepper;
    if (c) offer(c, f, f->picture.flags);
}

void consumers_no_frame(Eye *eye) {
    Consumer *c = eye->consumers->stepper;
    if (!c) return;
    if (c->version == EYE_ABI_V1) {
        consumer_v1_reset(c, EYE_RESET_CLIENT);
        return;
    }
    EyeReset m = {.reason = EYE_RESET_CLIENT, .generation = eye->generation};
    send2(c, EYE_RESET, &m, sizeof m);
}

void consumers_reset(Eye *eye, int reason) {
    EyeReset m = {.reason = (uint32_t)reason, .generation = eye->generation};
    each_consumer(eye, c) {
        if (!is_waiting(c)) continue;
        if (c->version == EYE_ABI_V1)
            consumer_v1_reset(c, reason);
        else
            send2(c, EYE_RESET, &m, sizeof m);
    }
}

bool consumers_want_frames(const Eye *eye) {
    each_consumer(eye, c) {
        if (is_waiting(c)) return true;
    }
    return false;
}

bool consumers_wait_for(const Eye *eye, const Buffer *b) {
    const Consumer *stepper = eye->consumers->stepper;
    if (!stepper || stepper->version != EYE_ABI_V2 || !may_have(stepper, b)) return false;
    each_consumer(eye, c) {
        if (is_waiting(c) && c != stepper) return false;
    }
    return !views_want_frames(eye) && !recorder_is_on(eye) && !video_is_on(eye);
}

bool consumers_have_credit(const Eye *eye) {
    const Consumer *c = eye->consumers->stepper;
    return !c || c->n_held < c->credits;
}

static void send_gone(Eye *eye, uint32_t announced, uint32_t kind, uint32_t id) {
    EyeGone m = {.kind = kind, .id = id};
    each_consumer(eye, c) {
        if (announced & 1u << c->slot && is_waiting(c) && c->version == EYE_ABI_V2) send2(c, EYE_GONE, &m, sizeof m);
    }
}

void consumers_forget_pool(Eye *eye, const Pool *p) { send_gone(eye, p->announced, EYE_GONE_POOL, p->id); }
void consumers_forget_buffer(Eye *eye, const Buffer *b) { send_gone(eye, b->announced, EYE_GONE_BUFFER, b->id); }

/* --- the step lease ----------------------------------------------------------------------------------------------- */

static void lose_lease(Consumer *c) {
    c->is_stepper = false;
    EyeReset m = {.reason = EYE_RESET_LEASE, .generation = c->eye->generation};
    if (c->version == EYE_ABI_V2) send2(c, EYE_RESET, &m, sizeof m);
}

static void grant(Eye *eye, Consumer *c) {
    c->is_stepper = true;
    eye->consumers->stepper = c;
}

/* To the first consumer that asked for the role and watches until it is free. */
static void pass_lease(Eye *eye) {
    if (eye->consumers->stepper || eye->consumers->is_view_stepping) return;
    each_consumer(eye, c) {
        if (!is_waiting(c) || !c->wants_step) continue;
        grant(eye, c);
        EyeReset m = {.reason = EYE_RESET_LEASE_GAINED, .generation = eye->generation};
        if (c->version == EYE_ABI_V2) send2(c, EYE_RESET, &m, sizeof m);
        break;
    }
    step_on_credit(eye);
}

void consumers_take_lease(Eye *eye) {
    Consumers *cs = eye->consumers;
    if (cs->is_view_stepping) return;
    cs->is_view_stepping = true;
    Consumer *c = cs->stepper;
    cs->stepper = NULL;
    step_cancel(eye);
    seat_release_all(eye->seat);
    if (c) lose_lease(c);
}

void consumers_give_lease(Eye *eye) {
    eye->consumers->is_view_stepping = false;
    step_cancel(eye);
    seat_release_all(eye->seat);
    pass_lease(eye);
}

Str consumers_stepper_name(const Eye *eye) {
    const Consumer *c = eye->consumers->stepper;
    if (c) return str(c->name);
    return eye->consumers->is_view_stepping ? views_stepper_name(eye) : (Str){0};
}

/* --- messages ----------------------------------------------------------------------------------------------------- */

static void on_hello(Consumer *c, const EyeHello *m) {
    Eye *eye = c->eye;
    if (c->has_greeted) {
        refuse(c, "a second HELLO");
        return;
    }
    if (m->role > EYE_ROLE_STEP || m->credits < 1 || m->credits > EYE_ABI_CREDITS_MAX || m->max_hz > 100000) {
        refuse(c, "a HELLO with a role, credits or rate out of range");
        return;
    }
    c->has_greeted = true;
    c->accepts = m->accepts;
    c->credits = m->credits;
    c->max_hz = m->max_hz;
    c->wants_step = m->role == EYE_ROLE_STEP;
    memcpy(c->name, m->name, EYE_ABI_NAME_SIZE);
    if (c->wants_step && !eye->consumers->stepper && !eye->consumers->is_view_stepping) grant(eye, c);
    const Frame *last = &eye->frames->last;
    EyeHelloAck ack = {.width = (uint32_t)eye->output->width,
                       .height = (uint32_t)eye->output->height,
                       .fourcc = FOURCC_XRGB8888,
                       .mode = eye->config.lockstep ? EYE_MODE_LOCKSTEP : EYE_MODE_FREE,
                       .role = c->is_stepper ? EYE_ROLE_STEP : EYE_ROLE_WATCH,
                       .credits = c->credits,
                       .clock = (uint32_t)eye->config.clock,
                       .refresh_mhz = (uint32_t)(eye->config.hz ? eye->config.hz : EYE_HZ_DEF) * 1000,
                       .generation = eye->generation,
                       .frame_id = last->id,
                       .step = eye->step->n_steps,
                       .now_ns = eye_now_ns()};
    if (!send2(c, EYE_HELLO_ACK, &ack, sizeof ack)) return;
    c->is_behind = last->picture.buffer != NULL;
    /* In lockstep the stepper's first frame answers its first step. */
    if (!(c->is_stepper && eye->config.lockstep)) catch_up(c);
    step_on_credit(eye);
}

static void release_one(Consumer *c, uint64_t frame_id, uint32_t buffer_id) {
    for (uint32_t i = 0; i < c->n_held; i++) {
        if (c->held[i].frame_id != frame_id || (buffer_id && c->held[i].buffer->id != buffer_id)) continue;
        Buffer *b = c->held[i].buffer;
        memmove(&c->held[i], &c->held[i + 1], (c->n_held - i - 1) * sizeof *c->held);
        c->n_held--;
        give_back(c, b);
        return;
    }
}

static void on_release(Consumer *c, const EyeRelease *m) {
    release_one(c, m->frame_id, m->buffer);
    if (!due_in_ns(c) || c->is_stepper) {
        if (!(c->is_stepper && c->eye->config.lockstep)) catch_up(c);
    } else if (c->is_behind && c->due) {
        wl_event_source_timer_update(c->due, (int)(due_in_ns(c) / NS_PER_MS) + 1);
    }
    step_on_credit(c->eye);
}

static void on_step(Consumer *c, const EyeStep *m, size_t n) {
    Eye *eye = c->eye;
    if (n < sizeof *m || m->inputs > EYE_ABI_INPUTS_MAX || n != sizeof *m + m->inputs * sizeof(EyeInput)) {
        refuse(c, "a STEP whose length is not that of its inputs");
        return;
    }
    if (!c->is_stepper) {
        lose_lease(c);
        return;
    }
    if (!eye->config.lockstep) {
        refuse(c, "a STEP, but this eye runs freely");
        return;
    }
    if (step_is_busy(eye->step)) {
        refuse(c, "a STEP before the last one was answered");
        return;
    }
    if (m->flags & EYE_STEP_RELEASES) {
        consumer_release_all(c);
        step_release_current(eye);
    }
    if (c->n_held >= c->credits) {
        refuse(c, "a STEP without a credit: it holds as many frames as it may");
        return;
    }
    EyeInput inputs[EYE_ABI_INPUTS_MAX]; /* aligned */
    memcpy(inputs, m->input, m->inputs * sizeof *inputs);
    step_begin(eye, &(StepRequest){.number = m->step,
                                   .frames = m->frames ? m->frames : 1,
                                   .dt_ns = m->dt_ns,
                                   .timeout_ms = m->timeout_ms,
                                   .inputs = inputs,
                                   .n_inputs = m->inputs});
}

static void on_input(Consumer *c, const EyeInputs *m, size_t n) {
    Eye *eye = c->eye;
    if (n < sizeof *m || m->inputs > EYE_ABI_INPUTS_MAX || n != sizeof *m + m->inputs * sizeof(EyeInput)) {
        refuse(c, "an INPUT whose length is not that of its inputs");
        return;
    }
    if (!c->is_stepper) {
        lose_lease(c);
        return;
    }
    for (uint32_t i = 0; i < m->inputs; i++) {
        EyeInput in;
        memcpy(&in, &m->input[i], sizeof in);
        step_input(eye, &in);
    }
    seat_frame(eye->seat);
}

/* type, exact size of its payload, or the least if it varies */
static const struct {
    uint16_t type;
    bool varies;
    size_t size;
} known[] = {
    {EYE_HELLO, false, sizeof(EyeHello)}, {EYE_RELEASE, false, sizeof(EyeRelease)}, {EYE_STEP, true, sizeof(EyeStep)},
    {EYE_INPUT, true, sizeof(EyeInputs)}, {EYE_PING, false, sizeof(EyePing)},       {EYE_PONG, false, sizeof(EyePing)},
    {EYE_BYE, false, sizeof(EyeBye)},
};

static bool is_sized(uint16_t type, size_t n) {
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (known[i].type == type) return known[i].varies ? n >= known[i].size : n == known[i].size;
    }
    return true; /* unknown: ignored */
}

static void on_message(Consumer *c, const EyeAbiHeader *h, const void *payload, size_t n) {
    if (!is_sized(h->type, n)) {
        refuse(c, "a message whose length is not that of its type");
        return;
    }
    if (!c->has_greeted && h->type != EYE_HELLO && h->type != EYE_BYE) {
        refuse(c, "its first message is not HELLO");
        return;
    }
    switch (h->type) {
    case EYE_HELLO: on_hello(c, payload); break;
    case EYE_RELEASE: on_release(c, payload); break;
    case EYE_STEP: on_step(c, payload, n); break;
    case EYE_INPUT: on_input(c, payload, n); break;
    case EYE_PING: send2(c, EYE_PONG, payload, n); break;
    case EYE_BYE: consumer_close(c, EYE_BYE_DONE, NULL); break;
    default: break; /* of a later version */
    }
}

/* The first descriptor is the caller's; the others are closed. -1: there is none. */
static int take_fd(struct msghdr *m) {
    int ret = -1;
    for (struct cmsghdr *at = CMSG_FIRSTHDR(m); at; at = CMSG_NXTHDR(m, at)) {
        if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SCM_RIGHTS) continue;
        size_t n = (at->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(at) + i * sizeof fd, sizeof fd);
            if (ret < 0)
                ret = fd;
            else
                close(fd);
        }
    }
    return ret;
}

/* One packet. False: there is none now, or the connection is over. */
static bool read_packet(Consumer *c) {
    char *room = c->eye->consumers->packet;
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(sizeof(int) * 8)];
    } control;
    struct iovec part = {room, CONSUMER_PACKET_SIZE};
    struct msghdr m = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof control.room};
    ssize_t n = recvmsg(c->fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return false;
    if (n <= 0) {
        consumer_close(c, EYE_BYE_DONE, NULL);
        return false;
    }
    CLEANUP(fd_closep) int fence = take_fd(&m);
    EyeAbiHeader h;
    const char *why = NULL;
    if ((size_t)n < sizeof h || m.msg_flags & MSG_TRUNC)
        why = "a packet that is no message";
    else if (m.msg_flags & MSG_CTRUNC)
        why = "a message with too many descriptors";
    if (!why) {
        memcpy(&h, room, sizeof h);
        if (memcmp(h.magic, EYE_ABI_MAGIC, sizeof h.magic) != 0 || h.version != EYE_ABI_V2 ||
            h.payload != (size_t)n - sizeof h)
            why = "a message with a wrong magic, version or length";
    }
    if (why) {
        refuse(c, why);
        return false;
    }
    c->fence = fence;
    on_message(c, &h, room + sizeof h, h.payload);
    c->fence = -1;
    return c->version != 0;
}

static int on_readable(int fd, uint32_t mask, void *data) {
    (void)fd;
    Consumer *c = data;
    if (c->version == EYE_ABI_V1) {
        if (!consumer_v1_read(c)) consumer_close(c, EYE_BYE_DONE, NULL);
        return 0;
    }
    for (int i = 0; i < READS_MAX && read_packet(c); i++) {
    }
    if (c->version && mask & (WL_EVENT_HANGUP | WL_EVENT_ERROR) && !(mask & WL_EVENT_READABLE))
        consumer_close(c, EYE_BYE_DONE, NULL);
    return 0;
}

/* --- connecting --------------------------------------------------------------------------------------------------- */

static Consumer *free_slot(Consumers *cs) {
    for (int i = 0; i < EYE_CONSUMERS_MAX; i++) {
        if (!cs->items[i].version) return &cs->items[i];
    }
    return NULL;
}

static bool has_v1(const Consumers *cs) {
    for (int i = 0; i < EYE_CONSUMERS_MAX; i++) {
        if (cs->items[i].version == EYE_ABI_V1) return true;
    }
    return false;
}

static void accept_one(Eye *eye, int listener, int version) {
    Consumers *cs = eye->consumers;
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return;
    struct ucred peer = {0};
    socklen_t size = sizeof peer;
    bool is_own = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == getuid();
    Consumer *c = free_slot(cs);
    if (!is_own || !c || (version == EYE_ABI_V1 && has_v1(cs))) {
        if (is_own && version == EYE_ABI_V2) send_bye(fd, EYE_BYE_FULL);
        close(fd);
        return;
    }
    *c = (Consumer){
        .eye = eye, .slot = (int)(c - cs->items), .fd = fd, .fence = -1, .version = version, .pid = peer.pid};
    buf_init(&c->in, CONSUMER_PACKET_SIZE);
    c->source = wl_event_loop_add_fd(eye->loop, fd, WL_EVENT_READABLE, on_readable, c);
    c->due = wl_event_loop_add_timer(eye->loop, on_due, c);
    if (version == EYE_ABI_V1) {
        snprintf(c->name, sizeof c->name, "version 1");
        c->has_greeted = c->wants_step = true;
        c->accepts = EYE_ACCEPTS_SHM | EYE_ACCEPTS_DMABUF;
        c->credits = EYE_ABI_CREDITS_MAX;
        if (!cs->stepper && !cs->is_view_stepping) grant(eye, c);
        consumer_v1_hello(c);
        step_on_credit(eye);
    }
}

static int on_connect2(int fd, uint32_t mask, void *data) {
    (void)mask;
    accept_one(data, fd, EYE_ABI_V2);
    return 0;
}

static int on_connect1(int fd, uint32_t mask, void *data) {
    (void)mask;
    accept_one(data, fd, EYE_ABI_V1);
    return 0;
}

/* A socket that nobody serves any more may be replaced; a living one, or a file that is none, may not. */
static int replace_dead(const char *path, const struct sockaddr_un *address, int type, Err *e) {
    struct stat st;
    if (lstat(path, &st) < 0) return 0;
    if (!S_ISSOCK(st.st_mode) || st.st_uid != getuid())
        return err_fail(e, ERR_CONFLICT, "%s is there and is not a socket of this user", path);
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    bool lives = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof *address) == 0;
    if (fd >= 0) close(fd);
    if (lives) return err_fail(e, ERR_CONFLICT, "%s is served by another program", path);
    return unlink(path) == 0 ? 0 : err_sys(e, "%s cannot be replaced", path);
}

int consumers_listen(const char *path, int type, int *ret, Err *e) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return err_fail(e, ERR_INVALID, "the path of a socket is too long: %s", path);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    TRY(replace_dead(path, &address, type, e));
    CLEANUP(fd_closep) int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || chmod(path, 0600) < 0 ||
        listen(fd, 16) < 0)
        return err_sys(e, "cannot listen on %s", path);
    *ret = TAKE_FD(fd);
    return 0;
}

int consumers_init(Eye *eye, Err *e) {
    Consumers *cs = eye->consumers = mu_new(Consumers);
    *cs = (Consumers){.eye = eye, .listen_fd = {-1, -1}};
    snprintf(cs->path[0], sizeof cs->path[0], "%s/eye.sock", eye->folder);
    if (eye->config.socket_path.n)
        snprintf(cs->path[1], sizeof cs->path[1], STR_FMT, STR_ARG(eye->config.socket_path));
    else
        snprintf(cs->path[1], sizeof cs->path[1], "%s/frame.sock", eye->folder);
    TRY(consumers_listen(cs->path[0], SOCK_SEQPACKET, &cs->listen_fd[0], e));
    TRY(consumers_listen(cs->path[1], SOCK_STREAM, &cs->listen_fd[1], e));
    eye_watch(eye, wl_event_loop_add_fd(eye->loop, cs->listen_fd[0], WL_EVENT_READABLE, on_connect2, eye));
    eye_watch(eye, wl_event_loop_add_fd(eye->loop, cs->listen_fd[1], WL_EVENT_READABLE, on_connect1, eye));
    return 0;
}

void consumers_done(Eye *eye) {
    each_consumer(eye, c) consumer_close(c, EYE_BYE_DONE, NULL);
    for (int i = 0; i < 2; i++) {
        if (eye->consumers->listen_fd[i] < 0) continue;
        close(eye->consumers->listen_fd[i]);
        unlink(eye->consumers->path[i]);
    }
}
