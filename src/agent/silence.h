/* Running agents whose program has written nothing for agent.silent_seconds: their row says since when, in an event when
 * that begins. What they write next ends it, in the write that derives it (agent_live.c). */
#pragma once

#include "base/clock.h"
#include "core/app.h"

typedef struct DbConn DbConn;
typedef struct Err Err;
typedef struct SilenceWatch SilenceWatch;

/* Loop thread. After a start, what was written in the meantime gets agent.silent_seconds to be derived. */
SilenceWatch *silence_watch_start(App *app);
void silence_watch_stop(SilenceWatch *w); /* NULL is fine */
void silence_watch_free(SilenceWatch *w); /* after the loop has ended; NULL is fine */
/* Marks those of whom nothing was heard after `since`. Worker. */
int silence_mark(App *app, DbConn *db, TimeUs since, Err *e);
