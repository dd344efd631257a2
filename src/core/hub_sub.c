/* Subscribers: they catch up by pages from the store, then from the ring, and are then live. */
#include "base/mem.h"
#include "core/hub_int.h"
#include "db/db.h"
#include "net/ws.h"
#include "sys/pool.h"

/* One page being read by a worker. */
typedef struct PageRead {
    HubSub *sub;
    Arena *arena;
    Str topic;
    int64_t after;
    StreamPage page;
    int rc;
} PageRead;

static void run_todo(void *arg);

/* ---- steps ---- */

static void kick(Hub *h) {
    if (h->is_kicked) return;
    h->is_kicked = true;
    loop_after_turn(h->app->loop, run_todo, h);
}

static void sub_step_later(HubSub *s) {
    list_remove(&s->step);
    list_add_last(&s->hub->todo, &s->step);
    kick(s->hub);
}

static void sub_free(HubSub *s) {
    Hub *h = s->hub;
    HubTopic *t = s->topic;
    list_remove(&s->link);
    list_remove(&s->step);
    free(s);
    topic_release(h, t);
}

void hub_discard_dead(Hub *h) {
    if (h->depth) return;
    for (HubSub *s; (s = list_first(&h->dead, HubSub, step));) {
        list_remove(&s->step);
        if (!s->is_reading) sub_free(s);
    }
}

/* ---- delivery ---- */

static bool wants(const HubSub *s, Str kind) {
    for (size_t i = 0; i < s->n_kinds; i++)
        if (str_eq(s->kinds[i], kind)) return true;
    return s->n_kinds == 0;
}

static void begin(HubSub *s, int64_t generation, int64_t head) {
    if (s->has_begun || s->is_dead) return;
    s->has_begun = true;
    if (!s->sink->on_begin) return;
    s->hub->depth++;
    s->sink->on_begin(s->arg, generation, head);
    s->hub->depth--;
}

static bool offer(HubSub *s, const HubEvent *ev) {
    s->hub->depth++;
    bool is_taken = s->sink->on_event(s->arg, ev);
    s->hub->depth--;
    s->is_full = !is_taken && !s->is_dead;
    return is_taken && !s->is_dead;
}

/* Invariant: while an event is offered, the cursor is just below it, so after a refusal the subscriber continues from
 * there. Advancing the cursor before the sink has taken the event would skip that event. */
bool sub_deliver(HubSub *s, const HubEvent *ev) {
    begin(s, ev->generation, ev->seq - 1);
    if (s->is_dead) return false;
    if (s->generation != ev->generation) {
        s->generation = ev->generation;
        s->seq = ev->seq - 1;
    }
    bool is_wanted = wants(s, ev->kind);
    if (is_wanted && !offer(s, ev)) return false;
    s->hub->n_delivered += is_wanted;
    s->seq = ev->seq;
    return true;
}

void sub_reset(HubSub *s, int64_t generation) {
    s->generation = generation;
    s->seq = 0;
    if (!s->has_begun) { /* it has read nothing that a reset would invalidate */
        begin(s, generation, 0);
        return;
    }
    s->hub->n_resets++;
    if (s->is_dead || !s->sink->on_reset) return;
    s->hub->depth++;
    s->sink->on_reset(s->arg, generation);
    s->hub->depth--;
}

void sub_lag(HubSub *s) {
    s->is_live = s->is_new_live = false;
    if (s->is_dead) return;
    s->hub->n_lagged++;
    if (!s->sink->on_lagged) return;
    s->hub->depth++;
    s->sink->on_lagged(s->arg, s->seq);
    s->hub->depth--;
}

static void notify_live(HubSub *s, int64_t generation, int64_t seq) {
    s->is_live = true;
    s->is_new_live = false;
    if (s->is_dead || !s->sink->on_live) return;
    s->hub->depth++;
    s->sink->on_live(s->arg, generation, seq);
    s->hub->depth--;
}

/* ---- from the ring ---- */

static bool is_in_ring(const HubSub *s) {
    const HubTopic *t = s->topic;
    return t->generation && s->generation == t->generation && s->seq >= t->base && s->seq <= t->head;
}

