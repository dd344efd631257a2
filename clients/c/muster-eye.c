/* The connection: events out of messages, frames that are held, steps. See muster-eye.h. */
#include "muster-eye.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

enum { TIMEOUT_MS_DEF = 5000, CREDITS_DEF = 2 };

/* A frame that was not released yet. */
typedef struct Held {
    uint64_t ticket; /* 0: the place is free */
    uint64_t frame_id;
    uint32_t buffer, n;
    MeyeMapping *mappings[EYE_ABI_PLANES_MAX];
    int fence;
} Held;

struct MusterEye {
    int fd;
    int timeout_ms, wait_ms; /* of sending; what meye_receive waits */
    bool leaves_fences, is_stepper;
    MusterEyeInfo info;
    MeyeMemory memory;
    Held held[EYE_ABI_CREDITS_MAX];
    uint64_t tickets;           /* given */
    uint64_t newest;            /* ticket of the frame that came last; 0: it was not handed out */
    uint64_t step;              /* number of the last one that was sent */
    MusterEyeEvent drawn_later; /* a frame that waits for its fence; kind 0: none */
    MusterEyeError broken;      /* code 0: the connection is fine */
};

static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* What is left of a time-out that began then; -1 stays. */
static int left_of(int timeout_ms, int64_t since_ms) {
    if (timeout_ms <= 0) return timeout_ms;
    int64_t left = timeout_ms - (now_ms() - since_ms);
    return left > 0 ? (int)left : 0;
}

static int say_broken(const MusterEye *eye, MusterEyeError *e) {
    return meye_fail(e, eye->broken.code, "%s", eye->broken.text);
}

static int send_bye(MusterEye *eye, uint32_t reason) {
    EyeBye bye = {reason, 0};
    return meye_send(eye->fd, &(MeyeOut){EYE_BYE, &bye, sizeof bye, NULL, 0}, 0, NULL);
}

/* Nothing more is read: what comes after a malformed message cannot be understood either. */
static int break_off(MusterEye *eye, const MusterEyeError *why, MusterEyeError *e) {
    eye->broken = *why;
    if (why->code == -EPROTO) send_bye(eye, EYE_BYE_PROTOCOL);
    shutdown(eye->fd, SHUT_RDWR);
    return say_broken(eye, e);
}

static int send_out(MusterEye *eye, const MeyeOut *out, MusterEyeError *e) {
    return eye->broken.code ? say_broken(eye, e) : meye_send(eye->fd, out, eye->timeout_ms, e);
}

/* ---- Frames ---- */

static Held *find_held(MusterEye *eye, uint64_t ticket) {
    for (size_t i = 0; i < EYE_ABI_CREDITS_MAX; i++) {
        if (eye->held[i].ticket == ticket) return &eye->held[i];
    }
    return NULL;
}

static uint32_t count_held(const MusterEye *eye) {
    uint32_t n = 0;
    for (size_t i = 0; i < EYE_ABI_CREDITS_MAX; i++) n += eye->held[i].ticket != 0;
    return n;
}

/* Ends the reading here, without a word to the eye. */
static void let_go(MusterEye *eye, Held *h) {
    bool is_drawn = !eye->drawn_later.kind || eye->drawn_later.frame.ticket != h->ticket;
    if (is_drawn)
        meye_end_read(h->mappings, h->n);
    else
        eye->drawn_later.kind = 0; /* nobody has seen it */
    for (uint32_t i = 0; i < h->n; i++) meye_unref(h->mappings[i]);
    if (h->fence >= 0) close(h->fence);
    *h = (Held){.fence = -1};
}

static int send_release(MusterEye *eye, uint32_t buffer, uint64_t frame_id, MusterEyeError *e) {
    EyeRelease release = {buffer, 0, frame_id};
    return send_out(eye, &(MeyeOut){EYE_RELEASE, &release, sizeof release, NULL, 0}, e);
}

static int release_held(MusterEye *eye, Held *h, MusterEyeError *e) {
    uint32_t buffer = h->buffer;
    uint64_t frame_id = h->frame_id;
    let_go(eye, h);
    MusterEyeError why;
    int r = eye->broken.code ? -ECONNRESET : send_release(eye, buffer, frame_id, &why);
    if (r == 0 || r == -ECONNRESET) return 0; /* with the connection everything was given back */
    return meye_fail(e, r, "%s", why.text);
}

