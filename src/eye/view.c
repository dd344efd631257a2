/* See view.h. */
#include "eye/view.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/inputcode.h"
#include "base/le.h"
#include "base/mem.h"
#include "eye/consumer.h"
#include "eye/encode.h"
#include "eye/output.h"
#include "eye/ring.h"
#include "eye/seat.h"
#include "eye/step.h"

enum {
    OUT_MAX = 16 << 20, /* of a viewer that does not read: then it is disconnected */
    NAME_SIZE = 64,
    NS_PER_S = 1000000000,
    NS_PER_MS = 1000000,
    QUALITY_MAX = 100,
    SIDE_MIN = 16,
};

typedef struct Viewer {
    Views *all;
    int fd; /* -1: the slot is free */
    uint64_t connection;
    struct wl_event_source *source, *due;
    Buf in, out;
    EyeViewWant want;
    bool is_encoding, is_unacknowledged, is_behind;
    bool has_pressed; /* it may hold keys down */
    uint64_t sent_ns, n_sent, n_sent_before, n_missed;
    uint64_t unacknowledged; /* frame */
    char name[NAME_SIZE];
    pid_t pid;
} Viewer;

struct Views {
    Eye *eye;
    int listen_fd;
    char path[128];
    Viewer items[VIEWERS_MAX];
    uint64_t n_connections;
    Encoder *encoder; /* NULL until somebody watches */
    Viewer *stepper;  /* NULL: no viewer holds the lease */
    bool is_held;     /* its time stands still */
    uint64_t steps_left;
    struct wl_event_source *tick;
};

#define each_viewer(vs, v) for (Viewer *v = (vs)->items; v < (vs)->items + VIEWERS_MAX; v++)

/* --- sending ------------------------------------------------------------------------------------------------------ */

static void viewer_close(Viewer *v);

static void flush(Viewer *v) {
    while (v->out.n) {
        ssize_t n = send(v->fd, v->out.p, v->out.n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0) {
            buf_drop(&v->out, (size_t)n);
            continue;
        }
        if (errno == EINTR) continue;
        if (errno == EAGAIN) break;
        viewer_close(v);
        return;
    }
    wl_event_source_fd_update(v->source, WL_EVENT_READABLE | (v->out.n ? WL_EVENT_WRITABLE : 0));
}

static void viewer_send(Viewer *v, uint8_t type, Str head, Str body) {
    if (v->fd < 0) return;
    le_put32(&v->out, (uint32_t)(1 + head.n + body.n));
    buf_add_c(&v->out, (char)type);
    buf_add_str(&v->out, head);
    if (!buf_add_str(&v->out, body) || v->out.failed) {
        viewer_close(v);
        return;
    }
    flush(v);
}

static void send_leases(Views *vs) {
    Str name = consumers_stepper_name(vs->eye);
    each_viewer(vs, v) {
        char mine = v == vs->stepper;
        viewer_send(v, EYE_VIEW_LEASE, str_n(&mine, 1), name);
    }
}

/* --- pictures ----------------------------------------------------------------------------------------------------- */

static void fit(const EyeViewWant *w, EncodeJob *j) {
    j->to_width = j->width;
    j->to_height = j->height;
    if (j->to_width > w->max_width) {
        j->to_height = (uint32_t)((uint64_t)j->to_height * w->max_width / j->to_width);
        j->to_width = w->max_width;
    }
    if (j->to_height > w->max_height) {
        j->to_width = (uint32_t)((uint64_t)j->to_width * w->max_height / j->to_height);
        j->to_height = w->max_height;
    }
    if (!j->to_width) j->to_width = 1;
    if (!j->to_height) j->to_height = 1;
}

static int on_encoded(int fd, uint32_t mask, void *data);

static bool has_encoder(Views *vs) {
    if (vs->encoder) return true;
    int fd;
    Err e = {0};
    vs->encoder = encoder_new(&fd, &e);
    if (!vs->encoder) return false;
    eye_watch(vs->eye, wl_event_loop_add_fd(vs->eye->loop, fd, WL_EVENT_READABLE, on_encoded, vs));
    return true;
}

