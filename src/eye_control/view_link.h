/* One connection to an eye's view.sock (base/eyeview.h). The daemon relays its bytes and never blocks on it. Loop thread.
 *
 * Bounded both ways: the eye sends a picture only when the one before was acknowledged, and what it does not read of ours is
 * kept up to VIEW_LINK_QUEUE_MAX.
 */
#pragma once

#include "base/eyeview.h"
#include "base/str.h"
#include "sys/loop.h"

enum { VIEW_LINK_QUEUE_MAX = 256 << 10 };

typedef struct ViewLink ViewLink;
typedef struct ViewLinkSink {
    void (*on_open)(void *arg);
    void (*on_message)(void *arg, uint8_t type, Str body); /* body borrowed */
    void (*on_closed)(void *arg); /* it could not be connected, or the eye has gone; the last call */
} ViewLinkSink;

/* Callbacks never run inside this call. `sink` is borrowed forever, `arg` until view_link_close or on_closed. */
ViewLink *view_link_open(Loop *loop, const char *path, const ViewLinkSink *sink, void *arg);
/* False: not connected, or the eye does not read. */
bool view_link_send(ViewLink *l, uint8_t type, const Str *parts, int n);
void view_link_close(ViewLink *l); /* no call follows; NULL is fine */
