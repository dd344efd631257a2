/* Frames as a video file: an encoder (ffmpeg) reads them from a pipe and writes the file.
 *
 * The loop copies each frame into a bounded queue and writes to the pipe as the encoder reads. A frame that finds the queue
 * full, or has another size than the first, is left out; at the end an error says how many were. The file can be played as
 * far as it got, whoever ends first.
 */
#pragma once

#include <sys/types.h>

#include "eye/frame.h"

void video_init(Eye *eye);
/* From the next frame on, at the output's size. ERR_CONFLICT: one is being made. What goes wrong later is reported. */
int video_start(Eye *eye, Str path, Str encoder, Err *e);
int video_stop(Eye *eye, Err *e); /* reports `filmed` when the encoder has finished. ERR_CONFLICT: none is being made */
bool video_is_on(const Eye *eye);
/* A frame would be left out now. In lockstep a step waits until it would not, at most for its time-out. */
bool video_is_full(const Eye *eye);
void video_frame(Eye *eye, const Frame *f);
bool video_exited(Eye *eye, pid_t pid, int status); /* false: it was another process */
void video_done(Eye *eye);                          /* waits a little for the encoder */
