/* muster-hold: `muster-hold <launch folder>` runs the launch of that folder's spec; `muster-hold --version`;
 * `muster-hold --cgroup PID|self` reports whether a hold that this process starts gets a cgroup. */
#include <fcntl.h>
#include <linux/close_range.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hold/cgroup.h"
#include "hold/hold.h"

/* Makes descriptors 0 to 2 exist, so that none of ours gets such a number, and closes everything else inherited. */
static void clean_descriptors(void) {
    syscall(SYS_close_range, 3, ~0U, 0);
    int fd;
    do fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd < 2);
    if (fd > 2) close(fd);
}

/* For `muster doctor`. */
static int try_cgroup(const char *process) {
    char path[CGROUP_PATH_SIZE];
    Err e = {0};
    if (cgroup_try(process, path, &e) < 0) {
        fprintf(stderr, "%s\n", e.text);
        return 1;
    }
    printf("%s\n", path);
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        printf("muster-hold %s, wire %d, log %d\n", MUSTER_VERSION, HOLD_WIRE_VERSION, HOLD_LOG_VERSION);
        return 0;
    }
    if (argc == 3 && strcmp(argv[1], "--cgroup") == 0) return try_cgroup(argv[2]);
    if (argc != 2 || argv[1][0] == '-') {
        fprintf(stderr, "usage: muster-hold <launch folder>\n");
        return 2;
    }
    /* No process of the same user, least of all the child, may read or trace it. */
    prctl(PR_SET_DUMPABLE, 0);
    clean_descriptors();
    Hold *h;
    Err e = {0};
    if (hold_open(argv[1], &h, &e) < 0) {
        fprintf(stderr, "muster-hold: %s: %s\n", argv[1], e.text);
        return 1;
    }
    hold_run(h);
    hold_close(h);
    return 0;
}
