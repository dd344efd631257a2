/* The eye's side of the virtual clock (base/eyeclock.h). */
#pragma once

#include "base/eyeclock.h"
#include "eye/eye.h"

/* Makes the page `clock` in the eye's folder. */
int clock_init(Eye *eye, Err *e);
uint64_t clock_now_ns(const Clock *c);
void clock_advance(Clock *c, uint64_t to_ns); /* never back; wakes sleepers */
uint32_t clock_grant(Clock *c);               /* one more present; how many were granted until now */
uint32_t clock_presented(const Clock *c);
bool clock_is_waiting(const Clock *c); /* the program's main thread waits for input, a condition or a deadline */
uint64_t clock_reads(const Clock *c);
const char *clock_path(const Clock *c);
