/* The moving test pattern: `muster-eye pattern`, a client of the eye like any game, so that what is tried with it is what games
 * go through. It draws a frame for each frame callback and nothing between, from its own count of frames: the same number of
 * frames is the same picture.
 */
#pragma once

/* Until the eye goes away. The exit status of the process. */
int pattern_main(void);
