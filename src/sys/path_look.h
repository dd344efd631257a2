/* Looks at paths of which some may be on a disk that never answers: a network or FUSE file system whose server hangs.
 *
 * Each mounted file system is looked at on a thread of its own, and waited for only so long. So what hangs delays a look by a
 * second, and by nothing while two earlier looks of this process still wait for it; the other file systems answer as ever.
 * Any thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

typedef enum PathState {
    PATH_SILENT, /* its file system does not answer: nothing is known */
    PATH_THERE,
    PATH_ABSENT,
    PATH_REFUSED /* something is wrong on the way, and not that it does not exist */
} PathState;

typedef struct PathLook {
    Str path;          /* absolute and canonical, but for its last part; borrowed */
    bool follows_link; /* at its end */
    /* Set by the look; what follows `state` is zero unless it is THERE. */
    PathState state;
    bool is_folder;
    uint64_t device, inode, modified_ns;
} PathLook;

void paths_look(PathLook *looks, size_t n);
/* One, without following a link. */
PathState path_look(Str path);
