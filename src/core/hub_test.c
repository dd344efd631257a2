#include <sched.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/test.h"
#include "core/core_migrations.h"
#include "core/hub_int.h"
#include "db/db.h"
#include "net/ws.h"
#include "sys/pool.h"

/* A complete setup: store, loop on its own thread, workers, hub. The test's thread is one more worker. */
typedef struct Rig {
    App app;
    pthread_t loop;
} Rig;

static void *open_conn(void *arg) {
    DbConn *c = NULL;
    thread_set_role(THREAD_WORKER);
    db_conn_open(((App *)arg)->db, &c, NULL);
    return c;
}

static void close_conn(void *conn) { db_conn_close(conn); }

static void *run_loop(void *arg) {
    loop_run(arg);
    return NULL;
}

static void rig_open(Rig *r, size_t ring_bytes) {
    static const Migration *const migrations[] = {core_migrations, NULL};
    static char dir[512];
    static int n;
    Err e = {0};
    snprintf(dir, sizeof dir, "%s/hub-%d", test_dir(), n++);
    CHECK(mkdir(dir, 0700) == 0);
    memset(r, 0, sizeof *r);
    CHECK_OK(loop_new(&r->app.loop, &e), e);
    CHECK_OK(hub_new(&r->app, ring_bytes, &r->app.hub, &e), e);
    DbConfig c = {.dir = dir, .migrations = migrations};
    hub_feed(r->app.hub, &c);
    CHECK_OK(db_open(&c, &r->app.db, &e), e);
    PoolConfig pool = {.name = "test",
                       .n_threads = 2,
                       .queue_max = 2,
                       .thread_open = open_conn,
                       .thread_close = close_conn,
                       .arg = &r->app};
    CHECK_OK(pool_new(&pool, &r->app.workers, &e), e);
    CHECK(pthread_create(&r->loop, NULL, run_loop, r->app.loop) == 0);
}

static void rig_close(Rig *r) {
    loop_stop(r->app.loop);
    pthread_join(r->loop, NULL);
    pool_free(r->app.workers);
    db_close(r->app.db);
    hub_free(r->app.hub);
    loop_free(r->app.loop);
}

typedef struct Append {
    int topic, n;
    bool fails;
    int64_t count;
} Append;

static Str topic_name(int topic, char out[32]) { return str_n(out, (size_t)snprintf(out, 32, "agent/%d", topic)); }

static int append(Tx *tx, void *arg, Err *e) {
    Append *a = arg;
    char name[32];
    for (int i = 0; i < a->n; i++) {
        StreamEvent ev = {.topic = topic_name(a->topic, name),
                          .kind = i % 2 ? STR("text") : STR("status"),
                          .at = tx_now(tx),
                          .payload = STR("{\"some\":\"payload of a usual size\"}")};
        TRY(stream_append(tx, &ev, NULL, e));
    }
    return a->fails ? err_fail(e, ERR_FORBIDDEN, "meant to fail") : 0;
}

static void write_events(Rig *r, int topic, int n) {
    Err e = {0};
    Append a = {.topic = topic, .n = n};
    CHECK_OK(db_tx(r->app.db, DB_DERIVED, append, &a, &e), e);
}

static int renew(Tx *tx, void *arg, Err *e) {
    char name[32];
    return stream_renew(tx, topic_name(*(int *)arg, name), e);
}

static void renew_topic(Rig *r, int topic) {
    Err e = {0};
    CHECK_OK(db_tx(r->app.db, DB_PERSON, renew, &topic, &e), e);
}

/* ---- single subscribers ---- */

/* The calls to a sink, as words: "status1 text2 live1.2 reset2 lagged7". */
typedef struct Viewer {
    Rig *rig;
    HubFrom from;
    HubSub *sub;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    Buf received;
    int room;       /* how many more events it takes; negative: any number */
    WsFrame *frame; /* of the last event; counted */
} Viewer;

__attribute__((format(printf, 2, 3))) static void record(Viewer *v, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    pthread_mutex_lock(&v->lock);
    if (v->received.n) buf_add_c(&v->received, ' ');
    buf_add_vfmt(&v->received, fmt, ap);
    pthread_cond_signal(&v->changed);
    pthread_mutex_unlock(&v->lock);
    va_end(ap);
}

static bool on_viewer_event(void *arg, const HubEvent *ev) {
    Viewer *v = arg;
    if (v->room == 0) {
        record(v, "full");
        return false;
    }
    v->room--;
    if (v->frame) ws_frame_unref(v->frame);
    v->frame = ws_frame_ref(hub_event_frame(ev));
    record(v, STR_FMT "%d", STR_ARG(ev->kind), (int)ev->seq);
    return true;
}

/* The generation of a renewed stream is based on the time, so it depends on when the test runs. */
static int short_generation(int64_t generation) { return generation > 1 ? 2 : (int)generation; }