int muster_eye_release(MusterEye *eye, const MusterEyeFrame *frame, MusterEyeError *ret_error) {
    Held *h = frame->ticket ? find_held(eye, frame->ticket) : NULL;
    if (!h) return meye_fail(ret_error, -EINVAL, "frame %llu was released before", (unsigned long long)frame->id);
    return release_held(eye, h, ret_error);
}

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

/* Within the picture, whatever the eye says. */
static void take_areas(MusterEyeFrame *f, const EyeFrame *in) {
    f->damage_x = least(in->damage_x, f->width);
    f->damage_y = least(in->damage_y, f->height);
    f->damage_width = least(in->damage_width, f->width - f->damage_x);
    f->damage_height = least(in->damage_height, f->height - f->damage_y);
    f->content_width = least(in->content_width, f->width);
    f->content_height = least(in->content_height, f->height);
}

static int check_frame(const MusterEye *eye, const EyeFrame *in, MusterEyeError *e) {
    if (in->generation > eye->info.generation)
        return meye_fail(e, -EPROTO, "frame %llu is of generation %llu, which has not begun",
                         (unsigned long long)in->frame_id, (unsigned long long)in->generation);
    if (count_held(eye) >= eye->info.credits)
        return meye_fail(e, -EPROTO, "frame %llu came although %u frames are held", (unsigned long long)in->frame_id,
                         eye->info.credits);
    return 0;
}

/* 1: the event is this frame; 0: it is of an older generation, and released. Takes the fence. */
static int on_frame(MusterEye *eye, MeyeMessage *m, MusterEyeEvent *ev, MusterEyeError *e) {
    EyeFrame in;
    Held h = {.fence = m->fd};
    memcpy(&in, m->payload, sizeof in);
    m->fd = -1;
    eye->newest = 0;
    int r = check_frame(eye, &in, e);
    if (r == 0 && in.generation == eye->info.generation) {
        ev->frame = (MusterEyeFrame){.id = in.frame_id,
                                     .step = in.step,
                                     .generation = in.generation,
                                     .flags = in.flags,
                                     .commit_ns = in.commit_ns,
                                     .send_ns = in.send_ns,
                                     .virtual_ns = in.virtual_ns,
                                     .dropped = in.dropped,
                                     .fence = h.fence};
        r = meye_find_picture(&eye->memory, in.buffer, &ev->frame, h.mappings, e);
        if (r == 0) r = 1;
    } else if (r == 0) {
        send_release(eye, in.buffer, in.frame_id, NULL);
    }
    if (r <= 0) {
        if (h.fence >= 0) close(h.fence);
        return r;
    }
    take_areas(&ev->frame, &in);
    h.n = ev->frame.n_planes;
    h.buffer = in.buffer;
    h.frame_id = in.frame_id;
    h.ticket = ev->frame.ticket = eye->newest = ++eye->tickets;
    *find_held(eye, 0) = h;
    ev->kind = MUSTER_EYE_FRAME;
    eye->info.frame_id = in.frame_id;
    eye->info.step = in.step;
    return 1;
}

/* ---- Events ---- */

static int on_reset(MusterEye *eye, const MeyeMessage *m, MusterEyeEvent *ev, MusterEyeError *e) {
    EyeReset in;
    memcpy(&in, m->payload, sizeof in);
    if (in.generation < eye->info.generation)
        return meye_fail(e, -EPROTO, "generation %llu follows %llu", (unsigned long long)in.generation,
                         (unsigned long long)eye->info.generation);
    eye->info.generation = in.generation;
    if (in.reason == EYE_RESET_LEASE) eye->info.role = EYE_ROLE_WATCH;
    ev->kind = MUSTER_EYE_RESET;
    ev->reason = in.reason;
    ev->generation = in.generation;
    return 1;
}

