/* The moving test pattern: what an eye without a program shows, so that consumers can be tried with nothing installed.
 *
 * The eye draws it itself, into its ring. A picture depends on its number and size alone: eight bars that move to the left, a
 * white square that moves over them, and the number at the top as 32 blocks, white for 1, highest bit first.
 */
#pragma once

#include "eye/frame.h"

typedef struct Pattern {
    Eye *eye;
    uint64_t n; /* of the picture that is shown; 0: none yet */
    uint64_t drawn_ns;
    struct wl_event_source *tick; /* of free run */
} Pattern;

/* Shows the first picture, if there is no program; in free run others follow at the set rate. */
void pattern_start(Eye *eye);
/* In lockstep: the picture of the next step is another one. */
void pattern_advance(Eye *eye);
/* As present_take: the buffer is held by the frame that gets it. */
bool pattern_take(Eye *eye, FramePicture *ret);
