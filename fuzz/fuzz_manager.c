/* The agent manager's own socket: whatever a client sends, each answer is one JSON object with a type, a payload and a
 * time, and the socket continues to answer. */
#include "face/manager_ws.h"

#include "base/json.h"
#include "faces.h"
#include "fuzz.h"

#define LAST_ID "ag_01arz3ndektsv4rrffq69g5zzz"

static void on_message(Str text) {
    CLEANUP(arena_freep) Arena *a = arena_new();
    Json *root;
    MUST(json_parse(a, text, JSON_DEPTH_MAX, &root, NULL) == 0 && root->type == JSON_OBJECT);
    MUST(json_str(root, "type").n && json_get(root, "payload") && json_str(root, "timestamp").n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const Face face = {.accept = manager_ws_accept,
                              .protocol = "",
                              .last = "{\"type\":\"unsubscribe:agent\",\"agentId\":\"" LAST_ID "\"}",
                              .last_answer = LAST_ID,
                              .on_message = on_message};
    face_talk(&face, str_n(data, size));
    return 0;
}
