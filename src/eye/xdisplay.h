/* The X display that an eye gives its Xwayland: a number, a listening socket and a key, so that Xwayland itself needs no
 * folder of the system (/tmp/.X11-unix, lock files), which may be read-only or another user's.
 *
 * The socket has an abstract name, which X clients try first. Anybody on the machine can connect to such a name, so only who
 * can read the key is let in (MIT-MAGIC-COOKIE-1, in a file of the eye's folder). Display and key last as long as the eye: an
 * Xwayland that is started again serves the same ones. */
#pragma once

#include "base/err.h"

typedef struct XDisplay {
    int fd;              /* listening; -1: not open */
    char name[8];        /* ":100" */
    char authority[160]; /* path of the file with the key */
} XDisplay;

/* The file is made in `folder`. ERR_PROCESS: no number is free. */
int xdisplay_open(const char *folder, XDisplay *ret, Err *e);
/* Removes the file. One that is not open is allowed. */
void xdisplay_close(XDisplay *d);