static int on_pool(MusterEye *eye, MeyeMessage *m, MusterEyeError *e) {
    EyePool in;
    int fd = m->fd;
    memcpy(&in, m->payload, sizeof in);
    m->fd = -1;
    if (in.generation > eye->info.generation) {
        close(fd);
        return meye_fail(e, -EPROTO, "pool %u is of generation %llu, which has not begun", in.pool,
                         (unsigned long long)in.generation);
    }
    return meye_add_pool(&eye->memory, &in, fd, e);
}

static int on_small(MusterEye *eye, const MeyeMessage *m, MusterEyeEvent *ev, MusterEyeError *e) {
    EyePing ping = {0};
    EyeBye bye = {0};
    EyeGone gone = {0};
    switch (m->type) {
    case EYE_PING:
        meye_send(eye->fd, &(MeyeOut){EYE_PONG, m->payload, m->n, NULL, 0}, 0, NULL); /* lost: it does not read */
        return 0;
    case EYE_PONG:
        memcpy(&ping, m->payload, sizeof ping);
        ev->kind = MUSTER_EYE_PONG;
        ev->cookie = ping.cookie;
        return 1;
    case EYE_BYE:
        memcpy(&bye, m->payload, sizeof bye);
        ev->kind = MUSTER_EYE_BYE;
        ev->reason = bye.reason;
        meye_fail(&eye->broken, -ECONNRESET, "the eye has closed the connection (reason %u)", bye.reason);
        return 1;
    case EYE_GONE: memcpy(&gone, m->payload, sizeof gone); return meye_drop(&eye->memory, &gone, e);
    default: return meye_fail(e, -EPROTO, "a second HELLO_ACK");
    }
}

/* 1: it is an event; 0: it is not. */
static int on_message(MusterEye *eye, MeyeMessage *m, MusterEyeEvent *ev, MusterEyeError *e) {
    switch (m->type) {
    case EYE_FRAME: return on_frame(eye, m, ev, e);
    case EYE_RESET: return on_reset(eye, m, ev, e);
    case EYE_POOL: return on_pool(eye, m, e);
    case EYE_BUFFER: return meye_add_buffer(&eye->memory, m->payload, m->n, e);
    default: return on_small(eye, m, ev, e);
    }
}

/* A message, waited for as long as that: by the socket's own time-out, which costs no call where it does not change. */
static int receive(MusterEye *eye, int timeout_ms, MeyeMessage *m, MusterEyeError *e) {
    int64_t since_ms = timeout_ms > 0 ? now_ms() : 0;
    for (int left = timeout_ms;; left = left_of(timeout_ms, since_ms)) {
        if (left != 0 && left != eye->wait_ms) {
            int r = meye_set_wait(eye->fd, left, e);
            if (r < 0) return r;
            eye->wait_ms = left;
        }
        int r = meye_receive(eye->fd, left != 0, m, e);
        if (r != 0 || left == 0) return r; /* none although there is time left: a signal came */
    }
}

/* 1: the frame that waited for its fence is drawn. */
static int finish_drawn(MusterEye *eye, int timeout_ms, MusterEyeEvent *ev) {
    Held *h = find_held(eye, eye->drawn_later.frame.ticket);
    struct pollfd p = {h->fence, POLLIN, 0};
    if (poll(&p, 1, timeout_ms) <= 0) return 0;
    close(h->fence);
    h->fence = -1;
    *ev = eye->drawn_later;
    ev->frame.fence = -1;
    eye->drawn_later.kind = 0;
    meye_begin_read(h->mappings, h->n);
    return 1;
}

/* One message or one look at a fence. 1: an event. 0: none; `ret_is_idle`: because nothing came in time. */
static int advance(MusterEye *eye, int timeout_ms, MusterEyeEvent *ev, bool *ret_is_idle, MusterEyeError *e) {
    MusterEyeError why;
    MeyeMessage m;
    *ret_is_idle = false;
    if (eye->drawn_later.kind) {
        int drawn = finish_drawn(eye, timeout_ms, ev);
        *ret_is_idle = !drawn;
        return drawn;
    }
    int r = receive(eye, timeout_ms, &m, &why);
    *ret_is_idle = r == 0;
    if (r > 0) r = on_message(eye, &m, ev, &why);
    if (r < 0) return break_off(eye, &why, e);
    if (r == 0 || ev->kind != MUSTER_EYE_FRAME) return r;
    Held *h = find_held(eye, ev->frame.ticket);
    if (ev->frame.fence < 0 || eye->leaves_fences) {
        meye_begin_read(h->mappings, h->n);
        return 1;
    }
    eye->drawn_later = *ev;
    return 0;
}

