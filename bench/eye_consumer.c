/* eye-consumer SOCKET [--seconds 2] [--warm 100] [--step] [--copy] [--pid EYE]: takes frames of eye-client and measures their
 * way. --step: each frame is asked for; otherwise they come as fast as they are drawn. --copy: each is copied out, as by a
 * consumer that keeps them; otherwise the first and the last word of each are read. --pid: also the processor time of that
 * process, all of its threads (first field of schedstat).
 *
 * It steps in either case: watchers get copies. One line of JSON is printed, times in microseconds. */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "muster-eye.h"

enum { SAMPLES_MAX = 1 << 20, WAIT_MS = 5000 };

typedef struct Samples {
    uint32_t *us10; /* tenths of a microsecond */
    size_t n;
} Samples;

static struct {
    const char *socket;
    double seconds;
    long warm, pid;
    bool steps, copies;
    Samples stamp, commit, send, step; /* painted, seen by the eye, sent, asked for → mapped here */
    uint8_t *copy;
    size_t copy_size;
    uint64_t n_stale, n_dropped, n_resets;
} b = {.seconds = 2, .warm = 100};

static _Noreturn void die(const char *what) {
    fprintf(stderr, "eye-consumer: %s\n", what);
    exit(1);
}

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static uint64_t cpu_ns(long pid) {
    char path[64];
    uint64_t sum = 0;
    snprintf(path, sizeof path, "/proc/%ld/task", pid);
    DIR *tasks = pid ? opendir(path) : NULL;
    if (!tasks) return 0;
    for (struct dirent *d; (d = readdir(tasks));) {
        char name[352];
        unsigned long long ns = 0;
        snprintf(name, sizeof name, "%s/%s/schedstat", path, d->d_name);
        FILE *f = d->d_name[0] == '.' ? NULL : fopen(name, "r");
        if (f && fscanf(f, "%llu", &ns) == 1) sum += ns;
        if (f) fclose(f);
    }
    closedir(tasks);
    return sum;
}

static void note(Samples *s, uint64_t from_ns, uint64_t to_ns) {
    if (!s->us10) s->us10 = calloc(SAMPLES_MAX, sizeof *s->us10);
    if (!s->us10) die("out of memory");
    if (s->n < SAMPLES_MAX && from_ns && to_ns >= from_ns) s->us10[s->n++] = (uint32_t)((to_ns - from_ns) / 100);
}

static int compare(const void *x, const void *y) {
    uint32_t p = *(const uint32_t *)x, q = *(const uint32_t *)y;
    return p < q ? -1 : p > q;
}

static void print_samples(const char *name, Samples *s) {
    if (s->n == 0) return;
    qsort(s->us10, s->n, sizeof *s->us10, compare);
    printf(", \"%s\": {\"p50\": %.1f, \"p99\": %.1f, \"max\": %.1f}", name, s->us10[s->n / 2] / 10.0,
           s->us10[s->n * 99 / 100] / 10.0, s->us10[s->n - 1] / 10.0);
}

/* Reads what a consumer would, and says when the program painted it. */
static uint64_t look_at(const MusterEyeFrame *f) {
    static volatile uint8_t last;
    uint64_t stamp = 0;
    const MusterEyePlane *p = &f->plane[0];
    if (!p->pixels || p->size < sizeof stamp) die("the picture cannot be read here");
    memcpy(&stamp, p->pixels, sizeof stamp);
    last = p->pixels[p->size - 1];
    (void)last;
    if (!b.copies) return stamp;
    if (b.copy_size < p->size) {
        free(b.copy);
        b.copy = malloc(b.copy_size = p->size);
        if (!b.copy) die("out of memory");
    }
    memcpy(b.copy, p->pixels, p->size);
    return stamp;
}

