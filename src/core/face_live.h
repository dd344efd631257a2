/* The live socket in Muster's own envelope (subprotocol muster.v1): subscriptions to topics and calls of operations.
 *
 * In: {"type":"subscribe","id"?,"topic","generation"?,"after"?,"kinds"?}, {"type":"unsubscribe","id"?,"topic"},
 * {"type":"call","id","op","input"?,"key"?}, {"type":"cancel","id"}: nobody waits for that call any more, which ends it
 * early if it only reads; {"type":"ping","id"?}. Out: events in their envelope, and
 * "subscribed", "unsubscribed", "live", "reset", "lagged", "reply", "error", "pong". A topic with a source of its own
 * (live_source.h) is subscribed in the same way and answers in its own; its binary frames are the only ones. Loop thread
 * only.
 */
#pragma once

#include "core/app.h"
#include "core/stream.h"

typedef struct HttpRequest HttpRequest;
typedef struct Principal Principal;

/* Takes over the upgrade; `who` is already identified. */
void face_live_accept(App *app, HttpRequest *r, const Principal *who);
/* Writes {"type","id"?,"topic","generation","seq"}: how a client reads the events that follow. */
void face_live_put_place(Buf *out, const char *type, Str id, const Cursor *at);
