/* What belongs to a person and not to a device: the state of the page under keys (drafts, review ticks, and
 * whatever a page keeps under a key of its own), what happened while they were away, and where the page shows what.
 *
 * A value is JSON of at most 64 KiB, stored in canonical form; its digest is that of these bytes. Keys with one of the
 * prefixes below name a row and have a value of a fixed shape; all others take any JSON. A key that ends with the id of a row is
 * kept as long as the row. When there is no room, the oldest that are no drafts go. A person sees only their own.
 */
#pragma once

#include "core/op.h"
#include "core/topic.h"

enum {
    UI_KEY_MAX = 200,
    UI_VALUE_MAX = 64 << 10,
    UI_KEYS_MAX = 10000,     /* of one person, */
    UI_BYTES_MAX = 64 << 20, /* and the bytes of their values */
    UI_LIST_MAX = 200
};

/* draft/ag_…: a prompt that was not sent. */
#define UI_DRAFT(F, S) F(S, STR, text, .max_bytes = UI_VALUE_MAX, .doc = "What was typed")
SHAPE(UiDraft, UI_DRAFT);
/* review/wt_…: files that were read; a tick holds as long as the file has that digest. */
#define UI_TICK(F, S)                                                             \
    F(S, STR, path, .min = 1, .max_bytes = 4096, .is_file = 1, .doc = "The file") \
    F(S, STR, digest, .min = 1, .max_bytes = 128, .doc = "Of its content, or of its diff, when it was ticked")
SHAPE(UiTick, UI_TICK);
#define UI_REVIEW(F, S) F(S, LIST(UiTick), ticks, .max = 2000, .doc = "One per file")
SHAPE(UiReview, UI_REVIEW);

/* person_state on `person/usr_…`, which only that person may follow. The value is not part of it: what is removed leaves no
 * copy. */
#define UI_STATE_NEWS(F, S)                                                              \
    F(S, STR, key, .min = 1, .max_bytes = UI_KEY_MAX, .doc = "The key that has changed") \
    F(S, STR, digest, .opt = 1, .max_bytes = 64, .doc = "Of its value now; absent: it was removed")
SHAPE(UiStateNews, UI_STATE_NEWS);

/* Removes the keys of rows that were deleted for good. Worker. */
int ui_state_expire(App *app, DbConn *db, Err *e);

extern const Op person_ops[];
extern const TopicDef person_topics[];
