/* Namespaces of the tests: their own mounts, without root too. */
#pragma once

#include <stdbool.h>

/* Moves the caller, which has one thread, into a mount namespace of its own; where it may not mount, into a user
 * namespace too, in which it keeps its id and may. False, with errno: neither is allowed here. */
bool namespace_enter(void);
/* What the caller executes may mount there as well. */
void namespace_hand_on_rights(void);
