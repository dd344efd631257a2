/* See rig.h. */
#include "eye/rig.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/test.h"
#include "eye/client.h"
#include "eye/guard.h"
#include "eye/lines.h"
#include "eye/output.h"
#include "eye/parts.h"
#include "eye/program.h"
#include "eye/ring.h"
#include "eye/step.h"

static struct {
    Eye eye;
    bool is_open;
    int orders, reports; /* our ends of the eye's lines */
    Buf said;
    VEC(RigClient *) clients;
    VEC(int) consumers;
} rig;

/* --- the eye ------------------------------------------------------------------------------------------------------ */

int64_t rig_deadline(void) { return clock_mono_us() + (int64_t)RIG_WAIT_MS * 1000; }
bool rig_is_past(int64_t deadline) { return clock_mono_us() > deadline; }

static void close_eye(void) {
    if (rig.is_open) parts_close(&rig.eye);
}

/* What libwayland says of each connection that ends by an error: expected here, and the eye reports it itself. */
static void on_log(const char *fmt, va_list ap) { (void)fmt, (void)ap; }

/* Opens its parts with a render node, so that dma-bufs are offered: a device that can be opened and does nothing. */
static void open_parts(Eye *eye) {
    const char *tmp = getenv("TMPDIR");
    char folder[4096], node[sizeof folder + 16];
    Err e;
    snprintf(folder, sizeof folder, "%s/dri-XXXXXX", tmp ? tmp : "/tmp");
    CHECK(mkdtemp(folder));
    snprintf(node, sizeof node, "%s/renderD128", folder);
    CHECK(symlink("/dev/null", node) == 0);
    eye->dri_folder = folder;
    CHECK_OK(parts_open(eye, &e), e);
    eye->dri_folder = NULL;
    CHECK(unlink(node) == 0 && rmdir(folder) == 0);
}

static void open_eye(void) {
    static const char start[] = "{\"type\":\"start\",\"config\":{\"id\":\"rig\",\"width\":64,\"height\":32,\"hz\":0,"
                                "\"stepTimeoutMs\":60000,\"program\":{\"argv\":[]}}}\n";
    int in[2], out[2];
    Err e;
    CHECK(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC | O_NONBLOCK) == 0);
    CHECK(write(in[1], start, sizeof start - 1) == sizeof start - 1);
    rig.orders = in[1];
    rig.reports = out[0];
    buf_init(&rig.said, 16 << 20);
    rig.eye.generation = 1;
    wl_log_set_handler_server(on_log);
    wl_log_set_handler_client(on_log);
    guard_init();
    CHECK_OK(lines_begin(&rig.eye, in[0], out[1], &e), e);
    open_parts(&rig.eye);
    rig.is_open = true;
    atexit(close_eye);
}

static void free_client(RigClient *c) {
    vec_each(&c->buffers, b) {
        munmap((*b)->pixels, (*b)->size);
        close((*b)->fd);
        free(*b);
    }
    vec_done(&c->buffers);
    wl_display_disconnect(c->display);
    free(c);
}

static void forget(RigClient *c) {
    for (size_t i = 0; i < rig.clients.n; i++) {
        if (rig.clients.items[i] != c) continue;
        rig.clients.items[i] = rig.clients.items[--rig.clients.n];
        return;
    }
}

void rig_leave(RigClient *c) {
    forget(c);
    free_client(c);
    rig_settle();
}

bool rig_is_empty(void) {
    Eye *eye = &rig.eye;
    list_each(&eye->buffers, Buffer, link, b) {
        if (!b->on_idle) return false;
    }
    list_each(&eye->pools, Pool, link, p) {
        if (p->kind != EYE_POOL_RING) return false;
    }
    for (int i = 0; i < EYE_CONSUMERS_MAX; i++) {
        if (eye->consumers->items[i].version) return false;
    }
    return list_is_empty(&eye->clients) && list_is_empty(&eye->surfaces) && !eye->shown;
}

Eye *rig_eye(void) {
    if (!rig.is_open) open_eye();
    Eye *eye = &rig.eye;
    while (rig.consumers.n) close(rig.consumers.items[--rig.consumers.n]);
    while (rig.clients.n) free_client(rig.clients.items[--rig.clients.n]);
    RIG_UNTIL(rig_is_empty());
    eye->config.lockstep = false;
    eye->config.hz = 0;
    eye->config.step_timeout_ms = 60000;
    eye->config.draws_cursor = false;
    eye->step->timeouts_in_a_row = 0;
    eye->step->n_ran_ahead = 0;
    output_resize(eye, RIG_WIDTH, RIG_HEIGHT);
    ring_drop(eye);
    rig_settle();
    buf_clear(&rig.said);
    return eye;
}

