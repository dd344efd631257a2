#include "sys/listener.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/test.h"

static int bound(int family, int64_t *ret_port) {
    struct sockaddr_in6 at = {.sin6_family = (sa_family_t)family};
    socklen_t n = family == AF_INET ? sizeof(struct sockaddr_in) : sizeof at;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&at, n) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&at, &n) == 0);
    *ret_port = ntohs(at.sin6_port); /* where sin_port is */
    return fd;
}

TEST(a_listener_is_found_with_its_process_and_nothing_else_is) {
    static const int families[] = {AF_INET, AF_INET6};
    for (size_t i = 0; i < COUNT_OF(families); i++) {
        int64_t port;
        Listener x;
        int fd = bound(families[i], &port);
        CHECK(!listener_find(port, &x)); /* bound only */
        CHECK(listen(fd, 1) == 0);
        CHECK(listener_find(port, &x));
        CHECK_I64(x.pid, getpid());
        CHECK_STR(str(x.name), "unit-sys");
        close(fd);
        CHECK(!listener_find(port, &x));
    }
}
