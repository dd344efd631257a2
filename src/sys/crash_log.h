/* The file named by MUSTER_CRASH_LOG, which records for a test suite what was reached. Internal to fault.c and crash.c. */
#pragma once

/* Appends one line; does nothing if the variable is not set. */
void crash_log_add(const char *name);
