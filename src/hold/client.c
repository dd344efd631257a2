#include "hold/client.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { IN_MAX = HOLD_MSG_HEADER + HOLD_MSG_BODY_MAX, OUT_MAX = 64 * 1024, READ_MAX = 32 * 1024 };
static const char sock_name[] = "sock";

static void client_init(Client *c, int fd) {
    *c = (Client){.fd = fd};
    buf_init(&c->in, IN_MAX);
    buf_init(&c->out, OUT_MAX);
}

void client_close(Client *c) {
    if (c->fd >= 0) close(c->fd);
    c->fd = -1;
    buf_done(&c->in);
    buf_done(&c->out);
}

int clients_open(Clients *cs, int dirfd, Err *e) {
    client_init(&cs->served, -1);
    client_init(&cs->greeting, -1);
    cs->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (cs->listen_fd < 0) return err_sys(e, "cannot create a socket");
    /* Through the folder's descriptor, so that the length of its path does not matter. We hold the lock, so an existing
     * socket is a stale one. */
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    snprintf(at.sun_path, sizeof at.sun_path, "/proc/self/fd/%d/%s", dirfd, sock_name);
    unlinkat(dirfd, sock_name, 0);
    mode_t before = umask(0177);
    int bound = bind(cs->listen_fd, (struct sockaddr *)&at, sizeof at);
    umask(before);
    if (bound < 0 || listen(cs->listen_fd, 4) < 0) return err_sys(e, "cannot listen on %s", sock_name);
    return 0;
}

void clients_close(Clients *cs, int dirfd) {
    client_close(&cs->served);
    client_close(&cs->greeting);
    if (cs->listen_fd >= 0) close(cs->listen_fd);
    cs->listen_fd = -1;
    unlinkat(dirfd, sock_name, 0);
}

void clients_accept(Clients *cs) {
    int fd = accept4(cs->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return;
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 || peer.uid != geteuid()) {
        close(fd);
        return;
    }
    client_close(&cs->greeting);
    client_init(&cs->greeting, fd);
}

bool client_read(Client *c) {
    size_t room = IN_MAX - c->in.n;
    if (room > READ_MAX) room = READ_MAX;
    if (room == 0 || !buf_reserve(&c->in, room)) return false;
    ssize_t n = recv(c->fd, c->in.p + c->in.n, room, 0);
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    c->in.n += (size_t)n;
    return n > 0;
}

HoldCond client_next(const Client *c, HoldMsg *ret, size_t *ret_size) {
    return holdwire_parse(buf_str(&c->in), ret, ret_size);
}

bool clients_greet(Clients *cs, const HoldMsg *m) {
    bool right = m->type == HOLD_MSG_HELLO && m->hello.version >= HOLD_WIRE_VERSION &&
                 str_is(m->hello.launch, cs->launch) && str_is(m->hello.nonce, cs->nonce);
    if (!right) return false;
    client_close(&cs->served);
    cs->served = cs->greeting;
    client_init(&cs->greeting, -1);
    return true;
}

void client_send(Client *c, const HoldMsg *m) {
    if (c->fd < 0) return;
    if (!holdwire_put(&c->out, m) || !client_flush(c)) client_close(c);
}

bool client_flush(Client *c) {
    while (c->out.n) {
        ssize_t n = send(c->fd, c->out.p, c->out.n, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno == EAGAIN;
        buf_drop(&c->out, (size_t)n);
    }
    return true;
}