static void on_viewer_reset(void *arg, int64_t generation) { record(arg, "reset%d", short_generation(generation)); }

static void on_viewer_lagged(void *arg, int64_t seq) { record(arg, "lagged%d", (int)seq); }

static void on_viewer_live(void *arg, int64_t generation, int64_t seq) {
    record(arg, "live%d.%d", short_generation(generation), (int)seq);
}

static const HubSink viewer_sink = {
    .on_event = on_viewer_event, .on_reset = on_viewer_reset, .on_lagged = on_viewer_lagged, .on_live = on_viewer_live};

static void subscribe_viewer(void *arg) {
    Viewer *v = arg;
    hub_subscribe(v->rig->app.hub, &v->from, &viewer_sink, v, &v->sub, NULL);
}

static void view(Rig *r, Viewer *v, HubFrom from) {
    *v = (Viewer){.rig = r, .from = from, .room = v->room ? v->room : -1};
    if (!v->from.topic.p) v->from.topic = STR("agent/1");
    pthread_mutex_init(&v->lock, NULL);
    pthread_cond_init(&v->changed, NULL);
    buf_init(&v->received, 1 << 20);
    loop_call(r->app.loop, subscribe_viewer, v);
    CHECK(v->sub);
}

static void leave(void *arg) {
    Viewer *v = arg;
    hub_unsubscribe(v->sub);
    if (v->frame) ws_frame_unref(v->frame);
}

static void view_end(Viewer *v) {
    loop_call(v->rig->app.loop, leave, v);
    buf_done(&v->received);
}

static void resume_with_room(void *arg) {
    Viewer *v = arg;
    v->room = -1;
    hub_resume(v->sub);
}

/* Waits until the sink has received as much, then compares. */
static void check_received(Viewer *v, const char *want) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 20;
    pthread_mutex_lock(&v->lock);
    while (v->received.n < strlen(want) && pthread_cond_timedwait(&v->changed, &v->lock, &until) == 0) continue;
    char *got = mu_strdup(v->received.n ? v->received.p : "");
    pthread_mutex_unlock(&v->lock);
    CLEANUP(free_p) char *owned = got;
    CHECK_STR(str(owned), want);
}

TEST(a_late_subscriber_gets_what_is_missing_and_then_what_happens) {
    Rig r;
    Viewer v = {0};
    rig_open(&r, HUB_RING_BYTES);
    write_events(&r, 1, 3);
    view(&r, &v, (HubFrom){.generation = 1, .after = 1});
    check_received(&v, "text2 status3 live1.3");
    write_events(&r, 1, 2);
    check_received(&v, "text2 status3 live1.3 status4 text5");
    view_end(&v);
    rig_close(&r);
}

TEST(what_the_ring_holds_is_not_read_from_the_store) {
    Rig r;
    Viewer v = {0};
    rig_open(&r, HUB_RING_BYTES);
    view(&r, &v, (HubFrom){.after = HUB_NOW});
    check_received(&v, "live0.0");
    write_events(&r, 1, 3);
    check_received(&v, "live0.0 status1 text2 status3");
    Viewer late = {0};
    view(&r, &late, (HubFrom){.generation = 1, .after = 1});
    check_received(&late, "text2 status3 live1.3");
    CHECK_I64(r.app.hub->n_pages, 0);
    view_end(&late);
    view_end(&v);
    rig_close(&r);
}

TEST(live_subscribers_share_one_frame) {
    Rig r;
    Viewer one = {0}, two = {0};
    rig_open(&r, HUB_RING_BYTES);
    view(&r, &one, (HubFrom){.after = HUB_NOW});
    view(&r, &two, (HubFrom){.after = HUB_NOW});
    check_received(&two, "live0.0");
    write_events(&r, 1, 1);
    check_received(&one, "live0.0 status1");
    check_received(&two, "live0.0 status1");
    CHECK(one.frame == two.frame);
    view_end(&one);
    view_end(&two);
    rig_close(&r);
}

TEST(only_the_requested_kinds_are_delivered) {
    Rig r;
    Viewer v = {0};
    Str kinds[] = {STR("text"), STR("notice")};
    rig_open(&r, HUB_RING_BYTES);
    write_events(&r, 1, 4);
    view(&r, &v, (HubFrom){.kinds = kinds, .n_kinds = 2});
    check_received(&v, "text2 text4 live1.4");
    write_events(&r, 1, 3);
    check_received(&v, "text2 text4 live1.4 text6");
    view_end(&v);
    rig_close(&r);
}

