/* Publishing: from the writer's commits to the rings and the live subscribers. */
#include "core/hub.h"

#include <time.h>

#include "base/mem.h"
#include "core/hub_int.h"
#include "db/db.h"
#include "net/ws.h"

WsFrame *hub_event_frame(const HubEvent *ev) {
    if (!*ev->frame) *ev->frame = ws_frame_new(WS_TEXT, ev->envelope);
    return *ev->frame;
}

/* ---- topics and their rings ---- */

HubTopic *topic_get(Hub *h, Str name) {
    HubTopic *t = map_find(&h->topics, name);
    if (t) return t;
    t = mu_alloc(sizeof *t + name.n);
    memcpy(t + 1, name.p, name.n);
    t->name = (Str){(char *)(t + 1), name.n};
    list_init(&t->ring);
    list_init(&t->subs);
    map_put(&h->topics, name, t);
    return t;
}

void topic_release(Hub *h, HubTopic *t) {
    if (h->depth || !list_is_empty(&t->ring) || !list_is_empty(&t->subs)) return;
    map_remove(&h->topics, t->name);
    free(t);
}

static void evict(Hub *h, HubTopic *t, HubItem *it) {
    list_remove(&it->ring);
    list_remove(&it->age);
    h->ring_bytes -= it->size;
    t->n_evicted++;
    t->base = it->seq;
    free(it);
}

static void ring_clear(Hub *h, HubTopic *t) {
    for (HubItem *it; (it = list_first(&t->ring, HubItem, ring));) evict(h, t, it);
}

/* All topics share the budget, so the oldest item of all is evicted first. */
static void ring_trim(Hub *h) {
    while (h->ring_bytes > h->ring_max) {
        HubItem *it = list_first(&h->by_age, HubItem, age);
        HubTopic *t = it->ring_of;
        evict(h, t, it);
        topic_release(h, t);
    }
}

static void ring_add(Hub *h, HubTopic *t, HubItem *it) {
    it->ring_of = t;
    list_add_last(&t->ring, &it->ring);
    list_add_last(&h->by_age, &it->age);
    h->ring_bytes += it->size;
    t->n_published++;
    t->head = it->seq;
}

/* ---- publishing ---- */

/* Everything of the new generation is published from now on, so nothing is missing below it. Call it with `depth`
 * raised. */
static void renew(Hub *h, HubTopic *t, int64_t generation) {
    if (generation <= t->generation) return;
    ring_clear(h, t);
    t->generation = generation;
    t->base = t->head = 0;
    list_each(&t->subs, HubSub, link, s) if (s->is_live && s->generation < generation) sub_reset(s, generation);
}

static void notify_listeners(Hub *h, const HubEvent *ev) {
    vec_each(&h->listeners, l) if (!l->kind || str_is(ev->kind, l->kind)) l->fn(l->arg, ev);
}

static void publish_to_subs(HubTopic *t, const HubEvent *ev) {
    list_each(&t->subs, HubSub, link, s) {
        if (!s->is_live || s->is_dead || s->generation > ev->generation) continue;
        bool is_old = s->generation == ev->generation && s->seq >= ev->seq;
        if (!is_old && !sub_deliver(s, ev)) sub_lag(s);
    }
}

static void publish(Hub *h, HubItem *it) {
    HubTopic *t = topic_get(h, it->topic);
    WsFrame *frame = NULL;
    HubEvent ev = {it->topic, it->generation, it->seq, it->kind, it->envelope, it->payload, &frame};
    if (!t->generation) t->base = it->seq - 1;
    if (!t->generation) t->generation = it->generation;
    h->n_published++;
    h->depth++;
    renew(h, t, it->generation);
    ring_add(h, t, it);
    notify_listeners(h, &ev);
    publish_to_subs(t, &ev);
    h->depth--;
    if (frame) ws_frame_unref(frame);
    hub_discard_dead(h);
    ring_trim(h);
}

static void publish_renewal(Hub *h, HubItem *it) {
    HubTopic *t = map_find(&h->topics, it->topic);
    h->depth++;
    if (t) renew(h, t, it->generation);
    h->depth--;
    hub_discard_dead(h);
    t = map_find(&h->topics, it->topic);
    if (t) topic_release(h, t);
    free(it);
}

static void publish_run(HubItem *it) {
    it->run(it->arg);
    free(it);
}

