/* The limits of launches: of agents, which may have their own, and of scripts. */
#pragma once

#include "base/holdspec.h"
#include "core/app.h"

/* What a launch may use; 0 = no limit. */
typedef struct LaunchLimits {
    int64_t wall_ms, memory_mib, processes, output_mib;
} LaunchLimits;
/* As the settings agent.* say. */
LaunchLimits launch_limits(const App *app);
HoldSpecLimits launch_limits_spec(const LaunchLimits *l);
