/* See face_live.h. */
#include "core/face_live.h"

#include <stdlib.h>

#include "base/mem.h"
#include "core/dispatch.h"
#include "core/face_live_int.h"
#include "core/hub.h"
#include "core/rate.h"
#include "core/topic.h"
#include "net/http.h"

enum {
    CALLS_MAX = 64,
    REPLY_MAX = 34 << 20,
    KINDS_MAX = 32,
    WAITING_MAX = 512,
    WAITING_BYTES_MAX = 37 << 20 /* one answer of the maximum size and some slack */
};

typedef struct LiveSub {
    Live *live;
    HubSub *sub;
    List link; /* Live.subs */
    size_t n_id, n_topic;
    char id[LIVE_ID_MAX]; /* of the message that requested it */
    char topic[];
} LiveSub;

/* One call in progress. It can outlive the socket: what writes continues when its client disconnects. */
typedef struct LiveCall {
    Live *live;
    OpTask *task;
    List link; /* Live.calls */
    size_t n_id;
    char id[LIVE_ID_MAX];
} LiveCall;

static void release(Live *l) {
    if (!l->ws && l->n_calls == 0) free(l);
}

void live_begin(JsonOut *o, const char *type, Str id) {
    json_begin_object(o);
    json_kv_str(o, "type", str(type));
    if (id.n) json_kv_str(o, "id", id);
}

/* Keeps a frame that the client must not miss while the queue is full of events. A client that lets too many of them
 * pile up is disconnected. */
static void keep_waiting(Live *l, WsFrame *f) {
    l->is_full = true;
    size_t n = ws_frame_payload(f).n;
    if (l->waiting.n < WAITING_MAX && l->waiting_bytes + n <= WAITING_BYTES_MAX) {
        vec_push(&l->waiting, ws_frame_ref(f));
        l->waiting_bytes += n;
        return;
    }
    ws_close(l->ws, 1013, STR("too many answers are waiting"));
}

void live_send_control(Live *l, Buf *b) {
    CLEANUP(ws_frame_unrefp) WsFrame *f = ws_frame_new(WS_TEXT, buf_str(b));
    buf_done(b);
    if (l->ws && (l->waiting.n || !ws_send(l->ws, f))) keep_waiting(l, f);
}

static void drop_waiting(Live *l, size_t n) {
    if (n == 0) return;
    for (size_t i = 0; i < n; i++) {
        l->waiting_bytes -= ws_frame_payload(l->waiting.items[i]).n;
        ws_frame_unref(l->waiting.items[i]);
    }
    l->waiting.n -= n;
    memmove(l->waiting.items, l->waiting.items + n, l->waiting.n * sizeof(WsFrame *));
}

void live_send_error(Live *l, Str id, Str topic, const Err *e) {
    Buf b;
    buf_init(&b, 64 << 10);
    JsonOut o = json_out(&b);
    live_begin(&o, "error", id);
    if (topic.n) json_kv_str(&o, "topic", topic);
    op_put_error(e, &o);
    json_end_object(&o);
    live_send_control(l, &b);
}

void face_live_put_place(Buf *out, const char *type, Str id, const Cursor *at) {
    JsonOut o = json_out(out);
    live_begin(&o, type, id);
    json_kv_str(&o, "topic", at->topic);
    json_kv_i64(&o, "generation", at->generation);
    json_kv_i64(&o, "seq", at->seq);
    json_end_object(&o);
}

static void send_place(Live *l, const char *type, Str id, const LiveSub *s, int64_t generation, int64_t seq) {
    Buf b;
    buf_init(&b, 4096);
    const Cursor at = {.topic = str_n(s->topic, s->n_topic), .generation = generation, .seq = seq};
    face_live_put_place(&b, type, id, &at);
    live_send_control(l, &b);
}

/* Invariant: no event overtakes a waiting frame, because `subscribed` and `reset` define how to read the events after
 * them. Sending an event while `waiting` is not empty would break this. */
static bool on_event(void *arg, const HubEvent *ev) {
    LiveSub *s = arg;
    Live *l = s->live;
    if (!l->ws) return true;
    bool ok = l->waiting.n == 0 && ws_send(l->ws, hub_event_frame(ev));
    if (!ok) l->is_full = true;
    return ok;
}

static void on_begin(void *arg, int64_t generation, int64_t head) {
    LiveSub *s = arg;
    send_place(s->live, "subscribed", str_n(s->id, s->n_id), s, generation, head);
}

static void on_reset(void *arg, int64_t generation) {
    LiveSub *s = arg;
    send_place(s->live, "reset", (Str){0}, s, generation, 0);
}

static void on_lagged(void *arg, int64_t seq) {
    LiveSub *s = arg;
    send_place(s->live, "lagged", (Str){0}, s, hub_sub_generation(s->sub), seq);
}

static void on_live(void *arg, int64_t generation, int64_t seq) {
    LiveSub *s = arg;
    send_place(s->live, "live", (Str){0}, s, generation, seq);
}

static const HubSink sink = {on_begin, on_event, on_reset, on_lagged, on_live};

