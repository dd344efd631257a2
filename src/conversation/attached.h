/* Attachments of messages: the rows that a message has, and the way of their bytes to the agent.
 *
 * A prompt with files is handed over in two steps: the write that would hand it over asks for them; a job on a slow thread,
 * one for each conversation, reads and checks them, makes base64 of the images that the line contains, and begins another
 * write, which hands over the same message if it is still its turn. So neither the writer nor the loop
 * reads a file. After a crash the start asks again. A file that is damaged or missing, or a write that fails, makes its
 * message `unanswered`, with a notice.
 */
#pragma once

#include "conversation/message.h"

typedef struct AttachedTo {
    const Conversation *conversation;
    Str message_id;
    const StrList *ids;
    Arena *arena;
} AttachedTo;
/* Adds them to a message. ERR_NOT_FOUND; ERR_INVALID: one is named twice; ERR_TOO_LARGE: more than a line can carry. */
int attached_add(Tx *tx, const AttachedTo *to, EvAttachmentList *ret, Err *e);
/* *ret: the message has exactly these. */
int attached_are(DbConn *db, const AttachedTo *to, bool *ret, Err *e);

typedef struct AttachedOf {
    const MessageDeliver *deliver;
    const Conversation *conversation;
    Str message_id;
} AttachedOf;
/* The files of a message for its line. *ret_ready false: their bytes are read after this write, which then repeats itself. */
int attached_find(Tx *tx, const AttachedOf *of, AttachedFiles *ret, bool *ret_ready, Err *e);
/* Reads, in the background, the files of prompts that wait for them since before the start. At start-up. */
int attached_start(App *app, DbConn *db, Err *e);
