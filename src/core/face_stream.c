/* See face_stream.h.
 *
 * Invariant: no line overtakes another. What the client must not miss (subscribed, reset, lagged, live) waits in
 * `waiting` while the connection is full; as long as anything waits there, events are refused, and the hub offers them
 * again after the drain. */
#include "core/face_stream.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "core/face_live.h"
#include "core/face_rest.h"
#include "core/hub.h"
#include "core/topic.h"
#include "net/http.h"
#include "sys/loop.h"

enum { TOPICS_MAX = 64, TOPIC_MAX = 200, WAITING_MAX = 1 << 20, LINE_MAX_BYTES = 34 << 20, HEARTBEAT_MS = 15000 };

typedef struct Follow Follow;

typedef struct FollowSub {
    Follow *follow;
    HubSub *sub; /* NULL: not subscribed */
    size_t n_topic;
    char topic[TOPIC_MAX];
} FollowSub;

struct Follow {
    HttpStream *stream; /* NULL: not yet begun, or the client has left */
    Timer heartbeat;
    Buf waiting; /* lines that did not fit */
    Buf line;    /* scratch */
    bool is_full;
    int n_subs;
    FollowSub subs[];
};

/* --- lines --------------------------------------------------------------------------------------------------- */

/* False: the connection is full. */
static bool write_line(Follow *f, Str json) {
    buf_clear(&f->line);
    buf_add_str(&f->line, json);
    buf_add_c(&f->line, '\n');
    return http_stream_write(f->stream, buf_str(&f->line));
}

static void on_gone(void *arg);

/* A client that lets too many of them pile up is cut off. */
static void send_control(Follow *f, Str json) {
    if (!f->stream || (!f->waiting.n && write_line(f, json))) return;
    f->is_full = true;
    if (buf_add_str(&f->waiting, json) && buf_add_c(&f->waiting, '\n')) return;
    http_stream_abort(TAKE(f->stream));
    on_gone(f);
}

static void send_place(const FollowSub *s, const char *type, int64_t generation, int64_t seq) {
    CLEANUP(buf_done) Buf b;
    buf_init(&b, 4096);
    face_live_put_place(&b, type, (Str){0},
                        &(Cursor){.topic = str_n(s->topic, s->n_topic), .generation = generation, .seq = seq});
    send_control(s->follow, buf_str(&b));
}

static bool on_event(void *arg, const HubEvent *ev) {
    Follow *f = ((FollowSub *)arg)->follow;
    if (!f->stream) return true;
    bool is_taken = f->waiting.n == 0 && write_line(f, ev->envelope);
    f->is_full |= !is_taken;
    return is_taken;
}

static void on_begin(void *arg, int64_t generation, int64_t head) { send_place(arg, "subscribed", generation, head); }
static void on_reset(void *arg, int64_t generation) { send_place(arg, "reset", generation, 0); }
static void on_lagged(void *arg, int64_t seq) {
    const FollowSub *s = arg;
    send_place(s, "lagged", hub_sub_generation(s->sub), seq);
}
static void on_live(void *arg, int64_t generation, int64_t seq) { send_place(arg, "live", generation, seq); }

static const HubSink sink = {on_begin, on_event, on_reset, on_lagged, on_live};

/* While the connection is full, the client has other signs of life to read. */
static void on_heartbeat(Timer *t) {
    Follow *f = container_of(t, Follow, heartbeat);
    char at[TIME_TEXT_MAX], json[64];
    if (f->is_full) return;
    time_print(clock_now_us(), at);
    int n = snprintf(json, sizeof json, "{\"type\":\"heartbeat\",\"at\":\"%s\"}", at);
    (void)write_line(f, str_n(json, (size_t)n));
}

/* --- life ---------------------------------------------------------------------------------------------------- */

static void follow_free(Follow *f) {
    for (int i = 0; i < f->n_subs; i++)
        if (f->subs[i].sub) hub_unsubscribe(f->subs[i].sub);
    buf_done(&f->waiting);
    buf_done(&f->line);
    free(f);
}

static void on_timer_closed(Timer *t) { follow_free(container_of(t, Follow, heartbeat)); }

static void on_gone(void *arg) {
    Follow *f = arg;
    f->stream = NULL;
    timer_close(&f->heartbeat, on_timer_closed);
}

static void on_drain(void *arg) {
    Follow *f = arg;
    if (f->waiting.n && !http_stream_write(f->stream, buf_str(&f->waiting))) return;
    buf_clear(&f->waiting);
    f->is_full = false;
    for (int i = 0; i < f->n_subs; i++) hub_resume(f->subs[i].sub);
}

/* --- the query ----------------------------------------------------------------------------------------------- */

typedef struct Query {
    Arena *arena;
    Str topics[TOPICS_MAX], kinds[HUB_KINDS_MAX];
    int64_t after[TOPICS_MAX], generation[TOPICS_MAX];
    int n_topics, n_kinds, n_after, n_generation;
} Query;

