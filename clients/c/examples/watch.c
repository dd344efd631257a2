/* eye-watch SOCKET [--frames N] [--hz N]: watches an eye and prints one line for each frame, reset and the end. It never
 * slows the program down: watchers get copies, and only as many as they can read. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "muster-eye.h"

static long number(const char *text) {
    char *end;
    long n = strtol(text, &end, 10);
    if (end == text || *end || n < 0) {
        fprintf(stderr, "eye-watch: not a number: %s\n", text);
        exit(2);
    }
    return n;
}

static void print_frame(const MusterEyeFrame *f) {
    uint32_t first = 0;
    if (f->plane[0].pixels && f->plane[0].size >= sizeof first)
        for (int i = 3; i >= 0; i--) first = first << 8 | f->plane[0].pixels[i];
    printf("frame %llu: %u×%u, %s%s%s%s%.1f µs from commit to sent, %u dropped, first pixel %08x\n",
           (unsigned long long)f->id, f->width, f->height,
           f->flags & EYE_FRAME_FIRST ? "first of its generation, " : "", f->flags & EYE_FRAME_STALE ? "stale, " : "",
           f->flags & EYE_FRAME_COMPOSED ? "composed, " : "", f->flags & EYE_FRAME_COPIED ? "copied, " : "",
           (double)(f->send_ns - f->commit_ns) / 1e3, f->dropped, first);
}

int main(int argc, char **argv) {
    static const struct option options[] = {{"frames", 1, NULL, 'n'}, {"hz", 1, NULL, 'h'}, {0}};
    long frames = 0, hz = 0, seen = 0;
    MusterEye *eye;
    MusterEyeError error;
    MusterEyeEvent ev;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) >= 0;) {
        if (c == 'n') frames = number(optarg);
        if (c == 'h') hz = number(optarg);
        if (c == '?') return 2;
    }
    if (optind != argc - 1) return 2;
    MusterEyeOptions o = {.name = "eye-watch", .max_hz = (uint32_t)hz};
    int r = muster_eye_open(argv[optind], &o, &eye, &error);
    while (r >= 0 && (frames == 0 || seen < frames)) {
        r = muster_eye_next(eye, -1, &ev, &error);
        if (r < 1 || ev.kind == MUSTER_EYE_BYE) break;
        if (ev.kind == MUSTER_EYE_RESET)
            printf("reset: reason %u, generation %llu\n", ev.reason, (unsigned long long)ev.generation);
        if (ev.kind != MUSTER_EYE_FRAME) continue;
        print_frame(&ev.frame);
        seen++;
        r = muster_eye_release(eye, &ev.frame, &error);
    }
    if (r < 0) {
        fprintf(stderr, "eye-watch: %s\n", error.text);
        return 1;
    }
    muster_eye_close(eye);
    return 0;
}
