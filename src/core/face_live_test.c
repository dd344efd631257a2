/* The live socket to a slow client: the order of events and control frames. */
#include "core/face_live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/le.h"
#include "base/mem.h"
#include "base/test.h"
#include "core/hub_int.h"
#include "core/live_source.h"
#include "core/test_app.h"
#include "core/topic.h"
#include "net/http.h"
#include "net/test_server.h"
#include "sys/loop.h"

enum { FILL_EVENTS = 2000, FILL_BYTES = 700, LATE_EVENTS = 60, STEP_BYTES = 16 << 10, ROOM_BYTES = 400 << 10 };

typedef struct Bench {
    TestApp t;
    TestServer *server;
    int fd;   /* the client */
    Buf seen; /* the frames about the topic `late`, as words: "subscribed live 1 2 reset" */
} Bench;

static void on_request(void *arg, HttpRequest *r) {
    Principal who = auth_local(ROLE_OWNER);
    face_live_accept(arg, r, &who);
}

/* A source that answers at once and repeats what is typed. */
struct LiveFeed {
    LiveClient *client;
};

static void speak(LiveClient *c, const char *type, bool is_answer, Str text) {
    Buf out;
    JsonOut o;
    live_client_begin(c, type, is_answer, &out, &o);
    json_kv_str(&o, "text", text);
    live_client_end(c, &out, &o);
}

static int n_feeds; /* on the loop; read when it has ended */

static int open_feed(const LiveOpen *o, LiveFeed **ret, Err *e) {
    if (json_bool(o->message, "refused", false)) return err_fail(e, ERR_CONFLICT, "refused by the source");
    *ret = mu_new(LiveFeed);
    (*ret)->client = o->client;
    n_feeds++;
    speak(o->client, "subscribed", true, o->id);
    return 0;
}

static int take_frame(LiveFeed *f, const LiveFrame *frame, Err *e) {
    if (frame->kind == LIVE_RESIZE) return err_fail(e, ERR_INVALID, "no size");
    if (frame->kind == LIVE_INPUT) speak(f->client, "typed", false, frame->bytes);
    return 0;
}

static void resume_feed(LiveFeed *f) { (void)f; }

static void close_feed(LiveFeed *f) {
    n_feeds--;
    free(f);
}

static const LiveSource bytes_source = {open_feed, take_frame, resume_feed, close_feed};

static const TopicDef own_topics[] = {{.noun = "late"},
                                      {.noun = "fill"},
                                      {.noun = "more"},
                                      {.noun = "many", .prefix = "ag"},
                                      {.noun = "bytes", .prefix = "lch", .source = &bytes_source},
                                      {0}};
static const TopicDef *const topics[] = {own_topics, NULL};

static void open_bench(Bench *b) {
    *b = (Bench){0};
    test_app_start(&b->t, &(TestAppConfig){.topics = topics});
    buf_init(&b->seen, 1 << 20);
    App *app = &b->t.app;
    b->server =
        test_server_start_on(app->loop, app->home_fd, "sock", &(HttpHandler){.on_request = on_request, .arg = app});
    b->fd = test_ws_connect(app->home_fd, "sock", "muster.v1");
}

static void close_bench(Bench *b) {
    close(b->fd);
    test_server_stop(b->server);
    buf_done(&b->seen);
    test_app_stop(&b->t);
}

/* --- events ------------------------------------------------------------------------------------------------ */

typedef struct Write {
    const char *topic;
    int n, payload;
} Write;

static int append(Tx *tx, void *arg, Err *e) {
    const Write *w = arg;
    char payload[FILL_BYTES + 16];
    int n = snprintf(payload, sizeof payload, "{\"x\":\"%0*d\"}", w->payload, 0);
    for (int i = 0; i < w->n; i++) {
        StreamEvent ev = {
            .topic = str(w->topic), .kind = STR("text"), .at = tx_now(tx), .payload = str_n(payload, (size_t)n)};
        TRY(stream_append(tx, &ev, NULL, e));
    }
    return 0;
}

static void write_events(Bench *b, const char *topic, int n, int payload) {
    test_write(&b->t, append, &(Write){topic, n, payload});
}

static int renew(Tx *tx, void *arg UNUSED, Err *e) { return stream_renew(tx, STR("late"), e); }

/* --- the client ---------------------------------------------------------------------------------------------- */

