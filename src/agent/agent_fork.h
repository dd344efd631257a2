/* Forks of agents. Slow pool. */
#pragma once

#include "agent/agent.h"
#include "workspace/salvage.h"

#define AGENT_FORK(F, S)                                                                                             \
    F(S, ID("ag"), agent_id, .from = FROM_PATH, .doc = "The agent to fork")                                          \
    F(S, STR, name, .opt = 1, .min = 1, .max = 100, .is_name = 1,                                                    \
      .doc = "Default: the name of the agent with `(fork)`, and a number where that is taken")                       \
    F(S, STR, session_id, .opt = 1, .min = 1, .max_bytes = 256,                                                      \
      .doc = "Which of its sessions; default: the current one, or that of the checkpoint")                           \
    F(S, ID("ckp"), checkpoint_id, .opt = 1, .doc = "One of its checkpoints, whose files the fork starts from")      \
    F(S, ID("wt"), worktree_id, .opt = 1,                                                                            \
      .doc = "Where it works, in the same workspace; default: the agent's worktree, with a checkpoint a new one")    \
    F(S, STR, branch, .opt = 1, .min = 1, .max_bytes = 240, .example = "second-try",                                 \
      .doc = "Branch and name of the new worktree; default: the branch of the agent's worktree with `-fork`, and a " \
             "number where that is taken")                                                                           \
    F(S, BOOL, accept_unsaved, .opt = 1, .has_def = 1, .def = 0, .doc = ACCEPT_UNSAVED_DOC)
SHAPE(AgentFork, AGENT_FORK);

/* whole: also what is said after the checkpoint, because no CLI forks a session at an earlier turn. */
#define FORKED_SESSION_WORDS(W) W(FORKED_WHOLE, "whole") W(FORKED_NEW, "new")
ENUM_DECLARE(ForkedSession, FORKED_SESSION_WORDS);
#define AGENT_FORKED(F, S)                                                                        \
    AGENT(F, S)                                                                                   \
    F(S, ENUM(ForkedSession), forked_session,                                                     \
      .doc = "whole: its first start forks the whole session; new: it starts a "                  \
             "new session, with an empty context")                                                \
    F(S, STR, note, .opt = 1, .max_bytes = 2000, .doc = "How it differs from what was asked for") \
    F(S, OBJ(GitSalvage), before, .opt = 1,                                                       \
      .doc = "The salvage of what the named worktree had: restore_salvage with its id brings it back")
SHAPE(AgentForked, AGENT_FORKED);

int agent_fork_subject(OpCall *c, const void *in, Str *ret, Err *e);
int agent_fork(OpCall *c, const void *in, void *out, Err *e);
int agent_fork_recover(OpCall *c, const OpIntent *i, Err *e);
