/* Starting from an issue: a worktree, and an agent whose first prompt quotes it. */
#pragma once

#include "agent/agent.h"
#include "host/review_shapes.h"

#define ISSUE_START(F, S)                                                                                \
    IN_WORKSPACE(F, S)                                                                                   \
    F(S, I64, number, .min = 1, .max = 2147483647, .from = FROM_PATH, .doc = "The issue's number")       \
    F(S, STR, remote, .opt = 1, .min = 1, .max_bytes = 255, .example = "origin",                         \
      .doc = "The git remote whose host has the issue; default: origin, or the only one")                \
    F(S, STR, branch, .opt = 1, .min = 1, .max_bytes = 200, .is_name = 1, .example = "12-fix-the-login", \
      .doc = "The new branch, also the worktree's name; default: the issue's number and title")          \
    F(S, STR, start, .opt = 1, .min = 1, .max_bytes = 1024,                                              \
      .doc = "Where the branch starts; default: the branch on which the workspace's worktrees land")     \
    F(S, BOOL, with_agent, .opt = 1, .has_def = 1, .def = 1, .doc = "Also create an agent there")        \
    F(S, STR, adapter, .opt = 1, .max_bytes = 32, .words = &AdapterName_enum,                            \
      .doc = "The CLI that the agent runs: one that takes prompts; default: the profile's, or claude")   \
    F(S, ID("lpr"), profile_id, .opt = 1, .doc = "A launch profile for the agent")                       \
    F(S, STR, text, .opt = 1, .min = 1, .max = 5000, .doc = "What the agent is asked; default: to work on the issue")
SHAPE(IssueStart, ISSUE_START);
#define ISSUE_STARTED(F, S)                                                                     \
    F(S, OBJ(Worktree), worktree, .doc = "The worktree")                                        \
    F(S, OBJ(Agent), agent, .opt = 1, .doc = "Its agent, not started; absent: none was wanted") \
    F(S, STR, prompt, .max = AGENT_PROMPT_MAX,                                                  \
      .doc = "The prompt, in which the issue's text is quoted, as it comes from others: the agent's first one")
SHAPE(IssueStarted, ISSUE_STARTED);

/* The first part of the call: asks the host for the issue. */
int issue_fetch(OpCall *c, const void *in, void *out, Err *e);
int issue_start(OpCall *c, const void *in, void *out, Err *e);
int issue_start_recover(OpCall *c, const OpIntent *i, Err *e);
