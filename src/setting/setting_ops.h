/* Settings as operations: list, read, change. */
#pragma once

#include "core/op.h"

extern const Op setting_ops[];
