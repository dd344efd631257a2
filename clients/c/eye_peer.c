/* See eye_peer.h. */
#include "eye_peer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FDS_MAX = 16 };

static int must(int r, const char *what) {
    if (r < 0) {
        perror(what);
        abort();
    }
    return r;
}

int peer_pair(int *ret_consumer_fd) {
    int fds[2], room = 1 << 20; /* for all messages of a case, sent before any is read */
    must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), "socketpair");
    must(setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof room), "SO_SNDBUF");
    *ret_consumer_fd = fds[1];
    return fds[0];
}

int peer_memory(size_t size, unsigned seals) {
    int fd = must(memfd_create("peer", MFD_CLOEXEC | MFD_ALLOW_SEALING), "memfd_create");
    must(ftruncate(fd, (off_t)size), "ftruncate");
    for (uint32_t i = 0; i < size / sizeof i; i++) must((int)pwrite(fd, &i, sizeof i, (off_t)(i * sizeof i)), "pwrite");
    if (seals) must(fcntl(fd, F_ADD_SEALS, seals), "F_ADD_SEALS");
    return fd;
}

EyeAbiHeader peer_header(int type, size_t payload, uint32_t fds) {
    EyeAbiHeader head = {.version = EYE_ABI_V2, .type = (uint16_t)type, .payload = (uint32_t)payload, .fds = fds};
    memcpy(head.magic, EYE_ABI_MAGIC, sizeof head.magic);
    return head;
}

static void send_with(int peer, const EyeAbiHeader *head, const void *payload, size_t n, const int *fds, size_t n_fds) {
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
    } control = {.bytes = {0}};
    struct iovec parts[] = {{(void *)head, sizeof *head}, {(void *)payload, n}};
    struct msghdr msg = {.msg_iov = parts, .msg_iovlen = n ? 2 : 1};
    if (n_fds) {
        msg.msg_control = &control;
        msg.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
        *c = (struct cmsghdr){
            .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(n_fds * sizeof(int))};
        memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
    }
    /* The other side may have hung up already: what a library does on a bad message. */
    if (sendmsg(peer, &msg, MSG_NOSIGNAL) < 0 && errno != EPIPE && errno != ECONNRESET) must(-1, "sendmsg");
}

void peer_send_raw(int peer, const EyeAbiHeader *head, const void *payload, size_t n, const int *fds) {
    send_with(peer, head, payload, n, fds, fds ? head->fds : 0);
}

void peer_send(int peer, int type, const void *payload, size_t n, int fd) {
    EyeAbiHeader head = peer_header(type, n, fd >= 0);
    send_with(peer, &head, payload, n, &fd, fd >= 0);
}

bool peer_receive(int peer, PeerMessage *ret) {
    uint8_t bytes[sizeof ret->head + sizeof ret->payload];
    ssize_t n = recv(peer, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < (ssize_t)sizeof ret->head) return false;
    memcpy(&ret->head, bytes, sizeof ret->head);
    memcpy(ret->payload, bytes + sizeof ret->head, (size_t)n - sizeof ret->head);
    return true;
}

/* ---- Good messages ---- */

EyeHelloAck peer_ack(void) {
    return (EyeHelloAck){.width = PEER_WIDTH,
                         .height = PEER_HEIGHT,
                         .fourcc = 0x34325258,
                         .mode = EYE_MODE_LOCKSTEP,
                         .role = EYE_ROLE_STEP,
                         .credits = 2,
                         .refresh_mhz = 60000,
                         .generation = 1};
}

void peer_send_ack(int peer) {
    EyeHelloAck ack = peer_ack();
    peer_send(peer, EYE_HELLO_ACK, &ack, sizeof ack, -1);
}

static EyePool pool_of(uint32_t id, size_t size) {
    return (EyePool){.pool = id,
                     .kind = EYE_POOL_SHM,
                     .size = size,
                     .seals = F_SEAL_SHRINK,
                     .flags = EYE_POOL_READ_ONLY,
                     .generation = 1};
}

void peer_send_pool(int peer, uint32_t id, size_t size, int fd) {
    EyePool pool = pool_of(id, size);
    peer_send(peer, EYE_POOL, &pool, sizeof pool, fd);
    close(fd);
}

typedef struct EYE_PACKED OnePlane {
    struct EYE_PACKED {
        uint32_t buffer, width, height, fourcc, planes, flags;
        uint64_t modifier;
    } b;
    EyePlane plane;
} OnePlane;
_Static_assert(sizeof(OnePlane) == sizeof(EyeBuffer) + sizeof(EyePlane), "as on the wire");

static OnePlane buffer_of(uint32_t id, uint32_t pool, uint32_t offset) {
    return (OnePlane){{id, PEER_WIDTH, PEER_HEIGHT, 0x34325258, 1, 0, 0}, {pool, PEER_STRIDE, offset, PEER_PICTURE, 0}};
}

void peer_send_buffer(int peer, uint32_t id, uint32_t pool, uint32_t offset) {
    OnePlane b = buffer_of(id, pool, offset);
    peer_send(peer, EYE_BUFFER, &b, sizeof b, -1);
}

EyeFrame peer_frame(uint32_t buffer, uint64_t id, uint64_t step) {
    return (EyeFrame){.frame_id = id,
                      .step = step,
                      .generation = 1,
                      .buffer = buffer,
                      .commit_ns = 5,
                      .send_ns = 6,
                      .damage_x = 1,
                      .damage_y = 2,
                      .damage_width = 3,
                      .damage_height = 4,
                      .content_width = PEER_WIDTH,
                      .content_height = PEER_HEIGHT};
}

void peer_send_frame(int peer, uint32_t buffer, uint64_t id, uint64_t step) {
    EyeFrame f = peer_frame(buffer, id, step);
    peer_send(peer, EYE_FRAME, &f, sizeof f, -1);
}

void peer_send_reset(int peer, uint32_t reason, uint64_t generation) {
    EyeReset r = {reason, 0, generation};
    peer_send(peer, EYE_RESET, &r, sizeof r, -1);
}