static LiveSub *find_sub(Live *l, Str topic) {
    list_each(&l->subs, LiveSub, link, s) if (str_eq(str_n(s->topic, s->n_topic), topic)) return s;
    return NULL;
}

static void drop_sub(LiveSub *s) {
    hub_unsubscribe(s->sub);
    list_remove(&s->link);
    s->live->n_subs--;
    free(s);
}

int live_check_room(const Live *l, Err *e) {
    if (l->n_subs < LIVE_SUBS_MAX) return 0;
    return err_fail(e, ERR_RATE_LIMITED, "a socket may have at most %d subscriptions", LIVE_SUBS_MAX);
}

static int read_kinds(const Json *m, Str kinds[KINDS_MAX], size_t *ret_n, Err *e) {
    const Json *list = json_get(m, "kinds");
    *ret_n = 0;
    if (!list || list->type == JSON_NULL) return 0;
    if (list->type != JSON_ARRAY || list->n > KINDS_MAX)
        return err_fail(e, ERR_INVALID, "kinds must be a list of at most %d words", KINDS_MAX);
    for (size_t i = 0; i < list->n; i++) {
        if (list->items[i].type != JSON_STRING) return err_fail(e, ERR_INVALID, "kinds[%zu] must be a string", i);
        kinds[(*ret_n)++] = list->items[i].s;
    }
    return 0;
}

static int subscribe(Live *l, Str id, const Json *m, Err *e) {
    Str topic = json_str(m, "topic"), kinds[KINDS_MAX];
    size_t n_kinds;
    if (!topic.n || topic.n > LIVE_TOPIC_MAX)
        return err_fail(e, ERR_INVALID, "topic must be a string of 1 to %d bytes", LIVE_TOPIC_MAX);
    TRY(read_kinds(m, kinds, &n_kinds, e));
    TRY(topic_may(l->app, &l->who, topic, e));
    const LiveSource *source = topic_source(l->app, topic);
    if (source) return feed_subscribe(l, source, id, topic, m, e);
    int64_t generation = json_i64(m, "generation", 0), after = json_i64(m, "after", generation ? 0 : HUB_NOW);
    if (generation < 0 || after < 0) return err_fail(e, ERR_INVALID, "generation and after must not be negative");
    LiveSub *old = find_sub(l, topic);
    if (!old) TRY(live_check_room(l, e));
    if (old) drop_sub(old);
    LiveSub *s = mu_alloc(sizeof *s + topic.n + 1);
    s->live = l;
    s->n_topic = topic.n;
    memcpy(s->topic, topic.p, topic.n);
    s->n_id = id.n < LIVE_ID_MAX ? id.n : LIVE_ID_MAX;
    if (id.n) memcpy(s->id, id.p, s->n_id);
    HubFrom from = {.topic = topic, .generation = generation, .after = after, .kinds = kinds, .n_kinds = n_kinds};
    if (hub_subscribe(l->app->hub, &from, &sink, s, &s->sub, e) < 0) {
        free(s);
        return -(int)e->code;
    }
    list_add_last(&l->subs, &s->link);
    l->n_subs++;
    return 0;
}

static int unsubscribe(Live *l, Str id, const Json *m, Err *e) {
    LiveSub *s = find_sub(l, json_str(m, "topic"));
    if (!s && feed_unsubscribe(l, id, json_str(m, "topic"))) return 0;
    if (!s) return err_fail(e, ERR_NOT_FOUND, "this socket is not subscribed to that topic");
    send_place(l, "unsubscribed", id, s, hub_sub_generation(s->sub), hub_sub_seq(s->sub));
    drop_sub(s);
    return 0;
}

static void put_cursors(JsonOut *o, Str cursors) {
    json_key(o, STR("cursors"));
    json_begin_array(o);
    Str rest = cursors, one;
    while (rest.n && str_split(&rest, ',', &one)) {
        Str parts = str_trim(one), topic, generation, seq;
        int64_t g = 0, n = 0;
        if (!str_split(&parts, ';', &topic) || !str_split(&parts, ';', &generation) || !str_split(&parts, ';', &seq))
            continue;
        (void)str_parse_i64(generation, 0, INT64_MAX, &g); /* printed by op_cursor */
        (void)str_parse_i64(seq, 0, INT64_MAX, &n);
        json_begin_object(o);
        json_kv_str(o, "topic", topic);
        json_kv_i64(o, "generation", g);
        json_kv_i64(o, "seq", n);
        json_end_object(o);
    }
    json_end_array(o);
}

static void on_called(void *arg, const OpAnswer *a) {
    LiveCall *c = arg;
    Live *l = c->live;
    Buf b;
    buf_init(&b, REPLY_MAX);
    JsonOut o = json_out(&b);
    live_begin(&o, "reply", str_n(c->id, c->n_id));
    json_kv_i64(&o, "status", a->status);
    if (a->body.n) json_kv_raw(&o, "body", a->body);
    put_cursors(&o, a->cursors);
    json_end_object(&o);
    live_send_control(l, &b);
    list_remove(&c->link);
    free(c);
    l->n_calls--;
    release(l);
}

