/* Inside the hub: its state, shared by publishing (hub.c) and catching up (hub_sub.c). Loop thread, but Feed. */
#pragma once

#include <pthread.h>

#include "base/map.h"
#include "base/vec.h"
#include "core/app.h"
#include "core/hub_item.h"
#include "core/stream.h"
#include "sys/loop.h"

enum {
    HUB_READS = 2,             /* pages read at once: requests need the workers too */
    HUB_RETRY_MS = 20,         /* after a full pool or a failed read */
    HUB_TURN_ITEMS = 4096,     /* published in one turn of the loop */
    HUB_FEED_BYTES = 16 << 20, /* waiting for the loop; past it writers are held back */
    HUB_HOLD_MS = 1000,        /* for at most so long each: a loop that stands still must not stop the store */
};

/* From the writer to the loop. */
typedef struct Feed {
    pthread_mutex_t lock;
    pthread_cond_t has_room;
    List items; /* HubItem.age */
    int64_t bytes;
    bool is_posted; /* the loop knows */
} Feed;

typedef struct Listener {
    const char *kind; /* NULL = every kind */
    void (*fn)(void *arg, const HubEvent *ev);
    void *arg;
} Listener;

/* A topic that has events in the ring or subscribers. Publications are counted from its making on, because numbers
 * have holes: [n_evicted, n_published) stand in the ring, and whatever is not in it has a seq of at most `base`. */
typedef struct HubTopic {
    Str name;           /* owned */
    int64_t generation; /* 0: nothing was published yet */
    int64_t base, head;
    int64_t n_published, n_evicted;
    List ring; /* HubItem.ring, oldest first */
    List subs; /* HubSub.link */
} HubTopic;

struct Hub {
    App *app;
    size_t ring_max, ring_bytes;
    Map topics;   /* -> HubTopic */
    List by_age;  /* HubItem.age: what stands in rings, oldest first */
    List todo;    /* HubSub.step: to be moved on at the end of this turn */
    List waiting; /* HubSub.step: for a worker */
    List dead;    /* HubSub.step: unsubscribed inside a callback */
    int depth;    /* callbacks under way */
    int n_reading;
    bool is_kicked, is_retrying;
    Timer retry;
    VEC(Listener) listeners;
    int64_t n_pages; /* read from the store */
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
    int64_t mark; /* topic->n_published when its page was asked for */
    bool is_live, is_full, is_reading, is_dead;
    bool has_begun;   /* on_begin was called */
    bool is_new_live; /* on_live is still to be called: it follows from now on */
    size_t n_kinds;
    Str kinds[]; /* their text stands behind */
};

/* hub.c */
HubTopic *topic_get(Hub *h, Str name);
/* Frees the topic when nothing needs it any more. */
void topic_release(Hub *h, HubTopic *t);

/* hub_sub.c */
/* Gives an event to a sink and moves the cursor; false when the subscriber cannot go on (full or gone). */
bool sub_give(HubSub *s, const HubEvent *ev);
void sub_reset(HubSub *s, int64_t generation);
void sub_lag(HubSub *s);
/* After the outermost callback: frees who left meanwhile. */
void hub_discard_dead(Hub *h);
