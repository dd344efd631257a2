/* Records and replays: one JSON line for each step, with its inputs and the hash of the frame that answered it.
 *
 * A header {"type":"recording","version":1,"id","width","height","clock","hz","seed","program"}, then
 * {"s":step,"i":[[kind,code,a,b,at],…],"f":frames,"d":dt,"h":"16 hex digits"}. The hash is XXH3-64 of the picture's rows as
 * B, G, R and a zero byte, whatever its alpha says; a stale step has the hash of the frame that it repeats.
 */
#pragma once

#include "eye/frame.h"
#include "eye/step.h"

void recorder_init(Eye *eye);
int recorder_start(Eye *eye, Str path, Err *e);
int recorder_stop(Eye *eye, Err *e);
int recorder_replay(Eye *eye, Str path, Err *e);
bool recorder_is_on(const Eye *eye);
void recorder_step(Eye *eye, const StepRequest *r); /* a step begins */
void recorder_input(Eye *eye, const EyeInput *in);  /* an input outside of steps, in free run */
void recorder_frame(Eye *eye, const Frame *f);
void recorder_stepped(Eye *eye);
void recorder_done(Eye *eye);
