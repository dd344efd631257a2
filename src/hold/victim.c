/* Victim: a program that misbehaves, for the hold's tests. `victim <how> [argument]`. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"

enum { BOMB_MAX = 400, BOMB_US = 20 * 1000 * 1000, BOMB_NICE = 19, HOG_BYTES = 512 << 20, HOG_STEP = 4 << 20 };

/* Escapes into its own session, without an environment, holds a lock on a file, and never ends. */
static int escape(const char *path) {
    pid_t pid = fork();
    if (pid > 0) {
        char c;
        return read(0, &c, 1) < 0; /* waits until stdin is closed */
    }
    setsid();
    if (fork() > 0) _exit(0);
    clearenv();
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    int fd = open(path, O_RDWR | O_CREAT, 0600);
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fd < 0 || fcntl(fd, F_OFD_SETLK, &whole) < 0) _exit(1);
    static const char word[] = "escaped\n";
    if (write(1, word, sizeof word - 1) < 0) _exit(1);
    for (;;) pause();
}

/* Forks forever, but stays at 400 processes, stops on its own after 20 s and runs at the lowest priority, so that it
 * does not take the machine down whether the hold passes its test or not. The count is shared and incremented before
 * the fork. */
static int bomb(const char *argument UNUSED) {
    int *count = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int64_t until = clock_mono_us() + BOMB_US;
    if (count == MAP_FAILED) return 1;
    signal(SIGTERM, SIG_IGN);
    if (nice(BOMB_NICE) < 0) return 1;
    while (clock_mono_us() < until) {
        bool may = __atomic_add_fetch(count, 1, __ATOMIC_RELAXED) < BOMB_MAX;
        pid_t pid = may ? fork() : -1;
        if (pid < 0) __atomic_sub_fetch(count, 1, __ATOMIC_RELAXED);
        if (pid < 0) usleep(10 * 1000);
        if (pid == 0) setsid();
    }
    return 0;
}

static int hog(const char *argument UNUSED) {
    for (size_t held = 0; held < HOG_BYTES; held += HOG_STEP) {
        char *p = malloc(HOG_STEP);
        if (!p) return 1;
        memset(p, 1, HOG_STEP);
        __asm__ volatile("" : : "r"(p) : "memory");
    }
    for (;;) pause();
}

/* Writes the given number of bytes, in a pattern that shows lost, reordered and repeated lines. */
static int flood(const char *argument) {
    int64_t n = 0;
    char line[16];
    str_parse_i64(str(argument), 0, INT64_MAX, &n);
    for (int64_t i = 0; i < n / 16; i++) {
        snprintf(line, sizeof line, "%015lld", (long long)i);
        line[15] = '\n';
        if (fwrite(line, 1, sizeof line, stdout) != sizeof line) return 1;
    }
    return fflush(stdout) != 0;
}

/* Exits at once and leaves a process behind that writes once the file at `path` is removed, and then ends. */
static int leave(const char *path) {
    if (fork() > 0) return 0;
    while (access(path, F_OK) == 0) usleep(5 * 1000);
    static const char word[] = "late\n";
    return write(1, word, sizeof word - 1) < 0;
}

/* Ignores every signal that asks it to end. */
static int deaf(const char *argument UNUSED) {
    for (int s = 1; s < NSIG; s++) signal(s, SIG_IGN);
    static const char word[] = "deaf\n";
    if (write(1, word, sizeof word - 1) < 0) return 1;
    for (;;) pause();
}

static const struct {
    const char *how;
    int (*run)(const char *argument);
} ways[] = {{"escape", escape}, {"bomb", bomb}, {"hog", hog}, {"flood", flood}, {"leave", leave}, {"deaf", deaf}};

int main(int argc, char **argv) {
    for (size_t i = 0; argc >= 2 && i < COUNT_OF(ways); i++) {
        if (strcmp(argv[1], ways[i].how) == 0) return ways[i].run(argc > 2 ? argv[2] : "");
    }
    return 64;
}
