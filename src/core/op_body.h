/* Bodies and answers of operations that are files: too large for memory, so over REST alone.
 *
 * A body arrives in a file of the folder that the row names, piece by piece; the call starts when all of it is there and
 * synced. The file is removed after the call: a handler that keeps it gives it another name (a link). The digest of the
 * body belongs to the call's input, so that an Idempotency-Key stands for one content.
 */
#pragma once

#include <stdint.h>

#include "base/str.h"

typedef struct OpBody {
    const char *name; /* of the file, beneath App.home_fd */
    int64_t size;
    uint8_t sha256[32];
} OpBody;

/* In the call's arena. */
typedef struct OpFile {
    int fd; /* owned: closed after the answer, unless the face takes it */
    int64_t size;
    const char *media;
    Str name; /* for the person who saves it */
} OpFile;
