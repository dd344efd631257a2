/* Streams: append-only, numbered, replayable. Topic = "agent/ag_…", "workspace/ws_…", "inbox/org_…", "app".
 *
 * Appending happens inside a write (any closure on the writer); after the commit the hub publishes on the loop in
 * commit order. A parent topic holds (topic, seq) → event of the child, the body once. seq starts at 1 and only
 * grows; a new generation starts again at 1 and tells readers to reset. A generation is never given twice, not even to a
 * store that was put back from a backup: it is at least the time of its making, in seconds since 1970.
 */
#pragma once

#include "db/db.h"

enum { STREAM_PARENTS_MAX = 4 };

/* Where an event came from: a launch's log. index counts the events that one line gave. */
typedef struct LogPlace {
    Str launch;     /* "lch_…", {NULL,0} for events of a person's act */
    int64_t offset; /* of the frame */
    int64_t index;
} LogPlace;

typedef struct StreamEvent {
    Str topic;
    Str kind; /* "text_delta"; the envelope's type */
    TimeUs at;
    Str payload;                     /* one JSON object */
    Str parents[STREAM_PARENTS_MAX]; /* topics that show this event too, in order; {NULL,0} ends them */
    LogPlace place;
} StreamEvent;

#define CURSOR(F, S)                                                                                          \
    F(S, STR, topic, .max_bytes = 200, .doc = "The stream")                                                   \
    F(S, I64, generation, .min = 0, .max = INT64_MAX, .doc = "Changes when numbers can no longer be trusted") \
    F(S, I64, seq, .min = 0, .max = INT64_MAX, .doc = "Number of the last event")
SHAPE(Cursor, CURSOR);

/* Where the topics stand that a closure appended to; what is past the room is not kept. */
enum { STREAM_HEADS_MAX = 16 };
typedef struct StreamHeads {
    Arena *arena; /* of the topics' text; borrowed */
    Cursor items[STREAM_HEADS_MAX];
    size_t n;
} StreamHeads;
/* From now on in this closure each append is noted there, until NULL is given, which must come before its end. */
void stream_note_heads(Tx *tx, StreamHeads *heads);

int stream_append(Tx *tx, const StreamEvent *ev, Cursor *ret, Err *e);
/* Shorthand: encodes `v` of `shape` as payload, at tx_now. */
int stream_emit(Tx *tx, Str topic, const char *kind, const Shape *shape, const void *v, Err *e);
/* A new generation: old events are dropped, readers are reset. What a parent topic shows of them goes too. */
int stream_renew(Tx *tx, Str topic, Err *e);
/* After db_lost_power, before anybody is served: every stream gets a new generation and keeps its events, because
 * numbers that readers have seen may have been lost and given again. */
int stream_distrust(Tx *tx, Err *e);
/* Where a stream stands; seq 0 when nobody wrote to it. */
int stream_head(DbConn *c, Str topic, Cursor *ret, Err *e);

/* One stored event as it goes over the wire: the whole envelope
 * {"type","topic","generation","seq","at","payload"}; where a parent topic shows a child's event, "source":
 * {"topic","generation","seq"} names it; where an event was derived from a launch's log, "place": [launch, offset, index]
 * says from where. */
typedef struct StreamItem {
    int64_t seq;
    Str kind;
    Str envelope;
    Str payload; /* the part of it */
} StreamItem;
typedef struct StreamPage {
    int64_t generation;
    int64_t head;      /* the last number given out when the page was read */
    int64_t reached;   /* everything up to here was read: where the next page begins */
    StreamItem *items; /* arena */
    size_t n;
    bool more;
} StreamPage;
enum { STREAM_PAGE_EVENTS = 512, STREAM_PAGE_BYTES = 1 << 20, STREAM_TOPIC_MAX = 200, STREAM_PAYLOAD_MAX = 4 << 20 };
/* Events after `after`, at most 512 and about 1 MiB. */
int stream_read(DbConn *c, Str topic, int64_t after, Arena *a, StreamPage *ret, Err *e);
typedef struct StreamBack {
    Str topic;
    int64_t before; /* 0 = the end; a page's `reached` is where the next begins */
    int limit;      /* at most STREAM_PAGE_EVENTS are given */
} StreamBack;
/* Newest first, for histories and pages of messages. */
int stream_read_back(DbConn *c, const StreamBack *q, Arena *a, StreamPage *ret, Err *e);
/* Deletes what is older, streams with the oldest events first; a step of at most `limit` rows. tx_free_pages then
 * gives the room back. */
int stream_retain(Tx *tx, TimeUs older_than, int64_t limit, int64_t *ret_deleted, Err *e);
/* About how many bytes all events take. */
int stream_room(DbConn *c, int64_t *ret, Err *e);

/* Everything that `topic` says, and what its parents say of the thing with this id as a whole (`data.id`), in small
 * writes. The topic goes on with a new generation. */
typedef struct StreamErase {
    Str topic;
    const Str *parents; /* STREAM_PARENTS_MAX; {NULL,0} ends them */
    Str id;
} StreamErase;
int stream_erase(Db *db, DbConn *c, const StreamErase *x, Err *e);
