/* Files that the command line uploads: the body of an operation, and what `--attach` names. */
#pragma once

#include "adapter/attachment.h"
#include "cli/cli.h"

#define UPLOAD_OPTION "attach"
#define UPLOAD_FIELD "attachments" /* the operations that have it take the option */

typedef struct CliFiles {
    const char *paths[ATTACHMENTS_MAX];
    size_t n;
} CliFiles;

bool upload_is_taken(const Op *op);
/* Opens a file that is to be the body. ERR_INVALID: it is no file, empty, or larger than the operation takes. */
int upload_open(const Op *op, const char *path, int *ret_fd, int64_t *ret_bytes, Err *e);
/* The last part of the path, with `_` for control characters, which no name may have. */
Str upload_name(const char *path, Arena *a);
/* Creates an attachment; its id is in the arena. */
int upload_file(const CliContext *c, const char *path, Arena *a, Str *ret_id, Err *e);
