/* See pattern.h. */
#include "eye/pattern.h"

#include <string.h>

#include "base/mem.h"
#include "eye/consumer.h"
#include "eye/output.h"
#include "eye/ring.h"
#include "eye/stats.h"
#include "eye/step.h"
#include "eye/view.h"

enum { BARS = 8, NUMBER_BITS = 32, PARTS = 12, MOVE_PX = 4, IDLE_HZ = 60, FAST_MS = 1, NS_PER_MS = 1000000 };
static const uint32_t colours[BARS] = {0xffffff, 0xffff00, 0x00ffff, 0x00ff00, 0xff00ff, 0xff0000, 0x0000ff, 0x000000};

static void fill(uint32_t *row, int32_t from, int32_t to, uint32_t colour) {
    for (int32_t x = from; x < to; x++) row[x] = colour;
}

static void draw_bars(uint32_t *pixels, int32_t width, int32_t height, uint64_t n) {
    for (int32_t x = 0; x < width; x++) {
        uint64_t moved = ((uint64_t)x + n * MOVE_PX) % (uint64_t)width;
        pixels[x] = colours[moved * BARS / (uint64_t)width];
    }
    for (int32_t y = 1; y < height; y++) memcpy(pixels + (size_t)y * (size_t)width, pixels, (size_t)width * 4);
}

/* From side to side and back, as far as it has room. */
static int32_t there_and_back(uint64_t n, int32_t room) {
    if (room <= 0) return 0;
    int32_t at = (int32_t)(n * MOVE_PX % (uint64_t)(2 * room));
    return at < room ? at : 2 * room - at;
}

static void draw_square(uint32_t *pixels, int32_t width, int32_t height, uint64_t n) {
    int32_t side = height / PARTS, x = there_and_back(n, width - side), y = there_and_back(n, height - side);
    for (int32_t i = 0; i < side; i++) fill(pixels + (size_t)(y + i) * (size_t)width, x, x + side, 0xffffff);
}

static void draw_number(uint32_t *pixels, int32_t width, int32_t height, uint64_t n) {
    int32_t tall = height / PARTS;
    for (int32_t bit = 0; bit < NUMBER_BITS; bit++) {
        uint32_t colour = n >> (NUMBER_BITS - 1 - bit) & 1 ? 0xffffff : 0;
        fill(pixels, width * bit / NUMBER_BITS, width * (bit + 1) / NUMBER_BITS, colour);
    }
    for (int32_t y = 1; y < tall; y++) memcpy(pixels + (size_t)y * (size_t)width, pixels, (size_t)width * 4);
}

bool pattern_take(Eye *eye, FramePicture *ret) {
    const Output *o = eye->output;
    uint8_t *at;
    Buffer *b = ring_take(eye, (uint32_t)o->width, (uint32_t)o->height, eye->consumers->stepper != NULL, &at);
    if (!b) return false;
    uint32_t *pixels = (uint32_t *)(void *)at;
    draw_bars(pixels, o->width, o->height, eye->pattern->n);
    draw_square(pixels, o->width, o->height, eye->pattern->n);
    draw_number(pixels, o->width, o->height, eye->pattern->n);
    eye->pattern->drawn_ns = eye_now_ns();
    *ret = (FramePicture){.buffer = b,
                          .damage = {0, 0, o->width, o->height},
                          .width = o->width,
                          .height = o->height,
                          .commit_ns = eye->pattern->drawn_ns};
    return true;
}

void pattern_advance(Eye *eye) {
    eye->pattern->n++;
    stats_drawn(eye);
}

/* --- free run --- */

/* As step.h paces a program: as fast as consumers take pictures where no rate is set, and slower while nobody looks. */
static int wait_ms(const Pattern *p) {
    const Eye *eye = p->eye;
    bool is_watched = consumers_want_frames(eye) || views_want_frames(eye);
    if (!eye->config.hz && is_watched) return FAST_MS;
    uint64_t period = 1000 * NS_PER_MS / (uint64_t)(eye->config.hz ? eye->config.hz : IDLE_HZ);
    uint64_t due = p->drawn_ns + period, now = eye_now_ns();
    int64_t ms = due > now ? (int64_t)((due - now + NS_PER_MS / 2) / NS_PER_MS) : 0;
    return ms > 0 ? (int)ms : 1;
}

static int on_tick(void *data) {
    Pattern *p = data;
    Eye *eye = p->eye;
    if (eye->config.hz || !consumers_want_frames(eye) || consumers_have_credit(eye)) {
        pattern_advance(eye);
        if (!frames_publish(eye, eye->step->n_steps)) p->drawn_ns = eye_now_ns(); /* the ring is full: the next one */
    }
    wl_event_source_timer_update(p->tick, wait_ms(p));
    return 0;
}

void pattern_start(Eye *eye) {
    if (eye->config.program && eye->config.program->argv.n) return;
    Pattern *p = eye->pattern = mu_new(Pattern);
    *p = (Pattern){.eye = eye};
    pattern_advance(eye);
    frames_publish(eye, 0);
    if (eye->config.lockstep) return;
    p->tick = eye_watch(eye, wl_event_loop_add_timer(eye->loop, on_tick, p));
    wl_event_source_timer_update(p->tick, wait_ms(p));
}