static void say(Bench *b, const char *json) { CHECK(test_ws_say(b->fd, json)); }

/* The next frame's text. */
static Str take(Bench *b, Buf *into) {
    Str text = test_ws_take(b->fd, into);
    CHECK(text.p);
    return text;
}

/* Takes frames of at least `n` bytes in total, or up to the last late event, and records those about `late`. */
static bool take_some(Bench *b, size_t n, int last) {
    CLEANUP(buf_done) Buf frame;
    buf_init(&frame, 70 << 10);
    while (n > 0) {
        Str text = take(b, &frame);
        n -= n < text.n ? n : text.n;
        Str topic = test_json(&b->t, text, "topic"), type = test_json(&b->t, text, "type");
        if (topic.n && !str_is(topic, "late")) continue;
        Str word = str_is(type, "text") ? test_json(&b->t, text, "seq") : type;
        if (b->seen.n) buf_add_c(&b->seen, ' ');
        buf_add_str(&b->seen, word);
        int64_t seq = 0;
        if (str_is(type, "text") && str_parse_i64(word, 0, INT64_MAX, &seq) && seq == last) return false;
    }
    return true;
}

/* --- positions of the hub ------------------------------------------------------------------------------------ */

typedef struct Look {
    Bench *b;
    const char *topic;
    bool must_be_full, is_so;
} Look;

static void look(void *arg) {
    Look *l = arg;
    HubTopic *t = map_find(&l->b->t.app.hub->topics, str(l->topic));
    HubSub *s = t ? list_first(&t->subs, HubSub, link) : NULL;
    l->is_so = s && (!l->must_be_full || s->is_full);
}

static bool is_so(void *arg) {
    Look *l = arg;
    loop_call(l->b->t.app.loop, look, l);
    return l->is_so;
}

/* Twice, because the socket takes some of what first filled the queue: after the second time no slot is free. */
static void fill_queue(Bench *b) {
    write_events(b, "fill", FILL_EVENTS, FILL_BYTES);
    write_events(b, "more", FILL_EVENTS, FILL_BYTES);
    say(b, "{\"type\":\"subscribe\",\"topic\":\"fill\",\"generation\":1,\"after\":0}");
    CHECK(test_app_until(is_so, &(Look){.b = b, .topic = "fill", .must_be_full = true}));
    say(b, "{\"type\":\"subscribe\",\"topic\":\"more\",\"generation\":1,\"after\":0}");
    CHECK(test_app_until(is_so, &(Look){.b = b, .topic = "more", .must_be_full = true}));
}

/* The client makes some room, but not enough for the waiting frames: the events that come now could overtake them. */
static void read_while_events_come(Bench *b) {
    CHECK(take_some(b, ROOM_BYTES, LATE_EVENTS));
    for (int i = 0; i < LATE_EVENTS; i++) {
        CHECK(take_some(b, STEP_BYTES, LATE_EVENTS));
        write_events(b, "late", 1, 1);
    }
    while (take_some(b, STEP_BYTES, LATE_EVENTS)) continue;
}

/* The recorded words without `live` and `lagged`, which do not affect the numbers of events, and `pong`, which has no
 * topic. */
static Str sent_order(Bench *b) {
    CLEANUP(buf_done) Buf out;
    buf_init(&out, 1 << 20);
    Str rest = buf_str(&b->seen), word;
    while (str_split(&rest, ' ', &word)) {
        if (str_is(word, "live") || str_is(word, "lagged") || str_is(word, "pong")) continue;
        if (out.n) buf_add_c(&out, ' ');
        buf_add_str(&out, word);
    }
    return arena_str(b->t.arena, buf_str(&out));
}

static Str expected(Bench *b, const char *first) {
    CLEANUP(buf_done) Buf out;
    buf_init(&out, 4096);
    buf_add_str(&out, str(first));
    for (int i = 1; i <= LATE_EVENTS; i++) buf_add_fmt(&out, " %d", i);
    return arena_str(b->t.arena, buf_str(&out));
}

TEST(no_event_of_a_topic_comes_before_its_subscribed) {
    Bench b;
    open_bench(&b);
    fill_queue(&b);
    say(&b, "{\"type\":\"subscribe\",\"topic\":\"late\"}");
    say(&b, "{\"type\":\"ping\"}");
    CHECK(test_app_until(is_so, &(Look){.b = &b, .topic = "late"}));
    read_while_events_come(&b);
    CHECK_STR(sent_order(&b), expected(&b, "subscribed").p);
    close_bench(&b);
}

