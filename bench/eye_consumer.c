/* eye-consumer SOCKET [--seconds 2] [--warm 100] [--step] [--copy] [--unstamped] [--pid EYE]: takes frames of eye-client and
 * measures their way; with --unstamped, of another program, whose way from painting is not known. --step: each frame is asked for; otherwise they come as fast as they are drawn. --copy: each is copied out, as by a
 * consumer that keeps them; and one is copied again and again afterwards;
 * otherwise the first and the last word of each are read. --pid: also the processor time of that
 * process, all of its threads (first field of schedstat).
 *
 * It steps in either case: watchers get copies. One line of JSON is printed, times in microseconds. */
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "eye_figures.h"
#include "muster-eye.h"

enum { WAIT_MS = 5000, COPIES = 100 };

static struct {
    const char *socket;
    double seconds;
    long warm, pid;
    bool steps, copies, is_unstamped;
    Samples stamp, commit, send, step; /* painted, seen by the eye, sent, asked for → mapped here */
    Samples alone;                     /* copies of one and the same picture */
    uint8_t *copy;
    size_t copy_size;
    uint64_t n_frames, n_stale, n_dropped, n_resets, last;
} b = {.seconds = 2, .warm = 100};

static _Noreturn void die(const char *what) {
    fprintf(stderr, "eye-consumer: %s\n", what);
    exit(1);
}

/* Reads what a consumer would, and says when the program painted it. */
static uint64_t look_at(const MusterEyeFrame *f, uint64_t now_ns) {
    static volatile uint8_t last;
    const MusterEyePlane *p = &f->plane[0];
    if (!p->pixels || p->size < STAMP_SIZE) die("the picture cannot be read here");
    uint64_t stamp = b.is_unstamped ? 0 : stamp_get(p->pixels, now_ns);
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
    uint64_t asked = figures_now_ns();
    next_frame(eye, &ev);
    uint64_t mapped = figures_now_ns(), stamp = look_at(&ev.frame, mapped);
    bool is_stale = ev.frame.flags & EYE_FRAME_STALE || (stamp && stamp == b.last); /* nothing new was painted */
    b.last = stamp;
    if (is_counted && !is_stale) {
        samples_add(&b.stamp, stamp, mapped);
        samples_add(&b.commit, ev.frame.commit_ns, mapped);
        samples_add(&b.send, ev.frame.send_ns, mapped);
        if (b.steps) samples_add(&b.step, asked, mapped);
    }
    b.n_frames += is_counted && !is_stale;
    b.n_stale += is_counted && is_stale;
    b.n_dropped += is_counted ? ev.frame.dropped : 0;
    if (!b.steps) muster_eye_release(eye, &ev.frame, NULL); /* a step gives it back itself */
}

/* What the copying costs without an eye, on this machine and now. */
static void copy_again(void) {
    static volatile uint8_t last;
    uint8_t *other = malloc(b.copy_size);
    if (!other) die("out of memory");
    for (int i = 0; i < COPIES; i++) {
        uint64_t begin = figures_now_ns();
        memcpy(other, b.copy, b.copy_size);
        samples_add(&b.alone, begin, figures_now_ns());
        last = other[b.copy_size - 1 - (size_t)i]; /* or no copy would be made */
    }
    (void)last;
    free(other);
}

static void take_options(int argc, char **argv) {
    static const struct option options[] = {{"seconds", 1, NULL, 's'},
                                            {"warm", 1, NULL, 'w'},
                                            {"pid", 1, NULL, 'p'},
                                            {"step", 0, NULL, 't'},
                                            {"copy", 0, NULL, 'c'},
                                            {"unstamped", 0, NULL, 'u'},
                                            {0}};
    for (int o; (o = getopt_long(argc, argv, "", options, NULL)) >= 0;) {
        if (o == 's') b.seconds = strtod(optarg, NULL);
        if (o == 'w') b.warm = strtol(optarg, NULL, 10);
        if (o == 'p') b.pid = strtol(optarg, NULL, 10);
        if (o == 't') b.steps = true;
        if (o == 'c') b.copies = true;
        if (o == 'u') b.is_unstamped = true;
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
    uint64_t begin = figures_now_ns(), end = begin + (uint64_t)(b.seconds * 1e9), now, cpu = figures_cpu_ns(b.pid);
    while ((now = figures_now_ns()) < end) take_one(eye, true);
    cpu = figures_cpu_ns(b.pid) - cpu;
    if (b.copies) copy_again();
    printf(
        "{\"frames\": %llu, \"seconds\": %.3f, \"frames_per_s\": %.1f, \"stale\": %llu, \"dropped\": %llu, \"resets\": %llu",
        (unsigned long long)b.n_frames, (double)(now - begin) / 1e9, (double)b.n_frames * 1e9 / (double)(now - begin),
        (unsigned long long)b.n_stale, (unsigned long long)b.n_dropped, (unsigned long long)b.n_resets);
    if (b.pid && b.n_frames) printf(", \"cpu_per_frame\": %.2f", (double)cpu / 1e3 / (double)b.n_frames);
    samples_print("painted_to_mapped", &b.stamp);
    samples_print("commit_to_mapped", &b.commit);
    samples_print("sent_to_mapped", &b.send);
    samples_print("step", &b.step);
    samples_print("copy_alone", &b.alone);
    printf("}\n");
    muster_eye_close(eye);
    return 0;
}