/* Reads what has come for a client without waiting. */
static bool dispatch(RigClient *c) {
    if (c->is_over) return false;
    int n = wl_display_dispatch_pending(c->display);
    if (wl_display_prepare_read(c->display) == 0) {
        struct pollfd p = {wl_display_get_fd(c->display), POLLIN, 0};
        if (poll(&p, 1, 0) > 0)
            wl_display_read_events(c->display);
        else
            wl_display_cancel_read(c->display);
        int more = wl_display_dispatch_pending(c->display);
        n = more < 0 || n < 0 ? -1 : n + more;
    }
    if (n < 0 || wl_display_get_error(c->display)) c->is_over = true;
    return n > 0;
}

static bool read_reports(void) {
    char room[4096];
    bool is_any = false;
    for (ssize_t n; (n = read(rig.reports, room, sizeof room)) > 0; is_any = true) buf_add(&rig.said, room, (size_t)n);
    return is_any;
}

/* True: something happened. */
static bool turn(int wait_ms) {
    bool is_any = false;
    vec_each(&rig.clients, c) {
        if (!(*c)->is_over) wl_display_flush((*c)->display);
    }
    struct pollfd p = {wl_event_loop_get_fd(rig.eye.loop), POLLIN, 0};
    is_any = poll(&p, 1, wait_ms) > 0;
    wl_event_loop_dispatch(rig.eye.loop, 0);
    wl_display_flush_clients(rig.eye.display);
    for (size_t i = 0; i < rig.clients.n; i++) is_any |= dispatch(rig.clients.items[i]);
    return read_reports() || is_any;
}

void rig_turn(void) { turn(1); }

void rig_settle(void) {
    for (int still = 0; still < 3;) still = turn(0) ? 0 : still + 1;
}

bool rig_said(const char *text) {
    read_reports();
    buf_add_c(&rig.said, '\0');
    rig.said.n--;
    return strstr(rig.said.p, text) != NULL;
}

void rig_order_raw(const char *text) {
    CHECK(write(rig.orders, text, strlen(text)) == (ssize_t)strlen(text));
    rig_settle();
}

void rig_order(const char *line) {
    rig_order_raw(line);
    rig_order_raw("\n");
}

int rig_count_fds(void) {
    DIR *d = opendir("/proc/self/fd");
    int n = 0;
    while (d && readdir(d)) n++;
    if (d) closedir(d);
    return n;
}

/* --- clients ------------------------------------------------------------------------------------------------------ */

static void on_global(void *data, struct wl_registry *r, uint32_t name, const char *interface, uint32_t version) {
    RigClient *c = data;
    if (strcmp(interface, "wl_compositor") == 0)
        c->compositor = wl_registry_bind(r, name, &wl_compositor_interface, version < 4 ? version : 4);
    if (strcmp(interface, "wl_shm") == 0) c->shm = wl_registry_bind(r, name, &wl_shm_interface, 1);
    if (strcmp(interface, "wl_subcompositor") == 0)
        c->subcompositor = wl_registry_bind(r, name, &wl_subcompositor_interface, 1);
    if (strcmp(interface, "xdg_wm_base") == 0) c->base = wl_registry_bind(r, name, &xdg_wm_base_interface, 3);
}

static void on_global_remove(void *data, struct wl_registry *r, uint32_t name) { (void)data, (void)r, (void)name; }

static const struct wl_registry_listener on_registry = {on_global, on_global_remove};

RigClient *rig_client(void) {
    int fds[2];
    RigClient *c = mu_new(RigClient);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
    CHECK(wl_client_create(rig.eye.display, fds[0]));
    c->display = wl_display_connect_to_fd(fds[1]);
    CHECK(c->display);
    vec_push(&rig.clients, c);
    c->registry = wl_display_get_registry(c->display);
    wl_registry_add_listener(c->registry, &on_registry, c);
    rig_roundtrip(c);
    return c;
}

static void on_done(void *data, struct wl_callback *callback, uint32_t ms) {
    (void)ms;
    ++*(int *)data;
    wl_callback_destroy(callback);
}

static const struct wl_callback_listener on_callback = {on_done};

void rig_roundtrip(RigClient *c) {
    static int n;
    n = 0;
    wl_callback_add_listener(wl_display_sync(c->display), &on_callback, &n);
    RIG_UNTIL(n || c->is_over);
}

static void on_configure(void *data, struct xdg_surface *s, uint32_t serial) {
    xdg_surface_ack_configure(s, serial);
    ((RigClient *)data)->n_configures++;
}