/* Delivers the rest of the ring in this turn, so that nothing can come between it and the next published event. */
static void go_live(HubSub *s) {
    begin(s, s->topic->generation, s->topic->head);
    list_each(&s->topic->ring, HubItem, ring, it) {
        WsFrame *frame = NULL;
        HubEvent ev = {it->topic, it->generation, it->seq, it->kind, it->envelope, it->payload, &frame};
        bool is_new = it->generation == s->generation && it->seq > s->seq;
        bool goes_on = !is_new || sub_deliver(s, &ev);
        if (frame) ws_frame_unref(frame);
        if (!goes_on) return;
    }
    notify_live(s, s->generation, s->seq);
}

/* ---- from the store ---- */

static void on_page(void *arg);

static void read_page(void *context, void *arg) {
    PageRead *r = arg;
    r->rc = context ? stream_read(context, r->topic, r->after, r->arena, &r->page, NULL) : -ERR_INTERNAL;
    loop_post(r->sub->hub->app->loop, on_page, r);
}

static bool start_read(HubSub *s) {
    PageRead *r = mu_new(PageRead);
    r->sub = s;
    r->arena = arena_new();
    r->topic = arena_str(r->arena, s->topic->name);
    r->after = s->is_new_live ? HUB_NOW : s->seq;
    s->mark = s->topic->n_published;
    s->is_reading = true;
    s->hub->n_reading++;
    if (pool_submit(s->hub->app->workers, read_page, r)) return true;
    s->is_reading = false;
    s->hub->n_reading--;
    arena_free(r->arena);
    free(r);
    return false;
}

static void on_retry_closed(Timer *t) {
    Hub *h = container_of(t, Hub, retry);
    h->is_retrying = false;
    if (!list_is_empty(&h->waiting)) kick(h);
}

static void on_retry(Timer *t) { timer_close(t, on_retry_closed); }

static void retry_later(Hub *h) {
    if (h->is_retrying) return;
    h->is_retrying = true;
    timer_init(h->app->loop, &h->retry, on_retry);
    timer_start(&h->retry, HUB_RETRY_MS, 0);
}

static void start_reads(Hub *h) {
    while (h->n_reading < HUB_READS && !h->is_retrying && !list_is_empty(&h->waiting)) {
        HubSub *s = list_first(&h->waiting, HubSub, step);
        if (start_read(s))
            list_remove(&s->step);
        else
            retry_later(h);
    }
}

/* False when the sink was full or the subscriber has left. */
static bool deliver_page(HubSub *s, const StreamPage *p) {
    for (size_t i = 0; i < p->n; i++) {
        const StreamItem *it = &p->items[i];
        WsFrame *frame = NULL;
        HubEvent ev = {s->topic->name, p->generation, it->seq, it->kind, it->envelope, it->payload, &frame};
        bool goes_on = sub_deliver(s, &ev);
        if (frame) ws_frame_unref(frame);
        if (!goes_on) return false;
    }
    if (p->reached > s->seq) s->seq = p->reached;
    return true;
}

/* The page contains what was published before it was requested. Later events are in the ring, unless the ring was too
 * small to keep them. */
static void take_page(HubSub *s, const StreamPage *p) {
    HubTopic *t = s->topic;
    bool is_void = p->generation < t->generation; /* read before a renewal that has since been published */
    if (!is_void) begin(s, p->generation, p->head);
    if (!is_void && !s->generation) s->generation = p->generation;
    if (!is_void && (p->generation != s->generation || s->seq > p->head)) {
        sub_reset(s, p->generation);
        is_void = true;
    }
    if (!is_void && !deliver_page(s, p)) return;
    if (s->is_dead) return;
    if (!is_void && !p->more && t->n_evicted <= s->mark)
        go_live(s);
    else
        sub_step_later(s);
}

/* Reports the topic's head to a subscriber that starts from now. Its own cursor stays unset until an event arrives: it
 * is entitled to events that were committed while the head was being read and are published only now. */
static void take_head(HubSub *s, const StreamPage *p) {
    bool is_void = p->generation < s->topic->generation;
    if (!s->is_new_live || is_void) {
        sub_step_later(s);
        return;
    }
    begin(s, p->generation, p->head);
    notify_live(s, p->generation, s->generation ? s->seq : p->head);
}

