/* idle THREADS [busy]: so many threads that sleep, and one that computes; writes a line when all are there. */
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

static void *sleep_on(void *unused) {
    for (;;) pause();
    return unused;
}

static void *compute(void *unused) {
    for (volatile unsigned n = 0;; n = n + 1) continue;
    return unused;
}

static void start(void *(*run)(void *), const char *name) {
    pthread_t id;
    CHECK(pthread_create(&id, NULL, run, NULL) == 0 && pthread_setname_np(id, name) == 0);
}

int main(int argc, char **argv) {
    CHECK(argc >= 2);
    for (long i = strtol(argv[1], NULL, 10); i > 1; i--) start(sleep_on, "sleeper");
    if (argc > 2 && strcmp(argv[2], "busy") == 0) start(compute, "worker");
    puts("ready");
    fflush(stdout);
    for (;;) pause();
}
