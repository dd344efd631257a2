/* Topics: which there are and who may follow them.
 *
 * A noun defines `const TopicDef x_topics[]` (ended by a zero row) and daemon/features.c lists it. Read-only after
 * start-up, so any thread may ask.
 */
#pragma once

#include "core/auth.h"

typedef struct TopicDef {
    const char *noun;   /* "agent" of "agent/ag_…" */
    const char *prefix; /* of the id behind the slash; "org": the caller's own org; NULL: the noun is the whole topic */
    Role role;          /* the least role that may follow */
    bool agent_may;     /* so may an agent, what is its own */
} TopicDef;

/* ERR_INVALID names a topic that does not exist, ERR_FORBIDDEN one that the caller may not follow. */
int topic_may(const App *app, const Principal *who, Str topic, Err *e);
/* "inbox/org_…": the topic of an org. In the arena. */
Str topic_of(Arena *a, const char *noun, Str id);
