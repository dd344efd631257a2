/* Changing an agent: its row, and the options of its CLI while it runs.
 *
 * A changed option is in the row at once. Where the running CLI can change it, the change is sent to it in the same
 * write; a CLI that refuses it gets the row back to what it has (agent_option_answered).
 */
#pragma once

#include "agent/agent.h"

#define AGENT_UPDATE(F, S)                                                                      \
    F(S, ID("ag"), agent_id, .from = FROM_PATH, .doc = "The agent")                             \
    F(S, STR, name, .opt = 1, .min = 1, .max = 100, .is_name = 1, .doc = "Shown in lists")      \
    F(S, STR, model, .opt = 1, .min = 1, .max_bytes = 256, .doc = "The model")                  \
    F(S, ENUM(AgentMode), mode, .opt = 1, .doc = "regular, plan or auto")                       \
    F(S, STRS, permissions, .opt = 1, .max = 3, .item_max = 16, .words = &AgentPermission_enum, \
      .doc = "Allowed without asking")                                                          \
    F(S, ENUM(AgentEffort), effort, .opt = 1, .doc = "How much it thinks")                      \
    F(S, OBJ(AgentLimits), limits, .opt = 1, .doc = "Applies from the next start")
SHAPE(AgentUpdate, AGENT_UPDATE);
#define OPTION_APPLIED(W)             \
    W(APPLIED_NOW, "now")             \
    W(APPLIED_NEXT_TURN, "next_turn") \
    W(APPLIED_NEXT_START, "next_start")
ENUM_DECLARE(OptionApplied, OPTION_APPLIED);
#define OPTION_CHANGE(F, S)                                                        \
    F(S, ENUM(AdapterOption), option, .doc = "model, effort, mode or permissions") \
    F(S, ENUM(OptionApplied), applied,                                             \
      .doc = "now: sent to the running CLI, which may still refuse it; next_turn: with the next prompt; next_start")
SHAPE(OptionChange, OPTION_CHANGE);
#define AGENT_UPDATED(F, S) \
    AGENT(F, S)             \
    F(S, LIST(OptionChange), changed, .max = AdapterOption_n, .doc = "The options that are not as before")
SHAPE(AgentUpdated, AGENT_UPDATED);

int agent_update(OpCall *c, const AgentUpdate *in, AgentUpdated *out, Err *e);
/* See ConversationKind. */
int agent_option_answered(Tx *tx, Str id, Str launch_id, EvOption *v, Err *e);
