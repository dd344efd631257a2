/* Follows the log of a launch from an offset to its end, while it grows and after it has ended.
 *
 * Loop thread only; the reading is done by the workers' pool, at most 64 KiB at a time, and nothing is queued: what a sink
 * does not take is read again when it calls tail_resume. A tail costs a descriptor and at most one read's memory while it
 * reads. Callbacks come from the loop, never from inside tail_open; any of them may close the tail.
 */
#pragma once

#include "core/launchlog.h"

typedef struct App App;
typedef struct Tail Tail;

enum { TAIL_READ_BYTES = 64 * 1024 };

typedef struct TailSink {
    /* Frames in order. Returns how many of them it took; fewer than n: it has no room until it calls tail_resume. */
    size_t (*on_frames)(void *arg, const LaunchFrame *frames, size_t n);
    /* Nothing can be read in [from, to): the log's beginning was removed, or it is damaged. `to` below `from`: the log ends
     * before the place that was asked for. Frames from `to` on follow. */
    void (*on_gap)(void *arg, uint64_t from, uint64_t to);
    /* The launch has ended and all of its log was taken. The frames ended with its exit, unless its hold was lost. */
    void (*on_end)(void *arg);
    void (*on_failed)(void *arg, const Err *why); /* the last call, like on_end */
} TailSink;

/* Everything from the frame at `offset` on. `launch_id` is copied. */
Tail *tail_open(App *app, Str launch_id, uint64_t offset, const TailSink *sink, void *arg);
void tail_resume(Tail *t);
void tail_close(Tail *t); /* NULL is allowed; no call follows */

uint64_t tail_head(const Tail *t); /* of the log, as far as is known */
/* A frame's size in the log: the next one begins behind it. */
static inline uint64_t tail_frame_end(const LaunchFrame *f) { return f->offset + HOLD_FRAME_HEADER + f->frame.bytes.n; }
