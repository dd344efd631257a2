/* Topics with a source of their own: what a live socket subscribes to that is not a stream of events, as the bytes of a
 * terminal. Loop thread only.
 *
 * A TopicDef names a LiveSource. The socket parses, checks who may subscribe, and numbers the subscription; the source
 * answers `subscribed` when it can, and sends and takes binary frames: u8 kind, u32 subscription, u64 offset, bytes, little
 * endian. Numbers of subscriptions are never given twice while the daemon runs.
 */
#pragma once

#include "base/json.h"
#include "core/app.h"

typedef struct Principal Principal;
typedef struct LiveFeed LiveFeed;     /* the source's end of a subscription */
typedef struct LiveClient LiveClient; /* the socket's */

typedef enum LiveKind {
    LIVE_OUTPUT = 1,
    LIVE_INPUT = 2,
    LIVE_RESIZE = 3,
    LIVE_ACK = 4,
    LIVE_PICTURE = 5, /* to the client */
    LIVE_CONTROL = 6  /* from the client: one JSON object of the source's own */
} LiveKind;

enum { LIVE_FRAME_HEAD = 13 };
typedef struct LiveFrame {
    uint8_t kind;
    uint32_t sub;
    uint64_t offset;
    Str bytes; /* borrowed */
} LiveFrame;

typedef struct LiveOpen {
    App *app;
    const Principal *who; /* borrowed as long as the feed lives */
    Str id;               /* of the topic, borrowed for the call */
    const Json *message;  /* the subscription, borrowed for the call */
    uint32_t sub;
    LiveClient *client;
} LiveOpen;

typedef struct LiveSource {
    int (*open)(const LiveOpen *o, LiveFeed **ret, Err *e);
    /* LIVE_INPUT, LIVE_RESIZE, LIVE_ACK or LIVE_CONTROL from the client. A refusal is sent to it; the subscription stays. */
    int (*take)(LiveFeed *f, const LiveFrame *frame, Err *e);
    void (*resume)(LiveFeed *f); /* the client has room again */
    void (*close)(LiveFeed *f);  /* the client has gone, or unsubscribes */
} LiveSource;

/* False: no room; nothing was queued, and `resume` follows. */
bool live_client_send(LiveClient *c, LiveKind kind, uint64_t offset, const Str *parts, int n);
enum { LIVE_PARTS_MAX = 32 };
/* False: messages wait already, so that more of them would pile up; `resume` follows. */
bool live_client_has_room(const LiveClient *c);
/* A message of the topic: begins it with type, id of the subscription where it answers it, topic and sub; the caller adds
 * members and ends it. It is never dropped and never overtaken by a frame. */
void live_client_begin(LiveClient *c, const char *type, bool is_answer, Buf *b, JsonOut *o);
void live_client_end(LiveClient *c, Buf *b, JsonOut *o);
/* Reports an error as the subscription's answer and ends it: `close` runs before this returns. */
void live_client_fail(LiveClient *c, const Err *why);
