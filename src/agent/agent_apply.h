/* What agent_live.c hands to agent_apply.c. Inside a write. */
#pragma once

#include "conversation/derive.h"

int agent_apply_batch(App *app, Tx *tx, const LaunchRow *l, const DerivedBatch *b, Err *e);
/* The launch ended without telling: its hold was lost, or it never ran (`why` says what failed). */
int agent_apply_lost(App *app, Tx *tx, const LaunchRow *l, const char *why, Err *e);
int agent_apply_held(App *app, Tx *tx, const LaunchRow *l, const char *why, Err *e);
