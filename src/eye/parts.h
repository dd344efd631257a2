/* All parts of an eye, made in their order and ended together. */
#pragma once

#include "eye/eye.h"

/* After lines_begin has read the configuration: the folder, the sockets, the globals. On an error nothing is undone: the
 * process ends. */
int parts_open(Eye *eye, Err *e);
/* Ends the program, its display, consumers and clients, and removes the folder. */
void parts_close(Eye *eye);
