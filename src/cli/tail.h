/* The output of a terminal agent's program, read from its launch's log, without control sequences. The log is read
 * directly, because the daemon emits no events for it; so following continues while the daemon is gone. */
#pragma once

#include "cli/cli.h"

/* Prints the output of the agent's newest launch and of those that follow it. `target` is the path of get_agent. */
int tail_follow(const CliContext *c, const CliFollow *f, Str topic, const char *target, Err *e);