int muster_eye_next(MusterEye *eye, int timeout_ms, MusterEyeEvent *ret_event, MusterEyeError *ret_error) {
    int64_t since_ms = timeout_ms > 0 ? now_ms() : 0;
    int left = timeout_ms;
    bool is_idle = false;
    if (eye->broken.code) return say_broken(eye, ret_error);
    for (;;) {
        *ret_event = (MusterEyeEvent){.frame.fence = -1};
        int r = advance(eye, left, ret_event, &is_idle, ret_error);
        if (r != 0) return r;
        left = left_of(timeout_ms, since_ms);
        if (is_idle && left == 0) return 0;
    }
}

/* ---- Orders ---- */

static int check_inputs(const EyeInput *inputs, uint32_t n, uint32_t frames, MusterEyeError *e) {
    if (n > EYE_ABI_INPUTS_MAX) return meye_fail(e, -EINVAL, "%u inputs, at most %d", n, EYE_ABI_INPUTS_MAX);
    for (uint32_t i = 0; i < n; i++) {
        if (inputs[i].kind < EYE_INPUT_KEY || inputs[i].kind > EYE_INPUT_WHEEL)
            return meye_fail(e, -EINVAL, "input %u is of unknown kind %u", i, inputs[i].kind);
        if (inputs[i].at >= frames)
            return meye_fail(e, -EINVAL, "input %u is for frame %u of %u", i, inputs[i].at, frames);
    }
    return 0;
}

/* What the step gives back: with a flag where the eye and we agree on which frame came last. */
static int release_before(MusterEye *eye, const MusterEyeStep *step, uint32_t *ret_flags, MusterEyeError *e) {
    Held *last = eye->newest ? find_held(eye, eye->newest) : NULL;
    uint32_t n_held = count_held(eye);
    bool is_released = last && !step->keeps_last;
    if (n_held - is_released >= eye->info.credits)
        return meye_fail(e, -EBUSY, "%u frames are held, as many as may be: release one before the step", n_held);
    if (!is_released) return 0;
    if (eye->info.mode != EYE_MODE_LOCKSTEP) return release_held(eye, last, e);
    let_go(eye, last);
    *ret_flags = EYE_STEP_RELEASES;
    return 0;
}

int muster_eye_send_step(MusterEye *eye, const MusterEyeStep *step, uint64_t *ret_step, MusterEyeError *ret_error) {
    EyeStep out = {.step = eye->step + 1,
                   .frames = step->frames ? step->frames : 1,
                   .dt_ns = (uint32_t)step->dt_ns,
                   .timeout_ms = step->timeout_ms,
                   .inputs = step->n_inputs};
    uint32_t flags = 0;
    if (eye->broken.code) return say_broken(eye, ret_error);
    if (!eye->is_stepper)
        return meye_fail(ret_error, -EPERM, "this connection watches: open it with EYE_ROLE_STEP to step");
    if (step->dt_ns > UINT32_MAX)
        return meye_fail(ret_error, -EINVAL, "a frame cannot take %llu ns", (unsigned long long)step->dt_ns);
    int r = check_inputs(step->inputs, step->n_inputs, out.frames, ret_error);
    if (r == 0) r = release_before(eye, step, &flags, ret_error);
    if (r < 0) return r;
    out.flags = flags;
    r = send_out(eye, &(MeyeOut){EYE_STEP, &out, sizeof out, step->inputs, step->n_inputs}, ret_error);
    if (r < 0) return r;
    eye->step++;
    if (ret_step) *ret_step = eye->step;
    return 0;
}

