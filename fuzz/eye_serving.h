/* An eye with a window in the fuzzer's process, for what consumers send. */
#pragma once

#include "eye/rig.h"

enum { SERVING_PICTURES = 3 };

Eye *serving_begin(bool is_lockstep); /* the same one each time */
void serving_draw(void);              /* the program draws its next picture */
void serving_replace(void);           /* it destroys a buffer and makes another one */
/* The consumer ends. All that it held must be released, what it pressed lifted, and the program unharmed. */
void serving_end(const Eye *eye, int fd);
