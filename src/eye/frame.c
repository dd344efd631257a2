/* See frame.h. */
#include "eye/frame.h"

#include "base/mem.h"
#include "eye/clock.h"
#include "eye/consumer.h"
#include "eye/present.h"
#include "eye/record.h"
#include "eye/ring.h"
#include "eye/stats.h"
#include "eye/video.h"
#include "eye/view.h"

void frames_init(Eye *eye) {
    eye->frames = mu_new(Frames);
    *eye->frames = (Frames){.eye = eye, .is_first_of_generation = true};
}

static bool is_own(const Buffer *b) { return b->on_idle != NULL; }

static void let_go(Frame *f) {
    if (f->copy) buffer_unhold(f->copy);
    Buffer *b = f->picture.buffer;
    if (b && is_own(b)) buffer_unhold(b);
    if (b && !is_own(b)) buffer_unref(b);
    f->copy = f->picture.buffer = NULL;
}

void frames_forget(Eye *eye) {
    let_go(&eye->frames->last);
    eye->frames->is_first_of_generation = true;
}

bool frames_is_newest(const Eye *eye) {
    const Frame *last = &eye->frames->last;
    return last->picture.buffer && eye->shown && last->content_ns == eye->shown->commit_ns;
}

bool frames_publish(Eye *eye, uint64_t step) {
    Frames *fs = eye->frames;
    FramePicture picture;
    if (!present_take(eye, &picture)) return false;
    if (!is_own(picture.buffer)) buffer_ref(picture.buffer);
    uint64_t id = fs->last.id + 1;
    let_go(&fs->last);
    if (fs->is_first_of_generation) picture.flags |= EYE_FRAME_FIRST;
    fs->is_first_of_generation = false;
    fs->last =
        (Frame){.id = id,
                .step = step,
                .generation = eye->generation,
                .virtual_ns = eye->clock ? clock_now(eye->clock) : 0,
                .picture = picture,
                .content_ns = eye->shown ? eye->shown->commit_ns : picture.commit_ns}; /* a pattern has no window */
    stats_frame(eye, &fs->last);
    consumers_publish(eye, &fs->last);
    views_publish(eye);
    recorder_frame(eye, &fs->last);
    video_frame(eye, &fs->last);
    present_shown(eye);
    return true;
}

bool frames_repeat(Eye *eye, uint64_t step) {
    Frame *last = &eye->frames->last;
    if (!last->picture.buffer) return false;
    last->step = step;
    last->virtual_ns = eye->clock ? clock_now(eye->clock) : 0;
    last->picture.flags = (last->picture.flags & ~(uint32_t)EYE_FRAME_FIRST) | EYE_FRAME_STALE;
    last->picture.damage = (Box){0};
    consumers_repeat(eye, last);
    recorder_frame(eye, last);
    video_frame(eye, last);
    last->picture.flags &= ~(uint32_t)EYE_FRAME_STALE;
    return true;
}

Buffer *frames_copy(Eye *eye) {
    Frame *last = &eye->frames->last;
    if (!last->picture.buffer) return NULL;
    if (is_own(last->picture.buffer)) return last->picture.buffer;
    if (!last->copy) last->copy = ring_copy(eye, last->picture.buffer, eye->consumers->stepper != NULL);
    return last->copy;
}
