/* Topics: which exist and who may subscribe to them.
 *
 * A noun defines `const TopicDef x_topics[]` (terminated by a zero row) and daemon/features.c lists it. Read-only after
 * start-up, so any thread may use it.
 */
#pragma once

#include "core/auth.h"

typedef struct TopicDef {
    const char *noun; /* "agent" of "agent/ag_…" */
    const char *
        prefix; /* of the id after the slash; "org", "usr": the caller's own org, or the caller; NULL: the noun is the whole topic */
    Role role;                       /* the least role that may subscribe */
    bool agent_may;                  /* an agent may subscribe to its own topic */
    const struct LiveSource *source; /* not a stream of events: live_source.h; NULL: it is one */
} TopicDef;

/* ERR_INVALID when the topic does not exist, ERR_FORBIDDEN when the caller may not subscribe to it. */
int topic_may(const App *app, const Principal *who, Str topic, Err *e);
/* Of an existing topic; NULL: it is a stream of events. */
const struct LiveSource *topic_source(const App *app, Str topic);
/* "inbox/org_…": the topic of an org. In the arena. */
Str topic_of(Arena *a, const char *noun, Str id);
