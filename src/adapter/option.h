/* Options of an agent that a person chooses, and how one is changed while the CLI runs.
 */
#pragma once

#include "base/shape.h"

#define AGENT_MODE_LIST(W) W(AGENT_REGULAR, "regular") W(AGENT_PLAN, "plan") W(AGENT_AUTO, "auto")
ENUM_DECLARE(AgentMode, AGENT_MODE_LIST);
#define AGENT_PERMISSION_LIST(W) W(PERMIT_READ, "read") W(PERMIT_WRITE, "write") W(PERMIT_EXECUTE, "execute")
ENUM_DECLARE(AgentPermission, AGENT_PERMISSION_LIST);
/* How much the model thinks: the words of Claude Code's --effort. */
#define AGENT_EFFORT_LIST(W)   \
    W(EFFORT_LOW, "low")       \
    W(EFFORT_MEDIUM, "medium") \
    W(EFFORT_HIGH, "high")     \
    W(EFFORT_XHIGH, "xhigh")   \
    W(EFFORT_MAX, "max")
ENUM_DECLARE(AgentEffort, AGENT_EFFORT_LIST);

/* Those that a running CLI may be able to change. */
#define ADAPTER_OPTION_LIST(W) \
    W(OPTION_MODEL, "model")   \
    W(OPTION_EFFORT, "effort") \
    W(OPTION_MODE, "mode")     \
    W(OPTION_PERMISSIONS, "permissions")
ENUM_DECLARE(AdapterOption, ADAPTER_OPTION_LIST);

/* All borrowed. */
typedef struct AdapterOptions {
    Str model;  /* empty: the CLI's default */
    Str effort; /* AgentEffort's word; empty: the CLI's default */
    AgentMode mode;
    unsigned permissions; /* 1 << AgentPermission */
} AdapterOptions;

typedef struct AdapterChange {
    AdapterOption option; /* the one that changes */
    AdapterOptions want;  /* all of them, as they shall be */
    StrList begun;        /* the command line with which the program was started */
    bool is_mode_open;    /* `want.mode` was sent and is not answered yet: the saved state has the old one */
} AdapterChange;
