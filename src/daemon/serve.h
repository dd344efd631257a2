/* muster serve: wires everything and serves until SIGINT or SIGTERM. Agents keep running when it ends. */
#pragma once

#include "daemon/config.h"

/* The program's exit code: 0, or 1 with the reason on stderr. */
int serve_main(const Config *c, const char *version);
