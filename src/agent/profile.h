/* Launch profiles: named sets of values that an agent is created with; several for each workspace.
 *
 * An agent takes its copy when it is created. The values of the environment are stored in the store in plain text, as
 * settings are: they appear in no event and in no answer to an agent. What must stay secret belongs into the user's own
 * environment, whose names the setting agent.env passes on.
 */
#pragma once

#include "agent/agent.h"

enum { PROFILES_MAX = 100, ENVIRONMENT_BYTES_MAX = 64 << 10 };

#define PROFILE_VALUES(F, S)                                                                                     \
    F(S, STR, name, .min = 1, .max = 100, .is_name = 1, .example = "Careful", .doc = "Shown in lists")           \
    F(S, STR, adapter, .opt = 1, .max_bytes = 32, .words = &AdapterName_enum, .def_str = "claude", .has_def = 1, \
      .doc = "The CLI that it runs; terminal: any command")                                                      \
    F(S, STRS, command, .opt = 1, .max = 256, .item_max = 65536, .doc = "terminal: program and arguments")       \
    F(S, STR, model, .opt = 1, .max_bytes = 256, .doc = "The model; default: the CLI's")                         \
    F(S, ENUM(AgentEffort), effort, .opt = 1, .doc = "How much it thinks; only for a CLI that can choose")       \
    F(S, ENUM(AgentMode), mode, .opt = 1, .doc = "regular, plan or auto; default: the setting default_mode")     \
    F(S, STRS, permissions, .opt = 1, .max = 3, .item_max = 16, .words = &AgentPermission_enum,                  \
      .doc = "Allowed without asking; default: read")                                                            \
    F(S, OBJ(AgentLimits), limits, .opt = 1, .doc = "Limits; default: the settings")                             \
    F(S, STRS, environment, .opt = 1, .max = ENVIRONMENT_MAX, .item_max = ENVIRONMENT_ITEM_MAX,                  \
      .doc = "NAME=value, each name once and none that starts with MUSTER_, together at most 64 KiB; stored in " \
             "plain text")

#define LAUNCH_PROFILE(F, S)                                                         \
    F(S, ID("lpr"), id, .doc = "The profile")                                        \
    F(S, ID("ws"), workspace_id, .doc = "Its workspace")                             \
    PROFILE_VALUES(F, S)                                                             \
    F(S, I64, display_order, .min = 0, .max = INT64_MAX, .doc = "Position in lists") \
    F(S, TIME, created_at, .doc = "When it was created")                             \
    F(S, TIME, updated_at, .doc = "When it last changed")
SHAPE(LaunchProfile, LAUNCH_PROFILE);

/* ERR_NOT_FOUND: the workspace has no such profile. */
int profile_get(DbConn *c, Str workspace_id, Str id, Arena *a, LaunchProfile *ret, Err *e);
/* Sets what a new agent takes from it. */
void profile_apply(const LaunchProfile *p, Agent *g);
/* ERR_INVALID names the field: a command that is missing or not allowed, or an effort that the CLI does not have. */
int profile_check_adapter(Str adapter, const StrList *command, bool has_effort, Err *e);

extern const Op profile_ops[];