static const struct xdg_surface_listener on_surface = {on_configure};

void rig_window(RigClient *c) {
    int before = c->n_configures;
    c->surface = wl_compositor_create_surface(c->compositor);
    c->xdg = xdg_wm_base_get_xdg_surface(c->base, c->surface);
    xdg_surface_add_listener(c->xdg, &on_surface, c);
    c->toplevel = xdg_surface_get_toplevel(c->xdg);
    wl_surface_commit(c->surface);
    RIG_UNTIL(c->n_configures > before);
}

int rig_memory(size_t size) {
    int fd = memfd_create("rig", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    CHECK(fd >= 0 && ftruncate(fd, (off_t)size) == 0);
    return fd;
}

static void on_release(void *data, struct wl_buffer *b) {
    (void)b;
    ((RigBuffer *)data)->n_releases++;
}

static const struct wl_buffer_listener on_buffer = {on_release};

RigBuffer *rig_adopt(RigClient *c, struct wl_buffer *wl, int fd, size_t size) {
    RigBuffer *b = mu_new(RigBuffer);
    *b = (RigBuffer){.wl = wl, .size = size, .fd = fd};
    b->pixels = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(b->pixels != MAP_FAILED);
    wl_buffer_add_listener(wl, &on_buffer, b);
    vec_push(&c->buffers, b);
    return b;
}

RigBuffer *rig_buffer(RigClient *c, int32_t width, int32_t height) {
    size_t size = (size_t)width * (size_t)height * 4;
    int fd = rig_memory(size);
    struct wl_shm_pool *pool = wl_shm_create_pool(c->shm, fd, (int32_t)size);
    struct wl_buffer *wl = wl_shm_pool_create_buffer(pool, 0, width, height, width * 4, WL_SHM_FORMAT_XRGB8888);
    wl_shm_pool_destroy(pool);
    return rig_adopt(c, wl, fd, size);
}

void rig_free_buffer(RigClient *c, RigBuffer *b) {
    for (size_t i = 0; i < c->buffers.n; i++) {
        if (c->buffers.items[i] == b) c->buffers.items[i] = c->buffers.items[--c->buffers.n];
    }
    wl_buffer_destroy(b->wl);
    munmap(b->pixels, b->size);
    close(b->fd);
    free(b);
}

void rig_attach(RigClient *c, const RigBuffer *b) { wl_surface_attach(c->surface, b ? b->wl : NULL, 0, 0); }

void rig_ask_frame(RigClient *c) {
    wl_callback_add_listener(wl_surface_frame(c->surface), &on_callback, &c->n_callbacks);
}

void rig_draw(RigClient *c, const RigBuffer *b) {
    rig_ask_frame(c);
    rig_attach(c, b);
    wl_surface_damage_buffer(c->surface, 0, 0, INT32_MAX, INT32_MAX);
    wl_surface_commit(c->surface);
    rig_roundtrip(c);
}

void rig_want_error(RigClient *c, const struct wl_interface *interface, uint32_t code) {
    const struct wl_interface *got = NULL;
    uint32_t id;
    RIG_UNTIL(c->is_over);
    CHECK_I64(wl_display_get_error(c->display), EPROTO);
    uint32_t got_code = wl_display_get_protocol_error(c->display, &got, &id);
    CHECK_STR(str(got ? got->name : "nothing"), interface->name);
    CHECK_I64(got_code, code);
}

/* --- consumers ---------------------------------------------------------------------------------------------------- */

int rig_connect(int version) {
    const char *path = rig.eye.consumers->path[version == EYE_ABI_V1];
    int fd = socket(AF_UNIX, (version == EYE_ABI_V1 ? SOCK_STREAM : SOCK_SEQPACKET) | SOCK_CLOEXEC, 0);
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    CHECK(fd >= 0 && strlen(path) < sizeof to.sun_path);
    memcpy(to.sun_path, path, strlen(path));
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    vec_push(&rig.consumers, fd);
    rig_settle();
    return fd;
}

void rig_disconnect(int fd) {
    for (size_t i = 0; i < rig.consumers.n; i++) {
        if (rig.consumers.items[i] == fd) rig.consumers.items[i] = rig.consumers.items[--rig.consumers.n];
    }
    close(fd);
    rig_settle();
}

/* `with` -1: without a descriptor. */
static void send_message(int fd, const EyeAbiHeader *like, const void *payload, size_t n, int with) {
    EyeAbiHeader head = *like;
    head.payload = (uint32_t)n;
    head.fds = with >= 0;
    memcpy(head.magic, EYE_ABI_MAGIC, sizeof head.magic);
    struct iovec parts[] = {{&head, sizeof head}, {(void *)payload, n}};
    struct msghdr m = {.msg_iov = parts, .msg_iovlen = 2};
    union {
        struct cmsghdr rights;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {.rights = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
    if (with >= 0) {
        m.msg_control = &control;
        m.msg_controllen = sizeof control;
        memcpy(CMSG_DATA(&control.rights), &with, sizeof with);
    }
    CHECK(sendmsg(fd, &m, MSG_NOSIGNAL) == (ssize_t)(sizeof head + n));
    rig_settle();
}

void rig_send(int fd, int version, int type, const void *payload, size_t n) {
    send_message(fd, &(EyeAbiHeader){.version = (uint16_t)version, .type = (uint16_t)type}, payload, n, -1);
}

void rig_send_fd(int fd, int type, const void *payload, size_t n, int with) {
    send_message(fd, &(EyeAbiHeader){.version = EYE_ABI_V2, .type = (uint16_t)type}, payload, n, with);
}

/* Reads that many bytes and what descriptors come with them. */
static ssize_t receive_bytes(int fd, void *to, size_t n, RigMessage *ret) {
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(sizeof(int) * RIG_FDS_MAX)];
    } control;
    struct iovec part = {to, n};
    struct msghdr m = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof control};
    ssize_t got;
    do got = recvmsg(fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == ECONNRESET);
    struct cmsghdr *c = got > 0 ? CMSG_FIRSTHDR(&m) : NULL;
    if (c && c->cmsg_type == SCM_RIGHTS) {
        ret->n_fds = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        memcpy(ret->fds, CMSG_DATA(c), (size_t)ret->n_fds * sizeof(int));
    }
    return got;
}