/* The next frame; with --step it is asked for. */
static void next_frame(MusterEye *eye, MusterEyeEvent *ev) {
    MusterEyeError error = {0};
    for (;;) {
        int r = b.steps ? muster_eye_step(eye, &(MusterEyeStep){.wait_ms = WAIT_MS}, ev, &error)
                        : muster_eye_next(eye, WAIT_MS, ev, &error);
        if (r < 0) die(error.text);
        if (r == 0) die("no frame came");
        if (ev->kind == MUSTER_EYE_FRAME) return;
        if (ev->kind == MUSTER_EYE_BYE) die("the eye has ended");
        b.n_resets += ev->kind == MUSTER_EYE_RESET;
    }
}

static void take_one(MusterEye *eye, bool is_counted) {
    MusterEyeEvent ev;
    uint64_t asked = now_ns();
    next_frame(eye, &ev);
    uint64_t mapped = now_ns(), stamp = look_at(&ev.frame);
    bool is_stale = ev.frame.flags & EYE_FRAME_STALE;
    if (is_counted && !is_stale) {
        note(&b.stamp, stamp <= mapped && mapped - stamp < 10000000000 ? stamp : 0, mapped);
        note(&b.commit, ev.frame.commit_ns, mapped);
        note(&b.send, ev.frame.send_ns, mapped);
        if (b.steps) note(&b.step, asked, mapped);
    }
    b.n_stale += is_counted && is_stale;
    b.n_dropped += is_counted ? ev.frame.dropped : 0;
    if (!b.steps) muster_eye_release(eye, &ev.frame, NULL); /* a step gives it back itself */
}

static void take_options(int argc, char **argv) {
    static const struct option options[] = {{"seconds", 1, NULL, 's'}, {"warm", 1, NULL, 'w'}, {"pid", 1, NULL, 'p'},
                                            {"step", 0, NULL, 't'},    {"copy", 0, NULL, 'c'}, {0}};
    for (int o; (o = getopt_long(argc, argv, "", options, NULL)) >= 0;) {
        if (o == 's') b.seconds = strtod(optarg, NULL);
        if (o == 'w') b.warm = strtol(optarg, NULL, 10);
        if (o == 'p') b.pid = strtol(optarg, NULL, 10);
        if (o == 't') b.steps = true;
        if (o == 'c') b.copies = true;
        if (o == '?') exit(2);
    }
    if (optind != argc - 1) die("usage: eye-consumer SOCKET [OPTIONS]; the head of the source says which");
    b.socket = argv[optind];
}

int main(int argc, char **argv) {
    MusterEye *eye;
    MusterEyeError error;
    take_options(argc, argv);
    if (muster_eye_open(b.socket, &(MusterEyeOptions){.name = "eye-consumer", .role = EYE_ROLE_STEP}, &eye, &error) < 0)
        die(error.text);
    if (muster_eye_info(eye)->role != EYE_ROLE_STEP) die("another consumer steps this eye");
    for (long i = 0; i < b.warm; i++) take_one(eye, false);
    uint64_t n = 0, begin = now_ns(), end = begin + (uint64_t)(b.seconds * 1e9), now, cpu = cpu_ns(b.pid);
    while ((now = now_ns()) < end) {
        take_one(eye, true);
        n++;
    }
    cpu = cpu_ns(b.pid) - cpu;
    printf(
        "{\"frames\": %llu, \"seconds\": %.3f, \"frames_per_s\": %.1f, \"stale\": %llu, \"dropped\": %llu, \"resets\": %llu",
        (unsigned long long)n, (double)(now - begin) / 1e9, (double)n * 1e9 / (double)(now - begin),
        (unsigned long long)b.n_stale, (unsigned long long)b.n_dropped, (unsigned long long)b.n_resets);
    if (b.pid && n) printf(", \"cpu_per_frame\": %.2f", (double)cpu / 1e3 / (double)n);
    print_samples("painted_to_mapped", &b.stamp);
    print_samples("commit_to_mapped", &b.commit);
    print_samples("sent_to_mapped", &b.send);
    print_samples("step", &b.step);
    printf("}\n");
    muster_eye_close(eye);
    return 0;
}
