/* Inside the hub: its state, shared by publishing (hub.c) and catching up (hub_sub.c). Loop thread, except for Feed.
 *
 * Invariant: for a live subscriber, every published event with a seq above its cursor has been offered to its sink; for
 * a catching one, every such event is in the store, in the ring, or both. A subscriber becomes live only in the turn in
 * which its cursor reaches the ring's head (go_live), so no publication can fall between the two. Publishing before the
 * commit, or trimming the ring between the copy and `is_live`, would lose events. */
#pragma once

#include <pthread.h>

#include "base/map.h"
#include "base/vec.h"
#include "core/app.h"
#include "core/hub_item.h"
#include "core/stream.h"
#include "sys/loop.h"

enum {
    HUB_READS = 2,             /* pages read at the same time: requests need the workers too */
    HUB_RETRY_MS = 20,         /* after a full pool or a failed read */
    HUB_TURN_ITEMS = 4096,     /* published in one turn of the loop */
    HUB_FEED_BYTES = 16 << 20, /* waiting for the loop; above it writers wait */
    HUB_HOLD_MS = 1000,        /* how long each writer waits: a stalled loop must not stop the store */
};

/* From the writer to the loop. */
typedef struct Feed {
    pthread_mutex_t lock;
    pthread_cond_t has_room;
    List items; /* HubItem.age */
    int64_t bytes;
    bool is_posted; /* the loop has been notified */
} Feed;

typedef struct Listener {
    const char *kind; /* NULL = every kind */
    void (*fn)(void *arg, const HubEvent *ev);
    void *arg;
} Listener;

/* A topic that has subscribers or events in the ring. Publications are counted from its creation, because sequence
 * numbers have holes: [n_evicted, n_published) are in the ring, and every other event has a seq of at most `base`. */
typedef struct HubTopic {
    Str name;           /* owned */
    int64_t generation; /* 0: nothing has been published yet */
    int64_t base, head;
    int64_t n_published, n_evicted;
    List ring; /* HubItem.ring, oldest first */
    List subs; /* HubSub.link */
} HubTopic;

struct Hub {
    App *app;
    size_t ring_max, ring_bytes;
    Map topics;   /* -> HubTopic */
    List by_age;  /* HubItem.age: the items of all rings, oldest first */
    List todo;    /* HubSub.step: subscribers to advance at the end of this turn */
    List waiting; /* HubSub.step: subscribers that wait for a worker */
    List dead;    /* HubSub.step: subscribers that unsubscribed inside a callback */
    int depth;    /* nested callbacks in progress */
    int n_reading;
    bool is_kicked, is_retrying;
    Timer retry;
    VEC(Listener) listeners;
    int64_t n_pages;                                              /* read from the store */
    int64_t n_subs, n_published, n_delivered, n_lagged, n_resets; /* for hub_figures */
    Feed feed;
};

struct HubSub {
    Hub *hub;
    HubTopic *topic;
    List link; /* HubTopic.subs */
    List step; /* Hub.todo, Hub.waiting or Hub.dead */
    const HubSink *sink;
    void *arg;
    int64_t generation, seq;
    int64_t mark; /* topic->n_published when its page was requested */
    bool is_live, is_full, is_reading, is_dead;
    bool has_begun;   /* on_begin was called */
    bool is_new_live; /* HUB_NOW: on_live has not been called yet */
    size_t n_kinds;
    Str kinds[]; /* followed by their text */
};

/* hub.c */
HubTopic *topic_get(Hub *h, Str name);
/* Frees the topic when it is no longer needed. */
void topic_release(Hub *h, HubTopic *t);

/* hub_sub.c */
/* Gives an event to a sink and advances the cursor; false when the subscriber cannot continue (full or gone). */
bool sub_deliver(HubSub *s, const HubEvent *ev);
void sub_reset(HubSub *s, int64_t generation);
void sub_lag(HubSub *s);
/* After the outermost callback: frees the subscribers that unsubscribed in the meantime. */
void hub_discard_dead(Hub *h);
