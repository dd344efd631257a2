/* Attachments: files that go with prompts. Their content is stored once, in App.home/attachments/<sha256>.<suffix>; each
 * upload is a row of its own with the name that its file had.
 *
 * What refers to one (a message) counts itself in n_uses. A row goes a day after its upload or after the last message
 * that had it went, a file with its last row. The type and an image's size are read from the bytes. The folder's names
 * change only with links and renames, in the write that adds or removes the row, so that an upload and a removal of the
 * same content cannot cross.
 */
#pragma once

#include "adapter/attachment.h"
#include "core/op.h"
#include "core/org.h"

#define ATTACHMENT_FOLDER "attachments"
enum { ATTACHMENT_BYTES_MAX = 32 << 20 };

#define ATTACHMENT(F, S)                                                                                              \
    F(S, ID("att"), id, .doc = "The attachment")                                                                      \
    F(S, STR, name, .max_bytes = ATTACHMENT_NAME_MAX, .example = "screenshot.png", .doc = "Its file's name")          \
    F(S, STR, media_type, .max_bytes = 64, .example = "image/png",                                                    \
      .doc = "As its first bytes say: image/png, image/jpeg, image/gif, image/webp, application/pdf, text/plain or "  \
             "application/octet-stream")                                                                              \
    F(S, I64, size, .min = 0, .max = ATTACHMENT_BYTES_MAX, .doc = "Bytes")                                            \
    F(S, STR, sha256, .max_bytes = 64, .example = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", \
      .doc = "Digest of its content")                                                                                 \
    F(S, I64, width, .opt = 1, .min = 0, .max = INT32_MAX, .doc = "Of an image, in pixels, as its header says")       \
    F(S, I64, height, .opt = 1, .min = 0, .max = INT32_MAX, .doc = "Likewise")                                        \
    F(S, BOOL, is_used, .doc = "A message has it; otherwise it is removed after a day")                               \
    F(S, TIME, created_at, .doc = "When it was uploaded")                                                             \
    F(S, STR, suffix, .secret = 1, .opt = 1, .max_bytes = 8, .doc = "Of its file")
SHAPE(Attachment, ATTACHMENT);

int attachment_get(DbConn *db, Str id, Arena *a, Attachment *ret, Err *e); /* ERR_NOT_FOUND */
/* Of its file, absolute; it stays as long as the attachment. */
Str attachment_path(const App *app, const Attachment *at, Arena *a);
/* Reads the whole file, into `out` if that is not NULL, and checks that it is what was uploaded. ERR_INTERNAL names the digest of one that is damaged or
 * missing. Blocks. */
int attachment_read(const App *app, const Attachment *at, Buf *out, Err *e);
/* The bytes of all files. */
int attachments_room(DbConn *db, int64_t *ret, Err *e);
/* Removes what nobody used for a day. Slow thread. */
int attachments_expire(App *app, DbConn *db, Err *e);
/* Removes, in the background, what uploads left that were cut off by the daemon's end. At start-up. */
void attachments_start(App *app);

extern const Op attachment_ops[];
extern const OrgOf attachment_orgs[];