int muster_eye_step(MusterEye *eye, const MusterEyeStep *step, MusterEyeEvent *ret_event, MusterEyeError *ret_error) {
    uint64_t number;
    int timeout_ms = step->wait_ms > 0 ? step->wait_ms : -1;
    int64_t since_ms = now_ms();
    int r = muster_eye_send_step(eye, step, &number, ret_error);
    if (r < 0) return r;
    for (;;) {
        r = muster_eye_next(eye, left_of(timeout_ms, since_ms), ret_event, ret_error);
        if (r <= 0 || ret_event->kind == MUSTER_EYE_RESET || ret_event->kind == MUSTER_EYE_BYE) return r;
        if (ret_event->kind == MUSTER_EYE_FRAME && ret_event->frame.step == number) {
            eye->info.role = EYE_ROLE_STEP;
            return 1;
        }
        if (ret_event->kind == MUSTER_EYE_FRAME) muster_eye_release(eye, &ret_event->frame, NULL);
    }
}

int muster_eye_send_inputs(MusterEye *eye, const EyeInput *inputs, uint32_t n, MusterEyeError *ret_error) {
    EyeInputs out = {n, 0};
    int r = check_inputs(inputs, n, 1, ret_error);
    if (r < 0) return r;
    return send_out(eye, &(MeyeOut){EYE_INPUT, &out, sizeof out, inputs, n}, ret_error);
}

int muster_eye_ping(MusterEye *eye, uint64_t cookie, MusterEyeError *ret_error) {
    EyePing out = {cookie};
    return send_out(eye, &(MeyeOut){EYE_PING, &out, sizeof out, NULL, 0}, ret_error);
}

/* ---- Opening and closing ---- */

static const char *const bye_texts[] = {
    [EYE_BYE_DONE] = "the eye has closed the connection",
    [EYE_BYE_PROTOCOL] = "the eye did not understand the greeting",
    [EYE_BYE_SLOW] = "the eye found this consumer too slow",
    [EYE_BYE_FULL] = "the eye has as many consumers as it may have",
};

static int take_ack(MusterEye *eye, const MeyeMessage *m, const EyeHello *hello, MusterEyeError *e) {
    EyeHelloAck in;
    if (m->type == EYE_BYE) {
        EyeBye bye;
        memcpy(&bye, m->payload, sizeof bye);
        return meye_fail(e, -ECONNREFUSED, "%s", bye_texts[bye.reason <= EYE_BYE_FULL ? bye.reason : EYE_BYE_DONE]);
    }
    if (m->type != EYE_HELLO_ACK)
        return meye_fail(e, -EPROTO, "the first message is of type %u, not HELLO_ACK", m->type);
    memcpy(&in, m->payload, sizeof in);
    if (in.width == 0 || in.height == 0 || in.width > MEYE_SIZE_MAX || in.height > MEYE_SIZE_MAX)
        return meye_fail(e, -EPROTO, "the output cannot have %u×%u pixels", in.width, in.height);
    if (in.mode > EYE_MODE_LOCKSTEP || in.clock > EYE_CLOCK_BARRIER || in.role > hello->role)
        return meye_fail(e, -EPROTO, "the eye answers with mode %u, clock %u, role %u", in.mode, in.clock, in.role);
    if (in.credits == 0 || in.credits > hello->credits)
        return meye_fail(e, -EPROTO, "the eye gives %u credits, %u were asked for", in.credits, hello->credits);
    eye->info = (MusterEyeInfo){.width = in.width,
                                .height = in.height,
                                .fourcc = in.fourcc,
                                .mode = in.mode,
                                .role = in.role,
                                .credits = in.credits,
                                .clock = in.clock,
                                .refresh_mhz = in.refresh_mhz,
                                .generation = in.generation,
                                .frame_id = in.frame_id,
                                .step = in.step,
                                .opened_ns = in.now_ns};
    eye->step = in.step;
    return 0;
}

static int greet(MusterEye *eye, const EyeHello *hello, MusterEyeError *e) {
    MeyeMessage m;
    int r = meye_send(eye->fd, &(MeyeOut){EYE_HELLO, hello, sizeof *hello, NULL, 0}, eye->timeout_ms, e);
    /* An eye that has no room says so and closes, without reading. */
    if (r == 0 || r == -ECONNRESET) r = receive(eye, eye->timeout_ms, &m, e);
    if (r == 0) return meye_fail(e, -ETIMEDOUT, "the eye did not answer in %d ms", eye->timeout_ms);
    if (r < 0) return r;
    r = take_ack(eye, &m, hello, e);
    if (m.fd >= 0) close(m.fd);
    return r;
}

