/* What the program of a terminal agent prints, as its launch's log holds it, for a person: without control sequences.
 * The log is read where it lies, since the daemon makes no events of it; so it goes on while the daemon is away. */
#pragma once

#include "cli/cli.h"

/* The output of the agent's newest launch, and of those that follow it. `target` answers the agent. */
int tail_follow(const CliContext *c, const CliFollow *f, Str topic, const char *target, Err *e);
