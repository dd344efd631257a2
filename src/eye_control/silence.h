/* Notices eyes that report nothing, as when muster-eye was stopped or hangs: its status comes once a second. */
#pragma once

#include "eye_control/eyes.h"

enum { EYE_SILENT_US = 3000000 };

/* A look each second. Loop thread. */
void eye_silence_start(Eyes *s);
void eye_silence_stop(Eyes *s);
