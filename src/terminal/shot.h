/* Keeps the snapshots of screens while terminals grow: in the background, one launch at a time each. */
#pragma once

#include "core/app.h"

void shots_register(App *app); /* start-up only */