static void encode(Viewer *v) {
    Eye *eye = v->all->eye;
    const Frame *f = &eye->frames->last;
    Buffer *b = frames_copy(eye);
    if (!b || !has_encoder(v->all)) {
        v->is_behind = true;
        return;
    }
    const BufferPlane *plane = &b->planes[0];
    if (!pool_map(plane->pool)) return;
    EncodeJob *j = mu_new(EncodeJob);
    *j = (EncodeJob){.buffer = b,
                     .pixels = plane->pool->map + plane->offset,
                     .width = b->width,
                     .height = b->height,
                     .stride = plane->stride,
                     .quality = v->want.quality,
                     .viewer = (int)(v - v->all->items),
                     .connection = v->connection,
                     .picture = {.frame_id = f->id,
                                 .step = f->step,
                                 .generation = f->generation,
                                 .width = (uint32_t)eye->output->width,
                                 .height = (uint32_t)eye->output->height,
                                 .flags = f->picture.flags,
                                 .commit_ns = f->picture.commit_ns}};
    fit(&v->want, j);
    j->picture.jpeg_width = (uint16_t)j->to_width;
    j->picture.jpeg_height = (uint16_t)j->to_height;
    buffer_hold(b);
    v->is_encoding = true;
    v->is_behind = false;
    v->sent_ns = eye_now_ns();
    encoder_give(v->all->encoder, j);
}

/* The newest frame, if the viewer may have one now; else when it may. */
static void offer(Viewer *v) {
    if (v->fd < 0 || !v->want.hz || !v->all->eye->frames->last.picture.buffer) return;
    if (v->is_encoding || v->is_unacknowledged) {
        v->n_missed += v->is_behind;
        v->is_behind = true;
        return;
    }
    uint64_t next = v->sent_ns + NS_PER_S / v->want.hz, now = eye_now_ns();
    if (now < next) {
        v->is_behind = true;
        wl_event_source_timer_update(v->due, (int)((next - now) / NS_PER_MS) + 1);
        return;
    }
    encode(v);
}

static int on_due(void *data) {
    Viewer *v = data;
    if (v->is_behind) offer(v);
    return 0;
}

static int on_encoded(int fd, uint32_t mask, void *data) {
    (void)mask;
    Views *vs = data;
    eventfd_t n;
    eventfd_read(fd, &n);
    for (EncodeJob *j = encoder_take(vs->encoder); j; j = encoder_take(vs->encoder)) {
        buffer_unhold(j->buffer);
        Viewer *v = &vs->items[j->viewer];
        if (v->fd >= 0 && v->connection == j->connection) {
            v->is_encoding = false;
            if (j->jpeg) {
                v->is_unacknowledged = true;
                v->unacknowledged = j->picture.frame_id;
                v->n_sent++;
                viewer_send(v, EYE_VIEW_PICTURE, str_n(&j->picture, sizeof j->picture), str_n(j->jpeg, j->n_jpeg));
            }
        }
        encode_job_free(j);
    }
    return 0;
}

void views_publish(Eye *eye) { each_viewer(eye->views, v) offer(v); }

bool views_want_frames(const Eye *eye) {
    each_viewer(eye->views, v) {
        if (v->fd >= 0 && v->want.hz) return true;
    }
    return false;
}

/* --- the step lease ----------------------------------------------------------------------------------------------- */

static void step(Views *vs) {
    Eye *eye = vs->eye;
    if (!vs->stepper || !eye->config.lockstep || step_is_busy(eye->step)) return;
    if (vs->is_held && !vs->steps_left) return;
    if (vs->is_held) vs->steps_left--;
    step_release_current(eye);
    step_begin(eye, &(StepRequest){.number = eye->step->n_steps + 1, .frames = 1});
}

static int on_tick(void *data) {
    step(data);
    return 0;
}

void views_stepped(Eye *eye) {
    Views *vs = eye->views;
    if (!vs->stepper) return;
    int64_t period = NS_PER_S / (eye->config.hz ? eye->config.hz : EYE_HZ_DEF);
    int64_t spent = (int64_t)(eye_now_ns() - eye->step->asked_ns);
    int wait_ms = vs->is_held || spent >= period ? 1 : (int)((period - spent) / NS_PER_MS);
    wl_event_source_timer_update(vs->tick, wait_ms > 0 ? wait_ms : 1);
}

