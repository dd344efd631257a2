/* Internal to attachment: what its files share. */
#pragma once

#include "attachment/attachment.h"

enum { ATTACHMENT_FILE_NAME_MAX = 96 };

/* "attachments/<sha256>.<suffix>", beneath App.home. */
void attachment_file_name(Str sha256, Str suffix, char out[ATTACHMENT_FILE_NAME_MAX]);
/* Opens the file and checks its size and digest. ERR_INTERNAL, as attachment_read. Blocks. */
int attachment_open(const App *app, const Attachment *at, int *ret_fd, Err *e);
/* Operations (keep.c). */
int attachment_create(OpCall *c, Str name, Attachment *out, Err *e);
int attachment_delete(OpCall *c, const Attachment *at, Err *e);
/* The name that a person sees: the last part of a path; one of ours if there is none. */
Str attachment_name(Str given, const char *suffix, Arena *a);
