#include "sys/listener.h"

#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
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

/* A child that listens on two addresses, and its own child, which shares the sockets; `apart`: in a network of its own. */
static pid_t start_server(bool apart, int64_t ret_ports[2]) {
    int fds[2];
    char ok = 0;
    CHECK(pipe(fds) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        int64_t ports[2] = {0};
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        prctl(PR_SET_NAME, "a server");
        bool is_there = !apart || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
        int one = bound(AF_INET, &ports[0]), two = bound(AF_INET6, &ports[1]);
        is_there = is_there && listen(one, 1) == 0 && listen(two, 1) == 0;
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            for (;;) pause();
        }
        ok = is_there;
        (void)!write(fds[1], &ok, 1);
        (void)!write(fds[1], ports, sizeof ports);
        for (;;) pause();
    }
    CHECK(read(fds[0], &ok, 1) == 1);
    CHECK(read(fds[0], ret_ports, 2 * sizeof *ret_ports) == 2 * sizeof *ret_ports);
    close(fds[0]);
    close(fds[1]);
    if (ok) return pid;
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    return 0;
}

TEST(the_ports_of_a_tree_are_found_with_address_and_program_also_in_a_network_of_their_own) {
    for (int apart = 0; apart < 2; apart++) {
        ListenerPort found[8];
        int64_t ports[2];
        pid_t pid = start_server(apart, ports);
        if (!pid) continue; /* no namespaces here */
        size_t n = listener_find_beneath(getpid(), found, COUNT_OF(found));
        CHECK_I64(n, 2);
        for (size_t i = 0; i < n; i++) {
            bool is_four = found[i].port == ports[0] && strcmp(found[i].address, "0.0.0.0") == 0;
            bool is_six = found[i].port == ports[1] && strcmp(found[i].address, "::") == 0;
            if (!is_four && !is_six)
                test_fail(__FILE__, __LINE__, "apart %d: port %lld at %s, of %lld and %lld", apart,
                          (long long)found[i].port, found[i].address, (long long)ports[0], (long long)ports[1]);
            CHECK_I64(found[i].who.pid, pid);
            CHECK_STR(str(found[i].who.name), "a server");
            CHECK(found[i].is_apart == (apart == 1));
        }
        CHECK_I64(listener_find_beneath(getpid(), found, 1), 1);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        CHECK_I64(listener_find_beneath(getpid(), found, COUNT_OF(found)), 0);
    }
}