TEST(a_new_generation_resets_live_subscribers) {
    Rig r;
    Viewer v = {0};
    rig_open(&r, HUB_RING_BYTES);
    write_events(&r, 1, 1);
    view(&r, &v, (HubFrom){0});
    check_received(&v, "status1 live1.1");
    renew_topic(&r, 1);
    write_events(&r, 1, 2);
    check_received(&v, "status1 live1.1 reset2 status1 text2");
    view_end(&v);
    rig_close(&r);
}

TEST(a_cursor_of_another_generation_or_beyond_the_end_is_reset) {
    static const HubFrom froms[] = {
        {.generation = 1, .after = 1}, {.generation = 9, .after = 1}, {.generation = 2, .after = 77}};
    Rig r;
    rig_open(&r, HUB_RING_BYTES);
    write_events(&r, 1, 1);
    renew_topic(&r, 1);
    write_events(&r, 1, 2);
    for (size_t i = 0; i < COUNT_OF(froms); i++) {
        Viewer v = {0};
        view(&r, &v, froms[i]);
        check_received(&v, "reset2 status1 text2 live2.2");
        view_end(&v);
    }
    rig_close(&r);
}

TEST(a_full_subscriber_lags_and_continues_where_it_stopped) {
    Rig r;
    Viewer v = {.room = 2};
    rig_open(&r, 1);
    view(&r, &v, (HubFrom){.after = HUB_NOW});
    check_received(&v, "live0.0");
    write_events(&r, 1, 4);
    check_received(&v, "live0.0 status1 text2 full lagged2");
    write_events(&r, 1, 1);
    loop_call(r.app.loop, resume_with_room, &v);
    check_received(&v, "live0.0 status1 text2 full lagged2 status3 text4 status5 live1.5");
    view_end(&v);
    rig_close(&r);
}

/* ---- after the commit ---- */

typedef struct After {
    atomic_int n_run, n_dropped, n_heard;
} After;

static void on_run(void *arg) { atomic_fetch_add(&((After *)arg)->n_run, 1); }

static void on_drop(void *arg) { atomic_fetch_add(&((After *)arg)->n_dropped, 1); }

static void on_heard(void *arg, const HubEvent *ev) {
    if (str_is(ev->payload, "{\"some\":\"payload of a usual size\"}")) atomic_fetch_add(&((After *)arg)->n_heard, 1);
}

typedef struct AfterWrite {
    After *after;
    Append append;
} AfterWrite;

static int append_and_run(Tx *tx, void *arg, Err *e) {
    AfterWrite *w = arg;
    hub_after_commit(tx, on_run, on_drop, w->after);
    return append(tx, &w->append, e);
}

static void nothing(void *arg UNUSED) {}

TEST(listeners_and_functions_are_called_for_commits_only) {
    Rig r;
    After after = {0};
    rig_open(&r, HUB_RING_BYTES);
    hub_listen(r.app.hub, "text", on_heard, &after);
    AfterWrite good = {&after, {.topic = 1, .n = 4}}, bad = {&after, {.topic = 1, .n = 4, .fails = true}};
    CHECK(db_tx(r.app.db, DB_PERSON, append_and_run, &good, NULL) == 0);
    CHECK(db_tx(r.app.db, DB_PERSON, append_and_run, &bad, NULL) < 0);
    loop_call(r.app.loop, nothing, NULL);
    CHECK_I64(atomic_load(&after.n_run), 1);
    CHECK_I64(atomic_load(&after.n_dropped), 1);
    CHECK_I64(atomic_load(&after.n_heard), 2);
    rig_close(&r);
}

static void subscribe_badly(void *arg) {
    Rig *r = arg;
    static char text[STREAM_TOPIC_MAX + 2];
    Str kinds[HUB_KINDS_MAX + 1] = {{0}};
    HubSub *sub = NULL;
    Err e = {0};
    memset(text, 'x', sizeof text - 1);
    int a = hub_subscribe(r->app.hub, &(HubFrom){.topic = str(text)}, &viewer_sink, NULL, &sub, &e);
    int b = hub_subscribe(r->app.hub, &(HubFrom){.topic = STR("t"), .kinds = kinds, .n_kinds = HUB_KINDS_MAX + 1},
                          &viewer_sink, NULL, &sub, &e);
    if (a != -ERR_INVALID || b != -ERR_INVALID) abort();
}

TEST(topics_and_kinds_are_bounded) {
    Rig r;
    rig_open(&r, HUB_RING_BYTES);
    loop_call(r.app.loop, subscribe_badly, &r);
    rig_close(&r);
}

/* ---- each sees every later seq once, in order ---- */

enum { STORM_TOPICS = 50, STORM_SUBS = 200, STORM_EVENTS = 100000, STORM_RING = 16 << 10 };

typedef struct Storm Storm;

typedef struct Watcher {
    Storm *storm;
    HubSub *sub; /* NULL: unsubscribed */
    int topic;
    int64_t seen; /* the last seq received */
    bool is_full;
} Watcher;