static void take_lease(Viewer *v, Str name) {
    Views *vs = v->all;
    size_t n = name.n < sizeof v->name - 1 ? name.n : sizeof v->name - 1;
    memcpy(v->name, name.p, n);
    v->name[n] = 0;
    vs->is_held = false;
    vs->steps_left = 0;
    vs->stepper = v;
    consumers_take_lease(vs->eye);
    send_leases(vs);
    step(vs);
}

static void give_lease(Viewer *v) {
    Views *vs = v->all;
    if (vs->stepper != v) return;
    vs->stepper = NULL;
    consumers_give_lease(vs->eye);
    send_leases(vs);
}

Str views_stepper_name(const Eye *eye) {
    const Viewer *v = eye->views->stepper;
    return v ? str(v->name[0] ? v->name : "a viewer") : (Str){0};
}

/* --- orders of a viewer ------------------------------------------------------------------------------------------- */

static void refuse(Viewer *v, const char *why) { viewer_send(v, EYE_VIEW_REFUSED, str(why), (Str){0}); }

static void on_want(Viewer *v, Str body) {
    EyeViewWant w;
    if (body.n != sizeof w) {
        refuse(v, "malformed: what is wanted");
        return;
    }
    memcpy(&w, body.p, sizeof w);
    if (w.max_width < SIDE_MIN || w.max_height < SIDE_MIN || !w.quality || w.quality > QUALITY_MAX ||
        w.hz > EYE_VIEW_HZ_MAX) {
        refuse(v, "pictures of at least 16x16, quality 1 to 100, at most 30 a second");
        return;
    }
    v->want = w;
    step_on_credit(v->all->eye);
    offer(v);
}

static void refuse_input(Viewer *v, const EyeInput *in) {
    const char *name = NULL;
    if (in->kind == EYE_INPUT_KEY) name = input_code_name(INPUT_CODE_KEY, in->code);
    if (in->kind == EYE_INPUT_BUTTON) name = input_code_name(INPUT_CODE_BUTTON, in->code);
    char why[80];
    snprintf(why, sizeof why, "`%s` cannot be pressed here", name ? name : "this input");
    refuse(v, why);
}

static void on_input(Viewer *v, Str body) {
    Eye *eye = v->all->eye;
    Str holder = consumers_stepper_name(eye);
    if (v->all->stepper != v && holder.n) {
        refuse(v, "another consumer holds the step");
        return;
    }
    if (body.n % sizeof(EyeInput) || body.n / sizeof(EyeInput) > EYE_ABI_INPUTS_MAX) {
        refuse(v, "malformed: inputs");
        return;
    }
    v->has_pressed = true;
    for (size_t i = 0; i + sizeof(EyeInput) <= body.n; i += sizeof(EyeInput)) {
        EyeInput in;
        memcpy(&in, body.p + i, sizeof in);
        if (!step_input(eye, &in)) refuse_input(v, &in);
    }
    seat_frame(eye->seat);
}

static void on_message(Viewer *v, uint8_t type, Str body) {
    Views *vs = v->all;
    LeReader r = {.rest = body};
    switch (type) {
    case EYE_VIEW_WANT: on_want(v, body); break;
    case EYE_VIEW_ACK:
        if (le_take64(&r) != v->unacknowledged) break;
        v->is_unacknowledged = false;
        if (v->is_behind) offer(v);
        break;
    case EYE_VIEW_INPUT: on_input(v, body); break;
    case EYE_VIEW_TAKE: take_lease(v, le_take_str(&r)); break;
    case EYE_VIEW_GIVE: give_lease(v); break;
    case EYE_VIEW_HOLD:
    case EYE_VIEW_STEP:
        if (vs->stepper != v) {
            refuse(v, "only who holds the step moves time");
            break;
        }
        if (type == EYE_VIEW_HOLD) vs->is_held = le_take8(&r);
        if (type == EYE_VIEW_STEP) vs->steps_left += le_take32(&r);
        step(vs);
        break;
    default: break;
    }
}

