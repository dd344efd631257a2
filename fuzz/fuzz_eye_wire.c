/* The Wayland wire, what the eye reads from a program: whatever comes, the eye lives, another program is unharmed, and when
 * the program is gone nothing of it is left. All globals are bound first, under ids that do not depend on their order. The
 * input is a byte of choices and a series of messages: object, opcode, flags, length of the arguments in words, arguments. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"
#include "base/test.h"
#include "eye/rig.h"
#include "eye/step.h"
#include "fuzz.h"

enum { FIRST_ID = 3, HEAD = 4, MESSAGES_MAX = 400, MEMORY = 1 << 16 };
/* Flags of a message: what descriptor comes with it, and what its first argument is. */
enum { FD_KIND = 3, FD_MEMORY = 1, FD_SHORT = 2, FD_SOCKET = 3, IS_SERIAL = 4, IS_SETTLED = 8, IS_SHORT = 16 };

static const char *const globals[] = {"wl_compositor",
                                      "wl_shm",
                                      "xdg_wm_base",
                                      "wl_subcompositor",
                                      "wl_seat",
                                      "wl_output",
                                      "wl_data_device_manager",
                                      "wp_viewporter",
                                      "wp_presentation",
                                      "zwp_relative_pointer_manager_v1",
                                      "zwp_pointer_constraints_v1",
                                      "zxdg_decoration_manager_v1",
                                      "zxdg_output_manager_v1",
                                      "zwp_idle_inhibit_manager_v1",
                                      "xdg_activation_v1",
                                      "zwp_linux_dmabuf_v1"};
enum { GLOBALS = COUNT_OF(globals) };

static struct { uint32_t name, version; /* 0: the eye does not have it */ } bound[GLOBALS];
static int memory = -1, short_memory = -1, other = -1, watcher = -1;

static void on_global(void *data, struct wl_registry *r, uint32_t name, const char *interface, uint32_t version) {
    (void)data, (void)r;
    for (size_t i = 0; i < GLOBALS; i++) {
        if (strcmp(globals[i], interface) != 0) continue;
        bound[i].name = name;
        bound[i].version = version;
    }
}

static void on_global_remove(void *data, struct wl_registry *r, uint32_t name) { (void)data, (void)r, (void)name; }

static const struct wl_registry_listener on_registry = {on_global, on_global_remove};

/* --- messages ------------------------------------------------------------------------------------------------------ */

static void send_with(int fd, const uint32_t *words, size_t n, int with) {
    struct iovec part = {(void *)words, n * sizeof *words};
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
    if (with >= 0) {
        m.msg_control = control.room;
        m.msg_controllen = sizeof control.room;
        *CMSG_FIRSTHDR(&m) =
            (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof with)};
        memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), &with, sizeof with);
    }
    if (sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        MUST(errno == EPIPE || errno == EAGAIN || errno == ECONNRESET);
}

static void request(int fd, uint32_t object, uint32_t opcode, const uint32_t *words, size_t n) {
    uint32_t message[2 + 64] = {object, (uint32_t)((n + 2) * 4) << 16 | opcode};
    memcpy(message + 2, words, n * sizeof *words);
    send_with(fd, message, n + 2, -1);
}

static void bind_all(int fd) {
    request(fd, 1, 1, (uint32_t[]){2}, 1); /* wl_display.get_registry */
    for (uint32_t i = 0; i < GLOBALS; i++) {
        uint32_t words[16] = {bound[i].name, (uint32_t)strlen(globals[i]) + 1};
        size_t n = 2 + (words[1] + 3) / 4;
        memcpy(words + 2, globals[i], words[1]);
        words[n++] = bound[i].version;
        words[n++] = FIRST_ID + i;
        if (bound[i].version)
            request(fd, 2, 0, words, n);
        else
            request(fd, 1, 0, (uint32_t[]){FIRST_ID + i}, 1); /* its id must be taken: a callback */
        if (i % 6 == 5) rig_settle();
    }
}

static int descriptor_of(uint32_t flags) {
    if ((flags & FD_KIND) == FD_MEMORY) return memory;
    if ((flags & FD_KIND) == FD_SHORT) return short_memory;
    return (flags & FD_KIND) == FD_SOCKET ? other : -1;
}

/* What comes is dropped: a full socket would be another way to end. */
static void drain(int fd) {
    char room[4096];
    while (recv(fd, room, sizeof room, MSG_DONTWAIT) > 0) continue;
}

static void look(void) {
    RigMessage m;
    while (rig_try_receive(watcher, &m)) {
        for (int i = 0; i < m.n_fds; i++) close(m.fds[i]);
        if (m.head.type == EYE_FRAME) rig_release(watcher, &m.frame);
    }
}

static bool take(const Eye *eye, Str *rest, int fd) {
    if (rest->n < HEAD) return false;
    const uint8_t *in = (const uint8_t *)rest->p;
    Str arguments = str_upto(str_from(*rest, HEAD), (size_t)in[3] * 4);
    uint32_t message[2 + UINT8_MAX] = {0};
    size_t n = (arguments.n + 3) / 4;
    message[0] = in[0];
    message[1] = (uint32_t)((n + 2) * 4) << 16 | in[1];
    memcpy(message + 2, arguments.p, arguments.n);
    if (in[2] & IS_SERIAL) message[2] = wl_display_get_serial(eye->display);
    if (in[2] & IS_SHORT) message[1] = message[1] - (4 << 16);
    send_with(fd, message, n + 2 + (in[2] & IS_SERIAL && !n), descriptor_of(in[2]));
    if (in[2] & IS_SETTLED) {
        rig_settle();
        drain(fd);
        look();
    }
    *rest = str_from(*rest, HEAD + arguments.n);
    return true;
}

/* --- one program --------------------------------------------------------------------------------------------------- */

static Eye *begin(void) {
    static Eye *eye;
    if (eye) return eye;
    eye = rig_eye();
    RigClient *c = rig_client();
    wl_registry_add_listener(wl_display_get_registry(c->display), &on_registry, NULL);
    rig_roundtrip(c);
    rig_leave(c);
    memory = rig_memory(MEMORY);
    short_memory = rig_memory(16);
    int pair[2];
    MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    other = pair[0];
    watcher = rig_consumer(EYE_ROLE_WATCH, 4, NULL);
    return eye;
}

static bool is_gone(const Eye *eye) {
    return list_is_empty(&eye->clients) && list_is_empty(&eye->surfaces) && !eye->shown;
}

static void check_gone(const Eye *eye) {
    RIG_UNTIL(is_gone(eye));
    look();
    rig_settle();
    MUST(list_is_empty(&eye->toplevels) && list_is_empty(&eye->popups));
    MUST(!step_is_busy(eye->step) && list_is_empty(&eye->step->parked));
    list_each(&eye->buffers, Buffer, link, b) MUST(b->on_idle && b->n_held == 0);
    list_each(&eye->pools, Pool, link, p) MUST(p->kind == EYE_POOL_RING);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1 + HEAD) return 0;
    Eye *eye = begin();
    int fds[2];
    eye->config.lockstep = data[0] & 1;
    eye->config.draws_cursor = data[0] & 2;
    eye->config.places_windows = data[0] & 4;
    MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
    MUST(wl_client_create(eye->display, fds[0]));
    if (!(data[0] & 8)) bind_all(fds[1]);
    rig_settle();
    Str rest = str_n(data + 1, size - 1);
    for (int n = 0; n < MESSAGES_MAX && take(eye, &rest, fds[1]);) n++;
    rig_settle();
    look();
    rig_settle();
    close(fds[1]);
    check_gone(eye);
    return 0;
}
