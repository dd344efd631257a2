/* The lines to and from the daemon (base/eyeline.h): orders come in, reports go out. */
#pragma once

#include "eye/eye.h"

/* Reads the first line, the order `start`, into eye->config. Waits for it: nothing else runs yet. The descriptors are
 * borrowed. */
int lines_begin(Eye *eye, int in_fd, int out_fd, Err *e);
void lines_init(Eye *eye); /* after the display exists */
void lines_report(Eye *eye, const char *type, const Shape *shape, const void *report);
__attribute__((format(printf, 2, 3))) void lines_error(Eye *eye, const char *fmt, ...);
