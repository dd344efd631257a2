/* Xwayland for programs that speak X11: rootful, one for each eye, its root window as large as the output. */
#pragma once

#include <sys/types.h>

#include "eye/eye.h"
#include "eye/quiet.h"

void xwayland_init(Eye *eye);
/* Starts it; program_display_ready or program_display_failed follows. */
int xwayland_start(Eye *eye, Err *e);
bool xwayland_is_ready(const Eye *eye);
const char *xwayland_display(const Eye *eye);          /* ":200"; valid once it is ready, and from then on */
const char *xwayland_authority(const Eye *eye);        /* XAUTHORITY for it */
pid_t xwayland_pid(const Eye *eye);                    /* 0: none runs */
Quiet *xwayland_quiet(const Eye *eye);                 /* NULL: none runs */
bool xwayland_exited(Eye *eye, pid_t pid, int status); /* false: it was another process */
void xwayland_stop(Eye *eye);
