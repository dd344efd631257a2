/* See eye.h. */
#include "eye/eye.h"

#include <time.h>

#include "eye/clock.h"
#include "eye/consumer.h"
#include "eye/lines.h"
#include "eye/stats.h"

enum { NS_PER_S = 1000000000, NS_PER_MS = 1000000 };

uint64_t eye_now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

uint32_t eye_time_ms(const Eye *eye) {
    return (uint32_t)((eye->clock ? clock_now(eye->clock) : eye_now_ns()) / NS_PER_MS);
}

struct wl_event_source *eye_watch(Eye *eye, struct wl_event_source *source) {
    if (source) vec_push(&eye->sources, source); /* NULL: not everything can be waited for, a file for example */
    return source;
}

void eye_end(Eye *eye) {
    eye->is_ending = true;
    wl_display_terminate(eye->display);
}

void eye_reset(Eye *eye, int reason) {
    static const char *const words[] = {[EYE_RESET_XWAYLAND] = "xwayland",
                                        [EYE_RESET_OUTPUT] = "output",
                                        [EYE_RESET_CLIENT] = "client",
                                        [EYE_RESET_SIZE] = "size",
                                        [EYE_RESET_DOWN] = "down"};
    eye->generation++;
    eye->stats->n_resets++;
    eye->frames->is_first_of_generation = true;
    consumers_reset(eye, reason);
    EyeResetLine line = {.reason = str(words[reason]), .generation = (int64_t)eye->generation};
    lines_report(eye, "reset", &EyeResetLine_shape, &line);
    stats_changed(eye);
}