static int call(Live *l, Str id, const Json *m, Err *e) {
    Str name = json_str(m, "op"), key = json_str(m, "key");
    const Op *op = op_find(l->app->ops, name);
    const Json *input = json_get(m, "input");
    if (!id.n || id.n > LIVE_ID_MAX)
        return err_fail(e, ERR_INVALID, "id must be a string of 1 to %d bytes", LIVE_ID_MAX);
    if (!op) return err_fail(e, ERR_NOT_FOUND, "no operation `" STR_FMT "`", STR_ARG(str_upto(name, 100)));
    if (l->n_calls >= CALLS_MAX)
        return err_fail(e, ERR_RATE_LIMITED, "a socket may run at most %d calls at once", CALLS_MAX);
    if (!(op->flags & OP_UNLIMITED)) TRY(rate_take(l->app->rates, &l->who, l->is_unix, op->flags & OP_WRITES, e));
    OpTask *t = op_task_new(l->app, op, &l->who);
    if (key.n && op_task_set_key(t, key, e) < 0) {
        op_task_drop(t);
        return -(int)e->code;
    }
    if (input && input->type != JSON_NULL) op_task_put_json(t, input->raw, FROM_ALL);
    LiveCall *c = mu_new(LiveCall);
    c->live = l;
    c->n_id = id.n;
    memcpy(c->id, id.p, id.n);
    l->n_calls++;
    c->task = t;
    list_add_last(&l->calls, &c->link);
    op_task_run(t, on_called, c);
    return 0;
}

/* It is answered all the same; a call that has ended is none to cancel. */
static int cancel(Live *l, Str id, const Json *m, Err *e) {
    (void)m, (void)e;
    list_each(&l->calls, LiveCall, link, c) if (str_eq(str_n(c->id, c->n_id), id)) op_task_cancel(c->task);
    return 0;
}

static int pong(Live *l, Str id, const Json *m, Err *e) {
    (void)m, (void)e;
    Buf b;
    buf_init(&b, 4096);
    JsonOut o = json_out(&b);
    live_begin(&o, "pong", id);
    json_end_object(&o);
    live_send_control(l, &b);
    return 0;
}

static const struct {
    const char *type;
    int (*run)(Live *l, Str id, const Json *m, Err *e);
} messages[] = {
    {"subscribe", subscribe}, {"unsubscribe", unsubscribe}, {"call", call}, {"cancel", cancel}, {"ping", pong}};

static int handle(Live *l, Str id, const Json *m, Err *e) {
    Str type = json_str(m, "type");
    for (size_t i = 0; i < COUNT_OF(messages); i++)
        if (str_is(type, messages[i].type)) return messages[i].run(l, id, m, e);
    return err_fail(e, ERR_INVALID, "unknown type `" STR_FMT "`", STR_ARG(str_upto(type, 100)));
}

static int on_text(Live *l, Str payload, Arena *a, Str *ret_id, Str *ret_topic, Err *e) {
    Json *m = NULL;
    TRY(json_parse(a, payload, JSON_DEPTH_REQUEST, &m, e));
    *ret_id = str_upto(json_str(m, "id"), LIVE_ID_MAX + 1);
    if (str_is(json_str(m, "type"), "subscribe")) *ret_topic = str_upto(json_str(m, "topic"), LIVE_TOPIC_MAX);
    return handle(l, *ret_id, m, e);
}

static void on_message(void *arg, WsOpcode opcode, Str payload) {
    Live *l = arg;
    CLEANUP(arena_freep) Arena *a = arena_new();
    Err e = {0};
    Str id = {0}, topic = {0};
    int r = opcode == WS_TEXT ? on_text(l, payload, a, &id, &topic, &e) : feed_take(l, payload, &e);
    if (r < 0) live_send_error(l, id, topic, &e);
}

static void on_drain(void *arg) {
    Live *l = arg;
    if (!l->is_full) return;
    l->is_full = false;
    size_t n = 0;
    while (n < l->waiting.n && ws_send(l->ws, l->waiting.items[n])) n++;
    l->is_full = n < l->waiting.n;
    drop_waiting(l, n);
    if (l->is_full) return;
    list_each(&l->subs, LiveSub, link, s) hub_resume(s->sub);
    feeds_resume(l);
}

static void on_closed(void *arg, int code) {
    (void)code;
    Live *l = arg;
    l->ws = NULL;
    drop_waiting(l, l->waiting.n);
    vec_done(&l->waiting);
    LiveSub *s;
    while ((s = list_first(&l->subs, LiveSub, link))) drop_sub(s);
    feeds_close(l);
    list_each(&l->calls, LiveCall, link, c) op_task_cancel(c->task);
    release(l);
}

static const WsHandler handler = {on_message, on_drain, on_closed};

void face_live_accept(App *app, HttpRequest *r, const Principal *who) {
    Live *l = mu_new(Live);
    l->app = app;
    l->who = *who;
    l->is_unix = r->is_unix;
    list_init(&l->subs);
    list_init(&l->feeds);
    list_init(&l->calls);
    WsConfig c = {.protocol = "muster.v1"};
    l->ws = ws_accept(r, &c, &handler, l);
    if (!l->ws) free(l); /* the client has disconnected in the meantime */
}
