/* Files that go with a prompt. An image that fits is part of the line to the CLI, in base64, where its protocol can carry
 * one; every other file is named by its path, at which the agent reads it. Pure; the caller reads the files.
 */
#pragma once

#include "base/shape.h"

enum {
    ATTACHMENTS_MAX = 32, /* of one message */
    ATTACHMENT_NAME_MAX = 255,
    /* What the API of Claude takes as one image: 5 MB of base64, and 8000 pixels each way. */
    ATTACHED_IMAGE_MAX = 5 * 1000 * 1000 / 4 * 3,
    ATTACHED_SIDE_MAX = 8000,
    /* Base64 of all of them: together with the longest prompt and the rest of its line below ADAPTER_REPLY_MAX. */
    ATTACHED_IMAGES_MAX = 15 << 20
};

/* As events and messages show one. */
#define EV_ATTACHMENT(F, S)                                                                                  \
    F(S, ID("att"), id, .doc = "The attachment")                                                             \
    F(S, STR, name, .max_bytes = ATTACHMENT_NAME_MAX, .example = "screenshot.png", .doc = "Its file's name") \
    F(S, STR, media_type, .max_bytes = 64, .example = "image/png", .doc = "As its first bytes say")          \
    F(S, I64, size, .min = 0, .max = INT64_MAX, .doc = "Bytes")                                              \
    F(S, I64, width, .opt = 1, .min = 0, .max = INT32_MAX, .doc = "Of an image, in pixels")                  \
    F(S, I64, height, .opt = 1, .min = 0, .max = INT32_MAX, .doc = "Likewise")
SHAPE(EvAttachment, EV_ATTACHMENT);

/* One for an encoder. All borrowed. */
typedef struct AttachedFile {
    const EvAttachment *is;
    Str path;   /* absolute */
    Str base64; /* {NULL,0}: it goes by its path */
} AttachedFile;
typedef struct AttachedFiles {
    const AttachedFile *items;
    size_t n;
} AttachedFiles;

/* An image that one line can carry. */
bool attachment_fits(const EvAttachment *a);
/* A text for the agent that names the files without base64; {NULL,0}: there are none. */
Str attachment_note(const AttachedFiles *files, Arena *a);