bool rig_try_receive(int fd, RigMessage *ret) {
    int type = 0;
    socklen_t size = sizeof type;
    uint8_t packet[sizeof ret->head + sizeof ret->bytes];
    *ret = (RigMessage){0};
    CHECK(getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0);
    ssize_t n = receive_bytes(fd, packet, type == SOCK_STREAM ? sizeof ret->head : sizeof packet, ret);
    if (n <= 0) return false;
    CHECK(n >= (ssize_t)sizeof ret->head);
    memcpy(&ret->head, packet, sizeof ret->head);
    CHECK(ret->head.payload <= sizeof ret->bytes);
    if (type == SOCK_STREAM) {
        RigMessage rest;
        if (ret->head.payload)
            CHECK(receive_bytes(fd, ret->bytes, ret->head.payload, &rest) == (ssize_t)ret->head.payload);
    } else {
        memcpy(ret->bytes, packet + sizeof ret->head, (size_t)n - sizeof ret->head);
    }
    return true;
}

void rig_receive(int fd, int type, RigMessage *ret) {
    for (int64_t end = rig_deadline(); !rig_is_past(end);) {
        while (rig_try_receive(fd, ret)) {
            if (!type || ret->head.type == type) return;
            for (int i = 0; i < ret->n_fds; i++) close(ret->fds[i]);
        }
        rig_turn();
    }
    test_fail(__FILE__, __LINE__, "no message of type %d came", type);
}

bool rig_is_closed(int fd) {
    RigMessage m;
    rig_settle();
    while (rig_try_receive(fd, &m)) {
        for (int i = 0; i < m.n_fds; i++) close(m.fds[i]);
    }
    char byte;
    return recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

int rig_consumer(uint32_t role, uint32_t credits, RigMessage *ret_ack) {
    EyeHello hello = {.role = role, .accepts = EYE_ACCEPTS_SHM, .credits = credits, .name = "rig"};
    return rig_consumer_of(&hello, ret_ack);
}

int rig_consumer_of(const EyeHello *hello, RigMessage *ret_ack) {
    RigMessage ack;
    int fd = rig_connect(EYE_ABI_V2);
    rig_send(fd, EYE_ABI_V2, EYE_HELLO, hello, sizeof *hello);
    rig_receive(fd, EYE_HELLO_ACK, &ack);
    if (ret_ack) *ret_ack = ack;
    return fd;
}

void rig_step(int fd, uint64_t number, uint32_t flags) {
    EyeStep step = {.step = number, .frames = 1, .flags = flags};
    rig_send(fd, EYE_ABI_V2, EYE_STEP, &step, sizeof step);
}

void rig_release(int fd, const EyeFrame *f) {
    EyeRelease release = {.buffer = f->buffer, .frame_id = f->frame_id};
    rig_send(fd, EYE_ABI_V2, EYE_RELEASE, &release, sizeof release);
}

/* Clients here end in the middle of what they do; the library frees objects only that were destroyed before. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:libwayland-client"; }
