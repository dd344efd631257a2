/* Streams: append-only, numbered, replayable. Topic = "agent/ag_…", "workspace/ws_…", "inbox/org_…", "app".
 *
 * Appending happens inside a write (any closure on the writer); after the commit the hub publishes on the loop in
 * commit order. A parent topic maps (topic, seq) to the child's event, whose body is stored once. seq starts at 1 and only
 * grows; a new generation starts again at 1 and resets readers. A generation is never used twice, not even in a store
 * that was restored from a backup: it is at least the time of its creation, in seconds since 1970.
 */
#pragma once

#include "db/db.h"

enum { STREAM_PARENTS_MAX = 4 };

/* Where an event came from: a launch's log. index counts the events derived from one line. */
typedef struct LogPlace {
    Str launch;     /* "lch_…", {NULL,0} for events of a user's action */
    int64_t offset; /* of the frame */
    int64_t index;
} LogPlace;

typedef struct StreamEvent {
    Str topic;
    Str kind; /* "text_delta"; the envelope's type */
    TimeUs at;
    Str payload;                     /* one JSON object */
    Str parents[STREAM_PARENTS_MAX]; /* topics that also show this event, in order; terminated by {NULL,0} */
    LogPlace place;
} StreamEvent;

#define CURSOR(F, S)                                                                                          \
    F(S, STR, topic, .max_bytes = 200, .doc = "The stream")                                                   \
    F(S, I64, generation, .min = 0, .max = INT64_MAX, .doc = "Changes when numbers can no longer be trusted") \
    F(S, I64, seq, .min = 0, .max = INT64_MAX, .doc = "Number of the last event")
SHAPE(Cursor, CURSOR);

/* The heads of the topics that a closure appended to; those beyond STREAM_HEADS_MAX are not kept. */
enum { STREAM_HEADS_MAX = 16 };
typedef struct StreamHeads {
    Arena *arena; /* of the topics' text; borrowed */
    Cursor items[STREAM_HEADS_MAX];
    size_t n;
} StreamHeads;
/* Records each append of this closure in `heads` from now on, until it is called with NULL, which must happen before
 * the closure ends. */
void stream_note_heads(Tx *tx, StreamHeads *heads);

int stream_append(Tx *tx, const StreamEvent *ev, Cursor *ret, Err *e);
/* Shorthand: encodes `v` of `shape` as payload, at tx_now. */
int stream_emit(Tx *tx, Str topic, const char *kind, const Shape *shape, const void *v, Err *e);
/* Starts a new generation: old events are dropped, in parent topics too, and readers are reset. */
int stream_renew(Tx *tx, Str topic, Err *e);
/* After db_lost_power, before the first request: gives every stream a new generation and keeps its events, because
 * numbers that readers have seen may have been lost and used again. */
int stream_distrust(Tx *tx, Err *e);
/* The head of a stream; seq 0 when it was never written to. */
int stream_head(DbConn *c, Str topic, Cursor *ret, Err *e);

/* One stored event as it is sent: the whole envelope
 * {"type","topic","generation","seq","at","payload"}; where a parent topic shows a child's event, "source":
 * {"topic","generation","seq"} names it; where an event was derived from a launch's log, "place" gives
 * [launch, offset, index]. */
typedef struct StreamItem {
    int64_t seq;
    Str kind;
    Str envelope;
    Str payload; /* a part of the envelope */
} StreamItem;
typedef struct StreamPage {
    int64_t generation;
    int64_t head;      /* the last number in use when the page was read */
    int64_t reached;   /* everything up to here has been read: the next page begins here */
    StreamItem *items; /* arena */
    size_t n;
    bool more;
} StreamPage;
enum { STREAM_PAGE_EVENTS = 512, STREAM_PAGE_BYTES = 1 << 20, STREAM_TOPIC_MAX = 200, STREAM_PAYLOAD_MAX = 4 << 20 };
/* Events after `after`, at most 512 and about 1 MiB. */
int stream_read(DbConn *c, Str topic, int64_t after, Arena *a, StreamPage *ret, Err *e);
/* One event of a topic, its own or one of a topic below it. Borrowed. */
typedef struct StreamSeen {
    Str kind, payload; /* {NULL,0}: its content is gone */
    Str source;        /* the topic below; {NULL,0}: its own */
    TimeUs at;
} StreamSeen;
/* Calls fn with the newest `max` events, newest first, until it returns false. *ret_more: there are others before them. */
typedef struct StreamBack {
    Str topic;
    int64_t max;
    bool (*fn)(void *arg, const StreamSeen *ev);
    void *arg;
} StreamBack;
int stream_each_newest(DbConn *c, const StreamBack *back, bool *ret_more, Err *e);
/* Deletes older events, from the streams with the oldest events first; one step deletes at most `limit` rows.
 * db_free_pages then frees the space. */
int stream_retain(Tx *tx, TimeUs older_than, int64_t limit, int64_t *ret_deleted, Err *e);
/* About how many bytes all events occupy. */
int stream_room(DbConn *c, int64_t *ret, Err *e);

/* Erases every event of `topic`, and every event of its parents about the whole object with this id (`data.id`), in
 * small writes. The topic continues with a new generation. */
typedef struct StreamErase {
    Str topic;
    const Str *parents; /* STREAM_PARENTS_MAX; terminated by {NULL,0} */
    Str id;
} StreamErase;
int stream_erase(Db *db, DbConn *c, const StreamErase *x, Err *e);
/* Ends the stream of an object that was deleted for good, whose id is never used again. Retention removes its row, and
 * what was written since stream_erase. */
int stream_forget(Tx *tx, Str topic, Err *e);
