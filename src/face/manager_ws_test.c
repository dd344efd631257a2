/* Claude Manager's socket: the contents of its frames, and that none is lost or sent twice when a client reads
 * slowly. */
#include "face/manager_ws.h"

#include <unistd.h>

#include "base/test.h"
#include "core/stream.h"
#include "core/test_app.h"
#include "net/http.h"
#include "net/test_server.h"

#define AGENT "ag_01arz3ndektsv4rrffq69g5fav"
/* Many small frames: their number fills the queue, again and again at different places. */
enum { TURNS = 4000, ODD = 300 };

typedef struct Bench {
    TestApp t;
    TestServer *server;
    int fd; /* the client */
} Bench;

static void on_request(void *arg, HttpRequest *r) {
    Principal who = auth_local(ROLE_OWNER);
    manager_ws_accept(arg, r, &who);
}

static void open_bench(Bench *b) {
    *b = (Bench){0};
    test_app_start(&b->t, &(TestAppConfig){0});
    App *app = &b->t.app;
    b->server =
        test_server_start_on(app->loop, app->home_fd, "sock", &(HttpHandler){.on_request = on_request, .arg = app});
    b->fd = test_ws_connect(app->home_fd, "sock", NULL);
}

static void close_bench(Bench *b) {
    close(b->fd);
    test_server_stop(b->server);
    test_app_stop(&b->t);
}

static int append(Tx *tx, Str kind, Str payload, Err *e) {
    StreamEvent ev = {.topic = STR("agent/" AGENT), .kind = kind, .at = tx_now(tx), .payload = payload};
    return stream_append(tx, &ev, NULL, e);
}

/* A turn that fails has two frames, and an odd frame comes between some of them, so the queue gets full after either of
 * the two. */
static int append_turns(Tx *tx, void *arg UNUSED, Err *e) {
    Str failed = STR("{\"outcome\":\"error\",\"code\":\"overloaded\",\"text\":\"Overloaded\"}");
    for (int i = 0; i < TURNS; i++) {
        TRY(append(tx, STR("turn_end"), failed, e));
        if (i % ODD == 0) TRY(append(tx, STR("context"), STR("{\"used\":1,\"window\":2,\"level\":50}"), e));
    }
    return 0;
}

static void say(Bench *b, const char *json) { CHECK(test_ws_say(b->fd, json)); }

/* The type of the next frame. */
static Str next_type(Bench *b, Buf *into) {
    Str text = test_ws_take(b->fd, into);
    CHECK(text.p);
    return test_json(&b->t, text, "type");
}

TEST(to_a_client_that_reads_slowly_each_turn_ends_once) {
    Bench b;
    CLEANUP(buf_done) Buf frame;
    int outputs = 0, errors = 0, out_of_order = 0;
    open_bench(&b);
    buf_init(&frame, 70 << 10);
    say(&b, "{\"type\":\"subscribe:agent\",\"payload\":{\"agentId\":\"" AGENT "\"}}");
    CHECK_STR(next_type(&b, &frame), "subscribed");
    test_write(&b.t, append_turns, NULL);
    while (errors < TURNS) {
        Str type = next_type(&b, &frame);
        if (str_is(type, "agent:output")) outputs++;
        if (str_is(type, "agent:error")) errors++;
        if (outputs != errors && outputs != errors + 1) out_of_order++;
    }
    CHECK_I64(outputs, TURNS);
    CHECK_I64(out_of_order, 0);
    close_bench(&b);
}

/* --- the contents of frames --- */

static int append_few(Tx *tx, void *arg UNUSED, Err *e) {
    TRY(append(tx, STR("status"), STR("{\"status\":\"running\",\"reason\":\"starting\",\"previous\":\"finished\"}"),
               e));
    TRY(append(tx, STR("status"), STR("{\"status\":\"running\",\"reason\":\"working\"}"), e));
    TRY(append(tx, STR("turn_end"), STR("{\"outcome\":\"error\",\"code\":\"api_error\",\"text\":\"\"}"), e));
    return append(tx, STR("context"), STR("{\"used\":1,\"window\":2,\"level\":50}"), e);
}

static bool holds(const Buf *frame, const char *what) {
    size_t at;
    return str_find(buf_str(frame), str(what), &at);
}

/* Reads up to the next frame of this type, and returns the number of frames of it before the end. */
static int read_to(Bench *b, const char *type, Buf *into) {
    for (int n = 1;; n++)
        if (str_is(next_type(b, into), type)) return n;
}

TEST(frames_say_what_was_before_and_no_message_is_empty) {
    Bench b;
    CLEANUP(buf_done) Buf frame;
    open_bench(&b);
    buf_init(&frame, 70 << 10);
    say(&b, "{\"type\":\"subscribe:agent\",\"payload\":{\"agentId\":\"" AGENT "\"}}");
    CHECK_I64(read_to(&b, "subscribed", &frame), 1);
    test_write(&b.t, append_few, NULL);
    CHECK_I64(read_to(&b, "agent:status", &frame), 1);
    CHECK(holds(&frame, "\"previousStatus\":\"finished\",\"status\":\"running\""));
    CHECK_I64(read_to(&b, "agent:output", &frame), 1); /* the second status has the same word */
    CHECK_I64(read_to(&b, "agent:error", &frame), 1);
    CHECK(holds(&frame, "\"message\":\"the turn failed\""));
    CHECK_I64(read_to(&b, "agent:context", &frame), 1);
    close_bench(&b);
}

TEST(any_id_can_be_subscribed_to) {
    static const char *const ids[] = {AGENT, "agent-1", "../x", "ws_1"};
    Bench b;
    CLEANUP(buf_done) Buf frame;
    open_bench(&b);
    buf_init(&frame, 70 << 10);
    for (size_t i = 0; i < 2 * COUNT_OF(ids); i++) {
        const char *verb = i % 2 ? "unsubscribe" : "subscribe";
        say(&b, arena_fmt(b.t.arena, "{\"type\":\"%s:agent\",\"agentId\":\"%s\"}", verb, ids[i / 2]).p);
        CHECK_STR(next_type(&b, &frame), i % 2 ? "unsubscribed" : "subscribed");
        CHECK(holds(&frame, ids[i / 2]));
    }
    close_bench(&b);
}