/* Blocking, and of packets. */
static int check_socket(int fd, MusterEyeError *e) {
    int type = 0, flags = fcntl(fd, F_GETFL);
    socklen_t n = sizeof type;
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) < 0 || type != SOCK_SEQPACKET)
        return meye_fail(e, -EINVAL, "descriptor %d is not a SOCK_SEQPACKET socket", fd);
    if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0)
        return meye_fail(e, -errno, "cannot make the socket blocking: %s", strerror(errno));
    return 0;
}

static int check_options(const MusterEyeOptions *o, MusterEyeError *e) {
    if (o->role > EYE_ROLE_STEP) return meye_fail(e, -EINVAL, "there is no role %u", o->role);
    if (o->credits > EYE_ABI_CREDITS_MAX)
        return meye_fail(e, -EINVAL, "%u credits, at most %d", o->credits, EYE_ABI_CREDITS_MAX);
    if (o->name && strlen(o->name) >= EYE_ABI_NAME_SIZE)
        return meye_fail(e, -EINVAL, "a name has at most %d bytes: %s", EYE_ABI_NAME_SIZE - 1, o->name);
    return 0;
}

int muster_eye_open_fd(int fd, const MusterEyeOptions *options, MusterEye **ret_eye, MusterEyeError *ret_error) {
    int r = check_options(options, ret_error);
    if (r == 0) r = check_socket(fd, ret_error);
    MusterEye *eye = r == 0 ? calloc(1, sizeof *eye) : NULL;
    if (!eye) {
        close(fd);
        return r < 0 ? r : meye_fail(ret_error, -ENOMEM, "out of memory");
    }
    EyeHello hello = {.role = options->role,
                      .accepts = options->accepts ? options->accepts : EYE_ACCEPTS_SHM,
                      .credits = options->credits ? options->credits : CREDITS_DEF,
                      .max_hz = options->max_hz};
    if (options->name) memcpy(hello.name, options->name, strlen(options->name));
    eye->fd = fd;
    eye->timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : TIMEOUT_MS_DEF;
    eye->wait_ms = -1;
    eye->leaves_fences = options->leaves_fences;
    eye->is_stepper = options->role == EYE_ROLE_STEP;
    eye->memory.accepts = hello.accepts;
    for (size_t i = 0; i < EYE_ABI_CREDITS_MAX; i++) eye->held[i].fence = -1;
    r = greet(eye, &hello, ret_error);
    if (r < 0) {
        muster_eye_close(eye);
        return r;
    }
    *ret_eye = eye;
    return 0;
}

int muster_eye_open(const char *path, const MusterEyeOptions *options, MusterEye **ret_eye, MusterEyeError *ret_error) {
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof to.sun_path)
        return meye_fail(ret_error, -ENAMETOOLONG, "the path of a socket has at most %zu bytes",
                         sizeof to.sun_path - 1);
    memcpy(to.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0) return meye_fail(ret_error, -errno, "cannot make a socket: %s", strerror(errno));
    if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0) {
        int r = meye_fail(ret_error, -errno, "cannot connect to %s: %s", path, strerror(errno));
        close(fd);
        return r;
    }
    return muster_eye_open_fd(fd, options, ret_eye, ret_error);
}

void muster_eye_close(MusterEye *eye) {
    if (!eye) return;
    if (!eye->broken.code) send_bye(eye, EYE_BYE_DONE);
    for (size_t i = 0; i < EYE_ABI_CREDITS_MAX; i++) {
        if (eye->held[i].ticket) let_go(eye, &eye->held[i]);
    }
    meye_memory_done(&eye->memory);
    close(eye->fd);
    free(eye);
}

const MusterEyeInfo *muster_eye_info(const MusterEye *eye) { return &eye->info; }

int muster_eye_fd(const MusterEye *eye) { return eye->drawn_later.kind ? eye->drawn_later.frame.fence : eye->fd; }
