/* Frames: a picture with a number, and who gets it.
 *
 * A consumer that steps gets the client's own buffer if its memory is safe for it; everybody else gets a copy in the ring,
 * one copy for all of them. A consumer without a credit loses the frame, and gets the newest one when it has a credit again,
 * so that nobody who is slow holds up the program or stays behind.
 */
#pragma once

#include "eye/buffer.h"
#include "eye/xdg.h"

typedef struct FramePicture {
    Buffer *buffer;        /* borrowed: whoever keeps it holds it */
    uint32_t flags;        /* EyeAbiFrameFlags */
    Box damage;            /* in buffer coordinates */
    int32_t width, height; /* of the content */
    uint64_t commit_ns;
} FramePicture;

typedef struct Frame {
    uint64_t id, step, generation, virtual_ns;
    FramePicture picture;
    uint64_t content_ns; /* Surface.commit_ns of the shown one */
    Buffer *copy;        /* of the picture in the ring, held; NULL: nobody needed it yet */
} Frame;

struct Frames {
    Eye *eye;
    Frame last; /* the newest; id 0: none yet. A client's buffer is referred to, one of the ring is held */
    bool is_first_of_generation;
};

void frames_init(Eye *eye);
/* The content that the shown window has now is that of the newest frame. */
bool frames_is_newest(const Eye *eye);
/* The picture as it is now becomes the newest frame and goes to everybody. False: there is no picture. */
bool frames_publish(Eye *eye, uint64_t step);
/* The newest frame once more, marked as stale, to the stepper alone. False: there is none. */
bool frames_repeat(Eye *eye, uint64_t step);
/* The buffer of the newest frame for a reader that gets no client's memory. NULL: the ring is full. */
Buffer *frames_copy(Eye *eye);
/* Lets go of the newest frame: its window is gone, or its size is another one. */
void frames_forget(Eye *eye);
