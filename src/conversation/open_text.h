/* Text that streams: blocks whose deltas are stored and whose final text has not come.
 *
 * A CLI that is killed never repeats what it had streamed. So each block of which a delta was stored has a row until its
 * final text comes; where none can come any more, the stored deltas become an incomplete message, and the row names it,
 * in case the final text comes after all. Inside the derived write, as everything about a launch.
 */
#pragma once

#include "conversation/conversation.h"

/* How many may be open in one conversation: its main thread and subagents that speak at the same time. */
enum { OPEN_TEXTS_MAX = 16 };

/* The place is that of its first delta: its message takes it, so its id does not depend on when it was stored. */
#define OPEN_TEXT(F, S)                                                                                \
    F(S, STR, block, .max_bytes = 300, .doc = "Id of the block")                                       \
    F(S, STR, parent, .opt = 1, .max_bytes = 256, .doc = "The subagent's call; none: the main thread") \
    F(S, I64, seq, .min = 1, .max = INT64_MAX, .doc = "Number of the event of its first delta")        \
    F(S, I64, log_offset, .min = 0, .max = INT64_MAX, .doc = "Place of its first delta")               \
    F(S, I64, log_index, .min = 0, .max = INT64_MAX, .doc = "Place of its first delta")                \
    F(S, TIME, at, .doc = "Time of its first delta")                                                   \
    F(S, ID("msg"), message_id, .opt = 1, .doc = "Its incomplete message, once it is stored")
SHAPE(OpenText, OPEN_TEXT);

/* Before its delta is stored; *ret_is_new: it was not known. `seq` and `message_id` are not read. */
int open_text_note(Tx *tx, const Conversation *c, const OpenText *o, bool *ret_is_new, Err *e);
/* Its block is empty if there is none. */
int open_text_find(DbConn *db, const Conversation *c, Str block, Arena *a, OpenText *ret, Err *e);
/* Those without a message, oldest first. */
int open_text_list(DbConn *db, const Conversation *c, Arena *a, OpenTextList *ret, Err *e);
int open_text_set_message(Tx *tx, const Conversation *c, const OpenText *o, Err *e);
int open_text_remove(Tx *tx, const Conversation *c, Str block, Err *e);
/* Those that have a message; `with_all`: the others too. */
int open_text_clear(Tx *tx, const Conversation *c, bool with_all, Err *e);
/* Its deltas, joined. */
typedef struct Streamed {
    Str text;     /* at most EVENT_WHOLE_MAX bytes; empty if the deltas are not stored any more */
    int64_t size; /* of all of it */
} Streamed;
int open_text_read(DbConn *db, const Conversation *c, const OpenText *o, Arena *a, Streamed *ret, Err *e);
