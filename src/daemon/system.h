/* Operations of the program itself: health, start codes, what is installed, the demo. */
#pragma once

#include "core/op.h"

extern const Op system_ops[];
/* Where the page is served: "http://127.0.0.1:3001/". Set once the port is known. */
void system_set_url(const char *url);
