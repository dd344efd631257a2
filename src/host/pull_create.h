/* Opening a pull request for a worktree's branch. */
#pragma once

#include "host/host_shapes.h"

#define PULL_CREATE(F, S)                                                                                              \
    IN_WORKTREE(F, S)                                                                                                  \
    F(S, STR, remote, .opt = 1, .min = 1, .max_bytes = 255, .example = "origin",                                       \
      .doc = "Where the branch is pushed and the pull request opened; default: of the branch's upstream, else origin") \
    F(S, STR, title, .min = 1, .max = 255, .is_name = 1, .example = "Fix the login", .doc = "Its title")               \
    F(S, STR, body, .opt = 1, .max = 60000, .example = "Closes #12", .doc = "Its description")                         \
    F(S, STR, base, .opt = 1, .min = 1, .max_bytes = 255, .example = "main",                                           \
      .doc = "The branch into which it goes; default: the one on which the workspace's worktrees land")                \
    F(S, BOOL, draft, .opt = 1, .doc = "As a draft")
SHAPE(PullCreate, PULL_CREATE);
#define PULL_CREATED(F, S)                                                          \
    PULL_REQUEST(F, S)                                                              \
    F(S, BOOL, existed, .doc = "It was open already: title and body are unchanged") \
    F(S, BOOL, pushed, .doc = "Commits were pushed for it")
SHAPE(PullCreated, PULL_CREATED);

int pull_create(OpCall *c, const void *in, void *out, Err *e);
int pull_create_recover(OpCall *c, const OpIntent *i, Err *e);
