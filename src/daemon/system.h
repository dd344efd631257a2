/* Operations of the program itself: health, start codes, what is installed, the demo. */
#pragma once

#include "core/op.h"
#include "core/topic.h"

extern const Op system_ops[], storage_ops[], metrics_ops[], error_ops[], intent_ops[], ticket_ops[];
/* Reports the crashes of agents. Start-up only. */
void errors_register(App *app);
extern const TopicDef system_topics[];
