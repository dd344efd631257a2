/* For unit tests of adapters with a handshake: one launch, what its CLI says and hears, and what the adapter made of it.
 */
#pragma once

#include "adapter/adapter.h"

enum { RIG_OUT_MAX = 8 << 20 };

#define CHECK_CONTAINS(got, want)                                                             \
    do {                                                                                      \
        Str got_ = (got);                                                                     \
        size_t at_;                                                                           \
        if (!str_find(got_, str(want), &at_))                                                 \
            test_fail(__FILE__, __LINE__, "%s is missing in\n" STR_FMT, want, STR_ARG(got_)); \
    } while (0)

typedef struct Rig {
    const Adapter *adapter;
    AdapterState *state; /* owned */
    Buf events, replies; /* events: word SP payload LF */
    Arena *arena;        /* owned */
    int64_t number;      /* of the last prompt */
    Str session_id;      /* to which prompts go */
} Rig;

/* A launch in /wt that has written the first line of its handshake, which is request 1. */
void rig_open(Rig *r, const Adapter *ad, const AdapterSpec *spec);
void rig_close(Rig *r);
void rig_say(Rig *r, const char *line);    /* a line of the CLI */
void rig_write(Rig *r, Str bytes);         /* what was written to it */
void rig_prompt(Rig *r, const char *text); /* numbered from 9 */
/* What was replied is written to the CLI, as the hold would. */
Str rig_take_replies(Rig *r);
Str rig_take_events(Rig *r);
Str rig_saved(Rig *r);