TEST(no_event_of_a_generation_comes_before_its_reset) {
    Bench b;
    open_bench(&b);
    say(&b, "{\"type\":\"subscribe\",\"topic\":\"late\"}");
    CHECK(test_app_until(is_so, &(Look){.b = &b, .topic = "late"}));
    write_events(&b, "late", 3, 1);
    fill_queue(&b);
    test_write(&b.t, renew, NULL);
    read_while_events_come(&b);
    CHECK_STR(sent_order(&b), expected(&b, "subscribed 1 2 3 reset").p);
    close_bench(&b);
}

/* The type of the next frame that is not `live`; its topic must be `topic`. */
static Str next_type(Bench *b, Str topic) {
    CLEANUP(buf_done) Buf frame;
    buf_init(&frame, 70 << 10);
    for (;;) {
        Str text = take(b, &frame), type = test_json(&b->t, text, "type");
        if (str_is(type, "live")) continue;
        CHECK_STR(test_json(&b->t, text, "topic"), topic.p);
        return type;
    }
}

TEST(a_refused_subscription_names_its_topic) {
    Bench b;
    open_bench(&b);
    say(&b, "{\"type\":\"subscribe\",\"topic\":\"nosuch\"}");
    CHECK_STR(next_type(&b, STR("nosuch")), "error");
    say(&b, "{\"type\":\"unsubscribe\",\"topic\":\"late\"}");
    CHECK_STR(next_type(&b, STR("")), "error");
    close_bench(&b);
}

/* Type, generation and seq of the next `n` frames. */
static Str next_places(Bench *b, int n) {
    CLEANUP(buf_done) Buf frame, out;
    buf_init(&frame, 70 << 10);
    buf_init(&out, 4096);
    while (n-- > 0) {
        Str text = take(b, &frame);
        buf_add_fmt(&out, "%s" STR_FMT " " STR_FMT "/" STR_FMT, out.n ? ", " : "",
                    STR_ARG(test_json(&b->t, text, "type")), STR_ARG(test_json(&b->t, text, "generation")),
                    STR_ARG(test_json(&b->t, text, "seq")));
    }
    return arena_str(b->t.arena, buf_str(&out));
}

static int add_stream(Tx *tx, void *arg UNUSED, Err *e) {
    static const Sql add = {"add", "INSERT INTO stream (topic, generation, dropped_seq) VALUES ('more', 7, 4)", "test"};
    return tx_run(tx, &add, DB_NONE, NULL, e);
}

TEST(subscribed_names_the_topics_own_generation_and_head) {
    static const struct {
        const char *from, *topic;
        int n;
        const char *want;
    } rows[] = {
        {"", "fill", 2, "subscribed 1/0, live 1/0"},
        {"", "more", 2, "subscribed 7/4, live 7/4"}, /* nothing has been published on it since the start */
        {"", "late", 2, "subscribed 1/3, live 1/3"},
        {",\"after\":1", "late", 4, "subscribed 1/3, text 1/2, text 1/3, live 1/3"},
        {",\"generation\":6,\"after\":2", "more", 3, "subscribed 7/4, reset 7/0, live 7/0"},
        {",\"generation\":9,\"after\":2", "late", 6,
         "subscribed 1/3, reset 1/0, text 1/1, text 1/2, text 1/3, live 1/3"},
    };
    Bench b;
    open_bench(&b);
    write_events(&b, "late", 3, 1);
    test_write(&b.t, add_stream, NULL);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        say(&b, arena_fmt(b.t.arena, "{\"type\":\"subscribe\",\"topic\":\"%s\"%s}", rows[i].topic, rows[i].from).p);
        CHECK_STR(next_places(&b, rows[i].n), rows[i].want);
    }
    close_bench(&b);
}

static Str subscribe_to(Bench *b, int n) {
    Str topic = arena_fmt(b->t.arena, "many/ag_01arz3ndektsv4rrffq69z%04d", n);
    say(b, arena_fmt(b->t.arena, "{\"type\":\"subscribe\",\"topic\":\"" STR_FMT "\"}", STR_ARG(topic)).p);
    return next_type(b, topic);
}

