/* The hub: delivers committed events to the subscribers of a topic, without a gap and without a duplicate.
 *
 * Only the loop publishes, only committed events, in commit order: the writer hands over the events of each group
 * (hub_on_committed) and the loop fans them out. A subscriber is either `catching` or `live`. While it is catching,
 * workers read pages after its cursor and nothing is queued for it. When its cursor reaches the oldest event in the
 * topic's ring, the loop copies the rest from the ring and makes it live in the same turn. The rings of all topics
 * share one budget. A full sink makes its subscriber catching again, so a slow client never slows down a source.
 *
 * Loop thread, unless a function says otherwise. Callbacks run in their own turns, never inside hub_subscribe or
 * hub_resume, and may subscribe and unsubscribe freely.
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

/* Start with what is published from now on, without replay. */
#define HUB_NOW INT64_MAX

/* Borrowed for the callback. */
typedef struct HubEvent {
    Str topic;
    int64_t generation, seq;
    Str kind;        /* the envelope's type */
    Str envelope;    /* {"type","topic","generation","seq","at","payload"} */
    Str payload;     /* a part of `envelope` */
    WsFrame **frame; /* see hub_event_frame */
} HubEvent;

/* The envelope as a text frame, created on first use and shared by all live subscribers of the event. Borrowed. */
WsFrame *hub_event_frame(const HubEvent *ev);

typedef struct HubSink {
    /* Called once, before anything else, with the topic's current head. An event at or below `head` that follows
     * without having been requested was committed while the head was being read. May be NULL. */
    void (*on_begin)(void *arg, int64_t generation, int64_t head);
    /* False: the sink is full and did not take the event. It is offered again after hub_resume. */
    bool (*on_event)(void *arg, const HubEvent *ev);
    /* The cursor is no longer valid: events follow from the start of this generation. May be NULL. */
    void (*on_reset)(void *arg, int64_t generation);
    /* Called once when the sink of a live subscriber is full: it has everything up to seq. May be NULL. */
    void (*on_lagged)(void *arg, int64_t seq);
    /* The subscriber has caught up: events follow as they happen. May be NULL. */
    void (*on_live)(void *arg, int64_t generation, int64_t seq);
} HubSink;

typedef struct HubFrom {
    Str topic;
    int64_t generation; /* of the cursor; 0 = the current one, without a reset */
    int64_t after;      /* 0 = from the start, HUB_NOW = no replay */
    const Str *kinds;   /* only these; n_kinds 0 = all; at most HUB_KINDS_MAX; copied */
    size_t n_kinds;
} HubFrom;

/* Uses app->loop, and app->db and app->workers (context = DbConn) from the first subscriber on. Any thread. */
int hub_new(App *app, size_t ring_bytes, Hub **ret, Err *e);
/* Sets on_committed, on_dropped, after_tx and arg, so that db_open can follow hub_new. */
void hub_feed(Hub *h, DbConfig *c);
/* After the writer and the workers have ended. Drops subscribers without a callback; NULL is fine. */
void hub_free(Hub *h);

/* `sink` is borrowed forever, `arg` until hub_unsubscribe. ERR_INVALID: topic, kinds or cursor out of bounds. */
int hub_subscribe(Hub *h, const HubFrom *from, const HubSink *sink, void *arg, HubSub **ret, Err *e);
/* No callback runs after it, even when it is called inside one. */
void hub_unsubscribe(HubSub *s);
/* The sink has room again. Does nothing when it was not full. */
void hub_resume(HubSub *s);
bool hub_is_followed(const Hub *h, Str topic); /* it has subscribers */
/* The subscriber's position: the last event that its sink took or that its kinds exclude. */
int64_t hub_sub_seq(const HubSub *s);
int64_t hub_sub_generation(const HubSub *s);

typedef struct HubFigures {
    int64_t n_subscriptions;          /* open now */
    int64_t ring_bytes;               /* held by the rings now */
    int64_t n_published, n_delivered; /* events, and events that a subscriber took, since hub_new */
    int64_t n_lagged, n_resets;       /* how often a subscriber was too slow, or its cursor was no longer valid */
} HubFigures;
HubFigures hub_figures(const Hub *h);

/* Calls fn for each published event of a kind (NULL = every kind) before subscribers receive it. This is how a noun
 * learns of another noun's event after the commit. Start-up only. */
void hub_listen(Hub *h, const char *kind, void (*fn)(void *arg, const HubEvent *ev), void *arg);
/* Inside a write: calls run(arg) on the loop after the commit, in commit order with its events. If the write is rolled
 * back, calls drop(arg) on the writer instead (drop may be NULL). */
void hub_after_commit(Tx *tx, void (*run)(void *arg), void (*drop)(void *arg), void *arg);
