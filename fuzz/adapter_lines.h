/* What holds for every adapter: whatever a CLI writes, every event is a valid shape within its bounds, every reply is whole
 * JSON lines, the state stays below its cap, and storing and reading it after each line changes nothing.
 *
 * A line that starts with '<' is stderr, with '>' input written to the child, with '!' the exit, with '~' a new launch
 * that continues the session, with '^' a line that was cut for its length; others are stdout. In a line that starts
 * with '%' the first '@' is replaced by a text that is too long for any event. */
#pragma once

#include "adapter/adapter.h"

/* first: what the launch starts with, as `begin` makes it; empty: nothing. */
void adapter_lines(const Adapter *adapter, Str first, Str lines);
/* For an adapter with a handshake: the bits of `choice` say what the launch asks for. */
void adapter_lines_begun(const Adapter *adapter, unsigned choice, Str lines);
