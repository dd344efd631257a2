/* See stats.h. */
#include "eye/stats.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "eye/clock.h"
#include "eye/lines.h"
#include "eye/output.h"
#include "eye/program.h"
#include "eye/record.h"
#include "eye/step.h"
#include "eye/view.h"

enum { REPORT_MS = 1000, SOON_MS = 20, NS_PER_S = 1000000000, NS_PER_US = 1000, STALLED_NS = 2000000000 };

static void add(Latencies *l, uint64_t ns) {
    uint64_t us = ns / NS_PER_US;
    l->us[l->n++ % LATENCIES_MAX] = us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

static int by_size(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static bool percentiles(Latencies *l, double *ret_p50, double *ret_p99) {
    size_t n = l->n < LATENCIES_MAX ? l->n : LATENCIES_MAX;
    l->n = 0;
    if (!n) return false;
    qsort(l->us, n, sizeof *l->us, by_size);
    size_t median = n / 2, last = n * 99 / 100;
    *ret_p50 = l->us[median];
    *ret_p99 = l->us[last];
    return true;
}

/* --- state -------------------------------------------------------------------------------------------------------- */

static EyeState find_state(const Eye *eye, const char **ret_why) {
    const Step *s = eye->step;
    *ret_why = NULL;
    bool has_program = eye->config.program && eye->config.program->argv.n;
    /* Xwayland keeps its root window when the last program on it has ended. */
    bool is_empty = !eye->shown || eye->program->is_x11;
    if (is_empty && has_program && !eye->program->pid) return EYE_STATE_IDLE;
    if ((!eye->shown && !eye->pattern) || step_is_starting(eye)) return EYE_STATE_STARTING;
    if (s->timeouts_in_a_row) {
        *ret_why = "steps end without a frame";
        return EYE_STATE_STALLED;
    }
    if (!eye->config.lockstep) {
        bool is_late = eye->shown && eye->shown->commit_ns + STALLED_NS < eye_now_ns();
        if (is_late) *ret_why = "the program draws nothing new";
        return is_late ? EYE_STATE_WAITING : EYE_STATE_RUNNING;
    }
    if (!consumers_stepper_name(eye).n) {
        *ret_why = "nobody asks for a step";
        return EYE_STATE_WAITING;
    }
    bool is_stepped = step_is_busy(s) || s->asked_ns + NS_PER_S > eye_now_ns();
    if (!is_stepped) *ret_why = "its stepper asks for no step";
    return is_stepped ? EYE_STATE_RUNNING : EYE_STATE_WAITING;
}

/* --- report ------------------------------------------------------------------------------------------------------- */

static void add_consumers(Eye *eye, EyeConsumerLine *lines, size_t *ret_n, double seconds) {
    static const char *const roles[] = {"watch", "step"};
    for (int i = 0; i < EYE_CONSUMERS_MAX; i++) {
        Consumer *c = &eye->consumers->items[i];
        if (!c->version || !c->has_greeted) continue;
        lines[(*ret_n)++] =
            (EyeConsumerLine){.name = str(c->name),
                              .role = str(c->version == EYE_ABI_V1 ? "version 1" : roles[c->is_stepper]),
                              .pid = c->pid,
                              .fps = (double)(c->n_delivered - c->n_delivered_before) / seconds,
                              .delivered = (int64_t)c->n_delivered,
                              .dropped = (int64_t)c->n_dropped,
                              .held = c->n_held};
        c->n_delivered_before = c->n_delivered;
    }
    views_report(eye, lines, ret_n, seconds);
}

static void add_optional(Eye *eye, EyeStatusLine *l) {
    Stats *st = eye->stats;
    double p50, p99;
    if (percentiles(&st->sent, &p50, &p99)) {
        GIVE(EyeStatusLine, l, latency_p50_us, p50);
        GIVE(EyeStatusLine, l, latency_p99_us, p99);
    }
    if (percentiles(&st->stepped, &p50, &p99)) {
        GIVE(EyeStatusLine, l, step_p50_us, p50);
        GIVE(EyeStatusLine, l, step_p99_us, p99);
    }
    if (st->path) GIVE(EyeStatusLine, l, path, str(st->path));
    Str stepper = consumers_stepper_name(eye);
    if (stepper.n) GIVE(EyeStatusLine, l, stepper, stepper);
    if (recorder_is_on(eye)) GIVE(EyeStatusLine, l, is_recording, true);
    if (eye->program->pid) GIVE(EyeStatusLine, l, program_pid, eye->program->pid);
    if (eye->clock) GIVE(EyeStatusLine, l, clock_reads, (int64_t)clock_reads(eye->clock));
}

static void report(Eye *eye) {
    Stats *st = eye->stats;
    const Step *s = eye->step;
    uint64_t now = eye_now_ns();
    double seconds = (double)(now - st->since_ns) / NS_PER_S;
    EyeConsumerLine consumers[EYE_CONSUMERS_MAX + VIEWERS_MAX];
    size_t n = 0;
    add_consumers(eye, consumers, &n, seconds);
    uint64_t dropped = 0;
    for (size_t i = 0; i < n; i++) dropped += (uint64_t)consumers[i].dropped;
    const char *why;
    st->state = find_state(eye, &why);
    EyeStatusLine l = {.state = st->state,
                       .width = eye->output->width,
                       .height = eye->output->height,
                       .fps = (double)(st->n_drawn - st->drawn_before) / seconds,
                       .steps_per_s = (double)(s->n_steps - st->steps_before) / seconds,
                       .frames = (int64_t)st->n_drawn,
                       .steps = (int64_t)s->n_steps,
                       .stale = (int64_t)s->n_stale,
                       .timeouts = (int64_t)s->n_timeouts,
                       .delivered = (int64_t)st->n_delivered,
                       .dropped = (int64_t)dropped,
                       .ran_ahead = (int64_t)s->n_ran_ahead,
                       .resets = (int64_t)st->n_resets,
                       .generation = (int64_t)eye->generation,
                       .consumers = {consumers, n}};
    if (why) GIVE(EyeStatusLine, &l, detail, str(why));
    add_optional(eye, &l);
    st->drawn_before = st->n_drawn;
    st->steps_before = s->n_steps;
    st->since_ns = now;
    lines_report(eye, "status", &EyeStatusLine_shape, &l);
}

static int on_timer(void *data) {
    Stats *st = data;
    report(st->eye);
    wl_event_source_timer_update(st->timer, REPORT_MS);
    return 0;
}

static int on_soon(void *data) {
    Stats *st = data;
    const char *why;
    if (find_state(st->eye, &why) != st->state) on_timer(st);
    return 0;
}

void stats_changed(Eye *eye) {
    if (eye->stats) wl_event_source_timer_update(eye->stats->soon, SOON_MS);
}

/* --- counting ----------------------------------------------------------------------------------------------------- */

void stats_drawn(Eye *eye) {
    if (!eye->stats->n_drawn++) stats_changed(eye);
    eye->program->has_shown = true;
}

void stats_frame(Eye *eye, const Frame *f) {
    const Pool *pool = f->picture.buffer->planes[0].pool;
    if (f->picture.flags & EYE_FRAME_COMPOSED)
        eye->stats->path = "composed";
    else if (eye->pattern)
        eye->stats->path = "pattern";
    else
        eye->stats->path = pool->kind == EYE_POOL_DMABUF ? "dma-buf" : "shared";
}

void stats_sent(Eye *eye, const Consumer *c, const Frame *f, uint64_t now_ns) {
    Stats *st = eye->stats;
    st->n_delivered++;
    if (c->is_stepper || !eye->consumers->stepper) add(&st->sent, now_ns - f->picture.commit_ns);
}

void stats_step(Eye *eye, uint64_t asked_ns) {
    add(&eye->stats->stepped, eye_now_ns() - asked_ns);
    if (eye->stats->state != EYE_STATE_RUNNING) stats_changed(eye);
}

void stats_init(Eye *eye) {
    Stats *st = eye->stats = mu_new(Stats);
    *st = (Stats){.eye = eye, .since_ns = eye_now_ns(), .state = EYE_STATE_STARTING};
    st->timer = eye_watch(eye, wl_event_loop_add_timer(eye->loop, on_timer, st));
    st->soon = eye_watch(eye, wl_event_loop_add_timer(eye->loop, on_soon, st));
    wl_event_source_timer_update(st->timer, REPORT_MS);
}
