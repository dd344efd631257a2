/* What the eye measures of itself, and the report `status`. */
#pragma once

#include "eye/consumer.h"

enum { LATENCIES_MAX = 4096 };

typedef struct Latencies {
    uint32_t us[LATENCIES_MAX]; /* of the last second; the oldest are overwritten */
    size_t n;
} Latencies;

struct Stats {
    Eye *eye;
    uint64_t n_drawn, n_delivered, n_resets;
    uint64_t drawn_before, steps_before, since_ns; /* at the last report */
    Latencies sent, stepped;
    const char *path; /* of the last frame; NULL: none yet */
    EyeState state;   /* as reported last */
    struct wl_event_source *timer, *soon;
};

void stats_init(Eye *eye);
void stats_drawn(Eye *eye); /* the program committed a picture */
void stats_frame(Eye *eye, const Frame *f);
void stats_sent(Eye *eye, const Consumer *c, const Frame *f, uint64_t now_ns);
void stats_step(Eye *eye, uint64_t asked_ns);
void stats_changed(Eye *eye); /* something that the status says changed: report soon */
