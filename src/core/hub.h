/* The hub: from committed events to whoever watches a topic, without a gap and without a duplicate.
 *
 * Only the loop publishes, only what is committed, in commit order: the writer hands each group's events over
 * (hub_on_committed), the loop fans them out. A subscriber is `catching` or `live`. While catching, workers read
 * pages after its cursor and nothing is queued for it; when its cursor reaches what the topic's ring still holds,
 * the rest is copied from the ring and it is live in the same turn. Rings of all topics share one budget.
 * A sink that is full makes its subscriber catching again: a slow client never slows a source.
 *
 * Loop thread, unless a function says otherwise. Callbacks run in turns of their own, never inside hub_subscribe
 * or hub_resume, and may subscribe and unsubscribe anything.
 */
#pragma once

#include "base/err.h"
#include "base/str.h"

typedef struct App App;
typedef struct DbConfig DbConfig;
typedef struct Hub Hub;
typedef struct HubSub HubSub;
typedef struct Tx Tx;
typedef struct WsFrame WsFrame;

enum { HUB_RING_BYTES = 8 << 20, HUB_KINDS_MAX = 32 };

/* Start with only what is published from now on: no replay. */
#define HUB_NOW INT64_MAX

/* Borrowed for the callback. */
typedef struct HubEvent {
    Str topic;
    int64_t generation, seq;
    Str kind;        /* the envelope's type */
    Str envelope;    /* {"type","topic","generation","seq","at","payload"} */
    Str payload;     /* the part of it */
    WsFrame **frame; /* see hub_event_frame */
} HubEvent;

/* The envelope as a text frame: made on first use, shared by all live subscribers of the event. Borrowed. */
WsFrame *hub_event_frame(const HubEvent *ev);

typedef struct HubSink {
    /* Told once, before anything else: where the topic stands. An event at or below `head` that follows although it was not
     * asked for again was committed while that was read. May be NULL. */
    void (*on_begin)(void *arg, int64_t generation, int64_t head);
    /* False: full, the event was not taken. It comes again after hub_resume. */
    bool (*on_event)(void *arg, const HubEvent *ev);
    /* The cursor's numbers are void: events follow from the start of this generation. May be NULL. */
    void (*on_reset)(void *arg, int64_t generation);
    /* Told once when a live subscriber was full: it has everything up to seq. May be NULL. */
    void (*on_lagged)(void *arg, int64_t seq);
    /* Nothing is missing any more: what follows is as it happens. May be NULL. */
    void (*on_live)(void *arg, int64_t generation, int64_t seq);
} HubSink;

typedef struct HubFrom {
    Str topic;
    int64_t generation; /* of the cursor; 0 = whichever is current, no reset */
    int64_t after;      /* 0 = from the start, HUB_NOW = no replay */
    const Str *kinds;   /* only these; n_kinds 0 = all; at most HUB_KINDS_MAX; copied */
    size_t n_kinds;
} HubFrom;

/* Uses app->loop, and app->db and app->workers (context = DbConn) from the first subscriber on. Any thread. */
int hub_new(App *app, size_t ring_bytes, Hub **ret, Err *e);
/* Fills on_committed, on_dropped, after_tx and arg, so that db_open can follow hub_new. */
void hub_feed(Hub *h, DbConfig *c);
/* After the writer and the workers have ended. Drops subscribers without a callback; NULL is fine. */
void hub_free(Hub *h);

/* `sink` is borrowed for ever, `arg` until hub_unsubscribe. ERR_INVALID: topic, kinds or cursor out of bounds. */
int hub_subscribe(Hub *h, const HubFrom *from, const HubSink *sink, void *arg, HubSub **ret, Err *e);
/* No callback comes after it, also when called inside one. */
void hub_unsubscribe(HubSub *s);
/* The sink has room again. Nothing happens when it was not full. */
void hub_resume(HubSub *s);
/* Where the subscriber stands: the last event that its sink took or did not want. */
int64_t hub_sub_seq(const HubSub *s);
int64_t hub_sub_generation(const HubSub *s);

/* Calls fn for each published event of a kind (NULL = every kind) before subscribers get it: how a noun hears of
 * another's event after the commit. Start-up only. */
void hub_listen(Hub *h, const char *kind, void (*fn)(void *arg, const HubEvent *ev), void *arg);
/* Inside a write: run(arg) on the loop after the commit, in commit order with its events; drop(arg) (may be NULL)
 * instead, on the writer, when the write was rolled back. */
void hub_after_commit(Tx *tx, void (*run)(void *arg), void (*drop)(void *arg), void *arg);