static int refuse_value(const char *name, const char *wants, Err *e) {
    int r = err_fail(e, ERR_INVALID, "query parameter `%s` %s", name, wants);
    err_detail(e, name, "%s", wants);
    return r;
}

static int add_text(Str *items, int *n, int max, const char *name, Str value, Err *e) {
    if (*n == max) return refuse_value(name, "is given too often", e);
    if (!value.n || value.n > TOPIC_MAX) return refuse_value(name, "must have 1 to 200 bytes", e);
    items[(*n)++] = value;
    return 0;
}

static int add_number(int64_t *items, int *n, const char *name, Str value, Err *e) {
    if (*n == TOPICS_MAX) return refuse_value(name, "is given too often", e);
    if (!str_parse_i64(value, 0, INT64_MAX - 1, &items[*n]))
        return refuse_value(name, "must be a number, 0 or more", e);
    (*n)++;
    return 0;
}

static int add_kinds(Query *q, Str value, Err *e) {
    Str one;
    while (str_split(&value, ',', &one)) TRY(add_text(q->kinds, &q->n_kinds, HUB_KINDS_MAX, "kinds", one, e));
    return 0;
}

static int add_parameter(Query *q, Str name, Str value, Err *e) {
    if (str_is(name, "topic")) return add_text(q->topics, &q->n_topics, TOPICS_MAX, "topic", value, e);
    if (str_is(name, "after")) return add_number(q->after, &q->n_after, "after", value, e);
    if (str_is(name, "generation")) return add_number(q->generation, &q->n_generation, "generation", value, e);
    if (str_is(name, "kinds")) return add_kinds(q, value, e);
    if (str_is(name, "access_token")) return 0;
    return refuse_value(arena_cstr(q->arena, str_upto(name, 100)), "is not known", e);
}

/* The n-th `after` and `generation` belong to the n-th topic. */
static int read_query(Query *q, const App *app, const Principal *who, Str query, Err *e) {
    Str rest = query, name, value;
    bool is_bad = false;
    while (http_query_next(&rest, q->arena, &name, &value, &is_bad)) TRY(add_parameter(q, name, value, e));
    if (is_bad) return err_fail(e, ERR_INVALID, "the query is not valid percent-encoding");
    if (q->n_topics == 0) return refuse_value("topic", "is required", e);
    if (q->n_after && q->n_after != q->n_topics) return refuse_value("after", "must be given once for each topic", e);
    if (q->n_generation && q->n_generation != q->n_topics)
        return refuse_value("generation", "must be given once for each topic", e);
    for (int i = 0; i < q->n_topics; i++) {
        TRY(topic_may(app, who, q->topics[i], e));
        if (topic_source(app, q->topics[i])) return refuse_value("topic", "is served on /ws only", e);
        for (int k = 0; k < i; k++)
            if (str_eq(q->topics[k], q->topics[i])) return refuse_value("topic", "is given twice", e);
    }
    return 0;
}

static int subscribe(App *app, Follow *f, const Query *q, Err *e) {
    for (int i = 0; i < q->n_topics; i++) {
        FollowSub *s = &f->subs[f->n_subs++];
        int64_t generation = q->n_generation ? q->generation[i] : 0;
        HubFrom from = {.topic = q->topics[i],
                        .generation = generation,
                        .after = q->n_after   ? q->after[i]
                                 : generation ? 0
                                              : HUB_NOW,
                        .kinds = q->kinds,
                        .n_kinds = (size_t)q->n_kinds};
        s->follow = f;
        s->n_topic = from.topic.n;
        memcpy(s->topic, from.topic.p, from.topic.n);
        TRY(hub_subscribe(app->hub, &from, &sink, s, &s->sub, e));
    }
    return 0;
}

/* Subscribers are called in later turns, when the stream has begun. */
void face_stream_accept(App *app, HttpRequest *r, const Principal *who) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Query *q = arena_new_in(a, Query);
    Err e = {0};
    q->arena = a;
    if (read_query(q, app, who, r->query, &e) < 0) {
        face_rest_error(r, &e);
        return;
    }
    Follow *f = mu_alloc(sizeof *f + (size_t)q->n_topics * sizeof(FollowSub));
    buf_init(&f->waiting, WAITING_MAX);
    buf_init(&f->line, LINE_MAX_BYTES);
    if (subscribe(app, f, q, &e) < 0) {
        follow_free(f);
        face_rest_error(r, &e);
        return;
    }
    HttpHeader headers[] = {{STR("cache-control"), STR("no-store")}};
    HttpAnswer head = {
        .status = 200, .content_type = "application/x-ndjson", .headers = headers, .n_headers = COUNT_OF(headers)};
    f->stream = http_stream_begin(r, &head, &(HttpStreamHandler){on_drain, on_gone, f});
    if (!f->stream) {
        follow_free(f);
        return;
    }
    timer_init(app->loop, &f->heartbeat, on_heartbeat);
    timer_start(&f->heartbeat, HEARTBEAT_MS, HEARTBEAT_MS);
}
