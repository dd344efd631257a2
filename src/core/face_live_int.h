/* One live socket, as face_live.c (streams and calls) and face_live_feed.c (topics with a source of their own) see it. */
#pragma once

#include "base/json.h"
#include "base/list.h"
#include "base/vec.h"
#include "core/auth.h"
#include "core/live_source.h"
#include "net/ws.h"

enum { LIVE_SUBS_MAX = 512, LIVE_ID_MAX = 128, LIVE_TOPIC_MAX = 200 };

typedef struct Live {
    App *app;
    WsConn *ws; /* NULL once closed */
    Principal who;
    bool is_unix;
    List subs;  /* LiveSub.link */
    List feeds; /* LiveClient.link */
    int n_subs; /* of both */
    int n_calls;
    List calls;   /* LiveCall.link */
    bool is_full; /* a frame did not fit: resume the subscriptions on drain */
    VEC(WsFrame *) waiting;
    size_t waiting_bytes;
} Live;

/* A message that the client must not miss. Empties the Buf. */
void live_send_control(Live *l, Buf *b);
/* `topic`: of a refused subscription, otherwise empty. */
void live_send_error(Live *l, Str id, Str topic, const Err *e);
void live_begin(JsonOut *o, const char *type, Str id);
/* ERR_RATE_LIMITED: the socket has the maximum of subscriptions. */
int live_check_room(const Live *l, Err *e);

/* face_live_feed.c */
int feed_subscribe(Live *l, const LiveSource *source, Str id, Str topic, const Json *m, Err *e);
bool feed_unsubscribe(Live *l, Str id, Str topic); /* false: there is none */
int feed_take(Live *l, Str payload, Err *e);       /* a binary message */
void feeds_resume(Live *l);
void feeds_close(Live *l);
