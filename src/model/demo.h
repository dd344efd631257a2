/* The built-in script "demo" (demo.json). */
#pragma once

#include <stddef.h>

extern const char model_demo[];
extern const size_t model_demo_n;
