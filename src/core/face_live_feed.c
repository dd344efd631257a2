/* See live_source.h: subscriptions of a live socket to topics with a source of their own. */
#include <stdlib.h>

#include "base/le.h"
#include "base/mem.h"
#include "core/face_live_int.h"

enum { MESSAGE_MAX = 16 << 10 };

struct LiveClient {
    Live *live;
    List link; /* Live.feeds */
    const LiveSource *source;
    LiveFeed *feed; /* NULL while it is being opened */
    uint32_t sub;
    size_t n_id, n_topic;
    char id[LIVE_ID_MAX];
    char topic[];
};

/* --- frames --------------------------------------------------------------------------------------------------- */

static int parse_frame(Str in, LiveFrame *ret, Err *e) {
    LeReader r = {.rest = in};
    LiveFrame f = {.kind = le_take8(&r), .sub = le_take32(&r), .offset = le_take64(&r)};
    if (r.failed)
        return err_fail(e, ERR_INVALID, "a binary message begins with %d bytes: kind, sub and offset; this one has %zu",
                        LIVE_FRAME_HEAD, in.n);
    f.bytes = r.rest;
    *ret = f;
    return 0;
}

static void frame_head(const LiveFrame *f, uint8_t out[LIVE_FRAME_HEAD]) {
    out[0] = f->kind;
    le_store32(out + 1, f->sub);
    le_store64(out + 5, f->offset);
}

bool live_client_send(LiveClient *c, LiveKind kind, uint64_t offset, const Str *parts, int n) {
    Live *l = c->live;
    uint8_t head[LIVE_FRAME_HEAD];
    Str all[LIVE_PARTS_MAX + 1] = {str_n(head, sizeof head)};
    if (!l->ws) return true;
    frame_head(&(LiveFrame){.kind = (uint8_t)kind, .sub = c->sub, .offset = offset}, head);
    if (n) memcpy(all + 1, parts, (size_t)n * sizeof *parts);
    if (l->waiting.n == 0) {
        CLEANUP(ws_frame_unrefp) WsFrame *f = ws_frame_join(WS_BINARY, all, n + 1);
        if (ws_send(l->ws, f)) return true;
    }
    l->is_full = true;
    return false;
}

bool live_client_has_room(const LiveClient *c) { return c->live->waiting.n == 0; }

void live_client_begin(LiveClient *c, const char *type, bool is_answer, Buf *b, JsonOut *o) {
    buf_init(b, MESSAGE_MAX);
    *o = json_out(b);
    live_begin(o, type, is_answer ? str_n(c->id, c->n_id) : (Str){0});
    json_kv_str(o, "topic", str_n(c->topic, c->n_topic));
    json_kv_i64(o, "sub", c->sub);
}

void live_client_end(LiveClient *c, Buf *b, JsonOut *o) {
    json_end_object(o);
    live_send_control(c->live, b);
}

/* --- subscriptions --------------------------------------------------------------------------------------------- */

static void drop(LiveClient *c) {
    list_remove(&c->link);
    c->live->n_subs--;
    if (c->feed) c->source->close(c->feed);
    free(c);
}

static LiveClient *find(Live *l, Str topic) {
    list_each(&l->feeds, LiveClient, link, c) if (str_eq(str_n(c->topic, c->n_topic), topic)) return c;
    return NULL;
}

void live_client_fail(LiveClient *c, const Err *why) {
    live_send_error(c->live, str_n(c->id, c->n_id), str_n(c->topic, c->n_topic), why);
    drop(c);
}

int feed_subscribe(Live *l, const LiveSource *source, Str id, Str topic, const Json *m, Err *e) {
    LiveClient *old = find(l, topic);
    if (!old) TRY(live_check_room(l, e));
    if (old) drop(old);
    LiveClient *c = mu_alloc(sizeof *c + topic.n + 1);
    c->live = l;
    c->source = source;
    c->sub = ++l->app->last_feed;
    c->n_topic = topic.n;
    memcpy(c->topic, topic.p, topic.n);
    c->n_id = id.n < LIVE_ID_MAX ? id.n : LIVE_ID_MAX;
    if (id.n) memcpy(c->id, id.p, c->n_id);
    list_add_last(&l->feeds, &c->link);
    l->n_subs++;
    Str of = topic, noun;
    str_split(&of, '/', &noun);
    LiveOpen o = {.app = l->app, .who = &l->who, .id = of, .message = m, .sub = c->sub, .client = c};
    if (source->open(&o, &c->feed, e) >= 0) return 0;
    drop(c);
    return -(int)e->code;
}

bool feed_unsubscribe(Live *l, Str id, Str topic) {
    LiveClient *c = find(l, topic);
    Buf b;
    if (!c) return false;
    buf_init(&b, MESSAGE_MAX);
    JsonOut o = json_out(&b);
    live_begin(&o, "unsubscribed", id);
    json_kv_str(&o, "topic", topic);
    json_kv_i64(&o, "sub", c->sub);
    json_end_object(&o);
    live_send_control(l, &b);
    drop(c);
    return true;
}

/* A frame may still be on its way when its subscription has ended. */
int feed_take(Live *l, Str payload, Err *e) {
    LiveFrame f;
    TRY(parse_frame(payload, &f, e));
    if ((f.kind < LIVE_INPUT || f.kind > LIVE_ACK) && f.kind != LIVE_CONTROL)
        return err_fail(e, ERR_INVALID, "kind must be 2 (input), 3 (resize), 4 (ack) or 6 (control), not %u", f.kind);
    if (!f.sub || f.sub > l->app->last_feed)
        return err_fail(e, ERR_INVALID, "no subscription has the number %u", f.sub);
    list_each(&l->feeds, LiveClient, link, c) {
        if (c->sub != f.sub) continue;
        Err why = {0};
        if (c->source->take(c->feed, &f, &why) < 0) live_send_error(l, (Str){0}, str_n(c->topic, c->n_topic), &why);
        return 0;
    }
    return 0;
}

void feeds_resume(Live *l) { list_each(&l->feeds, LiveClient, link, c) c->source->resume(c->feed); }

void feeds_close(Live *l) {
    LiveClient *c;
    while ((c = list_first(&l->feeds, LiveClient, link))) drop(c);
}
