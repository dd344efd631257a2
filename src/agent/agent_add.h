/* Adding an agent's row as a part of an operation: create_agent, and operations of other nouns. */
#pragma once

#include "agent/agent.h"

/* What neither the caller nor a profile has set: the CLI, its mode, what it may do without asking. Worker. */
void agent_set_defaults(OpCall *c, Agent *g);
/* Adds the agent, whose id and worktree are set, with its first prompt ({NULL,0}: none), and announces it. Without a name it
 * is named after the prompt. *g is its row then. ERR_CONFLICT: the worktree has the maximum number of agents. */
typedef struct AgentAdd {
    OpCall *call;
    Agent *agent;
    Str prompt;
    StrList attachments; /* that go with it */
} AgentAdd;
int agent_add_tx(Tx *tx, const AgentAdd *x, Err *e);
