/* muster-hung FOLDER: mounts a file system there that answers nothing but that it is mounted, as one whose server hangs:
 * whoever looks at it waits, and cannot even be killed, until this program ends. Prints a line once it is mounted.
 *
 * The kernel's side: linux/fuse.h; fuse(4). */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

enum { REQUEST_MAX = 256 << 10 /* at least FUSE_MIN_READ_BUFFER */ };

static int fail(const char *what) {
    fprintf(stderr, "muster-hung: %s: %s\n", what, strerror(errno));
    return 1;
}

static int answer_init(int fd, const struct fuse_in_header *in) {
    struct {
        struct fuse_out_header head;
        struct fuse_init_out body;
    } out = {.head = {.len = sizeof out, .unique = in->unique},
             .body = {.major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION, .max_write = 4096}};
    return write(fd, &out, sizeof out) == (ssize_t)sizeof out ? 0 : -1;
}

int main(int argc, char **argv) {
    static _Alignas(struct fuse_in_header) char request[REQUEST_MAX];
    char options[128];
    if (argc != 2) {
        fprintf(stderr, "usage: muster-hung FOLDER\n");
        return 2;
    }
    int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    if (fd < 0) return fail("/dev/fuse");
    snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=%u,group_id=%u", fd, getuid(), getgid());
    if (mount("muster-hung", argv[1], "fuse", MS_NOSUID | MS_NODEV, options) < 0) return fail(argv[1]);
    for (;;) {
        ssize_t n = read(fd, request, sizeof request);
        if (n < 0 && errno == ENODEV) return 0; /* it was unmounted */
        if (n < 0 && errno != EINTR && errno != EAGAIN && errno != ENOENT) return fail("reading a request");
        const struct fuse_in_header *in = (const struct fuse_in_header *)request;
        if (n < (ssize_t)sizeof *in || in->opcode != FUSE_INIT) continue;
        if (answer_init(fd, in) < 0) return fail("answering");
        puts("mounted");
        fflush(stdout);
    }
}
