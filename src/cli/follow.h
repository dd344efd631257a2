/* Follows one topic over the daemon's socket, across restarts of the daemon: each event once, in order. One thread. */
#pragma once

#include "base/json.h"
#include "cli/cli.h"

/* Receives the events. Text and message are borrowed for the call; a failure ends following. */
typedef struct FollowSink {
    int (*on_event)(void *arg, Str text, const Json *event, Err *e);
    int (*on_reset)(void *arg, Str text, Err *e); /* the topic is delivered again from its start; may be NULL */
    int (*on_idle)(void *arg, Err *e); /* everything so far was delivered, or wake_fd is readable; may be NULL */
    int wake_fd;                       /* -1: none */
    void *arg;
} FollowSink;

/* `kinds`: a JSON list of the wanted kinds, NULL for all. It returns when everything stored has been delivered; if it
 * is endless, when the reader of stdout has closed it. */
int follow_topic(const CliContext *c, const CliFollow *f, Str topic, const char *kinds, const FollowSink *sink, Err *e);
