/* Starting the programs inside an eye: the game, Xwayland, an encoder. They are ended with the eye by the hold, which kills
 * the whole tree, and by the kernel when the eye dies (PR_SET_PDEATHSIG). */
#pragma once

#include <sys/types.h>

#include "base/shape.h"

enum { CHILD_FDS_MAX = 8, CHILD_ENV_MAX = 512 };

typedef struct ChildSpec {
    StrList argv;
    StrList env;            /* NAME=value beside the eye's own; later ones win */
    const char *cwd;        /* NULL: the eye's */
    int fds[CHILD_FDS_MAX]; /* kept open, under their numbers */
    int n_fds;
    int in;               /* its standard input; -1: nothing */
    bool is_reproducible; /* no address-space randomisation */
    const char *kept;     /* NULL: it needs no writable /tmp, else see private_tmp.h */
} ChildSpec;

/* Its standard output and error are the eye's standard error. ERR_PROCESS names the program and why it cannot run. */
int child_start(const ChildSpec *s, pid_t *ret, Err *e);
/* Room for the descriptors of all clients (two for each pool) in the eye itself; the programs inside get at most 1,024, as
 * those that use select can have no more. */
void child_raise_limits(void);