static void on_page(void *arg) {
    PageRead *r = arg;
    HubSub *s = r->sub;
    Hub *h = s->hub;
    h->n_reading--;
    h->n_pages++;
    s->is_reading = false;
    if (s->is_dead) {
        sub_free(s);
    } else if (r->rc < 0) {
        list_add_last(&h->waiting, &s->step);
        retry_later(h);
    } else {
        h->depth++;
        if (r->after == HUB_NOW)
            take_head(s, &r->page);
        else
            take_page(s, &r->page);
        h->depth--;
        hub_discard_dead(h);
    }
    arena_free(r->arena);
    free(r);
    if (!list_is_empty(&h->waiting)) kick(h);
}

/* ---- todo ---- */

/* Starts a subscriber from now: the numbers are known for a topic on which something was published. */
static void step_new(HubSub *s) {
    const HubTopic *t = s->topic;
    if (!t->generation && s->sink->on_begin && !s->has_begun) {
        list_add_last(&s->hub->waiting, &s->step);
        return;
    }
    begin(s, t->generation, t->head);
    notify_live(s, s->generation, s->seq);
}

static void step(HubSub *s) {
    if (s->is_reading || s->is_full) return;
    if (s->is_new_live)
        step_new(s);
    else if (s->is_live)
        return;
    else if (is_in_ring(s))
        go_live(s);
    else
        list_add_last(&s->hub->waiting, &s->step);
}

static void run_todo(void *arg) {
    Hub *h = arg;
    List now;
    h->is_kicked = false;
    list_init(&now);
    for (HubSub *s; (s = list_first(&h->todo, HubSub, step));) {
        list_remove(&s->step);
        list_add_last(&now, &s->step);
    }
    h->depth++;
    for (HubSub *s; (s = list_first(&now, HubSub, step));) {
        list_remove(&s->step);
        step(s);
    }
    h->depth--;
    hub_discard_dead(h);
    start_reads(h);
}

/* ---- public functions ---- */

static HubSub *sub_new(Hub *h, const HubFrom *from, size_t text) {
    HubSub *s = mu_alloc(sizeof *s + from->n_kinds * sizeof(Str) + text);
    char *at = (char *)(s->kinds + from->n_kinds);
    for (size_t i = 0; i < from->n_kinds; i++) {
        memcpy(at, from->kinds[i].p, from->kinds[i].n);
        s->kinds[i] = (Str){at, from->kinds[i].n};
        at += from->kinds[i].n;
    }
    s->n_kinds = from->n_kinds;
    s->hub = h;
    h->n_subs++;
    s->topic = topic_get(h, from->topic);
    s->generation = from->generation;
    s->seq = from->after;
    list_init(&s->link);
    list_init(&s->step);
    list_add_last(&s->topic->subs, &s->link);
    return s;
}

int hub_subscribe(Hub *h, const HubFrom *from, const HubSink *sink, void *arg, HubSub **ret, Err *e) {
    size_t text = 0;
    if (from->topic.n == 0 || from->topic.n > STREAM_TOPIC_MAX)
        return err_fail(e, ERR_INVALID, "the topic is empty or longer than %d bytes", STREAM_TOPIC_MAX);
    if (from->after < 0 || from->generation < 0) return err_fail(e, ERR_INVALID, "a cursor must not be negative");
    if (from->n_kinds > HUB_KINDS_MAX) return err_fail(e, ERR_INVALID, "more than %d kinds", HUB_KINDS_MAX);
    for (size_t i = 0; i < from->n_kinds; i++) {
        if (from->kinds[i].n > STREAM_TOPIC_MAX) return err_fail(e, ERR_INVALID, "a kind is too long");
        text += from->kinds[i].n;
    }
    HubSub *s = sub_new(h, from, text);
    s->sink = sink;
    s->arg = arg;
    if (from->after == HUB_NOW) {
        s->is_live = s->is_new_live = true;
        s->generation = s->topic->generation;
        s->seq = s->topic->head;
    }
    sub_step_later(s);
    *ret = s;
    return 0;
}

void hub_unsubscribe(HubSub *s) {
    Hub *h = s->hub;
    if (s->is_dead) return;
    h->n_subs--;
    s->is_dead = true;
    s->is_live = false;
    list_remove(&s->step);
    list_add_last(&h->dead, &s->step);
    hub_discard_dead(h);
}

void hub_resume(HubSub *s) {
    if (!s->is_full || s->is_dead) return;
    s->is_full = false;
    sub_step_later(s);
}

int64_t hub_sub_seq(const HubSub *s) { return s->seq; }

int64_t hub_sub_generation(const HubSub *s) { return s->generation; }
