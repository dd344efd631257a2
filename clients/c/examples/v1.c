/* eye-v1 SOCKET [N]: N frames (10) over frame.sock, in version 1 of the wire, which consumers of other producers speak. Each
 * PING is one frame please; each frame brings its own descriptors; it is given back by signalling its release fence, or, if it
 * has none, by asking for the next one.
 *
 * It is a stream: a message is read in two parts, and its descriptors come with the first byte of the header. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "muster-eye-abi.h"

enum { FDS_MAX = EYE_ABI_PLANES_MAX + 2, PAYLOAD_MAX = 1024 };

typedef struct Message {
    EyeAbiHeader head;
    uint8_t payload[PAYLOAD_MAX];
    int fds[FDS_MAX];
    uint32_t n_fds;
} Message;

static _Noreturn void die(const char *what) {
    fprintf(stderr, "eye-v1: %s%s%s\n", what, errno ? ": " : "", errno ? strerror(errno) : "");
    exit(1);
}

static int open_socket(const char *path) {
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (strlen(path) >= sizeof to.sun_path) die("the path is too long");
    memcpy(to.sun_path, path, strlen(path));
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0) die(path);
    return fd;
}

/* Part of a message, with the descriptors that come with it. */
static void receive(int fd, void *into, size_t n, Message *m) {
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
    } control;
    for (size_t got = 0; got < n;) {
        struct iovec part = {(char *)into + got, n - got};
        struct msghdr msg = {
            .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
        ssize_t r = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
        errno = r < 0 ? errno : 0;
        if (r <= 0) die("the eye is gone");
        if (msg.msg_flags & MSG_CTRUNC) die("descriptors are missing");
        got += (size_t)r;
        for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
            size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
            if (c->cmsg_type != SCM_RIGHTS || m->n_fds + count > FDS_MAX) die("too many descriptors");
            memcpy(m->fds + m->n_fds, CMSG_DATA(c), count * sizeof(int));
            m->n_fds += (uint32_t)count;
        }
    }
}

static void receive_message(int fd, Message *m) {
    m->n_fds = 0;
    receive(fd, &m->head, sizeof m->head, m);
    errno = 0;
    if (memcmp(m->head.magic, EYE_ABI_MAGIC, sizeof m->head.magic) != 0 || m->head.version != EYE_ABI_V1)
        die("not version 1");
    if (m->head.payload > PAYLOAD_MAX) die("the message is too long");
    receive(fd, m->payload, m->head.payload, m);
    errno = 0;
    if (m->n_fds != m->head.fds) die("not the descriptors that the header says");
}

static void send_empty(int fd, int type) {
    EyeAbiHeader head = {.version = EYE_ABI_V1, .type = (uint16_t)type};
    memcpy(head.magic, EYE_ABI_MAGIC, sizeof head.magic);
    if (send(fd, &head, sizeof head, MSG_NOSIGNAL) != sizeof head) die("send");
}

/* The sum of all bytes of the first plane's picture. */
static uint64_t sum_of(const EyeV1Frame *f, const EyeV1Plane *plane, int fd) {
    struct stat st;
    uint64_t sum = 0, size = (uint64_t)plane->offset + plane->size;
    errno = 0;
    if ((uint64_t)plane->stride * f->height > plane->size || plane->stride < f->width) die("the plane is too small");
    if (fstat(fd, &st) < 0 || (uint64_t)st.st_size < size) die("the memory is too small");
    uint8_t *p = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED) die("mmap");
    for (uint64_t i = plane->offset; i < size; i++) sum += p[i];
    munmap(p, size);
    return sum;
}

static void print_frame(const Message *m) {
    EyeV1Frame f;
    EyeV1Plane plane;
    errno = 0;
    if (m->head.payload < sizeof f + sizeof plane) die("a FRAME is too short");
    memcpy(&f, m->payload, sizeof f);
    memcpy(&plane, m->payload + sizeof f, sizeof plane);
    if (f.fds == 0 || f.fds > m->n_fds || plane.fd >= f.fds || f.planes == 0) die("a FRAME without its memory");
    printf("frame %llu: %u×%u, %u descriptors, %u fences, flags %u", (unsigned long long)f.frame_id, f.width, f.height,
           f.fds, m->n_fds - f.fds, f.flags);
    if (f.flags & EYE_V1_SHM) printf(", sum %llu", (unsigned long long)sum_of(&f, &plane, m->fds[plane.fd]));
    printf("\n");
}

int main(int argc, char **argv) {
    Message m;
    if (argc < 2) return 2;
    int fd = open_socket(argv[1]);
    long n = argc > 2 ? strtol(argv[2], NULL, 10) : 10;
    receive_message(fd, &m);
    errno = 0;
    if (m.head.type != EYE_HELLO_ACK) die("no HELLO_ACK");
    while (n > 0) {
        send_empty(fd, EYE_PING);
        do {
            receive_message(fd, &m);
            if (m.head.type == EYE_RESET) printf("reset: reason %u\n", m.payload[0]);
        } while (m.head.type != EYE_FRAME);
        print_frame(&m);
        for (uint32_t i = 0; i < m.n_fds; i++) close(m.fds[i]);
        n--;
    }
    close(fd);
    return 0;
}