static void publish_item(Hub *h, HubItem *it) {
    switch (it->is) {
    case ITEM_EVENT: publish(h, it); return;
    case ITEM_RENEWAL: publish_renewal(h, it); return;
    case ITEM_RUN: publish_run(it); return;
    }
}

/* ---- the feed ---- */

static HubItem *feed_take(Feed *f) {
    pthread_mutex_lock(&f->lock);
    HubItem *it = list_first(&f->items, HubItem, age);
    if (it) {
        list_remove(&it->age);
        f->bytes -= (int64_t)it->size;
    } else {
        f->is_posted = false;
    }
    if (f->bytes < HUB_FEED_BYTES) pthread_cond_broadcast(&f->has_room);
    pthread_mutex_unlock(&f->lock);
    return it;
}

static void take_turn(void *arg) {
    Hub *h = arg;
    for (int i = 0; i < HUB_TURN_ITEMS; i++) {
        HubItem *it = feed_take(&h->feed);
        if (!it) return;
        publish_item(h, it);
    }
    loop_post(h->app->loop, take_turn, h);
}

static void on_committed(void *arg, void **items, size_t n) {
    Hub *h = arg;
    pthread_mutex_lock(&h->feed.lock);
    for (size_t i = 0; i < n; i++) {
        HubItem *it = items[i];
        list_add_last(&h->feed.items, &it->age);
        h->feed.bytes += (int64_t)it->size;
    }
    bool is_first = !h->feed.is_posted;
    h->feed.is_posted = true;
    pthread_mutex_unlock(&h->feed.lock);
    if (is_first) loop_post(h->app->loop, take_turn, h);
}

static void on_dropped(void *arg, void *item) {
    (void)arg;
    HubItem *it = item;
    if (it->drop) it->drop(it->arg);
    free(it);
}

static void hold_back(void *arg) {
    Feed *f = &((Hub *)arg)->feed;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += HUB_HOLD_MS / 1000;
    pthread_mutex_lock(&f->lock);
    while (f->bytes >= HUB_FEED_BYTES && pthread_cond_timedwait(&f->has_room, &f->lock, &until) == 0) continue;
    pthread_mutex_unlock(&f->lock);
}

void hub_feed(Hub *h, DbConfig *c) {
    c->on_committed = on_committed;
    c->on_dropped = on_dropped;
    c->after_tx = hold_back;
    c->arg = h;
}

/* ---- life ---- */

int hub_new(App *app, size_t ring_bytes, Hub **ret, Err *e) {
    Hub *h = mu_new(Hub);
    (void)e;
    h->app = app;
    h->ring_max = ring_bytes;
    list_init(&h->by_age);
    list_init(&h->todo);
    list_init(&h->waiting);
    list_init(&h->dead);
    list_init(&h->feed.items);
    pthread_mutex_init(&h->feed.lock, NULL);
    pthread_cond_init(&h->feed.has_room, NULL);
    *ret = h;
    return 0;
}

static void topic_free(Hub *h, HubTopic *t) {
    ring_clear(h, t);
    for (HubSub *s; (s = list_first(&t->subs, HubSub, link));) {
        list_remove(&s->link);
        free(s);
    }
    free(t);
}

void hub_free(Hub *h) {
    if (!h) return;
    size_t i = 0;
    for (MapSlot *s; (s = map_next(&h->topics, &i));) topic_free(h, s->value);
    for (HubItem *it; (it = feed_take(&h->feed));) on_dropped(h, it);
    map_done(&h->topics);
    vec_done(&h->listeners);
    pthread_mutex_destroy(&h->feed.lock);
    pthread_cond_destroy(&h->feed.has_room);
    free(h);
}

HubFigures hub_figures(const Hub *h) {
    return (HubFigures){.n_subscriptions = h->n_subs,
                        .ring_bytes = (int64_t)h->ring_bytes,
                        .n_published = h->n_published,
                        .n_delivered = h->n_delivered,
                        .n_lagged = h->n_lagged,
                        .n_resets = h->n_resets};
}

bool hub_is_followed(const Hub *h, Str topic) {
    const HubTopic *t = map_find(&h->topics, topic);
    return t && !list_is_empty(&t->subs);
}

void hub_listen(Hub *h, const char *kind, void (*fn)(void *arg, const HubEvent *ev), void *arg) {
    vec_push(&h->listeners, (Listener){kind, fn, arg});
}
