/* What a file is, by its bytes and not by what somebody says: its type, and an image's size as its header says it. Nothing
 * is decoded. Pure.
 */
#pragma once

#include <stdint.h>

#include "base/str.h"

enum { SNIFF_BYTES = 256 << 10 }; /* of the beginning: where headers are looked for */

typedef struct Sniffed {
    const char *media;     /* "image/png"; application/octet-stream: unknown */
    const char *suffix;    /* of its name: "png" */
    int64_t width, height; /* of an image; 0: unknown */
} Sniffed;

/* `head` is the beginning of a file of `size` bytes, or all of it. */
Sniffed sniff(Str head, int64_t size);
