/* Every adapter, one line each; adapter.c puts them into the table. */
#pragma once

#include "adapter/adapter.h"

extern const Adapter adapter_claude;   /* Claude Code: stream-json both ways, asks over stdio */
extern const Adapter adapter_terminal; /* any command in a pty */
