/* Operations of the program itself: health, start codes, what is installed, the demo. */
#pragma once

#include "core/op.h"

extern const Op system_ops[];