struct Storm {
    Rig rig;
    Timer tick;
    atomic_bool is_written;
    uint64_t random;
    Watcher watchers[STORM_SUBS];
    int64_t n_events, n_wrong, n_lagged, n_left;
    int64_t heads[STORM_TOPICS];
};

static unsigned next_random(uint64_t *state, unsigned below) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 33) % below;
}

static void storm_join(Storm *s, Watcher *w);

static bool on_storm_event(void *arg, const HubEvent *ev) {
    Watcher *w = arg;
    Storm *s = w->storm;
    if (next_random(&s->random, 200) == 0) {
        w->is_full = true;
        return false;
    }
    s->n_events++;
    if (ev->seq != w->seen + 1 || ev->generation != 1) s->n_wrong++;
    if (ws_frame_payload(hub_event_frame(ev)).n != ev->envelope.n) s->n_wrong++;
    w->seen = ev->seq;
    if (next_random(&s->random, 5000) == 0) {
        hub_unsubscribe(TAKE(w->sub));
        s->n_left++;
        if (next_random(&s->random, 2)) storm_join(s, w);
    }
    return true;
}

static void on_storm_lagged(void *arg, int64_t seq) {
    Watcher *w = arg;
    w->storm->n_lagged++;
    if (seq != w->seen) w->storm->n_wrong++;
}

static void on_storm_reset(void *arg, int64_t generation UNUSED) { ((Watcher *)arg)->storm->n_wrong++; }

static const HubSink storm_sink = {
    .on_event = on_storm_event, .on_lagged = on_storm_lagged, .on_reset = on_storm_reset};

/* With any cursor that a client can have: at most the last seq known to be committed. */
static void storm_join(Storm *s, Watcher *w) {
    char name[32];
    Err e = {0};
    w->storm = s;
    w->is_full = false;
    w->topic = (int)next_random(&s->random, STORM_TOPICS);
    HubTopic *t = map_find(&s->rig.app.hub->topics, topic_name(w->topic, name));
    w->seen = t && t->head ? (int64_t)next_random(&s->random, (unsigned)t->head + 1) : 0;
    HubFrom from = {.topic = topic_name(w->topic, name), .generation = next_random(&s->random, 2), .after = w->seen};
    CHECK_OK(hub_subscribe(s->rig.app.hub, &from, &storm_sink, w, &w->sub, &e), e);
}

static bool has_all(const Storm *s) {
    for (const Watcher *w = s->watchers; w < s->watchers + STORM_SUBS; w++)
        if (w->sub && w->seen < s->heads[w->topic]) return false;
    return true;
}

/* The loop ends when the last subscriber has seen everything. */
static void on_storm_tick(Timer *t) {
    Storm *s = container_of(t, Storm, tick);
    for (Watcher *w = s->watchers; w < s->watchers + STORM_SUBS; w++) {
        if (!w->sub && next_random(&s->random, 4) == 0) storm_join(s, w);
        if (w->is_full && next_random(&s->random, 2) == 0) {
            w->is_full = false;
            if (w->sub) hub_resume(w->sub);
        }
    }
    if (!atomic_load(&s->is_written) || !has_all(s)) return;
    for (Watcher *w = s->watchers; w < s->watchers + STORM_SUBS; w++)
        if (w->sub) hub_unsubscribe(TAKE(w->sub));
    timer_close(t, NULL);
}

static void storm_join_all(void *arg) {
    Storm *s = arg;
    for (int i = 0; i < STORM_SUBS; i++) storm_join(s, &s->watchers[i]);
    timer_init(s->rig.app.loop, &s->tick, on_storm_tick);
    timer_start(&s->tick, 1, 1);
}

/* At random: bursts, single events, and pauses. */
static void storm_write(Storm *s) {
    uint64_t random = 7;
    for (int left = STORM_EVENTS; left > 0;) {
        int n = next_random(&random, 4) ? (int)next_random(&random, 300) + 1 : 1;
        int topic = (int)next_random(&random, STORM_TOPICS);
        if (n > left) n = left;
        write_events(&s->rig, topic, n);
        s->heads[topic] += n;
        left -= n;
        if (next_random(&random, 20) == 0) nanosleep(&(struct timespec){0, 1000 * next_random(&random, 3000)}, NULL);
    }
    atomic_store(&s->is_written, true);
}

TEST(each_of_200_subscribers_sees_every_later_event_once_and_in_order) {
    Storm *s = mu_new(Storm);
    s->random = 42;
    rig_open(&s->rig, STORM_RING);
    loop_call(s->rig.app.loop, storm_join_all, s);
    storm_write(s);
    rig_close(&s->rig);
    CHECK_I64(s->n_wrong, 0);
    CHECK(s->n_lagged > 0 && s->n_left > 0);
    CHECK(s->n_events > STORM_EVENTS);
    free(s);
}