TEST(at_the_limit_a_second_subscription_takes_the_place_of_the_first) {
    enum { TOPICS = 512 };
    Bench b;
    open_bench(&b);
    for (int i = 0; i < TOPICS; i++) CHECK_STR(subscribe_to(&b, i), "subscribed");
    CHECK_STR(subscribe_to(&b, TOPICS), "error");
    CHECK_STR(subscribe_to(&b, 7), "subscribed");
    close_bench(&b);
}

/* --- topics with a source of their own ------------------------------------------------------------------------- */

#define BYTES_TOPIC "bytes/lch_01arz3ndektsv4rrffq69z0000"

static void say_frame(Bench *b, Str payload) {
    char head[6] = {(char)0x82, (char)(0x80 | payload.n)}; /* the mask is all zeros */
    CHECK(test_send(b->fd, str_n(head, sizeof head)) && test_send(b->fd, payload));
}

static void say_kind(Bench *b, int kind, uint32_t sub, const char *bytes) {
    CLEANUP(buf_done) Buf f;
    buf_init(&f, 125);
    buf_add_c(&f, (char)kind);
    le_put32(&f, sub);
    le_put64(&f, 0);
    buf_add_str(&f, str(bytes));
    say_frame(b, buf_str(&f));
}

/* "type sub text-or-message" of the next message. */
static Str next_words(Bench *b) {
    CLEANUP(buf_done) Buf frame;
    buf_init(&frame, 70 << 10);
    Str text = take(b, &frame), why = test_json(&b->t, text, "error.message"), said = test_json(&b->t, text, "text");
    Str type = test_json(&b->t, text, "type"), sub = test_json(&b->t, text, "sub");
    return arena_fmt(b->t.arena, STR_FMT " " STR_FMT " " STR_FMT, STR_ARG(type), STR_ARG(sub),
                     STR_ARG(why.n ? why : said));
}

TEST(a_topic_with_a_source_of_its_own_gets_numbers_and_frames) {
    Bench b;
    open_bench(&b);
    say(&b, "{\"type\":\"subscribe\",\"topic\":\"" BYTES_TOPIC "\",\"id\":\"1\"}");
    CHECK_STR(next_words(&b), "subscribed 1 lch_01arz3ndektsv4rrffq69z0000");
    say_kind(&b, LIVE_INPUT, 1, "keys");
    CHECK_STR(next_words(&b), "typed 1 keys");
    say_kind(&b, LIVE_RESIZE, 1, "");
    CHECK_STR(next_words(&b), "error  no size");
    say_kind(&b, LIVE_OUTPUT, 1, "");
    CHECK_STR(next_words(&b), "error  kind must be 2 (input), 3 (resize), 4 (ack) or 6 (control), not 1");
    say_kind(&b, LIVE_INPUT, 2, "keys");
    CHECK_STR(next_words(&b), "error  no subscription has the number 2");
    say_frame(&b, STR("short"));
    CHECK_STR(next_words(&b), "error  a binary message begins with 13 bytes: kind, sub and offset; this one has 5");
    say(&b, "{\"type\":\"subscribe\",\"topic\":\"" BYTES_TOPIC "\"}"); /* takes the place of the first */
    CHECK_STR(next_words(&b), "subscribed 2 lch_01arz3ndektsv4rrffq69z0000");
    say_kind(&b, LIVE_INPUT, 1, "late"); /* it may have been on its way */
    say_kind(&b, LIVE_INPUT, 2, "new");
    CHECK_STR(next_words(&b), "typed 2 new");
    say(&b, "{\"type\":\"unsubscribe\",\"topic\":\"" BYTES_TOPIC "\"}");
    CHECK_STR(next_words(&b), "unsubscribed 2 ");
    say(&b, "{\"type\":\"subscribe\",\"topic\":\"" BYTES_TOPIC "\",\"refused\":true}");
    CHECK_STR(next_words(&b), "error  refused by the source");
    say(&b, "{\"type\":\"subscribe\",\"topic\":\"" BYTES_TOPIC "\"}"); /* closed with the socket */
    CHECK_STR(next_words(&b), "subscribed 4 lch_01arz3ndektsv4rrffq69z0000");
    close_bench(&b);
    CHECK_I64(n_feeds, 0);
}
