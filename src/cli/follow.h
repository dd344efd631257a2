/* Follows one topic over the daemon's socket, and over restarts of the daemon: each event once, in order. One thread. */
#pragma once

#include "base/json.h"
#include "cli/cli.h"

/* Who follows. Text and message are borrowed for the call; a failure ends it all. */
typedef struct FollowSink {
    int (*on_event)(void *arg, Str text, const Json *event, Err *e);
    int (*on_reset)(void *arg, Str text, Err *e); /* the topic has begun again, and all of it is told; may be NULL */
    int (*on_idle)(void *arg, Err *e); /* what had come by now was told, or wake_fd can be read; may be NULL */
    int wake_fd;                       /* -1: none */
    void *arg;
} FollowSink;

/* `kinds`: a JSON list of those that are wanted, NULL for all. It ends when all that is kept was told, and an endless one
 * when nobody reads our output any more. */
int follow_topic(const CliContext *c, const CliFollow *f, Str topic, const char *kinds, const FollowSink *sink, Err *e);
