/* The file named by MUSTER_CRASH_LOG, in which a suite sees what was reached. Internal to fault.c and crash.c. */
#pragma once

/* Appends one line; does nothing when the variable is not set. */
void crash_log_add(const char *name);