static void read_messages(Viewer *v) {
    while (v->fd >= 0 && v->in.n >= 5) {
        uint32_t n = le_load32(v->in.p);
        if (n < 1 || n > EYE_VIEW_ORDER_MAX) {
            viewer_close(v);
            return;
        }
        if (v->in.n < 4 + (size_t)n) return;
        on_message(v, (uint8_t)v->in.p[4], str_n(v->in.p + 5, n - 1));
        if (v->fd >= 0) buf_drop(&v->in, 4 + (size_t)n);
    }
}

static int on_ready(int fd, uint32_t mask, void *data) {
    Viewer *v = data;
    if (mask & WL_EVENT_WRITABLE) flush(v);
    if (v->fd < 0 || !(mask & (WL_EVENT_READABLE | WL_EVENT_HANGUP | WL_EVENT_ERROR))) return 0;
    char room[16384];
    ssize_t n = recv(fd, room, sizeof room, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
    if (n <= 0 || !buf_add(&v->in, room, (size_t)n)) {
        viewer_close(v);
        return 0;
    }
    read_messages(v);
    return 0;
}

/* --- connections -------------------------------------------------------------------------------------------------- */

static void viewer_close(Viewer *v) {
    if (v->fd < 0) return;
    int fd = v->fd;
    v->fd = -1;
    wl_event_source_remove(v->source);
    wl_event_source_remove(v->due);
    close(fd);
    buf_done(&v->in);
    buf_done(&v->out);
    v->want.hz = 0;
    give_lease(v);
    /* Its keys are not held for ever; those of who has the step are not its. */
    if (v->has_pressed && !consumers_stepper_name(v->all->eye).n) seat_release_all(v->all->eye->seat);
}

static int on_connect(int listener, uint32_t mask, void *data) {
    (void)mask;
    Views *vs = data;
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return 0;
    struct ucred peer = {0};
    socklen_t size = sizeof peer;
    bool is_own = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == getuid();
    each_viewer(vs, v) {
        if (!is_own || v->fd >= 0) continue;
        *v = (Viewer){.all = vs, .fd = fd, .connection = ++vs->n_connections, .pid = peer.pid};
        buf_init(&v->in, EYE_VIEW_ORDER_MAX + 4);
        buf_init(&v->out, OUT_MAX);
        v->source = wl_event_loop_add_fd(vs->eye->loop, fd, WL_EVENT_READABLE, on_ready, v);
        v->due = wl_event_loop_add_timer(vs->eye->loop, on_due, v);
        send_leases(vs);
        return 0;
    }
    close(fd);
    return 0;
}

void views_report(const Eye *eye, EyeConsumerLine *lines, size_t *ret_n, double seconds) {
    each_viewer(eye->views, v) {
        if (v->fd < 0 || !v->want.hz) continue;
        lines[(*ret_n)++] = (EyeConsumerLine){.name = str(v->name[0] ? v->name : "a viewer"),
                                              .role = STR("view"),
                                              .pid = v->pid,
                                              .fps = (double)(v->n_sent - v->n_sent_before) / seconds,
                                              .delivered = (int64_t)v->n_sent,
                                              .held = v->is_unacknowledged};
        v->n_sent_before = v->n_sent;
    }
}

int views_init(Eye *eye, Err *e) {
    Views *vs = eye->views = mu_new(Views);
    *vs = (Views){.eye = eye, .listen_fd = -1};
    each_viewer(vs, v) v->fd = -1;
    snprintf(vs->path, sizeof vs->path, "%s/view.sock", eye->folder);
    TRY(consumers_listen(vs->path, SOCK_STREAM, &vs->listen_fd, e));
    eye_watch(eye, wl_event_loop_add_fd(eye->loop, vs->listen_fd, WL_EVENT_READABLE, on_connect, vs));
    vs->tick = eye_watch(eye, wl_event_loop_add_timer(eye->loop, on_tick, vs));
    return 0;
}

void views_done(Eye *eye) {
    Views *vs = eye->views;
    each_viewer(vs, v) viewer_close(v);
    encoder_free(vs->encoder);
    if (vs->listen_fd < 0) return;
    close(vs->listen_fd);
    unlink(vs->path);
}
