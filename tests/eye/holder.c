/* eye-holder SOCKET step|watch CREDITS FRAMES MS: a consumer that holds each frame for MS milliseconds; after FRAMES of them it keeps
 * what it gets, and waits to be killed. It prints a line of JSON for each frame. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "muster-eye.h"

static void wait_ms(long ms) { nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL); }

int main(int argc, char **argv) {
    MusterEye *eye;
    MusterEyeError e;
    MusterEyeEvent ev;
    if (argc != 6) return 2;
    MusterEyeOptions o = {.name = "holder",
                          .role = strcmp(argv[2], "step") == 0 ? EYE_ROLE_STEP : EYE_ROLE_WATCH,
                          .credits = (uint32_t)strtol(argv[3], NULL, 10)};
    long frames = strtol(argv[4], NULL, 10), ms = strtol(argv[5], NULL, 10), n = 0;
    if (muster_eye_open(argv[1], &o, &eye, &e) < 0) {
        fprintf(stderr, "%s\n", e.text);
        return 1;
    }
    bool steps = muster_eye_info(eye)->mode == EYE_MODE_LOCKSTEP && o.role == EYE_ROLE_STEP;
    for (;;) {
        bool keeps = n >= frames;
        MusterEyeStep step = {.keeps_last = keeps};
        int r = steps ? muster_eye_step(eye, &step, &ev, &e) : muster_eye_next(eye, -1, &ev, &e);
        if (r == -16 /* EBUSY: it holds all that it may */ || (keeps && n >= frames + o.credits)) pause();
        if (r < 0) {
            printf("{\"error\":\"%s\"}\n", e.text);
            break;
        }
        if (ev.kind == MUSTER_EYE_RESET)
            printf("{\"reset\":%u,\"generation\":%llu}\n", ev.reason, (unsigned long long)ev.generation);
        if (ev.kind == MUSTER_EYE_FRAME) {
            printf("{\"frame\":%llu,\"step\":%llu,\"flags\":%u,\"width\":%u,\"dropped\":%u,\"sum\":%u}\n",
                   (unsigned long long)ev.frame.id, (unsigned long long)ev.frame.step, ev.frame.flags, ev.frame.width,
                   ev.frame.dropped,
                   (unsigned)ev.frame.plane[0].pixels[0] + ev.frame.plane[0].pixels[ev.frame.plane[0].size - 1]);
            n++;
            if (ms) wait_ms(ms);
            if (!keeps && !steps) muster_eye_release(eye, &ev.frame, NULL);
        }
        fflush(stdout);
    }
    fflush(stdout);
    muster_eye_close(eye);
    _exit(0); /* a test may kill it at any time: in the middle of a leak check that would be reported as a fault */
}
