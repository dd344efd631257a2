/* What the daemon knows of its eyes in memory: the newest row of each that was heard of since the start, and who watches.
 * Loop thread. App.eyes. */
#pragma once

#include "base/list.h"
#include "base/map.h"
#include "eye_control/eye_control.h"

enum { EYE_ROW_MAX = 256 << 10 };

/* Of one eye, as it was last committed. */
typedef struct EyeFacts {
    char org[40];
    EyeWord state;
    EyeWhy why;
    double fps, latency_ms; /* below 0: not measured */
    TimeUs started_at;
    char view_socket[108]; /* empty: it cannot be watched now */
    Buf row;               /* Eye as JSON; empty: not heard of, or deleted */
} EyeFacts;
void eye_facts_init(EyeFacts *f, const Eye *row); /* NULL: there is no such eye any more. Any thread */

typedef struct EyeSeen {
    char id[40];
    int n_busy; /* it is not freed while it is used further up */
    EyeFacts facts;
    List feeds; /* LiveFeed.link (view.c) */
} EyeSeen;

typedef struct Eyes {
    App *app;
    Map seen; /* eye id → EyeSeen*; of ended ones only while somebody watches */
} Eyes;

/* The entry of an eye, made empty where there is none. */
EyeSeen *eyes_get(Eyes *s, Str id);
/* What was read from the store, if nothing was heard since the start. Takes the row. */
void eyes_fill(EyeSeen *seen, EyeFacts *read);
/* Frees the entry if the eye has ended and nobody watches it. */
void eyes_let_go(Eyes *s, EyeSeen *seen);
/* After a commit: the row is new, or gone (`row` NULL). Inside a write. */
void eyes_publish(App *app, Tx *tx, Str id, const Eye *row);
/* view.c: the entry has a new row. */
void eye_feeds_row(EyeSeen *seen);
/* The eye of an org that a page with room for one shows: of those that are alive the one that was started last; NULL: none. */
const EyeSeen *eyes_foremost(const Eyes *s, Str org);
