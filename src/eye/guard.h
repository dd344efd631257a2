/* Reading memory that its owner may truncate meanwhile. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

void guard_init(void); /* once, at the start: takes SIGBUS */
/* Runs fn. If reading n bytes from `at` raises SIGBUS, what is missing reads as zeros from there on, and false is returned.
 * One at a time in the process: the loop thread. */
bool guard_run(void *at, size_t n, void (*fn)(void *arg), void *arg);
