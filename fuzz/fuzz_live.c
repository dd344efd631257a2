/* The live socket's messages: whatever a client sends, each answer is one JSON object of a known type, and the socket
 * continues to answer. */
#include "base/json.h"
#include "core/face_live.h"
#include "faces.h"
#include "fuzz.h"

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
                              .on_message = on_message};
    face_talk(&face, str_n(data, size));
    return 0;
}
