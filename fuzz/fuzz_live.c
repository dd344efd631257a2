/* The live socket's messages: whatever a client sends, each answer is one JSON object of a known type, and the socket
 * continues to answer. Frames of a topic with a source of its own reach that source only with its own number. */
#include "base/json.h"
#include "core/face_live.h"
#include "core/live_source.h"
#include "core/topic.h"
#include "faces.h"
#include "fuzz.h"

struct LiveFeed {
    uint32_t sub;
    uint64_t n_taken;
};

static int open_feed(const LiveOpen *o, LiveFeed **ret, Err *e) {
    Buf out;
    JsonOut json;
    (void)e;
    *ret = mu_new(LiveFeed);
    (*ret)->sub = o->sub;
    live_client_begin(o->client, "subscribed", true, &out, &json);
    live_client_end(o->client, &out, &json);
    return 0;
}

static int take_frame(LiveFeed *f, const LiveFrame *frame, Err *e) {
    MUST(frame->sub == f->sub && frame->kind >= LIVE_INPUT && frame->kind <= LIVE_ACK);
    for (size_t i = 0; i < frame->bytes.n; i++) f->n_taken += (uint8_t)frame->bytes.p[i];
    return frame->offset ? err_fail(e, ERR_INVALID, "%llu", (unsigned long long)frame->offset) : 0;
}

static void resume_feed(LiveFeed *f) { (void)f; }

static void close_feed(LiveFeed *f) { free(f); }

static const LiveSource source = {open_feed, take_frame, resume_feed, close_feed};
static const TopicDef own_topics[] = {{.noun = "terminal", .prefix = "lch", .source = &source}, {0}};
static const TopicDef *const topics[] = {own_topics, NULL};

static void on_message(Str text) {
    static const char *const types[] = {"subscribed", "unsubscribed", "reply", "error",
                                        "pong",       "live",         "reset", "event"};
    CLEANUP(arena_freep) Arena *a = arena_new();
    Json *root;
    bool is_known = false;
    MUST(json_parse(a, text, JSON_DEPTH_MAX, &root, NULL) == 0 && root->type == JSON_OBJECT);
    for (size_t i = 0; i < COUNT_OF(types); i++) is_known |= str_is(json_str(root, "type"), types[i]);
    MUST(is_known);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const Face face = {.accept = face_live_accept,
                              .protocol = "sec-websocket-protocol: muster.v1\r\n",
                              .last = "{\"type\":\"ping\",\"id\":\"the-last\"}",
                              .last_answer = "\"the-last\"",
                              .on_message = on_message,
                              .topics = topics};
    face_talk(&face, str_n(data, size));
    return 0;
}
