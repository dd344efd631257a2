/* Several surfaces as one picture, with pixman: the path for sub-surfaces, pop-ups and cursors. */
#pragma once

#include "eye/frame.h"
#include "eye/present.h"

/* Draws the layers from `first` on into a buffer of the ring. It is held by the frame that gets it. False: none is free. */
bool compose_take(Eye *eye, const Picture *p, int first, FramePicture *ret);
