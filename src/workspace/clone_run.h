/* The clones that run now: an eventfd for each, which its git watches. Any thread. */
#pragma once

#include "base/err.h"
#include "base/list.h"
#include "base/str.h"
#include "core/app.h"

typedef struct CloneRun {
    CloneRuns *all; /* NULL: it cannot be cancelled */
    Str id;         /* borrowed */
    int cancel_fd;
    bool is_cancelled, is_stopped; /* by a person; because the daemon stops */
    List link;
} CloneRun;

int clone_run_begin(App *app, CloneRun *r, Str id, Err *e);
void clone_run_end(CloneRun *r); /* CLEANUP hook; repeated calls are fine */
bool clone_run_is_there(App *app, Str id);
/* Nothing happens if it has ended. */
void clone_run_cancel(App *app, Str id);
/* Has it been ended early, and not for a reason of its own? */
bool clone_run_was_ended(CloneRun *r, bool *ret_is_stopped);
