/* A video of the frames, made by ffmpeg as a child of the eye.
 *
 * In lockstep each step's frame is one of the video's, at the rate of the eye's clock, however long the steps took: a step
 * begins when there is room for its frame, or after its time-out. In free run the newest frame is taken at a steady rate, and an
 * encoder that is slower loses some. The end is reported as `filmed`, when the encoder has ended and the file is complete. */
#pragma once

#include "eye/frame.h"

void film_init(Eye *eye);
/* The file must not be there; `encoder` is the path of ffmpeg. It starts with the first frame. */
int film_start(Eye *eye, Str path, Str encoder, Err *e);
int film_stop(Eye *eye, Err *e);
void film_frame(Eye *eye, const Frame *f);         /* a new frame, or in lockstep the last one again */
bool film_is_full(const Eye *eye);                 /* the next frame would be lost */
bool film_exited(Eye *eye, pid_t pid, int status); /* false: it was another process */
void film_done(Eye *eye);                          /* ends it and waits a while for its encoder */
