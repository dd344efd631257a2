/* The operations on settings: list, change, reset. */
#pragma once

#include "core/op.h"

extern const Op setting_ops[];
